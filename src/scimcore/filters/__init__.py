"""Filters and PATCH paths: one grammar, trees that dialects rewrite, and conditions that a resource meets or not."""

from scimcore.filters.ast import And, AttrPath, Compare, Constant, Element, Filter, Node, Not, Or, Present, Slot
from scimcore.filters.condition import Condition, condition
from scimcore.filters.parsing import parse_filter
from scimcore.filters.rendering import render
from scimcore.filters.sorting import order_key

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
    "Or",
    "Present",
    "Slot",
    "condition",
    "order_key",
    "parse_filter",
    "render",
]
