"""The values of multi-valued attributes: which of them an operation means, and when two of them are the same value."""

from collections.abc import Callable, Iterable
from typing import Any

from scimcore.errors import InvalidValue, NoTarget
from scimcore.patch._selection import Selection
from scimcore.patch._working_copy import WorkingCopy, check_size, immutable, put_part, refuse_twice
from scimcore.resources.values import is_json_text
from scimcore.schema import Attribute, exact, fold

Same = Callable[[Any], bool]

_LABELS = frozenset({"type", "primary", "display", "$ref"})


def checked(working: WorkingCopy, selection: Selection, value: Any) -> list[Any]:
    """The values of an operation, checked: one or a list of them, without those that mean "no value"."""
    if working.unassigns(value):
        return []
    items = value if isinstance(value, list) else [value]
    found = [checked_one(working, selection, item) for item in items]
    return [item for item in found if item is not None]


def checked_one(working: WorkingCopy, selection: Selection, item: Any) -> Any:
    """One value, checked; None if nothing is left of it."""
    if working.unassigns(item):
        return None
    notes: list[tuple[str, str]] = []
    element: Any = working.checker.element(selection.target, working.without_blanks(item), notes)
    for note in notes:
        working.note(*note)
    if element is None or not isinstance(element, dict):
        return element
    # An element that was sent with an empty value takes nothing but labels with it, by the reading. One that was sent
    # without any value is another thing: it may get its value in a later operation.
    blank = working.readings.without_value == "drop" and any(part is None or part == "" for part in item.values())
    return None if blank and lacks_value(selection.attribute, element) else element


def lacks_value(attribute: Attribute, parts: dict[str, Any]) -> bool:
    """True if these parts only label or point to a value that is not there.

    RFC 7643 section 2.4: `type`, `display` and `primary` are about the `value`; `$ref` points to it.
    """
    return parts.keys() <= _LABELS


def append(working: WorkingCopy, selection: Selection, items: list[Any]) -> None:
    """Add the values that are not there yet, and merge into the others what is new about them (PATCH-027).

    RFC 7644 section 3.5.2.1: "If the target location already contains the value specified, no changes SHOULD be made".
    """
    if not items:
        return
    stored = working.stored(selection) or []
    # Kept between operations: 1,000 operations that each add one value are linear, not quadratic (PATCH-049).
    positions = working.positions.get(selection.named)
    if positions is None:
        positions = _positions(selection.attribute, stored)
    primaries: set[int] = set()
    for item in items:
        key = _key(selection.attribute, item)
        position = positions.get(key)
        if position is None:
            elements = _edit(working, selection)
            position = positions[key] = len(elements)
            # A copy: one operation may come to the same attribute by two keys of its value.
            elements.append(item.copy() if isinstance(item, dict) else item)
        else:
            _merge(working, selection, position, item)
        if isinstance(item, dict) and item.get("primary") is True:
            primaries.add(position)
    check_size(selection.named, working.stored(selection) or ())
    make_primary(working, selection, primaries)
    # Last, because making one value primary counts as another change of the others.
    working.positions[selection.named] = positions


def _positions(attribute: Attribute, stored: list[Any]) -> dict[object, int]:
    positions: dict[object, int] = {}
    for position, element in enumerate(stored):
        # The first of two equal values, as a client would find it.
        positions.setdefault(_key(attribute, element), position)
    return positions


def _merge(working: WorkingCopy, selection: Selection, position: int, item: Any) -> None:
    """Give a value that is there already the parts that are new. Value and type stay as they are spelled."""
    if not isinstance(item, dict):
        return
    element = working.stored(selection)[position]
    news = {name: part for name, part in item.items() if name not in ("value", "type") and element.get(name) != part}
    if not news or "value" not in item:
        return
    own = _edit(working, selection)[position]
    for name, part in news.items():
        put(selection, own, name, part)


def _edit(working: WorkingCopy, selection: Selection) -> list[Any]:
    """The values, to be changed in place. An immutable attribute that had some cannot be changed (PATCH-011)."""
    if selection.attribute.mutability == "immutable" and working.stored(selection) and not working.is_new(selection):
        raise immutable(selection.text)
    return working.elements(selection)


def edit(working: WorkingCopy, selection: Selection) -> list[Any]:
    """The values, to be changed in place in any way."""
    # Removing or exchanging one value moves the others, and changed parts may change what a value is the same as.
    working.positions.pop(selection.named, None)
    return _edit(working, selection)


def _key(attribute: Attribute, element: Any) -> object:
    """The key by which two values are the same: value and type, or else all sub-attributes (PATCH-027)."""
    if not isinstance(element, dict):
        return _comparable(attribute, element)
    value = element.get("value")
    if value is None:
        # Addresses have no value: two are the same if they say the same. As texts, since a part may be a list.
        return frozenset((name, str(part)) for name, part in element.items())
    return _part(attribute, "value", value), _part(attribute, "type", element.get("type"))


def _part(attribute: Attribute, name: str, value: Any) -> object:
    sub = attribute.sub(name)
    return str(value) if sub is None else _comparable(sub, value)


def _comparable(attribute: Attribute, value: Any) -> object:
    if isinstance(value, str):
        # As in filters: "A@x" is already there if "a@x" is, unless the attribute is case exact.
        return exact(value) if attribute.case_exact else fold(value)
    return str(value) if isinstance(value, (list, dict)) else value


