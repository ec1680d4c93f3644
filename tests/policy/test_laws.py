"""What holds of every plan, whatever the policy, the facts and the trigger."""

import json
from collections import Counter

from attrs import asdict, evolve
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from policies.dastra import DASTRA
from policies.secoda import SECODA
from scimcore.errors import ScimError
from scimcore.policy import STANDARD, Plan, Policy
from scimcore.policy.deciding import decide
from scimcore.policy.facts import UNKNOWN, Account, Binding, Facts, GroupFact, MemberFact, SeatCount, Tenant
from scimcore.policy.plans import Ask
from scimcore.policy.refusals import CODES
from scimcore.policy.triggers import Created, Trigger, Updated
from scimcore.policy.values import get
from scimcore.schema import USER_URN
from scimcore.schema.json import JsonObject
from tests.policy.support import ANSWERS, GROUP, NOW, OFF, bound, created, group, plan_for, regroup, ungroup, updated
from tests.policy.test_lifecycle import HAPPENS, MEMORIES, POLICIES

#: A person whose every value can be told from everything that the policy itself may say.
PERSON: JsonObject = {
    "schemas": [USER_URN],
    "externalId": "ZZexternalZZ",
    "userName": "ZZuserZZ@ZZdomainZZ.example",
    "name": {"givenName": "ZZgivenZZ", "familyName": "ZZfamilyZZ"},
    "title": "ZZtitleZZ",
    "active": True,
}

BUILT = [*POLICIES]

states = st.sampled_from(("pending", "invited", "active", "suspended", "anonymised", "deleted"))
accounts = st.builds(
    Account,
    id=st.just("a-1"),
    owner=st.booleans(),
    held=st.booleans(),
    ready=st.booleans(),
    managed=st.booleans(),
    roles=st.sampled_from(((), ("owner",), ("admin",))),
    email=st.sampled_from((None, "ann@acme.com", "ZZuserZZ@ZZdomainZZ.example")),
    matched_by=st.sampled_from(("", "userName", "email", "externalId")),
    deleted=st.booleans(),
    elsewhere=st.booleans(),
    protected=st.sampled_from(("", "service", "token_creator")),
)
tenants = st.builds(
    Tenant,
    plan=st.sampled_from(("open", "open", "lapsed", "closed")),
    default_role=st.sampled_from((None, "member")),
    sso_enforced=st.booleans(),
    verified_domains=st.sampled_from(((), ("acme.com",), ("zzdomainzz.example",))),
)


@st.composite
def bindings(draw: st.DrawFn) -> Binding:
    return bound(
        draw(states),
        held=draw(st.booleans()),
        override=draw(st.sampled_from((None, ("admin",)))),
        memory=draw(st.sampled_from(MEMORIES)),
    )


answers = st.fixed_dictionaries(
    {
        "account": st.none() | accounts,
        "seats": st.none() | st.builds(SeatCount, st.none() | st.integers(0, 3), st.integers(0, 3)),
        "other_owner": st.booleans(),
        "candidates": st.lists(accounts, max_size=2).map(tuple),
        "groups": st.just(()) | st.just((GroupFact(id="g-1", name="Sales", team="team-1"),)),
        "members": bindings().map(lambda b: {"u-1": MemberFact(binding=b)}),
        "recent_leavers": st.integers(0, 9),
        "managed_users": st.integers(0, 9),
        "manager": st.none() | st.just("a-boss"),
        "external_id_taken": st.booleans(),
        "team": st.none(),
        "ancestors": st.just(()) | st.just((GroupFact(id="g-9", name="All", team="team-9"),)),
        "member_count": st.integers(0, 9),
        "group_count": st.integers(0, 9),
    }
)

