"""The strings and numbers in a filter, as JSON writes them (RFC 7644 section 3.4.2.2: "the syntax of the JSON")."""

import json
import re
from typing import NamedTuple

from scimcore.filters.ast import Value
from scimcore.schema.folding import MOST_MARKS, has_endless_marks

# Possessive quantifiers (*+) everywhere: a failing match of "((((" or '"\"\"\"' otherwise tries every split of the
# text, and a client could hold a worker for minutes with 10,000 characters (FLT-031).
STRING = re.compile(r'"([^"\\]*+(?:\\.[^"\\]*+)*+)"', re.DOTALL)
_CLOSED = re.compile(r'(?:[^"]*+"[^"\\]*+(?:\\.[^"\\]*+)*+")*+[^"]*+', re.DOTALL)
# For texts whose strings are empty or blank. A number follows white space; the digits in "x509Certificates" do not.
_NUMBER_WORD = re.compile(r'(?<=[ \t\r\n])[-+]?[0-9][^\s()\[\]"]*+')
_LITERAL = re.compile(rf'""|{_NUMBER_WORD.pattern}')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?P<fraction>\.[0-9]+)?(?P<exponent>[eE][+-]?[0-9]+)?")
# PostgreSQL stores no NUL, and UTF-8 encodes no half of a surrogate pair.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
# RFC 8259 section 7: control characters in a string must be escaped.
_CONTROL = re.compile("[\x00-\x1f]")
# What SQLite and PostgreSQL hold in a BIGINT.
_LARGEST = 2**63


class Unreadable(Exception):
    """Something in a text that cannot be read.

    `remedy` says what to write instead; without it, `expected` names the grammar's terminals that could stand there.
    `start` counts characters of the text that was being read, which is the client's own text only for `mask`.
    """

    def __init__(
        self, start: int, length: int | None = None, remedy: str = "", expected: frozenset[str] = frozenset()
    ) -> None:
        super().__init__(start, length, remedy, expected)
        self.start = start
        #: How many characters are wrong; None for the word that starts there.
        self.length = length
        self.remedy = remedy
        self.expected = expected


class Numbered(NamedTuple):
    """A text in which the n-th literal is n ("0" for a string, 0 for a number), and the numbers that stood there."""

    text: str
    numbers: tuple[tuple[int, int | float], ...]


def read_strings(text: str) -> tuple[str, ...]:
    """The strings of the text in their order, escapes resolved. Raises Unreadable."""
    closed = _CLOSED.match(text)
    if closed is not None and closed.end() < len(text):
        raise unclosed(text, closed.end())
    found = []
    for match in STRING.finditer(text):
        try:
            found.append(decode(match[1]))
        except ValueError as wrong:
            raise Unreadable(match.start(), len(match[0]), str(wrong)) from None
    return tuple(found)


def unclosed(text: str, start: int) -> Unreadable:
    """The fault for a string that starts there and has no end."""
    return Unreadable(start, len(text) - start, "End this string with a double quote.")


def decode(raw: str) -> str:
    """The string between two quotes, with JSON's escapes resolved. Raises ValueError with what to write instead."""
    if _CONTROL.search(raw):
        raise ValueError(r"Write control characters as JSON escapes, as in \n or \u0009.")
    try:
        value = str(json.loads(f'"{raw}"')) if "\\" in raw else raw
    except ValueError:
        raise ValueError(r"A backslash in a string opens a JSON escape, as in \" or \\ or \u00e9.") from None
    if _UNSTORABLE.search(value):
        raise ValueError("Leave out NUL and lone surrogates. No text may contain them.")
    if has_endless_marks(value):
        raise ValueError(f"Send at most {MOST_MARKS} combining marks in a row.")
    return value


def encode(value: Value) -> str:
    """The literal as a filter writes it."""
    return json.dumps(value, ensure_ascii=False)


def number(raw: str) -> int | float:
    """The number as JSON reads it. Raises ValueError with what to write instead."""
    match = _NUMBER.fullmatch(raw)
    if match is None:
        raise ValueError("Write numbers as JSON does, as in 42, -1.5 or 1e3, and texts in double quotes.")
    if match["fraction"] or match["exponent"]:
        value: int | float = float(raw)
        fits = value not in (float("inf"), float("-inf"))
    else:
        # The length first: int() takes quadratic time, and Python refuses more than 4,300 digits with another error.
        fits = len(raw) <= 20 and -_LARGEST <= int(raw) < _LARGEST
        value = int(raw) if fits else 0
    if not fits:
        raise ValueError("Give a number of at most 64 bits.")
    return value


def number_literals(key: str) -> Numbered:
    """Number the literals of a text whose strings are empty. Raises Unreadable for a number that is not JSON."""
    numbers = []
    index = -1

    def numbered(match: re.Match[str]) -> str:
        nonlocal index
        index += 1
        if match[0] == '""':
            return f'"{index}"'
        numbers.append((index, _read_number(match)))
        return str(index)

    text = _LITERAL.sub(numbered, key)
    return Numbered(text, tuple(numbers))


def mask(text: str) -> str:
    """The text with every literal blanked out, nothing moved: a place in it is the same place in the text.

    Raises Unreadable for the first string, or else the first number, that cannot be read.
    """
    read_strings(text)
    blank = STRING.sub(lambda match: f'"{" " * len(match[1])}"', text)
    for match in _NUMBER_WORD.finditer(blank):
        _read_number(match)
    return _NUMBER_WORD.sub(lambda match: f"0{' ' * (len(match[0]) - 1)}", blank)


def _read_number(match: re.Match[str]) -> int | float:
    try:
        return number(match[0])
    except ValueError as wrong:
        raise Unreadable(match.start(), len(match[0]), str(wrong)) from None
