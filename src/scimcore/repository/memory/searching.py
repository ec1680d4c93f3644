"""Queries in memory: the very meaning of a query, which every other repository is compared with."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from scimcore.repository import looks
from scimcore.repository.memory.candidates import candidates
from scimcore.repository.memory.tables import Tables
from scimcore.repository.places import Place, capped_place, cut
from scimcore.repository.queries import Keyset, Page, Query, Sort
from scimcore.repository.views import view
from scimcore.resources.changes import Linked
from scimcore.resources.document import Document
from scimcore.schema import Attribute

#: Descending places are compared by this: the exact reverse of ascending, ties included.
_Places = Sequence[Place]


def search(tables: Tables, query: Query) -> Page:
    """One page of the query."""
    matches = [document for type in query.types for document in _matches(tables, query, type)]
    place_of = _created if query.sort is None else _sorting(tables, query.sort)
    places = [place_of(document) for document in matches]
    order = sorted(range(len(matches)), key=places.__getitem__)
    descending = query.sort is not None and query.sort.descending
    return _page(query, [matches[n] for n in order], [places[n] for n in order], descending=descending)


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
        look = looks.of_tree(condition.tree)
        documents = (document for document in documents if condition.holds(seen(tables, document, look)))
    return documents


def seen(tables: Tables, document: Document, look: looks.Looks) -> Mapping[str, Any]:
    """The data that a filter or a sort is given."""
    if not look:
        return document.data
    return view(document, {attribute.name: _ends(tables, document, attribute) for attribute in look.relations})


def _ends(tables: Tables, document: Document, attribute: Attribute) -> Sequence[Linked]:
    relation = attribute.relation
    if relation is None:
        return ()
    side = tables.holders if relation.inverse else tables.links
    return tables.shown_all(side, [(document.type, document.id)], relation.name).get(document.id, ())


def _created(document: Document) -> Place:
    return document.created, document.id


def _sorting(tables: Tables, sort: Sort) -> Callable[[Document], Place]:
    from scimcore.filters import order_key

    key, look = order_key(sort.target), looks.of_target(sort.target)
    return lambda document: capped_place(key(seen(tables, document, look)), document.id)


def _page(query: Query, matches: Sequence[Document], places: _Places, *, descending: bool) -> Page:
    """The window's part of the matches; a descending walk is an ascending one seen from the other end."""
    window = query.window
    size = len(matches)
    if descending and isinstance(window, Keyset):
        mirrored = cut(Keyset(window.count, window.place, not window.backwards), places)
        chosen, more = range(mirrored.stop - 1, mirrored.start - 1, -1), mirrored.more
    elif descending:
        found = cut(window, places)
        chosen, more = range(size - 1 - found.start, size - 1 - found.stop, -1), found.more
    else:
        found = cut(window, places)
        chosen, more = range(found.start, found.stop), found.more
    return Page(
        documents=tuple(matches[n] for n in chosen),
        total=size if query.want_total else None,
        first=places[chosen[0]] if chosen else None,
        last=places[chosen[-1]] if chosen else None,
        more=more,
    )
