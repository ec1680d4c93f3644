"""Resources as typed attrs objects, for host code that would rather write `user.name.given_name` than index a dict.

The classes are the RFC's User, Group and Enterprise User (RFC 7643 section 4). Nothing of scimcore itself imports this
module, so a service that does not use it pays nothing for it.
"""

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import Attribute, field, fields, frozen, has

from scimcore.resources.document import Document
from scimcore.schema import ENTERPRISE_URN, GROUP_URN, USER_URN
from scimcore.schema.json import JsonObject

if TYPE_CHECKING:
    from cattrs import Converter

T = TypeVar("T")

#: The key in a field's metadata that holds its SCIM name, where that is not the field's name in camelCase.
SCIM_NAME = "scim"


def to_object(cls: type[T], source: Document | Mapping[str, object]) -> T:
    """Return a resource as an object of an attrs class: one of this module, or the host's own.

    A field `given_name` holds `givenName`. `field(metadata={"scim": "$ref"})` names another attribute, or an extension
    by its URI. Attributes that the class does not have are passed over; a field that the resource does not have gets
    its default.
    """
    data = source.data if isinstance(source, Document) else source
    return _converter().structure(data, cls)


def from_object(viewed: object) -> JsonObject:
    """Return the JSON of such an object, without the fields that have their default: the body of a request."""
    found: JsonObject = _converter().unstructure(viewed)
    return found


@cache
def _converter() -> "Converter":
    """Return the converter, made on first use."""
    # Serving requests does not need cattrs, and importing it would make every start slower.
    from cattrs import Converter
    from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

    converter = Converter(omit_if_default=True, detailed_validation=False)

    def renamed(cls: type) -> dict[str, Any]:
        return {
            # `schemas` says what the object is, so it stays even where it is the default.
            field.name: override(rename=scim_name(field), omit_if_default=field.name != "schemas")
            for field in fields(cls)
        }

    converter.register_structure_hook_factory(has, lambda cls: make_dict_structure_fn(cls, converter, **renamed(cls)))
    converter.register_unstructure_hook_factory(
        has, lambda cls: make_dict_unstructure_fn(cls, converter, _cattrs_omit_if_default=True, **renamed(cls))
    )
    # JSON has no tuples; the classes have, since a frozen value must not hold a list.
    converter.register_unstructure_hook(tuple, lambda items: [converter.unstructure(item) for item in items])
    return converter


def scim_name(field: "Attribute[Any]") -> str:
    """Return the SCIM name of a field: what its metadata says, or its own in camelCase."""
    said = field.metadata.get(SCIM_NAME)
    if said is not None:
        return str(said)
    first, *rest = field.name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _named(name: str) -> dict[str, str]:
    return {SCIM_NAME: name}


@frozen(kw_only=True)
class Meta:
    """What the service knows about a resource (RFC 7643 section 3.1)."""

    # Times stay texts: what an answer says is compared with what another answer said.

    #: The name of the resource type.
    resource_type: str | None = None
    created: str | None = None
    last_modified: str | None = None
    #: The URI of the resource.
    location: str | None = None
    #: The entity tag, as in `W/"3"`.
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

    #: The id of the other resource.
    value: str | None = None
    #: Its URI. `$ref` cannot be a name in Python.
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
    #: The extension, which stands under its URI in JSON.
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
