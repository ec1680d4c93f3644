"""The policy against an independent model, through the whole service (issue: proof; POL-001 to POL-151)."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.machine.machine import MACHINES, Machine

SETTINGS = settings(
    max_examples=14, stateful_step_count=28, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)


@pytest.mark.parametrize("machine", MACHINES, ids=lambda m: m.policy)
def test_nothing_that_can_happen_leads_astray(machine: type[Machine]) -> None:
    run_state_machine_as_test(machine, settings=SETTINGS)  # type: ignore[no-untyped-call]
