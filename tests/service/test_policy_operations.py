"""Plan, safety, audit and upkeep: each choice set, seen to act over HTTP, and explained."""

from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import evolve

from policies.dastra import DASTRA
from policies.secoda import SECODA
from scimcore.policy import (
    ANONYMISE_LEAVERS,
    INVITE_MEMBERS,
    STANDARD,
    Audit,
    Deactivate,
    Delete,
    PlanGate,
    Policy,
    Reactivate,
    Safety,
)
from scimcore.repository import MemoryRepository
from scimcore.repository.records import AuditRecord, EffectRecord
from scimcore.repository.sql import SqlRepository
from scimcore.schema import USER_URN
from tests.service.support import ADA, BEN, DAY, HOUR, OFF, Stage, policy, replace, start


def people(stage: Stage, count: int) -> list[str]:
    return [stage.user(f"u{number}@acme.com") for number in range(count)]


class TestThePlan:
    """POL-130, POL-131."""

    @pytest.mark.parametrize(("closed", "discovery"), [("all_but_discovery", 200), ("everything", 403)])
    def test_closed(self, closed: str, discovery: int) -> None:
        stage = start(plan=PlanGate(closed=closed))  # type: ignore[arg-type]
        stage.settings(plan="closed")
        assert stage.trial.get("/Users").status == 403
        assert stage.post(ADA, 403)["detail"].startswith("[SC-2001]")
        for path in ("/ServiceProviderConfig", "/Schemas", "/ResourceTypes"):
            assert stage.trial.get(path).status == discovery

    @pytest.mark.parametrize(
        ("lapsed", "read", "leave"),
        [("freeze", 200, 200), ("leavers", 403, 200), ("read_only", 200, 403), ("off", 403, 403)],
    )
    def test_lapsed(self, lapsed: str, read: int, leave: int) -> None:
        stage = start(plan=PlanGate(lapsed=lapsed))  # type: ignore[arg-type]
        user = stage.user()
        stage.settings(plan="lapsed")
        assert stage.trial.get(f"/Users/{user}").status == read
        stage.off(user, leave)
        stage.post(BEN, 403)


@pytest.mark.parametrize("chosen", [STANDARD, ANONYMISE_LEAVERS, INVITE_MEMBERS, DASTRA, SECODA], ids=lambda p: p.name)
class TestALapsedPlan:
    """POL-131: Okta reads a user, and then disables it by PUT with all that it read."""

    def lapsed(self, chosen: Policy) -> tuple[Stage, str, str]:
        stage = start(chosen)
        ada, ben = stage.user(ADA), stage.user(BEN)
        stage.settings(plan="lapsed")
        return stage, ada, ben

    def test_lets_reads_pass(self, chosen: Policy) -> None:
        stage, ada, _ = self.lapsed(chosen)
        for path in (f"/Users/{ada}", "/Users", "/Groups", "/Schemas", "/ServiceProviderConfig"):
            assert stage.trial.get(path).status == 200
        found = stage.trial.get("/Users", query={"filter": f'userName eq "{ADA}"'})
        assert found["totalResults"] == 1

    @pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
    def test_lets_leavers_go(self, chosen: Policy, method: str) -> None:
        stage, ada, _ = self.lapsed(chosen)
        if method == "PUT":
            read = stage.trial.get(f"/Users/{ada}").body
            answer = stage.trial.put(f"/Users/{ada}", {**read, "active": False, "title": "Left"})
            assert (answer.status, answer["active"], answer.body.get("title")) == (200, False, None)
        elif method == "PATCH":
            stage.off(ada)
        else:
            stage.delete(ada)
        assert stage.account().state in ("suspended", "anonymised", "deleted")

    def test_lets_nothing_else_pass(self, chosen: Policy) -> None:
        stage, ada, ben = self.lapsed(chosen)
        stage.off(ben)
        stage.on(ben, 403)
        stage.post("cleo@acme.com", 403)
        stage.post("dan@acme.com", 403, active=False)
        stage.patch(ada, replace("title", "Dr"), status=403)
        assert stage.trial.put(f"/Users/{ada}", {"schemas": [USER_URN], "userName": ADA, "title": "Dr"}).status == 403
        assert stage.trial.post("/Groups", {"displayName": "G"}).status == 403


