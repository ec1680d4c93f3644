"""Deleting: the user is gone and its name free; what is left of the account is a choice (POL-020 to POL-026)."""

from attrs import evolve

from scimcore.errors import Forbidden
from scimcore.policy.case import Case, Draft, Refused
from scimcore.policy.effects import Anonymise, DeleteAccount, ReleaseSeat, SuspendAccount, TransferOwnership
from scimcore.policy.refusals import who
from scimcore.policy.rules import access, deactivation, invitations, linking, protection, safety, seats
from scimcore.policy.rules.deactivation import DELAYED, STALE
from scimcore.policy.rules.safety import DAY


def delete(case: Case) -> Draft:
    """DELETE of a user."""
    if case.policy.delete.requests == "refuse":
        text = f"Users are not deleted over SCIM here. Disable {who(case.before)} instead (active false)."
        raise Refused("delete.requests", "DELETE is not offered", Forbidden(text, code="SC-2016"))
    draft = Draft(outcome="deleted", binding=case.binding, drops_links=True)
    if linking.unproven(case.binding):
        draft = draft.say("linking.steps", "nobody had confirmed the link: the account stays untouched")
        return _unbind(draft)
    verdict = protection.leaving(case)
    if verdict in ("ignore", "demote"):
        # RFC 7644 section 3.6: the resource is 404 afterwards, whatever becomes of the account.
        return _unbind(protection.passed_over(case, draft, verdict))
    safety.brake(case)
    draft = protection.watch(case, draft, verdict)
    if case.binding.account is None:
        return _unbind(draft.say("delete.account", "the account was anonymised before; the name is free"))
    if case.policy.delete.requests == "deactivate":
        return _as_disabled(case, draft)
    return _gone(case, draft)


def _unbind(draft: Draft) -> Draft:
    """No tombstone: the user leaves nothing behind."""
    return evolve(draft, binding=evolve(draft.bound, state="deleted", memory={}, due=0), unbinds=True)


def _as_disabled(case: Case, draft: Draft) -> Draft:
    """DELETE disables the account, and the user is 404 afterwards (POL-025)."""
    closed = case.binding.state in ("suspended", "anonymised")
    if not closed and case.policy.deactivate.access == "anonymise":
        draft = deactivation.anonymise(case, draft)
    elif not closed:
        draft = deactivation.carry_out(case, draft)
    draft = draft.say("delete.requests", "deleting disables the account")
    return _bury(case, evolve(draft, data=None))


def _bury(case: Case, draft: Draft) -> Draft:
    """A tombstone, until it is purged (POL-021)."""
    days = case.policy.delete.retention_days
    draft = draft.move("deleted", case.facts.now, due=case.facts.now + days * DAY if days else 0)
    return evolve(draft, drops_links=True, binding=evolve(draft.bound, memory={}))


def _gone(case: Case, draft: Draft) -> Draft:
    """The account is closed, as far as the policy says; access ends first."""
    draft = draft.cancel(*DELAYED, *STALE)
    draft = access.revoke(case, draft)
    draft = invitations.take_back(case, draft).cancel(*STALE)
    draft = draft.move("deleted", case.facts.now)
    draft = access.memberships(case, draft, rule="delete.account")
    draft = _free_seat(case, draft)
    draft = _content(case, draft)
    return _account(case, draft)


def _free_seat(case: Case, draft: Draft) -> Draft:
    """Who is deleted uses no seat, whatever disabling says."""
    if not seats.uses(case.policy, case.binding, case.facts.now):
        return draft
    release = ReleaseSeat(account=draft.account, pool=seats.pool_of(case.policy, case.binding.roles))
    return draft.say("seats.counts", "the account uses no seat any more", release)


def _content(case: Case, draft: Draft) -> Draft:
    """What the account made (POL-026)."""
    choice = case.policy.delete.content
    if choice == "preserve":
        return draft.say("delete.content", "what the account made stays")
    if choice == "delete":
        return draft.say(
            "delete.content",
            "what the account made is deleted",
            TransferOwnership(account=draft.account, mode="delete"),
        )
    to = case.policy.deactivate.owned_to
    return draft.say("delete.content", "what the account made goes on", TransferOwnership(account=draft.account, to=to))


def _account(case: Case, draft: Draft) -> Draft:
    """What is left of the account itself (POL-020, POL-024)."""
    choice, account = case.policy.delete.account, draft.account
    if choice == "anonymise":
        draft = draft.say("delete.account", "the account is anonymised; its work stays", Anonymise(account=account))
        return _unbind(evolve(draft, binding=evolve(draft.bound, account=None, roles=(), override=None, retained=())))
    if choice == "suspend":
        suspend = SuspendAccount(account=account)
        draft = draft.say("delete.account", "the account is suspended and is the product's own now", suspend)
        return _bury(case, draft) if case.policy.delete.link == "keep" else _unbind(draft)
    if case.policy.delete.scope == "membership":
        leave = DeleteAccount(account=account, mode="membership")
        return _unbind(draft.say("delete.scope", "the account leaves this tenant; others stay", leave))
    if choice == "hard":
        return _unbind(draft.say("delete.account", "the account is gone", DeleteAccount(account=account, mode="hard")))
    close = DeleteAccount(account=account, mode="tombstone")
    return _bury(case, draft.say("delete.account", "the account is closed, and purged later", close))


def purge(case: Case) -> Draft:
    """The clock reaches the end of a tombstone, or the product purges it by hand."""
    draft = Draft(outcome="accepted", binding=case.binding)
    if case.binding.due > case.facts.now:
        return draft.say("delete.retention_days", "not due yet")
    draft = evolve(draft, outcome="deleted", unbinds=True)
    if case.binding.account is None:
        return draft.say("delete.retention_days", "the tombstone goes")
    effect = DeleteAccount(account=case.binding.account, mode="hard")
    return draft.say("delete.retention_days", "the tombstone goes, and the account with it", effect)
