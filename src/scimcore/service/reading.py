"""Reading: one resource, or one page of a search, with the links that the answer shows.

Links are rows of their own, so an answer has to be put together: a user's `groups` are found from the other end, a
group's `members` are listed unless the policy says that they are too many. Whatever is not shown is not read.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from attrs import evolve, frozen

from scimcore._durations import SECOND
from scimcore.dialects import Dialect
from scimcore.dialects.catalogue import BARE_WORDS
from scimcore.errors import InvalidCount, InvalidFilter, InvalidPath, InvalidValue, NotFound
from scimcore.filters import Condition, Filter, condition, parse_filter
from scimcore.filters.sorting import sort_target
from scimcore.policy.exports import listed
from scimcore.repository.queries import Index, Keyset, Page, Query, Sort
from scimcore.repository.reads import Reads, ResourceRead
from scimcore.resources import projector
from scimcore.resources.changes import Linked
from scimcore.resources.document import Document
from scimcore.resources.projection import Projection
from scimcore.schema import BoundType, Relation
from scimcore.service.cursors import Cursor, CursorKeys
from scimcore.service.results import Listing, Resource, Search
from scimcore.service.session import Session

#: What stays of an anonymised user, so that the identity provider finds it again.
_MATCHED_BY: Final = frozenset({"schemas", "userName", "externalId", "active"})

#: By relation and then by resource id; None for a resource whose links are too many to be listed.
_Found = dict[str, Mapping[str, Sequence[Linked] | None]]
#: The attribute that shows the links, and the relation that stores them.
_Relations = list[tuple[str, Relation]]
#: What came along with the resources: who holds them, by relation and then by resource id.
_Known = Mapping[str, Mapping[str, Sequence[Linked]]]


# one resource


async def get(session: Session[Any], type: BoundType, id: str, projection: Projection) -> Resource:
    """Return the resource with its links, asked for as one value. Raises NotFound."""
    relations = _relations(type, projection)
    wanted = ResourceRead(type.name, id, holders=_from_the_other_end(relations))
    found = (await session.unit.read(Reads(resources=(wanted,)))).resource
    document = found.document
    if document is None or hidden(session, document):
        raise missing(type, id)
    known = {name: {id: links} for name, links in found.holders.items()}
    return (await _with_links(session, type, (document,), relations, known, asked=bool(projection.attributes)))[0]


async def resource(session: Session[Any], type: BoundType, document: Document, projection: Projection) -> Resource:
    """Return a resource that was read or written already, with its links."""
    relations, asked = _relations(type, projection), bool(projection.attributes)
    return (await _with_links(session, type, (document,), relations, {}, asked=asked))[0]


def missing(type: BoundType, id: str) -> NotFound:
    """The 404 for a resource that is not there, or that the connection may not know of."""
    remedy = " If an identity provider still holds it, unassign it there and assign it again."
    return NotFound(f"There is no {type.name} {id!r} here." + (remedy if type.name == "User" else ""))


def foreign(session: Session[Any], document: Document) -> bool:
    """True if another connection of the tenant provisioned it (POL-121)."""
    return document.connection not in ("", session.connection)


def hidden(session: Session[Any], document: Document) -> bool:
    """True if the policy keeps the resource from this connection: inactive ones, or those of other connections."""
    policy = session.policy
    if policy.scope.other_connections == "none" and foreign(session, document):
        return True
    return policy.deactivate.visibility == "hidden" and document.data.get("active") is False


async def too_large(session: Session[Any], type: BoundType, id: str) -> bool:
    """True if the resource holds more links than a PATCH is answered with."""
    limit = session.limits.echo_members
    for name in type.links:
        if await session.unit.link_count(type.name, id, name, limit + 1) > limit:
            return True
    return False


# links


def _relations(type: BoundType, projection: Projection) -> _Relations:
    """The relations that an answer with this projection shows, with the attribute that shows each."""
    plan = projector(type).plan(projection)
    return [(a.name, a.relation) for a in type.relations if a.relation is not None and plan.wants(a.name)]


def _from_the_other_end(relations: _Relations) -> tuple[str, ...]:
    """The names of those that are shown by who holds the resource: a user's groups."""
    return tuple([relation.name for _, relation in relations if relation.inverse])


