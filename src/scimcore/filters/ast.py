"""What a filter or a PATCH path says, before any schema gives its names a meaning.

A text splits into its *shape*, a tree in which each string or number is a numbered `Slot`, and the values that fill
the slots. Identity providers send the same few shapes with ever new values, so trees are parsed once per shape,
shared, and compared by identity; everything downstream (names resolved, closures, SQL) is cached per tree as well.
"""

from typing import Literal

from attrs import frozen

Operator = Literal["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"]
Value = str | int | float


@frozen
class AttrPath:
    """A name as written: `[urn:]name[.sub]`. Whether "…:2.0:User" is a URN or names an attribute, a schema decides."""

    urn: str | None
    name: str
    sub: str | None = None

    def __str__(self) -> str:
        return "".join((f"{self.urn}:" if self.urn else "", self.name, f".{self.sub}" if self.sub else ""))


@frozen
class Slot:
    """The place of the n-th string or number of the text, counted from 0."""

    index: int
    kind: Literal["string", "number"]


@frozen
class Constant:
    """true, false or null, which belong to the shape."""

    value: bool | None


@frozen
class Compare:
    """`path op value`."""

    path: AttrPath
    op: Operator
    value: Slot | Constant


@frozen
class Present:
    """`path pr`."""

    path: AttrPath


@frozen
class Element:
    """`path[inner]`: one and the same element of a multi-valued attribute fulfils all of `inner`.

    `then` is what Entra ID appends outside the RFC's grammar, as in `emails[type eq "work"].value eq "x"`; a dialect
    rewrites it into `inner`, and the strict engine refuses what is left. Its path is the bare sub-attribute.
    """

    path: AttrPath
    inner: "Node"
    then: "Compare | Present | None" = None


@frozen
class And:
    """All terms hold; at least two."""

    terms: tuple["Node", ...]


@frozen
class Or:
    """Some term holds; at least two."""

    terms: tuple["Node", ...]


@frozen
class Not:
    """The term does not hold."""

    term: "Node"


Node = Compare | Present | Element | And | Or | Not


@frozen
class Filter:
    """A parsed filter: the shared tree of its shape and the values of this text."""

    tree: Node
    values: tuple[Value, ...] = ()


@frozen
class Path:
    """A parsed PATCH path: `attr`, `attr[tree]`, `attr[tree].sub`; `values` fill the tree's slots.

    For `attr` and `attr.sub` alone `tree` is None and the sub-attribute stands in `attr.sub`. A path that is an
    attribute expression (`schemas eq "x"`, erratum 7122) has the comparison as `tree`, over `value`.
    """

    attr: AttrPath
    tree: Node | None = None
    sub: str | None = None
    values: tuple[Value, ...] = ()
