"""The errors for a filter or path that cannot be read: what is wrong, what to write instead, and a caret under it.

The reader is an administrator who types a filter into a form, or a developer who reads a log. The remedy comes first,
so that it survives where a long detail is cut.
"""

import re

from scimcore.errors import InvalidFilter, InvalidPath
from scimcore.filters._literals import STRING, Unreadable

_WORD = re.compile(r"""'[^']*'|[^\s()\[\]"]+|.""", re.DOTALL)
# Keywords that need something after them; `pr` does not.
_FOLLOWED = frozenset(("eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "and", "or", "not"))
_OPERATORS = "eq, ne, co, sw, ew, gt, ge, lt, le or pr"
# Characters around the mistake. The whole filter would be up to 10,000, in a log line of every request that fails.
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


def syntax_error(text: str, wrong: Unreadable, *, path: bool) -> InvalidFilter | InvalidPath:
    """The error for what is wrong in the text of a filter, or of a path.

    Inside the brackets of a path, a mistake is one of a filter (RFC 7644 section 3.12, table 9: "invalidFilter").
    """
    what = "path" if path else "filter"
    word = _word(text, wrong.start)
    remedy = wrong.remedy or _remedy(text, wrong.start, word, wrong.expected, what)
    length = len(word) if wrong.length is None else wrong.length
    # Literals have a code of their own: their mistakes are mistakes of JSON, not of the grammar.
    code = None if wrong.length is None else "SC-1111"
    described = f"{remedy} (column {wrong.start + 1} of the {what})\n{_caret(text, wrong.start, length)}"
    if path and not _inside_brackets(text, wrong.start):
        return InvalidPath(described, code=code)
    return InvalidFilter(described, code=code)


def _word(text: str, start: int) -> str:
    found = _WORD.match(text, start)
    return found[0] if found else ""


def _inside_brackets(text: str, position: int) -> bool:
    before = STRING.sub("", text[:position])
    return before.count("[") > before.count("]")


def _caret(text: str, start: int, length: int) -> str:
    """Some of the text around that place, and a line under it that points there."""
    first = max(0, start - _WIDTH // 2)
    # One "?" for each character that cannot be shown: it may be a NUL that a log breaks on, or a mark that turns the
    # direction of writing, and the caret below counts characters.
    shown = "".join(c if c.isprintable() else "?" for c in text[first : first + _WIDTH])
    return f"  {shown}\n  {' ' * (start - first)}{'^' * max(1, min(length, len(shown) - (start - first)))}"


def _remedy(text: str, start: int, word: str, expected: frozenset[str], what: str) -> str:
    if not word.strip():
        return f"The {what} ends too early. Add {_listed(expected)}."
    if word.lower() in _FOLLOWED and not text[start + len(word) :].strip():
        # The grammar's keywords need white space after them, so that it stops before the word and not behind it.
        return f"The {what} ends too early. Add what follows {_quoted(word)}."
    if "STRING" in expected:
        return _misquoted(word)
    if "OPERATOR" in expected and word.isalnum():
        return _operator(word)
    if word == "[":
        return f"Write brackets directly after a name, without other brackets inside. Expected: {_listed(expected)}."
    return f"{_quoted(word)} is not allowed here. Expected: {_listed(expected)}."


def _operator(word: str) -> str:
    if word.lower() in _OPERATORS.replace(",", "").split():
        return f"A space is missing after {_quoted(word)}."
    return f"{_quoted(word)} is not an operator. Use {_OPERATORS}."


def _misquoted(word: str) -> str:
    # SQL's quotes and no quotes at all are by far the most common mistakes of people.
    bare = word.strip("'")
    if word != bare:
        return f'Put strings in double quotes, not in single quotes: write "{_printable(bare)}".'
    if bare[:1].isalnum():
        return f'Put strings in double quotes: write "{_printable(bare)}".'
    return f"{_quoted(word)} is not a value. Use a string in double quotes, a number, true, false or null."


def _printable(word: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in word[:_WIDTH])


def _quoted(word: str) -> str:
    return f'"{_printable(word)}"' if word != '"' else "A double quote"


def _listed(expected: frozenset[str]) -> str:
    named = [text for terminal, text in _EXPECTATIONS.items() if terminal in expected]
    if len(named) < 2:
        return named[0] if named else "nothing more"
    return f"{', '.join(named[:-1])} or {named[-1]}"
