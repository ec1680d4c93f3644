"""The shipped rewrites of values: what is sent at one place in a resource and does not fit its schema.

A function `Place -> Coercer | None` is called once for each place in a schema, when a dialect first meets the type. The
coercer that it returns then gets the values there, of the JSON kinds that the rewrite names. The other rewrites are in
`catalogue`, which says how to add one.
"""

from attrs import evolve

from scimcore.dialects.rewrite import Coercer, Place, Rewrite
from scimcore.patch.readings import Readings
from scimcore.resources.decoding import read_number
from scimcore.resources.values import is_json_text
from scimcore.schema import Target, fold_name
from scimcore.schema.json import Json, JsonObject

_SCALARS = (str, int, float, bool)
#: Sub-attributes that only label or point to a value (RFC 7643 section 2.4).
_LABELS = frozenset({"type", "primary", "display", "$ref"})


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
        inner = _inner_value(value[0])
        return value if inner is None else inner
    return value


SINGLE_IN_LIST = Rewrite(
    name="single-in-list",
    note="a list of one element, sent where one value belongs, is taken as that value",
    source='Entra ID: use-scim, example 5 (manager as a list), and older "value" lists for texts',
    observed="2026-09",
    kinds=(list,),
    value=_unwrap,
)


def _inner_value(value: JsonObject) -> Json:
    """The plain value of an object that says nothing but a value and labels for it; None for any other object."""
    names = {fold_name(name): name for name in value}
    inner = value.get(names.get("value", "value"))
    others = [name for folded, name in names.items() if folded != "value"]
    if not isinstance(inner, _SCALARS) or len(others) + 1 < len(value):
        return None
    # What an object says besides would be lost without a word, so that such an object is refused.
    return inner if all(value[name] is None or fold_name(name) in _LABELS for name in others) else None


def _value_object(place: Place) -> Coercer | None:
    if place.many or place.leaf.type == "complex":
        return None

    def unwrapped(value: Json) -> Json:
        inner = _inner_value(value) if isinstance(value, dict) else None
        return value if inner is None else inner

    return unwrapped


VALUE_OBJECT = Rewrite(
    name="value-object",
    note='an object with a "value", sent where a plain value belongs, is taken as that value',
    source="Entra ID: custom multi-valued attributes, learn.microsoft.com/answers/questions/1693075",
    observed="2026-11",
    kinds=(dict,),
    value=_value_object,
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
    return (lambda value: [value]) if place.many else None


OBJECT_FOR_LIST = Rewrite(
    name="object-for-list",
    note="one object, sent where a list belongs, is taken as a list of one",
    source="OneLogin: emails as an object, reported by the authors of django-scim2",
    observed="2026-09",
    within="bodies",
    kinds=(dict,),
    value=_wrap,
)


def _list_of_one(place: Place) -> Coercer | None:
    if not place.many:
        return None
    # Not "": whether it empties the list is for `empty-text` to say. Nor JSON in a text, whose list would be another.
    opaque = place.leaf.type == "complex"
    return lambda value: value if value == "" or (opaque and is_json_text(value)) else [value]


TEXT_FOR_LIST = Rewrite(
    name="text-for-list",
    note="a plain value, sent where a list belongs, is taken as a list of one",
    source="Microsoft's test collection: members as a bare id, AzureAD/SCIMReferenceCode#24",
    observed="2026-11",
    kinds=_SCALARS,
    value=_list_of_one,
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
    # An empty text means that there is no value: see `empty-text`. JSON in a text is a whole object (SCIM-SDK#201):
    # taken as a bare value it would become somebody's e-mail address, so it is left to be refused.
    return lambda value: value if value == "" or is_json_text(value) else {"value": value}


def _value_of_selected(operation: JsonObject, target: Target | None) -> JsonObject:
    """Turn a bare text for `emails[type eq "work"]` into one for `emails[type eq "work"].value`.

    As the whole element it would throw away the type that the filter asks for.
    """
    attribute = target.attribute if target else None
    path, value = operation.get("path"), operation.get("value")
    if attribute is None or not isinstance(path, str) or not path.endswith("]") or operation.get("op") == "remove":
        return operation
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    # The parts of a member never change, so that there the path as it is gets the better error.
    if not isinstance(value, str | int) or value == "" or is_json_text(value) or attribute.relation is not None:
        return operation
    if attribute.type != "complex" or attribute.sub("value") is None:
        return operation
    return {**operation, "path": f"{path}.value", "value": value}


BARE_VALUE = Rewrite(
    name="bare-value",
    note='a bare text, sent where an object with a "value" belongs, is taken as that value',
    source="Entra ID: the validator's Add Manager sends the id alone; also members as bare ids",
    observed="2026-09",
    kinds=(str, int),
    value=_as_value,
    operation=_value_of_selected,
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


def _number(place: Place) -> Coercer | None:
    # "17" for a number as "True" for a boolean. What is not exactly a number is left to be refused.
    if place.many or place.leaf.type not in ("integer", "decimal"):
        return None
    whole = place.leaf.type == "integer"

    def read(value: Json) -> Json:
        number = read_number(value) if isinstance(value, str) else None
        return value if number is None or (whole and not isinstance(number, int)) else number

    return read


TEXT_NUMBERS = Rewrite(
    name="text-numbers",
    note="a text that is a number is taken as that number where the schema has an integer or a decimal",
    source="Entra ID: numbers as texts, elimity-com/scim#165",
    observed="2026-11",
    kinds=(str,),
    value=_number,
    text_numbers=True,
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
    # Nor is "" for active read as no value: (string) false is "" in PHP, and a leaver would stay active.
    if place.many or place.leaf.required or str(place.target) == "active":
        return None
    return lambda value: None if value == "" else value


def _empty_unassigns(readings: Readings) -> Readings:
    return evolve(readings, empty_unassigns=True)


EMPTY_TEXT = Rewrite(
    name="empty-text",
    note="an empty text unassigns an optional attribute other than active",
    source="Entra ID: the validator's Remove Manager; OneLogin templates with unresolved fields",
    observed="2026-09",
    within="bodies",
    kinds=(str,),
    only_blank=True,
    value=_blank,
    readings=_empty_unassigns,
)


def _without_value(place: Place) -> Coercer | None:
    # Single values as well as elements, but no relations: a member without an id is a mistake.
    attribute = place.target.attribute
    if place.many or place.leaf.type != "complex" or place.target.sub is not None or place.leaf.required:
        return None
    if attribute is not None and attribute.relation is not None:
        return None
    return _drop_labels if place.leaf.multi_valued or place.sub("value") is not None else None


def _drop_labels(value: Json) -> Json:
    """The object, or None if it was sent with an empty value and has nothing but labels besides."""
    if not isinstance(value, dict):
        return value
    rest = [name for name, part in value.items() if part is not None and part != ""]
    if len(rest) == len(value) or any(fold_name(name) not in _LABELS for name in rest):
        return value
    return None


def _drop_without_value(readings: Readings) -> Readings:
    return evolve(readings, without_value="drop")


WITHOUT_VALUE = Rewrite(
    name="without-value",
    note="what is left of an element that lost its value, its type or primary, goes with the value",
    source="SCIM Gateway, Nextcloud and Keycloak: an e-mail whose value is empty",
    observed="2026-11",
    within="bodies",
    kinds=(dict,),
    only_blank=True,
    value=_without_value,
    readings=_drop_without_value,
)
