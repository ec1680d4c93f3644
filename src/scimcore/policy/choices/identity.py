"""Identity: linking users with accounts that exist already, sign-ins, and verified domains."""

from typing import Literal, get_args

from attrs import frozen

from scimcore._arguments import each, one_of
from scimcore.policy.choices.sentences import NAME_OR_NONE, choice, setting

#: What proves that an account is the user: see `Linking`.
LinkingStep = Literal["verified_email", "subject", "external_id", "any_email", "confirm"]
#: What the host looks existing accounts up by.
LinkingKey = Literal["externalId", "subject", "userName", "email"]


@frozen(kw_only=True)
class Linking:
    """Linking: the identity provider creates a user, and the product seems to have the account already.

    Each step links the account if its condition is true; the first such step decides. Only `verified_email` is on. The
    others, and how they are attacked:

    - `subject`: the host says that the user signed in by this connection's single sign-on as that very subject.
      This is safe as long as the host never takes a subject of another connection for it.
    - `external_id`: the account has that externalId. The identity provider chooses externalIds: where the product
      uses its own ids for them, an attacker counts through the numbers and takes over account by account.
    - `any_email`: the account has that e-mail, in any domain. An attacker connects an identity provider of their own,
      creates a user with the victim's address, and signs in as the victim (GHSA-rjg6-39jm-rgg4).
    - `confirm`: the user is asked. Nothing is linked before they say yes; the attack left is a tired click.

    `unmanaged = shown` is a step of its own: SCIM shows existing accounts, and the connection's first change of one
    links it without any proof. The identity provider can disable, rename and so take over every such account, except
    protected ones. Choose it only where the tenant's admins own all of the tenant's accounts anyway.
    """

    # One step, the only one that proves something: the tenant owns the domain, so its administrator owns the mailbox.
    steps: tuple[LinkingStep, ...] = setting(
        ("verified_email",),
        "POL-080",
        "These steps link an existing account, in this order: {value}.",
        empty="An existing account is never linked.",
        check=each(one_of(get_args(LinkingStep)), "a tuple of linking steps"),
    )
    # userName before e-mail: it is what single sign-on uses. externalId and subject mean something only where the host
    # stored them.
    keys: tuple[LinkingKey, ...] = setting(
        ("userName", "email"),
        "POL-081",
        "The product looks for existing accounts by these attributes, in this order: {value}.",
        empty="The product does not look for existing accounts.",
        check=each(one_of(get_args(LinkingKey)), "a tuple of linking keys"),
    )
    # A silent second account is found months later, with half of the data in each; a 409 is found at once.
    otherwise: Literal["refuse", "separate"] = choice(
        "refuse",
        "POL-080",
        {
            "refuse": "If an existing account cannot be linked, the new user is refused as a duplicate.",
            "separate": "If an existing account cannot be linked, the new user gets an account beside it.",
        },
    )
    # Refusing would leave the one person outside who set the connection up. LaunchDarkly refuses.
    owners: Literal["link", "refuse"] = choice(
        "link",
        "POL-080",
        {"link": "The account of an owner can be linked.", "refuse": "The account of an owner is never linked."},
    )
    # An admin gave these roles for a reason; the directory does not know it.
    roles: Literal["keep", "sources"] = choice(
        "keep",
        "POL-080",
        {
            "keep": "A linked account keeps its roles, as if an admin had set them.",
            "sources": "A linked account gets the roles that the sources give, from the first change on.",
        },
    )
    # The answer must not say whose account it is: it would tell one customer who the users of another are.
    other_tenant: Literal["conflict", "add_membership", "invite"] = choice(
        "conflict",
        "POL-082",
        {
            "conflict": "An account of another tenant is answered as a duplicate. The answer names no tenant.",
            "add_membership": "An account of another tenant becomes a member of this tenant too.",
            "invite": "An account of another tenant is invited into this tenant.",
        },
    )
    # Showing them lets an identity provider match instead of create, at the price that the docstring names.
    unmanaged: Literal["hidden", "shown"] = choice(
        "hidden",
        "POL-083",
        {
            "hidden": "SCIM does not show accounts that no identity provider manages.",
            "shown": "SCIM shows accounts that no identity provider manages. The first change of one links it.",
        },
    )
    # Just-in-time creation is the product's own feature; SCIM has no say in it unless the product asks.
    sign_in: Literal["host", "claim", "refuse"] = choice(
        "host",
        "POL-084",
        {
            "host": "The product decides if a user who is not provisioned can sign in.",
            "claim": "A user who is not provisioned can sign in. The admins are told.",
            "refuse": "A user who is not provisioned cannot sign in.",
        },
    )
    # A connection may end by mistake or for a change of vendor: locking everybody out is the worse of the two.
    on_disconnect: Literal["stay", "suspend"] = choice(
        "stay",
        "POL-086",
        {
            "stay": "When a connection ends, its accounts stay. The product manages them from then on.",
            "suspend": "When a connection ends, its accounts are suspended.",
        },
    )
    groups_on_disconnect: Literal["local", "delete"] = choice(
        "local",
        "POL-086",
        {
            "local": "When a connection ends, its teams stay. The product manages them from then on.",
            "delete": "When a connection ends, its teams are deleted.",
        },
    )
    # An erasure request (GDPR article 17) cannot wait for the identity provider.
    local_delete: Literal["allow", "refuse"] = choice(
        "allow",
        "POL-087",
        {
            "allow": "The product can delete a managed account. SCIM answers 404 for the user afterwards.",
            "refuse": "The product cannot delete a managed account. The identity provider must delete the user.",
        },
    )


@frozen(kw_only=True)
class Domains:
    """The e-mail addresses that a connection may bring. All of it applies only if the tenant has verified a domain."""

    # GHSA-rjg6-39jm-rgg4 again: a domain that nobody verified may be anybody's.
    require: Literal["verified_on_create", "any", "verified_on_edit", "guest"] = choice(
        "verified_on_create",
        "POL-090",
        {
            "verified_on_create": "The e-mail of a new user must be in a verified domain, if the tenant has any.",
            "any": "The e-mail of a new user can be in any domain.",
            "verified_on_edit": "The name and e-mail of a user can change only if the e-mail is in a verified domain.",
            "guest": "A new user whose e-mail is in no verified domain gets the guest role.",
        },
    )
    guest_role: str | None = setting(
        None, "POL-090", "The guest role is {value}.", empty="There is no guest role.", check=NAME_OR_NONE
    )
    # 400: the value is the problem, and Entra ID shows the detail of a 400 in its provisioning log.
    error: Literal[400, 403] = choice(
        400, "POL-091", {400: "The refusal is a 400 with scimType invalidValue.", 403: "The refusal is a 403."}
    )
    # A subdomain is often run by somebody else: mail.customer.example may be a newsletter service.
    subdomains: Literal["separate", "inherited"] = choice(
        "separate",
        "POL-092",
        {
            "separate": "A subdomain must be verified itself.",
            "inherited": "A subdomain is verified if the domain above it is.",
        },
    )
