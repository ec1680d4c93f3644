# ruff: noqa: S101  (a contract asserts)
"""What repositories promise about marks: what the service remembers for a while and that is no binding."""

from typing import Any

import pytest

from scimcore.repository import Mark, Repository
from scimcore.testing.contract_samples import ACME, BETA, bound, look

FULL = Mark(kind="awaited", name="ab12\n'é", connection="c", since=5, due=7, values=("g2", "g1", "with\nbreak"))


def _mark(repository: Repository[Any], *marks: Mark, tenant: str = ACME) -> None:
    with repository.unit(tenant, write=True) as unit:
        for mark in marks:
            unit.mark(mark)


def _names(repository: Repository[Any], kind: Any, *names: str, tenant: str = ACME) -> list[str]:
    return sorted(look(repository, tenant, lambda unit: unit.marks(kind, names)))


class MarkContract:
    """A mark is found by its kind and name, and removed when it is due."""

    def test_a_mark_is_stored_to_the_letter(self, repository: Repository[Any]) -> None:
        bare = Mark(kind="awaited", name="n")
        _mark(repository, FULL, bare)

        found = look(repository, ACME, lambda unit: unit.marks("awaited", [FULL.name, "nobody", "n"]))
        assert dict(found) == {FULL.name: FULL, "n": bare}

    def test_marking_again_replaces(self, repository: Repository[Any]) -> None:
        again = Mark(kind="awaited", name=FULL.name, values=("g3",))
        _mark(repository, FULL)
        _mark(repository, again)

        assert dict(look(repository, ACME, lambda unit: unit.marks("awaited", [FULL.name]))) == {FULL.name: again}

    # Three purposes share the table: none may overwrite what another one remembers.
    def test_kinds_do_not_share_names(self, repository: Repository[Any]) -> None:
        _mark(repository, FULL, Mark(kind="awaiting", name=FULL.name, values=("x",)))
        with repository.unit(ACME, write=True) as unit:
            unit.unmark("awaiting", FULL.name)
            unit.unmark("awaiting", "nobody")
            unit.unmark("leaver", FULL.name)

        assert dict(look(repository, ACME, lambda unit: unit.marks("awaited", [FULL.name]))) == {FULL.name: FULL}
        assert _names(repository, "awaiting", FULL.name) == []

    def test_no_names_find_no_marks(self, repository: Repository[Any]) -> None:
        _mark(repository, FULL)

        assert _names(repository, "awaited") == []

    # A mark without an end (due 0) stays.
    def test_due_marks_are_removed_earliest_first(self, repository: Repository[Any]) -> None:
        dues = {"a": 30, "b": 10, "c": 0, "d": 20, "e": 31}
        _mark(repository, *(Mark(kind="awaiting", name=name, due=due) for name, due in dues.items()))
        with repository.unit(ACME, write=True) as unit:
            assert unit.expire_marks(30, 2) == 2

        assert _names(repository, "awaiting", *dues) == ["a", "c", "e"]
        with repository.unit(ACME, write=True) as unit:
            assert unit.expire_marks(30, 9) == 1
            assert unit.expire_marks(30, 9) == 0
        assert _names(repository, "awaiting", *dues) == ["c", "e"]

    # Departures count, not states: a user who is disabled, enabled and disabled again has left twice.
    def test_marks_of_leavers_are_counted_by_connection(self, repository: Repository[Any]) -> None:
        with repository.unit(ACME, write=True) as unit:
            unit.bind(bound("u1", "a1", state="suspended", connection="c", since=4))
        gone = [Mark(kind="leaver", name=f"u{since}", connection="c", since=since) for since in (3, 5, 9)]
        other = Mark(kind="leaver", name="o", connection="d", since=9)
        _mark(repository, *gone, other, Mark(kind="awaited", name="w", connection="c", since=9))

        with repository.unit(ACME, write=False) as unit:
            assert [unit.leavers("c", since) for since in (0, 3, 4, 5, 6, 10)] == [3, 3, 2, 2, 1, 0]
            assert unit.managed("c") == 1

    # A mark of a leaver who did not leave after all would count against the limit.
    def test_what_is_undone_marks_nothing(self, repository: Repository[Any]) -> None:
        _mark(repository, FULL)
        with pytest.raises(ZeroDivisionError), repository.unit(ACME, write=True) as unit:
            unit.mark(Mark(kind="awaited", name=FULL.name))
            unit.mark(Mark(kind="awaited", name="new"))
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError), repository.unit(ACME, write=True) as unit:
            unit.unmark("awaited", FULL.name)
            raise ZeroDivisionError
        with pytest.raises(ZeroDivisionError), repository.unit(ACME, write=True) as unit:
            unit.expire_marks(99, 9)
            raise ZeroDivisionError
        found = look(repository, ACME, lambda unit: unit.marks("awaited", [FULL.name, "new"]))
        assert dict(found) == {FULL.name: FULL}

    def test_a_unit_that_reads_marks_nothing(self, repository: Repository[Any]) -> None:
        with repository.unit(ACME, write=False) as unit:
            with pytest.raises(RuntimeError):
                unit.mark(FULL)
            with pytest.raises(RuntimeError):
                unit.unmark("awaited", "n")
            with pytest.raises(RuntimeError):
                unit.expire_marks(9, 9)

    def test_tenants_do_not_share_marks(self, repository: Repository[Any]) -> None:
        _mark(repository, FULL, Mark(kind="leaver", name="u1", connection="c", since=9, due=9))
        with repository.unit(BETA, write=True) as unit:
            unit.unmark("awaited", FULL.name)
            assert unit.expire_marks(99, 9) == 0
            assert unit.leavers("c", 0) == 0
            unit.mark(Mark(kind="awaited", name=FULL.name))

        assert dict(look(repository, ACME, lambda unit: unit.marks("awaited", [FULL.name]))) == {FULL.name: FULL}
        assert _names(repository, "leaver", "u1") == ["u1"]
        assert _names(repository, "leaver", "u1", tenant=BETA) == []
