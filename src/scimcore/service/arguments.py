"""Checks what a service is built of, when it is built: a slip that a request finds is found by a customer."""

from collections.abc import Callable, Iterable
from inspect import isasyncgenfunction, iscoroutinefunction, signature, unwrap
from typing import Final

from scimcore._arguments import shown, wrong_type, wrong_value
from scimcore.policy.effects import EFFECTS, AnyEffect

#: How the service calls each method of a host, and of a power.
_CALLS: Final = {
    "tenant": ("tx", "tenant"),
    "accounts": ("tx", "tenant", "ids"),
    "match": ("tx", "tenant", "keys"),
    "seats": ("tx", "tenant"),
    "other_owner": ("tx", "tenant", "accounts"),
    "open": ("tx", "tenant", "order"),
    "handle": ("tx", "tenant", "effect", "key=", "resource="),
    "team": ("tx", "tenant", "name"),
    "password": ("tx", "tenant", "account", "secret"),
    "inventory": ("tx", "tenant", "after", "limit"),
}
_HOST: Final = ("tenant", "accounts", "match", "seats", "other_owner", "open", "handle")
#: The argument of a service that hands a power over, and its method.
_POWERS: Final = {"teams": "team", "passwords": "password", "inventory": "inventory"}
#: What a clock shows today when it counts in something else. Small numbers are the clocks of tests.
_OTHER_UNITS: Final = (
    (10**9, 10**11, "seconds"),
    (10**11, 10**14, "milliseconds"),
    (10**17, 10**30, "nanoseconds"),
)


def check_host(owner: str, host: object, *, asynchronous: bool) -> None:
    """Raises TypeError unless it is a host whose methods all are coroutine functions, or all are not."""
    _check_instance(owner, "host", host, "your host")
    for method in _HOST:
        _check_method(owner, "host", host, method, asynchronous=asynchronous)


def check_power(owner: str, argument: str, power: object | None, *, asynchronous: bool) -> None:
    """Raises TypeError unless `teams`, `passwords` or `inventory` is None or has its method."""
    if power is not None:
        method = _POWERS[argument]
        _check_instance(owner, argument, power, f"an object with {method}(), most often your host, or None")
        _check_method(owner, argument, power, method, asynchronous=asynchronous)


def _check_instance(owner: str, argument: str, value: object, expected: str) -> None:
    # A class has all the methods too, so only this check finds the missing parentheses.
    if value is None or isinstance(value, type | str):
        raise wrong_type(owner, argument, value, f"{expected}, an instance" if isinstance(value, type) else expected)


def _check_method(owner: str, argument: str, value: object, name: str, *, asynchronous: bool) -> None:
    method = getattr(value, name, None)
    kind = type(value).__name__
    if not callable(method):
        raise TypeError(f"{owner}({argument}=...): {kind} has no method {name}().")
    if iscoroutinefunction(method) != asynchronous:
        is_it, use = ("is not asynchronous", "Service") if asynchronous else ("is asynchronous", "AsyncService")
        raise TypeError(f"{owner}({argument}=...): {kind}.{name} {is_it}: use {use}.")
    # Tried without a call: a host that was written for other arguments would fail in its first request.
    given = _CALLS[name]
    by_name = {parameter[:-1]: None for parameter in given if parameter.endswith("=")}
    try:
        signature(method).bind(*given[: len(given) - len(by_name)], **by_name)
    except ValueError:
        # Written in C, perhaps: its parameters cannot be read.
        return
    except TypeError as wrong:
        called = ", ".join(f"{parameter}..." if parameter.endswith("=") else parameter for parameter in given)
        raise TypeError(f"{owner}({argument}=...): {kind}.{name} is called as {name}({called}): {wrong}.") from None


def check_repository(owner: str, repository: object, *, asynchronous: bool) -> None:
    """Raises TypeError for what is no repository, and for one of the other kind."""
    if isinstance(repository, type) or not all(callable(getattr(repository, n, None)) for n in ("unit", "join")):
        what = "a repository: MemoryRepository() or SqlRepository(engine), for example"
        raise wrong_type(owner, "repository", repository, what)
    kind = type(repository).__name__
    for name in ("unit", "join"):
        method = getattr(repository, name)
        if not asynchronous and (iscoroutinefunction(method) or isasyncgenfunction(unwrap(method))):
            raise TypeError(f"{owner}(repository=...): {kind}.{name} is asynchronous: use AsyncService.")
    # An asynchronous one is known by `pause`, which it must have: its `unit` may be a plain function.
    if asynchronous and not iscoroutinefunction(getattr(repository, "pause", None)):
        raise TypeError(f"{owner}(repository=...): {kind} is synchronous: use Service.")


def check_later(owner: str, later: Iterable[type[AnyEffect]]) -> frozenset[type[AnyEffect]]:
    """The effect types that the host leaves to a worker, each of them one. Raises TypeError."""
    if isinstance(later, str | type):
        raise wrong_type(owner, "later", later, "a tuple of effect types such as (SendInvitation, Notify)")
    chosen = tuple(later)
    # Compared with the closed set: the common base class `Effect` would wait for an effect that never comes.
    for effect in chosen:
        if effect not in EFFECTS:
            raise wrong_type(owner, "later", effect, "effect types such as SendInvitation")
    return frozenset(chosen)


def check_clock(owner: str, clock: Callable[[], int]) -> None:
    """Raises TypeError or ValueError for a clock that does not give microseconds since 1970. Asks it once."""
    expected = "a function that returns microseconds since 1970 (UTC) as an int: lambda: time.time_ns() // 1000"
    if not callable(clock):
        raise wrong_type(owner, "clock", clock, expected)
    now: object = clock()
    if not isinstance(now, int) or isinstance(now, bool):
        raise TypeError(f"{owner}(clock=...) takes {expected}. It returned {shown(now)}.")
    # With seconds every date would be in 1970, every grace period over, and every cursor valid for years.
    for lowest, highest, unit in _OTHER_UNITS:
        if lowest <= now < highest:
            raise ValueError(f"{owner}(clock=...) takes {expected}. It returned {now}, which looks like {unit}.")


def check_secrets(owner: str, secrets: object) -> tuple[bytes, ...]:
    """The keys that sign cursors. Raises TypeError for texts, and for one key outside of a list."""
    expected = "a list of byte strings, for example [secrets.token_bytes(32)]"
    # The class stands for the value in these errors: a secret that is written as a text must not reach a log.
    if isinstance(secrets, str | bytes | bytearray) or not isinstance(secrets, Iterable):
        raise TypeError(f"{owner}(secrets=...) takes {expected}, not {_kind(secrets)}.")
    found: tuple[bytes, ...] = tuple(secrets)
    for secret in found:
        # A text is refused, not encoded: which encoding, the other process would have to guess alike.
        if type(secret) is not bytes:
            raise TypeError(f"{owner}(secrets=...) takes {expected}, not {_kind(secret)} among them.")
    if not found:
        raise wrong_value(owner, "secrets", secrets, expected)
    return found


def _kind(value: object) -> str:
    return "a text" if isinstance(value, str) else "bytes" if isinstance(value, bytes | bytearray) else shown(value)
