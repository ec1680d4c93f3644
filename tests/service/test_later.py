"""What a host leaves to its worker: by declaring it, or by raising `Later`; in memory and in SQL."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import pytest
import sqlalchemy as sa

from scimcore._driver import run
from scimcore.access import Caller
from scimcore.dialects import AUTO
from scimcore.host import (
    Account,
    AnyEffect,
    Held,
    JsonObject,
    Later,
    MatchKey,
    Notify,
    Order,
    RevokeCredentials,
    SeatCount,
    SendInvitation,
    SuspendAccount,
    Tenant,
)
from scimcore.policy import STANDARD, Linking, Policy
from scimcore.repository import MemoryRepository
from scimcore.repository.protocol import Serialization
from scimcore.repository.sql import SqlRepository
from scimcore.service import Limits, Service
from scimcore.service.bulk import Bulk, BulkOperation
from scimcore.testing.trial import SECOND, Clock

CALLER = Caller(tenant="acme", connection="idp", dialect=AUTO, policy=STANDARD)
OFF: JsonObject = {
    "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    "Operations": [{"op": "replace", "path": "active", "value": False}],
}
ON: JsonObject = {
    "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    "Operations": [{"op": "replace", "path": "active", "value": True}],
}


class Table(Protocol):
    """The product's own table: texts by key, in the transaction."""

    def put(self, tx: Any, key: str, value: str) -> None: ...
    def read(self, tx: Any) -> Mapping[str, str]: ...


class InMemory:
    def __init__(self) -> None:
        self.rows: dict[str, str] = {}

    def put(self, tx: Any, key: str, value: str) -> None:
        tx.put(self.rows, key, value)

    def read(self, tx: Any) -> Mapping[str, str]:
        return self.rows


class InSql:
    metadata = sa.MetaData()
    table = sa.Table("product", metadata, sa.Column("key", sa.Text, primary_key=True), sa.Column("value", sa.Text))

    def put(self, tx: Any, key: str, value: str) -> None:
        tx.execute(sa.delete(self.table).where(self.table.c.key == key))
        tx.execute(sa.insert(self.table).values(key=key, value=value))

    def read(self, tx: Any) -> Mapping[str, str]:
        return {row.key: row.value for row in tx.execute(sa.select(self.table))}


class Product:
    """A host that writes down each effect, with its key, and then does what the test tells it."""

    def __init__(self, table: Table) -> None:
        self.table = table
        #: Every call of `handle`, those that were undone as well.
        self.calls: list[tuple[str, str]] = []
        #: What each type raises, or returns, after it has written.
        self.then: dict[str, Callable[[], object]] = {}

    def tenant(self, tx: Any, tenant: str) -> Tenant:
        return Tenant(default_role="member")

    def accounts(self, tx: Any, tenant: str, ids: Sequence[str]) -> Mapping[str, Account]:
        return {id: Account(id=id) for id in ids if f"account:{id}" in self.table.read(tx)}

    def match(self, tx: Any, tenant: str, keys: Sequence[MatchKey]) -> Sequence[Account]:
        return ()

    def seats(self, tx: Any, tenant: str) -> SeatCount | None:
        return None

    def other_owner(self, tx: Any, tenant: str, accounts: Sequence[str]) -> bool:
        return True

    def open(self, tx: Any, tenant: str, order: Order) -> str:
        id = f"a{sum(key.startswith('account:') for key in self.table.read(tx)) + 1}"
        self.table.put(tx, f"account:{id}", order.state)
        return id

    def handle(self, tx: Any, tenant: str, effect: AnyEffect, *, key: str, resource: JsonObject | None) -> None:
        kind = type(effect).__name__
        self.calls.append((kind, key))
        self.table.put(tx, f"effect:{key}", kind)
        return self.then.get(kind, lambda: None)()  # type: ignore[return-value]  # tests let it return what it must not


def later() -> object:
    raise Later


