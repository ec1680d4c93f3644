"""What is particular to SQL: the host's connection, the traps of drivers, and what a broken promise looks like."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    Table,
    Text,
    create_engine,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.exc import InvalidRequestError

from scimcore._budget import Budget
from scimcore.access import Caller
from scimcore.dialects import AUTO
from scimcore.errors import TooMany
from scimcore.filters import condition, parse_filter
from scimcore.filters.sorting import sort_target
from scimcore.policy import STANDARD
from scimcore.policy.facts import Tenant
from scimcore.repository import Index, Keyset, MemoryRepository, Query, Serialization, Sort
from scimcore.repository.sql import SqlRepository
from scimcore.repository.sql.connections import PATIENCE
from scimcore.repository.sql.flavors import flavor_of
from scimcore.repository.sql.paging import FilteredType
from scimcore.repository.sql.tables import SCHEMA_VERSION, meta
from scimcore.resources.changes import Link
from scimcore.schema.json import Json
from scimcore.service import Service
from scimcore.service.results import Search
from scimcore.testing.contract_samples import ACME, REGISTRY, fill, group, look, newer, user
from scimcore.testing.host import TrialHost
from tests.repository.databases import ENGINES, Servers, empty

host_tables = MetaData()
accounts = Table("accounts", host_tables, Column("id", Integer, primary_key=True), Column("name", Text, unique=True))


@pytest.fixture(scope="module", params=ENGINES)
def database(
    request: pytest.FixtureRequest, servers: Servers, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SqlRepository]:
    repository = servers.repository(request.param, tmp_path_factory.mktemp("sql"))
    host_tables.create_all(repository.engine)
    yield repository
    repository.close()
    repository.engine.dispose()


@pytest.fixture
def repository(database: SqlRepository) -> SqlRepository:
    with database.engine.begin() as connection:
        connection.execute(accounts.delete())
    return empty(database)


@pytest.fixture
def host(repository: SqlRepository) -> Iterator[Engine]:
    """The host's own engine, made without a thought of ours."""
    engine = create_engine(repository.engine.url)
    yield engine
    engine.dispose()


def _names(repository: SqlRepository) -> tuple[list[str], list[str]]:
    """What there is: users of ours, accounts of the host's."""
    users = look(repository, ACME, lambda unit: [document.id for document in unit.scan("User", None, 9)])
    with repository.engine.connect() as connection:
        return users, list(connection.scalars(select(accounts.c.name).order_by(accounts.c.name)))


