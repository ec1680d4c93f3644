"""Connections as units use them: SQLAlchemy's for the host, the driver's cursor for us, one transaction for both."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from random import uniform
from time import monotonic, sleep
from typing import Any, Final, cast

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import RootTransaction
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from scimcore.repository.protocol import Serialization
from scimcore.repository.sql.flavors import Flavor

#: Seconds that a writer on SQLite waits for those of other processes.
PATIENCE: Final = 10
_WAIT: Final = f"PRAGMA busy_timeout={PATIENCE * 1000}"
#: Seconds between two looks whether another process has done writing.
_STEP: Final = (0.0005, 0.0015)

#: SQLite, set on every connection. FULL: what was acknowledged survives a power loss. The log is brought into the
#: database every 16 MB: a page of an index that many writes touch is then written there once for all of them.
PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "wal_autocheckpoint=4000",
    "foreign_keys=ON",
    f"busy_timeout={PATIENCE * 1000}",
    "temp_store=MEMORY",
    # Negative for kibibytes, for each connection. More does not pay: whatever is kept is dropped when another
    # connection commits, and the operating system has the pages anyway.
    "cache_size=-2000",
)
_PREPARED = "scimcore"
#: Says of a connection that it is without a transaction although a unit reads with it.
_ALONE = "scimcore reads alone"
_ENDED = "the unit's transaction was ended by somebody else; nothing of the unit was kept"


class UnitConnection:
    """One connection and its cursor. `connection` is what a host is given as the transaction."""

    __slots__ = ("_begun", "_flavor", "_patient", "_write", "connection", "cursor", "errors", "raw")

    def __init__(self, connection: Connection, flavor: Flavor) -> None:
        self.connection = connection
        self.raw = cast("Any", connection.connection.driver_connection)
        self.cursor: Any = self.raw.cursor()
        self.errors: type[Exception] = connection.dialect.dbapi.Error  # type: ignore[union-attr]  # there is a driver
        self._flavor = flavor
        self._begun: RootTransaction | None = None
        self._write = True
        self._patient = True

    def joined(self, begun: RootTransaction) -> None:
        """The host began this transaction, and ends it."""
        self._begun = begun

    def begin(self, *, write: bool, still: bool = False) -> None:
        """Open a transaction, below SQLAlchemy's sight: most units never need it."""
        self._write = write
        if self._flavor.reads_alone:
            self._alone(not (write or still))
            if still:
                self.cursor.execute(self._flavor.begin_still)
            return
        self._waits(not write)
        if write:
            self._begin_in_turn()
        else:
            self.cursor.execute(self._flavor.begin_read)

    def _begin_in_turn(self) -> object:
        """Begin to write on SQLite, where another process may be writing.

        Left to itself SQLite looks again after steps that grow to a tenth of a second, while whoever has just written
        is there first again and again. Steps that stay short give all of them the same chance.
        """
        last = monotonic() + PATIENCE
        while True:
            try:
                return self.cursor.execute(self._flavor.begin_write)
            except self.errors as error:
                if monotonic() > last or not isinstance(self._flavor.translate(error), Serialization):
                    raise
            sleep(uniform(*_STEP))  # noqa: S311

    def _waits(self, patient: bool) -> None:
        """Whether SQLite itself waits for other processes. Set only when it changes; who writes is past waiting."""
        if self._patient is not patient:
            self.cursor.execute(_WAIT if patient else "PRAGMA busy_timeout=0")
            self._patient = patient

    def begin_joined(self) -> None:
        """See that there is a transaction which a savepoint can be made in, where the driver would not begin one."""
        if self._flavor.begin_write:
            # The driver begins only with the first INSERT; a savepoint before that would be a transaction of its own.
            if not self.raw.in_transaction:
                self.cursor.execute(self._flavor.begin_write)
        elif self.connection.info.get(_ALONE) and not self.raw.info.transaction_status:
            self.cursor.execute("BEGIN")

    def shared(self) -> Connection:
        """The connection for the host, in the same transaction.

        SQLAlchemy is told that it has begun, so that a stray `with connection.begin()` is refused instead of
        committing half a unit. A unit that only reads has no halves, and telling takes as long as a statement.
        """
        if self._begun is None and self._write:
            self._begun = self.connection.begin()
        return self.connection

    def commit(self) -> None:
        """Keep what was done. Raises RuntimeError when the host has ended the transaction behind our back."""
        begun, self._begun = self._begun, None
        if begun is None and not self._write:
            # The host may have had SQLAlchemy begin by itself.
            begun = self.connection.get_transaction()
        if begun is None:
            self.raw.commit()
            return
        if not self._is_open(begun):
            self.connection.rollback()
            raise RuntimeError(_ENDED)
        begun.commit()

    def intact(self) -> bool:
        """Whether the transaction is still open, and the one that was begun. Of SQLite only."""
        return bool(self.raw.in_transaction) and (self._begun is None or self._is_open(self._begun))

    def require_intact(self) -> None:
        """Raises RuntimeError when the host has ended the transaction behind our back."""
        if not self.intact():
            raise RuntimeError(_ENDED)

    def _is_open(self, begun: RootTransaction) -> bool:
        return begun.is_active and self.connection.get_transaction() is begun

    def rollback(self) -> None:
        """Undo what was done."""
        self._begun = None
        if not self.alive():
            return
        if self.connection.get_transaction() is not None:
            # Also after a commit that failed: SQLAlchemy still holds its transaction then.
            self.connection.rollback()
        self.raw.rollback()

    def alive(self) -> bool:
        """Whether it can be used again."""
        return not getattr(self.raw, "closed", False) and not self.connection.invalidated

    def close(self) -> None:
        """Give the connection back to its engine."""
        if not self.alive():
            # Our cursor found out that the server is gone, so SQLAlchemy does not know. Left to itself it would try to
            # roll back, and that error would hide the first one.
            self.connection.invalidate()
        elif self._flavor.reads_alone:
            self._alone(False)
        else:
            self._waits(True)
        self.connection.close()

    def _alone(self, alone: bool) -> None:
        if self.raw.autocommit is not alone:
            self.raw.autocommit = self.connection.info[_ALONE] = alone


