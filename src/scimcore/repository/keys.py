"""What a resource is found by, computed from its data: folded once, here, the same for every store."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from scimcore._cache import Bounded
from scimcore.filters.resolved import Kind
from scimcore.filters.resolving import kind_of
from scimcore.repository.key_length import cap
from scimcore.repository.paths import has_column, index_key, index_path, is_unique
from scimcore.repository.records import IndexValue, Keys
from scimcore.schema import Attribute, BoundType, Target, exact, fold
from scimcore.schema.json import Json, JsonObject

_Row = Callable[[Mapping[str, Any]], Iterator[IndexValue]]

#: What to call a resource where it is linked: the first of these that it has.
_NAMES = ("displayName", "userName", "nickName")


def keys(type: BoundType, data: JsonObject, id: str) -> Keys:
    """The keys of a resource with that canonical data."""
    display = data.get("displayName")
    external = data.get("externalId")
    active = data.get("active")
    return Keys(
        unique=unique(type, data, id),
        external=cap(exact(external)) if isinstance(external, str) else None,
        display=display_of(data),
        display_key=cap(fold(display)) if isinstance(display, str) else None,
        active=active if isinstance(active, bool) else None,
        values=tuple(value for row in _rows[type] for value in row(data)),
    )


def display_of(data: Mapping[str, Any]) -> str | None:
    """What to call a resource where it is linked."""
    return next((name for name in map(data.get, _NAMES) if isinstance(name, str) and name), None)


def unique_key(type: BoundType, value: str) -> str:
    """The key under which `RequiredUnit.named` finds a value of the type's unique attribute."""
    attribute = type.find(None, type.resource_type.unique)
    case_exact = attribute is not None and attribute.leaf is not None and attribute.leaf.case_exact
    return cap(exact(value) if case_exact else fold(value))


def unique(type: BoundType, data: JsonObject, id: str) -> str:
    """`Keys.unique` alone: what no other resource of the type may have."""
    name = type.resource_type.unique
    if not name:
        return id
    value = data.get(name)
    # A resource that lacks it (no schema of ours lets that happen) must not clash with one of that very name.
    return unique_key(type, value) if isinstance(value, str) and value else f"\x01{id}"


def _compile(type: BoundType) -> tuple[_Row, ...]:
    """One function per indexed attribute that has no column."""
    every: list[tuple[str | None, Attribute]] = [(None, attribute) for attribute in type.attributes.values()]
    for urn, attributes in type.extension_attributes.items():
        every += [(type.extensions[urn].id, attribute) for attribute in attributes.values()]
    return tuple(row for urn, attribute in every for row in _rows_of(urn, attribute, type.resource_type.unique))


_rows: Bounded[BoundType, tuple[_Row, ...]] = Bounded(_compile, size=1024)


def _rows_of(urn: str | None, attribute: Attribute, unique: str) -> Iterator[_Row]:
    if has_column(Target(urn, attribute)) or is_unique(Target(urn, attribute), unique):
        return
    for sub in (None, *attribute.sub_attributes):
        path = index_path(Target(urn, attribute, sub))
        if path is not None:
            yield _row(urn, attribute, sub, path)


def _row(urn: str | None, attribute: Attribute, sub: Attribute | None, path: str) -> _Row:
    kind = kind_of(sub or attribute)

    def rows(data: Mapping[str, Any]) -> Iterator[IndexValue]:
        holder = data if urn is None else data.get(urn, {})
        value = holder.get(attribute.name)
        for position, element in enumerate(value if isinstance(value, list) else () if value is None else (value,)):
            yield _entry(path, position, element if sub is None else element.get(sub.name), element, kind)

    return rows


def _entry(path: str, position: int, value: Json, element: Json, kind: Kind) -> IndexValue:
    if not isinstance(element, dict):
        return IndexValue(path, position, index_key(kind, value))
    use, primary = element.get("type"), element.get("primary")
    return IndexValue(
        path,
        position,
        index_key(kind, value),
        cap(fold(use)) if isinstance(use, str) else None,
        primary if isinstance(primary, bool) else None,
    )
