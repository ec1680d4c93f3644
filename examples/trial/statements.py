"""Statements that every provisioning request runs: compiled once by SQLAlchemy, run by the driver itself.

SQLAlchemy's own execution takes several times as long as SQLite does. The pages, which people click on, use it.
"""

from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection


def run(tx: Connection, statement: sa.ClauseElement, **values: object) -> Any:
    """The driver's cursor after the statement. `values` are its parameters; of an INSERT or UPDATE, its columns too."""
    sql, names, constants = _compiled(statement, tx.dialect, tuple(values))
    known = {**constants, **values} if constants else values
    driver: Any = tx.connection.driver_connection
    return driver.execute(sql, known if names is None else [known[name] for name in names])


@lru_cache
def _compiled(
    statement: sa.ClauseElement, dialect: sa.Dialect, names: tuple[str, ...]
) -> tuple[str, list[str] | None, dict[str, Any]]:
    """The text, the order of its parameters where they have no names, and those that are always the same."""
    columns = None if isinstance(statement, sa.Select) else list(names)
    compiled: Any = statement.compile(dialect=dialect, column_keys=columns)
    constants = {name: value for name, value in compiled.params.items() if name not in names}
    return str(compiled), compiled.positiontup if dialect.positional else None, constants
