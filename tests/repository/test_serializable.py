"""At SERIALIZABLE, which is all that some distributed engines have, units are right, and nobody is kept out for ever.

Whoever loses there is told so (40001, `Serialization`) and runs the whole unit again, as the service does.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from functools import partial
from operator import methodcaller
from random import Random
from typing import Any

import pytest
from sqlalchemy import text

from scimcore.repository import Serialization, Unit
from scimcore.repository.sql import SqlRepository
from scimcore.resources.changes import Link
from scimcore.schema import MEMBERSHIP
from scimcore.testing.contract_samples import ACME, change, fill, group, look, newer, run_at_once, user
from scimcore.testing.contract_units import ConcurrencyContract
from tests.repository.databases import POSTGRESQL, Servers, empty

WORKERS, TURNS, BULK = 4, 6, 4


@pytest.fixture(scope="module", params=POSTGRESQL)
def database(
    request: pytest.FixtureRequest, servers: Servers, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SqlRepository]:
    repository = servers.repository(request.param, tmp_path_factory.mktemp("sql"))
    with repository.engine.begin() as connection:
        name = connection.scalar(text("SELECT current_database()"))
        connection.execute(text(f"ALTER DATABASE {name} SET default_transaction_isolation = 'serializable'"))
    repository.close()
    repository.engine.dispose()
    yield repository
    repository.close()
    repository.engine.dispose()


@pytest.fixture
def repository(database: SqlRepository) -> SqlRepository:
    return empty(database)


class TestUnits(ConcurrencyContract):
    """Lost updates, uniqueness, guards, membership against deletion: the contract itself."""

    @pytest.fixture
    def repository(self, database: SqlRepository) -> SqlRepository:
        return empty(database)

    def begin(self, repository: SqlRepository) -> AbstractContextManager[Any]:
        return repository.engine.begin()


class TestTheSettingItself:
    def test_units_run_at_serializable(self, repository: SqlRepository) -> None:
        with repository.unit(ACME, write=True) as unit:
            assert unit.transaction.scalar(text("SHOW transaction_isolation")) == "serializable"


class TestTheHostsShare:
    """A host that uses the transaction, as every service's does, changes nothing: who loses is told so."""

    def test_a_commit_that_loses_is_told(self, repository: SqlRepository) -> None:
        fill(repository, ACME, user("u1", "one"), user("u2", "two"))

        with pytest.raises(Serialization), repository.unit(ACME, write=True) as unit:
            assert unit.transaction.scalar(text("SELECT 1")) == 1
            _copy(unit, "u1", "u2")
            with repository.engine.begin() as other, repository.join(other, ACME) as joined:
                _copy(joined, "u2", "u1")
        change(repository, ACME, partial(_copy, source="u1", target="u2"))

    def test_a_statement_of_the_host_that_loses_is_told(self, repository: SqlRepository) -> None:
        fill(repository, ACME, user("u1", "one"))
        take = text("UPDATE scim_resource SET modified = 2 WHERE id = 'u1'")

        with pytest.raises(Serialization), repository.unit(ACME, write=True) as unit:
            shared = unit.transaction
            unit.get("User", "u1")
            with repository.engine.begin() as other:
                other.execute(take)
            shared.execute(take)
        change(repository, ACME, partial(_copy, source="u1", target="u1"))


class TestSeveralAtOnce:
    """Bulk: each unit locks several resources, in whatever order the client named them."""

    def test_nobody_waits_for_ever_and_no_update_is_lost(self, repository: SqlRepository) -> None:
        ids = [f"u{n}" for n in range(8)]
        fill(repository, ACME, *(user(id, id) for id in ids))

        def bulk(number: int) -> None:
            random = Random(number)
            for _ in range(TURNS):
                change(repository, ACME, partial(_touch, random.sample(ids, BULK)))

        assert run_at_once([partial(bulk, number) for number in range(WORKERS)]) == []
        versions = [document.version for document in look(repository, ACME, lambda unit: unit.scan("User", None, 9))]
        assert sum(versions) == len(ids) + WORKERS * TURNS * BULK

    def test_what_is_counted_is_what_there_is(self, repository: SqlRepository) -> None:
        """Creates, deletions and memberships at the same time: rows, links and the kept counts agree in the end."""
        fill(repository, ACME, group("g1", "Team"))

        def work(number: int) -> None:
            for turn in range(TURNS):
                id = f"u{number}-{turn}"
                change(repository, ACME, partial(_join, id))
                if turn % 2:
                    change(repository, ACME, methodcaller("delete", "User", id))

        assert run_at_once([partial(work, number) for number in range(WORKERS)]) == []
        left = WORKERS * TURNS // 2
        with repository.unit(ACME, write=False) as unit:
            assert len(unit.scan("User", None, 99)) == left
            assert unit.link_count("Group", "g1", MEMBERSHIP, 99) == left
        with repository.engine.connect() as connection:
            assert connection.scalar(text("SELECT sum(resources) FROM scim_count WHERE type = 'User'")) == left


def _copy(unit: Unit[Any], source: str, target: str) -> None:
    """Read the one, write the other: two that do so crosswise cannot both be right."""
    for id in (source, target):
        assert unit.get("User", id) is not None
    found = unit.get("User", target)
    assert found is not None
    unit.replace(*newer(user(target, target, version=found.version)), expect=found.version)


def _touch(ids: list[str], unit: Unit[Any]) -> None:
    for id in ids:
        found = unit.get("User", id, lock=True)
        assert found is not None
        unit.replace(*newer(user(id, id, version=found.version)), expect=found.version)


def _join(id: str, unit: Unit[Any]) -> None:
    unit.insert(*user(id, id))
    unit.link("Group", "g1", MEMBERSHIP, [Link("User", id)])
