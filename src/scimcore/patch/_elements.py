"""What the operations on multi-valued attributes have in common: which values are meant, and what is the same value."""

from collections.abc import Callable, Iterable
from typing import Any

from scimcore.errors import InvalidValue, NoTarget
from scimcore.patch._selection import Selection
from scimcore.patch._working_copy import WorkingCopy, bound, immutable, put_part
from scimcore.schema import Attribute, exact, fold

Same = Callable[[Any], bool]


def checked(working: WorkingCopy, selection: Selection, value: Any) -> list[Any]:
    """The values as sent, one or a list of them, checked; without those that mean "no value"."""
    if working.unassigns(value):
        return []
    items = value if isinstance(value, list) else [value]
    found = [checked_one(working, selection, item) for item in items]
    return [item for item in found if item is not None]


def checked_one(working: WorkingCopy, selection: Selection, item: Any) -> Any:
    """One value, checked; None when nothing is left of it."""
    if working.unassigns(item):
        return None
    element: Any = working.checker.element(selection.target, working.without_blanks(item), working.notes)
    if element is None or not isinstance(element, dict):
        return element
    blank = working.readings.without_value == "drop" and any(part is None or part == "" for part in item.values())
    return None if blank and lacks_value(selection.attribute, element) else element


def lacks_value(attribute: Attribute, parts: dict[str, Any]) -> bool:
    """Whether what is left only labels or points to a value that is gone (RFC 7643 section 2.4)."""
    if attribute.sub("value") is not None:
        return "value" not in parts
    return parts.keys() <= {"type", "primary"}


def append(working: WorkingCopy, selection: Selection, items: list[Any]) -> None:
    """Adds the values that are not there yet; what is new about one that is there is merged into it (PATCH-027)."""
    if not items:
        return
    stored = working.stored(selection) or []
    index = working.indexes.get(selection.named)
    if index is None:
        index = _index(selection.attribute, stored)
    chosen: dict[int, None] = {}
    for item in items:
        key = _key(selection.attribute, item)
        place = index.get(key)
        if place is None:
            elements = _edit(working, selection)
            place = index[key] = len(elements)
            elements.append(working.adopt(item.copy()) if isinstance(item, dict) else item)
        else:
            _merge(working, selection, place, item)
        if isinstance(item, dict) and item.get("primary") is True:
            chosen[place] = None
    _bound(working, selection)
    make_primary(working, selection, chosen)
    working.indexes[selection.named] = index


def _index(attribute: Attribute, stored: list[Any]) -> dict[object, int]:
    index: dict[object, int] = {}
    for place, element in enumerate(stored):
        index.setdefault(_key(attribute, element), place)
    return index


def _bound(working: WorkingCopy, selection: Selection) -> None:
    bound(selection.named, working.stored(selection) or ())


def _merge(working: WorkingCopy, selection: Selection, place: int, item: Any) -> None:
    """What a value that is there already does not have yet; value and type stay as they are spelled."""
    if not isinstance(item, dict):
        return
    element = working.stored(selection)[place]
    news = {name: part for name, part in item.items() if name not in ("value", "type") and element.get(name) != part}
    if not news or "value" not in item:
        return
    owned = working.own(_edit(working, selection), place)
    for name, part in news.items():
        put(selection, owned, name, part)


def _edit(working: WorkingCopy, selection: Selection) -> list[Any]:
    """The values, to be changed; an immutable attribute that has some cannot be (PATCH-011)."""
    if selection.attribute.mutability == "immutable" and working.stored(selection) and not working.is_new(selection):
        raise immutable(selection.text)
    return working.elements(selection)


def edit(working: WorkingCopy, selection: Selection) -> list[Any]:
    """The values, to be changed in any way."""
    working.indexes.pop(selection.named, None)
    return _edit(working, selection)


def _key(attribute: Attribute, element: Any) -> object:
    """What makes two values the same: value and type, or else all sub-attributes."""
    if not isinstance(element, dict):
        return _comparable(attribute, element)
    value = element.get("value")
    if value is None:
        return frozenset((name, str(part)) for name, part in element.items())
    return _part(attribute, "value", value), _part(attribute, "type", element.get("type"))


def _part(attribute: Attribute, name: str, value: Any) -> object:
    sub = attribute.sub(name)
    return str(value) if sub is None else _comparable(sub, value)


def _comparable(attribute: Attribute, value: Any) -> object:
    if isinstance(value, str):
        return exact(value) if attribute.case_exact else fold(value)
    return str(value) if isinstance(value, (list, dict)) else value


def matches(working: WorkingCopy, selection: Selection) -> list[int]:
    """The places of the values that the filter selects; without a filter, of all.

    An element that this request made from the very same filter is meant, though it may not match: it could not be
    made primary, say, since another is.
    """
    stored = working.stored(selection) or ()
    where = selection.where
    if where is None:
        return list(range(len(stored)))
    found = [place for place, element in enumerate(stored) if where.holds(element)]
    if not found and working.created and selection.terms:
        made = working.created.get(_filter(selection))
        found = [place for place, element in enumerate(stored) if element is made]
    return found


