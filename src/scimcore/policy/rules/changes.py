"""The steps that every change of a user goes through: checks, the profile, roles, and the stored resource."""

from attrs import evolve

from scimcore.errors import Mutability
from scimcore.policy.effects import UpdateProfile
from scimcore.policy.refusals import the_user
from scimcore.policy.rules import access, identity, mastery, protection, roles, seats
from scimcore.policy.situation import PlanDraft, Refusal, Situation, chain
from scimcore.policy.triggers import Created, Updated
from scimcore.policy.values import get, json, leaves
from scimcore.resources.changes import Change
from scimcore.schema import USER_URN
from scimcore.schema.json import JsonObject


def check(situation: Situation) -> None:
    """Refuse a change that the policy does not allow. Raises Refusal."""
    # All checks come before the first effect: a refused request must leave nothing behind, and a refusal names one
    # reason only.
    identity.check(situation)
    roles.check(situation)
    if situation.before:
        identity.check_edit(situation)


def change(situation: Situation) -> PlanDraft:
    """Change a user without moving it to another lifecycle state."""
    # POL-009. The change that enables a user takes another row of the lifecycle table, so it never gets here.
    if situation.binding.state in ("suspended", "anonymised") and situation.policy.deactivate.edits == "reject":
        name = the_user(situation.before)
        text = f"{name} is disabled and cannot be changed. Enable the user before, or in the same request."
        raise Refusal("deactivate.edits", "A disabled user cannot be changed.", Mutability(text, code="SC-2013"))
    draft = PlanDraft(outcome="updated", binding=situation.binding)
    # A retry of a request that disabled a user before gets the same answer as the first one, also when the plan has
    # lapsed.
    if situation.repeats_disabling:
        situation, left_out = as_far_as_allowed(situation)
        if left_out:
            draft = evolve(draft, data=situation.after)
            return draft.note(
                "deactivate.access", "The user was disabled before. The rest of the request is not allowed now."
            )
    check(situation)
    # The account is gone, so there is no profile, role or seat to follow up.
    if situation.binding.state == "anonymised":
        return stay_anonymous(situation, draft)
    draft = chain(
        situation,
        draft,
        profile,
        identity.follow_email,
        sourced_roles,
        protection.demoting,
        seats.repool,
        access.renew_invitation,
    )
    return _active_as_sent(situation, identity.hand_over_password(situation, draft))


def _active_as_sent(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """Account for `active` where the state already is what it says (a pending user, an unconfirmed link)."""
    if any(c.path == "active" for c in situation.changes):
        return draft.note("create.initial", "The state of the user stays as it is.", about=("active",))
    return draft


def stay_anonymous(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """Store a change of an anonymised user without what would tell who it was (POL-004)."""
    draft = evolve(draft, data=reduced(situation))
    paths = tuple(c.path for c in situation.changes)
    return draft.note(
        "deactivate.resource", "The user stays anonymous. Only userName, externalId and active are stored.", about=paths
    )


def reduced(situation: Situation) -> JsonObject:
    """The resource of an anonymised user: userName, externalId and active, or all of it if the policy says so."""
    # POL-004. Whole keeps personal data in the resource, for products whose new account must have the name again.
    if situation.policy.deactivate.resource == "whole":
        return {**situation.after, "active": False}
    kept: JsonObject = {"schemas": [USER_URN]}
    kept |= {name: situation.after[name] for name in ("externalId", "userName") if name in situation.after}
    return {**kept, "active": False}


def profile(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """Copy the changed attributes to the account, without those that the product masters now."""
    # Each path belongs to exactly one note. Roles have notes of their own, and so has `active`.
    paths = [c.path for c in situation.changes if c.path != "active" and not roles.is_source(situation.policy, c.path)]
    over = tuple(path for path in paths if mastery.handed_over(situation, path))
    if over:
        draft = draft.note(
            "mastery.rules",
            "The identity provider cleared the attributes. The product masters them from now on.",
            about=over,
        )
    mine = tuple(path for path in paths if path not in over)
    if not mine:
        return draft
    if draft.bound.account is None or access.is_unconfirmed(draft.bound):
        return draft.note(
            "mastery.default", "The attributes are stored. There is no account to copy them to.", about=mine
        )
    effect = UpdateProfile(account=draft.account, paths=mine)
    return draft.note("mastery.default", "The attributes are copied to the account.", effect, about=mine)


def sourced_roles(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """Compute the roles again if an attribute changes that they are read from."""
    if any(roles.is_source(situation.policy, c.path) for c in situation.changes):
        return roles.recompute(situation, draft)
    return draft


def as_far_as_allowed(situation: Situation) -> tuple[Situation, bool]:
    """The situation without what may not change, and True if something was left out.

    The rest of a request must never keep a leaver in (POL-046).
    """
    # The checks raise for the first thing that may not change. To leave everything but `active` out is the one answer
    # that is right for all of them.
    try:
        if situation.facts.tenant.plan == "lapsed":
            # After the plan has lapsed only leaving is included (POL-131), so the rest is left out without being looked
            # at.
            left = _only_active(situation)
            return left, len(left.changes) < len(situation.changes)
        check(situation)
    except Refusal:
        return _only_active(situation), True
    return situation, False


def _only_active(situation: Situation) -> Situation:
    kept: JsonObject = {**situation.before, "active": False}
    left = tuple(c for c in situation.changes if c.path == "active")
    return evolve(situation, after=kept, changes=left)


def differences(before: JsonObject, after: JsonObject) -> tuple[Change, ...]:
    """The differences path by path. A restored user needs them: its change set compares with nothing."""
    paths = [path for path in dict.fromkeys((*leaves(before), *leaves(after))) if path != "schemas"]
    pairs = [(path, json(get(before, path)), json(get(after, path))) for path in paths]
    return tuple(Change(path, old, new) for path, old, new in pairs if old != new)


def finish(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """Set the stored resource if the policy changed it, and the outcome if nothing changes at all."""
    if not isinstance(situation.trigger, Created | Updated) or draft.outcome in ("deleted", "refused"):
        return draft
    if draft.data is None and situation.after != situation.trigger.change.after:
        draft = evolve(draft, data=situation.after)
    stored = situation.trigger.change.after if draft.data is None else draft.data
    # Memberships are no part of the data: a change of them is a change, even if the data is the same.
    if any(situation.trigger.change.relations):
        return draft
    # An unchanged resource keeps its version and its ETag, and identity providers stop sending it (POL-011).
    still = stored == situation.trigger.change.before and not draft.effects and draft.binding == situation.facts.binding
    return evolve(draft, outcome="unchanged") if still and draft.outcome == "updated" else draft
