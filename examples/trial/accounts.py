"""The accounts table, as the host and the pages use it."""

import json
import time
import uuid
from collections.abc import Iterable, Sequence
from typing import Any, Final, Literal

import sqlalchemy as sa
from attrs import frozen
from sqlalchemy import Connection

from scimcore.schema import fold
from trial.statements import run
from trial.tables import ACCOUNTS, SESSIONS, TEAM_MEMBERS

State = Literal["invited", "active", "suspended", "anonymised", "deleted"]

#: The role that a customer must not be left without.
OWNER: Final = "owner"
#: States in which an account uses a seat.
SEATED: Final = ("active", "invited")
#: States that nothing leads out of.
GONE: Final = ("anonymised", "deleted")

_LIVING: Final = sa.and_(*(ACCOUNTS.c.state != state for state in GONE))
_ONE: Final = sa.and_(ACCOUNTS.c.tenant == sa.bindparam("of"), ACCOUNTS.c.id == sa.bindparam("one"))
#: What an `Account` is made of, in its order.
_FACTS: Final = sa.select(*(ACCOUNTS.c[name] for name in ("id", "email", "name", "state", "roles", "owner", "ready")))
_BY_ID: Final = _FACTS.where(_ONE)
_BY_IDS: Final = _FACTS.where(
    ACCOUNTS.c.tenant == sa.bindparam("of"), ACCOUNTS.c.id.in_(sa.bindparam("ids", expanding=True))
)
_BY_EMAIL: Final = _FACTS.where(
    ACCOUNTS.c.tenant == sa.bindparam("of"),
    ACCOUNTS.c.email_key == sa.bindparam("key"),
    _LIVING,
).order_by(ACCOUNTS.c.opened, ACCOUNTS.c.id)
_SEATED: Final = (
    sa.select(sa.func.count())
    .select_from(ACCOUNTS)
    .where(ACCOUNTS.c.tenant == sa.bindparam("of"), ACCOUNTS.c.state.in_(SEATED))
)
_INSERT: Final = sa.insert(ACCOUNTS)
# The columns to be set are those that come with the parameters.
_UPDATE: Final = sa.update(ACCOUNTS).where(_ONE)
_UPDATE_LIVING: Final = _UPDATE.where(_LIVING)
_END_SESSIONS: Final = (
    sa.update(SESSIONS)
    .where(SESSIONS.c.tenant == sa.bindparam("of"), SESSIONS.c.account == sa.bindparam("one"))
    .values(live=False)
)
_OTHER_OWNERS: Final = (
    sa.select(ACCOUNTS.c.id)
    .where(
        ACCOUNTS.c.tenant == sa.bindparam("of"),
        ACCOUNTS.c.owner.is_(True),
        ACCOUNTS.c.state == "active",
        ACCOUNTS.c.id.not_in(sa.bindparam("ids", expanding=True)),
    )
    .limit(1)
)


@frozen(kw_only=True)
class Account:
    """One row. Name and e-mail are None once the account is anonymised."""

    id: str
    email: str | None
    name: str | None
    state: State
    roles: tuple[str, ...]
    owner: bool
    ready: bool


def find(tx: Connection, tenant: str, ids: Iterable[str]) -> dict[str, Account]:
    """Those of these accounts that exist, by id."""
    wanted = list(ids)
    if len(wanted) == 1:
        rows = run(tx, _BY_ID, of=tenant, one=wanted[0]).fetchall()
    else:
        rows = tx.execute(_BY_IDS, {"of": tenant, "ids": wanted}).all()
    return {account.id: account for account in map(_account, rows)}


def find_by_email(tx: Connection, tenant: str, email: str) -> list[Account]:
    """The living accounts with that address, the oldest first; an address is not unique."""
    return [_account(row) for row in run(tx, _BY_EMAIL, of=tenant, key=fold(email))]


def every(tx: Connection, tenant: str) -> list[Account]:
    """All of them, gone ones too, in the order they were opened."""
    rows = tx.execute(_FACTS.where(ACCOUNTS.c.tenant == tenant).order_by(ACCOUNTS.c.opened, ACCOUNTS.c.id))
    return [_account(row) for row in rows]


