"""What the host must do, as data: a closed set, committed with the change that caused it (the outbox).

An effect names its account, or its team; never a SCIM id, because a late `Anonymise` must not hit the successor; and
it carries no personal values, because the outbox must not remember what anonymising forgets. A handler that needs
values is handed the resource as it is now.
"""

from typing import ClassVar, Final, Literal, TypeAlias

from attrs import frozen

#: Stands for the account that the plan opens, until the host has said its id.
OPENED = "*opened*"

#: What an account can be signed in with.
CredentialKind = Literal["sessions", "refresh_tokens", "api_keys", "ssh_keys", "devices"]
CREDENTIALS: tuple[CredentialKind, ...] = ("sessions", "refresh_tokens", "api_keys", "ssh_keys", "devices")


#: What an effect may wait for. `access` takes access away: it waits for nothing. `change` is everything else that
#: changes the account: in order, behind access that still waits. `mail` is sent to people: in order, behind access.
Lane = Literal["access", "change", "mail"]
#: In the order in which a worker looks at them. Stores sort by the names, so the alphabet must agree.
LANES: Final[tuple[Lane, ...]] = ("access", "change", "mail")


@frozen(kw_only=True)
class Effect:
    """The fields that every effect has."""

    _lane: ClassVar[Lane] = "change"

    #: The host's id of the account; "" for an effect on a team, or on the tenant as a whole.
    account: str
    #: Not before this time (microseconds since 1970, UTC); 0 is at once.
    due: int = 0

    @property
    def lane(self) -> Lane:
        """What the effect may wait for. Nothing that takes access away may wait for mail, or for a dead letter."""
        return self._lane


@frozen(kw_only=True)
class ActivateAccount(Effect):
    """The account may be used, or may be used again.

    Comes when a disabled user is enabled, an invited one signs in for the first time, a waiting one is approved, or a
    hold ends. Let the account sign in. Otherwise a user whom the identity provider enabled stays locked out.
    """


@frozen(kw_only=True)
class AwaitSignIn(Effect):
    """The account is invited (again): it becomes active with its first sign-in.

    Comes when a disabled user was invited before, or a waiting one is let in as invited. Show the account as invited,
    and tell `SignedIn` when the person comes. Otherwise your pages say "disabled" for a user who may sign in.
    """


@frozen(kw_only=True)
class SuspendAccount(Effect):
    """The account must not be used any more. Everything it has stays.

    Comes when the user is disabled or deleted, or an admin of the product suspends it. Refuse every sign-in and every
    token of the account. Otherwise a leaver keeps working: this is the effect that must never be forgotten.
    """

    _lane: ClassVar[Lane] = "access"


@frozen(kw_only=True)
class DeleteAccount(Effect):
    """The account goes, as far as `mode` says.

    Comes after a DELETE, and again when a tombstone is purged. Otherwise personal data stays longer than the
    customer was promised, and accounts of leavers stay in your lists.
    """

    _lane: ClassVar[Lane] = "access"

    #: `membership`: the account leaves this tenant only. `tombstone`: it is closed; a `hard` follows later.
    #: `hard`: nothing of it stays.
    mode: Literal["membership", "tombstone", "hard"] = "tombstone"


@frozen(kw_only=True)
class RevokeCredentials(Effect):
    """Revoke what the account is signed in with.

    Comes with a suspension, and when its roles or its e-mail address change, if the policy says so. End the sessions
    and delete the keys of these kinds. Otherwise a leaver who is signed in stays signed in.
    """

    _lane: ClassVar[Lane] = "access"

    #: Other kinds stay.
    kinds: tuple[CredentialKind, ...] = CREDENTIALS
    #: All of it has ended everywhere after so many minutes; 0 promises no time.
    within_minutes: int = 0


@frozen(kw_only=True)
class ReserveSeat(Effect):
    """The account uses a seat from now on.

    Comes when a user becomes active, or invited where invitations count. Whether a seat is free was decided under the
    seats guard. Nothing needs doing where you count seats from the accounts. Otherwise add one to the number that
    `Host.seats` returns, or more users get in than the customer paid for.
    """

    #: Which seats, where the tenant has several kinds; "" for the only kind.
    pool: str = ""


@frozen(kw_only=True)
class ReleaseSeat(Effect):
    """The account uses no seat any more.

    Comes when a user leaves, at once or later. The opposite of `ReserveSeat`: where you keep a number, take one off,
    or the customer runs out of seats that nobody uses.
    """

    _lane: ClassVar[Lane] = "access"

    #: Which seats, where the tenant has several kinds; "" for the only kind.
    pool: str = ""


@frozen(kw_only=True)
class SendInvitation(Effect):
    """Write to the person that an account is there.

    Comes for a new user: an invitation for an invited one, a welcome for an active one; and again when an invitation
    has expired. An e-mail cannot be undone, so leave it to a worker (`later=`) and remember the key. Without it nobody
    tells the person.
    """

    _lane: ClassVar[Lane] = "mail"


