"""Verified domains: whose addresses a connection may bring (POL-090 to POL-093)."""

from scimcore.errors import Forbidden, InvalidValue, ScimError
from scimcore.policy.facts import Tenant
from scimcore.policy.policy import Policy
from scimcore.policy.refusals import who
from scimcore.policy.situation import Refusal, Situation
from scimcore.policy.values import email


def domain_of(address: str) -> str:
    """The domain as it is compared: in ASCII (IDNA), lower case, without the dot at the end."""
    name = address.rpartition("@")[2].rstrip(".").lower()
    if name.isascii():
        return name
    try:
        return name.encode("idna").decode("ascii")
    except UnicodeError:
        return name  # no domain at all; it equals no verified one


def verified(policy: Policy, tenant: Tenant, address: str) -> bool:
    """Whether the address is in a domain that the tenant has proven to own."""
    if "@" not in address:
        return False
    domain = domain_of(address)
    owned = {domain_of(name) for name in tenant.verified_domains}
    if domain in owned:
        return True
    return policy.domains.subdomains == "inherited" and any(domain.endswith(f".{name}") for name in owned)


def outside(situation: Situation) -> str | None:
    """The user's domain when it is not verified although it could be; None when nothing is to be said."""
    address = email(situation.data)
    if not situation.facts.tenant.verified_domains or address is None:
        return None
    return None if verified(situation.policy, situation.facts.tenant, address) else domain_of(address)


def refuse(situation: Situation, domain: str) -> Refusal:
    """The refusal names the domain, and not the verified ones (POL-091)."""
    text = (
        f"The e-mail of {who(situation.data)} is in {domain}, which is not a verified domain here. "
        "Verify the domain in the product's settings, or assign the user with another address."
    )
    kind: type[ScimError] = Forbidden if situation.policy.domains.error == 403 else InvalidValue
    return Refusal("domains.require", "the e-mail is in no verified domain", kind(text, code="SC-2007"))


def check_create(situation: Situation) -> None:
    """A new user's address is in a verified domain, where the policy wants it."""
    if situation.policy.domains.require == "verified_on_create" and (domain := outside(situation)):
        raise refuse(situation, domain)


def check_edit(situation: Situation) -> None:
    """Name and e-mail of a user outside the verified domains stay, where the policy wants it."""
    personal = ("name", "displayName", "emails", "userName")
    touched = any(change.path.split(".")[0] in personal for change in situation.changes)
    if situation.policy.domains.require == "verified_on_edit" and touched and (domain := outside(situation)):
        raise refuse(situation, domain)


def is_guest(situation: Situation) -> bool:
    """Whether a new user comes from outside and gets the guest role."""
    return situation.policy.domains.require == "guest" and outside(situation) is not None
