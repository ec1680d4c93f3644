"""What the parts of a unit share: running statements for one tenant."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Final

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from scimcore.repository.protocol import Serialization
from scimcore.repository.sql.connections import UnitConnection
from scimcore.repository.sql.counting import ADD, Differences, rows
from scimcore.repository.sql.flavors import Flavor
from scimcore.repository.sql.statements import CompiledStatement, SqlStatement

#: What units that only read have added and removed.
_NONE: Final[Differences] = Counter()


class Runner:
    """Runs compiled statements on the driver's cursor, for one tenant; turns the driver's errors into ours."""

    def __init__(self, connection: UnitConnection, flavor: Flavor, tenant: str, *, write: bool) -> None:
        self._connection = connection
        self._cursor = connection.cursor
        self._errors = connection.errors
        self.flavor = flavor
        self.tenant = tenant
        self.write = write
        self.open = True
        self.counted: Differences = Counter() if write else _NONE
        #: What came along with resources: see `held`.
        self.held: dict[tuple[str, str], str | None] = {}
        self._savepoints = 0

    def begin(self, *, still: bool = False) -> None:
        """Open the transaction. `still`: it sees one moment only, whatever others commit."""
        try:
            self._connection.begin(write=self.write, still=still)
        except self._errors as error:
            self._raise(error)

    def commit(self) -> None:
        """Keep what was done. The store may still find that it cannot keep this unit apart from another one."""
        self.write_counts()
        try:
            self._connection.commit()
        except self._errors as error:
            self._raise(error)
        except DBAPIError as error:
            lost = self.lost(error)
            if lost is None:
                raise
            raise lost from error

    def lost(self, error: BaseException) -> Serialization | None:
        """The race that was lost in what the host shares, where the error says so, the driver's or SQLAlchemy's."""
        ours = self.flavor.translate(getattr(error, "orig", None) or error)
        return ours if isinstance(ours, Serialization) else None

    def broken(self, error: BaseException) -> Serialization | None:
        """The same where the connection broke before the commit: nothing was kept, and a new one may do."""
        theirs = isinstance(error, (DBAPIError, self._errors))
        return Serialization(str(error)) if theirs and not self._connection.alive() else self.lost(error)

    def write_counts(self) -> None:
        """Write how many resources there are more or fewer: the last thing before the end."""
        if self.counted:
            added, self.counted = rows(self.counted, self.tenant), Counter()
            self.many(ADD.on(self.flavor), added)

    def execute(self, compiled: CompiledStatement, values: Mapping[str, Any]) -> Any:
        """Run it; the cursor to fetch from."""
        try:
            return self._cursor.execute(compiled.sql, compiled.parameters(values))
        except self._errors as error:
            self._raise(error, lost=True)

    def many(self, compiled: CompiledStatement, rows: Iterable[Mapping[str, Any]]) -> None:
        """Run it for each of the rows."""
        try:
            self._cursor.executemany(compiled.sql, [compiled.parameters(row) for row in rows])
        except self._errors as error:
            self._raise(error, lost=True)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """What happens inside is undone when the block raises."""
        self._savepoints += 1
        name = f"scim_{self._savepoints}"
        self._say(f"SAVEPOINT {name}")
        counted = self.counted.copy()
        try:
            yield
        except BaseException:
            self.counted = counted
            # Where the transaction itself is gone, what ended it tells more than that there is nothing to undo.
            with suppress(self._errors):
                self._cursor.execute(f"ROLLBACK TO SAVEPOINT {name}")
                self._cursor.execute(f"RELEASE SAVEPOINT {name}")
            raise
        self._say(f"RELEASE SAVEPOINT {name}")

    def shared(self) -> Connection:
        """The connection for the host. Raises RuntimeError once the unit has ended: it may be another one's by now."""
        if not self.open:
            raise RuntimeError("this unit has ended, and its transaction with it")
        return self._connection.shared()

    def _say(self, sql: str) -> None:
        try:
            self._cursor.execute(sql)
        except self._errors as error:
            self._raise(error, lost=True)

    def _raise(self, error: Exception, *, lost: bool = False) -> Any:
        ours = self.flavor.translate(error)
        if ours is None and lost and not self._connection.alive():
            # The connection broke before the commit: nothing was kept, and a new one may do.
            ours = Serialization(str(error))
        if ours is None:
            raise error
        raise ours from error


class UnitPart:
    """A part of a unit."""

    def __init__(self, runner: Runner) -> None:
        self._run = runner
        self._flavor = runner.flavor

    def _all(self, statement: SqlStatement, **values: Any) -> list[Any]:
        values["tenant"] = self._run.tenant
        rows: list[Any] = self._run.execute(statement.on(self._flavor), values).fetchall()
        return rows

    def _one(self, statement: SqlStatement, **values: Any) -> Any:
        values["tenant"] = self._run.tenant
        return self._run.execute(statement.on(self._flavor), values).fetchone()

    def _change(self, statement: SqlStatement, **values: Any) -> int:
        """How many rows it changed."""
        values["tenant"] = self._run.tenant
        return int(self._run.execute(self._writing(statement), values).rowcount)

    def _change_each(self, statement: SqlStatement, rows: Iterable[dict[str, Any]]) -> None:
        tenant = self._run.tenant
        self._run.many(self._writing(statement), [{**row, "tenant": tenant} for row in rows])

    def _returning(self, statement: SqlStatement, **values: Any) -> list[Any]:
        """The rows that it changed."""
        values["tenant"] = self._run.tenant
        rows: list[Any] = self._run.execute(self._writing(statement), values).fetchall()
        return rows

    def _writing(self, statement: SqlStatement) -> CompiledStatement:
        self._writes()
        return statement.on(self._flavor)

    def _writes(self) -> None:
        if not (self._run.write and self._run.open):
            raise RuntimeError("this unit only reads, or has ended; open it with write=True")
