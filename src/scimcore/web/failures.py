"""The only place where an error becomes JSON (RFC 7644 section 3.12)."""

import json
from typing import ClassVar

from scimcore.access import Unauthenticated
from scimcore.errors import MethodNotAllowed, ScimError, TooManyRequests, Unauthorized
from scimcore.schema.json import JsonObject
from scimcore.web.headers import SCIM_JSON
from scimcore.web.messages import Response

ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


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
