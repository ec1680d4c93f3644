"""A small product in memory, for tests: it does what effects say at once, and remembers all of them.

Its tables change through the repository's undo journal, so that what is rolled back is rolled back here too.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from attrs import define, evolve, field, frozen

from scimcore.policy import effects as e
from scimcore.policy.facts import Account, Seats, Tenant
from scimcore.policy.plans import MatchKey, Order
from scimcore.repository.memory.journal import Journal
from scimcore.repository.protocol import Repository
from scimcore.schema import MEMBERSHIP
from scimcore.schema.json import JsonObject

AccountState = Literal["invited", "active", "suspended", "anonymised", "deleted"]
_SEATED = ("invited", "active")
_GONE = ("anonymised", "deleted")


@frozen(kw_only=True)
class HostAccount:
    """One account of the product."""

    id: str
    email: str | None = None
    name: str | None = None
    state: AccountState = "active"
    roles: tuple[str, ...] = ()
    owner: bool = False
    ready: bool = True
    #: Whether somebody is signed in with it.
    live: bool = False


@frozen(kw_only=True)
class HostTeam:
    """One team of the product, with the accounts that count in it."""

    id: str
    name: str = ""
    members: frozenset[str] = frozenset()
    archived: bool = False


@frozen(kw_only=True)
class Settings:
    """What the product's settings page says for one customer."""

    facts: Tenant = Tenant(default_role="member")
    seat_limit: int | None = None


