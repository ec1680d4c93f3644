"""Queries in SQL: what keys answer is asked of the database; what they do not is looked at here, within a bound."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from attrs import evolve, field, frozen
from sqlalchemy import true

from scimcore._budget import Budget
from scimcore._cache import Bounded
from scimcore.errors import TooMany
from scimcore.filters import Condition, order_key
from scimcore.filters.ast import Value
from scimcore.filters.resolved import Resolved, Test
from scimcore.repository.key_length import LONGEST
from scimcore.repository.keys import UNIQUE
from scimcore.repository.needed import NeededParts, needed_by_filter, needed_by_sort
from scimcore.repository.paging import Place, capped_place, paginate
from scimcore.repository.queries import Index, Keyset, Page, Query
from scimcore.repository.reads import ResourceRead
from scimcore.repository.sql import paging
from scimcore.repository.sql.bounds import Make, exactly
from scimcore.repository.sql.counting import OF_CONNECTION, OF_TYPE
from scimcore.repository.sql.filtering import Compiler, Scans, column_of, maker, scans
from scimcore.repository.sql.flavors import Flavor
from scimcore.repository.sql.paging import FilteredType, PageOrder, PageWalk, Which
from scimcore.repository.sql.relations import ALL_LINKS, HOLDERS, SqlRelations
from scimcore.repository.sql.resources import SqlResources, document
from scimcore.repository.sql.statements import CompiledStatement
from scimcore.resources.changes import Linked
from scimcore.resources.document import Document
from scimcore.resources.rendering import resource_json
from scimcore.schema import exact, fold

# What a client writes into a filter never becomes part of a statement's text. Filters are cached by their shape, with
# slots for the values: connectors ask the same few shapes for ever, and each costs 500 us to compile and 3 us to find.

#: So many links may be read to look at the resources that a query is in doubt about, for each of them on average.
_LINKS_EACH = 10


#: Statements of filters with more comparisons are compiled each time: one may take a megabyte, and a client could send
#: a thousand, each of another shape.
_CACHED_TERMS: Final = 20
#: Units of work for one comparison with one row of another table.
_ROWS_WORK: Final = 5
_SCANNED: Final = "no index serves the filter, so it is asked about every resource"
_EXAMINED: Final = "no index serves the query, so many resources would have to be looked into"

#: The usual order and the usual walks, each but one, so that they are found among what is kept without comparing.
_AS_CREATED: Final = PageOrder()
_NOBODY: Final = Page(documents=(), total=0)
_ON, _BACK = PageWalk(forwards=True), PageWalk(forwards=False)


#: Tree, resource type, its number in the query, its unique attribute, whether a value is longer than a key, whether
#: one connection's resources are asked for, whether inactive ones are left out.
_FilterKey = tuple[Resolved | None, str, int, str | None, bool, bool, bool]


@frozen
class TypeSearch:
    """One type's part of a query, with what its parameters are bound to."""

    filtered: FilteredType
    which: Which
    condition: Condition | None
    binds: dict[str, Any] = field(factory=dict)


class SearchedParts(SqlResources, SqlRelations):
    """The parts of a unit that a search reads."""


