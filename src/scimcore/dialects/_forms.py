"""The forms of objects: their names, and the kinds of their values.

Clients send the same few forms with ever new values. Which values of a form a walk has to look at is worked out once.
"""

from collections.abc import Iterator
from typing import Any, TypeVar

from scimcore.schema.json import JsonObject

T = TypeVar("T")

#: All the names, then all the kinds.
Form = tuple[Any, ...]

# Beyond these, nothing is remembered, so that nobody fills the memory.
_KEPT = 256
_LONGEST_KEPT = 2_000


def form(value: JsonObject) -> Form:
    """The form of an object."""
    return (*value, *map(type, value.values()))


def parts(form: Form) -> Iterator[tuple[str, type]]:
    """Each name with the kind of its value."""
    half = len(form) // 2
    return zip(form[:half], form[half:], strict=True)


def keep(known: dict[Form, T], form: Form, found: T) -> T:
    """`found`, remembered for that form."""
    if sum(len(str(name)) for name, _ in parts(form)) <= _LONGEST_KEPT:
        if len(known) >= _KEPT:
            known.clear()
        known[form] = found
    return found
