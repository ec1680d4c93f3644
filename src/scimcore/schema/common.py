"""The attributes that every resource has (RFC 7643 section 3.1), needing no schema URI."""

from scimcore.schema.attributes import Attribute

# Required of every resource, but a client that leaves it out is understood: see `Rules.missing_schemas`.
SCHEMAS = Attribute(
    name="schemas",
    type="reference",
    multi_valued=True,
    required=True,
    case_exact=True,
    returned="always",
    reference_types=("uri",),
    description="The URIs of the schemas that this resource uses.",
)
# RFC 7643 section 3.1: case exact, whatever the listing of section 8.7 says of a Schema's id.
ID = Attribute(
    name="id",
    case_exact=True,
    mutability="readOnly",
    returned="always",
    uniqueness="server",
    description="The identifier that this service gave the resource; it never changes.",
)
# Indexed, because clients find their users again by it. Not unique: it is the client's own (CORE-036).
EXTERNAL_ID = Attribute(
    name="externalId",
    case_exact=True,
    indexed=True,
    description="The identifier that the provisioning client gave the resource.",
)
# What a client sends of it is ignored (CORE-038), so that a resource that was read can be sent back.
META = Attribute(
    name="meta",
    type="complex",
    mutability="readOnly",
    description="What this service knows about the resource.",
    sub_attributes=(
        Attribute(name="resourceType", case_exact=True, mutability="readOnly", description="The type's name."),
        Attribute(name="created", type="dateTime", mutability="readOnly", description="When it was created."),
        Attribute(name="lastModified", type="dateTime", mutability="readOnly", description="When it last changed."),
        Attribute(
            name="location", type="reference", mutability="readOnly", reference_types=("uri",), description="Its URI."
        ),
        Attribute(name="version", case_exact=True, mutability="readOnly", description="Its entity tag."),
    ),
)

COMMON: tuple[Attribute, ...] = (SCHEMAS, ID, EXTERNAL_ID, META)
