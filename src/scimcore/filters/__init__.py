"""Filters and PATCH paths: one grammar, trees that dialects rewrite, conditions that hold or do not."""

from scimcore.filters.ast import (
    And,
    AttrPath,
    Compare,
    Constant,
    Element,
    Filter,
    Node,
    Not,
    Operator,
    Or,
    Path,
    Present,
    Slot,
    Value,
)
from scimcore.filters.condition import Condition, condition, element_condition
from scimcore.filters.instants import from_instant, instant
from scimcore.filters.parsing import parse_filter, parse_path
from scimcore.filters.rendering import render, render_path
from scimcore.filters.rewriting import join_element
from scimcore.filters.sorting import order_key, sort_target

__all__ = [
    "And",
    "AttrPath",
    "Compare",
    "Condition",
    "Constant",
    "Element",
    "Filter",
    "Node",
    "Not",
    "Operator",
    "Or",
    "Path",
    "Present",
    "Slot",
    "Value",
    "condition",
    "element_condition",
    "from_instant",
    "instant",
    "join_element",
    "order_key",
    "parse_filter",
    "parse_path",
    "render",
    "render_path",
    "sort_target",
]
