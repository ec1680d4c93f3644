"""The members of a group: the teams that they join or leave, and their roles (POL-062, POL-067, POL-114, POL-116)."""

from collections.abc import Iterable, Mapping

from attrs import evolve

from scimcore.policy.effects import RevokeCredentials, SetRoles, SyncTeam
from scimcore.policy.facts import Binding, GroupFact, MemberFact
from scimcore.policy.rules import access, protection, roles, seats
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


def has_new_meaning(situation: Situation) -> bool:
    """True if a new name means other teams or other roles, so that the change is about all members."""
    if not any(change.path == "displayName" for change in situation.changes) or situation.facts.binding is None:
        return False
    # Roles and mapped teams name groups by displayName: a renamed group may mean others, for every member.
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
    """The users whom the change is about: those who join or leave, or all if the group has a new meaning."""
    return situation.members(everyone=has_new_meaning(situation))


def sync(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """Let exactly those users join and leave the team who join and leave the group.

    A very large change hands over the whole list instead (`groups.whole_above`).
    """
    # An effect per member is what hosts like best; a whole list is what a large change needs.
    above, rule = situation.policy.groups.whole_above, "groups.membership"
    # A group that joins or leaves brings users whom the change does not name, so the whole list is the only right
    # answer.
    nested = situation.policy.groups.nested == "flatten" and any(
        k.type != "User" for k in (*added(situation), *removed(situation))
    )
    own = evolve(_as_fact(situation, situation.data), team=draft.bound.account)
    # POL-116: who is in this group is in the groups around it as well, and so in their teams.
    outer = _outer_teams(situation)
    teams = tuple(dict.fromkeys((*access.teams_of(situation.policy, own), *outer)))
    before = (
        (*_lasting_teams(situation, _as_fact(situation, situation.before)), *outer)
        if has_new_meaning(situation)
        else teams
    )
    for team in teams:
        if nested or team not in before or (above and len(added(situation)) + len(removed(situation)) > above):
            others = situation.policy.groups.membership == "additive"
            effect = SyncTeam(account="", team=team, everyone=True, keep_others=others or team not in before)
            draft = draft.note(rule, "The product takes over the whole list of members of the team.", effect)
            continue
        join, leave = _accounts(situation, added(situation)), _accounts(situation, _out_of(situation, team))
        if join or leave:
            sync = SyncTeam(account="", team=team, join=join, leave=leave)
            draft = draft.note(rule, "Users join or leave the team.", sync)
    for team in before:
        if team not in teams and (leave := _everyone(situation)):
            sync = SyncTeam(account="", team=team, leave=leave)
            draft = draft.note(rule, "The group does not stand for this team any more.", sync)
    return _again(situation, draft)


def _outer_teams(situation: Situation) -> tuple[str, ...]:
    """The teams of the groups that this group is in: its members count there too (POL-116)."""
    if situation.policy.groups.nested != "flatten":
        return ()
    return tuple(
        dict.fromkeys(team for group in situation.ancestors for team in access.teams_of(situation.policy, group))
    )


def sync_around(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """Take the users out of the outer teams who were in them only through the deleted group."""
    for team in _outer_teams(situation):
        effect = SyncTeam(
            account="", team=team, everyone=True, keep_others=situation.policy.groups.membership == "additive"
        )
        draft = draft.note("groups.nested", "The outer groups lose the members of the group.", effect)
    return draft


def _out_of(situation: Situation, team: str) -> tuple[Link, ...]:
    """The links that the group loses, without users whom another group keeps in the team."""
    return tuple(link for link in removed(situation) if not _still_in(situation, link, team))


def _still_in(situation: Situation, link: Link, team: str) -> bool:
    # One team per group: nobody else can keep the user in it.
    if situation.policy.groups.mode != "mapped" and situation.policy.groups.nested != "flatten":
        return False
    member = touched(situation).get(link.id)
    return any(team in access.teams_of(situation.policy, group) for group in (member.groups if member else None) or ())


def _everyone(situation: Situation) -> tuple[str, ...]:
    """The accounts that count in the group now or did before the change."""
    return _accounts(situation, tuple(Link("User", id) for id in touched(situation)))


def _accounts(situation: Situation, links: Iterable[Link]) -> tuple[str, ...]:
    """The accounts of the users whose state lets them count as members."""
    found = []
    for link in links:
        member = touched(situation).get(link.id) if link.type == "User" else None
        if member and member.binding and access.counts(situation.policy, member.binding, situation.facts.now):
            found.append(member.binding.account)
    # Sorted, so that the same change gives the same effects, whatever order the links came in.
    return tuple(sorted(account for account in found if account is not None))


def _again(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """End the sessions of users who join or leave, if the policy says so (POL-119)."""
    if not situation.policy.groups.reauthenticate:
        return draft
    for account in _accounts(situation, (*added(situation), *removed(situation))):
        effect = RevokeCredentials(account=account, kinds=("sessions", "refresh_tokens"))
        draft = draft.note(
            "groups.reauthenticate", "The groups of the user change, so the user must sign in again.", effect
        )
    return draft


def follow_roles(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """Compute the roles of each user whose groups change again, from all groups of that user (POL-067)."""
    # `app`: groups gave roles at the beginning; after that they are the product's (POL-065).
    if "groups" not in situation.policy.roles.sources or situation.policy.roles.master == "app":
        return draft
    if not (added(situation) or removed(situation) or has_new_meaning(situation)):
        return draft
    found = [(m, m.binding) for m in touched(situation).values() if m.binding and _follows(situation, m.binding)]
    # All who lose the owner's role are asked about together: two owners who leave in one change are each "not the last"
    # alone.
    losers = tuple(sorted(b.account for m, b in found if b.account and _loses(situation, m, b)))
    kept = bool(losers) and not situation.other_owner(*losers)
    for member, binding in found:
        draft = _member_roles(situation, draft, member, binding, retain=kept and binding.account in losers)
    # Seats come last: the roles of all members decide which pools they need.
    before = {binding.resource: binding for _, binding in found}
    return seats.repool_members(situation, draft, [(before[b.resource], b) for b in draft.bindings])


def _follows(situation: Situation, binding: Binding) -> bool:
    """True if the roles of the binding follow the groups now."""
    if binding.account is None or binding.state not in ("active", "invited", "pending", "suspended"):
        return False
    # With `previous` or `default` a disabled user's roles are decided when it is enabled (POL-032).
    waits = binding.state == "suspended" and situation.policy.reactivate.roles != "recompute"
    return not waits and not (binding.memory.link_unconfirmed or binding.memory.guest)


def _now(situation: Situation, member: MemberFact, binding: Binding) -> tuple[tuple[str, ...], str | None]:
    return roles.of_account(situation, binding, member.data, member.groups or ())


def _loses(situation: Situation, member: MemberFact, binding: Binding) -> bool:
    """True if the change takes the owner's role away from an active user."""
    now, _ = _now(situation, member, binding)
    return binding.state == "active" and protection.loses_ownership(situation, member.account, binding.roles, now)


def _member_roles(
    situation: Situation, draft: PlanDraft, member: MemberFact, binding: Binding, *, retain: bool
) -> PlanDraft:
    """Give one member its roles. `retain`: without this member there would be no owner left (POL-100)."""
    now, default = _now(situation, member, binding)
    retained = binding.retained
    if retain:
        now, retained = _retained(situation, member, binding, now)
        draft = draft.note("protection.last_owner", "The last owner keeps the owner's role.")
    if now == binding.roles and retained == binding.retained:
        return draft
    # Remembered so that a new default role for new users only leaves this user alone (POL-060).
    memory = evolve(binding.memory, default_role=default)
    draft = evolve(draft, bindings=(*draft.bindings, evolve(binding, roles=now, retained=retained, memory=memory)))
    if now == binding.roles:
        return draft
    effect = SetRoles(account=binding.account or "", roles=now)
    return draft.note(
        "roles.default" if default else "roles.mappings", "The user gets the roles of the groups.", effect
    )


def _retained(
    situation: Situation, member: MemberFact, binding: Binding, now: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The roles with the owner's role retained, and the retained role. Raises Refusal if the policy refuses."""
    if situation.policy.protection.last_owner == "reject":
        raise protection.last_owner(_about(situation, member.data), "cannot lose the owner's role through this group")
    held = (*binding.roles, *(member.account.roles if member.account else ()))
    kept = tuple(dict.fromkeys(role for role in held if role in situation.policy.protection.owner_roles))
    return tuple(dict.fromkeys((*now, *kept))), kept


def _about(situation: Situation, data: Mapping[str, object]) -> Situation:
    """The situation as if it were about a member, for a refusal that names the user."""
    name = data.get("userName")
    return evolve(situation, after={"userName": name if isinstance(name, str) else ""})
