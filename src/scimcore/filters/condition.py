"""A filter whose names have a meaning for one resource type. Queries hand it to repositories."""

from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from typing import Any, Literal, NamedTuple

from attrs import field, frozen

from scimcore.errors import InvalidFilter, InvalidPath
from scimcore.filters import _fast
from scimcore.filters._closures import Prepared, Run, compile_tree
from scimcore.filters._literals import number
from scimcore.filters.ast import And, Element, Filter, Node, Not, Or, Path, Slot, Value
from scimcore.filters.instants import instant
from scimcore.filters.resolved import AllOf, AnyOf, Has, Kind, Never, No, Resolved, Some, Test
from scimcore.filters.resolving import Resolver
from scimcore.schema import BoundType, Target, exact, fold

# One entry for each pair of a shape and a resource type. Equal types share it, so a host may build its schemas again.
# A thousand tenants that each declare attributes of their own have a thousand user types, and a few shapes for each.
_CACHED = 4096
# A tree with more comparisons than this is compiled each time, so that no client fills the memory with closures.
_CACHED_TERMS = 20


@frozen
class Condition:
    """A filter that can be asked about a resource: a resolved tree, shared by all filters of its shape, and values.

    The values are checked, but not folded. Where a dialect allows the text "true", the value is a boolean here.
    A repository calls `holds` for each resource, or translates `tree` into its own language.
    """

    tree: Resolved
    values: tuple[Value, ...]
    #: True for a resource that meets the condition: canonical data, with id, meta and the mentioned relations attached.
    #: For an element condition, called with one element.
    holds: Callable[[Any], bool] = field(eq=False, repr=False)
    #: The names of the relation attributes that the tree mentions, as in "members".
    relations: frozenset[str] = field(eq=False)
    #: How many comparisons it has: what it costs to ask it about one value of each.
    terms: int = field(eq=False)

    @holds.default
    def _compiled(self) -> Callable[[Any], bool]:
        compiled = _compile(self.tree)
        return partial(compiled.run, _prepare(compiled.slots, self.values)[1])

    @relations.default
    def _mentioned(self) -> frozenset[str]:
        return mentioned_relations(self.tree)

    @terms.default
    def _counted(self) -> int:
        return _size(self.tree)


class _Compiled(NamedTuple):
    tree: Resolved
    run: Run
    #: The test that reads each slot; None if no test was left for it.
    slots: tuple[Test | None, ...]
    #: The shortcut for values that are ASCII texts; None if there is none for these slots.
    fast: _fast.Preparation | None
    relations: frozenset[str]
    terms: int


def condition(
    filter: Filter,
    type: BoundType,
    *,
    short_names: bool = True,
    text_booleans: bool = False,
    text_numbers: bool = False,
    unknown: Literal["error", "never"] = "error",
) -> Condition:
    """Give the names of a filter their meaning for one resource type.

    `short_names` lets an attribute that only one extension has go without its URN. `text_booleans` takes the texts
    "true" and "false" as booleans, `text_numbers` texts that are numbers as numbers. With `unknown="never"` an
    attribute that the type lacks has no value, for queries over several types; with "error" it is refused.

    Raises InvalidFilter for names that the type does not have and for comparisons that its types do not allow.
    """
    values = filter.values
    tree = filter.tree
    try:
        found = _cached_resource(tree, type, short_names, text_booleans, text_numbers, unknown)
    except _TooLongToCache:
        found = _resource(tree, type, short_names, text_booleans, text_numbers, unknown)
    return _bind(found, values)


def element_condition(
    path: Path,
    attribute_target: Target,
    type: BoundType,
    *,
    text_booleans: bool = False,
    text_numbers: bool = False,
) -> Condition:
    """Make the brackets of a PATCH path a condition on single elements of the attribute.

    Raises InvalidPath if the attribute has no elements, and InvalidFilter for what cannot be compared.
    """
    if path.tree is None:
        raise ValueError(f"{attribute_target}: a path without brackets has no condition")
    attribute = attribute_target.attribute
    if attribute is None or attribute_target.sub or not (attribute.multi_valued or attribute.type == "complex"):
        raise InvalidPath(f"{attribute_target} has no elements to choose from. Leave out the brackets.", code="SC-1116")
    tree, urn, name = path.tree, attribute_target.urn, attribute.name
    try:
        found = _cached_element(tree, type, urn, name, text_booleans, text_numbers)
    except _TooLongToCache:
        found = _element(tree, type, urn, name, text_booleans, text_numbers)
    return _bind(found, path.values)


class _TooLongToCache(Exception):
    """Raised inside a cached function, which remembers nothing then; so a tree that is found costs nothing more."""


def _is_long(tree: Node) -> bool:
    """True for a tree with many comparisons, of which some may have no value: `title pr or title pr or ...`."""
    waiting, found = [tree], 0
    while waiting and found <= _CACHED_TERMS:
        node = waiting.pop()
        if isinstance(node, And | Or):
            waiting += node.terms
        elif isinstance(node, Not):
            waiting.append(node.term)
        elif isinstance(node, Element):
            waiting.append(node.inner)
        else:
            found += 1
    return found > _CACHED_TERMS


