"""Required parts inside what was changed: sub-attributes, and attributes of an extension that is used.

Operations build elements piece by piece, so this is asked once, of the result (PATCH-018).
"""

from functools import lru_cache
from typing import Any

from scimcore.errors import Fault, InvalidValue
from scimcore.schema import Attribute, BoundType
from scimcore.schema.json import JsonObject

#: Where to look: the extension (None: the resource), the attribute (None: the extension itself), the required names.
_Places = tuple[tuple[str | None, str | None, tuple[str, ...]], ...]


def check_required(type: BoundType, data: JsonObject) -> None:
    """Raises InvalidValue for required parts that are missing. The RFC's own types have none, and cost nothing."""
    places = _places(type)
    if not places:
        return
    faults = [
        Fault(":".join(part for part in (urn, ".".join(filter(None, (name, missing)))) if part), "a value is required")
        for urn, name, names in places
        for value in _values(data, urn, name)
        for missing in names
        if missing not in value
    ]
    if faults:
        raise InvalidValue("; ".join(str(fault) for fault in faults[:10]), code="SC-1344", faults=faults)


def _values(data: Any, urn: str | None, name: str | None) -> list[Any]:
    holder = data if urn is None else data.get(urn)
    if not holder or name is None:
        return [holder] if holder else []
    value = holder.get(name)
    return value if isinstance(value, list) else [] if value is None else [value]


@lru_cache(maxsize=256)
def _places(type: BoundType) -> _Places:
    found = [(None, a.name, _names(a.sub_attributes)) for a in type.attributes.values() if _is_data(a)]
    extended: list[tuple[str | None, str | None, tuple[str, ...]]] = []
    for schema in type.extensions.values():
        extended.append((schema.id, None, _names(schema.attributes)))
        extended += [(schema.id, a.name, _names(a.sub_attributes)) for a in schema.attributes if _is_data(a)]
    return tuple(place for place in (*found, *extended) if place[2])


def _is_data(attribute: Attribute) -> bool:
    return attribute.relation is None and attribute.mutability != "readOnly"


def _names(attributes: tuple[Attribute, ...]) -> tuple[str, ...]:
    return tuple(a.name for a in attributes if a.required and a.mutability != "readOnly")
