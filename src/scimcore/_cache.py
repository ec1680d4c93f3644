"""The one cache of the library: bounded, shared by threads, and keyed by what things are.

Compiling a schema, a filter or a statement costs far more than using it, so what was compiled is used again. Three
rules keep that safe:

- The key is the content, never `id()`: an id is given again when its object is gone, and a host that builds an equal
  policy for every request would never meet what was compiled for the last one.
- The bound is fixed, so that no client can fill the memory with shapes that it makes up.
- What is made depends on the key alone. Two threads may make the same value at the same time; either of them will do.
"""

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Bounded(dict[K, V], Generic[K, V]):
    """Values by key, made on first use: `cache[key]`. The oldest goes when there are more than `size`.

    A dictionary, because then a hit costs what a look-up in a dictionary costs: no call of ours, and no lock.
    Raises what `make` raises, and remembers nothing then.
    """

    __slots__ = ("_lock", "_make", "_size")

    def __init__(self, make: Callable[[K], V], *, size: int) -> None:
        super().__init__()
        self._make, self._size, self._lock = make, size, Lock()

    def __missing__(self, key: K) -> V:
        # Not under the lock: making one value may need others of the same cache, and must not hold up other threads.
        value = self._make(key)
        with self._lock:
            # Two threads may have made the same value; then the first one stays, so that it is shared.
            value = self.setdefault(key, value)
            while len(self) > self._size:
                # Dictionaries keep their order, so the first key is the oldest.
                del self[next(iter(self))]
        return value
