"""Seats that do not follow the state of an account, with a product that keeps a ledger of them."""

import pytest

from scimcore.policy import ANONYMISE_LEAVERS, Deactivate, Policy, Roles, SeatPool, Seats
from scimcore.policy.triggers import SignedIn
from scimcore.testing.host import TrialHost
from tests.service.support import ADA, BEN, DAY, Stage, policy, replace, start


def stage_of(chosen: Policy, seat_limit: int) -> Stage:
    stage = start(chosen, host=TrialHost(ledger=True))
    stage.settings(seat_limit=seat_limit)
    return stage


def used(stage: Stage) -> int:
    return len(stage.host.seated_of.get("acme", {}))


def test_a_kept_seat_is_taken() -> None:
    stage = stage_of(policy(deactivate=Deactivate(seat="keep")), 1)
    id = stage.user()
    stage.off(id)
    stage.post(BEN, 403)
    stage.on(id)
    assert used(stage) == 1
    stage.delete(id)
    stage.post(BEN)
    assert used(stage) == 1


def test_a_seat_is_free_when_the_period_ends() -> None:
    stage = stage_of(policy(deactivate=Deactivate(seat="period_end")), 1)
    stage.settings(seat_limit=1, period_ends=stage.trial.clock.now + 10 * DAY)
    stage.off(stage.user())
    stage.post(BEN, 403)
    stage.later(11 * DAY)
    stage.post(BEN)
    assert used(stage) == 1


def test_those_who_signed_in_have_seats() -> None:
    stage = stage_of(policy(seats=Seats(counts="signed_in")), 1)
    stage.user()
    stage.user(BEN)
    assert stage.tell(SignedIn()).refusal is None
    assert stage.tell(SignedIn(), stage.account(1).id).refusal is not None
    assert stage.tell(SignedIn()).refusal is None
    assert used(stage) == 1


def test_a_degraded_user_has_none() -> None:
    stage = stage_of(policy(seats=Seats(full="degrade", degraded_role="guest")), 1)
    stage.user()
    id = stage.user(BEN)
    assert used(stage) == 1
    stage.off(id)
    assert used(stage) == 1


@pytest.mark.parametrize("seat", ["now", "keep"])
def test_an_anonymised_user_keeps_none(seat: str) -> None:
    leaving = Deactivate(access="anonymise", seat=seat)  # type: ignore[arg-type]
    stage = stage_of(policy(deactivate=leaving, reactivate=ANONYMISE_LEAVERS.reactivate), 1)
    id = stage.user()
    for _ in range(3):
        stage.off(id)
        assert used(stage) == 0
        stage.on(id)
        assert used(stage) == 1
    stage.delete(id)
    assert used(stage) == 0


@pytest.mark.parametrize("ledger", [True, False])
def test_a_pool_that_the_product_does_not_know_is_full(ledger: bool) -> None:
    chosen = policy(roles=Roles(sources=("roles",)), seats=Seats(pools=(SeatPool("editor", ("editor",)),)))
    stage = start(chosen, host=TrialHost(ledger=ledger))
    stage.settings(seat_limit=10)
    stage.post(BEN, 403, roles=[{"value": "editor"}])
    id = stage.user(ADA, roles=[{"value": "viewer"}])
    stage.patch(id, replace("roles", [{"value": "editor"}]), status=403)
