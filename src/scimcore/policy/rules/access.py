"""Access to an account: its sessions, its teams, and the invitation that opens it (POL-002, POL-005, POL-050)."""

from scimcore._durations import DAY
from scimcore.policy.effects import CancelInvitation, RevokeCredentials, SendInvitation, SyncMemberships
from scimcore.policy.facts import Binding, GroupFact
from scimcore.policy.plans import Need
from scimcore.policy.policy import Policy
from scimcore.policy.situation import PlanDraft, Situation
from scimcore.policy.values import same


def is_unconfirmed(binding: Binding) -> bool:
    """True if nobody has confirmed the link yet. Until then no rule may touch the account (POL-080)."""
    return binding.state == "pending" and binding.memory.link_unconfirmed


def waits(binding: Binding, now: int) -> bool:
    """True if a disabled user's account still works: in the grace period, or until an admin approves (POL-010)."""
    # The state is suspended from the first moment on, because SCIM must show active false; what the account can do lags
    # behind.
    until = binding.memory.works_until
    return binding.state == "suspended" and until is not None and (until == "approval" or until > now)


def counts(policy: Policy, binding: Binding | None, now: int) -> bool:
    """True if the binding's account counts as a member of its teams now (POL-005, POL-051)."""
    # A hold ends the memberships too: a team that still lists somebody who cannot sign in sends them mail.
    if binding is None or binding.account is None or binding.held or binding.memory.link_unconfirmed:
        return False
    if binding.state == "invited":
        # POL-051: Secoda shows an invited user in no team until the account is activated.
        return policy.invitations.memberships == "at_once"
    return binding.state == "active" or (waits(binding, now) and binding.memory.state_before in (None, "active"))


def has_teams(policy: Policy) -> bool:
    """True if memberships of groups have an effect on teams."""
    return policy.groups.mode in ("team", "mapped") and policy.groups.membership != "local"


def needed(situation: Situation) -> tuple[Need, ...]:
    """The facts that joining or leaving the teams needs."""
    return ("groups",) if has_teams(situation.policy) else ()


def teams_of(policy: Policy, group: GroupFact) -> tuple[str, ...]:
    """The teams in which the group's members count."""
    # A group may be named by its id as well: names change in the directory, and a mapping by name would then mean
    # nothing.
    if policy.groups.mode == "mapped":
        return tuple(t.team for t in policy.groups.teams if t.group == group.id or same(t.group, group.name))
    return (group.team,) if policy.groups.mode == "team" and group.team else ()


def memberships(
    situation: Situation, draft: PlanDraft, *, due: int = 0, rule: str = "deactivate.memberships"
) -> PlanDraft:
    """Let the account join or leave its teams, if it begins or ceases to count in them.

    `due` delays leaving. `rule` is the choice that the note names.
    """
    now = situation.facts.now
    before, after = counts(situation.policy, situation.facts.binding, now), counts(situation.policy, draft.bound, now)
    # The same person with another account (POL-030): the new account joins although the user counted before.
    new_account = situation.facts.binding is not None and situation.facts.binding.account != draft.bound.account
    if not has_teams(situation.policy) or (before == after and not new_account) or not (before or after):
        return draft
    # `deactivate.memberships = leave_teams`: they left for good, although SCIM still lists the memberships.
    if after and draft.bound.memory.teams_left:
        return draft.remember(teams_left=False).note(rule, "The user does not get the previous memberships back.")
    teams = tuple(dict.fromkeys(team for group in situation.groups for team in teams_of(situation.policy, group)))
    if not teams:
        return draft
    if after:
        return draft.note(
            rule, "The user joins the teams of the groups.", SyncMemberships(account=draft.account, join=teams)
        )
    effect = SyncMemberships(account=draft.account, leave=teams, due=due)
    return draft.note(rule, "The user leaves the teams of the groups.", effect)


def revoke(situation: Situation, draft: PlanDraft, *, due: int = 0) -> PlanDraft:
    """Revoke the credentials of the account (POL-002). `due` delays it."""
    policy = situation.policy.deactivate
    # The note is written either way, so that the audit trail shows that nothing was forgotten.
    if not policy.revoke:
        return draft.note("deactivate.revoke", "No session and no key is revoked.")
    effect = RevokeCredentials(
        account=draft.account, kinds=policy.revoke, within_minutes=policy.revoke_within_minutes, due=due
    )
    return draft.note("deactivate.revoke", "The sessions and keys of the account are revoked.", effect)


def send_invitation(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """Send an invitation to an invited user or a welcome to an active one, as the policy says (POL-053, POL-055)."""
    mail, sso = situation.policy.invitations.mail, situation.facts.tenant.sso_enforced
    if mail == "never" or (mail == "unless_sso" and sso):
        return _start_clock(situation, draft).note("invitations.mail", "No e-mail is sent.")
    text = "An invitation is sent." if draft.bound.state == "invited" else "A welcome e-mail is sent."
    return _start_clock(situation, draft).note("invitations.mail", text, SendInvitation(account=draft.account))


def _start_clock(situation: Situation, draft: PlanDraft) -> PlanDraft:
    # An active user gets a welcome, which has no time limit.
    days = situation.policy.invitations.expire_days
    due = situation.facts.now + days * DAY if days and draft.bound.state == "invited" else 0
    return draft.move(draft.bound.state, situation.facts.now, due=due).remember(invitation_expired=False)


def take_back_invitation(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """Cancel the invitation of a user who is disabled or deleted (POL-054)."""
    if situation.binding.state != "invited":
        return draft.cancel(SendInvitation)
    draft = draft.cancel(SendInvitation).remember(state_before="invited", invitation_expired=False)
    effect = CancelInvitation(account=draft.account)
    return draft.note("create.initial", "The invitation is cancelled.", effect)


def renew_invitation(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """Send an expired invitation again, once: at the next change of the user (POL-053)."""
    if situation.binding.state != "invited" or not situation.binding.memory.invitation_expired:
        return draft
    return send_invitation(situation, draft)


def expire_invitation(situation: Situation) -> PlanDraft:
    """Expire an invitation when its time is over. The user stays, and SCIM still shows it (POL-053)."""
    draft = PlanDraft(outcome="accepted", binding=situation.binding)
    if not situation.binding.due or situation.binding.due > situation.facts.now:
        return draft.note("invitations.expire_days", "The invitation has not expired yet.")
    # Moving to the same state clears `due`: otherwise the clock would find this binding again and again.
    draft = draft.move("invited", situation.facts.now).remember(invitation_expired=True)
    return draft.note("invitations.expire_days", "The invitation has expired.", CancelInvitation(account=draft.account))
