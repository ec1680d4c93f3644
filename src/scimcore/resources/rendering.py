"""Resources as the JSON that answers carry: the stored text with id, meta and relations spliced in."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Final
from urllib.parse import quote

from attrs import frozen

from scimcore.filters.instants import from_instant
from scimcore.resources.changes import LinkColumns, Linked
from scimcore.resources.document import Document, to_text
from scimcore.resources.projection import Projection, projector
from scimcore.schema import Attribute, BoundType, Registry
from scimcore.schema.json import Json, JsonObject

Links = Mapping[str, Sequence[Linked]]

_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]+\Z")


def etag(version: int) -> str:
    """The entity tag of a version, weak: two texts of one version may differ in what is derived."""
    return f'W/"{version}"'


def location(type: BoundType, id: str, base: str) -> str:
    """The URI of a resource under the service's base URL."""
    return f"{base}{type.resource_type.endpoint}/{_segment(id)}"


def _segment(id: str) -> str:
    return id if _UNRESERVED.match(id) else quote(id, safe="")


def render(
    type: BoundType,
    document: Document,
    links: Links,
    *,
    base: str,
    projection: Projection,
    registry: Registry | None = None,
    named: frozenset[str] = frozenset(),
) -> str:
    """The JSON text of a resource; see `renderer`."""
    return renderer(type, base=base, projection=projection, registry=registry, named=named)(document, links)


def renderer(
    type: BoundType,
    *,
    base: str,
    projection: Projection,
    registry: Registry | None = None,
    named: frozenset[str] = frozenset(),
) -> Callable[[Document, Links], str]:
    """What makes the JSON text of each resource of a page.

    With the default projection, and with any that leaves the stored attributes whole, the stored text is answered as
    it is and nothing is parsed. A relation that is not in the links, or has none, is not shown. `named` are the
    attributes that a write named: see `Projector.plan`.
    """
    if not (projection or named):
        return _default(type, base, registry)
    return _renderer(type, base, registry, projection, named)


@lru_cache(maxsize=64)
def _default(type: BoundType, base: str, registry: Registry | None) -> Callable[[Document, Links], str]:
    return _renderer(type, base, registry, Projection(), frozenset())


def _renderer(
    type: BoundType, base: str, registry: Registry | None, projection: Projection, named: frozenset[str]
) -> Callable[[Document, Links], str]:
    plan = projector(type).plan(projection, named)
    frame = _frame(type, base, registry)
    if not (plan.splices and frame.splices):
        return lambda document, links: to_text(
            plan.apply(resource_json(type, document, links, base=base, registry=registry))
        )
    relations = [(name, show) for name, show in frame.relations if plan.wants(name)]

    def spliced(document: Document, links: Links) -> str:
        text = document.text
        # The text opens with {"schemas":[…]; no schema URI of this type has a bracket in it.
        after = text.index("]") + 1
        head = _head(document, frame)
        for name, show in relations:
            ends = links.get(name)
            if ends:
                head += show(ends)
        return f"{text[:after]}{head}{text[after:]}"

    return spliced


def resource_json(
    type: BoundType, document: Document, links: Links, *, base: str, registry: Registry | None = None
) -> JsonObject:
    """A resource's data with id, meta and relations: what filters look at and what effects are given.

    Without a `registry` a link has a `$ref` only where the other resource is of the same type.
    """
    found: JsonObject = {"schemas": document.data["schemas"], "id": document.id, "meta": _meta(type, document, base)}
    for attribute in type.attributes.values():
        shown = links.get(attribute.name) if attribute.relation is not None else None
        if shown:
            found[attribute.name] = [_element(attribute, link, _endpoints(type, registry), base) for link in shown]
    return {**found, **document.data}


def _meta(type: BoundType, document: Document, base: str) -> JsonObject:
    return {
        "resourceType": type.name,
        "created": from_instant(document.created),
        "lastModified": from_instant(document.modified),
        "location": location(type, document.id, base),
        "version": etag(document.version),
    }


def _endpoints(type: BoundType, registry: Registry | None) -> Mapping[str, str]:
    return {other.name: other.resource_type.endpoint for other in registry or (type,)}


def _element(attribute: Attribute, link: Linked, endpoints: Mapping[str, str], base: str) -> JsonObject:
    endpoint = endpoints.get(link.type)
    inverse = attribute.relation is not None and attribute.relation.inverse
    shown: dict[str, Json] = {
        "value": link.id,
        "$ref": None if endpoint is None else f"{base}{endpoint}/{_segment(link.id)}",
        "display": link.display,
        "type": "direct" if inverse else link.type or None,
    }
    return {name: item for name, item in shown.items() if item is not None and attribute.sub(name) is not None}


@frozen(eq=False)
class _Frame:
    """What is the same in every answer of one type under one base URL."""

    before_created: str
    location: str
    relations: tuple[tuple[str, Callable[[Sequence[Linked]], str]], ...]
    splices: bool


@lru_cache(maxsize=64)
def _frame(type: BoundType, base: str, registry: Registry | None) -> _Frame:
    endpoints = _endpoints(type, registry)
    relations = [a for a in type.attributes.values() if a.relation is not None]
    return _Frame(
        before_created=f',"meta":{{"resourceType":{encode_basestring(type.name)},"created":"',
        location=encode_basestring(f"{base}{type.resource_type.endpoint}/")[:-1],
        relations=tuple((a.name, _shower(a, endpoints, base)) for a in relations),
        splices=not any("]" in urn for urn in (type.urn, *type.extensions)),
    )


def _head(document: Document, frame: _Frame) -> str:
    created = from_instant(document.created)
    modified = created if document.modified == document.created else from_instant(document.modified)
    id = segment = document.id
    if _UNRESERVED.match(id):
        quoted = f'"{id}"'
    else:
        segment, quoted = quote(id, safe=""), encode_basestring(id)
    return (
        f',"id":{quoted}{frame.before_created}{created}","lastModified":"{modified}"'
        f',"location":{frame.location}{segment}","version":"W/\\"{document.version}\\""}}'
    )


def _shower(attribute: Attribute, endpoints: Mapping[str, str], base: str) -> Callable[[Sequence[Linked]], str]:
    """The text of a relation's values, its name in front; a large group has a hundred thousand of them."""
    opening: Final = f",{encode_basestring(attribute.name)}:["
    has = {sub.name for sub in attribute.sub_attributes}
    inverse = attribute.relation is not None and attribute.relation.inverse
    references = {n: encode_basestring(f"{base}{e}/")[:-1] for n, e in endpoints.items()} if "$ref" in has else {}
    display, typed = "display" in has, "type" in has

    def one(type: str, id: str, called: str | None) -> str:
        text = f'{{"value":{encode_basestring(id)}'
        if type in references:
            text += f',"$ref":{references[type]}{_segment(id)}"'
        if display and called is not None:
            text += f',"display":{encode_basestring(called)}'
        if typed and (inverse or type):
            text += ',"type":"direct"}' if inverse else f',"type":{encode_basestring(type)}}}'
        else:
            text += "}"
        return text

    def show(links: Sequence[Linked]) -> str:
        if isinstance(links, LinkColumns):
            each = map(one, links.types, links.ids, links.displays)
            return f"{opening}{','.join(each)}]"
        return f"{opening}{','.join([one(link.type, link.id, link.display) for link in links])}]"

    return show
