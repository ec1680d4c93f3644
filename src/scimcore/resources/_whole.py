"""Data put into canonical order after edits, and the checks that only the whole resource can answer."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from scimcore.resources._objects import has_pairs, has_primary, sift
from scimcore.resources._run import REQUIRED, Run
from scimcore.resources._shapes import Deep, Step, into, lacking
from scimcore.resources._values import Bad
from scimcore.schema import Attribute, BoundType, Schema

#: By name, in canonical order: how its value is tidied; None: it is as it should be.
Tidying = Mapping[str, Step | None]
_Tidy = Callable[[Any], Any]

_KEPT: Final = 128


def tidying(type: BoundType) -> Tidying:
    """The tidying of that type's data; what its base schema requires is the caller's to check."""
    base = _attributes([a for a in type.attributes.values() if a.name != "schemas"])
    return {**base, **{s.id: (s.id, _extension(s), ":") for s in type.extensions.values()}}


def tidy(data: Mapping[str, Any], steps: Tidying, found: dict[str, Any], run: Run) -> None:
    """Copies data into `found`, arranged and tidied."""
    for name in steps:
        if data.get(name) is not None:
            found[name] = data[name]
    into(found, [step for name in found if (step := steps.get(name))], run)


def _extension(schema: Schema) -> Deep:
    steps, required = _attributes(schema.attributes), _required(schema.attributes)

    def whole(value: Any, run: Run) -> dict[str, Any] | None:
        mark, found = len(run.faults), dict[str, Any]()
        tidy(value, steps, found, run)
        if found:
            lacking(found, required, run, mark)
        return found or None

    return whole


def _attributes(attributes: Sequence[Attribute]) -> Tidying:
    tidied = [(a.name, _tidied(a)) for a in _written(attributes)]
    return {name: None if one is None else (name, _deep(one), ".") for name, one in tidied}


def _deep(one: _Tidy) -> Deep:
    return lambda value, run: one(value)


def _written(attributes: Sequence[Attribute]) -> list[Attribute]:
    return [a for a in attributes if a.mutability != "readOnly" and a.relation is None]


def _required(attributes: Sequence[Attribute]) -> tuple[str, ...]:
    return tuple(a.name for a in _written(attributes) if a.required)


def _tidied(attribute: Attribute) -> _Tidy | None:
    one = _object(attribute.sub_attributes) if attribute.sub_attributes else None
    if attribute.multi_valued:
        return _array(one, has_pairs(attribute), has_primary(attribute))
    return one


def _object(subs: Sequence[Attribute]) -> _Tidy:
    names = tuple(sub.name for sub in subs)
    required = _required(subs)
    # Names that have been seen to be in order, with nothing missing.
    tidied: set[tuple[str, ...]] = set()

    def tidy(value: dict[str, Any]) -> dict[str, Any] | None:
        keys = tuple(value)
        if keys in tidied and None not in value.values():
            return value
        found = {name: value[name] for name in names if name in value and value[name] is not None}
        for name in required:
            if found and name not in found:
                raise Bad(REQUIRED, name)
        if keys and tuple(found) == keys and len(tidied) < _KEPT:
            tidied.add(keys)
        return found or None

    return tidy


def _array(one: _Tidy | None, pairs: bool, primary: bool) -> _Tidy:
    def tidy(value: list[Any]) -> list[Any] | None:
        found = value if one is None else [item for item in map(one, value) if item]
        return found if len(found) == 1 else sift(found, pairs, primary) or None

    return tidy
