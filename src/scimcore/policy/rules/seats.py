"""Seats: which accounts use one, and what happens when none is free (POL-040 to POL-046).

Nothing is counted up and down: whether a binding uses a seat follows from its state, before and after.
"""

from collections import Counter
from collections.abc import Sequence

from scimcore.policy.effects import Notify, ReleaseSeat, ReserveSeat
from scimcore.policy.facts import Binding, SeatCount, State
from scimcore.policy.plans import Need
from scimcore.policy.policy import Policy
from scimcore.policy.refusals import sized, who
from scimcore.policy.situation import PlanDraft, Refusal, Situation

_COUNTING = {
    "active_and_invited": ("active", "invited"),
    "active": ("active",),
    "provisioned": ("pending", "active", "invited", "suspended"),
    "signed_in": ("active",),
}


def uses(policy: Policy, binding: Binding | None, now: int) -> bool:
    """True if the binding's account uses a seat (POL-042)."""
    if binding is None or binding.memory.degraded or binding.account is None or binding.memory.link_unconfirmed:
        return False
    # Before the rules about states: a kept seat is one although the user is disabled.
    if binding.state == "suspended" and _keeps_seat(binding, now):
        return True
    # A hold frees the seat like disabling does, unless every provisioned user counts.
    if binding.held and policy.seats.counts != "provisioned":
        return False
    if policy.seats.counts == "signed_in" and not binding.memory.signed_in:
        return False
    return binding.state in _COUNTING[policy.seats.counts]


def needed(situation: Situation, state: State) -> tuple[Need, ...]:
    """The facts that an account needs to get into that state."""
    policy = situation.policy.seats
    return ("seats",) if state in _COUNTING[policy.counts] and policy.counts != "signed_in" else ()


def _keeps_seat(binding: Binding, now: int) -> bool:
    """True if a disabled user still uses the seat: for good, or until the billing period ends (POL-003)."""
    # 0 is for good: `deactivate.seat = keep`, or a leaver who waits for an approval.
    until = binding.memory.seat_until
    return until is not None and (until == 0 or until > now)


def pool_of(policy: Policy, roles: tuple[str, ...]) -> str:
    """The name of the pool whose seat an account with these roles uses; "" is the common pool."""
    # The first pool wins: a role in two pools would otherwise use two seats.
    return next((pool.name for pool in policy.seats.pools if set(pool.roles) & set(roles)), "")


def _pool(situation: Situation, pool: str) -> SeatCount | None:
    seats = situation.seats
    # A host that counts, but does not know the kind, has none of it: a slip in a name would else give seats away.
    return seats if seats is None or not pool else seats.pools.get(pool, SeatCount(0, 0))


def room(situation: Situation, roles: tuple[str, ...]) -> bool:
    """True if a seat is free for an account with these roles.

    Asks the host; the service takes the guard of the seats first, so that two requests cannot get the last seat.
    """
    seats = _pool(situation, pool_of(situation.policy, roles))
    return seats is None or seats.limit is None or seats.used < seats.limit


