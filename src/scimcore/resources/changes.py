"""What differs between a resource before and after: the one thing that PUT and PATCH both end as."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, overload

from attrs import field, frozen

from scimcore.schema import Attribute, BoundType
from scimcore.schema.json import Json, JsonObject


@frozen
class Link:
    """The other end of a relation: the type and id of a resource."""

    #: The name of the resource type; "" where a client did not say and nobody has looked yet.
    type: str
    id: str


@frozen
class Linked:
    """A link as answers show it."""

    type: str
    id: str
    #: The other resource's name for people. Derived when it is read (erratum 6011), so it is never out of date.
    display: str | None = None


class LinkColumns(Sequence[Linked]):
    """All links of one resource by column, as a database hands them over.

    A group may have a hundred thousand members: each is made into a `Linked` only when somebody looks at it.
    """

    __slots__ = ("displays", "ids", "types")

    def __init__(self, types: Sequence[str], ids: Sequence[str], displays: Sequence[str | None]) -> None:
        self.types, self.ids, self.displays = types, ids, displays

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[Linked]:
        return map(Linked, self.types, self.ids, self.displays)

    @overload
    def __getitem__(self, at: int) -> Linked: ...
    @overload
    def __getitem__(self, at: slice) -> "LinkColumns": ...
    def __getitem__(self, at: int | slice) -> "Linked | LinkColumns":
        if isinstance(at, slice):
            return LinkColumns(self.types[at], self.ids[at], self.displays[at])
        return Linked(self.types[at], self.ids[at], self.displays[at])


@frozen
class Change:
    """One attribute that differs. `path` is canonical: `title`, `name.givenName`, `urn:…:User:manager.value`.

    Multi-valued attributes are compared whole. None means unassigned.
    """

    path: str
    #: The value before the request.
    before: Json
    #: The value after it.
    after: Json


@frozen
class RelationDelta:
    """The links of one relation that are really gained and lost."""

    #: The name of the relation, as in `Relation.name`.
    relation: str
    added: tuple[Link, ...] = ()
    removed: tuple[Link, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed)


@frozen(kw_only=True)
class ChangeSet:
    """Everything that one request changes on one resource. Empty (false) when it changes nothing.

    `before` and `after` are canonical data without id, meta and relations; `before` is empty for a create, `after`
    for a delete. Neither may be mutated.
    """

    #: The name of the resource type.
    type: str
    before: JsonObject
    after: JsonObject
    #: The attributes that differ, in the order of the schema.
    changes: tuple[Change, ...] = ()
    relations: tuple[RelationDelta, ...] = field(default=())

    def __bool__(self) -> bool:
        return bool(self.changes) or any(self.relations)

    def get(self, path: str) -> Change | None:
        """Return the change at exactly that path, None if the attribute did not change."""
        return next((change for change in self.changes if change.path == path), None)


def changes_between(type: BoundType, before: JsonObject, after: JsonObject) -> tuple[Change, ...]:
    """Return what differs between two states of a resource's data, in the order of the schema.

    The order of names in an object makes no difference (RFC 7643 section 2.3.8). Single complex attributes are compared
    by sub-attribute, multi-valued ones whole.
    """
    # Most PUTs of a provisioning cycle change nothing, and comparing two equal dictionaries is one call.
    if before == after:
        return ()
    found = [*_between(type.attributes, "", before, after)]
    for key, schema in type.extensions.items():
        old, new = before.get(schema.id) or {}, after.get(schema.id) or {}
        if old != new:
            found += _between(type.extension_attributes[key], f"{schema.id}:", old, new)
    return tuple(found)


def _between(attributes: Mapping[str, Attribute], where: str, before: Any, after: Any) -> Iterator[Change]:
    for attribute in attributes.values():
        name = attribute.name
        old, new = before.get(name), after.get(name)
        # `schemas` follows from the extensions, so its change says nothing of its own.
        if old == new or name == "schemas":
            continue
        if attribute.type == "complex" and not attribute.multi_valued:
            yield from _inside(attribute, f"{where}{name}.", old or {}, new or {})
        else:
            yield Change(f"{where}{name}", old, new)


def _inside(attribute: Attribute, where: str, before: Any, after: Any) -> Iterator[Change]:
    for sub in attribute.sub_attributes:
        old, new = before.get(sub.name), after.get(sub.name)
        if old != new:
            yield Change(f"{where}{sub.name}", old, new)