class TestOneTransactionForBoth:
    """The host's tables and ours are committed together, whoever opened the transaction."""

    def test_the_host_writes_in_our_unit(self, repository: SqlRepository) -> None:
        with repository.unit(ACME, write=True) as unit:
            unit.transaction.execute(insert(accounts).values(id=1, name="ann"))
            unit.insert(*user("u1", "one"))
            assert unit.transaction.scalar(text("SELECT count(*) FROM scim_resource")) == 1

        assert _names(repository) == (["u1"], ["ann"])

    def test_and_loses_it_with_our_unit(self, repository: SqlRepository) -> None:
        with pytest.raises(KeyError), repository.unit(ACME, write=True) as unit:
            unit.insert(*user("u1", "one"))
            unit.transaction.execute(insert(accounts).values(id=1, name="ann"))
            raise KeyError

        assert _names(repository) == ([], [])

    def test_a_joined_part_that_fails_undoes_the_hosts_part_too(self, repository: SqlRepository) -> None:
        with repository.unit(ACME, write=True) as unit:
            with pytest.raises(KeyError), repository.join(unit.transaction, ACME):
                unit.transaction.execute(insert(accounts).values(id=1, name="ann"))
                raise KeyError
            with pytest.raises(KeyError), unit.transaction.begin_nested():
                unit.insert(*user("u1", "one"))
                raise KeyError
            unit.insert(*user("u2", "two"))

        assert _names(repository) == (["u2"], [])

    @pytest.mark.parametrize("writes_first", [False, True])
    def test_we_write_in_the_hosts_transaction(
        self, repository: SqlRepository, host: Engine, writes_first: bool
    ) -> None:
        """Also when nothing was written before: SQLite's driver has not begun then, whatever SQLAlchemy says."""
        with host.connect() as connection:
            repository._pool.ready(connection)
            if writes_first:
                connection.execute(insert(accounts).values(id=1, name="ann"))
            with repository.join(connection, ACME) as unit:
                unit.insert(*user("u1", "one"))
            connection.rollback()
            assert _names(repository) == ([], [])

            with repository.join(connection, ACME) as unit:
                unit.insert(*user("u2", "two"))
            connection.commit()
        assert _names(repository) == (["u2"], [])

    def test_a_commit_behind_our_back_is_noticed(self, repository: SqlRepository) -> None:
        ended = pytest.raises(RuntimeError, match="ended by somebody else")
        with ended, repository.unit(ACME, write=True) as unit:
            unit.insert(*user("u1", "one"))
            unit.transaction.rollback()

        assert _names(repository) == ([], [])
        fill(repository, ACME, user("u1", "one"))

    def test_a_rollback_behind_a_joined_unit_is_noticed(self, repository: SqlRepository) -> None:
        connection = repository.engine.connect()
        with pytest.raises(RuntimeError, match="has ended"), repository.join(connection, ACME) as unit:
            unit.insert(*user("u1", "one"))
            connection.rollback()
        connection.close()

        assert _names(repository) == ([], [])

    def test_a_joined_unit_that_failed_has_ended(self, repository: SqlRepository) -> None:
        with repository.engine.begin() as connection:
            with pytest.raises(KeyError), repository.join(connection, ACME) as unit:
                raise KeyError
            with pytest.raises(RuntimeError, match="has ended"):
                unit.insert(*user("u1", "one"))

        assert _names(repository) == ([], [])

    def test_a_question_that_fails_leaves_the_connection_as_it_was(self, tmp_path: Path) -> None:
        repository = SqlRepository(f"sqlite:///{tmp_path / 'test.db'}")
        with pytest.raises(sqlite3.OperationalError):
            list(repository.tenants())
        repository.create_tables()

        assert list(repository.tenants()) == []
        repository.close()

    def test_beginning_in_our_unit_is_refused_at_once(self, repository: SqlRepository) -> None:
        with repository.unit(ACME, write=True) as unit:
            unit.insert(*user("u1", "one"))
            with pytest.raises(InvalidRequestError):
                unit.transaction.begin()

        assert _names(repository) == (["u1"], [])

    def test_a_unit_in_a_unit_is_refused_instead_of_waiting_for_itself(self, repository: SqlRepository) -> None:
        with repository.unit(ACME, write=True) as unit:
            unit.insert(*user("u1", "one"))
            with pytest.raises(RuntimeError, match="within"), repository.unit(ACME, write=True):
                pass
            assert look(repository, ACME, lambda other: other.get("User", "u1")) is None, "not committed yet"

        assert _names(repository) == (["u1"], [])

    def test_what_the_host_reads_in_a_reading_unit_leaves_nothing_open(self, repository: SqlRepository) -> None:
        with repository.unit(ACME, write=False) as unit:
            transaction = unit.transaction
            transaction.execute(text("SELECT 1"))
        assert not transaction.in_transaction()

        with pytest.raises(ZeroDivisionError), repository.unit(ACME, write=False) as unit:
            transaction = unit.transaction
            transaction.execute(text("SELECT 1"))
            raise ZeroDivisionError
        assert not transaction.in_transaction()

        fill(repository, ACME, user("u1", "one"))
        assert _names(repository) == (["u1"], [])

    def test_a_reading_unit_can_be_joined(self, repository: SqlRepository) -> None:
        fill(repository, ACME, user("u1", "one"))
        with repository.unit(ACME, write=False) as unit:
            with repository.join(unit.transaction, ACME) as joined:
                assert [found.id for found in joined.scan("User", None, 1)] == ["u1"]
            assert unit.get("User", "u1") is not None

    def test_reading_units_do_not_write(self, repository: SqlRepository) -> None:
        with pytest.raises(RuntimeError, match="write=True"), repository.unit(ACME, write=False) as unit:
            unit.insert(*user("u1", "one"))


