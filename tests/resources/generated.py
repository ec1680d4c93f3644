"""What the tests of this folder are made of: types, checkers, bodies and strategies."""

from typing import Any

from hypothesis import strategies as st

from scimcore.resources import Checker, Document, Rules, checker
from scimcore.schema import (
    ENTERPRISE_SCHEMA,
    ENTERPRISE_URN,
    GROUP,
    GROUP_URN,
    USER,
    USER_URN,
    Attribute,
    BoundType,
    Registry,
    ResourceType,
    Schema,
)

BASE = "https://scim.example.com/v2"
REGISTRY = Registry()
USERS, GROUPS = REGISTRY["User"], REGISTRY["Group"]

STRICT = Rules(unknown="reject", missing_schemas="reject", canonical_values="enforce", formats="enforce")

#: One attribute of every type, of every mutability and of every `returned`; built from data alone.
THING_URN = "urn:example:schemas:Thing"
PART_URN = "urn:example:schemas:extension:Part"
THING = ResourceType(
    name="Thing",
    endpoint="/Things",
    schema=Schema(
        THING_URN,
        "Thing",
        (
            Attribute(name="string"),
            Attribute(name="boolean", type="boolean"),
            Attribute(name="decimal", type="decimal"),
            Attribute(name="integer", type="integer"),
            Attribute(name="dateTime", type="dateTime"),
            Attribute(name="binary", type="binary"),
            Attribute(name="reference", type="reference", reference_types=("external",)),
            Attribute(name="complex", type="complex", sub_attributes=(Attribute(name="sub"),)),
            Attribute(name="numbers", type="integer", multi_valued=True),
            Attribute(name="plain", type="complex", multi_valued=True),
            Attribute(name="serial", mutability="immutable", required=True),
            Attribute(name="computed", mutability="readOnly"),
            Attribute(name="hidden", returned="never"),
            Attribute(name="pin", mutability="writeOnly"),
            Attribute(name="costly", returned="request"),
            Attribute(name="label", returned="always"),
            Attribute(
                name="box",
                type="complex",
                multi_valued=True,
                sub_attributes=(
                    Attribute(name="value"),
                    Attribute(name="mark", returned="always"),
                    Attribute(name="secret", returned="never"),
                    Attribute(name="weight", type="decimal", returned="request"),
                    Attribute(name="tags", multi_valued=True),
                ),
            ),
        ),
    ),
)
PART = Schema(PART_URN, "Part", (Attribute(name="number", required=True), Attribute(name="colour")))
THINGS = BoundType(THING.with_extension(PART, required=True))
LOOSE_THINGS = BoundType(THING.with_extension(PART))

THING_BODY: dict[str, Any] = {"schemas": [THING_URN], "serial": "s", PART_URN: {"number": "1"}}


def of(type: BoundType, **rules: Any) -> Checker:
    return checker(type, Rules(**rules))


def document(data_text: str, type: str = "User") -> Document:
    return Document(
        type=type,
        id="2819c223",
        version=3,
        created=1_700_000_000_000_000,
        modified=1_700_000_001_250_000,
        text=data_text,
    )


#: RFC 7643 section 8.3, in our own values, in canonical order.
FULL_USER: dict[str, Any] = {
    "schemas": [USER_URN, ENTERPRISE_URN],
    "externalId": "701984",
    "userName": "bjensen@example.com",
    "name": {
        "formatted": "Ms. Barbara J Jensen, III",
        "familyName": "Jensen",
        "givenName": "Barbara",
        "middleName": "Jane",
        "honorificPrefix": "Ms.",
        "honorificSuffix": "III",
    },
    "displayName": "Babs Jensen",
    "nickName": "Babs",
    "profileUrl": "https://login.example.com/bjensen",
    "title": "Tour Guide",
    "userType": "Employee",
    "preferredLanguage": "en-US",
    "locale": "en-US",
    "timezone": "America/Los_Angeles",
    "active": True,
    "emails": [
        {"value": "bjensen@example.com", "type": "work", "primary": True},
        {"value": "babs@example.org", "type": "home"},
    ],
    "phoneNumbers": [{"value": "tel:555-555-5555", "type": "work"}],
    "ims": [{"value": "babs", "type": "aim"}],
    "photos": [{"value": "https://photos.example.com/F", "type": "photo"}],
    "addresses": [
        {
            "formatted": "100 Universal City Plaza\nHollywood, CA 91608 US",
            "locality": "Hollywood",
            "country": "US",
            "type": "work",
            "primary": True,
        }
    ],
    "entitlements": [{"value": "tours"}],
    "roles": [{"value": "guide", "primary": True}],
    "x509Certificates": [{"value": "MAMCAQE="}],
    ENTERPRISE_URN: {
        "employeeNumber": "701984",
        "department": "Tours",
        "manager": {"value": "26118915", "$ref": "../Users/26118915"},
    },
}

TEXTS = st.text(max_size=6)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=8
)


