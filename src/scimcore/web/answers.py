"""The two messages that answers are made of: Error (RFC 7644 section 3.12) and ListResponse (section 3.4.2)."""

import json
from collections.abc import Sequence
from typing import ClassVar

from scimcore.access import Unauthenticated
from scimcore.errors import MethodNotAllowed, ScimError, TooManyRequests, Unauthorized
from scimcore.schema.json import JsonObject
from scimcore.service.results import Listing
from scimcore.web.headers import SCIM_JSON
from scimcore.web.messages import Response

ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
LIST_RESPONSE = "urn:ietf:params:scim:api:messages:2.0:ListResponse"


class Broken(ScimError):
    """Something failed that is not the client's doing. What it was goes to the host's report, never to the client."""

    status: ClassVar[int] = 500
    default_code: ClassVar[str] = "SC-1007"


def broken() -> Broken:
    """What a client is told when anything unforeseen happens."""
    return Broken("Something went wrong in this service, and it has been reported there. Try again later.")


def error_object(error: ScimError) -> JsonObject:
    """The Error message. No other key than the RFC's: strict clients refuse extras."""
    body: JsonObject = {"schemas": [ERROR], "status": str(error.status)}
    if error.scim_type is not None:
        body["scimType"] = error.scim_type
    body["detail"] = str(error)
    return body


def error_response(error: ScimError, media_type: str = SCIM_JSON) -> Response:
    """The whole answer, with the headers that go with its status."""
    headers = {"Content-Type": media_type, "Cache-Control": "no-store", **_extra(error)}
    # ASCII with escapes, so that no text whatever, lone surrogates included, can keep an error from being sent.
    return Response(status=error.status, headers=headers, body=json.dumps(error_object(error)).encode("ascii"))


def _extra(error: ScimError) -> dict[str, str]:
    if isinstance(error, Unauthenticated):
        return {"WWW-Authenticate": error.challenge}
    if isinstance(error, Unauthorized):
        return {"WWW-Authenticate": 'Bearer realm="scim"'}
    if isinstance(error, MethodNotAllowed):
        return {"Allow": ", ".join(error.allowed)}
    if isinstance(error, TooManyRequests):
        # Whole seconds: Okta waits five minutes for anything else (OKTA-014).
        return {"Retry-After": str(error.retry_after)}
    return {}


def list_body(listing: Listing, resources: Sequence[str]) -> bytes:
    """The message (RFC 7644 section 3.4.2): always with its counts and Resources, as numbers and a list (QRY-001).

    In cursor mode (RFC 9865) startIndex makes no sense and is absent, and so is a total that nobody knows.
    """
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
    # One large piece of memory, not several: getting one costs more than filling it.
    parts = [text.encode() for text in resources]
    parts[0] = opening.encode() + parts[0]
    parts[-1] += b"]}"
    return b",".join(parts)
