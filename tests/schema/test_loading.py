"""Types that are made of data alone."""

import pytest

from scimcore.resources import Rules, changes_between, checker, describe_resource_type, describe_schema
from scimcore.schema import Registry, resource_type_from_json, schema_from_json

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
