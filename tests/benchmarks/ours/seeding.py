"""Fills repositories with users and groups, beside the service: so many that provisioning them would take too long."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

from scimcore.dialects import RFC
from scimcore.policy.facts import Binding
from scimcore.repository import keys
from scimcore.repository.protocol import Repository, Unit
from scimcore.resources import checker, to_text
from scimcore.resources.changes import Link
from scimcore.resources.document import Document
from scimcore.schema import MEMBERSHIP, Registry
from scimcore.schema.json import JsonObject
from tests.benchmarks import samples

START = 1_767_225_600_000_000
_REGISTRY = Registry()
_AT_ONCE = 5_000


def users(
    repository: Repository[Any],
    tenant: str,
    connection: str,
    count: int,
    also: Callable[[Unit[Any], Sequence[int]], None] = lambda unit, numbers: None,
) -> None:
    """Full users, each with its account. `also`: what the host keeps of them, in the same transaction."""
    for numbers in _batches(count):
        with repository.unit(tenant, write=True) as unit:
            for number in numbers:
                _put(unit, "User", samples.user_id(number), samples.user(number), number, connection)
            also(unit, numbers)


def group(repository: Repository[Any], tenant: str, connection: str, members: int) -> str:
    """A group whose members are the first so many users; its id."""
    id = f"group-{members}"
    with repository.unit(tenant, write=True) as unit:
        body = {"schemas": [samples.GROUP], "displayName": f"Group of {members}"}
        _put(unit, "Group", id, body, members, connection)
    for numbers in _batches(members):
        with repository.unit(tenant, write=True) as unit:
            unit.link("Group", id, MEMBERSHIP, [Link("User", samples.user_id(number)) for number in numbers])
    return id


def account_id(resource: str) -> str:
    """The account of a seeded resource."""
    return f"account-{resource}"


def _put(unit: Unit[Any], type: str, id: str, body: JsonObject, number: int, connection: str) -> None:
    bound = _REGISTRY[type]
    data = checker(bound, RFC.rules).body(body, creating=True).data
    at = START + number
    unit.insert(
        Document(type=type, id=id, version=1, created=at, modified=at, text=to_text(data), connection=connection),
        keys(bound, data, id),
    )
    unit.bind(Binding(resource=id, type=type, account=account_id(id), state="active", connection=connection, since=at))


def _batches(count: int) -> Iterator[Sequence[int]]:
    numbers = iter(range(count))
    while batch := list(islice(numbers, _AT_ONCE)):
        yield batch
