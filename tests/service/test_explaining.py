"""Every answer says why: over random stories, what changed, what was set off and what was refused has one rule each.

And a dry run says what then happens: the same plan, effects and notes, with nothing written.
"""

from collections import Counter
from collections.abc import Mapping

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.dastra import DASTRA
from policies.secoda import SECODA
from scimcore.errors import ScimError
from scimcore.policy import (
    STANDARD,
    Deactivate,
    GroupRole,
    Groups,
    Mastered,
    Mastery,
    Plan,
    Policy,
    Reactivate,
    Roles,
    Safety,
    statements,
)
from scimcore.service import Done
from tests.service.support import ADA, BEN, OFF, ON, Stage, add_member, drop_member, replace, start

POLICIES = (
    STANDARD,
    DASTRA,
    SECODA,
    Policy(name="groups", roles=Roles(sources=("groups",), mappings=(GroupRole("Sales", "seller"),))),
    Policy(name="flat", groups=Groups(nested="flatten", membership="additive", whole_above=1)),
    Policy(
        name="careful",
        mastery=Mastery(rules=(Mastered("title", "app"),)),
        deactivate=Deactivate(timing="grace", grace_hours=1, personal_data="obfuscate", owned="admin"),
        safety=Safety(max_leavers=1),
    ),
    Policy(name="strict", deactivate=Deactivate(edits="reject"), reactivate=Reactivate(account="new")),
)
RULES = {statement.path for statement in statements(STANDARD)} | {"lifecycle", "RFC 7644 §3.5.2", "RFC 7643 §2.4"}

_USER_STEPS: tuple[tuple[Mapping[str, object], ...], ...] = (
    (OFF,),
    (ON,),
    (replace("title", "Lead"),),
    (replace("title", "Lead"), replace("displayName", "Ada")),
    (OFF, replace("title", "Gone")),
    (ON, replace("displayName", "Back")),
    (replace("userName", "ada.l@acme.com"),),
    (replace("roles", [{"value": "editor"}]),),
)
steps = st.one_of(
    st.tuples(st.just("patch"), st.integers(0, 1), st.integers(0, len(_USER_STEPS) - 1)),
    st.tuples(st.just("join"), st.integers(0, 1), st.integers(0, 1)),
    st.tuples(st.just("rename"), st.integers(0, 0), st.integers(0, 1)),
    st.tuples(st.just("delete"), st.integers(0, 1), st.integers(0, 0)),
    st.tuples(st.just("create"), st.integers(0, 1), st.integers(0, 0)),
)
Move = tuple[str, int, int]
NAMES = (ADA, BEN)


def _plan_and_do(stage: Stage, ids: dict[str, str], move: Move) -> tuple[Plan, Done | ScimError] | None:
    """The dry run, and what then happened."""
    what, who, how = move
    service, caller = stage.trial.service, stage.caller()
    registry = service.registry(stage.policy)
    user, group = registry["User"], registry["Group"]
    id = ids.get(NAMES[who], "")
    if what == "create":
        body = {"schemas": [user.resource_type.schema.id], "userName": NAMES[who], "title": "New"}
        plan = service.admin.plan_create(caller, user, body)
        done = _caught(lambda: service.create(caller, user, body))
    elif what == "delete" and id:
        plan = service.admin.plan_delete(caller, user, id)
        done = _caught(lambda: service.delete(caller, user, id))
    elif what in ("patch", "join", "rename") and (id or what == "rename"):
        operations = {
            "patch": _USER_STEPS[how % len(_USER_STEPS)],
            "join": (add_member(id) if how else drop_member(id),),
            "rename": (replace("displayName", ("Sales", "Field")[how % 2]),),
        }[what]
        type, target = (user, id) if what == "patch" else (group, ids["group"])
        message = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": list(operations)}
        plan = service.admin.plan_patch(caller, type, target, message)
        done = _caught(lambda: service.patch(caller, type, target, message))
    else:
        return None
    _follow(ids, NAMES[who], what, done)
    return plan, done


def _caught(work: object) -> Done | ScimError:
    try:
        return work()  # type: ignore[operator,no-any-return]
    except ScimError as error:
        return error


def _follow(ids: dict[str, str], name: str, what: str, done: Done | ScimError) -> None:
    if isinstance(done, Done) and what == "create" and done.resource is not None:
        ids[name] = done.resource.document.id
    if isinstance(done, Done) and what == "delete":
        ids.pop(name, None)


def _explained(plan: Plan) -> None:
    """Exactly one rule for a refusal and for each effect; known rules only."""
    assert plan.notes
    assert {note.rule for note in plan.notes} <= RULES
    if plan.refusal is not None:
        assert [note.about for note in plan.notes] == [("refusal",)]
        return
    claimed = Counter(name for note in plan.notes for name in note.about if name[0].isupper())
    emitted = Counter(type(effect).__name__ for effect in plan.effects)
    assert set(claimed) == set(emitted)
    assert all(claimed[name] <= emitted[name] for name in emitted)


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.name)
@settings(max_examples=20, deadline=None)
@given(st.lists(steps, min_size=1, max_size=8))
def test_every_answer_is_explained_and_a_dry_run_says_what_then_happens(policy: Policy, moves: list[Move]) -> None:
    """POL-140: plan == effects of the later real call. Each of its changes and effects has exactly one rule."""
    stage = start(evolve(policy))
    ids = {"group": stage.trial.group("Sales"), ADA: stage.user()}
    for move in moves:
        recorded = len(stage.trial.service.admin.audit("acme"))
        found = _plan_and_do(stage, ids, move)
        if found is None:
            continue
        plan, done = found
        _explained(plan)
        records = stage.trial.service.admin.audit("acme")[recorded:]
        if isinstance(done, ScimError):
            assert plan.refusal is not None and (done.status, done.code) == (plan.refusal.status, plan.refusal.code)
            assert [rule for rule, _ in done.notes] == [note.rule for note in plan.notes]
            assert [record.outcome for record in records] == ["refused"]
        else:
            assert [note.rule for note in done.notes if note.rule in RULES][-len(plan.notes) :] == [
                note.rule for note in plan.notes
            ]
            assert done.outcome in (plan.outcome, "unchanged")
            if done.outcome != "unchanged":
                effects = [type(effect).__name__ for effect in plan.effects]
                assert [list(record.effects) for record in records] == [effects]


class TestARefusal:
    def test_carries_its_notes_those_of_the_dialect_too(self) -> None:
        stage = start()
        stage.settings(seat_limit=0)
        with pytest.raises(ScimError) as raised:
            body = {"userName": ADA, "active": "True"}
            stage.trial.service.create(stage.caller(), stage.trial.service.registry(stage.policy)["User"], body)
        rules = [rule for rule, _ in raised.value.notes]
        assert rules[-1] == "seats.full" and len(rules) > 1
        assert stage.trial.service.admin.audit("acme")[-1].notes[-1].rule == "seats.full"
