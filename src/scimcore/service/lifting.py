"""Synchronous repositories and hosts as coroutines that never suspend (see docs/decisions: written once)."""

from collections.abc import Callable, Coroutine
from functools import lru_cache
from inspect import isasyncgenfunction, iscoroutinefunction, unwrap
from types import MethodType
from typing import Any, TypeVar, cast

from scimcore.service.host import Host
from scimcore.service.seams import AsyncHost

T = TypeVar("T")
R = TypeVar("R")


def lift_host(host: Host[T]) -> AsyncHost[T]:
    """The same host, awaitable. Raises TypeError for one that is asynchronous already."""
    methods = ("tenant", "accounts", "match", "seats", "other_owner", "open", "handle")
    refuse_asynchronous(host, methods)
    return cast("AsyncHost[T]", _lifted(host, _Lifted))


def refuse_asynchronous(thing: object, methods: tuple[str, ...]) -> None:
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
