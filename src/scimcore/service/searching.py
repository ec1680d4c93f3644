"""Queries: from the client's words to a repository query, and from its page to an answer."""

from collections.abc import Sequence
from typing import Any

from attrs import evolve, frozen

from scimcore.dialects import Dialect
from scimcore.errors import InvalidCount, InvalidPath, InvalidValue
from scimcore.filters import Condition, Filter, condition, parse_filter
from scimcore.filters.sorting import sort_target
from scimcore.repository.queries import Index, Keyset, Page, Query, Sort
from scimcore.resources.document import Document
from scimcore.schema import BoundType
from scimcore.service import reading
from scimcore.service.cursors import Cursor, CursorKeys
from scimcore.service.results import Listing, Search
from scimcore.service.session import Session

_MICROSECONDS = 1_000_000


@frozen(kw_only=True)
class Asked:
    """A search with its page worked out. `cursor` is the opened one, None on the first page or in index mode."""

    search: Search
    types: tuple[BoundType, ...]
    count: int
    by_cursor: bool
    start: int = 1
    cursor: Cursor | None = None


async def find(
    session: Session[Any], types: Sequence[BoundType], search: Search, dialect: Dialect, keys: CursorKeys
) -> Listing:
    """One page of the search."""
    asked = _asked(session, tuple(types), search, keys)
    query = _query(session, asked, dialect)
    page = await session.unit.search(query)
    by_name = {type.name: type for type in types}
    rows: list[tuple[BoundType, Document]] = [(by_name[d.type], d) for d in page.documents]
    resources = await reading.with_links(session, rows, search.projection)
    total = asked.cursor.total if asked.cursor else page.total
    start = None if asked.by_cursor else asked.start
    listing = Listing(resources=resources, total=total, start_index=start, notes=session.notes)
    return _with_cursors(session, listing, asked, page, keys) if asked.by_cursor else listing


def _asked(session: Session[Any], types: tuple[BoundType, ...], search: Search, keys: CursorKeys) -> Asked:
    by_cursor = search.cursor is not None
    if by_cursor and search.start_index is not None:
        raise InvalidValue("startIndex and cursor cannot be used together: choose one way of paging.", code="SC-1504")
    count = _count(session, search)
    if not by_cursor:
        return Asked(search=search, types=types, count=count, by_cursor=False, start=max(1, search.start_index or 1))
    opened = None
    if search.cursor:
        now = session.now // _MICROSECONDS
        opened = keys.open(search.cursor, _bound_to(session, types, search), count=search.count, now=now)
        count = opened.count
    return Asked(search=search, types=types, count=count, by_cursor=True, cursor=opened)


def _count(session: Session[Any], search: Search) -> int:
    limits = session.limits
    if search.count is None:
        return min(limits.default_page, limits.max_results)
    if search.cursor is not None and search.count > limits.max_results:
        # RFC 9865 section 2.1; by index the same is clamped (RFC 7644 table 6).
        raise InvalidCount(f"count is at most {limits.max_results} here.")
    return max(0, min(search.count, limits.max_results))


def _bound_to(session: Session[Any], types: Sequence[BoundType], search: Search) -> list[object]:
    shown = search.projection
    return [
        session.tenant,
        session.connection,
        [type.name for type in types],
        search.filter,
        search.sort_by,
        search.sort_order,
        list(shown.attributes),
        list(shown.excluded),
    ]


def _query(session: Session[Any], asked: Asked, dialect: Dialect) -> Query:
    search, cursor = asked.search, asked.cursor
    window: Index | Keyset = Index(asked.start, asked.count)
    if asked.by_cursor:
        place, backwards = (cursor.place, cursor.backwards) if cursor else (None, False)
        window = Keyset(asked.count, place, backwards)
    return Query(
        types=tuple([type.name for type in asked.types]),
        conditions=_conditions(session, asked.types, search, dialect),
        sort=_sort(asked.types, search, dialect),
        window=window,
        want_total=cursor is None,
        connection=session.connection if session.policy.scope.other_connections == "none" else None,
        hide_inactive=session.policy.deactivate.visibility == "hidden",
        unique={type.name: type.resource_type.unique for type in asked.types if type.resource_type.unique},
    )


def _conditions(
    session: Session[Any], types: Sequence[BoundType], search: Search, dialect: Dialect
) -> dict[str, Condition | None]:
    if search.filter is None:
        return {type.name: None for type in types}
    parsed, notes = dialect.filter(parse_filter(search.filter))
    session.note(*notes)
    return {type.name: _condition(parsed, type, dialect, alone=len(types) == 1) for type in types}


def _condition(parsed: Filter, type: BoundType, dialect: Dialect, *, alone: bool) -> Condition:
    # RFC 7644 section 3.4.2.1: over several types, what a type does not have simply has no value.
    return condition(
        parsed,
        type,
        short_names=dialect.short_names,
        text_booleans=dialect.text_booleans,
        unknown="error" if alone else "never",
    )


def _sort(types: Sequence[BoundType], search: Search, dialect: Dialect) -> Sort | None:
    """By an attribute of any of the types; those that lack it have no value there."""
    if search.sort_by is None:
        return None
    refusals = []
    for type in types:
        try:
            target = sort_target(search.sort_by, type, short_names=dialect.short_names)
        except InvalidPath as error:
            refusals.append(error)
        else:
            return Sort(target, search.sort_order == "descending")
    raise refusals[0]


def _with_cursors(session: Session[Any], listing: Listing, asked: Asked, page: Page, keys: CursorKeys) -> Listing:
    """With the cursors of the neighbouring pages: the next while more follows, the previous but on the first page."""
    at_start = asked.cursor is None
    backwards = bool(asked.cursor and asked.cursor.backwards)
    has_next = page.more if not backwards else asked.cursor is not None
    has_previous = page.more if backwards else not at_start
    bound = _bound_to(session, asked.types, asked.search)
    here = Cursor(place=(), count=asked.count, issued=session.now // _MICROSECONDS, total=listing.total)
    following = page.last if has_next and asked.count else None
    preceding = page.first if has_previous and asked.count else None
    return evolve(
        listing,
        next=keys.seal(evolve(here, place=following), bound) if following else None,
        previous=keys.seal(evolve(here, place=preceding, backwards=True), bound) if preceding else None,
    )
