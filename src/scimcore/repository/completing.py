"""Repositories that have only the required part, completed: slower, within bounds, with the same answers.

- *Links* are kept as marks, which the required part has: one mark for each holder and one for each target, with the
  ids of the other ends. A change of a group costs what the group has members: good for hundreds, not for thousands.
- *Unique values* besides the name (`Keys.also_unique`) are kept as marks too, under a guard: writes of such values wait
  for each other.
- *Queries* look at every resource of the type, up to a bound.
- *Reads* are asked one by one.

What cannot be supplied is pruning: who stores the records must remove them. Such a repository works without; only
`purge` refuses.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, Generic, NoReturn, TypeVar, cast

from scimcore.errors import TooMany
from scimcore.filters import order_key
from scimcore.repository.keys import display_of
from scimcore.repository.needed import NeededParts, needed_by_filter, needed_by_sort
from scimcore.repository.paging import Place, capped_place, paginate
from scimcore.repository.protocol import Gone, Repository, Unit
from scimcore.repository.queries import Page, Query
from scimcore.repository.reads import Found, Reads, SingleReads, read
from scimcore.repository.records import Keys, Mark
from scimcore.repository.uniques import UNIQUES, MarkedUniques
from scimcore.resources.changes import Link, Linked
from scimcore.resources.document import Document
from scimcore.resources.rendering import resource_json

T = TypeVar("T")

_RELATIONS: Final = ("link", "unlink", "links", "linked", "link_count", "all_links", "holders", "types_of", "delete")
_PRUNES: Final = ("prune_audit", "prune_effects")
#: The two directions of a link, in the names of marks.
_LINKS, _HOLDERS = "links", "holders"
_STEP = 500


def complete(repository: Any, *, most_examined: int = 10_000) -> "Repository[Any]":
    """Return the repository with every capability; what its units lack is supplied from the required part.

    A unit has a capability when it has all its methods. This is found out once, on the first unit: units have no class
    that could be looked at before. `most_examined` bounds how many resources of a type a query may look at; a query
    that would have to look at more raises `TooMany`.
    """
    return cast("Repository[Any]", _CompletedRepository(repository, most_examined))


class _CompletedRepository(Generic[T]):
    def __init__(self, repository: Any, most: int) -> None:
        self._repository = repository
        self._most = most
        self._lacking: frozenset[str] | None = None

    @contextmanager
    def unit(self, tenant: str, *, write: bool) -> Iterator[Unit[T]]:
        with self._repository.unit(tenant, write=write) as unit:
            yield self._completed(unit)

    @contextmanager
    def join(self, transaction: T, tenant: str) -> Iterator[Unit[T]]:
        with self._repository.join(transaction, tenant) as unit:
            yield self._completed(unit)

    def tenants(self) -> Iterator[str]:
        return iter(self._repository.tenants())

    def __getattr__(self, name: str) -> Any:
        """What the repository has besides: `pause`, `snapshot`, or the host's own."""
        return getattr(self._repository, name)

    def _completed(self, unit: Any) -> Unit[T]:
        if self._lacking is None:
            names = (*_RELATIONS, *_PRUNES, "amend", "search", "read", "taken_by")
            self._lacking = frozenset(name for name in names if not hasattr(unit, name))
        return cast("Unit[T]", _CompletedUnit(unit, self._lacking, self._most) if self._lacking else unit)


class _CompletedUnit:
    """A unit with what it lacks; everything else is its own."""

    def __init__(self, unit: Any, lacking: frozenset[str], most: int) -> None:
        self._unit = unit
        supplied: dict[str, Any] = {}
        if not lacking.isdisjoint(_RELATIONS):
            # All of them or none: links that one half writes the other half would not see.
            links = _Links(unit)
            supplied |= {name: getattr(links, name) for name in _RELATIONS}
            # For the same reason a `read` of the unit's own is of no use then.
            supplied["read"] = self._read
        elif "read" in lacking:
            supplied["read"] = self._read
        if "search" in lacking:
            relations = links if "all_links" in supplied else unit
            supplied["search"] = _Scan(unit, relations.all_links, relations.holders, most).search
        if "taken_by" in lacking:
            uniques = MarkedUniques(unit, supplied.get("delete", unit.delete))
            supplied |= {name: getattr(uniques, name) for name in UNIQUES}
        elif "amend" in lacking:
            supplied["amend"] = self._amend
        supplied |= {name: _refuse_to_prune for name in _PRUNES if name in lacking}
        self.__dict__.update(supplied)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._unit, name)

    def _amend(self, document: Document, keys: Keys, before: Keys, *, expect: int) -> None:
        self._unit.replace(document, keys, expect=expect)

    def _read(self, reads: Reads) -> Found:
        return read(cast("SingleReads", self), reads)


