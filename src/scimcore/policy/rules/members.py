"""Who is in a group, and so in its teams: exactly those who join and leave (POL-114, POL-116, POL-119)."""

from collections.abc import Iterable, Mapping

from attrs import evolve

from scimcore.policy.case import Case, Draft
from scimcore.policy.effects import RevokeCredentials, SyncTeam
from scimcore.policy.facts import GroupFact, MemberFact
from scimcore.policy.rules import access, roles
from scimcore.resources.changes import Link
from scimcore.schema import MEMBERSHIP
from scimcore.schema.json import JsonObject


def added(case: Case) -> tuple[Link, ...]:
    """The links that the group gains."""
    return tuple(link for delta in case.change.relations if delta.relation == MEMBERSHIP for link in delta.added)


def removed(case: Case) -> tuple[Link, ...]:
    """The links that the group loses."""
    return tuple(link for delta in case.change.relations if delta.relation == MEMBERSHIP for link in delta.removed)


def means_another(case: Case) -> bool:
    """Whether a new name gives the group's members other teams or other roles: then all of them are looked at."""
    if not any(change.path == "displayName" for change in case.changes) or case.facts.binding is None:
        return False
    old, new = _as_fact(case, case.before), _as_fact(case, case.after)
    one, other = (roles.mapped(case.policy.roles, (group,)) for group in (old, new))
    by_role = "groups" in case.policy.roles.sources and one != other
    return by_role or _lasting_teams(case, old) != _lasting_teams(case, new)


def _as_fact(case: Case, data: JsonObject) -> GroupFact:
    """The group under the name that it has in the data."""
    name, team = data.get("displayName"), case.facts.binding.account if case.facts.binding else None
    return GroupFact(id=case.resource, name=name if isinstance(name, str) else "", team=team)


def _lasting_teams(case: Case, group: GroupFact) -> tuple[str, ...]:
    return access.teams_of(case.policy, group) if access.has_teams(case.policy) else ()


def touched(case: Case) -> Mapping[str, MemberFact]:
    """The users whom the change is about: those who join or leave, or all members of a group of another meaning."""
    return case.members(everyone=means_another(case))


def sync(case: Case, draft: Draft) -> Draft:
    """The team's people change by exactly those who join and leave; a very large change is the whole list."""
    above, rule = case.policy.groups.whole_above, "groups.membership"
    nested = case.policy.groups.nested == "flatten" and any(k.type != "User" for k in (*added(case), *removed(case)))
    own = evolve(_as_fact(case, case.data), team=draft.bound.account)
    outer = _outer_teams(case)
    teams = tuple(dict.fromkeys((*access.teams_of(case.policy, own), *outer)))
    before = (*_lasting_teams(case, _as_fact(case, case.before)), *outer) if means_another(case) else teams
    for team in teams:
        if nested or team not in before or (above and len(added(case)) + len(removed(case)) > above):
            others = case.policy.groups.membership == "additive"
            effect = SyncTeam(account="", team=team, everyone=True, keep_others=others or team not in before)
            draft = draft.say(rule, "the team's people are taken over as a whole", effect)
            continue
        join, leave = _accounts(case, added(case)), _accounts(case, _out_of(case, team))
        if join or leave:
            sync = SyncTeam(account="", team=team, join=join, leave=leave)
            draft = draft.say(rule, "people join or leave the team", sync)
    for team in before:
        if team not in teams and (leave := _everyone(case)):
            sync = SyncTeam(account="", team=team, leave=leave)
            draft = draft.say(rule, "the group does not mean this team any more", sync)
    return _again(case, draft)


def _outer_teams(case: Case) -> tuple[str, ...]:
    """The teams of the groups around this one, whose members its members are, too (POL-116)."""
    if case.policy.groups.nested != "flatten":
        return ()
    return tuple(dict.fromkeys(team for group in case.ancestors for team in access.teams_of(case.policy, group)))


def sync_around(case: Case, draft: Draft) -> Draft:
    """The group goes: the teams of the groups around it lose whoever was in them only by this one."""
    for team in _outer_teams(case):
        effect = SyncTeam(account="", team=team, everyone=True, keep_others=case.policy.groups.membership == "additive")
        draft = draft.say("groups.nested", "the groups around it lose its people", effect)
    return draft


def _out_of(case: Case, team: str) -> tuple[Link, ...]:
    """The links lost, but for those of people whom another group keeps in the team."""
    return tuple(link for link in removed(case) if not _still_in(case, link, team))


def _still_in(case: Case, link: Link, team: str) -> bool:
    if case.policy.groups.mode != "mapped" and case.policy.groups.nested != "flatten":
        return False
    member = touched(case).get(link.id)
    return any(team in access.teams_of(case.policy, group) for group in (member.groups if member else None) or ())


def _everyone(case: Case) -> tuple[str, ...]:
    """The accounts that count in the group, or did before the change."""
    return _accounts(case, tuple(Link("User", id) for id in touched(case)))


def _accounts(case: Case, links: Iterable[Link]) -> tuple[str, ...]:
    """The accounts of those users who count as members in the state in which they are."""
    found = []
    for link in links:
        member = touched(case).get(link.id) if link.type == "User" else None
        if member and member.binding and access.counts(case.policy, member.binding, case.facts.now):
            found.append(member.binding.account)
    return tuple(sorted(account for account in found if account is not None))


def _again(case: Case, draft: Draft) -> Draft:
    """Whose groups change signs in again, where the policy says so (POL-119)."""
    if not case.policy.groups.reauthenticate:
        return draft
    for account in _accounts(case, (*added(case), *removed(case))):
        effect = RevokeCredentials(account=account, kinds=("sessions", "refresh_tokens"))
        draft = draft.say("groups.reauthenticate", "whose groups change signs in again", effect)
    return draft


def flatten(group: str, members_of: Mapping[str, Iterable[Link]]) -> frozenset[str]:
    """The users in a group and in the groups inside it, each group looked into once: cycles end (POL-116)."""
    users: set[str] = set()
    seen, waiting = {group}, [group]
    while waiting:
        for link in members_of.get(waiting.pop(), ()):
            if link.type != "Group":
                users.add(link.id)
            elif link.id not in seen:
                seen.add(link.id)
                waiting.append(link.id)
    return frozenset(users)
