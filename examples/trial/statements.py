"""Statements that every provisioning request runs: compiled once by SQLAlchemy, run by the driver itself.

SQLAlchemy's own execution takes several times as long as SQLite does. The pages, which people click on, use it.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection


def run(tx: Connection, statement: sa.ClauseElement, **values: object) -> Any:
    """The driver's cursor after the statement. `values` are its parameters; of an INSERT or UPDATE, its columns too."""
    sql, parameters = _bound(tx, statement, [values])
    driver: Any = tx.connection.driver_connection
    return driver.execute(sql, parameters[0])


def run_each(tx: Connection, statement: sa.ClauseElement, rows: Sequence[Mapping[str, object]]) -> None:
    """The statement with each of these; there is one at least."""
    cursor = tx.connection.cursor()
    cursor.executemany(*_bound(tx, statement, rows))
    cursor.close()


def _bound(tx: Connection, statement: sa.ClauseElement, rows: Sequence[Mapping[str, object]]) -> tuple[str, list[Any]]:
    sql, names, constants = _compiled(statement, tx.dialect, tuple(rows[0]))
    known = [{**constants, **row} for row in rows] if constants else list(rows)
    return sql, known if names is None else [[row[name] for name in names] for row in known]


@lru_cache
def _compiled(
    statement: sa.ClauseElement, dialect: sa.Dialect, names: tuple[str, ...]
) -> tuple[str, list[str] | None, dict[str, Any]]:
    """The text, the order of its parameters where they have no names, and those that are always the same."""
    columns = None if isinstance(statement, sa.Select) else list(names)
    compiled: Any = statement.compile(dialect=dialect, column_keys=columns)
    constants = {name: value for name, value in compiled.params.items() if name not in names}
    return str(compiled), compiled.positiontup if dialect.positional else None, constants
