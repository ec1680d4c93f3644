# ruff: noqa: S101  (a contract asserts)
"""What repositories promise about links."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from scimcore.repository import Gone, Repository
from scimcore.resources.changes import Link, Linked
from scimcore.schema import MEMBERSHIP
from scimcore.testing.contract_samples import ACME, BETA, fill, group, look, newer, user

U1, U2, U3, G2 = Link("User", "u1"), Link("User", "u2"), Link("User", "u3"), Link("Group", "g2")
_G1 = ("Group", "g1", MEMBERSHIP)


def _filled(repository: Repository[Any], tenant: str = ACME) -> None:
    users = (user("u1", "Ann"), user("u2", "Bob", more={"displayName": "Bobby"}), user("u3", "Cat"))
    fill(repository, tenant, *users, group("g1", "One"), group("g2", "Two"))


def _link(repository: Repository[Any], *links: Link, tenant: str = ACME, holder: str = "g1") -> list[Link]:
    with repository.unit(tenant, write=True) as unit:
        return list(unit.link("Group", holder, MEMBERSHIP, links))


def _links(repository: Repository[Any], holder: str = "g1", tenant: str = ACME) -> list[Linked]:
    return look(repository, tenant, lambda unit: list(unit.links("Group", holder, MEMBERSHIP, after=None, limit=99)))


def _plain(found: Mapping[str, Sequence[Linked]]) -> dict[str, list[str]]:
    return {id: [end.id for end in ends] for id, ends in found.items() if ends}


class RelationContract:
    """Links are rows: told from both ends, changed by deltas, gone with either end."""

    # The caller computes the change of the group from it: what was linked already must not raise its version.
    def test_linking_tells_what_is_new(self, repository: Repository[Any]) -> None:
        _filled(repository)

        assert set(_link(repository, U1, U2)) == {U1, U2}
        assert _link(repository, U2, U3) == [U3]
        assert _link(repository, U1, U1) == []
        assert _link(repository) == []
        assert [end.id for end in _links(repository)] == ["u1", "u2", "u3"]

    # To remove somebody who is not a member is no error, and changes nothing.
    def test_unlinking_tells_what_was_there(self, repository: Repository[Any]) -> None:
        _filled(repository)
        _link(repository, U1, U2)

        with repository.unit(ACME, write=True) as unit:
            assert list(unit.unlink(*_G1, ["u2", "u3", "nobody"])) == [U2]
            assert list(unit.unlink(*_G1, ["u2"])) == []
            assert list(unit.unlink(*_G1, [])) == []
        assert [end.id for end in _links(repository)] == ["u1"]

    # Fails where the order is that of insertion: `after` would leave members out.
    def test_links_come_by_id_in_pages(self, repository: Repository[Any]) -> None:
        _filled(repository)
        fill(repository, ACME, group("z9", "Last"))
        _link(repository, U3, G2, Link("Group", "z9"), U1)
        _link(repository, U2)
        with repository.unit(ACME, write=False) as unit:
            first = list(unit.links(*_G1, after=None, limit=2))
            second = list(unit.links(*_G1, after=first[-1].id, limit=2))
            third = list(unit.links(*_G1, after=second[-1].id, limit=2))
            fourth = list(unit.links(*_G1, after=third[-1].id, limit=2))

        assert [(end.type, end.id) for end in (*first, *second, *third)] == [
            ("Group", "g2"),
            ("User", "u1"),
            ("User", "u2"),
            ("User", "u3"),
            ("Group", "z9"),
        ]
        assert fourth == []

    # Fails where the name is stored with the link: a user who is renamed keeps the old name in every group.
    def test_a_link_shows_what_its_end_is_called_now(self, repository: Repository[Any]) -> None:
        _filled(repository)
        _link(repository, U1, U2)
        assert [end.display for end in _links(repository)] == ["Ann", "Bobby"]

        with repository.unit(ACME, write=True) as unit:
            unit.replace(*newer(user("u1", "Anna")), expect=1)
            unit.replace(*newer(group("g1", "Uno")), expect=1)
        assert [end.display for end in _links(repository)] == ["Anna", "Bobby"]
        held = look(repository, ACME, lambda unit: unit.holders([("User", "u1")], MEMBERSHIP))
        assert list(held["u1"]) == [Linked("Group", "g1", "Uno")]

    def test_named_links_are_told_apart_from_the_rest(self, repository: Repository[Any]) -> None:
        _filled(repository)
        _link(repository, U1, U3)

        with repository.unit(ACME, write=False) as unit:
            assert set(unit.linked(*_G1, ["u3", "u2", "u1", "nobody"])) == {U1, U3}
            assert [unit.link_count(*_G1, limit) for limit in (1, 2, 3)] == [1, 2, 2]
            assert unit.link_count("Group", "g2", MEMBERSHIP, 5) == 0
            assert unit.link_count("Group", "g1", "other", 5) == 0
            assert dict(unit.types_of(["User", "Group"], ["u1", "g2", "nobody"])) == {"u1": "User", "g2": "Group"}
            assert dict(unit.types_of(["Group"], ["u1", "g2"])) == {"g2": "Group"}

    # An id may be used by two types, and one holder may have several relations.
    def test_holders_and_relations_are_told_apart(self, repository: Repository[Any]) -> None:
        _filled(repository)
        _link(repository, U1)
        _link(repository, U2, holder="g2")
        with repository.unit(ACME, write=True) as unit:
            assert list(unit.link("Group", "g1", "other", [U1, U3])) == [U1, U3]
            assert list(unit.linked(*_G1, ["u1", "u2", "u3"])) == [U1]
            assert list(unit.unlink(*_G1, ["u2", "u3"])) == []
            assert list(unit.unlink("Group", "g1", "other", ["u1"])) == [U1]

        assert [end.id for end in _links(repository)] == ["u1"]
        with repository.unit(ACME, write=False) as unit:
            assert _plain(unit.all_links([("Group", "g1"), ("Group", "g2")], MEMBERSHIP)) == {
                "g1": ["u1"],
                "g2": ["u2"],
            }
            assert _plain(unit.holders([("User", "u1"), ("User", "u3")], "other")) == {"u3": ["g1"]}

    # A store with a copy on each side must write both in one transaction.
    def test_both_ends_tell_the_same(self, repository: Repository[Any]) -> None:
        _filled(repository)
        _link(repository, U1, G2)
        _link(repository, U1, U2, Link("Group", "g2"), holder="g2")

        with repository.unit(ACME, write=False) as unit:
            groups = [("Group", "g1"), ("Group", "g2")]
            assert _plain(unit.all_links(groups, MEMBERSHIP)) == {"g1": ["g2", "u1"], "g2": ["g2", "u1", "u2"]}
            ends = [("User", "u1"), ("User", "u2"), ("User", "u3"), ("Group", "g2")]
            assert _plain(unit.holders(ends, MEMBERSHIP)) == {"u1": ["g1", "g2"], "u2": ["g2"], "g2": ["g1", "g2"]}
            assert _plain(unit.holders([("Group", "g1")], MEMBERSHIP)) == {}

    # Fails without a cascade on the target: the group would list a user who is gone.
    def test_a_link_goes_with_its_end(self, repository: Repository[Any]) -> None:
        _filled(repository)
        _link(repository, U1, U2)
        with repository.unit(ACME, write=True) as unit:
            unit.delete("User", "u1")
        fill(repository, ACME, user("u1", "Ann"))

        assert [end.id for end in _links(repository)] == ["u2"], "a new one of the same id is not a member"
        assert look(repository, ACME, lambda unit: unit.link_count(*_G1, 9)) == 1

    def test_a_link_goes_with_its_holder(self, repository: Repository[Any]) -> None:
        _filled(repository)
        _link(repository, U1, G2)
        _link(repository, Link("Group", "g1"), holder="g2")
        with repository.unit(ACME, write=True) as unit:
            unit.delete("Group", "g1")
        fill(repository, ACME, group("g1", "One"))

        assert _links(repository) == []
        assert _links(repository, "g2") == []
        held = look(repository, ACME, lambda unit: unit.holders([("User", "u1"), ("Group", "g2")], MEMBERSHIP))
        assert _plain(held) == {}

    # Fails without a foreign key on the target, or a lock in its place.
    @pytest.mark.parametrize(
        ("holder", "end"), [("g1", Link("User", "nobody")), ("nobody", U1), ("g1", Link("", "u1"))]
    )
    def test_nothing_is_linked_that_is_not_there(self, repository: Repository[Any], holder: str, end: Link) -> None:
        _filled(repository)

        with pytest.raises(Gone):
            _link(repository, U2, end, holder=holder)
        assert _links(repository) == []

    def test_tenants_do_not_share_links(self, repository: Repository[Any]) -> None:
        _filled(repository)
        _filled(repository, BETA)
        _link(repository, U1, U2)
        _link(repository, U3, tenant=BETA)
        fill(repository, BETA, user("only", "theirs"))

        with pytest.raises(Gone):
            _link(repository, Link("User", "only"))
        with repository.unit(BETA, write=True) as unit:
            assert list(unit.unlink(*_G1, ["u1"])) == []
            assert _plain(unit.holders([("User", "u1"), ("User", "u3")], MEMBERSHIP)) == {"u3": ["g1"]}
            assert _plain(unit.all_links([("Group", "g1")], MEMBERSHIP)) == {"g1": ["u3"]}
            assert (list(unit.linked(*_G1, ["u1", "u3"])), unit.link_count(*_G1, 9)) == ([U3], 1)
            assert dict(unit.types_of(["User"], ["u1", "only"])) == {"u1": "User", "only": "User"}
            unit.delete("User", "u2")
        assert [end.id for end in _links(repository)] == ["u1", "u2"]
        assert dict(look(repository, ACME, lambda unit: unit.types_of(["User"], ["only"]))) == {}

    # The service raises the version; a trigger that does so too would break every If-Match.
    def test_linking_moves_no_version(self, repository: Repository[Any]) -> None:
        _filled(repository)
        _link(repository, U1, U2)
        with repository.unit(ACME, write=True) as unit:
            unit.unlink(*_G1, ["u2"])

        found = look(repository, ACME, lambda unit: unit.get("Group", "g1"))
        assert found is not None and found.version == 1, "versions are the core's business"
