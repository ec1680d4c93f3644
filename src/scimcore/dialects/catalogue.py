"""The rewrites that scimcore ships: each one thing that a client sends and no RFC allows, with its functions.

The place to add a quirk. Write the vector first (docs/how-to/write-a-vector.md), then the rewrite here, then add it to
the dialects of `shipped` that need it. `source` and `observed` say who sends it and when somebody last saw that, so
that a rewrite which nobody needs any more can be found and removed. Those of values are in `value_catalogue`.
"""

import json
import re

from attrs import evolve

from scimcore.dialects._messages import find, locate
from scimcore.dialects.rewrite import Rewrite
from scimcore.errors import InvalidPath, InvalidSyntax, quoted
from scimcore.filters.ast import join_element
from scimcore.filters.bare_words import NOTE as BARE_WORDS_NOTE
from scimcore.patch.operations import PATCH_OP_URN
from scimcore.patch.readings import Readings
from scimcore.schema import ENTERPRISE_URN, BoundType, Target, fold_name
from scimcore.schema.json import Json, JsonObject

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


def _own_urn(type: BoundType, key: str) -> str | None:
    """The URN of one of the type's schemas with which the key begins, and what separates the rest: "." or ":"."""
    if ":" not in key:
        return None
    folded = fold_name(key)
    for urn in (fold_name(type.urn), *type.extensions):
        if folded.startswith((f"{urn}.", f"{urn}:")):
            return folded[len(urn)]
    return None


def _refuse_dot(type: BoundType, urn: str | None, key: str) -> str | None:
    if urn is None and _own_urn(type, key) == ".":
        raise InvalidPath(
            f'"{quoted(key)}": a schema has a colon before the name of its attribute, not a dot.', code="SC-1320"
        )
    return None


# As a path and in a filter it is refused by the grammar. As a key of a value it would be an unknown attribute, which
# is answered 200 and lost.
URN_DOT = Rewrite(
    name="urn-dot",
    note="a key with a dot between a URN and an attribute is refused",
    source="administrators' mappings, jelhub/scimgateway#124 and wso2/product-is#11092",
    observed="2026-11",
    key=_refuse_dot,
)


def _refuse_unknown(type: BoundType, urn: str | None, key: str) -> str | None:
    if urn is None and "[" not in key and _own_urn(type, key) == ":":
        raise InvalidPath(
            f'"{quoted(key)}": a {type.name} has no such attribute. See /Schemas for those that it has.',
            code="SC-1320",
        )
    return None


# In a body such a key is an unknown attribute like any other, which must not fail a create (ENTRA-012). In a PATCH it
# is a path, and an unknown one is refused wherever it stands.
URN_UNKNOWN = Rewrite(
    name="urn-unknown",
    note="a key of a PATCH that names an unknown attribute by its URN is refused, as the path would be",
    source="Entra ID: scim-compatibility, flag aadOptscim062020",
    observed="2026-11",
    within="patches",
    key=_refuse_unknown,
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


def _core(type: BoundType, urn: str | None, key: str) -> str | None:
    # By the letter only extensions have objects of their own (RFC 7643 section 3.3).
    same = urn is None and len(key) == len(type.urn) and fold_name(key) == fold_name(type.urn)
    return type.urn if same else None


CORE_OBJECT = Rewrite(
    name="core-object",
    note="an object under the URN of the base schema holds attributes of the resource",
    source="laravel-scim-server#28 and clients of Secoda, which nest attributes so",
    observed="2026-11",
    key=_core,
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


def _only_listed(operation: JsonObject, target: Target | None) -> JsonObject:
    """Take one object out of its list, where attributes of the resource or of an extension belong."""
    value = operation.get("value")
    whole = operation.get("path") is None or (target is not None and target.attribute is None)
    if not whole or not isinstance(value, list) or len(value) != 1 or not isinstance(value[0], dict):
        return operation
    return operation if operation.get("op") == "remove" else {**operation, "value": value[0]}


OBJECT_IN_LIST = Rewrite(
    name="object-in-list",
    note="one object in a list is taken as the object of attributes that belongs there",
    source="Captain-P-Goldfish's SCIM-SDK client 1.25: value of a PATCH without a path",
    observed="2026-11",
    operation=_only_listed,
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


# Filters and requests

BARE_WORDS = Rewrite(
    name="bare-words",
    note=BARE_WORDS_NOTE,
    source="authentik 2025.4: userName eq t_eve, by which it finds a user that exists",
    observed="2026-11",
    bare_words=True,
)


TEXT_SEARCH = Rewrite(
    name="text-search",
    note="numbers and lists of names in a SearchRequest may be texts, as in the query of a GET",
    source="Captain-P-Goldfish's SCIM-SDK client 1.25, which has texts only",
    observed="2026-11",
    text_search=True,
)


DOUBLE_SLASH = Rewrite(
    name="double-slash",
    note="two slashes after the base URL are read as one",
    source="Okta: its support article on base URLs; administrators who copy the URL with a slash at its end",
    observed="2026-11",
    double_slashes=True,
)


EMPTY_MEMBERS = Rewrite(
    name="empty-members",
    note='a group without members is answered with "members": []',
    source="authentik 2025.4, which repairs no group that lacks them",
    observed="2026-11",
    shows_empty=True,
)


FILTER_SUFFIX = Rewrite(
    name="filter-suffix",
    note='a filter such as emails[type eq "work"].value eq "x" puts the comparison into the brackets',
    source="Entra ID: use-scim, matching by e-mail",
    observed="2026-09",
    filter=join_element,
)
