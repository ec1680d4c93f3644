"""What happens in the product itself: sign-ins, an admin's hand, settings, the clock."""

from attrs import evolve

from scimcore.errors import Forbidden
from scimcore.policy.case import Case, Draft, Refused
from scimcore.policy.effects import ActivateAccount, AwaitSignIn, Notify, RevokeCredentials, SuspendAccount
from scimcore.policy.facts import State
from scimcore.policy.rules import access, deactivation, invitations, linking, mastery, protection, roles, seats
from scimcore.policy.triggers import Edited, RolesSet, SignedIn
from scimcore.schema.json import JsonObject


def _accepted(case: Case) -> Draft:
    return Draft(outcome="accepted", binding=case.binding)


def unmanaged(case: Case) -> Draft:
    """Something happens to an account that no identity provider manages."""
    draft = Draft(outcome="accepted")
    if not isinstance(case.trigger, SignedIn):
        return draft.say("linking.unmanaged", "no identity provider manages the account")
    choice = case.policy.linking.sign_in
    if choice == "refuse":
        text = "Nobody has provisioned this account. Assign the person to the application in the identity provider."
        raise Refused("linking.sign_in", "not provisioned", Forbidden(text, code="SC-2022"))
    if choice == "claim":
        return draft.say(
            "linking.sign_in", "not provisioned; the admins are told", Notify(account="", code="jit.claim")
        )
    return draft.say("linking.sign_in", "no identity provider manages the account")


def sign_in(case: Case) -> Draft:
    """Somebody signs in. The first time activates an invited account; a leaver's account never opens."""
    binding = case.binding
    if binding.state == "active" and not binding.held:
        return _signed_in(case, _accepted(case))
    if linking.unproven(binding) or access.waits(binding, case.facts.now):
        return _accepted(case).say("create.initial", "the account works as before")
    if binding.state == "invited" and not binding.held and "expired" not in binding.memory:
        return _first(case)
    raise _barred(case)


def _barred(case: Case) -> Refused:
    reasons = {
        "pending": "waits for an approval. An admin of the product approves it",
        "invited": "has an invitation that has expired. An admin sends another",
        "suspended": "is disabled. Enable the user in the identity provider",
        "anonymised": "is gone. Enable the user in the identity provider to open a new one",
        "deleted": "is deleted. Assign the user in the identity provider again",
        "active": "",
    }
    reason = "was suspended by an admin of the product, who alone can lift that"
    if not case.binding.held:
        reason = reasons[case.binding.state]
    error = Forbidden(f"The account {reason}.", code="SC-2022")
    return Refused("deactivate.access", f"the account is {case.binding.state} or held: no sign-in", error)


def _first(case: Case) -> Draft:
    """The first sign-in of somebody who was invited (POL-050, POL-051)."""
    draft = _accepted(case).move("active", case.facts.now)
    draft = draft.say("create.initial", "the first sign-in activates", ActivateAccount(account=draft.account))
    draft = _signed_in(case, draft)
    return access.memberships(case, draft, rule="invitations.memberships")


def _signed_in(case: Case, draft: Draft) -> Draft:
    """Where a seat counts from the first sign-in on, it is taken now (POL-042)."""
    if case.policy.seats.counts == "signed_in" and "signed_in" not in draft.bound.memory:
        draft = draft.remember(signed_in="yes")
    elif draft.notes:
        return draft if case.policy.seats.counts != "active" else seats.take(case, draft)
    else:
        return draft.say("create.initial", "signs in")
    draft = draft if draft.notes else draft.say("seats.counts", "signs in for the first time")
    return seats.take(case, draft)


