"""The RFC's User, Group and Enterprise User (RFC 7643 sections 4 and 8.7.1), with the verified errata applied.

Where this differs from the published listings, the line says which erratum or which sentence of the text it follows.
"""

from scimcore.schema.attributes import Attribute, Relation
from scimcore.schema.schemas import Extension, ResourceType, Schema

#: The URI of the core User schema (RFC 7643 section 4.1).
USER_URN = "urn:ietf:params:scim:schemas:core:2.0:User"
#: The URI of the core Group schema.
GROUP_URN = "urn:ietf:params:scim:schemas:core:2.0:Group"
#: The URI of the Enterprise User extension (RFC 7643 section 4.3).
ENTERPRISE_URN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

#: The one relation of the RFC's own types: Group.members and its inverse, User.groups.
MEMBERSHIP = "membership"


def _text(name: str, description: str, *, case_exact: bool = False) -> Attribute:
    return Attribute(name=name, description=description, case_exact=case_exact)


def _plural(name: str, description: str, value: Attribute, *kinds: str, indexed: bool = False) -> Attribute:
    """A multi-valued complex attribute of the usual four sub-attributes (RFC 7643 section 2.4)."""
    return Attribute(
        name=name,
        type="complex",
        multi_valued=True,
        description=description,
        indexed=indexed,
        sub_attributes=(
            value,
            _text("display", "A name for people to read."),
            Attribute(name="type", description="What it is used for.", canonical_values=kinds),
            Attribute(name="primary", type="boolean", description="Whether it is the preferred one."),
        ),
    )


NAME = Attribute(
    name="name",
    type="complex",
    description="The parts of the user's name.",
    sub_attributes=(
        _text("formatted", "The whole name, as it is to be shown."),
        _text("familyName", "The family name."),
        _text("givenName", "The given name."),
        _text("middleName", "The middle names."),
        _text("honorificPrefix", "What stands before the name, as in Dr."),
        _text("honorificSuffix", "What stands after the name, as in III."),
    ),
)

ADDRESSES = Attribute(
    name="addresses",
    type="complex",
    multi_valued=True,
    description="Postal addresses.",
    sub_attributes=(
        _text("formatted", "The whole address, as it is to be shown."),
        _text("streetAddress", "Street, house number and the like."),
        _text("locality", "The city."),
        _text("region", "The state or region."),
        _text("postalCode", "The postal code."),
        _text("country", "The country, as an ISO 3166-1 alpha-2 code."),
        Attribute(name="type", description="What it is used for.", canonical_values=("work", "home", "other")),
        # Not in the published listing, though its examples use it (RFC 7643 section 8.2).
        Attribute(name="primary", type="boolean", description="Whether it is the preferred one."),
    ),
)

GROUPS = Attribute(
    name="groups",
    type="complex",
    multi_valued=True,
    mutability="readOnly",
    description="The groups that the user is a member of; changed through the groups.",
    relation=Relation(MEMBERSHIP, inverse=True),
    sub_attributes=(
        Attribute(name="value", mutability="readOnly", case_exact=True, description="The group's id."),
        # Erratum 8471: a group only.
        Attribute(
            name="$ref",
            type="reference",
            mutability="readOnly",
            reference_types=("Group",),
            description="The group's URI.",
        ),
        Attribute(name="display", mutability="readOnly", description="The group's displayName."),
        Attribute(
            name="type",
            mutability="readOnly",
            canonical_values=("direct", "indirect"),
            description="Whether the membership is direct.",
        ),
    ),
)