class ConnectionPool:
    """The connections that wait for the next unit; at most `keep` of them."""

    def __init__(self, engine: Engine, flavor: Flavor, keep: int) -> None:
        self._engine = engine
        self.flavor = flavor
        self._keep = keep
        self._idle: deque[UnitConnection] = deque()
        if flavor.name == "sqlite":
            event.listen(engine, "connect", _prepare)

    def take(self) -> UnitConnection:
        """One that nobody uses."""
        while self._idle:
            try:
                idle = self._idle.pop()
            except IndexError:
                # Another thread took the last one between the two lines above.
                break
            if idle.alive():
                return idle
            idle.close()
        connection = self._engine.connect()
        self.ready(connection)
        return UnitConnection(connection, self.flavor)

    def give_back(self, connection: UnitConnection) -> None:
        """It is free again."""
        alive = connection.alive()
        if alive and len(self._idle) < self._keep:
            self._idle.append(connection)
            return
        if not alive:
            # The server may have gone, and those that wait with it.
            self.close()
        connection.close()

    def close(self) -> None:
        """Close those that wait."""
        while self._idle:
            self._idle.pop().close()

    def ready(self, connection: Connection) -> None:
        """See that the connection is set up. Raises RuntimeError for one of SQLite's that cannot be any more."""
        if self.flavor.name != "sqlite" or _PREPARED in connection.info:
            return
        raw: Any = connection.connection.driver_connection
        if not raw.in_transaction:
            _prepare(raw)
        elif raw.execute("PRAGMA foreign_keys").fetchone()[0] == 0:
            raise RuntimeError(
                "PRAGMA foreign_keys is off on this connection; make the SqlRepository of its engine first"
            )
        connection.info[_PREPARED] = True


def _prepare(raw: Any, record: Any = None) -> None:
    cursor = raw.cursor()
    for pragma in PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
    if record is not None:
        record.info[_PREPARED] = True


@contextmanager
def unreachable() -> Iterator[None]:
    """Turns what SQLAlchemy and the drivers raise inside into an OSError that says it in a line."""
    try:
        yield
    except DBAPIError as error:
        raise OSError(" ".join(str(error.orig).split())) from error
    except (SQLAlchemyError, ModuleNotFoundError) as error:
        raise OSError(f"this database cannot be used: {error}") from error
