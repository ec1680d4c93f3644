"""Rights of users: seats, roles, and accounts that an identity provider cannot take away."""

from typing import Literal

from attrs import field, frozen

from scimcore._arguments import each, instance_of, text, whole_number
from scimcore.policy.choices.sentences import NAME_OR_NONE, NAMES, choice, setting


@frozen
class SeatPool:
    """Seats of one kind. An account with one of these roles uses a seat of the pool. POL-044."""

    name: str = field(validator=text(empty=False))
    roles: tuple[str, ...] = field(validator=NAMES)


@frozen(kw_only=True)
class Seats:
    """Seats: the accounts that need one, and the answer when none is free. The host counts its seats itself."""

    # An invitation is a promise of a seat: if it counted only at the first sign-in, more people could be invited than
    # get in. GitHub and Datadog count from the sign-in on.
    counts: Literal["active_and_invited", "active", "provisioned", "signed_in"] = choice(
        "active_and_invited",
        "POL-042",
        {
            "active_and_invited": "Active and invited users use a seat.",
            "active": "Active users use a seat. Invited users do not.",
            "provisioned": "All provisioned users use a seat, also disabled ones.",
            "signed_in": "A user uses a seat from the first sign-in on.",
        },
    )
    # The customer's admin learns it where the user was assigned. GitLab degrades to Minimal Access, Slack bills
    # afterwards.
    full: Literal["reject", "degrade", "create_inactive", "create_pending", "overage"] = choice(
        "reject",
        "POL-040",
        {
            "reject": "When no seat is free, a new user is refused.",
            "degrade": "When no seat is free, a new user gets the minimal role, which uses no seat.",
            "create_inactive": "When no seat is free, a new user is created disabled.",
            "create_pending": "When no seat is free, a new user waits for one.",
            "overage": "When no seat is free, a new user is created anyway. The admins are told.",
        },
    )
    # GitLab calls it Minimal Access: it shows the user and allows nothing.
    degraded_role: str | None = setting(
        None,
        "POL-040",
        "The minimal role is {value}.",
        empty="There is no minimal role.",
        check=NAME_OR_NONE,
    )
    # 409 and 429 are offered because products use them, and refused by `check`: identity providers misread both.
    error: Literal[403, 400, 409, 429] = choice(
        403,
        "POL-041",
        {
            403: "When all seats are taken, the answer is 403.",
            400: "When all seats are taken, the answer is 400.",
            409: "When all seats are taken, the answer is 409. Identity providers read it as: exists already.",
            429: "When all seats are taken, the answer is 429. Identity providers try again without end.",
        },
    )
    # Figma, Zoom and dbt sell viewers and editors: a change of role may need a seat that is not there (POL-044).
    pools: tuple[SeatPool, ...] = setting(
        (),
        "POL-044",
        "There are several kinds of seats: {value}.",
        empty="There is one kind of seat.",
        check=each(instance_of(SeatPool, "members that are a SeatPool"), "a tuple of SeatPool"),
        record=SeatPool,
    )
    # Each threshold is told once, when it is crossed, and again after it was left.
    warn_at: tuple[int, ...] = setting(
        (),
        "POL-045",
        "The admins are told when this share of the seats is used: {value} %.",
        empty="The admins are not told before all seats are used.",
        check=each(whole_number(0, 100), "a tuple of whole numbers"),
    )


@frozen
class GroupRole:
    """Members of the group get the role.

    `group` is the group's displayName (compared without case) or its id. POL-062.
    """

    group: str = field(validator=text(empty=False))
    role: str = field(validator=text(empty=False))


