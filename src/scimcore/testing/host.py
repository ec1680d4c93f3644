"""A small product in memory, for tests: it does what effects say at once, and remembers all of them.

Its tables change through the repository's undo journal, so that what is rolled back is rolled back here too.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, assert_never

from attrs import define, evolve, field, frozen

from scimcore.host import Holding, Later
from scimcore.policy import effects as e
from scimcore.policy.facts import Account, SeatCount, Team, Tenant
from scimcore.policy.plans import MatchKey, Order
from scimcore.policy.values import email
from scimcore.repository.memory.journal import Journal
from scimcore.repository.protocol import Repository
from scimcore.schema.json import JsonObject

AccountState = Literal["invited", "active", "suspended", "anonymised", "deleted"]
#: An invited account uses a seat here, or two invitations could be accepted for the last one.
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
    #: Whether an admin of the product has suspended it.
    on_hold: bool = False
    #: Whether somebody is signed in with it.
    live: bool = False
    #: Whether an identity provider made it, or has taken it over.
    managed: bool = False
    external_id: str | None = None
    #: Who signed in with it by single sign-on.
    subject: str | None = None
    #: Why it must not be taken away: "break_glass", "service".
    protected: str = ""
    password: str | None = field(default=None, repr=False)


@frozen(kw_only=True)
class HostTeam:
    """One team of the product, with the accounts that count in it."""

    id: str
    name: str = ""
    members: frozenset[str] = frozenset()
    archived: bool = False
    #: Whether a group stands for it.
    managed: bool = False


@frozen(kw_only=True)
class Settings:
    """What the product's settings page says for one customer."""

    facts: Tenant = Tenant(default_role="member")
    seat_limit: int | None = None
    #: Role -> how many seats there are for those who have it.
    pools: Mapping[str, int] = field(factory=dict)


