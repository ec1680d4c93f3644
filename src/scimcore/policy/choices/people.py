"""The life of a user: created, invited, disabled, enabled, deleted."""

from typing import Literal

from attrs import frozen

from scimcore._arguments import each, one_of, whole_number
from scimcore.policy.choices.sentences import NAME_OR_NONE, choice, setting
from scimcore.policy.effects import CREDENTIALS, CredentialKind


@frozen(kw_only=True)
class Create:
    """The beginning of a user that the identity provider creates."""

    # Active: most products let a user in at once, and with single sign-on an invitation would be one step too many.
    # Secoda, Datadog and Sentry invite; approval queues are rarer.
    initial: Literal["active", "invited", "pending"] = choice(
        "active",
        "POL-050",
        {
            "active": "A new user can work at once.",
            "invited": "A new user is invited, and becomes active with the first sign-in.",
            "pending": "A new user waits until an admin of the product approves.",
        },
    )
    # Ping and some HR connectors provision disabled users on purpose, so that refusing them is not the default.
    inactive: Literal["suspended", "reject"] = choice(
        "suspended",
        "POL-008",
        {
            "suspended": "A user created with active false gets a suspended account and uses no seat.",
            "reject": "A user created with active false is refused.",
        },
    )


@frozen(kw_only=True)
class Invitations:
    """When the product sends an invitation, and how long it works."""

    # With single sign-on enforced the link in the mail leads nowhere useful, so no mail goes out then.
    mail: Literal["always", "unless_sso", "never"] = choice(
        "unless_sso",
        "POL-055",
        {
            "always": "A new user is always sent an invitation e-mail.",
            "unless_sso": "A new user is sent an invitation e-mail, unless the tenant enforces single sign-on.",
            "never": "A new user is never sent an invitation e-mail.",
        },
    )
    # Secoda: an invited user "does not show as a member of a group until the account is activated". The stored
    # membership stays, because identity providers do not send it a second time.
    memberships: Literal["when_activated", "at_once"] = choice(
        "when_activated",
        "POL-051",
        {
            "when_activated": "An invited user joins the teams with the first sign-in. SCIM shows the memberships.",
            "at_once": "An invited user joins the teams at once.",
        },
    )
    # 0: nobody is shut out by a late holiday. Where they do expire, the resource stays: an invitation that deleted its
    # user would be created anew by the identity provider (POL-053).
    expire_days: int = setting(
        0,
        "POL-053",
        "An invitation expires after {value}. The next change of the user sends a new one.",
        empty="An invitation never expires.",
        unit="day",
        check=whole_number(0, 3650),
    )


