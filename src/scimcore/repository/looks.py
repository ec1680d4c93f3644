"""What a filter or a sort looks at: read off the resolved tree once, kept as long as the tree is in use."""

from collections.abc import Callable, Iterator
from threading import Lock
from typing import Generic, TypeVar

from attrs import frozen

from scimcore.filters.resolved import AllOf, AnyOf, Has, No, Resolved, Some, Test
from scimcore.schema import Attribute, Target

K = TypeVar("K")
V = TypeVar("V")


class ByIdentity(Generic[K, V]):
    """A bounded cache by identity: resolved trees are shared, and comparing them would cost more than compiling."""

    def __init__(self, make: Callable[[K], V], size: int = 1024) -> None:
        self._make = make
        self._size = size
        self._known: dict[int, tuple[K, V]] = {}
        self._lock = Lock()

    def __call__(self, key: K) -> V:
        found = self._known.get(id(key))
        if found is not None and found[0] is key:
            return found[1]
        value = self._make(key)
        with self._lock:
            if len(self._known) >= self._size:
                self._known.pop(next(iter(self._known)))
            self._known[id(key)] = (key, value)
        return value


@frozen
class Looks:
    """Beyond the document's own data: whether id or meta are looked at, and which relation attributes."""

    head: bool
    relations: tuple[Attribute, ...]

    def __bool__(self) -> bool:
        return self.head or bool(self.relations)


def _targets(tree: Resolved) -> Iterator[Target]:
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Test | Has | Some):
            # What stands inside [...] looks at sub-attributes of the same attribute.
            yield node.target
        elif isinstance(node, AllOf | AnyOf):
            waiting += node.terms
        elif isinstance(node, No):
            waiting.append(node.term)


def _of_targets(targets: Iterator[Target]) -> Looks:
    head, relations = False, {}
    for target in targets:
        attribute = target.attribute
        if attribute is None or target.urn is not None:
            continue
        head = head or attribute.name in ("id", "meta")
        if attribute.relation is not None:
            relations[attribute.name] = attribute
    return Looks(head, tuple(relations.values()))


#: What a filter looks at.
of_tree: ByIdentity[Resolved, Looks] = ByIdentity(lambda tree: _of_targets(_targets(tree)))
#: What a sort looks at.
of_target: ByIdentity[Target, Looks] = ByIdentity(lambda target: _of_targets(iter((target,))))
