"""The teams of the product and who counts in them."""

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa
from attrs import frozen
from sqlalchemy import Connection

from trial.accounts import now
from trial.statements import run_each
from trial.tables import TEAM_MEMBERS, TEAMS

_JOIN: Final = sa.insert(TEAM_MEMBERS)
_LEAVE: Final = sa.delete(TEAM_MEMBERS).where(
    TEAM_MEMBERS.c.tenant == sa.bindparam("of"),
    TEAM_MEMBERS.c.team == sa.bindparam("from_team"),
    TEAM_MEMBERS.c.account == sa.bindparam("who"),
)


@frozen(kw_only=True)
class Team:
    """A team, and the accounts that count as its members now."""

    id: str
    name: str
    members: tuple[str, ...]


def every(tx: Connection, tenant: str) -> list[Team]:
    """The teams in use, in the order they came."""
    found: dict[str, list[str]] = {}
    joined = sa.select(TEAM_MEMBERS).where(TEAM_MEMBERS.c.tenant == tenant).order_by(TEAM_MEMBERS.c.account)
    for row in tx.execute(joined):
        found.setdefault(row.team, []).append(row.account)
    teams = sa.select(TEAMS).where(TEAMS.c.tenant == tenant, TEAMS.c.archived.is_(False))
    rows = tx.execute(teams.order_by(TEAMS.c.opened, TEAMS.c.id))
    return [Team(id=row.id, name=row.name, members=tuple(found.get(row.id, ()))) for row in rows]


def put(tx: Connection, tenant: str, id: str, name: str) -> None:
    """The team with that name, made if it is not there: effects may arrive twice."""
    where = (TEAMS.c.tenant == tenant, TEAMS.c.id == id)
    if not tx.execute(sa.update(TEAMS).where(*where).values(name=name)).rowcount:
        tx.execute(sa.insert(TEAMS).values(tenant=tenant, id=id, name=name, archived=False, opened=now()))


def join(tx: Connection, tenant: str, team: str, accounts: Sequence[str]) -> None:
    """They count in the team from now on; whoever counted already still does, once."""
    leave(tx, tenant, team, accounts)
    if accounts:
        rows = [{"tenant": tenant, "team": team, "account": account} for account in dict.fromkeys(accounts)]
        run_each(tx, _JOIN, rows)


def leave(tx: Connection, tenant: str, team: str, accounts: Sequence[str]) -> None:
    """They no longer count."""
    if accounts:
        run_each(tx, _LEAVE, [{"of": tenant, "from_team": team, "who": account} for account in accounts])


def empty(tx: Connection, tenant: str, team: str) -> None:
    """Nobody counts any more."""
    tx.execute(sa.delete(TEAM_MEMBERS).where(TEAM_MEMBERS.c.tenant == tenant, TEAM_MEMBERS.c.team == team))


def delete(tx: Connection, tenant: str, id: str) -> None:
    """The team goes; its members' accounts stay."""
    empty(tx, tenant, id)
    tx.execute(sa.delete(TEAMS).where(TEAMS.c.tenant == tenant, TEAMS.c.id == id))


def archive(tx: Connection, tenant: str, id: str) -> None:
    """The team is kept out of sight."""
    tx.execute(sa.update(TEAMS).where(TEAMS.c.tenant == tenant, TEAMS.c.id == id).values(archived=True))
