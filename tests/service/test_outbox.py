"""Effects are committed with the change, handled at least once, in order per account, and never lost."""

from collections.abc import Sequence

import pytest
from attrs import define, evolve

from scimcore.policy import STANDARD
from scimcore.policy import effects as e
from scimcore.repository import Journal
from scimcore.schema.json import JsonObject
from scimcore.testing.host import TrialHost
from scimcore.testing.trial import SECOND, Clock, Trial

OFF = {"op": "replace", "path": "active", "value": False}
ON = {"op": "replace", "path": "active", "value": True}


def states(trial: Trial) -> list[tuple[object, object]]:
    return [(entry.type, entry.state) for entry in trial.service.admin.effects("acme")]


class TestHandledAtOnce:
    """An effect that the host can do now is done in the transaction of the change."""

    def test_is_recorded_as_done_with_the_account_and_not_handled_again(self) -> None:
        trial = Trial.start()
        user = trial.user("ada@example.com")
        trial.patch(f"/Users/{user}", OFF)
        account = trial.host.all("acme")[0].id
        done = [entry for entry in trial.service.admin.effects("acme") if entry.type == "SuspendAccount"]
        assert [(entry.account, entry.state) for entry in done] == [(account, "done")]
        handled = len(trial.host.handled)
        assert trial.service.worker.drain("acme", policy=STANDARD) == 0
        assert len(trial.host.handled) == handled

    def test_names_the_account_and_never_the_scim_id(self) -> None:
        trial = Trial.start()
        user = trial.user("ada@example.com")
        trial.patch(f"/Users/{user}", OFF)
        trial.delete(f"/Users/{user}")
        assert user not in {entry.account for entry in trial.service.admin.effects("acme")}


class TestLeftForLater:
    """What the host leaves waits in the outbox; nothing newer of the same account overtakes it."""

    def test_waits_until_it_is_drained(self) -> None:
        trial = Trial.start()
        user = trial.user("ada@example.com")
        trial.host.later = frozenset({"SuspendAccount"})
        trial.patch(f"/Users/{user}", OFF)
        assert trial.host.all("acme")[0].state == "active"
        assert ("SuspendAccount", "waiting") in states(trial)
        trial.host.later = frozenset()
        assert trial.service.worker.drain("acme", policy=STANDARD) > 0
        assert trial.host.all("acme")[0].state == "suspended"
        assert {state for _, state in states(trial)} == {"done"}

    def test_holds_back_what_comes_after_it_for_that_account_only(self) -> None:
        trial = Trial.start()
        ada, ben = trial.user("ada@example.com"), trial.user("ben@example.com")
        trial.host.later = frozenset({"SuspendAccount"})
        trial.patch(f"/Users/{ada}", OFF)
        trial.host.later = frozenset()
        trial.patch(f"/Users/{ada}", ON)
        trial.patch(f"/Users/{ben}", OFF)
        # Ada's enabling must not be handled before her disabling is, or the leaver's suspension would win.
        assert [account.state for account in trial.host.all("acme")] == ["active", "suspended"]
        trial.service.worker.drain("acme", policy=STANDARD)
        assert [account.state for account in trial.host.all("acme")] == ["active", "suspended"]
        ours = [x for x in trial.host.effects("acme") if x.account == trial.host.all("acme")[0].id]
        kinds = [type(x) for x in ours]
        assert kinds.index(e.SuspendAccount) < kinds.index(e.ActivateAccount)


@define
class Unreliable(TrialHost):
    """Fails on effects of these classes, as often as it is told to."""

    failing: frozenset[str] = frozenset()
    failures: int = 0

    def handle(self, tx: Journal, tenant: str, effect: e.AnyEffect, *, key: str, resource: JsonObject | None) -> None:
        if type(effect).__name__ in self.failing and self.failures > 0:
            self.failures -= 1
            raise ConnectionError("the mail server of ada@example.com is away")
        TrialHost.handle(self, tx, tenant, effect, key=key, resource=resource)


