"""Who is in a group, and so in its teams: exactly those who join and leave (POL-114, POL-116, POL-119)."""

from collections.abc import Iterable, Mapping

from attrs import evolve

from scimcore.policy.effects import RevokeCredentials, SyncTeam
from scimcore.policy.facts import GroupFact, MemberFact
from scimcore.policy.rules import access, roles
from scimcore.policy.situation import PlanDraft, Situation
from scimcore.resources.changes import Link
from scimcore.schema import MEMBERSHIP
from scimcore.schema.json import JsonObject


def added(situation: Situation) -> tuple[Link, ...]:
    """The links that the group gains."""
    return tuple(link for delta in situation.change.relations if delta.relation == MEMBERSHIP for link in delta.added)


def removed(situation: Situation) -> tuple[Link, ...]:
    """The links that the group loses."""
    return tuple(link for delta in situation.change.relations if delta.relation == MEMBERSHIP for link in delta.removed)


def means_another(situation: Situation) -> bool:
    """Whether a new name gives the group's members other teams or other roles: then all of them are looked at."""
    if not any(change.path == "displayName" for change in situation.changes) or situation.facts.binding is None:
        return False
    old, new = _as_fact(situation, situation.before), _as_fact(situation, situation.after)
    one, other = (roles.mapped(situation.policy.roles, (group,)) for group in (old, new))
    by_role = "groups" in situation.policy.roles.sources and one != other
    return by_role or _lasting_teams(situation, old) != _lasting_teams(situation, new)


def _as_fact(situation: Situation, data: JsonObject) -> GroupFact:
    """The group under the name that it has in the data."""
    name, team = data.get("displayName"), situation.facts.binding.account if situation.facts.binding else None
    return GroupFact(id=situation.resource, name=name if isinstance(name, str) else "", team=team)


def _lasting_teams(situation: Situation, group: GroupFact) -> tuple[str, ...]:
    return access.teams_of(situation.policy, group) if access.has_teams(situation.policy) else ()


def touched(situation: Situation) -> Mapping[str, MemberFact]:
    """The users whom the change is about: those who join or leave, or all members of a group of another meaning."""
    return situation.members(everyone=means_another(situation))


def sync(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """The team's people change by exactly those who join and leave; a very large change is the whole list."""
    above, rule = situation.policy.groups.whole_above, "groups.membership"
    nested = situation.policy.groups.nested == "flatten" and any(
        k.type != "User" for k in (*added(situation), *removed(situation))
    )
    own = evolve(_as_fact(situation, situation.data), team=draft.bound.account)
    outer = _outer_teams(situation)
    teams = tuple(dict.fromkeys((*access.teams_of(situation.policy, own), *outer)))
    before = (
        (*_lasting_teams(situation, _as_fact(situation, situation.before)), *outer)
        if means_another(situation)
        else teams
    )
    for team in teams:
        if nested or team not in before or (above and len(added(situation)) + len(removed(situation)) > above):
            others = situation.policy.groups.membership == "additive"
            effect = SyncTeam(account="", team=team, everyone=True, keep_others=others or team not in before)
            draft = draft.note(rule, "the team's people are taken over as a whole", effect)
            continue
        join, leave = _accounts(situation, added(situation)), _accounts(situation, _out_of(situation, team))
        if join or leave:
            sync = SyncTeam(account="", team=team, join=join, leave=leave)
            draft = draft.note(rule, "people join or leave the team", sync)
    for team in before:
        if team not in teams and (leave := _everyone(situation)):
            sync = SyncTeam(account="", team=team, leave=leave)
            draft = draft.note(rule, "the group does not mean this team any more", sync)
    return _again(situation, draft)


def _outer_teams(situation: Situation) -> tuple[str, ...]:
    """The teams of the groups around this one, whose members its members are, too (POL-116)."""
    if situation.policy.groups.nested != "flatten":
        return ()
    return tuple(
        dict.fromkeys(team for group in situation.ancestors for team in access.teams_of(situation.policy, group))
    )


def sync_around(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """The group goes: the teams of the groups around it lose whoever was in them only by this one."""
    for team in _outer_teams(situation):
        effect = SyncTeam(
            account="", team=team, everyone=True, keep_others=situation.policy.groups.membership == "additive"
        )
        draft = draft.note("groups.nested", "the groups around it lose its people", effect)
    return draft


def _out_of(situation: Situation, team: str) -> tuple[Link, ...]:
    """The links lost, but for those of people whom another group keeps in the team."""
    return tuple(link for link in removed(situation) if not _still_in(situation, link, team))


def _still_in(situation: Situation, link: Link, team: str) -> bool:
    if situation.policy.groups.mode != "mapped" and situation.policy.groups.nested != "flatten":
        return False
    member = touched(situation).get(link.id)
    return any(team in access.teams_of(situation.policy, group) for group in (member.groups if member else None) or ())


def _everyone(situation: Situation) -> tuple[str, ...]:
    """The accounts that count in the group, or did before the change."""
    return _accounts(situation, tuple(Link("User", id) for id in touched(situation)))


def _accounts(situation: Situation, links: Iterable[Link]) -> tuple[str, ...]:
    """The accounts of those users who count as members in the state in which they are."""
    found = []
    for link in links:
        member = touched(situation).get(link.id) if link.type == "User" else None
        if member and member.binding and access.counts(situation.policy, member.binding, situation.facts.now):
            found.append(member.binding.account)
    return tuple(sorted(account for account in found if account is not None))


def _again(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """Whose groups change signs in again, where the policy says so (POL-119)."""
    if not situation.policy.groups.reauthenticate:
        return draft
    for account in _accounts(situation, (*added(situation), *removed(situation))):
        effect = RevokeCredentials(account=account, kinds=("sessions", "refresh_tokens"))
        draft = draft.note("groups.reauthenticate", "whose groups change signs in again", effect)
    return draft
