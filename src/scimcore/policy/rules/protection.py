"""Limits of what an identity provider can take away: the last owner, protected accounts, many users at once.

POL-100, POL-101 and the leaver limit (POL-141).
"""

from typing import Literal

from attrs import evolve

from scimcore._durations import HOUR
from scimcore.policy.choices.sentences import counted
from scimcore.policy.effects import SetRoles
from scimcore.policy.facts import Account
from scimcore.policy.refusals import guarded, sized, the_user, who
from scimcore.policy.rules import access, roles
from scimcore.policy.situation import PlanDraft, Refusal, Situation

Verdict = Literal["free", "owner", "ignore", "demote"]


def leaving(situation: Situation) -> Verdict:
    """Tell if the account may be disabled or deleted.

    `owner`: it may, because another owner is there. `ignore` and `demote` are for the caller to carry out. Raises
    Refusal if the policy refuses.
    """
    account = situation.account
    # No account, nothing to protect: an anonymised or a deleted user.
    if account is None:
        return "free"
    if account.protected and account.protected in situation.policy.protection.kinds:
        return _listed(situation)
    # A disabled owner has no access to lose, so disabling again or deleting is free. A leaver whose account still works
    # has it (POL-010).
    works = situation.binding.state in ("active", "invited", "pending") or access.waits(
        situation.binding, situation.facts.now
    )
    if not account.owner or not works:
        return "free"
    # The service takes the guard of the owners before it asks, so two requests cannot each see the other owner
    # (POL-101).
    if situation.other_owner(account.id):
        return "owner"
    if situation.policy.protection.last_owner == "ignore":
        return "ignore"
    raise last_owner(situation, "cannot be disabled or deleted")


def _listed(situation: Situation) -> Verdict:
    choice = situation.policy.protection.listed
    # `ignore` and `demote` go on; the caller answers the request as if it had worked.
    if choice != "reject":
        return choice
    text = (
        f"The account of {who(situation.data)} is protected in the product "
        "and cannot be disabled or deleted over SCIM. Remove the protection in the product first."
    )
    raise Refusal(
        "protection.listed", "The account is protected.", guarded(situation.policy.protection.error, text, "SC-2009")
    )


def last_owner(situation: Situation, what: str, rule: str = "protection.last_owner") -> Refusal:
    """The refusal that protects the last owner. `what` is the verb: "cannot be disabled"."""
    text = (
        f"The account of {who(situation.data)} is the last owner here and {what}. "
        "Make another user an owner in the product first."
    )
    return Refusal(rule, "The last owner must stay.", guarded(situation.policy.protection.error, text, "SC-2008"))


def check_approved(situation: Situation) -> None:
    """Refuse to let an approved leaver go who is the last owner by now. Raises Refusal."""
    # When the identity provider asked, another owner was there. `ignore` is about pushes: an admin is told.
    if leaving(situation) == "ignore" and not _is_listed(situation):
        raise last_owner(situation, "cannot be disabled or deleted")


def watch(situation: Situation, draft: PlanDraft, verdict: Verdict) -> PlanDraft:
    """Note that an owner leaves while another one stays."""
    if verdict != "owner":
        return draft
    return draft.note("protection.last_owner", "An owner leaves. Another owner stays.")


def passed_over(situation: Situation, draft: PlanDraft, verdict: Verdict) -> PlanDraft:
    """Record that a protected account stays, and demote it if the policy says so."""
    rule = "protection.listed" if verdict == "demote" or _is_listed(situation) else "protection.last_owner"
    draft = draft.note(
        rule, "The account is protected. It stays as it is, and the request is recorded.", about=("active",)
    )
    if verdict == "demote":
        return roles.give(draft, roles.fallback(situation.policy, situation.facts.tenant), "protection.listed")
    return draft


def _is_listed(situation: Situation) -> bool:
    account = situation.account
    return account is not None and account.protected in situation.policy.protection.kinds and bool(account.protected)


def loses_ownership(
    situation: Situation, account: Account | None, before: tuple[str, ...], after: tuple[str, ...]
) -> bool:
    """True if new roles take the owner's role away. An owner by other means than a role stays an owner."""
    owners = set(situation.policy.protection.owner_roles)
    # The account counts, and not what SCIM says of it: an owner whom the product made is protected as well.
    if account is None or not account.owner or owners & set(after):
        return False
    held = set(before) | set(account.roles)
    return not held or bool(owners & held)


def demoting(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """Keep the owner's role of the last owner after roles have changed. Raises Refusal if the policy refuses."""
    before = situation.binding.roles
    if draft.bound.roles == before or draft.bound.account is None:
        return draft
    # Cheap first: only roles without the owner's role can be a demotion, and only then the host is asked.
    possibly = not set(situation.policy.protection.owner_roles) & set(draft.bound.roles)
    if not possibly or not loses_ownership(situation, situation.account, before, draft.bound.roles):
        return draft
    if situation.other_owner(draft.bound.account):
        return draft
    return _keep_owner(situation, draft)


def _keep_owner(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """Refuse, ignore the change, or retain the owner's role although no source gives it (POL-100)."""
    choice = situation.policy.protection.last_owner
    if choice == "reject":
        raise last_owner(situation, "cannot lose the owner's role")
    account = situation.account
    held = (*situation.binding.roles, *(account.roles if account else ()))
    kept = tuple(dict.fromkeys(role for role in held if role in situation.policy.protection.owner_roles))
    # The effect that gave the new roles goes before the retained role is added: the host gets one set, and not two.
    draft = evolve(
        draft,
        effects=tuple(e for e in draft.effects if not isinstance(e, SetRoles)),
        notes=tuple(evolve(n, about=tuple(a for a in n.about if a != SetRoles.__name__)) for n in draft.notes),
    )
    if choice == "ignore":
        draft = draft.with_roles(situation.binding.roles)
        return draft.note("protection.last_owner", "The last owner keeps the roles, and the request is recorded.")
    roles_now = tuple(dict.fromkeys((*draft.bound.roles, *kept)))
    draft = evolve(draft, binding=evolve(draft.bound, retained=kept))
    if roles_now == situation.binding.roles:
        return draft.with_roles(roles_now).note("protection.last_owner", "The last owner keeps the owner's role.")
    return roles.give(draft, roles_now, "protection.last_owner")


def check_leaver_limit(situation: Situation) -> None:
    """Refuse the leaver who exceeds the limit, until an admin releases more (POL-141). Raises Refusal."""
    policy = situation.policy.safety
    # Off by default, and then it costs no query.
    if not (policy.max_leavers or policy.max_leavers_percent):
        return
    if situation.binding.state not in ("active", "invited"):
        return
    # The fact counts those who left before; this user is one more.
    leavers = situation.recent_leavers(policy.window_hours * HOUR) + 1
    limit = _limit(situation)
    if limit is not None and leavers > limit:
        text = (
            f"{the_user(situation.data)} cannot leave now: {counted(leavers - 1, 'user')} left within "
            f"{counted(policy.window_hours, 'hour')}, and the limit is {limit}. "
            "An admin of the product can release more."
        )
        raise Refusal("safety.max_leavers", "Too many users leave at once.", sized(policy.error, text, "SC-2012"))


def _limit(situation: Situation) -> int | None:
    """The number of users who may leave within the window: the smaller of the number and the share."""
    policy, limits = situation.policy.safety, []
    if policy.max_leavers:
        limits.append(policy.max_leavers)
    # Rounded down, but never below the floor: in a small tenant every share is nobody.
    if policy.max_leavers_percent:
        limits.append(max(policy.never_below, situation.managed_users * policy.max_leavers_percent // 100))
    return min(limits, default=None)
