# ruff: noqa: S101  (a contract asserts)
"""What repositories promise about units: all or nothing, whatever fails, and while others write."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import partial
from operator import methodcaller
from threading import Event
from typing import Any

import pytest

from scimcore.repository import Clash, Gone, Repository, Serialization, Stale, Unit
from scimcore.resources.changes import Link
from scimcore.schema import MEMBERSHIP
from scimcore.testing.contract_samples import (
    ACME,
    BETA,
    audit,
    bound,
    change,
    effect,
    fill,
    group,
    look,
    newer,
    refused,
    run_at_once,
    state,
    user,
)

THREADS, TURNS = 4, 5

#: One call of every method that writes.
_CALLS: tuple[Callable[[Unit[Any]], object], ...] = (
    lambda unit: unit.guard("seats"),
    lambda unit: unit.insert(*user("u9", "new", more={"emails": [{"value": "x@y"}]})),
    lambda unit: unit.replace(*newer(user("u1", "renamed", more={"emails": [{"value": "z@y"}]})), expect=1),
    lambda unit: unit.link("Group", "g1", MEMBERSHIP, [Link("User", "u2"), Link("User", "u9")]),
    lambda unit: unit.unlink("Group", "g1", MEMBERSHIP, ["u1"]),
    lambda unit: unit.delete("User", "u3"),
    lambda unit: unit.bind(bound("u1", "a9")),
    lambda unit: unit.unbind("u2"),
    lambda unit: unit.record(audit("r2", 2), [effect("e2", 2, 0)]),
    lambda unit: unit.update_effect(effect("e1", 1, 0, state="done")),
    lambda unit: unit.cancel("a1", ["SuspendAccount"], 9),
    lambda unit: unit.forget("u1"),
)


class _Fault(Exception):
    """What fails in the host, say."""


def _filled(repository: Repository[Any], tenant: str = ACME) -> None:
    fill(repository, tenant, user("u1", "one"), user("u2", "two"), user("u3", "three"), group("g1", "team"))
    with repository.unit(tenant, write=True) as unit:
        unit.link("Group", "g1", MEMBERSHIP, [Link("User", "u1"), Link("User", "u3")])
        unit.bind(bound("u1", "a1"))
        unit.bind(bound("u2", "a2"))
        unit.record(audit("r1", 1, target="u1", detail="d"), [effect("e1", 1, 0)])


class UnitContract:
    """Everything that a unit does is kept, or nothing is."""

    # After each of the calls in turn, because a store may commit on its own: with DDL, or in autocommit.
    @pytest.mark.parametrize("calls", range(1, len(_CALLS) + 1))
    def test_a_fault_after_any_call_leaves_nothing_behind(self, repository: Repository[Any], calls: int) -> None:
        _filled(repository)
        before = state(repository, ACME)

        with pytest.raises(_Fault), repository.unit(ACME, write=True) as unit:
            for call in _CALLS[:calls]:
                call(unit)
            raise _Fault
        assert state(repository, ACME) == before
        assert look(repository, ACME, lambda unit: unit.named("User", "new")) is None
        assert look(repository, ACME, lambda unit: unit.binding_of("a9")) is None

    # Interruptions are no `Exception`: `except Exception: rollback` leaves half a unit behind.
    @pytest.mark.parametrize(
        "fault",
        [ValueError, LookupError, RuntimeError, Clash, Serialization, KeyboardInterrupt, SystemExit, GeneratorExit],
    )
    def test_whatever_is_raised_passes_on_and_undoes_all(
        self, repository: Repository[Any], fault: type[BaseException]
    ) -> None:
        _filled(repository)
        before = state(repository, ACME)

        with pytest.raises(fault), repository.unit(ACME, write=True) as unit:
            for call in _CALLS:
                call(unit)
            raise fault
        assert state(repository, ACME) == before
        fill(repository, ACME, user("u9", "new"))

    # Fails silently in autocommit: the write would be kept.
    def test_a_unit_that_reads_refuses_to_write(self, repository: Repository[Any]) -> None:
        _filled(repository)
        before = state(repository, ACME)

        for call in _CALLS[1:]:
            with pytest.raises(RuntimeError), repository.unit(ACME, write=False) as unit:
                call(unit)
        assert state(repository, ACME) == before

    # Its connection may serve another request by now.
    def test_a_unit_that_has_ended_refuses_to_write(self, repository: Repository[Any]) -> None:
        _filled(repository)
        before = state(repository, ACME)
        with repository.unit(ACME, write=True) as ended:
            pass

        for call in _CALLS[1:]:
            with pytest.raises(RuntimeError):
                call(ended)
        assert state(repository, ACME) == before

    def test_what_ends_well_is_kept_whole(self, repository: Repository[Any]) -> None:
        _filled(repository)
        with repository.unit(ACME, write=True) as unit:
            for call in _CALLS:
                call(unit)

        with repository.unit(ACME, write=False) as unit:
            assert [document.id for document in unit.scan("User", None, 9)] == ["u1", "u2", "u9"]
            assert [end.id for end in unit.links("Group", "g1", MEMBERSHIP, after=None, limit=9)] == ["u2", "u9"]
            assert dict(unit.bindings(["u1", "u2"])) == {"u1": bound("u1", "a9")}
            assert [(e.key, e.state) for e in unit.effects(None, 9)] == [("e1", "done"), ("e2", "cancelled")]

    def test_units_of_two_tenants_follow_each_other(self, repository: Repository[Any]) -> None:
        for turn in range(3):
            for tenant in (ACME, BETA):
                fill(repository, tenant, user(f"u{turn}", f"n{turn}"))

        assert state(repository, ACME) == state(repository, BETA)


class JoinContract:
    """A unit can be part of a transaction that the host has open: the host commits, or nothing is kept."""

    def begin(self, repository: Any) -> AbstractContextManager[Any]:
        """A transaction of the host's; a host overrides this with its own way of opening one."""
        opened: AbstractContextManager[Any] = repository.transaction()
        return opened

    def test_what_is_joined_is_kept_with_the_hosts_transaction(self, repository: Repository[Any]) -> None:
        with self.begin(repository) as transaction:
            for name in ("one", "two"):
                with repository.join(transaction, ACME) as unit:
                    unit.insert(*user(name, name))
            with repository.join(transaction, BETA) as unit:
                unit.insert(*user("one", "one"))

        assert [d.id for d in look(repository, ACME, lambda unit: unit.scan("User", None, 9))] == ["one", "two"]
        assert [d.id for d in look(repository, BETA, lambda unit: unit.scan("User", None, 9))] == ["one"]

    def test_what_is_joined_goes_with_the_hosts_transaction(self, repository: Repository[Any]) -> None:
        with pytest.raises(_Fault), self.begin(repository) as transaction:
            with repository.join(transaction, ACME) as unit:
                unit.insert(*user("u1", "one"))
                unit.record(audit("r", 1), [effect("e", 1, 0)])
            raise _Fault

        assert list(look(repository, ACME, lambda unit: unit.scan("User", None, 9))) == []
        assert list(look(repository, ACME, lambda unit: unit.effects(None, 9))) == []

    # Needs a savepoint, or PostgreSQL refuses everything after the first error.
    def test_a_fault_in_the_joined_part_leaves_the_host_its_own(self, repository: Repository[Any]) -> None:
        with self.begin(repository) as transaction:
            with repository.join(transaction, ACME) as unit:
                unit.insert(*user("u1", "one"))
            with pytest.raises(_Fault), repository.join(transaction, ACME) as unit:
                unit.insert(*user("u2", "two"))
                raise _Fault
            with pytest.raises(Clash), repository.join(transaction, ACME) as unit:
                unit.insert(*user("u3", "ONE"))

        assert [d.id for d in look(repository, ACME, lambda unit: unit.scan("User", None, 9))] == ["u1"]

    def test_a_unit_hands_out_what_can_be_joined(self, repository: Repository[Any]) -> None:
        with repository.unit(ACME, write=True) as unit:
            unit.insert(*user("u1", "one"))
            with repository.join(unit.transaction, ACME) as joined:
                assert joined.named("User", "one") is not None
                joined.insert(*user("u2", "two"))

        assert [d.id for d in look(repository, ACME, lambda unit: unit.scan("User", None, 9))] == ["u1", "u2"]


