"""The resources of discovery: Schema, ResourceType and ServiceProviderConfig (RFC 7644 section 4).

They are built here; `scimcore.schema.discovery` has the schemas that they follow.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from scimcore.schema import Attribute, ResourceType, Schema
from scimcore.schema.discovery import (
    AUTHENTICATION_TYPES,
    RESOURCE_TYPE_SCHEMA,
    RESOURCE_TYPE_URN,
    SCHEMA_SCHEMA,
    SCHEMA_URN,
    SERVICE_PROVIDER_CONFIG_SCHEMA,
    SERVICE_PROVIDER_CONFIG_URN,
)
from scimcore.schema.json import Json, JsonObject

_SCHEME_NAMES: Final = frozenset(["type", "name", "description", "specUri", "documentationUri", "primary"])


def describe_schema(schema: Schema, *, base: str = "") -> JsonObject:
    """Return the Schema resource of a schema: every characteristic is stated, none is null (CORE-004, DISC-005)."""
    attributes: list[Json] = [describe_attribute(attribute) for attribute in schema.attributes]
    # RFC 7643 section 7 exempts only this schema from having one level of sub-attributes. `Attribute` allows no second
    # level, so it is added to the description.
    if schema.id == SCHEMA_URN:
        attributes = [_nested(attribute) for attribute in attributes]
    return {
        "schemas": [SCHEMA_URN],
        "id": schema.id,
        "name": schema.name,
        "description": schema.description,
        "attributes": attributes,
        # Erratum 8417: Schema resources have schemas and meta as all resources do.
        "meta": {"resourceType": "Schema", "location": f"{base}/Schemas/{schema.id}"},
    }


def describe_attribute(attribute: Attribute) -> JsonObject:
    """Return one attribute as RFC 7643 section 7 describes it."""
    found: JsonObject = {
        "name": attribute.name,
        "type": attribute.type,
        "multiValued": attribute.multi_valued,
        "description": attribute.description,
        "required": attribute.required,
        "caseExact": attribute.case_exact,
        "mutability": attribute.mutability,
        "returned": attribute.returned,
    }
    # An empty list would say that no value is suggested; leaving it out says nothing (RFC 7643 section 2.2).
    if attribute.canonical_values:
        found["canonicalValues"] = list(attribute.canonical_values)
    if attribute.reference_types:
        found["referenceTypes"] = list(attribute.reference_types)
    if attribute.type == "complex":
        # Erratum 6004: a complex attribute has no uniqueness.
        found["subAttributes"] = [describe_attribute(sub) for sub in attribute.sub_attributes]
    else:
        found["uniqueness"] = attribute.uniqueness
    return found


def _nested(attribute: Json) -> Json:
    """RFC 7643 section 7: `subAttributes` has the same parts as `attributes`, one level deep (erratum 8415)."""
    if not isinstance(attribute, dict) or attribute["name"] != "attributes":
        return attribute
    inner = attribute["subAttributes"]
    assert isinstance(inner, list)  # noqa: S101 - made a moment ago
    plain = [_without_complex(sub) for sub in inner]
    nested = {**attribute, "name": "subAttributes", "description": "The sub-attributes.", "subAttributes": plain}
    return {**attribute, "subAttributes": [*inner, {**nested, "required": False}]}


def _without_complex(sub: Json) -> Json:
    if not isinstance(sub, dict) or sub["name"] != "type":
        return sub
    values = sub["canonicalValues"]
    assert isinstance(values, list)  # noqa: S101 - made a moment ago
    return {**sub, "canonicalValues": [value for value in values if value != "complex"]}


def describe_discovery_schemas(*, base: str = "") -> list[JsonObject]:
    """Return the Schema resources of Schema, ResourceType and ServiceProviderConfig themselves."""
    schemas = (SERVICE_PROVIDER_CONFIG_SCHEMA, RESOURCE_TYPE_SCHEMA, SCHEMA_SCHEMA)
    return [describe_schema(schema, base=base) for schema in schemas]


def describe_resource_type(resource_type: ResourceType, *, base: str = "") -> JsonObject:
    """Return the ResourceType resource of a type; its id is its name, as the interop profile wants it (CORE-103)."""
    found: JsonObject = {
        "schemas": [RESOURCE_TYPE_URN],
        "id": resource_type.name,
        "name": resource_type.name,
        "description": resource_type.description,
        "endpoint": resource_type.endpoint,
        "schema": resource_type.schema.id,
    }
    # Erratum 7522: an array, even of one.
    if resource_type.extensions:
        found["schemaExtensions"] = [
            {"schema": extension.schema.id, "required": extension.required} for extension in resource_type.extensions
        ]
    found["meta"] = {"resourceType": "ResourceType", "location": f"{base}/ResourceTypes/{resource_type.name}"}
    return found


def service_provider_config(
    *,
    max_results: int,
    authentication: Sequence[Mapping[str, Json]],
    base: str = "",
    bulk: tuple[int, int] | None = None,
    change_password: bool = False,
    documentation_uri: str = "",
    cursor: bool = True,
    default_page: int | None = None,
    cursor_seconds: int | None = None,
) -> JsonObject:
    """Return the ServiceProviderConfig resource. Patch, filters, sorting and ETags are always supported.

    `max_results` is the most resources of a page. `bulk` is (operations, bytes) at most, None when it is off. `cursor`
    is True if it says that pages may be asked for by cursor (RFC 9865); `cursor_seconds` is how long a cursor is good.
    Raises ValueError for an authentication scheme that RFC 7643 section 5 does not know or that lacks a part.
    """
    _check(authentication)
    # RFC 7643 section 5: the two numbers of bulk are REQUIRED even where it is not supported.
    operations, payload = bulk or (0, 0)
    found: JsonObject = {"schemas": [SERVICE_PROVIDER_CONFIG_URN]}
    if documentation_uri:
        found["documentationUri"] = documentation_uri
    return {
        **found,
        "patch": {"supported": True},
        "bulk": {"supported": bulk is not None, "maxOperations": operations, "maxPayloadSize": payload},
        "filter": {"supported": True, "maxResults": max_results},
        "changePassword": {"supported": change_password},
        "sort": {"supported": True},
        "etag": {"supported": True},
        # RFC 9865 section 4: "SHOULD". Two widespread clients refuse the whole document for an attribute that they do
        # not know, so it is there only where cursors are.
        **({"pagination": _pagination(max_results, default_page, cursor_seconds)} if cursor else {}),
        "authenticationSchemes": [dict(scheme) for scheme in authentication],
        "meta": {"resourceType": "ServiceProviderConfig", "location": f"{base}/ServiceProviderConfig"},
    }


def _pagination(most: int, default_page: int | None, cursor_seconds: int | None) -> JsonObject:
    """RFC 9865 section 4; index stays the default, for the clients that know nothing else (CUR-009)."""
    found: JsonObject = {"cursor": True, "index": True, "defaultPaginationMethod": "index"}
    if default_page is not None:
        found["defaultPageSize"] = default_page
    # The same number as filter.maxResults: clients that know only RFC 7643 read that one.
    found["maxPageSize"] = most
    if cursor_seconds is not None:
        found["cursorTimeout"] = cursor_seconds
    return found


def _check(schemes: Sequence[Mapping[str, Json]]) -> None:
    for scheme in schemes:
        if scheme.get("type") not in AUTHENTICATION_TYPES:
            raise ValueError(
                f"an authentication scheme is one of {', '.join(AUTHENTICATION_TYPES)}, not {scheme.get('type')!r}"
            )
        if not scheme.get("name") or not scheme.get("description") or not scheme.keys() <= _SCHEME_NAMES:
            raise ValueError(
                f"the authentication scheme {scheme['type']} needs a name and a description, no other keys"
            )
    # RFC 7643 section 2.4 holds for every multi-valued attribute, for those of discovery too.
    if sum(1 for scheme in schemes if scheme.get("primary")) > 1:
        raise ValueError("more than one authentication scheme is primary")
