"""What resources stand for, and the guard rows."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, func, select

from scimcore.policy.facts import NO_MEMORY, Binding, Memory
from scimcore.repository.sql.flavors import Flavor
from scimcore.repository.sql.statements import TENANT, SqlStatement
from scimcore.repository.sql.tables import CLOCKED, binding, guard, mark
from scimcore.repository.sql.transactions import StatementRunner
from scimcore.resources.document import to_text

b, m = binding.c, mark.c
_COLUMNS = ("resource", "type", "account", "state", "connection", "since", "due")
#: What a binding is made of, in the order of `bound`.
COLUMNS = (*(b[name] for name in _COLUMNS), b.body)
MINE = select(*COLUMNS).where(b.tenant == TENANT)
_USERS = (b.tenant == TENANT, b.connection == bindparam("connection"), b.type == "User")


# ON CONFLICT and no look-up before: two units may both find no binding, and both insert one.
def _upsert(flavor: Flavor) -> Any:
    statement = flavor.insert(binding)
    new = {name: statement.excluded[name] for name in (*_COLUMNS[1:], "body")}
    return statement.on_conflict_do_update(index_elements=["tenant", "resource"], set_=new)


# A row that is written and not only locked. SELECT ... FOR UPDATE locks nothing where there is no row yet, and the
# first two units of a tenant would both pass. Writing also makes two units conflict under SERIALIZABLE and in engines
# that have optimistic transactions only.
def _guard(flavor: Flavor) -> Any:
    statement = flavor.insert(guard).values(tenant=TENANT, name=bindparam("name"), turns=1)
    return statement.on_conflict_do_update(index_elements=["tenant", "name"], set_={"turns": guard.c.turns + 1})


BINDING = SqlStatement(lambda flavor: MINE.where(b.resource == bindparam("resource")))
BINDINGS = SqlStatement(lambda flavor: MINE.where(flavor.among(b.resource, "resources")))
# Tombstones keep their account, so that a deleted user who comes back is found: here they do not count.
BINDING_OF = SqlStatement(
    lambda flavor: (
        MINE.where(b.account == bindparam("account"), b.state != "deleted")
        .order_by(b.since.desc(), b.resource.desc())
        .limit(1)
    )
)
BIND = SqlStatement(_upsert)
UNBIND = SqlStatement(lambda flavor: delete(binding).where(b.tenant == TENANT, b.resource == bindparam("resource")))
DUE = SqlStatement(
    lambda flavor: MINE.where(CLOCKED, b.due <= bindparam("now")).order_by(b.due, b.resource).limit(bindparam("most"))
)


# Marks and not bindings in a leaver's state: of a user who is enabled again no state shows that somebody left.
LEAVERS = SqlStatement(
    lambda flavor: (
        select(func.count())
        .select_from(mark)
        .where(m.tenant == TENANT, m.connection == bindparam("connection"), m.kind == "leaver")
        .where(m.since >= bindparam("since"))
    )
)
MANAGED = SqlStatement(lambda flavor: select(func.count()).select_from(binding).where(*_USERS, b.state != "deleted"))
GUARD = SqlStatement(_guard)


class SqlBindings(StatementRunner):
    """The bindings of a tenant, and its guards."""

    def binding(self, resource: str) -> Binding | None:
        """Return the resource's binding."""
        row = self.fetch_one(BINDING, resource=resource)
        return None if row is None else bound(row)

    def bindings(self, resources: Sequence[str]) -> Mapping[str, Binding]:
        """Return the bindings of these resources, by resource."""
        rows = self.fetch_all(BINDINGS, resources=self.flavor.pack(resources))
        return {row[0]: bound(row) for row in rows}

    def binding_of(self, account: str) -> Binding | None:
        """Return the binding that stands for the account now, of several the latest."""
        row = self.fetch_one(BINDING_OF, account=account)
        return None if row is None else bound(row)

    def bind(self, binding: Binding) -> None:
        """Write the binding, over the one of the same resource if there is one."""
        values = {name: getattr(binding, name) for name in _COLUMNS}
        self.change(BIND, **values, body=_body(binding))

    def unbind(self, resource: str) -> None:
        """Remove the resource's binding, if there is one."""
        self.change(UNBIND, resource=resource)

    def due(self, now: int, limit: int) -> Sequence[Binding]:
        """Return bindings with 0 < `due` <= now, the earliest first."""
        return [bound(row) for row in self.fetch_all(DUE, now=now, most=limit)]

    def leavers(self, connection: str, since: int) -> int:
        """Count the connection's marks of the kind `leaver` with that `since` or a later one."""
        return int(self.fetch_one(LEAVERS, connection=connection, since=since)[0])

    def managed(self, connection: str) -> int:
        """Count the Users that the connection manages: its bindings that are not tombstones."""
        return int(self.fetch_one(MANAGED, connection=connection)[0])

    def guard(self, name: str) -> None:
        """Write the tenant's guard row of that name: until this unit ends, no other unit gets past this call."""
        self.change(GUARD, name=name)


# A change of these fields needs no change of the table; the columns are what statements search by.
def _body(binding: Binding) -> str:
    kept = {
        "roles": binding.roles,
        "override": binding.override,
        "retained": binding.retained,
        "held": binding.held,
        "memory": binding.memory.as_json(),
    }
    return to_text(kept)


def bound(row: Sequence[Any]) -> Binding:
    """The binding of a row that opens with `COLUMNS`."""
    resource, type, account, state, connection, since, due, body = row[:8]
    kept = json.loads(body)
    override = kept["override"]
    return Binding(
        resource=resource,
        type=type,
        account=account,
        state=state,
        connection=connection,
        since=since,
        due=due,
        roles=tuple(kept["roles"]),
        override=None if override is None else tuple(override),
        retained=tuple(kept["retained"]),
        held=kept["held"],
        memory=Memory.from_json(kept["memory"]) if kept["memory"] else NO_MEMORY,
    )
