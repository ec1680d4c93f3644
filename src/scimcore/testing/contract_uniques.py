# ruff: noqa: S101  (a contract asserts)
"""What repositories promise about unique values besides the name (`Keys.also_unique`)."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from attrs import evolve

from scimcore.repository import Clash, Keys, Repository, UniqueKey, Unit
from scimcore.testing.contract_samples import (
    ACME,
    BETA,
    Row,
    change,
    fill,
    group,
    look,
    refused,
    run_at_once,
    state,
    user,
)

ONE, TWO = UniqueKey("urn:x:badge", "one"), UniqueKey("urn:x:badge", "two")
#: The same key at another path.
ELSEWHERE = UniqueKey("urn:x:number", "one")

Rewrite = Callable[[Unit[Any], Row, Keys], None]


def _replace(unit: Unit[Any], after: Row, before: Keys) -> None:
    unit.replace(*after, expect=after[0].version - 1)


def _amend(unit: Unit[Any], after: Row, before: Keys) -> None:
    unit.amend(*after, before, expect=after[0].version - 1)


REWRITES: tuple[Rewrite, ...] = (_replace, _amend)


class UniqueContract:
    """Of two resources of a type in a tenant, only one has a unique key, whoever writes at the same time."""

    @pytest.mark.parametrize("key", [ONE, TWO], ids=["first", "last"])
    def test_a_second_resource_with_the_key_clashes(self, repository: Repository[Any], key: UniqueKey) -> None:
        fill(repository, ACME, _with(user("u1", "ann"), key))
        before = state(repository, ACME)

        with pytest.raises(Clash) as clash:
            fill(repository, ACME, _with(user("u2", "bob"), ONE, TWO, UniqueKey("urn:y", "z")))
        assert clash.value.path == key.path
        assert state(repository, ACME) == before
        assert [_owner(repository, each) for each in (ONE, TWO)] == [
            "u1" if each == key else None for each in (ONE, TWO)
        ]

    def test_a_clash_of_names_has_no_path(self, repository: Repository[Any]) -> None:
        fill(repository, ACME, _with(user("u1", "ann"), ONE))

        with pytest.raises(Clash) as clash:
            fill(repository, ACME, _with(user("u2", "ANN"), TWO))
        assert clash.value.path == ""
        assert _owner(repository, TWO) is None

    @pytest.mark.parametrize("rewrite", REWRITES)
    def test_a_change_to_the_key_of_another_one_clashes(self, repository: Repository[Any], rewrite: Rewrite) -> None:
        first, second = _with(user("u1", "ann"), ONE), _with(user("u2", "bob"), TWO)
        fill(repository, ACME, first, second)
        before = state(repository, ACME)

        after = _with(user("u2", "bob", version=2), ONE)
        assert refused(lambda: change(repository, ACME, lambda unit: rewrite(unit, after, second[1])), Clash)
        assert state(repository, ACME) == before
        assert [_owner(repository, key) for key in (ONE, TWO)] == ["u1", "u2"]

    def test_tenants_types_and_paths_are_apart(self, repository: Repository[Any]) -> None:
        fill(repository, ACME, _with(user("u1", "ann"), ONE), _with(user("u2", "bob"), ELSEWHERE))
        fill(repository, ACME, _with(group("g1", "ann"), ONE))
        fill(repository, BETA, _with(user("u3", "ann"), ONE))

        assert [_owner(repository, ONE), _owner(repository, ELSEWHERE)] == ["u1", "u2"]
        assert look(repository, ACME, lambda unit: unit.taken_by("Group", ONE)) == "g1"
        assert look(repository, BETA, lambda unit: unit.taken_by("User", ONE)) == "u3"

    @pytest.mark.parametrize("rewrite", REWRITES)
    def test_what_a_change_gives_up_is_free_and_what_it_keeps_is_not(
        self, repository: Repository[Any], rewrite: Rewrite
    ) -> None:
        made, after = _with(user("u1", "ann"), ONE, TWO), _with(user("u1", "ann", version=2), TWO, ELSEWHERE)
        fill(repository, ACME, made)
        change(repository, ACME, lambda unit: rewrite(unit, after, made[1]))

        assert [_owner(repository, key) for key in (ONE, TWO, ELSEWHERE)] == [None, "u1", "u1"]
        fill(repository, ACME, _with(user("u2", "bob"), ONE))
        for key in (TWO, ELSEWHERE):
            assert refused(partial(fill, repository, ACME, _with(user("u3", "eve"), key)), Clash)

    @pytest.mark.parametrize("rewrite", REWRITES)
    def test_a_change_to_none_gives_up_all(self, repository: Repository[Any], rewrite: Rewrite) -> None:
        made = _with(user("u1", "ann"), ONE, TWO)
        fill(repository, ACME, made)
        change(repository, ACME, lambda unit: rewrite(unit, user("u1", "ann", version=2), made[1]))

        assert [_owner(repository, key) for key in (ONE, TWO)] == [None, None]

    def test_a_deleted_resource_has_no_key(self, repository: Repository[Any]) -> None:
        fill(repository, ACME, _with(user("u1", "ann"), ONE, TWO), _with(user("u2", "bob"), ELSEWHERE))
        change(repository, ACME, lambda unit: unit.delete("User", "u1"))

        assert [_owner(repository, key) for key in (ONE, TWO, ELSEWHERE)] == [None, None, "u2"]
        fill(repository, ACME, _with(user("u3", "eve"), ONE, TWO))

    def test_what_is_undone_takes_no_key(self, repository: Repository[Any]) -> None:
        class Undone(Exception):
            pass

        with pytest.raises(Undone), repository.unit(ACME, write=True) as unit:
            unit.insert(*_with(user("u1", "ann"), ONE))
            raise Undone
        assert _owner(repository, ONE) is None
        fill(repository, ACME, _with(user("u2", "bob"), ONE))

    # Fails where the key is looked up before it is written, and where two units wait for each other's keys.
    def test_of_many_at_once_one_gets_it(self, repository: Repository[Any]) -> None:
        rows = [_with(user(f"u{n}", f"name{n}"), *((ONE, TWO), (TWO, ONE))[n % 2]) for n in range(6)]
        raised = run_at_once([partial(fill, repository, ACME, made) for made in rows])

        assert [type(error) for error in raised] == [Clash] * 5
        assert len(look(repository, ACME, lambda unit: unit.scan("User", None, 9))) == 1


def _with(made: Row, *keys: UniqueKey) -> Row:
    return made[0], evolve(made[1], also_unique=tuple(sorted(keys)))


def _owner(repository: Repository[Any], key: UniqueKey) -> str | None:
    return look(repository, ACME, lambda unit: unit.taken_by("User", key))
