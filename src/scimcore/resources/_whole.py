"""Data put into canonical order after edits, and the checks that only the whole resource can answer."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from scimcore.resources._objects import has_pairs, has_primary, sift
from scimcore.resources._run import REQUIRED, Run
from scimcore.resources._shapes import lacking
from scimcore.resources._values import Bad
from scimcore.schema import Attribute, BoundType

#: Copies data into an empty object, arranged.
Arrange = Callable[[Mapping[str, Any], dict[str, Any], Run], None]
_Tidy = Callable[[Any], Any]


def arrangement(type: BoundType) -> Arrange:
    """The arranging of that type's data, compiled; what its base schema requires is the caller's to check."""
    base = _tidied([a for a in type.attributes.values() if a.name != "schemas"])
    extensions = [(s.id, _tidied(s.attributes), _required(s.attributes)) for s in type.extensions.values()]

    def arrange(data: Mapping[str, Any], found: dict[str, Any], run: Run) -> None:
        _copy(base, data, found, run)
        for urn, steps, required in extensions:
            if data.get(urn):
                inner: dict[str, Any] = {}
                mark = len(run.faults)
                _copy(steps, data[urn], inner, run)
                if inner:
                    lacking(inner, required, run, mark)
                    found[urn] = inner
                run.prefix(mark, urn, ":")

    return arrange


def _copy(steps: Sequence[tuple[str, _Tidy | None]], data: Mapping[str, Any], found: dict[str, Any], run: Run) -> None:
    for name, tidy in steps:
        item = data.get(name)
        if item is not None and tidy is not None:
            try:
                item = tidy(item)
            except Bad as bad:
                mark = len(run.faults)
                run.fault(bad.path, bad.text)
                run.prefix(mark, name)
                item = None
        if item is not None:
            found[name] = item


def _written(attributes: Sequence[Attribute]) -> list[Attribute]:
    return [a for a in attributes if a.mutability != "readOnly" and a.relation is None]


def _required(attributes: Sequence[Attribute]) -> tuple[str, ...]:
    return tuple(a.name for a in _written(attributes) if a.required)


def _tidied(attributes: Sequence[Attribute]) -> list[tuple[str, _Tidy | None]]:
    return [(a.name, _tidy(a)) for a in _written(attributes)]


def _tidy(attribute: Attribute) -> _Tidy | None:
    one = _object(attribute.sub_attributes) if attribute.sub_attributes else None
    if attribute.multi_valued:
        return _array(one, has_pairs(attribute), has_primary(attribute))
    return one


def _object(subs: Sequence[Attribute]) -> _Tidy:
    names = tuple(sub.name for sub in subs)
    required = _required(subs)

    def tidy(value: Mapping[str, Any]) -> dict[str, Any] | None:
        found = {name: value[name] for name in names if name in value and value[name] is not None}
        for name in required:
            if found and name not in found:
                raise Bad(REQUIRED, name)
        return found or None

    return tidy


def _array(one: _Tidy | None, pairs: bool, primary: bool) -> _Tidy:
    def tidy(value: list[Any]) -> list[Any] | None:
        found = value if one is None else [item for item in map(one, value) if item]
        return found if len(found) == 1 else sift(found, pairs, primary) or None

    return tidy
