"""The codes and errors of the policy's refusals.

The status follows one rule: 400 with a scimType if the value or the target state is wrong, 403 if the account or the
plan forbids it, 409 only for clashes of names, 429 for a rate. A detail says what is wrong with which user, and what
to do.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from scimcore.errors import Forbidden, InvalidValue, Mutability, NotFound, ScimError, TooManyRequests, Uniqueness
from scimcore.schema.json import JsonObject

#: Every code of the policy and what it means in a few words; docs/reference/error-codes.md lists them.
CODES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "SC-2001": "the customer's plan does not include provisioning",
        "SC-2002": "the customer's plan has ended",
        "SC-2003": "no seat is free",
        "SC-2004": "a user with that name exists",
        "SC-2005": "an existing account of the product cannot be linked",
        "SC-2006": "several accounts of the product match the user",
        "SC-2007": "the e-mail is in no verified domain",
        "SC-2008": "the last owner must stay",
        "SC-2009": "the account is protected",
        "SC-2010": "the role does not exist",
        "SC-2011": "an identity provider cannot give the role",
        "SC-2012": "too many users leave at once",
        "SC-2013": "a disabled user cannot be changed",
        "SC-2014": "a disabled user cannot be enabled again",
        "SC-2015": "a user cannot be created disabled",
        "SC-2016": "DELETE is not offered",
        "SC-2017": "the product masters the attribute",
        "SC-2018": "the e-mail, userName or externalId cannot change",
        "SC-2019": "passwords are refused",
        "SC-2020": "the externalId is missing",
        "SC-2021": "another user has the externalId",
        "SC-2022": "the account cannot sign in",
        "SC-2023": "the identity provider manages this",
        "SC-2024": "groups are not offered",
        "SC-2025": "a group cannot be in a group",
        "SC-2026": "the group has too many members, or the tenant too many groups",
        "SC-2027": "a team with that name exists",
        "SC-2028": "the name belongs to a deleted user until the purge",
        "SC-2029": "the user or group does not exist any more",
    }
)


def who(data: JsonObject) -> str:
    """Return the name of the resource as an admin knows it: `user 'ann@acme.com'`."""
    if "userName" in data:
        return f"user {data['userName']!r}"
    return f"group {data['displayName']!r}" if "displayName" in data else "the user"


def the_user(data: JsonObject) -> str:
    """Return the same for the beginning of a sentence. The name itself stays as it is."""
    name = who(data)
    return name[0].upper() + name[1:]


def gone(data: JsonObject) -> NotFound:
    """The refusal of a change of something that does not exist.

    Entra ID and Okta keep the id of a user whom the product has deleted and go on using it: hence the remedy.
    """
    text = f"{the_user(data)} does not exist here any more. Unassign it in the identity provider, then assign it again."
    return NotFound(text, code="SC-2029")


def sized(status: int, text: str, code: str) -> ScimError:
    """Return the refusal of something that is full or too fast, with the status that the policy chose."""
    if status == 429:
        # An hour: what is full now is still full in a minute, and a client that obeys Retry-After should not ask all
        # day.
        return TooManyRequests(text, code=code, retry_after=3600)
    kinds: dict[int, type[ScimError]] = {400: InvalidValue, 403: Forbidden, 409: Uniqueness}
    return kinds[status](text, code=code)


def guarded(status: int, text: str, code: str) -> ScimError:
    """Return the refusal to take something away, with the status that the policy chose."""
    return Mutability(text, code=code) if status == 400 else Forbidden(text, code=code)
