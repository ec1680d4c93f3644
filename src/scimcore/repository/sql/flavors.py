"""How SQLite and PostgreSQL differ: one frozen record for each, and nothing that asks for a name elsewhere."""

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any, Final

from attrs import field, frozen
from sqlalchemy import BigInteger, ColumnElement, FromClause, Text, any_, bindparam, cast, column, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import psycopg
from sqlalchemy.engine import Dialect

from scimcore.repository.protocol import Clash, Gone, RepositoryError, Serialization, Unavailable
from scimcore.resources.document import to_text


@frozen(kw_only=True)
class Flavor:
    """One database engine."""

    name: str
    dialect: Dialect = field(repr=False, eq=False)
    #: What opens a transaction, where the driver does not do it by itself.
    begin_write: str = ""
    begin_read: str = ""
    #: What makes a transaction that has just begun see one moment only, where it does not do so anyway.
    begin_still: str = ""
    #: Whether single statements outside a transaction serve reads (one round trip instead of three).
    reads_alone: bool = False
    #: Whether the database takes one writer at a time, so that writers of a process stand in line.
    one_writer: bool = False
    #: Over how many rows a count is spread: more than one where several transactions write at a time.
    shards: int = 1
    #: An INSERT that knows ON CONFLICT.
    insert: Callable[..., Any]
    #: `column` is one of the texts in the parameter of that name.
    among: Callable[[ColumnElement[str], str], ColumnElement[bool]]
    #: Two parameters holding texts, as a table of pairs (first, second).
    pairs: Callable[[str, str], FromClause]
    #: A column of all rows, in their order, as the text of a JSON array; NULL or an empty one where there are none.
    gather: Callable[[ColumnElement[Any]], ColumnElement[str]]
    #: A sequence of texts as such a parameter.
    pack: Callable[[Sequence[str]], Any]
    #: These columns of all rows of a group, as one JSON text; NULL or an empty list for no rows.
    gathered: Callable[..., ColumnElement[str]]
    #: Where the needle is found in the text, counted from 1; 0 if nowhere. No wildcards.
    position: Callable[[Any, Any], ColumnElement[int]]
    #: The last n characters of the text.
    tail: Callable[[Any, Any], ColumnElement[str]]
    #: The repository error that a driver error stands for; None for one that is the host's.
    translate: Callable[[BaseException], RepositoryError | None]


def _sqlite_pairs(first: str, second: str) -> FromClause:
    one = func.json_each(bindparam(first, type_=Text)).table_valued("key", "value").alias("one")
    two = func.json_each(bindparam(second, type_=Text)).table_valued("key", "value").alias("two")
    joined = select(one.c.value.label("first"), two.c.value.label("second")).where(one.c.key == two.c.key)
    return joined.subquery("pairs")


#: The file cannot be opened, read or written: another mount, a full disk, a directory without permission.
_SQLITE_AWAY: Final = ("SQLITE_CANTOPEN", "SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_FULL", "SQLITE_PERM")


# SQLite's extended codes tell the constraint apart; the message does not name it reliably.
def _sqlite_error(error: BaseException) -> RepositoryError | None:
    name = getattr(error, "sqlite_errorname", "")
    if name in ("SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"):
        return Clash(str(error))
    if name == "SQLITE_CONSTRAINT_FOREIGNKEY":
        return Gone(str(error))
    # BUSY_SNAPSHOT too: another process wrote after this transaction had begun to read.
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return Serialization(str(error))
    if name.startswith(_SQLITE_AWAY):
        return Unavailable(str(error))
    return None


def _texts(name: str) -> Any:
    return bindparam(name, type_=postgresql.ARRAY(Text))


# Arrays, and not IN with a parameter for each text: the statement stays one and the same for any number of texts, so
# that it is compiled and prepared once. SQLite has no arrays; there a JSON text does the same.
def _postgresql_pairs(first: str, second: str) -> FromClause:
    pairs = func.unnest(_texts(first), _texts(second)).table_valued(column("first", Text), column("second", Text))
    return pairs.render_derived("pairs")


def _postgresql_error(error: BaseException) -> RepositoryError | None:
    state = getattr(error, "sqlstate", None)
    # 23505 unique_violation, 23503 foreign_key_violation.
    if state == "23505":
        return Clash(str(error))
    if state == "23503":
        return Gone(str(error))
    # 40001 serialization_failure, 40P01 deadlock_detected; 25P03 and 57P01 end a session that can begin anew.
    if state in ("40001", "40P01", "57P01", "25P03"):
        return Serialization(str(error))
    return Unavailable(str(error)) if _is_postgresql_away(error, state) else None


def _is_postgresql_away(error: BaseException, state: str | None) -> bool:
    if state is None:
        # What libpq finds out by itself has no SQLSTATE: a connection that is refused or too slow, and the refusals of
        # a server that starts or has no connection left. psycopg is optional, so its class is known by name only.
        return any(
            kind.__name__ == "OperationalError" and kind.__module__.startswith("psycopg")
            for kind in type(error).__mro__
        )
    # 08 connection exceptions, 53 no disk, memory or connection left; 57P02 crash_shutdown, 57P03 cannot_connect_now;
    # 58030 io_error; 25006: the server has become a standby, which only reads.
    return state.startswith(("08", "53")) or state in ("57P02", "57P03", "58030", "25006")


SQLITE = Flavor(
    name="sqlite",
    dialect=sqlite.dialect(paramstyle="qmark"),
    # A transaction that begins by reading and then writes fails at once under load, whatever the busy timeout.
    begin_write="BEGIN IMMEDIATE",
    begin_read="BEGIN",
    one_writer=True,
    insert=sqlite.insert,
    among=lambda column, name: column.in_(
        select(func.json_each(bindparam(name, type_=Text)).table_valued("value").c.value)
    ),
    pairs=_sqlite_pairs,
    gather=lambda column: func.json_group_array(column, type_=Text),
    pack=to_text,
    gathered=lambda *columns: func.json_group_array(func.json_array(*columns), type_=Text),
    position=lambda text, needle: func.instr(text, needle, type_=BigInteger),
    tail=lambda text, size: func.substr(text, -size, type_=Text),
    translate=_sqlite_error,
)

POSTGRESQL = Flavor(
    name="postgresql",
    dialect=psycopg.dialect(),  # type: ignore[no-untyped-call]  # SQLAlchemy's own
    reads_alone=True,
    begin_still="SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
    shards=16,
    insert=postgresql.insert,
    among=lambda column, name: column == any_(_texts(name)),
    pairs=_postgresql_pairs,
    gather=lambda column: cast(func.json_agg(column), Text),
    pack=list,
    gathered=lambda *columns: cast(func.json_agg(func.json_build_array(*columns)), Text),
    position=lambda text, needle: func.strpos(text, needle, type_=BigInteger),
    tail=lambda text, size: func.right(text, size, type_=Text),
    translate=_postgresql_error,
)


def flavor_of(dialect_name: str, driver: str) -> Flavor:
    """The flavor of an engine. Raises ValueError for one that is not supported."""
    if (dialect_name, driver) == ("sqlite", "pysqlite"):
        if sqlite3.sqlite_version_info < (3, 35):
            raise ValueError(f"SQLite {sqlite3.sqlite_version} is too old: RETURNING came with 3.35")
        return SQLITE
    if (dialect_name, driver) == ("postgresql", "psycopg"):
        return POSTGRESQL
    raise ValueError(f"{dialect_name}+{driver} is not supported: use sqlite:///… or postgresql+psycopg://…")
