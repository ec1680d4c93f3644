"""The last owner, and other accounts that a push cannot take away (POL-100, POL-101)."""

from typing import Literal

from attrs import evolve

from scimcore.policy.case import Case, Draft, Refused
from scimcore.policy.facts import Account
from scimcore.policy.plans import NotLastOwner
from scimcore.policy.refusals import guarded, who
from scimcore.policy.rules import roles

Verdict = Literal["free", "owner", "ignore", "demote"]


def leaving(case: Case) -> Verdict:
    """Whether the account may be taken away. `owner`: yes, as long as another owner is still there at the write.

    Refuses what the policy refuses; `ignore` and `demote` are for the caller to carry out.
    """
    account = case.account
    if account is None:
        return "free"
    if account.protected and account.protected in case.policy.protection.kinds:
        return _listed(case)
    if not account.owner or case.binding.state not in ("active", "invited", "pending"):
        return "free"
    if case.other_owner():
        return "owner"
    if case.policy.protection.last_owner == "ignore":
        return "ignore"
    raise last_owner(case, "cannot be disabled or deleted")


def _listed(case: Case) -> Verdict:
    choice = case.policy.protection.listed
    if choice != "reject":
        return choice
    text = (
        f"The account of {who(case.data)} is protected in the product and cannot be disabled or deleted over SCIM. "
        "Lift the protection in the product first."
    )
    raise Refused("protection.listed", "a protected account", guarded(case.policy.protection.error, text, "SC-2009"))


def last_owner(case: Case, what: str, rule: str = "protection.last_owner") -> Refused:
    """The refusal that keeps the last owner."""
    text = (
        f"The account of {who(case.data)} is the last owner here and {what}. "
        "Make another user an owner in the product first."
    )
    return Refused(rule, "the last owner must stay", guarded(case.policy.protection.error, text, "SC-2008"))


def watch(case: Case, draft: Draft, verdict: Verdict) -> Draft:
    """Another owner must still be there when the plan is written."""
    if verdict != "owner":
        return draft
    guard = NotLastOwner(draft.account)
    return draft.guard(guard).say("protection.last_owner", "an owner leaves; another one is there")


def passed_over(case: Case, draft: Draft, verdict: Verdict) -> Draft:
    """Not taken away: recorded, and demoted where the policy says so."""
    rule = "protection.listed" if verdict == "demote" or _is_listed(case) else "protection.last_owner"
    draft = draft.say(rule, "protected: the account stays as it is, the request is recorded", about=("active",))
    if verdict == "demote":
        return roles.give(draft, roles.fallback(case.policy, case.facts.tenant), "protection.listed")
    return draft


def _is_listed(case: Case) -> bool:
    account = case.account
    return account is not None and account.protected in case.policy.protection.kinds and bool(account.protected)


def loses_ownership(case: Case, account: Account | None, before: tuple[str, ...], after: tuple[str, ...]) -> bool:
    """Whether new roles take an owner's role away. An owner by other means than a role stays one."""
    owners = set(case.policy.protection.owner_roles)
    if account is None or not account.owner or owners & set(after):
        return False
    held = set(before) | set(account.roles)
    return not held or bool(owners & held)


def demoting(case: Case, draft: Draft) -> Draft:
    """After roles have changed: the last owner keeps the role, by refusal, by passing over or by a retained grant."""
    before = case.binding.roles
    if draft.bound.roles == before or draft.bound.account is None:
        return draft
    possibly = not set(case.policy.protection.owner_roles) & set(draft.bound.roles)
    if not possibly or not loses_ownership(case, case.account, before, draft.bound.roles):
        return draft
    if case.other_owner():
        return draft.guard(NotLastOwner(draft.account))
    return _keep_owner(case, draft)


def _keep_owner(case: Case, draft: Draft) -> Draft:
    """POL-100: refuse, or retain the owner's role although no source gives it."""
    choice = case.policy.protection.last_owner
    if choice == "reject":
        raise last_owner(case, "cannot lose the owner's role")
    account = case.account
    held = (*case.binding.roles, *(account.roles if account else ()))
    kept = tuple(dict.fromkeys(role for role in held if role in case.policy.protection.owner_roles))
    draft = evolve(
        draft,
        effects=tuple(e for e in draft.effects if type(e).__name__ != "SetRoles"),
        notes=tuple(evolve(n, about=tuple(a for a in n.about if a != "SetRoles")) for n in draft.notes),
    )
    if choice == "ignore":
        draft = draft.with_roles(case.binding.roles)
        return draft.say("protection.last_owner", "the last owner keeps the roles; the request is recorded")
    roles_now = tuple(dict.fromkeys((*draft.bound.roles, *kept)))
    draft = evolve(draft, binding=evolve(draft.bound, retained=kept))
    if roles_now == case.binding.roles:
        return draft.with_roles(roles_now).say("protection.last_owner", "the last owner retains the owner's role")
    return roles.give(draft, roles_now, "protection.last_owner")
