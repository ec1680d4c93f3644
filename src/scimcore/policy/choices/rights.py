"""What people may do: seats, roles, and the accounts that cannot be taken away."""

from typing import Literal

from attrs import frozen

from scimcore.policy.choices.sentences import choice, setting


@frozen
class SeatPool:
    """Seats of one kind: an account whose roles include one of these uses a seat of the pool."""

    name: str
    roles: tuple[str, ...]


@frozen(kw_only=True)
class Seats:
    """When an account needs a seat, and what happens when there is none. The host counts; the core reserves."""

    counts: Literal["active_and_invited", "active", "provisioned", "signed_in"] = choice(
        "active_and_invited",
        "POL-042",
        {
            "active_and_invited": "Active and invited users use a seat.",
            "active": "Active users use a seat, invited ones do not.",
            "provisioned": "Every provisioned user uses a seat, disabled ones too.",
            "signed_in": "A user uses a seat from the first sign-in on.",
        },
    )
    full: Literal["reject", "degrade", "create_inactive", "create_pending", "overage"] = choice(
        "reject",
        "POL-040",
        {
            "reject": "When no seat is free, a new user is refused.",
            "degrade": "When no seat is free, a new user gets the minimal role and uses none.",
            "create_inactive": "When no seat is free, a new user is created disabled.",
            "create_pending": "When no seat is free, a new user waits for one.",
            "overage": "When no seat is free, a new user is let in and the admins are told.",
        },
    )
    degraded_role: str | None = setting(
        None, "POL-040", "The minimal role is {value}.", empty="There is no minimal role."
    )
    error: Literal[403, 400, 409, 429] = choice(
        403,
        "POL-041",
        {
            403: "A full house is answered 403.",
            400: "A full house is answered 400.",
            409: "A full house is answered 409 (identity providers read: exists already).",
            429: "A full house is answered 429 (identity providers try again for ever).",
        },
    )
    pools: tuple[SeatPool, ...] = setting((), "POL-044", "Seats come in pools: {value}.", empty="All seats are alike.")
    warn_at: tuple[int, ...] = setting(
        (), "POL-045", "The admins are told when {value} per cent are used.", empty="Nobody is told before it is full."
    )


@frozen
class GroupRole:
    """Members of the group (by its displayName, whatever the case, or its id) have the role."""

    group: str
    role: str


@frozen(kw_only=True)
class Roles:
    """Where an account's roles come from. The effective roles are computed anew from all of it, never patched."""

    sources: tuple[str, ...] = setting(
        (),
        "POL-061",
        "Roles come from, in this order: {value}.",
        empty="The identity provider says nothing about roles.",
    )
    across: Literal["first_source", "all_sources"] = choice(
        "first_source",
        "POL-061",
        {
            "first_source": "The first source that gives a role is followed.",
            "all_sources": "A user has the roles of all sources together.",
        },
    )
    mappings: tuple[GroupRole, ...] = setting(
        (), "POL-062", "Groups give roles: {value}.", empty="No group gives a role."
    )
    several: Literal["all", "highest", "priority", "first"] = choice(
        "all",
        "POL-062",
        {
            "all": "Who is given several roles has them all.",
            "highest": "Who is given several roles has the highest.",
            "priority": "Of several groups, the one that stands first among the mappings gives the role.",
            "first": "Who is given several roles has the one listed first.",
        },
    )
    ranking: tuple[str, ...] = setting(
        (), "POL-062", "Roles rank, highest first: {value}.", empty="Roles have no ranking."
    )
    known: tuple[str, ...] = setting(
        (), "POL-063", "The roles that exist are {value}.", empty="Any name is accepted as a role."
    )
    unknown: Literal["reject", "default", "ignore"] = choice(
        "reject",
        "POL-063",
        {
            "reject": "A role that does not exist is refused.",
            "default": "A role that does not exist counts as the default role.",
            "ignore": "A role that does not exist is passed over.",
        },
    )
    not_grantable: tuple[str, ...] = setting(
        ("owner",), "POL-064", "Nobody is made {value} by an identity provider.", empty="Every role can be granted."
    )
    on_not_grantable: Literal["reject", "forbid", "ignore"] = choice(
        "reject",
        "POL-064",
        {
            "reject": "An attempt is answered 400.",
            "forbid": "An attempt is answered 403.",
            "ignore": "An attempt is passed over.",
        },
    )
    master: Literal["override", "idp", "app", "idp_until_null"] = choice(
        "override",
        "POL-065",
        {
            "override": "What an admin sets by hand replaces the roles and stays.",
            "idp": "Only the sources set roles; an admin cannot.",
            "app": "The sources set roles at the beginning; after that they are the product's.",
            "idp_until_null": "An admin sets roles while the sources give none.",
        },
    )
    cleared: Literal["default", "none", "keep"] = choice(
        "default",
        "POL-066",
        {
            "default": "Who is given no role any more has the default role.",
            "none": "Who is given no role any more has none.",
            "keep": "Who is given no role any more keeps the last ones.",
        },
    )
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
        None, "POL-060", "That default role is {value}.", empty="No default role is named here."
    )
    default_change: Literal["new_users", "everyone"] = choice(
        "new_users",
        "POL-060",
        {
            "new_users": "A new default role in the settings is for users who come after.",
            "everyone": "A new default role in the settings is for everybody who has the default role.",
        },
    )


@frozen(kw_only=True)
class Protection:
    """Accounts that a push cannot take away."""

    last_owner: Literal["reject", "ignore", "retain"] = choice(
        "reject",
        "POL-100",
        {
            "reject": "The last owner cannot be disabled, deleted or demoted: it is refused.",
            "ignore": "The last owner cannot be disabled, deleted or demoted: it is passed over and recorded.",
            "retain": (
                "The last owner keeps the owner's role whatever the sources say; disabling and deleting are refused."
            ),
        },
    )
    owner_roles: tuple[str, ...] = setting(
        ("owner",), "POL-100", "Who has one of these roles is an owner: {value}.", empty="No role makes an owner."
    )
    kinds: tuple[str, ...] = setting(
        ("break_glass", "service"),
        "POL-100",
        "Protected besides are accounts that the product marks as {value}.",
        empty="No other account is protected.",
    )
    listed: Literal["reject", "ignore", "demote"] = choice(
        "reject",
        "POL-100",
        {
            "reject": "Disabling or deleting a protected account is refused.",
            "ignore": "Disabling or deleting a protected account is passed over and recorded.",
            "demote": "A protected account is not taken away; it falls to the default role.",
        },
    )
    error: Literal[403, 400] = choice(
        403,
        "POL-101",
        {403: "The refusal is a 403.", 400: "The refusal is a 400 mutability."},
    )
