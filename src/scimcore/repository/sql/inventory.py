"""What a tenant has, for those who move it: its types, its relations, every binding."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, func, select

from scimcore.policy.facts import Binding
from scimcore.repository.sql.base import Part
from scimcore.repository.sql.bindings import MINE, bound
from scimcore.repository.sql.statements import TENANT, Statement
from scimcore.repository.sql.tables import binding, link, resource

b, k, r = binding.c, link.c, resource.c

# From one to the next: SELECT DISTINCT would read every row.
NEXT_TYPE = Statement(lambda flavor: select(func.min(r.type)).where(r.tenant == TENANT, r.type > bindparam("after")))
RELATIONS = Statement(lambda flavor: select(k.relation).where(k.tenant == TENANT).distinct())
EVERY_BINDING = Statement(
    lambda flavor: MINE.where(b.resource > bindparam("after")).order_by(b.resource).limit(bindparam("most"))
)


class Inventory(Part):
    """What a tenant has."""

    def types(self) -> Sequence[str]:
        """The types that there are resources of."""
        found: list[str] = []
        while (next := self._next(found[-1] if found else "")) is not None:
            found.append(next)
        return found

    def relations(self) -> Sequence[str]:
        """The relations that there are links of."""
        return [row[0] for row in self._all(RELATIONS)]

    def every_binding(self, after: str | None, limit: int) -> Sequence[Binding]:
        """Bindings by resource, those of deleted resources too, from beyond that resource."""
        return [bound(row) for row in self._all(EVERY_BINDING, after=after or "", most=limit)]

    def _next(self, after: str) -> str | None:
        row: Sequence[Any] = self._one(NEXT_TYPE, after=after)
        found: str | None = row[0]
        return found
