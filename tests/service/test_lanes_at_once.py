"""Two workers drain while an identity provider disables and enables: a disabled user is shut out, and stays it."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scimcore.host import ActivateAccount, AnyEffect, SendInvitation, SuspendAccount
from scimcore.repository.sql import SqlRepository
from scimcore.schema.json import JsonObject
from tests.repository.postgresql import installations, server
from tests.service.test_later import CALLER, ON, InSql, Product, Stage


class Doors(Product):
    """A product whose accounts are open or shut, and which takes its time to open one."""

    def handle(self, tx: Any, tenant: str, effect: AnyEffect, *, key: str, resource: JsonObject | None) -> None:
        super().handle(tx, tenant, effect, key=key, resource=resource)
        if isinstance(effect, ActivateAccount):
            time.sleep(0.01)
            self.table.put(tx, f"door:{effect.account}", "open")
        elif isinstance(effect, SuspendAccount):
            self.table.put(tx, f"door:{effect.account}", "shut")


@pytest.fixture(params=["sqlite", "postgresql"])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    if request.param == "sqlite":
        yield from _stage(f"sqlite:///{tmp_path / 'lanes.db'}")
        return
    with server(installations()["wheel"]) as running:
        yield from _stage(running.database().render_as_string(hide_password=False))


def _stage(url: str) -> Iterator[Stage]:
    repository = SqlRepository(url)
    repository.create_tables()
    InSql.metadata.create_all(repository.engine)
    # An enabling always goes to the workers, and so does mail: they are busy with both when the next disabling comes.
    stage = Stage(repository, Doors(InSql()), left=(ActivateAccount, SendInvitation))
    # Stage lets nothing happen between two tries; here a unit that lost a race must wait before it tries again.
    del repository.pause
    yield stage
    repository.close()


def door(stage: Stage) -> str | None:
    with stage.repository.unit("acme", write=False) as unit:
        return dict(stage.product.table.read(unit.transaction)).get("door:a1")


def test_a_disabled_user_is_shut_out_whatever_the_workers_are_at(stage: Stage) -> None:
    ada = stage.create("ada@example.com")
    over, wrong = threading.Event(), list[BaseException]()

    def work() -> None:
        try:
            while not over.is_set():
                stage.drain()
        except BaseException as error:
            wrong.append(error)

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    try:
        for turn in range(15):
            stage.disable(ada)
            assert door(stage) == "shut"
            # Longer than an enabling takes: one that a worker had begun would be committed by now.
            time.sleep(0.03 if turn % 3 else 0)
            assert door(stage) == "shut"
            stage.service.patch(CALLER, stage.user, ada, ON)
            time.sleep(0.004 * (turn % 4))
    finally:
        over.set()
        for worker in workers:
            worker.join()
    assert not wrong
    while stage.drain():
        pass
    assert door(stage) == "open" and stage.waiting() == []
    # Each was handled once, for the transaction that it is part of was committed once.
    assert sorted(stage.done()) == sorted(entry.key for entry in stage.outbox("done"))
