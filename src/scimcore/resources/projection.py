"""Which attributes an answer shows (RFC 7643 section 7 "returned", RFC 7644 sections 3.4.2.5, 3.9 and 3.10).

What is shown depends on the resource type and on the names in the request, never on the resource. So it is worked out
as a table first (`ProjectionPlan`), and the tables are cached: clients ask for the same few projections.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeAlias

from attrs import frozen

from scimcore._cache import Bounded
from scimcore.errors import InvalidValue
from scimcore.schema import Attribute, BoundType, Target, fold_name
from scimcore.schema.json import JsonObject

#: What an answer has of each attribute, in canonical order: None for all of it, or the names of its sub-attributes.
Parts: TypeAlias = Mapping[str, frozenset[str] | None]

# A client may ask for any names, so the number of plans and the length of their keys are bounded.
_MOST_PLANS = 256
_LONGEST_CACHED = 1_000


@frozen
class Projection:
    """What the client asked to see, names as written. At most one of the two is not empty; both empty: the default."""

    #: `attributes`: these, and what is always returned.
    attributes: tuple[str, ...] = ()
    #: `excludedAttributes`: the default without these.
    excluded: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.attributes or self.excluded)


@frozen(eq=False)
class ProjectionPlan:
    """What an answer shows of one resource type."""

    #: True if the answer shows every attribute that the stored text may hold, and all of each.
    shows_all_stored: bool
    #: The attributes of the base schema.
    base: Parts
    #: The attributes of the extensions, by URI.
    extensions: Mapping[str, Parts]

    def wants(self, name: str) -> bool:
        """Return True if that attribute is shown, in whole or in part: then it is worth loading."""
        return name in self.base

    def apply(self, data: Mapping[str, Any]) -> JsonObject:
        """Return what is shown of a resource's data, which has id, meta and links already."""
        found = _selected(data, self.base)
        for urn, parts in self.extensions.items():
            inner = _selected(data.get(urn) or {}, parts)
            # RFC 7643 section 2.5: an object with nothing in it is unassigned, and is left out.
            if inner:
                found[urn] = inner
        return found


def _selected(data: Mapping[str, Any], parts: Parts) -> JsonObject:
    found: JsonObject = {}
    for name, subs in parts.items():
        if name in data:
            value = data[name] if subs is None else _with_subs(data[name], subs)
            if value is not None:
                found[name] = value
    return found


def _with_subs(value: Any, subs: frozenset[str]) -> Any:
    if isinstance(value, list):
        return [part for part in (_with_subs(item, subs) for item in value) if part] or None
    return {name: item for name, item in value.items() if name in subs} or None


class Projector:
    """Makes the plans of one resource type. `projector(type)` caches the projectors."""

    def __init__(self, type: BoundType) -> None:
        self._type: Final = type
        self._on_request: Final = frozenset(_returned_on_request(type))
        self._default: Final = _plan(type, Projection(), frozenset())
        self._plans: Final[Bounded[tuple[Projection, frozenset[str]], ProjectionPlan]] = Bounded(
            lambda key: _plan(type, *key), size=_MOST_PLANS
        )

    def plan(self, projection: Projection, named: frozenset[str] = frozenset()) -> ProjectionPlan:
        """Return the plan for what the client asked to see.

        `named`, for the answer to a write, are the attributes that the client named in it: only then, or when asked
        for, are attributes shown that are `returned: request` (RFC 7643 section 7). Raises InvalidValue when both
        `attributes` and `excludedAttributes` are there.
        """
        if not (named or projection.attributes or projection.excluded):
            return self._default
        # Of the named attributes only those count that are returned on request. Without this, each set of attributes
        # that a client writes would be a plan of its own.
        key = (projection, named & self._on_request)
        if sum(map(len, projection.attributes + projection.excluded)) > _LONGEST_CACHED:
            return _plan(self._type, *key)
        return self._plans[key]


_projectors: Bounded[BoundType, Projector] = Bounded(Projector, size=2048)


def projector(type: BoundType) -> Projector:
    """Return the projector of that type; it is made when it is first asked for."""
    return _projectors[type]


def _returned_on_request(type: BoundType) -> Iterable[str]:
    """The paths of attributes that are returned on request, or have a sub-attribute that is."""
    for attribute in type.attributes.values():
        if _is_on_request(attribute):
            yield attribute.name
    for key, schema in type.extensions.items():
        yield from (f"{schema.id}:{a.name}" for a in type.extension_attributes[key].values() if _is_on_request(a))


def _is_on_request(attribute: Attribute) -> bool:
    return "request" in (attribute.returned, *(sub.returned for sub in attribute.sub_attributes))


# The names of a request.


@frozen
class _Names:
    """The names of a projection, resolved: whole schemas, attributes, sub-attributes."""

    schemas: frozenset[str | None]
    attributes: frozenset[tuple[str | None, str]]
    subs: frozenset[tuple[str | None, str, str]]

    def subs_of(self, urn: str | None, attribute: Attribute) -> frozenset[str]:
        """The sub-attributes of that attribute that are named."""
        return frozenset(sub for container, name, sub in self.subs if (container, name) == (urn, attribute.name))


