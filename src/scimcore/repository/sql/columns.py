"""Comparisons of one stored text or number: what each operator is in SQL, and where that is not the whole truth."""

import operator
from collections.abc import Callable
from typing import Any

from attrs import evolve, frozen
from sqlalchemy import ColumnElement, Integer, Text, and_, bindparam, func, not_, or_, true

from scimcore.filters.ast import Operator
from scimcore.repository.key_length import LONGEST
from scimcore.repository.sql.bounds import Bounds, Clause, Make, exactly
from scimcore.repository.sql.flavors import Flavor

_ORDER: dict[str, Callable[[Any, Any], Clause]] = {
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_LAST = "\U0010ffff"


@frozen(kw_only=True)
class Stored:
    """A column that holds what a test compares. `make(n)` makes the key of the filter's n-th value.

    `long`: longer texts are kept as a prefix and a digest. `nullable`: no value is NULL.
    """

    column: ColumnElement[Any]
    name: str
    nullable: bool
    texts: bool
    long: bool = False
    #: An index finds the resources or rows of one value, and they are few.
    keyed: bool = False


def compare(stored: Stored, op: Operator, bind: str, make: Make, flavor: Flavor, *, negated: bool) -> Bounds:
    """`column op :bind`, or that it is not so; never NULL."""
    match op:
        case "eq":
            found = _where_present(stored, stored.column == bindparam(bind), {bind: make}, negated)
            return evolve(found, few=stored.keyed and not negated)
        case "gt" | "ge" | "lt" | "le":
            return _where_present(stored, _ORDER[op](stored.column, bindparam(bind)), {bind: make}, negated)
        case "sw":
            return _starts(stored, bind, make, negated)
        case "co":
            inside = flavor.position(stored.column, bindparam(bind, type_=Text)) > 0
            return _within(stored, inside, {bind: make}, negated)
        case "ew":
            size = bindparam(f"{bind}_size", type_=Integer)
            tail = flavor.tail(stored.column, size)
            # The last no characters are the whole text in SQLite, so that the empty text is asked for apart.
            ends = or_(size == 0, tail == bindparam(bind, type_=Text))
            return _within(stored, ends, {bind: make, f"{bind}_size": lambda values: len(make(values))}, negated)
        case "ne":
            return compare(stored, "eq", bind, make, flavor, negated=not negated)


def present(stored: Stored, *, negated: bool) -> Bounds:
    """There is a value that is not the empty text."""
    filled = stored.column != "" if stored.texts else true()
    return _where_present(stored, filled, {}, negated)


def _where_present(stored: Stored, clause: Clause, binds: dict[str, Make], negated: bool) -> Bounds:
    """The clause where there is a value; its opposite also holds where there is none."""
    # SQL has three truth values and SCIM two: `NOT (NULL = 'x')` is NULL and would lose the resource, but
    # `not` and `ne` hold where an attribute has no value (see `filters`).
    column = stored.column
    if not negated:
        return exactly(and_(column.is_not(None), clause) if stored.nullable else clause, binds)
    return exactly(or_(column.is_(None), not_(clause)) if stored.nullable else not_(clause), binds)


def _starts(stored: Stored, bind: str, make: Make, negated: bool) -> Bounds:
    """A range, which an index finds."""
    # LIKE would need the client's % and _ escaped, would not use the index in every collation, and compares ASCII
    # without regard to case in SQLite.
    binds = {f"{bind}_from": make, f"{bind}_to": lambda values: _beyond(make(values))}
    between = and_(stored.column >= bindparam(f"{bind}_from"), stored.column < bindparam(f"{bind}_to"))
    return _where_present(stored, between, binds, negated)


def _beyond(prefix: str) -> str:
    """The first text after all those with that prefix; any text there is, for the empty one."""
    stem = prefix.rstrip(_LAST)
    if not stem:
        # No stored text is longer than a capped key: this is beyond them all.
        return _LAST * (LONGEST + 100)
    after = ord(stem[-1]) + 1
    # Surrogates are no characters: the next one after them.
    return stem[:-1] + chr(0xE000 if 0xD800 <= after <= 0xDFFF else after)


def _within(stored: Stored, clause: Clause, binds: dict[str, Make], negated: bool) -> Bounds:
    """A look into the text: of a long one, only the beginning and a digest are at hand."""
    if not stored.long:
        return _where_present(stored, clause, binds, negated)
    # A long text that does not contain the value in its beginning may contain it further on: perhaps, but not surely.
    short = func.length(stored.column) <= LONGEST
    sure = _where_present(stored, and_(short, clause), binds, False)
    perhaps = _where_present(stored, or_(not_(short), clause), binds, False)
    if not negated:
        return Bounds(perhaps.upper, sure.upper, (stored.name,), binds)
    missing = [stored.column.is_(None)] if stored.nullable else []
    return Bounds(
        or_(*missing, not_(and_(short, clause))), or_(*missing, not_(or_(not_(short), clause))), (stored.name,), binds
    )
