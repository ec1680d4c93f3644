"""What to tell the author of a filter or path that cannot be read: what is wrong, what to write, and where."""

import re

from scimcore.errors import InvalidFilter, InvalidPath
from scimcore.filters._literals import STRING

_WORD = re.compile(r"""'[^']*'|[^\s()\[\]"]+|.""", re.DOTALL)
_FOLLOWED = frozenset(("eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "and", "or", "not"))
_OPERATORS = "eq, ne, co, sw, ew, gt, ge, lt, le or pr"
_WIDTH = 60

# In the order in which they are named; the grammar's terminals on the left.
_EXPECTATIONS = {
    "ATTRIBUTE": "an attribute's name",
    "SUB_ATTRIBUTE": "a sub-attribute",
    "OPERATOR": "an operator",
    "STRING": "a value",
    "LPAR": '"("',
    "_LSQB": '"["',
    "_AND": '"and"',
    "_OR": '"or"',
    "RPAR": '")"',
    "RSQB": '"]"',
    "$END": "the end",
}


def fault(text: str, start: int, length: int, message: str, *, path: bool, code: str | None = None) -> Exception:
    """The error for that stretch of the text, with a caret under it.

    In a path, what is wrong inside brackets is wrong with a filter (RFC 7644 section 3.12, Table 9).
    """
    what = "path" if path else "filter"
    described = f"{message} (column {start + 1} of the {what})\n{_caret(text, start, length)}"
    if path and not _inside_brackets(text, start):
        return InvalidPath(described, code=code)
    return InvalidFilter(described, code=code)


def _inside_brackets(text: str, position: int) -> bool:
    before = STRING.sub("", text[:position])
    return before.count("[") > before.count("]")


def _caret(text: str, start: int, length: int) -> str:
    """The text around that place and a line that points at it, whatever characters it is made of."""
    first = max(0, start - _WIDTH // 2)
    shown = "".join(c if c.isprintable() else "?" for c in text[first : first + _WIDTH])
    return f"  {shown}\n  {' ' * (start - first)}{'^' * max(1, min(length, len(shown) - (start - first)))}"


def misfit(text: str, position: int, expected: frozenset[str]) -> tuple[int, str]:
    """How many characters are wrong there, and what to do about it."""
    found = _WORD.match(text, position)
    word = found[0] if found else ""
    return len(word), _diagnosis(text, position, word, expected)


def _diagnosis(text: str, position: int, word: str, expected: frozenset[str]) -> str:
    if not word.strip():
        return f"It ends too early: here belongs {_listed(expected)}."
    if word.lower() in _FOLLOWED and not text[position + len(word) :].strip():
        return f"It ends too early: something must follow {_quoted(word)}."
    if "STRING" in expected:
        return _misquoted(word)
    if "OPERATOR" in expected and word.isalnum():
        return _operator(text, position, word)
    if word == "[":
        return f"Brackets follow a name at once and hold no other brackets; here belongs {_listed(expected)}."
    return f"{_quoted(word)} does not belong here, but {_listed(expected)}."


def _operator(text: str, position: int, word: str) -> str:
    if word.lower() in _OPERATORS.replace(",", "").split():
        return f"A space is missing after {_quoted(word)}."
    return f"{_quoted(word)} is no operator: use {_OPERATORS}."


def _misquoted(word: str) -> str:
    bare = word.strip("'")
    if word != bare:
        return f'Strings stand in double quotes: write "{_printable(bare)}", not single quotes.'
    if bare[:1].isalnum():
        return f'Strings stand in double quotes: write "{_printable(bare)}".'
    return f"{_quoted(word)} is no value: use a string in double quotes, a number, true, false or null."


def _printable(word: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in word[:_WIDTH])


def _quoted(word: str) -> str:
    return f'"{_printable(word)}"' if word != '"' else "A double quote"


def _listed(expected: frozenset[str]) -> str:
    named = [text for terminal, text in _EXPECTATIONS.items() if terminal in expected]
    if len(named) < 2:
        return named[0] if named else "nothing more"
    return f"{', '.join(named[:-1])} or {named[-1]}"
