"""What a PUT may not touch: attributes that are immutable once set, and those that only the service writes."""

from scimcore.errors import Mutability
from scimcore.schema import Attribute, BoundType
from scimcore.schema.json import JsonObject


def carry_over(type: BoundType, before: JsonObject, after: JsonObject, named: frozenset[str]) -> JsonObject:
    """`after` with the values that a PUT cannot change taken from `before`.

    RFC 7644 section 3.5.1: readOnly values are ignored on input, so what is stored stays; an immutable value that is
    set must match what is sent, and stays when nothing is sent; a writeOnly value that is not sent stays.
    Raises Mutability.
    """
    kept = {a.name: before[a.name] for a in type.attributes.values() if _stays(a, before, after)}
    extended = dict(after, **kept) if kept else after
    for urn, schema in type.extensions.items():
        mine = type.extension_attributes[urn].values()
        stored, sent = _object(before, schema.id), _object(extended, schema.id)
        kept = {a.name: stored[a.name] for a in mine if _stays(a, stored, sent)}
        if kept:
            extended = {**extended, schema.id: {**sent, **kept}}
    return extended


def _object(data: JsonObject, key: str) -> JsonObject:
    value = data.get(key)
    return value if isinstance(value, dict) else {}


def _stays(attribute: Attribute, before: JsonObject, after: JsonObject) -> bool:
    if attribute.name not in before:
        return False
    if attribute.mutability == "immutable":
        if attribute.name in after and after[attribute.name] != before[attribute.name]:
            raise Mutability(
                f"{attribute.name} cannot be changed once it is set. Leave it out, or send the stored value."
            )
        return attribute.name not in after
    return attribute.mutability in ("readOnly", "writeOnly") and attribute.name not in after