class ConcurrencyContract:
    """Units of several threads do not mix."""

    # Fails where `lock` takes no lock, and where READ COMMITTED reads before it waits.
    def test_no_update_is_lost(self, repository: Repository[Any]) -> None:
        fill(repository, ACME, user("u1", "one"))

        def work(unit: Unit[Any]) -> None:
            found = unit.get("User", "u1", lock=True)
            assert found is not None
            unit.replace(*user("u1", "one", version=found.version + 1), expect=found.version)

        def turns() -> None:
            for _ in range(TURNS):
                change(repository, ACME, work)

        assert run_at_once([turns] * THREADS) == []
        found = look(repository, ACME, lambda unit: unit.get("User", "u1"))
        assert found is not None and found.version == 1 + THREADS * TURNS

    # Eight units expect the same version; one may win.
    def test_versions_are_compared_with_what_is_committed(self, repository: Repository[Any]) -> None:
        fill(repository, ACME, user("u1", "one"))
        won: list[int] = []

        def work(number: int) -> None:
            def replace(unit: Unit[Any]) -> None:
                unit.replace(*user("u1", f"name{number}", version=2), expect=1)

            if not refused(lambda: change(repository, ACME, replace), Stale):
                won.append(number)

        assert run_at_once([partial(work, number) for number in range(THREADS)]) == []
        assert len(won) == 1
        assert look(repository, ACME, lambda unit: unit.named("User", f"name{won[0]}")) is not None

    # In upper and lower case, so that only a unique index on the folded key passes.
    def test_one_of_many_gets_the_name(self, repository: Repository[Any]) -> None:
        made: list[int] = []

        def work(number: int) -> None:
            for turn in range(TURNS):
                row = user(f"{number}-{turn}", f"Name{turn}" if number % 2 else f"NAME{turn}")
                if not refused(partial(fill, repository, ACME, row), Clash):
                    made.append(turn)

        assert run_at_once([partial(work, number) for number in range(THREADS)]) == []
        assert sorted(made) == list(range(TURNS))
        assert len(look(repository, ACME, lambda unit: unit.scan("User", None, 99))) == TURNS

    def test_a_guard_lets_one_look_and_write_at_a_time(self, repository: Repository[Any]) -> None:
        """Ten seats, forty takers: what is counted under the guard stays true until the unit ends."""
        seats = 10

        def take(number: int) -> None:
            for turn in range(TURNS):

                def work(unit: Unit[Any], id: str = f"{number}-{turn}") -> None:
                    unit.guard("seats")
                    if len(unit.scan("User", None, 99)) < seats:
                        unit.insert(*user(id, id))

                change(repository, ACME, work)

        assert run_at_once([partial(take, number) for number in range(THREADS)]) == []
        assert len(look(repository, ACME, lambda unit: unit.scan("User", None, 99))) == seats

    # A look-up before the INSERT passes when nobody else is there, and fails here.
    def test_nobody_is_a_member_who_is_gone(self, repository: Repository[Any]) -> None:
        ids = [f"u{n}" for n in range(THREADS * TURNS)]
        fill(repository, ACME, group("g1", "team"), *(user(id, id) for id in ids))

        def link() -> None:
            for id in ids:
                refused(partial(_add, repository, id), Gone)

        def remove() -> None:
            for id in ids:
                change(repository, ACME, methodcaller("delete", "User", id))

        assert run_at_once([link, remove, link]) == []
        with repository.unit(ACME, write=False) as unit:
            assert list(unit.links("Group", "g1", MEMBERSHIP, after=None, limit=99)) == []
            assert unit.link_count("Group", "g1", MEMBERSHIP, 99) == 0

    # Fails where members are one document that two units write over each other.
    def test_every_member_that_was_added_is_there(self, repository: Repository[Any]) -> None:
        ids = [f"u{n}" for n in range(THREADS * TURNS)]
        fill(repository, ACME, group("g1", "team"), *(user(id, id) for id in ids))
        new: list[str] = []

        def work(number: int) -> None:
            for id in ids[number * TURNS - 2 : number * TURNS + TURNS] if number else ids[:TURNS]:
                found = _add(repository, id)
                new.extend(end.id for end in found)

        assert run_at_once([partial(work, number) for number in range(THREADS)]) == []
        assert sorted(new) == sorted(ids), "each of them was new exactly once"
        assert look(repository, ACME, lambda unit: unit.link_count("Group", "g1", MEMBERSHIP, 99)) == len(ids)

    # Fails where READ UNCOMMITTED is set, or a store writes through before the commit.
    def test_a_reader_sees_a_unit_whole_or_not_at_all(self, repository: Repository[Any]) -> None:
        half, read = Event(), Event()
        seen: list[list[str]] = []

        def write() -> None:
            with repository.unit(ACME, write=True) as unit:
                unit.insert(*user("u1", "one"))
                half.set()
                # A store may let the reader wait for the writer: then nobody comes, and the writer goes on.
                read.wait(0.2)
                unit.insert(*user("u2", "two"))

        def look_on() -> None:
            half.wait(5)
            seen.append(look(repository, ACME, lambda unit: [d.id for d in unit.scan("User", None, 9)]))
            read.set()

        assert run_at_once([write, look_on]) == []
        assert seen in ([[]], [["u1", "u2"]])

    def test_writers_of_two_tenants_do_not_mix(self, repository: Repository[Any]) -> None:
        def work(tenant: str) -> None:
            for turn in range(TURNS):
                fill(repository, tenant, user(f"u{turn}", f"n{turn}"))

        assert run_at_once([partial(work, ACME), partial(work, BETA)]) == []
        assert state(repository, ACME) == state(repository, BETA)


def _add(repository: Repository[Any], id: str) -> Sequence[Link]:
    """Make the user a member of g1."""
    return change(repository, ACME, lambda unit: unit.link("Group", "g1", MEMBERSHIP, [Link("User", id)]))
