"""The policy's refusals: a code, a class by the rules for codes, and a detail that a customer's admin can act on.

400 with a scimType when the value or the target state is the problem; 403 when the account or the plan forbids; 409 for
identity clashes only; 429 for a rate. The detail names the user, the limit and the remedy; the note names nobody.
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
        "SC-2002": "the customer's plan has ended; only leavers pass",
        "SC-2003": "no seat is free",
        "SC-2004": "a user of that name exists",
        "SC-2005": "an account of the product is in the way and cannot be linked",
        "SC-2006": "several accounts of the product could be meant",
        "SC-2007": "the e-mail is in no verified domain",
        "SC-2008": "the last owner must stay",
        "SC-2009": "a protected account",
        "SC-2010": "a role that does not exist",
        "SC-2011": "a role that an identity provider may not grant",
        "SC-2012": "too many users are leaving at once",
        "SC-2013": "a disabled user is not to be changed",
        "SC-2014": "a disabled user is not to be enabled again",
        "SC-2015": "users are not to be created disabled",
        "SC-2016": "DELETE is not offered",
        "SC-2017": "the attribute is the product's",
        "SC-2018": "the e-mail, userName or externalId is not to be changed",
        "SC-2019": "passwords are not taken",
        "SC-2020": "an externalId is missing",
        "SC-2021": "another user has the externalId",
        "SC-2022": "the account may not sign in",
        "SC-2023": "the identity provider manages this",
        "SC-2024": "groups are not offered",
        "SC-2025": "a group in a group",
        "SC-2026": "the group or the tenant is full",
        "SC-2027": "a team of that name exists",
        "SC-2028": "the name waits for the purge of a deleted user",
        "SC-2029": "the user is gone",
    }
)


def who(data: JsonObject) -> str:
    """The resource as its admin knows it."""
    if "userName" in data:
        return f"user {data['userName']!r}"
    return f"group {data['displayName']!r}" if "displayName" in data else "the user"


def the_user(data: JsonObject) -> str:
    """The same at the beginning of a sentence; the name itself stays as it is."""
    name = who(data)
    return name[0].upper() + name[1:]


def gone(data: JsonObject) -> NotFound:
    """The refusal of a change of something that does not exist.

    Entra ID and Okta keep the id of a user whom the product has deleted, and try for ever: hence the remedy.
    """
    text = f"{the_user(data)} does not exist here any more. Unassign it in the identity provider, then assign it again."
    return NotFound(text, code="SC-2029")


def sized(status: int, text: str, code: str) -> ScimError:
    """The refusal of something that is full or too fast, as the status that the policy chose."""
    if status == 429:
        return TooManyRequests(text, code=code, retry_after=3600)
    kinds: dict[int, type[ScimError]] = {400: InvalidValue, 403: Forbidden, 409: Uniqueness}
    return kinds[status](text, code=code)


def guarded(status: int, text: str, code: str) -> ScimError:
    """The refusal to take something away, as the status that the policy chose."""
    return Mutability(text, code=code) if status == 400 else Forbidden(text, code=code)
