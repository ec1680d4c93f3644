"""One request on its way to its answer: who sent it, what its URL means, and what its headers, query and body ask."""

from collections.abc import Mapping
from typing import Any

from attrs import define, field

from scimcore.access import Caller
from scimcore.access.authentication import Admission
from scimcore.errors import TooLarge
from scimcore.resources import decode_json
from scimcore.schema import BoundType, Registry
from scimcore.schema.json import JsonObject
from scimcore.service import AsyncService
from scimcore.web import query
from scimcore.web.discovery_endpoints import DiscoveryAnswers
from scimcore.web.headers import check_content_type, if_match
from scimcore.web.messages import Request
from scimcore.web.options import Options
from scimcore.web.routes import RouteMatch, RouteTable


@define(slots=True, eq=False)
class Api:
    """The API as a policy offers it under one base URL: compiled once, used by every request of such a connection."""

    registry: Registry
    #: What links are made of: configured, never taken from the request.
    base_url: str
    #: What opens the URIs in bodies: the base URL, or nothing for a connection with relative locations.
    links_base: str
    routes: RouteTable
    discovery: DiscoveryAnswers


@define(slots=True, eq=False)
class RequestContext:
    """Everything that the handler of one request needs."""

    service: AsyncService[Any]
    options: Options
    api: Api
    request: Request
    #: By lower-case name.
    headers: Mapping[str, str]
    match: RouteMatch
    admission: Admission
    caller: Caller
    #: The Content-Type of the answer.
    media_type: str
    _parameters: Mapping[str, str] | None = field(default=None, init=False)

    @property
    def parameters(self) -> Mapping[str, str]:
        """The parameters of the query, read once."""
        if self._parameters is None:
            self._parameters = query.parameters(self.request.query)
        return self._parameters

    def body(self, limit: int | None = None) -> JsonObject:
        """Return the body as JSON; `limit` is in bytes, `Options.max_body` unless given.

        Raises `TooLarge`, `UnsupportedMediaType` or `InvalidSyntax`.
        """
        check_content_type(self.headers)
        allowed = self.options.max_body if limit is None else limit
        declared = self.headers.get("content-length", "")
        # An adapter may stop reading at the limit, so the size that was declared counts, too. More than 18 digits
        # are no length, and int() takes long for thousands of them.
        size = max(len(self.request.body), int(declared) if declared.isdecimal() and len(declared) < 19 else 0)
        if size > allowed:
            raise TooLarge(f"The body has {size} bytes; at most {allowed} are allowed (maxPayloadSize).")
        return decode_json(self.request.body)

    def if_match(self) -> frozenset[int] | None:
        """Return the versions that the client allows itself to overwrite; None: any version."""
        return if_match(self.headers, required=self.options.require_if_match)

    def searched_types(self) -> tuple[BoundType, ...]:
        """Return the types that a query covers: the type of the URL, or all of them at the root.

        Raises `Forbidden` unless the credential may read each of them (POL-162).
        """
        match = self.match
        # RFC 7644 section 3.4.2.1: a query at the server root covers all resource types.
        endpoints = [match.endpoint] if match.endpoint is not None else list(self.api.routes)
        for endpoint in endpoints:
            refusal = self.admission.refusal(endpoint.read)
            if refusal is not None:
                raise refusal
        return tuple(endpoint.type for endpoint in endpoints)
