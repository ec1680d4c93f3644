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


# A filter may name attributes that no key answers, or texts longer than a key. Instead of giving such a query up, SQL
# finds the resources that *may* match, and those that *do* match; only what lies between is looked at in Python.
@frozen
class Bounds:
    """rows(lower) are among the true ones, the true ones are among rows(upper). `exact`: all three are the same.

    `doubtful` names the attributes because of which they differ; `binds` makes the parameters. `few`: an index finds
    the rows, and there are not many; `ids` select the ids of such resources, all of `upper` among them. Planners that
    do not see this walk the whole list in order, or look at every row because of an OR.
    """

    upper: Clause
    lower: Clause
    doubtful: tuple[str, ...] = ()
    binds: Mapping[str, Make] = field(factory=dict)
    few: bool = False
    ids: tuple[Select[Any], ...] = ()
    #: The attributes whose rows in another table it must be among, each time it must.
    joins: tuple[str, ...] = ()

    @property
    def exact(self) -> bool:
        return not self.doubtful


def exactly(clause: Clause, binds: Mapping[str, Make] | None = None, *, few: bool = False) -> Bounds:
    """A condition that SQL can answer."""
    return Bounds(clause, clause, (), binds or {}, few)


def unknown(attribute: str) -> Bounds:
    """A condition that SQL knows nothing of."""
    return Bounds(true(), false(), (attribute,))


def every(parts: Sequence[Bounds]) -> Bounds:
    """All of them hold: as few as there are of any. What would take too many joins is looked at instead."""
    joins: tuple[str, ...] = ()
    # Beyond so many joins the others are only looked at in Python: the answer is the same, the plan is not exponential.
    bounded = []
    for part in parts:
        joins += part.joins
        bounded.append(part if len(joins) <= _MOST_JOINS or not part.joins else unknown(part.joins[0]))
    parts = bounded
    ids = next((part.ids for part in parts if part.ids), ())
    return evolve(_joined(and_, parts), few=any(part.few for part in parts), ids=ids, joins=joins[:_MOST_JOINS])


def some(parts: Sequence[Bounds]) -> Bounds:
    """One of them holds: few, if there are few of each."""
    found = evolve(_joined(or_, parts), few=all(part.few for part in parts))
    ids = tuple(one for part in parts for one in part.ids)
    # One part without an index, and every row has to be looked at anyway.
    if not all(part.ids for part in parts) or len(ids) > _MOST_SELECTS:
        return found
    among = among_ids(ids)
    return evolve(found, upper=and_(among, found.upper), lower=and_(among, found.lower), ids=ids)


def among_ids(ids: Sequence[Select[Any]]) -> Clause:
    """The resources whose ids one of these selects."""
    return resource.c.id.in_(ids[0] if len(ids) == 1 else union_all(*ids))


def _joined(join: Callable[..., Clause], parts: Sequence[Bounds]) -> Bounds:
    upper = join(*(part.upper for part in parts))
    doubtful = tuple(dict.fromkeys(name for part in parts for name in part.doubtful))
    # NOT is pushed down to the leaves by the compiler, so that both bounds can be joined part by part.
    lower = join(*(part.lower for part in parts)) if doubtful else upper
    return Bounds(upper, lower, doubtful, {name: make for part in parts for name, make in part.binds.items()})
