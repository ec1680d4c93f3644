"""What happens in the product itself: sign-ins, an admin's hand, settings, the clock."""

from attrs import evolve

from scimcore.errors import Forbidden
from scimcore.policy.effects import ActivateAccount, AwaitSignIn, Notify, RevokeCredentials, SuspendAccount
from scimcore.policy.facts import NO_MEMORY, State
from scimcore.policy.rules import access, deactivation, mastery, protection, roles, seats
from scimcore.policy.situation import PlanDraft, Refusal, Situation
from scimcore.policy.triggers import Edited, RolesSet, SignedIn
from scimcore.schema.json import JsonObject


def _accepted(situation: Situation) -> PlanDraft:
    return PlanDraft(outcome="accepted", binding=situation.binding)


def unmanaged(situation: Situation) -> PlanDraft:
    """Something happens to an account that no identity provider manages."""
    draft = PlanDraft(outcome="accepted")
    if not isinstance(situation.trigger, SignedIn):
        return draft.note("linking.unmanaged", "no identity provider manages the account")
    choice = situation.policy.linking.sign_in
    if choice == "refuse":
        text = "Nobody has provisioned this account. Assign the person to the application in the identity provider."
        raise Refusal("linking.sign_in", "not provisioned", Forbidden(text, code="SC-2022"))
    if choice == "claim":
        return draft.note(
            "linking.sign_in", "not provisioned; the admins are told", Notify(account="", code="jit.claim")
        )
    return draft.note("linking.sign_in", "no identity provider manages the account")


def sign_in(situation: Situation) -> PlanDraft:
    """Somebody signs in. The first time activates an invited account; a leaver's account never opens."""
    binding = situation.binding
    if binding.state == "active" and not binding.held:
        return _signed_in(situation, _accepted(situation))
    if access.is_unconfirmed(binding) or access.waits(binding, situation.facts.now):
        return _accepted(situation).note("create.initial", "the account works as before")
    if binding.state == "invited" and not binding.held and not binding.memory.invitation_expired:
        return _first(situation)
    raise _barred(situation)


def _barred(situation: Situation) -> Refusal:
    reasons = {
        "pending": "waits for an approval. An admin of the product approves it",
        "invited": "has an invitation that has expired. An admin sends another",
        "suspended": "is disabled. Enable the user in the identity provider",
        "anonymised": "is gone. Enable the user in the identity provider to open a new one",
        "deleted": "is deleted. Assign the user in the identity provider again",
        "active": "",
    }
    reason = "was suspended by an admin of the product, who alone can lift that"
    if not situation.binding.held:
        reason = reasons[situation.binding.state]
    error = Forbidden(f"The account {reason}.", code="SC-2022")
    return Refusal("deactivate.access", f"the account is {situation.binding.state} or held: no sign-in", error)


def _first(situation: Situation) -> PlanDraft:
    """The first sign-in of somebody who was invited (POL-050, POL-051)."""
    draft = _accepted(situation).move("active", situation.facts.now)
    draft = draft.note("create.initial", "the first sign-in activates", ActivateAccount(account=draft.account))
    draft = _signed_in(situation, draft)
    return access.memberships(situation, draft, rule="invitations.memberships")


