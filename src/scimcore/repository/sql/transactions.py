"""Units in SQL: how a statement gets to the database, and what a transaction promises.

Theory of operation
===================

A request makes one unit, and a unit runs between two and ten small statements. SQLite answers such a statement in less
time than SQLAlchemy takes to execute it (measured: 5 to 12 times the driver's time, depending on how the connection is
checked out). So SQLAlchemy *writes* every statement, and the driver's cursor *runs* it. A host that looks into its own
tables in the same transaction still gets a complete SQLAlchemy `Connection`. Five pieces do this:

1. **Statements** (`statements`). A statement is built and compiled once; what is kept is its text and the order of its
   parameters. This is safe because the text depends on the flavor and on nothing else: every value, the tenant too, is
   a parameter. SQLAlchemy's result processing is not needed, because the tables have only texts and whole numbers, for
   which both drivers return what was stored. `tables` must stay that way.

2. **Connections** (`connections`). SQLAlchemy's pool opens and owns them. `ConnectionPool` keeps some checked out, with
   their cursor, because a check-out and a check-in cost as much as four statements. It takes at most half of what a
   host's pool holds. The `with` block that takes a connection gives it back when the transaction has ended;
   a connection that broke is not given back but invalidated. A unit has its connection to itself.

3. **Begin and end** (`Transaction`). SQLAlchemy and the drivers begin a transaction by themselves when they see the
   first statement that they take for a write; we begin explicitly, or not at all:

   - *SQLite, writing*: BEGIN IMMEDIATE. A transaction that begins by reading and then writes fails at once when another
     one wrote in between, whatever the busy timeout is. Taking the write lock first makes every reading in it current.
   - *SQLite, reading*: BEGIN, so that all statements of the unit see one moment.
   - *PostgreSQL, writing*: psycopg begins with the first statement. The isolation is READ COMMITTED: each statement
     sees what was committed before it. What must not change in between is locked (`get` with `lock`), compared by the
     version in the UPDATE, or protected by a guard row. SERIALIZABLE works too; units that lose are run again.
   - *PostgreSQL, reading*: autocommit, one trip for a statement and none for BEGIN and COMMIT. A unit that reads
     several times may therefore see two moments; `snapshot` sees one.

   SQLAlchemy does not know of a transaction that began below it. It is told (`connection.begin()`) when the host asks
   for the connection in a unit that writes, so that a stray `with connection.begin()` of the host is refused.

4. **Locks are taken in one order**, or two units could wait for each other for ever: the process's write lock (SQLite)
   before the connection; the resource of the request before guards; groups and the targets of links in the order of
   their ids; and when everything else is done, the rows of `scim_count` in the order of their keys (`write_counts`).
   A unit that has a count is about to commit, so nobody waits long for these busiest rows. Where two units meet
   crosswise all the same, PostgreSQL ends one of them (40P01), and the service runs it again.

5. **Errors.** A driver's error becomes one of the five of `protocol` where it means one of them (`Flavor.translate`),
   and passes on as it is otherwise. A connection that breaks *before* COMMIT was sent has changed nothing, so this is
   `Serialization` too. One that breaks *in* COMMIT may have changed everything: the error passes on, because running
   the unit again could do its work twice.

Several units share one transaction and one COMMIT where writers queue: see `group_commit`.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import Connection

from scimcore.repository.sql.connections import ConnectionPool, UnitConnection
from scimcore.repository.sql.counting import ADD, Differences, rows
from scimcore.repository.sql.flavors import Flavor
from scimcore.repository.sql.statements import CompiledStatement, SqlStatement

U = TypeVar("U", bound="StatementRunner")

#: What units that only read have added and removed. Shared, because nobody writes into it.
_NO_DIFFERENCES: Final[Differences] = Counter()


class StatementRunner:
    """Runs statements on the driver's cursor, for one tenant. The parts of a unit derive from it.

    All methods take values by the names of the statement's parameters; the tenant is added.
    """

    def __init__(self, connection: UnitConnection, flavor: Flavor, tenant: str, *, write: bool) -> None:
        self._connection = connection
        # Looked up once: a unit executes more often than it is made.
        self._execute = connection.cursor.execute
        self._errors = connection.errors
        self._flavor_name = flavor.name
        self.flavor = flavor
        self.tenant = tenant
        self.write = write
        # A host that keeps a unit and uses it later would write into the transaction of another request.
        #: False once the unit has ended: its connection may be another unit's by then.
        self.open = True
        #: How many resources there are more or fewer than before, for `write_counts`.
        self.counted: Differences = Counter() if write else _NO_DIFFERENCES
        self._savepoints = 0

    @property
    def transaction(self) -> Connection:
        """The SQLAlchemy connection, for the host's own tables. Raises RuntimeError once the unit has ended."""
        if not self.open:
            raise RuntimeError("this unit has ended, and its transaction with it")
        return self._connection.shared()

    def fetch_one(self, statement: SqlStatement, **values: Any) -> Any:
        """Return the first row, None if there is none."""
        values["tenant"] = self.tenant
        compiled = statement.compiled.get(self._flavor_name) or statement.on(self.flavor)
        if compiled.constants:
            values = {**compiled.constants, **values}
        try:
            return self._execute(compiled.sql, compiled.parameters(values)).fetchone()
        except self._errors as error:
            raise self._connection.ours(error, before_commit=True) from error

    def fetch_all(self, statement: SqlStatement, **values: Any) -> list[Any]:
        """Return all rows."""
        values["tenant"] = self.tenant
        return self.run(statement.compiled.get(self._flavor_name) or statement.on(self.flavor), values)

    def run(self, compiled: CompiledStatement, values: Mapping[str, Any]) -> list[Any]:
        """Return all rows of a statement that is compiled already; `values` include the tenant."""
        if compiled.constants:
            values = {**compiled.constants, **values}
        try:
            rows: list[Any] = self._execute(compiled.sql, compiled.parameters(values)).fetchall()
        except self._errors as error:
            raise self._connection.ours(error, before_commit=True) from error
        return rows

    def change(self, statement: SqlStatement, **values: Any) -> int:
        """Return how many rows the statement changed."""
        # Checked here and not by the database: PostgreSQL in autocommit would simply write.
        self.require_writable()
        values["tenant"] = self.tenant
        compiled = statement.compiled.get(self._flavor_name) or statement.on(self.flavor)
        if compiled.constants:
            values = {**compiled.constants, **values}
        try:
            return int(self._execute(compiled.sql, compiled.parameters(values)).rowcount)
        except self._errors as error:
            raise self._connection.ours(error, before_commit=True) from error

    def change_each(self, statement: SqlStatement, rows: Iterable[Mapping[str, Any]]) -> None:
        """Run the statement for each of the rows."""
        self.require_writable()
        compiled = statement.compiled.get(self._flavor_name) or statement.on(self.flavor)
        known = {**compiled.constants, "tenant": self.tenant}
        parameters = [compiled.parameters({**known, **row}) for row in rows]
        try:
            self._connection.cursor.executemany(compiled.sql, parameters)
        except self._errors as error:
            raise self._connection.ours(error, before_commit=True) from error

    def fetch_changed(self, statement: SqlStatement, **values: Any) -> list[Any]:
        """Return the rows that the statement changed, as its RETURNING says."""
        self.require_writable()
        return self.fetch_all(statement, **values)

    def require_writable(self) -> None:
        """Raise RuntimeError in a unit that only reads, and in one that has ended."""
        if not (self.write and self.open):
            raise RuntimeError("this unit only reads, or has ended; open it with write=True")

    def write_counts(self) -> None:
        """Write how many resources there are more or fewer: the last thing before the end."""
        # Most writes add and remove nothing. The counts are taken away first, so that calling it twice counts once.
        if self.counted:
            added, self.counted = rows(self.counted, self.tenant), Counter()
            self.change_each(ADD, added)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """What happens inside is undone when the block raises."""
        self._savepoints += 1
        name = f"scim_{self._savepoints}"
        self._connection.say(f"SAVEPOINT {name}")
        # What is undone in the database has to be undone here too.
        counted = self.counted.copy()
        try:
            yield
        except BaseException:
            self.counted = counted
            # Where the transaction itself is gone, what ended it tells more than that there is nothing to undo.
            with suppress(self._errors):
                self._execute(f"ROLLBACK TO SAVEPOINT {name}")
                # ROLLBACK TO leaves the savepoint open.
                self._execute(f"RELEASE SAVEPOINT {name}")
            raise
        self._connection.say(f"RELEASE SAVEPOINT {name}")


