"""Everything that a host is written with, in one module: the protocols, the facts, the effects and the events.

A host implements `Host` (or `AsyncHost`) and, where the product can, the powers `KnowsTeams`, `TakesPasswords` and
`KeepsInventory`. Both unions are closed: a `match` over `AnyEffect` or `HostEvent` that ends with `assert_never` is
complete, and a type checker finds the effect that it forgets.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol, TypeVar

from attrs import field, frozen

from scimcore.policy.effects import (
    ActivateAccount,
    Anonymise,
    AnyEffect,
    AwaitSignIn,
    CancelInvitation,
    CreateTeam,
    CredentialKind,
    DeleteAccount,
    DeleteTeam,
    Notify,
    ReleaseSeat,
    RenameTeam,
    ReserveSeat,
    RevokeCredentials,
    SendInvitation,
    SetRoles,
    SuspendAccount,
    SyncMemberships,
    SyncTeam,
    TransferOwnership,
    UpdateProfile,
)
from scimcore.policy.facts import Account, SeatCount, Team, Tenant
from scimcore.policy.plans import MatchKey, Note, Order
from scimcore.policy.triggers import (
    AccountDeleted,
    Approved,
    Disconnected,
    Edited,
    Held,
    HostEvent,
    RolesSet,
    SettingsChanged,
    SignedIn,
    TimePassed,
)
from scimcore.repository.records import AuditRecord, EffectRecord
from scimcore.schema.json import Json, JsonObject

__all__ = [
    "Account",
    "AccountDeleted",
    "ActivateAccount",
    "Anonymise",
    "AnyEffect",
    "Approved",
    "AsyncHost",
    "AsyncKeepsInventory",
    "AsyncKnowsTeams",
    "AsyncTakesPasswords",
    "AuditRecord",
    "AwaitSignIn",
    "CancelInvitation",
    "CreateTeam",
    "CredentialKind",
    "DeleteAccount",
    "DeleteTeam",
    "Disconnected",
    "Edited",
    "EffectRecord",
    "Held",
    "Holding",
    "Host",
    "HostEvent",
    "Json",
    "JsonObject",
    "KeepsInventory",
    "KnowsTeams",
    "Later",
    "MatchKey",
    "Note",
    "Notify",
    "Order",
    "ReleaseSeat",
    "RenameTeam",
    "ReserveSeat",
    "RevokeCredentials",
    "RolesSet",
    "SeatCount",
    "SendInvitation",
    "SetRoles",
    "SettingsChanged",
    "SignedIn",
    "SuspendAccount",
    "SyncMemberships",
    "SyncTeam",
    "TakesPasswords",
    "Team",
    "Tenant",
    "TimePassed",
    "TransferOwnership",
    "UpdateProfile",
]

#: The host's transaction: `sqlalchemy.Connection` over `SqlRepository`, `Journal` over `MemoryRepository`. A host only
#: takes it and never returns it, so a host for a wider type fits a narrower one.
T_contra = TypeVar("T_contra", contravariant=True)


class Later(Exception):
    """Raised by `Host.handle` to leave this effect, this time, to the worker.

    In a request: everything that the handler wrote is undone, the change itself is stored, and the effect waits in the
    outbox for `drain`, with all later effects of the same account behind it. Raise it before anything leaves the
    product, an e-mail for example: only what stands in the transaction can be undone. In `drain`: the effect is tried
    again after a while that doubles each time, and never becomes a dead letter for it.

    For effects that always wait for the worker, name their types when the service is built (`later=`): that costs
    nothing, while this makes the service run the unit of work once more.
    """


class Host(Protocol[T_contra]):
    """The product. Every method runs inside the unit's transaction `tx` and may read and write its own tables there.

    What a method raises aborts the whole request and reaches the host's own error handling. A unit of work that loses
    a race is undone and run again, so every method may be called more often than there are changes.
    """

    def tenant(self, tx: T_contra, tenant: str) -> Tenant:
        """The customer's settings: its plan, default role, domains."""

    def accounts(self, tx: T_contra, tenant: str, ids: Sequence[str]) -> Mapping[str, Account]:
        """Those of these accounts that exist."""

    def match(self, tx: T_contra, tenant: str, keys: Sequence[MatchKey]) -> Sequence[Account]:
        """Accounts made in the product, not bound to any SCIM user, that one of the keys finds; in the keys' order."""

    def seats(self, tx: T_contra, tenant: str) -> SeatCount | None:
        """How many seats there are and how many accounts of every origin use one; None: not limited.

        Asked under the seats guard, so that what is counted stays true until the unit ends. Counting accounts by their
        state is enough for most policies. A policy in which a seat does not follow the state (`deactivate.seat` keep or
        period_end, `seats.counts` signed_in, `seats.full` degrade) needs a ledger: `ReserveSeat` enters the account,
        `ReleaseSeat` takes it out, and accounts that nobody provisioned count by their state.
        """

    # Of several accounts at once: a group that loses its admin role may take it from all owners together.
    def other_owner(self, tx: T_contra, tenant: str, accounts: Sequence[str]) -> bool:
        """Whether an owner other than these accounts could still run the tenant. Asked under the owners guard."""

    def open(self, tx: T_contra, tenant: str, order: Order) -> str:
        """Make a new account as ordered and return its id."""

    # It returns no boolean: one that is forgotten would be read as "not yet", and the effect would be done twice.
    def handle(self, tx: T_contra, tenant: str, effect: AnyEffect, *, key: str, resource: JsonObject | None) -> None:
        """Carry the effect out, or raise `Later` to leave it to the worker. Return nothing.

        `key` is the effect's own: it is the key of its outbox entry, and the same when the effect is handed over
        again. Each effect is handed over at least once. A handler that must not act twice (an e-mail, a call of
        another system) stores the key with what it did, or passes it on as the other system's idempotency key.
        `resource` is the User or Group as it is now, for effects that need values; None when it is gone.
        """