async def _with_links(
    session: Session[Any],
    type: BoundType,
    documents: Sequence[Document],
    relations: _Relations,
    known: _Known,
    *,
    asked: bool,
) -> list[Resource]:
    """The resources of one type with their links: one question for each relation that did not come along already.

    `asked`: the client asked for particular attributes.
    """
    near = [(type.name, document.id) for document in documents]
    found: _Found = {}
    for attribute, relation in relations:
        if not relation.inverse:
            found[attribute] = await _links(session, relation.name, near, asked=asked)
        elif relation.name in known:
            found[attribute] = known[relation.name]
        else:
            found[attribute] = await session.unit.holders(near, relation.name)
    return [Resource(type=type, document=d, links=_links_of(session, d, found)) for d in documents]


async def _links(
    session: Session[Any], relation: str, near: Sequence[tuple[str, str]], *, asked: bool
) -> Mapping[str, Sequence[Linked] | None]:
    """By id; None for a resource with so many that the policy lists them only when they are asked for (POL-117)."""
    limit = 0 if asked else session.policy.groups.members_shown_up_to
    counted = near if limit else ()
    large = [(kind, id) for kind, id in counted if await session.unit.link_count(kind, id, relation, limit + 1) > limit]
    few = await session.unit.all_links([x for x in near if x not in large] if large else near, relation)
    if session.policy.groups.inactive_members == "hidden":
        few = await _listed(session, few)
    return {**few, **{id: None for _, id in large}} if large else few


async def _listed(session: Session[Any], links: Mapping[str, Sequence[Linked]]) -> Mapping[str, Sequence[Linked]]:
    """Without the members that are disabled or invited; they stay members (POL-118)."""
    members = dict.fromkeys(link.id for found in links.values() for link in found)
    bindings = await session.unit.bindings(list(members))
    return {
        id: [link for link in found if listed(session.policy, bindings.get(link.id))] for id, found in links.items()
    }


def _links_of(session: Session[Any], document: Document, found: _Found) -> Mapping[str, Sequence[Linked]]:
    """The links of one document, out of those that were found for the page."""
    links = {name: ends for name, links in found.items() if (ends := links.get(document.id, ())) is not None}
    if links.get("groups") and _forgotten(session, document):
        del links["groups"]
    return links


def _forgotten(session: Session[Any], document: Document) -> bool:
    """True for an anonymised user that shows nothing but what it is matched by: not its groups of before either."""
    policy = session.policy.deactivate
    if policy.access != "anonymise" or policy.resource != "reduced":
        return False
    return document.data.get("active") is False and document.data.keys() <= _MATCHED_BY


# a page of a search


@frozen(kw_only=True)
class _PageAsked:
    """A search with its page worked out. `cursor` is the opened one, None on the first page or in index mode."""

    search: Search
    types: tuple[BoundType, ...]
    count: int
    by_cursor: bool
    start: int = 1
    cursor: Cursor | None = None


