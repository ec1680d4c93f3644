"""Filters on URIs that nothing stores: a resource's own and those of its links are made of the base URL.

`members.$ref eq "https://…/Users/7"` becomes `members[value eq "7" and type eq "User"]`, and `meta.location eq "…"` a
comparison of the id: only here is it known what the URIs open with. A URI that is none of this service's matches
nothing, as it should (FLT-024).
"""

from collections.abc import Sequence
from urllib.parse import unquote

from attrs import define, field, frozen

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
    Value,
    parse_filter,
    render,
)
from scimcore.resources import location
from scimcore.schema import Attribute, BoundType, fold_name

_REF, _LOCATION = "$ref", "location"


def located(text: str | None, types: Sequence[BoundType], served: Sequence[BoundType], base: str) -> str | None:
    """A filter over `types` with ids in the place of URIs of `served` types; the very text when it names none.

    Raises InvalidFilter.
    """
    if text is None or not any(name in text.lower() for name in (_REF, _LOCATION)):
        return text
    filter = parse_filter(text)
    rewriting = _Rewriting(types, served, base, list(filter.values))
    tree = rewriting.node(filter.tree, None)
    return text if tree == filter.tree else render(Filter(tree, tuple(rewriting.values)))


@frozen
class _Meant:
    """The resource that a URI names."""

    type: str
    id: str


@define
class _Rewriting:
    types: Sequence[BoundType]
    served: Sequence[BoundType]
    base: str
    #: Those of the filter, and after them the ids and names that are put in.
    values: list[Value] = field()

    def node(self, tree: Node, inside: AttrPath | None) -> Node:
        """`inside` is the attribute whose brackets the node stands in. As deep as a parsed filter is."""
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
        """The attribute whose values are links that a path names, if it does."""
        for type in self.types:
            target = type.find(path.urn, path.name)
            if target is not None and target.attribute is not None and target.attribute.relation is not None:
                return target.attribute
        return None

    def _of_link(self, tree: Compare | Present, link: Attribute, path: AttrPath | None) -> Node:
        """Inside brackets `path` is None, and the condition stands by itself."""
        value = AttrPath(None, "value")
        present = _presence(tree, _wrapped(path, Present(value)))
        if present is not None:
            return present
        meant = self._meant(tree)
        if meant is None or meant.type not in _types(link):
            return tree
        found: Node = Compare(value, "eq", self._slot(meant.id))
        if link.relation is not None and not link.relation.inverse:
            found = And((found, Compare(AttrPath(None, "type"), "eq", self._slot(meant.type))))
        found = _wrapped(path, found)
        return Not(found) if _negated(tree) else found

    def _of_location(self, tree: Compare | Present) -> Node:
        id = AttrPath(None, "id")
        present = _presence(tree, Present(id))
        if present is not None:
            return present
        meant = self._meant(tree)
        if meant is None:
            return tree
        kind = AttrPath(None, "meta", "resourceType")
        both = And((Compare(id, "eq", self._slot(meant.id)), Compare(kind, "eq", self._slot(meant.type))))
        return Not(both) if _negated(tree) else both

    def _meant(self, tree: Compare | Present) -> _Meant | None:
        """What the literal names: exactly the URI that this service shows, in that case (erratum 6001)."""
        if isinstance(tree, Present) or tree.op not in ("eq", "ne") or not isinstance(tree.value, Slot):
            return None
        said = self.values[tree.value.index]
        if not isinstance(said, str):
            return None
        id = unquote(said.rpartition("/")[2])
        found = (type.name for type in self.served if location(type, id, self.base) == said)
        return next((_Meant(name, id) for name in found), None)

    def _slot(self, value: str) -> Slot:
        self.values.append(value)
        return Slot(len(self.values) - 1, "string")


def _wrapped(path: AttrPath | None, inner: Node) -> Node:
    return inner if path is None else Element(path, inner)


def _presence(tree: Compare | Present, present: Node) -> Node | None:
    """`pr`, and what is said by comparing with null (FLT-026)."""
    if isinstance(tree, Present):
        return present
    if tree.op in ("eq", "ne") and tree.value == Constant(None):
        return present if _negated(tree) else Not(present)
    return None


def _negated(tree: Compare | Present) -> bool:
    return isinstance(tree, Compare) and tree.op == "ne"


def _types(link: Attribute) -> tuple[str, ...]:
    reference = link.sub("$ref")
    return () if reference is None else reference.reference_types
