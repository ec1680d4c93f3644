"""Disabling: who is disabled cannot use the account any more, and what else becomes of it (POL-001 to POL-011)."""

from attrs import evolve

from scimcore.policy.case import Case, Draft, chain
from scimcore.policy.effects import Anonymise, DeleteAccount, SuspendAccount, TransferOwnership
from scimcore.policy.facts import State
from scimcore.policy.rules import access, changes, invitations, linking, protection, safety, seats
from scimcore.policy.rules.safety import HOUR

#: Effects that a delayed leaver waits with, and that enabling within the delay takes back.
DELAYED = (
    "SuspendAccount",
    "DeleteAccount",
    "RevokeCredentials",
    "SyncMemberships",
    "ReleaseSeat",
    "TransferOwnership",
)
#: What must not be handled any more for an account that is being forgotten.
STALE = ("SendInvitation", "UpdateProfile", "Notify", "SetRoles", "ActivateAccount", "AwaitSignIn")


def disable(case: Case) -> Draft:
    """`active` becomes false."""
    case, left_out = changes.as_far_as_allowed(case)
    draft = Draft(outcome="updated", binding=case.binding)
    if left_out:
        draft = evolve(draft, data=case.after)
        draft = draft.say("deactivate.access", "only the disabling is carried out; the rest is not allowed now")
    if linking.unproven(case.binding):
        return draft.say("linking.steps", "nobody has confirmed that the account is this user's", about=("active",))
    if case.binding.account is not None:
        case.foresee("account", *access.needed(case))
    verdict = protection.leaving(case)
    if verdict in ("ignore", "demote"):
        return _stay(case, draft, verdict)
    safety.brake(case)
    draft = protection.watch(case, draft, verdict)
    if case.policy.deactivate.access == "anonymise":
        return anonymise(case, draft)
    draft = chain(case, draft, changes.profile, changes.sourced_roles)
    return _by_timing(case, draft)


def _stay(case: Case, draft: Draft, verdict: protection.Verdict) -> Draft:
    """A protected account stays active, and the answer says so."""
    data = {**case.after, "active": True}
    others = evolve(case, changes=tuple(c for c in case.changes if c.path != "active"))
    draft = changes.profile(others, evolve(draft, data=data))
    return protection.passed_over(case, draft, verdict)


def _by_timing(case: Case, draft: Draft) -> Draft:
    """At once, after a grace period, or when an admin approves (POL-010). SCIM shows `active: false` at once."""
    timing, now = case.policy.deactivate.timing, case.facts.now
    if timing == "approval":
        draft = draft.move("suspended", now).remember(waits="approval", seat_until="", was=_was(case))
        return draft.say("deactivate.timing", "waits for an admin's approval", about=("active",))
    due = now + case.policy.deactivate.grace_hours * HOUR if timing == "grace" else 0
    return carry_out(case, draft, due)


def _was(case: Case) -> str | None:
    """Where enabling leads back to, if not to active (POL-054)."""
    return case.binding.state if case.binding.state in ("invited", "pending") else case.binding.memory.get("was")


def carry_out(case: Case, draft: Draft, due: int = 0) -> Draft:
    """The account is closed; `due` is when, 0 at once."""
    later = str(due) if due else None
    state: State = "deleted" if case.policy.deactivate.access == "delete" else "suspended"
    draft = draft.move(state, case.facts.now).remember(waits=later, was=_was(case), seat_until=None)
    draft = _close(case, draft, due)
    if case.policy.deactivate.access != "nothing":
        draft = access.revoke(case, draft, due=due)
    draft = invitations.take_back(case, draft)
    return _let_go(case, draft, due)


def _close(case: Case, draft: Draft, due: int) -> Draft:
    """What happens to the account itself."""
    choice, about = case.policy.deactivate.access, ("active",)
    account = draft.account
    if choice == "nothing":
        return draft.say("deactivate.access", "disabled over SCIM; the product does nothing about it", about=about)
    if choice == "delete":
        effect = DeleteAccount(account=account, due=due, mode="tombstone")
        draft = evolve(draft, outcome="deleted", drops_links=True)
        return draft.say("deactivate.access", "the account is deleted", effect, about=about)
    if choice == "remove_membership":
        leave = DeleteAccount(account=account, due=due, mode="membership")
        return draft.say("deactivate.access", "the account leaves the tenant", leave, about=about)
    suspend = SuspendAccount(account=account, due=due)
    draft = draft.say("deactivate.access", "the account is suspended; everything it has stays", suspend, about=about)
    if case.policy.deactivate.personal_data == "obfuscate":
        blank = Anonymise(account=account, due=due, reversible=True)
        draft = draft.say("deactivate.personal_data", "name and e-mail are blanked until the user is enabled", blank)
    return draft


def _let_go(case: Case, draft: Draft, due: int) -> Draft:
    """Teams, seat and belongings."""
    draft = _leave_groups(case, draft, due)
    draft = seats.give_up(case, draft, due)
    return _hand_over(case, draft, due)


def _leave_groups(case: Case, draft: Draft, due: int) -> Draft:
    """What becomes of the memberships (POL-005)."""
    choice = case.policy.deactivate.memberships
    closed = evolve(draft, binding=evolve(draft.bound, memory={}))  # as it is when the delay is over
    after = access.memberships(case, closed, due=due)
    draft = evolve(after, binding=draft.bound)
    if choice == "remove":
        draft = evolve(draft, drops_links=True)
        return draft.say("deactivate.memberships", "the user is removed from every group")
    return draft.remember(left="yes") if choice == "leave_teams" else draft


def _hand_over(case: Case, draft: Draft, due: int) -> Draft:
    """What the account owns (POL-006)."""
    policy = case.policy.deactivate
    if policy.owned == "keep":
        return draft
    if policy.owned in ("orphan", "delete"):
        mode = TransferOwnership(
            account=draft.account, mode="orphan" if policy.owned == "orphan" else "delete", due=due
        )
        return draft.say("deactivate.owned", "what the account owns has no owner, or is deleted", mode)
    to = case.manager if policy.owned == "manager" else None
    to = to or (policy.owned_to if policy.owned != "admin" else None)
    effect = TransferOwnership(account=draft.account, to=to, due=due)
    return draft.say("deactivate.owned", "what the account owns goes to another", effect)


def anonymise(case: Case, draft: Draft) -> Draft:
    """The account forgets who it was, for good, and stands for nobody any more. The SCIM user stays (POL-004)."""
    if draft.bound.account is None:
        return draft.move("anonymised", case.facts.now)
    account = draft.account
    draft = access.revoke(case, draft)
    draft = invitations.take_back(case, draft).move("anonymised", case.facts.now)
    draft = _let_go(case, draft, 0).cancel(*STALE)
    others = tuple(c.path for c in case.changes)
    draft = draft.say("deactivate.access", "the account is anonymised", Anonymise(account=account), about=others)
    draft = draft.say("deactivate.resource", "of the resource only what it is matched by is kept")
    forgotten = evolve(draft.bound, account=None, roles=(), override=None, retained=(), memory={})
    return evolve(draft, binding=forgotten, data=changes.reduced(case))
