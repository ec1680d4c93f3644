"""What an account has while it can be used: sessions, teams, and the invitation that opens it."""

from scimcore.policy.effects import CancelInvitation, RevokeCredentials, SendInvitation, SyncMemberships
from scimcore.policy.facts import Binding, GroupFact
from scimcore.policy.plans import Need
from scimcore.policy.policy import Policy
from scimcore.policy.situation import PlanDraft, Situation
from scimcore.policy.values import DAY, same


def is_unconfirmed(binding: Binding) -> bool:
    """Whether the binding waits for the person's confirmation: until then the account is out of reach."""
    return binding.state == "pending" and binding.memory.link_unconfirmed


def waits(binding: Binding, now: int) -> bool:
    """Whether a leaver's account still works: in the grace period, or until an admin approves (POL-010)."""
    until = binding.memory.works_until
    return binding.state == "suspended" and until is not None and (until == "approval" or until > now)


def counts(policy: Policy, binding: Binding | None, now: int) -> bool:
    """Whether the binding's account counts as a member of its teams now (POL-005, POL-051)."""
    if binding is None or binding.account is None or binding.held or binding.memory.link_unconfirmed:
        return False
    if binding.state == "invited":
        return policy.invitations.memberships == "at_once"
    return binding.state == "active" or (waits(binding, now) and binding.memory.state_before in (None, "active"))


def has_teams(policy: Policy) -> bool:
    """Whether memberships reach teams at all."""
    return policy.groups.mode in ("team", "mapped") and policy.groups.membership != "local"


def needed(situation: Situation) -> tuple[Need, ...]:
    """Which facts it takes to join or leave the teams."""
    return ("groups",) if has_teams(situation.policy) else ()


def teams_of(policy: Policy, group: GroupFact) -> tuple[str, ...]:
    """The teams in which the group's members count."""
    if policy.groups.mode == "mapped":
        return tuple(t.team for t in policy.groups.teams if t.group == group.id or same(t.group, group.name))
    return (group.team,) if policy.groups.mode == "team" and group.team else ()


def memberships(
    situation: Situation, draft: PlanDraft, *, due: int = 0, rule: str = "deactivate.memberships"
) -> PlanDraft:
    """Join or leave the teams, when the account begins or ceases to count in them."""
    now = situation.facts.now
    before, after = counts(situation.policy, situation.facts.binding, now), counts(situation.policy, draft.bound, now)
    new_account = situation.facts.binding is not None and situation.facts.binding.account != draft.bound.account
    if not has_teams(situation.policy) or (before == after and not new_account) or not (before or after):
        return draft
    if after and draft.bound.memory.teams_left:
        return draft.remember(teams_left=False).note(rule, "the memberships from before do not come back")
    teams = tuple(dict.fromkeys(team for group in situation.groups for team in teams_of(situation.policy, group)))
    if not teams:
        return draft
    if after:
        return draft.note(rule, "the memberships count now", SyncMemberships(account=draft.account, join=teams))
    effect = SyncMemberships(account=draft.account, leave=teams, due=due)
    return draft.note(rule, "the memberships do not count any more", effect)


def revoke(situation: Situation, draft: PlanDraft, *, due: int = 0) -> PlanDraft:
    """End what the account is signed in with."""
    policy = situation.policy.deactivate
    if not policy.revoke:
        return draft.note("deactivate.revoke", "nothing is revoked")
    effect = RevokeCredentials(
        account=draft.account, kinds=policy.revoke, within_minutes=policy.revoke_within_minutes, due=due
    )
    return draft.note("deactivate.revoke", "what the account is signed in with ends", effect)


def send_invitation(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """Write to somebody who begins, as active or invited, and start the clock on an invitation."""
    mail, sso = situation.policy.invitations.mail, situation.facts.tenant.sso_enforced
    if mail == "never" or (mail == "unless_sso" and sso):
        return _start_clock(situation, draft).note("invitations.mail", "nobody is written to")
    text = "an invitation is sent" if draft.bound.state == "invited" else "a welcome is sent"
    return _start_clock(situation, draft).note("invitations.mail", text, SendInvitation(account=draft.account))


def _start_clock(situation: Situation, draft: PlanDraft) -> PlanDraft:
    days = situation.policy.invitations.expire_days
    due = situation.facts.now + days * DAY if days and draft.bound.state == "invited" else 0
    return draft.move(draft.bound.state, situation.facts.now, due=due).remember(invitation_expired=False)


def take_back_invitation(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """The invitation of somebody who is disabled or deleted opens nothing any more (POL-054)."""
    if situation.binding.state != "invited":
        return draft.cancel("SendInvitation")
    draft = draft.cancel("SendInvitation").remember(state_before="invited", invitation_expired=False)
    effect = CancelInvitation(account=draft.account)
    return draft.note("create.initial", "the invitation is taken back", effect)


def renew_invitation(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """An expired invitation is sent again, once, by the next change of the user (POL-053)."""
    if situation.binding.state != "invited" or not situation.binding.memory.invitation_expired:
        return draft
    return send_invitation(situation, draft)


def expire_invitation(situation: Situation) -> PlanDraft:
    """The clock reaches the end of an invitation: the user stays, the invitation opens nothing any more."""
    draft = PlanDraft(outcome="accepted", binding=situation.binding)
    if not situation.binding.due or situation.binding.due > situation.facts.now:
        return draft.note("invitations.expire_days", "nothing is due yet")
    draft = draft.move("invited", situation.facts.now).remember(invitation_expired=True)
    return draft.note("invitations.expire_days", "the invitation has expired", CancelInvitation(account=draft.account))
