"""Events in the product itself: sign-ins, what an admin does, new settings, approvals, the end of a connection."""

from attrs import evolve

from scimcore.errors import Forbidden
from scimcore.policy.effects import ActivateAccount, AwaitSignIn, Notify, RevokeCredentials, SuspendAccount
from scimcore.policy.facts import NO_MEMORY, State
from scimcore.policy.rules import access, deactivation, linking, mastery, protection, roles, seats
from scimcore.policy.situation import PlanDraft, Refusal, Situation
from scimcore.policy.triggers import Edited, RolesSet, SignedIn
from scimcore.schema.json import JsonObject


def _accepted(situation: Situation) -> PlanDraft:
    return PlanDraft(outcome="accepted", binding=situation.binding)


def unmanaged(situation: Situation) -> PlanDraft:
    """React to an event of an account that no identity provider manages (POL-084)."""
    draft = PlanDraft(outcome="accepted")
    # Everything else that happens to such an account is the product's own affair.
    if not isinstance(situation.trigger, SignedIn):
        return draft.note("linking.unmanaged", "No identity provider manages the account.")
    choice = situation.policy.linking.sign_in
    if choice == "refuse":
        text = "The user is not provisioned. Assign the user to the application in the identity provider."
        raise Refusal("linking.sign_in", "The account is not provisioned.", Forbidden(text, code="SC-2022"))
    if choice == "claim":
        return draft.note(
            "linking.sign_in",
            "The account is not provisioned. The admins are told.",
            Notify(account="", code="jit.claim"),
        )
    return draft.note("linking.sign_in", "No identity provider manages the account.")


def sign_in(situation: Situation) -> PlanDraft:
    """Allow or refuse a sign-in. The first one activates an invited account. Raises Refusal for a disabled user."""
    binding = situation.binding
    # The common one first: it costs one look at the binding.
    if binding.state == "active" and not binding.held:
        return _signed_in(situation, _accepted(situation))
    # Both accounts worked before the identity provider said anything, and nothing has taken effect yet.
    if access.is_unconfirmed(binding) or access.waits(binding, situation.facts.now):
        return _accepted(situation).note("create.initial", "The account works as before.")
    if binding.state == "invited" and not binding.held and not binding.memory.invitation_expired:
        return _first(situation)
    raise _barred(situation)


def _barred(situation: Situation) -> Refusal:
    # The reader is the user who cannot sign in, or the admin who was asked: each sentence names who can help.
    reasons = {
        "pending": "waits for an approval. An admin of the product must approve it",
        "invited": "has an expired invitation. An admin must send another",
        "suspended": "is disabled. Enable the user in the identity provider",
        "anonymised": "is anonymised. Enable the user in the identity provider to get a new account",
        "deleted": "is deleted. Assign the user in the identity provider again",
        "active": "",
    }
    reason = "is suspended by an admin of the product. Only an admin can lift that"
    if not situation.binding.held:
        reason = reasons[situation.binding.state]
    error = Forbidden(f"The account {reason}.", code="SC-2022")
    return Refusal(
        "deactivate.access",
        f"The account is {'held' if situation.binding.held else situation.binding.state} and cannot sign in.",
        error,
    )


def _first(situation: Situation) -> PlanDraft:
    """Activate an invited user at the first sign-in (POL-050, POL-051)."""
    draft = _accepted(situation).move("active", situation.facts.now)
    draft = draft.note(
        "create.initial", "The first sign-in activates the account.", ActivateAccount(account=draft.account)
    )
    draft = _signed_in(situation, draft)
    return access.memberships(situation, draft, rule="invitations.memberships")


