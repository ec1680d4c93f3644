"""`decide`: the one way into the policy, for SCIM and for events in the product.

It looks up the rule in the lifecycle table and lets it act. A rule that lacks a fact stops the decision with a
question; the service answers it and the decision begins again. That is cheap, because rules only compute.
"""

from collections.abc import Callable, Mapping
from typing import Final, assert_never

from attrs import evolve

from scimcore.policy.exports import gate
from scimcore.policy.facts import Facts
from scimcore.policy.lifecycle import LIFECYCLE, RuleName, TriggerName
from scimcore.policy.plans import Ask, Plan
from scimcore.policy.policy import Policy
from scimcore.policy.refusals import gone
from scimcore.policy.rules import (
    access,
    changes,
    creation,
    deactivation,
    deletion,
    groups,
    host_events,
    mastery,
    reactivation,
)
from scimcore.policy.situation import FactNeeded, PlanDraft, Refusal, Situation
from scimcore.policy.triggers import (
    AccountDeleted,
    Approved,
    Created,
    Deleted,
    Disconnected,
    Edited,
    Held,
    RolesSet,
    SettingsChanged,
    SignedIn,
    TimePassed,
    Trigger,
    Updated,
)
from scimcore.policy.values import json_object


def decide(policy: Policy, facts: Facts, trigger: Trigger) -> Plan | Ask:
    """Return what the policy says about a trigger: a plan, a refused plan, or a question.

    It reads nothing but the facts, so the same facts give the same plan. Each `Ask` names facts that are unknown: at
    the latest, asking ends after as many rounds as there are facts. Raises nothing for the caller to handle.
    """
    try:
        return _decide(_situation(policy, facts, trigger)).plan()
    except FactNeeded as needed:
        return needed.ask
    except Refusal as refused:
        return refused.plan


def _situation(policy: Policy, facts: Facts, trigger: Trigger) -> Situation:
    """The situation: what happened, with the resource before and after."""
    if not isinstance(trigger, Created | Updated | Deleted):
        return Situation(policy=policy, facts=facts, trigger=trigger, before=json_object(facts.data))
    change = trigger.change
    # A create lists no differences: everything is new.
    listed = change.changes
    if isinstance(trigger, Created) and not listed:
        listed = changes.differences({}, change.after)
    return Situation(
        policy=policy, facts=facts, trigger=trigger, before=change.before, after=change.after, changes=listed
    )


def _decide(situation: Situation) -> PlanDraft:
    # Before everything else: what the plan does not include must not even tell whether a user exists.
    _check_plan(situation)
    if situation.change.type == "Group":
        return _group(situation)
    if situation.change.type != "User":
        return _other(situation)
    # First of the rules: all others see the change without what the identity provider may not change.
    situation, kept = mastery.put_back(situation)
    # A resource without a binding is in the row of `absent`.
    row = LIFECYCLE[situation.facts.binding.state if situation.facts.binding else "absent"]
    draft = _RULES[row[_trigger_name(situation)].rule](situation)
    return changes.finish(situation, evolve(draft, notes=(*kept, *draft.notes)))


def _trigger_name(situation: Situation) -> TriggerName:
    """The trigger as the lifecycle table names it."""
    trigger = situation.trigger
    match trigger:
        case Created():
            return "create"
        case Updated():
            return _update(situation)
        case Deleted():
            return "delete"
        case Held():
            return "hold" if trigger.on else "release"
        case Approved():
            return "approve" if trigger.granted else "reject"
        case SignedIn() | RolesSet() | Edited() | AccountDeleted() | SettingsChanged() | TimePassed() | Disconnected():
            return _TRIGGERS[type(trigger)]
        case _:
            assert_never(trigger)


_TRIGGERS: Final[Mapping[type, TriggerName]] = {
    SignedIn: "sign_in",
    RolesSet: "set_roles",
    Edited: "edit",
    AccountDeleted: "remove",
    SettingsChanged: "settings",
    TimePassed: "time",
    Disconnected: "disconnect",
}


def _update(situation: Situation) -> TriggerName:
    was = situation.before.get("active", True) is not False
    if was == situation.active:
        return "change"
    return "enable" if situation.active else "disable"


def _gone(situation: Situation) -> PlanDraft:
    """Refuse a change of a user who does not exist any more."""
    raise Refusal("lifecycle", "The user does not exist.", gone(situation.data))


def _clash(situation: Situation) -> PlanDraft:
    """Refuse a user whose id exists already."""
    raise Refusal("reactivate.on_post", "A user with that name exists.", creation.taken(situation))


_RULES: Final[Mapping[RuleName, Callable[[Situation], PlanDraft]]] = {
    "create": creation.create,
    "change": changes.change,
    "disable": deactivation.disable,
    "enable": reactivation.enable,
    "delete": deletion.delete,
    "sign_in": host_events.sign_in,
    "set_roles": host_events.set_roles,
    "edit": host_events.edit,
    "hold": host_events.hold,
    "release": host_events.release,
    "remove": host_events.remove,
    "settings": host_events.settings,
    "purge": deletion.purge,
    "expire": access.expire_invitation,
    "approve": host_events.approve,
    "reject": host_events.reject,
    "disconnect": host_events.disconnect,
    "unmanaged": host_events.unmanaged,
    "gone": _gone,
    "clash": _clash,
    "nothing": host_events.nothing,
}


def _group(situation: Situation) -> PlanDraft:
    """Decide about a group. Groups have no lifecycle table: they exist or not."""
    match situation.trigger:
        case Created():
            return groups.create(situation)
        case Updated():
            return changes.finish(situation, groups.update(situation))
        case Deleted():
            return groups.delete(situation)
        case Edited():
            return groups.edit_members(situation)
        case _:
            return groups.host_event(situation)


def _other(situation: Situation) -> PlanDraft:
    """Decide about a resource type of the host's own: it is stored as it was sent."""
    paths = tuple(c.path for c in situation.changes)
    if isinstance(situation.trigger, Created):
        return PlanDraft(outcome="created").note("mastery.default", "The attributes are stored.", about=paths)
    if isinstance(situation.trigger, Deleted):
        return PlanDraft(outcome="deleted", drops_links=True).note("mastery.default", "The resource is deleted.")
    return PlanDraft(outcome="updated").note("mastery.default", "The attributes are stored.", about=paths)


def _check_plan(situation: Situation) -> None:
    """Refuse a change that the customer's plan does not include. Raises Refusal. Events in the product always pass."""
    # An admin or the clock can always act, whatever the customer has paid for.
    if not isinstance(situation.trigger, Created | Updated | Deleted):
        return
    error = gate(situation.policy, situation.facts.tenant, "leave" if _is_leaving(situation) else "write")
    if error is not None:
        raise Refusal(f"plan.{situation.facts.tenant.plan}", "The plan does not include the request.", error)


def _is_leaving(situation: Situation) -> bool:
    """True if the change disables or deletes a user."""
    if situation.change.type != "User" or situation.facts.binding is None:
        return False
    if isinstance(situation.trigger, Deleted):
        return True
    # A request that repeats a disabling counts as leaving too: a retry must not fail where the first try passed
    # (POL-046).
    leaves = isinstance(situation.trigger, Updated) and not situation.active
    return leaves and (situation.before.get("active", True) is not False or situation.repeats_disabling)
