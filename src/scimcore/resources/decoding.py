"""Bytes to JSON, refusing what different readers would understand differently (RFC 8259, HTTP-012)."""

import re
from decimal import Decimal
from json import JSONDecodeError, JSONDecoder
from typing import Any, Final, NoReturn

from scimcore.errors import InvalidSyntax, quoted
from scimcore.resources.values import ENDLESS_MARKS, Mismatch, kind, storable
from scimcore.schema import has_endless_marks
from scimcore.schema.json import JsonObject

#: No SCIM message comes near it: an e-mail address in a user in a bulk request stands on the sixth level.
MAX_DEPTH: Final = 32
_SPACE: Final = " \t\r\n"
# Python converts long digits in quadratic time, so the length is looked at first.
_LONGEST_INTEGER: Final = 20
_LONGEST_NUMBER: Final = 400

#: Escapes of what no store holds, or of a backslash in front of such letters: only then are the strings looked at.
#: Combining marks begin at U+0300, and an escaped one makes a run with those that are not escaped.
_SUSPECT: Final = re.compile(r"\\u(?:0000|0[3-9a-fA-F]|[1-9a-fA-F])")


def decode_json(body: bytes, *, max_depth: int = MAX_DEPTH) -> JsonObject:
    """Return the JSON object that a body is.

    Raises InvalidSyntax for anything else, and for what JSON readers disagree about or no store can hold: a byte order
    mark, a name that is there twice, NaN, NUL, halves of surrogate pairs, numbers that would not come out as they went
    in, text after the end; and for deep nesting and endless runs of combining marks.
    """
    text = _decoded(body)
    try:
        # raw_decode leaves out two regular expressions. If more than white space follows the object, decode makes the
        # error with its line and column.
        value, end = _DECODER.raw_decode(text)
        if text[end:].strip(_SPACE):
            value = _DECODER.decode(text)
    except JSONDecodeError as error:
        raise InvalidSyntax(
            f"The body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        ) from None
    except RecursionError:
        # The C scanner recurses; Python stops it long before the stack ends.
        raise _too_deep(max_depth) from None
    if value.__class__ is not dict:
        raise InvalidSyntax(f"The body must be a JSON object, not {kind(value)}.")
    # Fewer brackets than levels allowed cannot be nested too deep; nearly every body ends here.
    if text.count("{") + text.count("[") > max_depth:
        _look_at_depth(value, max_depth)
    if has_endless_marks(text):
        raise _endless_marks()
    if (escape := text.find("\\")) >= 0 and _SUSPECT.search(text, escape):
        _look_at_strings(value)
    return value


def _decoded(body: bytes) -> str:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidSyntax(f"The body is not UTF-8: byte {error.start} does not belong there.") from None
    # RFC 8259 section 8.1: a byte order mark MUST NOT be added. Some readers drop it, others fail.
    if text.startswith("\ufeff"):
        raise InvalidSyntax("The body opens with a byte order mark; send plain UTF-8 (RFC 8259 section 8.1).")
    text = text.lstrip(_SPACE)
    if not text:
        raise InvalidSyntax("The body is empty; a JSON object is expected.")
    return text


def _too_deep(max_depth: int) -> InvalidSyntax:
    return InvalidSyntax(f"The body is nested more than {max_depth} levels deep.")


def _look_at_depth(value: JsonObject, max_depth: int) -> None:
    """Refuse what is nested too deep. Each level is one round, so that nothing recurses."""
    level: list[Any] = [value]
    for _ in range(max_depth):
        below: list[Any] = []
        for container in level:
            items = container.values() if container.__class__ is dict else container
            below += [item for item in items if item.__class__ is dict or item.__class__ is list]
        if not below:
            return
        level = below
    raise _too_deep(max_depth)


def _look_at_strings(value: JsonObject) -> None:
    """Refuse NUL, halves of surrogate pairs and endless combining marks, in names too."""
    waiting: list[Any] = [value]
    while waiting:
        item = waiting.pop()
        if item.__class__ is dict:
            waiting += item.keys()
            waiting += item.values()
        elif item.__class__ is list:
            waiting += item
        elif item.__class__ is str:
            _storable(item)


def _storable(text: str) -> None:
    try:
        storable(text)
    except Mismatch as mismatch:
        if mismatch.text == ENDLESS_MARKS:
            raise _endless_marks() from None
        raise InvalidSyntax(f"A string in the body cannot be kept: {mismatch.text}.") from None


def _endless_marks() -> InvalidSyntax:
    return InvalidSyntax(f"A string in the body cannot be compared: {ENDLESS_MARKS}.", code="SC-1023")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object, and refuse a name that is there twice.

    RFC 8259 section 4: readers differ in which of the two counts, so a proxy may have checked the other one.
    """
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            break
        seen.add(name)
    raise InvalidSyntax(f"The name {quoted(name)!r} is there twice in one object.")


def _integer(text: str) -> int:
    value = int(text) if len(text) <= _LONGEST_INTEGER else 2**64
    if not -(2**63) <= value < 2**63:
        raise InvalidSyntax(f"The number {quoted(text)} does not fit into 64 bits.")
    return value


def _fraction(text: str) -> float:
    """Return the number if a double holds exactly what was written: what was sent must come back unchanged."""
    value = float(text)
    if len(text) > _LONGEST_NUMBER or value in (_INFINITY, -_INFINITY) or Decimal(repr(value)) != Decimal(text):
        raise InvalidSyntax(f"The number {quoted(text)} is larger or more precise than a double.")
    return value


_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")


def read_number(text: str) -> int | float | None:
    """Return the number that a text is, exactly as JSON would have it; None if it is none."""
    match = _NUMBER.fullmatch(text) if len(text) <= _LONGEST_NUMBER else None
    if match is None:
        return None
    try:
        return _fraction(text) if match[1] or match[2] else _integer(text)
    except InvalidSyntax:
        return None


def _constant(text: str) -> NoReturn:
    raise InvalidSyntax(f"{text} is not a JSON number.")


_INFINITY: Final = float("inf")
_DECODER: Final = JSONDecoder(
    object_pairs_hook=_once, parse_int=_integer, parse_float=_fraction, parse_constant=_constant
)