@frozen(kw_only=True)
class Deactivate:
    """The answer of the product when the identity provider disables a user (sets `active` to false)."""

    # Suspending is what GitHub, GitLab, LaunchDarkly and Linear do, and the only choice from which everything comes
    # back. `delete` and `nothing` are here so that a product can say what it does today; `check` refuses both.
    access: Literal["suspend", "remove_membership", "anonymise", "delete", "nothing"] = choice(
        "suspend",
        "POL-001",
        {
            "suspend": "The account of a disabled user is suspended. The product keeps everything in it.",
            "remove_membership": "A disabled user leaves the tenant. The account itself stays.",
            "anonymise": "The account of a disabled user is anonymised for good.",
            "delete": "The account of a disabled user is deleted. Identity providers cannot enable it again.",
            "nothing": "Disabling a user changes nothing in the product. The user keeps access.",
        },
    )
    # IPSIE AL1 wants every session and token to end with the account, so all kinds are on.
    revoke: tuple[CredentialKind, ...] = setting(
        CREDENTIALS,
        "POL-002",
        "Disabling a user ends these: {value}.",
        empty="Disabling a user ends no session and no key.",
        check=each(one_of(CREDENTIALS), "a tuple of credential kinds"),
    )
    # Five minutes is what IPSIE asks for.
    revoke_within_minutes: int = setting(
        5,
        "POL-002",
        "Sessions and keys are revoked everywhere within {value}.",
        empty="No time limit is promised for sessions and keys.",
        unit="minute",
        check=whole_number(0, 525_600),
    )
    # A customer who disables a user to free a seat expects it to be free. Linear bills to the end of the period
    # instead.
    seat: Literal["now", "period_end", "keep"] = choice(
        "now",
        "POL-003",
        {
            "now": "The seat of a disabled user is free at once.",
            "period_end": "The seat of a disabled user is free when the billing period ends.",
            "keep": "A disabled user keeps the seat.",
        },
    )
    # GitHub blanks name and e-mail while a user is suspended, so that the address can be used for another account.
    personal_data: Literal["keep", "obfuscate"] = choice(
        "keep",
        "POL-004",
        {
            "keep": "The account of a disabled user keeps its name and e-mail.",
            "obfuscate": "The account of a disabled user loses its name and e-mail. Enabling brings them back.",
        },
    )
    # The identity provider still matches the user by userName and externalId; without them it would create a second
    # one. `whole` keeps personal data that the product said it forgot, so it is never the default.
    resource: Literal["reduced", "whole"] = choice(
        "reduced",
        "POL-004",
        {
            "reduced": "For an anonymised user SCIM keeps only userName, externalId and active, until it is deleted.",
            "whole": "For an anonymised user SCIM keeps all attributes, so that a later account has the name again.",
        },
    )
    # Entra ID does not send memberships again when it enables a user, so dropping them would lose them for good.
    memberships: Literal["keep", "leave_teams", "remove"] = choice(
        "keep",
        "POL-005",
        {
            "keep": "A disabled user leaves the teams, and is back in them when enabled.",
            "leave_teams": "A disabled user leaves the teams for good. The groups still list the user.",
            "remove": "A disabled user is removed from every group and team.",
        },
    )
    # Nothing is moved without being asked to: a wrong transfer cannot be undone, a missing one can be made up for.
    owned: Literal["keep", "manager", "fixed", "admin", "orphan", "delete"] = choice(
        "keep",
        "POL-006",
        {
            "keep": "A disabled user keeps what they own.",
            "manager": "The user's manager takes over what a disabled user owns.",
            "fixed": "One appointed account takes over what a disabled user owns.",
            "admin": "An admin of the tenant takes over what a disabled user owns.",
            "orphan": "What a disabled user owns stays without an owner.",
            "delete": "What a disabled user owns is deleted.",
        },
    )
    owned_to: str | None = setting(
        None,
        "POL-006",
        "The appointed account is {value}. It also takes over when a user has no known manager.",
        empty="No account is appointed. When a user has no known manager, an admin of the tenant takes over.",
        check=NAME_OR_NONE,
    )
    # Entra ID's and Okta's own test suites look a disabled user up by GET and by filter before they enable it.
    visibility: Literal["shown", "hidden"] = choice(
        "shown",
        "POL-007",
        {
            "shown": "SCIM shows a disabled user, with active false.",
            "hidden": "SCIM answers 404 for a disabled user.",
        },
    )
    # Identity providers go on sending changes of disabled users. LaunchDarkly refuses them, and provisioning logs fill
    # with errors that mean nothing.
    edits: Literal["allow", "reject"] = choice(
        "allow",
        "POL-009",
        {
            "allow": "A disabled user can be changed.",
            "reject": "A disabled user cannot be changed. Only enabling is possible.",
        },
    )
    # SCIM shows active false at once in all three: an identity provider that reads true again would repeat the request.
    timing: Literal["at_once", "grace", "approval"] = choice(
        "at_once",
        "POL-010",
        {
            "at_once": "Disabling takes effect at once.",
            "grace": "Disabling takes effect after a grace period. Enabling before its end cancels it.",
            "approval": "Disabling takes effect when an admin of the product approves it.",
        },
    )
    grace_hours: int = setting(
        0,
        "POL-010",
        "The grace period is {value}.",
        empty="There is no grace period.",
        unit="hour",
        check=whole_number(0, 87_600),
    )


