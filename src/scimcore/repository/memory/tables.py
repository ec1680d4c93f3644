"""The tables of one tenant in memory, with their indexes; every change is journaled."""

from bisect import bisect_left, insort
from collections.abc import Iterator, Sequence
from typing import TypeVar

from scimcore.policy.facts import Binding
from scimcore.repository.memory.journal import Journal
from scimcore.repository.protocol import Clash
from scimcore.repository.records import AuditRecord, EffectRecord, Keys, Mark, MarkKind, UniqueKey
from scimcore.resources.changes import Link, Linked
from scimcore.resources.document import Document

E = TypeVar("E", str, tuple[int, str], tuple[int, int, str])


class Links:
    """The far ends of one resource's links in one direction: id -> type, with the order by id made on demand."""

    __slots__ = ("_order", "ends")

    def __init__(self) -> None:
        self.ends: dict[str, str] = {}
        self._order: list[str] | None = None

    def add(self, journal: Journal, end: Link) -> None:
        """One more: costs the same whatever is there already."""
        # Dropped and not kept up to date: a group is filled by many single additions and then listed once.
        self._order = None
        journal.put(self.ends, end.id, end.type)
        journal.undo(self._forget_order)

    def remove(self, journal: Journal, id: str) -> None:
        """One less: costs the same whatever is there."""
        self._order = None
        journal.drop(self.ends, id)
        journal.undo(self._forget_order)

    def after(self, id: str | None, limit: int) -> Iterator[Link]:
        """Up to `limit` by id, beyond that one."""
        if self._order is None:
            self._order = sorted(self.ends)
        start = 0 if id is None else bisect_left(self._order, id + "\0")
        return (Link(self.ends[end], end) for end in self._order[start : start + limit])

    def _forget_order(self) -> None:
        self._order = None


class TypeTable:
    """All resources of one type: by id, by unique key, by every other key, and in both orders."""

    def __init__(self) -> None:
        self.documents: dict[str, Document] = {}
        self.keys: dict[str, Keys] = {}
        self.named: dict[str, str] = {}
        self.unique: dict[UniqueKey, str] = {}
        # Dictionaries for sets: they keep an order, so that nothing depends on the hashes of a process.
        #: (path, key) -> the ids that have it; `externalId` is among the paths.
        self.valued: dict[tuple[str, str], dict[str, None]] = {}
        self.by_id: list[str] = []
        self.by_created: list[tuple[int, str]] = []

    def add(self, journal: Journal, document: Document, keys: Keys) -> None:
        """A new one; the caller has seen that id and unique key are free."""
        journal.put(self.documents, document.id, document)
        enter(journal, self.by_id, document.id)
        enter(journal, self.by_created, (document.created, document.id))
        self._index(journal, document.id, keys)

    def change(self, journal: Journal, document: Document, keys: Keys) -> None:
        """A new version of one that is there."""
        before = self.documents[document.id]
        journal.put(self.documents, document.id, document)
        if before.created != document.created:
            leave(journal, self.by_created, (before.created, before.id))
            enter(journal, self.by_created, (document.created, document.id))
        # Most changes are of values without a key; then no index moves.
        if self.keys[document.id] != keys:
            self._unindex(journal, document.id)
            self._index(journal, document.id, keys)

    def require_free(self, id: str, keys: Keys) -> None:
        """Raise Clash if another resource has one of the further unique keys."""
        for key in keys.also_unique:
            if self.unique.get(key, id) != id:
                raise Clash(f"{id} has not {key.path} alone", path=key.path)

    def remove(self, journal: Journal, id: str) -> None:
        """One that is there goes."""
        document = self.documents[id]
        self._unindex(journal, id)
        leave(journal, self.by_id, id)
        leave(journal, self.by_created, (document.created, id))
        journal.drop(self.documents, id)

    def _index(self, journal: Journal, id: str, keys: Keys) -> None:
        journal.put(self.keys, id, keys)
        journal.put(self.named, keys.unique, id)
        for key in keys.also_unique:
            journal.put(self.unique, key, id)
        for entry in _entries(keys):
            journal.put(self.valued.setdefault(entry, {}), id, None)

    def _unindex(self, journal: Journal, id: str) -> None:
        keys = self.keys[id]
        for entry in _entries(keys):
            journal.drop(self.valued.get(entry, {}), id)
        for key in keys.also_unique:
            journal.drop(self.unique, key)
        journal.drop(self.named, keys.unique)
        journal.drop(self.keys, id)


