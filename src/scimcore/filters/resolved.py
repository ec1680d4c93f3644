"""Filters whose names have a meaning. Closures and SQL are compiled from these trees.

`resolving` makes one from an `ast` tree and a resource type, once for each pair. Values are still slots; the `kind`
of a test says how they compare. A repository that translates filters needs this module and no other of the package:
it matches seven kinds of node, none of which needs the RFC to be read again.
"""

from typing import Literal

from attrs import frozen

from scimcore.filters.ast import Constant, Operator, Slot
from scimcore.schema import Target

#: How two values compare: as folded text, exact text (NFC), numbers, booleans, instants in time, or base64.
Kind = Literal["folded", "exact", "number", "boolean", "instant", "binary"]


@frozen(cache_hash=True)
class Test:
    """Some value at `target` compares with the slot's value as `op` says.

    `op` is never "ne", which is resolved to `No` of an "eq", and a value is never null, which is resolved to `Has`.
    A complex attribute without a sub-attribute was resolved to its `value`.
    """

    # A target holds whole attributes, so that compilers need no second look-up; their hashes are computed once.

    target: Target
    op: Operator
    value: Slot | Constant
    kind: Kind


@frozen(cache_hash=True)
class Has:
    """There is a non-empty value at `target`: `pr`."""

    target: Target


@frozen(cache_hash=True)
class Some:
    """One element of the multi-valued attribute at `target` meets `inner`, whose targets name its sub-attributes."""

    # Not AnyOf over elements: `inner` is one condition on one and the same element (RFC 7644 table 5, FLT-013).

    target: Target
    inner: "Resolved"


@frozen(cache_hash=True)
class AllOf:
    """Every term holds."""

    terms: tuple["Resolved", ...]


@frozen(cache_hash=True)
class AnyOf:
    """Some term holds."""

    terms: tuple["Resolved", ...]


@frozen(cache_hash=True)
class No:
    """The term does not hold."""

    term: "Resolved"


@frozen(cache_hash=True)
class Never:
    """Never holds: the type lacks the attribute, in a query over several types.

    RFC 7644 section 3.4.2.1: "the service provider SHALL treat the attribute as if there is no attribute value".
    """


Resolved = Test | Has | Some | AllOf | AnyOf | No | Never
