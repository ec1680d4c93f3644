"""The SCIM endpoint: a request goes in, a response comes out, in plain calls or as a coroutine."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from attrs import evolve

from scimcore.access import Admission, AsyncConnections, Connection, Connections, Unauthenticated, admit
from scimcore.errors import Forbidden, MethodNotAllowed, NotFound, ScimError, TooManyRequests
from scimcore.policy import Policy
from scimcore.policy.exports import serves
from scimcore.service import AsyncService, Service
from scimcore.service.driver import run
from scimcore.web import query
from scimcore.web.answers import broken, error_response
from scimcore.web.context import RequestContext, Served
from scimcore.web.discovery_endpoints import Discovery
from scimcore.web.handlers import HANDLERS, discovered
from scimcore.web.headers import SCIM_JSON, answer_type, folded
from scimcore.web.messages import Request, Response
from scimcore.web.options import Options
from scimcore.web.routes import DISCOVERY, ROUTES, Kind, RouteTable

BaseUrl = str | Callable[[Connection | None], str]

_BASE = re.compile(r"https?://[^/?#\s]+(/[^?#\s]*)?\Z")
_VERSIONED = re.compile(r"/v[0-9]+\Z", re.IGNORECASE)
_REQUEST_ID = re.compile(r"[\x21-\x7e]{1,128}\Z")
#: Pairs of a policy and a base URL whose compiled forms are kept; a host has a handful.
_KEPT = 256


class Application:
    """Everything that SCIM says about HTTP, for a synchronous host.

    `base_url` is the only thing that links are made of, whatever the request's headers say: an absolute URL without a
    query, or a function that gives one for a connection (None: somebody without a credential). Raises ValueError when
    it is neither.
    """

    def __init__(
        self, service: Service[Any], connections: Connections, *, base_url: BaseUrl, options: Options | None = None
    ) -> None:
        self._core = _Responder(service.asynchronous, connections, base_url, options or Options())

    @property
    def max_body(self) -> int:
        """Bytes beyond which an adapter need not read on: such a body is refused in any case."""
        return self._core.max_body

    def handle(self, request: Request, *, tenant: str | None = None) -> Response:
        """The answer to any request whatever; nothing that a client sends makes it raise.

        `tenant`: what the URL or the host name says, if it does. A credential of another tenant finds nothing there
        (HTTP-018).
        """
        return run(self._core.handle(request, tenant))


class AsyncApplication:
    """The same for an asynchronous service; the connections may be either."""

    def __init__(
        self,
        service: AsyncService[Any],
        connections: Connections | AsyncConnections,
        *,
        base_url: BaseUrl,
        options: Options | None = None,
    ) -> None:
        self._core = _Responder(service, connections, base_url, options or Options())

    @property
    def max_body(self) -> int:
        """Bytes beyond which an adapter need not read on: such a body is refused in any case."""
        return self._core.max_body

    async def handle(self, request: Request, *, tenant: str | None = None) -> Response:
        """The answer to any request whatever; see `Application.handle`."""
        return await self._core.handle(request, tenant)


class _Responder:
    """Both faces' engine: a coroutine that awaits only the service and the connections."""

    def __init__(
        self,
        service: AsyncService[Any],
        connections: Connections | AsyncConnections,
        base_url: str | Callable[[Connection | None], str],
        options: Options,
    ) -> None:
        self._service: Final = service
        self._connections: Final = connections
        self._base_url: Final = checked_base(base_url) if isinstance(base_url, str) else base_url
        self._options: Final = options
        self._served: Final[dict[tuple[int, str], Served]] = {}

    @property
    def max_body(self) -> int:
        """The larger of the two limits on bodies."""
        return max(self._options.max_body, self._options.bulk.payload if self._options.bulk else 0)

    async def handle(self, request: Request, tenant: str | None) -> Response:
        """The answer. The one place where anything that goes wrong becomes one."""
        try:
            response = await self._answer(request, tenant)
        except ScimError as error:
            response = error_response(error, self._error_type(request))
        except Exception as problem:
            # A fault of the host, its store or ours. It is reported whole, and the client learns nothing of it.
            self._options.report(problem, request)
            if self._options.reraise:
                raise
            response = error_response(broken(), self._error_type(request))
        return _without_body(response) if request.method == "HEAD" else response

    def _error_type(self, request: Request) -> str:
        return answer_type(folded(request.headers)) if self._options.echo_json else SCIM_JSON

    async def _answer(self, request: Request, tenant: str | None) -> Response:
        headers = folded(request.headers)
        if self._options.require_tls != "no":
            self._check_tls(request, headers)
        now = self._options.clock()
        try:
            admission = await admit(
                headers, self._connections, now, schemes=self._options.schemes, tokens=self._options.tokens
            )
        except Unauthenticated:
            public = self._public(request, headers)
            if public is None:
                raise
            return public
        context = self._exchange(request, headers, admission, now, tenant)
        return await HANDLERS[_operation(context.match.kind, request.method)](context)

    def _exchange(
        self, request: Request, headers: Mapping[str, str], admission: Admission, now: int, tenant: str | None
    ) -> RequestContext:
        connection = admission.connection
        if tenant is not None and tenant != connection.tenant:
            # Not a word about whether that tenant exists (HTTP-018, POL-122).
            raise NotFound("There is nothing at this URL.", code="SC-1009")
        wait = self._options.limiter.take(connection, now)
        if wait:
            raise TooManyRequests(f"Too many requests; try again in {wait} seconds.", retry_after=wait)
        served = self._serve(connection.policy, connection)
        return RequestContext(
            service=self._service,
            options=self._options,
            served=served,
            request=request,
            headers=headers,
            match=served.table.match(request.path),
            admission=admission,
            caller=admission.caller(request.id or _request_id(headers)),
        )

    def _check_tls(self, request: Request, headers: Mapping[str, str]) -> None:
        forwarded = self._options.require_tls == "forwarded"
        scheme = headers.get("x-forwarded-proto", "") if forwarded else request.scheme
        if scheme.strip().lower() != "https":
            raise Forbidden("This service is reached by https only.", code="SC-3007")

    def _public(self, request: Request, headers: Mapping[str, str]) -> Response | None:
        """What is answered without a credential, if anything is (CORE-102)."""
        if self._options.public == "nothing":
            return None
        served = self._serve(self._options.public_policy, None)
        match = served.table.match(request.path)
        open_to_all: frozenset[Kind] = DISCOVERY if self._options.public == "discovery" else frozenset({"config"})
        if match.kind not in open_to_all:
            return None
        _operation(match.kind, request.method)
        media_type = answer_type(headers) if self._options.echo_json else SCIM_JSON
        return discovered(served, match, query.parameters(request.query), media_type)

    def _serve(self, policy: Policy, connection: Connection | None) -> Served:
        base = self._base(connection)
        found = self._served.get((id(policy), base))
        if found is None:
            found = self._compiled(policy, base)
            if len(self._served) >= _KEPT:
                self._served.clear()
            self._served[(id(policy), base)] = found
        return found

    def _compiled(self, policy: Policy, base: str) -> Served:
        registry = self._service.registry(policy)
        types = [type for type in registry if serves(policy, type.name)]
        return Served(
            policy=policy,
            registry=registry,
            base=base,
            table=RouteTable(types, versioned=bool(_VERSIONED.search(base))),
            discovery=Discovery(types, base, _told(self._options, policy), self._service.limits),
        )

    def _base(self, connection: Connection | None) -> str:
        if connection is not None and connection.base_url is not None:
            return connection.base_url.rstrip("/")
        return self._base_url if isinstance(self._base_url, str) else self._base_url(connection).rstrip("/")


def _told(options: Options, policy: Policy) -> Options:
    """What discovery says of the policy: a password that is handed over does change something (POL-076)."""
    return evolve(options, change_password=options.change_password or policy.names.password == "hand_over")


def checked_base(url: str) -> str:
    """The base URL without a slash at its end. Raises ValueError unless it can be one (HTTP-001)."""
    if not _BASE.match(url):
        raise ValueError(f"base_url {url!r}: an absolute http or https URL without a query is needed")
    return url.rstrip("/")


def _operation(kind: Kind, method: str) -> str:
    """The operation's name. Raises `MethodNotAllowed` (HTTP-008)."""
    methods = ROUTES[kind]
    found = methods.get("GET" if method == "HEAD" else method)
    if found is None:
        allowed = (*methods, "HEAD") if "GET" in methods else tuple(methods)
        raise MethodNotAllowed(f"This URL takes {', '.join(allowed)}.", allowed=allowed)
    return found


def _request_id(headers: Mapping[str, str]) -> str:
    said = headers.get("x-request-id")
    return said if said and _REQUEST_ID.match(said) else ""


def _without_body(response: Response) -> Response:
    headers = {**response.headers, "Content-Length": str(len(response.body))}
    return Response(status=response.status, headers=headers)
