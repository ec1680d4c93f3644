"""The walk over the values of one attribute, compiled from the rewrites that have something to say about it.

A value that nothing acts on costs a look-up by its JSON kind, an object one by its form, and is returned itself, not
copied.
"""

from collections.abc import Iterable, Mapping
from operator import is_
from typing import NamedTuple

from scimcore.dialects._forms import Form, form, keep, parts
from scimcore.dialects.rewrite import Coercer, Notes, Place, Rewrite
from scimcore.schema import Attribute, Target, fold_name
from scimcore.schema.json import Json, JsonObject


class _Step(NamedTuple):
    order: int
    coerce: Coercer
    rewrite: Rewrite


#: A name that the schema does not have, as opposed to one (None) that no rewrite cares about.
class _Unknown:
    """The type of `UNKNOWN`."""


UNKNOWN = _Unknown()
Table = Mapping[str, "ValueRewriter | None"]


class ValueRewriter:
    """Rewrites the values at one place, and at the places inside it."""

    __slots__ = ("_element", "_place", "_quiet", "_steps", "_subs")

    def __init__(self, place: Place, rewrites: Iterable[Rewrite]) -> None:
        rewrites = tuple(rewrites)
        self._place = place
        self._steps = _steps(place, rewrites)
        # Whether nothing acts inside objects of that form, unless they hold a blank.
        self._quiet: dict[Form, bool] = {}
        self._element = compile_value(place.target, rewrites, element=True) if place.many else None
        self._subs: Table = {} if place.many or place.target.sub is not None else _subs(place, rewrites)

    @property
    def idle(self) -> bool:
        """Whether no rewrite has anything to do here."""
        return not self._steps and self._element is None and not any(self._subs.values())

    def at(self, sub: Attribute | None, *, filtered: bool) -> "ValueRewriter | None":
        """The walk over what a path picks: the value, its elements, or one sub-attribute of either."""
        if sub is not None:
            holder = self._element or self
            return holder._subs.get(sub.name)
        return self._element if filtered else self

    def acts_on(self, kind: type) -> bool:
        """Whether there is anything to be done with values of that kind that neither are blank nor hold a blank."""
        inside = self._element or (kind is dict and self._subs)
        return bool(inside and kind in (dict, list)) or any(
            not step.rewrite.only_blank for step in self._steps.get(kind, ())
        )

    def value(self, value: Json, notes: Notes) -> Json:
        """The value in RFC form, the very same if it was."""
        if isinstance(value, dict) and self._is_quiet(value):
            return value
        if value.__class__ in self._steps:
            value = self._coerce(value, notes, 0)
        if isinstance(value, dict):
            if self._element is not None:
                # RFC 7644 section 3.5.2.1: one value may be added without a list around it.
                return self._element.value(value, notes)
            return self._object(value, notes) if self._subs else value
        if isinstance(value, list) and self._element is not None:
            return self._list(value, self._element, notes)
        return value

    def _is_quiet(self, value: JsonObject) -> bool:
        """Whether nothing acts on the object, nor inside it."""
        found = form(value)
        quiet = self._quiet.get(found)
        if quiet is None:
            quiet = keep(self._quiet, found, not self._is_loud(found))
        return quiet and "" not in value.values()

    def _is_loud(self, found: Form) -> bool:
        if self._element is not None or not all(step.rewrite.only_blank for step in self._steps.get(dict, ())):
            return True
        walks = [(look_up(self._subs, key), kind) for key, kind in parts(found)]
        return any(isinstance(walk, ValueRewriter) and walk.acts_on(kind) for walk, kind in walks)

    def _coerce(self, value: Json, notes: Notes, order: int) -> Json:
        for step in self._steps.get(value.__class__, ()):
            if step.order >= order and (after := step.coerce(value)) is not value:
                notes.add(step.rewrite, self._place)
                return self._coerce(after, notes, step.order + 1)
        return value

    def _object(self, value: JsonObject, notes: Notes) -> JsonObject:
        changed: JsonObject = {}
        subs = self._subs
        for key, part in value.items():
            walk = subs[key] if key in subs else look_up(subs, key)
            if isinstance(walk, ValueRewriter) and (after := walk.value(part, notes)) is not part:
                changed[key] = after
        return {**value, **changed} if changed else value

    def _list(self, value: list[Json], element: "ValueRewriter", notes: Notes) -> list[Json]:
        after = [element.value(item, notes) for item in value]
        if all(map(is_, after, value)):
            return value
        # An element that a rewrite unassigned goes; a null that was sent is left to be refused.
        return [new for new, old in zip(after, value, strict=True) if new is not None or old is None]


def compile_value(target: Target, rewrites: Iterable[Rewrite], *, element: bool = False) -> ValueRewriter | None:
    """The walk at that target, None if there is nothing to do there."""
    leaf = target.leaf
    # What clients cannot write is ignored or refused as a whole: a note on it would only mislead.
    if leaf is None or leaf.mutability == "readOnly":
        return None
    walk = ValueRewriter(Place(target, leaf, element), rewrites)
    return None if walk.idle else walk


def look_up(table: Table, key: str) -> "ValueRewriter | _Unknown | None":
    """The walk under that name in any spelling, None for an idle attribute, UNKNOWN for no attribute."""
    walk = table.get(key, UNKNOWN)
    return table.get(fold_name(key), UNKNOWN) if walk is UNKNOWN else walk


def spellings(
    attributes: Iterable[Attribute], walks: Iterable["ValueRewriter | None"]
) -> dict[str, "ValueRewriter | None"]:
    """Look-up by the usual spelling, which nearly everybody sends, and by the folded one."""
    pairs = list(zip(attributes, walks, strict=True))
    return {name: walk for a, walk in pairs for name in (fold_name(a.name), a.name)}


def _steps(place: Place, rewrites: Iterable[Rewrite]) -> dict[type, tuple[_Step, ...]]:
    steps: dict[type, tuple[_Step, ...]] = {}
    for order, rewrite in enumerate(rewrites):
        coerce = rewrite.value(place) if rewrite.value is not None else None
        if coerce is not None:
            for kind in rewrite.kinds:
                steps[kind] = (*steps.get(kind, ()), _Step(order, coerce, rewrite))
    return steps


def _subs(place: Place, rewrites: tuple[Rewrite, ...]) -> dict[str, ValueRewriter | None]:
    urn, attribute = place.target.urn, place.target.attribute
    targets = [Target(urn, attribute, sub) for sub in place.leaf.sub_attributes]
    return spellings(place.leaf.sub_attributes, [compile_value(target, rewrites) for target in targets])
