"""A unit whose resources of some types stand in the host's tables; all else is as in any SQL unit."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from attrs import evolve
from sqlalchemy import ColumnElement, FromClause, Select, bindparam, delete, func, insert, select, update
from sqlalchemy.exc import DBAPIError

from scimcore.policy.facts import Binding
from scimcore.repository.protocol import Gone
from scimcore.repository.queries import Page, Query
from scimcore.repository.reads import Found, Reads
from scimcore.repository.records import IndexValue, Keys
from scimcore.repository.sql.connections import UnitConnection
from scimcore.repository.sql.flavors import Flavor
from scimcore.repository.sql.mapped.fields import Field, Lookup
from scimcore.repository.sql.mapped.mapping import Mapping as ResourceMapping
from scimcore.repository.sql.repository import SqlUnit
from scimcore.repository.sql.searching import Searcher
from scimcore.repository.sql.statements import TENANT, SqlStatement
from scimcore.repository.sql.tables import resource
from scimcore.resources.document import Document

# The host's table is written by SQLAlchemy's own execution, unlike ours: it knows the host's types, its defaults and
# its events. `scim_resource` keeps a row for every mapped resource all the same, with version, keys and the overflow,
# so that searches by key, links and the other tables work as for every other type.

#: In the value index: these mapped attributes of the resource stand in its overflow, because the column cannot say
#: them. A search in the host's columns must not judge such a resource by its column.
UNSAID = "*unsaid "
r = resource.c
_RETEXT = SqlStatement(
    lambda flavor: (
        update(resource)
        .where(r.tenant == TENANT, r.type == bindparam("of_type"), r.id == bindparam("of_id"))
        .values(doc=bindparam("doc"))
    )
)

_ID: Any = bindparam("of_id")


class MappingPlan:
    """What is asked of the host's table, for one mapping."""

    def __init__(self, mapping: ResourceMapping) -> None:
        self.mapping = mapping
        # The account's id is the row's key, as text.
        self.key: ColumnElement[Any] = next(iter(mapping.table.primary_key))
        self.of_tenant = _tenant_of(mapping.tenant)
        self.mine: ColumnElement[bool] = _own(mapping.tenant) == self.of_tenant
        self.source, self.shown = _source(mapping)
        self.rows: Select[Any] = (
            select(mapping.link, self.key, *self.shown)
            .select_from(self.source)
            .where(self.mine, mapping.link.in_(bindparam("ids", expanding=True)))
        )
        self.one: ColumnElement[bool] = mapping.link == _ID

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
        # MIN, because a host's table of names need not be unique; a subquery that returns two rows would be an error.
        known = select(func.min(lookup.key)).where(lookup.text == raw)
        return known.where(*self.within(lookup)).scalar_subquery()

    def within(self, lookup: Lookup) -> list[ColumnElement[bool]]:
        """That a row of the other table is this tenant's."""
        return [] if lookup.within is None else [lookup.within == self.of_tenant]


def _tenant_of(tenant: ColumnElement[Any] | Lookup) -> Any:
    """What stands in the tenant column for the tenant of a statement."""
    if isinstance(tenant, Lookup):
        return select(tenant.key).where(tenant.text == TENANT).scalar_subquery()
    return TENANT


def _own(tenant: ColumnElement[Any] | Lookup) -> ColumnElement[Any]:
    return tenant.column if isinstance(tenant, Lookup) else tenant


def _source(mapping: ResourceMapping) -> tuple[FromClause, list[ColumnElement[Any]]]:
    """The table, joined with what its lookups refer to, and what each field shows."""
    source: FromClause = mapping.table
    shown: list[ColumnElement[Any]] = []
    for number, each in enumerate(mapping.bound):
        column = each.field.column
        if isinstance(column, Lookup):
            other = column.key.table.alias(f"lookup{number}")
            # Outer, because the column may be NULL or refer to nothing; an alias, because two fields may use one table.
            source = source.outerjoin(other, other.c[column.key.key] == column.column)
            shown.append(other.c[column.text.key])
        else:
            shown.append(column)
    return source, shown