@define
class TrialHost:
    """A `scimcore.Host` over dictionaries. `handled` are all effects ever handled, with their tenants, in order.

    `later` names the classes of effects that it leaves in the outbox instead.
    """

    accounts_of: dict[str, dict[str, HostAccount]] = field(factory=dict)
    teams_of: dict[str, dict[str, HostTeam]] = field(factory=dict)
    settings: dict[str, Settings] = field(factory=dict)
    handled: dict[int, tuple[str, e.Effect]] = field(factory=dict)
    later: frozenset[str] = frozenset()
    #: Where to look up a whole membership, when an effect says that everyone is meant.
    repository: Repository[Journal] | None = None
    _next: int = field(default=0, init=False)

    # what tests do and look at

    def add(self, tenant: str, email: str, *, owner: bool = False, state: AccountState = "active") -> str:
        """An account made in the product itself."""
        account = HostAccount(id=self._id("a"), email=email, name=email, owner=owner, state=state)
        self._accounts(tenant)[account.id] = account
        return account.id

    def all(self, tenant: str) -> list[HostAccount]:
        """Every account, those that are gone as well."""
        return list(self._accounts(tenant).values())

    def teams(self, tenant: str) -> list[HostTeam]:
        """Every team."""
        return list(self._teams(tenant).values())

    def effects(self, tenant: str) -> list[e.Effect]:
        """The effects of that tenant, as they were handled."""
        return [effect for owner, effect in self.handled.values() if owner == tenant]

    def configure(self, tenant: str, *, seat_limit: int | None = None, facts: Tenant | None = None) -> None:
        """Change the settings page."""
        before = self.settings.get(tenant, Settings())
        self.settings[tenant] = Settings(facts=facts or before.facts, seat_limit=seat_limit)

    # what the service asks

    def tenant(self, tx: Journal, tenant: str) -> Tenant:
        """The settings page, as facts."""
        return self.settings.get(tenant, Settings()).facts

    def accounts(self, tx: Journal, tenant: str, ids: Sequence[str]) -> Mapping[str, Account]:
        """Those that exist and are not gone."""
        found = (self._accounts(tenant).get(id) for id in ids)
        return {a.id: _fact(a) for a in found if a is not None and a.state not in _GONE}

    def match(self, tx: Journal, tenant: str, keys: Sequence[MatchKey]) -> Sequence[Account]:
        """By e-mail address."""
        found: dict[str, Account] = {}
        for key in keys:
            if key.by in ("email", "userName"):
                for account in self._accounts(tenant).values():
                    if account.state not in _GONE and (account.email or "").lower() == key.value.lower():
                        found.setdefault(account.id, evolve(_fact(account), matched_by=key.by))
        return list(found.values())

    def seats(self, tx: Journal, tenant: str) -> Seats | None:
        """Counted from the accounts."""
        limit = self.settings.get(tenant, Settings()).seat_limit
        used = sum(account.state in _SEATED for account in self._accounts(tenant).values())
        return None if limit is None else Seats(limit, used)

    def other_owner(self, tx: Journal, tenant: str, accounts: Sequence[str]) -> bool:
        """Whether an active owner besides these is left."""
        return any(a.owner and a.state == "active" and a.id not in accounts for a in self.all(tenant))

    def open(self, tx: Journal, tenant: str, order: Order) -> str:
        """A new account."""
        state: AccountState = "suspended"
        if order.state in ("invited", "active"):
            state = "invited" if order.state == "invited" else "active"
        id = self._id("a")
        name, email = _profile(order.data)
        account = HostAccount(id=id, email=email, name=name, state=state, roles=order.roles, ready=state == "active")
        tx.put(self._accounts(tenant), id, account)
        return id

    def handle(self, tx: Journal, tenant: str, effect: e.Effect, resource: JsonObject | None) -> bool:
        """Do it at once, unless it is one of those left for later."""
        if type(effect).__name__ in self.later:
            return False
        tx.put(self.handled, len(self.handled), (tenant, effect))
        self._carry_out(tx, tenant, effect, resource or {})
        return True

    def _carry_out(self, tx: Journal, tenant: str, effect: e.Effect, resource: JsonObject) -> None:
        match effect:
            case e.ActivateAccount():
                self._change(tx, tenant, effect.account, state="active")
            case e.AwaitSignIn():
                self._change(tx, tenant, effect.account, state="invited")
            case e.SuspendAccount():
                self._change(tx, tenant, effect.account, state="suspended")
            case e.DeleteAccount():
                self._change(tx, tenant, effect.account, state="deleted", live=False)
            case e.Anonymise():
                self._anonymise(tx, tenant, effect)
            case e.RevokeCredentials():
                self._change(tx, tenant, effect.account, live=False)
            case e.SetRoles():
                self._change(tx, tenant, effect.account, roles=effect.roles)
            case e.UpdateProfile():
                name, email = _profile(resource)
                self._change(tx, tenant, effect.account, name=name, email=email)
            case e.SyncMemberships():
                self._move(tx, tenant, effect.account, effect.join, effect.leave)
            case _:
                self._carry_out_on_team(tx, tenant, effect, resource)

    def _carry_out_on_team(self, tx: Journal, tenant: str, effect: e.Effect, resource: JsonObject) -> None:
        teams = self._teams(tenant)
        match effect:
            case e.CreateTeam() | e.RenameTeam():
                before = teams.get(effect.team, HostTeam(id=effect.team))
                tx.put(teams, effect.team, evolve(before, name=str(resource.get("displayName", ""))))
            case e.SyncTeam():
                before = teams.get(effect.team, HostTeam(id=effect.team))
                tx.put(teams, effect.team, evolve(before, members=self._members(tx, tenant, effect, before, resource)))
            case e.DeleteTeam(mode="delete"):
                tx.drop(teams, effect.team)
            case e.DeleteTeam(mode="archive") if effect.team in teams:
                tx.put(teams, effect.team, evolve(teams[effect.team], archived=True))
            case _:
                # Seats are counted, and nobody reads this product's mail.
                pass

    def _members(
        self, tx: Journal, tenant: str, effect: e.SyncTeam, before: HostTeam, resource: JsonObject
    ) -> frozenset[str]:
        members = (before.members - frozenset(effect.leave)) | frozenset(effect.join)
        if not effect.everyone or self.repository is None:
            return members
        with self.repository.join(tx, tenant) as unit:
            links = unit.links("Group", str(resource.get("id")), MEMBERSHIP, after=None, limit=1_000_000)
            bound = unit.bindings([link.id for link in links]).values()
        everyone = frozenset(b.account for b in bound if b.account and b.state in ("active", "suspended"))
        return everyone | (members if effect.keep_others else frozenset())

    def _anonymise(self, tx: Journal, tenant: str, effect: e.Anonymise) -> None:
        self._change(tx, tenant, effect.account, email=None, name=None, live=False)
        if not effect.reversible:
            self._change(tx, tenant, effect.account, state="anonymised")

    def _change(self, tx: Journal, tenant: str, account: str, **changes: Any) -> None:
        accounts = self._accounts(tenant)
        before = accounts.get(account)
        if before is not None:
            tx.put(accounts, account, evolve(before, **changes))

    def _move(self, tx: Journal, tenant: str, account: str, join: Sequence[str], leave: Sequence[str]) -> None:
        teams, one = self._teams(tenant), frozenset({account})
        for team in [team for team in leave if team in teams]:
            tx.put(teams, team, evolve(teams[team], members=teams[team].members - one))
        for team in [team for team in join if team in teams]:
            tx.put(teams, team, evolve(teams[team], members=teams[team].members | one))

    def _accounts(self, tenant: str) -> dict[str, HostAccount]:
        return self.accounts_of.setdefault(tenant, {})

    def _teams(self, tenant: str) -> dict[str, HostTeam]:
        return self.teams_of.setdefault(tenant, {})

    def _id(self, kind: str) -> str:
        self._next += 1
        return f"{kind}{self._next}"


def _fact(account: HostAccount) -> Account:
    return Account(id=account.id, owner=account.owner, ready=account.ready, roles=account.roles, email=account.email)


def _profile(data: JsonObject) -> tuple[str | None, str | None]:
    """The name to show and the address to write to."""
    user_name, emails = data.get("userName"), data.get("emails")
    listed = [item for item in emails if isinstance(item, dict)] if isinstance(emails, list) else []
    primary = next((item for item in listed if item.get("primary") is True), listed[0] if listed else {})
    shown, address = data.get("displayName"), primary.get("value")
    if isinstance(user_name, str) and "@" in user_name:
        address = user_name
    return shown if isinstance(shown, str) else None, address if isinstance(address, str) else None
