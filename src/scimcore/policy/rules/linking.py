"""Existing accounts: who is already here, and whether they may be taken over (POL-080 to POL-085)."""

from collections.abc import Callable

from attrs import evolve, frozen

from scimcore.errors import Uniqueness
from scimcore.policy.case import Case, Refused
from scimcore.policy.facts import Account, Binding
from scimcore.policy.parts import Key, Step
from scimcore.policy.plans import MatchKey
from scimcore.policy.refusals import who
from scimcore.policy.rules import seats
from scimcore.policy.rules.domains import verified
from scimcore.policy.values import emails, same, text


@frozen
class Found:
    """An account that the new user takes over, and the step that allows it."""

    account: Account
    step: Step | str


def match_keys(case: Case) -> tuple[MatchKey, ...]:
    """What to look for accounts by, in the policy's order."""
    data = case.after
    addresses = emails(data)
    values: dict[Key, str | None] = {
        "externalId": text(data, "externalId"),
        "subject": text(data, "externalId") or text(data, "userName"),
        "userName": text(data, "userName"),
        "email": next((a for a in reversed(addresses)), None),
    }
    deleted = case.policy.delete.recreate != "new"
    wanted = [(key, value) for key in case.policy.linking.keys if (value := values[key])]
    if deleted:
        needed: Key = "externalId" if case.policy.delete.recreate_needs == "external_id" else "userName"
        if needed not in case.policy.linking.keys and (value := values[needed]):
            wanted.insert(0, (needed, value))
    return tuple(MatchKey(key, value, deleted) for key, value in _distinct(wanted))


def _distinct(wanted: list[tuple[Key, str]]) -> list[tuple[Key, str]]:
    """Without an e-mail key that says the same as the userName key."""
    names = [value for key, value in wanted if key == "userName"]
    return [(k, v) for k, v in wanted if k != "email" or not any(same(v, name) for name in names)]


def find(case: Case) -> Found | None:
    """The account that the new user is, None when there is none. Refuses what may not be linked."""
    keys = match_keys(case)
    if not keys:
        return None
    candidates = case.candidates(keys, *seats.needed(case, case.policy.create.initial if case.active else "suspended"))
    buried = _resurrected(case, tuple(c for c in candidates if c.deleted))
    if buried is not None:
        return buried
    # Who is managed is nobody's candidate: an e-mail may be shared, a userName is guarded by the namesake.
    alive = tuple(c for c in candidates if not c.deleted and not c.managed)
    return _choose(case, alive) if alive else None


def _choose(case: Case, alive: tuple[Account, ...]) -> Found | None:
    """The first key that finds anything decides; two by the same key are nobody."""
    first = alive[0]
    if len({c.id for c in alive if c.matched_by == first.matched_by}) > 1:
        detail = (
            f"Several accounts could be {who(case.after)}. Settle in the product which of them it is, "
            "then provision the user again."
        )
        raise Refused("linking.keys", "several accounts match", Uniqueness(detail, code="SC-2006"))
    if first.elsewhere:
        return _elsewhere(case, first)
    step = _allowed(case, first)
    if step is not None:
        return Found(first, step)
    if case.policy.linking.otherwise == "separate":
        return None
    raise _in_the_way(case)


def _allowed(case: Case, candidate: Account) -> Step | None:
    """The first step that takes the candidate over."""
    protected = candidate.protected and candidate.protected in case.policy.protection.kinds
    if protected or (candidate.owner and case.policy.linking.owners == "refuse"):
        return None
    return next((step for step in case.policy.linking.steps if _STEPS[step](case, candidate)), None)


def _by_email(case: Case, candidate: Account) -> str | None:
    """The address that the candidate and the new user share, None if they share none."""
    if candidate.matched_by not in ("", "email", "userName"):
        return None
    mine = emails(case.after)
    if candidate.email is None:
        return next(iter(mine), None) if candidate.matched_by else None
    return next((address for address in mine if same(address, candidate.email)), None)


def _in_verified_domain(case: Case, candidate: Account) -> bool:
    address = _by_email(case, candidate)
    return address is not None and verified(case.policy, case.facts.tenant, address)


_STEPS: dict[Step, Callable[[Case, Account], bool]] = {
    "verified_email": _in_verified_domain,
    "subject": lambda case, candidate: candidate.matched_by == "subject",
    "external_id": lambda case, candidate: candidate.matched_by == "externalId",
    "any_email": lambda case, candidate: _by_email(case, candidate) is not None,
    "confirm": lambda case, candidate: True,
}


def _elsewhere(case: Case, candidate: Account) -> Found:
    """An account of another tenant (POL-082): it is taken in by a choice, and never spoken of."""
    if case.policy.linking.other_tenant == "conflict" or _allowed(case, candidate) is None:
        raise _in_the_way(case)
    return Found(candidate, case.policy.linking.other_tenant)


def _resurrected(case: Case, buried: tuple[Account, ...]) -> Found | None:
    """A user created again before the purge (POL-023, POL-034)."""
    choice = case.policy.delete
    if choice.recreate == "new" or not buried:
        return None
    if choice.recreate == "conflict":
        detail = (
            f"The name of {who(case.after)} belongs to a deleted user until it is purged, {choice.retention_days} days "
            "after the deletion. Wait for it, or have it purged in the product."
        )
        raise Refused("delete.recreate", "the name waits for the purge", Uniqueness(detail, code="SC-2028"))
    by = ("externalId",) if choice.recreate_needs == "external_id" else ("externalId", "userName", "email", "")
    return next((Found(c, "resurrect") for c in buried if c.matched_by in by), None)


def _in_the_way(case: Case) -> Refused:
    detail = (
        f"An account exists already for {who(case.after)}, and it cannot be linked. Verify the domain of its e-mail in "
        "the product's settings, or rename or delete that account, then provision the user again."
    )
    return Refused("linking.otherwise", "an account is in the way", Uniqueness(detail, code="SC-2005"))


def unproven(binding: Binding) -> bool:
    """Whether the binding waits for the person's confirmation: until then the account is out of reach."""
    return binding.state == "pending" and "link" in binding.memory


def roles_by_hand(case: Case, account: Account) -> tuple[str, ...] | None:
    """The roles that a linked account keeps, as set by hand; None where the sources decide from now on."""
    return account.roles if case.policy.linking.roles == "keep" and account.roles else None


def preview(case: Case) -> str:
    """What a create would come to: `links`, `creates`, `clashes` and by what; for going live without surprises."""
    try:
        found = find(evolve(case))
    except Refused as refused:
        return f"clashes: {refused.plan.notes[0].text}"
    return "creates" if found is None else f"links by {found.step}"
