"""A condition as SQL sees it: one that holds too often and one that holds too seldom."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from attrs import evolve, field, frozen
from sqlalchemy import ColumnElement, Select, and_, false, or_, true, union_all

from scimcore.filters.ast import Value
from scimcore.repository.sql.tables import resource

Clause = ColumnElement[bool]
#: From the filter's values to what a parameter is bound to.
Make = Callable[[tuple[Value, ...]], Any]

#: SQLite takes 500 in one UNION.
_MOST_SELECTS: Final = 100
#: PostgreSQL joins what must all be among the rows of another table, and plans 250 such joins for 20 seconds.
_MOST_JOINS: Final = 16


@frozen
class Pair:
    """rows(under) are among the true ones, the true ones are among rows(over). `exact`: all three are the same.

    `doubtful` names the attributes because of which they differ; `binds` makes the parameters. `few`: an index finds
    the rows, and there are not many; `ids` select the ids of such resources, all of `over` among them. Planners that
    do not see this walk the whole list in order, or look at every row because of an OR.
    """

    over: Clause
    under: Clause
    doubtful: tuple[str, ...] = ()
    binds: Mapping[str, Make] = field(factory=dict)
    few: bool = False
    ids: tuple[Select[Any], ...] = ()
    #: The attributes whose rows in another table it must be among, each time it must.
    joins: tuple[str, ...] = ()

    @property
    def exact(self) -> bool:
        return not self.doubtful


def exactly(clause: Clause, binds: Mapping[str, Make] | None = None, *, few: bool = False) -> Pair:
    """A condition that SQL can answer."""
    return Pair(clause, clause, (), binds or {}, few)


def unknown(attribute: str) -> Pair:
    """A condition that SQL knows nothing of."""
    return Pair(true(), false(), (attribute,))


def every(pairs: Sequence[Pair]) -> Pair:
    """All of them hold: as few as there are of any. What would take too many joins is looked at instead."""
    joins: tuple[str, ...] = ()
    bounded = []
    for pair in pairs:
        joins += pair.joins
        bounded.append(pair if len(joins) <= _MOST_JOINS or not pair.joins else unknown(pair.joins[0]))
    pairs = bounded
    ids = next((pair.ids for pair in pairs if pair.ids), ())
    return evolve(_joined(and_, pairs), few=any(pair.few for pair in pairs), ids=ids, joins=joins[:_MOST_JOINS])


def some(pairs: Sequence[Pair]) -> Pair:
    """One of them holds: few, if there are few of each."""
    found = evolve(_joined(or_, pairs), few=all(pair.few for pair in pairs))
    ids = tuple(one for pair in pairs for one in pair.ids)
    if not all(pair.ids for pair in pairs) or len(ids) > _MOST_SELECTS:
        return found
    among = among_ids(ids)
    return evolve(found, over=and_(among, found.over), under=and_(among, found.under), ids=ids)


def among_ids(ids: Sequence[Select[Any]]) -> Clause:
    """The resources whose ids one of these selects."""
    return resource.c.id.in_(ids[0] if len(ids) == 1 else union_all(*ids))


def _joined(join: Callable[..., Clause], pairs: Sequence[Pair]) -> Pair:
    over = join(*(pair.over for pair in pairs))
    doubtful = tuple(dict.fromkeys(name for pair in pairs for name in pair.doubtful))
    under = join(*(pair.under for pair in pairs)) if doubtful else over
    return Pair(over, under, doubtful, {name: make for pair in pairs for name, make in pair.binds.items()})
