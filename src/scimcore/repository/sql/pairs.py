"""A condition as SQL sees it: one that holds too often and one that holds too seldom."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from attrs import field, frozen
from sqlalchemy import ColumnElement, and_, false, or_, true

from scimcore.filters.ast import Value

Clause = ColumnElement[bool]
#: From the filter's values to what a parameter is bound to.
Make = Callable[[tuple[Value, ...]], Any]


@frozen
class Pair:
    """rows(under) are among the true ones, the true ones are among rows(over). `exact`: all three are the same.

    `doubtful` names the attributes because of which they differ; `binds` makes the parameters.
    """

    over: Clause
    under: Clause
    doubtful: tuple[str, ...] = ()
    binds: Mapping[str, Make] = field(factory=dict)

    @property
    def exact(self) -> bool:
        return not self.doubtful


def exactly(clause: Clause, binds: Mapping[str, Make] | None = None) -> Pair:
    """A condition that SQL can answer."""
    return Pair(clause, clause, (), binds or {})


def unknown(attribute: str) -> Pair:
    """A condition that SQL knows nothing of."""
    return Pair(true(), false(), (attribute,))


def every(pairs: Iterable[Pair]) -> Pair:
    """All of them hold."""
    return _joined(and_, tuple(pairs))


def some(pairs: Iterable[Pair]) -> Pair:
    """One of them holds."""
    return _joined(or_, tuple(pairs))


def _joined(join: Callable[..., Clause], pairs: tuple[Pair, ...]) -> Pair:
    over = join(*(pair.over for pair in pairs))
    doubtful = tuple(dict.fromkeys(name for pair in pairs for name in pair.doubtful))
    under = join(*(pair.under for pair in pairs)) if doubtful else over
    return Pair(over, under, doubtful, {name: make for pair in pairs for name, make in pair.binds.items()})
