"""The undo journal: what a transaction is in memory, shared with the host."""

from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Journal:
    """One transaction in memory. Changes are made in place; each leaves here what takes it back.

    A host keeps its own tables in step by `put` and `drop` on its own dictionaries, or by `undo` for anything else.
    """

    __slots__ = ("_undo", "open", "write")

    def __init__(self, *, write: bool) -> None:
        self._undo: list[Callable[[], object]] = []
        self.open = True
        self.write = write

    def undo(self, action: Callable[[], object]) -> None:
        """Call that when the transaction is taken back, in reverse order."""
        self._undo.append(action)

    def put(self, table: MutableMapping[K, V], key: K, value: V) -> None:
        """`table[key] = value`, to be taken back with the rest."""
        # What was there is taken now: when the action runs, `table` has been changed by everything that came later.
        if key in table:
            before = table[key]
            self._undo.append(lambda: table.__setitem__(key, before))
        else:
            self._undo.append(lambda: table.pop(key, None))
        table[key] = value

    def drop(self, table: MutableMapping[K, V], key: K) -> None:
        """`del table[key]`, if it is there, to be taken back with the rest."""
        if key in table:
            before = table.pop(key)
            self._undo.append(lambda: table.__setitem__(key, before))

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """What happens inside is taken back when the block raises."""
        mark = len(self._undo)
        try:
            yield
        except BaseException:
            # Also an interruption: half a unit must not stay, whatever ended it.
            self._take_back(mark)
            raise

    def _take_back(self, mark: int) -> None:
        # Backwards: each action expects the state that the next ones have already restored.
        while len(self._undo) > mark:
            self._undo.pop()()
