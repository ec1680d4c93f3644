"""PATCH operations applied to a resource: the decision table, row by row (RFC 7644 section 3.5.2)."""

from collections.abc import Callable, Mapping, Sequence

from attrs import frozen

from scimcore.errors import NoTarget
from scimcore.patch import _many, _relations, _resource, _single
from scimcore.patch._elements import lacks_value
from scimcore.patch._finish import finished
from scimcore.patch._selection import Row, Selection, select_path
from scimcore.patch._working_copy import WorkingCopy, read_only
from scimcore.patch.links import LinkRequest
from scimcore.patch.operations import Op, PatchOperation
from scimcore.patch.readings import Readings
from scimcore.resources import Checker
from scimcore.schema import BoundType
from scimcore.schema.json import JsonObject

Act = Callable[[WorkingCopy, Selection, PatchOperation], None]

#: What each operation does to what a path selects.
TABLE: Mapping[Row, Mapping[Op, Act]] = {
    "schemas": {"add": _resource.add_schemas, "remove": _resource.remove_schemas, "replace": _resource.replace_schemas},
    "relation": {"add": _relations.add, "remove": _relations.remove, "replace": _relations.replace},
    "secret": {"add": _single.set_secret, "remove": _single.remove_secret, "replace": _single.set_secret},
    "simple": {"add": _single.set_simple, "remove": _single.remove, "replace": _single.set_simple},
    "complex": {"add": _single.set_complex, "remove": _single.remove, "replace": _single.set_complex},
    "complex.sub": {"add": _single.set_part, "remove": _single.remove_part, "replace": _single.set_part},
    "many": {"add": _many.add, "remove": _many.remove, "replace": _many.replace},
    "many[]": {"add": _many.merge_matches, "remove": _many.remove_matches, "replace": _many.replace_matches},
    "many.sub": {"add": _many.refuse_part, "remove": _many.remove_part, "replace": _many.set_part},
    "many[].sub": {"add": _many.set_part, "remove": _many.remove_part, "replace": _many.set_part},
}


@frozen(kw_only=True)
class Patched:
    """What the operations ask for; nothing of it is stored yet."""

    #: The resource afterwards, canonical; equal to the data before when nothing changes.
    data: JsonObject
    #: One for each relation that was mentioned.
    requests: tuple[LinkRequest, ...] = ()
    #: What was left out and why: (rule, text).
    notes: tuple[tuple[str, str], ...] = ()
    #: The attributes that the request mentions: `title`, `members`, `urn:…:User:department`.
    named: frozenset[str] = frozenset()
    #: A new password.
    secret: str | None = None


def apply_patch(
    type: BoundType,
    data: JsonObject,
    operations: Sequence[PatchOperation],
    *,
    checker: Checker,
    readings: Readings,
    id: str,
) -> Patched:
    """The operations in order, each on the result of the one before; all of them, or a ScimError and no change.

    `data` is canonical and never mutated; what no operation touches is shared with the result.
    """
    working = WorkingCopy(type, data, checker, readings, id)
    for operation in operations:
        if operation.path is None:
            _without_path(working, operation)
        else:
            _at(working, select_path(type, operation.path, readings), operation)
    if working.lost_parts and readings.without_value == "drop":
        _remove_without_value(working)
    return Patched(
        data=finished(working),
        requests=tuple([LinkRequest(relation, tuple(steps)) for relation, steps in working.steps.items()]),
        notes=tuple(working.notes),
        named=frozenset(working.named),
        secret=working.secret,
    )


def _without_path(working: WorkingCopy, operation: PatchOperation) -> None:
    if operation.op == "remove":
        raise NoTarget('remove needs a "path" that says what to remove', code="SC-1314")
    _resource.set_resource(working, operation, _dispatch)


def _at(working: WorkingCopy, selection: Selection, operation: PatchOperation) -> None:
    if selection.row == "resource":
        _without_path(working, operation)
    elif selection.row == "extension":
        if operation.op == "remove":
            _resource.remove_extension(working, selection, operation)
        elif operation.op == "replace":
            _resource.replace_extension(working, selection, operation, _dispatch)
        else:
            _resource.set_extension(working, selection, operation, _dispatch)
    else:
        sub = selection.target.sub
        if selection.attribute.mutability == "readOnly" or (sub is not None and sub.mutability == "readOnly"):
            raise read_only(selection.text)
        _dispatch(working, selection, operation)


def _dispatch(working: WorkingCopy, selection: Selection, operation: PatchOperation) -> None:
    if selection.row != "schemas":
        working.named.add(selection.named)
    TABLE[selection.row][operation.op](working, selection, operation)


def _remove_without_value(working: WorkingCopy) -> None:
    """What lost its value in this request, and did not get another, goes as a whole (reading `without_value`)."""
    gone: dict[str, tuple[Selection, set[int]]] = {}
    for selection, element in working.lost_parts:
        _, identities = gone.setdefault(selection.named, (selection, set()))
        if element is not None and lacks_value(selection.attribute, element):
            identities.add(id(element))
    for selection, identities in gone.values():
        stored = working.stored(selection)
        if isinstance(stored, list) and identities:
            working.put(selection, working.adopt([one for one in stored if id(one) not in identities]))
        elif isinstance(stored, dict) and lacks_value(selection.attribute, stored) and selection.attribute.sub("value"):
            working.put(selection, None)
