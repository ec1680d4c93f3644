"""The seam to the host: what it tells the core, and what it does for it."""

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol, TypeVar

from attrs import field, frozen

from scimcore.policy.effects import Effect
from scimcore.policy.facts import Account, SeatCount, Team, Tenant
from scimcore.policy.plans import MatchKey, Order
from scimcore.schema.json import JsonObject

T_contra = TypeVar("T_contra", contravariant=True)


class Host(Protocol[T_contra]):
    """The product. Every method runs inside the unit's transaction `tx` and may read and write its own tables there.

    What a method raises aborts the whole request and reaches the host's own error handling.
    """

    def tenant(self, tx: T_contra, tenant: str) -> Tenant:
        """The customer's settings: its plan, default role, domains."""

    def accounts(self, tx: T_contra, tenant: str, ids: Sequence[str]) -> Mapping[str, Account]:
        """Those of these accounts that exist."""

    def match(self, tx: T_contra, tenant: str, keys: Sequence[MatchKey]) -> Sequence[Account]:
        """Accounts made in the product, not bound to any SCIM user, that one of the keys finds; in the keys' order."""

    def seats(self, tx: T_contra, tenant: str) -> SeatCount | None:
        """How many seats there are and how many accounts of every origin use one; None: not limited.

        Asked under the seats guard, so that what is counted stays true until the unit ends.
        """

    def other_owner(self, tx: T_contra, tenant: str, accounts: Sequence[str]) -> bool:
        """Whether an owner other than these accounts could still run the tenant. Asked under the owners guard."""

    def open(self, tx: T_contra, tenant: str, order: Order) -> str:
        """A new account as ordered; its id."""

    def handle(self, tx: T_contra, tenant: str, effect: Effect, resource: JsonObject | None) -> bool:
        """Do it now (True), or leave it in the outbox for `drain` (False).

        `resource` is the User or Group as it is now, for effects that need values; None when it is gone. Called at
        least once per effect: a host that cannot bear twice keeps the effect's key.
        """


class KnowsTeams(Protocol[T_contra]):
    """A host whose own teams may have a group's name already; asked where the policy minds the clash (POL-111)."""

    def team(self, tx: T_contra, tenant: str, name: str) -> Team | None:
        """The product's own team of that name."""


class TakesPasswords(Protocol[T_contra]):
    """A host that keeps passwords; asked where the policy hands them over (POL-076). Store a hash, never the text."""

    def password(self, tx: T_contra, tenant: str, account: str, secret: str) -> None:
        """The account's new password."""


@frozen(kw_only=True)
class Holding:
    """One of the host's accounts as it is: who may use it, and what they may do with it."""

    id: str
    state: Literal["invited", "active", "suspended"]
    roles: tuple[str, ...] = ()
    #: The teams that it counts in.
    teams: tuple[str, ...] = ()
    #: The product takes it for one that an identity provider looks after.
    managed: bool = False
    owner: bool = False
    protected: str = ""
    #: What an identity provider would see of it, as a User: at least a userName.
    profile: JsonObject = field(factory=dict, repr=False)


class KeepsInventory(Protocol[T_contra]):
    """A host that can list its accounts: for `reconcile` (POL-142), and to show those that nobody manages (POL-083)."""

    def inventory(self, tx: T_contra, tenant: str, after: str | None, limit: int) -> Sequence[Holding]:
        """Up to `limit` accounts with ids above `after`, by id; those that are gone are left out."""
