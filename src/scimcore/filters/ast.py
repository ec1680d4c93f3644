"""What a filter or a PATCH path says, before any schema gives its names a meaning.

A text splits into its *shape*, a tree in which each string or number is a numbered `Slot`, and the values that fill
the slots. Identity providers send the same few shapes with ever new values, so trees are parsed once per shape and
shared; everything downstream (names resolved, closures, SQL) is cached per tree as well, which is why a tree
remembers its hash.
"""

from typing import Literal, assert_never

from attrs import frozen

Operator = Literal["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"]
Value = str | int | float


@frozen(cache_hash=True)
class AttrPath:
    """A name as written: `[urn:]name[.sub]`. Whether "…:2.0:User" is a URN or names an attribute, a schema decides."""

    urn: str | None
    name: str
    sub: str | None = None

    def __str__(self) -> str:
        return "".join((f"{self.urn}:" if self.urn else "", self.name, f".{self.sub}" if self.sub else ""))


@frozen(cache_hash=True)
class Slot:
    """The place of the n-th string or number of the text, counted from 0."""

    index: int
    kind: Literal["string", "number"]


@frozen(cache_hash=True)
class Constant:
    """true, false or null, which belong to the shape."""

    value: bool | None


@frozen(cache_hash=True)
class Compare:
    """`path op value`."""

    path: AttrPath
    op: Operator
    value: Slot | Constant


@frozen(cache_hash=True)
class Present:
    """`path pr`."""

    path: AttrPath


@frozen(cache_hash=True)
class Element:
    """`path[inner]`: one and the same element of a multi-valued attribute fulfils all of `inner`.

    `then` is what Entra ID appends outside the RFC's grammar, as in `emails[type eq "work"].value eq "x"`; a dialect
    rewrites it into `inner`, and the strict engine refuses what is left. Its path is the bare sub-attribute.
    """

    path: AttrPath
    inner: "Node"
    then: "Compare | Present | None" = None


@frozen(cache_hash=True)
class And:
    """All terms hold; at least two."""

    terms: tuple["Node", ...]


@frozen(cache_hash=True)
class Or:
    """Some term holds; at least two."""

    terms: tuple["Node", ...]


@frozen(cache_hash=True)
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


def join_element(tree: Node) -> Node:
    """`emails[type eq "work"].value eq "x"`, as Entra ID writes it, as `emails[type eq "work" and value eq "x"]`.

    The same tree when there is nothing to rewrite.
    """
    match tree:
        case Element(path, inner, then) if then is not None:
            terms = inner.terms if isinstance(inner, And) else (inner,)
            return Element(path, And((*terms, then)))
        case And(terms):
            joined = tuple(join_element(term) for term in terms)
            return tree if joined == terms else And(joined)
        case Or(terms):
            joined = tuple(join_element(term) for term in terms)
            return tree if joined == terms else Or(joined)
        case Not(term):
            inner = join_element(term)
            return tree if inner is term else Not(inner)
        case Compare() | Present() | Element():
            return tree
        case _:
            assert_never(tree)
