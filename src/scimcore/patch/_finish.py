"""The result made whole again: what no operation touched is canonical already and is not looked at.

`Checker.finish` walks the whole resource; a change of `active` should not pay for ten addresses.
"""

from functools import lru_cache

from scimcore.patch._required import check_required
from scimcore.resources import Checker
from scimcore.schema import BoundType
from scimcore.schema.json import JsonObject


def finished(type: BoundType, before: JsonObject, after: JsonObject, checker: Checker) -> JsonObject:
    """`after`, canonical and complete; `before` itself when nothing differs. Raises InvalidValue.

    `before` is canonical, and what `after` shares with it (the very same objects) is unchanged.
    """
    changed = {name: value for name, value in after.items() if value is not before.get(name)}
    if not changed and len(after) == len(before):
        return before
    done = _touched(type, before, after, changed, checker) or checker.finish(after)
    check_required(type, done)
    return done


def _touched(
    type: BoundType, before: JsonObject, after: JsonObject, changed: JsonObject, checker: Checker
) -> JsonObject | None:
    """Only what changed is finished, in its old place; None when order or `schemas` may differ."""
    required, extensions = _always(type)
    if not changed.keys() <= before.keys() or any(urn in before and urn not in after for urn in extensions):
        return None
    part = changed | {name: after[name] for name in required if name in after}
    done = checker.finish(part)
    if not changed.keys() <= done.keys():
        return None
    # By the order of `before`: what was removed and added again would stand last in `after`.
    return {name: done[name] if name in changed else after[name] for name in before if name in after}


@lru_cache(maxsize=256)
def _always(type: BoundType) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What `Checker.finish` must see whatever changed, because it is required; and the extensions' URIs."""
    required = [a.name for a in type.attributes.values() if a.required and a.name != "schemas"]
    required += [extension.schema.id for extension in type.resource_type.extensions if extension.required]
    return tuple(required), tuple(schema.id for schema in type.extensions.values())
