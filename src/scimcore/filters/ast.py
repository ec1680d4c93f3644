"""Filters and PATCH paths as trees, before any schema gives their names a meaning.

A text splits into its *shape*, a tree in which each string or number is a numbered `Slot`, and the values that fill
the slots. Identity providers send the same few shapes with ever new values, so trees are parsed once per shape and
shared. Everything downstream (names resolved, closures, SQL) is cached by the tree as well.
"""

from typing import Literal, assert_never

from attrs import frozen

# RFC 7644 section 3.4.2.2, table 3. `pr` takes no value and is a node of its own.
Operator = Literal["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"]
Value = str | int | float


# Trees are keys of caches, and a hash walks the whole tree: it is computed once and stored in each node.
@frozen(cache_hash=True)
class AttrPath:
    """A name as written: `[urn:]name[.sub]`. Only a schema can tell whether "...:2.0:User" is a URN or an attribute."""

    # Nothing here folds case: a name is compared folded when it is resolved, and errors show it as it was sent.

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
    """true, false or null. They belong to the shape."""

    # `eq null` and `eq true` resolve to other tests than `eq "x"`, so they cannot be values that are filled in later.

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
    """`path[inner]`: one and the same element of a multi-valued attribute meets all of `inner`.

    `then` is what Entra ID appends outside the RFC's grammar, as in `emails[type eq "work"].value eq "x"`. A dialect
    moves it into `inner`; without one the filter is refused. The path in `then` is the bare sub-attribute.
    """

    path: AttrPath
    inner: "Node"
    # Seen since 2020 in Entra ID's use-scim page, matching by e-mail (FLT-034). It parses, so that the error of a
    # strict connection can say what to write instead.
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

    # Any term, though the ABNF (figure 1) has "not" only before parentheses: the parser keeps the parentheses out.

    term: "Node"


#: A filter as it was written, before its names have a meaning.
Node = Compare | Present | Element | And | Or | Not


@frozen
class Filter:
    """A parsed filter: the shared tree of its shape and the values of this text."""

    tree: Node
    values: tuple[Value, ...] = ()


@frozen
class Path:
    """A parsed PATCH path: `attr`, `attr[tree]`, `attr[tree].sub`; `values` fill the tree's slots.

    For `attr` and `attr.sub` alone, `tree` is None and the sub-attribute is in `attr.sub`. A path that is an attribute
    expression (`schemas eq "x"`, erratum 7122) has the comparison as `tree`, over the name `value`.
    """

    attr: AttrPath
    tree: Node | None = None
    sub: str | None = None
    values: tuple[Value, ...] = ()


def join_element(tree: Node) -> Node:
    """Turn `emails[type eq "work"].value eq "x"` into `emails[type eq "work" and value eq "x"]`.

    The first is what Entra ID sends, the second what RFC 7644 has for it. Returns the same tree if nothing changes.
    """
    match tree:
        case Element(path, inner, then) if then is not None:
            # And holds no And, as in a parsed tree: two spellings of one filter then share what is cached by the tree.
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
