"""Everything that a decision may rest on, as plain values. A policy never reads anything else."""

from collections.abc import Mapping
from enum import Enum
from typing import Any, Final, Literal, TypedDict

from attrs import Attribute, field, fields, frozen

from scimcore._arguments import each, instance_of, one_of, optional, text, whole_number, wrong_type
from scimcore.schema.json import JsonObject

# What hosts build for each request. What the core builds itself (`Binding`, `Facts` ...) is not checked again.
_FLAG = instance_of(bool, "True or False")
_TEXTS = each(text(), "a tuple of texts")

#: The lifecycle of a binding. `pending` waits for an approval; `deleted` is a tombstone, kept until it is purged.
State = Literal["pending", "invited", "active", "suspended", "anonymised", "deleted"]


class UnknownFact(Enum):
    """Not asked yet. A decision that needs the fact answers with an `Ask` for it."""

    UNKNOWN = "unknown"


#: Stands for a fact that the policy has not been given; the policy asks for it if it needs it.
UNKNOWN: Final = UnknownFact.UNKNOWN


class Remembered(TypedDict, total=False):
    """The fields of `Memory`, for a change of some of them. A test holds the two together."""

    works_until: int | Literal["approval"] | None
    state_before: State | None
    created_disabled: bool
    link_unconfirmed: bool
    teams_left: bool
    waits_for_seat: bool
    seat_until: int | None
    degraded: bool
    signed_in: bool
    invitation_expired: bool
    default_role: str | None
    guest: bool
    taken_over: tuple[str, ...]
    unmanaged: bool


@frozen(kw_only=True)
class Memory:
    """The memory of a binding: what a later decision needs and no other field says. Nothing in it is personal."""

    #: Disabled, but the account still works: until this time (microseconds since 1970, UTC), or until an admin approves
    #: the leaver (POL-010).
    works_until: int | Literal["approval"] | None = None
    #: The state that enabling leads back to (POL-054); None is active.
    state_before: State | None = None
    #: Created with `active: false` and never enabled since: the user waits for the first day, nobody left (POL-030).
    created_disabled: bool = False
    #: Linked to an account that was there before, and waits until the person or an admin confirms it (POL-082).
    link_unconfirmed: bool = False
    #: The memberships from before do not come back when the user is enabled.
    teams_left: bool = False
    #: Pending because every seat was taken; the next free one is for this account.
    waits_for_seat: bool = False
    #: A disabled account uses its seat until then (microseconds since 1970, UTC); 0 is for good (POL-003).
    seat_until: int | None = None
    #: Has the smaller role of a tenant that is full, and uses no seat.
    degraded: bool = False
    #: Somebody has signed in, which is what makes an account count where `seats.counts` is "signed_in".
    signed_in: bool = False
    #: The invitation cannot be used any more (POL-053).
    invitation_expired: bool = False
    #: The tenant's default role that was given because no source gave one.
    default_role: str | None = None
    #: Has the role of guests, which no source changes.
    guest: bool = False
    #: Attributes (canonical paths) that a local admin has taken over from the identity provider (POL-071).
    taken_over: tuple[str, ...] = ()
    #: Only shows an account that no identity provider manages, so that one can match it (POL-083).
    unmanaged: bool = False

    def as_json(self) -> JsonObject:
        """The fields that differ from the defaults, as JSON."""
        found = ((field.name, getattr(self, field.name), field.default) for field in fields(Memory))
        return {name: list(now) if isinstance(now, tuple) else now for name, now, default in found if now != default}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Memory":
        """The value again. Raises TypeError for a field that this version does not know."""
        known: dict[str, Any] = {n: tuple(found) if isinstance(found, list) else found for n, found in data.items()}
        return cls(**known)


#: What most bindings remember.
NO_MEMORY: Final = Memory()


@frozen(kw_only=True)
class Binding:
    """The account of the host that a SCIM User stands for, and its lifecycle state. The SCIM id is not the account id.

    For a Group, `account` is the host's team. `since` and all times are microseconds since 1970, UTC.
    """

    resource: str
    type: str
    account: str | None
    state: State
    connection: str = ""
    since: int = 0
    #: The roles that were last given to the account: what a new computation is compared with.
    roles: tuple[str, ...] = ()
    #: What an admin set by hand; it replaces whatever the sources give, and SCIM never changes it.
    override: tuple[str, ...] | None = None
    #: Roles retained although no source gives them (the last owner's).
    retained: tuple[str, ...] = ()
    #: A local admin's suspension. The identity provider neither lifts it nor is shielded by it.
    held: bool = False
    #: When the state is to be moved on by the clock (invitation expiry, purge of a tombstone); 0 for never.
    due: int = 0
    memory: Memory = NO_MEMORY


@frozen(kw_only=True)
class Account:
    """One account of the host, as the host knows it.

    Hosts build one for every question, so the checks of its fields are the cheap ones: about a microsecond in all.
    Raises TypeError or ValueError for a wrong value.
    """

    #: The host's own id of the account. SCIM never shows it.
    id: str = field(validator=text(empty=False))
    #: The account has the role that a tenant must not be left without (POL-100).
    owner: bool = field(default=False, validator=_FLAG)
    #: An admin of the product has suspended the account. The identity provider cannot lift that.
    held: bool = field(default=False, validator=_FLAG)
    #: Nobody can use the account now, whoever suspended it; with `held` as well, an admin of the product did. Linking a
    #: new user with the account activates it, unless it is held.
    suspended: bool = field(default=False, validator=_FLAG)
    #: Somebody has signed in to the account at least once.
    ready: bool = field(default=True, validator=_FLAG)
    #: A binding of some connection of the tenant stands for the account already.
    managed: bool = field(default=False, validator=_FLAG)
    roles: tuple[str, ...] = field(default=(), validator=_TEXTS)
    email: str | None = field(default=None, validator=optional(text()))
    #: As a candidate for linking: the key that found it ("" if the host does not say).
    matched_by: str = field(default="", validator=text())
    #: As a candidate: an earlier delete closed it and it is not purged yet (only asked for if a key has `deleted`).
    deleted: bool = field(default=False, validator=_FLAG)
    #: As a candidate: it belongs to another tenant of the host, and not to this one.
    elsewhere: bool = field(default=False, validator=_FLAG)
    #: Why the host protects it from pushes: "break_glass", "service", "token_creator", or a word of its own.
    protected: str = field(default="", validator=text())


