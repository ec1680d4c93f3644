"""What being able to use an account brings and takes: credentials and memberships, by comparing before and after."""

from scimcore.policy.effects import RevokeCredentials, SyncMemberships
from scimcore.policy.facts import Binding, GroupFact
from scimcore.policy.plans import Need
from scimcore.policy.policy import Policy
from scimcore.policy.situation import PlanDraft, Situation
from scimcore.policy.values import same


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
