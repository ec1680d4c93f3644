"""Questions of other layers that need no decision: what a policy shows, serves, lets pass, and adds to the schema."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Literal

from scimcore.errors import Forbidden
from scimcore.policy.facts import Binding, Tenant
from scimcore.policy.policy import Policy
from scimcore.schema import ENTERPRISE_URN, Attribute

#: Attributes that the core schema defines, and groups: a policy that reads roles from them adds nothing.
_STANDARD_SOURCES = ("roles", "entitlements", "userType", "title", "groups")


def attributes(policy: Policy) -> tuple[tuple[str, Attribute], ...]:
    """Return the custom attributes that the policy reads roles from, each with the URN of its schema (POL-061).

    Real products keep such an attribute under the *core* User URN; the service merges it into that schema.
    """
    return _attributes(policy.roles.sources)


# A host may build an equal policy for each request, so the key is the content: the sources are all that counts. The
# value is a part of other cache keys; the same object again is compared by identity first, which is cheap.
@lru_cache(maxsize=1024)
def _attributes(sources: tuple[str, ...]) -> tuple[tuple[str, Attribute], ...]:
    found = []
    for source in sources:
        urn, _, name = source.rpartition(":")
        known = name in _STANDARD_SOURCES or "." in name or urn == ENTERPRISE_URN
        if urn and not known:
            found.append((urn, Attribute(name=name, description="The user's role in the product.", case_exact=True)))
    return tuple(found)


def visible(policy: Policy, binding: Binding | None, data: Mapping[str, object] | None = None) -> bool:
    """True if SCIM shows the user (POL-007). Pending, invited and held users are always shown (POL-052)."""
    # Zoom answered 400 or 404 for invited users, which broke the matching of identity providers (POL-052).
    if binding is None:
        return True
    if binding.state == "deleted":
        return False
    inactive = binding.state in ("suspended", "anonymised") or (data is not None and data.get("active") is False)
    return not (inactive and policy.deactivate.visibility == "hidden")


def listed(policy: Policy, binding: Binding | None) -> bool:
    """True if a group lists the user as a member (POL-118). The membership is stored either way."""
    if policy.groups.inactive_members == "listed" or binding is None:
        return True
    return binding.state == "active"


def serves(policy: Policy, type_name: str) -> bool:
    """True if the resource type is offered. /ResourceTypes omits the others, and they are 404 (POL-110)."""
    return type_name != "Group" or policy.groups.mode != "off"


def offers(policy: Policy) -> frozenset[str]:
    """Return what the policy gives that a dialect may need.

    `access` compares the two when a connection is set up, so that an identity provider whose test would fail is found
    before a customer runs it.
    """
    given = {
        "inactive-visible": policy.deactivate.visibility == "shown",
        "reactivation": policy.reactivate.account != "refuse" and policy.deactivate.access != "delete",
        "groups": policy.groups.mode != "off",
        "delete": policy.delete.requests != "refuse",
        "passwords-ignored": policy.names.password != "reject",
        "unknown-attributes-ignored": policy.names.unknown_attributes != "reject",
        "user-name-change": policy.names.user_name_change == "allow",
        "create-inactive": policy.create.inactive != "reject",
    }
    return frozenset(name for name, offered in given.items() if offered)


#: A request as the customer's plan looks at it. `leave` disables or deletes a managed user.
RequestKind = Literal["discovery", "read", "write", "leave"]

#: The requests that pass after the plan has ended.
_PASSING: Mapping[str, tuple[RequestKind, ...]] = {
    "leavers": ("leave",),
    "freeze": ("read", "leave"),
    "read_only": ("read",),
    "off": (),
}


def gate(policy: Policy, tenant: Tenant, operation: RequestKind) -> Forbidden | None:
    """Return the refusal of a request by the customer's plan, None if it may pass (POL-130, POL-131)."""
    # The common case; this is asked at every request, reads included.
    if tenant.plan == "open":
        return None
    # Discovery stays open by default: the connection test of an identity provider then fails with a sentence about the
    # plan.
    if tenant.plan == "closed":
        return None if operation == "discovery" and policy.plan.closed == "all_but_discovery" else _closed()
    if operation == "discovery" and policy.plan.lapsed != "off":
        return None
    return None if operation in _PASSING[policy.plan.lapsed] else _lapsed(policy)


def _closed() -> Forbidden:
    text = (
        "The subscription does not include provisioning over SCIM. Change to a plan that includes it, then try again."
    )
    return Forbidden(text, code="SC-2001")


def _lapsed(policy: Policy) -> Forbidden:
    left = {
        "leavers": "Until then users can only be disabled and deleted.",
        "freeze": "Until then users can only be read, disabled and deleted.",
        "read_only": "Until then users can only be read.",
        "off": "Until then nothing can be provisioned.",
    }[policy.plan.lapsed]
    text = f"The subscription that included provisioning over SCIM has ended. Renew it to go on. {left}"
    return Forbidden(text, code="SC-2002")