def _resource(
    tree: Node,
    type: BoundType,
    short_names: bool,
    text_booleans: bool,
    text_numbers: bool,
    unknown: Literal["error", "never"],
) -> "_Compiled":
    compiled = _compile(Resolver(type, short_names, text_booleans, unknown, text_numbers).resolve(tree))
    # With unknown names, tests are left out, and the values of their slots may be numbers.
    return compiled if unknown == "error" else compiled._replace(fast=None)


def _element(
    tree: Node, type: BoundType, urn: str | None, name: str, text_booleans: bool, text_numbers: bool
) -> "_Compiled":
    """Keyed by the attribute's name: the hash of a whole attribute costs more than all the rest."""
    target = type.find(urn, name, short=False)
    if target is None:
        raise ValueError(f"{type.name} has no attribute {name}")
    return _compile(
        Resolver(type, text_booleans=text_booleans, text_numbers=text_numbers).inside(target, tree), element=True
    )


@lru_cache(maxsize=_CACHED)
def _cached_resource(
    tree: Node,
    type: BoundType,
    short_names: bool,
    text_booleans: bool,
    text_numbers: bool,
    unknown: Literal["error", "never"],
) -> "_Compiled":
    if _is_long(tree):
        raise _TooLongToCache
    return _resource(tree, type, short_names, text_booleans, text_numbers, unknown)


@lru_cache(maxsize=_CACHED)
def _cached_element(
    tree: Node, type: BoundType, urn: str | None, name: str, text_booleans: bool, text_numbers: bool
) -> "_Compiled":
    if _is_long(tree):
        raise _TooLongToCache
    return _element(tree, type, urn, name, text_booleans, text_numbers)


def _compile(tree: Resolved, *, element: bool = False) -> "_Compiled":
    tests = {test.value.index: test for test in _tests(tree) if isinstance(test.value, Slot)}
    slots = tuple(tests.get(index) for index in range(max(tests, default=-1) + 1))
    run = compile_tree(tree, element=element, compare=_fast.compare_at)
    return _Compiled(tree, run, slots, _fast.preparation(slots), mentioned_relations(tree), _size(tree))


def mentioned_relations(tree: Resolved) -> frozenset[str]:
    """The names of the relation attributes in the tree."""
    # Links are rows of their own: only a condition that mentions them makes a repository read them.
    targets = (leaf.target.attribute for leaf in _leaves(tree) if not isinstance(leaf, Never))
    return frozenset(attribute.name for attribute in targets if attribute and attribute.relation)


def _tests(tree: Resolved) -> Iterator[Test]:
    return (leaf for leaf in _leaves(tree) if isinstance(leaf, Test))


def _size(tree: Resolved) -> int:
    return sum(1 for _ in _leaves(tree))


def _leaves(tree: Resolved) -> Iterator[Test | Has | Never]:
    match tree:
        case AllOf(terms) | AnyOf(terms):
            for term in terms:
                yield from _leaves(term)
        case No(term):
            yield from _leaves(term)
        case Some(_, inner):
            yield from _leaves(inner)
        case _:
            yield tree


def _bind(compiled: "_Compiled", values: tuple[Value, ...]) -> Condition:
    tree, run, slots, fast, relations, terms = compiled
    prepared = None if fast is None else _fast.prepare_ascii(fast, values)
    if prepared is None:
        values, prepared = _prepare(slots, values)
    return Condition(tree, values, partial(run, prepared), relations, terms)


def _prepare(slots: tuple[Test | None, ...], values: tuple[Value, ...]) -> tuple[tuple[Value, ...], Prepared]:
    """The values checked, and the values made comparable. A value that no test reads stays as it is."""
    checked, prepared = list(values), list[Any](values)
    for index, test in enumerate(slots):
        if test is not None:
            checked[index], prepared[index] = _PREPARE[test.kind](test.target, values[index])
    return tuple(checked), tuple(prepared)


def _date(target: Target, value: Any) -> tuple[Value, Any]:
    try:
        return value, instant(value)
    except ValueError:
        raise InvalidFilter(
            f'{target} must be compared with a date and time, as in "2011-05-13T04:42:34Z".', code="SC-1114"
        ) from None


def _number(target: Target, value: Any) -> tuple[Value, Any]:
    """A number, or a text that a dialect lets stand for one."""
    if isinstance(value, str):
        try:
            value = number(value)
        except ValueError:
            raise InvalidFilter(f"{target} must be compared with a number.", code="SC-1114") from None
    return value, value


def _truth(target: Target, value: Any) -> tuple[Value, Any]:
    """A text that a dialect lets stand for a truth value (Entra ID writes "True")."""
    truth = value if isinstance(value, bool) else _TRUTHS.get(str(value).lower())
    if truth is None:
        raise InvalidFilter(f"{target} must be compared with true or false.", code="SC-1114")
    return truth, truth


_TRUTHS = {"true": True, "false": False}
_PREPARE: dict[Kind, Callable[[Target, Any], tuple[Value, Any]]] = {
    "folded": lambda target, value: (value, fold(value)),
    "exact": lambda target, value: (value, exact(value)),
    "binary": lambda target, value: (value, exact(value)),
    "number": _number,
    "instant": _date,
    "boolean": _truth,
}
