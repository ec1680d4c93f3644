"""What a host hands over is checked when the value is built, in a sentence that names the argument.

These are attrs validators. A wrong value that is only found when a request arrives is found by a customer.
"""

from collections.abc import Callable, Collection, Iterable
from typing import Any, TypeAlias

from attrs import Attribute as Field

#: Called by attrs with the instance, the field and the value. Raises TypeError or ValueError.
Validator: TypeAlias = Callable[[Any, "Field[Any]", Any], None]


def wrong_type(owner: str, name: str, value: object, expected: str) -> TypeError:
    """The error for a value of another kind: `Connection(dialect=...) takes a Dialect, not the text 'entra'.`"""
    return TypeError(f"{owner}({name}=...) takes {expected}, not {shown(value)}.")


def wrong_value(owner: str, name: str, value: object, expected: str) -> ValueError:
    """The error for a value of the right kind that is not allowed."""
    return ValueError(f"{owner}({name}=...) takes {expected}, not {shown(value)}.")


def shown(value: object) -> str:
    """What came, in few words. Classes are named as such: to hand over a class for its instance is a common slip."""
    if isinstance(value, str):
        return f"the text {value[:80]!r}"
    if isinstance(value, type):
        return f"the class {value.__name__}"
    if value is None or isinstance(value, bool | int | float):
        return repr(value)
    if isinstance(value, bytes):
        # Not what is in them: these may be a secret.
        return "bytes"
    kind = type(value).__name__
    return f"{'an' if kind[0] in 'AEIOaeio' else 'a'} {kind}"


def check_type(owner: str, name: str, value: object, kinds: type | tuple[type, ...], expected: str) -> None:
    """Raise TypeError unless the value is of these types: for the arguments of functions and plain classes."""
    if not isinstance(value, kinds):
        raise wrong_type(owner, name, value, expected)


def instance_of(kinds: type | tuple[type, ...], expected: str) -> Validator:
    """A value of these types; `expected` says so in words, with its article ("a Dialect"). No bool for an int."""
    names = kinds if isinstance(kinds, tuple) else (kinds,)

    def check(instance: object, field: "Field[Any]", value: object) -> None:
        # A bool is an int for Python, and never meant as one here.
        flag_for_number = isinstance(value, bool) and bool not in names
        if flag_for_number or not isinstance(value, names):
            raise wrong_type(type(instance).__name__, field.name, value, expected)

    return check


def one_of(allowed: Collection[object]) -> Validator:
    """One of a closed set of values. True is not 1 here."""
    listed = ", ".join(map(repr, allowed))
    # With its type, because True equals 1. A set, because hosts build such values at every request.
    exact = frozenset((type(choice), choice) for choice in allowed)

    def check(instance: object, field: "Field[Any]", value: object) -> None:
        try:
            known = (type(value), value) in exact
        except TypeError:  # nothing that cannot be hashed is allowed
            known = False
        if not known:
            raise wrong_value(type(instance).__name__, field.name, value, f"one of {listed}")

    return check


def each(inner: Validator, expected: str) -> Validator:
    """A tuple whose members pass `inner`; a text or a list where a tuple belongs is refused."""

    def check(instance: object, field: "Field[Any]", value: object) -> None:
        if not isinstance(value, tuple):
            raise wrong_type(type(instance).__name__, field.name, value, expected)
        members: Iterable[object] = value
        for member in members:
            inner(instance, field, member)

    return check


def optional(inner: Validator) -> Validator:
    """None, or what passes `inner`."""

    def check(instance: object, field: "Field[Any]", value: object) -> None:
        if value is not None:
            inner(instance, field, value)

    return check


def whole_number(minimum: int, maximum: int | None = None) -> Validator:
    """A whole number within these bounds, both included."""
    bound = f"of {minimum} or more" if maximum is None else f"from {minimum} to {maximum}"
    expected = f"a whole number {bound}"

    def check(instance: object, field: "Field[Any]", value: object) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            raise wrong_type(type(instance).__name__, field.name, value, expected)
        if value < minimum or (maximum is not None and value > maximum):
            raise wrong_value(type(instance).__name__, field.name, value, expected)

    return check


def text(*, empty: bool = True) -> Validator:
    """A text; with `empty=False` one that is not empty."""
    expected = "a text" if empty else "a text that is not empty"

    def check(instance: object, field: "Field[Any]", value: object) -> None:
        if not isinstance(value, str):
            raise wrong_type(type(instance).__name__, field.name, value, expected)
        if not value and not empty:
            raise wrong_value(type(instance).__name__, field.name, value, expected)

    return check


def number_above(minimum: float) -> Validator:
    """A number, whole or not, above this one."""
    expected = f"a number above {minimum:g}"

    def check(instance: object, field: "Field[Any]", value: object) -> None:
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise wrong_type(type(instance).__name__, field.name, value, expected)
        # Written so that NaN, which compares with nothing, is refused as well.
        if not value > minimum:
            raise wrong_value(type(instance).__name__, field.name, value, expected)

    return check


def callable_value(expected: str) -> Validator:
    """Something that can be called; `expected` says what it is called for ("a function that returns the time")."""

    def check(instance: object, field: "Field[Any]", value: object) -> None:
        if not callable(value):
            raise wrong_type(type(instance).__name__, field.name, value, expected)

    return check