def _pools(instance: object, attribute: "Attribute[Any]", value: object) -> None:
    """Refuse everything but a mapping from names to counts."""
    expected = "a mapping from the name of a pool to its SeatCount"
    if not isinstance(value, Mapping):
        raise wrong_type(type(instance).__name__, attribute.name, value, expected)
    for pool, count in value.items():
        if not isinstance(pool, str) or not isinstance(count, SeatCount):
            raise wrong_type(type(instance).__name__, attribute.name, count, expected)


@frozen
class SeatCount:
    """The host's own count of its seats. Accounts of every origin use some, not only provisioned ones.

    Raises TypeError or ValueError for a wrong value.
    """

    #: How many seats the customer has; None for no limit.
    limit: int | None = field(validator=optional(whole_number(0)))
    #: How many are used. More than the limit is possible: leavers must be able to leave then, too (POL-046).
    used: int = field(validator=whole_number(0))
    #: The same for every kind of seat, by the name of the pool, if the policy has several (POL-044).
    pools: Mapping[str, "SeatCount"] = field(factory=dict, validator=_pools)


@frozen(kw_only=True)
class Tenant:
    """The host's settings for one customer. Raises TypeError or ValueError for a wrong value."""

    #: `closed`: the plan never included provisioning (POL-130). `lapsed`: it did; only leavers pass now (POL-131).
    plan: Literal["open", "closed", "lapsed"] = field(default="open", validator=one_of(("open", "closed", "lapsed")))
    #: The role of a user whom no source gives one, if the policy says `roles.default = settings`.
    default_role: str | None = field(default=None, validator=optional(text()))
    #: Everybody signs in through the identity provider.
    sso_enforced: bool = field(default=False, validator=_FLAG)
    #: Domains that the customer has proven to own. They decide whose accounts can be linked.
    verified_domains: tuple[str, ...] = field(default=(), validator=_TEXTS)
    #: When the billing period ends (microseconds since 1970, UTC); 0 if nobody knows.
    period_ends: int = field(default=0, validator=whole_number(0))


@frozen(kw_only=True)
class Team:
    """A team of the product that already has the name of a group. Raises TypeError or ValueError for a wrong value."""

    id: str = field(validator=text(empty=False))
    #: Another group stands for the team already.
    managed: bool = field(default=False, validator=_FLAG)
    #: How many teams have the name, with a number behind it or without.
    namesakes: int = field(default=1, validator=whole_number(0))


@frozen(kw_only=True)
class GroupFact:
    """A group that the subject is a member of: its id, its name, its team if it has one.

    Where groups are flattened (POL-116), these are the groups around those as well.
    """

    id: str
    name: str
    team: str | None = None


@frozen(kw_only=True)
class MemberFact:
    """A user whose membership a group change touches. `groups` are those *after* the change; None if not asked.

    Where groups are flattened, the users inside a group that comes or goes are among them.
    """

    binding: Binding | None
    data: Mapping[str, object] = field(factory=dict)
    groups: tuple[GroupFact, ...] | None = None
    account: Account | None = None


@frozen(kw_only=True)
class Facts:
    """The facts that are known so far. `UNKNOWN` fields are fetched when a decision asks for them.

    If a fact has a guard (a row that is locked), the service takes it first, so that the fact is still true when the
    plan is written.
    """

    now: int
    tenant: Tenant = Tenant()
    connection: str = ""
    #: The binding of the resource that changes; None for a create or an unmanaged account.
    binding: Binding | None = None
    #: With a host event: the binding's resource as it is stored.
    data: Mapping[str, object] = field(factory=dict)
    #: On create: the managed resource that has the same unique name already, if any, with its data.
    namesake: Binding | None = None
    namesake_data: Mapping[str, object] = field(factory=dict)
    account: Account | None | UnknownFact = UNKNOWN
    seats: SeatCount | None | UnknownFact = UNKNOWN
    other_owner: bool | UnknownFact = UNKNOWN
    candidates: tuple[Account, ...] | UnknownFact = UNKNOWN
    groups: tuple[GroupFact, ...] | UnknownFact = UNKNOWN
    #: Of a group that changes: the groups that it is in, at any depth (asked where groups are flattened).
    ancestors: tuple[GroupFact, ...] | UnknownFact = UNKNOWN
    members: Mapping[str, MemberFact] | UnknownFact = UNKNOWN
    #: The number of accounts that were disabled or deleted within the window of the leaver limit.
    recent_leavers: int | UnknownFact = UNKNOWN
    #: The number of users that the connection manages; a percentage is a share of it.
    managed_users: int | UnknownFact = UNKNOWN
    #: The account of the user's manager, if it has one here.
    manager: str | None | UnknownFact = UNKNOWN
    #: True if another user of the tenant has this externalId.
    external_id_taken: bool | UnknownFact = UNKNOWN
    #: The product's team of the group's name.
    team: Team | None | UnknownFact = UNKNOWN
    #: How many members the group has after the change, and how many groups the tenant has before it.
    member_count: int | UnknownFact = UNKNOWN
    group_count: int | UnknownFact = UNKNOWN
