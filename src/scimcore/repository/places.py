"""Pages out of an ordered list of matches, where all matches are at hand: the window cut out, its places made."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from attrs import frozen

from scimcore.repository.caps import cap
from scimcore.repository.queries import Index, Keyset

Scalar = str | int | float | bool | None
Place = tuple[Scalar, ...]


@frozen
class Cut:
    """The half-open range of the list that a window shows, and whether more follows in the direction of travel."""

    start: int
    stop: int
    more: bool


def cut(window: Index | Keyset, places: Sequence[Place]) -> Cut:
    """Where the window stands in the ascending `places`."""
    size = len(places)
    if isinstance(window, Index):
        start = min(max(window.start, 1) - 1, size)
        stop = min(start + max(window.count, 0), size)
        return Cut(start, stop, stop < size)
    count = max(window.count, 0)
    if window.backwards:
        stop = size if window.place is None else bisect_left(places, window.place)
        return Cut(max(stop - count, 0), stop, stop > count)
    start = 0 if window.place is None else bisect_right(places, window.place)
    return Cut(start, min(start + count, size), start + count < size)


def capped_place(key: Sequence[Scalar], id: str) -> Place:
    """The place of a resource: its sort key, texts as short as keys are kept, and its id to break ties."""
    return (*(cap(part) if isinstance(part, str) else part for part in key), id)
