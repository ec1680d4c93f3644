"""The tables: one wide row per resource, its extra keys and its links beside it, and what is recorded.

The tenant opens every key, index and foreign key, so that a distributed engine can place rows by it; nothing needs
a sequence, a trigger or an advisory lock. Times are microseconds since 1970, UTC. Texts compare bytewise everywhere:
SQLite does by default, PostgreSQL by the collation "C".
"""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    TextClause,
    UniqueConstraint,
    text,
)

#: Until the first release version 1 is edited in place, and a trial database is created again. From then on every
#: change of a table is one version more, with a step in `migrations`.
SCHEMA_VERSION = 1

#: Texts that are compared. On SQLite texts compare bytewise anyway; PostgreSQL would compare by the database's locale,
#: in which other names are equal and other names come first than in Python.
Key = Text().with_variant(Text(collation="C"), "postgresql")

#: All tables of scimcore, for tools that need SQLAlchemy metadata, such as Alembic.
metadata = MetaData()

#: What is soon rare among many rows has indexes of its own, which a row that is not of it never touches. A planner
#: takes them only for statements that say the very same, with no parameter in it.
UNFINISHED = text("state IN ('waiting', 'dead')")
CLOCKED = text("due > 0")


def _text(name: str, *, nullable: bool = False) -> Column[str]:
    return Column(name, Key, nullable=nullable)


def _index_of(which: TextClause, name: str, *columns: str) -> Index:
    """An index of those rows only."""
    return Index(name, *columns, sqlite_where=which, postgresql_where=which)


def _number(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False)


#: `doc` is canonical JSON without id, meta, relations and secrets: read as text, spliced into answers, never parsed.
resource = Table(
    "scim_resource",
    metadata,
    _text("tenant"),
    _text("type"),
    _text("id"),
    _number("version"),
    _number("created"),
    _number("modified"),
    _text("connection"),
    _text("unique_key"),
    _text("external_key", nullable=True),
    _text("display_key", nullable=True),
    Column("display", Text),
    Column("active", SmallInteger),
    Column("doc", Text, nullable=False),
    # The type before the id: with it a page far into a list of a million took 50 ms, without it 3.5 s.
    PrimaryKeyConstraint("tenant", "type", "id"),
    # The only judge of unique names. A look-up before the INSERT would let two units pass.
    UniqueConstraint("tenant", "type", "unique_key"),
    # The default order, and enough besides to count what a connection may see without reading the rows: a row has the
    # document in it, so that reading a million of them takes seconds.
    Index("scim_resource_created", "tenant", "type", "created", "id", "connection", "active"),
    # What a connector asks that reads changes only: meta.lastModified gt "...".
    Index("scim_resource_modified", "tenant", "type", "modified", "id"),
    Index("scim_resource_external", "tenant", "type", "external_key", "id"),
    Index("scim_resource_display", "tenant", "type", "display_key", "id"),
    # `active` alone takes 6 ms to count with this index, and seconds without it (a million users).
    Index("scim_resource_active", "tenant", "type", "active", "id"),
)

#: How many resources there are, so that nobody has to count a million of them for a list's first page. In several
#: shards, where several writers would wait for each other's row; only their sum means anything.
count = Table(
    "scim_count",
    metadata,
    _text("tenant"),
    _text("type"),
    _text("connection"),
    Column("shard", SmallInteger, nullable=False),
    _number("resources"),
    PrimaryKeyConstraint("tenant", "type", "connection", "shard"),
)

#: One row per element of an attribute that is declared `indexed` (see `records.IndexValue`).
value = Table(
    "scim_value",
    metadata,
    _text("tenant"),
    _text("type"),
    _text("id"),
    _text("path"),
    Column("position", Integer, nullable=False),
    _text("key", nullable=True),
    _text("kind", nullable=True),
    Column("is_primary", SmallInteger),
    PrimaryKeyConstraint("tenant", "type", "id", "path", "position"),
    ForeignKeyConstraint(
        ("tenant", "type", "id"), ("scim_resource.tenant", "scim_resource.type", "scim_resource.id"), ondelete="CASCADE"
    ),
    # Whole elements, so that a value path never leaves the index: planners without statistics would not use it then.
    Index("scim_value_key", "tenant", "type", "path", "key", "id", "kind", "is_primary"),
    sqlite_with_rowid=False,
)

