"""Groups and teams: what a group is, who counts in it, and which roles follow (POL-110 to POL-119)."""

from collections.abc import Iterable, Mapping
from typing import Literal

from attrs import evolve

from scimcore.errors import Forbidden, InvalidValue, NotFound, NotImplementedHere, Uniqueness
from scimcore.policy.case import Case, Draft, Refused
from scimcore.policy.effects import (
    OPENED,
    CreateTeam,
    DeleteTeam,
    RenameTeam,
    RevokeCredentials,
    SetRoles,
    SyncTeam,
)
from scimcore.policy.facts import Binding, GroupFact, MemberFact
from scimcore.policy.plans import NotLastOwner
from scimcore.policy.refusals import who
from scimcore.policy.rules import access, protection, roles, seats
from scimcore.policy.triggers import Disconnected
from scimcore.resources.changes import Link
from scimcore.schema import MEMBERSHIP
from scimcore.schema.json import JsonObject


def added(case: Case) -> tuple[Link, ...]:
    """The links that the group gains."""
    return tuple(link for delta in case.change.relations if delta.relation == MEMBERSHIP for link in delta.added)


def removed(case: Case) -> tuple[Link, ...]:
    """The links that the group loses."""
    return tuple(link for delta in case.change.relations if delta.relation == MEMBERSHIP for link in delta.removed)


def create(case: Case) -> Draft:
    """POST of a group."""
    _check(case)
    if case.facts.namesake is not None:
        raise _name_taken(case)
    _check_count(case)
    binding = Binding(
        resource=case.resource,
        type="Group",
        account=None,
        state="active",
        connection=case.facts.connection,
        since=case.facts.now,
    )
    paths = tuple(c.path for c in case.changes)
    draft = Draft(outcome="created", binding=binding).say("groups.mode", _MODES[case.policy.groups.mode], about=paths)
    if case.policy.groups.mode == "team":
        draft = _team(case, draft)
    return _members(case, draft)


_MODES = {
    "team": "the group is a team",
    "mapped": "the group is stored; an admin says which teams it means",
    "store": "the group is stored, and means nothing",
    "roles": "the group is stored, and gives roles",
    "off": "groups are not taken",
}


def _team(case: Case, draft: Draft) -> Draft:
    """The team of a new group: its own, or one that is there (POL-111)."""
    own = case.resource or OPENED
    choice = case.policy.groups.collision
    there = None
    if choice != "beside":
        there = case.team
    if there is None:
        return _opened(draft, CreateTeam(account="", team=own), "a team for the group")
    if choice == "adopt" and not there.managed:
        return _opened(draft, CreateTeam(account="", team=there.id, adopt=True), "the team of that name is the group's")
    if choice == "suffix":
        effect = CreateTeam(account="", team=own, suffix=f" ({there.namesakes + 1})")
        return _opened(draft, effect, "a team with a number behind the name")
    raise _team_taken(case)


def _opened(draft: Draft, effect: CreateTeam, text: str) -> Draft:
    draft = evolve(draft, binding=evolve(draft.bound, account=effect.team))
    return draft.say("groups.collision", text, effect)


def update(case: Case) -> Draft:
    """PUT or PATCH of a group."""
    if case.facts.binding is None:
        raise gone(case)
    _check(case)
    draft = Draft(outcome="updated", binding=case.binding)
    draft = _renamed(case, draft)
    others = tuple(c.path for c in case.changes if c.path != "displayName")
    if others:
        draft = draft.say("mastery.default", "stored", about=others)
    return _members(case, draft)


def _renamed(case: Case, draft: Draft) -> Draft:
    """SCIM shows the name as sent; the team follows or not (POL-112)."""
    about = ("displayName",)
    if not any(c.path == "displayName" for c in case.changes):
        return draft
    team = case.binding.account
    if team is None or case.policy.groups.mode != "team":
        return draft.say("groups.rename", "the name is stored", about=about)
    if case.policy.groups.rename == "keep":
        return draft.say("groups.rename", "the team keeps its name", about=about)
    return draft.say("groups.rename", "the team is renamed", RenameTeam(account="", team=team), about=about)


def delete(case: Case) -> Draft:
    """DELETE of a group: the users stay (POL-113)."""
    if case.facts.binding is None:
        raise gone(case)
    draft = Draft(outcome="deleted", binding=case.binding, drops_links=True, unbinds=True)
    if case.policy.groups.mode == "mapped" and access.has_teams(case.policy):
        draft = _sync(case, draft)
    draft = _dissolve(case, draft, case.policy.groups.on_delete)
    keeps = case.policy.groups.roles_after_delete == "keep"
    if keeps and "groups" in case.policy.roles.sources:
        return draft.say("groups.roles_after_delete", "roles from the group stay")
    return _roles(case, draft)