def _names(type: BoundType) -> list[str]:
    base = [a.name for a in type.attributes.values()]
    subs = [s.name for a in type.attributes.values() for s in a.sub_attributes]
    return [*base, *subs, *(schema.id for schema in type.extensions.values()), "department", "number"]


def near(type: BoundType) -> st.SearchStrategy[Any]:
    """Objects that nearly fit: names of the type at any depth, in any case, over any JSON."""
    names = st.sampled_from(_names(type))
    name = names | names.map(str.upper) | TEXTS
    inner = (
        JSON
        | st.dictionaries(name, JSON, max_size=4)
        | st.lists(st.dictionaries(name, SCALARS, max_size=3), max_size=3)
    )
    return st.dictionaries(name, inner | st.dictionaries(name, inner, max_size=3), max_size=6)


_WORDS = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=8)


def _elements(*names: str) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(
        st.fixed_dictionaries({}, optional=dict.fromkeys(names, _WORDS)).filter(bool),
        min_size=1,
        max_size=3,
        unique_by=lambda element: (element.get("value"), element.get("type"), repr(sorted(element.items()))),
    )


#: Canonical users: what the checker gives back unchanged.
USER_DATA = st.fixed_dictionaries(
    {"userName": _WORDS.filter(str.strip)},
    optional={
        "externalId": _WORDS,
        "title": _WORDS,
        "active": st.booleans(),
        "name": st.fixed_dictionaries({"givenName": _WORDS}, optional={"familyName": _WORDS}),
        "emails": _elements("value", "type", "display"),
        "addresses": _elements("country", "locality"),
        ENTERPRISE_URN: st.fixed_dictionaries(
            {"department": _WORDS}, optional={"manager": st.fixed_dictionaries({"value": _WORDS})}
        ),
    },
)

_SIMPLE = ("string", "boolean", "decimal", "integer", "dateTime", "binary", "reference")
_CHARACTERISTICS = {
    "multi_valued": st.booleans(),
    "required": st.sampled_from([False, False, True]),
    "mutability": st.sampled_from(["readWrite", "readWrite", "readWrite", "readOnly", "immutable", "writeOnly"]),
    "uniqueness": st.sampled_from(["none", "none", "server"]),
    "canonical_values": st.sampled_from([(), (), ("work", "home")]),
}
_SUB_NAMES = ("value", "type", "primary", "display", "code")


def _attribute(name: str, **more: Any) -> st.SearchStrategy[Attribute]:
    kind = st.just("boolean") if name == "primary" else st.sampled_from(_SIMPLE)
    characteristics = dict(_CHARACTERISTICS)
    if name == "primary":
        characteristics.update(multi_valued=st.just(False), canonical_values=st.just(()))
    return st.builds(Attribute, name=st.just(name), type=kind, **characteristics, **more)


def _complex(name: str) -> st.SearchStrategy[Attribute]:
    names = st.lists(st.sampled_from(_SUB_NAMES), min_size=1, max_size=4, unique=True)
    subs = names.flatmap(lambda chosen: st.tuples(*(_attribute(sub) for sub in chosen)))
    return st.builds(Attribute, name=st.just(name), type=st.just("complex"), sub_attributes=subs, **_CHARACTERISTICS)


@st.composite
def resource_types(draw: st.DrawFn) -> ResourceType:
    """Resource types of any attributes, with or without an extension."""
    letters = draw(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=5, unique=True))
    attributes = tuple(draw(_attribute(name) | _complex(name)) for name in letters)
    plain = ResourceType(name="Any", endpoint="/Any", schema=Schema("urn:example:Any", "Any", attributes))
    if not draw(st.booleans()):
        return plain
    inner = Schema("urn:example:More", "More", (draw(_attribute("a")), draw(_complex("g"))))
    return plain.with_extension(inner, required=draw(st.booleans()))


_VALUES = {
    "string": ["x", "work", "é", ""],
    "boolean": [True, False],
    "decimal": [1.5, 2],
    "integer": [1, 2],
    "dateTime": ["2026-05-13T04:42:34Z"],
    "binary": ["MA=="],
    "reference": ["https://example.com/x"],
}


def fitting(random: Any, attribute: Attribute) -> Any:
    """A value that fits the attribute."""

    def one() -> Any:
        if attribute.type == "complex":
            return {sub.name: fitting(random, sub) for sub in attribute.sub_attributes}
        return random.choice(attribute.canonical_values or _VALUES[attribute.type])

    return [one() for _ in range(random.choice((1, 1, 2, 3)))] if attribute.multi_valued else one()


__all__ = [
    "BASE",
    "ENTERPRISE_SCHEMA",
    "ENTERPRISE_URN",
    "FULL_USER",
    "GROUP",
    "GROUPS",
    "GROUP_URN",
    "JSON",
    "LOOSE_THINGS",
    "PART",
    "PART_URN",
    "REGISTRY",
    "STRICT",
    "THING",
    "THINGS",
    "THING_BODY",
    "THING_URN",
    "USER",
    "USERS",
    "USER_DATA",
    "USER_URN",
    "document",
    "fitting",
    "near",
    "of",
    "resource_types",
]
