"""How the tables came to look as they do: each version from the one before, as data that is never changed again.

Everything here is spelled out: what `tables` says today may be changed by a later version, these steps may not.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from attrs import field, frozen
from sqlalchemy import Connection, bindparam, column, insert, select, table, text, tuple_, update

from scimcore.repository.sql.flavors import Flavor
from scimcore.repository.sql.tables import SCHEMA_VERSION, meta, metadata

_AT_ONCE: Final = 500


class WrongVersion(RuntimeError):
    """The tables are of another version than this release works with."""


@frozen
class Fill:
    """Computes new columns of a table from old ones, row by row. `make` is given the columns of `reads`, in order."""

    table: str
    key: tuple[str, ...]
    reads: tuple[str, ...]
    writes: str
    make: Callable[..., Any]


@frozen
class MigrationStep:
    """From the version before to `version`. Every statement is one that SQLite and PostgreSQL both take.

    `{key}` in a statement is what makes a text compare bytewise, where that is not the rule.
    """

    version: int
    says: str
    statements: tuple[str, ...] = ()
    fills: tuple[Fill, ...] = field(default=())


def _display(doc: str) -> str | None:
    """What a resource is called where it is linked, as version 2 computes it."""
    data = json.loads(doc)
    names = (data.get(name) for name in ("displayName", "userName", "nickName"))
    return next((name for name in names if isinstance(name, str) and name), None)


STEPS: Final[tuple[MigrationStep, ...]] = (
    MigrationStep(
        2,
        "Keep what a resource is called beside it, so that showing a group's members reads no document; "
        "find an account's effects and a connection's leavers by an index; answer value paths from one alone",
        (
            "ALTER TABLE scim_resource ADD COLUMN display TEXT",
            "CREATE INDEX scim_outbox_account ON scim_outbox (tenant, account, state, at, nth)",
            "CREATE INDEX scim_binding_state ON scim_binding (tenant, connection, type, state, since)",
            "DROP INDEX scim_value_key",
            "CREATE INDEX scim_value_key ON scim_value (tenant, type, path, key, id, kind, is_primary)",
        ),
        (Fill("scim_resource", ("tenant", "type", "id"), ("doc",), "display", _display),),
    ),
    MigrationStep(
        3,
        "Keep how many resources there are, so that nobody counts a million for the first page of a list",
        (
            """CREATE TABLE scim_count (
                tenant TEXT{key} NOT NULL, type TEXT{key} NOT NULL, connection TEXT{key} NOT NULL,
                shard SMALLINT NOT NULL, resources BIGINT NOT NULL, PRIMARY KEY (tenant, type, connection, shard)
            )""",
            """INSERT INTO scim_count SELECT tenant, type, connection, 0, count(*) FROM scim_resource
                GROUP BY tenant, type, connection""",
        ),
    ),
    MigrationStep(
        4,
        "Index of the outbox only what is unfinished, of the bindings only those that wait for the clock, "
        "so that everything else is written without them",
        (
            "DROP INDEX scim_outbox_waiting",
            "DROP INDEX scim_outbox_account",
            "DROP INDEX scim_binding_due",
            """CREATE INDEX scim_outbox_waiting ON scim_outbox (tenant, state, at, nth, due)
                WHERE state IN ('waiting', 'dead')""",
            """CREATE INDEX scim_outbox_account ON scim_outbox (tenant, account, state, at, nth)
                WHERE state IN ('waiting', 'dead')""",
            "CREATE INDEX scim_binding_due ON scim_binding (tenant, due, resource) WHERE due > 0",
            """CREATE TABLE scim_mark (
                tenant TEXT{key} NOT NULL, kind TEXT{key} NOT NULL, name TEXT{key} NOT NULL,
                connection TEXT{key} NOT NULL, since BIGINT NOT NULL, due BIGINT NOT NULL, body TEXT NOT NULL,
                PRIMARY KEY (tenant, kind, name)
            )""",
            "CREATE INDEX scim_mark_since ON scim_mark (tenant, connection, kind, since)",
            "CREATE INDEX scim_mark_due ON scim_mark (tenant, due, kind, name) WHERE due > 0",
        ),
    ),
)


def version(connection: Connection) -> int | None:
    """Which version the tables are of; None where there are none."""
    if not connection.dialect.has_table(connection, meta.name):
        return None
    known = connection.execute(select(meta.c.value).where(meta.c.name == "schema_version")).scalar()
    return None if known is None else int(known)


def require(connection: Connection) -> None:
    """Raises WrongVersion where the tables are of another version, or are not there."""
    known = version(connection)
    if known is None:
        raise WrongVersion("There are no tables of scimcore there: run `scimcore db create`.")
    _same(known)


def create(connection: Connection) -> None:
    """Make the tables, if there are none. Raises WrongVersion for tables of another version."""
    known = version(connection)
    if known is not None:
        _same(known)
    metadata.create_all(connection)
    if known is None:
        connection.execute(insert(meta).values(name="schema_version", value=str(SCHEMA_VERSION)))


def migrate(
    connection: Connection,
    flavor: Flavor,
    told: Callable[[MigrationStep], None],
    steps: Sequence[MigrationStep] = STEPS,
) -> tuple[int | None, int]:
    """Bring the tables to this release's version, in the connection's transaction; the versions before and after.

    Whoever else migrates at the same time waits, and then finds nothing to do. Raises WrongVersion for tables that
    are newer than this release.
    """
    before = _held(connection, flavor)
    if before is None:
        create(connection)
        return None, SCHEMA_VERSION
    if before > SCHEMA_VERSION:
        raise WrongVersion(_mismatch(before))
    for step in steps:
        if step.version > before:
            told(step)
            _take(connection, step)
    return before, SCHEMA_VERSION


def _held(connection: Connection, flavor: Flavor) -> int | None:
    """The version, and nobody else changes it before the transaction ends."""
    raw: Any = connection.connection.driver_connection
    if flavor.begin_write and not raw.in_transaction:
        # The driver would begin with the first INSERT only, and run the ALTERs before it on their own.
        connection.exec_driver_sql(flavor.begin_write)
    if version(connection) is None:
        return None
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


def _same(known: int) -> None:
    if known != SCHEMA_VERSION:
        raise WrongVersion(_mismatch(known))


def _mismatch(known: int) -> str:
    if known > SCHEMA_VERSION:
        return (
            f"The tables are of version {known}, which is newer than this release knows ({SCHEMA_VERSION}): "
            "install the release of scimcore that made them."
        )
    return f"The tables are of version {known}, this release needs {SCHEMA_VERSION}: run `scimcore db migrate`."
