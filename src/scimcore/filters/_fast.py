"""Quicker ways beside the plain ones, for what identity providers send most.

Theory of operation
-------------------

Almost every filter of an identity provider is `userName eq "..."` or `externalId eq "..."`, and almost every value in
it is ASCII. For ASCII the two expensive steps of comparing texts come to nothing: its composed form (NFC) is the text
itself, and folding it is `str.lower`. Two shortcuts rest on that.

- `compare_at` takes the place of `_closures.compare_at`. The plain way looks a value up, calls the function that makes
  it comparable, and calls the function that compares: three calls for each resource. For `eq` on texts this one does
  all of it in one call. A predicate on one user takes 0.11 microseconds instead of 0.18, a scan of many resources
  accordingly.
- `preparation` and `prepare_ascii` take the place of `condition._prepare`, which makes the values of a filter
  comparable slot by slot and names the attribute in the error for a value that does not fit. If all values are ASCII
  texts of kinds that cannot fail (dates can, and are then left to the plain way), one function for each slot is
  enough. It saves a fifth of the time of `condition`.

Both give what the plain way gives: tests/filters/test_fast.py holds them to it for any tree, values and resource.
"""

from collections.abc import Callable, Sequence
from operator import call
from typing import Any

from scimcore.filters import _closures
from scimcore.filters._closures import Prepared, Run
from scimcore.filters.ast import Constant, Value
from scimcore.filters.instants import instant
from scimcore.filters.resolved import Kind, Test
from scimcore.schema import exact, fold

#: One function for each value of a filter.
Preparation = tuple[Callable[[str], Any], ...]

# What `fold` and `exact` come to for ASCII. Numbers and booleans are missing: they are not texts.
_FOR_ASCII: dict[Kind, Callable[[str], Any]] = {"folded": str.lower, "exact": str, "binary": str, "instant": instant}


def compare_at(name: str, test: Test) -> Run:
    """As `_closures.compare_at`; `eq` on a text in one call."""
    if test.op != "eq" or isinstance(test.value, Constant):
        return _closures.compare_at(name, test)
    index = test.value.index
    # `.__class__ is str` costs a third of `isinstance`. Data is JSON, so there are no subclasses of str in it.
    if test.kind == "folded":
        return lambda values, data: (
            (value := data.get(name)).__class__ is str
            and (value.lower() if value.isascii() else fold(value)) == values[index]
        )
    if test.kind == "exact":
        return lambda values, data: (
            (value := data.get(name)).__class__ is str and (value if value.isascii() else exact(value)) == values[index]
        )
    return _closures.compare_at(name, test)


def preparation(slots: Sequence[Test | None]) -> Preparation | None:
    """The functions for ASCII values of these slots, or None if some of them take no text or have no test."""
    found = [_FOR_ASCII[test.kind] for test in slots if test is not None and test.kind in _FOR_ASCII]
    return tuple(found) if len(found) == len(slots) else None


def prepare_ascii(functions: Preparation, values: tuple[Value, ...]) -> Prepared | None:
    """The values made comparable, or None if the plain way has to do it."""
    # All values are texts: each slot has a test of a kind that was resolved against a string.
    if not "".join(values).isascii():  # type: ignore[arg-type]
        return None
    try:
        return tuple(map(call, functions, values))  # type: ignore[arg-type]
    except ValueError:
        # A date that is not one. The plain way raises the error, with the name of the attribute.
        return None
