"""The lifecycle is one table, total, and the pages are drawn from it."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.dastra import DASTRA
from policies.secoda import SECODA
from scimcore.policy import STANDARD, Create, Deactivate, Delete, Policy, Reactivate
from scimcore.policy.facts import Account, Binding, Memory
from scimcore.policy.lifecycle import (
    LIFECYCLE,
    LIFECYCLE_STATES,
    MEANINGS,
    TRIGGER_NAMES,
    TRIGGERS,
    LifecycleState,
    TriggerName,
)
from scimcore.policy.triggers import (
    AccountDeleted,
    Approved,
    Disconnected,
    Edited,
    Held,
    RolesSet,
    SettingsChanged,
    SignedIn,
    TimePassed,
    Trigger,
)
from tests.docs.policy_pages import REGENERATE, arrows, diagram, drawn, page
from tests.policy.support import ANN, DELETE, DISABLE, ENABLE, NOW, OFF, bound, created, facts, plan_for, updated

DOCS = Path(__file__).parents[2] / "docs" / "reference"

HAPPENS: dict[TriggerName, Trigger] = {
    "create": created(),
    "change": updated(ANN, {**ANN, "title": "Dr"}),
    "disable": DISABLE,
    "enable": ENABLE,
    "delete": DELETE,
    "sign_in": SignedIn(),
    "set_roles": RolesSet(("admin",)),
    "edit": Edited(("title",)),
    "hold": Held(True),
    "release": Held(False),
    "remove": AccountDeleted(),
    "settings": SettingsChanged(),
    "time": TimePassed(),
    "approve": Approved(),
    "reject": Approved(granted=False),
    "disconnect": Disconnected(),
}

#: Policies that between them use every state and every way between two.
POLICIES = [
    STANDARD,
    DASTRA,
    SECODA,
    Policy(name="pending", create=Create(initial="pending")),
    Policy(name="grace", deactivate=Deactivate(timing="grace", grace_hours=1)),
    Policy(name="approval", deactivate=Deactivate(timing="approval")),
    Policy(name="anew", reactivate=Reactivate(account="new"), delete=Delete(account="hard")),
    Policy(name="deleting", deactivate=Deactivate(access="delete"), nonconformant=True),
]

MEMORIES = [
    Memory(),
    Memory(state_before="invited"),
    Memory(state_before="pending"),
    Memory(state_before="active", created_disabled=True),
    Memory(works_until="approval", seat_until=0),
    Memory(works_until=NOW + 9, seat_until=NOW + 9),
    Memory(link_unconfirmed=True),
    Memory(waits_for_seat=True),
    Memory(degraded=True),
    Memory(invitation_expired=True),
    Memory(default_role="member"),
    Memory(guest=True),
    Memory(teams_left=True),
    Memory(taken_over=("title",)),
]


class TestTotal:
    """States x triggers: every cell is there, names a rule that exists, and leads to states that exist."""

    def test_every_cell(self) -> None:
        assert set(LIFECYCLE) == set(LIFECYCLE_STATES) == set(MEANINGS)
        for state in LIFECYCLE_STATES:
            assert set(LIFECYCLE[state]) == set(TRIGGER_NAMES) == set(TRIGGERS) == set(HAPPENS)
            for transition in LIFECYCLE[state].values():
                assert set(transition.to) <= set(LIFECYCLE_STATES)
                assert transition.to or transition.rule in ("clash", "gone")

    @pytest.mark.parametrize("state", LIFECYCLE_STATES)
    @pytest.mark.parametrize("event", TRIGGER_NAMES)
    def test_every_cell_is_decided_and_ends_where_the_table_says(
        self, state: LifecycleState, event: TriggerName
    ) -> None:
        for policy in POLICIES:
            for memory in MEMORIES:
                binding = None if state == "absent" else bound(state, memory=memory)
                data = OFF if state in ("suspended", "anonymised", "deleted") else ANN
                plan = plan_for(policy, facts(binding, data=data), HAPPENS[event])
                if plan.outcome == "refused":
                    continue
                end = _end(plan.binding, plan.unbinds)
                assert end in LIFECYCLE[state][event].to, (policy.name, memory)

    @pytest.mark.parametrize("state", LIFECYCLE_STATES)
    @pytest.mark.parametrize("event", TRIGGER_NAMES)
    def test_what_the_table_refuses_is_refused(self, state: LifecycleState, event: TriggerName) -> None:
        if LIFECYCLE[state][event].to:
            return
        binding = None if state == "absent" else bound(state)
        plan = plan_for(STANDARD, facts(binding), HAPPENS[event])
        assert plan.refusal is not None and plan.refusal.status in (404, 409)


def _end(binding: Binding | None, unbinds: bool) -> LifecycleState:
    return "absent" if binding is None or unbinds else binding.state


class TestReachable:
    """No state is a dead end unless the policy says so."""

    def test_every_state_is_entered_from_nothing(self) -> None:
        found: set[LifecycleState] = {"absent"}
        for _ in LIFECYCLE_STATES:
            found |= {end for (start, end) in arrows() if start in found}
        assert found == set(LIFECYCLE_STATES)

    def test_every_state_leads_back_to_active(self) -> None:
        found: set[LifecycleState] = {"active"}
        for _ in LIFECYCLE_STATES:
            found |= {start for (start, end) in arrows() if end in found}
        assert found == set(LIFECYCLE_STATES)

    @settings(max_examples=60)
    @given(st.sampled_from(POLICIES[:-1]), st.lists(st.sampled_from(TRIGGER_NAMES), max_size=12))
    def test_whoever_is_disabled_can_be_enabled(self, policy: Policy, events: list[TriggerName]) -> None:
        """Whatever happened before: an inactive user is active, invited or pending after being enabled."""
        binding, active = None, True
        for turn, event in enumerate(events):
            plan = plan_for(policy, facts(binding, data=ANN if active else OFF, now=NOW + turn), HAPPENS[event])
            if plan.outcome == "refused":
                continue
            binding = None if plan.unbinds else _stored(plan.binding, turn)
            active = binding is None or binding.state in ("active", "invited", "pending")
        if binding is not None and binding.state in ("suspended", "anonymised"):
            back = plan_for(policy, facts(binding, now=NOW + 99), ENABLE, account=Account(id="a-1"))
            assert back.binding is not None and back.binding.state in ("active", "invited", "pending")


def _stored(binding: Binding | None, turn: int) -> Binding | None:
    from attrs import evolve

    return evolve(binding, account=f"a-{turn}") if binding and binding.account == "*opened*" else binding


class TestPages:
    """docs/reference/lifecycle.md and its diagram come from the table."""

    def test_they_are_what_the_table_says(self) -> None:
        assert (DOCS / "lifecycle.md").read_text(encoding="utf-8") == page(), REGENERATE
        assert (DOCS / "lifecycle.svg").read_text(encoding="utf-8") == diagram(), REGENERATE

    def test_the_diagram_has_every_state_and_arrow(self) -> None:
        svg = diagram()
        assert all(f">{state}</text>" in svg for state in LIFECYCLE_STATES)
        assert svg.count('<path d="M') == len(drawn()) + 1
        left_out = {pair for pair in arrows() if pair not in drawn()}
        assert {end for _, end in left_out} <= {"absent", "deleted"}
