"""Projections resolved against a resource type, once: what an answer shows (RFC 7644 section 3.9)."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

from attrs import frozen

from scimcore.errors import InvalidValue
from scimcore.schema import Attribute, BoundType, Target, fold_name
from scimcore.schema.json import JsonObject

#: What is shown of each attribute, in canonical order: None for all of it, or the names of its sub-attributes.
Shown = Mapping[str, frozenset[str] | None]

_KEPT_PLANS = 256
_LONGEST_KEPT = 1_000


@frozen
class Projection:
    """What the client asked to see, names as written. At most one of the two is not empty; both empty: the default."""

    attributes: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.attributes or self.excluded)


@frozen(eq=False)
class ProjectionPlan:
    """One projection of one resource type, ready to be applied.

    `default` says that the client asked for nothing special; `splices` that every stored attribute is shown whole, so
    that the stored text can be answered as it is.
    """

    default: bool
    splices: bool
    base: Shown
    extensions: Mapping[str, Shown]

    def wants(self, name: str) -> bool:
        """Whether that attribute is shown, in whole or in part: is it worth loading?"""
        return name in self.base

    def apply(self, data: Mapping[str, Any]) -> JsonObject:
        """What is shown of a resource's data, with id, meta and relations already attached."""
        found = _picked(data, self.base)
        for urn, shown in self.extensions.items():
            inner = _picked(data.get(urn) or {}, shown)
            if inner:
                found[urn] = inner
        return found


def _picked(data: Mapping[str, Any], shown: Shown) -> JsonObject:
    found: JsonObject = {}
    for name, subs in shown.items():
        if name in data:
            value = data[name] if subs is None else _part(data[name], subs)
            if value is not None:
                found[name] = value
    return found


def _part(value: Any, subs: frozenset[str]) -> Any:
    if isinstance(value, list):
        return [part for part in (_part(item, subs) for item in value) if part] or None
    return {name: item for name, item in value.items() if name in subs} or None


class Projector:
    """Makes the plans of one resource type and keeps those in use; `projector()` keeps the projectors."""

    def __init__(self, type: BoundType) -> None:
        self._type: Final = type
        self._plans: Final[dict[tuple[Projection, frozenset[str]], ProjectionPlan]] = {}
        self._on_request: Final = frozenset(_on_request(type))
        self._default: Final = _plan(type, Projection(), frozenset())

    def plan(self, projection: Projection, named: frozenset[str] = frozenset()) -> ProjectionPlan:
        """The plan for what the client asked to see.

        `named`, for the answer to a write, are the attributes that the client named in it: only then, or when asked
        for, are attributes shown that are `returned: request` (RFC 7643 section 7). Raises InvalidValue when both
        `attributes` and `excludedAttributes` are there.
        """
        if not (named or projection.attributes or projection.excluded):
            return self._default
        key = (projection, named & self._on_request)
        plan = self._plans.get(key)
        if plan is None:
            plan = _plan(self._type, *key)
            if sum(map(len, projection.attributes + projection.excluded)) <= _LONGEST_KEPT:
                if len(self._plans) >= _KEPT_PLANS:
                    self._plans.clear()
                self._plans[key] = plan
        return plan


@lru_cache(maxsize=256)
def projector(type: BoundType) -> Projector:
    """The projector of that type."""
    return Projector(type)


def _on_request(type: BoundType) -> Iterable[str]:
    for attribute in type.attributes.values():
        if _requests(attribute):
            yield attribute.name
    for key, schema in type.extensions.items():
        yield from (f"{schema.id}:{a.name}" for a in type.extension_attributes[key].values() if _requests(a))


def _requests(attribute: Attribute) -> bool:
    return "request" in (attribute.returned, *(sub.returned for sub in attribute.sub_attributes))


@frozen
class _Names:
    """The names of a projection, resolved: whole schemas, attributes, sub-attributes. Unknown ones are left out."""

    schemas: frozenset[str | None]
    attributes: frozenset[tuple[str | None, str]]
    subs: frozenset[tuple[str | None, str, str]]