@frozen(kw_only=True)
class Roles:
    """The sources of an account's roles. The roles are computed anew from all of them at every change."""

    # None: what a customer's admins set in the product must not vanish because a directory happens to send roles.
    sources: tuple[str, ...] = setting(
        (),
        "POL-061",
        "Roles come from these sources, in this order: {value}.",
        empty="The identity provider gives no roles.",
        check=NAMES,
    )
    # With all sources together, taking a role away in one of them takes nothing away if another still gives it.
    across: Literal["first_source", "all_sources"] = choice(
        "first_source",
        "POL-061",
        {
            "first_source": "A user gets the roles of the first source that gives any.",
            "all_sources": "A user gets the roles of all sources together.",
        },
    )
    mappings: tuple[GroupRole, ...] = setting(
        (),
        "POL-062",
        "These groups give roles: {value}.",
        empty="No group gives a role.",
        check=each(instance_of(GroupRole, "members that are a GroupRole"), "a tuple of GroupRole"),
        record=GroupRole,
    )
    # Sentry takes the first, Unimoni the highest. The order of a list is often an accident of the client, so `first` is
    # for clients that document theirs.
    several: Literal["all", "highest", "priority", "first"] = choice(
        "all",
        "POL-062",
        {
            "all": "A user who is given several roles keeps all of them.",
            "highest": "A user who is given several roles keeps the highest.",
            "priority": "If several groups give a user roles, the first of them in the mappings decides.",
            "first": "A user who is given several roles keeps the first.",
        },
    )
    ranking: tuple[str, ...] = setting(
        (),
        "POL-062",
        "The ranking of the roles is, highest first: {value}.",
        empty="Roles have no ranking.",
        check=NAMES,
    )
    # Secoda accepts any name, because its customers define roles. A product with fixed roles lists them here.
    known: tuple[str, ...] = setting(
        (),
        "POL-063",
        "These roles exist: {value}.",
        empty="Every name is accepted as a role.",
        check=NAMES,
    )
    # LaunchDarkly answers 400. A typing error that quietly becomes the default role is found by the user who lacks
    # access.
    unknown: Literal["reject", "default", "ignore"] = choice(
        "reject",
        "POL-063",
        {
            "reject": "A request with a role that does not exist is refused.",
            "default": "A role that does not exist counts as the default role.",
            "ignore": "A role that does not exist is ignored.",
        },
    )
    # Whoever can edit a directory group must not thereby own the tenant.
    not_grantable: tuple[str, ...] = setting(
        ("owner",),
        "POL-064",
        "An identity provider cannot give these roles: {value}.",
        empty="An identity provider can give every role.",
        check=NAMES,
    )
    # 400 says that the value is wrong, so that the admin looks at the mapping; 403 reads as missing rights of the
    # connection.
    on_not_grantable: Literal["reject", "forbid", "ignore"] = choice(
        "reject",
        "POL-064",
        {
            "reject": "A request that gives such a role is answered 400.",
            "forbid": "A request that gives such a role is answered 403.",
            "ignore": "Such a role is ignored.",
        },
    )
    # Both sides can act and neither loses work: what an admin sets stays until an admin lifts it. Dastra's `app` is for
    # products where SCIM only starts an account off.
    master: Literal["override", "idp", "app", "idp_until_null"] = choice(
        "override",
        "POL-065",
        {
            "override": "Roles that an admin sets replace all others, and stay.",
            "idp": "Only the sources give roles. An admin cannot set them.",
            "app": "The sources give roles to a new user. After that only admins set them.",
            "idp_until_null": "An admin can set roles only while the sources give none.",
        },
    )
    # Losing the last group should not lock a user out; taking access away is what disabling is for.
    cleared: Literal["default", "none", "keep"] = choice(
        "default",
        "POL-066",
        {
            "default": "A user whose sources give no role any more gets the default role.",
            "none": "A user whose sources give no role any more has no role.",
            "keep": "A user whose sources give no role any more keeps the last roles.",
        },
    )
    # Customers choose the role of newcomers themselves (Dastra, Sentry, Figma).
    default: Literal["settings", "named", "none"] = choice(
        "settings",
        "POL-060",
        {
            "settings": "The default role is the one in the tenant's settings.",
            "named": "The default role is the same in every tenant.",
            "none": "There is no default role.",
        },
    )
    default_name: str | None = setting(
        None,
        "POL-060",
        "The default role of every tenant is {value}.",
        empty="The policy names no default role.",
        check=NAME_OR_NONE,
    )
    # A change of the settings that demotes five hundred people at once surprises the admin who made it.
    default_change: Literal["new_users", "everyone"] = choice(
        "new_users",
        "POL-060",
        {
            "new_users": "A new default role in the settings applies to new users.",
            "everyone": "A new default role in the settings applies to all users with the default role.",
        },
    )


@frozen(kw_only=True)
class Protection:
    """Accounts that an identity provider cannot take away."""

    # A tenant without an owner can be repaired by the product's support alone.
    last_owner: Literal["reject", "ignore", "retain"] = choice(
        "reject",
        "POL-100",
        {
            "reject": "A request that disables, deletes or demotes the last owner is refused.",
            "ignore": "A request that disables, deletes or demotes the last owner is ignored and recorded.",
            "retain": "The last owner keeps the owner's role. A request that disables or deletes them is refused.",
        },
    )
    # The product's own word for the role that can give all others.
    owner_roles: tuple[str, ...] = setting(
        ("owner",),
        "POL-100",
        "These roles make a user an owner: {value}.",
        empty="No role makes a user an owner.",
        check=NAMES,
    )
    # A break-glass account lets somebody in when single sign-on is down; a service account runs what nobody watches.
    kinds: tuple[str, ...] = setting(
        ("break_glass", "service"),
        "POL-100",
        "Accounts that the product marks as one of these are protected too: {value}.",
        empty="No other account is protected.",
        check=NAMES,
    )
    # A refusal is visible in the identity provider; passing over would show active true without a word.
    listed: Literal["reject", "ignore", "demote"] = choice(
        "reject",
        "POL-100",
        {
            "reject": "A request that disables or deletes a protected account is refused.",
            "ignore": "A request that disables or deletes a protected account is ignored and recorded.",
            "demote": "A protected account is not disabled or deleted. It gets the default role instead.",
        },
    )
    # 403: the account forbids it. LaunchDarkly answers 400, and clients that read only that need it.
    error: Literal[403, 400] = choice(
        403,
        "POL-101",
        {403: "The refusal is a 403.", 400: "The refusal is a 400 with scimType mutability."},
    )
