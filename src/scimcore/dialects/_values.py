"""The walk over the values of one attribute, compiled from the rewrites that act there.

Compiled once for each dialect, type and kind of message: a place at which no rewrite acts has no walk at all. A value
on which nothing acts is returned itself, not copied, which is how everybody above knows that nothing was changed.
"""

from collections.abc import Iterable, Mapping
from operator import is_
from types import NoneType
from typing import NamedTuple

from scimcore.dialects._signatures import BySignature, Signature, members
from scimcore.dialects.rewrite import Coercer, Place, Rewrite, RewriteNote
from scimcore.schema import Attribute, Target, fold_name
from scimcore.schema.json import Json, JsonObject


class Notes:
    """The notes of one request: each rule once for each place, and never more than `LIMIT`."""

    __slots__ = ("_seen",)

    # Notes end up in the audit trail. One request may have 1,000 operations with 1,000 values each.
    LIMIT = 100

    def __init__(self) -> None:
        # A dictionary for its order: the notes are in the order of the request.
        self._seen: dict[RewriteNote, None] = {}

    def add(self, rewrite: Rewrite, place: object) -> None:
        if len(self._seen) < self.LIMIT:
            self._seen[(rewrite.name, f"{place}: {rewrite.note}")] = None

    def all(self) -> tuple[RewriteNote, ...]:
        return tuple(self._seen)


class _Coercion(NamedTuple):
    #: The place of the rewrite among those of the dialect: later ones see what earlier ones made.
    order: int
    coerce: Coercer
    rewrite: Rewrite


class _Unknown:
    """The type of `UNKNOWN`."""


#: In the place of a rewriter: the schema has no such name. None means that no rewrite acts on the attribute.
UNKNOWN = _Unknown()
Table = Mapping[str, "ValueRewriter | None"]


class ValueRewriter:
    """Rewrites the values at one place in the schema, and at the places inside it.

    With `shortcut=False` every object is walked, known signature or not; the results are the same.
    """

    __slots__ = ("_coercions", "_element", "_idle", "_place", "_subs")

    def __init__(self, place: Place, rewrites: Iterable[Rewrite], *, shortcut: bool = True) -> None:
        rewrites = tuple(rewrites)
        self._place = place
        self._coercions = _coercions(place, rewrites)
        #: True for objects in which nothing acts, unless they contain an empty text.
        self._idle = BySignature(self._is_idle) if shortcut else None
        self._element = compile_value(place.target, rewrites, element=True, shortcut=shortcut) if place.many else None
        nested = not place.many and place.target.sub is None
        self._subs: Table = _sub_rewriters(place, rewrites, shortcut) if nested else {}

    @property
    def needless(self) -> bool:
        """True if no rewrite has anything to do here."""
        return not self._coercions and self._element is None and not any(self._subs.values())

    def at(self, sub: Attribute | None, *, filtered: bool) -> "ValueRewriter | None":
        """The rewriter for what a path selects: the value, its elements, or one sub-attribute of either."""
        if sub is not None:
            holder = self._element or self
            return holder._subs.get(sub.name)
        return self._element if filtered else self

    def acts_on(self, kind: type) -> bool:
        """True if something may act on values of that kind that neither are an empty text nor contain one."""
        inside = self._element or (kind is dict and self._subs)
        return bool(inside and kind in (dict, list)) or any(
            not coercion.rewrite.only_blank for coercion in self._coercions.get(kind, ())
        )

    def value(self, value: Json, notes: Notes) -> Json:
        """The value in RFC form, or the very same object if it is so already."""
        if isinstance(value, dict) and self._idle is not None and self._idle.get(value) and "" not in value.values():
            return value
        if value.__class__ in self._coercions:
            value = self._coerce(value, notes, 0)
        if isinstance(value, dict):
            if self._element is not None:
                # RFC 7644 section 3.5.2.1: one value may be added without a list around it.
                return self._element.value(value, notes)
            return self._object(value, notes) if self._subs else value
        if isinstance(value, list) and self._element is not None:
            return self._list(value, self._element, notes)
        return value

    def _is_idle(self, signature: Signature) -> bool:
        blank_only = all(coercion.rewrite.only_blank for coercion in self._coercions.get(dict, ()))
        if self._element is not None or not blank_only:
            return False
        found = [(look_up(self._subs, name), kind) for name, kind in members(signature)]
        # A null means the same as an empty text, but stands in the signature.
        if self._coercions.get(dict) and any(kind is NoneType for _, kind in found):
            return False
        return not any(isinstance(rewriter, ValueRewriter) and rewriter.acts_on(kind) for rewriter, kind in found)

    def _coerce(self, value: Json, notes: Notes, order: int) -> Json:
        # Each rewrite acts at most once, on what the ones before it made. A list that was unwrapped to a text is then
        # seen by the rewrites of texts, but never by the unwrapping again, so that no two rewrites can loop.
        for coercion in self._coercions.get(value.__class__, ()):
            if coercion.order >= order and (after := coercion.coerce(value)) is not value:
                notes.add(coercion.rewrite, self._place.target)
                return self._coerce(after, notes, coercion.order + 1)
        return value

    def _object(self, value: JsonObject, notes: Notes) -> JsonObject:
        changed: JsonObject = {}
        subs = self._subs
        for key, part in value.items():
            rewriter = subs[key] if key in subs else look_up(subs, key)
            if isinstance(rewriter, ValueRewriter) and (after := rewriter.value(part, notes)) is not part:
                changed[key] = after
        return {**value, **changed} if changed else value

    def _list(self, value: list[Json], element: "ValueRewriter", notes: Notes) -> list[Json]:
        after = [element.value(item, notes) for item in value]
        if all(map(is_, after, value)):
            return value
        # An element that a rewrite unassigned goes; a null that was sent is left to be refused.
        return [new for new, old in zip(after, value, strict=True) if new is not None or old is None]


