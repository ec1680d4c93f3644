"""Linking a new user with an account that exists already (POL-080 to POL-085)."""

from collections.abc import Callable
from typing import Literal

from attrs import evolve, frozen

from scimcore.errors import Uniqueness
from scimcore.policy.choices import LinkingKey, LinkingStep
from scimcore.policy.choices.sentences import counted
from scimcore.policy.effects import ActivateAccount, AwaitSignIn, UpdateProfile
from scimcore.policy.facts import Account
from scimcore.policy.plans import MatchKey
from scimcore.policy.policy import Policy
from scimcore.policy.refusals import who
from scimcore.policy.rules import access, mastery, seats
from scimcore.policy.rules.identity import verified
from scimcore.policy.rules.roles import is_source
from scimcore.policy.situation import PlanDraft, Refusal, Situation
from scimcore.policy.values import email, emails, leaves, same, text


@frozen
class Match:
    """An account that the new user is linked with, and the step that allows it."""

    account: Account
    #: A linking step, what the policy says about other tenants, or the return of a closed account.
    step: LinkingStep | Literal["add_membership", "invite", "resurrect"]


def match_keys(situation: Situation) -> tuple[MatchKey, ...]:
    """The keys to look for accounts by, in the policy's order (POL-081)."""
    data = situation.after
    # Values that the request lacks give no key: an empty key would match every account without that value.
    addresses = emails(data)
    values: dict[LinkingKey, str | None] = {
        "externalId": text(data, "externalId"),
        # Identity providers send the subject of single sign-on as externalId, or it is the userName.
        "subject": text(data, "externalId") or text(data, "userName"),
        "userName": text(data, "userName"),
        "email": next((a for a in reversed(addresses)), None),
    }
    deleted = situation.policy.delete.recreate != "new"
    wanted = [(key, value) for key in situation.policy.linking.keys if (value := values[key])]
    # A closed account comes back only by the key that the policy trusts, so that key is asked for even if it is not
    # listed.
    if deleted:
        needed: LinkingKey = "externalId" if situation.policy.delete.recreate_needs == "external_id" else "userName"
        if needed not in situation.policy.linking.keys and (value := values[needed]):
            wanted.insert(0, (needed, value))
    return tuple(MatchKey(key, value, deleted) for key, value in _distinct(wanted))


def _distinct(wanted: list[tuple[LinkingKey, str]]) -> list[tuple[LinkingKey, str]]:
    """The keys without an e-mail that is the userName: one look-up fewer for the host."""
    names = [value for key, value in wanted if key == "userName"]
    return [(k, v) for k, v in wanted if k != "email" or not any(same(v, name) for name in names)]


def find(situation: Situation) -> Match | None:
    """The account to link the new user with; None if there is none.

    Raises Refusal if there is one that may not be linked.
    """
    keys = match_keys(situation)
    # No key, no question to the host: most products that switch linking off do it this way.
    if not keys:
        return None
    candidates = situation.candidates(
        keys, *seats.needed(situation, situation.policy.create.initial if situation.active else "suspended")
    )
    buried = _resurrected(situation, tuple(c for c in candidates if c.deleted))
    if buried is not None:
        return buried
    # Who is managed is nobody's candidate: an e-mail may be shared, a userName is guarded by the namesake.
    alive = tuple(c for c in candidates if not c.deleted and not c.managed)
    return _choose(situation, alive) if alive else None


def _choose(situation: Situation, alive: tuple[Account, ...]) -> Match | None:
    """Choose the account that the first key found. Raises Refusal if that key found several."""
    first = alive[0]
    if len({c.id for c in alive if c.matched_by == first.matched_by}) > 1:
        detail = (
            f"Several accounts could belong to {who(situation.after)}. Keep one of them in the product, "
            "then provision the user again."
        )
        raise Refusal("linking.keys", "Several accounts match.", Uniqueness(detail, code="SC-2006"))
    # An account of another tenant passes through the same proof, and through a choice of its own.
    if first.elsewhere:
        return _elsewhere(situation, first)
    step = _allowed(situation, first)
    if step is not None:
        return Match(first, step)
    if situation.policy.linking.otherwise == "separate":
        return None
    raise _in_the_way(situation)


def _allowed(situation: Situation, candidate: Account) -> LinkingStep | None:
    """The first step whose condition is true for the candidate."""
    # A protected account is out of reach for every step: linking would let the connection disable it later.
    protected = candidate.protected and candidate.protected in situation.policy.protection.kinds
    if protected or (candidate.owner and situation.policy.linking.owners == "refuse"):
        return None
    return next((step for step in situation.policy.linking.steps if _STEPS[step](situation, candidate)), None)