class TestAResourceComesWithItsHolders:
    """What a reading unit finds in one statement is what a writing unit finds in two."""

    @pytest.mark.parametrize(
        "find",
        [
            lambda unit: unit.get("User", "u1"),
            lambda unit: (unit.search(_named("ONE")).documents or [None])[0],
        ],
        ids=["by id", "by name"],
    )
    def test_in_the_same_order_and_with_the_same_names(self, repository: SqlRepository, find: Any) -> None:
        groups = [group("g2", 'Ä "b"'), group("g10", "c"), group("é", "d"), group("G", "a"), group("g1", "e")]
        fill(repository, ACME, user("u1", "one"), *groups)
        with repository.unit(ACME, write=True) as unit:
            for made, _ in groups[:-1]:
                unit.link("Group", made.id, "members", [Link("User", "u1")])

        def both(unit: Any) -> Any:
            return find(unit), unit.holders([("User", "u1")], "members"), unit.holders([("User", "u1")], "others")

        with repository.unit(ACME, write=True) as unit:
            expected = both(unit)
        assert look(repository, ACME, both) == expected
        assert [end.id for end in expected[1]["u1"]] == ["G", "g10", "g2", "é"]
        assert expected[2] == {}

    def test_or_with_none(self, repository: SqlRepository) -> None:
        fill(repository, ACME, user("u1", "one"))
        with repository.unit(ACME, write=False) as unit:
            assert unit.get("User", "u1") is not None
            assert unit.get("User", "u2") is None
            assert unit.holders([("User", "u1")], "members") == unit.holders([("User", "u2")], "members") == {}


class TestWhoHasAName:
    """The query that identity providers begin with is answered by the unique key, with the answer of any other."""

    @pytest.mark.parametrize(
        "more",
        [
            {},
            {"connection": "c1"},
            {"connection": "c2"},
            {"hide_inactive": True},
            {"want_total": False},
            {"window": Index(1, 0)},
            {"window": Index(2, 5)},
            {"window": Keyset(5)},
            {"window": Keyset(5, backwards=True)},
            {"window": Keyset(5, (2_000_000, "u1"))},
            {"sort": Sort(sort_target("id", REGISTRY["User"]))},
        ],
        ids=str,
    )
    @pytest.mark.parametrize("name", ["ONE", "nobody", "two", "x" * 300])
    def test_as_if_it_were_one_of_many(self, repository: SqlRepository, name: str, more: dict[str, Any]) -> None:
        made = [
            user("u1", "one", connection="c1"),
            user("u2", "two", connection="c1", more={"active": False}),
            user("u3", "x" * 300, connection="c1"),
        ]
        fill(repository, ACME, *made)
        memory = MemoryRepository()
        fill(memory, ACME, *made)

        query = evolve(_named(name), **more)

        assert look(repository, ACME, lambda u: _page(u, query)) == look(memory, ACME, lambda u: _page(u, query))


def _named(name: str) -> Query:
    wanted = condition(parse_filter(f'userName eq "{name}"'), REGISTRY["User"])
    return Query(types=("User",), conditions={"User": wanted}, unique={"User": "userName"})


def _page(unit: Any, query: Query) -> Any:
    page = unit.search(query)
    following = [unit.search(evolve(query, window=Keyset(5, place))) for place in (page.first, page.last) if place]
    return [([d.id for d in found.documents], found.total, found.more) for found in (page, *following)]


