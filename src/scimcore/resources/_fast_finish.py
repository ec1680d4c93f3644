"""Data after edits that is whole already, seen to be so without building it anew.

Theory of operation
===================

The plain way (`_finish`) builds every complex value again, in canonical order and without what is empty. A PATCH
touches one or two values, and the others come from the store, where they are as they should be. So the fast way only
asks of each value whether it is finished: its names are in an order that was seen to be canonical and complete before,
no value is null, no two elements are the same, and at most one is primary. Then the value itself is taken.

When it declines. One value that is not finished, or a required one that is missing, and `Checker` has the plain way do
all of it. Errors are made there.

Why it is safe. What is finished comes out of the plain way unchanged, so taking it as it is makes no difference; the
law is in `tests/resources/test_laws.py`. The orders are cached by names alone, at most `_ORDERS` for each attribute.

What it buys, measured on CPython 3.11: a full user of 1.3 kB, 8 microseconds instead of 42.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from scimcore._cache import Bounded
from scimcore.resources import _attributes
from scimcore.resources._fast_check import Declined, all_different
from scimcore.schema import Attribute, BoundType
from scimcore.schema.json import JsonObject

_ORDERS: Final = 128

#: Returns True if the value would come out of the plain way as it is.
_Question: TypeAlias = Callable[[Any], bool]


class FastFinish:
    """Finishes data of one resource type."""

    def __init__(self, type: BoundType) -> None:
        self._type: Final = type
        stored = _attributes.stored_attributes(type)
        extensions = type.resource_type.extensions
        #: What to ask of each value, in canonical order; None for a simple value, which is always finished.
        self._questions: Final[Mapping[str, _Question | None]] = {
            **{a.name: _question(a) for a in stored},
            **{e.schema.id: _is_finished_object(_attributes.written(e.schema.attributes)) for e in extensions},
        }
        self._required: Final = frozenset(
            [a.name for a in stored if a.required] + [e.schema.id for e in extensions if e.required]
        )

    def finish(self, data: JsonObject) -> JsonObject:
        """Return all of a resource's data, finished. Raises Declined."""
        found: JsonObject = {"schemas": None}
        for name, is_finished in self._questions.items():
            value = data.get(name)
            if value is not None:
                if is_finished is not None and not is_finished(value):
                    raise Declined
                found[name] = value
        if not found.keys() >= self._required:
            raise Declined
        found["schemas"] = _attributes.schemas_used(self._type, found)
        return found

    def finish_some(self, data: JsonObject) -> JsonObject:
        """Return some attributes or extensions of such data, finished. Raises Declined."""
        for name, value in data.items():
            is_finished = self._questions[name]
            if value is None or (is_finished is not None and not is_finished(value)):
                raise Declined
        return dict(data)


def _question(attribute: Attribute) -> _Question | None:
    one = _is_finished_object(attribute.sub_attributes) if attribute.sub_attributes else None
    return _is_finished_array(attribute, one) if attribute.multi_valued else one


def _is_finished_array(attribute: Attribute, one: _Question | None) -> _Question:
    by_value = _attributes.has_value_and_type(attribute)

    def is_finished(value: list[Any]) -> bool:
        if one is None:
            # Two simple values may be the same; comparing them is what the plain way does.
            return len(value) == 1
        # A loop, as a generator for all() costs more than asking one or two elements.
        for item in value:
            if not one(item):
                return False
        return len(value) == 1 or (len(value) > 1 and all_different(value, by_value))

    return is_finished


def _is_finished_object(attributes: Sequence[Attribute]) -> _Question:
    written = [a for a in attributes if not _attributes.is_read_only(a)]
    required = {a.name for a in written if a.required}

    def inner(names: tuple[str, ...]) -> tuple[tuple[str, _Question], ...] | None:
        """What to ask of the values of an object with these names; None if the names are not canonical."""
        if not names or names != tuple(a.name for a in attributes if a.name in names) or not required <= set(names):
            return None
        return tuple((a.name, ask) for a in attributes if a.name in names and (ask := _question(a)) is not None)

    orders: Bounded[tuple[str, ...], tuple[tuple[str, _Question], ...] | None] = Bounded(inner, size=_ORDERS)

    def is_finished(value: dict[str, Any]) -> bool:
        questions = orders[tuple(value)]
        if questions is None or None in value.values():
            return False
        return not questions or all(ask(value[name]) for name, ask in questions)

    return is_finished
