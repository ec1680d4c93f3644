"""Types that are made of data alone."""

from collections.abc import Mapping
from typing import Any

import pytest

from scimcore.resources import Rules, changes_between, checker, describe_resource_type, describe_schema
from scimcore.schema import GROUP, GROUP_URN, USER, USER_URN, Registry, resource_type_from_json, schema_from_json
from scimcore.testing.trial import Trial

# RFC 9944 in spirit: a device, its onboarding extensions, a reference to the application that may use it.
DEVICE = {
    "id": "urn:example:schemas:core:2.0:Device",
    "name": "Device",
    "description": "A thing on a network.",
    "attributes": [
        {"name": "displayName", "description": "What it is called.", "indexed": True},
        {"name": "active", "type": "boolean", "multiValued": False, "required": True},
        {"name": "mudUrl", "type": "reference", "referenceTypes": ["external"]},
        {
            "name": "groups",
            "type": "complex",
            "multiValued": True,
            "mutability": "readOnly",
            "subAttributes": [{"name": "value"}, {"name": "$ref", "type": "reference", "referenceTypes": ["Device"]}],
        },
        {"name": "serial", "mutability": "immutable", "uniqueness": "server", "caseExact": True, "returned": "always"},
    ],
}
WIRELESS = {
    "id": "urn:example:schemas:extension:wireless:2.0:Device",
    "name": "Wireless",
    "attributes": [
        {"name": "versionSupport", "multiValued": True, "required": True, "canonicalValues": ["4.0", "5.3"]}
    ],
}
TYPE = {
    "name": "Device",
    "endpoint": "/Devices",
    "schema": DEVICE["id"],
    "schemaExtensions": [{"schema": WIRELESS["id"], "required": True}],
}


def load():
    schemas = [schema_from_json(item, types=["Device"]) for item in (DEVICE, WIRELESS)]
    return resource_type_from_json(TYPE, {schema.id: schema for schema in schemas}, unique="serial")


class TestLoading:
    """RFC 7643 sections 6 and 7."""

    def test_a_type_needs_no_code(self):
        # CORE-074, EXT-003
        bound = Registry(load())["Device"]
        body = {"ACTIVE": True, "serial": "S1", "groups": [], WIRELESS["id"]: {"versionsupport": ["5.3"]}}
        data = checker(bound, Rules(unknown="reject")).body(body, creating=True).data
        assert data == {
            "schemas": [DEVICE["id"], WIRELESS["id"]],
            "active": True,
            "serial": "S1",
            WIRELESS["id"]: {"versionSupport": ["5.3"]},
        }
        assert [change.path for change in changes_between(bound, {}, data)] == [
            "active",
            "serial",
            f"{WIRELESS['id']}:versionSupport",
        ]

    def test_what_was_loaded_is_described_as_it_was(self):
        device = load()
        described = describe_schema(device.schema)["attributes"]
        assert described[4]["uniqueness"] == "server"
        assert described[4]["returned"] == "always"
        assert described[0]["mutability"] == "readWrite"  # CORE-004
        assert describe_resource_type(device)["schemaExtensions"] == TYPE["schemaExtensions"]
        assert device.schema.attributes[0].indexed

    def test_an_endpoint_may_lack_its_slash(self):
        schema = schema_from_json(WIRELESS)
        loaded = resource_type_from_json(
            {"name": "W", "endpoint": "Ws", "schema": schema.id.upper()}, {schema.id: schema}
        )
        assert loaded.endpoint == "/Ws"

    @pytest.mark.parametrize(
        ("attribute", "path"),
        [
            ({}, r"attributes\[0\]\.name"),
            ({"name": "1x"}, r"attributes\[0\]: '1x'"),
            ({"name": "a", "type": "text"}, r"attributes\[0\]\.type"),  # CORE-092
            ({"name": "a", "returned": "often"}, r"attributes\[0\]\.returned"),
            ({"name": "a", "mutability": 1}, r"attributes\[0\]\.mutability"),
            ({"name": "a", "required": "yes"}, r"attributes\[0\]\.required"),
            ({"name": "a", "canonicalValues": "x"}, r"attributes\[0\]\.canonicalValues"),
            ({"name": "a", "canonicalValues": [1]}, r"attributes\[0\]\.canonicalValues\[0\]"),
            (
                {"name": "a", "type": "reference", "referenceTypes": ["Car"]},
                r"attributes\[0\]\.referenceTypes",
            ),  # CORE-015
            ({"name": "a", "subAttributes": [{"name": "b"}]}, r"attributes\[0\]: a"),
            (
                {"name": "a", "type": "complex", "subAttributes": [{"name": "b", "type": "x"}]},
                r"attributes\[0\]\.subAttributes\[0\]\.type",
            ),
            (
                {
                    "name": "a",
                    "type": "complex",
                    "subAttributes": [{"name": "b", "type": "complex", "subAttributes": [{"name": "c"}]}],
                },
                r"attributes\[0\]: a\.b",  # CORE-017
            ),
            ("x", r"attributes\[0\]"),
        ],
    )
    def test_a_mistake_is_named_by_its_path(self, attribute, path):
        with pytest.raises(ValueError, match=path):
            schema_from_json({"id": "urn:x", "attributes": [attribute]}, types=["Device"])

    @pytest.mark.parametrize(
        ("change", "path"),
        [
            ({"name": 1}, "name"),
            ({"schema": "urn:nothing"}, "schema: there is no"),
            ({"schemaExtensions": {}}, "schemaExtensions"),
            ({"schemaExtensions": ["x"]}, r"schemaExtensions\[0\]"),
            ({"schemaExtensions": [{"schema": "urn:y"}]}, r"schemaExtensions\[0\]\.schema"),
            ({"endpoint": "/a/b"}, "endpoint"),
        ],
    )
    def test_so_is_one_in_a_type(self, change, path):
        schema = schema_from_json(DEVICE)
        with pytest.raises(ValueError, match=path):
            resource_type_from_json({**TYPE, "schemaExtensions": [], **change}, {schema.id: schema})

    @pytest.mark.parametrize("wrong", [{"id": 1}, {"attributes": {}}, {"id": "noturi"}])
    def test_so_is_one_in_the_schema_itself(self, wrong):
        with pytest.raises(ValueError, match=r"id|attributes|URI"):
            schema_from_json({"id": "urn:x", "attributes": [], **wrong})


