"""Filters on URIs. No URI is stored: `meta.location` and `$ref` are made of the base URL, the type and the id.

`members.$ref eq "https://…/Users/7"` becomes `members[value eq "7" and type eq "User"]`, and `meta.location eq "…"`
becomes a comparison of the id. Only here is it known how the URIs begin. The URI of another service matches nothing, as
it should (FLT-024).
"""

from collections.abc import Sequence
from typing import Final
from urllib.parse import unquote

from attrs import define, field, frozen

from scimcore.errors import InvalidFilter
from scimcore.filters import (
    And,
    AttrPath,
    Compare,
    Constant,
    Element,
    Filter,
    Node,
    Not,
    Or,
    Present,
    Slot,
    parse_filter,
    render,
)
from scimcore.filters.ast import Operator, Value
from scimcore.resources import location
from scimcore.schema import Attribute, BoundType, fold_name

_REF, _LOCATION = "$ref", "location"
_ORDERING: Final = frozenset(("gt", "ge", "lt", "le"))


def replace_uris(text: str | None, types: Sequence[BoundType], served: Sequence[BoundType], base: str) -> str | None:
    """Return the filter over `types` with ids in the place of the URIs of `served` types.

    The very text comes back when it names no URI. Raises `InvalidFilter`.
    """
    # Nearly every filter leaves here. The names may stand in a value as well; then the parser decides.
    if text is None or not (_REF in (lowered := text.lower()) or _LOCATION in lowered):
        return text
    filter = parse_filter(text)
    rewriting = _Rewriting(types, served, base, list(filter.values))
    tree = rewriting.node(filter.tree, None)
    return text if tree == filter.tree else render(Filter(tree, tuple(rewriting.values)))


@frozen
class _Meant:
    """The resources whose URI satisfies a comparison: those of one type whose id compares like this."""

    type: str
    #: None: any id.
    op: Operator | None
    id: str


