"""A resource as filters see it: its data with id, meta and the relations that the filter mentions."""

from collections.abc import Mapping, Sequence
from typing import Any

from scimcore.filters import from_instant
from scimcore.resources.changes import Linked
from scimcore.resources.document import Document
from scimcore.schema.json import Json


def view(document: Document, links: Mapping[str, Sequence[Linked]]) -> dict[str, Any]:
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
        **{name: [_element(end) for end in ends] for name, ends in links.items()},
    }


def _element(end: Linked) -> dict[str, Json]:
    shown: dict[str, Json] = {"value": end.id, "type": end.type}
    return shown if end.display is None else {**shown, "display": end.display}
