"""Disabling a user: access, credentials, seat, teams and belongings of the account (POL-001 to POL-011)."""

from attrs import evolve

from scimcore._durations import HOUR
from scimcore.policy.effects import (
    ActivateAccount,
    Anonymise,
    AwaitSignIn,
    DeleteAccount,
    Effect,
    Notify,
    ReleaseSeat,
    RevokeCredentials,
    SendInvitation,
    SetRoles,
    SuspendAccount,
    SyncMemberships,
    TransferOwnership,
    UpdateProfile,
)
from scimcore.policy.facts import NO_MEMORY, State
from scimcore.policy.rules import access, changes, protection, seats
from scimcore.policy.situation import PlanDraft, Situation, chain

#: Effects that wait during a grace period. Enabling the user before its end cancels them (POL-010).
DELAYED: tuple[type[Effect], ...] = (
    SuspendAccount,
    DeleteAccount,
    RevokeCredentials,
    SyncMemberships,
    ReleaseSeat,
    TransferOwnership,
)
#: Effects that must not reach an account that is being closed: a late one would open it, or write its name again.
STALE: tuple[type[Effect], ...] = (
    SendInvitation,
    UpdateProfile,
    Notify,
    SetRoles,
    ActivateAccount,
    AwaitSignIn,
)


def disable(situation: Situation) -> PlanDraft:
    """Disable a user (`active` becomes false)."""
    # POL-046: a leaver can always leave. A bad e-mail in the same request must not keep the account open.
    situation, left_out = changes.as_far_as_allowed(situation)
    draft = PlanDraft(outcome="updated", binding=situation.binding)
    if left_out:
        draft = evolve(draft, data=situation.after)
        draft = draft.note(
            "deactivate.access", "Only the disabling is carried out. The rest of the request is not allowed now."
        )
    if access.is_unconfirmed(situation.binding):
        # Until then the account is out of reach: the rest of the request is stored with the user, like the disabling.
        about = tuple(change.path for change in situation.changes)
        return draft.note(
            "linking.steps",
            "Nobody has confirmed the link with the account, so the account stays untouched.",
            about=about,
        )
    if situation.binding.account is not None:
        # The owner check and the teams need both facts: asked for together they cost one round.
        situation.ask_for("account", *access.needed(situation))
    verdict = protection.leaving(situation)
    # SCIM keeps showing active true, so that the identity provider and the product agree.
    if verdict in ("ignore", "demote"):
        return _stay(situation, draft, verdict)
    protection.check_leaver_limit(situation)
    draft = protection.watch(situation, draft, verdict)
    # Nothing of the request reaches the account any more: it would write a name into what is being forgotten.
    if situation.policy.deactivate.access == "anonymise":
        return anonymise(situation, draft)
    draft = chain(situation, draft, changes.profile, changes.sourced_roles)
    draft = _by_timing(situation, draft)
    # The account of an owner who leaves later works until then, but nobody else may leave because of it.
    return evolve(draft, owner_leaves=verdict == "owner" and access.waits(draft.bound, situation.facts.now))


def _stay(situation: Situation, draft: PlanDraft, verdict: protection.Verdict) -> PlanDraft:
    """Keep a protected account active. The answer shows active true."""
    data = {**situation.after, "active": True}
    others = evolve(situation, changes=tuple(c for c in situation.changes if c.path != "active"))
    draft = changes.profile(others, evolve(draft, data=data))
    return protection.passed_over(situation, draft, verdict)


