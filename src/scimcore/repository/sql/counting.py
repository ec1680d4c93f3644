"""How many resources there are: kept as rows, in the transaction that adds or removes one.

A transaction writes its differences when everything else is done, in one order: a transaction that has such a row
is about to commit, so others wait for no more than that, and never for each other.
"""

from collections import Counter
from collections.abc import Mapping
from zlib import crc32

from sqlalchemy import ColumnElement, bindparam, func, select

from scimcore.repository.sql.flavors import Flavor
from scimcore.repository.sql.statements import TENANT, SqlStatement
from scimcore.repository.sql.tables import count

n = count.c
#: Of each type and connection, and in which shard: how many more there are than before.
Differences = Counter[tuple[str, str, int]]


# Added to, never set: two units that both read 7 would both write 8. The row is locked from here to the commit.
def _add(flavor: Flavor) -> ColumnElement[int]:
    added = flavor.insert(count)
    keys = ("tenant", "type", "connection", "shard")
    more = {"resources": n.resources + added.excluded.resources}
    return added.on_conflict_do_update(index_elements=keys, set_=more)  # type: ignore[no-any-return]  # untyped


_OF_TYPE = select(func.coalesce(func.sum(n.resources), 0)).where(n.tenant == TENANT, n.type == bindparam("type"))
ADD = SqlStatement(_add)
OF_TYPE = SqlStatement(lambda flavor: _OF_TYPE)
OF_CONNECTION = SqlStatement(lambda flavor: _OF_TYPE.where(n.connection == bindparam("connection")))


def place(type: str, connection: str, id: str, flavor: Flavor) -> tuple[str, str, int]:
    """Return the row that counts the resource."""
    # By the id and not at random: what adds a resource and what removes it then change the same row, and no row of a
    # tenant that was emptied stays behind with a number below zero. One shard where writers queue anyway.
    return type, connection, crc32(id.encode()) % flavor.shards if flavor.shards > 1 else 0


def rows(differences: Mapping[tuple[str, str, int], int], tenant: str) -> list[dict[str, object]]:
    """Return what to add, in the order of the keys."""
    # In one order in every unit, or two units that both touch two rows could each wait for the other.
    names = ("type", "connection", "shard")
    return [
        {"tenant": tenant, **dict(zip(names, key, strict=True)), "resources": more}
        for key, more in sorted(differences.items())
        if more
    ]