def enter(journal: Journal, order: list[E], entry: E) -> None:
    """Put the entry into its place in the order."""
    insort(order, entry)
    journal.undo(lambda: order.pop(bisect_left(order, entry)))


def leave(journal: Journal, order: list[E], entry: E) -> None:
    """Take the entry out of the order."""
    order.pop(bisect_left(order, entry))
    journal.undo(lambda: insort(order, entry))


def _entries(keys: Keys) -> Iterator[tuple[str, str]]:
    if keys.external is not None:
        yield "externalId", keys.external
    if keys.display_key is not None:
        yield "displayName", keys.display_key
    for value in keys.values:
        if value.key is not None:
            yield value.path, value.key


class Tables:
    """Everything of one tenant."""

    def __init__(self) -> None:
        self.types: dict[str, TypeTable] = {}
        #: (type, id, relation) -> what it links to, and who links to it.
        self.links: dict[tuple[str, str, str], Links] = {}
        self.holders: dict[tuple[str, str, str], Links] = {}
        self.relations: set[str] = set()
        self.bindings: dict[str, Binding] = {}
        self.bound: dict[str, dict[str, None]] = {}
        self.marks: dict[tuple[MarkKind, str], Mark] = {}
        self.effects: dict[str, EffectRecord] = {}
        self.waiting: dict[str, None] = {}
        #: By account, the keys of its effects that wait or are dead.
        self.unfinished: dict[str, dict[str, None]] = {}
        #: (at, nth, key) and (at, id), in order.
        self.outbox: list[tuple[int, int, str]] = []
        self.audits: dict[str, AuditRecord] = {}
        #: By target, the ids of what was recorded about it.
        self.about: dict[str, dict[str, None]] = {}
        self.trail: list[tuple[int, str]] = []

    def of(self, type: str) -> TypeTable:
        """The table of that type."""
        return self.types.setdefault(type, TypeTable())

    def __bool__(self) -> bool:
        recorded = self.bindings or self.marks or self.effects or self.audits
        return bool(recorded or any(t.documents for t in self.types.values()))

    def file(self, journal: Journal, effect: EffectRecord) -> None:
        """An effect as it is now."""
        journal.put(self.effects, effect.key, effect)
        if effect.state == "waiting":
            journal.put(self.waiting, effect.key, None)
        else:
            journal.drop(self.waiting, effect.key)
        if effect.state in ("waiting", "dead"):
            journal.put(self.unfinished.setdefault(effect.account, {}), effect.key, None)
        else:
            journal.drop(self.unfinished.get(effect.account, {}), effect.key)

    def link(self, journal: Journal, holder: Link, relation: str, end: Link) -> None:
        """One link, entered on both sides."""
        self.relations.add(relation)
        self.links.setdefault((holder.type, holder.id, relation), Links()).add(journal, end)
        self.holders.setdefault((end.type, end.id, relation), Links()).add(journal, holder)

    def unlink(self, journal: Journal, holder: Link, relation: str, end: Link) -> None:
        """One link, taken away on both sides."""
        self.links[holder.type, holder.id, relation].remove(journal, end.id)
        self.holders[end.type, end.id, relation].remove(journal, holder.id)

    def cut_off(self, journal: Journal, resource: Link) -> None:
        """All links from and to that resource."""
        # Of every relation, in both directions, as ON DELETE CASCADE does for both foreign keys.
        for relation in self.relations:
            for end in self.ends(self.links, resource, relation):
                self.unlink(journal, resource, relation, end)
            for holder in self.ends(self.holders, resource, relation):
                self.unlink(journal, holder, relation, resource)

    def ends(self, side: dict[tuple[str, str, str], Links], resource: Link, relation: str) -> Sequence[Link]:
        """The far ends on one side (`links` or `holders`), in no order."""
        found = side.get((resource.type, resource.id, relation))
        return () if found is None else [Link(type, id) for id, type in found.ends.items()]

    def shown(self, end: Link) -> Linked:
        """A far end with what to call it now."""
        keys = self.of(end.type).keys.get(end.id)
        return Linked(end.type, end.id, None if keys is None else keys.display)

    def shown_all(
        self, side: dict[tuple[str, str, str], Links], near: Sequence[tuple[str, str]], relation: str
    ) -> dict[str, Sequence[Linked]]:
        """All far ends of several resources on one side, by the near id, those that have any."""
        found = {id: side.get((type, id, relation)) for type, id in near}
        return {
            id: [self.shown(end) for end in links.after(None, len(links.ends))]
            for id, links in found.items()
            if links is not None and links.ends
        }
