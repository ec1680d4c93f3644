"""Who is who: accounts that were there before, sign-ins, and domains."""

from typing import Literal

from attrs import frozen

from scimcore.policy.choices.sentences import choice, setting

LinkingStep = Literal["verified_email", "subject", "external_id", "any_email", "confirm"]
LinkingKey = Literal["externalId", "subject", "userName", "email"]


@frozen(kw_only=True)
class Linking:
    """What happens when an account of the product seems to be the person whom the identity provider creates.

    Each step takes the candidate over, if it holds; the first that holds decides. Only `verified_email` is on. The
    others, and how they are attacked:

    - `subject`: the host says that the person signed in by this connection's single sign-on as that very subject.
      Safe as long as the host never takes a subject of another connection for it.
    - `external_id`: the candidate has that externalId. Whoever runs the identity provider chooses externalIds: where
      the product uses its own ids for them, an attacker counts through the numbers and takes over account by account.
    - `any_email`: the candidate has that e-mail, whoever owns its domain. An attacker connects an identity provider
      of their own, creates a user with the victim's address, and signs in as the victim (GHSA-rjg6-39jm-rgg4).
    - `confirm`: the person is asked. Nothing is taken over before they say yes; the attack left is a tired click.

    `unmanaged = shown` is a step of its own: the connection's first change of an account that it is shown claims it,
    without any proof. Whoever runs the identity provider can disable, rename and so take over every such account but
    those that are protected. Choose it where the tenant's admins own all of the tenant's accounts anyway.
    """

    steps: tuple[LinkingStep, ...] = setting(
        ("verified_email",),
        "POL-080",
        "An existing account is linked by, in this order: {value}.",
        empty="An existing account is never linked.",
    )
    keys: tuple[LinkingKey, ...] = setting(
        ("userName", "email"),
        "POL-081",
        "Existing accounts are looked for by, in this order: {value}.",
        empty="Existing accounts are not looked for.",
    )
    otherwise: Literal["refuse", "separate"] = choice(
        "refuse",
        "POL-080",
        {
            "refuse": "Where it cannot be linked, creating the user is refused as a duplicate.",
            "separate": "Where it cannot be linked, the user gets an account of its own beside it.",
        },
    )
    owners: Literal["link", "refuse"] = choice(
        "link",
        "POL-080",
        {"link": "An owner's account is linked like any other.", "refuse": "An owner's account is never linked."},
    )
    roles: Literal["keep", "sources"] = choice(
        "keep",
        "POL-080",
        {
            "keep": "A linked account keeps its roles, as set by hand.",
            "sources": "A linked account has the roles that the sources give, from the first change on.",
        },
    )
    other_tenant: Literal["conflict", "add_membership", "invite"] = choice(
        "conflict",
        "POL-082",
        {
            "conflict": "An account of another tenant is answered as a duplicate, without saying whose.",
            "add_membership": "An account of another tenant becomes a member of this one too.",
            "invite": "An account of another tenant is invited into this one.",
        },
    )
    unmanaged: Literal["hidden", "shown"] = choice(
        "hidden",
        "POL-083",
        {
            "hidden": "Accounts that no identity provider manages are not shown to one.",
            "shown": "Accounts that no identity provider manages are shown to it, and claimed by its first change.",
        },
    )
    sign_in: Literal["host", "claim", "refuse"] = choice(
        "host",
        "POL-084",
        {
            "host": "Whether a person whom nobody provisioned may sign in is the product's decision.",
            "claim": "A person whom nobody provisioned may sign in; the admins are told.",
            "refuse": "A person whom nobody provisioned may not sign in.",
        },
    )
    on_disconnect: Literal["stay", "suspend"] = choice(
        "stay",
        "POL-086",
        {
            "stay": "When the connection ends, the accounts stay, as the product's own.",
            "suspend": "When the connection ends, its accounts are suspended.",
        },
    )
    groups_on_disconnect: Literal["local", "delete"] = choice(
        "local",
        "POL-086",
        {
            "local": "When the connection ends, its teams stay, as the product's own.",
            "delete": "When the connection ends, its teams are deleted.",
        },
    )
    local_delete: Literal["allow", "refuse"] = choice(
        "allow",
        "POL-087",
        {
            "allow": "The product may delete a managed account; the user is 404 for the identity provider then.",
            "refuse": "The product cannot delete a managed account; it is done in the identity provider.",
        },
    )


@frozen(kw_only=True)
class Domains:
    """Whose e-mail addresses a connection may bring. Nothing is asked while the tenant has registered no domain."""

    require: Literal["verified_on_create", "any", "verified_on_edit", "guest"] = choice(
        "verified_on_create",
        "POL-090",
        {
            "verified_on_create": "A new user's e-mail is in a verified domain, once the tenant has registered any.",
            "any": "A new user's e-mail is in any domain.",
            "verified_on_edit": "Only users in verified domains can have name and e-mail changed.",
            "guest": "A new user outside the verified domains gets the guest role.",
        },
    )
    guest_role: str | None = setting(None, "POL-090", "The guest role is {value}.", empty="There is no guest role.")
    error: Literal[400, 403] = choice(
        400, "POL-091", {400: "The refusal is a 400 invalidValue.", 403: "The refusal is a 403."}
    )
    subdomains: Literal["separate", "inherited"] = choice(
        "separate",
        "POL-092",
        {
            "separate": "A subdomain is verified for itself.",
            "inherited": "A subdomain is verified with the domain above it.",
        },
    )
