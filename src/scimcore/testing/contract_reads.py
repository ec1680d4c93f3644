# ruff: noqa: S101  (a contract asserts)
"""What repositories promise about several reads that are asked for as one value."""

from typing import Any

import pytest

from scimcore.repository import Found, Reads, Repository, ResourceRead
from scimcore.repository.reads import read
from scimcore.resources.changes import Link
from scimcore.schema import MEMBERSHIP
from scimcore.testing.contract_samples import ACME, BETA, audit, bound, change, effect, fill, group, look, user

_U1 = ResourceRead("User", "u1", binding=True, holders=(MEMBERSHIP, "other"))
_ASKED = [
    Reads(),
    Reads(resources=(ResourceRead("User", "u1"),)),
    Reads(resources=(ResourceRead("User", "u1", lock=True, binding=True),)),
    Reads(resources=(_U1, ResourceRead("User", "u2", binding=True), ResourceRead("User", "u3", holders=(MEMBERSHIP,)))),
    Reads(resources=(ResourceRead("User", unique="ann", binding=True), ResourceRead("User", unique="ann"))),
    Reads(resources=(ResourceRead("User", unique="bob", lock=True, holders=(MEMBERSHIP,)),)),
    Reads(resources=(ResourceRead("Group", "g1", links=(MEMBERSHIP, "other"), holders=(MEMBERSHIP,), binding=True),)),
    Reads(resources=(ResourceRead("User", "nobody", binding=True, holders=(MEMBERSHIP,), links=("other",)),)),
    Reads(resources=(ResourceRead("User", "gone", binding=True), ResourceRead("User", unique="nobody"))),
    Reads(resources=(ResourceRead("Group", "u1"), ResourceRead("Group", unique="ann"))),
    Reads(bindings=("u1", "gone", "u3", "nobody")),
    Reads(accounts=("a1", "a2", "nobody")),
    Reads(unfinished=("a1", "a2", "a3", "nobody"), now=5),
    Reads(resources=(_U1,), bindings=("u2",), accounts=("a2",), unfinished=("a1", "a2"), now=1),
]


def _filled(repository: Repository[Any], tenant: str) -> None:
    users = (user("u1", "Ann", more={"displayName": "Anna"}), user("u2", "Bob"), user("u3", "Cat"))
    fill(repository, tenant, *users, group("g2", "Two"), group("g1", "One"))

    def work(unit: Any) -> None:
        unit.link("Group", "g2", MEMBERSHIP, [Link("User", "u1"), Link("Group", "g1")])
        unit.link("Group", "g1", MEMBERSHIP, [Link("User", "u1"), Link("User", "u2")])
        unit.bind(bound("u1", "a1", roles=("admin",), due=7))
        unit.bind(bound("u2", "a2", state="suspended"))
        unit.bind(bound("gone", "a1", state="deleted"))
        unit.record(audit("r1", 1), [effect("e1", 1, 0, due=3), effect("e2", 1, 1, account="a2", state="done")])

    change(repository, tenant, work)


class ReadContract:
    """A `Reads` is answered as the unit's methods answer when they are asked one by one."""

    @pytest.mark.parametrize("write", [False, True])
    @pytest.mark.parametrize("reads", _ASKED)
    def test_the_answers_are_those_of_the_single_methods(
        self, repository: Repository[Any], reads: Reads, write: bool
    ) -> None:
        _filled(repository, ACME)

        with repository.unit(ACME, write=write) as unit:
            assert _plain(unit.read(reads)) == _plain(read(unit, reads))

    def test_everything_of_a_user_in_one_answer(self, repository: Repository[Any]) -> None:
        _filled(repository, ACME)

        found = look(repository, ACME, lambda unit: unit.read(Reads(resources=(_U1,))).resource)
        assert found.document is not None and found.document.data["userName"] == "Ann"
        assert found.binding == bound("u1", "a1", roles=("admin",), due=7)
        assert [(end.type, end.id, end.display) for end in found.holders[MEMBERSHIP]] == [
            ("Group", "g1", "One"),
            ("Group", "g2", "Two"),
        ]
        assert list(found.holders["other"]) == []

    def test_with_a_resource_that_is_not_there_comes_nothing(self, repository: Repository[Any]) -> None:
        _filled(repository, ACME)

        asked = Reads(resources=(ResourceRead("User", "gone", binding=True),), bindings=("gone",))
        found = look(repository, ACME, lambda unit: unit.read(asked))
        assert (found.resource.document, found.resource.binding) == (None, None)
        assert found.bindings["gone"].state == "deleted", "the tombstone is asked for by its own name"

    def test_only_due_or_tried_effects_are_unfinished(self, repository: Repository[Any]) -> None:
        _filled(repository, ACME)

        for now, unfinished in ((2, frozenset[str]()), (3, frozenset({"a1"}))):
            asked = Reads(unfinished=("a1", "a2"), now=now)
            assert look(repository, ACME, lambda unit, asked=asked: unit.read(asked).unfinished) == unfinished  # type: ignore[misc]  # a default

    def test_what_the_unit_wrote_is_among_it(self, repository: Repository[Any]) -> None:
        with repository.unit(ACME, write=True) as unit:
            for made in (user("u1", "Ann"), group("g1", "One")):
                unit.insert(*made)
            unit.link("Group", "g1", MEMBERSHIP, [Link("User", "u1")])
            unit.bind(bound("u1", "a1"))
            found = unit.read(Reads(resources=(_U1,))).resource

        assert found.document is not None and found.binding == bound("u1", "a1")
        assert [end.id for end in found.holders[MEMBERSHIP]] == ["g1"]

    def test_another_tenant_has_its_own(self, repository: Repository[Any]) -> None:
        _filled(repository, BETA)
        fill(repository, ACME, user("u1", "Ann"), group("g1", "One"))

        for asked in _ASKED:
            found = look(repository, ACME, lambda unit, asked=asked: unit.read(asked))  # type: ignore[misc]  # a default
            assert not found.bindings and not found.accounts and not found.unfinished
            for each in found.resources:
                assert each.binding is None and not any(each.holders.values()) and not any(each.links.values())


def _plain(found: Found) -> Any:
    """The answer with every sequence as a list: which kind of sequence a store hands out is its own business."""
    return (
        [
            (
                each.document and (each.document.type, each.document.id, each.document.text),
                each.binding,
                {relation: list(ends) for relation, ends in each.holders.items()},
                {relation: list(ends) for relation, ends in each.links.items()},
            )
            for each in found.resources
        ],
        dict(found.bindings),
        dict(found.accounts),
        found.unfinished,
    )