def _by_timing(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """Disable at once, after a grace period, or when an admin approves (POL-010)."""
    timing, now = situation.policy.deactivate.timing, situation.facts.now
    # seat_until=0: the seat is used until an admin decides, however long that takes.
    if timing == "approval":
        draft = draft.move("suspended", now).remember(
            works_until="approval", seat_until=0, state_before=_state_before(situation)
        )
        return draft.note(
            "deactivate.timing", "Disabling the account waits until an admin approves.", about=("active",)
        )
    due = now + situation.policy.deactivate.grace_hours * HOUR if timing == "grace" else 0
    return carry_out(situation, draft, due)


def _state_before(situation: Situation) -> State | None:
    """The state that enabling leads back to; None is active (POL-054)."""
    return (
        situation.binding.state
        if situation.binding.state in ("invited", "pending")
        else situation.binding.memory.state_before
    )


def carry_out(situation: Situation, draft: PlanDraft, due: int = 0) -> PlanDraft:
    """Close the account, at once or when the time `due` comes."""
    state: State = "deleted" if situation.policy.deactivate.access == "delete" else "suspended"
    draft = draft.move(state, situation.facts.now).remember(
        works_until=due or None, state_before=_state_before(situation), seat_until=None
    )
    draft = _close(situation, draft, due)
    # RFC 7643 section 4.1.1 leaves the meaning of active open. IPSIE does not: sessions end with it.
    if situation.policy.deactivate.access != "nothing":
        draft = access.revoke(situation, draft, due=due)
    draft = access.take_back_invitation(situation, draft)
    return _let_go(situation, draft, due)


def _close(situation: Situation, draft: PlanDraft, due: int) -> PlanDraft:
    """Carry out `deactivate.access` (POL-001, POL-004)."""
    choice, about = situation.policy.deactivate.access, ("active",)
    account = draft.account
    if choice == "nothing":
        return draft.note("deactivate.access", "The user is disabled over SCIM. The product does nothing.", about=about)
    if choice == "delete":
        effect = DeleteAccount(account=account, due=due, mode="tombstone")
        draft = evolve(draft, outcome="deleted", drops_links=True)
        return draft.note("deactivate.access", "The account is deleted.", effect, about=about)
    if choice == "remove_membership":
        leave = DeleteAccount(account=account, due=due, mode="membership")
        return draft.note("deactivate.access", "The account leaves the tenant.", leave, about=about)
    suspend = SuspendAccount(account=account, due=due)
    draft = draft.note(
        "deactivate.access", "The account is suspended. The product keeps everything in it.", suspend, about=about
    )
    if situation.policy.deactivate.personal_data == "obfuscate":
        blank = Anonymise(account=account, due=due, reversible=True)
        draft = draft.note(
            "deactivate.personal_data", "Name and e-mail of the account are blanked until the user is enabled.", blank
        )
    return draft


def _let_go(situation: Situation, draft: PlanDraft, due: int) -> PlanDraft:
    """Let go of the teams, the seat and the belongings."""
    draft = _leave_groups(situation, draft, due)
    draft = seats.give_up(situation, draft, due)
    return _hand_over(situation, draft, due)


def _leave_groups(situation: Situation, draft: PlanDraft, due: int) -> PlanDraft:
    """Carry out `deactivate.memberships` (POL-005)."""
    choice = situation.policy.deactivate.memberships
    closed = evolve(draft, binding=evolve(draft.bound, memory=NO_MEMORY))  # as it is when the delay is over
    after = access.memberships(situation, closed, due=due)
    draft = evolve(after, binding=draft.bound)
    if choice == "remove":
        draft = evolve(draft, drops_links=True)
        return draft.note("deactivate.memberships", "The user is removed from every group.")
    return draft.remember(teams_left=True) if choice == "leave_teams" else draft


def _hand_over(situation: Situation, draft: PlanDraft, due: int) -> PlanDraft:
    """Carry out `deactivate.owned` (POL-006)."""
    policy = situation.policy.deactivate
    if policy.owned == "keep":
        return draft
    if policy.owned in ("orphan", "delete"):
        mode = TransferOwnership(
            account=draft.account, mode="orphan" if policy.owned == "orphan" else "delete", due=due
        )
        return draft.note("deactivate.owned", "What the account owns is deleted, or stays without an owner.", mode)
    # A manager who is unknown here must not stop the leaver: the appointed account takes over, or an admin of the
    # tenant.
    to = situation.manager if policy.owned == "manager" else None
    to = to or (policy.owned_to if policy.owned != "admin" else None)
    effect = TransferOwnership(account=draft.account, to=to, due=due)
    return draft.note("deactivate.owned", "Another account takes over what the account owns.", effect)


def anonymise(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """Anonymise the account for good and end its link. The SCIM user stays (POL-004)."""
    if draft.bound.account is None:
        return draft.move("anonymised", situation.facts.now)
    # Kept before the binding forgets it: the effects are for the old account.
    account = draft.account
    draft = access.revoke(situation, draft)
    draft = access.take_back_invitation(situation, draft).move("anonymised", situation.facts.now)
    draft = _let_go(situation, draft, 0).cancel(*STALE)
    others = tuple(c.path for c in situation.changes)
    draft = draft.note("deactivate.access", "The account is anonymised.", Anonymise(account=account), about=others)
    draft = draft.note("deactivate.resource", "SCIM keeps only the attributes that the user is matched by.")
    # The link ends here: a later enabling can then only open a new account (POL-030).
    forgotten = evolve(draft.bound, account=None, roles=(), override=None, retained=(), memory=NO_MEMORY)
    return evolve(draft, binding=forgotten, data=changes.reduced(situation))
