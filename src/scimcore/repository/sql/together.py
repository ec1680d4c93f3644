"""Writing where there is one writer at a time: in line, and with one COMMIT for several who stand in it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from threading import Lock
from time import monotonic
from typing import Final, NoReturn

from scimcore.repository.protocol import Serialization
from scimcore.repository.sql.base import Runner
from scimcore.repository.sql.handles import Handle, Handles, WriteLock
from scimcore.repository.sql.unit import SqlUnit

#: A transaction is shared by at most so many units.
_MOST: Final = 16
#: Who was to write next may have been interrupted in line; somebody else looks after so many seconds.
_PATIENCE: Final = 0.5


class _Shared:
    """A transaction that several units write in, one after the other."""

    __slots__ = ("_told", "handle", "lost", "since", "units")

    def __init__(self, handle: Handle) -> None:
        self.handle = handle
        self.units = 0
        self.since = monotonic()
        self.lost = False
        self._told: list[Lock] = []

    def wait(self) -> Lock:
        """What can be had as soon as the transaction has ended. (A tenth of what a `threading.Event` takes.)"""
        told = Lock()
        told.acquire()
        self._told.append(told)
        return told

    def end(self, *, lost: bool) -> None:
        """Tell everybody who waits."""
        self.lost = lost
        for told in self._told:
            told.release()

    def may_grow(self, young: float) -> bool:
        """Whether another unit may join."""
        return self.units < _MOST and monotonic() - self.since < young


class Together:
    """Units that write, on a database that takes one writer at a time.

    While others wait in line, a unit that is done leaves its transaction to the next one, which works in it behind a
    savepoint; the last one commits for all. The disk is waited for once, and no unit ends, well or badly, before what
    it wrote and what it saw is durable. If that fails, all of them have lost a race (`Serialization`).

    `young`: a transaction is left to the next one only while it is not older than so many seconds, for who has written
    waits for those behind, and other processes wait for all of them.
    """

    def __init__(self, handles: Handles, made: Callable[[Runner], SqlUnit], *, young: float = 0.01) -> None:
        self._handles = handles
        self._made = made
        self._young = young
        self._line = WriteLock()
        self._left: _Shared | None = None

    @contextmanager
    def unit(self, tenant: str) -> Iterator[SqlUnit]:
        """A transaction of that tenant, or a part of one that others share."""
        failure: Exception | None = None
        with self._line:
            shared = self._join()
            runner = Runner(shared.handle, self._handles.flavor, tenant, write=True)
            try:
                with nullcontext() if shared.units == 1 else runner.savepoint():
                    yield self._made(runner)
                    runner.settle()
                    shared.handle.require_intact()
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

    def _join(self) -> _Shared:
        """The transaction that was left to us, or a new one. Raises Serialization while another process writes."""
        shared, self._left = self._left, None
        if shared is None:
            shared = _Shared(self._handles.take())
            try:
                Runner(shared.handle, self._handles.flavor, "", write=True).begin()
            except BaseException:
                self._lose(shared)
                raise
        shared.units += 1
        return shared

    def _leave_or_end(self, shared: _Shared, runner: Runner, *, failed: bool) -> "Lock | None":
        """What to wait for, None if it has ended."""
        if failed and (shared.units == 1 or not shared.handle.intact()):
            self._lose(shared)
            return None
        if self._line.waited_for() and shared.may_grow(self._young):
            self._left = shared
            return shared.wait()
        self._commit(shared, runner)
        return None

    def _commit(self, shared: _Shared, runner: Runner) -> None:
        try:
            runner.commit()
        except BaseException:
            self._lose(shared)
            raise
        self._handles.give_back(shared.handle)
        shared.end(lost=False)

    def _lose(self, shared: _Shared) -> None:
        """Undo all of it."""
        try:
            shared.handle.rollback()
        finally:
            self._handles.give_back(shared.handle)
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

    def _wait(self, shared: _Shared, told: Lock) -> None:
        """Until it has ended. Raises Serialization when nothing of it was kept."""
        while not told.acquire(timeout=_PATIENCE):
            with self._line:
                if self._left is shared:
                    self._left = None
                    self._commit(shared, Runner(shared.handle, self._handles.flavor, "", write=True))
        if shared.lost:
            raise Serialization("the transaction that this unit shared with others could not be committed")