@frozen(kw_only=True)
class CancelInvitation(Effect):
    """The invitation that was sent no longer opens the account.

    Comes when an invited user is disabled or deleted, or the invitation expires. Make its link useless. Otherwise a
    leaver gets in by an old e-mail.
    """

    _lane: ClassVar[Lane] = "access"


@frozen(kw_only=True)
class Anonymise(Effect):
    """Forget who the account was: e-mail address, name, avatar, sessions. Its work stays.

    Comes when a user leaves and the policy anonymises leavers. Nothing may bring the person back later. Otherwise you
    keep personal data that the customer was promised you forget.
    """

    _lane: ClassVar[Lane] = "access"

    #: Only blank it: an `UpdateProfile` brings the values back when the user is enabled again. False is for good.
    reversible: bool = False


@frozen(kw_only=True)
class SetRoles(Effect):
    """The account has exactly these roles now.

    Comes when the roles of a user, or of a group that gives roles, change. Replace the roles of the account. Otherwise
    a user keeps rights that the identity provider took away.
    """

    roles: tuple[str, ...]


@frozen(kw_only=True)
class UpdateProfile(Effect):
    """These attributes have new values: copy them from `resource`.

    Comes when the identity provider changes the user. Copy those that you show, and leave the rest. Otherwise your
    product shows the old name and writes to the old address.
    """

    #: Canonical paths, such as `displayName` or `emails`. An attribute that `resource` lacks is empty now.
    paths: tuple[str, ...]


@frozen(kw_only=True)
class TransferOwnership(Effect):
    """What the account owns goes to another account, or is disposed of as `mode` says.

    Comes when a user leaves and the policy says what becomes of the work. Otherwise projects stay with an account that
    nobody can use.
    """

    _lane: ClassVar[Lane] = "access"

    #: The account that takes over; None for an admin of your choice.
    to: str | None = None
    #: `orphan`: it stays without an owner. `delete`: it goes.
    mode: Literal["transfer", "orphan", "delete"] = "transfer"


@frozen(kw_only=True)
class SyncMemberships(Effect):
    """The account counts in the teams `join` now, and no longer in `leave`.

    Comes when one user is enabled, disabled or repaired; changes of a group come as `SyncTeam`. Add and remove just
    these. Otherwise a leaver stays in teams, or a returning user sees nothing.
    """

    join: tuple[str, ...] = ()
    leave: tuple[str, ...] = ()

    @property
    def lane(self) -> Lane:
        """Only to leave takes access away; to join does not."""
        return "access" if self.leave and not self.join else "change"


@frozen(kw_only=True)
class Notify(Effect):
    """Tell the admins of the tenant something that they may want to act on.

    Comes when `code` says so: `link.confirm` (an account waits for a confirmation), `jit.claim` (somebody signed in who
    is not provisioned), `email.unverified`, `seats.80` (the share of seats in use, in percent), `seats.overage`.
    Without it they learn of it too late; nothing breaks. Leave it to a worker (`later=`).
    """

    _lane: ClassVar[Lane] = "mail"

    code: str


@frozen(kw_only=True)
class CreateTeam(Effect):
    """Make a team for a new group. Its name is the `displayName` of `resource`, and the suffix if there is one.

    Comes with a new group where groups are teams. Use `team` as the id of the team, or remember which of yours it is.
    Otherwise later effects name a team that you do not know.
    """

    team: str
    #: What makes the name differ from teams that are there already, for example " (2)".
    suffix: str = ""
    #: `team` is a team of yours that is there already: it becomes the group's, and keeps its members.
    adopt: bool = False


@frozen(kw_only=True)
class RenameTeam(Effect):
    """The group has a new `displayName`; see `resource`.

    Comes when the identity provider renames a group whose team follows. Otherwise the team keeps its old name.
    """

    team: str


@frozen(kw_only=True)
class SyncTeam(Effect):
    """The accounts `join` count in the team now, and `leave` no longer.

    Comes when the members of a group change, or the groups inside it do. With `everyone`, `join` has all accounts that
    count in the team at this moment: replace the members by them, but for those that the product added itself if
    `keep_others`. Otherwise people see what they should not, or do not see what they should.
    """

    team: str
    join: tuple[str, ...] = ()
    leave: tuple[str, ...] = ()
    #: The whole membership, not only a change of it.
    everyone: bool = False
    #: With `everyone`: accounts that the product added itself stay.
    keep_others: bool = False

    @property
    def lane(self) -> Lane:
        """Only to leave takes access away; to join does not."""
        return "access" if self.leave and not self.join and not self.everyone else "change"


@frozen(kw_only=True)
class DeleteTeam(Effect):
    """The group is gone; `mode` says what becomes of its team. Its people stay.

    Comes when the identity provider deletes a group, or the connection ends. Otherwise the team stays as managed by an
    identity provider that does not know it any more.
    """

    team: str
    #: `delete`: the team goes too. `unlink`: it stays, as the product's own. `archive`: nobody sees it any more.
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
