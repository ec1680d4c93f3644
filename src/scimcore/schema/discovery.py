"""The schemas of the discovery resources (RFC 7643 sections 5 to 7), with the errata and RFC 9865 applied.

`scimcore.resources.descriptions` builds the resources themselves.
"""

from typing import Final

from attrs import evolve

from scimcore.schema.attributes import Attribute
from scimcore.schema.schemas import Schema

SCHEMA_URN: Final = "urn:ietf:params:scim:schemas:core:2.0:Schema"
RESOURCE_TYPE_URN: Final = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
SERVICE_PROVIDER_CONFIG_URN: Final = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"

#: RFC 7643 section 5: the authentication schemes there are.
AUTHENTICATION_TYPES: Final = ("oauth", "oauth2", "oauthbearertoken", "httpbasic", "httpdigest")


def _fixed(attribute: Attribute) -> Attribute:
    """All of discovery is readOnly."""
    subs = tuple(_fixed(sub) for sub in attribute.sub_attributes)
    return evolve(attribute, mutability="readOnly", sub_attributes=subs)


def _flag(name: str, description: str, *, required: bool = True) -> Attribute:
    return Attribute(name=name, type="boolean", required=required, description=description)


def _number(name: str, description: str, *, required: bool = True) -> Attribute:
    return Attribute(name=name, type="integer", required=required, description=description)


def _group(name: str, description: str, *subs: Attribute, required: bool = True) -> Attribute:
    return Attribute(name=name, type="complex", required=required, description=description, sub_attributes=subs)


_SUPPORTED: Final = _flag("supported", "Whether it is offered.")


def _link(name: str, description: str) -> Attribute:
    return Attribute(name=name, type="reference", reference_types=("external",), description=description)


SERVICE_PROVIDER_CONFIG_SCHEMA: Final = Schema(
    SERVICE_PROVIDER_CONFIG_URN,
    "Service Provider Configuration",
    tuple(
        _fixed(attribute)
        for attribute in (
            _link("documentationUri", "Where the service is documented for people."),
            _group("patch", "Changing resources in part.", _SUPPORTED),
            _group(
                "bulk",
                "Several operations in one request.",
                _SUPPORTED,
                _number("maxOperations", "How many operations one request may hold."),
                _number("maxPayloadSize", "How many bytes one request may have."),
            ),
            _group(
                "filter",
                "Queries with a filter.",
                _SUPPORTED,
                _number("maxResults", "How many resources one response holds at most."),
            ),
            _group("changePassword", "Changing passwords.", _SUPPORTED),
            _group("sort", "Sorted responses.", _SUPPORTED),
            # In the text (RFC 7643 section 5), not in the listing (figure 10).
            _group("etag", "Entity tags.", _SUPPORTED),
            # RFC 9865 section 4.
            _group(
                "pagination",
                "How long lists are paged.",
                _flag("cursor", "Whether by cursors."),
                _flag("index", "Whether by indexes."),
                Attribute(
                    name="defaultPaginationMethod",
                    canonical_values=("cursor", "index"),
                    description="What is used when the request does not say.",
                ),
                _number("defaultPageSize", "The resources on a page when the request does not say.", required=False),
                _number("maxPageSize", "The resources on a page at most.", required=False),
                _number("cursorTimeout", "For how many seconds a cursor is good at least.", required=False),
                required=False,
            ),
            Attribute(
                name="authenticationSchemes",
                type="complex",
                multi_valued=True,
                required=True,
                description="How clients prove who they are.",
                sub_attributes=(
                    # type and primary are in the text (RFC 7643 section 5), not in the listing (figure 10).
                    Attribute(
                        name="type",
                        required=True,
                        canonical_values=AUTHENTICATION_TYPES,
                        description="The scheme.",
                    ),
                    Attribute(name="name", required=True, description="What the scheme is commonly called."),
                    Attribute(name="description", required=True, description="What there is to know about it."),
                    _link("specUri", "Where the scheme is specified."),
                    _link("documentationUri", "Where its use is documented."),
                    _flag("primary", "Whether it is the preferred scheme.", required=False),
                ),
            ),
        )
    ),
    "What the service offers.",
)

