"""Rewrites of values: the JSON kind or shape that an attribute does not have, but that somebody sends for it."""

from attrs import evolve

from scimcore.dialects.rewrite import Coercer, Place, Rewrite
from scimcore.patch.readings import Readings
from scimcore.schema import fold_name
from scimcore.schema.json import Json

_TRUTHS: dict[str, bool] = {"true": True, "false": False}
_SCALARS = (str, int, float, bool)

# Identifiers are compared as texts by everybody who has numbers for them; the rest are texts of digits.
_DIGITS = frozenset({"employeenumber", "costcenter", "postalcode"})


def _unwrap(place: Place) -> Coercer | None:
    if place.many or place.element:
        return None
    return _only_object if place.leaf.type == "complex" else _only_value


def _only_object(value: Json) -> Json:
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str | dict):
        return value[0]
    return value


def _only_value(value: Json) -> Json:
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict):
        inner = value[0].get("value")
        if isinstance(inner, _SCALARS):
            return inner
    return value


def _listed_scalar(place: Place) -> Coercer | None:
    if place.many or place.element or place.leaf.type == "complex":
        return None
    return lambda value: value[0] if isinstance(value, list) and len(value) == 1 and _plain(value[0]) else value


def _plain(value: Json) -> bool:
    return isinstance(value, _SCALARS)


def _wrap(place: Place) -> Coercer | None:
    return (lambda value: [value]) if place.many and place.leaf.type == "complex" else None


def _as_value(place: Place) -> Coercer | None:
    if place.many or place.leaf.type != "complex" or place.sub("value") is None:
        return None
    # An empty text is no value but the lack of one: see `empty-text`.
    return lambda value: value if value == "" else {"value": value}


def _truth(place: Place) -> Coercer | None:
    if place.many or place.leaf.type != "boolean":
        return None
    return lambda value: _TRUTHS.get(value.lower(), value) if isinstance(value, str) else value


def _digits(place: Place) -> Coercer | None:
    leaf = place.leaf
    identifies = leaf.case_exact or fold_name(leaf.name) in _DIGITS
    if place.many or leaf.type != "string" or leaf.returned == "never" or not identifies:
        return None
    return str


def _blank(place: Place) -> Coercer | None:
    if place.many or place.leaf.required:
        return None
    if place.element and (value := place.sub("value")) is not None and not value.required:
        return _drop_without_value
    return lambda value: None if value == "" else value


def _drop_without_value(value: Json) -> Json:
    """Without its value an element says nothing: what is left are labels of a template."""
    if value == "" or (isinstance(value, dict) and value.get("value") == ""):
        return None
    return value


def _manager_id(place: Place) -> Coercer | None:
    known = place.leaf.name == "manager" and place.sub("value") is not None and place.sub("managerId") is None
    return _rename_manager_id if known else None


def _rename_manager_id(value: Json) -> Json:
    if not isinstance(value, dict) or "managerId" not in value or "value" in value:
        return value
    return {("value" if key == "managerId" else key): part for key, part in value.items()}


def _empty_unassigns(readings: Readings) -> Readings:
    return evolve(readings, empty_unassigns=True)


SINGLE_IN_LIST = Rewrite(
    name="single-in-list",
    note="a list of one element, sent where one value belongs, is taken as that value",
    source='Entra ID: use-scim, example 5 (manager as a list), and older "value" lists for texts',
    observed="2026-09",
    kinds=(list,),
    value=_unwrap,
)
LISTED_SCALAR = Rewrite(
    name="listed-scalar",
    note="a list of one plain value, sent in a PATCH where a single value belongs, is taken as that value",
    source="Okta: value arrays in PATCH even for single values, catalogued in client mocks of a Rust server",
    observed="2026-11",
    within="patches",
    kinds=(list,),
    value=_listed_scalar,
)
MANAGER_ID = Rewrite(
    name="manager-id",
    note='"managerId" is taken as the "value" of manager',
    source="SCIM 1.1 and OneLogin templates made from it",
    observed="2026-09",
    kinds=(dict,),
    value=_manager_id,
)
OBJECT_FOR_LIST = Rewrite(
    name="object-for-list",
    note="one object, sent where a list belongs, is taken as a list of one",
    source="OneLogin: emails as an object, reported by the authors of django-scim2",
    observed="2026-09",
    within="bodies",
    kinds=(dict,),
    value=_wrap,
)
BARE_VALUE = Rewrite(
    name="bare-value",
    note='a bare text, sent where an object with a "value" belongs, is taken as that value',
    source="Entra ID: the validator's Add Manager sends the id alone; also members as bare ids",
    observed="2026-09",
    kinds=(str, int),
    value=_as_value,
)
TEXT_BOOLEANS = Rewrite(
    name="text-booleans",
    note='the texts "True" and "False" are taken as booleans where the schema has a boolean',
    source="Entra ID: scim-compatibility, default flavour, and the validator; OneLogin templates",
    observed="2026-09",
    kinds=(str,),
    value=_truth,
    text_booleans=True,
)
NUMBERS_AS_TEXT = Rewrite(
    name="numbers-as-text",
    note="a number is taken as its digits where an identifier or another text of digits belongs",
    source="member ids and employee numbers as JSON numbers, reported for scimitar and others",
    observed="2026-09",
    kinds=(int,),
    value=_digits,
)
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
