"""What discovery tells."""

from typing import Any

import pytest
from attrs import evolve

from scimcore.resources import (
    Rules,
    checker,
    describe_discovery_schemas,
    describe_resource_type,
    describe_schema,
    service_provider_config,
)
from scimcore.schema import GROUP, Attribute, BoundType, Registry, ResourceType, Schema, schema_from_json
from tests.resources.generated import BASE, ENTERPRISE_SCHEMA, ENTERPRISE_URN, GROUP_URN, THING, USER, USER_URN

REGISTRY = Registry(USER, *(b.resource_type for b in Registry() if b.name == "Group"), THING)
PUBLISHED = {urn: describe_schema(schema, base=BASE) for urn, schema in REGISTRY.schemas().items()}
DISCOVERY = {str(schema["name"]): schema for schema in describe_discovery_schemas(base=BASE)}
BEARER = {"type": "oauthbearertoken", "name": "Bearer", "description": "A token.", "primary": True}


def walk(value: Any):
    yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from walk(item)


def attribute(schema: dict[str, Any], path: str) -> dict[str, Any]:
    names = path.split(".")
    found = next(a for a in schema["attributes"] if a["name"] == names[0])
    for name in names[1:]:
        found = next(a for a in found["subAttributes"] if a["name"] == name)
    return found


ATTRIBUTES = [
    found
    for schema in [*PUBLISHED.values(), *DISCOVERY.values()]
    for found in walk(schema["attributes"])
    if isinstance(found, dict)
]


class TestSchemas:
    """RFC 7643 section 7."""

    def test_every_characteristic_is_stated(self):
        # CORE-004
        stated = {"name", "type", "multiValued", "description", "required", "caseExact", "mutability", "returned"}
        assert all(stated <= found.keys() for found in ATTRIBUTES)

    def test_complex_attributes_have_no_uniqueness_and_the_others_have(self):
        assert all(("uniqueness" in found) == (found["type"] != "complex") for found in ATTRIBUTES)  # CORE-073

    def test_nothing_is_null_or_empty(self):
        for schema in [*PUBLISHED.values(), *DISCOVERY.values()]:
            assert None not in list(walk(schema))  # DISC-005
            assert [] not in list(walk(schema))

    def test_they_are_resources(self):
        for schema in PUBLISHED.values():  # CORE-094
            assert schema["schemas"] == ["urn:ietf:params:scim:schemas:core:2.0:Schema"]
            assert schema["meta"] == {"resourceType": "Schema", "location": f"{BASE}/Schemas/{schema['id']}"}

    def test_every_uri_in_use_is_published(self):
        for bound in REGISTRY:  # CORE-104
            assert {bound.urn, *(s.id for s in bound.extensions.values())} <= PUBLISHED.keys()

    def test_references_are_case_exact(self):
        references = [found for found in ATTRIBUTES if found["type"] in ("reference", "binary")]  # CORE-014
        assert references
        assert all(found["caseExact"] for found in references)

    @pytest.mark.parametrize(
        ("urn", "path", "expected"),
        [
            (USER_URN, "externalId", {"caseExact": True, "mutability": "readWrite", "type": "string"}),
            (USER_URN, "userName", {"required": True, "uniqueness": "server", "caseExact": False}),  # CORE-050
            (USER_URN, "groups", {"mutability": "readOnly"}),  # CORE-061
            (USER_URN, "groups.$ref", {"referenceTypes": ["Group"]}),  # CORE-062, erratum 8471
            (USER_URN, "password", {"mutability": "writeOnly", "returned": "never"}),  # CORE-057
            (USER_URN, "photos.type", {"canonicalValues": ["photo", "thumbnail"]}),  # CORE-064
            (USER_URN, "addresses.primary", {"type": "boolean"}),  # CORE-060
            (USER_URN, "x509Certificates.value", {"type": "binary", "caseExact": True}),  # CORE-063
            (USER_URN, "emails.display", {"mutability": "readWrite"}),  # CORE-024, erratum 8358
            (GROUP_URN, "externalId", {"caseExact": True}),
            (GROUP_URN, "displayName", {"required": True}),  # CORE-066, erratum 5368
            (GROUP_URN, "members.value", {"mutability": "immutable", "required": True}),  # CORE-067, CORE-070
            (GROUP_URN, "members.display", {"mutability": "readOnly"}),  # CORE-069, erratum 6011
            (ENTERPRISE_URN, "manager.value", {"caseExact": True}),  # CORE-072, erratum 8472
            (ENTERPRISE_URN, "manager.displayName", {"mutability": "readOnly"}),
        ],
    )
    def test_the_errata_are_applied(self, urn, path, expected):
        assert expected.items() <= attribute(PUBLISHED[urn], path).items()

    def test_ims_may_be_other(self):
        assert "other" in attribute(PUBLISHED[USER_URN], "ims.type")["canonicalValues"]  # CORE-065

    def test_external_id_is_listed_once_and_only_in_base_schemas(self):
        for urn, schema in PUBLISHED.items():
            names = [found["name"] for found in schema["attributes"]]
            assert names.count("externalId") == (urn != ENTERPRISE_URN)
            assert not {"id", "meta", "schemas"} & set(names)

    def test_what_is_published_is_what_is_accepted(self):
        # CORE-105: the checker of the published schemas takes what the checker of the real ones takes
        again = ResourceType(name="User", endpoint="/Users", schema=schema_from_json(PUBLISHED[USER_URN]))
        again = again.with_extension(schema_from_json(PUBLISHED[ENTERPRISE_URN]))
        body = {"userName": "a", "externalId": "x", "emails": [{"value": "e"}], ENTERPRISE_URN: {"department": "d"}}
        one, two = (checker(BoundType(t), Rules(unknown="reject")) for t in (USER, again))
        assert one.body(body, creating=True).data == two.body(body, creating=True).data

    def test_a_hosts_own_attributes_are_published(self):
        extended = Registry(USER.with_attributes(Attribute(name="secodaRole")))
        published = describe_schema(extended.schemas()[USER_URN])
        assert attribute(published, "secodaRole")["type"] == "string"

    @pytest.mark.parametrize("urn", PUBLISHED)
    def test_loading_what_is_published_gives_the_same(self, urn):
        loaded = schema_from_json(PUBLISHED[urn])
        for known in (USER, GROUP):
            if known.schema.id == urn:
                # A schema publishes the common attributes (externalId) as those of the type that it is the base of.
                loaded = Registry(evolve(known, schema=loaded)).schemas()[urn]
        assert describe_schema(loaded, base=BASE) == PUBLISHED[urn]


