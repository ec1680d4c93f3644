"""What is asked of a repository that can search."""

from collections.abc import Mapping, Sequence

from attrs import field, frozen

from scimcore._budget import Budget
from scimcore.filters.condition import Condition
from scimcore.resources.changes import Linked
from scimcore.resources.document import Document
from scimcore.schema import Target


@frozen
class Sort:
    """By the value at `target`: the primary or else the first of several; what is missing comes last ascending."""

    target: Target
    descending: bool = False


@frozen
class Index:
    """RFC 7644 section 3.4.2.4: `count` resources from the `start`-th, counted from 1."""

    start: int
    count: int


@frozen
class Keyset:
    """RFC 9865: `count` resources after (or before) a place in the order; None is the very beginning.

    `place` is (sort key, id) as the repository gave it with a page: JSON values, opaque to everybody else.
    """

    count: int
    place: tuple[str | int | float | bool | None, ...] | None = None
    backwards: bool = False


@frozen(kw_only=True)
class Query:
    """A query over one or several resource types, in the order created, id unless `sort` says otherwise.

    `conditions` has one entry for every type in `types`; None: all of them. `connection` limits the answer to what
    that connection provisioned; `hide_inactive` to what is not `active: false`. Both stand outside the client's filter.
    """

    types: tuple[str, ...]
    conditions: Mapping[str, Condition | None] = field(factory=dict)
    sort: Sort | None = None
    window: Index | Keyset = Index(1, 100)
    want_total: bool = True
    connection: str | None = None
    hide_inactive: bool = False
    #: By type, `ResourceType.unique`: a filter on that attribute is answered from the unique keys. Without an entry
    #: the answer is the same, and slower.
    unique: Mapping[str, str] = field(factory=dict)
    #: Relations of which the answer shows who links to each resource. A repository that finds them by the same
    #: statement hands them over in `Page.holders`.
    holders: tuple[str, ...] = ()
    #: What the request may cost. A repository spends what a query makes it look at before it looks; None: no bound.
    budget: Budget | None = field(default=None, eq=False, repr=False)


@frozen(kw_only=True)
class Page:
    """The resources in order. `total` counts all matches, None if it was not wanted.

    `first` and `last` are the places of the first and the last resource, for cursors; `more` says whether any follow
    in the direction of travel.
    """

    documents: tuple[Document, ...]
    total: int | None = None
    first: tuple[str | int | float | bool | None, ...] | None = None
    last: tuple[str | int | float | bool | None, ...] | None = None
    more: bool = False
    #: By relation and by id, for every relation in `Query.holders`; None: they did not come along, so ask `holders`.
    holders: Mapping[str, Mapping[str, Sequence[Linked]]] | None = None