class TestBounds:
    """Where no index answers, so many resources are looked at and no more (QRY-005)."""

    def test_what_no_index_answers_is_refused_beyond_the_bound(self, database: SqlRepository) -> None:
        repository = SqlRepository(database.engine, most_examined=5)
        fill(empty(repository), ACME, *(user(f"u{n}", f"n{n}", more={"title": "x"}) for n in range(6)))
        USER = REGISTRY["User"]

        for query in (
            Query(types=("User",), conditions={"User": condition(parse_filter('title eq "x"'), USER)}),
            Query(types=("User",), sort=Sort(sort_target("title", USER))),
        ):
            with pytest.raises(TooMany, match="declare title as indexed"):
                look(repository, ACME, lambda unit, query=query: unit.search(query))  # type: ignore[misc]
        narrow = condition(parse_filter('title eq "x" and userName sw "n1"'), USER)
        found = look(
            repository,
            ACME,
            lambda unit: unit.search(Query(types=("User",), conditions={"User": narrow}, unique={"User": "userName"})),
        )
        assert found.total == 1
        repository.close()

    def test_many_look_ups_that_must_all_hold_are_not_all_joined(self, database: SqlRepository) -> None:
        """PostgreSQL would plan 250 joins for 20 seconds: the first find whom the others are looked at for."""
        repository = SqlRepository(database.engine, most_examined=1)
        mails: list[Json] = [{"value": f"{n}@x.org"} for n in range(40)]
        fill(empty(repository), ACME, *(user(f"u{n}", f"n{n}", more={"emails": mails[n:]}) for n in range(3)))

        def total(count: int) -> int | None:
            text = " and ".join(f'(emails eq "{n}@x.org" and emails co "{n}@")' for n in range(40 - count, 40))
            asked = {"User": condition(parse_filter(text), REGISTRY["User"])}
            return look(repository, ACME, lambda unit: unit.search(Query(types=("User",), conditions=asked)).total)

        assert total(8) == 3
        assert total(40) == 1
        with pytest.raises(TooMany, match="declare emails as indexed"):
            total(20)
        repository.close()


class TestBudgets:
    """Comparisons that no index serves, times the resources of the type: spent before the statement runs."""

    def refused(self, database: SqlRepository, text: str, budget: Budget) -> bool:
        asked = {"User": condition(parse_filter(text), REGISTRY["User"])}
        query = Query(types=("User",), conditions=asked, unique={"User": "userName"}, budget=budget)
        try:
            look(database, ACME, lambda unit: unit.search(query))
        except TooMany as error:
            assert error.code == "SC-1024"
            return True
        return False

    def test_bound_what_no_index_serves(self, database: SqlRepository) -> None:
        fill(empty(database), ACME, *(user(f"u{n}", f"n{n}", more={"emails": [{"value": "x"}]}) for n in range(20)))
        for term in ('userName co "z"', 'emails.value co "z"', 'not (emails.value co "z")', 'emails.display co "z"'):
            for join in (" or ", " and "):
                assert self.refused(database, join.join([term] * 60), Budget(1000)), term
            assert not self.refused(database, term, Budget(1000)), term

    def test_let_pass_what_an_index_serves(self, database: SqlRepository) -> None:
        fill(empty(database), ACME, *(user(f"u{n}", f"n{n}") for n in range(20)))
        terms = ("userName", "externalId", "emails.value", "id")
        for asked in (*(f'{name} eq "n1"' for name in terms), 'emails[value eq "x"]'):
            budget = Budget(1000)
            assert not self.refused(database, asked, budget), asked
            assert budget.left == 1000, asked

    def test_count_the_length_of_what_is_looked_into(self, database: SqlRepository) -> None:
        fill(empty(database), ACME, *(user(f"u{n}", f"n{n}", more={"title": "x" * 10_000}) for n in range(20)))
        assert self.refused(database, 'title eq "x"', Budget(20_000))
        assert not self.refused(database, 'title eq "x"', Budget(40_000))

    def test_statements_of_long_filters_are_not_remembered(self, database: SqlRepository) -> None:
        repository = SqlRepository(empty(database).engine)
        for number in range(3):
            several = " or ".join([f'emails.value co "{n}"' for n in range(30 + number)])
            assert not self.refused(repository, several, Budget())
        assert not repository._searcher._filters
        assert not any(isinstance(part, FilteredType) for key in repository._searcher._statements for part in key)
        assert not self.refused(repository, 'emails.value co "x"', Budget())
        assert len(repository._searcher._filters) == 1
        repository.close()


