"""What was compiled, kept by its shape, within a bound."""

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

V = TypeVar("V")


class Kept(Generic[V]):
    """A bounded table of made things; the oldest goes first. What is in use is made again when it is asked for."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._known: dict[Hashable, V] = {}
        self._lock = Lock()

    def __call__(self, key: Hashable, make: Callable[[], V]) -> V:
        found = self._known.get(key)
        if found is None:
            found = make()
            with self._lock:
                if len(self._known) >= self._size:
                    self._known.pop(next(iter(self._known)))
                self._known[key] = found
        return found
