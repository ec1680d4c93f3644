"""`decide`: the one way into the policy, for SCIM and for what happens in the product."""

from collections.abc import Callable, Mapping
from typing import Final, assert_never

from attrs import evolve

from scimcore.errors import NotFound
from scimcore.policy.case import Case, Draft, Needed, Refused
from scimcore.policy.facts import Facts
from scimcore.policy.lifecycle import LIFECYCLE, Event, RuleName, standing
from scimcore.policy.plans import Ask, Plan
from scimcore.policy.policy import Policy
from scimcore.policy.refusals import the_user
from scimcore.policy.rules import (
    changes,
    creation,
    deactivation,
    deletion,
    groups,
    host_events,
    invitations,
    mastery,
    plan_gate,
    reactivation,
)
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
    """What the policy says to something that happens: a plan, a refused plan, or a question.

    Nothing is read that is not among the facts; the same facts give the same plan. Each `Ask` names facts that are
    unknown, so asking ends after as many rounds as there are facts, at the latest.
    """
    try:
        return _decide(_case(policy, facts, trigger)).plan()
    except Needed as needed:
        return needed.ask
    except Refused as refused:
        return refused.plan


def _case(policy: Policy, facts: Facts, trigger: Trigger) -> Case:
    """What happened, with the resource before and after."""
    if not isinstance(trigger, Created | Updated | Deleted):
        return Case(policy=policy, facts=facts, trigger=trigger, before=json_object(facts.data))
    change = trigger.change
    listed = change.changes
    if isinstance(trigger, Created) and not listed:
        listed = changes.differences({}, change.after)
    return Case(policy=policy, facts=facts, trigger=trigger, before=change.before, after=change.after, changes=listed)


def _decide(case: Case) -> Draft:
    plan_gate.check(case)
    if case.change.type == "Group":
        return _group(case)
    if case.change.type != "User":
        return _other(case)
    case, kept = mastery.settle(case)
    row = LIFECYCLE[standing(case.facts.binding.state if case.facts.binding else None)]
    draft = _RULES[row[event_of(case)].rule](case)
    return changes.finish(case, evolve(draft, notes=(*kept, *draft.notes)))


def event_of(case: Case) -> Event:
    """The column of the lifecycle table."""
    trigger = case.trigger
    match trigger:
        case Created():
            return "create"
        case Updated():
            return _update(case)
        case Deleted():
            return "delete"
        case Held():
            return "hold" if trigger.on else "release"
        case Approved():
            return "approve" if trigger.granted else "reject"
        case SignedIn() | RolesSet() | Edited() | AccountDeleted() | SettingsChanged() | TimePassed() | Disconnected():
            return _EVENTS[type(trigger)]
        case _:
            assert_never(trigger)


_EVENTS: Final[Mapping[type, Event]] = {
    SignedIn: "sign_in",
    RolesSet: "set_roles",
    Edited: "edit",
    AccountDeleted: "remove",
    SettingsChanged: "settings",
    TimePassed: "time",
    Disconnected: "disconnect",
}


def _update(case: Case) -> Event:
    was = case.before.get("active", True) is not False
    if was == case.active:
        return "change"
    return "enable" if case.active else "disable"


def _gone(case: Case) -> Draft:
    """A change of somebody who is not here any more."""
    text = f"{the_user(case.data)} is not here any more. Unassign it in the identity provider, assign it again."
    raise Refused("lifecycle", "nobody is there", NotFound(text, code="SC-2029"))


def _clash(case: Case) -> Draft:
    """Somebody of that very id is there already."""
    raise Refused("reactivate.on_post", "a user of that name exists", creation.taken(case))


_RULES: Final[Mapping[RuleName, Callable[[Case], Draft]]] = {
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
    "expire": invitations.expire,
    "approve": host_events.approve,
    "reject": host_events.reject,
    "disconnect": host_events.disconnect,
    "unmanaged": host_events.unmanaged,
    "gone": _gone,
    "clash": _clash,
    "nothing": host_events.nothing,
}


def _group(case: Case) -> Draft:
    """Groups have no life to speak of: they are there or not."""
    match case.trigger:
        case Created():
            return groups.create(case)
        case Updated():
            return changes.finish(case, groups.update(case))
        case Deleted():
            return groups.delete(case)
        case Edited():
            return groups.edit_members(case)
        case _:
            return groups.host_event(case)


def _other(case: Case) -> Draft:
    """A resource type of the host's own: stored as asked; the policy has no opinion."""
    paths = tuple(c.path for c in case.changes)
    if isinstance(case.trigger, Created):
        return Draft(outcome="created").say("mastery.default", "stored", about=paths)
    if isinstance(case.trigger, Deleted):
        return Draft(outcome="deleted", drops_links=True).say("mastery.default", "deleted")
    return Draft(outcome="updated").say("mastery.default", "stored", about=paths)
