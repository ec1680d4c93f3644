"""Connections as units use them: SQLAlchemy's for the host, the driver's cursor for us, one transaction for both."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from random import uniform
from time import monotonic, sleep
from typing import Any, Final, cast

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import RootTransaction
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from scimcore.repository.protocol import RepositoryError, Serialization, Unavailable
from scimcore.repository.sql.flavors import Flavor

#: Seconds that a writer on SQLite waits for those of other processes.
PATIENCE: Final = 10
_WAIT: Final = f"PRAGMA busy_timeout={PATIENCE * 1000}"
#: Seconds between two attempts to write while another process is writing.
_PAUSE: Final = (0.0005, 0.0015)

#: SQLite, set on every connection. FULL: what was acknowledged survives a power loss. The log is brought into the
#: database every 16 MB: a page of an index that many writes touch is then written there once for all of them.
PRAGMAS = (
    # First: several processes that start on a new database wait for each other when they switch it to WAL.
    f"busy_timeout={PATIENCE * 1000}",
    "journal_mode=WAL",
    "synchronous=FULL",
    "wal_autocheckpoint=4000",
    "foreign_keys=ON",
    # What is deleted or shortened is overwritten with zeros, or a name would stand in the file until its page is used
    # again. It costs little: the pages are written anyway.
    "secure_delete=ON",
    "temp_store=MEMORY",
    # Negative for kibibytes, for each connection. More does not pay: whatever is kept is dropped when another
    # connection commits, and the operating system has the pages anyway.
    "cache_size=-2000",
)
#: Seconds. Somebody may read just when the log is to be emptied: the next unit tries again, but not each at once; and a
#: process that never forgets anybody empties the log for those that were stopped before they could.
_RETRY, _ANYWAY = 0.2, 30
#: Milliseconds that emptying the log waits for those who read.
_MOMENT = 100
_PREPARED = "scimcore"
#: The `UnitConnection` that works with a connection of the pool.
_USED_BY = "scimcore uses"
#: Says of a connection that it is without a transaction although a unit reads with it.
_ALONE = "scimcore reads alone"
_ENDED = "the unit's transaction was ended by somebody else; nothing of the unit was kept"


class UnitConnection:
    """One connection and its cursor. `connection` is what a host is given as the transaction."""

    __slots__ = ("_begun", "_flavor", "_patient", "_write", "connection", "cursor", "erased", "errors", "raw")

    def __init__(self, connection: Connection, flavor: Flavor) -> None:
        self.connection = connection
        self.raw = cast("Any", connection.connection.driver_connection)
        self.cursor: Any = self.raw.cursor()
        self.errors: type[Exception] = connection.dialect.dbapi.Error  # type: ignore[union-attr]  # there is a driver
        self._flavor = flavor
        self._begun: RootTransaction | None = None
        self._write = True
        self._patient = True
        #: True from when a unit forgets somebody until the log is emptied of what was there before.
        self.erased = False

    def begin(self, *, write: bool, still: bool = False) -> None:
        """Open a transaction, below SQLAlchemy's sight. `still`: it sees one moment only, whatever others commit.

        Raises Serialization where another process writes for too long.
        """
        self._write = write
        try:
            if self._flavor.reads_alone:
                self._set_alone(not (write or still))
                if still:
                    self.cursor.execute(self._flavor.begin_still)
                return
            self._set_patient(not write)
            if write:
                self._begin_immediate()
            else:
                self.cursor.execute(self._flavor.begin_read)
        except self.errors as error:
            raise self.ours(error) from error

    def _begin_immediate(self) -> object:
        """Begin to write on SQLite, where another process may be writing.

        Left to itself SQLite tries again after pauses that grow to a tenth of a second, while the process that has just
        written is there first again and again. Pauses that stay short give all processes the same chance.
        """
        last = monotonic() + PATIENCE
        while True:
            try:
                return self.cursor.execute(self._flavor.begin_write)
            except self.errors as error:
                if monotonic() > last or not isinstance(self._flavor.translate(error), Serialization):
                    raise
            sleep(uniform(*_PAUSE))  # noqa: S311

    def _set_patient(self, patient: bool) -> None:
        """Let SQLite itself wait for other processes, or not: `_begin_immediate` waits better.

        A reader must wait, because WAL recovery and a checkpoint lock it out for a moment. The PRAGMA costs as much
        as a statement, so it is run only when the kind of unit changes.
        """
        if self._patient is not patient:
            self.cursor.execute(_WAIT if patient else "PRAGMA busy_timeout=0")
            self._patient = patient

    def _set_alone(self, alone: bool) -> None:
        """PostgreSQL: let every statement be a transaction of its own, or not."""
        if self.raw.autocommit is not alone:
            self.raw.autocommit = self.connection.info[_ALONE] = alone

    def join(self, begun: RootTransaction) -> None:
        """Work in the transaction that the host began, and that the host ends."""
        self._begun = begun
        if self._flavor.begin_write:
            # SQLite's driver begins with the first INSERT only: SQLAlchemy believes in a transaction that is not there
            # yet, and a savepoint outside of a transaction is a transaction of its own.
            if not self.raw.in_transaction:
                self.cursor.execute(self._flavor.begin_write)
        elif self.connection.info.get(_ALONE) and not self.raw.info.transaction_status:
            # The transaction of a unit that reads alone: psycopg begins none in autocommit.
            self.cursor.execute("BEGIN")

    def shared(self) -> Connection:
        """Return the connection for the host, in the same transaction.

        SQLAlchemy is told that it has begun, so that a stray `with connection.begin()` is refused instead of
        committing half a unit. A unit that only reads has no halves, and telling takes as long as a statement.
        """
        if self._begun is None and self._write:
            self._begun = self.connection.begin()
        return self.connection

    def commit(self) -> None:
        """Keep what was done. Raises RuntimeError if the host has ended the transaction.

        Raises Serialization if the store finds only now that it cannot keep this unit apart from another one.
        """
        begun, self._begun = self._begun, None
        if self.connection.closed:
            raise RuntimeError(_ENDED)
        if begun is None and not self._write:
            # The host may have had SQLAlchemy begin by itself.
            begun = self.connection.get_transaction()
        try:
            if begun is None:
                self.raw.commit()
            elif self._is_open(begun):
                begun.commit()
            else:
                self.connection.rollback()
                raise RuntimeError(_ENDED)
        except self.errors as error:
            raise self.ours(error) from error
        except DBAPIError as error:
            failed = self.failed(error)
            if failed is None:
                raise
            raise failed from error

    def rollback(self) -> None:
        """Undo what was done."""
        self._begun = None
        if not self.alive():
            return
        try:
            if self.connection.get_transaction() is not None:
                # Also after a commit that failed: SQLAlchemy still has its transaction then.
                self.connection.rollback()
            self.raw.rollback()
        except (DBAPIError, self.errors) as error:
            # A store that went away in between would hide the unit's own error behind one that nobody knows.
            gone = self.failed(error)
            if gone is None:
                raise
            raise gone from error

    def intact(self) -> bool:
        """SQLite only: True if the transaction is still open, and still the one that was begun."""
        # A closed connection first: the driver refuses to say anything about its transaction.
        return self.alive() and bool(self.raw.in_transaction) and (self._begun is None or self._is_open(self._begun))

    def require_intact(self) -> None:
        """Raise RuntimeError if the host has ended the transaction."""
        if not self.intact():
            raise RuntimeError(_ENDED)

    def _is_open(self, begun: RootTransaction) -> bool:
        return begun.is_active and self.connection.get_transaction() is begun

    def alive(self) -> bool:
        """True if the connection can be used again."""
        # `connection.closed` is what a host did (`with connection:`). The driver's connection may be whole then, but it
        # is the pool's again, and perhaps somebody else's.
        gone = self.connection.closed or self.connection.invalidated
        return not gone and not getattr(self.raw, "closed", False)

    def stop(self) -> None:
        """Run no further statement: the host has given the connection back to the pool in the middle of the unit.

        Without this the rest of the unit would be written in the transaction of whoever takes the connection next.
        """
        with suppress(self.errors):
            if self._flavor.reads_alone:
                self.raw.autocommit = False
            else:
                self.cursor.execute(_WAIT)
        self.cursor.close()

    def say(self, sql: str) -> None:
        """Run a statement without parameters and without an answer."""
        try:
            self.cursor.execute(sql)
        except self.errors as error:
            raise self.ours(error, before_commit=True) from error

    def ours(self, error: Exception, *, before_commit: bool = False) -> Exception:
        """Return the repository error that the driver's error stands for, and the error itself where there is none.

        `before_commit`: the connection may have broken; then nothing was kept, and another one may do.
        """
        if self.connection.closed:
            # The host's mistake would be made again by every attempt, so this is no lost race.
            return RuntimeError(_ENDED)
        found = self._flavor.translate(error)
        # Broken before `Unavailable`: a connection that idled while the server restarted says nothing of the server.
        # The next attempt opens another one, and finds out.
        if (found is None or isinstance(found, Unavailable)) and before_commit and not self.alive():
            found = Serialization(str(error))
        return error if found is None else found

    def empty_log(self) -> bool:
        """SQLite: bring the write-ahead log into the database and cut it to nothing. False if somebody reads in it."""
        try:
            self.cursor.execute(f"PRAGMA busy_timeout={_MOMENT}")
            self._patient = False
            busy, _, _ = self.cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except self.errors:
            # Nothing is lost: the commit has been before, and the next unit tries again.
            return False
        finally:
            with suppress(self.errors):
                self.cursor.execute("PRAGMA busy_timeout=0")
        return not busy

    def failed(self, error: BaseException) -> RepositoryError | None:
        """Return the lost race or the outage that the error stands for; the driver's error or SQLAlchemy's."""
        found = self._flavor.translate(getattr(error, "orig", None) or error)
        return found if isinstance(found, Serialization | Unavailable) else None

    def failed_or_broken(self, error: BaseException) -> RepositoryError | None:
        """The same; a connection that broke before the commit is a lost race too, because nothing was kept."""
        broken = isinstance(error, (DBAPIError, self.errors)) and not (self.connection.closed or self.alive())
        return Serialization(str(error)) if broken else self.failed(error)

    def close(self) -> None:
        """Give the connection back to its engine, set up as SQLAlchemy expects it."""
        if self.connection.closed:
            return
        if not self.alive():
            # Our cursor found out that the server is gone, so SQLAlchemy does not know. Left to itself it would try to
            # roll back, and that error would hide the first one.
            self.connection.invalidate()
        else:
            # Not before: an invalidated connection would be opened anew by the question for its `info`.
            self.connection.info.pop(_USED_BY, None)
            if self._flavor.reads_alone:
                self._set_alone(False)
            else:
                self._set_patient(True)
        self.connection.close()


class ConnectionPool:
    """The connections that wait for the next unit; at most `keep` of them."""

    def __init__(self, engine: Engine, flavor: Flavor, keep: int) -> None:
        self._engine = engine
        self.flavor = flavor
        self._keep = keep
        self._idle: deque[UnitConnection] = deque()
        #: When SQLite's log is emptied next: what was forgotten stands in it until then.
        self._clean_at = monotonic() + _ANYWAY
        event.listen(engine, "checkin", _stop_using)
        if flavor.name == "sqlite":
            event.listen(engine, "connect", _prepare)

    def take(self) -> UnitConnection:
        """Return a connection that nobody uses. Raises `Unavailable` if the store is away."""
        while self._idle:
            try:
                idle = self._idle.pop()
            except IndexError:
                # Another thread took the last one between the two lines above.
                break
            if idle.alive():
                return idle
            idle.close()
        return self._open()

    def _open(self) -> UnitConnection:
        """Open one. Raises `Unavailable` where the store is away, or the host's pool has none left."""
        try:
            connection = self._engine.connect()
            self.ready(connection)
            taken = UnitConnection(connection, self.flavor)
            connection.info[_USED_BY] = taken
            return taken
        except PoolTimeout as error:
            raise Unavailable(str(error)) from error
        except Exception as error:
            # The driver's own error where our PRAGMAs failed, SQLAlchemy's where the connection did.
            found = self.flavor.translate(getattr(error, "orig", None) or error)
            if found is None:
                raise
            raise found from error

    def give_back(self, connection: UnitConnection) -> None:
        """It is free again."""
        alive = connection.alive()
        if alive and self.flavor.one_writer:
            self._clean(connection)
        if alive and len(self._idle) < self._keep:
            self._idle.append(connection)
            return
        if not alive:
            # The server may have gone, and those that wait with it.
            self.close()
        connection.close()

    def forgotten(self, connection: UnitConnection) -> None:
        """A unit on this connection has forgotten somebody, in a transaction that the host ends."""
        if connection.erased:
            self._clean_at = 0.0

    def _clean(self, connection: UnitConnection) -> None:
        """Empty SQLite's log of what was forgotten: at once, or with the next unit where somebody was reading in it."""
        if connection.erased or monotonic() >= self._clean_at:
            connection.erased = False
            self._clean_at = monotonic() + (_ANYWAY if connection.empty_log() else _RETRY)

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


def _stop_using(raw: Any, record: Any) -> None:
    # Our own way back (`close`) has removed the entry, so whoever is found here did not know.
    used_by = record.info.pop(_USED_BY, None)
    if used_by is not None and raw is not None:
        used_by.stop()


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
