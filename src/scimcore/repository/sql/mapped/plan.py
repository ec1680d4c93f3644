"""The statements of one mapping: the host's table beside ours, one tenant at a time."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, bindparam, func, select

from scimcore.repository.sql.mapped.fields import Field, Lookup
from scimcore.repository.sql.mapped.mapping import Mapping

#: The tenant's name, in every statement.
TENANT: Any = bindparam("tenant")
ID: Any = bindparam("of_id")


class Plan:
    """What is asked of the host's table, for one mapping."""

    def __init__(self, mapping: Mapping) -> None:
        self.mapping = mapping
        self.key: ColumnElement[Any] = next(iter(mapping.table.primary_key))
        self.of_tenant = tenant_of(mapping.tenant)
        self.mine: ColumnElement[bool] = _own(mapping.tenant) == self.of_tenant
        self.source, self.shown = _source(mapping)
        self.rows: Select[Any] = (
            select(mapping.link, self.key, *self.shown)
            .select_from(self.source)
            .where(self.mine, mapping.link.in_(bindparam("ids", expanding=True)))
        )
        self.one: ColumnElement[bool] = mapping.link == ID

    def column(self, path: str) -> ColumnElement[Any]:
        """What the field of that path shows."""
        return self.shown[[each.field.path for each in self.mapping.bound].index(path)]

    def values(self, row: Sequence[Any]) -> dict[str, Any]:
        """The row as values of the table's columns; texts of lookups as the rows that have them."""
        fields = [each.field for each in self.mapping.bound]
        return {str(field.own.key): self._value(field, raw) for field, raw in zip(fields, row, strict=True)}

    def _value(self, field: Field, raw: Any) -> Any:
        if not isinstance(field.column, Lookup) or raw is None:
            return raw
        lookup = field.column
        known = select(func.min(lookup.key)).where(lookup.text == raw)
        return known.where(*self.within(lookup)).scalar_subquery()

    def within(self, lookup: Lookup) -> list[ColumnElement[bool]]:
        """That a row of the other table is this tenant's."""
        return [] if lookup.within is None else [lookup.within == self.of_tenant]


def tenant_of(tenant: ColumnElement[Any] | Lookup) -> Any:
    """What stands in the tenant column for the tenant of a statement."""
    if isinstance(tenant, Lookup):
        return select(tenant.key).where(tenant.text == TENANT).scalar_subquery()
    return TENANT


def _own(tenant: ColumnElement[Any] | Lookup) -> ColumnElement[Any]:
    return tenant.column if isinstance(tenant, Lookup) else tenant


def _source(mapping: Mapping) -> tuple[FromClause, list[ColumnElement[Any]]]:
    """The table, joined with what its lookups refer to, and what each field shows."""
    source: FromClause = mapping.table
    shown: list[ColumnElement[Any]] = []
    for number, each in enumerate(mapping.bound):
        column = each.field.column
        if isinstance(column, Lookup):
            other = column.key.table.alias(f"lookup{number}")
            source = source.outerjoin(other, other.c[column.key.key] == column.column)
            shown.append(other.c[column.text.key])
        else:
            shown.append(column)
    return source, shown