class Stage:
    """A service over one of the repositories, and the product beside it."""

    def __init__(self, repository: Any, product: Product, left: Iterable[type[AnyEffect]] = ()) -> None:
        numbers = count(1)
        self.repository, self.product, self.clock = repository, product, Clock()
        #: What happens while the service waits after a lost race.
        self.meanwhile: Callable[[], object] = lambda: None
        repository.pause = lambda attempt: self.meanwhile()
        self.service: Service[Any] = Service(
            repository,
            product,
            later=left,
            clock=self.clock,
            new_id=lambda: f"id-{next(numbers):06}",
            secrets=(b"later" * 8,),
            limits=Limits(effect_attempts=3),
        )
        self.user = self.service.registry(STANDARD)["User"]

    def create(self, name: str) -> str:
        done = self.service.create(CALLER, self.user, {"userName": name})
        assert done.resource is not None
        return done.resource.document.id

    def disable(self, id: str) -> None:
        self.service.patch(CALLER, self.user, id, OFF)

    def active(self, id: str) -> object:
        return self.service.get(CALLER, self.user, id).document.data["active"]

    def done(self) -> dict[str, str]:
        """What the product's table says: key -> effect."""
        with self.repository.unit("acme", write=False) as unit:
            rows = self.product.table.read(unit.transaction)
            return {key.removeprefix("effect:"): value for key, value in rows.items() if key.startswith("effect:")}

    def outbox(self, state: str = "") -> list[Any]:
        with self.repository.unit("acme", write=False) as unit:
            return [entry for entry in unit.effects(None, 1000) if state in ("", entry.state)]

    def waiting(self) -> list[str]:
        return [entry.type for entry in self.outbox("waiting")]

    def drain(self) -> int:
        return self.service.worker.drain("acme", policy=STANDARD)


Build = Callable[..., Stage]


@pytest.fixture(params=["memory", "sqlite"])
def build(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Build]:
    if request.param == "memory":
        yield lambda **more: Stage(MemoryRepository(), Product(InMemory()), **more)
        return
    repository = SqlRepository(f"sqlite:///{tmp_path / 'later.db'}")
    repository.create_tables()
    InSql.metadata.create_all(repository.engine)
    yield lambda **more: Stage(repository, Product(InSql()), **more)
    repository.close()


