"""Writing where the database takes one writer at a time: in order, and with one COMMIT for several units.

A commit that survives a power loss waits for the disk, and costs more than all statements of a unit together (decision
0012). While others wait for their turn, a unit that is done therefore leaves its transaction open for the next one,
which works behind a savepoint; the last one commits for all. What is promised:

- No unit ends before everything that it wrote *and everything that it saw* is durable. This holds for a refusal too:
  "that name is taken" is only true if the resource that has the name was kept.
- What one unit does wrong is undone to its savepoint, and the others are kept.
- If the COMMIT fails, if a host ends the transaction, or if a thread is interrupted, nothing of the transaction is
  kept. The unit that did it gets its own error; all others get `Serialization`, and the service runs them again.
- A unit with nobody behind it begins and commits at once, without a savepoint.
"""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from threading import Lock, get_ident
from time import monotonic
from types import TracebackType
from typing import Final, Generic, NoReturn, TypeVar

from scimcore.repository.protocol import Serialization
from scimcore.repository.sql.connections import ConnectionPool, UnitConnection
from scimcore.repository.sql.transactions import StatementRunner

U = TypeVar("U", bound=StatementRunner)

#: A transaction is shared by at most so many units: the first one waits for the last.
_MOST: Final = 16
#: The thread that was to write next may have been interrupted while it waited. Then nobody would commit, so those who
#: wait for the commit look after so many seconds.
_PATIENCE: Final = 0.5

_ALREADY_WRITING = "this thread is writing in a unit already; join its transaction (within=...)"


class FairLock:
    """A lock that threads get in the order in which they asked for it.

    `threading.Lock` goes to a thread that is awake, which is most often the one that has just released it: with eight
    writers some would wait for seconds.
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
        """Wait for this thread's turn."""
        turn = Lock()
        turn.acquire()
        with self._mutex:
            if not self._taken:
                self._taken = True
                return
            self._turns.append(turn)
        try:
            # A lock that is taken already: `release` opens it when it is this thread's turn.
            turn.acquire()
        except BaseException:
            self._leave(turn)
            raise

    def release(self) -> None:
        """Give the lock to the thread that has waited longest."""
        with self._mutex:
            if self._turns:
                # It stays taken: a thread that asks now must not come before the one that is being woken.
                self._turns.popleft().release()
            else:
                self._taken = False

    def _leave(self, turn: Lock) -> None:
        """Stop waiting: a thread that was interrupted would never release what it is given."""
        with self._mutex:
            waits = turn in self._turns
            if waits:
                self._turns.remove(turn)
        if not waits:
            # It had been given the lock already, between the interruption and this line.
            self.release()


class WriteLock:
    """Lets one thread of the process write at a time, where the database takes one writer anyway.

    Threads wait here instead of in SQLite's busy handler, which lets some starve: with eight writers the
    slowest hundredth took 255 to 574 ms there, and 12 to 14 ms here.

    Raises RuntimeError in a thread that would wait for itself.
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
    """Raises RuntimeError in a thread that is writing in a unit and begins another one.

    On SQLite it would wait for itself; on PostgreSQL the second unit would wait for the locks of the first.
    """

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

    __slots__ = ("_ends", "connection", "lost", "since", "units")

    def __init__(self, connection: UnitConnection) -> None:
        self.connection = connection
        self.units = 0
        self.since = monotonic()
        self.lost = False
        self._ends: list[Lock] = []

    def promise_end(self) -> Lock:
        """Return a lock that can be acquired as soon as the transaction has ended.

        (A `threading.Event` does the same in ten times the time.)
        """
        end = Lock()
        end.acquire()
        self._ends.append(end)
        return end

    def end(self, *, lost: bool) -> None:
        """Wake everybody who waits for the end."""
        self.lost = lost
        for end in self._ends:
            end.release()

    def may_grow(self, young: float) -> bool:
        """True if another unit may join."""
        return self.units < _MOST and monotonic() - self.since < young


class GroupCommit(Generic[U]):
    """Units that write, on a database that takes one writer at a time. See the top of this module.

    `young`: seconds. An older transaction is not left to another unit, because those who wrote in it wait for its end,
    and other processes wait for all of them.
    """

    def __init__(
        self, pool: ConnectionPool, make: Callable[[UnitConnection, str, bool], U], *, young: float = 0.01
    ) -> None:
        self._pool = pool
        self._make = make
        self.young = young
        #: Held by the thread whose unit is writing.
        self.lock = WriteLock()
        #: A transaction that is open and that no unit works in. Only the holder of the lock looks at it.
        self._left: _SharedTransaction | None = None

    @property
    def waiting(self) -> int:
        """The number of units that wait for their turn."""
        return self.lock.waiting

    @contextmanager
    def unit(self, tenant: str) -> Iterator[U]:
        """A transaction of that tenant, or a part of one that others share."""
        failure: Exception | None = None
        # The process's lock before the connection: in the other order waiting threads would use up the pool.
        with self.lock:
            shared = self._join()
            unit = self._make(shared.connection, tenant, True)
            try:
                with nullcontext() if shared.units == 1 else unit.savepoint():
                    yield unit
                    unit.write_counts()
                    shared.connection.require_intact()
            except Exception as error:
                failure = error
            except BaseException:
                # An interruption may have come between any two steps, so nothing of the transaction can be trusted.
                self._lose(shared)
                raise
            finally:
                unit.open = False
            end = self._leave_or_end(shared, failed=failure is not None)
        # Outside of the lock, or nobody could come and commit.
        if end is not None:
            self._wait(shared, end)
        if failure is not None:
            try:
                self._raise(shared.connection, failure)
            finally:
                # The error's traceback refers to this frame and this frame to the error: the cycle would keep the
                # request's objects until the garbage collector runs.
                del failure

    def _join(self) -> _SharedTransaction:
        """Return the transaction that was left open, or a new one. Raises Serialization if another process writes."""
        shared, self._left = self._left, None
        if shared is None:
            shared = _SharedTransaction(self._pool.take())
            try:
                shared.connection.begin(write=True)
            except BaseException:
                self._lose(shared)
                raise
        shared.units += 1
        return shared

    def _leave_or_end(self, shared: _SharedTransaction, *, failed: bool) -> "Lock | None":
        """Leave the transaction to the next unit, and return what to wait for; or end it, and return None."""
        if failed and (shared.units == 1 or not shared.connection.intact()):
            # The first unit has no savepoint that it could be undone to.
            self._lose(shared)
            return None
        if self.lock.waiting and shared.may_grow(self.young):
            self._left = shared
            return shared.promise_end()
        self._commit(shared)
        return None

    def _commit(self, shared: _SharedTransaction) -> None:
        try:
            shared.connection.commit()
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
    def _raise(connection: UnitConnection, failure: Exception) -> NoReturn:
        """Raise the error that a unit failed by; a lost race as `Serialization`, an outage as `Unavailable`."""
        failed = connection.failed(failure)
        try:
            if failed is None:
                raise failure
            raise failed from failure
        finally:
            del failure, failed

    def _wait(self, shared: _SharedTransaction, end: Lock) -> None:
        """Wait until the transaction has ended. Raises Serialization when nothing of it was kept."""
        while not end.acquire(timeout=_PATIENCE):
            with self.lock:
                # Still there: the thread that was to take it over was interrupted, so this one commits for all.
                if self._left is shared:
                    self._left = None
                    self._commit(shared)
        if shared.lost:
            raise Serialization("the transaction that this unit shared with others could not be committed")
