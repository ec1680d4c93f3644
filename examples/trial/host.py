"""The seam: what scimcore asks of this product, and what it has it do. Everything happens in the transaction `tx`."""

from collections.abc import Mapping, Sequence

from attrs import frozen
from sqlalchemy import Connection

from scimcore.host import Holding
from scimcore.policy.effects import AnyEffect
from scimcore.policy.facts import Account, SeatCount, Tenant
from scimcore.policy.plans import MatchKey, Order
from scimcore.repository.protocol import Repository
from scimcore.schema.json import JsonObject
from trial import accounts as table
from trial import profile, settings, teams
from trial.effects import Handler


@frozen
class ProductHost:
    """A `scimcore.Host` over the tables of this package."""

    repository: Repository[Connection]

    def tenant(self, tx: Connection, tenant: str) -> Tenant:
        """The settings page. Without the plan it matters whether anybody was provisioned while there was one."""
        page = settings.read(tx, tenant)
        provisioned = page.plan == "enterprise"
        if not provisioned:
            with self.repository.join(tx, tenant) as unit:
                provisioned = bool(unit.scan("User", None, 1))
        return page.facts(provisioned=provisioned)

    def accounts(self, tx: Connection, tenant: str, ids: Sequence[str]) -> Mapping[str, Account]:
        """Those that exist and are not gone."""
        found = table.find(tx, tenant, ids)
        return {id: _fact(account) for id, account in found.items() if account.state not in table.GONE}

    def match(self, tx: Connection, tenant: str, keys: Sequence[MatchKey]) -> Sequence[Account]:
        """By e-mail: the one thing that this product knows its accounts by."""
        found: dict[str, Account] = {}
        for key in keys:
            if key.by in ("email", "userName"):
                found |= {a.id: _fact(a) for a in table.find_by_email(tx, tenant, key.value) if a.id not in found}
        return list(found.values())

    def seats(self, tx: Connection, tenant: str) -> SeatCount | None:
        """Counted, not kept: whoever is active or invited uses one, however the account was made."""
        limit = settings.read(tx, tenant).seat_limit
        return None if limit is None else SeatCount(limit, table.seated(tx, tenant))

    def other_owner(self, tx: Connection, tenant: str, accounts: Sequence[str]) -> bool:
        """Whether an active owner besides these is left."""
        return table.has_other_owner(tx, tenant, accounts)

    def open(self, tx: Connection, tenant: str, order: Order) -> str:
        """A new account for a user who was provisioned."""
        return table.insert(
            tx,
            tenant,
            email=profile.email_of(order.data),
            name=profile.name_of(order.data),
            state="invited" if order.state == "invited" else "active" if order.state == "active" else "suspended",
            roles=order.roles,
        )

    def inventory(self, tx: Connection, tenant: str, after: str | None, limit: int) -> Sequence[Holding]:
        """The accounts that are not gone, by id, for `service.admin.reconcile`."""
        in_teams: dict[str, list[str]] = {}
        for team in teams.every(tx, tenant):
            for member in team.members:
                in_teams.setdefault(member, []).append(team.id)
        found = table.page(tx, tenant, after, limit)
        return [_holding(account, in_teams.get(account.id, ())) for account in found]

    def handle(self, tx: Connection, tenant: str, effect: AnyEffect, *, key: str, resource: JsonObject | None) -> None:
        """Everything is done at once: this product has nothing slow to do."""
        Handler(tx, tenant, resource).handle(effect)


def _holding(account: table.Account, in_teams: Sequence[str]) -> Holding:
    return Holding(
        id=account.id,
        state="active" if account.state == "active" else "invited" if account.state == "invited" else "suspended",
        roles=account.roles,
        teams=tuple(in_teams),
        owner=account.owner,
        profile={"userName": account.email or account.id, "displayName": account.name or account.id},
    )


def _fact(account: table.Account) -> Account:
    return Account(
        id=account.id,
        owner=account.owner,
        suspended=account.state == "suspended",
        ready=account.ready,
        roles=account.roles,
        email=account.email,
    )
