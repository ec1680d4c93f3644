"""Filters and PATCH paths from texts: the grammar runs once per shape, each further text is a split and a look-up."""

import re
from functools import lru_cache
from typing import NamedTuple, NoReturn

from scimcore.errors import InvalidFilter, InvalidPath
from scimcore.filters._faults import fault, misfit
from scimcore.filters._grammar import BadName, Misfit, Start, parse_shape
from scimcore.filters._literals import STRING, BadLiteral, Numbered, enumerate_literals, split
from scimcore.filters.ast import Filter, Node, Path, Value

#: No longer text is read.
MAX_LENGTH = 10_000
#: Parentheses and brackets inside one another.
MAX_DEPTH = 32
#: Comparisons in one filter.
MAX_TERMS = 250

_CACHED_SHAPES = 1024
# Longer shapes are parsed each time, so that nobody fills the cache with large trees.
_CACHED_LENGTH = 1000
_NESTING = re.compile(r"[()\[\]]")
_JUNCTION = re.compile(r"\b(?:and|or)\b", re.IGNORECASE)


class _Shape(NamedTuple):
    tree: Node | Path
    numbers: tuple[tuple[int, int | float], ...]


def parse_filter(text: str) -> Filter:
    """The filter that the text says (RFC 7644 section 3.4.2.2). Raises InvalidFilter with the column and a remedy."""
    return Filter(*_read(text, "filter"))  # type: ignore[arg-type]  # the start rule says which


def parse_path(text: str) -> Path:
    """The PATCH path that the text says (RFC 7644 section 3.5.2).

    Raises InvalidPath, or InvalidFilter when what is wrong stands in brackets.
    """
    tree, values = _read(text, "path")
    path: Path = tree  # type: ignore[assignment]  # the start rule says which
    return Path(path.attr, path.tree, path.sub, values) if values else path


def _read(text: str, start: Start) -> tuple[Node | Path, tuple[Value, ...]]:
    if len(text) > MAX_LENGTH:
        raise _refused(start, f"It is longer than {MAX_LENGTH} characters: ask in several requests.")
    try:
        key, strings = split(text)
    except BadLiteral as bad:
        raise _bad_literal(text, bad, start) from None
    try:
        tree, numbers = _shape(key, start) if len(key) <= _CACHED_LENGTH else _shape.__wrapped__(key, start)
    except _Unreadable as wrong:
        _explain(text, key, wrong, start)
    return tree, _values(strings, numbers) if numbers else strings


class _Unreadable(Exception):
    """A key that has no tree: why, and the place in the key."""

    def __init__(self, cause: Misfit | BadName | BadLiteral, position: int) -> None:
        super().__init__(cause, position)
        self.cause = cause
        self.position = position


@lru_cache(maxsize=_CACHED_SHAPES)
def _shape(key: str, start: Start) -> _Shape:
    _bound(key, start)
    try:
        numbered = enumerate_literals(key)
    except BadLiteral as bad:
        raise _Unreadable(bad, bad.start) from None
    try:
        parse = _tree if len(key) <= _CACHED_LENGTH else parse_shape
        return _Shape(parse(numbered.text, start), numbered.numbers)
    except (Misfit, BadName) as wrong:
        raise _Unreadable(wrong, _place(numbered, wrong.position)) from None


@lru_cache(maxsize=_CACHED_SHAPES)
def _tree(numbered: str, start: Start) -> Node | Path:
    """Of its own, so that texts that differ only in a number share one tree."""
    return parse_shape(numbered, start)


def _bound(key: str, start: Start) -> None:
    """Refuse what would cost too much, before the grammar sees it (FLT-031)."""
    depth = deepest = 0
    for bracket in _NESTING.findall(key):
        depth += 1 if bracket in "([" else -1
        deepest = max(deepest, depth)
    if deepest > MAX_DEPTH:
        raise _refused(start, f"It is nested deeper than {MAX_DEPTH} levels: write it flatter.")
    if len(_JUNCTION.findall(key)) >= MAX_TERMS:
        raise _refused(start, f"It has more than {MAX_TERMS} comparisons: ask in several requests.")


def _refused(start: Start, text: str) -> InvalidFilter | InvalidPath:
    kind = InvalidFilter if start == "filter" else InvalidPath
    return kind(text, code="SC-1110")


def _values(strings: tuple[str, ...], numbers: tuple[tuple[int, int | float], ...]) -> tuple[Value, ...]:
    """Strings and numbers in the order of the text."""
    values: list[Value] = list(strings)
    for index, value in numbers:
        values.insert(index, value)
    return tuple(values)


def _place(numbered: Numbered, position: int) -> int:
    """The place in the key of a place in the numbered text."""
    here, there = max(pair for pair in numbered.places if pair[0] <= position)
    return there + position - here


def _explain(text: str, key: str, wrong: _Unreadable, start: Start) -> NoReturn:
    position = _in_text(text, key, wrong.position)
    match wrong.cause:
        case BadLiteral() as bad:
            raise _bad_literal(text, BadLiteral(position, bad.length, bad.remedy), start)
        case BadName(remedy=remedy):
            length, _ = misfit(text, position, frozenset())
            raise fault(text, position, length, remedy, path=start == "path")
        case Misfit() as misplaced:
            length, remedy = misfit(text, position, misplaced.expected)
            raise fault(text, position, length, remedy, path=start == "path")


def _in_text(text: str, key: str, position: int) -> int:
    """The place in the text of a place in its key: the strings before it were left out."""
    if text == key:
        return position
    for match in STRING.finditer(text):
        if match.start() >= position:
            break
        position += len(match[1])
    return position


def _bad_literal(text: str, bad: BadLiteral, start: Start) -> Exception:
    message = f"{bad.remedy[:1].upper()}{bad.remedy[1:]}."
    return fault(text, bad.start, bad.length, message, path=start == "path", code="SC-1111")
