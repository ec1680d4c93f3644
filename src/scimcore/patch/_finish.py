"""The result made whole again: what no operation touched is canonical already and is not looked at.

`Checker.finish` walks the whole resource; a change of `active` should not pay for ten addresses.
"""

from functools import lru_cache

from scimcore.patch._required import check_required
from scimcore.patch._working_copy import WorkingCopy
from scimcore.schema import BoundType
from scimcore.schema.json import JsonObject


def finished(working: WorkingCopy) -> JsonObject:
    """The working's data, canonical and complete; the data from before when nothing differs. Raises InvalidValue."""
    before, after = working.before, working.data
    changed = {n: after[n] for n in working.touched if n in after and after[n] is not before.get(n)}
    if not changed and len(after) == len(before):
        return before
    done = _touched(working, changed) or working.checker.finish(after)
    check_required(working.type, done)
    return done


def _touched(working: WorkingCopy, changed: JsonObject) -> JsonObject | None:
    """Only what changed is finished, in its old place; None when the order or `schemas` may differ."""
    before, after = working.before, working.data
    required, extensions = _always(working.type)
    if not changed.keys() <= before.keys() or not after.keys() >= required:
        return None
    if working.removed and any(urn in before and urn not in after for urn in extensions):
        return None
    done = working.checker.finish_some(changed)
    if not changed.keys() <= done.keys():
        return None
    if working.removed:
        # By the order of `before`: what was removed and added again would stand last in `after`.
        return {name: done[name] if name in changed else after[name] for name in before if name in after}
    for name in changed:
        after[name] = done[name]
    return after


@lru_cache(maxsize=256)
def _always(type: BoundType) -> tuple[frozenset[str], tuple[str, ...]]:
    """What must be there whatever changed, because it is required; and the extensions' URIs."""
    stored = [a for a in type.attributes.values() if a.mutability != "readOnly" and a.relation is None]
    required = [a.name for a in stored if a.required and a.name != "schemas"]
    required += [extension.schema.id for extension in type.resource_type.extensions if extension.required]
    return frozenset(required), tuple(schema.id for schema in type.extensions.values())
