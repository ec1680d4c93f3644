"""The rows of the decision table for the resource itself, for a whole extension, and for `schemas`."""

from collections.abc import Callable
from typing import Any

from scimcore.errors import InvalidPath, InvalidValue, Mutability
from scimcore.patch._elements import listed_items
from scimcore.patch._selection import Selection, select_key
from scimcore.patch._single import replace_whole
from scimcore.patch._working_copy import WorkingCopy, immutable, refuse_twice, required
from scimcore.patch.operations import PatchOperation
from scimcore.schema import fold_name

#: Runs one operation on what a key selects: a look-up in the engine's table, which imports this module.
Dispatch = Callable[[WorkingCopy, Selection, PatchOperation], None]


def set_resource(working: WorkingCopy, operation: PatchOperation, dispatch: Dispatch, urn: str | None = None) -> None:
    """add and replace without a path: each attribute that the value names, by itself (PATCH-021, PATCH-040)."""
    value = operation.value
    if value is None and operation.op == "add":
        return
    if not isinstance(value, dict):
        raise InvalidValue('Without a "path" the "value" must be an object of attributes.', code="SC-1340")
    refuse_twice(value)
    for key, part in value.items():
        selection = select_key(working.type, urn, key, working.readings.short_names)
        if selection is None:
            # Some clients repeat "schemas" inside the extension's object. It is nobody's attribute there.
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
    """Ignore a readOnly attribute, as in POST and PUT. Another resource's id is a mistake.

    Okta repeats the id with every rename of a group (OKTA-010), other clients repeat meta and groups (PATCH-010).
    """
    if selection.urn is None and selection.name == "id" and value is not None:
        if value != working.id:
            raise Mutability('"id" belongs to another resource and never changes. Leave it out.', code="SC-1333")
        return
    working.ignored(selection.named)


def set_extension(working: WorkingCopy, selection: Selection, operation: PatchOperation, dispatch: Dispatch) -> None:
    """add, and replace inside a value without a path: the attributes that the object names (PATCH-006)."""
    if operation.value is None and operation.op == "replace" and selection.urn is not None:
        remove_extension(working, selection, operation)
        return
    set_resource(working, operation, dispatch, selection.urn)


def replace_extension(
    working: WorkingCopy, selection: Selection, operation: PatchOperation, dispatch: Dispatch
) -> None:
    """replace with the extension's URI as the path: the object as a whole, so that what is not sent goes."""
    value, urn = operation.value, selection.urn
    if working.unassigns(value) or value == {} or urn is None:
        remove_extension(working, selection, operation)
        return
    if not isinstance(value, dict):
        raise InvalidValue(f'"{selection.text}" is an extension. Send an object of its attributes.', code="SC-1340")
    _name_all(working, urn)
    selections = [select_key(working.type, urn, key, False) for key in value]
    named = {one.name for one in selections if one is not None}
    for name in [name for name in working.data.get(urn, ()) if name not in named]:
        gone = select_key(working.type, urn, name, False)
        if gone is not None:
            dispatch(working, gone, PatchOperation("remove", selection.text))

    def dispatch_whole(working: WorkingCopy, selection: Selection, operation: PatchOperation) -> None:
        # A complex attribute is exchanged like everything else of the extension, whatever the reading for others.
        (replace_whole if selection.row == "complex" else dispatch)(working, selection, operation)

    set_resource(working, operation, dispatch_whole, urn)


def remove_extension(working: WorkingCopy, selection: Selection, operation: PatchOperation) -> None:
    """remove of the extension: its attributes leave the resource, and so does its URI from `schemas`."""
    urn = selection.urn
    if urn is None:
        return
    _name_all(working, urn)
    if urn not in working.data:
        return
    resource_type = working.type.resource_type
    if any(extension.required and extension.schema.id == urn for extension in resource_type.extensions):
        raise required(urn, working.type.name)
    # The whole must not be a way around what its attributes are protected from.
    for name in list(working.data[urn]):
        key = select_key(working.type, urn, name, False)
        if key is not None and key.attribute.mutability in ("immutable", "readOnly"):
            raise immutable(key.named)
    del working.data[urn]
    working.removed = True


def _name_all(working: WorkingCopy, urn: str) -> None:
    """Mention each attribute of an extension: the policy asks which attributes a request is about."""
    working.named |= {f"{urn}:{attribute.name}" for attribute in working.type.extensions[fold_name(urn)].attributes}


def add_schemas(working: WorkingCopy, selection: Selection, operation: PatchOperation) -> None:
    """add to `schemas`: it follows from the attributes, so a known URI asks for nothing (PATCH-012)."""
    _refuse_filter(selection)
    _check_urns(working, operation.value)


def replace_schemas(working: WorkingCopy, selection: Selection, operation: PatchOperation) -> None:
    """replace of `schemas`: an extension that is not listed any more goes. The base schema must be listed."""
    _refuse_filter(selection)
    listed = _check_urns(working, operation.value)
    _drop_schemas(working, selection, {fold_name(working.type.urn), *working.type.extensions} - listed)


def remove_schemas(working: WorkingCopy, selection: Selection, operation: PatchOperation) -> None:
    """remove of `schemas[value eq "…"]` or `schemas eq "…"` (erratum 7122): the extension goes."""
    # The path is a filter on texts, of which `ids` has the usual form already: `value eq "..."`, or an "or" of such.
    every = {fold_name(working.type.urn), *working.type.extensions}
    if selection.ids is not None:
        every &= {fold_name(urn) for urn in selection.ids}
    elif selection.where is not None:
        spelled = (working.type.urn, *(schema.id for schema in working.type.extensions.values()))
        every = {fold_name(urn) for urn in spelled if selection.where.holds(urn)}
    elif operation.value is not None and working.readings.remove_listed:
        every &= _check_urns(working, listed_items(selection, operation.value))
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
        raise InvalidPath(f'"{selection.text}": only a remove can have a filter on "schemas".', code="SC-1321")


def _check_urns(working: WorkingCopy, value: Any) -> set[str]:
    """The URIs that the value lists, folded. Those that the type does not have are noted or refused."""
    urns = value if isinstance(value, list) else [] if value is None else [value]
    known = {fold_name(working.type.urn), *working.type.extensions}
    found = set()
    for urn in urns:
        if not isinstance(urn, str):
            raise InvalidValue('"schemas" must be a list of strings, each a URI.', code="SC-1340")
        if fold_name(urn) not in known:
            working.unknown(urn)
        found.add(fold_name(urn))
    return found
