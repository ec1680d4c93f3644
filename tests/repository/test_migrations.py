"""Tables of every earlier version are brought to today's, with what is in them (STO: versioned migration)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from sqlalchemy import MetaData, inspect, text

from scimcore.repository.sql import SqlRepository, WrongVersion, migrations
from scimcore.repository.sql.tables import SCHEMA_VERSION
from scimcore.resources.changes import Link, Linked
from scimcore.schema import GROUP_URN, MEMBERSHIP, USER_URN
from scimcore.testing.contract_samples import ACME, BETA, audit, bound, effect, fill, group, look, state, together, user
from tests.repository.databases import ENGINES, Servers

LAYOUTS = Path(__file__).parent / "layouts"
#: More than are taken at once.
USERS = 1203


@pytest.fixture(params=ENGINES)
def repository(request: pytest.FixtureRequest, servers: Servers, tmp_path: Path) -> Iterator[SqlRepository]:
    """A database with nothing in it."""
    made = servers.repository(request.param, tmp_path)
    _clear(made)
    yield made
    made.close()
    made.engine.dispose()


def _clear(repository: SqlRepository) -> None:
    there = MetaData()
    there.reflect(repository.engine)
    there.drop_all(repository.engine)


def _first(repository: SqlRepository) -> None:
    """Version 1, as it was."""
    script = (LAYOUTS / f"version1.{repository.flavor.name}.sql").read_text()
    with repository.engine.begin() as connection:
        for statement in script.split(";\n"):
            if statement.strip():
                connection.execute(text(statement))


def _fill_first(repository: SqlRepository, tenant: str) -> None:
    """Resources of version 1, which knew no `display`, with everything that hangs on them."""
    rows = [
        ("User", f"u{n:04}", f'{{"schemas":["{USER_URN}"],"userName":"User{n}"}}', f"user{n}") for n in range(USERS)
    ]
    rows[0] = ("User", "u0000", f'{{"schemas":["{USER_URN}"],"userName":"User0","displayName":"Zoë"}}', "user0")
    rows.append(("Group", "g1", f'{{"schemas":["{GROUP_URN}"],"displayName":"Team"}}', "team"))
    names = "tenant, type, id, version, created, modified, connection, unique_key, doc"
    insert = f"INSERT INTO scim_resource ({names}) VALUES (:t, :type, :id, 1, 1000000, 1000000, '', :key, :doc)"
    with repository.engine.begin() as connection:
        connection.execute(text(insert), [{"t": tenant, "type": a, "id": b, "doc": c, "key": d} for a, b, c, d in rows])
    with repository.unit(tenant, write=True) as unit:
        unit.link("Group", "g1", MEMBERSHIP, [Link("User", "u0000"), Link("User", "u0001")])
        unit.bind(bound("u0000", "a1"))
        unit.record(audit("r1", 1, target="u0000"), [effect("e1", 1, 0)])


def _layout(repository: SqlRepository) -> object:
    """Every table, column, key and index that is there."""
    seen = inspect(repository.engine)
    return {
        table: (
            sorted((c["name"], str(c["type"]), c["nullable"]) for c in seen.get_columns(table)),
            seen.get_pk_constraint(table)["constrained_columns"],
            sorted(str(i["column_names"]) for i in seen.get_unique_constraints(table)),
            sorted(str((i["name"], i["column_names"], _rows_of(i))) for i in seen.get_indexes(table)),
            sorted(str((k["constrained_columns"], k["options"])) for k in seen.get_foreign_keys(table)),
        )
        for table in sorted(seen.get_table_names())
    }


def _rows_of(index: Any) -> str:
    """Which rows it is of, "" for all of them."""
    options = index.get("dialect_options", {})
    return next((str(value) for name, value in options.items() if name.endswith("_where")), "")


class TestMigration:
    def test_nothing_becomes_todays_tables(self, repository: SqlRepository) -> None:
        assert repository.version() is None
        assert repository.migrate() == (None, SCHEMA_VERSION)
        assert repository.version() == SCHEMA_VERSION
        fill(repository, ACME, user("u1", "one"))

    def test_the_first_version_becomes_todays_to_the_letter(self, repository: SqlRepository) -> None:
        repository.create_tables()
        fresh = _layout(repository)
        _clear(repository)
        _first(repository)
        assert _layout(repository) != fresh, "the check can fail"

        steps: list[int] = []
        assert repository.migrate(lambda step: steps.append(step.version)) == (1, SCHEMA_VERSION)
        assert steps == list(range(2, SCHEMA_VERSION + 1))
        assert _layout(repository) == fresh

    def test_with_everything_that_is_in_it(self, repository: SqlRepository) -> None:
        _first(repository)
        for tenant in (ACME, BETA):
            _fill_first(repository, tenant)
        repository.migrate()

        assert state(repository, ACME) == state(repository, BETA)
        assert len(look(repository, ACME, lambda unit: unit.scan("User", None, 9999))) == USERS
        members = look(repository, ACME, lambda unit: unit.links("Group", "g1", MEMBERSHIP, after=None, limit=9))
        assert members == [Linked("User", "u0000", "Zoë"), Linked("User", "u0001", "User1")]
        with repository.engine.connect() as connection:
            lacking = connection.scalar(text("SELECT count(*) FROM scim_resource WHERE display IS NULL"))
        assert lacking == 0, "the last rows of the walk as well"
        assert [e.key for e in look(repository, ACME, lambda unit: unit.backlog("a1", 9, 9))] == ["e1"]
        fill(repository, ACME, user("new", "new"), group("g2", "Other"))

    def test_twice_is_once(self, repository: SqlRepository) -> None:
        _first(repository)
        _fill_first(repository, ACME)
        repository.migrate()
        before = state(repository, ACME)

        assert repository.migrate() == (SCHEMA_VERSION, SCHEMA_VERSION)
        assert state(repository, ACME) == before

    def test_a_step_that_fails_leaves_the_old_version_whole(self, repository: SqlRepository) -> None:
        _first(repository)
        _fill_first(repository, ACME)
        before = _layout(repository)

        def fail(doc: str) -> str:
            if '"User1200"' in doc:
                raise KeyError
            return doc

        broken = evolve(migrations.STEPS[0], fills=(evolve(migrations.STEPS[0].fills[0], make=fail),))
        with pytest.raises(KeyError), repository.engine.begin() as connection:
            migrations.migrate(connection, repository.flavor, lambda step: None, [broken])
        assert (repository.version(), _layout(repository)) == (1, before)
        repository.migrate()

    def test_of_two_at_once_one_waits_and_finds_it_done(self, repository: SqlRepository) -> None:
        _first(repository)
        _fill_first(repository, ACME)
        found: list[object] = []

        assert together([lambda: found.append(repository.migrate())] * 2) == []
        assert sorted(map(str, found)) == sorted(map(str, [(1, SCHEMA_VERSION), (SCHEMA_VERSION, SCHEMA_VERSION)]))

    @pytest.mark.parametrize("work", ["create_tables", "migrate"])
    def test_a_newer_database_is_refused(self, repository: SqlRepository, work: str) -> None:
        repository.create_tables()
        _say(repository, 99)

        with pytest.raises(WrongVersion, match=r"version 99, which is newer than this release knows"):
            getattr(repository, work)()
        assert repository.version() == 99

    def test_an_older_one_is_not_made_up_for_by_making_tables(self, repository: SqlRepository) -> None:
        _first(repository)
        before = _layout(repository)

        with pytest.raises(WrongVersion, match="scimcore db migrate"):
            repository.create_tables()
        assert _layout(repository) == before


def _say(repository: SqlRepository, version: int) -> None:
    with repository.engine.begin() as connection:
        values: dict[str, Any] = {"version": str(version)}
        connection.execute(text("UPDATE scim_meta SET value = :version WHERE name = 'schema_version'"), values)


class TestTheHistory:
    def test_every_version_has_its_step(self) -> None:
        assert [step.version for step in migrations.STEPS] == list(range(2, SCHEMA_VERSION + 1))
