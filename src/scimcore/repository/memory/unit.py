"""A unit in memory: every method of the protocol over one tenant's tables."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import nsmallest
from itertools import islice

from attrs import evolve

from scimcore.policy.facts import Binding
from scimcore.repository.memory.journal import Journal
from scimcore.repository.memory.matching import search
from scimcore.repository.memory.tables import Tables, enter, leave
from scimcore.repository.protocol import Clash, Gone, Stale
from scimcore.repository.queries import Page, Query
from scimcore.repository.reads import Found, Reads, read
from scimcore.repository.records import AuditRecord, EffectRecord, Keys, Mark, MarkKind, UniqueKey
from scimcore.resources.changes import Link, Linked
from scimcore.resources.document import Document


class MemoryUnit:
    """One transaction of one tenant, in memory. Made by `MemoryRepository`."""

    __slots__ = ("_journal", "_tables")

    def __init__(self, tables: Tables, journal: Journal) -> None:
        self._tables = tables
        self._journal = journal

    @property
    def transaction(self) -> Journal:
        """The journal, for the host's own tables."""
        return self._journal

    # resources
    def get(self, type: str, id: str, *, lock: bool = False) -> Document | None:
        """Return the resource; every unit is alone, so `lock` asks for nothing more."""
        return self._tables.of(type).documents.get(id)

    def named(self, type: str, unique: str) -> Document | None:
        """Return the resource with that unique key."""
        table = self._tables.of(type)
        id = table.named.get(unique)
        return None if id is None else table.documents[id]

    def scan(self, type: str, after: str | None, limit: int) -> Sequence[Document]:
        """Return up to `limit` resources with ids above `after`, in the order of their ids."""
        table = self._tables.of(type)
        start = 0 if after is None else bisect_right(table.by_id, after)
        return [table.documents[id] for id in table.by_id[start : start + limit]]

    def insert(self, document: Document, keys: Keys) -> None:
        """Store a new resource."""
        table = self._write().of(document.type)
        # Checked before anything is changed: a method that raises must leave nothing half done, as a statement does.
        if document.id in table.documents or keys.unique in table.named:
            raise Clash(f"{document.type} {keys.unique!r}")
        table.require_free(document.id, keys)
        table.add(self._journal, document, keys)

    def replace(self, document: Document, keys: Keys, *, expect: int) -> None:
        """Store a new version of a resource that still has the version `expect`."""
        table = self._write().of(document.type)
        before = table.documents.get(document.id)
        if before is None:
            raise Gone(f"{document.type} {document.id}")
        if before.version != expect:
            raise Stale(f"{document.type} {document.id} has version {before.version}, not {expect}")
        if table.named.get(keys.unique, document.id) != document.id:
            raise Clash(f"{document.type} {keys.unique!r}")
        table.require_free(document.id, keys)
        table.change(self._journal, document, keys)

    def amend(self, document: Document, keys: Keys, before: Keys, *, expect: int) -> None:
        """The same: in memory there is nothing to save by knowing what the resource was found by before."""
        self.replace(document, keys, expect=expect)

    def delete(self, type: str, id: str) -> bool:
        """Remove the resource and all links from and to it."""
        table = self._write().of(type)
        if id not in table.documents:
            return False
        self._tables.cut_off(self._journal, Link(type, id))
        table.remove(self._journal, id)
        return True

    def taken_by(self, type: str, key: UniqueKey) -> str | None:
        """Return the id of the resource that has this further unique key."""
        return self._tables.of(type).unique.get(key)

    def read(self, reads: Reads) -> Found:
        """Answer one by one: everything is at hand."""
        return read(self, reads)

    # relations
    def link(self, type: str, id: str, relation: str, links: Sequence[Link]) -> Sequence[Link]:
        """Link these to the holder. Returns those that were not linked before."""
        holder = self._there(self._write(), Link(type, id))
        added = []
        for end in links:
            # As a foreign key does: a link to nothing would stay when the id is used by nobody.
            self._there(self._tables, end)
            known = self._tables.links.get((type, id, relation))
            if known is None or end.id not in known.ends:
                self._tables.link(self._journal, holder, relation, end)
                added.append(end)
        return added

    def unlink(self, type: str, id: str, relation: str, ids: Sequence[str]) -> Sequence[Link]:
        """Unlink these ids. Returns those that were linked."""
        removed = self.linked(type, id, relation, ids)
        for end in removed:
            self._write().unlink(self._journal, Link(type, id), relation, end)
        return removed

    def links(self, type: str, id: str, relation: str, *, after: str | None, limit: int) -> Sequence[Linked]:
        """Return the holder's links in the order of their ids."""
        found = self._tables.links.get((type, id, relation))
        return [] if found is None else [self._tables.shown(end) for end in found.after(after, limit)]

    def linked(self, type: str, id: str, relation: str, ids: Sequence[str]) -> Sequence[Link]:
        """Return those of these ids that the holder links to."""
        found = self._tables.links.get((type, id, relation))
        ends = {} if found is None else found.ends
        return [Link(ends[end], end) for end in dict.fromkeys(ids) if end in ends]

    def link_count(self, type: str, id: str, relation: str, limit: int) -> int:
        """Count the holder's links, up to `limit`."""
        found = self._tables.links.get((type, id, relation))
        return 0 if found is None else min(len(found.ends), limit)

    def all_links(self, holders: Sequence[tuple[str, str]], relation: str) -> Mapping[str, Sequence[Linked]]:
        """Return all links of several holders, by holder id, of those that have any."""
        return self._tables.shown_all(self._tables.links, holders, relation)

    def holders(self, targets: Sequence[tuple[str, str]], relation: str) -> Mapping[str, Sequence[Linked]]:
        """Return the resources that link to these, by target id."""
        return self._tables.shown_all(self._tables.holders, targets, relation)

    def types_of(self, types: Sequence[str], ids: Sequence[str]) -> Mapping[str, str]:
        """Return the type of each id, of these types; ids of no resource are left out."""
        return {id: type for type in types for id in ids if id in self._tables.of(type).documents}

    # searches
    def search(self, query: Query) -> Page:
        """Return one page of the query."""
        return search(self._tables, query)

    # bindings
    def binding(self, resource: str) -> Binding | None:
        """Return the resource's binding."""
        return self._tables.bindings.get(resource)

    def bindings(self, resources: Sequence[str]) -> Mapping[str, Binding]:
        """Return the bindings of these resources, by resource."""
        known = self._tables.bindings
        return {resource: known[resource] for resource in resources if resource in known}

    def binding_of(self, account: str) -> Binding | None:
        """Return the binding that stands for the account now, of several the latest."""
        found = [self._tables.bindings[resource] for resource in self._tables.bound.get(account, ())]
        alive = [binding for binding in found if binding.state != "deleted"]
        return max(alive, key=lambda binding: (binding.since, binding.resource), default=None)

    def bind(self, binding: Binding) -> None:
        """Write the binding, over the one of the same resource if there is one."""
        # The account may be another one than before; then the old one must not lead here any more.
        self.unbind(binding.resource)
        self._journal.put(self._tables.bindings, binding.resource, binding)
        if binding.account is not None:
            self._journal.put(self._tables.bound.setdefault(binding.account, {}), binding.resource, None)

    def unbind(self, resource: str) -> None:
        """Remove the resource's binding, if there is one."""
        before = self._write().bindings.get(resource)
        if before is None:
            return
        self._journal.drop(self._tables.bindings, resource)
        if before.account is not None:
            self._journal.drop(self._tables.bound[before.account], resource)

    def due(self, now: int, limit: int) -> Sequence[Binding]:
        """Return bindings with 0 < `due` <= now, the earliest first."""
        found = [binding for binding in self._tables.bindings.values() if 0 < binding.due <= now]
        return sorted(found, key=lambda binding: (binding.due, binding.resource))[:limit]

    def leavers(self, connection: str, since: int) -> int:
        """Count the connection's marks of the kind `leaver` with that `since` or a later one."""
        marks = (m for m in self._tables.marks.values() if m.kind == "leaver" and m.connection == connection)
        return sum(m.since >= since for m in marks)

    def managed(self, connection: str) -> int:
        """Count the Users that the connection manages: its bindings that are not tombstones."""
        return sum(binding.state != "deleted" for binding in self._users(connection))

    def _users(self, connection: str) -> Iterator[Binding]:
        bindings = self._tables.bindings.values()
        return (binding for binding in bindings if binding.type == "User" and binding.connection == connection)

    # marks
    def mark(self, mark: Mark) -> None:
        """Write the mark, over the one of the same kind and name if there is one."""
        self._journal.put(self._write().marks, (mark.kind, mark.name), mark)

    def marks(self, kind: MarkKind, names: Sequence[str]) -> Mapping[str, Mark]:
        """Return the marks of that kind with these names, by name."""
        known = self._tables.marks
        return {name: known[kind, name] for name in names if (kind, name) in known}

    def unmark(self, kind: MarkKind, name: str) -> None:
        """Remove the mark, if it is there."""
        if (kind, name) in self._write().marks:
            self._journal.drop(self._tables.marks, (kind, name))

    def expire_marks(self, now: int, limit: int) -> int:
        """Remove up to `limit` marks with 0 < `due` <= now, the earliest first. Returns how many there were."""
        marks = self._write().marks
        found = nsmallest(limit, ((mark.due, key) for key, mark in marks.items() if 0 < mark.due <= now))
        for _, key in found:
            self._journal.drop(marks, key)
        return len(found)

    # inventory
    def types(self) -> Sequence[str]:
        """Return the types that there are resources of."""
        return [type for type, table in self._tables.types.items() if table.documents]

    def relations(self) -> Sequence[str]:
        """Return the relations that there are links of."""
        return sorted(self._tables.relations)

    def every_binding(self, after: str | None, limit: int) -> Sequence[Binding]:
        """Return bindings by resource, those of deleted resources too, beyond that resource."""
        known = self._tables.bindings
        further = (resource for resource in known if after is None or resource > after)
        return [known[resource] for resource in nsmallest(limit, further)]

    def every_mark(self, after: tuple[str, str] | None, limit: int) -> Sequence[Mark]:
        """Return marks by kind and name, beyond that one."""
        known = self._tables.marks
        return [known[key] for key in nsmallest(limit, (key for key in known if after is None or key > after))]

    # locks
    def guard(self, name: str) -> None:
        """Nothing to do: one unit writes at a time."""
        self._write()

    # recording
    def record(self, audit: AuditRecord, effects: Sequence[EffectRecord]) -> None:
        """Append to the audit trail and to the outbox."""
        tables = self._write()
        self._journal.put(tables.audits, audit.id, audit)
        self._journal.put(tables.about.setdefault(audit.target, {}), audit.id, None)
        enter(self._journal, tables.trail, (audit.at, audit.id))
        for effect in effects:
            tables.file(self._journal, effect)
            enter(self._journal, tables.outbox, (effect.at, effect.nth, effect.key))

    def waiting(self, now: int, limit: int) -> Sequence[EffectRecord]:
        """Return effects in the state waiting with due <= now, in the order (lane, at, nth)."""
        found = [self._tables.effects[key] for key in self._tables.waiting]
        return _by_lane(effect for effect in found if effect.due <= now)[:limit]

    def backlog(self, account: str, now: int, limit: int) -> Sequence[EffectRecord]:
        """Return the account's unfinished effects, by lane and in order: dead, tried, and waiting with due <= now."""
        found = [self._tables.effects[key] for key in self._tables.unfinished.get(account, ())]
        return _by_lane(effect for effect in found if _unfinished(effect, now))[:limit]

    def update_effect(self, effect: EffectRecord) -> None:
        """Write an outbox entry's new state, attempts, due and error, by its key."""
        tables = self._write()
        before = tables.effects.get(effect.key)
        if before is None:
            raise Gone(f"effect {effect.key}")
        # Of the record that is stored, whatever else the caller changed: the other fields are history.
        after = evolve(before, state=effect.state, attempts=effect.attempts, due=effect.due, error=effect.error)
        tables.file(self._journal, after)

    def cancel(self, account: str, types: Sequence[str], now: int) -> int:
        """Cancel the account's unfinished effects of these types; of the lane access those that are not due yet."""
        unfinished = [self._tables.effects[key] for key in self._tables.unfinished.get(account, ())]
        found = [e for e in unfinished if e.type in types and (e.lane != "access" or not _unfinished(e, now))]
        for effect in found:
            self.update_effect(evolve(effect, state="cancelled"))
        return len(found)

    def effects(self, after: tuple[int, int] | None, limit: int) -> Sequence[EffectRecord]:
        """Return effects of every state in order, beyond the place (at, nth)."""
        outbox = self._tables.outbox
        # An order of (at, nth, key): every key is greater than "", so this is the first entry beyond (at, nth).
        start = 0 if after is None else bisect_left(outbox, (after[0], after[1] + 1, ""))
        return [self._tables.effects[key] for _, _, key in outbox[start : start + limit]]

    def audit(self, after: tuple[int, str] | None, limit: int) -> Sequence[AuditRecord]:
        """Return audit records in the order (at, id), beyond that place."""
        start = 0 if after is None else bisect_right(self._tables.trail, after)
        return [self._tables.audits[id] for _, id in self._tables.trail[start : start + limit]]

    def prune_audit(self, before: int, limit: int) -> int:
        """Remove up to `limit` audit records from before that time. Returns how many there were."""
        tables = self._write()
        # The trail is in the order of time, so the oldest are at its beginning.
        old = [place for place in tables.trail[:limit] if place[0] < before]
        for place in old:
            leave(self._journal, tables.trail, place)
            target = tables.audits[place[1]].target
            self._journal.drop(tables.about[target], place[1])
            self._journal.drop(tables.audits, place[1])
        return len(old)

    def prune_effects(self, before: int, limit: int) -> int:
        """Do the same with effects that are done or cancelled."""
        tables = self._write()
        finished = (p for p in tables.outbox if p[0] < before and tables.effects[p[2]].state in ("done", "cancelled"))
        old = list(islice(finished, limit))
        for place in old:
            leave(self._journal, tables.outbox, place)
            self._journal.drop(tables.effects, place[2])
        return len(old)

    def forget(self, target: str) -> None:
        """Blank the values in the audit records about that resource."""
        tables = self._write()
        # By target, as the index of SQL does.
        for id in tables.about.get(target, ()):
            self._journal.put(tables.audits, id, evolve(tables.audits[id], changes={}, detail=""))

    def _write(self) -> Tables:
        if not (self._journal.open and self._journal.write):
            raise RuntimeError("this unit only reads, or has ended; open it with write=True")
        return self._tables

    @staticmethod
    def _there(tables: Tables, end: Link) -> Link:
        if end.id not in tables.of(end.type).documents:
            raise Gone(f"{end.type} {end.id}")
        return end


def _unfinished(effect: EffectRecord, now: int) -> bool:
    if effect.state == "waiting":
        return effect.attempts > 0 or effect.due <= now
    return effect.state == "dead"


def _by_lane(effects: Iterable[EffectRecord]) -> list[EffectRecord]:
    return sorted(effects, key=lambda effect: (effect.lane, effect.at, effect.nth))