class TestAHostThatFails:
    """POL-002: the failure of a handler is retried through the outbox, with back-off, and ends as a dead letter."""

    def waiting(self) -> tuple[Trial, Unreliable, str]:
        trial = Trial.start(host=Unreliable())
        user = trial.user("ada@example.com")
        host = trial.host
        assert isinstance(host, Unreliable)
        host.later = frozenset({"SuspendAccount", "RevokeCredentials", "ReleaseSeat"})
        trial.patch(f"/Users/{user}", OFF)
        host.later = frozenset()
        return trial, host, user

    def test_is_asked_again_after_a_while_and_no_sooner(self) -> None:
        trial, host, _ = self.waiting()
        trial.clock.step = 0
        host.failing, host.failures = frozenset({"SuspendAccount"}), 1
        # The others of the leaver do not wait for the one that fails.
        assert trial.service.worker.drain("acme", policy=STANDARD) == 2
        assert trial.service.worker.drain("acme", policy=STANDARD) == 0
        trial.clock.now += SECOND
        assert trial.service.worker.drain("acme", policy=STANDARD) == 1
        assert trial.host.all("acme")[0].state == "suspended"

    def test_leaves_a_dead_letter_in_the_end_which_an_admin_can_release(self) -> None:
        trial, host, user = self.waiting()
        host.failing, host.failures = frozenset({"SuspendAccount"}), 100
        for _ in range(trial.service.limits.effect_attempts + 2):
            trial.service.worker.drain("acme", policy=STANDARD)
            trial.clock.now += 7_200 * SECOND
        dead = [entry for entry in trial.service.admin.effects("acme") if entry.state == "dead"]
        assert [entry.type for entry in dead] == ["SuspendAccount"]
        assert dead[0].error == "ConnectionError"
        # What takes access away waits for nothing, not even for access that failed; an enabling does.
        assert ("RevokeCredentials", "done") in states(trial)
        trial.patch(f"/Users/{user}", ON)
        assert ("ActivateAccount", "waiting") in states(trial)
        host.failures = 0
        assert trial.service.admin.retry("acme", dead[0].key)
        trial.service.worker.drain("acme", policy=STANDARD)
        assert {state for _, state in states(trial)} == {"done"}

    def test_is_not_asked_again_for_what_was_called_off_meanwhile(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Stores with several writers let others write while the host is busy failing."""
        trial, host, _ = self.waiting()
        host.failing, host.failures = frozenset({"SuspendAccount"}), 1
        repository, account = host.repository, host.all("acme")[0].id
        assert repository is not None

        def tick(clock: Clock) -> int:
            if not host.failures:
                # The first look at the clock after the failure: its unit is undone, and nothing is written yet.
                with repository.unit("acme", write=True) as unit:
                    found = next(e for e in unit.backlog(account, clock.now, 9) if e.type == "SuspendAccount")
                    unit.update_effect(evolve(found, state="cancelled"))
                monkeypatch.undo()
            return clock.now

        monkeypatch.setattr(Clock, "__call__", tick)
        trial.service.worker.drain("acme", policy=STANDARD)
        assert ("SuspendAccount", "cancelled") in states(trial)

    def test_puts_nothing_of_its_message_into_the_outbox(self) -> None:
        trial, host, _ = self.waiting()
        host.failing, host.failures = frozenset({"SuspendAccount"}), 1
        trial.service.worker.drain("acme", policy=STANDARD)
        assert "ada@example.com" not in str(trial.service.admin.effects("acme"))

    def test_undoes_the_whole_request_when_it_fails_within(self) -> None:
        trial = Trial.start(host=Unreliable())
        user = trial.user("ada@example.com")
        before = (trial.get(f"/Users/{user}").body, trial.service.admin.effects("acme"))
        audit = trial.service.admin.audit("acme")
        host = trial.host
        assert isinstance(host, Unreliable)
        host.failing, host.failures = frozenset({"ReleaseSeat"}), 1
        with pytest.raises(ConnectionError):
            trial.patch(f"/Users/{user}", OFF)
        assert (trial.get(f"/Users/{user}").body, trial.service.admin.effects("acme")) == before
        # But for the record of the failure, in a unit of its own.
        *rest, failed = trial.service.admin.audit("acme")
        assert rest == audit
        assert (failed.outcome, failed.target, failed.operation) == ("failed", user, "patch")
        assert "ReleaseSeat (ConnectionError)" in failed.notes[0].text and "ada@" not in str(failed.as_json())
        assert trial.host.all("acme")[0].state == "active"


class TestNothingIsEmitted:
    """EVT-009: never for failed, rolled back or no-op writes."""

    @pytest.mark.parametrize(
        "operations",
        [
            [ON],
            [{"op": "replace", "path": "active", "value": False}, {"op": "replace", "path": "id", "value": "x"}],
            [{"op": "replace", "path": "userName", "value": "ben@example.com"}],
        ],
        ids=["a no-op", "an operation that fails after one that would do", "a clash at the write"],
    )
    def test_by_what_changes_nothing(self, operations: Sequence[JsonObject]) -> None:
        trial = Trial.start()
        user = trial.user("ada@example.com")
        trial.user("ben@example.com")
        before = states(trial)
        version = trial.get(f"/Users/{user}").headers["ETag"]
        trial.patch(f"/Users/{user}", *operations)
        assert states(trial) == before
        assert trial.get(f"/Users/{user}").headers["ETag"] == version