class Searcher:
    """Answers queries for one repository; keeps what it compiled, by the shape of the query."""

    def __init__(self, flavor: Flavor, most: int) -> None:
        self._flavor = flavor
        self._most = most
        self._filters: Bounded[_FilterKey, FilteredType] = Bounded(self._compile, size=512)
        # The first item of a key builds the statement from the others. `FilteredType` hashes by identity: `_filters`
        # gives the same one again, and the key keeps it alive as long as the statement.
        self._statements: Bounded[tuple[Any, ...], CompiledStatement] = Bounded(
            lambda key: CompiledStatement(key[0](*key[1:], flavor), flavor), size=1024
        )

    def search(self, unit: SearchedParts, query: Query) -> Page:
        """Return one page of the query. Raises TooMany."""
        # `userName eq "..."` is what identity providers ask before anything else. It is one look-up, so it does not go
        # through pages, counts and orders.
        key = _name(query)
        if key is not None:
            return self._named(unit, query, key)
        asked = [self._asked(unit, query, number) for number in range(len(query.types))]
        order = _order(query)
        if order is None:
            return self._sorted_here(unit, query, asked)
        return self._page(unit, query, asked, order)

    def _named(self, unit: SearchedParts, query: Query, key: str) -> Page:
        """The one resource that has the unique key."""
        type = query.types[0]
        # Not `unit.read`: where resources are mapped to tables of the host, `search` joins the whole page once.
        resource = unit.read_resource(ResourceRead(type, unique=key, holders=query.holders))
        found = resource.document
        if found is None or query.connection not in (None, found.connection):
            return _NOBODY if query.want_total else Page(documents=())
        place = (found.created, found.id)
        holders = {relation: {found.id: ends} for relation, ends in resource.holders.items()} if query.holders else None
        return Page(documents=(found,), total=1 if query.want_total else None, first=place, last=place, holders=holders)

    # the filter

    def _asked(self, unit: SearchedParts, query: Query, number: int) -> TypeSearch:
        type = query.types[number]
        condition = query.conditions.get(type)
        budget = query.budget
        values = () if condition is None else condition.values
        filtered = self._filtered(query, number, condition, long=_any_long(values))
        if budget is not None and any(filtered.scans):
            self._spend(unit, type, filtered.scans, budget)
        binds: dict[str, Any] = {name: make(values) for name, make in filtered.bounds.binds.items()}
        binds["tenant"], binds["connection"] = unit.tenant, query.connection
        if condition is None or filtered.bounds.exact:
            return TypeSearch(filtered, "possible", condition, binds)
        asked = TypeSearch(filtered, "matching", condition, binds)
        binds[f"matched{number}"] = self._flavor.pack(self._matching(unit, asked, budget))
        return asked

    def _spend(self, unit: SearchedParts, type: str, found: Scans, budget: Budget) -> None:
        """Spend what the statements will cost: each comparison that no index serves is made with every row."""
        work = found.columns * self._counted(unit, type, None)
        if found.rows:
            each = found.rows * _ROWS_WORK
            # So many are too many, and are not worth counting to the end.
            most = max(budget.left, 0) // each + 1
            rows = unit.run(self._statements[paging.rows_of, type], {"tenant": unit.tenant, "most": most})
            work += each * int(rows[0][0])
        budget.spend(work, _SCANNED)

    def _filtered(self, query: Query, number: int, condition: Condition | None, *, long: bool) -> FilteredType:
        type, unique = query.types[number], query.unique.get(query.types[number])
        by_connection = query.connection is not None
        tree = None if condition is None else condition.tree
        key = (tree, type, number, unique, long, by_connection, query.hide_inactive)
        if condition is not None and condition.terms > _CACHED_TERMS:
            return evolve(self._compile(key), large=True)
        return self._filters[key]

    def _statement(self, key: tuple[Any, ...], *filtered: FilteredType) -> CompiledStatement:
        if any(one.large for one in filtered):
            return CompiledStatement(key[0](*key[1:], self._flavor), self._flavor)
        return self._statements[key]

    def _compile(self, key: _FilterKey) -> FilteredType:
        tree, type, number, unique, long, by_connection, hide_inactive = key
        compiler = self._compiler(type, unique, long=long, prefix=f"v{number}_")
        bounds = exactly(true()) if tree is None else compiler.compile(tree)
        found = Scans() if tree is None else scans(tree, unique, few=bounds.few)
        return FilteredType(type, number, bounds, by_connection, hide_inactive, found)

    def _compiler(self, type: str, unique: str | None, *, long: bool, prefix: str) -> Compiler:
        return Compiler(self._flavor, type, unique, long=long, prefix=prefix)

    def _matching(self, unit: SearchedParts, asked: TypeSearch, budget: Budget | None) -> list[str]:
        """The ids of those that SQL could not decide, and that match."""
        condition, filtered = asked.condition, asked.filtered
        if condition is None:
            return []
        found = self._examine(unit, asked, "doubtful", filtered.bounds.doubtful, budget, condition.terms)
        seen = self._seen(unit, found, needed_by_filter(condition.tree))
        return [doc.id for doc, data in zip(found, seen, strict=True) if condition.holds(data)]

    def _examine(
        self,
        unit: SearchedParts,
        asked: TypeSearch,
        which: Which,
        names: Sequence[str],
        budget: Budget | None,
        terms: int,
    ) -> list[Document]:
        filtered = asked.filtered
        # One more than allowed, to see that there are too many without counting them.
        binds = {**asked.binds, "most": self._most + 1}
        # Measured before they are read: a few hundred long resources take more memory than ten thousand short ones.
        ((count, length),) = unit.run(self._statement((paging.measured, filtered, which), filtered), binds)
        if count > self._most:
            raise self._too_many(names)
        if budget is not None:
            # Each text is parsed once, and each comparison looks at all values of an attribute.
            budget.spend(length // 8 + terms * (count * 2 + length // 256), _EXAMINED)
        rows = unit.run(self._statement((paging.examined, filtered, which), filtered), binds)
        return [document(filtered.type, row) for row in rows]

    def _too_many(self, names: Sequence[str]) -> TooMany:
        return TooMany(
            f"More than {self._most} resources would have to be looked into for {', '.join(names)}. Ask for fewer by "
            f"another condition (userName, externalId, emails), or have this service declare {names[0]} as indexed."
        )

    # what filters and sorts look at

    def _seen(self, unit: SearchedParts, documents: Sequence[Document], needed: NeededParts) -> list[Mapping[str, Any]]:
        if not needed or not documents:
            return [doc.data for doc in documents]
        near = [(doc.type, doc.id) for doc in documents]
        links = [(a, self._links(unit, near, a.name, a.relation)) for a in needed.relations if a.relation]
        return [resource_json(doc, [(a, ends.get(doc.id, ())) for a, ends in links]) for doc in documents]

    def _links(
        self, unit: SearchedParts, near: Sequence[tuple[str, str]], name: str, relation: Any
    ) -> Mapping[str, Sequence[Linked]]:
        statement, most = HOLDERS if relation.inverse else ALL_LINKS, self._most * _LINKS_EACH
        found = unit.ends(statement, near, relation.name, most + 1)
        if sum(map(len, found.values())) > most:
            raise self._too_many([name])
        return found

    # pages

    def _count(self, unit: SearchedParts, asked: TypeSearch) -> int:
        filtered, which = asked.filtered, asked.which
        # Counting a million rows takes longer than the page; the table of counts has the number.
        if asked.condition is None and not filtered.hide_inactive:
            return self._counted(unit, filtered.type, asked.binds["connection"])
        statement = self._statement((paging.counted, filtered, which), filtered)
        return int(unit.run(statement, asked.binds)[0][0])

    def _counted(self, unit: SearchedParts, type: str, connection: str | None) -> int:
        """How many of the type there are, of one connection or of all: this is not counted but known."""
        statement = OF_TYPE if connection is None else OF_CONNECTION
        # What this unit added itself is written at its end only.
        more = sum(n for key, n in unit.counted.items() if key[0] == type and connection in (None, key[1]))
        return int(unit.fetch_one(statement, type=type, connection=connection)[0]) + more

    def _page(self, unit: SearchedParts, query: Query, asked: Sequence[TypeSearch], order: PageOrder) -> Page:
        walk, binds = _walk(query, order)
        for one in asked:
            binds |= one.binds
        rows, place = self._rows(unit, asked, order, walk, binds)
        size = binds["most"] - 1
        more, rows = len(rows) > size, rows[:size]
        # A page before a place is read backwards from there, and shown in the order of the list.
        if order.descending is walk.forwards:
            rows.reverse()
        return Page(
            documents=tuple([doc for doc, _ in rows]),
            total=self._total(unit, query, asked, len(rows), more=more) if query.want_total else None,
            first=place(rows[0][1]) if rows else None,
            last=place(rows[-1][1]) if rows else None,
            more=more,
        )

    def _total(self, unit: SearchedParts, query: Query, asked: Sequence[TypeSearch], found: int, *, more: bool) -> int:
        known = _known_total(query, found, more=more)
        return sum([self._count(unit, one) for one in asked]) if known is None else known

    def _rows(
        self,
        unit: SearchedParts,
        asked: Sequence[TypeSearch],
        order: PageOrder,
        walk: PageWalk,
        binds: Mapping[str, Any],
    ) -> tuple[list[tuple[Document, Sequence[Any]]], Callable[[Sequence[Any]], Place]]:
        """Return the documents with their rows, and the function from a row to its place (needed for the ends only)."""
        if len(asked) == 1:
            filtered, which = asked[0].filtered, asked[0].which
            statement = self._statement((paging.page, filtered, which, order, walk), filtered)
            rows = unit.run(statement, binds)
            return [(document(filtered.type, row), row) for row in rows], order.place
        parts = tuple((one.filtered, one.which) for one in asked)
        statement = self._statement((paging.places, parts, order, walk), *[one.filtered for one in asked])
        rows = unit.run(statement, binds)
        # The documents of several types after their places: a UNION that carries documents would sort them along.
        documents = self._take(unit, [(row[0], row[-1]) for row in rows])
        return [(documents[row[0], row[-1]], row) for row in rows if (row[0], row[-1]) in documents], _placed

    def _take(self, unit: SearchedParts, wanted: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Document]:
        statement = self._statements[(paging.taken,)]
        found = {}
        for type in dict.fromkeys(type for type, _ in wanted):
            ids = self._flavor.pack([id for of, id in wanted if of == type])
            for row in unit.run(statement, {"tenant": unit.tenant, "type": type, "ids": ids}):
                found[type, row[0]] = document(type, row)
        return found

    def _sorted_here(self, unit: SearchedParts, query: Query, asked: Sequence[TypeSearch]) -> Page:
        """Sorted by what no column holds: all matches have to be at hand."""
        sort = query.sort
        if sort is None:
            raise ValueError("the default order is never sorted here")
        key, name = order_key(sort.target), str(sort.target)
        found = [doc for one in asked for doc in self._examine(unit, one, one.which, [name], query.budget, 1)]
        seen = self._seen(unit, found, needed_by_sort(sort.target))
        places = [capped_place(key(data), doc.id) for doc, data in zip(found, seen, strict=True)]
        return paginate(query, found, places)


def _placed(row: Sequence[Any]) -> Place:
    """The place that follows the type."""
    return tuple(row[1:])


def _name(query: Query) -> str | None:
    """The unique key, where nothing is asked but who has it: what identity providers ask before anything else."""
    type, window = query.types[0], query.window
    condition = query.conditions.get(type)
    if condition is None or len(query.types) > 1 or query.sort is not None or query.hide_inactive:
        return None
    if window.count < 1 or (window.start > 1 if isinstance(window, Index) else window != Keyset(window.count)):
        return None
    make = _maker(condition.tree, query.unique.get(type))
    return None if make is None else make(condition.values)


@lru_cache(maxsize=256)
def _maker(tree: Resolved, unique: str | None) -> Make | None:
    """What makes the unique key of the filter's value, if the filter is no more than that."""
    if not isinstance(tree, Test) or tree.op != "eq" or column_of(tree.target, unique) != UNIQUE:
        return None
    return maker(tree, None)


def _any_long(values: Sequence[Value]) -> bool:
    """Whether some text is longer than keys are kept, folded or not."""
    return any(isinstance(value, str) and _longest(value) > LONGEST for value in values)


def _longest(text: str) -> int:
    # Folding can lengthen a text: the German sharp s becomes "ss".
    return len(text) if text.isascii() else max(len(text), len(fold(text)), len(exact(text)))


def _known_total(query: Query, found: int, *, more: bool) -> int | None:
    """How many match, where the page itself tells: it opens the list, or is its last one. None: count them."""
    window = query.window
    if more or isinstance(window, Keyset):
        return found if not more and window == Keyset(window.count) else None
    before = max(window.start, 1) - 1
    return before + found if found or not before else None


def _order(query: Query) -> PageOrder | None:
    """The order as columns, None where there is none for it."""
    if query.sort is None:
        return _AS_CREATED
    names = [column_of(query.sort.target, query.unique.get(type)) for type in query.types]
    known = tuple(name for name in names if name is not None and name != "meta.resourceType")
    return PageOrder(known, query.sort.descending) if len(known) == len(names) else None


def _walk(query: Query, order: PageOrder) -> tuple[PageWalk, dict[str, Any]]:
    """The walk and its parameters; one more than the page is asked for, to see whether there are more."""
    window = query.window
    binds: dict[str, Any] = {"most": max(window.count, 0) + 1}
    if isinstance(window, Index):
        skip = max(window.start, 1) - 1
        if skip:
            binds["skip"] = skip
            return PageWalk(forwards=not order.descending, skips=True), binds
        return _BACK if order.descending else _ON, binds
    forwards = order.descending is window.backwards
    if window.place is None:
        return PageWalk(forwards=forwards), binds
    binds |= {f"p{n}": part for n, part in enumerate(window.place)}
    return PageWalk(forwards=forwards, placed=True), binds
