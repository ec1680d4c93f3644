"""PATCH operations applied to a resource (RFC 7644 section 3.5.2).

A path selects something on the resource (`_selection`), which is one row of the decision table; the operation is the
column. The functions of the rows are in `_single`, `_many`, `_relations` and `_resource`; all of them change one
`WorkingCopy`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from attrs import frozen

from scimcore._budget import Budget
from scimcore.errors import InvalidFilter, InvalidPath, NoTarget
from scimcore.filters.bare_words import NOTE as BARE_WORDS_NOTE
from scimcore.filters.bare_words import quote_bare_words
from scimcore.patch import _many, _relations, _resource, _single
from scimcore.patch._elements import lacks_value, retain
from scimcore.patch._finish import finish
from scimcore.patch._selection import Row, Selection, select_path
from scimcore.patch._working_copy import WorkingCopy, read_only
from scimcore.patch.links import LinkRequest
from scimcore.patch.operations import Op, PatchOperation
from scimcore.patch.readings import Readings
from scimcore.resources import Checker
from scimcore.schema import BoundType
from scimcore.schema.json import JsonObject

Act = Callable[[WorkingCopy, Selection, PatchOperation], None]

#: What each operation does to what a path selects: sections 3.5.2.1 to 3.5.2.3 of RFC 7644, as docs/reference/patch.md
#: shows them. Two rows are missing, the resource itself and an extension as a whole: they come to the other rows again,
#: attribute by attribute.
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


_SCANNED = frozenset({"many", "many[]", "many.sub", "many[].sub"})


@frozen(kw_only=True)
class Patched:
    """The result of a PATCH. Nothing of it is stored yet."""

    #: The resource afterwards, canonical and without relations; equal to the data before if nothing changes.
    data: JsonObject
    #: What is asked of each relation that the request mentions, such as the members of a group.
    requests: tuple[LinkRequest, ...] = ()
    #: What was left out and why, as pairs of a rule and a sentence.
    notes: tuple[tuple[str, str], ...] = ()
    #: The attributes that the request mentions, changed or not: `title`, `members`, `urn:...:User:department`.
    named: frozenset[str] = frozenset()
    #: A new password, which is never part of the data (RFC 7643 section 4.1.1).
    secret: str | None = None


def apply_patch(
    type: BoundType,
    data: JsonObject,
    operations: Sequence[PatchOperation],
    *,
    checker: Checker,
    readings: Readings,
    id: str,
    budget: Budget | None = None,
) -> Patched:
    """Apply the operations in order, each to the result of the one before.

    `data` is the canonical resource with the id `id`; it is never changed, and what no operation touches is shared with
    the result. `checker` checks values as in POST and PUT. `readings` decides what the RFC leaves open.
    `budget` is the request's; without one, the operations have one of their own.

    Raises a ScimError if an operation fails, TooMany if they would cost more than the budget has; then none of them
    counts (PATCH-008).
    """
    working = WorkingCopy(type, data, checker, readings, id, budget or Budget())
    for operation in operations:
        if operation.path is None:
            _without_path(working, operation)
        else:
            _at(working, _select(working, operation.path), operation)
    if working.lost_parts and readings.without_value == "drop":
        # At the end, since the next operation may give the element another value.
        _remove_without_value(working)
    return Patched(
        data=finish(working),
        requests=tuple([LinkRequest(relation, tuple(steps)) for relation, steps in working.steps.items()]),
        notes=tuple(working.notes),
        named=frozenset(working.named),
        secret=working.secret,
    )


def _select(working: WorkingCopy, path: str) -> Selection:
    """The selection of a path. By the reading, a word without quotes in its filter is a string."""
    try:
        return select_path(working.type, path, working.readings)
    except (InvalidPath, InvalidFilter):
        # Only what cannot be read otherwise, so that it costs no other request anything.
        quoted = quote_bare_words(path) if working.readings.bare_words else path
        if quoted == path:
            raise
        try:
            selection = select_path(working.type, quoted, working.readings)
        except (InvalidPath, InvalidFilter):
            selection = None
        if selection is None:
            raise
        working.note("bare-words", f"{selection.named}: {BARE_WORDS_NOTE}")
        return selection


def _without_path(working: WorkingCopy, operation: PatchOperation) -> None:
    if operation.op == "remove":
        # RFC 7644 section 3.5.2.2: "If "path" is unspecified, the operation fails with [...] "noTarget"" (PATCH-030).
        # A path that is the base schema's URI means the resource as well.
        raise NoTarget('A remove needs a "path" that says what to remove.', code="SC-1314")
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
            # Named by a path it is refused; inside a value it is ignored (PATCH-010).
            raise read_only(selection.text)
        _dispatch(working, selection, operation)


def _dispatch(working: WorkingCopy, selection: Selection, operation: PatchOperation) -> None:
    # `schemas` follows from the other attributes; no policy asks whether it was mentioned.
    if selection.row != "schemas":
        working.named.add(selection.named)
    if selection.row in _SCANNED:
        _charge(working, selection, operation)
    TABLE[selection.row][operation.op](working, selection, operation)


def _charge(working: WorkingCopy, selection: Selection, operation: PatchOperation) -> None:
    """Spend what the operation costs: it looks at every value that is stored, with every term of its filter."""
    stored = working.stored(selection)
    if not stored or (operation.op == "add" and selection.named in working.positions):
        # Values are added to many by their positions, without looking at the others.
        return
    where, value, count = selection.where, operation.value, len(stored)
    if where is not None:
        terms = where.terms
    elif operation.op == "remove" and isinstance(value, list):
        # Each value is compared once with all items that have the same names.
        terms = 3 * len({tuple(one) if isinstance(one, dict) else () for one in value})
    else:
        terms = 1
    each = 1 if operation.op == "remove" else 5
    work = count * each + (count * 2 + _long_text(stored) // 16) * terms
    working.budget.spend(work, f"many operations look through the values of {selection.named}")


def _long_text(stored: list[Any]) -> int:
    """The characters of the values, as far as they are long enough to matter."""
    texts = [part for one in stored for part in (one.values() if isinstance(one, dict) else (one,))]
    return sum([len(text) for text in texts if text.__class__ is str and len(text) > 64])


def _remove_without_value(working: WorkingCopy) -> None:
    """Remove what lost its value in this request and did not get another (reading `without_value`).

    A client that removes `phoneNumbers[type eq "work"].value` means the number, not a phone number without one.
    """
    for selection, lost in working.lost_parts.values():
        stored = working.stored(selection)
        if isinstance(stored, list):
            gone = {identity for identity, element in lost.items() if lacks_value(selection.attribute, element)}
            retain(working, selection, [n for n, element in enumerate(stored) if id(element) not in gone])
        elif isinstance(stored, dict) and lacks_value(selection.attribute, stored) and selection.attribute.sub("value"):
            working.put(selection, None)
