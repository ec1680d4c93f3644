"""The rewrites that scimcore ships: each one thing that a client sends and no RFC allows, with its functions.

The place to add a quirk. Write the vector first (docs/how-to/write-a-vector.md), then the rewrite here, then add it to
the dialects of `shipped` that need it. `source` and `observed` say who sends it and when somebody last saw that, so
that a rewrite which nobody needs any more can be found and removed.
"""

import json
import re

from attrs import evolve

from scimcore.dialects._messages import find, locate
from scimcore.dialects.rewrite import Coercer, Place, Rewrite
from scimcore.errors import InvalidSyntax
from scimcore.filters.ast import join_element
from scimcore.patch.operations import PATCH_OP_URN
from scimcore.patch.readings import Readings
from scimcore.schema import ENTERPRISE_URN, BoundType, Target, fold_name
from scimcore.schema.json import Json, JsonObject

# Values
#
# A function `Place -> Coercer | None` is called once for each place in a schema, when a dialect first meets the type.
# The coercer that it returns then gets the values there, of the JSON kinds that the rewrite names.

_SCALARS = (str, int, float, bool)


def _unwrap(place: Place) -> Coercer | None:
    if place.many or place.element:
        return None
    return _only_object if place.leaf.type == "complex" else _only_value


def _only_object(value: Json) -> Json:
    # ENTRA-010: manager as [{"$ref": ..., "value": ...}]. A bare text in the list is left to `bare-value`.
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str | dict):
        return value[0]
    return value


def _only_value(value: Json) -> Json:
    # Older Entra jobs send {"op": "Replace", "path": "displayName", "value": [{"$ref": null, "value": "x"}]}.
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict):
        inner = value[0].get("value")
        if isinstance(inner, _SCALARS):
            return inner
    return value


SINGLE_IN_LIST = Rewrite(
    name="single-in-list",
    note="a list of one element, sent where one value belongs, is taken as that value",
    source='Entra ID: use-scim, example 5 (manager as a list), and older "value" lists for texts',
    observed="2026-09",
    kinds=(list,),
    value=_unwrap,
)


def _listed_scalar(place: Place) -> Coercer | None:
    # Only in PATCH: in a body a list for a single value is nobody's habit, and more likely a mistake worth an error.
    if place.many or place.element or place.leaf.type == "complex":
        return None
    return lambda value: value[0] if isinstance(value, list) and len(value) == 1 and _plain(value[0]) else value


def _plain(value: Json) -> bool:
    return isinstance(value, _SCALARS)


LISTED_SCALAR = Rewrite(
    name="listed-scalar",
    note="a list of one plain value, sent in a PATCH where a single value belongs, is taken as that value",
    source="Okta: value arrays in PATCH even for single values, catalogued in client mocks of a Rust server",
    observed="2026-11",
    within="patches",
    kinds=(list,),
    value=_listed_scalar,
)


def _wrap(place: Place) -> Coercer | None:
    # Only in bodies (ONEL-005). In a PATCH one object is allowed as it is (RFC 7644 section 3.5.2.1).
    return (lambda value: [value]) if place.many and place.leaf.type == "complex" else None


OBJECT_FOR_LIST = Rewrite(
    name="object-for-list",
    note="one object, sent where a list belongs, is taken as a list of one",
    source="OneLogin: emails as an object, reported by the authors of django-scim2",
    observed="2026-09",
    within="bodies",
    kinds=(dict,),
    value=_wrap,
)


def _manager_id(place: Place) -> Coercer | None:
    known = place.leaf.name == "manager" and place.sub("value") is not None and place.sub("managerId") is None
    return _rename_manager_id if known else None


def _rename_manager_id(value: Json) -> Json:
    # SCIM 1.1 called it managerId (ONEL-004). A "value" beside it wins: that is the name of today.
    if not isinstance(value, dict) or "managerId" not in value or "value" in value:
        return value
    return {("value" if key == "managerId" else key): part for key, part in value.items()}


MANAGER_ID = Rewrite(
    name="manager-id",
    note='"managerId" is taken as the "value" of manager',
    source="SCIM 1.1 and OneLogin templates made from it",
    observed="2026-09",
    kinds=(dict,),
    value=_manager_id,
)


def _as_value(place: Place) -> Coercer | None:
    if place.many or place.leaf.type != "complex" or place.sub("value") is None:
        return None
    # An empty text means that there is no value: see `empty-text`.
    return lambda value: value if value == "" else {"value": value}


