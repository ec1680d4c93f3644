"""Data put into canonical order after edits, and the checks that only the whole resource can answer."""

from collections.abc import Callable, Mapping
from typing import Any

from scimcore.resources._objects import has_pairs, has_primary, sift
from scimcore.resources._run import Run
from scimcore.resources._values import Bad
from scimcore.schema import Attribute, BoundType

#: Copies data into an empty object, arranged.
Arrange = Callable[[Mapping[str, Any], dict[str, Any], Run], None]
_Tidy = Callable[[Any], Any]


def arrangement(type: BoundType) -> Arrange:
    """The arranging of that type's data, compiled."""
    skipped = ("schemas",)
    base = _tidied(tuple(a for a in type.attributes.values() if a.name not in skipped))
    extensions = tuple((schema.id, _tidied(schema.attributes)) for schema in type.extensions.values())

    def arrange(data: Mapping[str, Any], found: dict[str, Any], run: Run) -> None:
        _copy(base, data, found, run, "")
        for urn, steps in extensions:
            if data.get(urn):
                inner: dict[str, Any] = {}
                _copy(steps, data[urn], inner, run, f"{urn}:")
                if inner:
                    found[urn] = inner

    return arrange


def _copy(
    steps: tuple[tuple[str, _Tidy | None], ...], data: Mapping[str, Any], found: dict[str, Any], run: Run, where: str
) -> None:
    for name, tidy in steps:
        item = data.get(name)
        if item is None:
            continue
        if tidy is not None:
            try:
                item = tidy(item)
            except Bad as bad:
                run.fault(f"{where}{name}", bad.text)
                continue
            if item is None:
                continue
        found[name] = item


def _tidied(attributes: tuple[Attribute, ...]) -> tuple[tuple[str, _Tidy | None], ...]:
    return tuple((a.name, _tidy(a)) for a in attributes if a.mutability != "readOnly" and a.relation is None)


def _tidy(attribute: Attribute) -> _Tidy | None:
    names = tuple(sub.name for sub in attribute.sub_attributes)
    if attribute.multi_valued:
        return _array(names, has_pairs(attribute), has_primary(attribute))
    return _object(names) if names else None


def _object(names: tuple[str, ...]) -> _Tidy:
    def tidy(value: Mapping[str, Any]) -> dict[str, Any] | None:
        return {name: value[name] for name in names if name in value and value[name] is not None} or None

    return tidy


def _array(names: tuple[str, ...], pairs: bool, primary: bool) -> _Tidy:
    one = _object(names) if names else None

    def tidy(value: list[Any]) -> list[Any] | None:
        found = value if one is None else [item for item in map(one, value) if item]
        return found if len(found) == 1 else sift(found, pairs, primary) or None

    return tidy
