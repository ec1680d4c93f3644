"""Equality look-ups in memory: which ids can fulfil a condition at all, where an index says so."""

from collections.abc import Collection

from scimcore.filters.ast import Slot, Value
from scimcore.filters.condition import Condition
from scimcore.filters.resolved import AllOf, AnyOf, Resolved, Some, Test
from scimcore.repository.memory.tables import TypeTable
from scimcore.repository.paths import UNIQUE, index_key, index_path, key_path, may_be_unique


def candidates(table: TypeTable, condition: Condition, unique: str | None) -> Collection[str] | None:
    """A superset of the matching ids, None when no index narrows it down."""
    return _narrow(table, condition.tree, condition.values, unique)


def _narrow(table: TypeTable, node: Resolved, values: tuple[Value, ...], unique: str | None) -> Collection[str] | None:
    if isinstance(node, Test):
        if node.op != "eq" or not isinstance(node.value, Slot):
            return None
        return _equal(table, node, values[node.value.index], unique)
    if isinstance(node, Some):
        return _narrow(table, node.inner, values, unique)
    if isinstance(node, AllOf):
        found = [ids for ids in (_narrow(table, term, values, unique) for term in node.terms) if ids is not None]
        return min(found, key=len, default=None)
    if isinstance(node, AnyOf):
        each = [_narrow(table, term, values, unique) for term in node.terms]
        return None if any(ids is None for ids in each) else dict.fromkeys(id for ids in each if ids for id in ids)
    return None


def _equal(table: TypeTable, node: Test, literal: Value, unique: str | None) -> Collection[str] | None:
    if str(node.target) == "id":
        return [literal] if isinstance(literal, str) and literal in table.documents else []
    if node.kind == "boolean":
        # Half of all resources are no candidates; a dialect lets a text stand for the truth value.
        return None
    key = index_key(node.kind, literal)
    if unique is None and key is not None and may_be_unique(node.target) and index_path(node.target) is not None:
        # One of the two indexes has it; which one, only the resource type knows.
        return {*_at(table, UNIQUE, key), *_at(table, str(node.target), key)}
    path = key_path(node.target, unique)
    return None if key is None or path is None else _at(table, path, key)


def _at(table: TypeTable, path: str, key: str) -> Collection[str]:
    if path == UNIQUE:
        return [table.named[key]] if key in table.named else []
    return table.valued.get((path, key), {})