def compile_value(
    target: Target, rewrites: Iterable[Rewrite], *, element: bool = False, shortcut: bool = True
) -> ValueRewriter | None:
    """The rewriter at that target, or None if there is nothing to do there."""
    leaf = target.leaf
    # Attributes that clients cannot write are ignored or refused as a whole. A note on one would only mislead.
    if leaf is None or leaf.mutability == "readOnly":
        return None
    rewriter = ValueRewriter(Place(target, leaf, element), rewrites, shortcut=shortcut)
    return None if rewriter.needless else rewriter


def look_up(table: Table, key: str) -> "ValueRewriter | _Unknown | None":
    """The rewriter under that name in any spelling, None if nothing acts there, UNKNOWN if there is no such name."""
    rewriter = table.get(key, UNKNOWN)
    return table.get(fold_name(key), UNKNOWN) if rewriter is UNKNOWN else rewriter


def spellings(
    attributes: Iterable[Attribute], rewriters: Iterable["ValueRewriter | None"]
) -> dict[str, "ValueRewriter | None"]:
    """A table by the schema's spelling, which nearly every client sends, and by the folded one."""
    pairs = zip(attributes, rewriters, strict=True)
    return {name: rewriter for a, rewriter in pairs for name in (fold_name(a.name), a.name)}


def _coercions(place: Place, rewrites: Iterable[Rewrite]) -> dict[type, tuple[_Coercion, ...]]:
    # By the exact class of a JSON value: a bool is no int here, though Python says so.
    found: dict[type, tuple[_Coercion, ...]] = {}
    for order, rewrite in enumerate(rewrites):
        coerce = rewrite.value(place) if rewrite.value is not None else None
        if coerce is not None:
            for kind in rewrite.kinds:
                found[kind] = (*found.get(kind, ()), _Coercion(order, coerce, rewrite))
    return found


def _sub_rewriters(place: Place, rewrites: tuple[Rewrite, ...], shortcut: bool) -> dict[str, ValueRewriter | None]:
    urn, attribute = place.target.urn, place.target.attribute
    targets = [Target(urn, attribute, sub) for sub in place.leaf.sub_attributes]
    return spellings(place.leaf.sub_attributes, [compile_value(t, rewrites, shortcut=shortcut) for t in targets])
