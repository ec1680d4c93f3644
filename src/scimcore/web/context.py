"""One request on its way through: who asks, what for, and what its headers, query and body say once looked at."""

from collections.abc import Mapping
from typing import Any

from attrs import define, field

from scimcore.access import Admission, allows
from scimcore.errors import Forbidden, ScimError, TooLarge
from scimcore.policy import Policy
from scimcore.resources import decode_json
from scimcore.resources.projection import Projection
from scimcore.schema import BoundType, Registry
from scimcore.schema.json import JsonObject
from scimcore.service import AsyncService, Caller
from scimcore.web import query
from scimcore.web.discovery_endpoints import Discovery
from scimcore.web.headers import SCIM_JSON, answer_type, check_content_type, if_match
from scimcore.web.messages import Request
from scimcore.web.options import Options
from scimcore.web.routes import Endpoint, RouteMatch, RouteTable

_WHOLE = Projection()


@define(slots=True, eq=False)
class Served:
    """What one policy comes to under one base URL: compiled once, shared by all requests."""

    #: Kept, so that its id stays its own.
    policy: Policy
    registry: Registry
    base: str
    table: RouteTable
    discovery: Discovery


@define(slots=True, eq=False)
class RequestContext:
    """Everything that the operation of one request needs."""

    service: AsyncService[Any]
    options: Options
    served: Served
    request: Request
    headers: Mapping[str, str]
    match: RouteMatch
    admission: Admission
    caller: Caller
    _parameters: Mapping[str, str] | None = field(default=None, init=False)

    @property
    def base(self) -> str:
        """The base URL that links are made of: configured, never taken from the request."""
        return self.served.base

    @property
    def endpoint(self) -> Endpoint:
        """The endpoint that the URL names; on the root there is none, and nothing asks."""
        if self.match.endpoint is None:
            raise LookupError("this URL is not that of a resource type")
        return self.match.endpoint

    @property
    def parameters(self) -> Mapping[str, str]:
        """The query's parameters, read once."""
        if self._parameters is None:
            self._parameters = query.parameters(self.request.query)
        return self._parameters

    def projection(self) -> Projection:
        """What the client asked to see of the answer."""
        return query.projection(self.parameters) if self.request.query else _WHOLE

    def body(self) -> JsonObject:
        """The body as JSON. Raises `TooLarge`, `UnsupportedMediaType` or `InvalidSyntax`."""
        return self._decoded(self.options.max_body)

    def bulk_body(self, limit: int) -> JsonObject:
        """The same for a bulk request, which has a limit of its own."""
        return self._decoded(limit)

    def _decoded(self, limit: int) -> JsonObject:
        check_content_type(self.headers)
        declared = self.headers.get("content-length", "")
        # An adapter may stop reading at the limit: what was declared counts, too.
        size = max(len(self.request.body), int(declared) if declared.isdecimal() and len(declared) < 19 else 0)
        if size > limit:
            raise TooLarge(f"The body has {size} bytes; at most {limit} are taken (maxPayloadSize).")
        return decode_json(self.request.body)

    def if_match(self) -> frozenset[int] | None:
        """The versions that the client lets itself overwrite."""
        return if_match(self.headers, required=self.options.require_if_match)

    def media_type(self) -> str:
        """What the answer is called."""
        return answer_type(self.headers) if self.options.echo_json else SCIM_JSON

    def need(self, scope: str) -> None:
        """Raises `Forbidden` unless the credential has that scope (POL-162)."""
        refusal = self.refusal(scope)
        if refusal is not None:
            raise refusal

    def refusal(self, scope: str) -> ScimError | None:
        """What to answer when the credential does not have that scope."""
        if allows(self.admission.scopes, scope):
            return None
        return Forbidden(
            f"This credential does not have the scope {scope}. Use another one, or have a new one made with it.",
            code="SC-3006",
        )

    def types(self) -> tuple[BoundType, ...]:
        """The types that a query covers: the URL's, or all of them on the root."""
        if self.match.endpoint is not None:
            self.need(self.match.endpoint.read)
            return (self.match.endpoint.type,)
        for endpoint in self.served.table:
            self.need(endpoint.read)
        return tuple(endpoint.type for endpoint in self.served.table)
