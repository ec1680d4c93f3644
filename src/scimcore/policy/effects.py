"""What the host must do, as data: a closed set, committed with the change that caused it (the outbox).

An effect names its account, or its team; never a SCIM id, because a late `Anonymise` must not hit the successor; and
it carries no personal values, because the outbox must not remember what anonymising forgets. A handler that needs
values is handed the resource as it is now.
"""

from typing import Literal, TypeAlias

from attrs import frozen

#: Stands for the account that the plan opens, until the host has said its id.
OPENED = "*opened*"

#: What an account can be signed in with.
CredentialKind = Literal["sessions", "refresh_tokens", "api_keys", "ssh_keys", "devices"]
CREDENTIALS: tuple[CredentialKind, ...] = ("sessions", "refresh_tokens", "api_keys", "ssh_keys", "devices")


@frozen(kw_only=True)
class Effect:
    """What all effects have. `due`: not before this time (microseconds, UTC); 0 is at once."""

    account: str
    due: int = 0


@frozen(kw_only=True)
class ActivateAccount(Effect):
    """The account may be used (again)."""


@frozen(kw_only=True)
class AwaitSignIn(Effect):
    """The account waits for its first sign-in (again): it is invited, not active."""


@frozen(kw_only=True)
class SuspendAccount(Effect):
    """The account may not be used; everything it has stays."""


@frozen(kw_only=True)
class DeleteAccount(Effect):
    """The account goes. `mode` says how much of it: its membership of this tenant, a tombstone, or all."""

    mode: Literal["membership", "tombstone", "hard"] = "tombstone"


@frozen(kw_only=True)
class RevokeCredentials(Effect):
    """End what the account is signed in with."""

    kinds: tuple[CredentialKind, ...] = CREDENTIALS
    #: Minutes after which all of it has ended everywhere; 0: nothing is promised.
    within_minutes: int = 0


@frozen(kw_only=True)
class ReserveSeat(Effect):
    """The account uses a seat from now on. Whether one is free was settled under the seats guard."""

    pool: str = ""


@frozen(kw_only=True)
class ReleaseSeat(Effect):
    """The account uses no seat any more."""

    pool: str = ""


@frozen(kw_only=True)
class SendInvitation(Effect):
    """Write to the person that an account waits for them."""


@frozen(kw_only=True)
class CancelInvitation(Effect):
    """The invitation that was sent no longer opens the account."""


@frozen(kw_only=True)
class Anonymise(Effect):
    """Forget who the account was: no e-mail, no name, no session. For good; its work stays.

    `reversible`: blank them only; they come back by `UpdateProfile`.
    """

    reversible: bool = False


@frozen(kw_only=True)
class SetRoles(Effect):
    """The account's effective roles are now exactly these."""

    roles: tuple[str, ...]


@frozen(kw_only=True)
class UpdateProfile(Effect):
    """These attributes (canonical paths) have new values: copy them from the resource as it is now."""

    paths: tuple[str, ...]


@frozen(kw_only=True)
class TransferOwnership(Effect):
    """What the account owned goes to another (`to`), or is disposed of as `mode` says."""

    to: str | None = None
    mode: Literal["transfer", "orphan", "delete"] = "transfer"


@frozen(kw_only=True)
class SyncMemberships(Effect):
    """The account now counts in the teams `join`, and no longer in `leave`."""

    join: tuple[str, ...] = ()
    leave: tuple[str, ...] = ()


@frozen(kw_only=True)
class Notify(Effect):
    """Tell the tenant's admins; `code` says what. `account` is "" when it is about the tenant as a whole."""

    code: str


@frozen(kw_only=True)
class CreateTeam(Effect):
    """A team for a new group: `account` is "", the name is the resource's displayName and, if any, the suffix."""

    team: str
    suffix: str = ""
    #: The team is there already and becomes the group's.
    adopt: bool = False


@frozen(kw_only=True)
class RenameTeam(Effect):
    """The group has a new displayName."""

    team: str


@frozen(kw_only=True)
class SyncTeam(Effect):
    """These accounts now count in the team, those no longer. `everyone`: take the whole list from the service.

    `keep_others`, with `everyone`: people whom the product added besides stay.
    """

    team: str
    join: tuple[str, ...] = ()
    leave: tuple[str, ...] = ()
    everyone: bool = False
    keep_others: bool = False


@frozen(kw_only=True)
class DeleteTeam(Effect):
    """The group is gone. `mode`: the team goes with it, stays as a local one, or is archived."""

    team: str
    mode: Literal["delete", "unlink", "archive"] = "delete"


#: Every effect there is. A handler that matches them all ends with `assert_never`, and mypy then finds what it forgets.
AnyEffect: TypeAlias = (
    ActivateAccount
    | AwaitSignIn
    | SuspendAccount
    | DeleteAccount
    | RevokeCredentials
    | ReserveSeat
    | ReleaseSeat
    | SendInvitation
    | CancelInvitation
    | Anonymise
    | SetRoles
    | UpdateProfile
    | TransferOwnership
    | SyncMemberships
    | Notify
    | CreateTeam
    | RenameTeam
    | SyncTeam
    | DeleteTeam
)
#: The same as classes, in the order of the documentation.
EFFECTS: tuple[type[AnyEffect], ...] = (
    ActivateAccount,
    AwaitSignIn,
    SuspendAccount,
    DeleteAccount,
    RevokeCredentials,
    ReserveSeat,
    ReleaseSeat,
    SendInvitation,
    CancelInvitation,
    Anonymise,
    SetRoles,
    UpdateProfile,
    TransferOwnership,
    SyncMemberships,
    Notify,
    CreateTeam,
    RenameTeam,
    SyncTeam,
    DeleteTeam,
)
