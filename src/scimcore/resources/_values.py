"""Checks of single values: which JSON fits which SCIM type (RFC 7643 section 2.3, Table 1).

A check is given the value and returns what is to be stored, or raises `Bad` with what is expected instead. The
compiler in `_objects` puts them together and knows the paths.
"""

from binascii import a2b_base64
from collections.abc import Callable, Iterable
from math import isfinite
from typing import Any
from unicodedata import category

from scimcore.filters.instants import instant
from scimcore.schema import Attribute, fold

Check = Callable[[Any], Any]

_KINDS = {str: "a string", bool: "a boolean", int: "a number", float: "a number", list: "an array", dict: "an object"}
_MAX_INTEGER = 2**63 - 1


class Bad(Exception):
    """A value does not fit; `text` says what is expected, `path` where inside the value. Never leaves this package."""

    def __init__(self, text: str, path: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.path = path


def kind(value: object) -> str:
    """What a JSON value is, for people to read."""
    return _KINDS.get(type(value), "null")


def expected(what: str, value: object) -> Bad:
    """The value is of the wrong JSON kind."""
    return Bad(f"{what} is expected, not {kind(value)}")


def string(value: Any) -> str:
    """Any Unicode text that every store can hold and UTF-8 can carry (RFC 7643 section 2.3.1)."""
    if value.__class__ is not str:
        raise expected("a string", value)
    if not value.isascii() or "\0" in value:
        storable(value)
    return value


def storable(value: str) -> None:
    """Raises Bad for what no store can hold: NUL and half of a surrogate pair."""
    if "\0" in value:
        raise Bad("the NUL character cannot be stored")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Bad("a lone surrogate is no character") from None


def name_like(value: Any) -> str:
    """A text that identifies: no control characters (RFC 7644 section 5, RFC 8265 section 3.3)."""
    text = string(value)
    if not text.isprintable() and any(category(character) == "Cc" for character in text):
        raise Bad("control characters are not allowed here")
    return text


def boolean(value: Any) -> bool:
    """true or false, nothing that looks like it (RFC 7643 section 2.3.2)."""
    if value is True or value is False:
        return bool(value)
    raise expected("true or false", value)


def integer(value: Any) -> int:
    """No fraction and no exponent (RFC 7643 section 2.3.4): 3.0 is no integer, and true is none either."""
    if value.__class__ is not int:
        raise Bad("a whole number without fraction or exponent is expected" + _but(value))
    return _bounded(value)


def decimal(value: Any) -> int | float:
    """A JSON number; `decode_json` has seen to it that it is the very number that was sent."""
    if value.__class__ is int:
        return _bounded(value)
    if value.__class__ is not float:
        raise expected("a number", value)
    if not isfinite(value):
        raise Bad("a finite number is expected")
    return value


def _but(value: Any) -> str:
    return "" if value.__class__ is float else f", not {kind(value)}"


def _bounded(value: int) -> int:
    if -_MAX_INTEGER - 1 <= value <= _MAX_INTEGER:
        return value
    raise Bad("the number does not fit into 64 bits")


def date_time(value: Any) -> str:
    """An xsd:dateTime with date and time (RFC 7643 section 2.3.5); kept as sent."""
    text = string(value)
    try:
        instant(text)
    except ValueError:
        raise Bad('a date and time is expected, as in "2026-05-13T04:42:34Z"') from None
    return text


def binary(value: Any) -> str:
    """Base64 with or without its padding (RFC 7643 section 2.3.6); kept as sent."""
    if value.__class__ is not str:
        raise expected("a string", value)
    padding = -len(value) % 4
    try:
        if padding and value.endswith("="):
            raise ValueError(value)
        a2b_base64(value + "=" * padding, strict_mode=True)
    except ValueError:
        raise Bad("base64 is expected (RFC 4648 section 4)") from None
    return value


_CHECKS: dict[str, Check] = {
    "string": string,
    "boolean": boolean,
    "decimal": decimal,
    "integer": integer,
    "dateTime": date_time,
    "binary": binary,
    # RFC 7643 section 2.3.7: absolute or relative, so nearly every text is one; `formats` looks closer where asked.
    "reference": string,
}


def scalar(attribute: Attribute, *, canonical: bool, extra: Check | None) -> Check:
    """The check of one value of that attribute; `canonical` refuses what is not among its canonicalValues."""
    check = _CHECKS[attribute.type]
    if check is string and attribute.uniqueness != "none":
        check = name_like
    if canonical and attribute.canonical_values:
        check = _both(check, _one_of(attribute.canonical_values))
    return check if extra is None else _both(check, extra)


def _both(first: Check, second: Check) -> Check:
    return lambda value: second(first(value))


def _one_of(values: Iterable[str]) -> Check:
    known = {fold(value) for value in values}
    text = "one of " + ", ".join(values) + " is expected"

    def check(value: Any) -> Any:
        if fold(value) not in known:
            raise Bad(text)
        return value

    return check