class TestLater:
    """`raise Later` stores the change, undoes what the handler wrote, and leaves the effect to the worker."""

    def test_undoes_what_the_handler_wrote_and_keeps_the_change(self, build: Build) -> None:
        stage = build()
        ada = stage.create("ada@example.com")
        stage.product.then["SuspendAccount"] = later
        stage.disable(ada)
        assert stage.active(ada) is False
        assert "SuspendAccount" not in stage.done().values()
        assert "SuspendAccount" in stage.waiting()
        assert [record.outcome for record in self.audit(stage)] == ["created", "updated"]

    def audit(self, stage: Stage) -> list[Any]:
        with stage.repository.unit("acme", write=False) as unit:
            return list(unit.audit(None, 100))

    def test_holds_back_what_is_newer_of_that_account_but_nothing_that_takes_access_away(self, build: Build) -> None:
        stage = build()
        ada, ben = stage.create("ada@example.com"), stage.create("ben@example.com")
        stage.product.then["SuspendAccount"] = later
        stage.disable(ada)
        stage.product.then.clear()
        stage.disable(ben)
        assert list(stage.done().values()).count("SuspendAccount") == 1
        assert list(stage.done().values()).count("RevokeCredentials") == 2
        assert {entry.account for entry in stage.outbox("waiting")} == {"a1"}
        stage.service.patch(CALLER, stage.user, ada, ON)
        assert "ActivateAccount" not in stage.done().values()
        waiting = stage.waiting()
        assert {"SuspendAccount", "ActivateAccount"} <= set(waiting)
        assert stage.drain() == len(waiting)
        assert stage.waiting() == []
        assert [kind for kind, _ in stage.product.calls if kind in waiting][-2:] != [
            "ActivateAccount",
            "SuspendAccount",
        ]

    def test_leaves_effects_before_it_done_once_under_one_key(self, build: Build) -> None:
        """The unit runs twice; who remembers keys outside of the transaction sees the same one both times."""
        stage = build()
        ada = stage.create("ada@example.com")
        stage.product.then["RevokeCredentials"] = later
        stage.product.calls.clear()
        stage.disable(ada)
        keys = [key for kind, key in stage.product.calls if kind == "SuspendAccount"]
        assert len(keys) == 2 and len(set(keys)) == 1
        assert {kind for key, kind in stage.done().items() if key == keys[0]} == {"SuspendAccount"}
        assert [entry.key for entry in stage.outbox() if entry.type == "SuspendAccount"] == keys[:1]

    def test_works_for_the_first_effect_of_a_new_account(self, build: Build) -> None:
        """The account is opened again in the second run, under the ids of the first."""
        stage = build()
        stage.product.then["ReserveSeat"] = later
        ada = stage.create("ada@example.com")
        assert stage.active(ada) is True
        assert stage.waiting()[0] == "ReserveSeat"
        assert {entry.account for entry in stage.outbox()} == {"a1"}
        assert ada == "id-000001"

    def test_may_be_raised_for_one_effect_after_the_other(self, build: Build) -> None:
        """Twelve people leave in one unit, and each of them is left to the worker."""
        stage = build()
        for n in range(12):
            stage.create(f"user{n}@example.com")
        stage.product.then["SuspendAccount"] = later
        stage.product.calls.clear()
        policy = Policy(name="ends", linking=Linking(on_disconnect="suspend"))
        assert stage.service.admin.disconnect("acme", "idp", policy=policy) == 12
        assert stage.waiting().count("SuspendAccount") == 12
        assert "SuspendAccount" not in stage.done().values()
        # Bounded: not once for each of them.
        assert [kind for kind, _ in stage.product.calls].count("SuspendAccount") < 12
        stage.product.then.clear()
        while stage.drain():
            pass
        assert sorted(stage.done().values()).count("SuspendAccount") == 12
        assert stage.waiting() == []

    def test_undoes_only_its_own_part_of_the_hosts_transaction(self, build: Build) -> None:
        stage = build()
        stage.create("ada@example.com")
        stage.product.then["SuspendAccount"] = later
        with stage.repository.unit("acme", write=True) as unit:
            stage.product.table.put(unit.transaction, "effect:of the product", "before")
            told = stage.service.product.tell("acme", Held(on=True), "a1", policy=STANDARD, within=unit.transaction)
            assert told.refusal is None
            stage.product.table.put(unit.transaction, "effect:more", "after")
        assert {"before", "after"} <= set(stage.done().values())
        assert "SuspendAccount" not in stage.done().values()
        assert "SuspendAccount" in stage.waiting()

    def test_concerns_one_operation_of_a_bulk_request(self, build: Build) -> None:
        stage = build()
        ada, ben = stage.create("ada@example.com"), stage.create("ben@example.com")
        answers = iter([later])
        stage.product.then["SuspendAccount"] = lambda: next(answers, lambda: None)()
        bulk = Bulk(service=stage.service.asynchronous, caller=CALLER, registry=stage.service.registry(STANDARD))
        patches = [BulkOperation(method="PATCH", path=f"/Users/{id}", data=OFF) for id in (ada, ben)]
        results = run(bulk.run(patches))
        assert [result.status for result in results] == [200, 200]
        assert (stage.active(ada), stage.active(ben)) == (False, False)
        assert {entry.account for entry in stage.outbox("waiting")} == {"a1"}

    def test_is_never_reached_by_a_dry_run(self, build: Build) -> None:
        stage = build()
        ada = stage.create("ada@example.com")
        stage.product.calls.clear()
        stage.product.then["SuspendAccount"] = later
        plan = stage.service.admin.plan_patch(CALLER, stage.user, ada, OFF)
        assert "SuspendAccount" in [type(effect).__name__ for effect in plan.effects]
        assert stage.product.calls == [] and stage.waiting() == []


class TestLaterInTheWorker:
    def test_waits_longer_each_time_and_never_dies(self, build: Build) -> None:
        stage = build(left=(SuspendAccount,))
        stage.disable(stage.create("ada@example.com"))
        stage.product.then["SuspendAccount"] = later
        stage.clock.step = 0
        for seconds in (1, 2, 4, 8, 16, 32):
            assert stage.drain() == 0
            (entry,) = [e for e in stage.outbox() if e.type == "SuspendAccount"]
            assert (entry.state, entry.due - stage.clock.now, entry.error) == ("waiting", seconds * SECOND, "")
            asked = len(stage.product.calls)
            assert stage.drain() == 0 and len(stage.product.calls) == asked
            stage.clock.now += seconds * SECOND
        stage.product.then.clear()
        assert stage.drain() > 0
        assert stage.waiting() == []

    def test_does_not_count_as_a_failure(self, build: Build) -> None:
        stage = build(left=(SuspendAccount,))
        stage.disable(stage.create("ada@example.com"))
        answers = iter([later] * 5 + [fail] * 2 + [later] + [fail] * 3)
        stage.product.then["SuspendAccount"] = lambda: next(answers)()
        states = []
        for _ in range(11):
            stage.drain()
            states += [e.state for e in stage.outbox() if e.type == "SuspendAccount"]
            stage.clock.now += 7_200 * SECOND
        assert states == ["waiting"] * 10 + ["dead"]


def fail() -> object:
    raise ConnectionError("away")