def _dissolve(case: Case, draft: Draft, mode: str) -> Draft:
    team = case.binding.account
    if team is None or case.policy.groups.mode != "team":
        return draft.say("groups.on_delete", "the group goes; it had no team of its own")
    texts = {"delete": "the team is deleted", "unlink": "the team is the product's own", "archive": "it is archived"}
    effect = DeleteTeam(account="", team=team, mode=_delete_mode(mode))
    return draft.say("groups.on_delete", f"the group goes: {texts[mode]}; its people stay", effect)


def _delete_mode(mode: str) -> Literal["delete", "unlink", "archive"]:
    return "delete" if mode == "delete" else "unlink" if mode == "unlink" else "archive"


def disconnect(case: Case) -> Draft:
    """The connection ends: teams stay as the product's own, or go (POL-086)."""
    draft = Draft(outcome="accepted", binding=case.facts.binding, unbinds=True)
    mode = "delete" if case.policy.linking.groups_on_disconnect == "delete" else "unlink"
    return draft if case.facts.binding is None else _dissolve(case, draft, mode)


def host_event(case: Case) -> Draft:
    """Something happens in the product to a team that a group stands for."""
    if isinstance(case.trigger, Disconnected):
        return disconnect(case)
    return Draft(outcome="accepted", binding=case.facts.binding).say("groups.membership", "nothing changes")


def edit_members(case: Case) -> Draft:
    """A local admin wants to change who is in a team (POL-114)."""
    if case.policy.groups.membership == "locked":
        text = "Who is in this team is decided in the identity provider. Change the group there."
        raise Refused("groups.membership", "the team is the identity provider's", Forbidden(text, code="SC-2023"))
    return Draft(outcome="accepted", binding=case.facts.binding).say("groups.membership", "the product's own people")


# checks


def _check(case: Case) -> None:
    """What a group must not be."""
    policy = case.policy.groups
    if policy.mode == "off":
        text = "Groups are not provisioned here. Take the group mapping out of the identity provider's configuration."
        raise Refused("groups.mode", "groups are not taken", NotImplementedHere(text, code="SC-2024"))
    nested = [link for link in added(case) if link.type == "Group"]
    if nested and policy.nested == "reject":
        text = f"{len(nested)} of the new members of {who(case.data)} are groups. Add their users instead."
        raise Refused("groups.nested", "a group in a group", InvalidValue(text, code="SC-2025"))
    if policy.max_members and added(case):
        _check_size(case)


def _check_size(case: Case) -> None:
    count, limit = case.member_count, case.policy.groups.max_members
    if count > limit:
        text = f"{who(case.data).capitalize()} would have {count} members; {limit} is the limit. Split the group."
        raise Refused("groups.max_members", "the group is full", InvalidValue(text, code="SC-2026"))


def _check_count(case: Case) -> None:
    limit = case.policy.groups.max_groups
    if not limit:
        return
    count = case.group_count
    if count >= limit:
        text = f"There are {count} groups; {limit} is the limit. Delete one before {who(case.data)} is created."
        raise Refused("groups.max_groups", "there are groups enough", InvalidValue(text, code="SC-2026"))


def _name_taken(case: Case) -> Refused:
    text = f"{who(case.after).capitalize()} exists already. Match it by displayName, or choose another name."
    return Refused("groups.collision", "a group of that name exists", Uniqueness(text, code="SC-2004"))


def _team_taken(case: Case) -> Refused:
    text = f"A team named as {who(case.after)} exists already. Rename one of them, and provision the group again."
    return Refused("groups.collision", "a team of that name exists", Uniqueness(text, code="SC-2027"))


def gone(case: Case) -> Refused:
    """A change of something that is not there."""
    text = f"{who(case.data).capitalize()} is not here any more. Unassign it in the identity provider, assign it again."
    return Refused("lifecycle", "nothing is there", NotFound(text, code="SC-2029"))


# members


def _members(case: Case, draft: Draft) -> Draft:
    """Who counts in the team now, and which roles follow."""
    renamed = _means_another(case)
    if not (added(case) or removed(case) or renamed):
        return draft if draft.notes else draft.say("groups.mode", "the group changes")
    if added(case) or removed(case):
        draft = draft.say("groups.membership", "the memberships are stored", about=("members",))
    if access.has_teams(case.policy):
        draft = _sync(case, draft)
    return _roles(case, draft)


def _means_another(case: Case) -> bool:
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


def _touched(case: Case) -> Mapping[str, MemberFact]:
    """The users whom the change is about: those who join or leave, or all members of a group of another meaning."""
    return case.members(everyone=_means_another(case))


