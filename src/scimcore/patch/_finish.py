"""The end of a request: the result canonical and complete again.

Theory of operation
-------------------

The plain way is `Checker.finish`: it walks the whole resource, puts attributes into the order of the schema, computes
`schemas`, and asks for what is required. A PATCH of `active` should not pay for the ten addresses of the user. So
`finish` does the least that comes to the same:

- Nothing that was touched differs from before: the result is the data from before, the very same object.
- Attributes changed their values, and none came or went: only these are finished, in their old places. The order and
  `schemas` follow from which attributes there are, so they are as before.
- Attributes were unassigned besides, but no extension as a whole: the same, in the order of before.
- Everything else goes the plain way.

A user with addresses takes 19 microseconds for a PATCH of `active` instead of 28. tests/patch/test_laws.py holds the
short way to the plain one.
"""

from functools import lru_cache
from typing import Any

from scimcore.errors import Fault, InvalidValue
from scimcore.patch._working_copy import WorkingCopy
from scimcore.schema import Attribute, BoundType
from scimcore.schema.json import JsonObject


def finish(working: WorkingCopy, *, shortcut: bool = True) -> JsonObject:
    """The data of the working copy, canonical and complete. Raises InvalidValue if something required is missing.

    With `shortcut=False` the whole resource is checked; the result is equal.
    """
    before, after = working.before, working.data
    changed = {n: after[n] for n in working.touched if n in after and after[n] is not before.get(n)}
    if not changed and len(after) == len(before):
        return before
    done = (_finish_changed(working, changed) if shortcut else None) or working.checker.finish(after)
    _check_required(working.type, done)
    return done


def _finish_changed(working: WorkingCopy, changed: JsonObject) -> JsonObject | None:
    """The data with only the changed attributes finished; None if the order, `schemas` or a required one may differ."""
    before, after = working.before, working.data
    required, extensions = _always(working.type)
    if not changed.keys() <= before.keys() or not after.keys() >= required:
        return None
    if working.removed and any(urn in before and urn not in after for urn in extensions):
        return None
    done = working.checker.finish_some(changed)
    # A changed value may come to nothing when it is finished, and then the attribute goes.
    if not changed.keys() <= done.keys():
        return None
    if working.removed:
        # By the order of `before`: an attribute that was removed and added again would be the last one in `after`.
        return {name: done[name] if name in changed else after[name] for name in before if name in after}
    for name in changed:
        after[name] = done[name]
    return after


# A thousand tenants may have a user type each.
@lru_cache(maxsize=2048)
def _always(type: BoundType) -> tuple[frozenset[str], tuple[str, ...]]:
    """The names that must be there whatever changed, because they are required; and the extensions' URIs."""
    stored = [a for a in type.attributes.values() if a.mutability != "readOnly" and a.relation is None]
    required = [a.name for a in stored if a.required and a.name != "schemas"]
    required += [extension.schema.id for extension in type.resource_type.extensions if extension.required]
    return frozenset(required), tuple(schema.id for schema in type.extensions.values())


# Required parts inside of what was changed: sub-attributes, and attributes of an extension that is used. Operations
# build elements piece by piece (ENTRA-028), so this is asked once, of the result (PATCH-018).

#: Where parts are required: the extension (None: the resource), the attribute (None: the extension itself), the names.
_RequiredParts = tuple[tuple[str | None, str | None, tuple[str, ...]], ...]


def _check_required(type: BoundType, data: JsonObject) -> None:
    """Raise InvalidValue for required parts that are missing. The RFC's own types have none, and cost nothing."""
    required = _required_parts(type)
    if not required:
        return
    faults = [
        Fault(":".join(part for part in (urn, ".".join(filter(None, (name, missing)))) if part), "a value is required")
        for urn, name, names in required
        for value in _values(data, urn, name)
        for missing in names
        if missing not in value
    ]
    if faults:
        # The detail names ten at most, for a person; `faults` has all of them.
        raise InvalidValue("; ".join(str(fault) for fault in faults[:10]), code="SC-1344", faults=faults)


def _values(data: Any, urn: str | None, name: str | None) -> list[Any]:
    holder = data if urn is None else data.get(urn)
    if not holder or name is None:
        return [holder] if holder else []
    value = holder.get(name)
    return value if isinstance(value, list) else [] if value is None else [value]


@lru_cache(maxsize=2048)
def _required_parts(type: BoundType) -> _RequiredParts:
    found = [(None, a.name, _names(a.sub_attributes)) for a in type.attributes.values() if _is_data(a)]
    extended: list[tuple[str | None, str | None, tuple[str, ...]]] = []
    for schema in type.extensions.values():
        extended.append((schema.id, None, _names(schema.attributes)))
        extended += [(schema.id, a.name, _names(a.sub_attributes)) for a in schema.attributes if _is_data(a)]
    return tuple(parts for parts in (*found, *extended) if parts[2])


def _is_data(attribute: Attribute) -> bool:
    return attribute.relation is None and attribute.mutability != "readOnly"


def _names(attributes: tuple[Attribute, ...]) -> tuple[str, ...]:
    return tuple(a.name for a in attributes if a.required and a.mutability != "readOnly")
