"""What the checks ask about attributes: who writes them, which are stored, and when two values are the same."""

from collections.abc import Iterable, Mapping
from typing import Any

from scimcore.resources.document import to_text
from scimcore.resources.values import Mismatch
from scimcore.schema import Attribute, BoundType
from scimcore.schema.json import Json


def is_read_only(attribute: Attribute | None) -> bool:
    """Return True for an attribute that clients cannot write."""
    return attribute is not None and attribute.mutability == "readOnly"


def needs(attribute: Attribute, creating: bool) -> bool:
    """Return True if a body must have a value for the attribute."""
    # RFC 7644 section 3.5.1: an immutable attribute that a PUT leaves out keeps its value, so it is not missing.
    return attribute.required and (creating or attribute.mutability != "immutable")


def ignored_note(names: Iterable[str]) -> tuple[str, str]:
    """Return the note for attributes that clients cannot write. RFC 7644 section 3.3: they are ignored on input."""
    return "RFC 7644 section 3.3", f"{', '.join(sorted(names))}: set by this service, so what was sent is ignored"


def base_names(type: BoundType) -> tuple[str, ...]:
    """Return the names that the body of a resource may have: attributes, and the URIs of extensions."""
    return (*(a.name for a in type.attributes.values()), *(s.id for s in type.extensions.values()))


def secret_of(type: BoundType) -> Attribute | None:
    """Return the password, None if the type has none. It is given to the host and never stored."""
    # By its name: a product may have writeOnly attributes of its own, and those are stored.
    found = type.attributes.get("password")
    return found if found is not None and found.mutability == "writeOnly" else None


def written_relations(type: BoundType) -> tuple[Attribute, ...]:
    """Return the attributes whose links a client writes."""
    return tuple(a for a in type.relations if not is_read_only(a))


def written(attributes: Iterable[Attribute]) -> tuple[Attribute, ...]:
    """Return the attributes whose values a client writes and the document holds."""
    return tuple(a for a in attributes if a.relation is None and not is_read_only(a))


def stored_attributes(type: BoundType) -> tuple[Attribute, ...]:
    """Return the attributes of the base schema that are stored as a client sends them."""
    secret = secret_of(type)
    return tuple(a for a in written(type.attributes.values()) if a is not secret and a.name != "schemas")


def schemas_used(type: BoundType, data: Mapping[str, object]) -> list[Json]:
    """Return the `schemas` of data: RFC 7643 section 3 wants the base schema and the extensions that have values."""
    return [type.urn, *(schema.id for schema in type.extensions.values() if schema.id in data)]


def distinct(attribute: Attribute, found: list[Any]) -> list[Any]:
    """Return the elements without repetitions. Raises Mismatch for more than one primary (RFC 7643 section 2.4)."""
    if has_value_and_type(attribute):
        # RFC 7643 section 2.4: no (type, value) pair twice. The first stays, and takes over what it lacks.
        merged: dict[Any, Any] = {}
        for place, item in enumerate(found):
            # A value is a text or a number, so a place cannot be mistaken for a pair.
            key = (item["value"], item.get("type")) if "value" in item else place
            merged[key] = {**item, **merged[key]} if key in merged else item
        found = list(merged.values())
    elif attribute.type == "complex":
        # Addresses have no value: they are the same only if all of their parts are.
        found = list({to_text(item): item for item in found}.values())
    else:
        found = list(dict.fromkeys(found))
    # RFC 7643 section 2.4: "the primary attribute value 'true' MUST appear no more than once" (CORE-021).
    if attribute.sub("primary") is not None and sum(item.get("primary") is True for item in found) > 1:
        raise Mismatch("more than one value is marked as primary; at most one may be")
    return found


def has_value_and_type(attribute: Attribute) -> bool:
    """Return True if two elements of the attribute are the same when their value and type are."""
    # CORE-023: one address may be both work and home, so the value alone does not identify an element.
    value, type = attribute.sub("value"), attribute.sub("type")
    return value is not None and not value.multi_valued and not (type is not None and type.multi_valued)
