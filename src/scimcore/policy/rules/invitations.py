"""Invitations: written, taken back, expired (POL-050 to POL-055)."""

from scimcore.policy.case import Case, Draft
from scimcore.policy.effects import CancelInvitation, SendInvitation
from scimcore.policy.rules.safety import DAY


def write(case: Case, draft: Draft) -> Draft:
    """Write to somebody who begins, as active or invited, and start the clock on an invitation."""
    mail, sso = case.policy.invitations.mail, case.facts.tenant.sso_enforced
    if mail == "never" or (mail == "unless_sso" and sso):
        return _clock(case, draft).say("invitations.mail", "nobody is written to")
    text = "an invitation is sent" if draft.bound.state == "invited" else "a welcome is sent"
    return _clock(case, draft).say("invitations.mail", text, SendInvitation(account=draft.account))


def _clock(case: Case, draft: Draft) -> Draft:
    days = case.policy.invitations.expire_days
    due = case.facts.now + days * DAY if days and draft.bound.state == "invited" else 0
    return draft.move(draft.bound.state, case.facts.now, due=due).remember(expired=None)


def take_back(case: Case, draft: Draft) -> Draft:
    """The invitation of somebody who is disabled or deleted opens nothing any more (POL-054)."""
    if case.binding.state != "invited":
        return draft.cancel("SendInvitation")
    draft = draft.cancel("SendInvitation").remember(was="invited", expired=None)
    effect = CancelInvitation(account=draft.account)
    return draft.say("create.initial", "the invitation is taken back", effect)


def renew(case: Case, draft: Draft) -> Draft:
    """An expired invitation is sent again, once, by the next change of the user (POL-053)."""
    if case.binding.state != "invited" or "expired" not in case.binding.memory:
        return draft
    return write(case, draft)


def expire(case: Case) -> Draft:
    """The clock reaches the end of an invitation: the user stays, the invitation opens nothing any more."""
    draft = Draft(outcome="accepted", binding=case.binding)
    if not case.binding.due or case.binding.due > case.facts.now:
        return draft.say("invitations.expire_days", "nothing is due yet")
    draft = draft.move("invited", case.facts.now).remember(expired="yes")
    return draft.say("invitations.expire_days", "the invitation has expired", CancelInvitation(account=draft.account))
