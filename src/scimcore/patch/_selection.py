"""The selection of a path or a key on a resource type: the row of the decision table.

Identity providers send the same few paths for ever, so a selection is made once for each type and text, and cached.
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

# A longer text is resolved each time. With a filter on the id of a member each path is new, so the caches are as large
# as they need to be for the paths without, in a thousand tenants with types of their own.
_LONGEST_CACHED = 256
_CACHED_PATHS = 4096


@frozen(kw_only=True, eq=False)
class Selection:
    """The selection of a path or a key. Compared by identity, since its targets are costly to compare."""

    row: Row
    target: Target
    #: The path as it was sent, for the texts of errors.
    text: str
    #: The canonical path of the attribute, without a sub-attribute: `urn:...:User:manager`.
    named: str
    #: Where the attribute is: None for the resource itself, else the URI of the extension.
    urn: str | None = None
    #: The attribute's canonical name; empty for the resource and for an extension as a whole.
    name: str = ""
    #: The condition on the elements of a multi-valued attribute; None for all of them.
    where: Condition | None = None
    #: The filter's terms if it is a conjunction of `eq`: the parts of an element that is made from it.
    terms: tuple[tuple[Attribute, Value | bool], ...] | None = None
    #: The ids if the filter of a relation names nothing but ids.
    ids: tuple[str, ...] | None = None
    #: The targets of the sub-attributes by name, for parts that are checked one by one.
    subs: dict[str, Target] = field(factory=dict)

    @property
    def attribute(self) -> Attribute:
        attribute = self.target.attribute
        if attribute is None:
            raise InvalidPath(f'"{self.text}" does not name an attribute.', code="SC-1320")
        return attribute

    @property
    def sub(self) -> Attribute:
        """The sub-attribute, in the rows that have one."""
        sub = self.target.sub
        if sub is None:
            raise InvalidPath(f'"{self.text}" does not name a sub-attribute.', code="SC-1320")
        return sub


def select_path(type: BoundType, text: str, readings: Readings) -> Selection:
    """Return what the path selects. Raises InvalidPath, or InvalidFilter for a mistake in the brackets."""
    make: Callable[..., Selection] = _cached_path if len(text) <= _LONGEST_CACHED else _path
    return make(type, text, readings.short_names, readings.text_booleans, readings.text_numbers)


def select_key(type: BoundType, urn: str | None, key: str, short_names: bool) -> Selection | None:
    """Return what a key inside a value selects, on top or in the extension `urn`; None if nothing."""
    make: Callable[..., Selection | None] = _cached_key if len(key) <= _LONGEST_CACHED else _key
    return make(type, urn, key, short_names)


def _path(type: BoundType, text: str, short_names: bool, text_booleans: bool, text_numbers: bool) -> Selection:
    path = parse_path(text)
    urn, name = path.attr.urn, path.attr.name
    # RFC 7644 section 3.10 puts the schema's URI before a name; the URI alone is the resource itself (PATCH-006).
    if path.tree is None and urn is not None and fold_name(str(path.attr)) == fold_name(type.urn):
        return Selection(row="resource", target=Target(None, None), text=text, named="")
    target = type.find(urn, name, path.attr.sub or path.sub, short=short_names)
    if target is None:
        raise InvalidPath(
            f'"{text}": a {type.name} has no such attribute. See /Schemas for those that it has.', code="SC-1320"
        )
    if path.tree is None:
        return _selection(target, text)
    return _filtered(type, path, target, text, text_booleans, text_numbers)


def _key(type: BoundType, urn: str | None, key: str, short_names: bool) -> Selection | None:
    target = type.find(urn, key, short=short_names) or (None if urn else type.find_extension(key))
    if target is None and urn is None and fold_name(key) == fold_name(type.urn):
        return Selection(row="resource", target=Target(None, None), text=key, named="")
    return None if target is None else _selection(target, key)


_cached_path = lru_cache(maxsize=_CACHED_PATHS)(_path)
_cached_key = lru_cache(maxsize=_CACHED_PATHS)(_key)


def _selection(target: Target, text: str, **more: Any) -> Selection:
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
    # RFC 7643 section 4.1.1: a password is never returned, so it is never in the data.
    if attribute.name == "password" and attribute.mutability == "writeOnly":
        return "secret"
    if target.urn is None and attribute.name == "schemas":
        return "schemas"
    if not attribute.multi_valued:
        return "complex.sub" if target.sub else "complex" if attribute.type == "complex" else "simple"
    if filtered:
        return "many[].sub" if target.sub else "many[]"
    return "many.sub" if target.sub else "many"


def _filtered(
    type: BoundType, path: Path, target: Target, text: str, text_booleans: bool, text_numbers: bool
) -> Selection:
    attribute = target.attribute
    if attribute is None or not attribute.multi_valued or path.attr.sub is not None:
        # RFC 7644 section 3.5.2: a filter selects among the values of a multi-valued attribute.
        raise InvalidPath(f'"{text}": only a multi-valued attribute can have a filter.', code="SC-1321")
    if target.sub is not None and attribute.type != "complex":
        raise InvalidPath(f'"{text}": {attribute.name} has no sub-attributes.', code="SC-1321")
    whole = Target(target.urn, attribute)
    where = element_condition(path, whole, type, text_booleans=text_booleans, text_numbers=text_numbers)
    return _selection(
        target,
        text,
        where=where,
        terms=_terms(attribute, path, where),
        ids=_ids(path, path.tree),
    )


def _literal(path: Path, compare: Compare) -> Value | bool | None:
    value = compare.value
    return value.value if isinstance(value, Constant) else path.values[value.index]


def _terms(attribute: Attribute, path: Path, where: Condition) -> tuple[tuple[Attribute, Value | bool], ...] | None:
    """The parts of an element that meets the filter, if that is nothing but `sub eq value and ...`.

    `eq null` asks for nothing. A filter that asks for two values of one part cannot be met by any element.
    """
    nodes = path.tree.terms if isinstance(path.tree, And) else (path.tree,)
    terms: dict[str, tuple[Attribute, Value | bool]] = {}
    for node in nodes:
        if not isinstance(node, Compare) or node.op != "eq" or node.path.urn or node.path.sub:
            return None
        sub = attribute.find_sub(node.path.name) if attribute.type == "complex" else attribute
        if sub is None:
            return None
        # ENTRA-028: the validator asks for `primary eq "True"` and expects the boolean in what is made. The values of
        # the condition are those that the texts stand for.
        literal = node.value.value if isinstance(node.value, Constant) else where.values[node.value.index]
        if literal is None:
            continue
        if terms.setdefault(sub.name, (sub, literal))[1] != literal:
            return None
    return tuple(terms.values())


def _ids(path: Path, tree: Node | None) -> tuple[str, ...] | None:
    """The ids that `value eq "..."` names, or `$ref eq ".../Users/..."`, or an `or` of such."""
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
