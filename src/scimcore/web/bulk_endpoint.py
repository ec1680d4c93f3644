"""POST /Bulk: the message is checked, the service runs the operations, the results are put together (RFC 7644 3.7)."""

import json
from functools import partial
from typing import Final

from scimcore.errors import InvalidSyntax, InvalidValue, NotFound, NotImplementedHere, ScimError, TooLarge
from scimcore.resources import etag, location
from scimcore.schema import BoundType
from scimcore.schema.json import Json, JsonObject
from scimcore.service.bulk import Bulk, BulkOperation, BulkResult, read_operation
from scimcore.web.answers import error_object, failure_of
from scimcore.web.context import RequestContext
from scimcore.web.headers import versions
from scimcore.web.messages import Response
from scimcore.web.query import message

BULK_REQUEST: Final = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
BULK_RESPONSE: Final = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
_MEMBERS: Final = {"operations": "Operations", "failonerrors": "failOnErrors"}


async def bulk(context: RequestContext) -> Response:
    """Run the operations of a bulk request.

    The answer is 200 even if all of them fail: each has a status of its own (RFC 7644 section 3.7.3). The limits are
    checked before any of them runs.
    """
    limits = context.options.bulk
    if limits is None:
        raise NotImplementedHere("Bulk requests are not offered here. Send the operations one by one.")
    body = message(context.body(limits.payload), BULK_REQUEST, _MEMBERS)
    operations = _operations(body, limits.operations)
    job = Bulk(
        service=context.service,
        caller=context.caller,
        registry=context.api.registry,
        may=partial(_refusal, context),
        shield=partial(_shield, context),
    )
    results = await job.run(operations, _fail_on_errors(body))
    answer = {"schemas": [BULK_RESPONSE], "Operations": [_entry(context.api.links_base, result) for result in results]}
    headers = {"Content-Type": context.media_type, "Cache-Control": "no-store"}
    return Response(status=200, headers=headers, body=json.dumps(answer).encode())


def _operations(body: JsonObject, limit: int) -> list[BulkOperation]:
    raw = body.get("Operations")
    if not isinstance(raw, list):
        raise InvalidSyntax("Operations must be an array.", code="SC-1019")
    # RFC 7644 section 3.7.4: over maxOperations the answer is 413, and nothing has run.
    if len(raw) > limit:
        allowed = "1 is" if limit == 1 else f"{limit} are"
        raise TooLarge(f"The request has {len(raw)} operations; at most {allowed} allowed (maxOperations).")
    seen: set[str] = set()
    return [read_operation(item, seen, versions) for item in raw]


def _fail_on_errors(body: JsonObject) -> int | None:
    value = body.get("failOnErrors")
    # True is an int for Python, and would stop at the first error.
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
        raise InvalidValue("failOnErrors must be a whole number, 1 or more.", code="SC-1020")
    return value


def _refusal(context: RequestContext, type: BoundType) -> ScimError | None:
    # Asked for each operation: a credential for groups may send a bulk request of groups only.
    try:
        return context.admission.refusal(context.api.routes.of(type).write)
    except NotFound as unknown:
        return unknown


def _shield(context: RequestContext, problem: Exception) -> ScimError:
    # One operation that breaks the host must not hide what the others did: the client would send them again.
    context.options.report(problem, context.request)
    if context.options.reraise:
        raise problem
    return failure_of(problem)


def _entry(base_url: str, result: BulkResult) -> JsonObject:
    """Return the entry of one operation in the BulkResponse."""
    entry: dict[str, Json] = {"method": result.method}
    if result.bulk_id is not None:
        entry["bulkId"] = result.bulk_id
    if result.version is not None:
        entry["version"] = etag(result.version)
    uri = _location(base_url, result)
    if uri is not None:
        entry["location"] = uri
    # A string, not the {"code": ...} object in some examples of the RFC: errata 7916 and 8096 (BULK-009).
    entry["status"] = str(result.status)
    if result.error is not None:
        entry["response"] = error_object(result.error)
    return entry


def _location(base_url: str, result: BulkResult) -> str | None:
    if result.type is not None and result.id is not None:
        return location(result.type, result.id, base_url)
    # RFC 7644 section 3.7.3: every operation has a location, except a POST that failed.
    return None if result.method == "POST" or not result.path else base_url + "/" + result.path.removeprefix("/")
