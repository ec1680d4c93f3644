"""Synchronous repositories and hosts as coroutines that never suspend (see docs/decisions: written once)."""

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from inspect import isasyncgenfunction, iscoroutinefunction, unwrap
from types import TracebackType
from typing import Any, Generic, TypeVar, cast

from scimcore.repository import complete
from scimcore.repository.protocol import Repository, Unit
from scimcore.service.host import Host
from scimcore.service.seams import AsyncHost, AsyncRepository, AsyncUnit

T = TypeVar("T")
R = TypeVar("R")


def lift_repository(repository: Repository[T]) -> AsyncRepository[T]:
    """The same repository, awaitable, with what it lacks supplied. Raises TypeError for an asynchronous one.

    One that says `whole = True` is taken as it is: supplying nothing would cost a read a tenth of its time.
    """
    _refuse_asynchronous(repository, ("unit", "join"))
    whole = repository if getattr(repository, "whole", False) else complete(repository)
    return cast("AsyncRepository[T]", _LiftedRepository(whole))


def lift_host(host: Host[T]) -> AsyncHost[T]:
    """The same host, awaitable. Raises TypeError for one that is asynchronous already."""
    methods = ("tenant", "accounts", "match", "seats", "other_owner", "open", "handle")
    _refuse_asynchronous(host, methods)
    return cast("AsyncHost[T]", _Lifted(host))


def _refuse_asynchronous(thing: object, methods: tuple[str, ...]) -> None:
    for name in methods:
        method = getattr(thing, name, None)
        if method is None:
            raise TypeError(f"{type(thing).__name__} has no {name}()")
        if iscoroutinefunction(method) or isasyncgenfunction(unwrap(method)):
            raise TypeError(f"{type(thing).__name__}.{name} is asynchronous: use AsyncService")


class _Lifted:
    """Its methods are those of what it lifts, as coroutine functions; each is made on first use and kept."""

    def __init__(self, lifted: object) -> None:
        self._lifted = lifted

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        coroutine = _coroutine(getattr(self._lifted, name))
        self.__dict__[name] = coroutine
        return coroutine


def _coroutine(method: Callable[..., R]) -> Callable[..., Coroutine[Any, Any, R]]:
    async def lifted(*args: Any, **kwargs: Any) -> R:
        return method(*args, **kwargs)

    return lifted


class _LiftedUnit(_Lifted):
    def __init__(self, unit: Unit[Any]) -> None:
        super().__init__(unit)
        self.transaction = unit.transaction

    def savepoint(self) -> AbstractAsyncContextManager[None]:
        return _LiftedContext(cast("Unit[Any]", self._lifted).savepoint(), _itself)


class _LiftedContext(Generic[T, R], AbstractAsyncContextManager[R]):
    """A `with` block as an `async with` block."""

    def __init__(self, context: AbstractContextManager[T], lift: Callable[[T], R]) -> None:
        self._context, self._lift = context, lift

    async def __aenter__(self) -> R:
        return self._lift(self._context.__enter__())

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        return self._context.__exit__(kind, error, trace)


def _itself(value: T) -> T:
    return value


def _lift_unit(unit: Unit[T]) -> AsyncUnit[T]:
    return cast("AsyncUnit[T]", _LiftedUnit(unit))


class _LiftedRepository(Generic[T]):
    def __init__(self, repository: Repository[T]) -> None:
        self._repository = repository

    def unit(self, tenant: str, *, write: bool) -> AbstractAsyncContextManager[AsyncUnit[T]]:
        return _LiftedContext(self._repository.unit(tenant, write=write), _lift_unit)

    def join(self, transaction: T, tenant: str) -> AbstractAsyncContextManager[AsyncUnit[T]]:
        return _LiftedContext(self._repository.join(transaction, tenant), _lift_unit)

    async def tenants(self) -> AsyncIterator[str]:
        for tenant in self._repository.tenants():
            yield tenant

    async def pause(self, attempt: int) -> None:
        pause = getattr(self._repository, "pause", None)
        if pause is not None:
            pause(attempt)