@frozen(kw_only=True)
class Delete:
    """The answer of the product when the identity provider deletes a user. SCIM answers 404 for it afterwards."""

    # A tombstone can be undone for a while, and identity providers delete by mistake too: a wrong filter takes a whole
    # department out of scope.
    account: Literal["tombstone", "hard", "suspend", "anonymise"] = choice(
        "tombstone",
        "POL-020",
        {
            "tombstone": "The account of a deleted user is closed, and purged later.",
            "hard": "The account of a deleted user is purged at once.",
            "suspend": "The account of a deleted user is suspended. The product manages it from then on.",
            "anonymise": "The account of a deleted user is anonymised. Its work stays without the name.",
        },
    )
    # Entra ID keeps a deleted user for 30 days itself; the same span suits a restore on both sides.
    retention_days: int = setting(
        30,
        "POL-021",
        "A closed account is purged after {value}.",
        empty="A closed account is never purged.",
        unit="day",
        check=whole_number(0, 36_500),
    )
    # A kept link is needed for `resurrect` alone; without it a tombstone is nothing but an account that waits for its
    # purge.
    link: Literal["drop", "keep"] = choice(
        "drop",
        "POL-022",
        {
            "drop": "Deleting a user ends the link between the user and the account.",
            "keep": "A closed account stays linked until it is purged, so that it can be restored.",
        },
    )
    # RFC 7644 section 3.6: a deleted resource should not count as a conflict when a user of the same name is created.
    recreate: Literal["new", "resurrect", "conflict"] = choice(
        "new",
        "POL-023",
        {
            "new": "A user who is created again under the same name gets a new account.",
            "resurrect": "A user who is created again before the purge gets the old account under a new SCIM id.",
            "conflict": "A user cannot be created again under the same name before the purge.",
        },
    )
    # A userName is given to another person sooner or later; an externalId is the directory object itself.
    recreate_needs: Literal["external_id", "user_name"] = choice(
        "external_id",
        "POL-034",
        {
            "external_id": "The old account comes back only for the same externalId.",
            "user_name": "The old account comes back for the same userName.",
        },
    )
    # Notion, Sentry and Databricks: one account, several workspaces. There deleting is about the workspace.
    scope: Literal["account", "membership"] = choice(
        "account",
        "POL-024",
        {
            "account": "Deleting a user deletes the account.",
            "membership": "Deleting a user ends the membership of this tenant. Other memberships stay.",
        },
    )
    # Okta never sends DELETE; Entra ID sends it 30 days after the user was deleted in the directory. Products that
    # refuse it end up with users whom nobody can remove.
    requests: Literal["delete", "deactivate", "refuse"] = choice(
        "delete",
        "POL-025",
        {
            "delete": "A DELETE request deletes the user.",
            "deactivate": "A DELETE request disables the account. SCIM answers 404 for the user afterwards.",
            "refuse": "A DELETE request is refused. The identity provider disables users instead.",
        },
    )
    # "by a deleted user" is how GitHub and Dastra show it. Deleting work with its author surprises everybody who shared
    # it.
    content: Literal["preserve", "transfer", "delete"] = choice(
        "preserve",
        "POL-026",
        {
            "preserve": "The work of a deleted user stays. The product shows a deleted user as its author.",
            "transfer": "The appointed account or an admin takes over the work of a deleted user.",
            "delete": "The work of a deleted user is deleted.",
        },
    )


@frozen(kw_only=True)
class Reactivate:
    """The answer of the product when the identity provider enables a disabled user again."""

    # Restoring is a MUST of IPSIE. Dastra cannot: the account that it anonymised is nobody's any more.
    account: Literal["restore", "new", "refuse"] = choice(
        "restore",
        "POL-030",
        {
            "restore": "An enabled user gets the same account back.",
            "new": "An enabled user gets a new account behind the same SCIM id. The old one never comes back.",
            "refuse": "A disabled user cannot be enabled again.",
        },
    )
    # The groups may have changed while the user was away, and Entra ID does not send the past again: what the sources
    # say now is right.
    roles: Literal["recompute", "previous", "default"] = choice(
        "recompute",
        "POL-032",
        {
            "recompute": "An enabled user gets the roles that the sources give now.",
            "previous": "An enabled user gets the previous roles back.",
            "default": "An enabled user starts with the default role.",
        },
    )
    # 409 makes Okta and Entra ID match the user and send PATCH active true, which is the safer way back.
    on_post: Literal["conflict", "restore"] = choice(
        "conflict",
        "POL-033",
        {
            "conflict": "Creating a user under the name of a disabled user is refused as a duplicate.",
            "restore": "Creating a user under the name of a disabled user enables that user.",
        },
    )
    # The same as `delete.recreate_needs`: without it, a new colleague with the userName of a former one gets the former
    # account.
    post_needs: Literal["external_id", "user_name"] = choice(
        "external_id",
        "POL-034",
        {
            "external_id": "Creating enables a user only for the same externalId.",
            "user_name": "Creating enables a user for the same userName.",
        },
    )
