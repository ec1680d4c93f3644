"""Writing where there is one writer at a time: in line, and with one COMMIT for several who stand in it."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from threading import Lock, get_ident
from time import monotonic
from types import TracebackType
from typing import Final, NoReturn

from scimcore.repository.protocol import Serialization
from scimcore.repository.sql.connections import ConnectionPool, UnitConnection
from scimcore.repository.sql.runner import Runner
from scimcore.repository.sql.unit import SqlUnit

#: A transaction is shared by at most so many units.
_MOST: Final = 16
#: Who was to write next may have been interrupted in line; somebody else looks after so many seconds.
_PATIENCE: Final = 0.5

_ALREADY_WRITING = "this thread is writing in a unit already; join its transaction (within=...)"


class FairLock:
    """Threads that wait are served first come, first served.

    `threading.Lock` goes to whoever is awake, which is most often the thread that has just let go of it.
    """

    def __init__(self) -> None:
        self._mutex = Lock()
        self._turns: deque[Lock] = deque()
        self._taken = False

    @property
    def waiting(self) -> int:
        """The number of threads that wait for the lock."""
        return len(self._turns)

    def acquire(self) -> None:
        """Wait for one's turn."""
        turn = Lock()
        turn.acquire()
        with self._mutex:
            if not self._taken:
                self._taken = True
                return
            self._turns.append(turn)
        try:
            turn.acquire()
        except BaseException:
            self._leave(turn)
            raise

    def release(self) -> None:
        """Let the next one have it."""
        with self._mutex:
            if self._turns:
                self._turns.popleft().release()
            else:
                self._taken = False

    def _leave(self, turn: Lock) -> None:
        """Wait no longer: whoever was interrupted must not be given what it would never let go of."""
        with self._mutex:
            waits = turn in self._turns
            if waits:
                self._turns.remove(turn)
        if not waits:
            self.release()


class WriteLock:
    """One writer of the process at a time, where the database has one writer anyway.

    Writers then wait in line instead of in SQLite's busy handler, which lets some starve. Raises RuntimeError in a
    thread that would wait for itself.
    """

    def __init__(self) -> None:
        self._lock = FairLock()
        self._one_per_thread = OneUnitPerThread()

    @property
    def waiting(self) -> int:
        """The number of threads that wait for the lock."""
        return self._lock.waiting

    def __enter__(self) -> None:
        self._one_per_thread.__enter__()
        try:
            self._lock.acquire()
        except BaseException:
            self._one_per_thread.__exit__(None, None, None)
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._one_per_thread.__exit__(kind, error, trace)
        self._lock.release()


class OneUnitPerThread:
    """Which threads are writing in a unit. Raises RuntimeError in one that would begin another."""

    def __init__(self) -> None:
        self._threads: set[int] = set()

    def __enter__(self) -> None:
        thread = get_ident()
        if thread in self._threads:
            raise RuntimeError(_ALREADY_WRITING)
        self._threads.add(thread)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._threads.discard(get_ident())


class _SharedTransaction:
    """A transaction that several units write in, one after the other."""

    __slots__ = ("_waiting", "connection", "lost", "since", "units")

    def __init__(self, connection: UnitConnection) -> None:
        self.connection = connection
        self.units = 0
        self.since = monotonic()
        self.lost = False
        self._waiting: list[Lock] = []

    def wait(self) -> Lock:
        """What can be had as soon as the transaction has ended. (A tenth of what a `threading.Event` takes.)"""
        told = Lock()
        told.acquire()
        self._waiting.append(told)
        return told

    def end(self, *, lost: bool) -> None:
        """Tell everybody who waits."""
        self.lost = lost
        for told in self._waiting:
            told.release()

    def may_grow(self, young: float) -> bool:
        """Whether another unit may join."""
        return self.units < _MOST and monotonic() - self.since < young


class GroupCommit:
    """Units that write, on a database that takes one writer at a time.

    While others wait in line, a unit that is done leaves its transaction to the next one, which works in it behind a
    savepoint; the last one commits for all. The disk is waited for once, and no unit ends, well or badly, before what
    it wrote and what it saw is durable. If that fails, all of them have lost a race (`Serialization`).

    `young`: a transaction is left to the next one only while it is not older than so many seconds, for who has written
    waits for those behind, and other processes wait for all of them.
    """

    def __init__(self, pool: ConnectionPool, made: Callable[[Runner], SqlUnit], *, young: float = 0.01) -> None:
        self._pool = pool
        self._made = made
        self.young = young
        self.lock = WriteLock()
        self._left: _SharedTransaction | None = None

    @property
    def waiting(self) -> int:
        """The number of units that wait for their turn."""
        return self.lock.waiting

    @contextmanager
    def unit(self, tenant: str) -> Iterator[SqlUnit]:
        """A transaction of that tenant, or a part of one that others share."""
        failure: Exception | None = None
        with self.lock:
            shared = self._join()
            runner = Runner(shared.connection, self._pool.flavor, tenant, write=True)
            try:
                with nullcontext() if shared.units == 1 else runner.savepoint():
                    yield self._made(runner)
                    runner.write_counts()
                    shared.connection.require_intact()
            except Exception as error:
                failure = error
            except BaseException:
                self._lose(shared)
                raise
            finally:
                runner.open = False
            told = self._leave_or_end(shared, runner, failed=failure is not None)
        if told is not None:
            self._wait(shared, told)
        if failure is not None:
            try:
                self._raise(runner, failure)
            finally:
                del failure  # It knows this frame, which knows it.

    def _join(self) -> _SharedTransaction:
        """The transaction that was left to us, or a new one. Raises Serialization while another process writes."""
        shared, self._left = self._left, None
        if shared is None:
            shared = _SharedTransaction(self._pool.take())
            try:
                Runner(shared.connection, self._pool.flavor, "", write=True).begin()
            except BaseException:
                self._lose(shared)
                raise
        shared.units += 1
        return shared

    def _leave_or_end(self, shared: _SharedTransaction, runner: Runner, *, failed: bool) -> "Lock | None":
        """What to wait for, None if it has ended."""
        if failed and (shared.units == 1 or not shared.connection.intact()):
            self._lose(shared)
            return None
        if self.lock.waiting and shared.may_grow(self.young):
            self._left = shared
            return shared.wait()
        self._commit(shared, runner)
        return None

    def _commit(self, shared: _SharedTransaction, runner: Runner) -> None:
        try:
            runner.commit()
        except BaseException:
            self._lose(shared)
            raise
        self._pool.give_back(shared.connection)
        shared.end(lost=False)

    def _lose(self, shared: _SharedTransaction) -> None:
        """Undo all of it."""
        try:
            shared.connection.rollback()
        finally:
            self._pool.give_back(shared.connection)
            shared.end(lost=True)

    @staticmethod
    def _raise(runner: Runner, failure: Exception) -> NoReturn:
        """What a unit failed by; a lost race as what it is."""
        lost = runner.lost(failure)
        try:
            if lost is None:
                raise failure
            raise lost from failure
        finally:
            del failure, lost

    def _wait(self, shared: _SharedTransaction, told: Lock) -> None:
        """Until it has ended. Raises Serialization when nothing of it was kept."""
        while not told.acquire(timeout=_PATIENCE):
            with self.lock:
                if self._left is shared:
                    self._left = None
                    self._commit(shared, Runner(shared.connection, self._pool.flavor, "", write=True))
        if shared.lost:
            raise Serialization("the transaction that this unit shared with others could not be committed")
