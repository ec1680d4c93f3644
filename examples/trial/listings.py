"""What the product's pages show: accounts, teams, sessions, settings, and what scimcore recorded."""

from collections.abc import Callable, Mapping
from typing import Final

from attrs import asdict, frozen
from sqlalchemy import Connection, select

from scimcore.policy import Policy
from scimcore.repository.protocol import Unit
from scimcore.schema.json import Json, JsonObject
from scimcore.service import Service
from trial import accounts, settings, teams
from trial.tables import SESSIONS

#: How much of a recording is fetched at a time.
_PAGE: Final = 500


@frozen(kw_only=True)
class Visit:
    """One request to a page: in which transaction, of whom, about which account, with what."""

    unit: Unit[Connection]
    tenant: str
    policy: Policy
    account: str = ""
    body: JsonObject

    @property
    def tx(self) -> Connection:
        return self.unit.transaction


def account(visit: Visit, found: accounts.Account) -> JsonObject:
    """One account. Which SCIM user it stands for now, if any, scimcore knows."""
    binding = None if found.state in accounts.GONE else visit.unit.binding_of(found.id)
    return {
        "id": found.id,
        "email": found.email,
        "name": found.name,
        "state": found.state,
        "roles": list(found.roles),
        "owner": found.owner,
        "scim_id": binding.resource if binding else None,
    }


def settings_page(visit: Visit) -> JsonObject:
    """The settings, the seats in use beside them."""
    found = settings.read(visit.tx, visit.tenant)
    values = {**asdict(found), "verified_domains": list(found.verified_domains)}
    return {**values, "seats_used": accounts.seated(visit.tx, visit.tenant)}


def _accounts(visit: Visit) -> JsonObject:
    return {"accounts": [account(visit, found) for found in accounts.every(visit.tx, visit.tenant)]}


def _teams(visit: Visit) -> JsonObject:
    found = teams.every(visit.tx, visit.tenant)
    return {"teams": [{"id": team.id, "name": team.name, "members": list(team.members)} for team in found]}


def _sessions(visit: Visit) -> JsonObject:
    mine = select(SESSIONS).where(SESSIONS.c.tenant == visit.tenant).order_by(SESSIONS.c.opened, SESSIONS.c.id)
    return {"sessions": [{"id": s.id, "account": s.account, "live": s.live} for s in visit.tx.execute(mine)]}


PAGES: Final[Mapping[str, Callable[[Visit], JsonObject]]] = {
    "accounts": _accounts,
    "teams": _teams,
    "sessions": _sessions,
    "settings": settings_page,
}


def effects(service: Service[Connection], tenant: str) -> JsonObject:
    """Everything that scimcore ever had this product do, oldest first."""
    found: list[Json] = []
    after: tuple[int, int] | None = None
    while page := service.admin.effects(tenant, after=after, limit=_PAGE):
        found += [entry.as_json() for entry in page]
        after = (page[-1].at, page[-1].nth)
    return {"effects": found}


def audit(service: Service[Connection], tenant: str) -> JsonObject:
    """Everything that was changed or refused, and why, oldest first."""
    found: list[Json] = []
    after: tuple[int, str] | None = None
    while page := service.admin.audit(tenant, after=after, limit=_PAGE):
        found += [record.as_json() for record in page]
        after = (page[-1].at, page[-1].id)
    return {"audit": found}
