"""The rows of the decision table for single-valued attributes: simple, complex, and a part of a complex one."""

from typing import Any

from scimcore.errors import InvalidValue
from scimcore.patch._selection import Selection
from scimcore.patch._working_copy import WorkingCopy, ordered, put_part, refuse_twice
from scimcore.patch.operations import PatchOperation


def set_simple(working: WorkingCopy, selection: Selection, operation: PatchOperation) -> None:
    """add and replace: the value is set (PATCH-024). null unassigns, but add of null asks for nothing (PATCH-020)."""
    if operation.op == "add" and operation.value is None:
        return
    working.put(selection, working.check(selection.target, operation.value))


def remove(working: WorkingCopy, selection: Selection, operation: PatchOperation) -> None:
    """remove of a whole attribute, whatever the value says (RFC 7644 section 3.5.2.2)."""
    working.put(selection, None)


def set_complex(working: WorkingCopy, selection: Selection, operation: PatchOperation) -> None:
    """add and replace: the parts that are sent are set, and the others stay (PATCH-025, PATCH-042).

    RFC 7644 section 3.5.2.3: "Sub-attributes that are not specified in the "value" parameter are left unchanged." The
    interop profile wants them gone, by the reading `replace_complex`.
    """
    if operation.op == "replace" and working.readings.replace_complex == "whole":
        replace_whole(working, selection, operation)
        return
    before = working.stored(selection)
    if working.unassigns(operation.value):
        if operation.op == "replace" or operation.value is not None:
            working.put(selection, None)
        return
    adding = operation.op == "add"
    _store(working, selection, before or {}, parts(working, selection, operation), adding=adding)


def replace_whole(working: WorkingCopy, selection: Selection, operation: PatchOperation) -> None:
    """replace where the parts that are not sent go: the interop profile, and an extension replaced by its URI."""
    if working.unassigns(operation.value):
        working.put(selection, None)
        return
    given = parts(working, selection, operation)
    # The parts that go are set to None one by one, so that a required or immutable one refuses.
    gone = dict.fromkeys(working.stored(selection) or (), None)
    _store(working, selection, working.stored(selection) or {}, {**gone, **given})


def set_part(working: WorkingCopy, selection: Selection, operation: PatchOperation) -> None:
    """add and replace of `name.givenName`."""
    if operation.op == "add" and operation.value is None:
        return
    value = working.check(selection.target, operation.value)
    adding = operation.op == "add"
    _store(working, selection, working.stored(selection) or {}, {selection.sub.name: value}, adding=adding)


def remove_part(working: WorkingCopy, selection: Selection, operation: PatchOperation) -> None:
    """remove of `name.givenName`."""
    before = working.stored(selection)
    # Removing a part of nothing is a success (PATCH-036), and must not leave an empty object behind.
    if before is not None:
        _store(working, selection, before, {selection.sub.name: None})


def parts(working: WorkingCopy, selection: Selection, operation: PatchOperation) -> dict[str, Any]:
    """The sub-attributes that an object names, checked; None for those that it takes away."""
    value, found = operation.value, dict[str, Any]()
    if not isinstance(value, dict):
        raise InvalidValue(f'"{selection.text}" is complex. Send an object of its sub-attributes.', code="SC-1340")
    refuse_twice(value)
    for name, part in value.items():
        sub = selection.attribute.find_sub(name)
        if sub is None:
            working.unknown(f"{selection.named}.{name}")
        elif sub.mutability == "readOnly":
            # As in POST and PUT (RFC 7644 section 3.3: "readOnly [...] SHALL be ignored"); a path to it is refused.
            working.ignored(f"{selection.named}.{sub.name}")
        elif operation.op == "replace" or part is not None:
            # add of null asks for nothing, here as on top (PATCH-020).
            found[sub.name] = working.check(selection.subs[sub.name], part)
    return found


def _store(
    working: WorkingCopy, selection: Selection, before: dict[str, Any], given: dict[str, Any], *, adding: bool = False
) -> None:
    # A complex value is small: it is built anew, and compared as a whole when it is put.
    after = dict(before)
    for name, part in given.items():
        sub = selection.subs[name].sub
        if sub is not None:
            put_part(selection, after, sub, part, adding=adding)
    if len(after) < len(before):
        working.lost_part(selection, None)
    working.put(selection, ordered(selection.attribute, after))


def set_secret(working: WorkingCopy, selection: Selection, operation: PatchOperation) -> None:
    """add and replace of the password, which is never part of the data (RFC 7643 section 4.1.1)."""
    value = working.check(selection.target, operation.value)
    if isinstance(value, str) and value:
        working.secret = value


def remove_secret(working: WorkingCopy, selection: Selection, operation: PatchOperation) -> None:
    """remove of the password: nothing happens, with a note. The data has no password that could be unassigned."""
    working.secret = None
    working.note("RFC 7643 section 4.1.1", "password: a password cannot be removed, so it was left as it is")
