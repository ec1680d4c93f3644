"""The product that keeps users in its own tables is provisioned like any other; its rows follow."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from own_tables.host import OwnTablesHost
from own_tables.mapping import USERS
from own_tables.tables import add_sample, metadata, users
from scimcore import STANDARD, Caller
from scimcore.dialects import ENTRA
from scimcore.repository.sql.mapped import MappedRepository
from scimcore.schema import GROUP, GROUP_URN, USER_URN, Registry
from scimcore.schema.json import JsonObject
from scimcore.service import Service

CALLER = Caller(tenant="acme", connection="c1", dialect=ENTRA, policy=STANDARD)
REGISTRY = Registry(USERS.resource_type, GROUP)
USER_TYPE, GROUP_TYPE = REGISTRY["User"], REGISTRY["Group"]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[sa.Engine]:
    made = sa.create_engine(f"sqlite:///{tmp_path / 'own.db'}")
    metadata.create_all(made)
    with made.begin() as connection:
        add_sample(connection)
    yield made
    made.dispose()


@pytest.fixture
def service(engine: sa.Engine) -> Iterator[Service[sa.Connection]]:
    repository = MappedRepository(engine, USERS)
    repository.create_tables()
    clock, ids = count(1_000_000), count(1)
    yield Service(
        repository,
        OwnTablesHost(),
        registry=REGISTRY,
        clock=lambda: next(clock),
        new_id=lambda: f"id{next(ids)}",
        secrets=[b"x" * 32],
    )
    repository.close()


def _row(engine: sa.Engine, login: str) -> Any:
    with engine.connect() as connection:
        return connection.execute(sa.select(users).where(users.c.login == login)).one_or_none()


def _create(service: Service[sa.Connection], login: str, **more: Any) -> str:
    done = service.create(CALLER, USER_TYPE, {"schemas": [USER_URN], "userName": login, **more})
    assert done.resource is not None
    return done.resource.document.id


def _patch(service: Service[sa.Connection], id: str, path: str, value: Any) -> JsonObject:
    operation: Any = {"op": "Replace", "path": path, "value": value}
    urn = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
    done = service.patch(CALLER, USER_TYPE, id, {"schemas": [urn], "Operations": [operation]})
    assert done.resource is not None
    return done.resource.document.data


class TestTheProductsRows:
    def test_a_new_user_has_a_row_and_its_key_is_the_account(
        self, engine: sa.Engine, service: Service[sa.Connection]
    ) -> None:
        id = _create(service, "eve@acme.example", title="Analyst", name={"givenName": "Eve"})
        row = _row(engine, "eve@acme.example")

        assert (row.scim_id, row.job_title, row.first_name, row.enabled, row.theme) == (
            id,
            "Analyst",
            "Eve",
            True,
            "light",
        )
        assert service.get(CALLER, USER_TYPE, id).document.data["userName"] == "eve@acme.example"

    def test_one_from_before_is_linked_and_keeps_its_key(
        self, engine: sa.Engine, service: Service[sa.Connection]
    ) -> None:
        before = _row(engine, "ada@acme.example")
        id = _create(service, "ada@acme.example", title="Countess")
        row = _row(engine, "ada@acme.example")

        assert (row.id, row.theme, row.scim_id, row.job_title) == (before.id, "dark", id, "Countess")

    def test_changes_reach_the_row(self, engine: sa.Engine, service: Service[sa.Connection]) -> None:
        id = _create(service, "eve@acme.example", emails=[{"type": "work", "value": "eve@acme.example"}])
        data = _patch(service, id, 'emails[type eq "work"].value', "e@acme.example")
        _patch(service, id, "active", False)
        _patch(service, id, "userName", "eva@acme.example")
        row = _row(engine, "eva@acme.example")

        assert data["emails"] == [{"type": "work", "value": "e@acme.example"}]
        assert (row.email, row.enabled, row.scim_id) == ("e@acme.example", False, id)

    def test_users_are_members_of_groups_and_go(self, engine: sa.Engine, service: Service[sa.Connection]) -> None:
        id = _create(service, "eve@acme.example")
        body: JsonObject = {"schemas": [GROUP_URN], "displayName": "Team", "members": [{"value": id}]}
        group = service.create(CALLER, GROUP_TYPE, body).resource
        assert group is not None and [end.id for end in group.links["members"]] == [id]
        service.delete(CALLER, USER_TYPE, id)

        assert _row(engine, "eve@acme.example") is None
        assert list(service.get(CALLER, GROUP_TYPE, group.document.id).links["members"]) == []
        assert _create(service, "eve@acme.example") != id, "the name is free"
