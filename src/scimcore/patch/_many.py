"""The rows of the decision table for multi-valued attributes, with and without a filter and a sub-attribute."""

from typing import Any

from scimcore.errors import InvalidPath
from scimcore.patch._draft import Draft, immutable
from scimcore.patch._elements import (
    append,
    checked,
    checked_one,
    crown,
    crown_elements,
    edit,
    found_or_made,
    keep,
    listed_matches,
    make,
    matches,
    no_target,
    put,
)
from scimcore.patch._selection import Selection
from scimcore.patch._single import parts
from scimcore.patch.operations import Operation


def add(draft: Draft, selection: Selection, operation: Operation) -> None:
    """add: appended, unless it is there already (PATCH-022, PATCH-023, PATCH-027)."""
    append(draft, selection, checked(draft, selection, operation.value))


def replace(draft: Draft, selection: Selection, operation: Operation) -> None:
    """replace: the whole set is exchanged (PATCH-041)."""
    before = draft.stored(selection)
    items = checked(draft, selection, operation.value)
    if items == before:
        return
    if before is not None and items:
        if selection.attribute.mutability == "immutable":
            raise immutable(selection.text)
        draft.indexes.pop(selection.named, None)
        draft.holder(selection)[selection.name] = draft.adopt([])
    elif before is not None:
        draft.put(selection, None)
    append(draft, selection, items)


def remove(draft: Draft, selection: Selection, operation: Operation) -> None:
    """remove: all go, or only those listed in `value`, by the reading (PATCH-031, PATCH-035)."""
    stored = draft.stored(selection)
    if operation.value is None or not draft.readings.remove_listed:
        draft.indexes.pop(selection.named, None)
        draft.put(selection, None)
        return
    listed = listed_matches(draft, selection, operation.value)
    keep(draft, selection, [element for element in stored or () if not listed(element)])


def merge_matches(draft: Draft, selection: Selection, operation: Operation) -> None:
    """add by a filter: merged into every match, or into a new element by the reading (PATCH-026)."""
    if operation.value is None:
        return
    if selection.attribute.type != "complex":
        raise InvalidPath(f'"{selection.text}": add to {selection.named} without a filter', code="SC-1321")
    given = parts(draft, selection, _unlisted(operation))
    if not given:
        return
    elements = found_or_made(draft, selection)
    for element in elements:
        _put_all(draft, selection, element, given, adding=True)
    if given.get("primary") is True:
        crown_elements(draft, selection, elements)
    draft.settle(selection)


def replace_matches(draft: Draft, selection: Selection, operation: Operation) -> None:
    """replace by a filter: every match is exchanged for the value (PATCH-043), or made by the reading (PATCH-045)."""
    item = checked_one(draft, selection, _unlisted(operation).value)
    found = matches(draft, selection)
    if item is None:
        _remove_matches(draft, selection, found)
    elif found:
        elements = edit(draft, selection)
        for place in found:
            elements[place] = draft.adopt(item.copy()) if isinstance(item, dict) else item
        _crown_if(draft, selection, item, found)
    elif isinstance(item, dict):
        made = make(draft, selection)
        made.update(item)
        _crown_if(draft, selection, item, [len(draft.stored(selection)) - 1])
    elif draft.readings.unmatched == "create" and selection.terms:
        append(draft, selection, [item])
    else:
        raise no_target(selection)


def remove_matches(draft: Draft, selection: Selection, operation: Operation) -> None:
    """remove by a filter: the matches go; none is success (PATCH-032, PATCH-034)."""
    gone = set(matches(draft, selection))
    stored = draft.stored(selection) or ()
    keep(draft, selection, [element for place, element in enumerate(stored) if place not in gone])


def _remove_matches(draft: Draft, selection: Selection, found: list[int]) -> None:
    """replace by null: nothing to take away is no target, unless it would have been made first."""
    if not found and draft.readings.unmatched != "create":
        raise no_target(selection)
    remove_matches(draft, selection, Operation("remove", selection.text))


def set_part(draft: Draft, selection: Selection, operation: Operation) -> None:
    """add and replace of `emails[…].value` (PATCH-044), and replace of `emails.value` (PATCH-047)."""
    if operation.op == "add" and operation.value is None:
        return
    value = draft.check(selection.target, operation.value)
    if value is None and draft.readings.unmatched == "create" and not matches(draft, selection):
        return
    name = selection.sub.name
    elements = found_or_made(draft, selection)
    for element in elements:
        _put_all(draft, selection, element, {name: value}, adding=operation.op == "add")
    if name == "primary" and value is True:
        crown_elements(draft, selection, elements)
    draft.settle(selection)


def refuse_part(draft: Draft, selection: Selection, operation: Operation) -> None:
    """add of `emails.value`: which element is meant cannot be known (PATCH-047)."""
    raise InvalidPath(f'"{selection.text}": say by a filter which element is meant', code="SC-1321")


def remove_part(draft: Draft, selection: Selection, operation: Operation) -> None:
    """remove of `emails[…].value` or `emails.value`: taken from every match."""
    name = selection.sub.name
    stored = draft.stored(selection)
    found = [place for place in matches(draft, selection) if name in stored[place]]
    if not found:
        return
    elements = edit(draft, selection)
    for place in found:
        _put_all(draft, selection, draft.own(elements, place), {name: None})
    draft.settle(selection)


def _put_all(
    draft: Draft, selection: Selection, element: dict[str, Any], given: dict[str, Any], *, adding: bool = False
) -> None:
    size = len(element)
    for name, part in given.items():
        put(selection, element, name, part, adding=adding)
        if part is None and len(element) < size:
            draft.thinned.append((selection, element))


def _crown_if(draft: Draft, selection: Selection, item: Any, places: list[int]) -> None:
    if isinstance(item, dict) and item.get("primary") is True:
        crown(draft, selection, places)


def _unlisted(operation: Operation) -> Operation:
    """A list of one value is that value, where one is meant."""
    value = operation.value
    return operation._replace(value=value[0]) if isinstance(value, list) and len(value) == 1 else operation
