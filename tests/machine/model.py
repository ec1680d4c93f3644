"""What must become of a tenant, written down from products.md, defaults.md and the policy rows; no rule is imported.

One method per thing that can happen. Each changes the model and says what must be answered: a status for requests,
whether it is allowed for what happens in the product.
"""

from collections.abc import Iterable
from typing import Literal

from attrs import define, field

SEATED = ("active", "invited")
GONE = ("anonymised", "deleted")


@define(eq=False)
class Account:
    """One account of the product, whoever made it."""

    email: str | None
    name: str | None
    state: str
    roles: tuple[str, ...]
    live: bool = False
    id: str = ""
    provisioned: bool = True

    @property
    def owner(self) -> bool:
        return "owner" in self.roles

    @property
    def facts(self) -> tuple[object, ...]:
        return self.email, self.name, self.state, self.roles, self.owner, self.live


@define(eq=False)
class User:
    """One SCIM User. `began`: it has been enabled at least once; `invited`: nobody has signed in yet."""

    name: str
    active: bool
    account: Account | None
    display: str | None = None
    role: str | None = None
    held: bool = False
    invited: bool = False
    began: bool = True
    by_hand: tuple[str, ...] | None = None
    #: The default role that it was given, while that is what it has.
    default: str | None = None

    @property
    def works(self) -> bool:
        """Whether the account can be used, now."""
        return self.active and not self.held and not self.invited and self.account is not None


