"""Writers in line share a commit, and nothing else: what one does wrong is its own, and nobody is told too early."""

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import sqlalchemy as sa

from scimcore.repository import Clash, Serialization, Unit
from scimcore.repository.sql import SqlRepository
from scimcore.repository.sql.group_commit import WriteLock
from scimcore.testing.contract_samples import ACME, BETA, audit, effect, fill, look, refused, user

WRITERS = 6
#: How long a thread may take to do what it does at once, in seconds.
PATIENCE = 20


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[SqlRepository]:
    made = SqlRepository(f"sqlite:///{tmp_path}/together.db")
    made.create_tables()
    assert made.group_commit is not None
    made.group_commit.young = PATIENCE  # However busy the machine is, they come together.
    yield made
    made.close()
    made.engine.dispose()


class Queue:
    """Threads that stand in line behind a unit that is open, and what became of each."""

    def __init__(self, repository: SqlRepository) -> None:
        self._repository = repository
        self._threads: list[Thread] = []
        self.ended: dict[str, BaseException | None] = {}

    def behind(self, name: str, work: Callable[[Unit[Any]], object], tenant: str = ACME) -> None:
        """Another one, once it stands there."""
        group_commit = self._repository.group_commit
        assert group_commit is not None
        before = group_commit.waiting

        def run() -> None:
            try:
                with self._repository.unit(tenant, write=True) as unit:
                    work(unit)
                self.ended[name] = None
            except BaseException as error:
                self.ended[name] = error

        thread = Thread(target=run)
        thread.start()
        self._threads.append(thread)
        while group_commit.waiting == before and thread.is_alive():
            thread.join(0.001)

    def all_ended(self) -> dict[str, BaseException | None]:
        for thread in self._threads:
            thread.join(PATIENCE)
        return self.ended


def _insert(name: str) -> Callable[[Unit[Any]], object]:
    return lambda unit: unit.insert(*user(name, name))


def _commits(repository: SqlRepository) -> int:
    """How often the log has been written to the end of a transaction: in WAL mode, the pages that carry a size."""
    file = Path(f"{repository.engine.url.database}-wal")
    log = file.read_bytes() if file.exists() else b""
    page = int.from_bytes(log[8:12], "big")
    salt = log[16:24]
    frames = [log[at : at + 24] for at in range(32, len(log), 24 + page)]
    return sum(1 for frame in frames if frame[8:16] == salt and frame[4:8] != b"\0\0\0\0")


class TestOneCommitForSeveral:
    def test_who_stands_in_line_commits_with_the_others(self, repository: SqlRepository) -> None:
        queue, before = Queue(repository), _commits(repository)
        with repository.unit(ACME, write=True) as unit:
            unit.insert(*user("first", "first"))
            for n in range(WRITERS):
                queue.behind(f"u{n}", _insert(f"u{n}"), (ACME, BETA)[n % 2])

        assert list(queue.all_ended().values()) == [None] * WRITERS
        assert {d.id for d in look(repository, ACME, lambda u: u.scan("User", None, 99))} == {"first", "u0", "u2", "u4"}
        assert {d.id for d in look(repository, BETA, lambda u: u.scan("User", None, 99))} == {"u1", "u3", "u5"}
        assert _commits(repository) - before < 1 + WRITERS

    def test_alone_a_unit_commits_at_once(self, repository: SqlRepository) -> None:
        before = _commits(repository)
        for n in range(3):
            fill(repository, ACME, user(f"u{n}", f"u{n}"))

        assert _commits(repository) - before == 3

    def test_nobody_reads_what_is_not_committed(self, repository: SqlRepository) -> None:
        queue, seen = Queue(repository), list[int]()

        def work(unit: Unit[Any]) -> None:
            assert len(unit.scan("User", None, 9)) == 1, "a unit sees what those before it wrote"
            seen.append(len(look(repository, ACME, lambda u: u.scan("User", None, 9))))

        with repository.unit(ACME, write=True) as unit:
            unit.insert(*user("first", "first"))
            queue.behind("second", work)
        assert queue.all_ended() == {"second": None}
        assert seen == [0]


