"""Synchronous repositories and hosts as coroutines that never suspend (see docs/decisions: written once)."""

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from functools import lru_cache
from inspect import isasyncgenfunction, iscoroutinefunction, unwrap
from types import MethodType, TracebackType
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
    return cast("AsyncHost[T]", _lifted(host, _Lifted))


def _refuse_asynchronous(thing: object, methods: tuple[str, ...]) -> None:
    for name in methods:
        method = getattr(thing, name, None)
        if method is None:
            raise TypeError(f"{type(thing).__name__} has no {name}()")
        if iscoroutinefunction(method) or isasyncgenfunction(unwrap(method)):
            raise TypeError(f"{type(thing).__name__}.{name} is asynchronous: use AsyncService")


class _Lifted:
    """What is lifted, awaitable. Made by `_lifted`."""

    def __init__(self, lifted: Any) -> None:
        self._lifted = lifted

    def __getattr__(self, name: str) -> Callable[..., Coroutine[Any, Any, Any]]:
        """A method that its class does not know of, as that of a unit that was completed."""
        getattr(self._lifted, name)
        return MethodType(_coroutine(name), self)


def _lifted(thing: Any, kind: type[_Lifted]) -> _Lifted:
    return _class(type(thing), kind)(thing)  # type: ignore[arg-type]  # a class is hashable, whatever it makes of itself


@lru_cache(maxsize=64)
def _class(lifted: type, kind: type[_Lifted]) -> type[_Lifted]:
    """With the methods of that class as coroutine functions: found once, because there is a unit for every request."""
    own = (name for name in dir(lifted) if not name.startswith("_") and not hasattr(kind, name))
    methods = {name: _coroutine(name) for name in own if callable(getattr(lifted, name))}
    return type(f"Lifted{lifted.__name__}", (kind,), methods)


def _coroutine(name: str) -> Callable[..., Coroutine[Any, Any, Any]]:
    async def method(self: _Lifted, *args: Any, **kwargs: Any) -> Any:
        return getattr(self._lifted, name)(*args, **kwargs)

    return method


class _LiftedUnit(_Lifted):
    @property
    def transaction(self) -> Any:
        return self._lifted.transaction


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


def _lift_unit(unit: Unit[T]) -> AsyncUnit[T]:
    return cast("AsyncUnit[T]", _lifted(unit, _LiftedUnit))


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
