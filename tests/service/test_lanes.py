"""What takes access away never waits: not for mail, not for a dead letter, not for a worker that is down."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from random import Random
from typing import Final

import pytest
from attrs import define, evolve, field

from scimcore.host import Later
from scimcore.policy import ANONYMISE_LEAVERS, STANDARD, Deactivate, Policy
from scimcore.policy import effects as e
from scimcore.policy.triggers import Held
from scimcore.repository import EffectRecord, Journal
from scimcore.schema.json import JsonObject
from scimcore.service import Limits, outbox
from scimcore.testing.host import TrialHost
from scimcore.testing.trial import SECOND, Trial

OFF: Final = {"op": "replace", "path": "active", "value": False}
ON: Final = {"op": "replace", "path": "active", "value": True}
#: What an error says. Not written where it is raised: a traceback shows that line.
PERSONAL: Final = "550 no mailbox ada@example.com"
OPENING: Final = ("ActivateAccount", "AwaitSignIn", "ReserveSeat", "SyncMemberships", "SendInvitation")
INVITE: Final = evolve(STANDARD, name="invite", create=evolve(STANDARD.create, initial="invited"))


@define
class Moody(TrialHost):
    """Does with each type of effect what the test says: nothing special, `Later`, or an error."""

    mood: dict[str, str] = field(factory=dict)

    def handle(self, tx: Journal, tenant: str, effect: e.AnyEffect, *, key: str, resource: JsonObject | None) -> None:
        mood = self.mood.get(type(effect).__name__, "")
        if mood == "later":
            raise Later
        if mood == "fails":
            raise ConnectionError(PERSONAL)
        TrialHost.handle(self, tx, tenant, effect, key=key, resource=resource)


def start(policy: Policy = STANDARD, later: Sequence[type[e.AnyEffect]] = ()) -> tuple[Trial, Moody]:
    host = Moody()
    return Trial.start(host=host, policy=policy, later=later, limits=Limits(effect_attempts=2)), host


def drain(trial: Trial, times: int = 3, policy: Policy = STANDARD) -> None:
    for _ in range(times):
        trial.service.worker.drain("acme", policy=policy)
        trial.clock.now += 7200 * SECOND


def entries(trial: Trial, *states: str) -> list[EffectRecord]:
    return [entry for entry in trial.service.admin.effects("acme") if not states or entry.state in states]


def state_of(trial: Trial) -> str:
    return trial.host.all("acme")[0].state


# Every type that is not handled, and how it is not: put off, down, failing until it is a dead letter.
NOT_HANDLED: Final = [
    (kind, how)
    for kind in ("SendInvitation", "UpdateProfile", "SetRoles", "ActivateAccount", "ReserveSeat", "SyncMemberships")
    for how in ("later", "dead")
]


class TestASuspensionIsHandledInTheRequest:
    @pytest.mark.parametrize(("kind", "how"), NOT_HANDLED)
    @pytest.mark.parametrize("policy", [STANDARD, ANONYMISE_LEAVERS, INVITE], ids=lambda policy: policy.name)
    @pytest.mark.parametrize("request_", ["disable", "delete", "hold"])
    def test_whatever_is_stuck_before_it(self, kind: str, how: str, policy: Policy, request_: str) -> None:
        trial, host = start(policy)
        host.mood = {kind: "later"}
        user = trial.user("ada@example.com")
        trial.patch(f"/Users/{user}", {"op": "replace", "path": "displayName", "value": "Ada"})
        if how == "dead":
            host.mood = {kind: "fails"}
            drain(trial, policy=policy)
        account = host.all("acme")[0].id
        if request_ == "disable":
            assert trial.patch(f"/Users/{user}", OFF).status == 200
        elif request_ == "delete":
            assert trial.delete(f"/Users/{user}").status == 204
        else:
            trial.service.product.tell("acme", Held(on=True), account, policy=policy)
        assert host.all("acme")[0].state in ("suspended", "anonymised", "deleted")
        assert not [x for x in entries(trial, "waiting", "dead") if x.type in OPENING and x.lane != "access"]
        # The worker comes back, and an admin retries all that is dead: nothing lets the leaver in again.
        host.mood = {}
        for entry in entries(trial, "dead"):
            trial.service.admin.retry("acme", entry.key)
        drain(trial, policy=policy)
        assert host.all("acme")[0].state in ("suspended", "anonymised", "deleted")
        assert not entries(trial, "waiting", "dead")

    def test_although_something_else_of_the_same_request_fails(self) -> None:
        trial, host = start()
        user = trial.user("ada@example.com")
        host.mood = {"UpdateProfile": "fails"}
        answer = trial.patch(f"/Users/{user}", OFF, {"op": "replace", "path": "displayName", "value": "Ada"})
        assert answer.status == 200 and state_of(trial) == "suspended"
        (left,) = entries(trial, "waiting")
        assert (left.type, left.attempts, left.error) == ("UpdateProfile", 1, "ConnectionError")
        host.mood = {}
        drain(trial)
        assert not entries(trial, "waiting") and state_of(trial) == "suspended"


class TestWhatIsNewerWaitsForAccess:
    def test_an_enabling_never_overtakes_a_suspension(self) -> None:
        trial, host = start()
        user = trial.user("ada@example.com")
        host.mood = {"SuspendAccount": "later"}
        trial.patch(f"/Users/{user}", OFF)
        trial.patch(f"/Users/{user}", ON)
        assert ("ActivateAccount", "waiting") in [(x.type, x.state) for x in entries(trial)]
        host.mood = {}
        drain(trial)
        assert state_of(trial) == "active" and not entries(trial, "waiting", "dead")

    def test_mail_waits_for_no_change_and_no_change_for_mail(self) -> None:
        trial, host = start(later=(e.SendInvitation,))
        user = trial.user("ada@example.com")
        trial.patch(f"/Users/{user}", {"op": "replace", "path": "displayName", "value": "Ada"})
        assert [x.type for x in entries(trial, "waiting")] == ["SendInvitation"]
        host.mood = {"UpdateProfile": "later"}
        trial.patch(f"/Users/{user}", {"op": "replace", "path": "displayName", "value": "Ada L."})
        assert trial.service.worker.drain("acme", policy=STANDARD) == 1
        assert [x.type for x in entries(trial, "waiting")] == ["UpdateProfile"]

    def test_a_seat_that_was_never_reserved_is_not_released(self) -> None:
        trial, host = start()
        host.mood = {"ReserveSeat": "later"}
        user = trial.user("ada@example.com")
        trial.patch(f"/Users/{user}", OFF)
        host.mood = {}
        drain(trial)
        seats = [(x.type, x.state) for x in entries(trial) if x.type.endswith("Seat")]
        assert seats == [("ReserveSeat", "cancelled"), ("ReleaseSeat", "cancelled")]
        assert not [x for x in host.effects("acme") if isinstance(x, e.ReserveSeat | e.ReleaseSeat)]

    def test_a_grace_period_that_is_over_calls_off_what_it_makes_pointless(self) -> None:
        policy = evolve(STANDARD, name="grace", deactivate=Deactivate(timing="grace", grace_hours=1))
        trial, host = start(policy)
        user = trial.user("ada@example.com")
        trial.patch(f"/Users/{user}", OFF)
        drain(trial, policy=policy)
        host.mood = {"ActivateAccount": "later"}
        trial.patch(f"/Users/{user}", ON)
        trial.patch(f"/Users/{user}", OFF)
        host.mood = {"ActivateAccount": "fails"}
        drain(trial, policy=policy)
        host.mood = {}
        for entry in entries(trial, "dead"):
            trial.service.admin.retry("acme", entry.key)
        drain(trial, policy=policy)
        assert state_of(trial) == "suspended" and not entries(trial, "waiting", "dead")


class TestATeam:
    """Effects on a team are in order by team; to leave it waits for nothing."""

    def team(self) -> tuple[Trial, Moody, str, str]:
        trial, host = start()
        user = trial.user("ada@example.com")
        group = trial.post("/Groups", {"displayName": "Team"}).body["id"]
        return trial, host, user, group

    def member(self, trial: Trial, group: str, user: str, op: str) -> None:
        if op == "add":
            change: JsonObject = {"op": "add", "path": "members", "value": [{"value": user}]}
        else:
            change = {"op": "remove", "path": f'members[value eq "{user}"]'}
        assert trial.patch(f"/Groups/{group}", change).status in (200, 204)

    def test_is_left_although_its_renaming_is_dead(self) -> None:
        trial, host, user, group = self.team()
        self.member(trial, group, user, "add")
        host.mood = {"RenameTeam": "later"}
        trial.patch(f"/Groups/{group}", {"op": "replace", "path": "displayName", "value": "Crew"})
        host.mood = {"RenameTeam": "fails"}
        drain(trial)
        assert [x.state for x in entries(trial) if x.type == "RenameTeam"] == ["dead"]
        self.member(trial, group, user, "remove")
        assert not host.teams("acme")[0].members

    @pytest.mark.parametrize("dead", [False, True])
    def test_is_not_joined_by_a_late_effect_after_it_was_left(self, dead: bool) -> None:
        trial, host, user, group = self.team()
        host.mood = {"SyncTeam": "later"}
        self.member(trial, group, user, "add")
        if dead:
            host.mood = {"SyncTeam": "fails"}
            drain(trial)
        host.mood = {}
        self.member(trial, group, user, "remove")
        for entry in entries(trial, "dead"):
            trial.service.admin.retry("acme", entry.key)
        drain(trial)
        assert not entries(trial, "waiting", "dead")
        assert not host.teams("acme")[0].members

    def test_is_joined_late_by_those_who_are_still_in_the_group(self) -> None:
        trial, host, user, group = self.team()
        host.mood = {"SyncTeam": "later"}
        self.member(trial, group, user, "add")
        host.mood = {}
        drain(trial)
        assert len(host.teams("acme")[0].members) == 1


class TestNobodyIsToldThatItIsDoneWhenItIsNot:
    def test_the_audit_the_log_and_the_outbox_say_so(self, caplog: pytest.LogCaptureFixture) -> None:
        trial, _ = start(later=(e.RevokeCredentials,))
        user = trial.user("ada@example.com")
        with caplog.at_level(logging.ERROR, "scimcore"):
            trial.patch(f"/Users/{user}", OFF)
        account = trial.host.all("acme")[0].id
        (line,) = [record.getMessage() for record in caplog.records]
        (entry,) = [x for x in entries(trial, "waiting") if x.type == "RevokeCredentials"]
        assert all(part in line for part in ("acme", "RevokeCredentials", account, entry.key, "attempt 1"))
        notes = trial.service.admin.audit("acme")[-1].notes
        assert [note.text for note in notes if note.rule == "effects.waiting"] == [
            "RevokeCredentials waits for the worker. The product has not carried it out yet."
        ]

    def test_a_grace_period_is_no_delay(self, caplog: pytest.LogCaptureFixture) -> None:
        policy = evolve(STANDARD, name="grace", deactivate=Deactivate(timing="grace", grace_hours=1))
        trial, _ = start(policy)
        user = trial.user("ada@example.com")
        trial.patch(f"/Users/{user}", OFF)
        assert not caplog.records
        assert "effects.waiting" not in [n.rule for n in trial.service.admin.audit("acme")[-1].notes]


class TestAFailureIsLogged:
    def test_by_the_worker_with_its_traceback_and_nothing_personal(self, caplog: pytest.LogCaptureFixture) -> None:
        trial, host = start(later=(e.SendInvitation,))
        trial.user("ada@example.com")
        host.mood = {"SendInvitation": "fails"}
        trial.service.worker.drain("acme", policy=STANDARD)
        (record,) = [r for r in caplog.records if r.name == "scimcore"]
        (entry,) = entries(trial, "waiting")
        assert record.levelno == logging.ERROR and record.exc_info is not None
        for part in ("acme", "SendInvitation", entry.key, entry.account, "attempt 1", "ConnectionError", "in handle"):
            assert part in caplog.text
        assert "ada@" not in caplog.text

    def test_in_a_request_and_recorded(self, caplog: pytest.LogCaptureFixture) -> None:
        trial, host = start()
        user = trial.user("ada@example.com")
        host.mood = {"SuspendAccount": "fails"}
        with pytest.raises(ConnectionError):
            trial.patch(f"/Users/{user}", OFF)
        # The web layer reports the request besides; this is about the line on the effect.
        (line,) = [r for r in caplog.records if r.exc_info and r.exc_info[0] is outbox.HandlerError]
        shown = logging.Formatter().format(line)
        assert "SuspendAccount" in shown and "in handle" in shown and "ada@" not in shown
        record = trial.service.admin.audit("acme")[-1]
        assert (record.outcome, record.target, record.type) == ("failed", user, "User")
        assert "ada@" not in str(record.as_json())

    def test_in_the_hosts_own_transaction(self, caplog: pytest.LogCaptureFixture) -> None:
        trial, host = start()
        trial.user("ada@example.com")
        host.mood = {"SuspendAccount": "fails"}
        account, repository = host.all("acme")[0].id, host.repository
        assert repository is not None
        with pytest.raises(ConnectionError), repository.unit("acme", write=True) as unit:
            trial.service.product.tell("acme", Held(on=True), account, policy=STANDARD, within=unit.transaction)
        assert "SuspendAccount" in caplog.text and "ada@" not in caplog.text

    def test_of_one_user_keeps_the_clock_from_no_other(self) -> None:
        trial, host = start()
        users = [trial.user(f"{name}@example.com") for name in ("ada", "ben")]
        for user in users:
            trial.delete(f"/Users/{user}")
        trial.clock.now += 400 * 86_400 * SECOND
        broken = host.all("acme")[0].id

        def handle(tx: Journal, tenant: str, effect: e.AnyEffect, **more: object) -> None:
            if effect.account == broken:
                raise ConnectionError(PERSONAL)

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(Moody, "handle", lambda self, *arguments, **more: handle(*arguments, **more))
            with pytest.raises(ConnectionError):
                trial.service.worker.run_due("acme", policy=STANDARD)
        deleted = [
            x.account for x in entries(trial, "done") if x.type == "DeleteAccount" and x.payload["mode"] == "hard"
        ]
        assert deleted == [host.all("acme")[1].id]


# generated: requests and moods in any order, drained at the end

_KINDS: Final = ("SuspendAccount", "RevokeCredentials", "ReleaseSeat", "ActivateAccount", "SendInvitation")
_KINDS_TOO: Final = ("UpdateProfile", "ReserveSeat", "SetRoles", "SyncMemberships", "AwaitSignIn", "CancelInvitation")


def _steps(random: Random, trial: Trial, host: Moody, users: list[str]) -> Iterator[Callable[[], object]]:
    for _ in range(random.randint(6, 14)):
        user = random.choice(users)
        yield random.choice(
            [
                lambda: host.mood.update({random.choice(_KINDS + _KINDS_TOO): random.choice(["later", "fails"])}),
                lambda: host.mood.clear(),
                lambda user=user: trial.patch(f"/Users/{user}", OFF),
                lambda user=user: trial.patch(f"/Users/{user}", ON),
                lambda user=user: trial.patch(
                    f"/Users/{user}", {"op": "replace", "path": "displayName", "value": str(random.random())}
                ),
                lambda user=user: trial.patch(
                    f"/Users/{user}", OFF, {"op": "replace", "path": "title", "value": str(random.random())}
                ),
                lambda: trial.service.worker.drain("acme", policy=STANDARD),
                lambda: setattr(trial.clock, "now", trial.clock.now + 3600 * SECOND),
            ]
        )


class TestGenerated:
    @pytest.mark.parametrize("policy", [STANDARD, INVITE], ids=lambda policy: policy.name)
    @pytest.mark.parametrize("seed", range(60))
    def test_in_the_end_nobody_who_is_disabled_is_active(self, seed: int, policy: Policy) -> None:
        random = Random(seed)
        trial, host = start(policy)
        users = [trial.user("ada@example.com"), trial.user("ben@example.com")]
        trial.post("/Groups", {"displayName": "Team", "members": [{"value": user} for user in users]})
        for step in _steps(random, trial, host, users):
            # A request that fails is answered 500, and nothing of it is left: the client tries again.
            with suppress(ConnectionError):
                step()
            self.nobody_waits(trial, host, users)
        host.mood.clear()
        for _ in range(3):
            for entry in entries(trial, "dead"):
                trial.service.admin.retry("acme", entry.key)
            drain(trial, policy=policy)
        assert not entries(trial, "waiting", "dead")
        self.agree(trial, host, users)
        self.in_order(trial, host)

    def nobody_waits(self, trial: Trial, host: Moody, users: list[str]) -> None:
        """Access that waits was put off or failed itself: nothing else can hold it."""
        for entry in entries(trial, "waiting"):
            # An access effect that is untouched and due would be handled by its request.
            if entry.lane == "access" and entry.due <= trial.clock.now:
                asked = [n for a in trial.service.admin.audit("acme") for n in a.notes if n.rule == "effects.waiting"]
                assert asked or entry.type == "ReleaseSeat"

    def agree(self, trial: Trial, host: Moody, users: list[str]) -> None:
        """What SCIM says of each user, and what the product does."""
        accounts = {account.email: account for account in host.all("acme")}
        for user in users:
            body = trial.get(f"/Users/{user}").body
            account = accounts[body["userName"]]
            if body["active"]:
                assert account.state in ("active", "invited")
            else:
                assert account.state == "suspended" and account.id not in host.teams("acme")[0].members

    def in_order(self, trial: Trial, host: Moody) -> None:
        """Everything was handled once or called off; and within the lanes that have an order, in it."""
        keys = list(host.keys.values())
        assert sorted(keys) == sorted(x.key for x in entries(trial, "done"))
        for account in {x.account for x in entries(trial)}:
            for lane in ("change", "mail"):
                done = [x.key for x in entries(trial, "done") if (x.account, x.lane) == (account, lane)]
                assert [key for key in keys if key in set(done)] == done


class TestLanes:
    def test_of_every_effect(self) -> None:
        lanes = {
            "access": {"SuspendAccount", "DeleteAccount", "RevokeCredentials", "ReleaseSeat", "CancelInvitation"}
            | {"Anonymise", "TransferOwnership"},
            "mail": {"SendInvitation", "Notify"},
        }
        for kind in e.EFFECTS:
            expected = next((lane for lane, names in lanes.items() if kind.__name__ in names), "change")
            assert kind._lane == expected
        assert e.SyncMemberships(account="a", leave=("t",)).lane == "access"
        assert e.SyncMemberships(account="a", join=("t",), leave=("u",)).lane == "change"
        assert e.SyncTeam(account="", team="t", leave=("a",)).lane == "access"
        assert e.SyncTeam(account="", team="t", everyone=True).lane == "change"

    def test_the_alphabet_is_the_order(self) -> None:
        assert list(e.LANES) == sorted(e.LANES)
        assert set(outbox.WAITS_FOR) == set(e.LANES) and not outbox.WAITS_FOR["access"]