#: One row per value that no other resource of the type may have, besides `unique_key` (see `records.UniqueKey`). Its
#: primary key refuses the second one. Without such an attribute it stays empty, and no write comes near it.
unique = Table(
    "scim_unique",
    metadata,
    _text("tenant"),
    _text("type"),
    _text("path"),
    _text("key"),
    _text("id"),
    PrimaryKeyConstraint("tenant", "type", "path", "key"),
    ForeignKeyConstraint(
        ("tenant", "type", "id"), ("scim_resource.tenant", "scim_resource.type", "scim_resource.id"), ondelete="CASCADE"
    ),
    # For the cascade: without it each deletion would read the table.
    Index("scim_unique_resource", "tenant", "type", "id"),
    sqlite_with_rowid=False,
)

#: One row per link of a relation: who holds it, and whom it links to.
link = Table(
    "scim_link",
    metadata,
    _text("tenant"),
    _text("holder_type"),
    _text("holder_id"),
    _text("relation"),
    _text("target_id"),
    _text("target_type"),
    PrimaryKeyConstraint("tenant", "holder_type", "holder_id", "relation", "target_id", "target_type"),
    ForeignKeyConstraint(
        ("tenant", "holder_type", "holder_id"),
        ("scim_resource.tenant", "scim_resource.type", "scim_resource.id"),
        ondelete="CASCADE",
    ),
    # Both ends: a user who is deleted while another unit adds it to a group would stay a member (measured: 3 to 17 of
    # them in a race of eight processes).
    ForeignKeyConstraint(
        ("tenant", "target_type", "target_id"),
        ("scim_resource.tenant", "scim_resource.type", "scim_resource.id"),
        ondelete="CASCADE",
    ),
    Index("scim_link_target", "tenant", "target_type", "target_id", "relation", "holder_id", "holder_type"),
    sqlite_with_rowid=False,
)

#: What a resource stands for. `body` holds the fields that nobody searches by, as JSON.
binding = Table(
    "scim_binding",
    metadata,
    _text("tenant"),
    _text("resource"),
    _text("type"),
    _text("account", nullable=True),
    _text("state"),
    _text("connection"),
    _number("since"),
    _number("due"),
    Column("body", Text, nullable=False),
    PrimaryKeyConstraint("tenant", "resource"),
    Index("scim_binding_account", "tenant", "account"),
    _index_of(CLOCKED, "scim_binding_due", "tenant", "due", "resource"),
    Index("scim_binding_state", "tenant", "connection", "type", "state", "since"),
)

#: What the service has to remember for a while and that no account stands behind (see `records.Mark`): an admin's
#: release of held leavers, groups that wait for a member, leavers without a tombstone. `body` holds the values as JSON.
mark = Table(
    "scim_mark",
    metadata,
    _text("tenant"),
    _text("kind"),
    _text("name"),
    _text("connection"),
    _number("since"),
    _number("due"),
    Column("body", Text, nullable=False),
    PrimaryKeyConstraint("tenant", "kind", "name"),
    Index("scim_mark_since", "tenant", "connection", "kind", "since"),
    _index_of(CLOCKED, "scim_mark_due", "tenant", "due", "kind", "name"),
)

#: Written before a question is asked whose answer must stay true: seats, owners.
guard = Table(
    "scim_guard", metadata, _text("tenant"), _text("name"), _number("turns"), PrimaryKeyConstraint("tenant", "name")
)

outbox = Table(
    "scim_outbox",
    metadata,
    _text("tenant"),
    _text("key"),
    _number("at"),
    _number("nth"),
    _text("type"),
    _text("account"),
    # Compared as text, and sorted by: the names of the lanes are in the order of their urgency.
    _text("lane"),
    _text("payload"),
    _number("due"),
    _text("state"),
    _number("attempts"),
    Column("error", Text, nullable=False),
    PrimaryKeyConstraint("tenant", "key"),
    Index("scim_outbox_order", "tenant", "at", "nth"),
    _index_of(UNFINISHED, "scim_outbox_waiting", "tenant", "state", "lane", "at", "nth", "due"),
    _index_of(UNFINISHED, "scim_outbox_account", "tenant", "account", "state", "lane", "at", "nth"),
)

#: `changes` and `detail` can be blanked (`forget`); `body` holds the rest, as JSON.
audit = Table(
    "scim_audit",
    metadata,
    _text("tenant"),
    _number("at"),
    _text("id"),
    _text("target"),
    Column("changes", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("body", Text, nullable=False),
    PrimaryKeyConstraint("tenant", "at", "id"),
    Index("scim_audit_target", "tenant", "target"),
)

#: About the database as a whole; the only table without a tenant.
meta = Table("scim_meta", metadata, _text("name"), _text("value"), PrimaryKeyConstraint("name"))