@define
class TrialHost:
    """A `scimcore.host.Host` over dictionaries, with every power. It does what effects say, and remembers them."""

    #: Tenant -> account id -> account.
    accounts_of: dict[str, dict[str, HostAccount]] = field(factory=dict)
    #: Tenant -> team id -> team.
    teams_of: dict[str, dict[str, HostTeam]] = field(factory=dict)
    settings: dict[str, Settings] = field(factory=dict)
    #: All effects ever carried out, with their tenants, in order. A dictionary, because the journal undoes those only.
    handled: dict[int, tuple[str, e.AnyEffect]] = field(factory=dict)
    #: The key that came with each of them.
    keys: dict[int, str] = field(factory=dict)
    #: Names of effect classes for which `handle` raises `Later`. A test may change it at any time; what a service
    #: always leaves to its worker is said when it is built (`Trial.start(later=...)`).
    later: frozenset[str] = frozenset()
    #: What scimcore keeps beside these tables, for tests that look; the host itself never does.
    repository: Repository[Journal] | None = None
    #: Whether one account can be in several tenants, so that an address that another tenant has is found (POL-082).
    shared: bool = False
    #: Whether seats are counted as a ledger of the effects, and not by the states of the accounts.
    ledger: bool = False
    #: Tenant -> (account, pool) that has a seat, where there is a ledger.
    seated_of: dict[str, dict[tuple[str, str], bool]] = field(factory=dict)
    _next: int = field(default=0, init=False)

    # what tests do and look at

    def add(self, tenant: str, email: str, *, owner: bool = False, state: AccountState = "active", **more: Any) -> str:
        """An account made in the product itself."""
        account = HostAccount(id=self._id("a"), email=email, name=email, owner=owner, state=state, **more)
        self._accounts(tenant)[account.id] = account
        return account.id

    def change(self, tenant: str, account: str, **changes: Any) -> None:
        """Change an account behind everybody's back."""
        self._accounts(tenant)[account] = evolve(self._accounts(tenant)[account], **changes)

    def add_team(self, tenant: str, name: str, *members: str) -> str:
        """A team made in the product itself."""
        team = HostTeam(id=self._id("t"), name=name, members=frozenset(members))
        self._teams(tenant)[team.id] = team
        return team.id

    def members(self, tenant: str, team: str) -> frozenset[str]:
        """The e-mail addresses of those who count in the team of that name."""
        found = [t for t in self.teams(tenant) if t.name == team]
        return frozenset(str(self._accounts(tenant)[a].email) for t in found for a in t.members)

    def all(self, tenant: str) -> list[HostAccount]:
        """Every account, those that are gone as well."""
        return list(self._accounts(tenant).values())

    def teams(self, tenant: str) -> list[HostTeam]:
        """Every team."""
        return list(self._teams(tenant).values())

    def effects(self, tenant: str) -> list[e.AnyEffect]:
        """The effects of that tenant, as they were handled."""
        return [effect for owner, effect in self.handled.values() if owner == tenant]

    def configure(
        self,
        tenant: str,
        *,
        seat_limit: int | None = None,
        facts: Tenant | None = None,
        pools: Mapping[str, int] | None = None,
    ) -> None:
        """Change the settings page."""
        before = self.settings.get(tenant, Settings())
        self.settings[tenant] = Settings(facts=facts or before.facts, seat_limit=seat_limit, pools=pools or {})

    # what the service asks

    def tenant(self, tx: Journal, tenant: str) -> Tenant:
        """The settings page, as facts."""
        return self.settings.get(tenant, Settings()).facts

    def accounts(self, tx: Journal, tenant: str, ids: Sequence[str]) -> Mapping[str, Account]:
        """Those that exist and are not gone."""
        # Accounts that are gone are left out, or a leaver would be matched and opened again.
        found = (self._accounts(tenant).get(id) for id in ids)
        return {a.id: _fact(a) for a in found if a is not None and a.state not in _GONE}

    def match(self, tx: Journal, tenant: str, keys: Sequence[MatchKey]) -> Sequence[Account]:
        """By what each key says; in a `shared` product also other tenants' accounts, by e-mail address, marked."""
        found: dict[str, Account] = {}
        others = [other for other in self.accounts_of if other != tenant] if self.shared else []
        for key in keys:
            for owner in [tenant, *others]:
                for account in self._accounts(owner).values():
                    if _matches(account, key) and (owner == tenant or key.by == "email" or key.by == "userName"):
                        found.setdefault(account.id, _candidate(account, key, elsewhere=owner != tenant))
        return list(found.values())

    def team(self, tx: Journal, tenant: str, name: str) -> Team | None:
        """The product's own team of that name."""
        named = [t for t in self.teams(tenant) if t.name == name or t.name.startswith(f"{name} (")]
        return Team(id=named[0].id, managed=named[0].managed, namesakes=len(named)) if named else None

    def password(self, tx: Journal, tenant: str, account: str, secret: str) -> None:
        """This product stores no hash: it is a stand-in, and its tests want to see what arrived."""
        self._change(tx, tenant, account, password=secret)

    def inventory(self, tx: Journal, tenant: str, after: str | None, limit: int) -> Sequence[Holding]:
        """The accounts that are not gone, by id."""
        living = sorted(a.id for a in self.all(tenant) if a.state not in _GONE and (after is None or a.id > after))
        return [self._holding(tenant, self._accounts(tenant)[id]) for id in living[:limit]]

    def _holding(self, tenant: str, account: HostAccount) -> Holding:
        return Holding(
            id=account.id,
            state="active" if account.state == "active" else "invited" if account.state == "invited" else "suspended",
            roles=account.roles,
            teams=tuple(team.id for team in self.teams(tenant) if account.id in team.members),
            managed=account.managed,
            protected=account.protected,
            owner=account.owner,
            profile={"userName": account.email or account.id, "displayName": account.name or account.id},
        )

    def seats(self, tx: Journal, tenant: str) -> SeatCount | None:
        """Counted from the accounts; a pool is a role here."""
        page = self.settings.get(tenant, Settings())
        if self.ledger:
            return self._ledger(tenant, page)
        seated = [account for account in self._accounts(tenant).values() if account.state in _SEATED]
        pools = {role: SeatCount(limit, sum(role in a.roles for a in seated)) for role, limit in page.pools.items()}
        return SeatCount(page.seat_limit, len(seated), pools) if page.seat_limit is not None or pools else None

    def _ledger(self, tenant: str, page: Settings) -> SeatCount | None:
        entries = list(self.seated_of.get(tenant, {}))
        own = {a.id for a in self.all(tenant) if not a.managed and a.state in _SEATED}
        pools = {name: SeatCount(limit, sum(pool == name for _, pool in entries)) for name, limit in page.pools.items()}
        used = len(own | {account for account, _ in entries})
        return SeatCount(page.seat_limit, used, pools) if page.seat_limit is not None or pools else None

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
        account = HostAccount(
            id=id,
            email=email,
            name=name,
            state=state,
            roles=order.roles,
            ready=state == "active",
            managed=True,
            password=order.secret,
        )
        # Through the journal, so that a request that fails leaves no account behind.
        tx.put(self._accounts(tenant), id, account)
        return id

    def handle(self, tx: Journal, tenant: str, effect: e.AnyEffect, *, key: str, resource: JsonObject | None) -> None:
        """Do it at once, unless it is one of those left for later."""
        # Before anything is written, as `Later` asks for.
        if type(effect).__name__ in self.later:
            raise Later
        tx.put(self.keys, len(self.handled), key)
        tx.put(self.handled, len(self.handled), (tenant, effect))
        self._carry_out(tx, tenant, effect, resource or {})

    def _carry_out(self, tx: Journal, tenant: str, effect: e.AnyEffect, resource: JsonObject) -> None:
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
                self._update_profile(tx, tenant, effect, resource)
            case e.SyncMemberships():
                self._move(tx, tenant, effect.account, effect.join, effect.leave)
            case e.CreateTeam() | e.RenameTeam() | e.SyncTeam() | e.DeleteTeam():
                self._carry_out_on_team(tx, tenant, effect, resource)
            case e.ReserveSeat():
                tx.put(self.seated_of.setdefault(tenant, {}), (effect.account, effect.pool), True)
            case e.ReleaseSeat():
                tx.drop(self.seated_of.setdefault(tenant, {}), (effect.account, effect.pool))
            case e.SendInvitation() | e.CancelInvitation() | e.Notify() | e.TransferOwnership():
                # Nobody reads this product's mail, and nothing in it has an owner: `handled` shows that they came.
                pass
            case _:
                assert_never(effect)

    def _carry_out_on_team(
        self,
        tx: Journal,
        tenant: str,
        effect: e.CreateTeam | e.RenameTeam | e.SyncTeam | e.DeleteTeam,
        resource: JsonObject,
    ) -> None:
        teams = self._teams(tenant)
        match effect:
            case e.CreateTeam(adopt=True):
                tx.put(teams, effect.team, evolve(teams[effect.team], managed=True))
            case e.CreateTeam() | e.RenameTeam():
                before = teams.get(effect.team, HostTeam(id=effect.team, managed=True))
                suffix = effect.suffix if isinstance(effect, e.CreateTeam) else ""
                tx.put(teams, effect.team, evolve(before, name=str(resource.get("displayName", "")) + suffix))
            case e.SyncTeam(join=()) if effect.team not in teams and not effect.everyone:
                # To leave waits for nothing, so it may come before the team itself: then nobody is in it.
                pass
            case e.SyncTeam():
                before = teams.get(effect.team, HostTeam(id=effect.team))
                tx.put(teams, effect.team, evolve(before, members=_members(effect, before)))
            case e.DeleteTeam(mode="delete"):
                tx.drop(teams, effect.team)
            case e.DeleteTeam(mode="archive") if effect.team in teams:
                tx.put(teams, effect.team, evolve(teams[effect.team], archived=True))
            case e.DeleteTeam(mode="unlink") if effect.team in teams:
                tx.put(teams, effect.team, evolve(teams[effect.team], managed=False))
            case e.DeleteTeam():
                # A team that is not there: handed over a second time, or deleted in the product meanwhile.
                pass
            case _:
                assert_never(effect)

    def _update_profile(self, tx: Journal, tenant: str, effect: e.UpdateProfile, resource: JsonObject) -> None:
        name, email = _profile(resource)
        changed = {path.partition(".")[0] for path in effect.paths}
        # Only what the effect names: at linking the address stays as it is.
        if "displayName" in changed:
            self._change(tx, tenant, effect.account, name=name)
        if changed & {"userName", "emails"}:
            self._change(tx, tenant, effect.account, email=email)

    def _anonymise(self, tx: Journal, tenant: str, effect: e.Anonymise) -> None:
        self._change(tx, tenant, effect.account, email=None, name=None, live=False)
        if not effect.reversible:
            self._change(tx, tenant, effect.account, state="anonymised")

    def _change(self, tx: Journal, tenant: str, account: str, **changes: Any) -> None:
        accounts = self._accounts(tenant)
        before = accounts.get(account)
        # An effect may come after its account is gone, from the outbox: then there is nothing to do.
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
        # Not undone with the unit, like the sequence of a database: an id is never given twice.
        self._next += 1
        return f"{kind}{self._next}"


