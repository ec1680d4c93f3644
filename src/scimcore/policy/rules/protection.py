"""What a push cannot take away: the last owner, protected accounts, and too many users at once."""

from typing import Literal

from attrs import evolve

from scimcore.policy.facts import Account
from scimcore.policy.refusals import guarded, sized, the_user, who
from scimcore.policy.rules import roles
from scimcore.policy.situation import PlanDraft, Refusal, Situation
from scimcore.policy.values import HOUR

Verdict = Literal["free", "owner", "ignore", "demote"]


def leaving(situation: Situation) -> Verdict:
    """Whether the account may be taken away. `owner`: yes, as long as another owner is still there at the write.

    Refuses what the policy refuses; `ignore` and `demote` are for the caller to carry out.
    """
    account = situation.account
    if account is None:
        return "free"
    if account.protected and account.protected in situation.policy.protection.kinds:
        return _listed(situation)
    if not account.owner or situation.binding.state not in ("active", "invited", "pending"):
        return "free"
    if situation.other_owner():
        return "owner"
    if situation.policy.protection.last_owner == "ignore":
        return "ignore"
    raise last_owner(situation, "cannot be disabled or deleted")


def _listed(situation: Situation) -> Verdict:
    choice = situation.policy.protection.listed
    if choice != "reject":
        return choice
    text = (
        f"The account of {who(situation.data)} is protected in the product "
        "and cannot be disabled or deleted over SCIM. Lift the protection in the product first."
    )
    raise Refusal(
        "protection.listed", "a protected account", guarded(situation.policy.protection.error, text, "SC-2009")
    )


def last_owner(situation: Situation, what: str, rule: str = "protection.last_owner") -> Refusal:
    """The refusal that keeps the last owner."""
    text = (
        f"The account of {who(situation.data)} is the last owner here and {what}. "
        "Make another user an owner in the product first."
    )
    return Refusal(rule, "the last owner must stay", guarded(situation.policy.protection.error, text, "SC-2008"))


def watch(situation: Situation, draft: PlanDraft, verdict: Verdict) -> PlanDraft:
    """Another owner must still be there when the plan is written."""
    if verdict != "owner":
        return draft
    return draft.note("protection.last_owner", "an owner leaves; another one is there")


def passed_over(situation: Situation, draft: PlanDraft, verdict: Verdict) -> PlanDraft:
    """Not taken away: recorded, and demoted where the policy says so."""
    rule = "protection.listed" if verdict == "demote" or _is_listed(situation) else "protection.last_owner"
    draft = draft.note(rule, "protected: the account stays as it is, the request is recorded", about=("active",))
    if verdict == "demote":
        return roles.give(draft, roles.fallback(situation.policy, situation.facts.tenant), "protection.listed")
    return draft


def _is_listed(situation: Situation) -> bool:
    account = situation.account
    return account is not None and account.protected in situation.policy.protection.kinds and bool(account.protected)


def loses_ownership(
    situation: Situation, account: Account | None, before: tuple[str, ...], after: tuple[str, ...]
) -> bool:
    """Whether new roles take an owner's role away. An owner by other means than a role stays one."""
    owners = set(situation.policy.protection.owner_roles)
    if account is None or not account.owner or owners & set(after):
        return False
    held = set(before) | set(account.roles)
    return not held or bool(owners & held)


def demoting(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """After roles have changed: the last owner keeps the role, by refusal, by passing over or by a retained grant."""
    before = situation.binding.roles
    if draft.bound.roles == before or draft.bound.account is None:
        return draft
    possibly = not set(situation.policy.protection.owner_roles) & set(draft.bound.roles)
    if not possibly or not loses_ownership(situation, situation.account, before, draft.bound.roles):
        return draft
    if situation.other_owner():
        return draft
    return _keep_owner(situation, draft)


def _keep_owner(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """POL-100: refuse, or retain the owner's role although no source gives it."""
    choice = situation.policy.protection.last_owner
    if choice == "reject":
        raise last_owner(situation, "cannot lose the owner's role")
    account = situation.account
    held = (*situation.binding.roles, *(account.roles if account else ()))
    kept = tuple(dict.fromkeys(role for role in held if role in situation.policy.protection.owner_roles))
    draft = evolve(
        draft,
        effects=tuple(e for e in draft.effects if type(e).__name__ != "SetRoles"),
        notes=tuple(evolve(n, about=tuple(a for a in n.about if a != "SetRoles")) for n in draft.notes),
    )
    if choice == "ignore":
        draft = draft.with_roles(situation.binding.roles)
        return draft.note("protection.last_owner", "the last owner keeps the roles; the request is recorded")
    roles_now = tuple(dict.fromkeys((*draft.bound.roles, *kept)))
    draft = evolve(draft, binding=evolve(draft.bound, retained=kept))
    if roles_now == situation.binding.roles:
        return draft.with_roles(roles_now).note("protection.last_owner", "the last owner retains the owner's role")
    return roles.give(draft, roles_now, "protection.last_owner")


def check_leaver_limit(situation: Situation) -> None:
    """Hold one leaver too many until an admin releases it. Who has left already is not counted again."""
    policy = situation.policy.safety
    if not (policy.max_leavers or policy.max_leavers_percent):
        return
    if situation.binding.state not in ("active", "invited"):
        return
    leavers = situation.recent_leavers(policy.window_hours * HOUR) + 1
    limit = _limit(situation)
    if limit is not None and leavers > limit:
        text = (
            f"{the_user(situation.data)} is held: {leavers - 1} users have left within {policy.window_hours} hours, "
            f"and {limit} may. An admin of the product releases the hold, then it goes through at the next attempt."
        )
        raise Refusal("safety.max_leavers", "too many are leaving at once", sized(policy.error, text, "SC-2012"))


def _limit(situation: Situation) -> int | None:
    """How many may leave within the window: the smaller of the number and the share."""
    policy, limits = situation.policy.safety, []
    if policy.max_leavers:
        limits.append(policy.max_leavers)
    if policy.max_leavers_percent:
        limits.append(max(policy.never_below, situation.managed_users * policy.max_leavers_percent // 100))
    return min(limits, default=None)