class TestMassLeaving:
    """POL-141: more than N or X per cent in a window are held until an admin releases them."""

    def test_beyond_the_number_is_held_and_the_others_are_untouched(self) -> None:
        stage = start(safety=Safety(max_leavers=2))
        users = people(stage, 5)
        stage.off(users[0])
        stage.delete(users[1])
        answer = stage.off(users[2], 403)
        assert "cannot leave now: 2 users left within 24 hours" in answer["detail"] and "scimType" not in answer.body
        assert "safety.max_leavers" in stage.notes()
        stage.delete(users[3], 403)
        assert [a.state for a in stage.accounts()] == ["suspended", "deleted", "active", "active", "active"]

    def test_a_release_lets_them_go_for_a_while(self) -> None:
        stage = start(safety=Safety(max_leavers=1))
        users = people(stage, 4)
        stage.off(users[0])
        stage.off(users[1], 403)
        until = stage.trial.service.admin.release_leavers("acme", policy=stage.policy, minutes=30)
        assert until > stage.trial.clock.now
        assert stage.trial.service.admin.audit("acme")[-1].operation == "release_leavers"
        stage.off(users[1])
        stage.off(users[2])
        stage.later(HOUR)
        stage.off(users[3], 403)

    @pytest.mark.parametrize("chosen", [STANDARD, ANONYMISE_LEAVERS], ids=lambda p: p.name)
    def test_counts_departures_and_not_states(self, chosen: Policy) -> None:
        stage = start(evolve(chosen, safety=Safety(max_leavers=2)))
        users = people(stage, 4)
        for user in users[:2]:
            stage.off(user)
        for user in users[:2]:
            stage.on(user)
        for user in users:
            stage.off(user, 403)
            stage.delete(user, 403)
        stage.later(25 * HOUR)
        stage.off(users[0])
        stage.on(users[0])
        stage.off(users[0])
        stage.off(users[2], 403)

    def test_counts_who_is_disabled_and_deleted_later_once(self) -> None:
        stage = start(safety=Safety(max_leavers=1))
        users = people(stage, 2)
        stage.off(users[0])
        stage.later(25 * HOUR)
        stage.delete(users[0])
        stage.off(users[1])

    def test_counts_nobody_who_was_created_disabled(self) -> None:
        stage = start(safety=Safety(max_leavers=1))
        users = people(stage, 2)
        for number in range(3):
            stage.user(f"new{number}@acme.com", active=False)
        stage.off(users[0])
        stage.off(users[1], 403)

    def test_counts_who_is_linked_and_disabled_at_once(self) -> None:
        stage = start(safety=Safety(max_leavers=1))
        stage.settings(verified_domains=("acme.com",))
        stage.host.add("acme", ADA)
        stage.host.add("acme", BEN)
        stage.post(ADA, active=False)
        stage.post(BEN, 403, active=False)
        assert [a.state for a in stage.accounts()] == ["suspended", "active"]

    def test_counts_no_groups(self) -> None:
        stage = start(safety=Safety(max_leavers=1))
        user = stage.user()
        for number in range(2):
            group = stage.trial.group(f"Team {number}", user)
            assert stage.trial.delete(f"/Groups/{group}").status == 204
        stage.off(user)

    def test_single_leavers_are_never_delayed(self) -> None:
        stage = start(safety=Safety(max_leavers=1, window_hours=24))
        for user in people(stage, 4):
            stage.off(user)
            stage.later(25 * HOUR)
        assert {a.state for a in stage.accounts()} == {"suspended"}

    def test_by_share_with_a_floor(self) -> None:
        stage = start(safety=Safety(max_leavers_percent=50, never_below=1))
        users = people(stage, 4)
        stage.off(users[0])
        stage.off(users[1])
        stage.off(users[2], 403)
        stage = start(safety=Safety(max_leavers_percent=10, never_below=3))
        for user in people(stage, 3):
            stage.off(user)

    @pytest.mark.parametrize("account", ["tombstone", "hard", "anonymise", "suspend"])
    def test_counts_who_is_deleted_without_a_trace_too(self, account: str) -> None:
        stage = start(safety=Safety(max_leavers=1), delete=Delete(account=account))  # type: ignore[arg-type]
        users = people(stage, 2)
        stage.delete(users[0])
        stage.delete(users[1], 403)
        stage.later(25 * HOUR)
        stage.delete(users[1])

    def test_error_and_disabling_again(self) -> None:
        stage = start(safety=Safety(max_leavers=1, error=429))
        users = people(stage, 2)
        stage.off(users[0])
        stage.delete(users[0])
        assert int(stage.off(users[1], 429).headers["Retry-After"]) > 0


