"""The row of the decision table for relations, such as the members of a group.

Links are rows of their own, not data. Each operation becomes a step, and the stored links are not read yet: adding one
member costs the same in a group of ten and of a million (PATCH-050).
"""

from typing import Any

from scimcore.errors import InvalidPath, InvalidValue, Mutability
from scimcore.patch._elements import listed_items, named_parts
from scimcore.patch._selection import Selection
from scimcore.patch._working_copy import WorkingCopy
from scimcore.patch.links import AddLinks, ClearLinks, LinkStep, RemoveLinks, RemoveMatching
from scimcore.patch.operations import PatchOperation


def add(working: WorkingCopy, selection: Selection, operation: PatchOperation) -> None:
    """add: these are linked afterwards. A link that is there already stays (PATCH-023)."""
    _refuse_part(selection)
    if selection.where is not None:
        raise InvalidPath(f'"{selection.text}": add to "{selection.named}" without a filter.', code="SC-1321")
    _link(working, selection, operation.value)


def replace(working: WorkingCopy, selection: Selection, operation: PatchOperation) -> None:
    """replace: these and no others are linked afterwards (PATCH-041)."""
    _refuse_part(selection)
    if selection.where is not None:
        # RFC 7643 section 4.2: values come and go, but "sub-attributes of members are "immutable"" (PATCH-048).
        raise _mutability(selection)
    _step(working, selection, ClearLinks())
    _link(working, selection, operation.value)


def remove(working: WorkingCopy, selection: Selection, operation: PatchOperation) -> None:
    """remove: the links that the filter or, by the reading, the value names; all links without either (PATCH-035)."""
    _refuse_part(selection)
    if selection.ids is not None:
        _step(working, selection, RemoveLinks(selection.ids))
    elif selection.where is not None:
        # `members[type eq "User"]`: only the stored links can tell which ones are meant.
        _step(working, selection, RemoveMatching(selection.where))
    elif operation.value is None or not working.readings.remove_listed:
        _step(working, selection, ClearLinks())
    else:
        # Entra ID lists the members to remove in the value (ENTRA-007). By the letter the whole group would be emptied.
        ids = tuple(dict.fromkeys(_id(selection, item) for item in listed_items(selection, operation.value)))
        if ids:
            _step(working, selection, RemoveLinks(ids))


def _link(working: WorkingCopy, selection: Selection, value: Any) -> None:
    if working.unassigns(value):
        return
    notes: list[tuple[str, str]] = []
    links = working.checker.links(selection.target, value, notes)
    for note in notes:
        working.note(*note)
    if links:
        _step(working, selection, AddLinks(links))


def _step(working: WorkingCopy, selection: Selection, step: LinkStep) -> None:
    relation = selection.attribute.relation
    if relation is None:
        return
    steps = working.steps.setdefault(relation.name, [])
    if isinstance(step, ClearLinks):
        # Earlier steps make no difference any more.
        steps.clear()
    steps.append(step)


def _id(selection: Selection, item: Any) -> str:
    named = named_parts(selection, item)
    id = named.get("value") if isinstance(named, dict) else named
    if not isinstance(id, str):
        raise InvalidValue(f'"{selection.text}": send the id of each value to remove, as "value".', code="SC-1340")
    return id


def _refuse_part(selection: Selection) -> None:
    if selection.target.sub is not None:
        raise _mutability(selection)


def _mutability(selection: Selection) -> Mutability:
    return Mutability(
        f'"{selection.text}": the parts of a value never change. Remove the value and add another one.',
        code="SC-1334",
    )
