"""Rewrites of PATCH messages and of filters, and the readings that are left to the PATCH engine."""

import json
import re

from attrs import evolve

from scimcore.dialects._paths import find
from scimcore.dialects.rewrite import Rewrite
from scimcore.errors import InvalidSyntax
from scimcore.filters.ast import join_element
from scimcore.patch.operations import PATCH_OP_URN
from scimcore.patch.readings import Readings
from scimcore.schema import ENTERPRISE_URN, BoundType, Target, fold_name
from scimcore.schema.json import Json, JsonObject

#: What SCIM 1.0 called the extension; no type of ours has it, so nothing can be meant by it but the current one.
LEGACY_ENTERPRISE_URN = "urn:scim:schemas:extension:enterprise:1.0"

_OPS = frozenset({"add", "remove", "replace"})


def _spell_op(operation: JsonObject, target: Target | None) -> JsonObject:
    op = operation.get("op")
    if not isinstance(op, str) or op in _OPS or (lower := fold_name(op)) not in _OPS:
        return operation
    return {**operation, "op": lower}


def _add_schemas(body: JsonObject) -> JsonObject:
    if body.get("schemas") is not None:
        return body
    named = any(fold_name(key) == "schemas" and value is not None for key, value in body.items())
    return body if named else {"schemas": [PATCH_OP_URN], **{k: v for k, v in body.items() if v is not None}}


def _list_operations(body: JsonObject) -> JsonObject:
    for key, value in body.items():
        if isinstance(value, dict) and fold_name(key) == "operations":
            return {**body, key: [value]}
    return body


def _unwrap_named(operation: JsonObject, target: Target | None) -> JsonObject:
    """`members: {"members": […]}`: the value repeats the name of the attribute that the path names already."""
    value = operation.get("value")
    if target is None or target.leaf is None or not isinstance(value, dict) or len(value) != 1:
        return operation
    name = fold_name(target.leaf.name)
    if any(fold_name(sub.name) == name for sub in target.leaf.sub_attributes):
        return operation
    inner: Json = value
    while isinstance(inner, dict) and len(inner) == 1 and fold_name(next(iter(inner))) == name:
        inner = next(iter(inner.values()))
    return operation if inner is value else {**operation, "value": inner}


# A string literal as in a filter: JSON, so that a quote inside it is escaped.
_VALUE_EQ = re.compile(r'\[\s*value\s+eq\s+("(?:[^"\\]|\\.)*")\s*\]\Z', re.IGNORECASE)


def _member_by_filter(operation: JsonObject, target: Target | None) -> JsonObject:
    """add to `members[value eq "2819"]`: the value stands in the filter only."""
    path = operation.get("path")
    if operation.get("op") != "add" or not isinstance(path, str) or target is None or target.attribute is None:
        return operation
    found = _VALUE_EQ.search(path)
    relation = target.attribute.relation is not None
    if found is None or not (relation or operation.get("value") is None):
        return operation
    try:
        value: Json = json.loads(found[1])
    except ValueError:
        return operation
    return {"op": "add", "path": path[: found.start()], "value": [{"value": value}]}


def _current_urn(operation: JsonObject, target: Target | None) -> JsonObject:
    path = operation.get("path")
    if target is not None or not isinstance(path, str) or not fold_name(path).startswith(LEGACY_ENTERPRISE_URN):
        return operation
    return {**operation, "path": ENTERPRISE_URN + path[len(LEGACY_ENTERPRISE_URN) :]}


def _current_key(type: BoundType, urn: str | None, key: str) -> str | None:
    if urn is not None or not fold_name(key).startswith(LEGACY_ENTERPRISE_URN):
        return None
    path = ENTERPRISE_URN + key[len(LEGACY_ENTERPRISE_URN) :]
    return None if find(type, path) is None else path


def _remove_listed(readings: Readings) -> Readings:
    return evolve(readings, remove_listed=True)


def _create_unmatched(readings: Readings) -> Readings:
    return evolve(readings, unmatched="create")


def _need_path(operation: JsonObject, target: Target | None) -> JsonObject:
    if operation.get("path") is None:
        raise InvalidSyntax('this connection needs a "path" in every PATCH operation (interop profile, draft 01)')
    return operation


def _replace_whole(readings: Readings) -> Readings:
    return evolve(readings, replace_complex="whole", unknown="reject")


OP_SPELLING = Rewrite(
    name="op-spelling",
    note='"Add", "Remove" and "Replace" are taken as the operations, however capitalised',
    source="Entra ID: use-scim, general notes",
    observed="2026-09",
    operation=_spell_op,
)
PATCH_SCHEMAS = Rewrite(
    name="patch-schemas",
    note='a PATCH without "schemas" is taken as a PatchOp message',
    source="hand-written connectors",
    observed="2026-09",
    message=_add_schemas,
)
SINGLE_OPERATION = Rewrite(
    name="single-operation",
    note='one operation without a list around it is taken as the list of "Operations"',
    source="hand-written connectors",
    observed="2026-09",
    message=_list_operations,
)
WRAPPED_VALUE = Rewrite(
    name="wrapped-value",
    note="a value that repeats the attribute's name as its only key is taken without it",
    source="Salesforce: removal of group members, reported for the SCIM patch libraries",
    observed="2026-09",
    operation=_unwrap_named,
)
LISTED_REMOVAL = Rewrite(
    name="listed-removal",
    note="a remove that carries values removes those, not all",
    source="Entra ID: scim-compatibility, default flavour; JumpCloud and OneLogin likewise",
    observed="2026-09",
    readings=_remove_listed,
)
CREATE_UNMATCHED = Rewrite(
    name="create-unmatched",
    note="a path whose filter matches nothing creates the element that its eq terms describe",
    source="Entra ID: the validator, and every Add to an empty list; RFC 7644 erratum 8097",
    observed="2026-09",
    readings=_create_unmatched,
)
MEMBER_BY_FILTER = Rewrite(
    name="member-by-filter",
    note="add to a path with a filter by value adds the value that the filter names",
    source="OneLogin: array notation in PATCH paths, catalogued in client mocks of a Rust server",
    observed="2026-11",
    operation=_member_by_filter,
)
LEGACY_URN = Rewrite(
    name="legacy-urn",
    note="the enterprise extension's URN of SCIM 1.0 is taken as the one of 2.0",
    source="Entra ID: older provisioning jobs, catalogued in client mocks of a Rust server",
    observed="2026-11",
    key=_current_key,
    operation=_current_urn,
)
FILTER_SUFFIX = Rewrite(
    name="filter-suffix",
    note='a filter such as emails[type eq "work"].value eq "x" puts the comparison into the brackets',
    source="Entra ID: use-scim, matching by e-mail",
    observed="2026-09",
    filter=join_element,
)
PATH_NEEDED = Rewrite(
    name="path-needed",
    note="a PATCH operation without a path is refused",
    source="draft interop profile 01",
    observed="2026-04",
    operation=_need_path,
)
WHOLE_REPLACE = Rewrite(
    name="whole-replace",
    note="replace of a complex attribute replaces all of it, and unknown attributes in a value are refused",
    source="draft interop profile 01",
    observed="2026-04",
    readings=_replace_whole,
)
