"""One unit from its beginning to its end. Every request has one, which is why this is no generator."""

from collections.abc import Callable
from types import TracebackType

from scimcore.repository.sql.connections import ConnectionPool
from scimcore.repository.sql.runner import Runner
from scimcore.repository.sql.unit import SqlUnit


class Transaction:
    """Committed when the block ends, undone when it raises. `still`: it sees one moment only."""

    __slots__ = ("_connection", "_made", "_pool", "_runner", "_still", "_tenant", "_write")

    def __init__(
        self, pool: ConnectionPool, made: Callable[[Runner], SqlUnit], tenant: str, *, write: bool, still: bool = False
    ) -> None:
        self._pool, self._made = pool, made
        self._tenant, self._write, self._still = tenant, write, still

    def __enter__(self) -> SqlUnit:
        self._connection = self._pool.take()
        self._runner = Runner(self._connection, self._pool.flavor, self._tenant, write=self._write)
        try:
            self._runner.begin(still=self._still)
        except BaseException:
            self._undo()
            raise
        return self._made(self._runner)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            lost = self._runner.broken(error)
            self._undo()
            if lost is not None:
                raise lost from error
            return
        try:
            self._runner.commit()
        except BaseException:
            self._undo()
            raise
        self._end()

    def _undo(self) -> None:
        try:
            self._connection.rollback()
        finally:
            self._end()

    def _end(self) -> None:
        self._runner.open = False
        self._pool.give_back(self._connection)
