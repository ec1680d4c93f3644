"""Opening an account: the state in which it begins, its roles, its seat, and what is written to the person."""

from attrs import evolve

from scimcore.errors import InvalidValue
from scimcore.policy.case import Case, Draft, Refused
from scimcore.policy.effects import OPENED
from scimcore.policy.facts import State
from scimcore.policy.plans import Order
from scimcore.policy.refusals import the_user
from scimcore.policy.rules import invitations, names, roles, seats


def open_account(case: Case, draft: Draft) -> Draft:
    """A new account for the draft's binding, in the state in which it begins, with its roles and its seat."""
    state: State = case.policy.create.initial if case.active else _inactive(case)
    draft = evolve(draft, binding=evolve(draft.bound, account=OPENED, state=state, since=case.facts.now, due=0))
    if state == "suspended":
        draft = draft.remember(was=case.policy.create.initial, fresh="yes")
    draft = roles.begin(case, draft)
    draft = seats.take(as_new(case), _full_house(case, draft))
    if draft.bound.held:
        draft = draft.say("reactivate.account", "a local admin's suspension is the person's, and stays")
    elif draft.bound.state in ("active", "invited"):
        draft = invitations.write(case, draft)
    draft = names.hand_over(case, draft)
    order = Order(
        state="suspended" if draft.bound.held else draft.bound.state,
        data=case.after if draft.data is None else draft.data,
        resource=case.resource,
        roles=draft.bound.roles,
        secret=draft.secret,
    )
    return evolve(draft, opens=order, secret=None)


def as_new(case: Case) -> Case:
    """The case without the binding from before, whose seat is another account's."""
    return case if case.facts.binding is None else evolve(case, facts=evolve(case.facts, binding=None))


def _inactive(case: Case) -> State:
    if case.policy.create.inactive == "reject":
        detail = f"{the_user(case.after)} is to be created with active false, which is not offered here."
        error = InvalidValue(f"{detail} Assign the user when it is to be active.", code="SC-2015")
        raise Refused("create.inactive", "a user to be created disabled", error)
    return "suspended"


def _full_house(case: Case, draft: Draft) -> Draft:
    """No seat is free: what the policy makes of a new user (POL-040)."""
    choice = case.policy.seats.full
    if choice in ("reject", "overage") or not seats.uses(case.policy, draft.bound, case.facts.now):
        return draft
    if seats.room(case, draft.bound.roles):
        return draft
    if choice == "create_inactive":
        draft = evolve(draft, data={**case.after, "active": False}).move("suspended", case.facts.now)
        draft = draft.remember(was=case.policy.create.initial, fresh="yes")
        return draft.say("seats.full", "no seat is free: created disabled")
    if choice == "create_pending":
        draft = draft.move("pending", case.facts.now).remember(seat="waiting")
        return draft.say("seats.full", "no seat is free: waits for one")
    minimal = (case.policy.seats.degraded_role,) if case.policy.seats.degraded_role else ()
    draft = draft.with_roles(minimal).remember(degraded="yes", default_role=None)
    return draft.say("seats.full", "no seat is free: the minimal role")
