"""Attributes: the side that may change them, and the names that users are recognised by."""

from typing import Literal, get_args

from attrs import field, frozen

from scimcore._arguments import each, instance_of, one_of, text
from scimcore.policy.choices.sentences import choice, setting

#: Who may change an attribute: the identity provider, the product, or the one until something happens.
Master = Literal["idp", "app", "idp_on_create", "idp_until_null"]


@frozen
class Mastered:
    """One attribute and its master.

    `path` is a canonical path (`title`, `name`, `name.givenName`) or an extension's URN; everything below it is meant
    too. POL-070.
    """

    path: str = field(validator=text(empty=False))
    master: Master = field(validator=one_of(get_args(Master)))


@frozen(kw_only=True)
class Mastery:
    """The master of each attribute: the identity provider, or the people of the product."""

    # A profile that both sides change never agrees; the identity provider sends it again anyway.
    default: Master = choice(
        "idp",
        "POL-070",
        {
            "idp": "The identity provider masters attributes.",
            "app": "The product masters attributes.",
            "idp_on_create": "The identity provider sets attributes when it creates a user. Then the product does.",
            "idp_until_null": "The identity provider masters an attribute until it sends none. Then the product does.",
        },
    )
    rules: tuple[Mastered, ...] = setting(
        (),
        "POL-070",
        "These attributes are exceptions: {value}.",
        empty="No attribute is an exception.",
        check=each(instance_of(Mastered, "members that are a Mastered"), "a tuple of Mastered"),
        record=Mastered,
    )
    # Okta's PUT carries the whole profile every time: refusing what it repeats would stop every other change.
    on_patch: Literal["ignore", "reject"] = choice(
        "ignore",
        "POL-072",
        {
            "ignore": "A change of an attribute that the product masters is ignored. The answer shows the old value.",
            "reject": "A PATCH of an attribute that the product masters is refused. A PUT ignores it.",
        },
    )
    # Sentry and Linear block, dbt has a switch per attribute. An edit that the next synchronisation overwrites reads as
    # data loss.
    local_edits: Literal["blocked", "until_next_sync", "override"] = choice(
        "blocked",
        "POL-071",
        {
            "blocked": "The product cannot change what the identity provider masters.",
            "until_next_sync": "The product can change it until the identity provider sends it again.",
            "override": "The product can change it. From then on the product masters it for that user.",
        },
    )


@frozen(kw_only=True)
class Names:
    """E-mail addresses, userName, externalId and passwords: what the product recognises a user by."""

    # An e-mail in a foreign domain is how an attacker's identity provider takes an account over (GHSA-rjg6-39jm-rgg4).
    email_change: Literal["verified_domain", "allow", "forbid"] = choice(
        "verified_domain",
        "POL-074",
        {
            "verified_domain": "A new e-mail must be in a verified domain, if the tenant has verified any.",
            "allow": "A new e-mail can be in any domain.",
            "forbid": "An e-mail cannot change.",
        },
    )
    # An unverified address must not let anybody in, or receive a password reset: that is the account takeover of GHSA-
    # rjg6-39jm-rgg4.
    email_check: Literal["unless_verified_domain", "always", "never"] = choice(
        "unless_verified_domain",
        "POL-074",
        {
            "unless_verified_domain": "A new e-mail counts as unverified, unless its domain is verified.",
            "always": "A new e-mail always counts as unverified.",
            "never": "A new e-mail counts as verified. The identity provider can take over any address.",
        },
    )
    email_ends_sessions: bool = choice(
        False,
        "POL-074",
        {True: "A new e-mail ends the user's sessions.", False: "A new e-mail does not end the user's sessions."},
    )
    # Entra ID's own validator renames a user and expects 200; people marry. GitLab forbids it.
    user_name_change: Literal["allow", "forbid"] = choice(
        "allow", "POL-075", {"allow": "A userName can change.", "forbid": "A userName cannot change."}
    )
    # Okta sends a placeholder password with every user unless its sync is switched off, so refusing is not the default.
    password: Literal["ignore", "hand_over", "reject"] = choice(
        "ignore",
        "POL-076",
        {
            "ignore": "A password is ignored.",
            "hand_over": "A password is handed to the product and stored nowhere else.",
            "reject": "A request with a password is refused.",
        },
    )
    # Entra ID and Okta need unknown attributes ignored, the interop profile needs them refused. The dialect knows which
    # of them it talks to.
    unknown_attributes: Literal["as_dialect", "ignore", "reject"] = choice(
        "as_dialect",
        "POL-077",
        {
            "as_dialect": "The dialect of the connection decides about unknown attributes.",
            "ignore": "Unknown attributes are ignored.",
            "reject": "A request with unknown attributes is refused.",
        },
    )
    # RFC 7643 section 3.1 makes externalId optional. GitLab and Grafana link by it and need it.
    external_id_required: bool = choice(
        False, "POL-078", {True: "A user must have an externalId.", False: "A user can be without an externalId."}
    )
    # RFC 7643 section 3.1 leaves its uniqueness to the client: two connections of one tenant may use the same value.
    external_id_unique: bool = choice(
        False,
        "POL-078",
        {
            True: "Two users of a tenant cannot have the same externalId.",
            False: "Two users of a tenant can have the same externalId.",
        },
    )
    external_id_change: Literal["allow", "forbid"] = choice(
        "allow",
        "POL-078",
        {"allow": "An externalId can change.", "forbid": "An externalId cannot change after it is set."},
    )
