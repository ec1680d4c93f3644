"""Queries in memory: the very meaning of a query, which every other repository is compared with."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from scimcore.filters import Condition, order_key
from scimcore.filters.ast import Slot, Value
from scimcore.filters.resolved import AllOf, AnyOf, Resolved, Some, Test
from scimcore.repository.keys import UNIQUE, index_key, index_path, key_path, may_be_unique
from scimcore.repository.memory.tables import Tables, TypeTable
from scimcore.repository.needed import NeededParts, needed_by_filter, needed_by_sort
from scimcore.repository.paging import Place, capped_place, paginate
from scimcore.repository.queries import Page, Query, Sort
from scimcore.resources.changes import Linked
from scimcore.resources.document import Document
from scimcore.resources.rendering import resource_json
from scimcore.schema import Attribute


def search(tables: Tables, query: Query) -> Page:
    """Return one page of the query."""
    matches = [document for type in query.types for document in _matches(tables, query, type)]
    place_of = _created if query.sort is None else _sorting(tables, query.sort)
    places = [place_of(document) for document in matches]
    return paginate(query, matches, places)


def _matches(tables: Tables, query: Query, type: str) -> Iterable[Document]:
    """What fulfils the client's filter and the conditions outside it."""
    table = tables.of(type)
    condition = query.conditions.get(type)
    ids = None if condition is None else _candidates(table, condition, query.unique.get(type))
    # Generators one around the other: the cheap conditions come first, and the filter sees only what they leave.
    documents: Iterable[Document] = table.documents.values() if ids is None else map(table.documents.__getitem__, ids)
    if query.connection is not None:
        documents = (document for document in documents if document.connection == query.connection)
    if query.hide_inactive:
        documents = (document for document in documents if table.keys[document.id].active is not False)
    if condition is not None:
        if query.budget is not None:
            count = len(table.documents) if ids is None else len(ids)
            query.budget.spend(count * 2 * condition.terms, "no index serves the filter")
        needed = needed_by_filter(condition.tree)
        documents = (document for document in documents if condition.holds(seen(tables, document, needed)))
    return documents


def seen(tables: Tables, document: Document, needed: NeededParts) -> Mapping[str, Any]:
    """The data that a filter or a sort is given."""
    if not needed:
        return document.data
    return resource_json(document, [(attribute, _ends(tables, document, attribute)) for attribute in needed.relations])


def _ends(tables: Tables, document: Document, attribute: Attribute) -> Sequence[Linked]:
    relation = attribute.relation
    if relation is None:
        return ()
    side = tables.holders if relation.inverse else tables.links
    return tables.shown_all(side, [(document.type, document.id)], relation.name).get(document.id, ())


def _created(document: Document) -> Place:
    return document.created, document.id


def _sorting(tables: Tables, sort: Sort) -> Callable[[Document], Place]:
    key, needed = order_key(sort.target), needed_by_sort(sort.target)
    return lambda document: capped_place(key(seen(tables, document, needed)), document.id)


# which ids can match at all


def _candidates(table: TypeTable, condition: Condition, unique: str | None) -> Collection[str] | None:
    """A superset of the matching ids, None when no index narrows it down."""
    return _narrow(table, condition.tree, condition.values, unique)


def _narrow(table: TypeTable, node: Resolved, values: tuple[Value, ...], unique: str | None) -> Collection[str] | None:
    if isinstance(node, Test):
        if node.op != "eq" or not isinstance(node.value, Slot):
            return None
        return _equal(table, node, values[node.value.index], unique)
    if isinstance(node, Some):
        return _narrow(table, node.inner, values, unique)
    if isinstance(node, AllOf):
        found = [ids for ids in (_narrow(table, term, values, unique) for term in node.terms) if ids is not None]
        # The shortest list: all terms have to hold, and the condition itself is evaluated on every candidate anyway.
        return min(found, key=len, default=None)
    if isinstance(node, AnyOf):
        each = [_narrow(table, term, values, unique) for term in node.terms]
        return None if any(ids is None for ids in each) else dict.fromkeys(id for ids in each if ids for id in ids)
    return None


def _equal(table: TypeTable, node: Test, literal: Value, unique: str | None) -> Collection[str] | None:
    if str(node.target) == "id":
        return [literal] if isinstance(literal, str) and literal in table.documents else []
    # The other operators narrow nothing here: memory is the measure of what a query means, not of how fast it is.
    if node.kind == "boolean":
        # Half of all resources are no candidates; a dialect lets a text stand for the truth value.
        return None
    key = index_key(node.kind, literal)
    if unique is None and key is not None and may_be_unique(node.target) and index_path(node.target) is not None:
        # One of the two indexes has it; which one, only the resource type knows.
        return {*_at(table, UNIQUE, key), *_at(table, str(node.target), key)}
    path = key_path(node.target, unique)
    return None if key is None or path is None else _at(table, path, key)


def _at(table: TypeTable, path: str, key: str) -> Collection[str]:
    if path == UNIQUE:
        return [table.named[key]] if key in table.named else []
    return table.valued.get((path, key), {})
