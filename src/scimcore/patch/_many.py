"""The rows of the decision table for multi-valued attributes, with and without a filter and a sub-attribute."""

from typing import Any

from scimcore.errors import InvalidPath
from scimcore.patch._elements import (
    append,
    checked,
    checked_one,
    edit,
    found_or_made,
    keep,
    listed_matches,
    make,
    make_primary,
    make_primary_elements,
    matches,
    no_target,
    put,
)
from scimcore.patch._selection import Selection
from scimcore.patch._single import parts
from scimcore.patch._working_copy import WorkingCopy, immutable
from scimcore.patch.operations import PatchOperation


def add(working: WorkingCopy, selection: Selection, operation: PatchOperation) -> None:
    """add: appended, unless it is there already (PATCH-022, PATCH-023, PATCH-027)."""
    append(working, selection, checked(working, selection, operation.value))


def replace(working: WorkingCopy, selection: Selection, operation: PatchOperation) -> None:
    """replace: the whole set is exchanged (PATCH-041)."""
    before = working.stored(selection)
    items = checked(working, selection, operation.value)
    if items == before:
        return
    if before is not None and items:
        if selection.attribute.mutability == "immutable":
            raise immutable(selection.text)
        working.indexes.pop(selection.named, None)
        working.holder(selection)[selection.name] = working.adopt([])
    elif before is not None:
        working.put(selection, None)
    append(working, selection, items)


def remove(working: WorkingCopy, selection: Selection, operation: PatchOperation) -> None:
    """remove: all go, or only those listed in `value`, by the reading (PATCH-031, PATCH-035)."""
    stored = working.stored(selection)
    if operation.value is None or not working.readings.remove_listed:
        working.indexes.pop(selection.named, None)
        working.put(selection, None)
        return
    listed = listed_matches(working, selection, operation.value)
    keep(working, selection, [element for element in stored or () if not listed(element)])


def merge_matches(working: WorkingCopy, selection: Selection, operation: PatchOperation) -> None:
    """add by a filter: merged into every match, or into a new element by the reading (PATCH-026)."""
    if operation.value is None:
        return
    if selection.attribute.type != "complex":
        raise InvalidPath(f'"{selection.text}": add to {selection.named} without a filter', code="SC-1321")
    given = parts(working, selection, _unlisted(operation))
    if not given:
        return
    elements = found_or_made(working, selection)
    for element in elements:
        _put_all(working, selection, element, given, adding=True)
    if given.get("primary") is True:
        make_primary_elements(working, selection, elements)
    working.settle(selection)


def replace_matches(working: WorkingCopy, selection: Selection, operation: PatchOperation) -> None:
    """replace by a filter: every match is exchanged for the value (PATCH-043), or made by the reading (PATCH-045)."""
    item = checked_one(working, selection, _unlisted(operation).value)
    found = matches(working, selection)
    if item is None:
        _remove_matches(working, selection, found)
    elif found:
        elements = edit(working, selection)
        for place in found:
            elements[place] = working.adopt(item.copy()) if isinstance(item, dict) else item
        _make_primary_if(working, selection, item, found)
    elif isinstance(item, dict):
        made = make(working, selection)
        made.update(item)
        _make_primary_if(working, selection, item, [len(working.stored(selection)) - 1])
    elif working.readings.unmatched == "create" and selection.terms:
        append(working, selection, [item])
    else:
        raise no_target(selection)


def remove_matches(working: WorkingCopy, selection: Selection, operation: PatchOperation) -> None:
    """remove by a filter: the matches go; none is success (PATCH-032, PATCH-034)."""
    gone = set(matches(working, selection))
    stored = working.stored(selection) or ()
    keep(working, selection, [element for place, element in enumerate(stored) if place not in gone])


def _remove_matches(working: WorkingCopy, selection: Selection, found: list[int]) -> None:
    """replace by null: nothing to take away is no target, unless it would have been made first."""
    if not found and working.readings.unmatched != "create":
        raise no_target(selection)
    remove_matches(working, selection, PatchOperation("remove", selection.text))


def set_part(working: WorkingCopy, selection: Selection, operation: PatchOperation) -> None:
    """add and replace of `emails[…].value` (PATCH-044), and replace of `emails.value` (PATCH-047)."""
    if operation.op == "add" and operation.value is None:
        return
    value = working.check(selection.target, operation.value)
    if value is None and working.readings.unmatched == "create" and not matches(working, selection):
        return
    name = selection.sub.name
    elements = found_or_made(working, selection)
    for element in elements:
        _put_all(working, selection, element, {name: value}, adding=operation.op == "add")
    if name == "primary" and value is True:
        make_primary_elements(working, selection, elements)
    working.settle(selection)


def refuse_part(working: WorkingCopy, selection: Selection, operation: PatchOperation) -> None:
    """add of `emails.value`: which element is meant cannot be known (PATCH-047)."""
    raise InvalidPath(f'"{selection.text}": say by a filter which element is meant', code="SC-1321")


def remove_part(working: WorkingCopy, selection: Selection, operation: PatchOperation) -> None:
    """remove of `emails[…].value` or `emails.value`: taken from every match."""
    name = selection.sub.name
    stored = working.stored(selection)
    found = [place for place in matches(working, selection) if name in stored[place]]
    if not found:
        return
    elements = edit(working, selection)
    for place in found:
        _put_all(working, selection, working.own(elements, place), {name: None})
    working.settle(selection)


def _put_all(
    working: WorkingCopy, selection: Selection, element: dict[str, Any], given: dict[str, Any], *, adding: bool = False
) -> None:
    size = len(element)
    for name, part in given.items():
        put(selection, element, name, part, adding=adding)
        if part is None and len(element) < size:
            working.lost_parts.append((selection, element))


def _make_primary_if(working: WorkingCopy, selection: Selection, item: Any, places: list[int]) -> None:
    if isinstance(item, dict) and item.get("primary") is True:
        make_primary(working, selection, places)


def _unlisted(operation: PatchOperation) -> PatchOperation:
    """A list of one value is that value, where one is meant."""
    value = operation.value
    return operation._replace(value=value[0]) if isinstance(value, list) and len(value) == 1 else operation