def set_roles(case: Case) -> Draft:
    """A local admin sets the roles: they replace what the sources give and stay. No roles: the sources again."""
    wanted = case.trigger.roles if isinstance(case.trigger, RolesSet) else ()
    if case.policy.roles.master == "idp" or _sourced(case):
        text = "The roles of this account come from the identity provider. Change the user or its groups there."
        raise Refused("roles.master", "the identity provider sets the roles", Forbidden(text, code="SC-2023"))
    override = tuple(dict.fromkeys(wanted)) or None
    draft = _accepted(case)
    draft = evolve(draft, binding=evolve(draft.bound, override=override))
    draft = draft.remember(guest=None, default_role=None)
    draft = _by_hand(case, draft)
    draft = protection.demoting(case, draft)
    return seats.repool(case, draft)


def _sourced(case: Case) -> bool:
    """Whether the sources give a role now, and are the masters while they do."""
    if case.policy.roles.master != "idp_until_null":
        return False
    groups = case.groups if "groups" in case.policy.roles.sources else ()
    return bool(roles.granted(case.policy, case.data, groups))


def _by_hand(case: Case, draft: Draft) -> Draft:
    """The roles are as set, or as the sources say when the hand is lifted."""
    if draft.bound.override is not None:
        now = draft.bound.override
    else:
        groups = case.groups if "groups" in case.policy.roles.sources else ()
        now, default = roles.of_account(case, draft.bound, case.data, groups, begin=True)
        draft = draft.remember(default_role=default)
    if now == case.binding.roles:
        return draft.say("roles.master", "the roles stay as they are")
    return roles.give(draft, now, "roles.master")


def edit(case: Case) -> Draft:
    """A local admin wants to change attributes of a managed account."""
    paths = case.trigger.paths if isinstance(case.trigger, Edited) else ()
    return mastery.local_edit(case, _accepted(case), paths)


def hold(case: Case) -> Draft:
    """A local admin suspends the account. It lies beside the state: the identity provider does not lift it."""
    draft = _accepted(case)
    draft = evolve(draft, binding=evolve(draft.bound, held=True))
    if case.binding.held or case.binding.state not in ("active", "invited"):
        return draft.say("deactivate.access", "held; the account could not be used before either")
    if protection.leaving(case) == "owner":
        draft = protection.watch(case, draft, "owner")
    draft = draft.say("deactivate.access", "held by an admin", SuspendAccount(account=draft.account))
    effect = RevokeCredentials(account=draft.account, kinds=case.policy.deactivate.revoke)
    draft = draft.say("deactivate.revoke", "what the account is signed in with ends", effect)
    return seats.take(case, access.memberships(case, draft))


def release(case: Case) -> Draft:
    """A local admin lifts the suspension. A leaver stays one."""
    draft = _accepted(case)
    draft = evolve(draft, binding=evolve(draft.bound, held=False))
    if not case.binding.held or case.binding.state not in ("active", "invited"):
        return draft.say("reactivate.account", "not held any more; the state decides")
    draft = seats.take(case, draft)
    if case.binding.state == "invited":
        draft = draft.say("reactivate.account", "invited again", AwaitSignIn(account=draft.account))
    else:
        draft = draft.say("reactivate.account", "can be used again", ActivateAccount(account=draft.account))
    return access.memberships(case, draft, rule="reactivate.account")


def remove(case: Case) -> Draft:
    """The product deletes a managed account (POL-087)."""
    if case.policy.linking.local_delete == "refuse":
        text = "The identity provider manages this account. Unassign the user there; the account goes with it."
        raise Refused("linking.local_delete", "a managed account", Forbidden(text, code="SC-2023"))
    draft = evolve(_accepted(case), outcome="deleted", drops_links=True, unbinds=True)
    if protection.leaving(case) == "owner":
        draft = protection.watch(case, draft, "owner")
    draft = draft.cancel(*deactivation.DELAYED, *deactivation.STALE).move("deleted", case.facts.now)
    draft = evolve(draft, binding=evolve(draft.bound, account=None, memory={}, held=False))
    return draft.say("linking.local_delete", "the account is gone; the user is 404 over SCIM")


