"""Tables of an earlier version are brought to a later one, with everything in them.

There is no second version yet, so a made-up one proves the machinery that the first change of a table will rely on.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from sqlalchemy import MetaData, inspect, text

from scimcore.repository.sql import MigrationStep, SqlRepository, WrongVersion, migrations
from scimcore.repository.sql.migrations import Fill
from scimcore.repository.sql.tables import SCHEMA_VERSION
from scimcore.resources.changes import Link
from scimcore.schema import MEMBERSHIP
from scimcore.testing.contract_samples import ACME, BETA, audit, bound, effect, fill, group, run_at_once, state, user
from tests.repository.databases import ENGINES, Servers

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


def _first_word(doc: str) -> str:
    return str(json.loads(doc).get("displayName") or json.loads(doc)["userName"]).split()[0]


#: A version that a later release could have: a new column, which is computed, an index, and a table.
NEXT = MigrationStep(
    2,
    "Keep the first word of every name",
    (
        "ALTER TABLE scim_resource ADD COLUMN word TEXT{key}",
        "DROP INDEX scim_resource_active",
        "CREATE INDEX scim_resource_word ON scim_resource (tenant, type, word, id)",
        "CREATE TABLE scim_more (tenant TEXT{key} NOT NULL, name TEXT{key} NOT NULL, PRIMARY KEY (tenant, name))",
        "INSERT INTO scim_more SELECT DISTINCT tenant, type FROM scim_resource",
    ),
    (Fill("scim_resource", ("tenant", "type", "id"), ("doc",), "word", _first_word),),
)
LAST = MigrationStep(3, "Keep no more of it", ("DROP TABLE scim_more",))


def _migrate(repository: SqlRepository, *steps: MigrationStep) -> tuple[tuple[int | None, int], list[int]]:
    """The versions before and after, and the steps that were announced."""
    announced: list[int] = []
    with repository.engine.begin() as connection:
        versions = migrations.migrate(
            connection, repository.flavor, lambda step: announced.append(step.version), steps or (NEXT,)
        )
    return versions, announced


def _filled(repository: SqlRepository) -> None:
    """Two tenants with more resources than a step takes at once, and with everything that hangs on them."""
    repository.create_tables()
    for tenant in (ACME, BETA):
        users = [user(f"u{n:04}", f"User{n}") for n in range(USERS)]
        fill(repository, tenant, user("zoe", "zoe", more={"displayName": "Zoë Doe"}), *users, group("g1", "Team A"))
        with repository.unit(tenant, write=True) as unit:
            unit.link("Group", "g1", MEMBERSHIP, [Link("User", "zoe"), Link("User", "u0001")])
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

    def test_every_older_version_takes_the_steps_that_it_lacks(self, repository: SqlRepository) -> None:
        repository.create_tables()

        assert _migrate(repository, NEXT) == ((1, 2), [2])
        assert repository.version() == 2
        assert _migrate(repository, NEXT, LAST) == ((2, 3), [3])
        assert repository.version() == 3

    def test_of_several_steps_none_is_passed_over(self, repository: SqlRepository) -> None:
        repository.create_tables()

        assert _migrate(repository, NEXT, LAST) == ((1, 3), [2, 3])
        assert "scim_more" not in inspect(repository.engine).get_table_names()

    def test_a_step_changes_what_it_names(self, repository: SqlRepository) -> None:
        repository.create_tables()
        _migrate(repository)

        there = inspect(repository.engine)
        assert "word" in {column["name"] for column in there.get_columns("scim_resource")}
        assert {"scim_resource_word"} <= (names := {str(i["name"]) for i in there.get_indexes("scim_resource")})
        assert "scim_resource_active" not in names

    def test_with_everything_that_is_in_it(self, repository: SqlRepository) -> None:
        _filled(repository)
        before = state(repository, ACME)
        _migrate(repository)

        assert state(repository, ACME) == state(repository, BETA) == before
        with repository.engine.connect() as connection:
            words = set(connection.scalars(text("SELECT word FROM scim_resource WHERE tenant = 'acme'")))
            more = connection.execute(text("SELECT tenant, name FROM scim_more ORDER BY 1, 2")).fetchall()
        assert {"Zoë", "Team", "User0", f"User{USERS - 1}"} <= words, "the last rows of the walk as well"
        assert [tuple(row) for row in more] == [(t, n) for t in (ACME, BETA) for n in ("Group", "User")]

    def test_twice_is_once(self, repository: SqlRepository) -> None:
        _filled(repository)
        _migrate(repository)
        before = state(repository, ACME)

        assert _migrate(repository) == ((2, 2), [])
        assert state(repository, ACME) == before

    def test_a_step_that_fails_leaves_the_old_version_whole(self, repository: SqlRepository) -> None:
        _filled(repository)
        before = _layout(repository)

        def fail(doc: str) -> str:
            if '"User1200"' in doc:
                raise KeyError
            return doc

        broken = evolve(NEXT, fills=(evolve(NEXT.fills[0], make=fail),))
        with pytest.raises(KeyError):
            _migrate(repository, broken)
        assert (repository.version(), _layout(repository)) == (1, before)
        _migrate(repository)

    def test_of_two_at_once_one_waits_and_finds_it_done(self, repository: SqlRepository) -> None:
        _filled(repository)
        found: list[object] = []

        assert run_at_once([lambda: found.append(_migrate(repository))] * 2) == []
        assert sorted(map(str, found)) == sorted(map(str, [((1, 2), [2]), ((2, 2), [])]))

    @pytest.mark.parametrize("work", ["create_tables", "migrate"])
    def test_a_newer_database_is_refused(self, repository: SqlRepository, work: str) -> None:
        repository.create_tables()
        _say(repository, 99)

        with pytest.raises(WrongVersion, match=r"version 99, which is newer than this release knows"):
            getattr(repository, work)()
        assert repository.version() == 99

    def test_an_older_one_is_not_made_up_for_by_making_tables(self, repository: SqlRepository) -> None:
        repository.create_tables()
        _say(repository, 0)
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