def _refuse_to_prune(before: int, limit: int) -> NoReturn:
    raise TypeError("The units of this repository have no prune_audit() and prune_effects(). Remove old records there.")


class _Links:
    """Relations, kept as marks.

    Every change takes the guard `links`, so that two units never write the same mark from what each read before.
    """

    def __init__(self, unit: Any) -> None:
        self._unit = unit

    def link(self, type: str, id: str, relation: str, links: Sequence[Link]) -> Sequence[Link]:
        self._unit.guard("links")
        # Locked, so that no end is deleted between this look and the commit: there is no foreign key here.
        for end in (Link(type, id), *links):
            if self._unit.get(end.type, end.id, lock=True) is None:
                raise Gone(f"{end.type} {end.id}")
        # Read under the guard: what another unit added is among it.
        known = self._ends(_LINKS, type, id, relation)
        added = {end.id: end for end in links if end.id not in known}
        self._write(_LINKS, type, id, relation, {**known, **{end.id: end.type for end in added.values()}}, bool(added))
        for end in added.values():
            back = self._ends(_HOLDERS, end.type, end.id, relation)
            self._write(_HOLDERS, end.type, end.id, relation, {**back, id: type}, True)
        return list(added.values())

    def unlink(self, type: str, id: str, relation: str, ids: Sequence[str]) -> Sequence[Link]:
        self._unit.guard("links")
        removed = self.linked(type, id, relation, ids)
        known = self._ends(_LINKS, type, id, relation)
        self._write(_LINKS, type, id, relation, _without(known, {end.id for end in removed}), bool(removed))
        for end in removed:
            back = self._ends(_HOLDERS, end.type, end.id, relation)
            self._write(_HOLDERS, end.type, end.id, relation, _without(back, {id}), True)
        return removed

    def links(self, type: str, id: str, relation: str, *, after: str | None, limit: int) -> Sequence[Linked]:
        known = self._ends(_LINKS, type, id, relation)
        ids = sorted(end for end in known if after is None or end > after)[:limit]
        return [self._displayed(known[end], end) for end in ids]

    def linked(self, type: str, id: str, relation: str, ids: Sequence[str]) -> Sequence[Link]:
        known = self._ends(_LINKS, type, id, relation)
        return [Link(known[end], end) for end in dict.fromkeys(ids) if end in known]

    def link_count(self, type: str, id: str, relation: str, limit: int) -> int:
        return min(len(self._ends(_LINKS, type, id, relation)), limit)

    def all_links(self, holders: Sequence[tuple[str, str]], relation: str) -> Mapping[str, Sequence[Linked]]:
        return self._all_displayed(_LINKS, holders, relation)

    def holders(self, targets: Sequence[tuple[str, str]], relation: str) -> Mapping[str, Sequence[Linked]]:
        return self._all_displayed(_HOLDERS, targets, relation)

    def types_of(self, types: Sequence[str], ids: Sequence[str]) -> Mapping[str, str]:
        return {id: type for type in types for id in ids if self._unit.get(type, id) is not None}

    def delete(self, type: str, id: str) -> bool:
        """The unit's own, and the links from and to it. Which relations there are, its own record says."""
        # Both sides, because no foreign key removes what points to the resource.
        self._unit.guard("links")
        for relation in self._relations():
            self.unlink(type, id, relation, list(self._ends(_LINKS, type, id, relation)))
            for holder, of in self._ends(_HOLDERS, type, id, relation).items():
                self.unlink(of, holder, relation, [id])
        return bool(self._unit.delete(type, id))

    def _ends(self, side: str, type: str, id: str, relation: str) -> Mapping[str, str]:
        return _read(self._unit.marks("links", [_key(side, type, id, relation)]).values())

    def _write(self, side: str, type: str, id: str, relation: str, ends: Mapping[str, str], changed: bool) -> None:
        key = _key(side, type, id, relation)
        if changed and ends:
            self._unit.mark(_mark(key, ends))
            known = self._relations()
            if relation not in known:
                self._unit.mark(_mark(_RELATIONS_KEY, {**known, relation: ""}))
        elif changed:
            self._unit.unmark("links", key)

    def _relations(self) -> Mapping[str, str]:
        """The relations that there may be links of: without them a deletion would not know where to look."""
        return _read(self._unit.marks("links", [_RELATIONS_KEY]).values())

    def _displayed(self, type: str, id: str) -> Linked:
        document = self._unit.get(type, id)
        return Linked(type, id, None if document is None else display_of(document.data))

    def _all_displayed(self, side: str, near: Sequence[tuple[str, str]], relation: str) -> dict[str, Sequence[Linked]]:
        keys = {_key(side, type, id, relation): id for type, id in near}
        found: Mapping[str, Mark] = self._unit.marks("links", list(keys))
        return {
            keys[key]: [self._displayed(type, end) for end, type in sorted(_read((mark,)).items())]
            for key, mark in found.items()
        }