def _published() -> tuple[dict[str, Any], dict[str, Any]]:
    """What scimcore itself publishes: schemas by URI, and resource types by name."""
    trial = Trial.start()
    schemas = trial.send("GET", "/Schemas").body["Resources"]
    types = trial.send("GET", "/ResourceTypes").body["Resources"]
    return {data["id"]: data for data in schemas}, {data["name"]: data for data in types}


def _loaded(schemas: Mapping[str, Any], types: Mapping[str, Any]) -> Registry:
    read = {urn: schema_from_json(data) for urn, data in schemas.items()}
    return Registry(*(resource_type_from_json(data, read) for data in types.values()))


class TestWhatADocumentCannotSay:
    """The RFC's types keep it when they are loaded: links, what is indexed, the unique attribute."""

    # Equal types are one bound type, so all that is known of the built-in ones holds for these.
    def test_our_own_documents_are_our_own_types(self) -> None:
        assert [bound.resource_type for bound in _loaded(*_published())] == [USER, GROUP]

    def test_a_document_with_more_in_it_keeps_the_rest(self) -> None:
        schemas, types = _published()
        schemas[USER_URN]["attributes"].append({"name": "badge", "uniqueness": "server"})
        schemas[GROUP_URN]["attributes"].append({"name": "colour"})
        trial = Trial.start(registry=_loaded(schemas, types))
        user = trial.post("/Users", {"userName": "i@x.org", "badge": "B1"})["id"]
        assert trial.post("/Users", {"userName": "I@x.org"}).status == 409
        refused = trial.post("/Users", {"userName": "j@x.org", "badge": "b1"})
        assert (refused.status, refused["scimType"]) == (409, "uniqueness")
        assert "badge" in refused["detail"]
        assert trial.post("/Groups", {"displayName": "T", "members": [{"value": "nobody"}]}).status == 400
        team = trial.post("/Groups", {"displayName": "T", "colour": "red", "members": [{"value": user}]})
        assert (team["members"][0]["value"], team["members"][0]["type"]) == (user, "User")
        assert [group["value"] for group in trial.send("GET", f"/Users/{user}")["groups"]] == [team["id"]]
        trial.patch(f"/Users/{user}", [{"op": "replace", "path": "groups", "value": []}])
        assert trial.send("GET", f"/Users/{user}")["groups"]

    def test_the_little_that_old_documents_say_is_enough(self) -> None:
        user = {"id": USER_URN, "attributes": [{"name": "username"}]}
        group = {
            "id": GROUP_URN,
            "attributes": [
                {"name": "displayName"},
                {"name": "members", "type": "complex", "multiValued": True, "subAttributes": [{"name": "value"}]},
            ],
        }
        types = {
            name: {"name": name, "endpoint": f"{name}s", "schema": urn}
            for name, urn in (("User", USER_URN), ("Group", GROUP_URN))
        }
        registry = _loaded({USER_URN: user, GROUP_URN: group}, types)
        assert [bound.resource_type.unique for bound in registry] == ["userName", "displayName"]
        trial = Trial.start(registry=registry)
        member = trial.post("/Users", {"userName": "i@x.org"})["id"]
        team = trial.post("/Groups", {"displayName": "T", "members": [{"value": member}]})
        assert [link["value"] for link in team["members"]] == [member]

    def test_another_type_is_unique_by_what_it_publishes(self) -> None:
        schema = {
            "id": "urn:x:Device",
            "attributes": [
                {"name": "label", "uniqueness": "server"},
                {"name": "serial", "required": True, "uniqueness": "global"},
            ],
        }
        data = {"name": "Device", "endpoint": "Devices", "schema": "urn:x:Device"}
        known = {"urn:x:Device": schema_from_json(schema)}
        assert resource_type_from_json(data, known).unique == "serial"
        assert resource_type_from_json(data, known, unique="").unique == ""
        trial = Trial.start(registry=Registry(USER, GROUP, resource_type_from_json(data, known)))
        assert trial.post("/Devices", {"serial": "1", "label": "a"}).status == 201
        assert trial.post("/Devices", {"serial": "1", "label": "b"}).status == 409
        assert trial.post("/Devices", {"serial": "2", "label": "A"}).status == 409

    @pytest.mark.parametrize("wrong", [{"type": "string"}, {"multiValued": False}, {"subAttributes": [{"name": "id"}]}])
    def test_members_that_could_be_no_links_are_refused(self, wrong: dict[str, Any]) -> None:
        members = {
            "name": "members",
            "type": "complex",
            "multiValued": True,
            "subAttributes": [{"name": "value"}],
            **wrong,
        }
        if wrong.get("type"):
            del members["subAttributes"]
        with pytest.raises(ValueError, match=r"attributes\[1\]: the values of members are links"):
            schema_from_json({"id": GROUP_URN, "attributes": [{"name": "displayName"}, members]})


