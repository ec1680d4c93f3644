"""The two messages that answers are made of: Error (RFC 7644 section 3.12) and ListResponse (section 3.4.2)."""

import json
from collections.abc import Sequence
from typing import ClassVar, Final

from scimcore.access import Unauthenticated
from scimcore.errors import MethodNotAllowed, ScimError, TooManyRequests, Unauthorized
from scimcore.repository import Unavailable
from scimcore.schema.json import JsonObject
from scimcore.service.results import Listing
from scimcore.web.headers import SCIM_JSON
from scimcore.web.messages import Response

ERROR: Final = "urn:ietf:params:scim:api:messages:2.0:Error"
LIST_RESPONSE: Final = "urn:ietf:params:scim:api:messages:2.0:ListResponse"


class InternalError(ScimError):
    """Something failed that the client cannot help. The cause goes to the host's report, never to the client."""

    status: ClassVar[int] = 500
    default_code: ClassVar[str] = "SC-1007"

    def __init__(self) -> None:
        super().__init__("Something went wrong in this service, and it has been reported there. Try again later.")


class StoreUnavailable(ScimError):
    """The database is away. RFC 9110 section 15.6.4: a 503 says that it is for a while, and MAY say for how long."""

    status: ClassVar[int] = 503
    default_code: ClassVar[str] = "SC-1028"
    #: Whole seconds. A restart takes about as long, and a client that waits does not find a crowd at the door.
    retry_after: ClassVar[int] = 5

    def __init__(self) -> None:
        super().__init__("The database of this service cannot be used at the moment. Try again in a few seconds.")


def failure_of(problem: Exception) -> ScimError:
    """Return what a client is told of an exception that is no `ScimError`."""
    return StoreUnavailable() if isinstance(problem, Unavailable) else InternalError()


def error_object(error: ScimError) -> JsonObject:
    """Return the Error message of an error."""
    # RFC 7644 section 3.12: `status` is a string. No other member than the RFC's: strict clients refuse extras, so
    # the code stands in front of `detail`.
    body: JsonObject = {"schemas": [ERROR], "status": str(error.status)}
    if error.scim_type is not None:
        body["scimType"] = error.scim_type
    body["detail"] = str(error)
    return body


def error_response(error: ScimError, media_type: str = SCIM_JSON) -> Response:
    """Return the whole answer, with the headers that belong to its status."""
    headers = {"Content-Type": media_type, "Cache-Control": "no-store", **_headers_of(error)}
    # ASCII with escapes, so that no text, lone surrogates included, can keep an error from being sent.
    return Response(status=error.status, headers=headers, body=json.dumps(error_object(error)).encode("ascii"))


def _headers_of(error: ScimError) -> dict[str, str]:
    if isinstance(error, Unauthenticated):
        return {"WWW-Authenticate": error.challenge}
    if isinstance(error, Unauthorized):
        # RFC 9110 section 15.5.2: a 401 MUST have this header, whoever raised it.
        return {"WWW-Authenticate": 'Bearer realm="scim"'}
    if isinstance(error, MethodNotAllowed):
        # RFC 9110 section 15.5.6: a 405 MUST say what is allowed.
        return {"Allow": ", ".join(error.allowed)}
    if isinstance(error, TooManyRequests | StoreUnavailable):
        # Whole seconds: Okta waits five minutes for anything else (OKTA-014).
        return {"Retry-After": str(error.retry_after)}
    return {}


def list_body(listing: Listing, resources: Sequence[str]) -> bytes:
    """Return a ListResponse; `resources` are JSON texts already.

    In cursor mode (RFC 9865) `startIndex` is absent, and so is a total that nobody knows.
    """
    # Always with its counts and Resources, as numbers and a list, even when empty: the RFC lets an empty Resources be
    # absent, and clients break then (QRY-001).
    members = [f'"schemas":["{LIST_RESPONSE}"]']
    if listing.total is not None:
        members.append(f'"totalResults":{listing.total}')
    if listing.start_index is not None:
        members.append(f'"startIndex":{listing.start_index}')
    members.append(f'"itemsPerPage":{len(resources)}')
    if listing.previous is not None:
        members.append(f'"previousCursor":{json.dumps(listing.previous)}')
    if listing.next is not None:
        members.append(f'"nextCursor":{json.dumps(listing.next)}')
    opening = f'{{{",".join(members)},"Resources":['
    if not resources:
        return f"{opening}]}}".encode()
    # Encoded one by one and joined as bytes: a page of 1,000 users is allocated once instead of twice.
    parts = [text.encode() for text in resources]
    parts[0] = opening.encode() + parts[0]
    parts[-1] += b"]}"
    return b",".join(parts)