PEOPLE: list[Trigger] = [
    *HAPPENS.values(),
    created(PERSON),
    updated(PERSON, {**PERSON, "title": "ZZotherZZ", "userName": "ZZnewZZ@ZZelseZZ.example"}),
    updated(PERSON, {**PERSON, "active": False, "title": "ZZotherZZ"}),
    updated({**PERSON, "active": False}, PERSON, method="PUT"),
]
GROUPS: list[Trigger] = [group("u-1"), regroup("u-1", after="ZZsalesZZ"), regroup(removed=("u-1",)), ungroup("u-1")]


@st.composite
def situations(draw: st.DrawFn, *, scim_only: bool = False) -> tuple[Policy, Facts, Trigger, dict[str, object]]:
    about_group = draw(st.booleans()) and draw(st.booleans())
    triggers = GROUPS if about_group else PEOPLE
    trigger = draw(st.sampled_from([t for t in triggers if not scim_only or isinstance(t, Created | Updated)]))
    anew = isinstance(trigger, Created)
    binding = None if anew and scim_only else draw(st.none() | (st.just(GROUP) if about_group else bindings()))
    known = Facts(now=NOW, tenant=draw(tenants), connection="c-1", binding=binding, data=PERSON)
    return draw(st.sampled_from(BUILT)), known, trigger, draw(answers)


several = settings(max_examples=150)


@several
@given(situations())
def test_asking_ends_and_never_asks_for_what_is_known(
    situation: tuple[Policy, Facts, Trigger, dict[str, object]],
) -> None:
    """Totality: every state x trigger gives a plan, within as many rounds as there are facts."""
    policy, known, trigger, given_ = situation
    plan = plan_for(policy, known, trigger, **given_)
    assert plan.notes
    assert (plan.refusal is not None) is (plan.outcome == "refused")


@several
@given(situations())
def test_the_same_facts_give_the_same_plan_and_what_was_not_asked_for_says_nothing(
    situation: tuple[Policy, Facts, Trigger, dict[str, object]],
) -> None:
    """Dry run equals commit: decide is pure, and facts that nobody asked for change nothing."""
    policy, known, trigger, given_ = situation
    asked = known
    while isinstance(answer := decide(policy, asked, trigger), Ask):
        asked = evolve(asked, **{need: given_[need] for need in answer.needs})
    again = decide(policy, asked, trigger)
    assert isinstance(again, Plan)
    assert _comparable(again) == _comparable(answer)
    unasked = [need for need in ANSWERS if getattr(asked, need) is UNKNOWN]
    with_everything = decide(policy, evolve(asked, **{need: given_[need] for need in unasked}), trigger)
    assert isinstance(with_everything, Plan)
    assert _comparable(with_everything) == _comparable(answer)


def _comparable(plan: Plan) -> tuple[Plan, str]:
    """Errors are exceptions, which are equal to nothing but themselves."""
    return evolve(plan, refusal=None), str(plan.refusal)


@several
@given(situations())
def test_effects_name_accounts_and_never_a_scim_id_or_a_value(
    situation: tuple[Policy, Facts, Trigger, dict[str, object]],
) -> None:
    policy, known, trigger, given_ = situation
    plan = plan_for(policy, known, trigger, **given_)
    for effect in plan.effects:
        assert effect.account != "u-1"
        assert "ZZ" not in json.dumps(asdict(effect))
    assert not any("ZZ" in note.text + note.rule for note in plan.notes)
    if plan.binding is not None:
        assert "ZZ" not in json.dumps(plan.binding.memory.as_json())


@several
@given(situations())
def test_every_change_and_effect_is_attributed_to_exactly_one_rule(
    situation: tuple[Policy, Facts, Trigger, dict[str, object]],
) -> None:
    policy, known, trigger, given_ = situation
    plan = plan_for(policy, known, trigger, **given_)
    if plan.outcome == "refused":
        assert [note.about for note in plan.notes] == [("refusal",)]
        return
    claimed = Counter(name for note in plan.notes for name in note.about if name[0].isupper())
    emitted = Counter(type(effect).__name__ for effect in plan.effects)
    assert set(claimed) == set(emitted)
    assert all(claimed[name] <= emitted[name] for name in emitted)
    assert {note.rule for note in plan.notes} <= _known_rules(), {note.rule for note in plan.notes} - _known_rules()


