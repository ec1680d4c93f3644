"""From a path as written to what it selects on a resource type: the row of the decision table, once per text.

Identity providers send the same few paths for ever, so the work is done once per type and text and kept.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Literal
from urllib.parse import unquote

from attrs import field, frozen

from scimcore.errors import InvalidPath
from scimcore.filters.ast import And, Compare, Constant, Node, Or, Path, Value
from scimcore.filters.condition import Condition, element_condition
from scimcore.filters.parsing import parse_path
from scimcore.patch.readings import Readings
from scimcore.schema import Attribute, BoundType, Target, fold_name

#: The rows of the decision table.
Row = Literal[
    "resource",
    "extension",
    "schemas",
    "relation",
    "secret",
    "simple",
    "complex",
    "complex.sub",
    "many",
    "many[]",
    "many.sub",
    "many[].sub",
]

_MAX_KEPT_TEXT = 256


@frozen(kw_only=True, eq=False)
class Selection:
    """What a path or a key selects. Compared by identity: one object per type and text."""

    row: Row
    target: Target
    #: The path as written, for the texts of errors.
    text: str
    #: The canonical top-level path that the operation mentions.
    named: str
    #: Where the attribute is kept: None for the resource itself, else the extension's URI.
    urn: str | None = None
    #: The attribute's canonical name; empty for the resource and for an extension as a whole.
    name: str = ""
    #: Which elements of a multi-valued attribute are meant; None for all.
    where: Condition | None = None
    #: The filter's terms when it is a conjunction of `eq`: what an element made from it must have.
    terms: tuple[tuple[Attribute, Value | bool], ...] | None = None
    #: The ids when the filter of a relation names nothing but ids.
    ids: tuple[str, ...] | None = None
    #: The sub-attributes' targets, for values that are checked one by one.
    subs: dict[str, Target] = field(factory=dict)

    @property
    def attribute(self) -> Attribute:
        attribute = self.target.attribute
        if attribute is None:
            raise InvalidPath(f'"{self.text}" names no attribute', code="SC-1320")
        return attribute

    @property
    def sub(self) -> Attribute:
        """The sub-attribute, in the rows that have one."""
        sub = self.target.sub
        if sub is None:
            raise InvalidPath(f'"{self.text}" names no sub-attribute', code="SC-1320")
        return sub


def select_path(type: BoundType, text: str, readings: Readings) -> Selection:
    """What the path selects. Raises InvalidPath, or InvalidFilter for what stands in the brackets."""
    make: Callable[..., Selection] = _kept_path if len(text) <= _MAX_KEPT_TEXT else _path
    return make(type, text, readings.short_names, readings.text_booleans)


def select_key(type: BoundType, urn: str | None, key: str, short_names: bool) -> Selection | None:
    """What a key of a value without a path selects, inside the extension `urn` or on top; None if nothing."""
    make: Callable[..., Selection | None] = _kept_key if len(key) <= _MAX_KEPT_TEXT else _key
    return make(type, urn, key, short_names)


def _path(type: BoundType, text: str, short_names: bool, text_booleans: bool) -> Selection:
    path = parse_path(text)
    urn, name = path.attr.urn, path.attr.name
    if path.tree is None and urn is not None and fold_name(str(path.attr)) == fold_name(type.urn):
        return Selection(row="resource", target=Target(None, None), text=text, named="")
    target = type.find(urn, name, path.attr.sub or path.sub, short=short_names)
    if target is None:
        raise InvalidPath(
            f'"{text}": a {type.name} has no such attribute; see /Schemas for those it has', code="SC-1320"
        )
    if path.tree is None:
        return _selection(target, text, type)
    return _filtered(type, path, target, text, text_booleans)


def _key(type: BoundType, urn: str | None, key: str, short_names: bool) -> Selection | None:
    target = type.find(urn, key, short=short_names) or (None if urn else type.find_extension(key))
    if target is None and urn is None and fold_name(key) == fold_name(type.urn):
        return Selection(row="resource", target=Target(None, None), text=key, named="")
    return None if target is None else _selection(target, key, type)


_kept_path = lru_cache(maxsize=2048)(_path)
_kept_key = lru_cache(maxsize=1024)(_key)


def _selection(target: Target, text: str, type: BoundType, **more: Any) -> Selection:
    attribute = target.attribute
    whole = Target(target.urn, attribute)
    subs = {} if attribute is None else {s.name: Target(target.urn, attribute, s) for s in attribute.sub_attributes}
    return Selection(
        row=_row(target, bool(more)),
        target=target,
        text=text,
        named=str(whole),
        urn=target.urn,
        name=attribute.name if attribute else "",
        subs=subs,
        **more,
    )


def _row(target: Target, filtered: bool) -> Row:
    attribute = target.attribute
    if attribute is None:
        return "extension"
    if attribute.relation is not None:
        return "relation"
    if attribute.name == "password" and attribute.mutability == "writeOnly":
        return "secret"
    if target.urn is None and attribute.name == "schemas":
        return "schemas"
    if not attribute.multi_valued:
        return "complex.sub" if target.sub else "complex" if attribute.type == "complex" else "simple"
    if filtered:
        return "many[].sub" if target.sub else "many[]"
    return "many.sub" if target.sub else "many"


def _filtered(type: BoundType, path: Path, target: Target, text: str, text_booleans: bool) -> Selection:
    attribute = target.attribute
    if attribute is None or not attribute.multi_valued or path.attr.sub is not None:
        # RFC 7644 section 3.5.2: a filter selects among the values of a multi-valued attribute.
        raise InvalidPath(f'"{text}": only a multi-valued attribute takes a filter', code="SC-1321")
    if target.sub is not None and attribute.type != "complex":
        raise InvalidPath(f'"{text}": {attribute.name} has no sub-attributes', code="SC-1321")
    whole = Target(target.urn, attribute)
    where = element_condition(path, whole, type, text_booleans=text_booleans)
    return _selection(
        target,
        text,
        type,
        where=where,
        terms=_terms(type, attribute, path, text_booleans),
        ids=_ids(path, path.tree),
    )


def _literal(path: Path, compare: Compare) -> Value | bool | None:
    value = compare.value
    return value.value if isinstance(value, Constant) else path.values[value.index]


def _terms(
    type: BoundType, attribute: Attribute, path: Path, text_booleans: bool
) -> tuple[tuple[Attribute, Value | bool], ...] | None:
    """The filter as what an element has, if it says nothing but `sub eq value and …`; `eq null` asks for nothing."""
    nodes = path.tree.terms if isinstance(path.tree, And) else (path.tree,)
    terms: dict[str, tuple[Attribute, Value | bool]] = {}
    for node in nodes:
        if not isinstance(node, Compare) or node.op != "eq" or node.path.urn or node.path.sub:
            return None
        sub = attribute.find_sub(node.path.name) if attribute.type == "complex" else attribute
        literal = _literal(path, node)
        if sub is None:
            return None
        if literal is None:
            continue
        if text_booleans and sub.type == "boolean" and isinstance(literal, str):
            literal = fold_name(literal) == "true"
        if terms.setdefault(sub.name, (sub, literal))[1] != literal:
            return None
    return tuple(terms.values())


def _ids(path: Path, tree: Node | None) -> tuple[str, ...] | None:
    """The ids that `value eq "…"` names, or `$ref eq "…/Users/…"`, or an `or` of such."""
    nodes = tree.terms if isinstance(tree, Or) else (tree,)
    ids = []
    for node in nodes:
        if not isinstance(node, Compare) or node.op != "eq" or node.path.sub:
            return None
        name, literal = fold_name(node.path.name), _literal(path, node)
        if name not in ("value", "$ref") or not isinstance(literal, str):
            return None
        # RFC 7643 section 2.4: URIs of one resource are comparable with and without a version, and end with its id.
        ids.append(literal if name == "value" else unquote(literal.rpartition("/")[2]))
    return tuple(ids)