def _resolved(type: BoundType, names: Iterable[str]) -> _Names:
    schemas, attributes, subs = set(), set(), set()
    for name in names:
        target = _resolve(type, name.strip())
        if target is None:
            # RFC 7644 section 3.9 does not say what an unknown name is. Entra and Okta send names of other types, so
            # an unknown one is passed over (PROJ-007).
            continue
        if target.attribute is None:
            schemas.add(target.urn)
        elif target.sub is None:
            attributes.add((target.urn, target.attribute.name))
        else:
            subs.add((target.urn, target.attribute.name, target.sub.name))
    return _Names(frozenset(schemas), frozenset(attributes), frozenset(subs))


def _resolve(type: BoundType, text: str) -> Target | None:
    """Standard attribute notation (RFC 7644 section 3.10), any case; a URI alone means all of its attributes."""
    folded = fold_name(text)
    if folded == fold_name(type.urn):
        return Target(None, None)
    if folded in type.extensions:
        return Target(type.extensions[folded].id, None)
    # A URN may have dots and colons, so it is found as a known prefix and not by splitting.
    urn = next((u for u in (type.urn, *type.extensions) if folded.startswith(f"{fold_name(u)}:")), None)
    rest = text if urn is None else text[len(urn) + 1 :]
    name, dot, sub = rest.partition(".")
    return type.find(urn, name, sub if dot else None)


# The plan.

#: Decides what is shown of one attribute: all of it, and else which sub-attributes.
_Decision: TypeAlias = Callable[[Attribute, str | None, _Names, bool], tuple[bool, set[str]]]


def _plan(type: BoundType, projection: Projection, named: frozenset[str]) -> ProjectionPlan:
    if projection.attributes and projection.excluded:
        # RFC 7644 section 3.9 defines each of the two; together they have no meaning (PROJ-004).
        raise InvalidValue("attributes and excludedAttributes exclude each other; send one of them.", code="SC-1221")
    names = _resolved(type, projection.attributes or projection.excluded)
    decide = _only if projection.attributes else _all_but
    # RFC 7644 section 3.4.2.5: the common attributes are projected like the others; `returned` keeps id and schemas.
    base = _parts(type.attributes.values(), None, names, decide, named)
    extensions = {
        schema.id: _parts(type.extension_attributes[key].values(), schema.id, names, decide, named)
        for key, schema in type.extensions.items()
    }
    all_stored = _has_all_stored(type.attributes.values(), base) and all(
        _has_all_stored(type.extension_attributes[key].values(), extensions[schema.id])
        for key, schema in type.extensions.items()
    )
    return ProjectionPlan(all_stored, base, extensions)


def _has_all_stored(attributes: Iterable[Attribute], parts: Parts) -> bool:
    """True if all that the stored text may hold is shown whole; the password and links are never in it."""
    stored = (
        a for a in attributes if a.relation is None and not (a.name == "password" and a.mutability == "writeOnly")
    )
    return all(a.name in parts and parts[a.name] is None for a in stored)


def _parts(
    attributes: Iterable[Attribute], urn: str | None, names: _Names, decide: _Decision, named: frozenset[str]
) -> Parts:
    found: dict[str, frozenset[str] | None] = {}
    for attribute in attributes:
        if _is_hidden(attribute):
            continue
        path = f"{urn}:{attribute.name}" if urn else attribute.name
        whole, subs = decide(attribute, urn, names, path in named)
        if whole:
            found[attribute.name] = None
        elif subs:
            found[attribute.name] = frozenset(subs)
    return found


def _is_hidden(attribute: Attribute) -> bool:
    """RFC 7643 section 7: `never` is never returned; nor is what is writeOnly, whatever its `returned` says."""
    return attribute.returned == "never" or attribute.mutability == "writeOnly"


def _only(attribute: Attribute, urn: str | None, names: _Names, named: bool) -> tuple[bool, set[str]]:
    """`attributes` (RFC 7644 section 3.9): what the client names, and what is always returned."""
    by_name = (urn, attribute.name) in names.attributes
    # The name of a schema stands for what it returns by default: "request" needs the attribute's own name.
    by_schema = urn in names.schemas and attribute.returned == "default"
    whole = by_name or by_schema or attribute.returned == "always"
    # A simple attribute has no parts to choose from.
    if not attribute.sub_attributes:
        return whole, set()
    asked = names.subs_of(urn, attribute)
    subs = {
        sub.name
        for sub in attribute.sub_attributes
        if not _is_hidden(sub)
        and (sub.name in asked or sub.returned == "always" or (whole and sub.returned == "default"))
    }
    return len(subs) == len(attribute.sub_attributes), subs


def _all_but(attribute: Attribute, urn: str | None, names: _Names, named: bool) -> tuple[bool, set[str]]:
    """`excludedAttributes` and the default: all but what the client names; `always` cannot be excluded."""
    excluded = (urn, attribute.name) in names.attributes or urn in names.schemas
    # RFC 7643 section 7: "request" is also returned when the client has just written the attribute.
    by_default = attribute.returned == "default" or named
    whole = attribute.returned == "always" or (by_default and not excluded)
    if not attribute.sub_attributes:
        return whole, set()
    left_out = names.subs_of(urn, attribute)
    subs = {
        sub.name
        for sub in attribute.sub_attributes
        if not _is_hidden(sub)
        and (sub.returned == "always" or (whole and sub.name not in left_out and (sub.returned == "default" or named)))
    }
    return len(subs) == len(attribute.sub_attributes), subs
