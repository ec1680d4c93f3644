"""Whose word counts for what a user's attributes say."""

from typing import Literal

from attrs import frozen

from scimcore.policy.choices.sentences import choice, setting

Master = Literal["idp", "app", "idp_on_create", "idp_until_null"]


@frozen
class Mastered:
    """One attribute, or everything below it (`title`, `name`, `name.givenName`, an extension's URN), and its master."""

    path: str
    master: Master


@frozen(kw_only=True)
class Mastery:
    """Who may change which attribute: the identity provider, or the product's own people."""

    default: Master = choice(
        "idp",
        "POL-070",
        {
            "idp": "Attributes are the identity provider's.",
            "app": "Attributes are the product's.",
            "idp_on_create": "Attributes are the identity provider's when a user is created, then the product's.",
            "idp_until_null": "Attributes are the identity provider's until it sends none, then the product's.",
        },
    )
    rules: tuple[Mastered, ...] = setting((), "POL-070", "Except: {value}.", empty="There is no exception.")
    on_patch: Literal["ignore", "reject"] = choice(
        "ignore",
        "POL-072",
        {
            "ignore": "What an identity provider sends for a product's attribute is passed over; the answer shows it.",
            "reject": "A PATCH of a product's attribute is refused; a PUT passes over it.",
        },
    )
    local_edits: Literal["blocked", "until_next_sync", "override"] = choice(
        "blocked",
        "POL-071",
        {
            "blocked": "The product's people cannot change what is the identity provider's.",
            "until_next_sync": "The product's people can change it, until the identity provider sends it again.",
            "override": "The product's people can change it, and from then on it is the product's for that user.",
        },
    )


@frozen(kw_only=True)
class Names:
    """E-mail addresses, userName, externalId and passwords: what an account is recognised by."""

    email_change: Literal["verified_domain", "allow", "forbid"] = choice(
        "verified_domain",
        "POL-074",
        {
            "verified_domain": "An e-mail changes into a verified domain only, once the tenant has registered any.",
            "allow": "An e-mail changes into any domain.",
            "forbid": "An e-mail does not change.",
        },
    )
    email_check: Literal["unless_verified_domain", "always", "never"] = choice(
        "unless_verified_domain",
        "POL-074",
        {
            "unless_verified_domain": "A changed e-mail counts as unverified, unless its domain is verified.",
            "always": "A changed e-mail always counts as unverified.",
            "never": "A changed e-mail counts as verified (who runs the identity provider can take any address).",
        },
    )
    email_ends_sessions: bool = choice(
        False,
        "POL-074",
        {True: "A changed e-mail ends the user's sessions.", False: "A changed e-mail leaves the sessions alone."},
    )
    user_name_change: Literal["allow", "forbid"] = choice(
        "allow", "POL-075", {"allow": "A userName may change.", "forbid": "A userName never changes."}
    )
    password: Literal["ignore", "hand_over", "reject"] = choice(
        "ignore",
        "POL-076",
        {
            "ignore": "A password is passed over.",
            "hand_over": "A password is handed to the product, and kept nowhere else.",
            "reject": "A password is refused.",
        },
    )
    unknown_attributes: Literal["as_dialect", "ignore", "reject"] = choice(
        "as_dialect",
        "POL-077",
        {
            "as_dialect": "Attributes that nobody knows are treated as the connection's dialect says.",
            "ignore": "Attributes that nobody knows are passed over.",
            "reject": "Attributes that nobody knows are refused.",
        },
    )
    external_id_required: bool = choice(
        False, "POL-078", {True: "A user needs an externalId.", False: "A user needs no externalId."}
    )
    external_id_unique: bool = choice(
        False,
        "POL-078",
        {True: "No two users of a tenant share an externalId.", False: "Users may share an externalId."},
    )
    external_id_change: Literal["allow", "forbid"] = choice(
        "allow", "POL-078", {"allow": "An externalId may change.", "forbid": "An externalId, once set, never changes."}
    )
