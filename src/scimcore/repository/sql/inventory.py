"""What a tenant has, for those who move it or index it anew: its types, relations, bindings and keys."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, func, select

from scimcore.policy.facts import Binding
from scimcore.repository.records import IndexValue, Keys, UniqueKey
from scimcore.repository.sql.bindings import MINE, bound
from scimcore.repository.sql.resources import COLUMNS, TYPE, document
from scimcore.repository.sql.statements import TENANT, SqlStatement
from scimcore.repository.sql.tables import binding, link, resource, unique, value
from scimcore.repository.sql.transactions import StatementRunner
from scimcore.resources.document import Document

b, k, r, u, v = binding.c, link.c, resource.c, unique.c, value.c

# From one to the next: SELECT DISTINCT would read every row.
NEXT_TYPE = SqlStatement(lambda flavor: select(func.min(r.type)).where(r.tenant == TENANT, r.type > bindparam("after")))
RELATIONS = SqlStatement(lambda flavor: select(k.relation).where(k.tenant == TENANT).distinct())
EVERY_BINDING = SqlStatement(
    lambda flavor: MINE.where(b.resource > bindparam("after")).order_by(b.resource).limit(bindparam("most"))
)
_KEYS = (r.unique_key, r.external_key, r.display, r.display_key, r.active)
# Locked, because the keys are written back: between reading and writing nobody may change the document they are of.
KEYED = SqlStatement(
    lambda flavor: (
        select(*COLUMNS, *_KEYS)
        .where(r.tenant == TENANT, r.type == TYPE, r.id > bindparam("after"))
        .order_by(r.id)
        .limit(bindparam("most"))
        .with_for_update()
    )
)
# One statement for a page of resources: their ids are a range of the primary key.
VALUES_BETWEEN = SqlStatement(
    lambda flavor: (
        select(v.id, v.path, v.position, v.key, v.kind, v.is_primary)
        .where(v.tenant == TENANT, v.type == TYPE, v.id >= bindparam("first"), v.id <= bindparam("last"))
        .order_by(v.id, v.path, v.position)
    )
)
UNIQUES_BETWEEN = SqlStatement(
    lambda flavor: (
        select(u.id, u.path, u.key)
        .where(u.tenant == TENANT, u.type == TYPE, u.id >= bindparam("first"), u.id <= bindparam("last"))
        .order_by(u.id, u.path, u.key)
    )
)


class TenantContents(StatementRunner):
    """What a tenant has."""

    def types(self) -> Sequence[str]:
        """Return the types that there are resources of."""
        found: list[str] = []
        while (next := self.least(NEXT_TYPE, found[-1] if found else "")) is not None:
            found.append(next)
        return found

    def relations(self) -> Sequence[str]:
        """Return the relations that there are links of."""
        return [row[0] for row in self.fetch_all(RELATIONS)]

    def every_binding(self, after: str | None, limit: int) -> Sequence[Binding]:
        """Return bindings by resource, those of deleted resources too, beyond that resource."""
        return [bound(row) for row in self.fetch_all(EVERY_BINDING, after=after or "", most=limit)]

    def keyed(self, type: str, after: str, limit: int) -> Sequence[tuple[Document, Keys]]:
        """Return up to `limit` resources above `after` by id, with their keys; locked in a unit that writes."""
        rows = self.fetch_all(KEYED, type=type, after=after, most=limit)
        if not rows:
            return []
        page = {"type": type, "first": rows[0][0], "last": rows[-1][0]}
        values = dict[str, list[IndexValue]]()
        for id, *entry in self.fetch_all(VALUES_BETWEEN, **page):
            values.setdefault(id, []).append(_value(*entry))
        uniques = dict[str, list[UniqueKey]]()
        for id, path, key in self.fetch_all(UNIQUES_BETWEEN, **page):
            uniques.setdefault(id, []).append(UniqueKey(path, key))
        return [
            (document(type, row), _keys(row[len(COLUMNS) :], values.get(row[0], ()), uniques.get(row[0], ())))
            for row in rows
        ]

    def least(self, statement: SqlStatement, after: str) -> str | None:
        """Return the least text after that one which the statement finds, None at the end."""
        row: Sequence[Any] = self.fetch_one(statement, after=after)
        found: str | None = row[0]
        return found


def _keys(row: Sequence[Any], values: Sequence[IndexValue], uniques: Sequence[UniqueKey]) -> Keys:
    unique, external, display, display_key, active = row
    return Keys(
        unique=unique,
        external=external,
        display=display,
        display_key=display_key,
        active=None if active is None else bool(active),
        values=tuple(values),
        also_unique=tuple(uniques),
    )


def _value(path: str, position: int, key: str | None, kind: str | None, primary: int | None) -> IndexValue:
    return IndexValue(path, position, key, kind, None if primary is None else bool(primary))