class TestTheRate:
    """POL-143: per tenant, whole seconds in Retry-After."""

    def test_is_the_policys(self) -> None:
        stage = start(safety=Safety(requests_per_second=5))
        stage.trial.clock.step = 0
        answers = [stage.trial.get("/Users").status for _ in range(11)]
        assert answers == [200] * 10 + [429]
        assert stage.trial.get("/Users").headers["Retry-After"].isdecimal()
        other = stage.trial.connect("rival", policy=stage.policy)
        assert stage.trial.get("/Users", token=other).status == 200


class TestTheAudit:
    """POL-150, POL-151."""

    @pytest.mark.parametrize(("values", "shown"), [("redacted", [None, "Lead"]), ("none", None)])
    def test_values(self, values: str, shown: object) -> None:
        stage = start(audit=Audit(values=values))  # type: ignore[arg-type]
        stage.user(title="Lead")
        changes = stage.trial.service.admin.audit("acme")[-1].changes
        assert changes["title"] == shown

    @pytest.mark.parametrize("forget", [True, False])
    def test_forgets_who_is_anonymised(self, forget: bool) -> None:
        stage = start(
            audit=Audit(forget_anonymised=forget),
            deactivate=Deactivate(access="anonymise"),
            reactivate=Reactivate(account="new"),
        )
        stage.settings(seat_limit=0)
        stage.post("ada.secret@acme.com", 403)
        stage.settings()
        user = stage.user("ada.secret@acme.com", displayName="Ada Secret")
        stage.post("ada.secret@acme.com", 409)
        stage.off(user)
        told = repr(stage.trial.service.admin.audit("acme"))
        assert ("Ada Secret" in told) is not forget
        assert ("is a duplicate" in told or "ada.secret" in told) is not forget

    def test_purge_lets_go_of_what_is_older(self) -> None:
        stage = start(audit=Audit(retention_days=30), delete=Delete(retention_days=3))
        stage.delete(stage.user())
        stage.later(31 * DAY)
        stage.user(BEN)
        gone = stage.trial.service.worker.purge("acme", policy=stage.policy, limit=2)
        assert (gone.audit, gone.effects) == (2, 2)
        while stage.trial.service.worker.purge("acme", policy=stage.policy, limit=2):
            pass
        left = stage.trial.service.admin.audit("acme")
        assert {record.operation for record in left} <= {"create", "TimePassed"}
        assert BEN in repr(left) and ADA not in repr(left)

    def test_purge_keeps_everything_where_the_policy_says_so(self) -> None:
        stage = start()
        stage.user()
        stage.later(4000 * DAY)
        assert not stage.trial.service.worker.purge("acme", policy=stage.policy)
        assert stage.trial.service.admin.audit("acme")


def _sqlite(folder: Path) -> SqlRepository:
    repository = SqlRepository(f"sqlite:///{folder}/pruned.db")
    repository.create_tables()
    return repository


def _memory(folder: Path) -> MemoryRepository:
    return MemoryRepository()