def settings(case: Case) -> Draft:
    """The tenant's settings change: a seat may be there now, and the default role another one."""
    draft = _accepted(case)
    begun, waits = case.binding.state in ("active", "invited"), case.binding.state == "pending"
    if waits and case.binding.memory.get("seat") == "waiting" and seats.room(case, case.binding.roles):
        return _start(case, draft.remember(seat=None), "seats.full", "a seat is free now")
    if begun and "degraded" in case.binding.memory and seats.room(case, case.binding.roles):
        draft = draft.remember(degraded=None).say("seats.full", "a seat is free now: the proper role")
        return seats.take(case, roles.recompute(case, draft))
    if case.policy.roles.default_change == "everyone" and "default_role" in case.binding.memory:
        draft = protection.demoting(case, roles.recompute(case, draft))
    return draft if draft.notes else draft.say("roles.default_change", "nothing changes for this user")


def _start(case: Case, draft: Draft, rule: str, text: str) -> Draft:
    """Somebody who waited begins."""
    state: State = "invited" if case.policy.create.initial == "invited" else "active"
    draft = draft.move(state, case.facts.now).remember(was=None)
    draft = seats.take(case, draft)
    effect = AwaitSignIn(account=draft.account) if state == "invited" else ActivateAccount(account=draft.account)
    draft = invitations.write(case, draft.say(rule, text, effect))
    return access.memberships(case, draft, rule="invitations.memberships")


def approve(case: Case) -> Draft:
    """What waited for an approval, or a confirmation, goes on."""
    draft, binding = _accepted(case), case.binding
    if binding.state == "suspended":
        if binding.memory.get("waits") != "approval":
            return draft.say("deactivate.timing", "nothing waits for an approval")
        return deactivation.carry_out(case, draft.remember(waits=None))
    if linking.unproven(binding):
        draft = draft.remember(link=None).move("active", case.facts.now)
        draft = draft.say("linking.steps", "the person confirms: the account is linked")
        if case.before.get("active", True) is False:
            return deactivation.carry_out(case, draft)
        return access.memberships(case, draft, rule="linking.steps")
    return _start(case, draft, "create.initial", "approved")


def reject(case: Case) -> Draft:
    """What waited is declined."""
    draft, binding = _accepted(case), case.binding
    if binding.state == "suspended":
        return _stays(case, draft)
    if linking.unproven(binding):
        draft = evolve(draft, outcome="deleted", unbinds=True, drops_links=True)
        return draft.say("linking.steps", "the person declines: the user goes, the account stays")
    data: JsonObject = {**case.before, "active": False}
    draft = draft.move("suspended", case.facts.now).remember(was="pending")
    draft = evolve(draft, data=data)
    return draft.say("create.initial", "declined: the user is disabled", SuspendAccount(account=draft.account))


def _stays(case: Case, draft: Draft) -> Draft:
    """An admin declines to let somebody go: the user is active again, and SCIM says so."""
    if case.binding.memory.get("waits") != "approval":
        return draft.say("deactivate.timing", "nothing waits for an approval")
    state: State = "invited" if case.binding.memory.get("was") == "invited" else "active"
    draft = draft.move(state, case.facts.now).remember(waits=None, was=None, seat_until=None)
    draft = evolve(draft, data={**case.before, "active": True})
    return draft.say("deactivate.timing", "declined: the user stays", about=("active",))


def disconnect(case: Case) -> Draft:
    """The connection ends: its users become the product's own, or are suspended (POL-086)."""
    draft = evolve(_accepted(case), unbinds=True)
    live = case.binding.account is not None and case.binding.state in ("active", "invited")
    if case.policy.linking.on_disconnect == "stay" or not live:
        return draft.say("linking.on_disconnect", "the account is the product's own now")
    if case.account is not None and case.account.owner:
        return draft.say("protection.last_owner", "an owner's account stays when the connection ends")
    suspend = SuspendAccount(account=draft.account)
    draft = draft.say("linking.on_disconnect", "the account is suspended", suspend)
    return access.revoke(case, draft)


def nothing(case: Case) -> Draft:
    """What changes nothing in this state."""
    return _accepted(case).say("lifecycle", "nothing changes")