class TestLeftToTheWorkerByDeclaration:
    """`Service(..., later=(SendInvitation, Notify))`."""

    def test_the_request_does_not_ask_and_the_worker_does(self, build: Build) -> None:
        stage = build(left=(SuspendAccount,))
        ada = stage.create("ada@example.com")
        stage.disable(ada)
        assert "SuspendAccount" not in [kind for kind, _ in stage.product.calls]
        assert stage.waiting() == ["SuspendAccount"] and "RevokeCredentials" in stage.done().values()
        stage.drain()
        assert stage.done() == {entry.key: entry.type for entry in stage.outbox()}

    @pytest.mark.parametrize(
        ("wrong", "named"),
        [
            (("SendInvitation",), "the text 'SendInvitation'"),
            (SendInvitation, "the class SendInvitation"),
            ((Later,), "the class Later"),
            ((SendInvitation(account="a"),), "a SendInvitation"),
            ("Notify", "the text 'Notify'"),
        ],
    )
    def test_only_effect_types_can_be_named(self, build: Build, wrong: Any, named: str) -> None:
        with pytest.raises(TypeError, match=rf"Service\(later=\.\.\.\) takes .*{named}"):
            build(left=wrong)

    def test_several_are_named_together(self, build: Build) -> None:
        stage = build(left=[SendInvitation, Notify, RevokeCredentials])
        stage.disable(stage.create("ada@example.com"))
        assert "SuspendAccount" in stage.done().values()
        assert stage.waiting()[0] == "RevokeCredentials"


class TestTheKey:
    def test_is_that_of_the_outbox(self, build: Build) -> None:
        stage = build()
        stage.disable(stage.create("ada@example.com"))
        assert stage.done() == {entry.key: entry.type for entry in stage.outbox()}

    def test_is_the_same_when_a_lost_race_is_run_again(self, build: Build) -> None:
        stage = build()
        ada = stage.create("ada@example.com")
        answers = iter([lose])
        stage.product.then["SuspendAccount"] = lambda: next(answers, lambda: None)()
        stage.disable(ada)
        keys = [key for kind, key in stage.product.calls if kind == "SuspendAccount"]
        assert len(keys) == 2 and len(set(keys)) == 1
        assert stage.done() == {entry.key: entry.type for entry in stage.outbox()}

    def test_is_another_one_when_the_second_run_does_something_else(self, build: Build) -> None:
        """Between two runs another unit may have changed the plan. A key never means two things."""
        stage = build()
        ada = stage.create("ada@example.com")
        stage.product.then["UpdateProfile"] = lose_once(stage, ada)
        stage.product.calls.clear()
        replace: JsonObject = {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "replace", "path": "displayName", "value": "Ada"}],
        }
        stage.service.patch(CALLER, stage.user, ada, replace)
        keys = [key for kind, key in stage.product.calls if kind == "UpdateProfile"]
        assert len(keys) == len(set(keys)) == 3


def lose() -> object:
    raise Serialization("another unit was quicker")


def lose_once(stage: Stage, id: str) -> Callable[[], object]:
    """Loses the first time, and before the second run another unit changes the resource."""
    title: JsonObject = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "replace", "path": "title", "value": "Countess"}],
    }
    states = iter(["lose"])
    stage.meanwhile = lambda: stage.service.patch(CALLER, stage.user, id, title)

    def answer() -> object:
        if next(states, "") == "lose":
            raise Serialization("another unit was quicker")
        return None

    return answer


class TestWhatHandleReturns:
    """Nothing. A boolean could be read both ways, so it is refused in the request that gets it."""

    @pytest.mark.parametrize(("value", "said"), [(True, "True"), (False, "False"), ("ok", "the text 'ok'")])
    def test_anything_else_is_an_error_that_says_what_to_do(self, build: Build, value: object, said: str) -> None:
        stage = build()
        stage.product.then["ReserveSeat"] = lambda: value
        with pytest.raises(TypeError, match=rf"Product\.handle returned {said} for ReserveSeat.*raise Later"):
            stage.create("ada@example.com")
        assert stage.outbox() == [] and stage.done() == {}

    def test_in_the_worker_it_is_a_failure_like_others(self, build: Build) -> None:
        stage = build(left=(SuspendAccount,))
        stage.disable(stage.create("ada@example.com"))
        stage.product.then["SuspendAccount"] = lambda: True
        stage.drain()
        (entry,) = [e for e in stage.outbox() if e.type == "SuspendAccount"]
        assert (entry.state, entry.error) == ("waiting", "TypeError")
