"""What happens to people: how they begin, are disabled, enabled and deleted."""

from typing import Literal

from attrs import frozen

from scimcore.policy.choices.sentences import choice, setting
from scimcore.policy.effects import CREDENTIALS, CredentialKind


@frozen(kw_only=True)
class Create:
    """How a person that the identity provider creates begins."""

    initial: Literal["active", "invited", "pending"] = choice(
        "active",
        "POL-050",
        {
            "active": "A created user can work at once.",
            "invited": "A created user is invited, and active from the first sign-in on.",
            "pending": "A created user waits until an admin of the product approves.",
        },
    )
    inactive: Literal["suspended", "reject"] = choice(
        "suspended",
        "POL-008",
        {
            "suspended": "A user created with active false gets a suspended account that uses no seat.",
            "reject": "A user created with active false is refused.",
        },
    )


@frozen(kw_only=True)
class Invitations:
    """What an invitation is, and when one is written."""

    mail: Literal["always", "unless_sso", "never"] = choice(
        "unless_sso",
        "POL-055",
        {
            "always": "A new user is always written to.",
            "unless_sso": "A new user is written to, unless the tenant enforces single sign-on.",
            "never": "A new user is never written to.",
        },
    )
    memberships: Literal["when_activated", "at_once"] = choice(
        "when_activated",
        "POL-051",
        {
            "when_activated": "An invited user's memberships are stored, and count from the first sign-in on.",
            "at_once": "An invited user counts as a member of their teams at once.",
        },
    )
    expire_days: int = setting(
        0,
        "POL-053",
        "An invitation expires after {value} days; the next change of the user sends another.",
        empty="An invitation does not expire.",
    )


@frozen(kw_only=True)
class Deactivate:
    """What the product does when the identity provider disables a user."""

    access: Literal["suspend", "remove_membership", "anonymise", "delete", "nothing"] = choice(
        "suspend",
        "POL-001",
        {
            "suspend": "A disabled user's account is suspended; everything it has stays.",
            "remove_membership": "A disabled user leaves the tenant; the account itself stays.",
            "anonymise": "A disabled user's account forgets who it was, for good.",
            "delete": "A disabled user is deleted (identity providers cannot enable such a user again).",
            "nothing": "Disabling a user changes nothing in the product (a leaver keeps access).",
        },
    )
    revoke: tuple[CredentialKind, ...] = setting(
        CREDENTIALS,
        "POL-002",
        "Disabling ends: {value}.",
        empty="Disabling ends no session and no key.",
    )
    revoke_within_minutes: int = setting(
        5, "POL-002", "What is to end has ended within {value} minutes.", empty="What is to end ends when it ends."
    )
    seat: Literal["now", "period_end", "keep"] = choice(
        "now",
        "POL-003",
        {
            "now": "A disabled user's seat is free at once.",
            "period_end": "A disabled user's seat is free when the billing period ends.",
            "keep": "A disabled user keeps the seat.",
        },
    )
    personal_data: Literal["keep", "obfuscate"] = choice(
        "keep",
        "POL-004",
        {
            "keep": "A disabled user's name and e-mail stay as they are.",
            "obfuscate": "A disabled user's name and e-mail are blanked, and come back with the user.",
        },
    )
    resource: Literal["reduced", "whole"] = choice(
        "reduced",
        "POL-004",
        {
            "reduced": "Of an anonymised user the resource keeps userName, externalId and active, nothing else.",
            "whole": "Of an anonymised user the resource stays whole, so that a later account has the name again.",
        },
    )
    memberships: Literal["keep", "leave_teams", "remove"] = choice(
        "keep",
        "POL-005",
        {
            "keep": "A disabled user's memberships are kept, do not count, and count again when the user is enabled.",
            "leave_teams": "A disabled user leaves the teams for good; the groups still list the user.",
            "remove": "A disabled user is removed from every group.",
        },
    )
    owned: Literal["keep", "manager", "fixed", "admin", "orphan", "delete"] = choice(
        "keep",
        "POL-006",
        {
            "keep": "What a disabled user owns stays theirs.",
            "manager": "What a disabled user owns goes to their manager.",
            "fixed": "What a disabled user owns goes to one appointed account.",
            "admin": "What a disabled user owns goes to an admin of the tenant.",
            "orphan": "What a disabled user owns has no owner any more.",
            "delete": "What a disabled user owns is deleted.",
        },
    )
    owned_to: str | None = setting(
        None,
        "POL-006",
        "The appointed account, also where no manager is known, is {value}.",
        empty="There is no appointed account; where no manager is known, an admin of the tenant takes over.",
    )
    visibility: Literal["shown", "hidden"] = choice(
        "shown",
        "POL-007",
        {
            "shown": "A disabled user is still found, with active false.",
            "hidden": "A disabled user is answered as if there were none.",
        },
    )
    edits: Literal["allow", "reject"] = choice(
        "allow",
        "POL-009",
        {
            "allow": "A disabled user can be changed.",
            "reject": "A disabled user cannot be changed, except by enabling.",
        },
    )
    timing: Literal["at_once", "grace", "approval"] = choice(
        "at_once",
        "POL-010",
        {
            "at_once": "Disabling takes effect at once.",
            "grace": "Disabling takes effect after a grace period; enabling within it cancels everything.",
            "approval": "Disabling takes effect when an admin of the product approves.",
        },
    )
    grace_hours: int = setting(0, "POL-010", "The grace period is {value} hours.", empty="There is no grace period.")


