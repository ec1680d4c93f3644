"""What other layers need to know of a policy without deciding anything."""

from collections.abc import Mapping

from scimcore.policy.facts import Binding
from scimcore.policy.policy import Policy
from scimcore.schema import ENTERPRISE_URN, Attribute

_STANDARD_SOURCES = ("roles", "entitlements", "userType", "title", "groups")


def attributes(policy: Policy) -> tuple[tuple[str, Attribute], ...]:
    """The attributes of its own that a policy reads roles from, with the URN of the schema that they belong to.

    Real products keep such an attribute under the *core* User URN; the service merges it into that schema.
    """
    found = []
    for source in policy.roles.sources:
        urn, _, name = source.rpartition(":")
        known = name in _STANDARD_SOURCES or "." in name or urn == ENTERPRISE_URN
        if urn and not known:
            found.append((urn, Attribute(name=name, description="The user's role in the product.", case_exact=True)))
    return tuple(found)


def visible(policy: Policy, binding: Binding | None, data: Mapping[str, object] | None = None) -> bool:
    """Whether the user is shown over SCIM (POL-007). Who waits, is invited or held always is (POL-052)."""
    if binding is None:
        return True
    if binding.state == "deleted":
        return False
    inactive = binding.state in ("suspended", "anonymised") or (data is not None and data.get("active") is False)
    return not (inactive and policy.deactivate.visibility == "hidden")


def listed(policy: Policy, binding: Binding | None) -> bool:
    """Whether the user is listed among a group's members (POL-118). The membership is stored either way."""
    if policy.groups.inactive_members == "listed" or binding is None:
        return True
    return binding.state == "active"


def serves(policy: Policy, type_name: str) -> bool:
    """Whether the resource type is offered at all; what is not is absent from /ResourceTypes and 404 (POL-110)."""
    return type_name != "Group" or policy.groups.mode != "off"


def offers(policy: Policy) -> frozenset[str]:
    """What a policy gives that a dialect may need; `access` compares the two when a connection is set up."""
    held = {
        "inactive-visible": policy.deactivate.visibility == "shown",
        "reactivation": policy.reactivate.account != "refuse" and policy.deactivate.access != "delete",
        "groups": policy.groups.mode != "off",
        "delete": policy.delete.requests != "refuse",
        "passwords-ignored": policy.names.password != "reject",
        "unknown-attributes-ignored": policy.names.unknown_attributes != "reject",
        "user-name-change": policy.names.user_name_change == "allow",
        "create-inactive": policy.create.inactive != "reject",
    }
    return frozenset(name for name, given in held.items() if given)