def _sync(case: Case, draft: Draft) -> Draft:
    """The team's people change by exactly those who join and leave; a very large change is the whole list."""
    above, rule = case.policy.groups.whole_above, "groups.membership"
    nested = case.policy.groups.nested == "flatten" and any(k.type != "User" for k in (*added(case), *removed(case)))
    own = evolve(_as_fact(case, case.data), team=draft.bound.account)
    teams = access.teams_of(case.policy, own)
    before = _lasting_teams(case, _as_fact(case, case.before)) if _means_another(case) else teams
    for team in teams:
        if nested or team not in before or (above and len(added(case)) + len(removed(case)) > above):
            others = case.policy.groups.membership == "additive"
            effect = SyncTeam(account="", team=team, everyone=True, keep_others=others or team not in before)
            draft = draft.say(rule, "the team's people are taken over as a whole", effect)
            continue
        join, leave = _accounts(case, added(case)), _accounts(case, removed(case))
        if join or leave:
            sync = SyncTeam(account="", team=team, join=join, leave=leave)
            draft = draft.say(rule, "people join or leave the team", sync)
    for team in before:
        if team not in teams and (leave := _everyone(case)):
            sync = SyncTeam(account="", team=team, leave=leave)
            draft = draft.say(rule, "the group does not mean this team any more", sync)
    return _again(case, draft)


def _everyone(case: Case) -> tuple[str, ...]:
    """The accounts that count in the group, or did before the change."""
    return _accounts(case, tuple(Link("User", id) for id in _touched(case)))


def _accounts(case: Case, links: Iterable[Link]) -> tuple[str, ...]:
    """The accounts of those users who count as members in the state in which they are."""
    found = []
    for link in links:
        member = _touched(case).get(link.id) if link.type == "User" else None
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


# roles by groups


def _roles(case: Case, draft: Draft) -> Draft:
    """The roles of each user whose groups change, computed anew from all of that user's groups (POL-067)."""
    if "groups" not in case.policy.roles.sources or case.policy.roles.master == "app":
        return draft
    if not (added(case) or removed(case) or _means_another(case)):
        return draft
    members = [(m, m.binding) for m in _touched(case).values() if m.binding and _follows(case, m.binding)]
    losers = tuple(sorted(b.account for m, b in members if b.account and _loses(case, m, b)))
    kept = bool(losers) and not case.other_owner(*losers)
    for account in losers if not kept else ():
        draft = draft.guard(NotLastOwner(account))
    for member, binding in members:
        draft = _member(case, draft, member, binding, retain=kept and binding.account in losers)
    before = {binding.resource: binding for _, binding in members}
    return seats.repool_members(case, draft, [(before[b.resource], b) for b in draft.bindings])


def _follows(case: Case, binding: Binding) -> bool:
    """Whether the binding's roles follow the groups at all, now."""
    if binding.account is None or binding.state not in ("active", "invited", "pending", "suspended"):
        return False
    waits = binding.state == "suspended" and case.policy.reactivate.roles != "recompute"
    return not waits and not ({"link", "guest"} & set(binding.memory))


def _now(case: Case, member: MemberFact, binding: Binding) -> tuple[tuple[str, ...], str | None]:
    return roles.of_account(case, binding, member.data, member.groups or ())


def _loses(case: Case, member: MemberFact, binding: Binding) -> bool:
    """Whether the change takes an owner's role away from somebody who could use it."""
    now, _ = _now(case, member, binding)
    return binding.state == "active" and protection.loses_ownership(case, member.account, binding.roles, now)


def _member(case: Case, draft: Draft, member: MemberFact, binding: Binding, *, retain: bool) -> Draft:
    """One member's roles. `retain`: together with the others it would leave no owner (POL-100)."""
    now, default = _now(case, member, binding)
    retained = binding.retained
    if retain:
        now, retained = _retained(case, member, binding, now)
        draft = draft.say("protection.last_owner", "the last owner retains the owner's role")
    if now == binding.roles and retained == binding.retained:
        return draft
    memory = {k: v for k, v in {**binding.memory, "default_role": default}.items() if v is not None}
    draft = evolve(draft, bindings=(*draft.bindings, evolve(binding, roles=now, retained=retained, memory=memory)))
    if now == binding.roles:
        return draft
    effect = SetRoles(account=binding.account or "", roles=now)
    return draft.say("roles.default" if default else "roles.mappings", "the roles follow the groups", effect)


def _retained(
    case: Case, member: MemberFact, binding: Binding, now: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The roles with the owner's kept, and what is kept; or the refusal."""
    if case.policy.protection.last_owner == "reject":
        raise protection.last_owner(_about(case, member.data), "cannot lose the owner's role through this group")
    held = (*binding.roles, *(member.account.roles if member.account else ()))
    kept = tuple(dict.fromkeys(role for role in held if role in case.policy.protection.owner_roles))
    return tuple(dict.fromkeys((*now, *kept))), kept


def _about(case: Case, data: Mapping[str, object]) -> Case:
    """The case as if it were about a member, for a refusal that names them."""
    name = data.get("userName")
    return evolve(case, after={"userName": name if isinstance(name, str) else ""})


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
