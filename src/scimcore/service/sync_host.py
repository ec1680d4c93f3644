"""A synchronous host and its powers, awaitable: the operations are written once, as coroutines."""

from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar

from scimcore.host import Holding, Host, KeepsInventory, KnowsTeams, TakesPasswords
from scimcore.policy.effects import AnyEffect
from scimcore.policy.facts import Account, SeatCount, Team, Tenant
from scimcore.policy.plans import MatchKey, Order
from scimcore.schema.json import JsonObject

T = TypeVar("T")


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
