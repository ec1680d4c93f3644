"""Runs a coroutine that never suspends: how the synchronous face drives code that is written once, as `async`."""

from collections.abc import Coroutine
from typing import Any, TypeVar

R = TypeVar("R")


def run(coroutine: Coroutine[Any, Any, R]) -> R:
    """The coroutine's result, driven by a single `send`. Raises RuntimeError, and closes it, if it suspends."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        result: R = done.value
        return result
    coroutine.close()
    raise RuntimeError("the synchronous Service was given something that waits: use AsyncService for it")