class MappedUnit(SqlUnit):
    """One transaction of one tenant. Made by `MappedRepository`."""

    def __init__(
        self,
        connection: UnitConnection,
        flavor: Flavor,
        tenant: str,
        searcher: Searcher,
        plans: Mapping[str, MappingPlan],
        *,
        write: bool,
    ) -> None:
        super().__init__(connection, flavor, tenant, searcher, write=write)
        self._plans = plans

    # reading

    def get(self, type: str, id: str, *, lock: bool = False) -> Document | None:
        """Return the resource, None if there is none."""
        found = super().get(type, id, lock=lock)
        return None if found is None else self.whole([found])[0]

    def named(self, type: str, unique: str) -> Document | None:
        """Return the resource with that unique key."""
        found = super().named(type, unique)
        return None if found is None else self.whole([found])[0]

    def read(self, reads: Reads) -> Found:
        """Answer all questions."""
        found = super().read(reads)
        rows = [each for each in found.resources if each.document is not None]
        whole = iter(self.whole([each.document for each in rows if each.document is not None]))
        resources = [each._replace(document=next(whole)) if each.document else each for each in found.resources]
        return found._replace(resources=tuple(resources))

    def scan(self, type: str, after: str | None, limit: int) -> Sequence[Document]:
        """Return up to `limit` resources with ids above `after`, in the order of their ids."""
        return self.whole(super().scan(type, after, limit))

    def search(self, query: Query) -> Page:
        """Return one page of the query."""
        page = super().search(query)
        return evolve(page, documents=tuple(self.whole(page.documents)))

    def whole(self, documents: Sequence[Document]) -> list[Document]:
        """The resources with what the host's rows say."""
        rows = {plan: self._rows(plan, documents) for plan in self._plans_of(documents)}
        return [self._joined(document, rows) for document in documents]

    def _plans_of(self, documents: Sequence[Document]) -> Iterable[MappingPlan]:
        return [self._plans[type] for type in {document.type for document in documents} if type in self._plans]

    def _rows(self, plan: MappingPlan, documents: Sequence[Document]) -> dict[str, Sequence[Any]]:
        ids = [document.id for document in documents if document.type == plan.mapping.type.name]
        rows = self._host(plan.rows, ids=ids) if ids else ()
        return {row[0]: row[2:] for row in rows}

    def _joined(self, document: Document, rows: Mapping[MappingPlan, Mapping[str, Sequence[Any]]]) -> Document:
        plan = self._plans.get(document.type)
        row = rows[plan].get(document.id) if plan is not None else None
        if plan is None:
            return document
        # The host has deleted the row: values that stood only there are gone, the overflow is all that is left.
        nothing = [None] * len(plan.mapping.bound)
        return evolve(document, text=plan.mapping.get(nothing if row is None else row, document.text))

    # writing

    def insert(self, document: Document, keys: Keys) -> None:
        """A new resource, in a row of its own or in the one that waits for it."""
        plan = self._plans.get(document.type)
        if plan is None:
            return super().insert(document, keys)
        row, overflow = plan.mapping.put(document.text)
        # Ours first: its unique index decides who gets the name, before anything of the host's is written.
        super().insert(evolve(document, text=overflow), self._marked(plan, overflow, keys))
        adopt = plan.mapping.adopt
        if adopt is not None and self._take(plan, document.id, row, _same(adopt, plan, row)):
            return None
        self._add_texts(plan, row)
        link, tenant = str(plan.mapping.link.key), str(_column(plan.mapping.tenant).key)
        values = {**plan.values(row), link: document.id, tenant: plan.of_tenant}
        self._host(insert(plan.mapping.table).values(values))
        return None

    def replace(self, document: Document, keys: Keys, *, expect: int) -> None:
        """Store a new version of the resource."""
        plan = self._plans.get(document.type)
        if plan is None:
            return super().replace(document, keys, expect=expect)
        row, overflow = plan.mapping.put(document.text)
        super().replace(evolve(document, text=overflow), self._marked(plan, overflow, keys), expect=expect)
        self._add_texts(plan, row)
        change = update(plan.mapping.table).where(plan.mine, plan.one).values(plan.values(row))
        if not self._host(change, of_id=document.id).rowcount:
            # The host has no row for it, so the resource keeps all of its values in the overflow.
            keys = self._marked(plan, document.text, keys)
            super().replace(document, keys, expect=document.version)
        return None

    def amend(self, document: Document, keys: Keys, before: Keys, *, expect: int) -> None:
        """Do the same; the host's row is written as a whole."""
        if document.type in self._plans:
            self.replace(document, keys, expect=expect)
        else:
            super().amend(document, keys, before, expect=expect)

    def delete(self, type: str, id: str) -> bool:
        """Remove it; its row goes too, or stays as the host's own."""
        plan = self._plans.get(type)
        if plan is not None:
            # Before ours, or a column of the host's that refers to `scim_resource` could be in the way.
            self._part(plan, id)
        return super().delete(type, id)

    def bind(self, binding: Binding) -> None:
        """Write it. An account of a mapped type is a row, by its key: the resource moves to the row it is bound to."""
        super().bind(binding)
        plan = self._plans.get(binding.type)
        if plan is None:
            return
        account, key = _key(plan, binding.account), self._key_of(plan, binding.resource)
        # Three cases: the account is gone (the row stays the product's, the resource takes its values back), the
        # binding moved to another account (the resource moves to that row), or nothing changed.
        if binding.account is None and key is not None:
            self._part(plan, binding.resource, self.get(binding.type, binding.resource), keep=True)
        elif account is not None and account != key:
            self._move_to(plan, binding, account)

    def _move_to(self, plan: MappingPlan, binding: Binding, account: Any) -> None:
        document = self.get(binding.type, binding.resource)
        if document is None:
            return
        row, overflow = plan.mapping.put(document.text)
        self._part(plan, document.id)
        if not self._take(plan, document.id, row, [plan.key == account]):
            raise Gone(f"{binding.type} account {binding.account}, or another resource stands for it")
        self.change(_RETEXT, of_type=document.type, of_id=document.id, doc=overflow)

    def _take(self, plan: MappingPlan, id: str, row: Sequence[Any], which: Sequence[Any]) -> bool:
        """Let a row that stands for no resource stand for this one."""
        self._add_texts(plan, row)
        link = plan.mapping.link
        # Only a row that is nobody's: of two units that want it, the second one updates no row.
        change = update(plan.mapping.table).where(plan.mine, link.is_(None), *which)
        return bool(self._host(change.values({**plan.values(row), str(link.key): id})).rowcount)

    def _part(self, plan: MappingPlan, id: str, document: Document | None = None, *, keep: bool = False) -> None:
        """The row stands for the resource no more. `document`: the resource stays, and keeps all of itself."""
        table = plan.mapping.table
        if keep or plan.mapping.keep_rows:
            self._host(update(table).where(plan.mine, plan.one).values({str(plan.mapping.link.key): None}), of_id=id)
        else:
            self._host(delete(table).where(plan.mine, plan.one), of_id=id)
        if document is not None:
            self.change(_RETEXT, of_type=document.type, of_id=id, doc=document.text)

    def _key_of(self, plan: MappingPlan, id: str) -> Any:
        return self._host(select(plan.key).where(plan.mine, plan.one), of_id=id).scalar()

    def _add_texts(self, plan: MappingPlan, row: Sequence[Any]) -> None:
        """Rows for the texts that lookups refer to, where there are none."""
        for each, raw in zip(plan.mapping.bound, row, strict=True):
            lookup = each.field.column
            if isinstance(lookup, Lookup) and raw is not None:
                here = [lookup.text == raw, *plan.within(lookup)]
                if self._host(select(lookup.key).where(*here).limit(1)).scalar() is None:
                    values = {str(lookup.text.key): raw}
                    if lookup.within is not None:
                        values[str(lookup.within.key)] = plan.of_tenant
                    table: Any = lookup.key.table
                    # DO NOTHING: another unit may have added the same text since we looked.
                    self._host(self.flavor.insert(table).values(values).on_conflict_do_nothing())

    def _marked(self, plan: MappingPlan, overflow: str, keys: Keys) -> Keys:
        marks = [IndexValue(UNSAID + path, 0, None) for path in plan.mapping.unsaid(overflow)]
        return evolve(keys, values=(*keys.values, *marks))

    def _host(self, statement: Any, **values: Any) -> Any:
        """Run it on the host's tables by SQLAlchemy, which knows their types and defaults."""
        if statement.is_dml:
            self.require_writable()
        with self._translated():
            return self.transaction.execute(statement, {**values, "tenant": self.tenant})

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            ours = self.flavor.translate(error.orig) if error.orig is not None else None
            # A foreign key of the host's tables is no lost race: the next attempt would fail by it again.
            if ours is None or isinstance(ours, Gone):
                raise
            raise ours from error


def _column(tenant: Any) -> Any:
    return tenant.column if isinstance(tenant, Lookup) else tenant


def _same(adopt: Any, plan: MappingPlan, row: Sequence[Any]) -> list[Any]:
    """That a row has, in that column, what this one would have; upper case and lower case of ASCII are one."""
    fields = [each.field for each in plan.mapping.bound]
    raw = next(value for field, value in zip(fields, row, strict=True) if field.own is adopt)
    return [func.lower(adopt) == func.lower(raw)]


def _key(plan: MappingPlan, account: str | None) -> Any:
    """Return the account's row, None for an account of another table."""
    try:
        return None if account is None else plan.key.type.python_type(account)
    except ValueError:
        return None
