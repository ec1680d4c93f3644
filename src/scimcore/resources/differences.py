"""The changes between a resource's data before and after, attribute by attribute."""

from collections.abc import Iterator, Mapping
from typing import Any

from scimcore.resources.changes import Change
from scimcore.schema import Attribute, BoundType
from scimcore.schema.json import JsonObject


def changes(type: BoundType, before: JsonObject, after: JsonObject) -> tuple[Change, ...]:
    """What differs, in the order of the schema. The order of keys and of sub-attributes is no difference.

    Single complex attributes are compared by sub-attribute, multi-valued ones whole; `schemas` follows from the rest.
    """
    if before == after:
        return ()
    found = [*_between(type.attributes, "", before, after)]
    for key, schema in type.extensions.items():
        old, new = before.get(schema.id) or {}, after.get(schema.id) or {}
        if old != new:
            found += _between(type.extension_attributes[key], f"{schema.id}:", old, new)
    return tuple(found)


def _between(attributes: Mapping[str, Attribute], where: str, before: Any, after: Any) -> Iterator[Change]:
    for attribute in attributes.values():
        name = attribute.name
        old, new = before.get(name), after.get(name)
        if old == new or name == "schemas":
            continue
        if attribute.type == "complex" and not attribute.multi_valued:
            yield from _inside(attribute, f"{where}{name}.", old or {}, new or {})
        else:
            yield Change(f"{where}{name}", old, new)


def _inside(attribute: Attribute, where: str, before: Any, after: Any) -> Iterator[Change]:
    for sub in attribute.sub_attributes:
        old, new = before.get(sub.name), after.get(sub.name)
        if old != new:
            yield Change(f"{where}{sub.name}", old, new)
