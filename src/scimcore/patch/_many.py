"""The rows of the decision table for multi-valued attributes, with and without a filter and a sub-attribute."""

from typing import Any

from scimcore.errors import InvalidPath
from scimcore.patch._elements import (
    append,
    checked,
    checked_one,
    edit,
    found_or_made,
    listed_matches,
    make,
    make_primary,
    matches,
    no_target,
    put,
    retain,
)
from scimcore.patch._selection import Selection
from scimcore.patch._single import parts
from scimcore.patch._working_copy import WorkingCopy, immutable
from scimcore.patch.operations import PatchOperation


def add(working: WorkingCopy, selection: Selection, operation: PatchOperation) -> None:
    """add: the values are appended, unless they are there already (PATCH-022, PATCH-023, PATCH-027)."""
    append(working, selection, checked(working, selection, operation.value))


def replace(working: WorkingCopy, selection: Selection, operation: PatchOperation) -> None:
    """replace: all values are exchanged (PATCH-041)."""
    before = working.stored(selection)
    items = checked(working, selection, operation.value)
    # The same values again are no change (PATCH-046), even of an immutable attribute.
    if items == before:
        return
    if before is not None and items:
        if selection.attribute.mutability == "immutable":
            raise immutable(selection.text)
        working.positions.pop(selection.named, None)
        # Emptied and filled, not unassigned: a required attribute may be replaced, though it may not be removed.
        working.elements(selection).clear()
    elif before is not None:
        working.put(selection, None)
    append(working, selection, items)


def remove(working: WorkingCopy, selection: Selection, operation: PatchOperation) -> None:
    """remove: all values go, or by the reading only those that are listed in `value` (PATCH-031, PATCH-035)."""
    stored = working.stored(selection)
    if operation.value is None or not working.readings.remove_listed:
        # RFC 7644 section 3.5.2.2 gives remove no value, so by the letter one is not looked at.
        working.positions.pop(selection.named, None)
        working.put(selection, None)
        return
    listed = listed_matches(selection, operation.value)
    retain(working, selection, [n for n, element in enumerate(stored or ()) if not listed(element)])


def merge_matches(working: WorkingCopy, selection: Selection, operation: PatchOperation) -> None:
    """add by a filter: the value is merged into every match, or by the reading into a new element (PATCH-026)."""
    if operation.value is None:
        return
    if selection.attribute.type != "complex":
        raise InvalidPath(f'"{selection.text}": add to "{selection.named}" without a filter.', code="SC-1321")
    given = parts(working, selection, _single_value(operation))
    if not given:
        return
    _put_in_each(working, selection, given, adding=True)


def replace_matches(working: WorkingCopy, selection: Selection, operation: PatchOperation) -> None:
    """replace by a filter: the value takes the place of every match (PATCH-043).

    If nothing matches, the target does not exist (RFC 7644 section 3.5.2.3: "noTarget"), or by the reading it is made
    (PATCH-045).
    """
    item = checked_one(working, selection, _single_value(operation).value)
    found = matches(working, selection)
    if item is None:
        # replace by null is how some clients say remove (RFC 7643 section 2.5).
        _remove_matches(working, selection, found)
    elif found:
        elements = edit(working, selection)
        for position in found:
            elements[position] = item.copy() if isinstance(item, dict) else item
        _make_primary_if(working, selection, item, found)
    elif isinstance(item, dict):
        # What the value says wins over what the filter asks for.
        make(working, selection).update(item)
        _make_primary_if(working, selection, item, [len(working.stored(selection)) - 1])
    elif working.readings.unmatched == "create" and selection.terms:
        append(working, selection, [item])
    else:
        raise no_target(selection)


def remove_matches(working: WorkingCopy, selection: Selection, operation: PatchOperation) -> None:
    """remove by a filter: the matches go (PATCH-032). That there are none is a success (PATCH-034)."""
    gone = set(matches(working, selection))
    stored = working.stored(selection) or ()
    retain(working, selection, [position for position in range(len(stored)) if position not in gone])


def _remove_matches(working: WorkingCopy, selection: Selection, found: list[int]) -> None:
    """replace by null: without a match there is no target, unless the reading would have made one first."""
    if not found and working.readings.unmatched != "create":
        raise no_target(selection)
    remove_matches(working, selection, PatchOperation("remove", selection.text))


def set_part(working: WorkingCopy, selection: Selection, operation: PatchOperation) -> None:
    """add and replace of `emails[...].value` (PATCH-044), and replace of `emails.value` (PATCH-047)."""
    if operation.op == "add" and operation.value is None:
        return
    value = working.check(selection.target, operation.value)
    if value is None and working.readings.unmatched == "create" and not matches(working, selection):
        # An element that would be made only to lose a part again.
        return
    _put_in_each(working, selection, {selection.sub.name: value}, adding=operation.op == "add")


def refuse_part(working: WorkingCopy, selection: Selection, operation: PatchOperation) -> None:
    """add of `emails.value`: the path does not say which element is meant (PATCH-047)."""
    raise InvalidPath(f'"{selection.text}" does not say which value is meant. Select it by a filter.', code="SC-1321")


def remove_part(working: WorkingCopy, selection: Selection, operation: PatchOperation) -> None:
    """remove of `emails[...].value` or `emails.value`: the part is taken from every match."""
    name = selection.sub.name
    stored = working.stored(selection)
    found = [position for position in matches(working, selection) if name in stored[position]]
    if not found:
        return
    elements = edit(working, selection)
    for position in found:
        _put_all(working, selection, elements[position], {name: None})
    working.tidy(selection)


def _put_in_each(working: WorkingCopy, selection: Selection, given: dict[str, Any], *, adding: bool) -> None:
    """Set these parts in every element that the filter selects, or in one that is made for them."""
    found = found_or_made(working, selection)
    elements = edit(working, selection)
    for position in found:
        _put_all(working, selection, elements[position], given, adding=adding)
    if given.get("primary") is True:
        make_primary(working, selection, found)
    working.tidy(selection)


# Every part goes through `put`, which knows what is immutable and required in an element.
def _put_all(
    working: WorkingCopy, selection: Selection, element: dict[str, Any], given: dict[str, Any], *, adding: bool = False
) -> None:
    size = len(element)
    for name, part in given.items():
        put(selection, element, name, part, adding=adding)
        if part is None and len(element) < size:
            working.lost_part(selection, element)


def _make_primary_if(working: WorkingCopy, selection: Selection, item: Any, positions: list[int]) -> None:
    if isinstance(item, dict) and item.get("primary") is True:
        make_primary(working, selection, positions)


def _single_value(operation: PatchOperation) -> PatchOperation:
    """Take a list of one value as that value, where only one value can be meant."""
    # The target of `emails[type eq "work"]` is an element, though the attribute is a list: clients send either.
    value = operation.value
    return operation._replace(value=value[0]) if isinstance(value, list) and len(value) == 1 else operation
