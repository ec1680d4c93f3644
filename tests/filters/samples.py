"""Resources and types that the filter tests look at."""

from scimcore.filters import condition, parse_filter
from scimcore.schema import ENTERPRISE_URN, USER, USER_URN, Attribute, BoundType, Registry, ResourceType, Schema

USER_TYPE = Registry()["User"]
GROUP_TYPE = Registry()["Group"]

#: One attribute of every type, singular and multi-valued, and a complex one of each sort.
SCALARS = ("string", "boolean", "decimal", "integer", "dateTime", "binary", "reference")
ODD_URN = "urn:example:odd:1.0:Thing"
ODD = BoundType(
    ResourceType(
        name="Thing",
        endpoint="/Things",
        schema=Schema(
            ODD_URN,
            "Thing",
            (
                *(Attribute(name=f"one-{kind}", type=kind) for kind in SCALARS),  # type: ignore[arg-type]
                *(Attribute(name=f"many-{kind}", type=kind, multi_valued=True) for kind in SCALARS),  # type: ignore[arg-type]
                Attribute(name="exactly", case_exact=True),
                Attribute(
                    name="one-complex",
                    type="complex",
                    sub_attributes=tuple(Attribute(name=f"sub-{k}", type=k) for k in SCALARS),  # type: ignore[arg-type]
                ),
                Attribute(
                    name="many-complex",
                    type="complex",
                    multi_valued=True,
                    sub_attributes=tuple(Attribute(name=f"sub-{k}", type=k) for k in SCALARS),  # type: ignore[arg-type]
                ),
                Attribute(
                    name="rooms",
                    type="complex",
                    multi_valued=True,
                    sub_attributes=(Attribute(name="value"), Attribute(name="secret", returned="never")),
                ),
                Attribute(name="pin", type="complex", sub_attributes=(Attribute(name="value", returned="never"),)),
            ),
        ),
    )
)

USER_WITH_EVERYTHING = {
    "schemas": [USER_URN, ENTERPRISE_URN],
    "id": "2819c223",
    "externalId": "Ext-1",
    "userName": "bjensen",
    "name": {"familyName": "O'Malley", "givenName": "Barbara"},
    "title": "Tour Guide",
    "userType": "Employee",
    "active": True,
    "emails": [
        {"value": "bjensen@example.com", "type": "work", "primary": True},
        {"value": "babs@jensen.org", "type": "home"},
    ],
    "ims": [{"value": "someone@foo.com", "type": "xmpp"}],
    ENTERPRISE_URN: {"employeeNumber": "701984", "manager": {"value": "26118915"}},
    "meta": {"resourceType": "User", "lastModified": "2012-05-13T04:42:34Z", "created": "2010-01-23T04:56:22Z"},
    "groups": [{"value": "e9e30dba", "display": "Tour Guides", "$ref": "https://example.com/v2/Groups/e9e30dba"}],
}
USER_WITH_NOTHING = {"schemas": [USER_URN], "id": "0", "userName": "nobody", "meta": {"resourceType": "User"}}

EXTENDED_USER = USER.with_attributes(Attribute(name="secretWord", mutability="writeOnly"))


def holds(text: str, data: object = None, type: BoundType = USER_TYPE, **options: object) -> bool:
    """Whether the filter holds for the resource, by default for the user with everything."""
    resource = USER_WITH_EVERYTHING if data is None else data
    return condition(parse_filter(text), type, **options).holds(resource)  # type: ignore[arg-type]
