"""A filter that knows its resource type: what queries hand to repositories."""

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from scimcore.filters.ast import Value
from scimcore.filters.resolved import Resolved


@frozen
class Condition:
    """A resolved tree, shared by every filter of its shape, and the values of this one (checked, not yet folded)."""

    tree: Resolved
    values: tuple[Value, ...]

    def holds(self, data: Mapping[str, Any]) -> bool:
        """Whether a resource fulfils it: canonical data with id, meta and the relations it mentions attached."""
        raise NotImplementedError
