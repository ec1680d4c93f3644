"""Opening an account: its first state, its roles, its seat and its invitation."""

from attrs import evolve

from scimcore.errors import InvalidValue
from scimcore.policy.effects import OPENED
from scimcore.policy.facts import State
from scimcore.policy.plans import Order
from scimcore.policy.refusals import the_user
from scimcore.policy.rules import access, identity, roles, seats
from scimcore.policy.situation import PlanDraft, Refusal, Situation


def open_account(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """Order a new account for the draft's binding, with its first state, its roles and its seat."""
    state: State = situation.policy.create.initial if situation.active else _inactive(situation)
    # A stand-in: the host says the id when it has opened the account, and the service fills it in everywhere.
    draft = evolve(draft, binding=evolve(draft.bound, account=OPENED, state=state, since=situation.facts.now, due=0))
    if state == "suspended":
        draft = draft.remember(state_before=situation.policy.create.initial, created_disabled=True)
    # Roles before the seat: they decide which pool the seat is of.
    draft = roles.begin(situation, draft)
    draft = seats.take(as_new(situation), _without_a_seat(situation, draft))
    if draft.bound.held:
        draft = draft.note(
            "reactivate.account", "An admin of the product has suspended the user. That applies to the new account too."
        )
    elif draft.bound.state in ("active", "invited"):
        draft = access.send_invitation(situation, draft)
    draft = identity.hand_over_password(situation, draft)
    order = Order(
        state="suspended" if draft.bound.held else draft.bound.state,
        data=situation.after if draft.data is None else draft.data,
        resource=situation.resource,
        roles=draft.bound.roles,
        secret=draft.secret,
    )
    # The password is in the order now, and nowhere else.
    return evolve(draft, opens=order, secret=None)


def as_new(situation: Situation) -> Situation:
    """The situation without the binding from before: its seat belongs to another account."""
    return (
        situation if situation.facts.binding is None else evolve(situation, facts=evolve(situation.facts, binding=None))
    )


def _inactive(situation: Situation) -> State:
    if situation.policy.create.inactive == "reject":
        detail = f"{the_user(situation.after)} cannot be created with active false."
        error = InvalidValue(f"{detail} Assign the user to the application when it should be active.", code="SC-2015")
        raise Refusal("create.inactive", "A user cannot be created disabled.", error)
    return "suspended"


def _without_a_seat(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """Carry out `seats.full` if no seat is free for the new user (POL-040)."""
    choice = situation.policy.seats.full
    # `seats.take` deals with both: it refuses, or reserves beyond the limit and tells the admins.
    if choice in ("reject", "overage") or not seats.uses(situation.policy, draft.bound, situation.facts.now):
        return draft
    if seats.room(situation, draft.bound.roles):
        return draft
    if choice == "create_inactive":
        draft = evolve(draft, data={**situation.after, "active": False}).move("suspended", situation.facts.now)
        draft = draft.remember(state_before=situation.policy.create.initial, created_disabled=True)
        return draft.note("seats.full", "No seat is free. The user is created disabled.")
    if choice == "create_pending":
        draft = draft.move("pending", situation.facts.now).remember(waits_for_seat=True)
        return draft.note("seats.full", "No seat is free. The user waits for one.")
    # The default role is forgotten too: a new default would otherwise lift the user out of the minimal role.
    minimal = (situation.policy.seats.degraded_role,) if situation.policy.seats.degraded_role else ()
    draft = draft.with_roles(minimal).remember(degraded=True, default_role=None)
    return draft.note("seats.full", "No seat is free. The user gets the minimal role.")
