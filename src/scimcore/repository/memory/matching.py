"""Queries in memory: the very meaning of a query, which every other repository is compared with."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from scimcore.filters import order_key
from scimcore.repository.memory.candidates import candidates
from scimcore.repository.memory.tables import Tables
from scimcore.repository.needed import NeededParts, needed_by_filter, needed_by_sort
from scimcore.repository.paging import Place, capped_place, paginate
from scimcore.repository.queries import Page, Query, Sort
from scimcore.resources.changes import Linked
from scimcore.resources.document import Document
from scimcore.resources.rendering import resource_json
from scimcore.schema import Attribute


def search(tables: Tables, query: Query) -> Page:
    """One page of the query."""
    matches = [document for type in query.types for document in _matches(tables, query, type)]
    place_of = _created if query.sort is None else _sorting(tables, query.sort)
    places = [place_of(document) for document in matches]
    return paginate(query, matches, places)


def _matches(tables: Tables, query: Query, type: str) -> Iterable[Document]:
    """What fulfils the client's filter and the conditions outside it."""
    table = tables.of(type)
    condition = query.conditions.get(type)
    ids = None if condition is None else candidates(table, condition, query.unique.get(type))
    documents: Iterable[Document] = table.documents.values() if ids is None else map(table.documents.__getitem__, ids)
    if query.connection is not None:
        documents = (document for document in documents if document.connection == query.connection)
    if query.hide_inactive:
        documents = (document for document in documents if table.keys[document.id].active is not False)
    if condition is not None:
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