_TYPES_OF_RFC = "string, boolean, decimal, integer, dateTime, binary, reference, complex"


class TestDocumentsOfVendors:
    """What is wrong in them is refused by a sentence that says where, what is expected, and what is there."""

    @pytest.mark.parametrize(
        ("attribute", "told"),
        [
            (
                {"type": "bool"},
                f"attributes[0].type: one of {_TYPES_OF_RFC} is expected, not the text 'bool'",
            ),
            (
                {"uniqueness": "Manufacturer"},
                "attributes[0].uniqueness: one of none, server, global is expected, not the text 'Manufacturer'",
            ),
            (
                {"type": "reference", "referenceTypes": "uri"},
                "attributes[0].referenceTypes: an array is expected, not the text 'uri'",
            ),
            (
                {"type": "string", "subAttributes": [{"name": "b"}]},
                "only a complex attribute has sub-attributes, and the type is string",
            ),
            ({"multiValued": "true"}, "attributes[0].multiValued: a boolean is expected, not the text 'true'"),
            ({"name": None}, "attributes[0].name: a string is expected, and there is none"),
        ],
    )
    def test_an_attribute(self, attribute: dict[str, Any], told: str) -> None:
        with pytest.raises(ValueError) as refused:
            schema_from_json({"id": "urn:x:y", "attributes": [{"name": "a", **attribute}]})
        assert told in str(refused.value)

    def test_a_list(self) -> None:
        with pytest.raises(ValueError, match="a schema is an object, not a list"):
            schema_from_json([])  # type: ignore[arg-type]