def found_or_made(working: WorkingCopy, selection: Selection) -> list[dict[str, Any]]:
    """The elements that the filter selects, to be changed; one made from the filter's terms where none is."""
    found = matches(working, selection)
    if not found:
        return [make(working, selection)]
    elements = edit(working, selection)
    return [working.own(elements, place) for place in found]


def make(working: WorkingCopy, selection: Selection) -> dict[str, Any]:
    """A new element that has what the filter asks for, but never takes `primary` from another. Raises NoTarget."""
    if working.readings.unmatched != "create" or not selection.terms:
        raise no_target(selection)
    element: dict[str, Any] = working.adopt({})
    taken = any(other.get("primary") is True for other in working.stored(selection) or ())
    for sub, literal in selection.terms:
        if not (sub.name == "primary" and literal is True and taken):
            put(selection, element, sub.name, working.check(selection.subs[sub.name], literal))
    working.created[_filter(selection)] = element
    edit(working, selection).append(element)
    _bound(working, selection)
    return element


def _filter(selection: Selection) -> object:
    return selection.named, *((sub.name, literal) for sub, literal in selection.terms or ())


def no_target(selection: Selection) -> NoTarget:
    return NoTarget(
        f'"{selection.text}" selects nothing; add the value with the path "{selection.named}"', code="SC-1322"
    )


def put(selection: Selection, element: dict[str, Any], name: str, part: Any, *, adding: bool = False) -> None:
    """Gives an element of this working one part; None takes it away."""
    sub = selection.subs[name].sub
    if sub is not None:
        put_part(selection, element, sub, part, adding=adding)


def make_primary(working: WorkingCopy, selection: Selection, places: Iterable[int]) -> None:
    """One value was made primary, so no other is any more (PATCH-013); two cannot be (PATCH-014)."""
    chosen = set(places)
    if len(chosen) > 1:
        raise InvalidValue(
            f"{selection.named}: one operation makes {len(chosen)} values primary; one may be", code="SC-1341"
        )
    if not chosen:
        return
    for place, element in enumerate(working.stored(selection)):
        if place not in chosen and element.get("primary") is True:
            working.own(edit(working, selection), place)["primary"] = False


def make_primary_elements(working: WorkingCopy, selection: Selection, chosen: list[dict[str, Any]]) -> None:
    """The same, by the elements themselves."""
    identities = {id(element) for element in chosen}
    make_primary(
        working, selection, [n for n, element in enumerate(working.stored(selection)) if id(element) in identities]
    )


def keep(working: WorkingCopy, selection: Selection, kept: list[Any]) -> None:
    """Only these values stay."""
    if len(kept) < len(working.stored(selection) or ()):
        working.indexes.pop(selection.named, None)
        working.put(selection, working.adopt(kept))


def listed_matches(working: WorkingCopy, selection: Selection, value: Any) -> Same:
    """Whether a value is among those that a remove lists: by `value` (and `type`), or else by all that is said."""
    attribute = selection.attribute
    # By the names that are said, so that a long list costs no more than a short one.
    wanted: dict[tuple[str, ...], set[object]] = {}
    for item in unwrapped(selection, value):
        said = said_of(working, selection, item)
        if not isinstance(said, dict):
            wanted.setdefault((), set()).add(_comparable(attribute, said))
            continue
        names = tuple(sorted(said.keys() & {"value", "type"} if "value" in said else said))
        wanted.setdefault(names, set()).add(_parts(attribute, names, said))
    return lambda element: any(
        (_parts(attribute, names, element) if names else _comparable(attribute, element)) in some
        for names, some in wanted.items()
    )


def _parts(attribute: Attribute, names: tuple[str, ...], element: dict[str, Any]) -> object:
    return tuple(_part(attribute, name, element.get(name)) for name in names)


def unwrapped(selection: Selection, value: Any) -> list[Any]:
    """The list that a remove carries; `{"members": […]}`, as Salesforce sends it, is the list inside."""
    if isinstance(value, dict) and len(value) == 1 and next(iter(value)).lower() == selection.name.lower():
        value = next(iter(value.values()))
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def said_of(working: WorkingCopy, selection: Selection, item: Any) -> Any:
    """One item of that list by canonical names, without what is null; a bare text stands for its `value`."""
    attribute = selection.attribute
    if isinstance(item, dict) and attribute.type == "complex":
        subs = {name: attribute.find_sub(name) for name in item}
        said = {sub.name: item[name] for name, sub in subs.items() if sub is not None and item[name] not in (None, "")}
        if said and all(isinstance(part, (str, bool, int, float)) for part in said.values()):
            return said
    elif isinstance(item, dict) and isinstance(item.get("value"), (str, bool, int, float)):
        return item["value"]
    elif isinstance(item, (str, bool, int, float)):
        return {"value": item} if attribute.sub("value") is not None else item
    raise InvalidValue(f'"{selection.text}": list in "value" what is to be removed, or leave it out', code="SC-1340")
