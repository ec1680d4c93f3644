"""What the path of a PATCH operation means, as far as a dialect has to know: no grammar, only the names in it."""

from functools import lru_cache
from typing import NamedTuple

from scimcore.schema import BoundType, Target

# Longer than any path to an attribute that exists; what is longer is left to the engine to refuse.
_MAX_NAMES = 400


class Located(NamedTuple):
    """The target of a path, and whether a filter in brackets picks elements of it."""

    target: Target
    filtered: bool


def locate(type: BoundType, path: str) -> Located | None:
    """What `attr`, `attr.sub`, `attr[…]` or `attr[…].sub` means here, None if it means nothing."""
    head, bracket, rest = path.partition("[")
    if not bracket:
        return _locate(type, path, False) if len(path) <= _MAX_NAMES else None
    # Whatever stands inside the brackets, the last "]" closes them: strings inside may hold brackets, names may not.
    _, close, tail = rest.rpartition("]")
    names = head + tail
    if not close or (tail and tail[0] != ".") or len(names) > _MAX_NAMES:
        return None
    return _locate(type, names, True)


def find(type: BoundType, names: str) -> Target | None:
    """What `[urn:]name[.sub]` means; the dots of the URN ("2.0") belong to it."""
    located = locate(type, names) if "[" not in names else None
    return None if located is None else located.target


@lru_cache(maxsize=2048)
def _locate(type: BoundType, names: str, filtered: bool) -> Located | None:
    urn, _, last = names.rpartition(":")
    name, _, sub = last.partition(".")
    target = type.find(urn or None, name, sub or None)
    return None if target is None or (filtered and target.attribute is None) else Located(target, filtered)
