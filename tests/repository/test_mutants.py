"""The contract bites: each of these repositories is wrong in one way, and each is caught."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import product
from typing import Any
from unicodedata import combining, normalize

import pytest
from attrs import evolve

from scimcore.repository import Clash, Journal, Keyset, MemoryRepository
from scimcore.repository.memory.tables import Tables
from scimcore.repository.memory.unit import MemoryUnit
from scimcore.resources.changes import Link
from scimcore.schema import MEMBERSHIP
from scimcore.testing.contract import RepositoryContract

# Each is a class of units, or of repositories, with one fault.


class NamesMayRepeat(MemoryUnit):
    def insert(self, document, keys):
        if keys.unique in self._tables.of(document.type).named:
            keys = evolve(keys, unique=f"{keys.unique}{document.id}")
        super().insert(document, keys)


class InsertOverwrites(MemoryUnit):
    def insert(self, document, keys):
        self.delete(document.type, document.id)
        super().insert(document, keys)


class ReplaceOverwrites(MemoryUnit):
    def replace(self, document, keys, *, expect):
        found = self.get(document.type, document.id)
        super().replace(document, keys, expect=found.version if found else expect)


class ReplaceInserts(MemoryUnit):
    def replace(self, document, keys, *, expect):
        if self.get(document.type, document.id) is None:
            return self.insert(document, keys)
        return super().replace(document, keys, expect=expect)


class ReplaceKeepsTheOldName(MemoryUnit):
    def replace(self, document, keys, *, expect):
        before = self._tables.of(document.type).keys.get(document.id, keys)
        super().replace(document, evolve(keys, unique=before.unique), expect=expect)


class ReplaceKeepsTheOldIndex(MemoryUnit):
    def replace(self, document, keys, *, expect):
        before = self._tables.of(document.type).keys.get(document.id, keys)
        super().replace(document, evolve(keys, display=before.display), expect=expect)


class AmendKeepsTheOldColumns(MemoryUnit):
    def amend(self, document, keys, before, *, expect):
        self.replace(document, evolve(before, values=keys.values), expect=expect)


class AmendOverwrites(MemoryUnit):
    def amend(self, document, keys, before, *, expect):
        found = self.get(document.type, document.id)
        self.replace(document, keys, expect=found.version if found else expect)


class ClashIsSilent(MemoryUnit):
    def replace(self, document, keys, *, expect):
        try:
            super().replace(document, keys, expect=expect)
        except Clash:
            return


class DeleteLeavesTheName(MemoryUnit):
    def delete(self, type, id):
        keys = self._tables.of(type).keys.get(id)
        found = super().delete(type, id)
        if found:
            self._tables.of(type).named[keys.unique] = id
        return found


class DeleteIsAlwaysTrue(MemoryUnit):
    def delete(self, type, id):
        return super().delete(type, id) or True


class ScanIncludesTheLast(MemoryUnit):
    def scan(self, type, after, limit):
        found = super().scan(type, after, limit)
        return [*([self.get(type, after)] if after else []), *found][:limit]


class ScanInOrderOfCreation(MemoryUnit):
    def scan(self, type, after, limit):
        return sorted(super().scan(type, after, limit), key=lambda document: document.created)


class LinkTellsEverything(MemoryUnit):
    def link(self, type, id, relation, links):
        super().link(type, id, relation, links)
        return links


class LinkToNobody(MemoryUnit):
    @staticmethod
    def _there(tables, end):
        return end


class UnlinkTellsEverything(MemoryUnit):
    def unlink(self, type, id, relation, ids):
        found = super().unlink(type, id, relation, ids)
        return found or list(ids)


class LinksOutliveTheirEnds(MemoryUnit):
    def delete(self, type, id):
        table = self._write().of(type)
        if id not in table.documents:
            return False
        table.remove(self._journal, id)
        return True


class RelationsAreOne(MemoryUnit):
    def link_count(self, type, id, relation, limit):
        return super().link_count(type, id, "membership", limit)


class HoldersOfEverybody(MemoryUnit):
    def holders(self, targets, relation):
        found = super().holders(targets, relation)
        return {id: ends for _, id in targets for ends in found.values()}


class RecordingKeepsWhatFails(MemoryUnit):
    def record(self, audit, effects):
        super().record(audit, effects)
        self._journal._undo.clear()


class TombstonesLive(MemoryUnit):
    def binding_of(self, account):
        found = [b for b in self._tables.bindings.values() if b.account == account]
        return max(found, key=lambda binding: binding.since, default=None)


class BindKeepsTheOldAccount(MemoryUnit):
    def binding_of(self, account):
        return super().binding_of(account) or next(
            (b for b in self._tables.bindings.values() if account in self._tables.bound), None
        )


class NothingIsEverDue(MemoryUnit):
    def due(self, now, limit):
        return [binding for binding in super().due(now, limit) if binding.due < now]


class EverythingIsDue(MemoryUnit):
    def waiting(self, now, limit):
        return super().waiting(now + 1000, limit)


class EffectsInOrderOfKeys(MemoryUnit):
    def effects(self, after, limit):
        return sorted(super().effects(after, limit), key=lambda effect: effect.key)


class SettlingRewrites(MemoryUnit):
    def update_effect(self, effect):
        super().update_effect(effect)
        self._journal.put(self._tables.effects, effect.key, effect)


class CancelTakesAll(MemoryUnit):
    def cancel(self, account, types, now):
        return super().cancel(account, {effect.type for effect in self._tables.effects.values()}, now)


class ForgetsEverybody(MemoryUnit):
    def forget(self, target):
        for record in list(self._tables.audits.values()):
            super().forget(record.target)


class BacklogWithoutTheDead(MemoryUnit):
    def backlog(self, account, now, limit):
        return [effect for effect in super().backlog(account, now, limit) if effect.state != "dead"]


class SearchForgetsTheConnection(MemoryUnit):
    def search(self, query):
        return super().search(evolve(query, connection=None))


class SearchShowsTheInactive(MemoryUnit):
    def search(self, query):
        return super().search(evolve(query, hide_inactive=False))


class TotalIsThePage(MemoryUnit):
    def search(self, query):
        page = super().search(query)
        return evolve(page, total=None if page.total is None else len(page.documents))


class SortsAscendingOnly(MemoryUnit):
    def search(self, query):
        return super().search(evolve(query, sort=query.sort and evolve(query.sort, descending=False)))


class PagesOverlap(MemoryUnit):
    def search(self, query):
        page = super().search(query)
        return evolve(page, last=page.first)


class NoMorePages(MemoryUnit):
    def search(self, query):
        return evolve(super().search(query), more=False)


class NamedOfAnyType(MemoryUnit):
    def named(self, type, unique):
        return super().named(type, unique) or super().named("Group" if type == "User" else "User", unique)


class NamesWithoutAccents(MemoryUnit):
    @staticmethod
    def _bare(key):
        return "".join(c for c in normalize("NFD", key) if not combining(c))

    def insert(self, document, keys):
        super().insert(document, evolve(keys, unique=self._bare(keys.unique)))

    def named(self, type, unique):
        return super().named(type, self._bare(unique))


class NamesWithoutTrailingSpaces(MemoryUnit):
    def insert(self, document, keys):
        super().insert(document, evolve(keys, unique=keys.unique.rstrip()))

    def named(self, type, unique):
        return super().named(type, unique.rstrip())


class _Replaces(MemoryUnit):
    """Keeps something of what was there before."""

    kept: tuple[str, ...] = ()

    def replace(self, document, keys, *, expect):
        before, old = self.get(document.type, document.id), self._tables.of(document.type).keys.get(document.id)
        if before is not None and old is not None:
            document = evolve(document, **{name: getattr(before, name) for name in self.kept if hasattr(before, name)})
            keys = evolve(keys, **{name: getattr(old, name) for name in self.kept if hasattr(old, name)})
        super().replace(document, keys, expect=expect)


class ReplaceKeepsCreated(_Replaces):
    kept = ("created",)


class ReplaceKeepsTheConnection(_Replaces):
    kept = ("connection",)


class ReplaceKeepsTheValueIndex(_Replaces):
    kept = ("values",)


class ReplaceKeepsTheExternalKey(_Replaces):
    kept = ("external",)


class ReplaceKeepsTheDisplayKey(_Replaces):
    kept = ("display_key",)


class ReplaceKeepsActive(_Replaces):
    kept = ("active",)


class ReplaceCountsByItself(MemoryUnit):
    def replace(self, document, keys, *, expect):
        super().replace(evolve(document, version=expect + 1), keys, expect=expect)


class ReplaceTrustsWhatIsAsOld(MemoryUnit):
    def replace(self, document, keys, *, expect):
        found = self.get(document.type, document.id)
        same = found is not None and found.modified == document.modified
        super().replace(document, keys, expect=found.version if found and same else expect)


class DeleteLeavesTheValueIndex(MemoryUnit):
    def delete(self, type, id):
        table = self._tables.of(type)
        keys = table.keys.get(id)
        found = super().delete(type, id)
        for entry in keys.values if keys else ():
            table.valued.setdefault((entry.path, entry.key), {})[id] = None
        return found


class UniqueKeysMayRepeat(MemoryUnit):
    def insert(self, document, keys):
        super().insert(document, evolve(keys, also_unique=()))
        self._tables.of(document.type).unique.update(dict.fromkeys(keys.also_unique, document.id))


class UniqueKeysMayRepeatByReplace(MemoryUnit):
    def replace(self, document, keys, *, expect):
        unique = self._tables.of(document.type).unique
        free = tuple(key for key in keys.also_unique if unique.get(key, document.id) == document.id)
        super().replace(document, evolve(keys, also_unique=free), expect=expect)


class UniqueKeysOfAllPaths(MemoryUnit):
    def insert(self, document, keys):
        super().insert(document, evolve(keys, also_unique=tuple(key._replace(path="") for key in keys.also_unique)))

    def taken_by(self, type, key):
        return super().taken_by(type, key._replace(path=""))


class UniqueKeysOfAllTypes(MemoryUnit):
    def insert(self, document, keys):
        for type in ("User", "Group"):
            if any(key in self._tables.of(type).unique for key in keys.also_unique):
                raise Clash(path=keys.also_unique[0].path)
        super().insert(document, keys)


class ClashNamesNoPath(MemoryUnit):
    def insert(self, document, keys):
        try:
            super().insert(document, keys)
        except Clash:
            raise Clash from None


class DeleteLeavesTheUniqueKeys(MemoryUnit):
    def delete(self, type, id):
        keys = self._tables.of(type).keys.get(id)
        found = super().delete(type, id)
        self._tables.of(type).unique.update(dict.fromkeys(keys.also_unique if keys else (), id))
        return found


class ReplaceAddsUniqueKeys(MemoryUnit):
    def replace(self, document, keys, *, expect):
        old = self._tables.of(document.type).keys.get(document.id)
        more = set(keys.also_unique) | set(old.also_unique if old else ())
        super().replace(document, evolve(keys, also_unique=tuple(sorted(more))), expect=expect)


class ReplaceKeepsTheUniqueKeys(_Replaces):
    kept = ("also_unique",)


class AmendKeepsTheUniqueKeys(MemoryUnit):
    def amend(self, document, keys, before, *, expect):
        self.replace(document, evolve(keys, also_unique=before.also_unique), expect=expect)


class DeleteTakesTheBinding(MemoryUnit):
    def delete(self, type, id):
        self.unbind(id)
        return super().delete(type, id)


class DeleteBlanksTheTrail(MemoryUnit):
    def delete(self, type, id):
        self.forget(id)
        return super().delete(type, id)


class LinksByTypeFirst(MemoryUnit):
    def links(self, type, id, relation, *, after, limit):
        found = sorted(super().links(type, id, relation, after=None, limit=99), key=lambda end: (end.type, end.id))
        return [end for end in found if after is None or end.id > after][:limit]


class LinkedToAnybody(MemoryUnit):
    def linked(self, type, id, relation, ids):
        holders = super().holders([("User", end) for end in ids], relation)
        return [Link("User", end) for end in ids if end in holders]


class UnlinksEveryRelation(MemoryUnit):
    def unlink(self, type, id, relation, ids):
        return super().unlink(type, id, MEMBERSHIP, ids)


class UnlinkingMovesTheVersion(MemoryUnit):
    def unlink(self, type, id, relation, ids):
        removed, found = super().unlink(type, id, relation, ids), self.get(type, id)
        if removed and found:
            keys = self._tables.of(type).keys[id]
            self.replace(evolve(found, version=found.version + 1), keys, expect=found.version)
        return removed


class GroupsOfUsersOnly(MemoryUnit):
    def holders(self, targets, relation):
        return super().holders([target for target in targets if target[0] == "User"], relation)


class TheOldestStandsForTheAccount(MemoryUnit):
    def binding_of(self, account):
        found = [b for b in self._tables.bindings.values() if b.account == account and b.state != "deleted"]
        return min(found, key=lambda binding: binding.since, default=None)


class TheSuspendedStandForNobody(MemoryUnit):
    def binding_of(self, account):
        found = super().binding_of(account)
        return None if found is None or found.state == "suspended" else found


class BindMerges(MemoryUnit):
    def bind(self, binding):
        before = self.binding(binding.resource)
        super().bind(evolve(binding, memory=before.memory if before else binding.memory))


class MarksMerge(MemoryUnit):
    def mark(self, mark):
        before = self.marks(mark.kind, [mark.name]).get(mark.name)
        super().mark(evolve(mark, values=(*(before.values if before else ()), *mark.values)))


class MarksOfOneKind(MemoryUnit):
    def unmark(self, kind, name):
        for other in ("release", "leaver", "awaited", "awaiting", "links"):
            super().unmark(other, name)


class MarksNeverExpire(MemoryUnit):
    def expire_marks(self, now, limit):
        return 0


class MarksExpireThatHaveNoEnd(MemoryUnit):
    def expire_marks(self, now, limit):
        marks = self._write().marks
        found = [key for key, mark in marks.items() if mark.due <= now][:limit]
        for key in found:
            self._journal.drop(marks, key)
        return len(found)


class LeaversMarksAreNotCounted(MemoryUnit):
    def leavers(self, connection, since):
        marks = [m for m in self._tables.marks.values() if m.kind == "leaver" and m.connection == connection]
        return super().leavers(connection, since) - sum(mark.since >= since for mark in marks)


class WaitingInOrderOfDue(MemoryUnit):
    def waiting(self, now, limit):
        return sorted(super().waiting(now, 99), key=lambda effect: effect.due)[:limit]


class BacklogInOrderOfKeys(MemoryUnit):
    def backlog(self, account, now, limit):
        return sorted(super().backlog(account, now, 99), key=lambda effect: (effect.at, effect.key))[:limit]


class CancelSparesTheDead(MemoryUnit):
    def cancel(self, account, types, now):
        found = [e for e in self.backlog(account, now, 99) if e.state == "dead" and e.type in types]
        done = super().cancel(account, types, now)
        for effect in found:
            self.update_effect(effect)
        return done


class CancelTakesAccessThatIsDue(MemoryUnit):
    def cancel(self, account, types, now):
        return super().cancel(account, types, -1)


class WaitingInOrderOfTime(MemoryUnit):
    def waiting(self, now, limit):
        return sorted(super().waiting(now, 99), key=lambda effect: (effect.at, effect.nth))[:limit]


class BacklogInOrderOfTime(MemoryUnit):
    def backlog(self, account, now, limit):
        return sorted(super().backlog(account, now, 99), key=lambda effect: (effect.at, effect.nth))[:limit]


class CancelForgetsTheTries(MemoryUnit):
    def cancel(self, account, types, now):
        waiting = [e for e in self.waiting(2**60, 99) if e.account == account and e.type in types]
        for effect in waiting:
            self.update_effect(evolve(effect, state="cancelled", attempts=0))
        return len(waiting)


class TheDeadStayDead(MemoryUnit):
    def update_effect(self, effect):
        before = self._tables.effects.get(effect.key)
        super().update_effect(evolve(effect, state="dead") if before and before.state == "dead" else effect)


class EffectsAfterTheMoment(MemoryUnit):
    def effects(self, after, limit):
        return super().effects(after and (after[0], 99), limit)


class PrunesWhatWaits(MemoryUnit):
    def prune_effects(self, before, limit):
        for effect in self.waiting(2**60, 99):
            self.update_effect(evolve(effect, state="done"))
        return super().prune_effects(before, limit)


class PrunesTheMomentItself(MemoryUnit):
    def prune_audit(self, before, limit):
        return super().prune_audit(before + 1, limit)


class PrunesWithoutLimit(MemoryUnit):
    def prune_effects(self, before, limit):
        return super().prune_effects(before, 99)


class KeysetSkipsTies(MemoryUnit):
    def search(self, query):
        window = query.window
        if isinstance(window, Keyset) and window.place is not None and not window.backwards:
            query = evolve(query, window=evolve(window, place=(*window.place[:-1], "\U0010ffff")))
        return super().search(query)


class OneMorePageBackwards(MemoryUnit):
    def search(self, query):
        page, window = super().search(query), query.window
        return evolve(page, more=bool(page.documents)) if isinstance(window, Keyset) and window.backwards else page


class WritesWhileReading(MemoryUnit):
    def _write(self):
        return self._tables


class _Repository(MemoryRepository):
    unit_class: type[MemoryUnit] = MemoryUnit

    def _unit(self, tenant: str, journal: Journal) -> MemoryUnit:
        return self.unit_class(self._of(tenant), journal)


class OneTenantForAll(_Repository):
    def _of(self, tenant: str) -> Tables:
        return super()._of("everybody")


class KeepsWhatFailed(_Repository):
    @contextmanager
    def transaction(self, *, write: bool = True) -> Iterator[Journal]:
        with super().transaction(write=write) as journal:
            try:
                yield journal
            except KeyboardInterrupt:
                raise
            finally:
                journal._undo.clear()


class JoinedPartsStandAlone(_Repository):
    @contextmanager
    def join(self, transaction: Journal, tenant: str) -> Iterator[MemoryUnit]:
        with super().join(transaction, tenant) as unit:
            yield unit
        transaction._undo.clear()


class ReadersSeeHalf(_Repository):
    @contextmanager
    def unit(self, tenant: str, *, write: bool) -> Iterator[MemoryUnit]:
        if write:
            with super().unit(tenant, write=True) as unit:
                yield unit
        else:
            yield self._unit(tenant, Journal(write=False))


class LosesUpdates(_Repository):
    """Reads without the lock, writes under it, compares nothing."""

    @contextmanager
    def unit(self, tenant: str, *, write: bool) -> Iterator[MemoryUnit]:
        journal = Journal(write=write)
        yield ReplaceOverwrites(self._of(tenant), journal)


class SwallowsFaults(_Repository):
    @contextmanager
    def unit(self, tenant: str, *, write: bool) -> Iterator[MemoryUnit]:
        with suppress(ValueError), super().unit(tenant, write=write) as unit:
            yield unit


class KeepsWhatWasInterrupted(_Repository):
    @contextmanager
    def unit(self, tenant: str, *, write: bool) -> Iterator[MemoryUnit]:
        with super().unit(tenant, write=write) as unit:
            try:
                yield unit
            except KeyboardInterrupt:
                unit.transaction._undo.clear()
                raise


class UnitsNeverEnd(_Repository):
    @contextmanager
    def transaction(self, *, write: bool = True) -> Iterator[Journal]:
        with super().transaction(write=write) as journal:
            yield journal
        journal.open = True


class ReadersWrite(_Repository):
    @contextmanager
    def unit(self, tenant: str, *, write: bool) -> Iterator[MemoryUnit]:
        with super().unit(tenant, write=True) as unit:
            yield unit


class TenantsFolded(_Repository):
    def _of(self, tenant: str) -> Tables:
        return super()._of(tenant.lower())


class TenantsStripped(_Repository):
    def _of(self, tenant: str) -> Tables:
        return super()._of(tenant.strip())


class TenantsWithResourcesOnly(_Repository):
    def tenants(self) -> Iterator[str]:
        return (name for name, tables in self._tenants.items() if any(t.documents for t in tables.types.values()))


class EveryTenantAskedFor(_Repository):
    def tenants(self) -> Iterator[str]:
        return iter(tuple(self._tenants))


def _leaves(kind: type[Any]) -> list[type[Any]]:
    below = [leaf for sub in kind.__subclasses__() if sub.__module__ == __name__ for leaf in _leaves(sub)]
    return below or [kind]


UNITS = [kind for kind in _leaves(MemoryUnit) if kind is not MemoryUnit]
REPOSITORIES = _Repository.__subclasses__()


def _repository(kind: type[Any]) -> MemoryRepository:
    if issubclass(kind, MemoryRepository):
        return kind()
    made = _Repository()
    made.unit_class = kind
    return made


def _tests() -> Iterator[Callable[[MemoryRepository], object]]:
    """The contract's tests, each with each of its parameters."""
    contract = RepositoryContract()
    for name in dir(contract):
        if name.startswith("test_"):
            method = getattr(contract, name)
            for arguments in _arguments(getattr(method, "pytestmark", ())):
                yield lambda repository, method=method, arguments=arguments: method(repository=repository, **arguments)


def _arguments(marks: Any) -> Iterator[dict[str, Any]]:
    choices = []
    for mark in marks:
        names, values = mark.args
        single = isinstance(names, str)
        choices.append([{names: v} if single else dict(zip(names, v, strict=True)) for v in values])
    for chosen in product(*choices):
        yield {name: value for part in chosen for name, value in part.items()}


def _caught(kind: type[Any]) -> bool:
    for test in _tests():
        try:
            test(_repository(kind))
        except (Exception, pytest.fail.Exception):
            return True
    return False


@pytest.mark.slow
class TestTheContractBites:
    def test_what_is_right_passes(self) -> None:
        assert not _caught(_Repository)

    @pytest.mark.parametrize("kind", [*UNITS, *REPOSITORIES], ids=lambda kind: kind.__name__)
    def test_each_fault_is_caught(self, kind: type[Any]) -> None:
        assert _caught(kind), f"no test of the contract notices that {kind.__name__}"