class KnowsTeams(Protocol[T_contra]):
    """An optional power: `Service(..., teams=host)`. For a policy that asks about teams of the same name (POL-111)."""

    def team(self, tx: T_contra, tenant: str, name: str) -> Team | None:
        """The product's own team of that name."""


class TakesPasswords(Protocol[T_contra]):
    """An optional power: `Service(..., passwords=host)`. For a policy that hands passwords over (POL-076)."""

    def password(self, tx: T_contra, tenant: str, account: str, secret: str) -> None:
        """Set the account's new password. Store a hash, never the text. A new account gets its own with the order."""


@frozen(kw_only=True)
class Holding:
    """One of the host's accounts as it is: who may use it, and what they may do with it."""

    #: The host's id of the account.
    id: str
    #: What the account may do now, whatever any identity provider wants.
    state: Literal["invited", "active", "suspended"]
    roles: tuple[str, ...] = ()
    #: The teams that it counts in.
    teams: tuple[str, ...] = ()
    #: The product takes it for one that an identity provider looks after.
    managed: bool = False
    #: It can run the tenant: an administrator of the customer who owns the contract, for example.
    owner: bool = False
    #: Why it must not be taken away, such as "break_glass" or "service"; "" for an ordinary account.
    protected: str = ""
    #: What an identity provider would see of it, as a User: at least a userName.
    profile: JsonObject = field(factory=dict, repr=False)


class KeepsInventory(Protocol[T_contra]):
    """An optional power: `Service(..., inventory=host)`.

    For `reconcile` (POL-142), and to show accounts that nobody manages (POL-083).
    """

    def inventory(self, tx: T_contra, tenant: str, after: str | None, limit: int) -> Sequence[Holding]:
        """Up to `limit` accounts with ids above `after`, by id; those that are gone are left out."""


# The asynchronous twins repeat the signatures, because a type checker compares them only when they are written out. A
# test holds each pair to one signature; what each method promises is written at the synchronous one.


class AsyncHost(Protocol[T_contra]):
    """The product; see `Host` for what each method promises."""

    async def tenant(self, tx: T_contra, tenant: str) -> Tenant: ...
    async def accounts(self, tx: T_contra, tenant: str, ids: Sequence[str]) -> Mapping[str, Account]: ...
    async def match(self, tx: T_contra, tenant: str, keys: Sequence[MatchKey]) -> Sequence[Account]: ...
    async def seats(self, tx: T_contra, tenant: str) -> SeatCount | None: ...
    async def other_owner(self, tx: T_contra, tenant: str, accounts: Sequence[str]) -> bool: ...
    async def open(self, tx: T_contra, tenant: str, order: Order) -> str: ...
    async def handle(
        self, tx: T_contra, tenant: str, effect: AnyEffect, *, key: str, resource: JsonObject | None
    ) -> None: ...


class AsyncKnowsTeams(Protocol[T_contra]):
    """An optional power; see `KnowsTeams`."""

    async def team(self, tx: T_contra, tenant: str, name: str) -> Team | None: ...


class AsyncTakesPasswords(Protocol[T_contra]):
    """An optional power; see `TakesPasswords`."""

    async def password(self, tx: T_contra, tenant: str, account: str, secret: str) -> None: ...


class AsyncKeepsInventory(Protocol[T_contra]):
    """An optional power; see `KeepsInventory`."""

    async def inventory(self, tx: T_contra, tenant: str, after: str | None, limit: int) -> Sequence[Holding]: ...