@frozen(kw_only=True)
class Delete:
    """What the product does when the identity provider deletes a user. The resource is always 404 afterwards."""

    account: Literal["tombstone", "hard", "suspend", "anonymise"] = choice(
        "tombstone",
        "POL-020",
        {
            "tombstone": "A deleted user's account is closed, and purged after a while.",
            "hard": "A deleted user's account is gone at once.",
            "suspend": "A deleted user's account is suspended and becomes an ordinary account of the product.",
            "anonymise": "A deleted user's account forgets who it was; its work stays, by a deleted user.",
        },
    )
    retention_days: int = setting(
        30, "POL-021", "A closed account is purged after {value} days.", empty="A closed account is never purged."
    )
    link: Literal["drop", "keep"] = choice(
        "drop",
        "POL-022",
        {
            "drop": "The identity provider loses the account with the user.",
            "keep": "The account stays linked until it is purged, so that it can be restored.",
        },
    )
    recreate: Literal["new", "resurrect", "conflict"] = choice(
        "new",
        "POL-023",
        {
            "new": "A user created again under the same name gets a new account.",
            "resurrect": "A user created again before the purge gets the old account under a new SCIM id.",
            "conflict": "A user cannot be created again under the same name before the purge.",
        },
    )
    recreate_needs: Literal["external_id", "user_name"] = choice(
        "external_id",
        "POL-034",
        {
            "external_id": "The old account comes back only for the same externalId.",
            "user_name": "The old account comes back for the same userName.",
        },
    )
    scope: Literal["account", "membership"] = choice(
        "account",
        "POL-024",
        {
            "account": "Deleting is about the account.",
            "membership": "Deleting ends the membership of this tenant; the account's others stay.",
        },
    )
    requests: Literal["delete", "deactivate", "refuse"] = choice(
        "delete",
        "POL-025",
        {
            "delete": "DELETE deletes.",
            "deactivate": "DELETE disables the account, and the user is 404 afterwards.",
            "refuse": "DELETE is refused; users are disabled instead.",
        },
    )
    content: Literal["preserve", "transfer", "delete"] = choice(
        "preserve",
        "POL-026",
        {
            "preserve": "What a deleted user made stays, by a deleted user.",
            "transfer": "What a deleted user made goes to the appointed account or an admin.",
            "delete": "What a deleted user made is deleted.",
        },
    )


@frozen(kw_only=True)
class Reactivate:
    """What the product does when the identity provider enables a disabled user again."""

    account: Literal["restore", "new", "refuse"] = choice(
        "restore",
        "POL-030",
        {
            "restore": "An enabled user has the same account again.",
            "new": "An enabled user gets a new account behind the same SCIM id; the old one never comes back.",
            "refuse": "A disabled user cannot be enabled again.",
        },
    )
    roles: Literal["recompute", "previous", "default"] = choice(
        "recompute",
        "POL-032",
        {
            "recompute": "An enabled user has the roles that the sources give now.",
            "previous": "An enabled user has the roles from before.",
            "default": "An enabled user starts with the default role.",
        },
    )
    on_post: Literal["conflict", "restore"] = choice(
        "conflict",
        "POL-033",
        {
            "conflict": "Creating a user whose name a disabled user has is refused as a duplicate.",
            "restore": "Creating a user whose name a disabled user has enables that user.",
        },
    )
    post_needs: Literal["external_id", "user_name"] = choice(
        "external_id",
        "POL-034",
        {
            "external_id": "Enabling by creating needs the same externalId.",
            "user_name": "Enabling by creating needs only the same userName.",
        },
    )
