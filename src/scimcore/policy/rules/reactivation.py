"""Enabling again: the same account, a new one, or no (POL-030 to POL-032)."""

from attrs import evolve

from scimcore.errors import Forbidden
from scimcore.policy.case import Case, Draft, Refused, chain
from scimcore.policy.effects import ActivateAccount, AwaitSignIn, UpdateProfile
from scimcore.policy.facts import State
from scimcore.policy.refusals import the_user
from scimcore.policy.rules import access, changes, invitations, names, opening, protection, roles, seats
from scimcore.policy.rules.deactivation import DELAYED


def enable(case: Case) -> Draft:
    """`active` becomes true."""
    changes.check(case)
    if case.policy.reactivate.account == "refuse" and not _began_disabled(case):
        text = f"{the_user(case.data)} was disabled and cannot be enabled again. Create the user anew instead."
        raise Refused("reactivate.account", "enabling is not offered", Forbidden(text, code="SC-2014"))
    draft = Draft(outcome="updated", binding=case.binding)
    if case.binding.account is None:
        return anew(case, draft)
    if _began_disabled(case):
        return _welcome(case, _restore(case, draft.remember(fresh=None)))
    if case.policy.reactivate.account == "new":
        return anew(case, draft)
    if access.waits(case.binding, case.facts.now):
        return _never_mind(case, draft)
    return _restore(case, draft)


def _began_disabled(case: Case) -> bool:
    """Created with active false and never enabled since: the account waits for its first day, nobody left it."""
    return "fresh" in case.binding.memory


def _welcome(case: Case, draft: Draft) -> Draft:
    """Who begins today is written to like anybody else who begins; an invited one has been already."""
    return invitations.write(case, draft) if draft.bound.state == "active" and not draft.bound.held else draft


def _never_mind(case: Case, draft: Draft) -> Draft:
    """Enabled within the delay: what waited is called off, and nothing has happened (POL-010)."""
    draft = draft.move(_back_to(case), case.facts.now).remember(waits=None, was=None, seat_until=None, left=None)
    draft = draft.cancel(*DELAYED).say("deactivate.timing", "enabled in time; what waited is off", about=("active",))
    if draft.bound.state == "invited":
        draft = invitations.write(case, draft)
    return chain(case, draft, changes.profile, _roles_now, access.memberships)


def _back_to(case: Case) -> State:
    """The state from before: who never signed in is invited again (POL-054)."""
    was = case.binding.memory.get("was")
    return "invited" if was == "invited" else "pending" if was == "pending" else "active"


def _restore(case: Case, draft: Draft) -> Draft:
    """The same account works again. A local admin's hold is not for the identity provider to lift."""
    seat = () if seats.uses(case.policy, case.binding, case.facts.now) else seats.needed(case, _back_to(case))
    case.foresee(*seat, *access.needed(case))
    draft = draft.move(_back_to(case), case.facts.now).remember(waits=None, was=None)
    draft = _roles_now(case, draft)
    draft = _calm(case, draft)
    draft = seats.take(case, draft)
    draft = _open(case, draft.remember(seat_until=None))
    draft = changes.profile(case, draft)
    if case.policy.deactivate.personal_data == "obfuscate":
        whole = UpdateProfile(account=draft.account, paths=tuple(sorted(key for key in case.after if key != "schemas")))
        draft = draft.say("deactivate.personal_data", "name and e-mail come back", whole)
    draft = access.memberships(case, draft)
    return chain(case, draft, names.follow, protection.demoting, names.hand_over)


def _calm(case: Case, draft: Draft) -> Draft:
    """A seat that is still to be released is not."""
    return draft.cancel("ReleaseSeat") if case.binding.memory.get("seat_until") else draft


def _open(case: Case, draft: Draft) -> Draft:
    if draft.bound.held:
        return draft.say("reactivate.account", "enabled; a local admin's suspension stays", about=("active",))
    if draft.bound.state == "pending":
        return draft.say("reactivate.account", "enabled; still waits for an approval", about=("active",))
    if draft.bound.state == "invited":
        wait = AwaitSignIn(account=draft.account)
        draft = draft.say("reactivate.account", "invited again, as before", wait, about=("active",))
        return invitations.write(case, draft)
    effect = ActivateAccount(account=draft.account)
    return draft.say("reactivate.account", "the same account can be used again", effect, about=("active",))


def _roles_now(case: Case, draft: Draft) -> Draft:
    """Which roles an enabled user has (POL-032). On the first day nobody comes back: what an admin has set is kept."""
    choice = "recompute" if _began_disabled(case) else case.policy.reactivate.roles
    if choice == "default":
        now = roles.fallback(case.policy, case.facts.tenant)
        out_of_reach = tuple(r for r in draft.bound.roles if r in case.policy.roles.not_grantable)
        now = tuple(dict.fromkeys((*now, *out_of_reach)))
        draft = evolve(draft, binding=evolve(draft.bound, override=None))
        return draft if now == draft.bound.roles else roles.give(draft, now, "reactivate.roles")
    if choice == "previous":
        return changes.sourced_roles(case, draft)
    return roles.recompute(case, draft)


def anew(case: Case, draft: Draft) -> Draft:
    """A new account behind the same SCIM id; the old one never comes back (POL-022, POL-030)."""
    fresh = evolve(case.binding, account=None, roles=(), override=None, retained=(), memory={})
    draft = evolve(draft, binding=fresh)
    draft = draft.say("reactivate.account", "a new account behind the same SCIM id", about=_paths(case))
    draft = opening.open_account(case, draft)
    return access.memberships(case, draft)


def _paths(case: Case) -> tuple[str, ...]:
    return tuple(c.path for c in case.changes if not roles.is_source(case.policy, c.path))
