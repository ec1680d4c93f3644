"""A unit in SQL: every method of the protocol, the statements of each table in a module of its own.

The parts are base classes and no objects, because every request makes a unit: six parts would be six objects, and
every call would pass through one more frame. They share the `StatementRunner` below them, and none calls another.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

from sqlalchemy import Select, bindparam, select

from scimcore.repository import reads
from scimcore.repository.queries import Page, Query
from scimcore.repository.reads import Found, FoundResource, Reads, ResourceRead
from scimcore.repository.sql import prefetch
from scimcore.repository.sql.bindings import COLUMNS as BINDING_COLUMNS
from scimcore.repository.sql.bindings import SqlBindings, bound
from scimcore.repository.sql.connections import UnitConnection
from scimcore.repository.sql.flavors import Flavor
from scimcore.repository.sql.inventory import TenantContents
from scimcore.repository.sql.marks import SqlMarks
from scimcore.repository.sql.recording import SqlRecording
from scimcore.repository.sql.resources import COLUMNS, ID, TYPE, document
from scimcore.repository.sql.searching import SearchedParts, Searcher
from scimcore.repository.sql.statements import TENANT, SqlStatement
from scimcore.repository.sql.tables import binding, link, resource
from scimcore.resources.changes import Linked
from scimcore.resources.document import Document

r, b, k = resource.c, binding.c, link.c
_HOLDER = resource.alias("holder")
h = _HOLDER.c
_BINDING_AT: Final = len(COLUMNS)


@cache
def _joined(*, by_name: bool, with_binding: bool, with_holders: bool) -> SqlStatement:
    """One statement in the place of up to three. The holders are the last column, the binding stands before them."""

    def build(flavor: Flavor) -> Select[Any]:
        statement = select(*COLUMNS).where(r.tenant == TENANT, r.type == TYPE)
        statement = statement.where(r.unique_key == bindparam("unique_key") if by_name else r.id == ID)
        if with_binding:
            # Outer, because a resource that was never bound has none.
            joined = resource.outerjoin(binding, (b.tenant == r.tenant) & (b.resource == r.id))
            statement = statement.add_columns(*BINDING_COLUMNS).select_from(joined)
        if with_holders:
            # A subquery and no join: a row for every group would carry the document along each time.
            of = link.join(_HOLDER, (h.tenant == k.tenant) & (h.type == k.holder_type) & (h.id == k.holder_id))
            holders = (
                select(flavor.gathered(k.relation, k.holder_type, k.holder_id, h.display))
                .select_from(of)
                .where(k.tenant == TENANT, k.target_type == r.type, k.target_id == r.id)
                .correlate(resource)
            )
            statement = statement.add_columns(holders.scalar_subquery())
        return statement

    return SqlStatement(build)


class SqlUnit(SearchedParts, SqlBindings, SqlMarks, SqlRecording, TenantContents):
    """One transaction of one tenant. Made by `SqlRepository`."""

    def __init__(
        self, connection: UnitConnection, flavor: Flavor, tenant: str, searcher: Searcher, *, write: bool
    ) -> None:
        super().__init__(connection, flavor, tenant, write=write)
        self._searcher = searcher

    def get(self, type: str, id: str, *, lock: bool = False) -> Document | None:
        """The resource, None if there is none. `lock`: nobody else changes it before this unit ends."""
        return super().get(type, id, lock=lock) if self.write else prefetch.read(self, prefetch.GET, type, id=id)

    def read(self, reads: Reads) -> Found:
        """Answer all questions; a resource comes with its binding and its holders by one statement."""
        resources = tuple([self._read(wanted) for wanted in reads.resources])
        if not (reads.bindings or reads.accounts or reads.unfinished):
            return Found(resources=resources)
        bound_now = {account: self.binding_of(account) for account in reads.accounts}
        return Found(
            resources=resources,
            bindings=self.bindings(reads.bindings) if reads.bindings else {},
            accounts={account: found for account, found in bound_now.items() if found is not None},
            unfinished=frozenset([account for account in reads.unfinished if self.backlog(account, reads.now, 1)]),
        )

    def _read(self, wanted: ResourceRead) -> FoundResource:
        if wanted.lock and self.write and not self.flavor.one_writer:
            # PostgreSQL waits for the lock inside the statement, then reads the locked row anew and the joined rows
            # as they were before it waited: the binding would be older than the resource. So lock first, then read.
            return reads.read(self, Reads(resources=(wanted,))).resource
        statement = _joined(by_name=not wanted.id, with_binding=wanted.binding, with_holders=bool(wanted.holders))
        row = self.fetch_one(statement, type=wanted.type, id=wanted.id, unique_key=wanted.unique)
        if row is None:
            return reads.nothing(wanted)
        found = document(wanted.type, row)
        bound_to = bound(row[_BINDING_AT:]) if wanted.binding and row[_BINDING_AT] is not None else None
        if not (wanted.holders or wanted.links):
            return FoundResource(found, bound_to)
        near = [(wanted.type, found.id)]
        return FoundResource(
            found,
            bound_to,
            _by_relation(wanted.holders, row[-1]) if wanted.holders else {},
            {relation: self.all_links(near, relation).get(found.id, ()) for relation in wanted.links},
        )

    def search(self, query: Query) -> Page:
        """One page of the query."""
        return self._searcher.search(self, query)


def _by_relation(relations: Sequence[str], gathered: str | None) -> Mapping[str, Sequence[Linked]]:
    """Those who link to a resource, by relation, each list by id."""
    rows = json.loads(gathered) if gathered is not None else ()
    if not rows:
        return dict.fromkeys(relations, ())
    # SQL promises no order inside a JSON array. Python compares texts by code point, as the key columns do.
    rows.sort(key=lambda row: str(row[2]))
    return {relation: [Linked(*row[1:]) for row in rows if row[0] == relation] for relation in relations}