@define
class Model:
    """One tenant under one of the three policies."""

    policy: Literal["standard", "dastra", "secoda"]
    seat_limit: int | None = None
    lapsed: bool = False
    domains: tuple[str, ...] = ()
    default_role: str = "member"
    accounts: list[Account] = field(factory=list)
    users: dict[str, User] = field(factory=dict)
    groups: dict[str, tuple[str, frozenset[str]]] = field(factory=dict)

    # what can be asked

    @property
    def seats_used(self) -> int:
        return sum(account.state in SEATED for account in self.accounts)

    @property
    def full(self) -> bool:
        return self.seat_limit is not None and self.seats_used >= self.seat_limit

    def last_owner(self, account: Account | None) -> bool:
        """Whether taking this owner away leaves nobody who could run the place."""
        if account is None or not account.owner:
            return False
        return not any(a.owner and a.state == "active" for a in self.accounts if a is not account)

    def of(self, account: Account) -> User | None:
        return next((user for user in self.users.values() if user.account is account), None)

    def named(self, name: str) -> str | None:
        return next((id for id, user in self.users.items() if user.name.lower() == name.lower()), None)

    def team(self, group: str) -> frozenset[str]:
        """Who counts in the team: the members whose account can be used."""
        _, members = self.groups[group]
        found = (self.users[id] for id in members)
        return frozenset(user.account.id for user in found if user.works and user.account is not None)

    def _outside(self, name: str) -> bool:
        return bool(self.domains) and name.rpartition("@")[2].lower() not in self.domains

    # requests about users

    def post(self, name: str, active: bool, role: str | None, display: str | None) -> tuple[int, User | None]:
        """POST: the status, and the new user."""
        if self.lapsed:
            return 403, None
        if self.named(name) is not None:
            return 409, None
        user = User(name=name, active=active, account=None, display=display, role=self._role(role), began=active)
        mine = [a for a in self.accounts if a.state not in GONE and (a.email or "").lower() == name.lower()]
        mine = [a for a in mine if self.of(a) is None]
        if mine:
            return self._link(user, mine)
        if self._outside(name):
            return 400, None
        if active and self.full:
            return 403, None
        user.invited = self.policy == "secoda"
        self._open(user)
        return 201, user

    def _role(self, role: str | None) -> str | None:
        return role if self.policy == "secoda" else None

    def _link(self, user: User, candidates: list[Account]) -> tuple[int, User | None]:
        """Only one, only in a verified domain; it stays as it is, its roles as set by hand."""
        if len(candidates) > 1 or not self.domains or self._outside(user.name):
            return 409, None
        (account,) = candidates
        if not user.active and self.last_owner(account):
            return 403, None
        asleep = account.state == "suspended"
        if asleep and user.active and self.full:
            return 403, None
        user.account, user.by_hand, user.began = account, account.roles or None, True
        account.name = user.display or account.name
        if asleep and user.active:
            account.state = "active"
        if not user.active:
            self._leave(user)
        return 201, user

    def _open(self, user: User) -> None:
        state = "suspended" if not user.active or user.held else "invited" if user.invited else "active"
        user.account = Account(email=user.name, name=user.display, state=state, roles=self._roles(user))
        self.accounts.append(user.account)

    def _roles(self, user: User) -> tuple[str, ...]:
        """By hand, else by the source, else the default: the one that was given, else the one of the settings."""
        if user.by_hand is not None:
            user.default = None
            return user.by_hand
        if user.role:
            user.default = None
            return (user.role,)
        user.default = user.default or self.default_role
        return (user.default,)

    def write(self, id: str, **said: object) -> int:
        """PUT or PATCH. `said`: name, active, display, role; what is not said stays."""
        user = self.users.get(id)
        if user is None:
            return 404
        wanted = {key: value for key, value in said.items() if value != getattr(user, key)}
        if user.active is False and user.account is None and wanted.get("active") is not True:
            # Of a ghost nothing is kept but its names.
            wanted = {key: value for key, value in wanted.items() if key == "name"}
            if not wanted and not self._asks(user, said):
                return 200
        if not self._asks(user, said):
            return 200
        if wanted.get("active") is False:
            return self._disable(id, user, wanted)
        name = wanted.get("name")
        foreign = isinstance(name, str) and self._foreign(user, name)
        if said.get("active") is False and (self.lapsed or foreign):
            # It is said again of somebody who is disabled: granted again, and the rest left out again.
            return 200
        if self.lapsed:
            return 403
        if foreign:
            return 400
        return self._enable(id, user, wanted) if wanted.get("active") is True else self._change(id, user, wanted)

    def _asks(self, user: User, said: dict[str, object]) -> bool:
        return any(value != getattr(user, key) for key, value in said.items())

    def _foreign(self, user: User, name: str) -> bool:
        """An e-mail changes into a verified domain only, once there is any (POL-074)."""
        return name.lower() != user.name.lower() and self._outside(name)

    def _taken(self, id: str, wanted: dict[str, object]) -> bool:
        name = wanted.get("name")
        return isinstance(name, str) and self.named(name) not in (None, id)

    def _change(self, id: str, user: User, wanted: dict[str, object]) -> int:
        after = self._after(user, wanted)
        if self._demotes(user, after):
            return 403
        if self._taken(id, wanted):
            return 409
        self._take(user, wanted)
        return 200

    def _after(self, user: User, wanted: dict[str, object]) -> tuple[str, ...]:
        """The roles once the role attribute is what is wanted."""
        role = wanted.get("role", user.role)
        if user.by_hand is not None:
            return user.by_hand
        return (str(role),) if role else (user.default or self.default_role,)

    def _demotes(self, user: User, after: tuple[str, ...]) -> bool:
        return "owner" not in after and self.last_owner(user.account)

    def _take(self, user: User, wanted: dict[str, object]) -> None:
        profile = False
        for key, value in wanted.items():
            setattr(user, key, value)
            profile = profile or key in ("name", "display")
        if user.account is None:
            return
        if profile:
            user.account.email, user.account.name = user.name, user.display
        if "role" in wanted:
            user.account.roles = self._roles(user)

    def _disable(self, id: str, user: User, wanted: dict[str, object]) -> int:
        """A leaver is never held up by the rest of the request: what is not allowed now is left out (POL-046)."""
        name = wanted.get("name")
        if self.lapsed or (isinstance(name, str) and self._foreign(user, name)):
            wanted = {"active": False}
        if self.last_owner(user.account):
            return 403
        if self._taken(id, wanted):
            return 409
        self._take(user, wanted)
        self._leave(user)
        return 200

    def _leave(self, user: User) -> None:
        account = user.account
        assert account is not None
        account.live = False
        if self.policy == "dastra":
            account.state, account.email, account.name = "anonymised", None, None
            user.account, user.by_hand, user.default, user.display = None, None, None, None
        else:
            account.state = "suspended"

    def _enable(self, id: str, user: User, wanted: dict[str, object]) -> int:
        if not user.held and self.full:
            return 403
        if self._demotes(user, self._after(user, wanted)):
            return 403
        if self._taken(id, wanted):
            return 409
        self._take(user, wanted)
        user.began = True
        if user.account is None:
            self._open(user)
        elif not user.held:
            user.account.state = "invited" if user.invited else "active"
        return 200

    def delete(self, id: str) -> int:
        user = self.users.get(id)
        if user is None:
            return 404
        if user.active and self.last_owner(user.account):
            return 403
        if user.account is not None:
            user.account.live = False
            if self.policy == "dastra":
                user.account.state, user.account.email, user.account.name = "anonymised", None, None
            else:
                user.account.state = "deleted"
        self._forget(id)
        return 204

    def _forget(self, id: str) -> None:
        del self.users[id]
        self.groups = {group: (name, members - {id}) for group, (name, members) in self.groups.items()}

    # requests about groups

    def post_group(self, name: str, members: Iterable[str]) -> int:
        if not set(members) <= set(self.users):
            return 400
        if self.lapsed:
            return 403
        return 409 if any(n.lower() == name.lower() for n, _ in self.groups.values()) else 201

    def write_group(self, id: str, name: str, members: frozenset[str]) -> int:
        """The group is to have that name and exactly these members."""
        if id not in self.groups:
            return 404
        if not members <= set(self.users):
            return 400
        if (name, members) == self.groups[id]:
            return 200
        if self.lapsed:
            return 403
        if any(n.lower() == name.lower() for other, (n, _) in self.groups.items() if other != id):
            return 409
        self.groups[id] = (name, members)
        return 200

    def delete_group(self, id: str) -> int:
        if id not in self.groups:
            return 404
        if self.lapsed:
            return 403
        del self.groups[id]
        return 204

    # what happens in the product: whether it may

    def sign_in(self, account: Account) -> bool:
        user = self.of(account)
        if user is not None:
            if not user.active or user.held:
                return False
            user.invited = False
            account.state = "active"
        account.live = account.state == "active"
        return account.live

    def set_roles(self, account: Account, roles: tuple[str, ...]) -> bool:
        """By hand; none at all lifts the hand."""
        user = self.of(account)
        if user is None:
            after = roles
        else:
            after = roles or ((user.role,) if user.role else (self.default_role,))
        if "owner" not in after and self.last_owner(account):
            return False
        if user is not None:
            user.by_hand, user.default = roles or None, None
            account.roles = self._roles(user)
        else:
            account.roles = after
        return True

    def hold(self, account: Account, on: bool) -> bool:
        user = self.of(account)
        if user is None or user.held == on:
            return True
        if user.active and on and self.last_owner(account):
            return False
        if user.active and not on and self.full:
            return False
        user.held = on
        if user.active and on:
            account.state, account.live = "suspended", False
        elif user.active:
            account.state = "invited" if user.invited else "active"
        return True

    def remove(self, account: Account) -> bool:
        """The product deletes the account."""
        user = self.of(account)
        working = account.state in SEATED or (user is not None and user.active)
        if working and self.last_owner(account):
            return False
        if user is not None:
            self._forget(next(id for id, found in self.users.items() if found is user))
        account.state, account.live = "deleted", False
        return True
