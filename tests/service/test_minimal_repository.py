"""A host's own repository needs the required part only: the service supplies the rest, with the same answers."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest

from scimcore.access import Caller
from scimcore.dialects import AUTO
from scimcore.errors import ScimError
from scimcore.policy import STANDARD, Audit, Policy
from scimcore.repository import MemoryRepository
from scimcore.repository.protocol import RequiredUnit
from scimcore.service import Search, Service
from scimcore.testing.host import TrialHost
from scimcore.testing.trial import Clock


class _Required:
    """A unit with nothing but what every repository owes."""

    def __init__(self, unit: Any) -> None:
        self._unit = unit
        self.transaction = unit.transaction

    def __getattr__(self, name: str) -> Any:
        if not hasattr(RequiredUnit, name):
            raise AttributeError(name)
        return getattr(self._unit, name)


class Minimal:
    """A repository as a host writes it in an afternoon."""

    def __init__(self) -> None:
        self._kept = MemoryRepository()

    @contextmanager
    def unit(self, tenant: str, *, write: bool) -> Iterator[Any]:
        with self._kept.unit(tenant, write=write) as unit:
            yield _Required(unit)

    @contextmanager
    def join(self, transaction: Any, tenant: str) -> Iterator[Any]:
        with self._kept.join(transaction, tenant) as unit:
            yield _Required(unit)

    def tenants(self) -> Iterator[str]:
        return self._kept.tenants()


@pytest.fixture
def service() -> Service[Any]:
    numbers = count(1)
    return Service(
        Minimal(), TrialHost(), clock=Clock(), new_id=lambda: f"id-{next(numbers):06}", secrets=(b"minimal" * 8,)
    )


CALLER = Caller(tenant="acme", connection="idp", dialect=AUTO, policy=STANDARD)


class TestTheRequiredPartIsEnough:
    def test_for_users_groups_queries_and_the_end_of_both(self, service: Service[Any]) -> None:
        registry = service.registry(STANDARD)
        user, group = registry["User"], registry["Group"]
        made = service.create(CALLER, user, {"userName": "ada@acme.com", "title": "Lead"})
        assert made.resource is not None
        id = made.resource.document.id
        team = service.create(CALLER, group, {"displayName": "Sales", "members": [{"value": id}]})
        assert team.resource is not None
        assert [link.id for link in team.resource.links["members"]] == [id]
        found = service.search(CALLER, (user,), Search(filter='title eq "Lead" and active eq true'))
        assert [resource.document.id for resource in found.resources] == [id]
        assert [link.display for link in service.get(CALLER, user, id).links["groups"]] == ["Sales"]
        service.delete(CALLER, user, id)
        left = service.get(CALLER, group, team.resource.document.id)
        assert not left.links.get("members")
        with pytest.raises(ScimError):
            service.get(CALLER, user, id)

    def test_but_not_for_letting_go_of_records_and_it_says_so(self, service: Service[Any]) -> None:
        policy = Policy(name="short", audit=Audit(retention_days=1))
        with pytest.raises(TypeError, match="prune_audit"):
            service.worker.purge("acme", policy=policy)
