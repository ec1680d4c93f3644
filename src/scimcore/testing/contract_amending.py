# ruff: noqa: S101  (a contract asserts)
"""What repositories promise that can write no more than what changed: the same as by `replace`. Optional."""

from typing import Any, cast

import pytest

from scimcore.filters import condition, parse_filter
from scimcore.repository import Amends, Clash, Gone, Index, Query, Repository, RepositoryError, Stale, Unit
from scimcore.schema.json import Json
from scimcore.testing.contract_samples import ACME, BETA, REGISTRY, change, fill, look, refused, state, user

Version = tuple[str, dict[str, Json]]


def _mail(value: str, kind: str, **more: Json) -> Json:
    return {"value": value, "type": kind, **more}


_ANN: dict[str, Json] = {
    "displayName": "Ann",
    "externalId": "e1",
    "active": True,
    "emails": [_mail("ann@x.org", "work"), _mail("ann@y.org", "home")],
}
#: The next version of ann: her userName, and the rest of her.
VERSIONS: tuple[Version, ...] = (
    ("ann", {**_ANN, "title": "Dr"}),
    ("Anna", _ANN),
    ("ann", {**_ANN, "displayName": "Anna"}),
    ("ann", {**_ANN, "active": False, "externalId": "e2"}),
    ("ann", {**_ANN, "emails": [_mail("ann@y.org", "home"), _mail("ann@x.org", "work", primary=True)]}),
    ("ann", {**_ANN, "emails": [_mail("new@x.org", "work")]}),
    ("ann", {}),
)
FILTERS = (
    'userName eq "ann"',
    'displayName eq "ann"',
    'externalId eq "e1"',
    "active eq true",
    "active pr",
    'emails eq "ann@x.org"',
    'emails[type eq "work" and value eq "ann@x.org"]',
    'emails[value eq "ann@x.org" and primary eq true]',
)


class AmendContract:
    """A repository whose units have no `amend` has nothing to keep here."""

    # `amend` is an optimisation: a store without it must give the same answers.
    @pytest.mark.parametrize("after", VERSIONS, ids=str)
    def test_what_is_amended_is_what_is_replaced(self, repository: Repository[Any], after: Version) -> None:
        made = user("u1", "ann", more=_ANN)
        document, keys = user("u1", after[0], more=after[1], version=2, modified=2_000_000)
        for tenant in (ACME, BETA):
            fill(repository, tenant, made)
        if not _amends(repository):
            return

        change(repository, ACME, lambda unit: _amending(unit).amend(document, keys, made[1], expect=1))
        change(repository, BETA, lambda unit: unit.replace(document, keys, expect=1))
        assert state(repository, ACME) == state(repository, BETA)
        assert {text: _found(repository, ACME, text) for text in FILTERS} == {
            text: _found(repository, BETA, text) for text in FILTERS
        }

    @pytest.mark.parametrize(
        ("id", "version", "name", "error"),
        [("u1", 2, "ann", Stale), ("u1", 2, "new", Stale), ("u3", 1, "ann", Gone), ("u1", 1, "BOB", Clash)],
    )
    def test_what_cannot_be_amended_is_refused(
        self, repository: Repository[Any], id: str, version: int, name: str, error: type[RepositoryError]
    ) -> None:
        made = user("u1", "ann")
        fill(repository, ACME, made, user("u2", "bob"))
        before = state(repository, ACME)
        if not _amends(repository):
            return

        def work(unit: Unit[Any]) -> None:
            _amending(unit).amend(*user(id, name, version=9), made[1], expect=version)

        assert refused(lambda: change(repository, ACME, work), error)
        assert state(repository, ACME) == before

    # The totals of both connections change, although no key does.
    def test_the_connection_of_what_is_amended_moves_like_what_is_replaced(self, repository: Repository[Any]) -> None:
        made = user("u1", "ann", connection="c1")
        for tenant in (ACME, BETA):
            fill(repository, tenant, made)
        if not _amends(repository):
            return

        document, keys = user("u1", "ann", connection="c2", version=2)
        change(repository, ACME, lambda unit: _amending(unit).amend(document, keys, made[1], expect=1))
        change(repository, BETA, lambda unit: unit.replace(document, keys, expect=1))
        assert state(repository, ACME) == state(repository, BETA)


def _amends(repository: Repository[Any]) -> bool:
    return look(repository, ACME, lambda unit: hasattr(unit, "amend"))


def _amending(unit: Unit[Any]) -> Amends:
    return cast(Amends, unit)


def _found(repository: Repository[Any], tenant: str, text: str) -> list[str]:
    asked = {"User": condition(parse_filter(text), REGISTRY["User"])}
    query = Query(types=("User",), conditions=asked, window=Index(1, 9))
    return [document.id for document in look(repository, tenant, lambda unit: unit.search(query)).documents]