class TestWhatOneDoesWrongIsItsOwn:
    def test_its_part_is_undone(self, repository: SqlRepository) -> None:
        def wrong(unit: Unit[Any]) -> None:
            unit.insert(*user("u1", "u1"))
            unit.record(audit("r1", 1), [effect("e1", 1, 0)])
            raise LookupError("in the middle")

        queue = Queue(repository)
        with repository.unit(ACME, write=True) as unit:
            unit.insert(*user("first", "first"))
            queue.behind("wrong", wrong)
            queue.behind("clash", _insert("first"))
            queue.behind("right", _insert("u2"))
        ended = queue.all_ended()

        assert [type(ended[name]) for name in ("wrong", "clash", "right")] == [LookupError, Clash, type(None)]
        assert [d.id for d in look(repository, ACME, lambda u: u.scan("User", None, 9))] == ["first", "u2"]
        assert look(repository, ACME, lambda u: (list(u.audit(None, 9)), list(u.effects(None, 9)))) == ([], [])

    def test_the_first_ones_too(self, repository: SqlRepository) -> None:
        queue = Queue(repository)
        with pytest.raises(LookupError), repository.unit(ACME, write=True) as unit:
            unit.insert(*user("first", "first"))
            queue.behind("right", _insert("u2"))
            raise LookupError("in the middle")

        assert queue.all_ended() == {"right": None}
        assert [d.id for d in look(repository, ACME, lambda u: u.scan("User", None, 9))] == ["u2"]

    def test_the_totals_are_those_of_what_was_kept(self, repository: SqlRepository) -> None:
        def wrong(unit: Unit[Any]) -> None:
            unit.insert(*user("u1", "u1"))
            raise LookupError("in the middle")

        queue = Queue(repository)
        with repository.unit(ACME, write=True) as unit:
            unit.insert(*user("first", "first"))
            queue.behind("wrong", wrong)
            queue.behind("right", _insert("u2"))
        queue.all_ended()

        with repository.engine.connect() as connection:
            total = connection.execute(sa.text("SELECT sum(resources) FROM scim_count")).scalar()
        assert total == 2


class TestWhoLosesTheTransactionLosesATurn:
    """Nothing is told to have happened that is not durable: all run again who shared it."""

    def test_by_a_commit_that_fails(self, repository: SqlRepository) -> None:
        def wrong(unit: Unit[Any]) -> None:
            unit.transaction.execute(sa.text("PRAGMA defer_foreign_keys=ON"))
            insert = "INSERT INTO scim_value VALUES ('acme', 'User', 'nobody', 'emails', 0, 'x', NULL, NULL)"
            unit.transaction.execute(sa.text(insert))

        queue = Queue(repository)
        with pytest.raises(Serialization), repository.unit(ACME, write=True) as unit:
            unit.insert(*user("first", "first"))
            queue.behind("wrong", wrong)
        ended = queue.all_ended()

        assert ended["wrong"] is not None and not isinstance(ended["wrong"], Serialization)
        assert look(repository, ACME, lambda u: u.scan("User", None, 9)) == []
        fill(repository, ACME, user("first", "first"))

    def test_by_a_host_that_ends_it(self, repository: SqlRepository) -> None:
        queue = Queue(repository)
        with pytest.raises(Serialization), repository.unit(ACME, write=True) as unit:
            unit.insert(*user("first", "first"))
            queue.behind("wrong", lambda unit: unit.transaction.rollback())
        ended = queue.all_ended()

        assert isinstance(ended["wrong"], RuntimeError)
        assert look(repository, ACME, lambda u: u.scan("User", None, 9)) == []
        fill(repository, ACME, user("first", "first"))

    def test_by_an_interruption(self, repository: SqlRepository) -> None:
        def interrupted(unit: Unit[Any]) -> None:
            raise KeyboardInterrupt

        queue = Queue(repository)
        with pytest.raises(Serialization), repository.unit(ACME, write=True) as unit:
            unit.insert(*user("first", "first"))
            queue.behind("interrupted", interrupted)

        assert isinstance(queue.all_ended()["interrupted"], KeyboardInterrupt)
        assert look(repository, ACME, lambda u: u.scan("User", None, 9)) == []
        fill(repository, ACME, user("first", "first"))

    def test_a_refusal_waits_for_what_it_rests_on(self, repository: SqlRepository) -> None:
        """Who was told of a clash with what is then not kept would have been told an untruth."""
        queue = Queue(repository)

        def clash(unit: Unit[Any]) -> None:
            queue.behind("wrong", lambda unit: unit.transaction.rollback())
            unit.insert(*user("other", "first"))

        with pytest.raises(Serialization), repository.unit(ACME, write=True) as unit:
            unit.insert(*user("first", "first"))
            queue.behind("clash", clash)

        assert isinstance(queue.all_ended()["clash"], Serialization)


def test_what_nobody_takes_over_is_committed_all_the_same(repository: SqlRepository) -> None:
    """The one who was to be next may have been interrupted in queue."""

    class Deserted(WriteLock):
        @property
        def waiting(self) -> int:
            return 1

    assert repository.group_commit is not None
    repository.group_commit.lock = Deserted()
    fill(repository, ACME, user("first", "first"))

    assert [d.id for d in look(repository, ACME, lambda u: u.scan("User", None, 9))] == ["first"]


def test_a_thread_does_not_wait_for_itself(repository: SqlRepository) -> None:
    def twice() -> None:
        with repository.unit(ACME, write=True), repository.unit(ACME, write=True):
            pass

    with pytest.raises(RuntimeError, match="writing in a unit already"):
        twice()
    assert not refused(lambda: fill(repository, ACME, user("first", "first")), Serialization)
