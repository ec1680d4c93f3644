"""What is sent, the same to all subjects: the RFC's own full user, and what identity providers ask.

Only the standard library is used here.
"""

import json
from copy import deepcopy
from random import Random
from typing import Any
from urllib.parse import quote
from uuid import UUID

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

#: RFC 7643 section 8.3, without what the service assigns, and without the photos' line breaks.
FULL: dict[str, Any] = {
    "schemas": [USER, ENTERPRISE],
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
    "emails": [
        {"value": "bjensen@example.com", "type": "work", "primary": True},
        {"value": "babs@jensen.org", "type": "home"},
    ],
    "addresses": [
        {
            "streetAddress": "100 Universal City Plaza",
            "locality": "Hollywood",
            "region": "CA",
            "postalCode": "91608",
            "country": "US",
            "formatted": "100 Universal City Plaza\nHollywood, CA 91608 USA",
            "type": "work",
            "primary": True,
        },
        {
            "streetAddress": "456 Hollywood Blvd",
            "locality": "Hollywood",
            "region": "CA",
            "postalCode": "91608",
            "country": "US",
            "formatted": "456 Hollywood Blvd\nHollywood, CA 91608 USA",
            "type": "home",
        },
    ],
    "phoneNumbers": [{"value": "555-555-5555", "type": "work"}, {"value": "555-555-4444", "type": "mobile"}],
    "ims": [{"value": "someaimhandle", "type": "aim"}],
    "photos": [
        {"value": "https://photos.example.com/profilephoto/72930000000Ccne/F", "type": "photo"},
        {"value": "https://photos.example.com/profilephoto/72930000000Ccne/T", "type": "thumbnail"},
    ],
    "userType": "Employee",
    "title": "Tour Guide",
    "preferredLanguage": "en-US",
    "locale": "en-US",
    "timezone": "America/Los_Angeles",
    "active": True,
    "x509Certificates": [{"value": "MIIDQzCCAqygAwIBAgICEAAwDQYJKoZIhvcNAQEFBQAwTjELMAkGA1UEBhMCVVMx"}],
    ENTERPRISE: {
        "employeeNumber": "701984",
        "costCenter": "4130",
        "organization": "Universal Studios",
        "division": "Theme Park",
        "department": "Tour Operations",
        "manager": {
            "value": "26118915-6090-4610-87e4-49d8ca9f808d",
            "$ref": "../Users/26118915-6090-4610-87e4-49d8ca9f808d",
            "displayName": "John Smith",
        },
    },
}
FULL_BYTES = json.dumps(FULL).encode()


def user_id(number: int) -> str:
    """The id of a user that was put into the database directly."""
    return str(UUID(int=Random(number).getrandbits(128), version=4))


def user_name(number: int) -> str:
    """The userName of that user."""
    return f"user{number:07}@example.com"


def user(number: int) -> dict[str, Any]:
    """A full user of its own."""
    body = deepcopy(FULL)
    body["userName"], body["externalId"] = user_name(number), str(number)
    body["emails"][0]["value"] = user_name(number)
    body["emails"][1]["value"] = f"home{number}@example.org"
    return body


def body(data: object) -> bytes:
    """As it is sent."""
    return json.dumps(data).encode()


# filters, each time with a literal that was never there before


def simple(number: int) -> str:
    """What every identity provider asks first."""
    return f'userName eq "user{number}@example.com"'


def six_clauses(number: int) -> str:
    """Six comparisons."""
    return (
        f'userName sw "u{number}" and (emails.value co "x{number}" or title pr) '
        f'and not (active eq false) and meta.lastModified gt "2024-01-01T00:00:00Z" and externalId eq "{number}"'
    )


def value_path(number: int) -> str:
    """Two comparisons about one element."""
    return f'emails[type eq "work" and value eq "user{number}@example.com"]'


def query_by_name(name: str) -> str:
    """The query string that looks a user up."""
    return "filter=" + quote(f'userName eq "{name}"')


# PATCH


def _patch(*operations: dict[str, Any]) -> bytes:
    return body({"schemas": [PATCH], "Operations": list(operations)})


def patch_active(number: int) -> bytes:
    """Off and on again."""
    return _patch({"op": "replace", "path": "active", "value": number % 2 == 1})


def patch_email(number: int) -> bytes:
    """One element by its type."""
    path = 'emails[type eq "work"].value'
    return _patch({"op": "replace", "path": path, "value": f"new{number}@example.com"})


def patch_title(number: int) -> bytes:
    """A value that nothing else depends on."""
    return _patch({"op": "replace", "path": "title", "value": f"Title {number}"})


def patch_name(number: int) -> bytes:
    """A value that the product shows: its profile follows."""
    return _patch({"op": "replace", "path": "displayName", "value": f"Name {number}"})


def add_member(id: str) -> bytes:
    """One more member."""
    return _patch({"op": "add", "path": "members", "value": [{"value": id}]})


def remove_member(id: str) -> bytes:
    """One member less."""
    return _patch({"op": "remove", "path": f'members[value eq "{id}"]'})
