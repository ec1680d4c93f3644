"""An attribute becomes indexed when there is data already: afterwards all is as if it had been so all along."""

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from attrs import evolve
from sqlalchemy import select

from scimcore._cli import main
from scimcore.filters import condition, parse_filter
from scimcore.repository import Index, Query, keys
from scimcore.repository.indexing import Indexed, reindex
from scimcore.repository.protocol import Serialization
from scimcore.repository.sql import SqlRepository, SqlUnit, metadata
from scimcore.resources.document import Document, to_text
from scimcore.schema import GROUP, USER, USER_URN, Attribute, Registry, ResourceType, Schema
from scimcore.testing.contract_samples import ACME, BETA, group
from tests.repository.databases import ENGINES, Servers, empty
from tests.repository.support import EXTENSION, REGISTRY, Sample


def _plain(schema: Schema) -> Schema:
    return evolve(schema, attributes=tuple(_unindexed(attribute) for attribute in schema.attributes))


def _unindexed(attribute: Attribute) -> Attribute:
    return evolve(attribute, indexed=False, sub_attributes=tuple(map(_unindexed, attribute.sub_attributes)))


def _unindexed_type(type: ResourceType) -> ResourceType:
    extensions = tuple(evolve(extension, schema=_plain(extension.schema)) for extension in type.extensions)
    return evolve(type, schema=_plain(type.schema), extensions=extensions)


#: The same types with nothing declared indexed.
PLAIN = Registry(*(_unindexed_type(type.resource_type) for type in REGISTRY))


@pytest.fixture(scope="module", params=ENGINES)
def database(
    request: pytest.FixtureRequest, servers: Servers, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SqlRepository]:
    made = servers.repository(request.param, tmp_path_factory.mktemp(request.param))
    yield made
    made.close()
    made.engine.dispose()


def _users(seed: int, count: int) -> list[Document]:
    found = Sample(Random(seed)).users(count)
    return list({keys(REGISTRY["User"], user.data, user.id).unique: user for user in found}.values())


def _fill(repository: SqlRepository, tenant: str, registry: Registry, users: list[Document]) -> None:
    with repository.unit(tenant, write=True) as unit:
        for user in users:
            unit.insert(user, keys(registry["User"], user.data, user.id))
        unit.insert(*group("g1", "Team"))


def _rows(repository: SqlRepository, tenant: str) -> dict[str, list[Any]]:
    """Everything that is kept of a tenant."""
    with repository.engine.connect() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(select(table).where(table.c.tenant == tenant))))
            for table in metadata.sorted_tables
            if table.name != "scim_meta"
        }


def _levels(repository: SqlRepository, level: int) -> int | None:
    """How many users a filter on an extension's attribute finds."""
    text = parse_filter(f"urn:example:scim:2.0:Badge:level eq {level}")
    asked = condition(text, REGISTRY["User"])
    with repository.unit(ACME, write=False) as unit:
        return unit.search(Query(types=("User",), conditions={"User": asked}, window=Index(1, 100))).total


def _with_level(level: int) -> list[Document]:
    badge = {"schemas": [USER_URN, EXTENSION], EXTENSION: {"level": level}}
    return [
        Document(
            type="User", id=f"u{n:04}", version=3, created=n, modified=n, text=to_text({**badge, "userName": f"n{n}"})
        )
        for n in range(1_203)
    ]