BARE_VALUE = Rewrite(
    name="bare-value",
    note='a bare text, sent where an object with a "value" belongs, is taken as that value',
    source="Entra ID: the validator's Add Manager sends the id alone; also members as bare ids",
    observed="2026-09",
    kinds=(str, int),
    value=_as_value,
)


_TRUTHS: dict[str, bool] = {"true": True, "false": False}


def _truth(place: Place) -> Coercer | None:
    # ENTRA-006: "False" to disable a user, without ?aadOptscim062020. Any other text is left to be refused: "yes", "1"
    # and "" are no booleans of any known client, and a user who is enabled by a guess is a leaver with access.
    if place.many or place.leaf.type != "boolean":
        return None
    return lambda value: _TRUTHS.get(value.lower(), value) if isinstance(value, str) else value


TEXT_BOOLEANS = Rewrite(
    name="text-booleans",
    note='the texts "True" and "False" are taken as booleans where the schema has a boolean',
    source="Entra ID: scim-compatibility, default flavour, and the validator; OneLogin templates",
    observed="2026-09",
    kinds=(str,),
    value=_truth,
    text_booleans=True,
)


# Texts of digits that exports turn into numbers. A number for a name or a title is a mistake and is refused.
_DIGITS = frozenset({"employeenumber", "costcenter", "postalcode"})


def _digits(place: Place) -> Coercer | None:
    leaf = place.leaf
    # Identifiers are exact texts: ids of members, externalId.
    identifies = leaf.case_exact or fold_name(leaf.name) in _DIGITS
    if place.many or leaf.type != "string" or leaf.returned == "never" or not identifies:
        return None
    return str


NUMBERS_AS_TEXT = Rewrite(
    name="numbers-as-text",
    note="a number is taken as its digits where an identifier or another text of digits belongs",
    source="member ids and employee numbers as JSON numbers, reported for scimitar and others",
    observed="2026-09",
    kinds=(int,),
    value=_digits,
)


def _blank(place: Place) -> Coercer | None:
    # RFC 7643 section 2.5 knows null and [] as "no value". Clients with templates send "" for the same (OKTA-017,
    # ONEL-004). A required attribute keeps its "", so that the create is refused with the attribute's name.
    if place.many or place.leaf.required:
        return None
    if place.element and (value := place.sub("value")) is not None and not value.required:
        return _drop_without_value
    return lambda value: None if value == "" else value


def _drop_without_value(value: Json) -> Json:
    """The element, or None if its value is empty: the rest are the labels of a template ("type": "work")."""
    if value == "" or (isinstance(value, dict) and value.get("value") == ""):
        return None
    return value


def _empty_unassigns(readings: Readings) -> Readings:
    return evolve(readings, empty_unassigns=True)


EMPTY_TEXT = Rewrite(
    name="empty-text",
    note="an empty text unassigns an optional attribute",
    source="Entra ID: the validator's Remove Manager; OneLogin templates with unresolved fields",
    observed="2026-09",
    within="bodies",
    kinds=(str, dict),
    only_blank=True,
    value=_blank,
    readings=_empty_unassigns,
)


# Keys that are paths
#
# ENTRA-009: with ?aadOptscim062020 Entra ID sends one operation without a path, whose value has paths as keys. The same
# functions serve bodies, as far as a body can say the same: it has no way to select an element.


def _qualified(urn: str | None, key: str) -> str:
    return key if urn is None else f"{urn}:{key}"


def _known(type: BoundType, path: str) -> str | None:
    """The path if it leads to an attribute, with its URN if it needs one."""
    target = find(type, path)
    return None if target is None or target.attribute is None else str(target)


# A key with a colon is `urn-keys`, one with a bracket `filtered-keys`: each can be switched off by itself.
def _dotted(type: BoundType, urn: str | None, key: str) -> str | None:
    if "." not in key or ":" in key or "[" in key:
        return None
    return _known(type, _qualified(urn, key))


DOTTED_KEYS = Rewrite(
    name="dotted-keys",
    note='a key such as "name.givenName" is taken as that path',
    source="Entra ID: scim-compatibility, flag aadOptscim062020",
    observed="2026-09",
    key=_dotted,
)


def _qualified_name(type: BoundType, urn: str | None, key: str) -> str | None:
    if ":" not in key or "[" in key or urn is not None:
        return None
    return _known(type, key)


