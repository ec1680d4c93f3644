"""Enabling a disabled user: the same account, a new one, or a refusal (POL-030 to POL-032)."""

from attrs import evolve

from scimcore.errors import Forbidden
from scimcore.policy.effects import ActivateAccount, AwaitSignIn, ReleaseSeat, UpdateProfile
from scimcore.policy.facts import NO_MEMORY, State
from scimcore.policy.refusals import the_user
from scimcore.policy.rules import access, changes, identity, opening, protection, roles, seats
from scimcore.policy.rules.deactivation import DELAYED
from scimcore.policy.situation import PlanDraft, Refusal, Situation, chain


def enable(situation: Situation) -> PlanDraft:
    """Enable a user (`active` becomes true)."""
    changes.check(situation)
    if situation.policy.reactivate.account == "refuse" and not _began_disabled(situation):
        text = (
            f"{the_user(situation.data)} was disabled and cannot be enabled again. Delete the user and create it again."
        )
        raise Refusal("reactivate.account", "Enabling is not offered.", Forbidden(text, code="SC-2014"))
    draft = PlanDraft(outcome="updated", binding=situation.binding)
    # Anonymised. `refuse` has been dealt with, and `check` forbids `restore` with it, so `new` is left.
    if situation.binding.account is None:
        return anew(situation, draft)
    # Nobody has left, so neither `new` nor `refuse` is meant: this is the first day.
    if _began_disabled(situation):
        return _welcome(situation, _restore(situation, draft.remember(created_disabled=False)))
    if situation.policy.reactivate.account == "new":
        return anew(situation, draft)
    # The account has never stopped working: nothing must be given back, and a seat was never free.
    if access.waits(situation.binding, situation.facts.now):
        return _cancel_disabling(situation, draft)
    return _restore(situation, draft)


def _began_disabled(situation: Situation) -> bool:
    """True if the user was created disabled and never enabled: nobody has left, the account waits for its first day."""
    return situation.binding.memory.created_disabled


def _welcome(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """Send a welcome to a user who was created disabled. An invited user has had the invitation already."""
    return access.send_invitation(situation, draft) if draft.bound.state == "active" and not draft.bound.held else draft


def _cancel_disabling(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """Cancel a disabling that still waits, so that nothing has happened (POL-010)."""
    draft = draft.move(_back_to(situation), situation.facts.now).remember(
        works_until=None, state_before=None, seat_until=None, teams_left=False
    )
    draft = draft.cancel(*DELAYED).note(
        "deactivate.timing", "The user is enabled in time. The disabling is cancelled.", about=("active",)
    )
    if draft.bound.state == "invited":
        draft = access.send_invitation(situation, draft)
    return chain(situation, draft, changes.profile, _roles_now, access.memberships)


def _back_to(situation: Situation) -> State:
    """The state from before. A user who never signed in is invited again (POL-054)."""
    was = situation.binding.memory.state_before
    return "invited" if was == "invited" else "pending" if was == "pending" else "active"


def _restore(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """Give the same account back. Only an admin of the product can lift a hold."""
    seat = (
        ()
        if seats.uses(situation.policy, situation.binding, situation.facts.now)
        else seats.needed(situation, _back_to(situation))
    )
    # One round for both facts instead of two.
    situation.ask_for(*seat, *access.needed(situation))
    draft = draft.move(_back_to(situation), situation.facts.now).remember(works_until=None, state_before=None)
    # Roles before the seat, which may be of another pool now; the seat before access, which a missing seat must prevent
    # (POL-031).
    draft = _roles_now(situation, draft)
    draft = _keep_seat(situation, draft)
    draft = seats.take(situation, draft)
    draft = _open(situation, draft.remember(seat_until=None))
    draft = changes.profile(situation, draft)
    # The account forgot all of it when it was disabled, so all of it is copied again and not only what changes.
    if situation.policy.deactivate.personal_data == "obfuscate":
        whole = UpdateProfile(
            account=draft.account, paths=tuple(sorted(key for key in situation.after if key != "schemas"))
        )
        draft = draft.note("deactivate.personal_data", "The account gets its name and e-mail back.", whole)
    draft = access.memberships(situation, draft)
    return chain(situation, draft, identity.follow_email, protection.demoting, identity.hand_over_password)


def _keep_seat(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """Cancel the release of a seat that has not happened yet."""
    return draft.cancel(ReleaseSeat) if situation.binding.memory.seat_until else draft


def _open(situation: Situation, draft: PlanDraft) -> PlanDraft:
    if draft.bound.held:
        return draft.note(
            "reactivate.account",
            "The user is enabled. The suspension by an admin of the product stays.",
            about=("active",),
        )
    if draft.bound.state == "pending":
        return draft.note(
            "reactivate.account", "The user is enabled and still waits for an approval.", about=("active",)
        )
    if draft.bound.state == "invited":
        wait = AwaitSignIn(account=draft.account)
        draft = draft.note("reactivate.account", "The user is invited again.", wait, about=("active",))
        return access.send_invitation(situation, draft)
    effect = ActivateAccount(account=draft.account)
    return draft.note("reactivate.account", "The user gets the same account back.", effect, about=("active",))


def _roles_now(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """Carry out `reactivate.roles` (POL-032). A user who was created disabled keeps what an admin has set."""
    choice = "recompute" if _began_disabled(situation) else situation.policy.reactivate.roles
    if choice == "default":
        now = roles.fallback(situation.policy, situation.facts.tenant)
        # An identity provider can neither give nor take such a role (POL-064), and enabling is its act.
        out_of_reach = tuple(r for r in draft.bound.roles if r in situation.policy.roles.not_grantable)
        now = tuple(dict.fromkeys((*now, *out_of_reach)))
        draft = evolve(draft, binding=evolve(draft.bound, override=None))
        return draft if now == draft.bound.roles else roles.give(draft, now, "reactivate.roles")
    if choice == "previous":
        return changes.sourced_roles(situation, draft)
    return roles.recompute(situation, draft)


def anew(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """Give the user a new account behind the same SCIM id. The old one never comes back (POL-022, POL-030)."""
    # Nothing of the old account stays but a hold, which is about the person.
    fresh = evolve(situation.binding, account=None, roles=(), override=None, retained=(), memory=NO_MEMORY)
    draft = evolve(draft, binding=fresh)
    draft = draft.note(
        "reactivate.account", "The user gets a new account behind the same SCIM id.", about=_paths(situation)
    )
    draft = opening.open_account(situation, draft)
    return access.memberships(situation, draft)


def _paths(situation: Situation) -> tuple[str, ...]:
    return tuple(c.path for c in situation.changes if not roles.is_source(situation.policy, c.path))