class TestReindex:
    @pytest.mark.parametrize("seed", range(3))
    def test_all_is_as_if_it_had_been_indexed_from_the_beginning(self, database: SqlRepository, seed: int) -> None:
        users = _users(seed, 60)
        _fill(empty(database), ACME, REGISTRY, users)
        wanted = _rows(database, ACME)
        _fill(empty(database), ACME, PLAIN, users)
        assert _rows(database, ACME) != wanted

        found = reindex(database, REGISTRY)

        assert _rows(database, ACME) == wanted
        assert found.seen == len(users) + 1 and 0 < found.changed <= len(users)
        assert reindex(database, REGISTRY) == Indexed(found.seen, 0), "nothing is left to do"

    def test_what_is_indexed_no_more_is_let_go_of(self, database: SqlRepository) -> None:
        users = _users(7, 30)
        _fill(empty(database), ACME, PLAIN, users)
        wanted = _rows(database, ACME)
        _fill(empty(database), ACME, REGISTRY, users)

        reindex(database, PLAIN)

        assert _rows(database, ACME) == wanted

    def test_a_filter_finds_what_was_there_before(self, database: SqlRepository) -> None:
        users, seen = _with_level(5), list[int]()
        _fill(empty(database), ACME, PLAIN, users)
        assert _levels(database, 5) == 0, "rows that are not there are not found: this is why one has to reindex"

        found = reindex(database, REGISTRY, progress=lambda so_far: seen.append(so_far.seen))

        assert _levels(database, 5) == found.changed == len(users)
        assert len(seen) > 3 and seen == sorted(seen) and seen[-1] == found.seen == len(users) + 1

    def test_only_the_tenants_that_are_named(self, database: SqlRepository) -> None:
        users = _users(9, 20)
        empty(database)
        for tenant in (ACME, BETA):
            _fill(database, tenant, PLAIN, users)
        before = _rows(database, BETA)

        assert reindex(database, REGISTRY, tenants=[ACME]).changed > 0
        assert _rows(database, BETA) == before
        assert reindex(database, REGISTRY).changed > 0

    def test_it_goes_on_where_it_was_interrupted(self, database: SqlRepository) -> None:
        users = _with_level(1)
        _fill(empty(database), ACME, PLAIN, users)

        class Interrupted(Exception):
            pass

        def stop(so_far: Indexed) -> None:
            if so_far.changed:
                raise Interrupted

        with pytest.raises(Interrupted):
            reindex(database, REGISTRY, progress=stop)
        done = _levels(database, 1) or 0
        assert 0 < done < len(users)
        assert reindex(database, REGISTRY).changed == len(users) - done

    def test_a_lost_race_is_run_again(self, database: SqlRepository, monkeypatch: pytest.MonkeyPatch) -> None:
        _fill(empty(database), ACME, PLAIN, _with_level(2))
        replace, lost = SqlUnit.replace, [True]

        def losing(unit: SqlUnit, *given: Any, **named: Any) -> None:
            replace(unit, *given, **named)
            if lost:
                lost.pop()
                raise Serialization("another one won")

        monkeypatch.setattr(SqlUnit, "replace", losing)
        assert reindex(database, REGISTRY).changed == 1_203
        assert _levels(database, 2) == 1_203

    def test_a_registry_that_lacks_a_type_is_refused(self, database: SqlRepository) -> None:
        _fill(empty(database), ACME, REGISTRY, [])
        with pytest.raises(ValueError, match="has a Group"):
            reindex(database, Registry(USER))

    def test_two_of_one_name_are_told(self, database: SqlRepository) -> None:
        by_title = Registry(
            evolve(USER, unique="title"),
            GROUP,
        )
        with empty(database).unit(ACME, write=True) as unit:
            for id in ("a", "b"):
                data = {"schemas": [USER_URN], "userName": id, "title": "one"}
                one = Document(type="User", id=id, version=1, created=1, modified=1, text=to_text(data))
                unit.insert(one, keys(REGISTRY["User"], data, id))
        with pytest.raises(ValueError, match="User b: another one has the unique key 'one'"):
            reindex(database, by_title)


class TestTheCommand:
    """`scimcore db reindex`."""

    def test_it_says_what_it_did(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        url = f"sqlite:///{tmp_path / 'test.db'}"
        repository = SqlRepository(url)
        repository.create_tables()
        users = _with_level(3)
        _fill(repository, ACME, PLAIN, users)
        command = ["db", "reindex", url, "--registry", "tests.repository.support:REGISTRY"]

        assert main([*command, "--tenant", "nobody"]) == 0
        assert main([*command, "--tenant", ACME]) == 0
        assert main(command) == 0
        assert capsys.readouterr().out.splitlines() == [
            "0 resources, 0 of them with other keys than before",
            "1204 resources, 1203 of them with other keys than before",
            "1204 resources, 0 of them with other keys than before",
        ]
        assert main(["db", "reindex", url]) == 0, "by the RFC's own types"
        repository.close()

    def test_a_registry_that_does_not_fit_is_said_in_a_line(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        url = f"sqlite:///{tmp_path / 'test.db'}"
        assert main(["db", "create", url]) == 0
        assert main(["db", "reindex", url, "--registry", "no.such:REGISTRY"]) == 1
        assert "no.such" in capsys.readouterr().err
