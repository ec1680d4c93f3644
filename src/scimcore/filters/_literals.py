"""The strings and numbers in a text, as JSON writes them (RFC 7644 section 3.4.2.2), and the shape around them."""

import json
import re
from typing import NamedTuple

from scimcore.filters.ast import Value

# Possessive all through, so that each is one pass over the text and nothing is tried twice.
STRING = re.compile(r'"([^"\\]*+(?:\\.[^"\\]*+)*+)"', re.DOTALL)
_CLOSED = re.compile(r'(?:[^"]*+"[^"\\]*+(?:\\.[^"\\]*+)*+")*+[^"]*+', re.DOTALL)
# In a key, where strings are empty.
_LITERAL = re.compile(r'""|(?<=[ \t\r\n])([-+]?[0-9][^\s()\[\]"]*+)')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?P<fraction>\.[0-9]+)?(?P<exponent>[eE][+-]?[0-9]+)?")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x1f]")
_LARGEST = 2**63


class BadLiteral(Exception):
    """A literal that is not JSON, or holds what no store can: its place in the text and what to do about it."""

    def __init__(self, start: int, length: int, remedy: str) -> None:
        super().__init__(start, length, remedy)
        self.start = start
        self.length = length
        self.remedy = remedy


class Numbered(NamedTuple):
    """A shape with its literals numbered, the numbers in it by their place, and where each stretch came from."""

    text: str
    numbers: tuple[tuple[int, int | float], ...]
    #: Pairs (place in `text`, place in the key), for each stretch between literals.
    places: tuple[tuple[int, int], ...]


def split(text: str) -> tuple[str, tuple[str, ...]]:
    """The text with every string emptied, which is the key of its shape, and the strings. Raises BadLiteral.

    The key still holds the numbers: they are rare, and finding them costs more than all the rest.
    """
    if "\\" in text:
        return _split_escaped(text)
    pieces = text.split('"')
    if len(pieces) % 2 == 0:
        raise _unclosed(text, text.rindex('"'))
    strings = tuple(pieces[1::2])
    if not "".join(strings).isprintable():
        strings = _decoded(text)
    return '""'.join(pieces[::2]), strings


def _split_escaped(text: str) -> tuple[str, tuple[str, ...]]:
    closed = _CLOSED.match(text)
    if closed is not None and closed.end() < len(text):
        raise _unclosed(text, closed.end())
    return STRING.sub('""', text), _decoded(text)


def _unclosed(text: str, start: int) -> BadLiteral:
    return BadLiteral(start, len(text) - start, "end this string with a double quote")


def _decoded(text: str) -> tuple[str, ...]:
    found = []
    for match in STRING.finditer(text):
        try:
            found.append(decode(match[1]))
        except ValueError as wrong:
            raise BadLiteral(match.start(), len(match[0]), str(wrong)) from None
    return tuple(found)


def decode(raw: str) -> str:
    """What stands between the quotes, with JSON's escapes resolved. Raises ValueError that says what is wrong."""
    if _CONTROL.search(raw):
        raise ValueError(r"write control characters as JSON escapes, as in \n or \u0009")
    try:
        value = str(json.loads(f'"{raw}"')) if "\\" in raw else raw
    except ValueError:
        raise ValueError(r"a backslash in a string opens a JSON escape, as in \" or \\ or \u00e9") from None
    if _UNSTORABLE.search(value):
        raise ValueError("leave out NUL and lone surrogates, which no text may hold")
    return value


def number(raw: str) -> int | float:
    """The number, as JSON reads it. Raises ValueError that says what is wrong."""
    match = _NUMBER.fullmatch(raw)
    if match is None:
        raise ValueError("write numbers as JSON does, as in 42, -1.5 or 1e3, and texts in double quotes")
    if match["fraction"] or match["exponent"]:
        value: int | float = float(raw)
        fits = value not in (float("inf"), float("-inf"))
    else:
        fits = len(raw) <= 20 and -_LARGEST <= int(raw) < _LARGEST
        value = int(raw) if fits else 0
    if not fits:
        raise ValueError("give a number of at most 64 bits")
    return value


def enumerate_literals(key: str) -> Numbered:
    """Number the literals of a key. Raises BadLiteral, with the place in the key, for a number that is none."""
    text, numbers, places = "", [], [(0, 0)]
    end = 0
    for index, match in enumerate(_LITERAL.finditer(key)):
        text += key[end : match.start()]
        end = match.end()
        if match[1] is not None:
            try:
                numbers.append((index, number(match[1])))
            except ValueError as wrong:
                raise BadLiteral(match.start(), len(match[0]), str(wrong)) from None
        text += str(index) if match[1] is not None else f'"{index}"'
        places.append((len(text), end))
    return Numbered(text + key[end:], tuple(numbers), tuple(places))


def encode(value: Value) -> str:
    """The literal as a filter writes it."""
    return json.dumps(value, ensure_ascii=False)
