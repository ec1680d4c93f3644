"""Where everything lives in SQL: units on SQLite and on PostgreSQL."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any, Final

from sqlalchemy import (
    URL,
    ColumnElement,
    Connection,
    Engine,
    NullPool,
    Select,
    bindparam,
    create_engine,
    func,
    select,
)
from sqlalchemy.pool import QueuePool

from scimcore.repository.queries import Page, Query
from scimcore.repository.reads import Found, FoundResource, Reads, ResourceRead
from scimcore.repository.sql import migrations
from scimcore.repository.sql.bindings import SqlBindings
from scimcore.repository.sql.connections import ConnectionPool, UnitConnection
from scimcore.repository.sql.flavors import Flavor, flavor_of
from scimcore.repository.sql.group_commit import GroupCommit, OneUnitPerThread
from scimcore.repository.sql.inventory import TenantContents
from scimcore.repository.sql.marks import SqlMarks
from scimcore.repository.sql.migrations import MigrationStep
from scimcore.repository.sql.recording import SqlRecording
from scimcore.repository.sql.searching import SearchedParts, Searcher
from scimcore.repository.sql.statements import SqlStatement
from scimcore.repository.sql.tables import audit, binding, mark, outbox, resource
from scimcore.repository.sql.transactions import Transaction

#: Seconds. A unit that lost a race waits about as long as the other one needs to commit, then longer each time.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.005, 0.5


def _next(tenant: ColumnElement[str], flavor: Flavor) -> Select[Any]:
    return select(func.min(tenant)).where(tenant > bindparam("after"))


#: The next tenant after one; `tenants` is for maintenance and goes through no tenant's data.
_NEXT = tuple(SqlStatement(partial(_next, table.c.tenant)) for table in (resource, binding, mark, outbox, audit))


class SqlUnit(SearchedParts, SqlBindings, SqlMarks, SqlRecording, TenantContents):
    """One transaction of one tenant. Made by `SqlRepository`.

    The parts are base classes and no objects, because every request makes a unit: six parts would be six objects, and
    every call would pass through one more frame. Each has the statements of one table; they share the `StatementRunner`
    below them, and none calls another.
    """

    def __init__(
        self, connection: UnitConnection, flavor: Flavor, tenant: str, searcher: Searcher, *, write: bool
    ) -> None:
        super().__init__(connection, flavor, tenant, write=write)
        self._searcher = searcher

    def read(self, reads: Reads) -> Found:
        """Answer all questions; a resource comes with its binding and its holders by one statement."""
        wanted = reads.resources
        # Nearly every request reads one resource, and the comprehension would cost a frame.
        resources = (self.read_resource(wanted[0]),) if len(wanted) == 1 else tuple(map(self.read_resource, wanted))
        for place, each in enumerate(wanted):
            if each.links:
                resources = (*resources[:place], self._with_links(each, resources[place]), *resources[place + 1 :])
        if not (reads.bindings or reads.accounts or reads.unfinished):
            return Found(resources)
        bound_now = {account: self.binding_of(account) for account in reads.accounts}
        return Found(
            resources=resources,
            bindings=self.bindings(reads.bindings) if reads.bindings else {},
            accounts={account: found for account, found in bound_now.items() if found is not None},
            unfinished=frozenset([account for account in reads.unfinished if self.backlog(account, reads.now, 1)]),
        )

    def _with_links(self, wanted: ResourceRead, found: FoundResource) -> FoundResource:
        if found.document is None:
            return found
        id, near = found.document.id, [(wanted.type, found.document.id)]
        return found._replace(links={relation: self.all_links(near, relation).get(id, ()) for relation in wanted.links})

    def search(self, query: Query) -> Page:
        """Return one page of the query."""
        return self._searcher.search(self, query)


class SqlRepository:
    """Keeps all tenants in one SQL database.

    `engine` is a URL, or the engine that the host uses for its own tables in the same database; then `transaction` of
    a unit, an SQLAlchemy connection, serves both. Raises ValueError for a database that is not supported.

    `most_examined` bounds how many resources one query may look into where no index answers it; beyond that it is
    refused with `TooMany`.
    """

    # (`complete` would find nothing to supply, but a read would pay for asking.)
    #: It has every capability; nothing is to be supplied (see `completing`).
    whole: Final = True

    def __init__(self, engine: Engine | URL | str, *, most_examined: int = 10_000, keep: int | None = None) -> None:
        own = not isinstance(engine, Engine)
        # No pool below our own: `ConnectionPool` keeps connections with their cursor, and another pool would keep them
        # a second time.
        self.engine = create_engine(engine, poolclass=NullPool) if not isinstance(engine, Engine) else engine
        self.flavor: Flavor = flavor_of(self.engine.dialect.name, self.engine.dialect.driver)
        if self.flavor.name == "sqlite" and self.engine.url.database in (None, "", ":memory:"):
            # Every connection would see an empty database of its own.
            raise ValueError("SQLite in memory is one connection's own: give a file, or use MemoryRepository")
        self._pool = ConnectionPool(self.engine, self.flavor, _counted(self.engine, own) if keep is None else keep)
        self._one_per_thread = OneUnitPerThread()
        self.group_commit = GroupCommit(self._pool, self._make) if self.flavor.one_writer else None
        self._searcher = Searcher(self.flavor, most_examined)

    def unit(self, tenant: str, *, write: bool) -> AbstractContextManager[SqlUnit]:
        """Return a transaction of that tenant: committed when the block ends, undone when it raises."""
        if not write:
            return Transaction(self._pool, self._make, tenant, write=False)
        return self._writing(tenant) if self.group_commit is None else self.group_commit.unit(tenant)

    def snapshot(self, tenant: str) -> AbstractContextManager[SqlUnit]:
        """Return a unit that only reads, and sees all of the tenant as it is at one moment."""
        return Transaction(self._pool, self._make, tenant, write=False, still=True)

    @contextmanager
    def join(self, transaction: Connection, tenant: str) -> Iterator[SqlUnit]:
        """The same inside a transaction that the host has open, by savepoint; the host commits.

        Raises RuntimeError when the host's transaction ends meanwhile: what was done would be lost silently.
        """
        self._pool.ready(transaction)
        connection = UnitConnection(transaction, self.flavor)
        begun = transaction.get_transaction() or transaction.begin()
        connection.join(begun)
        unit = self._make(connection, tenant, True)
        try:
            with unit.savepoint():
                yield unit
                # Without a check the RELEASE below would fail with an error that tells the host nothing.
                if not begun.is_active or transaction.get_transaction() is not begun:
                    raise RuntimeError("the transaction that was joined has ended; what was done in it is lost")
                unit.write_counts()
        finally:
            unit.open = False
            self._pool.forgotten(connection)
            connection.cursor.close()

    def tenants(self) -> Iterator[str]:
        """Return every tenant that has anything, in order."""
        after = ""
        while (found := self._next_tenant(after)) is not None:
            yield found
            after = found

    def create_tables(self) -> None:
        """Make the tables, where there are none. Raises `WrongVersion` for tables of another version."""
        with self.engine.begin() as connection:
            migrations.create(connection)

    def version(self) -> int | None:
        """Return the version of the tables, None where there are none."""
        with self.engine.connect() as connection:
            return migrations.version(connection)

    def require_current(self) -> None:
        """Raise `WrongVersion` where the tables are of another version, or are not there."""
        with self.engine.connect() as connection:
            migrations.require(connection)

    def migrate(self, announce: Callable[[MigrationStep], None] = lambda step: None) -> tuple[int | None, int]:
        """Bring the tables to this release's version, all of it or nothing. Returns the versions before and after.

        Makes the tables where there are none; the version before is None then. Calls `announce` before each step. Stop
        the service meanwhile: its units would wait. Raises `WrongVersion` for tables that are newer than this release.
        """
        with self.engine.begin() as connection:
            return migrations.migrate(connection, self.flavor, announce)

    def pause(self, attempt: int) -> None:
        """Wait before running a unit again that lost a race: longer each time, never in step with the others."""
        time.sleep(random.uniform(0.5, 1) * min(_FIRST_PAUSE * 2**attempt, _LONGEST_PAUSE))  # noqa: S311

    def close(self) -> None:
        """Close the connections that wait for the next unit."""
        self._pool.close()

    @contextmanager
    def _writing(self, tenant: str) -> Iterator[SqlUnit]:
        with self._one_per_thread, Transaction(self._pool, self._make, tenant, write=True) as unit:
            yield unit

    def _make(self, connection: UnitConnection, tenant: str, write: bool) -> SqlUnit:
        return SqlUnit(connection, self.flavor, tenant, self._searcher, write=write)

    def _next_tenant(self, after: str) -> str | None:
        with Transaction(self._pool, self._make, "", write=False) as unit:
            # MIN by the primary key, step by step: SELECT DISTINCT tenant would read every row of every tenant.
            found = [unit.least(next, after) for next in _NEXT]
        return min((tenant for tenant in found if tenant is not None), default=None)


def _counted(engine: Engine, own: bool) -> int:
    """Return how many connections to keep: as many as are ever used at once of our own, few of a host's pool."""
    # A host's pool is as large as the host meant it to be. If units kept all of it, its own requests would wait.
    if own:
        return 64
    return engine.pool.size() // 2 if isinstance(engine.pool, QueuePool) else 0
