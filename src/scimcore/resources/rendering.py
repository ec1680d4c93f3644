"""Resources as answers carry them: the stored data with id, meta and links (RFC 7643 section 3.1)."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from scimcore._cache import Bounded
from scimcore.filters.instants import from_instant
from scimcore.resources import _fast_render
from scimcore.resources.changes import Linked
from scimcore.resources.document import Document, Locations, etag, locations, to_text
from scimcore.resources.projection import Projection, projector
from scimcore.schema import Attribute, BoundType, Registry
from scimcore.schema.json import Json, JsonObject

#: By the name of a relation attribute, the links that it shows.
Links = Mapping[str, Sequence[Linked]]
#: Makes the text of one resource.
Renderer = Callable[[Document, Links], str]


def resource_json(
    document: Document,
    links: Iterable[tuple[Attribute, Sequence[Linked]]],
    uris: Locations | None = None,
    *,
    empty: bool = False,
) -> JsonObject:
    """Return a resource's data with id, meta and links: what filters look at and what answers show.

    `links` are pairs of a relation attribute and what it shows; without links the attribute is left out,
    unless `empty` asks for an empty list (never of an inverse relation, such as a user's groups). Without
    `uris` it has no URIs: no `meta.location`, and no `$ref` in links.
    """
    data = document.data
    meta: JsonObject = {
        "resourceType": document.type,
        "created": from_instant(document.created),
        "lastModified": from_instant(document.modified),
    }
    if uris is not None:
        meta["location"] = uris.of(document.type, document.id)
    meta["version"] = etag(document.version)
    # `schemas` comes first: clients do not need that, but it is the first thing that a person looks for.
    found: JsonObject = {"schemas": data.get("schemas"), "id": document.id, "meta": meta}
    for attribute, ends in links:
        if ends or (empty and attribute.relation is not None and not attribute.relation.inverse):
            found[attribute.name] = [_link_json(attribute, end, uris) for end in ends]
    return {**found, **data}


def _link_json(attribute: Attribute, end: Linked, uris: Locations | None) -> Json:
    """One link with those of the four sub-attributes that the schema has (RFC 7643 sections 4.1.2 and 4.2)."""
    inverse = attribute.relation is not None and attribute.relation.inverse
    parts: dict[str, Json] = {
        "value": end.id,
        "$ref": None if uris is None else uris.of(end.type, end.id),
        "display": end.display,
        # User.groups says how the user belongs to the group; the members of a group say what they are. Indirect
        # memberships are not computed, so each of them is direct.
        "type": "direct" if inverse else end.type or None,
    }
    return {name: part for name, part in parts.items() if part is not None and attribute.sub(name) is not None}


def render(
    type: BoundType,
    document: Document,
    links: Links,
    *,
    base: str,
    projection: Projection,
    registry: Registry | None = None,
    named: frozenset[str] = frozenset(),
    empty: bool = False,
) -> str:
    """Return the JSON text of a resource; see `renderer`."""
    make = renderer(type, base=base, projection=projection, registry=registry, named=named, empty=empty)
    return make(document, links)


def renderer(
    type: BoundType,
    *,
    base: str,
    projection: Projection,
    registry: Registry | None = None,
    named: frozenset[str] = frozenset(),
    empty: bool = False,
) -> Renderer:
    """Return the function that makes the JSON text of each resource of a page.

    `base` is the base URL. Without a `registry` a link has a `$ref` only where the other resource is of the same type.
    `named` are the attributes that a write named: see `Projector.plan`. A relation without links is not shown, or
    with `empty` as an empty list; RFC 7643 section 2.5 has both for the same state.
    """
    if not (projection or named):
        return _default[type, base, registry, empty]
    return _renderer(type, base, registry, empty, projection, named)


def _renderer(
    type: BoundType,
    base: str,
    registry: Registry | None,
    empty: bool,
    projection: Projection,
    named: frozenset[str],
) -> Renderer:
    plan = projector(type).plan(projection, named)
    # Fast if nothing of the stored text has to be left out, else plain.
    if plan.shows_all_stored and _fast_render.can_splice(type):
        return _splicers[type, base, registry].renderer(plan.wants, empty=empty)
    uris = locations(base, registry or (type,))

    def plain(document: Document, links: Links) -> str:
        ends = [(a, links[a.name]) for a in type.relations if a.name in links and plan.wants(a.name)]
        return to_text(plan.apply(resource_json(document, ends, uris, empty=empty)))

    return plain


_splicers: Bounded[tuple[BoundType, str, Registry | None], _fast_render.Splicer] = Bounded(
    lambda key: _fast_render.Splicer(key[0], locations(key[1], key[2] or (key[0],))), size=2048
)
# Keyed by content; the base URL comes from the service's settings, never from a request's Host header.
_default: Bounded[tuple[BoundType, str, Registry | None, bool], Renderer] = Bounded(
    lambda key: _renderer(*key, Projection(), frozenset()), size=2048
)
