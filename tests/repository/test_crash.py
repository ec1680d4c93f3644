"""What was acknowledged survives kill -9, of the process that writes and of the database; nothing is half-written."""

import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import URL, text

from scimcore.repository.sql import SqlRepository
from scimcore.schema import MEMBERSHIP
from scimcore.testing.contract_samples import ACME, fill, group
from tests.repository import postgresql
from tests.repository.postgresql import Server

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent.parent
#: How often a writer is killed, and how many units it has written by then at most.
ROUNDS, MOST = 3, 60
MANY = 10**6


@contextmanager
def _writer(url: str, name: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.repository.writer", url, name]
    environment = {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", "PATH": "/usr/bin:/bin"}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        yield process
        process.kill()


def _acknowledged(process: subprocess.Popen[str], most: int = MANY) -> list[str]:
    """What it has said, up to so many; a line that was cut off is none."""
    assert process.stdout is not None
    lines = []
    while len(lines) < most and (line := process.stdout.readline()).endswith("\n"):
        lines.append(line.strip())
    return lines


def _there(repository: SqlRepository) -> set[str]:
    """The users, after looking that each has all of itself and nothing else has anything."""
    with repository.unit(ACME, write=False) as unit:
        users = {document.id for document in unit.scan("User", None, MANY)}
        assert {end.id for end in unit.links("Group", "g1", MEMBERSHIP, after=None, limit=MANY)} == users
        assert {binding.resource for binding in unit.every_binding(None, MANY)} == users
        assert {effect.key for effect in unit.waiting(MANY, MANY)} == users, "the outbox is intact"
        assert {audit.target for audit in unit.audit(None, MANY)} == users
    with repository.engine.connect() as connection:
        rows = "SELECT id FROM scim_value WHERE type = 'User' AND path = 'emails'"
        assert set(connection.scalars(text(rows))) == users
        kept = connection.scalar(text("SELECT sum(resources) FROM scim_count WHERE type = 'User'"))
        assert (kept or 0) == len(users)
    return users


class TestSqlite:
    def test_killing_the_writer_loses_nothing_that_it_has_acknowledged(self, tmp_path: Path) -> None:
        random, told = Random(0), set[str]()
        url = f"sqlite:///{tmp_path / 'test.db'}"
        repository = SqlRepository(url)
        repository.create_tables()
        fill(repository, ACME, group("g1", "Team"))
        for number in range(ROUNDS):
            with _writer(url, f"w{number}") as process:
                said = _acknowledged(process, random.randint(1, MOST))
                process.kill()
                told |= {*said, *_acknowledged(process)}
            assert process.returncode == -signal.SIGKILL
            found = _there(repository)
            assert told <= found
            # What was committed, but not said any more.
            assert len(found - told) <= number + 1
            with repository.engine.connect() as connection:
                assert connection.scalar(text("PRAGMA integrity_check")) == "ok"
                assert connection.execute(text("PRAGMA foreign_key_check")).fetchall() == []
        repository.close()
        repository.engine.dispose()

        assert len(told) >= ROUNDS


class _Durable:
    """A PostgreSQL that keeps what it has acknowledged, to be killed and started again."""

    def __init__(self, stack: ExitStack) -> None:
        self.folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="scimpg")))
        self._installed = postgresql._within_reach(postgresql.installations()["wheel"], self.folder)
        self._run = {"cwd": self.folder, "stdout": subprocess.DEVNULL, **postgresql._unprivileged(self.folder)}
        initdb = [self._installed / "bin" / "initdb", "-D", self.folder / "data", "-U", "postgres", "-A", "trust"]
        subprocess.run([*initdb, "-N", "-E", "UTF8", "--no-locale"], check=True, stderr=subprocess.DEVNULL, **self._run)
        stack.callback(self.kill)
        self.start()

    def start(self) -> None:
        """Start it; while something of the one that was killed is still there, it refuses: again, then."""
        for attempt in range(20):
            with (self.folder / "log").open("wb") as log:
                command = [self._installed / "bin" / "postgres", "-D", self.folder / "data", "-k", self.folder]
                self._process = subprocess.Popen(
                    [*command, "-c", "listen_addresses="],
                    stderr=log,
                    preexec_fn=postgresql._die_with_parent,
                    **self._run,
                )
            try:
                postgresql._wait_until_ready(self._installed, self.folder, self._process, self._run)
            except RuntimeError:
                if attempt == 19:
                    raise
            else:
                break

    def kill(self) -> None:
        """kill -9 of the postmaster; the others see that and leave."""
        self._process.kill()
        self._process.wait(30)

    def database(self) -> URL:
        return Server(self.folder).database()


class TestPostgresql:
    def test_killing_the_database_loses_nothing_that_was_acknowledged(self) -> None:
        random, told = Random(1), set[str]()
        with ExitStack() as stack:
            server = _Durable(stack)
            url = server.database()
            repository = SqlRepository(url)
            repository.create_tables()
            fill(repository, ACME, group("g1", "Team"))
            for number in range(ROUNDS):
                names = (f"a{number}", f"b{number}")
                shown = url.render_as_string(hide_password=False)
                with ExitStack() as writers:
                    processes = [writers.enter_context(_writer(shown, name)) for name in names]
                    told |= set(_acknowledged(processes[0], random.randint(1, MOST)))
                    server.kill()
                    for process in processes:
                        told |= set(_acknowledged(process))
                repository.close()
                repository.engine.dispose()
                server.start()
                found = _there(repository)
                assert told <= found
                assert len(found - told) <= 2 * (number + 1)
            repository.close()
            repository.engine.dispose()

        assert len(told) >= 2 * ROUNDS
