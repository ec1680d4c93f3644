"""Invitations: written, taken back, expired (POL-050 to POL-055)."""

from scimcore.policy.effects import CancelInvitation, SendInvitation
from scimcore.policy.rules.safety import DAY
from scimcore.policy.situation import PlanDraft, Situation


def write(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """Write to somebody who begins, as active or invited, and start the clock on an invitation."""
    mail, sso = situation.policy.invitations.mail, situation.facts.tenant.sso_enforced
    if mail == "never" or (mail == "unless_sso" and sso):
        return _clock(situation, draft).note("invitations.mail", "nobody is written to")
    text = "an invitation is sent" if draft.bound.state == "invited" else "a welcome is sent"
    return _clock(situation, draft).note("invitations.mail", text, SendInvitation(account=draft.account))


def _clock(situation: Situation, draft: PlanDraft) -> PlanDraft:
    days = situation.policy.invitations.expire_days
    due = situation.facts.now + days * DAY if days and draft.bound.state == "invited" else 0
    return draft.move(draft.bound.state, situation.facts.now, due=due).remember(invitation_expired=False)


def take_back(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """The invitation of somebody who is disabled or deleted opens nothing any more (POL-054)."""
    if situation.binding.state != "invited":
        return draft.cancel("SendInvitation")
    draft = draft.cancel("SendInvitation").remember(state_before="invited", invitation_expired=False)
    effect = CancelInvitation(account=draft.account)
    return draft.note("create.initial", "the invitation is taken back", effect)


def renew(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """An expired invitation is sent again, once, by the next change of the user (POL-053)."""
    if situation.binding.state != "invited" or not situation.binding.memory.invitation_expired:
        return draft
    return write(situation, draft)


def expire(situation: Situation) -> PlanDraft:
    """The clock reaches the end of an invitation: the user stays, the invitation opens nothing any more."""
    draft = PlanDraft(outcome="accepted", binding=situation.binding)
    if not situation.binding.due or situation.binding.due > situation.facts.now:
        return draft.note("invitations.expire_days", "nothing is due yet")
    draft = draft.move("invited", situation.facts.now).remember(invitation_expired=True)
    return draft.note("invitations.expire_days", "the invitation has expired", CancelInvitation(account=draft.account))