def take(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """Reserve, release or swap the seat, as the new state needs."""
    # From the states alone, so that a retry or a reconciliation cannot count a seat twice (POL-043).
    before, after = situation.facts.binding, draft.bound
    had, has = uses(situation.policy, before, situation.facts.now), uses(situation.policy, after, situation.facts.now)
    if had and has and before is not None:
        return _swap(situation, draft, pool_of(situation.policy, before.roles), pool_of(situation.policy, after.roles))
    if has:
        return _reserve(situation, draft, pool_of(situation.policy, after.roles))
    if had and before is not None:
        return _release(draft, pool_of(situation.policy, before.roles))
    return draft


def repool(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """Swap the seat after roles have changed: another role may need a seat of another pool (POL-044)."""
    changed = situation.facts.binding is not None and situation.facts.binding.roles != draft.bound.roles
    return take(situation, draft) if changed and situation.policy.seats.pools else draft


def repool_members(situation: Situation, draft: PlanDraft, moved: Sequence[tuple[Binding, Binding]]) -> PlanDraft:
    """Swap the seats of a group's members. They must fit into the pools together, so they are counted together."""
    if not situation.policy.seats.pools:
        return draft
    # Only gains are counted: a seat that another member frees in the same change may be freed later than this one is
    # taken.
    gained: Counter[str] = Counter()
    for before, after in moved:
        old, new = pool_of(situation.policy, before.roles), pool_of(situation.policy, after.roles)
        if old == new or not uses(situation.policy, before, situation.facts.now):
            continue
        gained[new] += 1
        _fits(situation, new, gained[new])
        account = after.account or ""
        draft = draft.note(
            "seats.pools",
            "The new role needs another kind of seat.",
            ReserveSeat(account=account, pool=new),
            ReleaseSeat(account=account, pool=old),
        )
    return draft


def _fits(situation: Situation, pool: str, gained: int) -> None:
    seats = _pool(situation, pool)
    if seats is not None and seats.limit is not None and seats.used + gained > seats.limit:
        raise full(situation, seats, pool)


def _swap(situation: Situation, draft: PlanDraft, old: str, new: str) -> PlanDraft:
    """Swap the seat for one of another pool, if it is another (POL-044)."""
    return draft if old == new else _release(_reserve(situation, draft, new), old)


def _reserve(situation: Situation, draft: PlanDraft, pool: str) -> PlanDraft:
    """Reserve a seat. Raises Refusal if none is free, unless the policy allows more users than seats."""
    seats = _pool(situation, pool)
    reserve = ReserveSeat(account=draft.account, pool=pool)
    if seats is None or seats.limit is None:
        return draft.note("seats.counts", "The account uses a seat.", reserve)
    # POL-046: only taking a seat is refused. Leaving always works, also with more users than seats.
    if seats.used >= seats.limit:
        if situation.policy.seats.full != "overage":
            raise full(situation, seats, pool)
        over = Notify(account="", code="seats.overage")
        return draft.note(
            "seats.full", "No seat was free. The user is created anyway, and the admins are told.", reserve, over
        )
    draft = draft.note("seats.counts", "The account uses a seat.", reserve)
    return _warn(situation, draft, seats)


def _warn(situation: Situation, draft: PlanDraft, seats: SeatCount) -> PlanDraft:
    """Tell the admins once for each threshold that is crossed (POL-045)."""
    limit = seats.limit or 1
    # Crossed by this very seat, so that each threshold is told once on the way up.
    crossed = [p for p in situation.policy.seats.warn_at if seats.used * 100 < p * limit <= (seats.used + 1) * 100]
    for percent in crossed:
        draft = draft.note(
            "seats.warn_at", f"{percent} % of the seats are used.", Notify(account="", code=f"seats.{percent}")
        )
    return draft


def give_up(situation: Situation, draft: PlanDraft, due: int = 0) -> PlanDraft:
    """Carry out `deactivate.seat`: release the seat at once, when the billing period ends, or never (POL-003)."""
    before, now = situation.facts.binding, situation.facts.now
    if before is None or not uses(situation.policy, before, now):
        return draft
    # In a grace period the account still works, so the seat is still used. An anonymised account is nobody's: a seat
    # that is kept for it would never be free again.
    kept = situation.policy.deactivate.seat == "keep" and draft.bound.state != "anonymised"
    if kept or uses(situation.policy, draft.bound, now):
        return draft.remember(seat_until=0).note("deactivate.seat", "The account keeps its seat.")
    if situation.policy.deactivate.seat == "period_end":
        due = max(due, situation.facts.tenant.period_ends)
    effect = ReleaseSeat(
        account=draft.account, pool=pool_of(situation.policy, before.roles), due=due if due > now else 0
    )
    when = "later" if effect.due else "at once"
    draft = draft.remember(seat_until=effect.due or None)
    return draft.note("deactivate.seat", f"The seat is free {when}.", effect)


def _release(draft: PlanDraft, pool: str) -> PlanDraft:
    return draft.note("seats.counts", "The account releases its seat.", ReleaseSeat(account=draft.account, pool=pool))


def full(situation: Situation, seats: SeatCount, pool: str) -> Refusal:
    """The refusal if no seat is free: it names the user, the limit and the remedy (POL-041)."""
    # The pool is named, because the common count may have free seats.
    kind = f" of kind {pool!r}" if pool else ""
    text = (
        f"Seat limit reached ({seats.used} of {seats.limit}{kind}): {who(situation.data)} cannot be active. "
        "Free a seat by disabling a user, or raise the number of seats in the subscription, and try again."
    )
    return Refusal("seats.full", "No seat is free.", sized(situation.policy.seats.error, text, "SC-2003"))
