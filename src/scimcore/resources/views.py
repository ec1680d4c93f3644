"""The RFC's User, Group and Enterprise User as attrs classes, for `view` and `unview` (RFC 7643 section 4).

Import what you need from here: nothing of scimcore itself does, so that services pay nothing for it.
"""

from attrs import field, frozen

from scimcore.resources.viewing import SCIM_NAME
from scimcore.schema import ENTERPRISE_URN, GROUP_URN, USER_URN


def _named(name: str) -> dict[str, str]:
    return {SCIM_NAME: name}


@frozen(kw_only=True)
class Meta:
    """What the service knows about a resource. Times are as they are shown."""

    resource_type: str | None = None
    created: str | None = None
    last_modified: str | None = None
    location: str | None = None
    version: str | None = None


@frozen(kw_only=True)
class Name:
    """The parts of a user's name."""

    formatted: str | None = None
    family_name: str | None = None
    given_name: str | None = None
    middle_name: str | None = None
    honorific_prefix: str | None = None
    honorific_suffix: str | None = None


@frozen(kw_only=True)
class Plural:
    """One value of a multi-valued attribute: a role, an entitlement, a certificate."""

    value: str | None = None
    display: str | None = None
    type: str | None = None
    primary: bool = False


@frozen(kw_only=True)
class Email(Plural):
    """An e-mail address."""


@frozen(kw_only=True)
class PhoneNumber(Plural):
    """A telephone number."""


@frozen(kw_only=True)
class InstantMessaging(Plural):
    """An instant messaging address."""


@frozen(kw_only=True)
class Photo(Plural):
    """A picture, by its URL."""


@frozen(kw_only=True)
class Address:
    """A postal address."""

    formatted: str | None = None
    street_address: str | None = None
    locality: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None
    type: str | None = None
    primary: bool = False


@frozen(kw_only=True)
class Reference:
    """A link to another resource: a group of a user, a member of a group."""

    value: str | None = None
    ref: str | None = field(default=None, metadata=_named("$ref"))
    display: str | None = None
    type: str | None = None


@frozen(kw_only=True)
class Manager:
    """A user's manager."""

    value: str | None = None
    ref: str | None = field(default=None, metadata=_named("$ref"))
    display_name: str | None = None


@frozen(kw_only=True)
class EnterpriseUser:
    """What an enterprise knows about a user (RFC 7643 section 4.3)."""

    employee_number: str | None = None
    cost_center: str | None = None
    organization: str | None = None
    division: str | None = None
    department: str | None = None
    manager: Manager | None = None


@frozen(kw_only=True)
class User:
    """A user (RFC 7643 section 4.1). `active` is None where the resource does not say."""

    schemas: tuple[str, ...] = (USER_URN,)
    id: str | None = None
    external_id: str | None = None
    meta: Meta | None = None
    user_name: str | None = None
    name: Name | None = None
    display_name: str | None = None
    nick_name: str | None = None
    profile_url: str | None = None
    title: str | None = None
    user_type: str | None = None
    preferred_language: str | None = None
    locale: str | None = None
    timezone: str | None = None
    active: bool | None = None
    emails: tuple[Email, ...] = ()
    phone_numbers: tuple[PhoneNumber, ...] = ()
    ims: tuple[InstantMessaging, ...] = ()
    photos: tuple[Photo, ...] = ()
    addresses: tuple[Address, ...] = ()
    groups: tuple[Reference, ...] = ()
    entitlements: tuple[Plural, ...] = ()
    roles: tuple[Plural, ...] = ()
    x509_certificates: tuple[Plural, ...] = field(default=(), metadata=_named("x509Certificates"))
    enterprise: EnterpriseUser | None = field(default=None, metadata=_named(ENTERPRISE_URN))


@frozen(kw_only=True)
class Group:
    """A group (RFC 7643 section 4.2)."""

    schemas: tuple[str, ...] = (GROUP_URN,)
    id: str | None = None
    external_id: str | None = None
    meta: Meta | None = None
    display_name: str | None = None
    members: tuple[Reference, ...] = ()