class _Scan:
    """Queries, by looking at every resource."""

    def __init__(self, unit: Any, all_links: Callable[..., Any], holders: Callable[..., Any], most: int) -> None:
        self._unit, self._all_links, self._holders, self._most = unit, all_links, holders, most

    def search(self, query: Query) -> Page:
        found = [document for type in query.types for document in self._matches(query, type)]
        if query.sort is None:
            places: list[Place] = [(document.created, document.id) for document in found]
        else:
            key, needed = order_key(query.sort.target), needed_by_sort(query.sort.target)
            places = [capped_place(key(self._with_needed(document, needed)), document.id) for document in found]
        return paginate(query, found, places)

    # In the order of ids, by pages: a store that has nothing but `scan` can still be searched.
    def _matches(self, query: Query, type: str) -> Iterator[Document]:
        condition = query.conditions.get(type)
        for document in self._all(type):
            if query.connection is not None and document.connection != query.connection:
                continue
            if query.hide_inactive and document.data.get("active") is False:
                continue
            if condition is None or condition.holds(self._with_needed(document, needed_by_filter(condition.tree))):
                yield document

    def _all(self, type: str) -> Iterator[Document]:
        after: str | None = None
        # Bounded by pages, so that a client cannot make the service read a million resources by one filter.
        for _ in range(0, self._most + 1, _STEP):
            step: Sequence[Document] = self._unit.scan(type, after, _STEP)
            yield from step
            if len(step) < _STEP:
                return
            after = step[-1].id
        raise TooMany(
            f"There are more than {self._most} resources of the type {type}, and this service keeps no index."
        )

    def _with_needed(self, document: Document, needed: NeededParts) -> Mapping[str, Any]:
        if not needed:
            return document.data
        links = []
        for attribute in needed.relations:
            relation = attribute.relation
            if relation is not None:
                side = self._holders if relation.inverse else self._all_links
                links.append((attribute, side([(document.type, document.id)], relation.name).get(document.id, ())))
        return resource_json(document, links)


def _key(side: str, type: str, id: str, relation: str) -> str:
    return "\n".join((side, type, relation, id))


#: Names the mark that lists the relations.
_RELATIONS_KEY: Final = _key("*relations", "", "", "")


def _mark(key: str, ends: Mapping[str, str]) -> Mark:
    # Type and id in one text: a type is a name (RFC 7643 section 6), so it has no line break; an id may be anything.
    return Mark(kind="links", name=key, values=tuple(f"{type}\n{id}" for id, type in ends.items()))


def _read(marks: Iterable[Mark]) -> dict[str, str]:
    """The ends that the marks hold: id -> type."""
    parts = (value.split("\n", 1) for mark in marks for value in mark.values)
    return {id: type for type, id in parts}


def _without(ends: Mapping[str, str], ids: Iterable[str]) -> Mapping[str, str]:
    gone = set(ids)
    return {id: type for id, type in ends.items() if id not in gone}