def _signed_in(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """Where a seat counts from the first sign-in on, it is taken now (POL-042)."""
    if situation.policy.seats.counts == "signed_in" and not draft.bound.memory.signed_in:
        draft = draft.remember(signed_in=True)
    elif draft.notes:
        return draft if situation.policy.seats.counts != "active" else seats.take(situation, draft)
    else:
        return draft.note("create.initial", "signs in")
    draft = draft if draft.notes else draft.note("seats.counts", "signs in for the first time")
    return seats.take(situation, draft)


def set_roles(situation: Situation) -> PlanDraft:
    """A local admin sets the roles: they replace what the sources give and stay. No roles: the sources again."""
    wanted = situation.trigger.roles if isinstance(situation.trigger, RolesSet) else ()
    if situation.policy.roles.master == "idp" or _sourced(situation):
        text = "The roles of this account come from the identity provider. Change the user or its groups there."
        raise Refusal("roles.master", "the identity provider sets the roles", Forbidden(text, code="SC-2023"))
    override = tuple(dict.fromkeys(wanted)) or None
    draft = _accepted(situation)
    draft = evolve(draft, binding=evolve(draft.bound, override=override))
    draft = draft.remember(guest=False, default_role=None)
    draft = _by_hand(situation, draft)
    draft = protection.demoting(situation, draft)
    return seats.repool(situation, draft)


def _sourced(situation: Situation) -> bool:
    """Whether the sources give a role now, and are the masters while they do."""
    if situation.policy.roles.master != "idp_until_null":
        return False
    groups = situation.groups if "groups" in situation.policy.roles.sources else ()
    return bool(roles.granted(situation.policy, situation.data, groups))


def _by_hand(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """The roles are as set, or as the sources say when the hand is lifted."""
    if draft.bound.override is not None:
        now = draft.bound.override
    else:
        groups = situation.groups if "groups" in situation.policy.roles.sources else ()
        now, default = roles.of_account(situation, draft.bound, situation.data, groups, begin=True)
        draft = draft.remember(default_role=default)
    if now == situation.binding.roles:
        return draft.note("roles.master", "the roles stay as they are")
    return roles.give(draft, now, "roles.master")


def edit(situation: Situation) -> PlanDraft:
    """A local admin wants to change attributes of a managed account."""
    paths = situation.trigger.paths if isinstance(situation.trigger, Edited) else ()
    return mastery.local_edit(situation, _accepted(situation), paths)


def hold(situation: Situation) -> PlanDraft:
    """A local admin suspends the account. It lies beside the state: the identity provider does not lift it."""
    draft = _accepted(situation)
    draft = evolve(draft, binding=evolve(draft.bound, held=True))
    if situation.binding.held or situation.binding.state not in ("active", "invited"):
        return draft.note("deactivate.access", "held; the account could not be used before either")
    if protection.leaving(situation) == "owner":
        draft = protection.watch(situation, draft, "owner")
    draft = draft.note("deactivate.access", "held by an admin", SuspendAccount(account=draft.account))
    effect = RevokeCredentials(account=draft.account, kinds=situation.policy.deactivate.revoke)
    draft = draft.note("deactivate.revoke", "what the account is signed in with ends", effect)
    return seats.take(situation, access.memberships(situation, draft))


def release(situation: Situation) -> PlanDraft:
    """A local admin lifts the suspension. A leaver stays one."""
    draft = _accepted(situation)
    draft = evolve(draft, binding=evolve(draft.bound, held=False))
    if not situation.binding.held or situation.binding.state not in ("active", "invited"):
        return draft.note("reactivate.account", "not held any more; the state decides")
    draft = seats.take(situation, draft)
    if situation.binding.state == "invited":
        draft = draft.note("reactivate.account", "invited again", AwaitSignIn(account=draft.account))
    else:
        draft = draft.note("reactivate.account", "can be used again", ActivateAccount(account=draft.account))
    return access.memberships(situation, draft, rule="reactivate.account")


def remove(situation: Situation) -> PlanDraft:
    """The product deletes a managed account (POL-087)."""
    if situation.policy.linking.local_delete == "refuse":
        text = "The identity provider manages this account. Unassign the user there; the account goes with it."
        raise Refusal("linking.local_delete", "a managed account", Forbidden(text, code="SC-2023"))
    draft = evolve(_accepted(situation), outcome="deleted", drops_links=True, unbinds=True)
    if protection.leaving(situation) == "owner":
        draft = protection.watch(situation, draft, "owner")
    draft = draft.cancel(*deactivation.DELAYED, *deactivation.STALE).move("deleted", situation.facts.now)
    draft = evolve(draft, binding=evolve(draft.bound, account=None, memory=NO_MEMORY, held=False))
    return draft.note("linking.local_delete", "the account is gone; the user is 404 over SCIM")


def settings(situation: Situation) -> PlanDraft:
    """The tenant's settings change: a seat may be there now, and the default role another one."""
    draft = _accepted(situation)
    begun, waits = situation.binding.state in ("active", "invited"), situation.binding.state == "pending"
    if waits and situation.binding.memory.waits_for_seat and seats.room(situation, situation.binding.roles):
        return _start(situation, draft.remember(waits_for_seat=False), "seats.full", "a seat is free now")
    if begun and situation.binding.memory.degraded and seats.room(situation, situation.binding.roles):
        draft = draft.remember(degraded=False).note("seats.full", "a seat is free now: the proper role")
        return seats.take(situation, roles.recompute(situation, draft))
    if situation.policy.roles.default_change == "everyone" and situation.binding.memory.default_role is not None:
        draft = protection.demoting(situation, roles.recompute(situation, draft))
    return draft if draft.notes else draft.note("roles.default_change", "nothing changes for this user")


def _start(situation: Situation, draft: PlanDraft, rule: str, text: str) -> PlanDraft:
    """Somebody who waited begins."""
    state: State = "invited" if situation.policy.create.initial == "invited" else "active"
    draft = draft.move(state, situation.facts.now).remember(state_before=None)
    draft = seats.take(situation, draft)
    effect = AwaitSignIn(account=draft.account) if state == "invited" else ActivateAccount(account=draft.account)
    draft = access.send_invitation(situation, draft.note(rule, text, effect))
    return access.memberships(situation, draft, rule="invitations.memberships")


def approve(situation: Situation) -> PlanDraft:
    """What waited for an approval, or a confirmation, goes on."""
    draft, binding = _accepted(situation), situation.binding
    if binding.state == "suspended":
        if binding.memory.works_until != "approval":
            return draft.note("deactivate.timing", "nothing waits for an approval")
        return deactivation.carry_out(situation, draft.remember(works_until=None))
    if access.is_unconfirmed(binding):
        draft = draft.remember(link_unconfirmed=False).move("active", situation.facts.now)
        draft = draft.note("linking.steps", "the person confirms: the account is linked")
        if situation.before.get("active", True) is False:
            return deactivation.carry_out(situation, draft)
        return access.memberships(situation, draft, rule="linking.steps")
    return _start(situation, draft, "create.initial", "approved")


def reject(situation: Situation) -> PlanDraft:
    """What waited is declined."""
    draft, binding = _accepted(situation), situation.binding
    if binding.state == "suspended":
        return _stays(situation, draft)
    if access.is_unconfirmed(binding):
        draft = evolve(draft, outcome="deleted", unbinds=True, drops_links=True)
        return draft.note("linking.steps", "the person declines: the user goes, the account stays")
    data: JsonObject = {**situation.before, "active": False}
    draft = draft.move("suspended", situation.facts.now).remember(state_before="pending")
    draft = evolve(draft, data=data)
    return draft.note("create.initial", "declined: the user is disabled", SuspendAccount(account=draft.account))


def _stays(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """An admin declines to let somebody go: the user is active again, and SCIM says so."""
    if situation.binding.memory.works_until != "approval":
        return draft.note("deactivate.timing", "nothing waits for an approval")
    state: State = "invited" if situation.binding.memory.state_before == "invited" else "active"
    draft = draft.move(state, situation.facts.now).remember(works_until=None, state_before=None, seat_until=None)
    draft = evolve(draft, data={**situation.before, "active": True})
    return draft.note("deactivate.timing", "declined: the user stays", about=("active",))


def disconnect(situation: Situation) -> PlanDraft:
    """The connection ends: its users become the product's own, or are suspended (POL-086)."""
    draft = evolve(_accepted(situation), unbinds=True)
    live = situation.binding.account is not None and situation.binding.state in ("active", "invited")
    if situation.policy.linking.on_disconnect == "stay" or not live:
        return draft.note("linking.on_disconnect", "the account is the product's own now")
    if situation.account is not None and situation.account.owner:
        return draft.note("protection.last_owner", "an owner's account stays when the connection ends")
    suspend = SuspendAccount(account=draft.account)
    draft = draft.note("linking.on_disconnect", "the account is suspended", suspend)
    return access.revoke(situation, draft)


def nothing(situation: Situation) -> PlanDraft:
    """What changes nothing in this state."""
    return _accepted(situation).note("lifecycle", "nothing changes")
