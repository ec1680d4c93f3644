"""References to resources that are not there yet: "bulkId:qwerty" wherever an id may stand (RFC 7644 section 3.7.2)."""

import re
from collections.abc import Callable, Iterator

from scimcore.schema import fold_name
from scimcore.schema.json import Json, JsonObject

#: As a value; inside a PATCH path's filter; at the end of a URI.
_VALUE = re.compile(r"bulkId:(.+)\Z", re.DOTALL)
_IN_PATH = re.compile(r'"bulkId:([^"\\]+)"')
_IN_URI = re.compile(r"/bulkId:([^/?#]+)\Z")


def references(path: str, data: Json) -> frozenset[str]:
    """The bulkIds that an operation refers to, in its path and anywhere in its data (BULK-005)."""
    found: set[str] = set()

    def remember(name: str) -> str:
        found.add(name)
        return name

    replaced(data, remember)
    found.update(name for part in path.split("/") if (name := bulk_id(part)) is not None)
    return frozenset(found)


def bulk_id(text: str) -> str | None:
    """The bulkId that a text stands for, if it does: "bulkId:qwerty" for qwerty."""
    match = _VALUE.match(text)
    return match[1] if match else None


def replaced(data: Json, id_of: Callable[[str], str], key: str = "") -> Json:
    """The same data with `id_of` in the place of every bulkId. As deep as JSON that was read within limits."""
    if isinstance(data, dict):
        return {name: replaced(value, id_of, name) for name, value in data.items()}
    if isinstance(data, list):
        return [replaced(value, id_of, key) for value in data]
    return _text(data, id_of, fold_name(key)) if isinstance(data, str) and "bulkId:" in data else data


def _text(text: str, id_of: Callable[[str], str], key: str) -> str:
    match = _VALUE.match(text)
    if match:
        return id_of(match[1])
    if key == "path":
        return _IN_PATH.sub(lambda found: f'"{id_of(found[1])}"', text)
    if key == "$ref":
        return _IN_URI.sub(lambda found: f"/{id_of(found[1])}", text)
    return text


def _names(data: Json) -> Iterator[str]:
    found: list[str] = []

    def remember(name: str) -> str:
        found.append(name)
        return name

    replaced(data, remember)
    yield from found


def without(data: JsonObject, known: frozenset[str]) -> JsonObject:
    """The same without what refers to bulkIds that are not known: elements of lists, else the whole attribute."""
    kept = {name: _kept(value, known) for name, value in data.items()}
    return {name: value for name, value in kept.items() if value is not None}


def _kept(value: Json, known: frozenset[str]) -> Json:
    if known.issuperset(_names(value)):
        return value
    if isinstance(value, list):
        return [item for item in value if known.issuperset(_names(item))]
    if isinstance(value, dict):
        # An extension loses the attributes concerned; a complex attribute is one reference and goes whole.
        inner = without(value, known)
        return inner if any(isinstance(v, dict | list) for v in value.values()) and inner else None
    return None


def only(data: JsonObject, names: set[str]) -> JsonObject:
    """The opposite: just what refers to these bulkIds."""
    found = {name: _referring(value, names) for name, value in data.items() if names.intersection(_names(value))}
    return {name: value for name, value in found.items() if value is not None}


def _referring(value: Json, names: set[str]) -> Json:
    if isinstance(value, list):
        return [item for item in value if names.intersection(_names(item))]
    if isinstance(value, dict) and any(isinstance(v, dict | list) for v in value.values()):
        return only(value, names)
    return value