RESOURCE_TYPE_SCHEMA: Final = Schema(
    RESOURCE_TYPE_URN,
    "ResourceType",
    tuple(
        _fixed(attribute)
        for attribute in (
            Attribute(name="id", description="The type's id; the same as its name."),
            Attribute(name="name", required=True, description="The type's name, as in meta.resourceType."),
            Attribute(name="description", description="What resources of this type are."),
            Attribute(
                name="endpoint",
                type="reference",
                required=True,
                # Erratum 8475: case exact, which every reference is.
                reference_types=("uri",),
                description="Where they are served, relative to the base URL.",
            ),
            Attribute(
                name="schema",
                type="reference",
                required=True,
                reference_types=("uri",),
                description="The URI of their base schema.",
            ),
            # Erratum 7522: multi-valued.
            Attribute(
                name="schemaExtensions",
                type="complex",
                multi_valued=True,
                description="The extensions that they may carry.",
                sub_attributes=(
                    Attribute(
                        name="schema",
                        type="reference",
                        required=True,
                        reference_types=("uri",),
                        description="The URI of the extension.",
                    ),
                    _flag("required", "Whether every resource must carry it."),
                ),
            ),
        )
    ),
    "A kind of resource and where it is served.",
)

#: What describes one attribute (RFC 7643 section 7), apart from its sub-attributes, which are described likewise.
CHARACTERISTICS: Final = tuple(
    _fixed(attribute)
    for attribute in (
        Attribute(name="name", required=True, description="The attribute's name."),
        Attribute(
            name="type",
            required=True,
            # Errata 5606 and 8435: binary is one of them.
            canonical_values=(
                *("string", "boolean", "decimal", "integer", "dateTime", "binary", "reference", "complex"),
            ),
            description="Its data type.",
        ),
        _flag("multiValued", "Whether it has several values."),
        Attribute(name="description", description="What it means."),
        _flag("required", "Whether every resource has a value.", required=False),
        # Erratum 5607: these two are multi-valued for sub-attributes as well.
        Attribute(name="canonicalValues", multi_valued=True, case_exact=True, description="The suggested values."),
        _flag("caseExact", "Whether the case of its values matters.", required=False),
        Attribute(
            name="mutability",
            canonical_values=("readOnly", "readWrite", "immutable", "writeOnly"),
            description="When its value may be set.",
        ),
        Attribute(
            name="returned",
            canonical_values=("always", "never", "default", "request"),
            description="When its value is returned.",
        ),
        Attribute(
            name="uniqueness",
            canonical_values=("none", "server", "global"),
            description="Among which resources its values are unique.",
        ),
        Attribute(
            name="referenceTypes",
            multi_valued=True,
            case_exact=True,
            description="What it may refer to: names of resource types, external or uri.",
        ),
    )
)

#: Its attributes have sub-attributes that have sub-attributes: the one exemption of RFC 7643 section 7, which
#: `resources.descriptions` adds where it is described.
SCHEMA_SCHEMA: Final = Schema(
    SCHEMA_URN,
    "Schema",
    (
        # RFC 7643 section 3.1 over the listing of section 8.7.2: an id is case exact.
        _fixed(Attribute(name="id", required=True, case_exact=True, returned="always", description="The URI.")),
        _fixed(Attribute(name="name", description="What the schema is called.")),
        _fixed(Attribute(name="description", description="What the schema describes.")),
        _fixed(
            Attribute(
                name="attributes",
                type="complex",
                multi_valued=True,
                required=True,
                description="The attributes.",
                sub_attributes=CHARACTERISTICS,
            )
        ),
    ),
    "The attributes that are known under one URI.",
)
