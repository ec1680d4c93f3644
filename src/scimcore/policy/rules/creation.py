"""Creating: a new account, a linked one, or a restored user (POL-008, POL-033, POL-040, POL-050, POL-080)."""

from attrs import evolve

from scimcore.errors import Uniqueness
from scimcore.policy.case import Case, Draft, Refused
from scimcore.policy.effects import ActivateAccount, Notify
from scimcore.policy.facts import Account, Binding
from scimcore.policy.refusals import the_user
from scimcore.policy.rules import changes, deactivation, domains, invitations, linking, reactivation, roles, seats
from scimcore.policy.rules.opening import as_new, open_account
from scimcore.policy.values import json_object, text


def create(case: Case) -> Draft:
    """POST of a user."""
    if case.facts.namesake is not None:
        return _namesake(case, case.facts.namesake)
    changes.check(case)
    found = linking.find(case)
    if found is not None:
        return _link(case, found)
    domains.check_create(case)
    draft = Draft(outcome="created", binding=_unbound(case))
    paths = tuple(c.path for c in case.changes if not roles.is_source(case.policy, c.path))
    return open_account(case, draft.say("create.initial", "a new account", about=paths))


def _unbound(case: Case) -> Binding:
    return Binding(
        resource=case.resource,
        type="User",
        account=None,
        state="active",
        connection=case.facts.connection,
        since=case.facts.now,
    )


def _link(case: Case, found: linking.Found) -> Draft:
    """The user is an account that was here before. It keeps its id, its roles, its guard and its e-mail."""
    account = found.account
    draft = Draft(outcome="linked", binding=_bound_to(case, account))
    paths = tuple(c.path for c in case.changes)
    draft = draft.say("linking.steps", f"an existing account is linked, by {found.step}", about=paths)
    if found.step == "confirm":
        ask = Notify(account=account.id, code="link.confirm")
        draft = draft.move("pending", case.facts.now).remember(link="confirm")
        return draft.say("linking.steps", "waits until the person confirms", ask)
    draft = _taken_in(case, draft, found)
    return draft if case.active else _disabled_at_once(case, draft, account)


def _bound_to(case: Case, account: Account) -> Binding:
    waiting = not account.ready and case.policy.create.initial == "invited"
    return evolve(
        _unbound(case),
        account=account.id,
        state="invited" if waiting else "active",
        roles=account.roles,
        override=linking.roles_by_hand(case, account),
        held=account.held,
    )


def _taken_in(case: Case, draft: Draft, found: linking.Found) -> Draft:
    """What a link needs besides: an account from elsewhere or from the grave a seat, an invited one its invitation."""
    if found.step == "invite":
        draft = draft.move("invited", case.facts.now)
    if found.step in ("add_membership", "invite", "resurrect"):
        draft = seats.take(as_new(case), draft)
    if found.step in ("add_membership", "resurrect") and case.active:
        effect = ActivateAccount(account=draft.account)
        rule = "delete.recreate" if found.step == "resurrect" else "linking.other_tenant"
        draft = draft.say(rule, "the account can be used here", effect)
    return invitations.write(case, draft) if draft.bound.state == "invited" else draft


def _disabled_at_once(case: Case, draft: Draft, account: Account) -> Draft:
    """The account is linked and disabled by one request: both rules apply, the guard of an owner too."""
    facts = evolve(case.facts, binding=draft.bound, account=account, groups=())
    step = deactivation.disable(evolve(case, facts=facts, changes=()))
    return evolve(step, outcome="linked", notes=(*draft.notes, *step.notes), effects=(*draft.effects, *step.effects))


def _namesake(case: Case, namesake: Binding) -> Draft:
    """A managed user has the name already, active or not (POL-033)."""
    inactive = namesake.state in ("suspended", "anonymised")
    if case.policy.reactivate.on_post == "restore" and inactive and case.active and _same_person(case):
        return _restored(case, namesake)
    raise Refused("reactivate.on_post", "a user of that name exists", taken(case, inactive))


def taken(case: Case, inactive: bool = False) -> Uniqueness:
    """The clash of a name, with the remedy for either case."""
    remedy = (
        "It is disabled: enable it (PATCH active true) instead of creating it again."
        if inactive
        else "Match the existing user (filter by userName) instead of creating it again."
    )
    return Uniqueness(f"{the_user(case.after)} exists already. {remedy}", code="SC-2004")


def _same_person(case: Case) -> bool:
    """Whether the new user is the disabled one (POL-034)."""
    if case.policy.reactivate.post_needs == "user_name":
        return True
    mine, theirs = text(case.after, "externalId"), case.facts.namesake_data.get("externalId")
    return mine is not None and mine == theirs


def _restored(case: Case, namesake: Binding) -> Draft:
    """The disabled user is enabled by being created again; the facts asked for from now on are that user's."""
    before = json_object(case.facts.namesake_data)
    after = {**case.after, "active": True}
    facts = evolve(case.facts, binding=namesake, namesake=None)
    then = evolve(case, facts=facts, before=before, after=after, changes=changes.differences(before, after))
    draft = evolve(reactivation.enable(then), outcome="restored", resource=namesake.resource)
    return evolve(draft, data=after if draft.data is None else draft.data)