URN_KEYS = Rewrite(
    name="urn-keys",
    note="a key that is a URN and an attribute is taken as that path",
    source="Entra ID: scim-compatibility, flag aadOptscim062020",
    observed="2026-09",
    key=_qualified_name,
)


def _filtered(type: BoundType, urn: str | None, key: str) -> str | None:
    path = _qualified(urn, key)
    return path if "[" in key and locate(type, path) is not None else None


FILTERED_KEYS = Rewrite(
    name="filtered-keys",
    note='a key such as "emails[type eq "work"].value" is taken as that path',
    source="Entra ID: scim-compatibility, flag aadOptscim062020",
    observed="2026-09",
    key=_filtered,
)


def _short(type: BoundType, urn: str | None, key: str) -> str | None:
    # Only on top: inside an extension's object the names are the extension's own.
    if urn is not None or "." in key or ":" in key:
        return None
    target = find(type, key)
    return None if target is None or target.attribute is None else str(target)


def _short_names(readings: Readings) -> Readings:
    return evolve(readings, short_names=True)


SHORT_NAMES = Rewrite(
    name="short-names",
    note="an attribute that only one extension has is found without its URN",
    source="Entra ID: use-scim, example 5 (path manager) and reference checks (manager eq)",
    observed="2026-09",
    key=_short,
    readings=_short_names,
    short_names=True,
)


# What SCIM 1.0 called the extension. No type of ours has it, so that nothing but the current one can be meant.
LEGACY_ENTERPRISE_URN = "urn:scim:schemas:extension:enterprise:1.0"


def _current_urn(operation: JsonObject, target: Target | None) -> JsonObject:
    path = operation.get("path")
    if target is not None or not isinstance(path, str) or not fold_name(path).startswith(LEGACY_ENTERPRISE_URN):
        return operation
    return {**operation, "path": ENTERPRISE_URN + path[len(LEGACY_ENTERPRISE_URN) :]}


# In a body and in a value the URN is a key, in an operation a path: hence two functions.
def _current_key(type: BoundType, urn: str | None, key: str) -> str | None:
    if urn is not None or not fold_name(key).startswith(LEGACY_ENTERPRISE_URN):
        return None
    path = ENTERPRISE_URN + key[len(LEGACY_ENTERPRISE_URN) :]
    return None if find(type, path) is None else path


LEGACY_URN = Rewrite(
    name="legacy-urn",
    note="the URN of the enterprise extension in SCIM 1.0 is taken as the one in 2.0",
    source="Entra ID: older provisioning jobs, catalogued in client mocks of a Rust server",
    observed="2026-11",
    key=_current_key,
    operation=_current_urn,
)


# PATCH messages and their operations

_OPS = frozenset({"add", "remove", "replace"})


def _spell_op(operation: JsonObject, target: Target | None) -> JsonObject:
    # RFC 7644 section 3.5.2: "add", "remove" or "replace". Entra ID capitalises them (ENTRA-005, PATCH-003).
    op = operation.get("op")
    if not isinstance(op, str) or op in _OPS or (lower := fold_name(op)) not in _OPS:
        return operation
    return {**operation, "op": lower}


OP_SPELLING = Rewrite(
    name="op-spelling",
    note='"Add", "Remove" and "Replace" are taken as the operations, however capitalised',
    source="Entra ID: use-scim, general notes",
    observed="2026-09",
    operation=_spell_op,
)


def _add_schemas(body: JsonObject) -> JsonObject:
    if body.get("schemas") is not None:
        return body
    # Wrong "schemas" are left to be refused: such a body may be meant for another endpoint.
    named = any(fold_name(key) == "schemas" and value is not None for key, value in body.items())
    return body if named else {"schemas": [PATCH_OP_URN], **{k: v for k, v in body.items() if v is not None}}


PATCH_SCHEMAS = Rewrite(
    name="patch-schemas",
    note='a PATCH without "schemas" is taken as a PatchOp message',
    source="hand-written connectors",
    observed="2026-09",
    message=_add_schemas,
)


def _list_operations(body: JsonObject) -> JsonObject:
    for key, value in body.items():
        if isinstance(value, dict) and fold_name(key) == "operations":
            return {**body, key: [value]}
    return body


SINGLE_OPERATION = Rewrite(
    name="single-operation",
    note='one operation without a list around it is taken as the list of "Operations"',
    source="hand-written connectors",
    observed="2026-09",
    message=_list_operations,
)