class TestDiscoverySchemas:
    """RFC 7643 section 8.7.2, with its errata."""

    def test_all_of_it_is_read_only(self):
        assert all(
            found["mutability"] == "readOnly"
            for s in DISCOVERY.values()
            for found in walk(s["attributes"])
            if isinstance(found, dict)
        )

    def test_type_may_be_binary_and_a_sub_attribute_is_never_complex(self):
        schema = DISCOVERY["Schema"]
        assert "binary" in attribute(schema, "attributes.type")["canonicalValues"]  # CORE-092, errata 5606 and 8435
        inner = attribute(schema, "attributes.subAttributes.type")["canonicalValues"]
        assert "complex" not in inner  # CORE-017, erratum 8415
        assert "binary" in inner
        assert attribute(schema, "attributes.subAttributes.referenceTypes")["multiValued"]  # erratum 5607

    def test_schema_extensions_are_many_and_an_endpoint_is_case_exact(self):
        schema = DISCOVERY["ResourceType"]
        assert attribute(schema, "schemaExtensions")["multiValued"] is True  # CORE-093, erratum 7522
        assert attribute(schema, "endpoint")["caseExact"] is True  # CORE-096, erratum 8475

    def test_the_configuration_is_described_completely(self):
        # CORE-095: what is served and what is described have the same names
        schema = DISCOVERY["Service Provider Configuration"]
        served = service_provider_config(
            max_results=10,
            authentication=[{**BEARER, "specUri": "https://x", "documentationUri": "https://y"}],
            bulk=(5, 100),
            documentation_uri="https://docs",
            default_page=5,
            cursor_seconds=60,
        )
        for name in served.keys() - {"schemas", "meta"}:
            value = served[name]
            described = attribute(schema, name)
            parts = value[0] if isinstance(value, list) else value
            if isinstance(parts, dict):
                assert parts.keys() == {sub["name"] for sub in described["subAttributes"]}
        assert {found["name"] for found in schema["attributes"]} == served.keys() - {"schemas", "meta"}


class TestResourceTypes:
    """RFC 7643 section 6."""

    def test_a_type_says_where_and_what_it_is(self):
        assert describe_resource_type(USER, base=BASE) == {  # CORE-103
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
            "id": "User",
            "name": "User",
            "description": USER.description,
            "endpoint": "/Users",
            "schema": USER_URN,
            "schemaExtensions": [{"schema": ENTERPRISE_SCHEMA.id, "required": False}],
            "meta": {"resourceType": "ResourceType", "location": f"{BASE}/ResourceTypes/User"},
        }

    def test_without_extensions_it_lists_none(self):
        bare = ResourceType(name="X", endpoint="/Xs", schema=Schema("urn:x", "X", ()))
        assert "schemaExtensions" not in describe_resource_type(bare)


class TestServiceProviderConfig:
    """RFC 7643 section 5 and RFC 9865 section 4."""

    def test_all_that_is_required_is_there(self):
        served = service_provider_config(max_results=200, authentication=[BEARER], base=BASE)
        assert served == {  # CORE-100, CUR-011
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
            "patch": {"supported": True},
            "bulk": {"supported": False, "maxOperations": 0, "maxPayloadSize": 0},
            "filter": {"supported": True, "maxResults": 200},
            "changePassword": {"supported": False},
            "sort": {"supported": True},
            "etag": {"supported": True},
            "pagination": {"cursor": True, "index": True, "defaultPaginationMethod": "index", "maxPageSize": 200},
            "authenticationSchemes": [BEARER],
            "meta": {"resourceType": "ServiceProviderConfig", "location": f"{BASE}/ServiceProviderConfig"},
        }

    @pytest.mark.parametrize(
        "schemes",
        [
            [{**BEARER, "type": "magic"}],
            [{"type": "httpbasic", "name": "Basic"}],
            [{"type": "httpbasic", "description": "x"}],
            [{**BEARER, "secret": "x"}],
            [BEARER, {**BEARER, "type": "httpbasic"}],
        ],
    )
    def test_a_wrong_scheme_is_the_hosts_mistake(self, schemes):
        with pytest.raises(ValueError, match=r"scheme|none of"):  # CORE-101
            service_provider_config(max_results=1, authentication=schemes)
