"""Everything that a host is written with, in one module: the protocols, the facts, the effects and the events.

A host implements `Host` (or `AsyncHost`) and, where the product can, the powers `KnowsTeams`, `TakesPasswords` and
`KeepsInventory`. Both unions are closed: a `match` over `AnyEffect` or `HostEvent` that ends with `assert_never` is
complete, and a type checker finds the effect that it forgets.
"""

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
from scimcore.service.host import Holding, Host, KeepsInventory, KnowsTeams, Later, TakesPasswords
from scimcore.service.seams import AsyncHost, AsyncKeepsInventory, AsyncKnowsTeams, AsyncTakesPasswords

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