def matches(working: WorkingCopy, selection: Selection) -> list[int]:
    """The positions of the values that the filter selects; without a filter, of all.

    An element that this request made from the very same filter is selected though it may not match: for example, it
    could not be made primary, because another one is.
    """
    stored = working.stored(selection) or ()
    where = selection.where
    if where is None:
        return list(range(len(stored)))
    found = [position for position, element in enumerate(stored) if where.holds(element)]
    if not found and working.created and selection.terms:
        made = working.created.get(_filter(selection))
        found = [position for position, element in enumerate(stored) if element is made]
    return found


def found_or_made(working: WorkingCopy, selection: Selection) -> list[int]:
    """The positions of the elements that the filter selects, or of one made from its terms if it selects none."""
    found = matches(working, selection)
    if not found:
        # RFC 7644 has noTarget for replace only (section 3.5.2.3); erratum 8097 asks about add.
        make(working, selection)
        found = [len(working.stored(selection)) - 1]
    return found


def make(working: WorkingCopy, selection: Selection) -> dict[str, Any]:
    """Add an element that has what the filter asks for. Raises NoTarget if the reading does not allow that.

    It never takes `primary` from another element: Entra ID's validator asks for `roles[primary eq "True"]` in every
    operation that builds one role (ENTRA-028), which is no wish to demote the role that is there.
    """
    if working.readings.unmatched != "create" or not selection.terms:
        raise no_target(selection)
    element: dict[str, Any] = {}
    # Also a literal of the filter is checked as a value: `emails[primary eq "x"]` makes no e-mail.
    taken = any(other.get("primary") is True for other in working.stored(selection) or ())
    for sub, literal in selection.terms:
        if not (sub.name == "primary" and literal is True and taken):
            put(selection, element, sub.name, working.check(selection.subs[sub.name], literal))
    working.created[_filter(selection)] = element
    edit(working, selection).append(element)
    check_size(selection.named, working.stored(selection))
    return element


def _filter(selection: Selection) -> object:
    return selection.named, *((sub.name, literal) for sub, literal in selection.terms or ())


def no_target(selection: Selection) -> NoTarget:
    return NoTarget(f'"{selection.text}" selects no value. Add one with the path "{selection.named}".', code="SC-1322")


def put(selection: Selection, element: dict[str, Any], name: str, part: Any, *, adding: bool = False) -> None:
    """Set one part of an element of this request; None takes it away."""
    sub = selection.subs[name].sub
    if sub is not None:
        put_part(selection, element, sub, part, adding=adding)


def make_primary(working: WorkingCopy, selection: Selection, positions: Iterable[int]) -> None:
    """One value was made primary, so no other is any more (PATCH-013). Two cannot be (PATCH-014).

    RFC 7644 section 3.5.2: the server "SHALL [...] automatically set "primary" to "false" for any other values".
    """
    primaries = set(positions)
    if len(primaries) > 1:
        raise InvalidValue(
            f"{selection.named}: one operation makes {len(primaries)} values primary. Only one can be.", code="SC-1341"
        )
    if not primaries:
        return
    for position, element in enumerate(working.stored(selection)):
        if position not in primaries and element.get("primary") is True:
            edit(working, selection)[position]["primary"] = False


def retain(working: WorkingCopy, selection: Selection, positions: list[int]) -> None:
    """Remove all values but those at these positions."""
    stored = working.stored(selection) or ()
    if len(positions) == len(stored):
        return
    if selection.attribute.mutability == "immutable":
        raise immutable(selection.text)
    elements = edit(working, selection)
    elements[:] = [elements[position] for position in positions]
    working.tidy(selection)


def listed_matches(selection: Selection, value: Any) -> Same:
    """A test for the values that a remove lists: by `value` (and `type`), or else by all that an item says."""
    attribute = selection.attribute
    # By the names that the items have, so that a list of 1,000 is compared with 1,000 values in 1,000 steps.
    wanted: dict[tuple[str, ...], set[object]] = {}
    for item in listed_items(selection, value):
        named = named_parts(selection, item)
        if not isinstance(named, dict):
            wanted.setdefault((), set()).add(_comparable(attribute, named))
            continue
        names = tuple(sorted(named.keys() & {"value", "type"} if "value" in named else named))
        wanted.setdefault(names, set()).add(_parts(attribute, names, named))
    return lambda element: any(
        (_parts(attribute, names, element) if names else _comparable(attribute, element)) in some
        for names, some in wanted.items()
    )


def _parts(attribute: Attribute, names: tuple[str, ...], element: dict[str, Any]) -> object:
    return tuple(_part(attribute, name, element.get(name)) for name in names)


def listed_items(selection: Selection, value: Any) -> list[Any]:
    """The items of a remove. In `{"members": [...]}`, as Salesforce sends it, they are the list inside."""
    if isinstance(value, dict) and len(value) == 1 and next(iter(value)).lower() == selection.name.lower():
        value = next(iter(value.values()))
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def named_parts(selection: Selection, item: Any) -> Any:
    """One item of that list, by canonical names and without nulls; a bare text means its `value`."""
    attribute = selection.attribute
    if isinstance(item, dict):
        refuse_twice(item)
    if isinstance(item, dict) and attribute.type == "complex":
        subs = {name: attribute.find_sub(name) for name in item}
        named = {sub.name: item[name] for name, sub in subs.items() if sub is not None and item[name] not in (None, "")}
        if named and all(isinstance(part, (str, bool, int, float)) for part in named.values()):
            return named
    elif isinstance(item, dict) and isinstance(item.get("value"), (str, bool, int, float)):
        return item["value"]
    elif isinstance(item, (str, bool, int, float)) and not (attribute.type == "complex" and is_json_text(item)):
        return {"value": item} if attribute.sub("value") is not None else item
    raise InvalidValue(
        f'"{selection.text}": send a list of the values to remove as "value", or leave it out.', code="SC-1340"
    )
