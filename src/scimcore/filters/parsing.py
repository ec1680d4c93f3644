"""Filters and PATCH paths from texts.

Theory of operation
-------------------

Identity providers send the same few filters for ever, each time with another name in them. Running the grammar over a
short one takes 60 microseconds, so it runs once for each *shape* of a text. A further text of that shape costs a
`str.split` and a look-up, less than one microsecond. Three steps lead from the text to the tree:

    text      emails[type eq "work"] and level gt 5     as the client sent it
    key       emails[type eq ""] and level gt 5         every string emptied;              strings ("work",)
    shape     emails[type eq "0"] and level gt 1        the n-th literal replaced by n;    numbers ((1, 5),)
    tree      And((Element(emails, type eq Slot(0)), Compare(level, gt, Slot(1))))

- `split` makes the key, for every text. The numbers stay in the key: to find them takes a regular expression, which
  costs more than the whole look-up, and hardly any filter has one.
- `_read_key` is cached by the key. It numbers the literals, so that the n-th literal of the text fills `Slot(n)`, and
  remembers which of them are numbers.
- `_read_shape` is cached by the shape, so that `level gt 5` and `level gt 6`, which are two keys, share one tree.
  Everything downstream (names resolved, closures, SQL) is cached by the tree.

The values of the text are its strings, with the numbers inserted where they stood: `("work", 5)`.

None of the three texts has the same places as the others, so a mistake in one of them is not mapped back. The text is
read again instead, slowly and once, in a form in which every place is the place in the text (`mask`):

    text      emails[type eq 'work'] and level gt 05
    masked    emails[type eq 'work'] and level gt 0

What the fast way cannot read, the slow way cannot read either, since both use one grammar; a law in tests/filters
holds them together. Long texts are not cached, so that a client cannot fill the memory with them.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from scimcore.errors import InvalidFilter, InvalidPath
from scimcore.filters._grammar import Start, parse_shape
from scimcore.filters._literals import STRING, Unreadable, mask, number_literals, read_strings, unclosed
from scimcore.filters._syntax_errors import syntax_error
from scimcore.filters.ast import Filter, Node, Path, Value
from scimcore.schema.folding import has_endless_marks

#: The longest text that is read, in characters.
MAX_LENGTH = 10_000
#: How deep parentheses and brackets may be nested.
MAX_DEPTH = 32
#: The most comparisons in one filter.
MAX_TERMS = 250

# The keys and trees hold no value of a client, only the shapes that it sends: a host sees dozens of them.
_CACHED_SHAPES = 1024
_CACHED_LENGTH = 1000
_NESTING = re.compile(r"[()\[\]]")
_JUNCTION = re.compile(r"\b(?:and|or)\b", re.IGNORECASE)


class _Reading(NamedTuple):
    tree: Node | Path
    #: Pairs (index of the slot, number) for the literals that are numbers.
    numbers: tuple[tuple[int, int | float], ...]


def parse_filter(text: str) -> Filter:
    """Read a filter (RFC 7644 section 3.4.2.2). The names in it have no meaning yet: see `condition`.

    Raises InvalidFilter for what cannot be read, with the column and what to write instead.
    """
    return Filter(*_read(text, "filter"))  # type: ignore[arg-type]  # the start rule says which


def parse_path(text: str) -> Path:
    """Read the path of a PATCH operation (RFC 7644 section 3.5.2).

    Raises InvalidPath, or InvalidFilter if the mistake is inside brackets.
    """
    tree, values = _read(text, "path")
    path: Path = tree  # type: ignore[assignment]  # the start rule says which
    return Path(path.attr, path.tree, path.sub, values) if values else path


def _read(text: str, start: Start) -> tuple[Node | Path, tuple[Value, ...]]:
    if len(text) > MAX_LENGTH:
        raise _refused(start, f"It is longer than {MAX_LENGTH} characters: ask in several requests.")
    try:
        key, strings = split(text)
        tree, numbers = _read_key(key, start) if len(key) <= _CACHED_LENGTH else _read_key.__wrapped__(key, start)
    except Unreadable:
        raise _explained(text, start) from None
    return tree, _values(strings, numbers) if numbers else strings


def split(text: str) -> tuple[str, tuple[str, ...]]:
    """The text with every string emptied, and the strings. Raises Unreadable."""
    if "\\" in text:
        # An escaped quote does not end a string, so a plain split would cut in the wrong places.
        strings = read_strings(text)
        return STRING.sub('""', text), strings
    pieces = text.split('"')
    if len(pieces) % 2 == 0:
        raise unclosed(text, text.rindex('"'))
    strings = tuple(pieces[1::2])
    # One test for all strings. What it finds is mostly harmless (a no-break space), and looked at one by one.
    joined = "".join(strings)
    if not joined.isprintable() or (not joined.isascii() and has_endless_marks(joined)):
        strings = read_strings(text)
    return '""'.join(pieces[::2]), strings


@lru_cache(maxsize=_CACHED_SHAPES)
def _read_key(key: str, start: Start) -> _Reading:
    _check_bounds(key, start)
    shape, numbers = number_literals(key)
    return _Reading(_read_shape(shape, start) if len(key) <= _CACHED_LENGTH else parse_shape(shape, start), numbers)


@lru_cache(maxsize=_CACHED_SHAPES)
def _read_shape(shape: str, start: Start) -> Node | Path:
    return parse_shape(shape, start)


def _check_bounds(key: str, start: Start) -> None:
    """Refuse a text that would cost too much, before the grammar sees it (FLT-031).

    The depth is also the depth of the recursion over the tree, here and in the SQL that is made from it.
    """
    depth = deepest = 0
    for bracket in _NESTING.findall(key):
        depth += 1 if bracket in "([" else -1
        deepest = max(deepest, depth)
    if deepest > MAX_DEPTH:
        raise _refused(start, f"It is nested deeper than {MAX_DEPTH} levels: write it flatter.")
    # In the key no "and" is inside a string; one in a name ("and.x") is counted too, and does no harm.
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


def _explained(text: str, start: Start) -> InvalidFilter | InvalidPath:
    """The error for a text that cannot be read, found by reading it slowly."""
    try:
        parse_shape(mask(text), start)
    except Unreadable as wrong:
        return syntax_error(text, wrong, path=start == "path")
    raise AssertionError("the fast reading refused what the slow one reads")
