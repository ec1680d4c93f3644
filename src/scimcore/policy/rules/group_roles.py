"""Roles by groups: each member whom a group change touches is computed anew (POL-062, POL-067, POL-100)."""

from collections.abc import Mapping

from attrs import evolve

from scimcore.policy.effects import SetRoles
from scimcore.policy.facts import Binding, MemberFact
from scimcore.policy.rules import members, protection, roles, seats
from scimcore.policy.situation import PlanDraft, Situation


def follow(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """The roles of each user whose groups change, computed anew from all of that user's groups (POL-067)."""
    if "groups" not in situation.policy.roles.sources or situation.policy.roles.master == "app":
        return draft
    if not (members.added(situation) or members.removed(situation) or members.means_another(situation)):
        return draft
    found = [
        (m, m.binding) for m in members.touched(situation).values() if m.binding and _follows(situation, m.binding)
    ]
    losers = tuple(sorted(b.account for m, b in found if b.account and _loses(situation, m, b)))
    kept = bool(losers) and not situation.other_owner(*losers)
    for member, binding in found:
        draft = _member(situation, draft, member, binding, retain=kept and binding.account in losers)
    before = {binding.resource: binding for _, binding in found}
    return seats.repool_members(situation, draft, [(before[b.resource], b) for b in draft.bindings])


def _follows(situation: Situation, binding: Binding) -> bool:
    """Whether the binding's roles follow the groups at all, now."""
    if binding.account is None or binding.state not in ("active", "invited", "pending", "suspended"):
        return False
    waits = binding.state == "suspended" and situation.policy.reactivate.roles != "recompute"
    return not waits and not (binding.memory.link_unconfirmed or binding.memory.guest)


def _now(situation: Situation, member: MemberFact, binding: Binding) -> tuple[tuple[str, ...], str | None]:
    return roles.of_account(situation, binding, member.data, member.groups or ())


def _loses(situation: Situation, member: MemberFact, binding: Binding) -> bool:
    """Whether the change takes an owner's role away from somebody who could use it."""
    now, _ = _now(situation, member, binding)
    return binding.state == "active" and protection.loses_ownership(situation, member.account, binding.roles, now)


def _member(situation: Situation, draft: PlanDraft, member: MemberFact, binding: Binding, *, retain: bool) -> PlanDraft:
    """One member's roles. `retain`: together with the others it would leave no owner (POL-100)."""
    now, default = _now(situation, member, binding)
    retained = binding.retained
    if retain:
        now, retained = _retained(situation, member, binding, now)
        draft = draft.note("protection.last_owner", "the last owner retains the owner's role")
    if now == binding.roles and retained == binding.retained:
        return draft
    memory = evolve(binding.memory, default_role=default)
    draft = evolve(draft, bindings=(*draft.bindings, evolve(binding, roles=now, retained=retained, memory=memory)))
    if now == binding.roles:
        return draft
    effect = SetRoles(account=binding.account or "", roles=now)
    return draft.note("roles.default" if default else "roles.mappings", "the roles follow the groups", effect)


def _retained(
    situation: Situation, member: MemberFact, binding: Binding, now: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The roles with the owner's kept, and what is kept; or the refusal."""
    if situation.policy.protection.last_owner == "reject":
        raise protection.last_owner(_about(situation, member.data), "cannot lose the owner's role through this group")
    held = (*binding.roles, *(member.account.roles if member.account else ()))
    kept = tuple(dict.fromkeys(role for role in held if role in situation.policy.protection.owner_roles))
    return tuple(dict.fromkeys((*now, *kept))), kept


def _about(situation: Situation, data: Mapping[str, object]) -> Situation:
    """The situation as if it were about a member, for a refusal that names them."""
    name = data.get("userName")
    return evolve(situation, after={"userName": name if isinstance(name, str) else ""})
