"""Whether the customer's plan lets a request pass (POL-130, POL-131)."""

from collections.abc import Mapping
from typing import Literal

from scimcore.errors import Forbidden
from scimcore.policy.facts import Tenant
from scimcore.policy.policy import Policy
from scimcore.policy.situation import Refusal, Situation
from scimcore.policy.triggers import Created, Deleted, Updated

RequestKind = Literal["discovery", "read", "write", "leave"]


#: What passes when the plan has ended.
_PASSING: Mapping[str, tuple[RequestKind, ...]] = {
    "leavers": ("leave",),
    "freeze": ("read", "leave"),
    "read_only": ("read",),
    "off": (),
}


def gate(policy: Policy, tenant: Tenant, operation: RequestKind) -> Forbidden | None:
    """The refusal of an operation by the plan, None if it may pass. `leave`: disable or delete a managed user."""
    if tenant.plan == "open":
        return None
    if tenant.plan == "closed":
        return None if operation == "discovery" and policy.plan.closed == "all_but_discovery" else _closed()
    if operation == "discovery" and policy.plan.lapsed != "off":
        return None
    return None if operation in _PASSING[policy.plan.lapsed] else _lapsed(policy)


def _closed() -> Forbidden:
    text = "The subscription does not include provisioning over SCIM. Change to a plan that has it, then test again."
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


def check(situation: Situation) -> None:
    """Refuse a change that the plan does not let pass. What happens in the product itself always passes."""
    if not isinstance(situation.trigger, Created | Updated | Deleted):
        return
    error = gate(situation.policy, situation.facts.tenant, "leave" if is_leaving(situation) else "write")
    if error is not None:
        raise Refusal(f"plan.{situation.facts.tenant.plan}", "the plan does not include this", error)


def is_leaving(situation: Situation) -> bool:
    """Whether the change takes a user away."""
    if situation.change.type != "User" or situation.facts.binding is None:
        return False
    if isinstance(situation.trigger, Deleted):
        return True
    leaves = isinstance(situation.trigger, Updated) and not situation.active
    return leaves and (situation.before.get("active", True) is not False or says_so_again(situation))


def says_so_again(situation: Situation) -> bool:
    """Whether a request repeats that somebody who is disabled is: what was granted once is granted to a retry."""
    return isinstance(situation.trigger, Updated) and not situation.active and "active" in situation.trigger.named
