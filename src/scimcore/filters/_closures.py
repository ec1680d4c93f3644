"""Resolved trees as functions: made once per tree, called with a filter's values and a resource.

The hottest comparisons (`eq` on texts) are written out, and loops stand where `any` and `all` would make a generator
for each resource; everything else is put together from small parts.
"""

import operator
from collections.abc import Callable, Mapping
from typing import Any, assert_never

from scimcore.filters.ast import Constant
from scimcore.filters.instants import instant
from scimcore.filters.resolved import AllOf, AnyOf, Has, Kind, Never, No, Resolved, Some, Test
from scimcore.schema import Target, exact, fold

#: The filter's values, made comparable.
Prepared = tuple[Any, ...]
#: Whether a resource, an element or a value fulfils (a part of) a filter.
Run = Callable[[Prepared, Any], bool]


def compile_tree(node: Resolved, *, element: bool = False) -> Run:
    """The function for a tree over whole resources, or over single elements."""
    match node:
        case Test(target):
            return _test_at(node, element=element)
        case Has(target):
            return _placed(target, lambda values, value: filled(value), element=element)
        case Some(target, inner):
            return _contained(target, _some(_name(target), compile_tree(inner, element=True)))
        case AllOf(terms):
            return _all([compile_tree(term, element=element) for term in terms])
        case AnyOf(terms):
            return _any([compile_tree(term, element=element) for term in terms])
        case No(term):
            return _no(compile_tree(term, element=element))
        case Never():
            return lambda values, data: False
        case _:
            assert_never(node)


def filled(value: object) -> bool:
    """Whether there is anything: null, "", [], {} and what holds nothing else are no value (FLT-011)."""
    if isinstance(value, Mapping):
        return any(filled(inner) for inner in value.values())
    if isinstance(value, list | tuple):
        return any(filled(inner) for inner in value)
    return value is not None and value != ""


def _all(runs: list[Run]) -> Run:
    def holds(values: Prepared, data: Any) -> bool:
        for run in runs:  # noqa: SIM110
            if not run(values, data):
                return False
        return True

    return holds


def _any(runs: list[Run]) -> Run:
    def holds(values: Prepared, data: Any) -> bool:
        for run in runs:  # noqa: SIM110
            if run(values, data):
                return True
        return False

    return holds


def _no(run: Run) -> Run:
    return lambda values, data: not run(values, data)


def _name(target: Target) -> str:
    return target.attribute.name if target.attribute else ""


# Where the value is


def _placed(target: Target, match: Run, *, element: bool, at: Run | None = None) -> Run:
    """`match` applied to what is at `target`; an element of a simple attribute is its own value.

    `at` does the same as a look-up of the innermost name followed by `match`, only faster.
    """
    attribute, sub, leaf = target.attribute, target.sub, target.leaf
    if leaf is None or attribute is None:
        return _at(target.urn or "", match)
    if element and sub is None:
        return match
    innermost = at or _at(leaf.name, match)
    if element:
        return innermost
    if sub is None:
        return _contained(target, innermost)
    reach = _some if attribute.multi_valued else _below
    return _contained(target, reach(attribute.name, innermost))


def _test_at(test: Test, *, element: bool) -> Run:
    """A test at its place: of each value where there may be several (RFC 7644 section 3.4.2.2)."""
    leaf, match = test.target.leaf, _test(test)
    if leaf is None or (element and test.target.sub is None):
        return match
    if leaf.multi_valued:
        return _placed(test.target, _each(match), element=element)
    return _placed(test.target, match, element=element, at=_equal_at(leaf.name, test))


def _contained(target: Target, run: Run) -> Run:
    """Extension attributes sit in an object under the extension's URI."""
    return run if target.urn is None else _below(target.urn, run)


def _at(name: str, match: Run) -> Run:
    return lambda values, data: match(values, data.get(name))


def _below(name: str, run: Run) -> Run:
    def holds(values: Prepared, data: Any) -> bool:
        inner = data.get(name)
        return run(values, inner) if inner else False

    return holds


def _some(name: str, run: Run) -> Run:
    def holds(values: Prepared, data: Any) -> bool:
        for element in data.get(name) or ():  # noqa: SIM110
            if run(values, element):
                return True
        return False

    return holds


def _each(match: Run) -> Run:
    def holds(values: Prepared, found: Any) -> bool:
        for value in found or ():  # noqa: SIM110
            if match(values, value):
                return True
        return False

    return holds


# How values compare


def _test(test: Test) -> Run:
    """Whether one value compares as the test says."""
    normal, compare = _NORMAL[test.kind], _COMPARE[test.op]
    if isinstance(test.value, Constant):
        constant = test.value.value
        return lambda values, value: value is constant
    index = test.value.index

    def holds(values: Prepared, value: Any) -> bool:
        found = normal(value)
        return found is not None and compare(found, values[index])

    return holds


def _equal_at(name: str, test: Test) -> Run | None:
    """`name eq "text"` in one step: what identity providers ask most, and scans evaluate most."""
    if test.op != "eq" or isinstance(test.value, Constant):
        return None
    index = test.value.index
    if test.kind == "folded":
        return lambda values, data: (
            (value := data.get(name)).__class__ is str
            and (value.lower() if value.isascii() else fold(value)) == values[index]
        )
    if test.kind == "exact":
        return lambda values, data: (
            (value := data.get(name)).__class__ is str and (value if value.isascii() else exact(value)) == values[index]
        )
    return None


def _text(value: object) -> str | None:
    return fold(value) if isinstance(value, str) else None


def _exact_text(value: object) -> str | None:
    return exact(value) if isinstance(value, str) else None


def _number(value: object) -> int | float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _truth(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _moment(value: object) -> int | None:
    try:
        return instant(value) if isinstance(value, str) else None
    except ValueError:
        return None


_NORMAL: dict[Kind, Callable[[object], Any]] = {
    "folded": _text,
    "exact": _exact_text,
    "binary": _exact_text,
    "number": _number,
    "boolean": _truth,
    "instant": _moment,
}
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "co": operator.contains,
    "sw": str.startswith,
    "ew": str.endswith,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}


def normal_form(kind: Kind) -> Callable[[object], Any]:
    """What makes two values of that kind comparable by Python's own operators; None for what is no such value."""
    return _NORMAL[kind]
