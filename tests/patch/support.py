"""What the tests of the engine share: types, readings, and one call that patches plain data."""

import copy
from typing import Any

import pytest

from scimcore.errors import ScimError
from scimcore.patch import Patched, Readings, apply_patch, parse_patch
from scimcore.patch.operations import PATCH_OP_URN
from scimcore.resources import Checker, Rules
from scimcore.schema import ENTERPRISE_URN, GROUP, USER, USER_URN, Attribute, BoundType, Schema

BADGE_URN = "urn:example:params:scim:schemas:extension:badge:2.0:User"

#: A User with what the RFC's own lacks: immutable attributes, simple multi-valued ones, required parts.
TYPE = BoundType(
    USER.with_attributes(
        Attribute(name="badge", mutability="immutable"),
        Attribute(name="tags", multi_valued=True),
        Attribute(name="seals", multi_valued=True, mutability="immutable"),
        Attribute(
            name="desks",
            type="complex",
            multi_valued=True,
            sub_attributes=(
                Attribute(name="value"),
                Attribute(name="floor", required=True),
                Attribute(name="serial", mutability="immutable"),
                Attribute(name="notes", multi_valued=True),
                Attribute(name="type"),
                Attribute(name="primary", type="boolean"),
            ),
        ),
    ).with_extension(
        Schema(
            BADGE_URN,
            "Badge",
            (Attribute(name="colour", required=True), Attribute(name="issued", mutability="immutable")),
        )
    )
)
GROUPS = BoundType(GROUP)
CHECKER = Checker(TYPE, Rules())
GROUP_CHECKER = Checker(GROUPS, Rules())

#: The letter of RFC 7644.
RFC = Readings()
#: What a dialect for many clients chooses.
LENIENT = Readings(
    unmatched="create", remove_listed=True, empty_unassigns=True, text_booleans=True, without_value="drop"
)

ENTERPRISE = ENTERPRISE_URN


def op(op: str, path: str | None = None, *value: Any) -> dict[str, Any]:
    """One operation as JSON; the value is left out when it is not given."""
    made: dict[str, Any] = {"op": op}
    if path is not None:
        made["path"] = path
    if value:
        made["value"] = value[0]
    return made


def message(*operations: dict[str, Any]) -> dict[str, Any]:
    return {"schemas": [PATCH_OP_URN], "Operations": list(operations)}


def user(**attributes: Any) -> dict[str, Any]:
    """Canonical data of a user; `enterprise` and `badge_extension` stand for the extensions' objects."""
    extensions = {"enterprise": ENTERPRISE, "badge_extension": BADGE_URN}
    named = {extensions.get(name, name): value for name, value in attributes.items()}
    body = {"schemas": [USER_URN, *(u for u in extensions.values() if u in named)], "userName": "maren", **named}
    return CHECKER.body(body, creating=True).data


def patch(data: dict[str, Any], *operations: dict[str, Any], readings: Readings = RFC) -> Patched:
    """Applies the operations to a user with the id "u1", and sees to it that the input stays as it was."""
    before = copy.deepcopy(data)
    try:
        return apply_patch(TYPE, data, parse_patch(message(*operations)), checker=CHECKER, readings=readings, id="u1")
    finally:
        assert data == before, "the input was changed"


def patched(data: dict[str, Any], *operations: dict[str, Any], readings: Readings = RFC) -> dict[str, Any]:
    """The data afterwards, without the two attributes that every user here has."""
    after = patch(data, *operations, readings=readings).data
    return {name: value for name, value in after.items() if name not in ("schemas", "userName")}


def refused(data: dict[str, Any], *operations: dict[str, Any], readings: Readings = RFC) -> str | None:
    """The scimType that the operations are refused with."""
    with pytest.raises(ScimError) as caught:
        patch(data, *operations, readings=readings)
    assert caught.value.status == 400
    assert str(caught.value).startswith("[SC-")
    return caught.value.scim_type


def patch_group(*operations: dict[str, Any], readings: Readings = RFC) -> Patched:
    data = GROUP_CHECKER.body({"displayName": "Dyers"}, creating=True).data
    return apply_patch(
        GROUPS, data, parse_patch(message(*operations)), checker=GROUP_CHECKER, readings=readings, id="g1"
    )