class Transaction(Generic[U]):
    """One unit from its beginning to its end: committed when the block ends, undone when it raises.

    `still`: the unit sees one moment only, whatever others commit. Every request has one, which is why this is a class:
    `contextmanager` would cost as much as a statement.
    """

    __slots__ = ("_connection", "_make", "_pool", "_still", "_tenant", "_unit", "_write")

    def __init__(
        self,
        pool: ConnectionPool,
        make: Callable[[UnitConnection, str, bool], U],
        tenant: str,
        *,
        write: bool,
        still: bool = False,
    ) -> None:
        self._pool, self._make = pool, make
        self._tenant, self._write, self._still = tenant, write, still

    def __enter__(self) -> U:
        self._connection = self._pool.take()
        try:
            self._connection.begin(write=self._write, still=self._still)
            self._unit = self._make(self._connection, self._tenant, self._write)
        except BaseException:
            self._undo()
            raise
        return self._unit

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            # Asked before the rollback, which could not tell a broken connection from one that it has just ended.
            failed = self._connection.failed_or_broken(error)
            self._unit.open = False
            self._undo()
            if failed is not None:
                raise failed from error
            return
        try:
            self._unit.write_counts()
            self._connection.commit()
        except BaseException:
            self._undo()
            raise
        finally:
            self._unit.open = False
        self._pool.give_back(self._connection)

    def _undo(self) -> None:
        try:
            self._connection.rollback()
        finally:
            self._pool.give_back(self._connection)
