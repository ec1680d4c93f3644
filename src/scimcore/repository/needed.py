"""What a filter or a sort needs of a resource beyond its own data.

Most conditions look at stored data only, which is at hand. `id` and `meta` are made when they are needed, and the
links of a resource are read when they are needed: a filter that asks for neither costs neither.
"""

from collections.abc import Iterator
from typing import Final

from attrs import frozen

from scimcore._cache import Bounded
from scimcore.filters.resolved import AllOf, AnyOf, Has, No, Resolved, Some, Test
from scimcore.schema import Attribute, Target


@frozen
class NeededParts:
    """The parts to add to the data: `head` stands for id and meta, `relations` are the attributes that show links."""

    head: bool
    relations: tuple[Attribute, ...]

    def __bool__(self) -> bool:
        return self.head or bool(self.relations)


def _targets(tree: Resolved) -> Iterator[Target]:
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Test | Has | Some):
            # The inner condition of [...] names sub-attributes of the same attribute, so it needs nothing more.
            yield node.target
        elif isinstance(node, AllOf | AnyOf):
            waiting += node.terms
        elif isinstance(node, No):
            waiting.append(node.term)


def _of_targets(targets: Iterator[Target]) -> NeededParts:
    head, relations = False, {}
    for target in targets:
        attribute = target.attribute
        # Extensions have neither id nor meta, and no relations.
        if attribute is None or target.urn is not None:
            continue
        head = head or attribute.name in ("id", "meta")
        if attribute.relation is not None:
            relations[attribute.name] = attribute
    return NeededParts(head, tuple(relations.values()))


# A resolved tree remembers its hash, and the trees of one filter shape are shared: a hit costs one look-up.
_BY_TREE: Final[Bounded[Resolved, NeededParts]] = Bounded(lambda tree: _of_targets(_targets(tree)), size=1024)


def needed_by_filter(tree: Resolved) -> NeededParts:
    """Return what the condition needs."""
    return _BY_TREE[tree]


def needed_by_sort(target: Target) -> NeededParts:
    """Return what sorting by that attribute needs."""
    # Not cached: to hash a whole attribute costs more than this.
    return _of_targets(iter((target,)))