@several
@given(situations(scim_only=True))
def test_every_changed_path_is_attributed_once(situation: tuple[Policy, Facts, Trigger, dict[str, object]]) -> None:
    policy, known, trigger, given_ = situation
    assert isinstance(trigger, Created | Updated)
    change, plan = trigger.change, plan_for(policy, known, trigger, **given_)
    if plan.outcome == "refused":
        return
    said = Counter(name for note in plan.notes for name in note.about if name[0].islower())
    for changed in change.changes:
        left_out = plan.data is not None and get(plan.data, changed.path) != changed.after
        assert said[changed.path] == (0 if left_out and changed.path not in said else 1), (changed.path, plan.notes)


def _known_rules() -> set[str]:
    from scimcore.policy import statements

    return {statement.path for statement in statements(STANDARD)} | {"lifecycle"}


@several
@given(situations())
def test_refusals_have_a_listed_code_and_the_right_status(
    situation: tuple[Policy, Facts, Trigger, dict[str, object]],
) -> None:
    """400 with a scimType, 403, 409 uniqueness or 404; never a server error; nothing is written."""
    policy, known, trigger, given_ = situation
    plan = plan_for(policy, known, trigger, **given_)
    error = plan.refusal
    if error is None:
        return
    assert isinstance(error, ScimError) and error.code in CODES
    assert (error.status, error.scim_type) in {
        (400, "invalidValue"),
        (400, "mutability"),
        (403, None),
        (404, None),
        (409, "uniqueness"),
    }
    assert plan.effects == () and plan.binding is None and plan.data is None and plan.opens is None


@several
@given(st.sampled_from((STANDARD, DASTRA, SECODA)), bindings(), answers, tenants)
def test_whoever_becomes_inactive_is_revoked(
    policy: Policy, binding: Binding, given_: dict[str, object], tenant: Tenant
) -> None:
    """A deactivated user's plan always revokes, whatever else it does (POL-002, IPSIE)."""
    assume(binding.state in ("active", "invited", "pending") and not binding.memory.link_unconfirmed)
    known = Facts(now=NOW, tenant=tenant, binding=binding)
    for trigger in (HAPPENS["disable"], HAPPENS["delete"], updated(PERSON, {**PERSON, "active": False, "title": "x"})):
        plan = plan_for(policy, known, trigger, **given_)
        if plan.outcome != "refused":
            assert "RevokeCredentials" in [type(effect).__name__ for effect in plan.effects]


@several
@given(st.sampled_from((STANDARD, SECODA)), bindings(), answers)
def test_nothing_but_enabling_opens_a_leavers_account(
    policy: Policy, binding: Binding, given_: dict[str, object]
) -> None:
    """Holds, sign-ins, roles, settings, edits: none of them revives who was disabled (POL-085)."""
    assume(binding.state in ("suspended", "anonymised", "deleted") and binding.memory.works_until is None)
    known = Facts(now=NOW, binding=binding, data=OFF)
    for event in HAPPENS.keys() - {"enable"}:
        trigger = HAPPENS[event] if event != "change" else updated(OFF, {**OFF, "title": "Dr"})
        plan = plan_for(policy, known, trigger, **given_)
        kinds = {type(effect).__name__ for effect in plan.effects}
        assert not {"ActivateAccount", "AwaitSignIn", "ReserveSeat", "SendInvitation"} & kinds
        assert plan.opens is None


def test_codes_are_listed_and_used() -> None:
    from pathlib import Path

    sources = [p for p in Path("src/scimcore/policy").rglob("*.py") if p.name != "refusals.py"]
    text = "\n".join(p.read_text(encoding="utf-8") for p in sources)
    text += Path("src/scimcore/policy/refusals.py").read_text(encoding="utf-8").partition("def who")[2]
    assert [code for code in CODES if code not in text] == []
