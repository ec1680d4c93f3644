"""The rows of the decision table for the resource itself, for an extension as a whole, and for `schemas`."""

from collections.abc import Callable
from typing import Any

from scimcore.errors import InvalidPath, InvalidValue, Mutability
from scimcore.patch._elements import unwrapped
from scimcore.patch._selection import Selection, select_key
from scimcore.patch._working_copy import WorkingCopy, immutable, required
from scimcore.patch.operations import PatchOperation
from scimcore.schema import fold_name

#: Runs one operation on what a key selects; the engine's table.
Dispatch = Callable[[WorkingCopy, Selection, PatchOperation], None]


def set_resource(working: WorkingCopy, operation: PatchOperation, dispatch: Dispatch, urn: str | None = None) -> None:
    """add and replace without a path: each attribute that the value names, on its own (PATCH-021, PATCH-040)."""
    value = operation.value
    if value is None and operation.op == "add":
        return
    if not isinstance(value, dict):
        raise InvalidValue('without a "path", "value" must be an object of attributes', code="SC-1340")
    for key, part in value.items():
        selection = select_key(working.type, urn, key, working.readings.short_names)
        if selection is None:
            if urn is None or fold_name(key) != "schemas":
                working.unknown(f"{urn}:{key}" if urn else key)
        elif selection.row == "schemas":
            _check_urns(working, part)
        elif selection.row in ("resource", "extension"):
            set_extension(working, selection, operation._replace(value=part), dispatch)
        elif selection.attribute.mutability == "readOnly":
            _ignore(working, selection, part)
        else:
            dispatch(working, selection, operation._replace(value=part))


def _ignore(working: WorkingCopy, selection: Selection, value: Any) -> None:
    """Okta repeats the id, others meta and groups (OKTA-010): ignored, as in POST and PUT; another id is a mistake."""
    if selection.urn is None and selection.name == "id" and value is not None:
        if value != working.id:
            raise Mutability('"id" is another resource\'s; it never changes, leave it out', code="SC-1333")
        return
    working.ignored(selection.named)


def set_extension(working: WorkingCopy, selection: Selection, operation: PatchOperation, dispatch: Dispatch) -> None:
    """add, and replace as a part of a value without a path: the attributes that the object names (PATCH-006)."""
    if operation.value is None and operation.op == "replace" and selection.urn is not None:
        remove_extension(working, selection, operation)
        return
    set_resource(working, operation, dispatch, selection.urn)


def replace_extension(
    working: WorkingCopy, selection: Selection, operation: PatchOperation, dispatch: Dispatch
) -> None:
    """replace with the extension's URI as the path: the object as a whole."""
    value, urn = operation.value, selection.urn
    if working.unassigns(value) or value == {} or urn is None:
        remove_extension(working, selection, operation)
        return
    if not isinstance(value, dict):
        raise InvalidValue(f'"{selection.text}": send an object of the extension\'s attributes', code="SC-1340")
    _name_all(working, urn)
    selections = [select_key(working.type, urn, key, False) for key in value]
    named = {one.name for one in selections if one is not None}
    for name in [name for name in working.data.get(urn, ()) if name not in named]:
        gone = select_key(working.type, urn, name, False)
        if gone is not None:
            dispatch(working, gone, PatchOperation("remove", selection.text))
    before, working.whole = working.whole, True
    set_resource(working, operation, dispatch, urn)
    working.whole = before


def remove_extension(working: WorkingCopy, selection: Selection, operation: PatchOperation) -> None:
    """remove of the extension: its attributes and its URI leave the resource."""
    urn = selection.urn
    if urn is None:
        return
    _name_all(working, urn)
    if urn not in working.data:
        return
    resource_type = working.type.resource_type
    if any(extension.required and extension.schema.id == urn for extension in resource_type.extensions):
        raise required(urn, working.type.name)
    for name in list(working.data[urn]):
        key = select_key(working.type, urn, name, False)
        if key is not None and key.attribute.mutability in ("immutable", "readOnly"):
            raise immutable(key.named)
    del working.data[urn]
    working.removed = True


def _name_all(working: WorkingCopy, urn: str) -> None:
    """Whoever speaks of an extension as a whole mentions each of its attributes."""
    working.named |= {f"{urn}:{attribute.name}" for attribute in working.type.extensions[fold_name(urn)].attributes}


def add_schemas(working: WorkingCopy, selection: Selection, operation: PatchOperation) -> None:
    """add to `schemas`: they follow from the attributes, so a known URI asks for nothing (PATCH-012)."""
    _refuse_filter(selection)
    _check_urns(working, operation.value)


def replace_schemas(working: WorkingCopy, selection: Selection, operation: PatchOperation) -> None:
    """replace of `schemas`: an extension that is not listed any more goes, and the base schema must be."""
    _refuse_filter(selection)
    kept = _check_urns(working, operation.value)
    _drop_schemas(working, selection, {fold_name(working.type.urn), *working.type.extensions} - kept)


def remove_schemas(working: WorkingCopy, selection: Selection, operation: PatchOperation) -> None:
    """remove of `schemas[value eq "…"]` or `schemas eq "…"` (erratum 7122): the extension goes."""
    every = {fold_name(working.type.urn), *working.type.extensions}
    if selection.ids is not None:
        every &= {fold_name(urn) for urn in selection.ids}
    elif selection.where is not None:
        spelled = (working.type.urn, *(schema.id for schema in working.type.extensions.values()))
        every = {fold_name(urn) for urn in spelled if selection.where.holds(urn)}
    elif operation.value is not None and working.readings.remove_listed:
        every &= _check_urns(working, unwrapped(selection, operation.value))
    _drop_schemas(working, selection, every)


def _drop_schemas(working: WorkingCopy, selection: Selection, gone: set[str]) -> None:
    if fold_name(working.type.urn) in gone:
        raise required(selection.text, working.type.name)
    for urn in gone:
        extension = select_key(working.type, None, urn, False)
        if extension is not None:
            remove_extension(working, extension, PatchOperation("remove", selection.text))


def _refuse_filter(selection: Selection) -> None:
    if selection.where is not None:
        raise InvalidPath(f'"{selection.text}": only remove takes a filter here', code="SC-1321")


def _check_urns(working: WorkingCopy, value: Any) -> set[str]:
    """The URIs that the value lists, folded; those that the type does not have are noted, or refused."""
    urns = value if isinstance(value, list) else [] if value is None else [value]
    known = {fold_name(working.type.urn), *working.type.extensions}
    found = set()
    for urn in urns:
        if not isinstance(urn, str):
            raise InvalidValue('"schemas" is a list of URIs, each a string', code="SC-1340")
        if fold_name(urn) not in known:
            working.unknown(urn)
        found.add(fold_name(urn))
    return found