def _unwrap_named(operation: JsonObject, target: Target | None) -> JsonObject:
    """Take `{"members": [...]}` out of its object, if the path names the attribute already."""
    value = operation.get("value")
    if target is None or target.leaf is None or not isinstance(value, dict) or len(value) != 1:
        return operation
    name = fold_name(target.leaf.name)
    # An attribute with a sub-attribute of its own name: there the object is meant as it is.
    if any(fold_name(sub.name) == name for sub in target.leaf.sub_attributes):
        return operation
    # In a loop, so that a second run finds nothing to do: a request in RFC form passes untouched.
    inner: Json = value
    while isinstance(inner, dict) and len(inner) == 1 and fold_name(next(iter(inner))) == name:
        inner = next(iter(inner.values()))
    return operation if inner is value else {**operation, "value": inner}


WRAPPED_VALUE = Rewrite(
    name="wrapped-value",
    note="an object whose only key repeats the attribute's name is taken as the value inside",
    source="Salesforce: removal of group members, reported for the SCIM patch libraries",
    observed="2026-09",
    operation=_unwrap_named,
)


_VALUE_EQ = re.compile(r'\[\s*value\s+eq\s+("(?:[^"\\]|\\.)*")\s*\]\Z', re.IGNORECASE)


def _member_by_filter(operation: JsonObject, target: Target | None) -> JsonObject:
    """Turn add to `members[value eq "2819"]` into add to `members`, with the value from the filter."""
    path = operation.get("path")
    if operation.get("op") != "add" or not isinstance(path, str) or target is None or target.attribute is None:
        return operation
    # A path such as `emails[value eq "x"]` with a value merges it into that e-mail (PATCH-026). A member has no parts
    # that could be merged (PATCH-048), so there only adding it can be meant.
    found = _VALUE_EQ.search(path)
    relation = target.attribute.relation is not None
    if found is None or not (relation or operation.get("value") is None):
        return operation
    try:
        value: Json = json.loads(found[1])
    except ValueError:
        return operation
    return {"op": "add", "path": path[: found.start()], "value": [{"value": value}]}


MEMBER_BY_FILTER = Rewrite(
    name="member-by-filter",
    note="add to a path with a filter by value adds the value that the filter names",
    source="OneLogin: array notation in PATCH paths, catalogued in client mocks of a Rust server",
    observed="2026-11",
    operation=_member_by_filter,
)


# The rewrites with `readings` alone depend on what is stored, so that the PATCH engine carries them out.
def _remove_listed(readings: Readings) -> Readings:
    return evolve(readings, remove_listed=True)


LISTED_REMOVAL = Rewrite(
    name="listed-removal",
    note="a remove with a list of values removes those values, not all",
    source="Entra ID: scim-compatibility, default flavour; JumpCloud and OneLogin likewise",
    observed="2026-09",
    readings=_remove_listed,
)


def _create_unmatched(readings: Readings) -> Readings:
    return evolve(readings, unmatched="create")


CREATE_UNMATCHED = Rewrite(
    name="create-unmatched",
    note="a path whose filter matches nothing creates the element that its eq terms describe",
    source="Entra ID: the validator, and every Add to an empty list; RFC 7644 erratum 8097",
    observed="2026-09",
    readings=_create_unmatched,
)


def _need_path(operation: JsonObject, target: Target | None) -> JsonObject:
    if operation.get("path") is None:
        raise InvalidSyntax(
            'Give every PATCH operation a "path". This connection follows the interop profile (draft 01).'
        )
    return operation


PATH_NEEDED = Rewrite(
    name="path-needed",
    note="a PATCH operation without a path is refused",
    source="draft interop profile 01",
    observed="2026-04",
    operation=_need_path,
)


def _replace_whole(readings: Readings) -> Readings:
    return evolve(readings, replace_complex="whole", unknown="reject")


WHOLE_REPLACE = Rewrite(
    name="whole-replace",
    note="replace of a complex attribute replaces all of it, and unknown attributes in a value are refused",
    source="draft interop profile 01",
    observed="2026-04",
    readings=_replace_whole,
)


# Filters

FILTER_SUFFIX = Rewrite(
    name="filter-suffix",
    note='a filter such as emails[type eq "work"].value eq "x" puts the comparison into the brackets',
    source="Entra ID: use-scim, matching by e-mail",
    observed="2026-09",
    filter=join_element,
)
