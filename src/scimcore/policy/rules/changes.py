"""What every change of a user goes through, whatever else it does: checks, profile, roles, and what is stored."""

from attrs import evolve

from scimcore.errors import Mutability
from scimcore.policy.case import Case, Draft, Refused, chain
from scimcore.policy.effects import UpdateProfile
from scimcore.policy.refusals import the_user
from scimcore.policy.rules import domains, invitations, linking, mastery, names, plan_gate, protection, roles, seats
from scimcore.policy.triggers import Created, Updated
from scimcore.policy.values import get, json, leaves
from scimcore.resources.changes import Change
from scimcore.schema import USER_URN
from scimcore.schema.json import JsonObject


def check(case: Case) -> None:
    """Refuse what the policy does not take, before anything is decided."""
    names.check(case)
    roles.check(case)
    if isinstance(case.trigger, Updated):
        domains.check_edit(case)


def change(case: Case) -> Draft:
    """A change that leaves the state as it is."""
    if case.binding.state in ("suspended", "anonymised") and case.policy.deactivate.edits == "reject":
        text = f"{the_user(case.before)} is disabled and cannot be changed. Enable the user, or do both at once."
        raise Refused("deactivate.edits", "a disabled user is changed", Mutability(text, code="SC-2013"))
    draft = Draft(outcome="updated", binding=case.binding)
    if plan_gate.says_so_again(case):
        case, left_out = as_far_as_allowed(case)
        if left_out:
            draft = evolve(draft, data=case.after)
            return draft.say("deactivate.access", "disabled before; the rest is not allowed now")
    check(case)
    if case.binding.state == "anonymised":
        return stay_anonymous(case, draft)
    draft = chain(
        case, draft, profile, names.follow, sourced_roles, protection.demoting, seats.repool, invitations.renew
    )
    return _active_as_sent(case, names.hand_over(case, draft))


def _active_as_sent(case: Case, draft: Draft) -> Draft:
    """`active` changes and the state is what it says already (a pending user, a link that nobody confirmed)."""
    if any(c.path == "active" for c in case.changes):
        return draft.say("create.initial", "the state stays as it is", about=("active",))
    return draft


def stay_anonymous(case: Case, draft: Draft) -> Draft:
    """A change of somebody who was anonymised must not bring back who it was (POL-004)."""
    draft = evolve(draft, data=reduced(case))
    paths = tuple(c.path for c in case.changes)
    return draft.say("deactivate.resource", "the user stays anonymous; no more than its names is kept", about=paths)


def reduced(case: Case) -> JsonObject:
    """What stays of the resource: userName, externalId and active, or all of it where the policy says so."""
    if case.policy.deactivate.resource == "whole":
        return {**case.after, "active": False}
    kept: JsonObject = {"schemas": [USER_URN]}
    kept |= {name: case.after[name] for name in ("externalId", "userName") if name in case.after}
    return {**kept, "active": False}


def profile(case: Case, draft: Draft) -> Draft:
    """Copy to the account what changed, except what the account does not know or has taken over."""
    paths = [c.path for c in case.changes if c.path != "active" and not roles.is_source(case.policy, c.path)]
    over = tuple(path for path in paths if mastery.handed_over(case, path))
    if over:
        draft = draft.say("mastery.rules", "cleared: the attributes are the product's from now on", about=over)
    mine = tuple(path for path in paths if path not in over)
    if not mine:
        return draft
    if draft.bound.account is None or linking.unproven(draft.bound):
        return draft.say("mastery.default", "stored; no account to copy it to", about=mine)
    effect = UpdateProfile(account=draft.account, paths=mine)
    return draft.say("mastery.default", "copied to the account", effect, about=mine)


def sourced_roles(case: Case, draft: Draft) -> Draft:
    """Compute the roles anew when an attribute changes that they are read from."""
    if any(roles.is_source(case.policy, c.path) for c in case.changes):
        return roles.recompute(case, draft)
    return draft


def as_far_as_allowed(case: Case) -> tuple[Case, bool]:
    """A leaver is never held up by the rest of the request: what may not change is left out (POL-046)."""
    try:
        if case.facts.tenant.plan == "lapsed":
            left = _only_active(case)
            return left, len(left.changes) < len(case.changes)
        check(case)
    except Refused:
        return _only_active(case), True
    return case, False


def _only_active(case: Case) -> Case:
    kept: JsonObject = {**case.before, "active": False}
    left = tuple(c for c in case.changes if c.path == "active")
    return evolve(case, after=kept, changes=left)


def differences(before: JsonObject, after: JsonObject) -> tuple[Change, ...]:
    """What differs, path by path, for a restored user whose change set is against nothing."""
    paths = [path for path in dict.fromkeys((*leaves(before), *leaves(after))) if path != "schemas"]
    pairs = [(path, json(get(before, path)), json(get(after, path))) for path in paths]
    return tuple(Change(path, old, new) for path, old, new in pairs if old != new)


def finish(case: Case, draft: Draft) -> Draft:
    """Say what is stored, where it is not what was asked; and whether anything changes at all."""
    if not isinstance(case.trigger, Created | Updated) or draft.outcome in ("deleted", "refused"):
        return draft
    if draft.data is None and case.after != case.trigger.change.after:
        draft = evolve(draft, data=case.after)
    stored = case.trigger.change.after if draft.data is None else draft.data
    if any(case.trigger.change.relations):
        return draft
    still = stored == case.trigger.change.before and not draft.effects and draft.binding == case.facts.binding
    return evolve(draft, outcome="unchanged") if still and draft.outcome == "updated" else draft
