"""The keys of what is stored, computed anew: for a registry that declares other attributes as indexed than before."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, Protocol

from attrs import evolve, frozen

from scimcore.repository.keys import keys
from scimcore.repository.protocol import Clash, Repository, Serialization
from scimcore.repository.records import Keys
from scimcore.resources.document import Document
from scimcore.schema import BoundType, Registry

#: Resources of one transaction: others write between two of them.
_AT_ONCE: Final = 500
_ATTEMPTS: Final = 20


class Keyed(Protocol):
    """A unit that can say what its resources are found by: what `reindex` needs beyond `Unit`."""

    def types(self) -> Sequence[str]:
        """Return the types that there are resources of."""

    def keyed(self, type: str, after: str, limit: int) -> Sequence[tuple[Document, Keys]]:
        """Return up to `limit` resources above `after` by id, with their keys; locked in a unit that writes."""


@frozen
class Indexed:
    """How many resources were looked at, and how many of them had other keys."""

    seen: int = 0
    changed: int = 0


def reindex(
    repository: Repository[Any],
    registry: Registry,
    *,
    tenants: Iterable[str] | None = None,
    progress: Callable[[Indexed], None] = lambda so_far: None,
) -> Indexed:
    """Compute the keys of every resource by that registry, and write those that differ; no resource's version moves.

    The service may run meanwhile, if it has that registry already: transactions are small, and what is interrupted
    is made up for by running it again. Of all tenants, unless some are named; `progress` is told after every
    transaction. Raises ValueError for a type that the registry does not have, and for two resources that would have
    the same unique key; what was done before stays done.
    """
    so_far = Indexed()
    for tenant in repository.tenants() if tenants is None else tenants:
        for type in _types(repository, tenant, registry):
            place: str | None = ""
            while place is not None:
                seen, changed, place = _transaction(repository, tenant, type, place)
                so_far = Indexed(so_far.seen + seen, so_far.changed + changed)
                progress(so_far)
    return so_far


def _types(repository: Any, tenant: str, registry: Registry) -> list[BoundType]:
    with repository.unit(tenant, write=False) as unit:
        names = unit.types()
    # Before anything is written: half of a tenant by another registry than the rest would be found by neither.
    missing = [name for name in names if name not in registry]
    if missing:
        raise ValueError(f"{tenant!r} has a {missing[0]}, and no such resource type here: give the right registry")
    return [registry[name] for name in names]


def _transaction(repository: Any, tenant: str, type: BoundType, after: str) -> tuple[int, int, str | None]:
    """How many it looked at and changed, and where to go on, None at the end. Run again while it loses races."""
    for attempt in range(_ATTEMPTS):
        try:
            with repository.unit(tenant, write=True) as unit:
                page = unit.keyed(type.name, after, _AT_ONCE)
                changed = sum(_mended(unit, type, document, stored) for document, stored in page)
                return len(page), changed, page[-1][0].id if len(page) == _AT_ONCE else None
        except Serialization:
            # A busy tenant must not stop the walk: a page is small, and the next attempt reads it anew.
            repository.pause(attempt)
    raise RuntimeError(f"{tenant!r} is written to all the time; try again later")


def _mended(unit: Any, type: BoundType, document: Document, stored: Keys) -> bool:
    """Whether there was something to write."""
    found = keys(type, document.data, document.id)
    if _in_order(found) == _in_order(stored):
        return False
    try:
        # The same version on purpose: keys are ours, and a client's ETag must not change because an index did.
        unit.replace(document, found, expect=document.version)
    except Clash as clash:
        which = f"value of {clash.path}" if clash.path else f"key {found.unique!r}"
        raise ValueError(f"{type.name} {document.id}: another one has the unique {which} too") from None
    return True


# A store may hand out the rows of the value index in any order.
def _in_order(keys: Keys) -> Keys:
    return evolve(keys, values=tuple(sorted(keys.values, key=lambda value: (value.path, value.position))))
