"""A resource as filters see it: its data with id, meta and the relations that the filter mentions."""

from collections.abc import Iterable, Sequence
from typing import Any

from scimcore.filters.instants import from_instant
from scimcore.resources.changes import Linked
from scimcore.resources.document import Document
from scimcore.schema import Attribute
from scimcore.schema.json import Json


def view(document: Document, links: Iterable[tuple[Attribute, Sequence[Linked]]]) -> dict[str, Any]:
    """What conditions are evaluated on. URIs are the web's business: no `meta.location`, no `$ref` of links."""
    return {
        **document.data,
        "id": document.id,
        "meta": {
            "resourceType": document.type,
            "created": from_instant(document.created),
            "lastModified": from_instant(document.modified),
            "version": f'W/"{document.version}"',
        },
        **{attribute.name: [_element(attribute, end) for end in ends] for attribute, ends in links if ends},
    }


def _element(attribute: Attribute, end: Linked) -> dict[str, Json]:
    inverse = attribute.relation is not None and attribute.relation.inverse
    shown = {"value": end.id, "type": "direct" if inverse else end.type, "display": end.display}
    return {name: item for name, item in shown.items() if item is not None and attribute.sub(name) is not None}
