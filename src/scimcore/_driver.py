"""Runs a coroutine that never suspends.

The operations are written once, as coroutines. A synchronous host drives them with this, without an event loop.
"""

from collections.abc import Coroutine
from typing import Any, TypeVar

R = TypeVar("R")


def run(coroutine: Coroutine[Any, Any, R]) -> R:
    """Return the result of the coroutine. Raises RuntimeError, and closes the coroutine, if it suspends."""
    # Nothing below awaits anything but our own coroutines, so one send() reaches the end.
    try:
        coroutine.send(None)
    except StopIteration as done:
        result: R = done.value
        return result
    coroutine.close()
    raise RuntimeError("the synchronous Service was given something that waits: use AsyncService for it")
