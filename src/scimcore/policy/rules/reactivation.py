"""Enabling again: the same account, a new one, or no (POL-030 to POL-032)."""

from attrs import evolve

from scimcore.errors import Forbidden
from scimcore.policy.effects import ActivateAccount, AwaitSignIn, UpdateProfile
from scimcore.policy.facts import NO_MEMORY, State
from scimcore.policy.refusals import the_user
from scimcore.policy.rules import access, changes, identity, opening, protection, roles, seats
from scimcore.policy.rules.deactivation import DELAYED
from scimcore.policy.situation import PlanDraft, Refusal, Situation, chain


def enable(situation: Situation) -> PlanDraft:
    """`active` becomes true."""
    changes.check(situation)
    if situation.policy.reactivate.account == "refuse" and not _began_disabled(situation):
        text = f"{the_user(situation.data)} was disabled and cannot be enabled again. Create the user anew instead."
        raise Refusal("reactivate.account", "enabling is not offered", Forbidden(text, code="SC-2014"))
    draft = PlanDraft(outcome="updated", binding=situation.binding)
    if situation.binding.account is None:
        return anew(situation, draft)
    if _began_disabled(situation):
        return _welcome(situation, _restore(situation, draft.remember(created_disabled=False)))
    if situation.policy.reactivate.account == "new":
        return anew(situation, draft)
    if access.waits(situation.binding, situation.facts.now):
        return _never_mind(situation, draft)
    return _restore(situation, draft)


def _began_disabled(situation: Situation) -> bool:
    """Created with active false and never enabled since: the account waits for its first day, nobody left it."""
    return situation.binding.memory.created_disabled


def _welcome(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """Who begins today is written to like anybody else who begins; an invited one has been already."""
    return access.send_invitation(situation, draft) if draft.bound.state == "active" and not draft.bound.held else draft


def _never_mind(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """Enabled within the delay: what waited is called off, and nothing has happened (POL-010)."""
    draft = draft.move(_back_to(situation), situation.facts.now).remember(
        works_until=None, state_before=None, seat_until=None, teams_left=False
    )
    draft = draft.cancel(*DELAYED).note("deactivate.timing", "enabled in time; what waited is off", about=("active",))
    if draft.bound.state == "invited":
        draft = access.send_invitation(situation, draft)
    return chain(situation, draft, changes.profile, _roles_now, access.memberships)


def _back_to(situation: Situation) -> State:
    """The state from before: who never signed in is invited again (POL-054)."""
    was = situation.binding.memory.state_before
    return "invited" if was == "invited" else "pending" if was == "pending" else "active"


def _restore(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """The same account works again. A local admin's hold is not for the identity provider to lift."""
    seat = (
        ()
        if seats.uses(situation.policy, situation.binding, situation.facts.now)
        else seats.needed(situation, _back_to(situation))
    )
    situation.ask_for(*seat, *access.needed(situation))
    draft = draft.move(_back_to(situation), situation.facts.now).remember(works_until=None, state_before=None)
    draft = _roles_now(situation, draft)
    draft = _calm(situation, draft)
    draft = seats.take(situation, draft)
    draft = _open(situation, draft.remember(seat_until=None))
    draft = changes.profile(situation, draft)
    if situation.policy.deactivate.personal_data == "obfuscate":
        whole = UpdateProfile(
            account=draft.account, paths=tuple(sorted(key for key in situation.after if key != "schemas"))
        )
        draft = draft.note("deactivate.personal_data", "name and e-mail come back", whole)
    draft = access.memberships(situation, draft)
    return chain(situation, draft, identity.follow_email, protection.demoting, identity.hand_over_password)


def _calm(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """A seat that is still to be released is not."""
    return draft.cancel("ReleaseSeat") if situation.binding.memory.seat_until else draft


def _open(situation: Situation, draft: PlanDraft) -> PlanDraft:
    if draft.bound.held:
        return draft.note("reactivate.account", "enabled; a local admin's suspension stays", about=("active",))
    if draft.bound.state == "pending":
        return draft.note("reactivate.account", "enabled; still waits for an approval", about=("active",))
    if draft.bound.state == "invited":
        wait = AwaitSignIn(account=draft.account)
        draft = draft.note("reactivate.account", "invited again, as before", wait, about=("active",))
        return access.send_invitation(situation, draft)
    effect = ActivateAccount(account=draft.account)
    return draft.note("reactivate.account", "the same account can be used again", effect, about=("active",))


def _roles_now(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """Which roles an enabled user has (POL-032). On the first day nobody comes back: what an admin has set is kept."""
    choice = "recompute" if _began_disabled(situation) else situation.policy.reactivate.roles
    if choice == "default":
        now = roles.fallback(situation.policy, situation.facts.tenant)
        out_of_reach = tuple(r for r in draft.bound.roles if r in situation.policy.roles.not_grantable)
        now = tuple(dict.fromkeys((*now, *out_of_reach)))
        draft = evolve(draft, binding=evolve(draft.bound, override=None))
        return draft if now == draft.bound.roles else roles.give(draft, now, "reactivate.roles")
    if choice == "previous":
        return changes.sourced_roles(situation, draft)
    return roles.recompute(situation, draft)


def anew(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """A new account behind the same SCIM id; the old one never comes back (POL-022, POL-030)."""
    fresh = evolve(situation.binding, account=None, roles=(), override=None, retained=(), memory=NO_MEMORY)
    draft = evolve(draft, binding=fresh)
    draft = draft.note("reactivate.account", "a new account behind the same SCIM id", about=_paths(situation))
    draft = opening.open_account(situation, draft)
    return access.memberships(situation, draft)


def _paths(situation: Situation) -> tuple[str, ...]:
    return tuple(c.path for c in situation.changes if not roles.is_source(situation.policy, c.path))
