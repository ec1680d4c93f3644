"""Filters and paths as texts: `parse_filter(render(f)) == f` for every filter that was parsed."""

from collections.abc import Sequence
from typing import assert_never

from scimcore.filters._literals import encode
from scimcore.filters.ast import And, Compare, Constant, Element, Filter, Node, Not, Or, Path, Present, Slot, Value

_CONSTANTS = {True: "true", False: "false", None: "null"}


def render(filter: Filter) -> str:
    """Return the text of a filter. Names are spelled as they were, operators are in lower case."""
    return _node(filter.tree, filter.values)


def render_path(path: Path) -> str:
    """Return the text of a path. One that is a comparison (`schemas eq "x"`) gets its form with brackets."""
    if path.tree is None:
        return str(path.attr)
    return f"{path.attr}[{_node(path.tree, path.values)}]" + (f".{path.sub}" if path.sub else "")


def _node(node: Node, values: Sequence[Value]) -> str:
    match node:
        case Compare(path, op, value):
            return f"{path} {op} {_value(value, values)}"
        case Present(path):
            return f"{path} pr"
        case Element(path, inner, then):
            return f"{path}[{_node(inner, values)}]" + (f".{_node(then, values)}" if then else "")
        case And(terms):
            return " and ".join(_grouped(term, values, And | Or) for term in terms)
        case Or(terms):
            return " or ".join(_grouped(term, values, Or) for term in terms)
        case Not(term):
            return f"not ({_node(term, values)})"
        case _:
            assert_never(node)


def _grouped(node: Node, values: Sequence[Value], kinds: object) -> str:
    """The term, in parentheses if the parser would otherwise take its parts as terms of the outer node."""
    # `a and (b and c)` is another tree than `a and b and c`. "not" is always followed by parentheses of its own.
    text = _node(node, values)
    return f"({text})" if isinstance(node, kinds) else text  # type: ignore[arg-type]  # a union of classes


def _value(value: Slot | Constant, values: Sequence[Value]) -> str:
    return _CONSTANTS[value.value] if isinstance(value, Constant) else encode(values[value.index])
