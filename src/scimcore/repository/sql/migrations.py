"""The way from the tables of one release to those of the next: steps as data, which are never changed again.

A step spells everything out and uses nothing of `tables`: what `tables` says today a later version may change, and an
old step must still make what it made on the day it was released.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from attrs import field, frozen
from sqlalchemy import Connection, bindparam, column, func, insert, select, table, text, tuple_, update

from scimcore.repository.sql.flavors import Flavor
from scimcore.repository.sql.tables import SCHEMA_VERSION, meta, metadata

#: Rows of one statement: enough that the trips do not count, few enough for any memory.
_AT_ONCE: Final = 500
#: The number of PostgreSQL's advisory lock, in which processes make the tables one after the other ("scim" in ASCII).
_CREATING: Final = 0x7363696D


class WrongVersion(RuntimeError):
    """The tables are of another version than this release works with."""


@frozen
class Fill:
    """A new column of a table, computed row by row from old ones where SQL cannot compute it.

    `make` gets the values of the columns `reads`, in their order, and returns the value of the column `writes`.
    """

    table: str
    key: tuple[str, ...]
    reads: tuple[str, ...]
    writes: str
    make: Callable[..., Any]


@frozen
class MigrationStep:
    """From the version before to `version`. Every statement is one that SQLite and PostgreSQL both take.

    `{key}` in a statement stands for the collation that makes texts compare bytewise, where that is not the rule.
    """

    version: int
    #: One sentence for the person who migrates.
    says: str
    statements: tuple[str, ...] = ()
    fills: tuple[Fill, ...] = field(default=())


#: From version 1 on, in order. Nothing has been released, so there are none yet, and version 1 is edited in place.
STEPS: Final[tuple[MigrationStep, ...]] = ()


def version(connection: Connection) -> int | None:
    """Return the version of the tables, None where there are none."""
    if not connection.dialect.has_table(connection, meta.name):
        return None
    known = connection.execute(select(meta.c.value).where(meta.c.name == "schema_version")).scalar()
    return None if known is None else int(known)


def require(connection: Connection) -> None:
    """Raise WrongVersion where the tables are of another version, or are not there."""
    known = version(connection)
    if known is None:
        raise WrongVersion("There are no tables of scimcore in this database. Run `scimcore db create`.")
    _require_same(known)


def create(connection: Connection) -> None:
    """Make the tables, if there are none. Raises WrongVersion for tables of another version.

    Several processes may do it at once, as the workers of a server do at their first start: one makes them.
    """
    _wait_for_others(connection)
    known = version(connection)
    if known is not None:
        _require_same(known)
    metadata.create_all(connection)
    if known is None:
        connection.execute(insert(meta).values(name="schema_version", value=str(SCHEMA_VERSION)))


def _wait_for_others(connection: Connection) -> None:
    raw: Any = connection.connection.driver_connection
    if connection.dialect.name == "postgresql":
        # There is no row to lock yet, and CREATE TABLE IF NOT EXISTS fails too where two transactions run it.
        connection.execute(select(func.pg_advisory_xact_lock(_CREATING)))
    elif not raw.in_transaction:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def migrate(
    connection: Connection,
    flavor: Flavor,
    announce: Callable[[MigrationStep], None],
    steps: Sequence[MigrationStep] = STEPS,
) -> tuple[int | None, int]:
    """Bring the tables to the version of the last step, in the connection's transaction.

    Returns the version before (None if there were no tables) and after. `announce` is called before each step. A second
    migration at the same time waits for the first one, and then finds nothing to do. Raises WrongVersion for tables
    that are newer than this release.
    """
    latest = steps[-1].version if steps else SCHEMA_VERSION
    before = _lock_version(connection, flavor)
    if before is None:
        create(connection)
        return None, SCHEMA_VERSION
    if before > latest:
        raise WrongVersion(_mismatch(before))
    for step in steps:
        if step.version > before:
            announce(step)
            _take(connection, step)
    return before, latest


def _lock_version(connection: Connection, flavor: Flavor) -> int | None:
    """Return the version, which nobody else can change before the transaction ends."""
    raw: Any = connection.connection.driver_connection
    if flavor.begin_write and not raw.in_transaction:
        # SQLite's driver begins a transaction with the first INSERT or UPDATE only. An ALTER TABLE before that would
        # commit on its own, and a step that fails could not be undone.
        connection.exec_driver_sql(flavor.begin_write)
    if version(connection) is None:
        return None
    # Writing the row locks it in PostgreSQL. Read again afterwards: while we waited, the other one may have migrated.
    connection.execute(update(meta).where(meta.c.name == "schema_version").values(value=meta.c.value))
    return version(connection)


def _take(connection: Connection, step: MigrationStep) -> None:
    key = ' COLLATE "C"' if connection.dialect.name == "postgresql" else ""
    for statement in step.statements:
        connection.execute(text(statement.format(key=key)))
    for fill in step.fills:
        _fill(connection, fill)
    connection.execute(update(meta).where(meta.c.name == "schema_version").values(value=str(step.version)))


def _fill(connection: Connection, fill: Fill) -> None:
    """PageWalk the table by its key, a bounded number of rows at a time."""
    rows = table(fill.table, *map(column, (*fill.key, *fill.reads, fill.writes)))
    key = [rows.c[name] for name in fill.key]
    walk = select(*key, *(rows.c[name] for name in fill.reads)).order_by(*key).limit(_AT_ONCE)
    further = walk.where(tuple_(*key) > tuple_(*(bindparam(f"k_{name}") for name in fill.key)))
    write = update(rows).where(*(rows.c[name] == bindparam(f"k_{name}") for name in fill.key))
    write = write.values({fill.writes: bindparam("made")})
    found = connection.execute(walk).fetchall()
    while found:
        made = [{**_key(fill, row), "made": fill.make(*row[len(fill.key) :])} for row in found]
        connection.execute(write, made)
        found = connection.execute(further, _key(fill, found[-1])).fetchall()


def _key(fill: Fill, row: Sequence[Any]) -> Mapping[str, Any]:
    return {f"k_{name}": row[n] for n, name in enumerate(fill.key)}


def _require_same(known: int) -> None:
    if known != SCHEMA_VERSION:
        raise WrongVersion(_mismatch(known))


def _mismatch(known: int) -> str:
    if known > SCHEMA_VERSION:
        return (
            f"The tables are of version {known}, which is newer than this release knows ({SCHEMA_VERSION}). "
            "Install the release of scimcore that made them."
        )
    return f"The tables are of version {known}, this release needs {SCHEMA_VERSION}. Run `scimcore db migrate`."
