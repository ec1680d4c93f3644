"""Verified domains: whose addresses a connection may bring (POL-090 to POL-093)."""

from scimcore.errors import Forbidden, InvalidValue, ScimError
from scimcore.policy.case import Case, Refused
from scimcore.policy.facts import Tenant
from scimcore.policy.policy import Policy
from scimcore.policy.refusals import who
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


def outside(case: Case) -> str | None:
    """The user's domain when it is not verified although it could be; None when nothing is to be said."""
    address = email(case.data)
    if not case.facts.tenant.verified_domains or address is None:
        return None
    return None if verified(case.policy, case.facts.tenant, address) else domain_of(address)


def refuse(case: Case, domain: str) -> Refused:
    """The refusal names the domain, and not the verified ones (POL-091)."""
    text = (
        f"The e-mail of {who(case.data)} is in {domain}, which is not a verified domain here. "
        "Verify the domain in the product's settings, or assign the user with another address."
    )
    kind: type[ScimError] = Forbidden if case.policy.domains.error == 403 else InvalidValue
    return Refused("domains.require", "the e-mail is in no verified domain", kind(text, code="SC-2007"))


def check_create(case: Case) -> None:
    """A new user's address is in a verified domain, where the policy wants it."""
    if case.policy.domains.require == "verified_on_create" and (domain := outside(case)):
        raise refuse(case, domain)


def check_edit(case: Case) -> None:
    """Name and e-mail of a user outside the verified domains stay, where the policy wants it."""
    personal = ("name", "displayName", "emails", "userName")
    touched = any(change.path.split(".")[0] in personal for change in case.changes)
    if case.policy.domains.require == "verified_on_edit" and touched and (domain := outside(case)):
        raise refuse(case, domain)


def is_guest(case: Case) -> bool:
    """Whether a new user comes from outside and gets the guest role."""
    return case.policy.domains.require == "guest" and outside(case) is not None
