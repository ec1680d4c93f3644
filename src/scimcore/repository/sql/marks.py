"""What the service has to remember for a while, and that is no binding."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, select, tuple_

from scimcore.repository.records import Mark, MarkKind
from scimcore.repository.sql.flavors import Flavor
from scimcore.repository.sql.statements import TENANT, SqlStatement
from scimcore.repository.sql.tables import CLOCKED, mark
from scimcore.repository.sql.transactions import StatementRunner
from scimcore.resources.document import to_text

m = mark.c
_COLUMNS = ("kind", "name", "connection", "since", "due")
# No statement is without a kind: three purposes share the table, and none may see what another one remembers.
_MINE = select(*(m[name] for name in _COLUMNS), m.body).where(m.tenant == TENANT)


def _upsert(flavor: Flavor) -> Any:
    statement = flavor.insert(mark)
    new = {name: statement.excluded[name] for name in (*_COLUMNS[2:], "body")}
    return statement.on_conflict_do_update(index_elements=["tenant", "kind", "name"], set_=new)


MARK = SqlStatement(_upsert)
MARKS = SqlStatement(lambda flavor: _MINE.where(m.kind == bindparam("kind"), flavor.among(m.name, "names")))
UNMARK = SqlStatement(
    lambda flavor: delete(mark).where(m.tenant == TENANT, m.kind == bindparam("kind"), m.name == bindparam("name"))
)
# The due ones are chosen inside, because a DELETE with a LIMIT is not SQL that both engines take.
EXPIRE = SqlStatement(
    lambda flavor: delete(mark).where(
        m.tenant == TENANT,
        tuple_(m.kind, m.name).in_(
            select(m.kind, m.name)
            .where(m.tenant == TENANT, CLOCKED, m.due <= bindparam("now"))
            .order_by(m.due, m.kind, m.name)
            .limit(bindparam("most"))
        ),
    )
)
EVERY_MARK = SqlStatement(
    lambda flavor: (
        _MINE.where(tuple_(m.kind, m.name) > tuple_(bindparam("kind"), bindparam("name")))
        .order_by(m.kind, m.name)
        .limit(bindparam("most"))
    )
)


class SqlMarks(StatementRunner):
    """The marks of a tenant."""

    def mark(self, mark: Mark) -> None:
        """Write the mark, over the one of the same kind and name if there is one."""
        values = {name: getattr(mark, name) for name in _COLUMNS}
        self.change(MARK, **values, body=to_text(list(mark.values)))

    def marks(self, kind: MarkKind, names: Sequence[str]) -> Mapping[str, Mark]:
        """Return the marks of that kind with these names, by name."""
        rows = self.fetch_all(MARKS, kind=kind, names=self.flavor.pack(names))
        return {row[1]: _mark(row) for row in rows}

    def unmark(self, kind: MarkKind, name: str) -> None:
        """Remove the mark, if it is there."""
        self.change(UNMARK, kind=kind, name=name)

    def expire_marks(self, now: int, limit: int) -> int:
        """Remove up to `limit` marks with 0 < `due` <= now, the earliest first. Returns how many there were."""
        return self.change(EXPIRE, now=now, most=limit)

    def every_mark(self, after: tuple[str, str] | None, limit: int) -> Sequence[Mark]:
        """Return marks by kind and name, beyond that one."""
        kind, name = after or ("", "")
        return [_mark(row) for row in self.fetch_all(EVERY_MARK, kind=kind, name=name, most=limit)]


def _mark(row: Sequence[Any]) -> Mark:
    kind, name, connection, since, due, body = row
    return Mark(kind=kind, name=name, connection=connection, since=since, due=due, values=tuple(json.loads(body)))
