"""A resource together with who links to it: one statement in the place of two, in a unit that only reads.

Nearly every answer with one resource shows both. What came along is kept for as long as the unit, which is asked for
it next; nothing else is ever answered from it.
"""

import json
from typing import Any

from sqlalchemy import Select, bindparam, select

from scimcore.repository.sql.flavors import Flavor
from scimcore.repository.sql.resources import COLUMNS, ID, TYPE, document
from scimcore.repository.sql.statements import TENANT, SqlStatement
from scimcore.repository.sql.tables import link, resource
from scimcore.repository.sql.transactions import StatementRunner
from scimcore.resources.changes import Linked
from scimcore.resources.document import Document

r, k = resource.c, link.c
_HOLDER = resource.alias("holder")
h = _HOLDER.c


def _with_holders(flavor: Flavor) -> Select[Any]:
    holders = (
        select(flavor.gathered(k.relation, k.holder_type, k.holder_id, h.display))
        .select_from(link.join(_HOLDER, (h.tenant == k.tenant) & (h.type == k.holder_type) & (h.id == k.holder_id)))
        .where(k.tenant == TENANT, k.target_type == r.type, k.target_id == r.id)
        .correlate(resource)
    )
    return select(*COLUMNS, holders.scalar_subquery()).where(r.tenant == TENANT, r.type == TYPE)


GET = SqlStatement(lambda flavor: _with_holders(flavor).where(r.id == ID))
NAMED = SqlStatement(lambda flavor: _with_holders(flavor).where(r.unique_key == bindparam("unique_key")))


def read(unit: StatementRunner, statement: SqlStatement, type: str, **values: str) -> Document | None:
    """The resource that one of the statements above finds; who links to it is kept in the unit."""
    rows = unit.fetch_all(statement, type=type, **values)
    if not rows:
        return None
    found = document(type, rows[0])
    unit.prefetched[type, found.id] = rows[0][-1]
    return found


def holders(unit: StatementRunner, type: str, id: str, relation: str) -> list[Linked] | None:
    """Who links to the resource, by id, if it was read here; else None."""
    if (type, id) not in unit.prefetched:
        return None
    text = unit.prefetched[type, id]
    if text is None or text == "[]":
        return []
    rows = json.loads(text)
    return [Linked(*row[1:]) for row in sorted(rows, key=lambda row: str(row[2])) if row[0] == relation]
