"""A tenant moves between repositories, whichever they are, and nothing of it is lost or made up."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from scimcore._cli import main
from scimcore.policy import Note
from scimcore.policy.facts import Binding, Memory
from scimcore.repository import MemoryRepository, Repository, keys
from scimcore.repository.sql import SqlRepository
from scimcore.repository.sql.tables import SCHEMA_VERSION
from scimcore.repository.transfer import export, load
from scimcore.resources.changes import Link
from scimcore.schema import MEMBERSHIP
from scimcore.schema.json import JsonObject
from scimcore.testing.contract_samples import ACME, BETA, audit, bound, effect, fill, group, look, state, user
from tests.repository.databases import ENGINES, Servers, empty
from tests.repository.support import REGISTRY, Sample


@pytest.fixture(scope="module")
def databases(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, SqlRepository]]:
    made = {name: servers.repository(name, tmp_path_factory.mktemp(name)) for name in ENGINES}
    yield made
    for repository in made.values():
        repository.close()
        repository.engine.dispose()


def _filled(repository: Repository[Any], seed: int, *, users: int = 20) -> Repository[Any]:
    """A tenant with some of everything, another one beside it."""
    random = Random(seed)
    named = {keys(REGISTRY["User"], u.data, u.id).unique: u for u in Sample(random).users(users)}
    documents = [evolve(u, version=random.randint(1, 9), connection=random.choice(["", "c1"])) for u in named.values()]
    states = ["pending", "invited", "active", "suspended", "anonymised", "deleted"]
    with repository.unit(ACME, write=True) as unit:
        for document in documents:
            unit.insert(document, keys(REGISTRY["User"], document.data, document.id))
        for name in ("g1", "g2"):
            unit.insert(*group(name, name))
            unit.link("Group", name, MEMBERSHIP, [Link("User", d.id) for d in documents if random.random() < 0.5])
        unit.link("Group", "g1", MEMBERSHIP, [Link("Group", "g2")])
        for resource in [*(d.id for d in documents[:9]), "gone"]:
            unit.bind(_binding(random, resource, random.choice(states)))
        for at in range(7):
            effects = [
                effect(
                    f"e{at}{n}", at, n, state=random.choice(["waiting", "dead"]), attempts=n, due=n, payload={"n": n}
                )
                for n in range(random.randint(0, 3))
            ]
            unit.record(
                audit(f"r{at}", at, changes={"x": [1, {"y": None}]}, notes=(Note("a", "b"),), effects=("e",)), effects
            )
    fill(repository, BETA, user("u1", "theirs"))
    return repository


def _binding(random: Random, resource: str, state: Any) -> Binding:
    more: dict[str, Any] = {
        "roles": ("a", "b"),
        "memory": Memory(degraded=True, taken_over=("title",)),
        "held": True,
        "due": random.randint(0, 5),
    }
    chosen = {name: found for name, found in more.items() if random.random() < 0.5}
    override = random.choice([None, (), ("x",)])
    return bound(resource, random.choice([None, f"a-{resource}"]), state=state, override=override, since=3, **chosen)


def _exported(repository: Repository[Any]) -> list[JsonObject]:
    return [json.loads(json.dumps(record)) for record in export(repository, ACME)]


class TestTheLaw:
    """What was loaded, exported again, is what was exported."""

    @settings(max_examples=5, deadline=None)
    @given(seed=st.integers(0, 2**32))
    def test_in_every_store_and_back(self, databases: dict[str, SqlRepository], seed: int) -> None:
        first = _filled(MemoryRepository(), seed)
        records = _exported(first)
        kinds = {str(record["record"]) for record in records}
        assert kinds >= {"tenant", "resource", "links", "binding", "audit", "end"}
        for repository in (*(empty(database) for database in databases.values()), MemoryRepository()):
            load(repository, ACME, records, registry=REGISTRY)
            assert _exported(repository) == records
            assert state(repository, ACME) == state(first, ACME)

    def test_effects_come_with_the_record_of_their_time(self) -> None:
        early, late = MemoryRepository(), MemoryRepository()
        with early.unit(ACME, write=True) as unit:
            unit.record(audit("r1", 5), [effect("e1", 1, 0), effect("e2", 9, 0), effect("e3", 9, 1, state="done")])
            unit.record(audit("r2", 7), [])
        load(late, ACME, _exported(early))

        assert [e.key for e in look(late, ACME, lambda unit: unit.effects(None, 9))] == ["e1", "e2"]
        assert _exported(late) == _exported(early)

    def test_it_is_found_as_before(self, databases: dict[str, SqlRepository]) -> None:
        first = MemoryRepository()
        fill(first, ACME, user("u1", "Bob"), group("g1", "Team"))
        second = empty(databases["sqlite"])
        load(second, ACME, _exported(first))

        assert look(second, ACME, lambda unit: unit.named("User", "bob")) is not None
        assert list(second.tenants()) == [ACME]


class TestExport:
    @pytest.mark.parametrize("engine", ENGINES)
    def test_it_shows_one_moment(self, databases: dict[str, SqlRepository], engine: str) -> None:
        repository = empty(databases[engine])
        fill(repository, ACME, user("u1", "one"), group("g1", "Team"))
        records = export(repository, ACME)
        seen = [next(records), next(records)]
        with repository.unit(ACME, write=True) as unit:
            unit.insert(*user("u2", "two"))
            unit.link("Group", "g1", MEMBERSHIP, [Link("User", "u2")])
        seen += records

        assert [record.get("id") for record in seen] == [None, "g1", "u1", None]
        fill(repository, ACME, user("u3", "three"))

    def test_a_repository_that_cannot_say_what_it_has_is_told_what_it_lacks(self) -> None:
        class _Unit:
            def types(self) -> list[str]:
                return []

        class _Repository(MemoryRepository):
            def snapshot(self, tenant: str) -> Any:
                from contextlib import nullcontext

                return nullcontext(_Unit())

        with pytest.raises(TypeError, match="every_binding"):
            list(export(_Repository(), ACME))


class TestLoad:
    """All of it or nothing, and never over something else."""

    @pytest.mark.parametrize("kept", range(1, 12))
    def test_what_was_cut_off_is_refused_whole(self, kept: int) -> None:
        records = _exported(_filled(MemoryRepository(), 1, users=6))
        other = MemoryRepository()

        with pytest.raises(ValueError, match="nothing was loaded"):
            load(other, ACME, records[:kept], registry=REGISTRY)
        assert list(other.tenants()) == []

    def test_a_record_that_is_missing_is_noticed(self) -> None:
        records = _exported(_filled(MemoryRepository(), 1))
        numbers = {record["record"]: number for number, record in enumerate(records)}
        for kind in ("resource", "links", "binding", "audit"):
            lacking = [record for number, record in enumerate(records) if number != numbers[kind]]
            with pytest.raises(ValueError, match="nothing was loaded"):
                load(MemoryRepository(), ACME, lacking, registry=REGISTRY)
        with pytest.raises(ValueError, match="were written"):
            load(MemoryRepository(), ACME, records[:-2] + records[-1:], registry=REGISTRY)

    def test_a_record_that_does_not_fit_is_named(self) -> None:
        records: list[JsonObject] = [{"record": "tenant", "format": 1}, {"record": "resource", "type": "User"}]
        with pytest.raises(ValueError, match=r"record 2 \(resource\) does not fit"):
            load(MemoryRepository(), ACME, records)

    def test_a_tenant_that_has_something_is_left_alone(self) -> None:
        repository = _filled(MemoryRepository(), 1)
        records, before = _exported(repository), state(repository, BETA)
        with pytest.raises(ValueError, match="already"):
            load(repository, BETA, records, registry=REGISTRY)
        assert state(repository, BETA) == before

    @pytest.mark.parametrize(
        "record",
        [{"record": "tenant", "format": 2}, {"record": "resource"}, {"x": 1}],
    )
    def test_other_beginnings_are_refused(self, record: JsonObject) -> None:
        with pytest.raises(ValueError, match="format 1"):
            load(MemoryRepository(), ACME, [record])

    def test_an_unknown_kind_is_refused(self) -> None:
        with pytest.raises(ValueError, match="'new'"):
            load(MemoryRepository(), ACME, [{"record": "tenant", "format": 1}, {"record": "new"}])

    def test_progress_counts_the_records(self) -> None:
        records, seen = _exported(_filled(MemoryRepository(), 1)), list[int]()
        counts = load(MemoryRepository(), ACME, records, registry=REGISTRY, progress=seen.append)

        assert seen == list(range(1, len(records)))
        assert sum(counts.values()) == len(records) - 2


class TestTheCommand:
    """`scimcore db`: create, migrate, version, export, import."""

    def test_a_tenant_goes_through_a_file(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        here, there = (f"sqlite:///{tmp_path / name}.db" for name in ("here", "there"))
        for url in (here, there):
            assert main(["db", "create", url]) == 0
        repository = SqlRepository(here)
        _filled(repository, 3)
        capsys.readouterr()
        assert main(["db", "export", here, ACME]) == 0
        written = capsys.readouterr().out
        monkeypatch.setattr("sys.stdin", io.StringIO(written))
        assert main(["db", "import", there, "new", "--registry", "tests.repository.support:REGISTRY"]) == 0
        assert "resource" in capsys.readouterr().err
        assert main(["db", "export", there, "new"]) == 0
        assert capsys.readouterr().out == written
        repository.close()

    def test_versions_are_said_and_made(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        url = f"sqlite:///{tmp_path / 'test.db'}"
        # An empty file is an empty database for SQLite.
        (tmp_path / "test.db").touch()
        for command in ("version", "migrate", "version", "create"):
            assert main(["db", command, url]) == 0

        assert capsys.readouterr().out.splitlines() == [
            "no tables",
            f"from nothing to version {SCHEMA_VERSION}",
            str(SCHEMA_VERSION),
            f"tables of version {SCHEMA_VERSION}",
        ]

    @pytest.mark.parametrize(
        ("command", "said"),
        [
            (["export", "sqlite:///{}/empty.db", "acme"], "scimcore db create"),
            (["create", "sqlite:////nowhere/at/all.db"], "unable to open"),
            (["create", "mysql://localhost/x"], "cannot be used"),
            (["create", "what"], "cannot be used"),
            (["import", "sqlite:///{}/new.db", "acme", "--registry", "no.such:REGISTRY"], "no.such"),
            (["import", "sqlite:///{}/new.db", "acme", "--registry", "json:loads"], "not a Registry"),
        ],
    )
    def test_what_cannot_be_done_is_said_in_a_line(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], command: list[str], said: str
    ) -> None:
        (tmp_path / "empty.db").touch()
        assert main(["db", *(part.format(tmp_path) for part in command)]) == 1
        lines = capsys.readouterr().err.splitlines()
        assert len(lines) == 1 and said in lines[0]