def _signed_in(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """Take the seat now, if accounts use one from the first sign-in on (POL-042)."""
    if situation.policy.seats.counts == "signed_in" and not draft.bound.memory.signed_in:
        draft = draft.remember(signed_in=True)
    # Reached from the first sign-in: the seat of an invited user is taken now if only active users use one.
    elif draft.notes:
        return draft if situation.policy.seats.counts != "active" else seats.take(situation, draft)
    else:
        return draft.note("create.initial", "The user signs in.")
    draft = draft if draft.notes else draft.note("seats.counts", "The user signs in for the first time.")
    return seats.take(situation, draft)


def set_roles(situation: Situation) -> PlanDraft:
    """Let an admin set the roles (POL-065). They replace what the sources give; no roles means: the sources again."""
    wanted = situation.trigger.roles if isinstance(situation.trigger, RolesSet) else ()
    # Set here, the roles would be overwritten by the next push, and the admin would not know why.
    if situation.policy.roles.master == "idp" or _sourced(situation):
        text = "The roles of this account come from the identity provider. Change the user or its groups there."
        raise Refusal("roles.master", "The identity provider gives the roles.", Forbidden(text, code="SC-2023"))
    override = tuple(dict.fromkeys(wanted)) or None
    draft = _accepted(situation)
    draft = evolve(draft, binding=evolve(draft.bound, override=override))
    # An admin who sets roles decides about the guest role and the default as well.
    draft = draft.remember(guest=False, default_role=None)
    draft = _by_hand(situation, draft)
    # After the roles, because they decide who is an owner; an admin can lock a tenant out as well (POL-100).
    draft = protection.demoting(situation, draft)
    return seats.repool(situation, draft)


def _sourced(situation: Situation) -> bool:
    """True if the sources give a role now, and admins can set roles only while they give none."""
    if situation.policy.roles.master != "idp_until_null":
        return False
    groups = situation.groups if "groups" in situation.policy.roles.sources else ()
    return bool(roles.granted(situation.policy, situation.data, groups))


def _by_hand(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """Give the roles that the admin set, or those of the sources if the admin set none."""
    if draft.bound.override is not None:
        now = draft.bound.override
    else:
        groups = situation.groups if "groups" in situation.policy.roles.sources else ()
        now, default = roles.of_account(situation, draft.bound, situation.data, groups, begin=True)
        draft = draft.remember(default_role=default)
    if now == situation.binding.roles:
        return draft.note("roles.master", "The roles of the user stay as they are.")
    return roles.give(draft, now, "roles.master")


def edit(situation: Situation) -> PlanDraft:
    """Allow or refuse that an admin changes attributes of a managed account."""
    paths = situation.trigger.paths if isinstance(situation.trigger, Edited) else ()
    return mastery.local_edit(situation, _accepted(situation), paths)


def hold(situation: Situation) -> PlanDraft:
    """Hold the account: an admin suspends it. The state stays, so the identity provider cannot lift the hold."""
    draft = _accepted(situation)
    draft = evolve(draft, binding=evolve(draft.bound, held=True))
    # There is no access to take away, but the hold must outlast the next enabling.
    if situation.binding.held or situation.binding.state not in ("active", "invited"):
        return draft.note("deactivate.access", "The account is held. It could not be used before either.")
    # `ignore` and `demote` are about pushes. What an admin of the product does is meant.
    if protection.leaving(situation) == "owner":
        draft = protection.watch(situation, draft, "owner")
    draft = draft.note(
        "deactivate.access", "An admin of the product holds the account.", SuspendAccount(account=draft.account)
    )
    effect = RevokeCredentials(account=draft.account, kinds=situation.policy.deactivate.revoke)
    draft = draft.note("deactivate.revoke", "The sessions and keys of the account are revoked.", effect)
    return seats.take(situation, access.memberships(situation, draft))


def release(situation: Situation) -> PlanDraft:
    """Lift a hold. A disabled user stays disabled."""
    draft = _accepted(situation)
    draft = evolve(draft, binding=evolve(draft.bound, held=False))
    if not situation.binding.held or situation.binding.state not in ("active", "invited"):
        return draft.note("reactivate.account", "The hold is lifted. The state of the user stays as it is.")
    draft = seats.take(situation, draft)
    if situation.binding.state == "invited":
        draft = draft.note(
            "reactivate.account", "The hold is lifted. The user is invited again.", AwaitSignIn(account=draft.account)
        )
    else:
        draft = draft.note(
            "reactivate.account",
            "The hold is lifted. The account can be used again.",
            ActivateAccount(account=draft.account),
        )
    return access.memberships(situation, draft, rule="reactivate.account")


def remove(situation: Situation) -> PlanDraft:
    """Delete a managed account in the product, or refuse it (POL-087)."""
    if situation.policy.linking.local_delete == "refuse":
        text = "The identity provider manages this account. Unassign the user there to delete the account."
        raise Refusal(
            "linking.local_delete", "The identity provider manages the account.", Forbidden(text, code="SC-2023")
        )
    draft = evolve(_accepted(situation), outcome="deleted", drops_links=True, unbinds=True)
    if protection.leaving(situation) == "owner":
        draft = protection.watch(situation, draft, "owner")
    # The account is gone: an effect that still waits would fail for ever and block the outbox.
    draft = draft.cancel(*deactivation.DELAYED, *deactivation.STALE).move("deleted", situation.facts.now)
    draft = evolve(draft, binding=evolve(draft.bound, account=None, memory=NO_MEMORY, held=False))
    return draft.note("linking.local_delete", "The product deleted the account. SCIM answers 404 for the user.")


def settings(situation: Situation) -> PlanDraft:
    """React to new settings of the tenant: a seat may be free now, and the default role may be another."""
    draft = _accepted(situation)
    begun, waits = situation.binding.state in ("active", "invited"), situation.binding.state == "pending"
    # New settings may have more seats. Each binding asks again under the guard, so the last seat goes to one of them.
    if waits and situation.binding.memory.waits_for_seat and seats.room(situation, situation.binding.roles):
        return _start(situation, draft.remember(waits_for_seat=False), "seats.full", "A seat is free now.")
    if begun and situation.binding.memory.degraded and seats.room(situation, situation.binding.roles):
        draft = draft.remember(degraded=False).note("seats.full", "A seat is free now. The user gets the full role.")
        return seats.take(situation, protection.demoting(situation, roles.recompute(situation, draft)))
    if situation.policy.roles.default_change == "everyone" and situation.binding.memory.default_role is not None:
        draft = protection.demoting(situation, roles.recompute(situation, draft))
    return draft if draft.notes else draft.note("roles.default_change", "Nothing changes for this user.")


def _start(situation: Situation, draft: PlanDraft, rule: str, text: str) -> PlanDraft:
    """Start a user who waited."""
    state: State = "invited" if situation.policy.create.initial == "invited" else "active"
    draft = draft.move(state, situation.facts.now).remember(state_before=None)
    draft = seats.take(situation, draft)
    effect = AwaitSignIn(account=draft.account) if state == "invited" else ActivateAccount(account=draft.account)
    draft = access.send_invitation(situation, draft.note(rule, text, effect))
    return access.memberships(situation, draft, rule="invitations.memberships")


def approve(situation: Situation) -> PlanDraft:
    """Go on with what waited for an approval or a confirmation."""
    draft, binding = _accepted(situation), situation.binding
    # A leaver who waits for an approval is suspended already: SCIM shows active false from the first moment (POL-010).
    if binding.state == "suspended":
        if binding.memory.works_until != "approval":
            return draft.note("deactivate.timing", "Nothing waits for an approval.")
        protection.check_approved(situation)
        return deactivation.carry_out(situation, draft.remember(works_until=None))
    if access.is_unconfirmed(binding):
        draft = draft.remember(link_unconfirmed=False).move("active", situation.facts.now)
        draft = draft.note("linking.steps", "The user confirms the link with the account.")
        # Disabled while the link was unconfirmed: confirming links the account, and then disables it.
        if situation.before.get("active", True) is False:
            protection.check_approved(situation)
            return deactivation.carry_out(situation, draft)
        return access.memberships(situation, _confirmed(situation, draft), rule="linking.steps")
    return _start(situation, draft, "create.initial", "An admin approves the user.")


def _confirmed(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """Do what linking does at once where nobody has to confirm it."""
    account = situation.account
    if account is None:
        return draft
    draft = linking.copy_profile(situation, draft, linking.Match(account, "confirm"))
    return linking.awaken(situation, draft) if account.suspended or account.held else draft


def reject(situation: Situation) -> PlanDraft:
    """Drop what waited for an approval or a confirmation."""
    draft, binding = _accepted(situation), situation.binding
    if binding.state == "suspended":
        return _decline_leaver(situation, draft)
    if access.is_unconfirmed(binding):
        draft = evolve(draft, outcome="deleted", unbinds=True, drops_links=True)
        return draft.note(
            "linking.steps", "The user declines the link. The account stays, and SCIM answers 404 for the user."
        )
    # SCIM must show what is true. The identity provider can enable the user, who then waits for an approval again.
    data: JsonObject = {**situation.before, "active": False}
    draft = draft.move("suspended", situation.facts.now).remember(state_before="pending")
    draft = evolve(draft, data=data)
    return draft.note(
        "create.initial", "An admin declines. The user is disabled.", SuspendAccount(account=draft.account)
    )


def _decline_leaver(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """Keep a user whose disabling an admin declines. SCIM shows active true again."""
    if situation.binding.memory.works_until != "approval":
        return draft.note("deactivate.timing", "Nothing waits for an approval.")
    state: State = "invited" if situation.binding.memory.state_before == "invited" else "active"
    draft = draft.move(state, situation.facts.now).remember(works_until=None, state_before=None, seat_until=None)
    draft = evolve(draft, data={**situation.before, "active": True})
    return draft.note("deactivate.timing", "An admin declines the disabling. The user stays active.", about=("active",))


def disconnect(situation: Situation) -> PlanDraft:
    """End the connection of a user: the product manages the account from now on, or suspends it (POL-086)."""
    draft = evolve(_accepted(situation), unbinds=True)
    # Who is disabled already keeps that state in the product.
    live = situation.binding.account is not None and situation.binding.state in ("active", "invited")
    if situation.policy.linking.on_disconnect == "stay" or not live:
        return draft.note("linking.on_disconnect", "The product manages the account from now on.")
    # The end of a connection must not lock the customer out of the settings where a new one is made.
    if situation.account is not None and situation.account.owner:
        return draft.note("protection.last_owner", "The account of an owner stays when the connection ends.")
    suspend = SuspendAccount(account=draft.account)
    draft = draft.note("linking.on_disconnect", "The account is suspended.", suspend)
    return access.revoke(situation, draft)


def nothing(situation: Situation) -> PlanDraft:
    """Note that the event changes nothing in this state."""
    return _accepted(situation).note("lifecycle", "Nothing changes.")
