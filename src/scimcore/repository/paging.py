"""Pages out of an ordered list of matches, where all matches are at hand: the window cut out, its places made."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from attrs import frozen

from scimcore.repository.key_length import shorten
from scimcore.repository.queries import Index, Keyset, Page, Query
from scimcore.resources.document import Document

Scalar = str | int | float | bool | None
Place = tuple[Scalar, ...]


@frozen
class PageRange:
    """The half-open range of the list that a window shows, and whether more follows in the direction of travel."""

    start: int
    stop: int
    more: bool


def page_range(window: Index | Keyset, places: Sequence[Place]) -> PageRange:
    """Where the window stands in the ascending `places`."""
    size = len(places)
    # RFC 7644 section 3.4.2.4: a startIndex below 1 is 1, a negative count is 0; neither is an error.
    if isinstance(window, Index):
        start = min(max(window.start, 1) - 1, size)
        stop = min(start + max(window.count, 0), size)
        return PageRange(start, stop, stop < size)
    count = max(window.count, 0)
    # By place and not by number: what was added or removed meanwhile shifts no page (RFC 9865).
    if window.backwards:
        stop = size if window.place is None else bisect_left(places, window.place)
        return PageRange(max(stop - count, 0), stop, stop > count)
    start = 0 if window.place is None else bisect_right(places, window.place)
    return PageRange(start, min(start + count, size), start + count < size)


def capped_place(key: Sequence[object], id: str) -> Place:
    """The place of a resource: its sort key, texts as short as keys are kept, and its id to break ties."""
    # As short as the keys of a store that has columns, so that places of memory and of SQL are the same.
    parts = [shorten(part) if isinstance(part, str) else part for part in key if isinstance(part, str | int | float)]
    return (*parts, id)


def paginate(query: Query, matches: Sequence[Document], places: Sequence[Place]) -> Page:
    """The window's part of all matches; a descending walk is an ascending one from the other end, ties included."""
    # Numbers are sorted and not pairs: two resources never have to be compared, only their places.
    order = sorted(range(len(matches)), key=places.__getitem__)
    ascending = [places[n] for n in order]
    window, size = query.window, len(order)
    descending = query.sort is not None and query.sort.descending
    if descending and isinstance(window, Keyset):
        window = Keyset(window.count, window.place, not window.backwards)
    found = page_range(window, ascending)
    shown = range(found.start, found.stop)
    if descending and isinstance(window, Index):
        shown = range(size - found.stop, size - found.start)
    chosen = [order[n] for n in (reversed(shown) if descending else shown)]
    return Page(
        documents=tuple(matches[n] for n in chosen),
        total=size if query.want_total else None,
        first=places[chosen[0]] if chosen else None,
        last=places[chosen[-1]] if chosen else None,
        more=found.more,
    )
