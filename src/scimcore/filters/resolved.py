"""Filters whose names have a meaning: what the closures and the SQL are compiled from.

Made from an `ast` tree and a resource type, once per pair. Values are still slots; `kind` says how they compare.
"""

from typing import Literal

from attrs import frozen

from scimcore.filters.ast import Constant, Operator, Slot
from scimcore.schema import Target

#: How two values compare: folded text, text as it is, numbers, truth, instants, base64.
Kind = Literal["folded", "exact", "number", "boolean", "instant", "binary"]


@frozen(cache_hash=True)
class Test:
    """Some value at `target` compares so with the slot's value. `ne` is `not eq`; `eq null` is `not pr`.

    A multi-valued complex attribute without a sub-attribute was resolved to its `value` (RFC 7644 section 3.4.2.2).
    """

    target: Target
    op: Operator
    value: Slot | Constant
    kind: Kind


@frozen(cache_hash=True)
class Has:
    """There is a non-empty value at `target`."""

    target: Target


@frozen(cache_hash=True)
class Some:
    """One element of the multi-valued attribute at `target` fulfils `inner`, whose targets name its sub-attributes."""

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
    """Never holds: in a query over several types, an attribute that this type does not have (RFC 7644 3.4.2.1)."""


Resolved = Test | Has | Some | AllOf | AnyOf | No | Never
