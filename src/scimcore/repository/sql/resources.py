"""Resources, their keys, and the value index."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import groupby, product
from typing import Any, Final, cast

from sqlalchemy import Select, bindparam, delete, insert, literal_column, null, select, union_all, update

from scimcore.repository.protocol import Clash, Gone, Stale
from scimcore.repository.reads import NOTHING, FoundResource, Reads, ResourceRead, SingleReads, nothing, read
from scimcore.repository.records import IndexValue, Keys, UniqueKey
from scimcore.repository.sql.bindings import COLUMNS as BINDING_COLUMNS
from scimcore.repository.sql.bindings import bound
from scimcore.repository.sql.counting import place
from scimcore.repository.sql.flavors import Flavor
from scimcore.repository.sql.statements import TENANT, SqlStatement
from scimcore.repository.sql.tables import binding, link, resource, unique, value
from scimcore.repository.sql.transactions import StatementRunner
from scimcore.resources.changes import Linked
from scimcore.resources.document import Document

r, u, v = resource.c, unique.c, value.c
TYPE: Any = bindparam("type")
ID: Any = bindparam("id")

#: What a document is made of, in the order of `document`.
COLUMNS = (r.id, r.version, r.created, r.modified, r.doc, r.connection)


def document(type: str, row: Sequence[Any]) -> Document:
    """The document of a row that opens with `COLUMNS`."""
    id, version, created, modified, text, connection = row[:6]
    return Document(
        type=type, id=id, version=version, created=created, modified=modified, text=text, connection=connection
    )


_OF_TYPE = select(*COLUMNS).where(r.tenant == TENANT, r.type == TYPE)
GET = SqlStatement(lambda flavor: _OF_TYPE.where(r.id == ID))
LOCK = SqlStatement(lambda flavor: _OF_TYPE.where(r.id == ID).with_for_update())
NAMED = SqlStatement(lambda flavor: _OF_TYPE.where(r.unique_key == bindparam("unique_key")))
FIRST = SqlStatement(lambda flavor: _OF_TYPE.order_by(r.id).limit(bindparam("most")))
SCAN = SqlStatement(lambda flavor: _OF_TYPE.where(r.id > bindparam("after")).order_by(r.id).limit(bindparam("most")))
INSERT = SqlStatement(lambda flavor: insert(resource))


@cache
def replacing(names: tuple[str, ...]) -> SqlStatement:
    """Write these columns of a resource that still has the expected version.

    An index is written whenever one of its columns is, even with the value that it has. So a PATCH of `active` names
    one key column and leaves four indexes alone. There are 32 such statements at most.
    """
    # The connection is compared with the version: a resource that moved to another connection is counted elsewhere, and
    # `_move` must be the one that writes it.
    return SqlStatement(
        lambda flavor: (
            update(resource)
            .where(r.tenant == TENANT, r.type == bindparam("of_type"), r.id == bindparam("of_id"))
            .where(r.version == bindparam("expected"), r.connection == bindparam("known"))
            .values({name: bindparam(name) for name in names})
        )
    )


#: What `Keys` become, but for the value index.
KEYED = ("unique_key", "external_key", "display_key", "display", "active")
_MOVING = ("version", "modified", "doc")
REPLACE = replacing((*_MOVING, "created", "connection", *KEYED))
DELETE = SqlStatement(
    lambda flavor: delete(resource).where(r.tenant == TENANT, r.type == TYPE, r.id == ID).returning(r.connection)
)
INSERT_VALUE = SqlStatement(lambda flavor: insert(value))
DELETE_VALUES = SqlStatement(lambda flavor: delete(value).where(v.tenant == TENANT, v.type == TYPE, v.id == ID))
_UNIQUE = (u.tenant == TENANT, u.type == TYPE)
_SAME_KEY = (u.path == bindparam("path"), u.key == bindparam("key"))
#: Tells the unique keys from the values where both are read by one statement.
_NO_POSITION: Final = -1
# Both in one: a trip to a table that is empty nearly everywhere would cost every replacement as much as the values do.
INDEXED = SqlStatement(
    lambda flavor: union_all(
        select(v.path, v.position, v.key, v.kind, v.is_primary).where(v.tenant == TENANT, v.type == TYPE, v.id == ID),
        select(u.path, literal_column(str(_NO_POSITION)), u.key, null(), null()).where(*_UNIQUE, u.id == ID),
    )
)
TAKEN_BY = SqlStatement(lambda flavor: select(u.id).where(*_UNIQUE, *_SAME_KEY))
INSERT_UNIQUE = SqlStatement(lambda flavor: insert(unique))
# Of this resource only: a key that another one has by now is not ours to remove.
DELETE_UNIQUE = SqlStatement(lambda flavor: delete(unique).where(*_UNIQUE, *_SAME_KEY, u.id == ID))
VERSION = SqlStatement(
    lambda flavor: select(r.version, r.connection).where(r.tenant == TENANT, r.type == TYPE, r.id == ID)
)


_HOLDER = resource.alias("holder")
b, k, h = binding.c, link.c, _HOLDER.c
#: Where the binding begins in a row of `JOINED`.
_BINDING_AT: Final = len(COLUMNS)


def _joined(by_name: bool, with_binding: bool, with_holders: bool) -> SqlStatement:
    """One statement in the place of up to three. The holders are the last column, the binding stands before them."""

    def build(flavor: Flavor) -> Select[Any]:
        statement = select(*COLUMNS).where(r.tenant == TENANT, r.type == TYPE)
        statement = statement.where(r.unique_key == bindparam("unique_key") if by_name else r.id == ID)
        if with_binding:
            # Outer, because a resource that was never bound has none.
            with_its = resource.outerjoin(binding, (b.tenant == r.tenant) & (b.resource == r.id))
            statement = statement.add_columns(*BINDING_COLUMNS).select_from(with_its)
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


#: By name or by id, with the binding or without, with the holders or without.
JOINED: Final = {which: _joined(*which) for which in product((False, True), repeat=3)}


class SqlResources(StatementRunner):
    """The resources of a tenant."""

    def get(self, type: str, id: str, *, lock: bool = False) -> Document | None:
        """Return the resource, None if there is none. `lock`: nobody else changes it before this unit ends."""
        row = self.fetch_one(LOCK if lock and self.write else GET, type=type, id=id)
        return None if row is None else document(type, row)

    def read_resource(self, wanted: ResourceRead) -> FoundResource:
        """Return the resource with its binding and its holders, by one statement; without its links."""
        if wanted.lock and self.write and not self.flavor.one_writer:
            # PostgreSQL waits for the lock inside the statement, then reads the locked row anew and the joined rows
            # as they were before it waited: the binding would be older than the resource. So lock first, then read.
            single = cast("SingleReads", self)
            return read(single, Reads(resources=(wanted._replace(links=()),))).resource
        statement = JOINED[not wanted.id, wanted.binding, wanted.holders != ()]
        row = self.fetch_one(statement, type=wanted.type, id=wanted.id, unique_key=wanted.unique)
        if row is None:
            return nothing(wanted)
        return FoundResource(
            document(wanted.type, row),
            bound(row[_BINDING_AT:]) if wanted.binding and row[_BINDING_AT] is not None else None,
            _by_relation(wanted.holders, row[-1]) if wanted.holders else NOTHING,
        )

    def named(self, type: str, unique: str) -> Document | None:
        """Return the resource with that unique key."""
        row = self.fetch_one(NAMED, type=type, unique_key=unique)
        return None if row is None else document(type, row)

    def scan(self, type: str, after: str | None, limit: int) -> Sequence[Document]:
        """Return up to `limit` resources with ids above `after`, in the order of their ids."""
        if after is None:
            rows = self.fetch_all(FIRST, type=type, most=limit)
        else:
            rows = self.fetch_all(SCAN, type=type, after=after, most=limit)
        return [document(type, row) for row in rows]

    def insert(self, document: Document, keys: Keys) -> None:
        """Store a new resource. Raises `Clash`."""
        self.change(INSERT, type=document.type, id=document.id, **_row(document, keys))
        self._count(document.type, document.connection, document.id, 1)
        if keys.values:
            self.change_each(INSERT_VALUE, _values(document, keys.values))
        if keys.also_unique:
            self._change_uniques(document, (), keys.also_unique)

    def replace(self, document: Document, keys: Keys, *, expect: int) -> None:
        """Store a new version of a resource that still has the version `expect`."""
        type, id = document.type, document.id
        values = {"of_type": type, "of_id": id, "expected": expect, **_row(document, keys)}
        if not self.change(REPLACE, known=document.connection, **values):
            self._move(document, values)
        # Most writes change no indexed value, and reading rows costs less than writing them.
        rows = [tuple(row) for row in self.fetch_all(INDEXED, type=type, id=id)]
        before = sorted(row for row in rows if row[1] != _NO_POSITION)
        if before != sorted(_entry(entry) for entry in keys.values):
            self._revalue(document, keys)
        uniques = [UniqueKey(row[0], row[2]) for row in rows if row[1] == _NO_POSITION]
        if uniques or keys.also_unique:
            self._change_uniques(document, uniques, keys.also_unique)

    def taken_by(self, type: str, key: UniqueKey) -> str | None:
        """Return the id of the resource that has this further unique key."""
        row = self.fetch_one(TAKEN_BY, type=type, path=key.path, key=key.key)
        return None if row is None else str(row[0])

    def _change_uniques(self, document: Document, before: Sequence[UniqueKey], after: Sequence[UniqueKey]) -> None:
        head = {"type": document.type, "id": document.id}
        gone, new = sorted({*before} - {*after}), sorted({*after} - {*before})
        if gone:
            self.change_each(DELETE_UNIQUE, [{**head, **key._asdict()} for key in gone])
        for path, keys in groupby(new, key=lambda key: key.path):
            # One statement for each path: no driver says of which row of several it was refused.
            try:
                self.change_each(INSERT_UNIQUE, [{**head, **key._asdict()} for key in keys])
            except Clash as clash:
                raise Clash(str(clash), path=path) from clash

    def amend(self, document: Document, keys: Keys, before: Keys, *, expect: int) -> None:
        """Do what `replace` does, and write only what changed: `before` are the keys of version `expect`."""
        # The service has both keys at hand, so nothing has to be read to find out what differs.
        row, old = _columns(keys), _columns(before)
        changed = tuple([name for name in KEYED if row[name] != old[name]])
        moved = self.change(
            replacing((*_MOVING, *changed)),
            of_type=document.type,
            of_id=document.id,
            expected=expect,
            known=document.connection,
            version=document.version,
            modified=document.modified,
            doc=document.text,
            **{name: row[name] for name in changed},
        )
        if not moved:
            # Of another version or connection, or gone: `replace` finds out which, and does what is to be done.
            self.replace(document, keys, expect=expect)
            return
        if keys.values != before.values:
            self._revalue(document, keys)
        if keys.also_unique != before.also_unique:
            self._change_uniques(document, before.also_unique, keys.also_unique)

    def _revalue(self, document: Document, keys: Keys) -> None:
        self.change(DELETE_VALUES, type=document.type, id=document.id)
        if keys.values:
            self.change_each(INSERT_VALUE, _values(document, keys.values))

    def delete(self, type: str, id: str) -> bool:
        """Remove the resource and all links from and to it."""
        # RETURNING, because the row says which connection it was counted under. Links and values go by ON DELETE
        # CASCADE.
        gone = self.fetch_changed(DELETE, type=type, id=id)
        for row in gone:
            self._count(type, row[0], id, -1)
        return bool(gone)

    def _move(self, document: Document, values: dict[str, Any]) -> None:
        """Replace a resource that another connection had, if that is what was in the way."""
        type, id, expect = document.type, document.id, values["expected"]
        row = self.fetch_one(VERSION, type=type, id=id)
        if row is None:
            raise Gone(f"{type} {id}")
        version, connection = row
        if version != expect or not self.change(REPLACE, known=connection, **values):
            raise Stale(f"{type} {id} has not version {expect} any more")
        self._count(type, connection, id, -1)
        self._count(type, document.connection, id, 1)

    def _count(self, type: str, connection: str, id: str, more: int) -> None:
        self.counted[place(type, connection, id, self.flavor)] += more


def _row(document: Document, keys: Keys) -> dict[str, Any]:
    return {
        "version": document.version,
        "created": document.created,
        "modified": document.modified,
        "connection": document.connection,
        "doc": document.text,
        **_columns(keys),
    }


def _columns(keys: Keys) -> dict[str, Any]:
    """The values of `KEYED`."""
    active = None if keys.active is None else int(keys.active)
    return dict(zip(KEYED, (keys.unique, keys.external, keys.display_key, keys.display, active), strict=True))


def _entry(entry: IndexValue) -> tuple[str, int, str | None, str | None, int | None]:
    primary = None if entry.primary is None else int(entry.primary)
    return entry.path, entry.position, entry.key, entry.kind, primary


def _values(document: Document, entries: Sequence[IndexValue]) -> list[dict[str, Any]]:
    names = ("path", "position", "key", "kind", "is_primary")
    head = {"type": document.type, "id": document.id}
    return [{**head, **dict(zip(names, _entry(entry), strict=True))} for entry in entries]


def _by_relation(relations: Sequence[str], gathered: str | None) -> Mapping[str, Sequence[Linked]]:
    """Those who link to a resource, by relation, each list by id."""
    # PostgreSQL gathers no rows as NULL, SQLite as an empty array. Most groups and many users are in no group.
    if gathered is None or gathered == "[]":
        return dict.fromkeys(relations, ())
    rows = json.loads(gathered)
    # SQL promises no order inside a JSON array. Python compares texts by code point, as the key columns do.
    rows.sort(key=lambda row: str(row[2]))
    return {relation: [Linked(*row[1:]) for row in rows if row[0] == relation] for relation in relations}
