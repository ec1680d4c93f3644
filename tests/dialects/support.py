"""What the tests of the dialects share: the bound types, and short ways to rewrite one thing."""

import copy
from typing import Any

from scimcore.dialects import AUTO, Dialect
from scimcore.schema import ENTERPRISE_URN, Attribute, Registry, Schema
from scimcore.schema.core import GROUP, USER

PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
E = ENTERPRISE_URN

LAMPS = Schema(
    "urn:example:lamps",
    "Lamps",
    (
        Attribute(name="lit", type="boolean"),
        Attribute(name="flags", type="boolean", multi_valued=True),
        Attribute(name="watts", type="integer"),
        Attribute(name="tags", multi_valued=True),
        Attribute(name="serial", mutability="readOnly"),
        Attribute(
            name="keeper",
            type="complex",
            sub_attributes=(Attribute(name="value"), Attribute(name="onDuty", type="boolean")),
        ),
    ),
)
REGISTRY = Registry(USER.with_extension(LAMPS), GROUP)
USERS, GROUPS = REGISTRY["User"], REGISTRY["Group"]


def body(value: dict[str, Any], *, dialect: Dialect = AUTO, type: Any = USERS) -> dict[str, Any]:
    """The body rewritten; the one given must not change."""
    before = copy.deepcopy(value)
    after, _ = dialect.body(type, value)
    assert value == before
    return after


def rules(value: dict[str, Any], *, dialect: Dialect = AUTO, type: Any = USERS) -> list[str]:
    """The names of the rewrites that acted on the body."""
    return [name for name, _ in dialect.body(type, value)[1]]


def message(*operations: Any) -> dict[str, Any]:
    return {"schemas": [PATCH_OP], "Operations": list(operations)}


def patch(*operations: Any, dialect: Dialect = AUTO, type: Any = USERS) -> list[Any]:
    """The operations rewritten; those given must not change."""
    value = message(*operations)
    before = copy.deepcopy(value)
    after, _ = dialect.patch(type, value)
    assert value == before
    return after["Operations"]


def patch_rules(*operations: Any, dialect: Dialect = AUTO, type: Any = USERS) -> list[str]:
    """The names of the rewrites that acted on the operations."""
    return [name for name, _ in dialect.patch(type, message(*operations))[1]]