def _fact(account: HostAccount) -> Account:
    return Account(
        id=account.id,
        owner=account.owner,
        held=account.on_hold,
        suspended=account.state == "suspended",
        ready=account.ready,
        roles=account.roles,
        email=account.email,
        protected=account.protected,
    )


def _candidate(account: HostAccount, key: MatchKey, *, elsewhere: bool) -> Account:
    return evolve(_fact(account), matched_by=key.by, elsewhere=elsewhere, deleted=account.state == "deleted")


def _matches(account: HostAccount, key: MatchKey) -> bool:
    """Whether the key means the account; those that are deleted only where the key asks for them."""
    if account.state == "anonymised" or (account.state == "deleted" and not key.deleted):
        return False
    by_address = (account.email or "").lower() == key.value.lower()
    return {"externalId": account.external_id == key.value, "subject": account.subject == key.value}.get(
        key.by, by_address
    )


def _members(effect: e.SyncTeam, before: HostTeam) -> frozenset[str]:
    """Who is in the team afterwards; of a whole team, `join` is everybody."""
    if effect.everyone and not effect.keep_others:
        return frozenset(effect.join)
    return (before.members - frozenset(effect.leave)) | frozenset(effect.join)


def _profile(data: JsonObject) -> tuple[str | None, str | None]:
    """The name to show and the address to write to."""
    shown = data.get("displayName")
    return shown if isinstance(shown, str) else None, email(data)
