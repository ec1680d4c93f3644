"""Deleting a user: SCIM answers 404, the name is free, and the policy says what stays (POL-020 to POL-026)."""

from attrs import evolve

from scimcore._durations import DAY
from scimcore.errors import Forbidden
from scimcore.policy.effects import Anonymise, DeleteAccount, ReleaseSeat, SuspendAccount, TransferOwnership
from scimcore.policy.facts import NO_MEMORY
from scimcore.policy.refusals import the_user
from scimcore.policy.rules import access, deactivation, protection, seats
from scimcore.policy.rules.deactivation import DELAYED, STALE
from scimcore.policy.situation import PlanDraft, Refusal, Situation


def delete(situation: Situation) -> PlanDraft:
    """Delete a user (DELETE)."""
    if situation.policy.delete.requests == "refuse":
        text = f"{the_user(situation.before)} cannot be deleted: only disabling is offered. Set active to false."
        raise Refusal("delete.requests", "DELETE is not offered.", Forbidden(text, code="SC-2016"))
    draft = PlanDraft(outcome="deleted", binding=situation.binding, drops_links=True)
    # The account was never this user's, so nothing of it may be touched.
    if access.is_unconfirmed(situation.binding):
        draft = draft.note(
            "linking.steps", "Nobody had confirmed the link with the account, so the account stays untouched."
        )
        return _unbind(draft)
    verdict = protection.leaving(situation)
    if verdict in ("ignore", "demote"):
        # RFC 7644 section 3.6: the resource is 404 afterwards, whatever becomes of the account.
        return _unbind(protection.passed_over(situation, draft, verdict))
    protection.check_leaver_limit(situation)
    draft = protection.watch(situation, draft, verdict)
    # Anonymised before: there is no account to close, and no trace to keep a tombstone for.
    if situation.binding.account is None:
        return _unbind(draft.note("delete.account", "The account was anonymised before. The name is free."))
    if situation.policy.delete.requests == "deactivate":
        return _as_disabled(situation, draft)
    return _gone(situation, draft)


def _unbind(draft: PlanDraft) -> PlanDraft:
    """End the link without a tombstone."""
    return evolve(draft, binding=evolve(draft.bound, state="deleted", memory=NO_MEMORY, due=0), unbinds=True)


def _as_disabled(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """Disable the account. SCIM answers 404 for the user afterwards (POL-025)."""
    # Disabled before: closing it again would revoke and notify a second time (POL-011).
    closed = situation.binding.state in ("suspended", "anonymised")
    if not closed and situation.policy.deactivate.access == "anonymise":
        draft = deactivation.anonymise(situation, draft)
    elif not closed:
        draft = deactivation.carry_out(situation, draft)
    draft = draft.note("delete.requests", "Deleting the user disables the account.")
    return _bury(situation, evolve(draft, data=None))


def _bury(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """Keep a tombstone until it is purged (POL-021)."""
    # 0 days: never. `due=0` means for the clock that there is nothing to do.
    days = situation.policy.delete.retention_days
    draft = draft.move("deleted", situation.facts.now, due=situation.facts.now + days * DAY if days else 0)
    return evolve(draft, drops_links=True, binding=evolve(draft.bound, memory=NO_MEMORY))


def _gone(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """Close the account. Access ends first, so that no failure later leaves a door open."""
    # What waits for a grace period is overtaken: deleting has no delay.
    draft = draft.cancel(*DELAYED, *STALE)
    draft = access.revoke(situation, draft)
    draft = access.take_back_invitation(situation, draft).cancel(*STALE)
    draft = draft.move("deleted", situation.facts.now)
    draft = access.memberships(situation, draft, rule="delete.account")
    draft = _free_seat(situation, draft)
    draft = _content(situation, draft)
    return _account(situation, draft)


def _free_seat(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """Release the seat. A deleted user never keeps it, whatever `deactivate.seat` says."""
    if not seats.uses(situation.policy, situation.binding, situation.facts.now):
        return draft
    release = ReleaseSeat(account=draft.account, pool=seats.pool_of(situation.policy, situation.binding.roles))
    return draft.note("seats.counts", "The account releases its seat.", release)


def _content(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """Carry out `delete.content` (POL-026)."""
    choice = situation.policy.delete.content
    if choice == "preserve":
        return draft.note("delete.content", "The work of the user stays.")
    if choice == "delete":
        return draft.note(
            "delete.content",
            "The work of the user is deleted.",
            TransferOwnership(account=draft.account, mode="delete"),
        )
    to = situation.policy.deactivate.owned_to
    return draft.note(
        "delete.content",
        "Another account takes over the work of the user.",
        TransferOwnership(account=draft.account, to=to),
    )


def _account(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """Carry out `delete.account` and `delete.scope` (POL-020, POL-024)."""
    choice, account = situation.policy.delete.account, draft.account
    if choice == "anonymise":
        draft = draft.note("delete.account", "The account is anonymised. Its work stays.", Anonymise(account=account))
        return _unbind(evolve(draft, binding=evolve(draft.bound, account=None, roles=(), override=None, retained=())))
    # Without a tombstone the account is an ordinary one of the product: it can be linked again like any other.
    if choice == "suspend":
        suspend = SuspendAccount(account=account)
        draft = draft.note("delete.account", "The account is suspended. The product manages it from now on.", suspend)
        return _bury(situation, draft) if situation.policy.delete.link == "keep" else _unbind(draft)
    # The account may work for other tenants; only its membership of this one ends (POL-024).
    if situation.policy.delete.scope == "membership":
        leave = DeleteAccount(account=account, mode="membership")
        return _unbind(draft.note("delete.scope", "The account leaves this tenant. Its other memberships stay.", leave))
    if choice == "hard":
        return _unbind(
            draft.note("delete.account", "The account is deleted at once.", DeleteAccount(account=account, mode="hard"))
        )
    close = DeleteAccount(account=account, mode="tombstone")
    return _bury(situation, draft.note("delete.account", "The account is closed, and purged later.", close))


def purge(situation: Situation) -> PlanDraft:
    """Purge a tombstone when its time is over, or when the product deletes the account by hand."""
    draft = PlanDraft(outcome="accepted", binding=situation.binding)
    # The clock may come early, for instance after the policy's retention was made longer.
    if situation.binding.due > situation.facts.now:
        return draft.note("delete.retention_days", "The closed account is not purged yet.")
    draft = evolve(draft, outcome="deleted", unbinds=True)
    if situation.binding.account is None:
        return draft.note("delete.retention_days", "The deleted user is purged.")
    effect = DeleteAccount(account=situation.binding.account, mode="hard")
    return draft.note("delete.retention_days", "The deleted user is purged together with the account.", effect)