def page(tx: Connection, tenant: str, after: str | None, limit: int) -> list[Account]:
    """Up to `limit` that are not gone, with ids above `after`, by id."""
    mine = _FACTS.where(ACCOUNTS.c.tenant == tenant, _LIVING)
    beyond = mine if after is None else mine.where(ACCOUNTS.c.id > after)
    return [_account(row) for row in tx.execute(beyond.order_by(ACCOUNTS.c.id).limit(limit))]


def seated(tx: Connection, tenant: str) -> int:
    """How many use a seat, whoever made them."""
    return tx.execute(_SEATED, {"of": tenant}).scalar_one()


def has_other_owner(tx: Connection, tenant: str, ids: Sequence[str]) -> bool:
    """Whether an owner besides these could run the place."""
    return tx.execute(_OTHER_OWNERS, {"of": tenant, "ids": list(ids)}).first() is not None


def insert(
    tx: Connection,
    tenant: str,
    *,
    email: str | None,
    name: str | None,
    state: State,
    roles: Sequence[str],
    ready: bool = False,
) -> str:
    """A new account; its id."""
    id = uuid.uuid4().hex
    row = {"tenant": tenant, "id": id, "name": name, "state": state, "ready": ready, "opened": now()}
    run(tx, _INSERT, **row, **_email(email), **_roles(roles))
    return id


def set_state(tx: Connection, tenant: str, id: str, state: State) -> None:
    """Move a living account; what is anonymised or deleted stays so for ever."""
    _update(tx, tenant, id, {"state": state}, living=True)


def set_roles(tx: Connection, tenant: str, id: str, roles: Sequence[str]) -> None:
    """These, and no others."""
    _update(tx, tenant, id, _roles(roles), living=True)


def set_name(tx: Connection, tenant: str, id: str, name: str | None) -> None:
    """The name, unless the account is gone."""
    _update(tx, tenant, id, {"name": name}, living=True)


def set_email(tx: Connection, tenant: str, id: str, email: str | None) -> None:
    """The address, unless the account is gone."""
    _update(tx, tenant, id, _email(email), living=True)


def mark_ready(tx: Connection, tenant: str, id: str) -> None:
    """Somebody has signed in with it."""
    _update(tx, tenant, id, {"ready": True}, living=True)


def delete(tx: Connection, tenant: str, id: str) -> None:
    """Leave a tombstone that its work can refer to: no role, no team, no session."""
    _update(tx, tenant, id, {"state": "deleted"} | _roles(()), living=True)
    _leave_everything(tx, tenant, id)


def anonymise(tx: Connection, tenant: str, id: str) -> None:
    """Forget who it was, for good."""
    gone: dict[str, object] = {"state": "anonymised", "name": None} | _email(None) | _roles(())
    _update(tx, tenant, id, gone)
    _leave_everything(tx, tenant, id)


def end_sessions(tx: Connection, tenant: str, id: str) -> None:
    """Whoever is signed in with it no longer is."""
    run(tx, _END_SESSIONS, of=tenant, one=id)


def start_session(tx: Connection, tenant: str, id: str) -> str:
    """A new session; its id."""
    session = uuid.uuid4().hex
    tx.execute(sa.insert(SESSIONS).values(tenant=tenant, id=session, account=id, live=True, opened=now()))
    return session


def now() -> int:
    """The wall clock, in microseconds since 1970, UTC."""
    return time.time_ns() // 1000


def _leave_everything(tx: Connection, tenant: str, id: str) -> None:
    end_sessions(tx, tenant, id)
    tx.execute(sa.delete(TEAM_MEMBERS).where(TEAM_MEMBERS.c.tenant == tenant, TEAM_MEMBERS.c.account == id))


def _update(tx: Connection, tenant: str, id: str, values: dict[str, object], *, living: bool = False) -> None:
    run(tx, _UPDATE_LIVING if living else _UPDATE, of=tenant, one=id, **values)


def _email(email: str | None) -> dict[str, object]:
    return {"email": email, "email_key": None if email is None else fold(email)}


def _roles(roles: Sequence[str]) -> dict[str, object]:
    return {"roles": json.dumps(list(roles)), "owner": OWNER in roles}


def _account(row: Sequence[Any]) -> Account:
    id, email, name, state, roles, owner, ready = row
    return Account(
        id=id,
        email=email,
        name=name,
        state=state,
        roles=tuple(json.loads(roles)),
        owner=bool(owner),
        ready=bool(ready),
    )
