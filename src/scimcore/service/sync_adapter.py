"""A synchronous repository and host, awaitable: the operations are written once, as coroutines (docs/decisions/0001).

Nothing here ever suspends, so `run` drives an operation to its end with a single `send`. Every method is written out,
because a type checker then compares the two protocols; that is worth many dull lines.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from types import TracebackType
from typing import Generic, TypeVar

from scimcore.host import Holding, Host, KeepsInventory, KnowsTeams, TakesPasswords
from scimcore.policy.effects import AnyEffect
from scimcore.policy.facts import Account, Binding, SeatCount, Team, Tenant
from scimcore.policy.plans import MatchKey, Order
from scimcore.repository import AsyncUnit, complete
from scimcore.repository.protocol import Repository, Unit
from scimcore.repository.queries import Page, Query
from scimcore.repository.reads import Found, Reads
from scimcore.repository.records import AuditRecord, EffectRecord, Keys, Mark, MarkKind, UniqueKey
from scimcore.resources.changes import Link, Linked
from scimcore.resources.document import Document
from scimcore.schema.json import JsonObject

T = TypeVar("T")


class AwaitableRepository(Generic[T]):
    """A `Repository` as an `AsyncRepository`, with what its units lack supplied."""

    def __init__(self, repository: Repository[T]) -> None:
        # A repository with every capability says so (`whole`): supplying nothing would cost a read a tenth of its time.
        whole = getattr(repository, "whole", False)
        self._repository: Repository[T] = repository if whole else complete(repository)
        # Optional, and not on the way of an operation that goes through.
        self._pause: Callable[[int], None] | None = getattr(repository, "pause", None)

    def unit(self, tenant: str, *, write: bool) -> AbstractAsyncContextManager[AsyncUnit[T]]:
        return _UnitContext(self._repository.unit(tenant, write=write))

    def join(self, transaction: T, tenant: str) -> AbstractAsyncContextManager[AsyncUnit[T]]:
        return _UnitContext(self._repository.join(transaction, tenant))

    async def tenants(self) -> AsyncIterator[str]:
        for tenant in self._repository.tenants():
            yield tenant

    async def pause(self, attempt: int) -> None:
        if self._pause is not None:
            self._pause(attempt)


class _UnitContext(AbstractAsyncContextManager["AwaitableUnit[T]"], Generic[T]):
    """The `with` block of a unit as an `async with` block."""

    __slots__ = ("_context",)

    def __init__(self, context: AbstractContextManager[Unit[T]]) -> None:
        self._context = context

    async def __aenter__(self) -> "AwaitableUnit[T]":
        # Written out, and no `asynccontextmanager`: every request would pay for its generator.
        return AwaitableUnit(self._context.__enter__())

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        return self._context.__exit__(kind, error, trace)


class AwaitableUnit(Generic[T]):
    """A `Unit` as an `AsyncUnit`."""

    __slots__ = ("_unit",)

    def __init__(self, unit: Unit[T]) -> None:
        self._unit = unit

    @property
    def transaction(self) -> T:
        return self._unit.transaction

    async def get(self, type: str, id: str, *, lock: bool = False) -> Document | None:
        return self._unit.get(type, id, lock=lock)

    async def named(self, type: str, unique: str) -> Document | None:
        return self._unit.named(type, unique)

    async def scan(self, type: str, after: str | None, limit: int) -> Sequence[Document]:
        return self._unit.scan(type, after, limit)

    async def insert(self, document: Document, keys: Keys) -> None:
        self._unit.insert(document, keys)

    async def replace(self, document: Document, keys: Keys, *, expect: int) -> None:
        self._unit.replace(document, keys, expect=expect)

    async def amend(self, document: Document, keys: Keys, before: Keys, *, expect: int) -> None:
        self._unit.amend(document, keys, before, expect=expect)

    async def delete(self, type: str, id: str) -> bool:
        return self._unit.delete(type, id)

    async def binding(self, resource: str) -> Binding | None:
        return self._unit.binding(resource)

    async def bindings(self, resources: Sequence[str]) -> Mapping[str, Binding]:
        return self._unit.bindings(resources)

    async def binding_of(self, account: str) -> Binding | None:
        return self._unit.binding_of(account)

    async def bind(self, binding: Binding) -> None:
        self._unit.bind(binding)

    async def unbind(self, resource: str) -> None:
        self._unit.unbind(resource)

    async def due(self, now: int, limit: int) -> Sequence[Binding]:
        return self._unit.due(now, limit)

    async def leavers(self, connection: str, since: int) -> int:
        return self._unit.leavers(connection, since)

    async def managed(self, connection: str) -> int:
        return self._unit.managed(connection)

    async def mark(self, mark: Mark) -> None:
        self._unit.mark(mark)

    async def marks(self, kind: MarkKind, names: Sequence[str]) -> Mapping[str, Mark]:
        return self._unit.marks(kind, names)

    async def unmark(self, kind: MarkKind, name: str) -> None:
        self._unit.unmark(kind, name)

    async def expire_marks(self, now: int, limit: int) -> int:
        return self._unit.expire_marks(now, limit)

    async def guard(self, name: str) -> None:
        self._unit.guard(name)

    async def record(self, audit: AuditRecord, effects: Sequence[EffectRecord]) -> None:
        self._unit.record(audit, effects)

    async def waiting(self, now: int, limit: int) -> Sequence[EffectRecord]:
        return self._unit.waiting(now, limit)

    async def backlog(self, account: str, now: int, limit: int) -> Sequence[EffectRecord]:
        return self._unit.backlog(account, now, limit)

    async def update_effect(self, effect: EffectRecord) -> None:
        self._unit.update_effect(effect)

    async def cancel(self, account: str, types: Sequence[str], now: int) -> int:
        return self._unit.cancel(account, types, now)

    async def effects(self, after: tuple[int, int] | None, limit: int) -> Sequence[EffectRecord]:
        return self._unit.effects(after, limit)

    async def audit(self, after: tuple[int, str] | None, limit: int) -> Sequence[AuditRecord]:
        return self._unit.audit(after, limit)

    async def forget(self, target: str) -> None:
        self._unit.forget(target)

    async def prune_audit(self, before: int, limit: int) -> int:
        return self._unit.prune_audit(before, limit)

    async def prune_effects(self, before: int, limit: int) -> int:
        return self._unit.prune_effects(before, limit)

    async def link(self, type: str, id: str, relation: str, links: Sequence[Link]) -> Sequence[Link]:
        return self._unit.link(type, id, relation, links)

    async def unlink(self, type: str, id: str, relation: str, ids: Sequence[str]) -> Sequence[Link]:
        return self._unit.unlink(type, id, relation, ids)

    async def links(self, type: str, id: str, relation: str, *, after: str | None, limit: int) -> Sequence[Linked]:
        return self._unit.links(type, id, relation, after=after, limit=limit)

    async def linked(self, type: str, id: str, relation: str, ids: Sequence[str]) -> Sequence[Link]:
        return self._unit.linked(type, id, relation, ids)

    async def link_count(self, type: str, id: str, relation: str, limit: int) -> int:
        return self._unit.link_count(type, id, relation, limit)

    async def all_links(self, holders: Sequence[tuple[str, str]], relation: str) -> Mapping[str, Sequence[Linked]]:
        return self._unit.all_links(holders, relation)

    async def holders(self, targets: Sequence[tuple[str, str]], relation: str) -> Mapping[str, Sequence[Linked]]:
        return self._unit.holders(targets, relation)

    async def types_of(self, types: Sequence[str], ids: Sequence[str]) -> Mapping[str, str]:
        return self._unit.types_of(types, ids)

    async def taken_by(self, type: str, key: UniqueKey) -> str | None:
        return self._unit.taken_by(type, key)

    async def search(self, query: Query) -> Page:
        return self._unit.search(query)

    async def read(self, reads: Reads) -> Found:
        return self._unit.read(reads)


# the host and its powers


class AwaitableHost(Generic[T]):
    """A `Host` as an `AsyncHost`."""

    def __init__(self, host: Host[T]) -> None:
        self.host = host

    async def tenant(self, tx: T, tenant: str) -> Tenant:
        return self.host.tenant(tx, tenant)

    async def accounts(self, tx: T, tenant: str, ids: Sequence[str]) -> Mapping[str, Account]:
        return self.host.accounts(tx, tenant, ids)

    async def match(self, tx: T, tenant: str, keys: Sequence[MatchKey]) -> Sequence[Account]:
        return self.host.match(tx, tenant, keys)

    async def seats(self, tx: T, tenant: str) -> SeatCount | None:
        return self.host.seats(tx, tenant)

    async def other_owner(self, tx: T, tenant: str, accounts: Sequence[str]) -> bool:
        return self.host.other_owner(tx, tenant, accounts)

    async def open(self, tx: T, tenant: str, order: Order) -> str:
        return self.host.open(tx, tenant, order)

    async def handle(self, tx: T, tenant: str, effect: AnyEffect, *, key: str, resource: JsonObject | None) -> None:
        # Handed on although it should be None: whoever asks the adapter finds out when it is not.
        return self.host.handle(tx, tenant, effect, key=key, resource=resource)


class AwaitableTeams(Generic[T]):
    """A `KnowsTeams` as an `AsyncKnowsTeams`."""

    def __init__(self, teams: KnowsTeams[T]) -> None:
        self._teams = teams

    async def team(self, tx: T, tenant: str, name: str) -> Team | None:
        return self._teams.team(tx, tenant, name)


class AwaitablePasswords(Generic[T]):
    """A `TakesPasswords` as an `AsyncTakesPasswords`."""

    def __init__(self, passwords: TakesPasswords[T]) -> None:
        self._passwords = passwords

    async def password(self, tx: T, tenant: str, account: str, secret: str) -> None:
        self._passwords.password(tx, tenant, account, secret)


class AwaitableInventory(Generic[T]):
    """A `KeepsInventory` as an `AsyncKeepsInventory`."""

    def __init__(self, inventory: KeepsInventory[T]) -> None:
        self._inventory = inventory

    async def inventory(self, tx: T, tenant: str, after: str | None, limit: int) -> Sequence[Holding]:
        return self._inventory.inventory(tx, tenant, after, limit)


def class_of(host: object) -> str:
    """The name of the class that the host's author wrote."""
    return type(host.host if isinstance(host, AwaitableHost) else host).__name__
