"""Resolved trees as functions: made once per tree, called with a filter's values and a resource.

This is the plain reading of RFC 7644 section 3.4.2.2: each node of the tree becomes a small function that is made of
the functions of its parts. `_fast` has a quicker one for the comparison that identity providers send most.
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
#: Makes the function that looks a value up under a name and compares it as the test says.
Compare = Callable[[str, Test], Run]


def compare_at(name: str, test: Test) -> Run:
    """The function that compares the value under that name."""
    return _at(name, _comparison(test))


def compile_tree(node: Resolved, *, element: bool = False, compare: Compare = compare_at) -> Run:
    """The function for a tree over whole resources, or with `element` over single elements.

    `compare` makes the function for one comparison; `_fast.compare_at` may take the place of the plain one.
    """

    def compiled(inner: Resolved) -> Run:
        return compile_tree(inner, element=element, compare=compare)

    match node:
        case Test():
            return _test_at(node, element, compare)
        case Has(target):
            return _placed(target, lambda values, value: filled(value), element)
        case Some(target, inner):
            return _contained(target, _some(_name(target), compile_tree(inner, element=True, compare=compare)))
        case AllOf(terms):
            return _all([compiled(term) for term in terms])
        case AnyOf(terms):
            return _any([compiled(term) for term in terms])
        case No(term):
            return _no(compiled(term))
        case Never():
            return lambda values, data: False
        case _:
            assert_never(node)


def filled(value: object) -> bool:
    """True if there is a value. null, "", [], {} and what contains nothing else are not one (FLT-011).

    RFC 7644 section 3.4.2.2, table 3: `pr` matches a "non-empty or non-null value, or if it contains a non-empty node
    for complex attributes".
    """
    if isinstance(value, Mapping):
        return any(filled(inner) for inner in value.values())
    if isinstance(value, list | tuple):
        return any(filled(inner) for inner in value)
    return value is not None and value != ""


# Loops, where any() and all() would make a generator for each resource: a scan of 100,000 users runs them that often.


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
    # The complement, also where there is no value: every resource meets a filter or its negation (FLT-027).
    return lambda values, data: not run(values, data)


def _name(target: Target) -> str:
    return target.attribute.name if target.attribute else ""


# Where the value is


def _placed(target: Target, match: Run, element: bool) -> Run:
    """`match` applied to the value at `target`; an element of a simple attribute is its own value."""
    leaf = target.leaf
    if leaf is None:
        # `pr` of a whole extension, which is an object under the extension's URI.
        return _at(target.urn or "", match)
    return match if element and target.sub is None else _reached(target, _at(leaf.name, match), element)


def _reached(target: Target, innermost: Run, element: bool) -> Run:
    """`innermost` applied to what has the target's last name as a key: the element, the resource, or what is in it."""
    attribute, sub = target.attribute, target.sub
    if element or attribute is None:
        return innermost
    if sub is None:
        return _contained(target, innermost)
    # RFC 7644 section 3.4.2.2: a multi-valued attribute matches "if any of the values" does, each test on its own:
    # only brackets tie several tests to one and the same element.
    reach = _some if attribute.multi_valued else _below
    return _contained(target, reach(attribute.name, innermost))


def _test_at(test: Test, element: bool, compare: Compare) -> Run:
    target = test.target
    leaf = target.leaf
    if leaf is None or (element and target.sub is None):
        return _comparison(test)
    if leaf.multi_valued:
        return _placed(target, _each(_comparison(test)), element)
    return _reached(target, compare(leaf.name, test), element)


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


def _comparison(test: Test) -> Run:
    """The function that compares one value as the test says."""
    normal, compare = _NORMAL[test.kind], _COMPARE[test.op]
    if isinstance(test.value, Constant):
        # true and false; null was resolved to Has. `is`, because 1 == True, and a number is not a boolean here.
        constant = test.value.value
        return lambda values, value: value is constant
    index = test.value.index

    def holds(values: Prepared, value: Any) -> bool:
        # None stands for "no value" and for a value of another type; no operator matches either of them.
        found = normal(value)
        return found is not None and compare(found, values[index])

    return holds


def _text(value: object) -> str | None:
    return fold(value) if isinstance(value, str) else None


def _exact_text(value: object) -> str | None:
    return exact(value) if isinstance(value, str) else None


def _number(value: object) -> int | float | None:
    # For Python a bool is an int.
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _truth(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _moment(value: object) -> int | None:
    # A host may hand over a date that is not one. It matches nothing; to fail would hide the resource's neighbours.
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
    """The function that makes two values of that kind comparable by Python's operators, and others None."""
    return _NORMAL[kind]
