"""Seats: who uses one, whether one is free, and what happens when none is (POL-040 to POL-046).

Nothing is counted up and down: whether a binding uses a seat follows from its state, before and after.
"""

from collections import Counter
from collections.abc import Sequence

from scimcore.policy.case import Case, Draft, Refused
from scimcore.policy.effects import Notify, ReleaseSeat, ReserveSeat
from scimcore.policy.facts import Binding, Seats, State
from scimcore.policy.plans import Need, SeatFree
from scimcore.policy.policy import Policy
from scimcore.policy.refusals import sized, who

_COUNTING = {
    "active_and_invited": ("active", "invited"),
    "active": ("active",),
    "provisioned": ("pending", "active", "invited", "suspended"),
    "signed_in": ("active",),
}


def uses(policy: Policy, binding: Binding | None, now: int) -> bool:
    """Whether the binding's account uses a seat."""
    if binding is None or "degraded" in binding.memory or binding.account is None or "link" in binding.memory:
        return False
    if binding.state == "suspended" and _kept(binding, now):
        return True
    if binding.held and policy.seats.counts != "provisioned":
        return False
    if policy.seats.counts == "signed_in" and "signed_in" not in binding.memory:
        return False
    return binding.state in _COUNTING[policy.seats.counts]


def needed(case: Case, state: State) -> tuple[Need, ...]:
    """Which facts an account will need that gets into that state."""
    policy = case.policy.seats
    return ("seats",) if state in _COUNTING[policy.counts] and policy.counts != "signed_in" else ()


def _kept(binding: Binding, now: int) -> bool:
    """Whether the seat outlives being disabled: always, or until the billing period ends."""
    until = binding.memory.get("seat_until")
    return until is not None and (until == "" or int(until) > now)


def pool_of(policy: Policy, roles: tuple[str, ...]) -> str:
    """The pool whose seat an account with these roles uses; "" is the common one."""
    return next((pool.name for pool in policy.seats.pools if set(pool.roles) & set(roles)), "")


def _pool(case: Case, pool: str) -> Seats | None:
    seats = case.seats
    return seats if seats is None or not pool else seats.pools.get(pool)


def room(case: Case, roles: tuple[str, ...]) -> bool:
    """Whether a seat is free for an account with these roles. Asks the host, under the guard."""
    seats = _pool(case, pool_of(case.policy, roles))
    return seats is None or seats.limit is None or seats.used < seats.limit


def take(case: Case, draft: Draft) -> Draft:
    """What the new state means for the seat: reserved, released, exchanged for one of another pool, or nothing."""
    before, after = case.facts.binding, draft.bound
    had, has = uses(case.policy, before, case.facts.now), uses(case.policy, after, case.facts.now)
    if had and has and before is not None:
        return _exchange(case, draft, pool_of(case.policy, before.roles), pool_of(case.policy, after.roles))
    if has:
        return _reserve(case, draft, pool_of(case.policy, after.roles))
    if had and before is not None:
        return _release(draft, pool_of(case.policy, before.roles))
    return draft


def repool(case: Case, draft: Draft) -> Draft:
    """After roles have changed: another role may need a seat of another pool (POL-044)."""
    changed = case.facts.binding is not None and case.facts.binding.roles != draft.bound.roles
    return take(case, draft) if changed and case.policy.seats.pools else draft


def repool_members(case: Case, draft: Draft, moved: Sequence[tuple[Binding, Binding]]) -> Draft:
    """The same for the members of a group, all at once: they must fit into the pools together."""
    if not case.policy.seats.pools:
        return draft
    gained: Counter[str] = Counter()
    for before, after in moved:
        old, new = pool_of(case.policy, before.roles), pool_of(case.policy, after.roles)
        if old == new or not uses(case.policy, before, case.facts.now):
            continue
        gained[new] += 1
        _fits(case, new, gained[new])
        account = after.account or ""
        draft = draft.guard(SeatFree(new)).say(
            "seats.pools",
            "another role, another kind of seat",
            ReserveSeat(account=account, pool=new),
            ReleaseSeat(account=account, pool=old),
        )
    return draft


def _fits(case: Case, pool: str, gained: int) -> None:
    seats = _pool(case, pool)
    if seats is not None and seats.limit is not None and seats.used + gained > seats.limit:
        raise full(case, seats, pool)


def _exchange(case: Case, draft: Draft, old: str, new: str) -> Draft:
    """Another role may need a seat of another pool (POL-044)."""
    return draft if old == new else _release(_reserve(case, draft, new), old)


def _reserve(case: Case, draft: Draft, pool: str) -> Draft:
    """A seat from now on. Refuses when none is free, unless the policy lets people in all the same."""
    seats = _pool(case, pool)
    reserve = ReserveSeat(account=draft.account, pool=pool)
    if seats is None or seats.limit is None:
        return draft.say("seats.counts", "the account uses a seat", reserve)
    if seats.used >= seats.limit:
        if case.policy.seats.full != "overage":
            raise full(case, seats, pool)
        over = Notify(account="", code="seats.overage")
        return draft.say("seats.full", "no seat was free; let in beyond the limit", reserve, over)
    draft = draft.guard(SeatFree(pool)).say("seats.counts", "the account uses a seat", reserve)
    return _warn(case, draft, seats)


def _warn(case: Case, draft: Draft, seats: Seats) -> Draft:
    """Tell the admins once per threshold crossed (POL-045)."""
    limit = seats.limit or 1
    crossed = [p for p in case.policy.seats.warn_at if seats.used * 100 < p * limit <= (seats.used + 1) * 100]
    for percent in crossed:
        draft = draft.say(
            "seats.warn_at", f"{percent} per cent of the seats are used", Notify(account="", code=f"seats.{percent}")
        )
    return draft


def give_up(case: Case, draft: Draft, due: int = 0) -> Draft:
    """The seat of a leaver: free at once, when the billing period ends, or kept (POL-003)."""
    before, now = case.facts.binding, case.facts.now
    if before is None or not uses(case.policy, before, now):
        return draft
    if case.policy.deactivate.seat == "keep" or uses(case.policy, draft.bound, now):
        return draft.remember(seat_until="").say("deactivate.seat", "the account keeps its seat")
    if case.policy.deactivate.seat == "period_end":
        due = max(due, case.facts.tenant.period_ends)
    effect = ReleaseSeat(account=draft.account, pool=pool_of(case.policy, before.roles), due=due if due > now else 0)
    when = "later" if effect.due else "at once"
    draft = draft.remember(seat_until=str(effect.due) if effect.due else None)
    return draft.say("deactivate.seat", f"the seat is free {when}", effect)


def _release(draft: Draft, pool: str) -> Draft:
    return draft.say("seats.counts", "the account uses no seat any more", ReleaseSeat(account=draft.account, pool=pool))


def full(case: Case, seats: Seats, pool: str) -> Refused:
    """The refusal of a full house: the user, the limit, the remedy."""
    kind = f" of kind {pool!r}" if pool else ""
    text = (
        f"Seat limit reached ({seats.used} of {seats.limit}{kind}): {who(case.data)} cannot be active. "
        "Free a seat by disabling a user, or raise the number of seats in the subscription, and try again."
    )
    return Refused("seats.full", "no seat is free", sized(case.policy.seats.error, text, "SC-2003"))