class TestEngines:
    def test_what_goes_back_to_the_hosts_pool_waits_for_writers_again(self, tmp_path: Path) -> None:
        engine = create_engine(f"sqlite:///{tmp_path / 'test.db'}")
        repository = SqlRepository(engine, keep=0)
        repository.create_tables()
        fill(repository, ACME, user("u1", "one"))

        with engine.connect() as connection:
            assert connection.scalar(text("PRAGMA busy_timeout")) == PATIENCE * 1000
        engine.dispose()

    def test_tables_can_be_made_again(self, repository: SqlRepository) -> None:
        repository.create_tables()

    def test_tables_of_another_version_are_refused(self, database: SqlRepository) -> None:
        with database.engine.begin() as connection:
            connection.execute(text("UPDATE scim_meta SET value = '99' WHERE name = 'schema_version'"))
        try:
            with pytest.raises(RuntimeError, match="version 99"):
                database.create_tables()
        finally:
            with database.engine.begin() as connection:
                connection.execute(update(meta).values(value=str(SCHEMA_VERSION)))

    @pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
    def test_sqlite_in_memory_is_refused(self, url: str) -> None:
        with pytest.raises(ValueError, match="MemoryRepository"):
            SqlRepository(url)

    def test_other_drivers_are_refused(self) -> None:
        with pytest.raises(ValueError, match="not supported"):
            flavor_of("mysql", "pymysql")

    def test_sqlite_is_set_up_on_the_hosts_engine_too(self, tmp_path: Path) -> None:
        engine = create_engine(f"sqlite:///{tmp_path / 'host.db'}")
        with engine.connect():
            pass  # a connection from before
        repository = SqlRepository(engine)
        repository.create_tables()
        with repository.unit(ACME, write=True) as unit:
            raw: Any = unit.transaction.connection.driver_connection
            found = [
                raw.execute(f"PRAGMA {name}").fetchone()[0] for name in ("foreign_keys", "journal_mode", "synchronous")
            ]
        repository.close()
        engine.dispose()

        assert found == [1, "wal", 2]

    def test_a_joined_connection_without_foreign_keys_is_refused(self, tmp_path: Path) -> None:
        repository = SqlRepository(f"sqlite:///{tmp_path / 'test.db'}")
        repository.create_tables()
        host = create_engine(repository.engine.url)
        with host.connect() as connection:
            raw: Any = connection.connection.driver_connection
            raw.execute("BEGIN")
            with pytest.raises(RuntimeError, match="foreign_keys"), repository.join(connection, ACME):
                pass
        host.dispose()
        repository.close()

    def test_a_locked_database_is_a_lost_race(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("scimcore.repository.sql.connections.PRAGMAS", ("journal_mode=WAL", "busy_timeout=0"))
        repository = SqlRepository(f"sqlite:///{tmp_path / 'test.db'}")
        repository.create_tables()
        other = sqlite3.connect(tmp_path / "test.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Serialization), repository.unit(ACME, write=True):
            pass
        other.close()
        fill(repository, ACME, user("u1", "one"))
        repository.close()


_END_THE_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE pid <> pg_backend_pid() AND datname = current_database()
"""


class _Host(TrialHost):
    """Its settings are asked of the database, as a host's are."""

    def tenant(self, tx: Any, tenant: str) -> Tenant:
        tx.execute(text("SELECT 1"))
        return Tenant()


class TestPostgresqlSerialization:
    """REPEATABLE READ and SERIALIZABLE report lost races by SQLSTATE 40001: the unit is to be run again."""

    @pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
    def test_a_lost_race_is_told_as_one(self, servers: Servers, tmp_path: Path, level: str) -> None:
        made = servers.repository("wheel", tmp_path)
        engine = create_engine(made.engine.url, isolation_level=level)
        repository = SqlRepository(engine)
        row = user("u1", "one")
        fill(repository, ACME, row)

        lost = pytest.raises(Serialization)
        with lost, engine.begin() as connection, repository.join(connection, ACME) as slow:
            assert slow.get("User", "u1") == row[0]
            with repository.unit(ACME, write=True) as quick:
                quick.replace(*newer(row), expect=1)
            slow.replace(*newer(row), expect=1)
        repository.close()
        engine.dispose()
        made.engine.dispose()

    def test_a_lost_connection_before_the_commit_is_one_too(self, servers: Servers, tmp_path: Path) -> None:
        repository = servers.repository("wheel", tmp_path)
        fill(repository, ACME, user("u1", "one"))

        with pytest.raises(Serialization), repository.unit(ACME, write=True) as unit:
            unit.insert(*user("u2", "two"))
            with repository.engine.connect() as other:
                other.execute(text(_END_THE_OTHERS))
            unit.get("User", "u1")
        assert look(repository, ACME, lambda unit: [d.id for d in unit.scan("User", None, 9)]) == ["u1"]
        repository.close()
        repository.engine.dispose()

    def test_and_where_a_unit_joins_too(self, servers: Servers, tmp_path: Path) -> None:
        repository = servers.repository("wheel", tmp_path)

        with pytest.raises(Serialization), repository.unit(ACME, write=True) as unit:
            unit.insert(*user("u1", "one"))
            with repository.engine.connect() as other:
                other.execute(text(_END_THE_OTHERS))
            with repository.join(unit.transaction, ACME):
                pass
        repository.close()
        repository.engine.dispose()

    def test_and_in_what_the_host_asks(self, servers: Servers, tmp_path: Path) -> None:
        repository = servers.repository("wheel", tmp_path)

        with pytest.raises(Serialization), repository.unit(ACME, write=False) as unit:
            shared = unit.transaction
            with repository.engine.connect() as other:
                other.execute(text(_END_THE_OTHERS))
            shared.execute(text("SELECT 1"))
        repository.close()
        repository.engine.dispose()

    def test_a_client_that_reads_hears_nothing_of_it(self, servers: Servers, tmp_path: Path) -> None:
        repository = servers.repository("wheel", tmp_path)
        host: Any = _Host()
        service = Service(repository, host, clock=lambda: 1, new_id=lambda: "id", secrets=(b"s" * 32,))
        caller = Caller(tenant=ACME, connection="", policy=STANDARD, dialect=AUTO)
        USER = REGISTRY["User"]
        fill(repository, ACME, user("u1", "one"))

        for read in (
            lambda: service.get(caller, USER, "u1").document.id,
            lambda: service.search(caller, [USER], Search()).total,
        ):
            with repository.engine.connect() as other:
                other.execute(text(_END_THE_OTHERS))
            assert read() in ("u1", 1)
        repository.close()
        repository.engine.dispose()


class TestAHostThatClosesItsConnection:
    """That unit fails with a sentence, and the next one works: the connection is not used again."""

    @pytest.fixture(params=["url", "engine"])
    def shared(self, request: pytest.FixtureRequest, repository: SqlRepository) -> Iterator[SqlRepository]:
        url = repository.engine.url
        engine = create_engine(url)
        made = SqlRepository(engine if request.param == "engine" else url)
        yield made
        made.close()
        engine.dispose()

    @pytest.mark.parametrize("how", ["close", "with", "commit", "rollback"])
    @pytest.mark.parametrize("writes_after", [False, True])
    def test_in_a_unit_that_writes(self, shared: SqlRepository, how: str, writes_after: bool) -> None:
        with pytest.raises(RuntimeError, match="ended by somebody else"), shared.unit(ACME, write=True) as unit:
            unit.insert(*user("u1", "one"))
            _end(unit.transaction, how)
            if writes_after:
                unit.insert(*user("u2", "two"))

        assert _names(shared)[0] == (["u1"] if how == "commit" else [])
        fill(shared, ACME, user("u3", "three"))
        assert "u3" in _names(shared)[0]

    def test_in_a_unit_that_reads(self, shared: SqlRepository) -> None:
        with pytest.raises(RuntimeError, match="ended by somebody else"), shared.unit(ACME, write=False) as unit:
            unit.transaction.close()

        fill(shared, ACME, user("u1", "one"))
        assert _names(shared) == (["u1"], [])


def _end(transaction: Connection, how: str) -> None:
    if how == "with":
        with transaction:
            pass
    else:
        getattr(transaction, how)()
