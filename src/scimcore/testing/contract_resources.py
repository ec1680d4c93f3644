# ruff: noqa: S101  (a contract asserts)
"""What repositories promise about resources."""

from typing import Any

import pytest
from attrs import evolve

from scimcore.repository import Clash, Gone, Repository, Stale
from scimcore.schema.json import Json
from scimcore.testing.contract_samples import (
    ACME,
    BETA,
    audit,
    bound,
    effect,
    fill,
    group,
    look,
    newer,
    state,
    user,
)

HARD: dict[str, Json] = {"displayName": "Zoë \"%_\\ ß İ K ſ 😀\n\t'--", "title": "é" * 40_000}


class ResourceContract:
    """A resource is what was written last, found by id and unique key, in its tenant only."""

    # A store that parses and writes JSON again fails here: it changes the order of members, and a float's digits.
    def test_what_was_inserted_is_there_to_the_letter(self, repository: Repository[Any]) -> None:
        made = user("u1", "Bjensen@Example.com", more=HARD, version=7, created=-5, modified=2**53, connection="c1")
        fill(repository, ACME, made)

        assert look(repository, ACME, lambda unit: unit.get("User", "u1")) == made[0]

    def test_what_is_not_there_is_none(self, repository: Repository[Any]) -> None:
        fill(repository, ACME, user("u1", "bob"))

        assert look(repository, ACME, lambda unit: unit.get("User", "U1")) is None
        assert look(repository, ACME, lambda unit: unit.get("Group", "u1")) is None
        assert look(repository, ACME, lambda unit: unit.named("User", "rob")) is None
        assert look(repository, ACME, lambda unit: unit.get("User", "u1", lock=True)) is not None

    def test_it_is_found_by_its_unique_key_within_its_type(self, repository: Repository[Any]) -> None:
        fill(repository, ACME, user("u1", "Bob"), group("g1", "BOB"), user("u2", "rob"), group("g2", "team"))

        assert _named(repository, "User", "bob") == "u1"
        assert _named(repository, "Group", "bob") == "g1"
        assert _named(repository, "Group", "rob") is None
        assert _named(repository, "User", "team") is None
        assert _named(repository, "User", "Bob") is None, "keys are folded by the core, never by the store"

    # Fails where a look-up uses LIKE without escaping % and _.
    @pytest.mark.parametrize("name", ["u%", "u_1", "u\\1", "u'1", "ü" * 50, "x" * 5000])
    def test_names_are_never_patterns(self, repository: Repository[Any], name: str) -> None:
        made = user("u1", name)
        fill(repository, ACME, made, user("u2", "u11"))

        assert _named(repository, "User", made[1].unique) == "u1"

    # Fails where the column's collation ignores accents or width: the core folds, the store compares bytes.
    def test_names_that_the_core_tells_apart_are_apart(self, repository: Repository[Any]) -> None:
        names = ("bob", "bob ", " bob", "b\u00f3b", "strasse", "stra\u00dfe", "\u03c3", "\u03c2", "x" * 199, "x" * 200)
        made = [user(f"u{n}", name) for n, name in enumerate(names)]
        fill(repository, ACME, *made)

        assert [_named(repository, "User", keys.unique) for _, keys in made] == [document.id for document, _ in made]

    def test_tenants_share_nothing(self, repository: Repository[Any]) -> None:
        ours, theirs = user("u1", "bob"), user("u1", "bob", more={"title": "theirs"}, connection="other")
        fill(repository, ACME, ours)
        before = state(repository, ACME)
        fill(repository, BETA, theirs)

        assert state(repository, ACME) == before
        with repository.unit(BETA, write=True) as unit:
            assert unit.get("User", "u1") == theirs[0]
            assert unit.delete("User", "u1")
        assert state(repository, ACME) == before
        assert look(repository, "gamma", lambda unit: list(unit.scan("User", None, 9))) == []

    def test_tenants_are_listed_once_they_have_something(self, repository: Repository[Any]) -> None:
        fill(repository, BETA, user("u1", "bob"), user("u2", "rob"))
        fill(repository, ACME, group("g1", "bob"))

        assert sorted(repository.tenants()) == [ACME, BETA]

    def test_whatever_a_tenant_has_lists_it(self, repository: Repository[Any]) -> None:
        with repository.unit(ACME, write=True) as unit:
            unit.bind(bound("u1", "a1"))
        with repository.unit(BETA, write=True) as unit:
            unit.record(audit("r1", 1), [effect("e1", 1, 0)])
        look(repository, "gamma", lambda unit: unit.get("User", "u1"))

        assert sorted(repository.tenants()) == [ACME, BETA]

    # Fails where the tenant's column ignores case or trailing spaces: one customer would read another one's users.
    def test_tenants_are_told_apart_to_the_letter(self, repository: Repository[Any]) -> None:
        fill(repository, ACME, user("u1", "bob"))

        for tenant in (ACME.upper(), f"{ACME} ", f" {ACME}", ACME[:-1], "%", "acm_", "\uff41cme", ""):
            with repository.unit(tenant, write=False) as unit:
                assert (unit.get("User", "u1"), unit.named("User", "bob"), list(unit.scan("User", None, 9))) == (
                    None,
                    None,
                    [],
                )

    # Fails without a unique index, whatever is looked up before the INSERT.
    @pytest.mark.parametrize("id", ["u1", "u2"])
    def test_a_second_one_of_the_same_id_or_name_clashes(self, repository: Repository[Any], id: str) -> None:
        fill(repository, ACME, user("u1", "bob"))
        name = "rob" if id == "u1" else "BOB"

        with pytest.raises(Clash), repository.unit(ACME, write=True) as unit:
            unit.insert(*user(id, name))
        assert [d.id for d in look(repository, ACME, lambda unit: unit.scan("User", None, 9))] == ["u1"]

    def test_replace_moves_text_version_and_keys(self, repository: Repository[Any]) -> None:
        fill(repository, ACME, user("u1", "bob"))
        after = user("u1", "rob", more={"title": "Dr"}, version=2, modified=9)

        with repository.unit(ACME, write=True) as unit:
            unit.replace(*after, expect=1)
            assert unit.get("User", "u1") == after[0], "a unit sees what it wrote"
        assert look(repository, ACME, lambda unit: unit.get("User", "u1")) == after[0]
        assert _named(repository, "User", "rob") == "u1"
        assert _named(repository, "User", "bob") is None
        fill(repository, ACME, user("u2", "bob"))

    def test_replace_takes_everything_as_it_is_given(self, repository: Repository[Any]) -> None:
        fill(repository, ACME, user("u1", "bob", connection="c1"))
        after = user("u1", "bob", version=9, created=3, modified=2, connection="c2")
        with repository.unit(ACME, write=True) as unit:
            unit.replace(*after, expect=1)

        assert look(repository, ACME, lambda unit: unit.get("User", "u1")) == after[0]

    def test_replace_may_keep_its_own_name(self, repository: Repository[Any]) -> None:
        made = user("u1", "bob")
        fill(repository, ACME, made)

        with repository.unit(ACME, write=True) as unit:
            unit.replace(*newer(made), expect=1)
        assert _named(repository, "User", "bob") == "u1"

    # Fails where the version is compared in Python after a read: the UPDATE itself has to compare it.
    def test_replace_of_another_version_is_stale(self, repository: Repository[Any]) -> None:
        made = user("u1", "bob", version=3)
        fill(repository, ACME, made)
        before = state(repository, ACME)

        for expect in (2, 4):
            with pytest.raises(Stale), repository.unit(ACME, write=True) as unit:
                unit.replace(*user("u1", "new", version=9), expect=expect)
        assert state(repository, ACME) == before

    def test_replace_of_nothing_is_gone(self, repository: Repository[Any]) -> None:
        fill(repository, BETA, user("u1", "bob"))

        with pytest.raises(Gone), repository.unit(ACME, write=True) as unit:
            unit.replace(*user("u1", "bob"), expect=1)

    # Some stores raise another error for an UPDATE that violates the unique index than for an INSERT.
    def test_replace_under_a_taken_name_clashes(self, repository: Repository[Any]) -> None:
        made = user("u2", "rob")
        fill(repository, ACME, user("u1", "bob"), made)
        before = state(repository, ACME)

        with pytest.raises(Clash), repository.unit(ACME, write=True) as unit:
            unit.replace(evolve(made[0], version=2), user("u2", "Bob")[1], expect=1)
        assert state(repository, ACME) == before

    # Fails where rows are only flagged as deleted and keep their unique key.
    def test_delete_frees_id_and_name(self, repository: Repository[Any]) -> None:
        fill(repository, ACME, user("u1", "bob"), user("u2", "rob"))

        with repository.unit(ACME, write=True) as unit:
            assert unit.delete("User", "u1") is True
            assert unit.delete("User", "u1") is False
            assert unit.delete("Group", "u2") is False
        assert look(repository, ACME, lambda unit: unit.get("User", "u1")) is None
        assert _named(repository, "User", "bob") is None
        fill(repository, ACME, user("u1", "bob"))

    # Fails where bindings or audit records refer to the resource by a foreign key that cascades.
    def test_what_is_recorded_of_it_outlives_it(self, repository: Repository[Any]) -> None:
        fill(repository, ACME, user("u1", "bob"))
        record, sent = audit("r1", 1, target="u1", detail="d"), effect("e1", 1, 0)
        with repository.unit(ACME, write=True) as unit:
            unit.bind(bound("u1", "a1"))
            unit.record(record, [sent])
            unit.delete("User", "u1")

        with repository.unit(ACME, write=False) as unit:
            assert unit.binding("u1") == bound("u1", "a1")
            assert (list(unit.audit(None, 9)), list(unit.effects(None, 9))) == ([record], [sent])

    # Fails where ids are ordered by a locale: `after` would leave some out, and others would come twice.
    def test_scan_goes_through_all_by_id(self, repository: Repository[Any]) -> None:
        ids = ["10", "9", "A", "Z", "_", "a", "a1", "b"]
        fill(repository, ACME, *(user(id, f"n{n}", created=-n) for n, id in enumerate(ids)), group("aa", "g"))
        seen: list[str] = []
        with repository.unit(ACME, write=False) as unit:
            while len(seen) <= len(ids) and (page := unit.scan("User", seen[-1] if seen else None, 3)):
                assert len(page) <= 3
                seen += [document.id for document in page]

        assert seen == sorted(ids), "by code points, whatever the locale"


def _named(repository: Repository[Any], type: str, unique: str) -> str | None:
    found = look(repository, ACME, lambda unit: unit.named(type, unique))
    return None if found is None else found.id
