"""Links, kept as rows: a change costs what it names."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, func, select

from scimcore.repository.sql.flavors import Flavor
from scimcore.repository.sql.statements import TENANT, SqlStatement
from scimcore.repository.sql.tables import link, resource
from scimcore.repository.sql.transactions import StatementRunner
from scimcore.resources.changes import Link, LinkColumns, Linked

k, r = link.c, resource.c
_HOLDER = (k.tenant == TENANT, k.holder_type == bindparam("type"), k.holder_id == bindparam("id"))
_OF = (*_HOLDER, k.relation == bindparam("relation"))
_TARGET = (r.tenant == k.tenant) & (r.type == k.target_type) & (r.id == k.target_id)
_BACK = (r.tenant == k.tenant) & (r.type == k.holder_type) & (r.id == k.holder_id)


def _link(flavor: Flavor) -> Any:
    pairs = flavor.pairs("types", "ids")
    literals: tuple[Any, ...] = (TENANT, bindparam("type"), bindparam("id"), bindparam("relation"))
    rows = select(*literals, pairs.c.second, pairs.c.first).select_from(pairs)
    # SQLite takes ON CONFLICT for a join's ON where the SELECT has no WHERE. And DO NOTHING with RETURNING, because
    # `rowcount` was seen to count rows that were skipped.
    rows = rows.where(pairs.c.second.is_not(None))
    columns = ["tenant", "holder_type", "holder_id", "relation", "target_id", "target_type"]
    statement = flavor.insert(link).from_select(columns, rows).on_conflict_do_nothing()
    return statement.returning(k.target_type, k.target_id)


LINK = SqlStatement(_link)
UNLINK = SqlStatement(
    lambda flavor: delete(link).where(*_OF, flavor.among(k.target_id, "ids")).returning(k.target_type, k.target_id)
)
_LINKS = (
    select(k.target_type, k.target_id, r.display)
    .select_from(link.join(resource, _TARGET))
    .where(*_OF)
    .order_by(k.target_id)
    .limit(bindparam("most"))
)
LINKS = SqlStatement(lambda flavor: _LINKS)
LINKS_AFTER = SqlStatement(lambda flavor: _LINKS.where(k.target_id > bindparam("after")))
# Asks for the named ids only: "is this user a member" must cost the same in a group of ten and of a hundred thousand.
LINKED = SqlStatement(
    lambda flavor: (
        select(k.target_type, k.target_id).where(*_OF, flavor.among(k.target_id, "ids")).order_by(k.target_id)
    )
)
# Counted inside a LIMIT: the caller wants to know whether there are more than a few, and not how many.
COUNT = SqlStatement(
    lambda flavor: select(func.count()).select_from(
        select(k.target_id).where(*_OF).limit(bindparam("most")).subquery("counted")
    )
)


def _whole(flavor: Flavor) -> Any:
    # Both engines feed an aggregate in the order of the subquery that it is of. Three arrays and not one of objects:
    # the JSON is half as long, and `LinkColumns` renders it without making a value for each member.
    shown = select(k.target_type, k.target_id, r.display).select_from(link.join(resource, _TARGET))
    ordered = shown.where(*_OF).order_by(k.target_id).subquery("ordered")
    return select(*map(flavor.gather, ordered.c))


#: All links of one holder in one row: a hundred thousand rows take longer to fetch than to read.
WHOLE = SqlStatement(_whole)
ALL_LINKS = SqlStatement(
    lambda flavor: (
        select(k.holder_id, k.target_type, k.target_id, r.display)
        .select_from(link.join(resource, _TARGET))
        .where(k.tenant == TENANT, k.holder_type == bindparam("type"), k.relation == bindparam("relation"))
        .where(flavor.among(k.holder_id, "ids"))
        .order_by(k.holder_id, k.target_id)
        .limit(bindparam("most"))
    )
)
_HOLDERS = (
    select(k.target_id, k.holder_type, k.holder_id, r.display)
    .select_from(link.join(resource, _BACK))
    .where(k.tenant == TENANT, k.target_type == bindparam("type"), k.relation == bindparam("relation"))
    .order_by(k.target_id, k.holder_id)
    .limit(bindparam("most"))
)
HOLDERS = SqlStatement(lambda flavor: _HOLDERS.where(flavor.among(k.target_id, "ids")))
#: The same for one: what every answer with a single user asks.
HOLDERS_OF_ONE = SqlStatement(lambda flavor: _HOLDERS.where(k.target_id == bindparam("id")))
# Which of the types an id belongs to is not known beforehand: a group's members may be users and groups.
TYPES_OF = SqlStatement(
    lambda flavor: select(r.id, r.type).where(
        r.tenant == TENANT, flavor.among(r.type, "types"), flavor.among(r.id, "ids")
    )
)
#: No limit at all, as a number.
ALL = 2**62


class SqlRelations(StatementRunner):
    """The links of a tenant."""

    def link(self, type: str, id: str, relation: str, links: Sequence[Link]) -> Sequence[Link]:
        """Link these to the holder. Returns those that were not linked before."""
        # In one order in every unit: the foreign keys lock the targets, and locks in one order never deadlock.
        ordered = sorted(links, key=lambda end: (end.id, end.type))
        types, ids = [end.type for end in ordered], [end.id for end in ordered]
        packed = {"types": self.flavor.pack(types), "ids": self.flavor.pack(ids)}
        rows = self.fetch_changed(LINK, type=type, id=id, relation=relation, **packed) if ids else []
        return [Link(*row) for row in rows]

    def unlink(self, type: str, id: str, relation: str, ids: Sequence[str]) -> Sequence[Link]:
        """Unlink these ids. Returns those that were linked."""
        packed = self.flavor.pack(ids)
        return [Link(*row) for row in self.fetch_changed(UNLINK, type=type, id=id, relation=relation, ids=packed)]

    def links(self, type: str, id: str, relation: str, *, after: str | None, limit: int) -> Sequence[Linked]:
        """Return the holder's links in the order of their ids."""
        holder: dict[str, Any] = {"type": type, "id": id, "relation": relation, "most": limit}
        rows = self.fetch_all(LINKS, **holder) if after is None else self.fetch_all(LINKS_AFTER, after=after, **holder)
        return [Linked(*row) for row in rows]

    def linked(self, type: str, id: str, relation: str, ids: Sequence[str]) -> Sequence[Link]:
        """Return those of these ids that the holder links to."""
        packed = self.flavor.pack(ids)
        return [Link(*row) for row in self.fetch_all(LINKED, type=type, id=id, relation=relation, ids=packed)]

    def link_count(self, type: str, id: str, relation: str, limit: int) -> int:
        """Count the holder's links, up to `limit`."""
        return int(self.fetch_one(COUNT, type=type, id=id, relation=relation, most=limit)[0])

    def all_links(self, holders: Sequence[tuple[str, str]], relation: str) -> Mapping[str, Sequence[Linked]]:
        """Return all links of several holders, by holder id, of those that have any."""
        if len(holders) != 1:
            return self.ends(ALL_LINKS, holders, relation, ALL)
        type, id = holders[0]
        types, ids, displays = (
            json.loads(x or "[]") for x in self.fetch_one(WHOLE, type=type, id=id, relation=relation)
        )
        return {id: LinkColumns(types, ids, displays)} if ids else {}

    def holders(self, targets: Sequence[tuple[str, str]], relation: str) -> Mapping[str, Sequence[Linked]]:
        """Return the resources that link to these, by target id."""
        if len(targets) == 1:
            type, id = targets[0]
            rows = self.fetch_all(HOLDERS_OF_ONE, type=type, id=id, relation=relation, most=ALL)
            return {id: [Linked(*row[1:]) for row in rows]} if rows else {}
        return self.ends(HOLDERS, targets, relation, ALL)

    def types_of(self, types: Sequence[str], ids: Sequence[str]) -> Mapping[str, str]:
        """Return the type of each id, of these types; ids of no resource are left out."""
        packed = {"types": self.flavor.pack(types), "ids": self.flavor.pack(ids)}
        return dict(self.fetch_all(TYPES_OF, **packed))

    def ends(
        self, statement: SqlStatement, near: Sequence[tuple[str, str]], relation: str, most: int
    ) -> dict[str, list[Linked]]:
        """The far ends of several resources, at most so many rows of each type."""
        of_type: dict[str, list[str]] = {}
        for type, id in near:
            of_type.setdefault(type, []).append(id)
        found: dict[str, list[Linked]] = {}
        for type, ids in of_type.items():
            for id, *end in self.fetch_all(
                statement, type=type, ids=self.flavor.pack(ids), relation=relation, most=most
            ):
                found.setdefault(id, []).append(Linked(*end))
        return found