async def search(
    session: Session[Any], types: Sequence[BoundType], search: Search, dialect: Dialect, keys: CursorKeys
) -> Listing:
    """Return one page of the search (RFC 7644 section 3.4.2, RFC 9865)."""
    asked = _page_asked(session, tuple(types), search, keys)
    relations = {type.name: _relations(type, search.projection) for type in asked.types}
    page = await session.unit.search(_query(session, asked, dialect, relations))
    # A page is limited by its resources, and one resource may be long.
    length = sum([len(document.text) for document in page.documents])
    session.budget.spend(length // 8, "the page is too long, so ask for fewer resources with count")
    listing = Listing(
        resources=await _in_order(session, asked, page, relations),
        total=asked.cursor.total if asked.cursor else page.total,
        start_index=None if asked.by_cursor else asked.start,
        notes=session.notes,
    )
    return _with_cursors(session, listing, asked, page, keys) if asked.by_cursor else listing


async def _in_order(
    session: Session[Any], asked: _PageAsked, page: Page, relations: Mapping[str, _Relations]
) -> tuple[Resource, ...]:
    """The page's resources, those of a type with their links read at once, in the page's order."""
    particular, known = bool(asked.search.projection.attributes), page.holders or {}
    found: dict[tuple[str, str], Resource] = {}
    for type in asked.types:
        documents = [document for document in page.documents if document.type == type.name]
        if documents:
            of_type = relations[type.name]
            for one in await _with_links(session, type, documents, of_type, known, asked=particular):
                found[type.name, one.document.id] = one
    return tuple([found[document.type, document.id] for document in page.documents])


def _page_asked(session: Session[Any], types: tuple[BoundType, ...], search: Search, keys: CursorKeys) -> _PageAsked:
    by_cursor = search.cursor is not None
    if by_cursor and search.start_index is not None:
        raise InvalidValue("startIndex and cursor cannot be used together: choose one way of paging.", code="SC-1504")
    count = _count(session, search)
    if not by_cursor:
        # RFC 7644 section 3.4.2.4: a startIndex below 1 is interpreted as 1.
        start = max(1, search.start_index or 1)
        return _PageAsked(search=search, types=types, count=count, by_cursor=False, start=start)
    opened = None
    if search.cursor:
        now = session.now // SECOND
        opened = keys.open(search.cursor, _bound_to(session, types, search), count=search.count, now=now)
        count = opened.count
    return _PageAsked(search=search, types=types, count=count, by_cursor=True, cursor=opened)


def _count(session: Session[Any], search: Search) -> int:
    limits = session.limits
    if search.count is None:
        return min(limits.default_page, limits.max_results)
    if search.cursor is not None and search.count > limits.max_results:
        # RFC 9865 section 2.1; by index the same is clamped (RFC 7644 table 6).
        raise InvalidCount(f"count is at most {limits.max_results} here.")
    return max(0, min(search.count, limits.max_results))


def _bound_to(session: Session[Any], types: Sequence[BoundType], search: Search) -> list[object]:
    """The scope of a cursor: only the same search of the same connection may go on from it."""
    projection = search.projection
    return [
        session.tenant,
        session.connection,
        [type.name for type in types],
        search.filter,
        search.sort_by,
        search.sort_order,
        list(projection.attributes),
        list(projection.excluded),
    ]


def _query(session: Session[Any], asked: _PageAsked, dialect: Dialect, relations: Mapping[str, _Relations]) -> Query:
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
        # Counting all matches costs more than the page. A cursor carries the total of the first page.
        want_total=cursor is None,
        connection=session.connection if session.policy.scope.other_connections == "none" else None,
        hide_inactive=session.policy.deactivate.visibility == "hidden",
        unique={type.name: type.resource_type.unique for type in asked.types if type.resource_type.unique},
        budget=session.budget,
        holders=tuple([name for of_type in relations.values() for name in _from_the_other_end(of_type)]),
    )


def _conditions(
    session: Session[Any], types: Sequence[BoundType], search: Search, dialect: Dialect
) -> dict[str, Condition | None]:
    if search.filter is None:
        return {type.name: None for type in types}
    try:
        return _conditions_of(session, types, search.filter, dialect)
    except InvalidFilter:
        # Only a filter that is refused otherwise is read again, so that the others cost nothing.
        readable = dialect.readable(search.filter)
        try:
            found = None if readable == search.filter else _conditions_of(session, types, readable, dialect)
        except InvalidFilter:
            found = None
        if found is None:
            raise
        session.note((BARE_WORDS.name, f"filter: {BARE_WORDS.note}"))
        return found


def _conditions_of(
    session: Session[Any], types: Sequence[BoundType], filter: str, dialect: Dialect
) -> dict[str, Condition | None]:
    parsed, notes = dialect.filter(parse_filter(filter))
    session.note(*notes)
    return {type.name: _condition(parsed, type, dialect, alone=len(types) == 1) for type in types}


def _condition(parsed: Filter, type: BoundType, dialect: Dialect, *, alone: bool) -> Condition:
    # RFC 7644 section 3.4.2.1: over several types, what a type does not have simply has no value.
    return condition(
        parsed,
        type,
        short_names=dialect.short_names,
        text_booleans=dialect.text_booleans,
        text_numbers=dialect.text_numbers,
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


def _with_cursors(session: Session[Any], listing: Listing, asked: _PageAsked, page: Page, keys: CursorKeys) -> Listing:
    """With the cursors of the neighbouring pages: the next while more follows, the previous but on the first page."""
    at_start = asked.cursor is None
    backwards = bool(asked.cursor and asked.cursor.backwards)
    has_next = page.more if not backwards else asked.cursor is not None
    has_previous = page.more if backwards else not at_start
    bound = _bound_to(session, asked.types, asked.search)
    here = Cursor(place=(), count=asked.count, issued=session.now // SECOND, total=listing.total)
    following = page.last if has_next and asked.count else None
    preceding = page.first if has_previous and asked.count else None
    return evolve(
        listing,
        next=keys.seal(evolve(here, place=following), bound) if following else None,
        previous=keys.seal(evolve(here, place=preceding, backwards=True), bound) if preceding else None,
    )