def _plan(type: BoundType, projection: Projection, named: frozenset[str]) -> ProjectionPlan:
    if projection.attributes and projection.excluded:
        raise InvalidValue("attributes and excludedAttributes exclude each other; send one of them.", code="SC-1221")
    names = _resolved(type, projection.attributes or projection.excluded)
    decide = _only if projection.attributes else _all_but
    base = _shown(type.attributes.values(), None, names, decide, named)
    extensions = {
        schema.id: _shown(type.extension_attributes[key].values(), schema.id, names, decide, named)
        for key, schema in type.extensions.items()
    }
    whole = _stores_whole(type.attributes.values(), base) and all(
        _stores_whole(type.extension_attributes[key].values(), extensions[schema.id])
        for key, schema in type.extensions.items()
    )
    return ProjectionPlan(not projection, whole, base, extensions)


def _stores_whole(attributes: Iterable[Attribute], shown: Shown) -> bool:
    """Whether all that the stored text may hold is shown whole; the password and relations never stand in it."""
    stored = (
        a for a in attributes if a.relation is None and not (a.name == "password" and a.mutability == "writeOnly")
    )
    return all(a.name in shown and shown[a.name] is None for a in stored)


def _resolved(type: BoundType, names: Iterable[str]) -> _Names:
    schemas, attributes, subs = set(), set(), set()
    for name in names:
        target = _resolve(type, name.strip())
        if target is None:
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
    urn = next((u for u in (type.urn, *type.extensions) if folded.startswith(f"{fold_name(u)}:")), None)
    rest = text if urn is None else text[len(urn) + 1 :]
    name, dot, sub = rest.partition(".")
    return type.find(urn, name, sub if dot else None)


def _shown(
    attributes: Iterable[Attribute], urn: str | None, names: _Names, decide: Any, named: frozenset[str]
) -> dict[str, frozenset[str] | None]:
    found: dict[str, frozenset[str] | None] = {}
    for attribute in attributes:
        if _hidden(attribute):
            continue
        path = f"{urn}:{attribute.name}" if urn else attribute.name
        whole, subs = decide(attribute, urn, names, path in named)
        if whole:
            found[attribute.name] = None
        elif subs:
            found[attribute.name] = frozenset(subs)
    return found


def _hidden(attribute: Attribute) -> bool:
    """RFC 7643 section 7: never returned; nor is what is writeOnly, whatever its `returned` says."""
    return attribute.returned == "never" or attribute.mutability == "writeOnly"


def _only(attribute: Attribute, urn: str | None, names: _Names, named: bool) -> tuple[bool, set[str]]:
    """`attributes`: what is named, and what is always returned."""
    explicit = (urn, attribute.name) in names.attributes
    whole = explicit or attribute.returned == "always" or (urn in names.schemas and attribute.returned == "default")
    if not attribute.sub_attributes:
        return whole, set()
    asked = {name for container, owner, name in names.subs if (container, owner) == (urn, attribute.name)}
    subs = {
        sub.name
        for sub in attribute.sub_attributes
        if not _hidden(sub) and (sub.name in asked or sub.returned == "always" or (whole and sub.returned == "default"))
    }
    return len(subs) == len(attribute.sub_attributes), subs


def _all_but(attribute: Attribute, urn: str | None, names: _Names, named: bool) -> tuple[bool, set[str]]:
    """The default, without what `excludedAttributes` names; what is always returned cannot be excluded."""
    excluded = (urn, attribute.name) in names.attributes or urn in names.schemas
    shown = attribute.returned == "always" or (not excluded and (attribute.returned == "default" or named))
    if not attribute.sub_attributes:
        return shown, set()
    left_out = {name for container, owner, name in names.subs if (container, owner) == (urn, attribute.name)}
    subs = {
        sub.name
        for sub in attribute.sub_attributes
        if not _hidden(sub)
        and (sub.returned == "always" or (shown and sub.name not in left_out and (sub.returned == "default" or named)))
    }
    return len(subs) == len(attribute.sub_attributes), subs
