"""Creating a user: a new account, a linked one, or a restored user (POL-008, POL-033, POL-050, POL-080)."""

from attrs import evolve

from scimcore.errors import Uniqueness
from scimcore.policy.effects import ActivateAccount, Notify
from scimcore.policy.facts import Account, Binding
from scimcore.policy.refusals import the_user
from scimcore.policy.rules import access, changes, deactivation, identity, linking, reactivation, roles, seats
from scimcore.policy.rules.opening import as_new, open_account
from scimcore.policy.situation import PlanDraft, Refusal, Situation
from scimcore.policy.values import json_object, text


def create(situation: Situation) -> PlanDraft:
    """Create a user (POST)."""
    # The name comes first: RFC 7644 section 3.3 answers a duplicate with 409, whatever else is wrong with the request.
    if situation.facts.namesake is not None:
        return _namesake(situation, situation.facts.namesake)
    changes.check(situation)
    # Before the domain check: an account that exists already may be linked by another proof than its domain.
    found = linking.find(situation)
    if found is not None:
        return _link(situation, found)
    identity.check_create(situation)
    draft = PlanDraft(outcome="created", binding=_unbound(situation))
    paths = tuple(c.path for c in situation.changes if not roles.is_source(situation.policy, c.path))
    return open_account(situation, draft.note("create.initial", "The user gets a new account.", about=paths))


def _unbound(situation: Situation) -> Binding:
    return Binding(
        resource=situation.resource,
        type="User",
        account=None,
        state="active",
        connection=situation.facts.connection,
        since=situation.facts.now,
    )


def _link(situation: Situation, found: linking.Match) -> PlanDraft:
    """Link the user with an existing account. The account keeps its id, its roles, its protection and its e-mail."""
    account = found.account
    draft = PlanDraft(outcome="linked", binding=_bound_to(situation, account))
    paths = tuple(c.path for c in situation.changes)
    draft = draft.note("linking.steps", f"The user is linked with an existing account ({found.step}).", about=paths)
    # Pending: until the user says yes, nothing that the identity provider sends reaches the account (POL-085).
    if found.step == "confirm":
        ask = Notify(account=account.id, code="link.confirm")
        draft = draft.move("pending", situation.facts.now).remember(link_unconfirmed=True)
        return draft.note("linking.steps", "The link waits until the user confirms it.", ask)
    draft = linking.copy_profile(situation, _taken_in(situation, draft, found), found)
    return draft if situation.active else _disabled_at_once(situation, draft, account)


def _bound_to(situation: Situation, account: Account) -> Binding:
    # Somebody who has signed in once needs no invitation, whatever the policy says about new users.
    waiting = not account.ready and situation.policy.create.initial == "invited"
    return evolve(
        _unbound(situation),
        account=account.id,
        state="invited" if waiting else "active",
        roles=account.roles,
        override=linking.roles_by_hand(situation, account),
        held=account.held,
    )


def _taken_in(situation: Situation, draft: PlanDraft, found: linking.Match) -> PlanDraft:
    """Add what a link needs besides: a seat and access for an account that had none here, and an invitation."""
    if found.step == "invite":
        draft = draft.move("invited", situation.facts.now)
    # Any other linked account has its seat already: the host counts accounts of every origin.
    if found.step in ("add_membership", "invite", "resurrect"):
        draft = seats.take(as_new(situation), draft)
    elif found.account.suspended or found.account.held:
        return linking.awaken(situation, draft) if situation.active else draft
    if found.step in ("add_membership", "resurrect") and situation.active:
        effect = ActivateAccount(account=draft.account)
        rule = "delete.recreate" if found.step == "resurrect" else "linking.other_tenant"
        draft = draft.note(rule, "The account can be used here.", effect)
    return access.send_invitation(situation, draft) if draft.bound.state == "invited" else draft


def _disabled_at_once(situation: Situation, draft: PlanDraft, account: Account) -> PlanDraft:
    """Disable a linked account in the same request. Both rules apply, and the protection of owners does too."""
    # The rules for disabling look at the facts, so they get the link as if it had been there before. Its groups are
    # none yet. A suspended account uses no seat, which a hold says of a binding.
    before = evolve(draft.bound, held=account.held or account.suspended)
    facts = evolve(situation.facts, binding=before, account=account, groups=())
    step = deactivation.disable(evolve(situation, facts=facts, changes=()))
    step = evolve(step, binding=evolve(step.bound, held=account.held))
    return evolve(step, outcome="linked", notes=(*draft.notes, *step.notes), effects=(*draft.effects, *step.effects))


def _namesake(situation: Situation, namesake: Binding) -> PlanDraft:
    """Restore the user who has the name already, or refuse the new one (POL-033)."""
    # Only a user who is disabled can come back this way. A POST that enabled an active one would hide a real duplicate.
    inactive = namesake.state in ("suspended", "anonymised")
    if situation.policy.reactivate.on_post == "restore" and inactive and situation.active and _same_person(situation):
        return _restored(situation, namesake)
    raise Refusal("reactivate.on_post", "A user with that name exists.", taken(situation, inactive))


def taken(situation: Situation, inactive: bool = False) -> Uniqueness:
    """The error for a name that is taken, with the remedy."""
    remedy = (
        "It is disabled: enable it (PATCH active true) instead of creating it again."
        if inactive
        else "Match the existing user (filter by userName) instead of creating it again."
    )
    return Uniqueness(f"{the_user(situation.after)} exists already. {remedy}", code="SC-2004")


def _same_person(situation: Situation) -> bool:
    """True if the new user is the disabled user (POL-034)."""
    if situation.policy.reactivate.post_needs == "user_name":
        return True
    mine, theirs = text(situation.after, "externalId"), situation.facts.namesake_data.get("externalId")
    return mine is not None and mine == theirs


def _restored(situation: Situation, namesake: Binding) -> PlanDraft:
    """Enable the disabled user instead of creating one. All facts from here on are about that user."""
    before = json_object(situation.facts.namesake_data)
    after = {**situation.after, "active": True}
    # Facts that were fetched so far are about nobody; those that enabling asks for are about the user who comes back.
    facts = evolve(situation.facts, binding=namesake, namesake=None)
    then = evolve(situation, facts=facts, before=before, after=after, changes=changes.differences(before, after))
    draft = evolve(reactivation.enable(then), outcome="restored", resource=namesake.resource)
    return evolve(draft, data=after if draft.data is None else draft.data)