USER_SCHEMA = Schema(
    USER_URN,
    "User",
    (
        Attribute(
            name="userName",
            required=True,
            uniqueness="server",
            indexed=True,
            description="The name that identifies the user to the service; unique whatever its case.",
        ),
        NAME,
        Attribute(name="displayName", indexed=True, description="The name to show."),
        _text("nickName", "What the user is called informally."),
        Attribute(
            name="profileUrl", type="reference", reference_types=("external",), description="A page about the user."
        ),
        _text("title", "The job title."),
        _text("userType", "The relation to the organisation, as in Contractor."),
        _text("preferredLanguage", "The preferred languages, as in Accept-Language."),
        _text("locale", "The locale, for dates, numbers and money."),
        _text("timezone", "The time zone, by its IANA name."),
        Attribute(name="active", type="boolean", indexed=True, description="Whether the user may use the service."),
        Attribute(
            name="password",
            mutability="writeOnly",
            returned="never",
            case_exact=True,
            description="A password, taken and never shown.",
        ),
        _plural("emails", "E-mail addresses.", _text("value", "The address."), "work", "home", "other", indexed=True),
        _plural(
            "phoneNumbers",
            "Telephone numbers.",
            _text("value", "The number."),
            *("work", "home", "mobile", "fax", "pager", "other"),
        ),
        _plural(
            "ims",
            "Instant messaging addresses.",
            _text("value", "The address."),
            # "other" stands in the text (RFC 7643 section 4.1.2), not in the listing.
            *("aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo", "other"),
        ),
        _plural(
            "photos",
            "Pictures of the user.",
            Attribute(name="value", type="reference", reference_types=("external",), description="The picture's URL."),
            *("photo", "thumbnail"),
        ),
        ADDRESSES,
        GROUPS,
        _plural("entitlements", "Things that the user is entitled to.", _text("value", "The entitlement.")),
        _plural("roles", "The user's roles.", _text("value", "The role.")),
        _plural(
            "x509Certificates",
            "Certificates of the user.",
            Attribute(name="value", type="binary", description="One DER certificate, in base64."),
        ),
    ),
    "A user account.",
)

# RFC 7643 section 4.2: members come and go as wholes, so their sub-attributes are immutable (CORE-067).
MEMBERS = Attribute(
    name="members",
    type="complex",
    multi_valued=True,
    description="The members of the group.",
    relation=Relation(MEMBERSHIP),
    sub_attributes=(
        Attribute(name="value", mutability="immutable", case_exact=True, required=True, description="The id."),
        Attribute(
            name="$ref",
            type="reference",
            mutability="immutable",
            reference_types=("User", "Group"),
            description="The member's URI.",
        ),
        Attribute(
            name="type", mutability="immutable", canonical_values=("User", "Group"), description="The member's type."
        ),
        # Erratum 6011: the examples show it, the listing lacks it. Derived, never stored stale.
        Attribute(name="display", mutability="readOnly", description="The member's name, for people to read."),
    ),
)

GROUP_SCHEMA = Schema(
    GROUP_URN,
    "Group",
    (
        # Erratum 5368: required.
        Attribute(name="displayName", required=True, indexed=True, description="The name to show."),
        MEMBERS,
    ),
    "A group of users.",
)

MANAGER = Attribute(
    name="manager",
    type="complex",
    description="The user's manager.",
    sub_attributes=(
        # Erratum 8472: case exact.
        Attribute(name="value", case_exact=True, description="The manager's id."),
        Attribute(name="$ref", type="reference", reference_types=("User",), description="The manager's URI."),
        Attribute(name="displayName", mutability="readOnly", description="The manager's name."),
    ),
)

#: The Enterprise User extension, as an extension of a type of your own.
ENTERPRISE_SCHEMA = Schema(
    ENTERPRISE_URN,
    "EnterpriseUser",
    (
        _text("employeeNumber", "The number that the organisation gave the user."),
        _text("costCenter", "The cost centre."),
        _text("organization", "The organisation."),
        _text("division", "The division."),
        _text("department", "The department."),
        MANAGER,
    ),
    "What an enterprise knows about a user.",
)

# The uniqueness of userName is enforced through `unique`, which every repository keeps as a key.
#: The User of RFC 7643 section 4.1 with the Enterprise User extension.
USER = ResourceType(
    name="User",
    endpoint="/Users",
    schema=USER_SCHEMA,
    extensions=(Extension(ENTERPRISE_SCHEMA),),
    description="User accounts.",
    unique="userName",
)
# RFC 7643 does not ask for unique names of groups, but people map groups to roles by name, and two of one name would
# be mistaken for each other.
#: The Group of RFC 7643 section 4.2. Its members are links, not data.
GROUP = ResourceType(
    name="Group", endpoint="/Groups", schema=GROUP_SCHEMA, description="Groups of users.", unique="displayName"
)
