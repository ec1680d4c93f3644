"""The rows of the decision table for single-valued attributes: simple, complex, and a part of a complex one."""

from typing import Any

from scimcore.errors import InvalidValue
from scimcore.patch._draft import Draft, ordered, put_part
from scimcore.patch._selection import Selection
from scimcore.patch.operations import Operation


def set_simple(draft: Draft, selection: Selection, operation: Operation) -> None:
    """add and replace: the value is set; no value unassigns, but add of null asks for nothing (PATCH-020)."""
    if operation.op == "add" and operation.value is None:
        return
    draft.put(selection, draft.check(selection.target, operation.value))


def remove(draft: Draft, selection: Selection, operation: Operation) -> None:
    """remove of a whole attribute, whatever the value member says (RFC 7644 section 3.5.2.2)."""
    draft.put(selection, None)


def set_complex(draft: Draft, selection: Selection, operation: Operation) -> None:
    """add and replace: what is sent is set, the rest stays, unless the reading is that replace replaces the whole."""
    if operation.op == "replace" and draft.whole:
        replace_whole(draft, selection, operation)
        return
    before = draft.stored(selection)
    if draft.unassigns(operation.value):
        if operation.op == "replace" or operation.value is not None:
            draft.put(selection, None)
        return
    adding = operation.op == "add"
    _store(draft, selection, before or {}, parts(draft, selection, operation), adding=adding)


def replace_whole(draft: Draft, selection: Selection, operation: Operation) -> None:
    """replace where what is not sent goes: the interop profile, and an extension replaced by its URI."""
    if draft.unassigns(operation.value):
        draft.put(selection, None)
        return
    given = parts(draft, selection, operation)
    gone = dict.fromkeys(draft.stored(selection) or (), None)
    _store(draft, selection, draft.stored(selection) or {}, {**gone, **given})


def set_part(draft: Draft, selection: Selection, operation: Operation) -> None:
    """add and replace of `name.givenName`."""
    if operation.op == "add" and operation.value is None:
        return
    value = draft.check(selection.target, operation.value)
    adding = operation.op == "add"
    _store(draft, selection, draft.stored(selection) or {}, {selection.sub.name: value}, adding=adding)


def remove_part(draft: Draft, selection: Selection, operation: Operation) -> None:
    """remove of `name.givenName`."""
    before = draft.stored(selection)
    if before is not None:
        _store(draft, selection, before, {selection.sub.name: None})


def parts(draft: Draft, selection: Selection, operation: Operation) -> dict[str, Any]:
    """The sub-attributes that an object names, checked; None for those it takes away."""
    value, found = operation.value, dict[str, Any]()
    if not isinstance(value, dict):
        raise InvalidValue(f'"{selection.text}" is complex; send an object of its sub-attributes', code="SC-1340")
    for name, part in value.items():
        sub = draft.type.find_sub(selection.attribute, name)
        if sub is None:
            draft.unknown(f"{selection.named}.{name}")
        elif sub.mutability == "readOnly":
            draft.ignored(f"{selection.named}.{sub.name}")
        elif operation.op == "replace" or part is not None:
            found[sub.name] = draft.check(selection.subs[sub.name], part)
    return found


def _store(
    draft: Draft, selection: Selection, before: dict[str, Any], given: dict[str, Any], *, adding: bool = False
) -> None:
    after = dict(before)
    for name, part in given.items():
        sub = selection.subs[name].sub
        if sub is not None:
            put_part(selection, after, sub, part, adding=adding)
    if len(after) < len(before):
        draft.thinned.append((selection, None))
    draft.put(selection, ordered(selection.attribute, after))


def set_secret(draft: Draft, selection: Selection, operation: Operation) -> None:
    """add and replace of the password, which is never part of the data (RFC 7643 section 4.1.1)."""
    value = draft.check(selection.target, operation.value)
    if isinstance(value, str) and value:
        draft.secret = value


def remove_secret(draft: Draft, selection: Selection, operation: Operation) -> None:
    """remove of the password: there is nothing stored that could be shown to be gone."""
    draft.secret = None
    draft.note("RFC 7643 section 4.1.1", "password: a password cannot be unassigned; left as it is")