class TestPruning:
    """The oldest first, bounded; what waits and what is dead stays; in memory and in SQL alike."""

    @pytest.mark.parametrize("make", [_memory, _sqlite])
    def test_is_the_same_in_every_store(
        self, make: Callable[[Path], MemoryRepository | SqlRepository], tmp_path: Path
    ) -> None:
        repository = make(tmp_path)
        with repository.unit("acme", write=True) as unit:
            for at in range(5):
                record = AuditRecord(id=f"r{at}", at=at, operation="create", outcome="created", version=at)
                states = ("done", "cancelled", "waiting", "dead")
                effects = [
                    EffectRecord(key=f"e{at}-{n}", type="Notify", account="a", at=at, nth=n, state=state)  # type: ignore[arg-type]
                    for n, state in enumerate(states)
                ]
                unit.record(record, effects)
        with repository.unit("acme", write=True) as unit:
            assert (unit.prune_audit(3, 2), unit.prune_effects(3, 5)) == (2, 5)
            assert (unit.prune_audit(3, 9), unit.prune_effects(3, 9)) == (1, 1)
        with repository.unit("acme", write=False) as unit:
            assert [(record.id, record.version) for record in unit.audit(None, 99)] == [("r3", 3), ("r4", 4)]
            kept = [effect.state for effect in unit.effects(None, 99)]
            assert kept == ["waiting", "dead"] * 3 + ["done", "cancelled", "waiting", "dead"] * 2
        with repository.unit("other", write=True) as unit:
            assert (unit.prune_audit(99, 99), unit.prune_effects(99, 99)) == (0, 0)
        if isinstance(repository, SqlRepository):
            repository.close()


class TestPreviewingLinks:
    """POL-140: who would link, create or clash; and that is what then happens."""

    def test_says_what_then_happens(self) -> None:
        stage = start()
        stage.settings(verified_domains=("acme.com",))
        ada = stage.host.add("acme", ADA)
        stage.host.add("acme", "eve@other.example")
        stage.user(BEN)
        names = [ADA, "cleo@acme.com", BEN, "eve@other.example", "Cleo@acme.com"]
        bodies = [{"schemas": [USER_URN], "userName": name} for name in names]
        before = (stage.trial.service.admin.audit("acme"), stage.kinds(), len(stage.accounts()))
        found = stage.trial.service.admin.preview_links(stage.caller(), bodies)
        assert before == (stage.trial.service.admin.audit("acme"), stage.kinds(), len(stage.accounts()))
        assert [p.outcome for p in found] == ["links", "creates", "clashes", "clashes", "clashes"]
        assert found[0].account == ada
        statuses = [stage.trial.post("/Users", body).status for body in bodies]
        assert [status == 409 for status in statuses] == [p.outcome == "clashes" for p in found]

    def test_says_what_is_refused_otherwise(self) -> None:
        stage = start()
        stage.settings(seat_limit=0)
        (full,) = stage.trial.service.admin.preview_links(stage.caller(), [{"schemas": [USER_URN], "userName": ADA}])
        (bad,) = stage.trial.service.admin.preview_links(stage.caller(), [{"schemas": [USER_URN]}])
        assert (full.outcome, bad.outcome) == ("refused", "refused")


class TestTolerances:
    """Which tolerances a customer needs: counted per connection, refused requests and filters too."""

    def test_are_counted_per_connection(self) -> None:
        stage = start()
        user = stage.user()
        trial = stage.trial
        other = trial.connect("acme", policy=stage.policy, id="other-idp")
        body = {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "Replace", "path": "active", "value": "False"}],
        }
        trial.send("PATCH", f"/Users/{user}", body)
        trial.send("PATCH", f"/Users/{user}", body)
        counted = trial.service.admin.tolerances("acme", "idp-1")
        assert counted and all(times >= 1 for times in counted.values())
        assert any(times == 2 for times in counted.values())
        assert trial.service.admin.tolerances("acme", "other-idp") == {}
        trial.get("/Users", token=other)
        assert trial.service.admin.tolerances("acme", "other-idp") == {}


def test_a_contradiction_is_refused_when_the_policy_is_made() -> None:
    with pytest.raises(ValueError, match="window_hours"):
        policy(safety=Safety(window_hours=0))
    stage = start()
    assert stage.patch(stage.user(), OFF).status == 200