@define
class _Rewriting:
    types: Sequence[BoundType]
    served: Sequence[BoundType]
    base: str
    #: The literals of the filter, and after them the ids and the type names that take their place.
    values: list[Value] = field()

    def node(self, tree: Node, inside: AttrPath | None) -> Node:
        # `inside` is the attribute whose brackets the node stands in: in members[$ref eq ...] the path is "$ref".
        match tree:
            case And(terms):
                return And(tuple(self.node(term, inside) for term in terms))
            case Or(terms):
                return Or(tuple(self.node(term, inside) for term in terms))
            case Not(term):
                return Not(self.node(term, inside))
            case Element(path, inner, then):
                return Element(path, self.node(inner, path), then)
            case Compare() | Present():
                return self._leaf(tree, inside)

    def _leaf(self, tree: Compare | Present, inside: AttrPath | None) -> Node:
        path = tree.path
        if inside is not None:
            link = self._link(inside) if fold_name(path.name) == _REF else None
            return tree if link is None else self._of_link(tree, link, None)
        sub = fold_name(path.sub or "")
        if sub == _LOCATION and fold_name(path.name) == "meta":
            return self._of_location(tree)
        link = self._link(path) if sub == _REF else None
        return tree if link is None else self._of_link(tree, link, AttrPath(path.urn, path.name))

    def _link(self, path: AttrPath) -> Attribute | None:
        """Return the attribute of links that a path names, or None."""
        for type in self.types:
            target = type.find(path.urn, path.name)
            if target is not None and target.attribute is not None and target.attribute.relation is not None:
                return target.attribute
        return None

    def _of_link(self, tree: Compare | Present, link: Attribute, path: AttrPath | None) -> Node:
        # Inside brackets `path` is None, and the condition needs no brackets of its own.
        value = AttrPath(None, "value")
        present = _presence(tree, _wrapped(path, Present(value)))
        if present is not None:
            return present
        meant = [self._link_to(m, link) for m in self._meant(tree) if m.type in _types(link)]
        # Left as it is: no link has a stored $ref, so nothing matches, and everything matches "ne".
        if not meant:
            return tree
        found = _wrapped(path, _any(meant))
        return Not(found) if _negated(tree) else found

    def _link_to(self, meant: _Meant, link: Attribute) -> Node:
        # A derived attribute (a user's groups) leads to one type only and has no `type` to compare.
        named = self._id(AttrPath(None, "value"), meant)
        if link.relation is not None and link.relation.inverse:
            return named
        return And((named, Compare(AttrPath(None, "type"), "eq", self._slot(meant.type))))

    def _of_location(self, tree: Compare | Present) -> Node:
        id = AttrPath(None, "id")
        present = _presence(tree, Present(id))
        if present is not None:
            return present
        # Two types may have resources of the same id, so the type belongs to the condition.
        kind = AttrPath(None, "meta", "resourceType")
        found = [And((self._id(id, m), Compare(kind, "eq", self._slot(m.type)))) for m in self._meant(tree)]
        if not found:
            return tree
        return Not(_any(found)) if _negated(tree) else _any(found)

    def _id(self, path: AttrPath, meant: _Meant) -> Node:
        return Present(path) if meant.op is None else Compare(path, meant.op, self._slot(meant.id))

    def _meant(self, tree: Compare | Present) -> list[_Meant]:
        """Return which resources the literal means, for each type."""
        # RFC 7643 section 2.3.7: a reference is case exact (the published JSON says otherwise: erratum 6001).
        if isinstance(tree, Present) or not isinstance(tree.value, Slot):
            return []
        said = self.values[tree.value.index]
        if not isinstance(said, str):
            return []
        # RFC 7644 section 3.4.2.2 orders strings, but the order of URIs is not that of the ids in them.
        if tree.op in _ORDERING:
            raise InvalidFilter(f"{tree.path} has no order. Use eq, ne, co, sw, ew or pr.", code="SC-1113")
        return [meant for type in self.served if (meant := self._fitting(type, tree.op, said))]

    def _fitting(self, type: BoundType, op: Operator, said: str) -> _Meant | None:
        """Return how the id must compare for the URI to compare so, or None if no id will do."""
        # A URI is that of the endpoint, a slash and the id, so a part of one is: before, across, or within the id.
        all = location(type, "", self.base)
        head, slash, tail = said.rpartition("/")
        id = unquote(tail)
        match op:
            case "eq" | "ne":
                return _Meant(type.name, "eq", id) if location(type, id, self.base) == said else None
            case "sw" if said.startswith(all):
                return _Meant(type.name, "sw", unquote(said.removeprefix(all)))
            case "sw" if all.startswith(said):
                return _Meant(type.name, None, "")
            case "co" if said in all:
                return _Meant(type.name, None, "")
            case "co" | "ew" if all.endswith(head + slash):
                within: Operator = op if not slash else "sw" if op == "co" else "eq"
                return _Meant(type.name, within, id)
            case _:
                return None

    def _slot(self, value: str) -> Slot:
        self.values.append(value)
        return Slot(len(self.values) - 1, "string")


def _wrapped(path: AttrPath | None, inner: Node) -> Node:
    return inner if path is None else Element(path, inner)


def _presence(tree: Compare | Present, present: Node) -> Node | None:
    """Return the condition for `pr`, and for a comparison with null (FLT-026); None for any other."""
    if isinstance(tree, Present):
        return present
    if tree.op in ("eq", "ne") and tree.value == Constant(None):
        return present if _negated(tree) else Not(present)
    return None


def _any(nodes: Sequence[Node]) -> Node:
    return nodes[0] if len(nodes) == 1 else Or(tuple(nodes))


def _negated(tree: Compare | Present) -> bool:
    return isinstance(tree, Compare) and tree.op == "ne"


def _types(link: Attribute) -> tuple[str, ...]:
    reference = link.sub("$ref")
    return () if reference is None else reference.reference_types
