"""The number of resources is known without counting, and is right whatever happened to a transaction."""

from collections.abc import Iterator
from threading import Thread

import pytest
from attrs import evolve

from scimcore.repository import Index, Query
from scimcore.repository.protocol import Unit
from scimcore.repository.sql import SqlRepository
from scimcore.testing.contract_samples import ACME, BETA, change, fill, look, newer, user
from tests.repository.databases import ENGINES, Servers, empty


@pytest.fixture(scope="module", params=ENGINES)
def database(
    request: pytest.FixtureRequest, servers: Servers, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SqlRepository]:
    repository = servers.repository(request.param, tmp_path_factory.mktemp("counting"))
    yield repository
    repository.close()
    repository.engine.dispose()


@pytest.fixture
def repository(database: SqlRepository) -> SqlRepository:
    return empty(database)


def total(unit: Unit[object], connection: str | None = None) -> int | None:
    """As a list says that shows nothing."""
    return unit.search(Query(types=("User",), connection=connection, window=Index(1, 0))).total


class TestTotals:
    """RFC 7644 section 3.4.2: "totalResults: The total number of results returned by the list or query operation"."""

    def test_are_those_of_the_tenant_and_of_the_connection(self, repository: SqlRepository) -> None:
        fill(repository, ACME, user("1", "ada", connection="a"), user("2", "bob", connection="b"))
        fill(repository, BETA, user("1", "ada", connection="a"))
        assert [look(repository, ACME, lambda unit, c=c: total(unit, c)) for c in (None, "a", "b", "c")] == [2, 1, 1, 0]

    def test_include_what_the_unit_itself_has_done(self, repository: SqlRepository) -> None:
        fill(repository, ACME, user("1", "ada"))
        with repository.unit(ACME, write=True) as unit:
            unit.insert(*user("2", "bob"))
            unit.insert(*user("3", "cy"))
            unit.delete("User", "1")
            unit.delete("User", "1")
            assert total(unit) == 2

    def test_follow_a_resource_to_another_connection(self, repository: SqlRepository) -> None:
        ada = user("1", "ada", connection="a")
        fill(repository, ACME, ada)
        document, keys = newer(ada)
        change(repository, ACME, lambda unit: unit.replace(evolve(document, connection="b"), keys, expect=1))
        assert [look(repository, ACME, lambda unit, c=c: total(unit, c)) for c in ("a", "b")] == [0, 1]

    def test_know_nothing_of_what_was_undone(self, repository: SqlRepository) -> None:
        with repository.unit(ACME, write=True) as unit:
            unit.insert(*user("1", "ada"))
            with pytest.raises(LookupError), repository.join(unit.transaction, ACME) as joined:
                joined.insert(*user("2", "bob"))
                raise LookupError
            assert total(unit) == 1
        with pytest.raises(LookupError), repository.unit(ACME, write=True) as unit:
            unit.insert(*user("3", "cy"))
            raise LookupError
        assert look(repository, ACME, total) == 1

    def test_are_kept_in_a_transaction_of_the_host(self, repository: SqlRepository) -> None:
        with repository.engine.begin() as transaction, repository.join(transaction, ACME) as unit:
            unit.insert(*user("1", "ada"))
        assert look(repository, ACME, total) == 1

    def test_are_right_after_many_writers_at_a_time(self, repository: SqlRepository) -> None:
        def work(writer: int) -> None:
            for number in range(8):
                change(repository, ACME, lambda unit, n=number: unit.insert(*user(f"{writer}-{n}", f"{writer}-{n}")))

        threads = [Thread(target=work, args=(writer,)) for writer in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert look(repository, ACME, total) == 32