def _by_email(situation: Situation, candidate: Account) -> str | None:
    """The e-mail that the candidate and the new user share, None if they share none."""
    # A candidate that another key found may have that e-mail by chance.
    if candidate.matched_by not in ("", "email", "userName"):
        return None
    mine = emails(situation.after)
    # The host matched by e-mail but does not say which: then it is the one that was asked for.
    if candidate.email is None:
        return next(iter(mine), None) if candidate.matched_by else None
    return next((address for address in mine if same(address, candidate.email)), None)


def _in_verified_domain(situation: Situation, candidate: Account) -> bool:
    address, own = _by_email(situation, candidate), email(situation.after)
    # Both: the address that proves who it is, and the one that the account gets with the next change of the profile.
    policy, tenant = situation.policy, situation.facts.tenant
    return address is not None and own is not None and all(verified(policy, tenant, a) for a in (address, own))


_STEPS: dict[LinkingStep, Callable[[Situation, Account], bool]] = {
    "verified_email": _in_verified_domain,
    "subject": lambda situation, candidate: candidate.matched_by == "subject",
    "external_id": lambda situation, candidate: candidate.matched_by == "externalId",
    "any_email": lambda situation, candidate: _by_email(situation, candidate) is not None,
    "confirm": lambda situation, candidate: True,
}


def _elsewhere(situation: Situation, candidate: Account) -> Match:
    """Link an account of another tenant if the policy says so (POL-082). No refusal names the tenant."""
    # The same answer as for an account of this tenant: the detail must not tell one customer about another.
    if situation.policy.linking.other_tenant == "conflict" or _allowed(situation, candidate) is None:
        raise _in_the_way(situation)
    return Match(candidate, situation.policy.linking.other_tenant)


def _resurrected(situation: Situation, buried: tuple[Account, ...]) -> Match | None:
    """The closed account of a user who is created again before the purge (POL-023, POL-034)."""
    choice = situation.policy.delete
    if choice.recreate == "new" or not buried:
        return None
    if choice.recreate == "conflict":
        detail = (
            f"The name of {who(situation.after)} belongs to a deleted user, who is purged "
            f"{counted(choice.retention_days, 'day')} after the deletion. Wait, or purge the user in the product."
        )
        raise Refusal(
            "delete.recreate", "The name belongs to a deleted user until the purge.", Uniqueness(detail, code="SC-2028")
        )
    by = ("externalId",) if choice.recreate_needs == "external_id" else ("externalId", "userName", "email", "")
    return next((Match(c, "resurrect") for c in buried if c.matched_by in by), None)


def _in_the_way(situation: Situation) -> Refusal:
    detail = (
        f"An account for {who(situation.after)} exists already and cannot be linked. Verify the domain of its e-mail "
        "in the product's settings, or rename or delete that account, then provision the user again."
    )
    return Refusal("linking.otherwise", "An existing account cannot be linked.", Uniqueness(detail, code="SC-2005"))


def awaken(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """Let the user use the linked account, which is suspended; a hold by an admin of the product stays (POL-085)."""
    if draft.bound.held:
        return draft.note("linking.steps", "An admin of the product has suspended the account. That stays.")
    # SCIM answers active true, so the account must work. The seat comes first: a tenant that is full refuses.
    draft = seats.take(evolve(situation, facts=evolve(situation.facts, binding=None)), draft)
    if draft.bound.state == "invited":
        draft = draft.note("linking.steps", "The user is invited.", AwaitSignIn(account=draft.account))
        return access.send_invitation(situation, draft)
    text = "The account was suspended, and can be used again."
    return draft.note("linking.steps", text, ActivateAccount(account=draft.account))


def copy_profile(situation: Situation, draft: PlanDraft, found: Match) -> PlanDraft:
    """Copy what the identity provider masters to the linked account, but for its e-mail and userName."""
    # An account of another tenant is not this customer's to rename.
    if found.step in ("add_membership", "invite"):
        return draft
    # Nothing is written into what the same request forgets.
    if not situation.active and situation.policy.deactivate.access == "anonymise":
        return draft
    paths = tuple(path for path in leaves(situation.data) if copied_at_linking(situation.policy, path))
    if not paths:
        return draft
    effect = UpdateProfile(account=draft.account, paths=paths)
    return draft.note("mastery.default", "The attributes are copied to the account.", effect)


def copied_at_linking(policy: Policy, path: str) -> bool:
    """True for an attribute of the profile that is copied when a user is linked."""
    # The person knows the account by its e-mail and its userName; they are rewritten when they change.
    if path in ("active", "schemas", "userName", "externalId", "emails") or is_source(policy, path):
        return False
    return mastery.master_of(policy, path) != "app"


def roles_by_hand(situation: Situation, account: Account) -> tuple[str, ...] | None:
    """The roles that a linked account keeps, as if an admin had set them; None if the sources decide from now on."""
    # An account without roles has nothing to keep: then the sources and the default decide.
    return account.roles if situation.policy.linking.roles == "keep" and account.roles else None
