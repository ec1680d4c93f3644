"""The SCIM endpoint: a request goes in, a response comes out, in plain calls or as a coroutine."""

import re
from collections.abc import Callable, Mapping
from inspect import iscoroutinefunction
from typing import Any, Final

from scimcore._arguments import check_type, wrong_type
from scimcore._cache import Bounded
from scimcore._driver import run
from scimcore.access import AsyncConnections, Connection, Connections, MemoryConnections, Unauthenticated
from scimcore.access.authentication import Admission, admit, headers_by_name
from scimcore.access.connections import check_connections, checked_base_url
from scimcore.dialects import Dialect
from scimcore.dialects.catalogue import DOUBLE_SLASH
from scimcore.errors import Forbidden, InvalidSyntax, MethodNotAllowed, NotFound, ScimError, TooManyRequests
from scimcore.policy import Policy
from scimcore.schema import Registry
from scimcore.service import AsyncService, Limits, Service
from scimcore.web import query
from scimcore.web.answers import error_response, failure_of
from scimcore.web.bulk_endpoint import bulk
from scimcore.web.context import Api, RequestContext
from scimcore.web.discovery_endpoints import DiscoveryAnswers
from scimcore.web.handlers import HANDLERS, Handler, discovery_response
from scimcore.web.headers import SCIM_JSON, answer_type
from scimcore.web.limiter import TokenBucket
from scimcore.web.messages import Request, Response
from scimcore.web.options import Options
from scimcore.web.routes import DISCOVERY, ROUTES, Kind, RouteMatch, RouteTable, unknown_url

#: An absolute URL, or a function that returns one for a connection (None: for a request without a credential).
BaseUrl = str | Callable[[Connection | None], str]

_SLASHES = re.compile(r"//+")
_VERSIONED = re.compile(r"/v[0-9]+\Z", re.IGNORECASE)
#: What may be written into an audit trail as it is: visible ASCII, and not endless.
_REQUEST_ID = re.compile(r"[\x21-\x7e]{1,128}\Z")
#: APIs that are compiled at the same time: room for 1,000 tenants with a policy or a base URL of their own, and twice
#: over. Below that, every request of such a host would compile one anew.
_APIS: Final = 2048

#: Made once: a union in isinstance() would be made anew on every request.
_PAIRS: Final = (list, tuple)
_BYTES: Final = (bytes, bytearray)

_HANDLERS: Final[Mapping[str, Handler]] = {**HANDLERS, "bulk": bulk}


def _check_policies(service: AsyncService[Any], connections: object) -> None:
    """Raises TypeError for a connection whose policy needs a power that the host lacks.

    Connections that are in memory can be listed. Those of a database are checked by the first request of each.
    """
    for connection in connections if isinstance(connections, MemoryConnections) else ():
        service.registry(connection.policy)


class Application:
    """The SCIM endpoint of a synchronous host.

    - `service`: a `Service`. For an `AsyncService` there is `AsyncApplication`.
    - `connections`: where the connections are looked up, such as `MemoryConnections`.
    - `base_url`: the absolute URL that links are made of, whatever the headers of a request say; or a function that
      returns one for a connection (for None: a request without a credential).
    - `options`: the choices about HTTP; `Options()` unless given.

    Raises TypeError or ValueError for a wrong argument.
    """

    def __init__(
        self, service: Service[Any], connections: Connections, *, base_url: BaseUrl, options: Options | None = None
    ) -> None:
        check_type("Application", "service", service, Service, "a Service (AsyncApplication takes an AsyncService)")
        check_connections("Application", connections)
        # Caught here, because a coroutine that nobody awaits would be found by the first request only.
        if iscoroutinefunction(connections.find):
            expected = "a store without coroutines (AsyncApplication takes one with them)"
            raise wrong_type("Application", "connections", connections, expected)
        self._responder = _Responder("Application", service.asynchronous, connections, base_url, options)

    @property
    def max_body(self) -> int:
        """The number of bytes after which an adapter may stop reading: a longer body is refused in any case."""
        return self._responder.max_body

    def handle(self, request: Request, *, tenant: str | None = None) -> Response:
        """Return the answer to any request. Nothing that a client sends makes it raise.

        `tenant` is the tenant in the URL or the host name, if your URLs have one. A credential of another tenant finds
        nothing there (HTTP-018). Raises TypeError for a `Request` that an adapter built wrongly: headers in a mapping
        or as bytes, a body that is a text.
        """
        return run(self._responder.handle(request, tenant))

    def before_body(self, request: Request, *, tenant: str | None = None) -> Response | None:
        """Return the refusal that the headers alone decide, or None: then read the body and call `handle`.

        So nobody without a credential can make the server read, or wait for, a body. `request` has no body yet.
        """
        return run(self._responder.before_body(request, tenant))

    def broken_body(self, request: Request) -> Response:
        """Return the 400 for a body that did not arrive: cut off, too slow, or sent in malformed chunks."""
        return self._responder.broken_body(request)


class AsyncApplication:
    """The SCIM endpoint of an asynchronous host. The arguments are those of `Application`.

    `service` is an `AsyncService`; the connections may be synchronous or not. Raises TypeError or ValueError for a
    wrong argument.
    """

    def __init__(
        self,
        service: AsyncService[Any],
        connections: Connections | AsyncConnections,
        *,
        base_url: BaseUrl,
        options: Options | None = None,
    ) -> None:
        expected = "an AsyncService (Application takes a Service)"
        check_type("AsyncApplication", "service", service, AsyncService, expected)
        check_connections("AsyncApplication", connections)
        self._responder = _Responder("AsyncApplication", service, connections, base_url, options)

    @property
    def max_body(self) -> int:
        """The number of bytes after which an adapter may stop reading: a longer body is refused in any case."""
        return self._responder.max_body

    async def handle(self, request: Request, *, tenant: str | None = None) -> Response:
        """Return the answer to any request; see `Application.handle`."""
        return await self._responder.handle(request, tenant)

    async def before_body(self, request: Request, *, tenant: str | None = None) -> Response | None:
        """Return the refusal that the headers alone decide, or None; see `Application.before_body`."""
        return await self._responder.before_body(request, tenant)

    def broken_body(self, request: Request) -> Response:
        """Return the 400 for a body that did not arrive; see `Application.broken_body`."""
        return self._responder.broken_body(request)


#: What an `Api` depends on, and nothing else: the registry, the base URL, whether groups are offered, whether passwords
#: are handed over, and whether locations are relative. Policies that differ in other choices share one, and so do equal
#: policies: a host may build its Policy for each look-up, and nothing is compiled or remembered for it.
_ApiKey = tuple[Registry, str, bool, bool, bool]


class _Responder:
    """Turns a request into a response. A coroutine that awaits the service and the connections only.

    Written once for both applications: where nothing waits, `run` drives it without an event loop.
    """

    def __init__(
        self,
        owner: str,
        service: AsyncService[Any],
        connections: Connections | AsyncConnections,
        base_url: BaseUrl,
        options: Options | None,
    ) -> None:
        check_type(owner, "options", options, (Options, type(None)), "Options")
        if not callable(base_url) or isinstance(base_url, type):
            base_url = checked_base_url(owner, base_url)
        _check_policies(service, connections)
        self._service: Final = service
        self._connections: Final = connections
        self._base_url: Final = base_url
        self._options: Final = options or Options()
        self._clock: Final = self._options.clock or service.clock
        self._limiter: Final = self._options.limiter or TokenBucket()
        # A resource type on an endpoint of the protocol raises here, not in the first request.
        RouteTable(service.registry(self._options.public_policy), versioned=False)
        limits, described = service.limits, self._options

        def compiled(key: _ApiKey) -> Api:
            return _api(key, described, limits)

        self._apis: Final = Bounded(compiled, size=_APIS)

    @property
    def max_body(self) -> int:
        """The larger of the two limits on bodies."""
        return max(self._options.max_body, self._options.bulk.payload if self._options.bulk else 0)

    async def handle(self, request: Request, tenant: str | None) -> Response:
        """Return the answer. The one place where anything that goes wrong becomes one."""
        # Outside the try: what an adapter got wrong is the host's, and must not become a 401 or a 500 of each request.
        _check_request(request)
        headers = headers_by_name(request.headers)
        try:
            response = await self._answer(request, headers, tenant)
        except ScimError as error:
            response = error_response(error, self._media_type(headers))
        except Exception as problem:
            # A fault of the host, its store or ours. The host gets all of it, the client nothing: a traceback or the
            # text of a database error tells an attacker how the product is made.
            self._options.report(problem, request)
            if self._options.reraise:
                raise
            response = error_response(failure_of(problem), self._media_type(headers))
        return _without_body(response) if request.method == "HEAD" else response

    async def before_body(self, request: Request, tenant: str | None) -> Response | None:
        """Return the answer to a request whose body nobody needs to read, None where there may be one."""
        _check_request(request)
        headers, options = headers_by_name(request.headers), self._options
        try:
            if options.require_tls != "no":
                self._check_tls(request, headers)
            await admit(headers, self._connections, self._clock(), schemes=options.schemes, tokens=options.tokens)
        except ScimError:
            # Answered in one place: discovery may be public, and the answer to HEAD has no body.
            return await self.handle(request, tenant)
        except Exception:
            # `handle` meets it again, reports it and answers it.
            return None
        return None

    def broken_body(self, request: Request) -> Response:
        """Return the 400 for a body that did not arrive."""
        error = InvalidSyntax("The body of the request did not arrive whole. Send the request again.", code="SC-1029")
        return error_response(error, self._media_type(headers_by_name(request.headers)))

    def _media_type(self, headers: Mapping[str, str]) -> str:
        return answer_type(headers) if self._options.echo_json else SCIM_JSON

    async def _answer(self, request: Request, headers: Mapping[str, str], tenant: str | None) -> Response:
        options = self._options
        # Before anything else: over plain HTTP the secret is lost already, and must not be confirmed as well.
        if options.require_tls != "no":
            self._check_tls(request, headers)
        now = self._clock()
        try:
            admission = await admit(headers, self._connections, now, schemes=options.schemes, tokens=options.tokens)
        except Unauthenticated:
            public = self._public(request, headers)
            if public is None:
                raise
            return public
        self._check_tenant_and_rate(admission.connection, tenant, now)
        context = self._context(request, headers, admission)
        return await _HANDLERS[_operation(context.match.kind, request.method)](context)

    def _check_tenant_and_rate(self, connection: Connection, tenant: str | None, now: int) -> None:
        if tenant is not None and tenant != connection.tenant:
            # The answer of a URL that does not exist, so that nobody learns which tenants do (HTTP-018, POL-122).
            raise unknown_url()
        # A limiter of the host's is always asked; our own has nothing to do without a rate.
        if self._options.limiter is None and not connection.policy.safety.requests_per_second:
            return
        wait = self._limiter.take(connection, now)
        if wait:
            seconds = "1 second" if wait == 1 else f"{wait} seconds"
            raise TooManyRequests(f"Too many requests. Try again in {seconds}.", retry_after=wait)

    def _context(self, request: Request, headers: Mapping[str, str], admission: Admission) -> RequestContext:
        connection = admission.connection
        api = self._api(connection.policy, connection)
        asked = headers.get("x-request-id", "")
        match, notes = _route(api.routes, request.path, connection.dialect)
        return RequestContext(
            service=self._service,
            options=self._options,
            api=api,
            request=request,
            headers=headers,
            match=match,
            admission=admission,
            caller=admission.caller(request.id or (asked if _REQUEST_ID.match(asked) else ""), notes),
            media_type=self._media_type(headers),
        )

    def _check_tls(self, request: Request, headers: Mapping[str, str]) -> None:
        forwarded = self._options.require_tls == "forwarded"
        scheme = headers.get("x-forwarded-proto", "") if forwarded else request.scheme
        if scheme.strip().lower() != "https":
            raise Forbidden("This service accepts https only. Change the URL to https.", code="SC-3007")

    def _public(self, request: Request, headers: Mapping[str, str]) -> Response | None:
        """Return the answer to a request without a credential, or None where there is none (CORE-102)."""
        if self._options.public == "nothing":
            return None
        api = self._api(self._options.public_policy, None)
        match = api.routes.match(request.path)
        open_to_all: frozenset[Kind] = DISCOVERY if self._options.public == "discovery" else frozenset({"config"})
        if match.kind not in open_to_all:
            return None
        _operation(match.kind, request.method)
        parameters, media_type = query.parameters(request.query), self._media_type(headers)
        return discovery_response(api, match, parameters, media_type, cursors=False)

    def _api(self, policy: Policy, connection: Connection | None) -> Api:
        if connection is not None and connection.base_url is not None:
            base_url = connection.base_url.rstrip("/")
        elif isinstance(self._base_url, str):
            base_url = self._base_url
        else:
            base_url = self._base_url(connection).rstrip("/")
        groups, passwords = policy.groups.mode != "off", policy.names.password == "hand_over"
        relative = connection is not None and connection.locations == "relative"
        return self._apis[self._service.registry(policy), base_url, groups, passwords, relative]


def _api(key: _ApiKey, options: Options, limits: Limits) -> Api:
    registry, base_url, groups, passwords, relative = key
    # What a host's function returns is checked here, once for each URL instead of on every request.
    checked_base_url("Application", base_url)
    types = [type for type in registry if type.name != "Group" or groups]
    # RFC 7643 section 2.3.7: a reference may be relative to the base URL.
    links_base = "" if relative else base_url
    # A password that is handed over does change something, whatever the options say (POL-076).
    changes_passwords = options.change_password or passwords
    return Api(
        registry=registry,
        base_url=base_url,
        links_base=links_base,
        routes=RouteTable(types, versioned=bool(_VERSIONED.search(base_url))),
        discovery=DiscoveryAnswers(types, links_base, options, limits, change_password=changes_passwords),
    )


def _route(routes: RouteTable, path: str, dialect: Dialect) -> tuple[RouteMatch, tuple[tuple[str, str], ...]]:
    """Return what a path means, and a note if it was read otherwise than it stands. Raises `NotFound`."""
    try:
        return routes.match(path), ()
    except NotFound:
        # At the end it is an empty id, which names nothing.
        if "//" not in path or path.endswith("//") or not dialect.double_slashes:
            raise
        return routes.match(_SLASHES.sub("/", path)), ((DOUBLE_SLASH.name, f"URL: {DOUBLE_SLASH.note}"),)


def _operation(kind: Kind, method: str) -> str:
    """Return the name of the operation. Raises `MethodNotAllowed` (HTTP-008)."""
    methods = ROUTES[kind]
    # RFC 9110 section 9.3.2: HEAD is GET without the content.
    found = methods.get("GET" if method == "HEAD" else method)
    if found is None:
        allowed = (*methods, "HEAD") if "GET" in methods else tuple(methods)
        raise MethodNotAllowed(f"This URL takes {', '.join(allowed)} only.", allowed=allowed)
    return found


def _check_request(request: Request) -> None:
    """Raise TypeError for what adapters get wrong. Cheap, because it runs on every request."""
    headers: Any = request.headers
    body: Any = request.body
    # Most adapters pass a list or a tuple. The check for a mapping takes longer, so only others are asked.
    if not isinstance(headers, _PAIRS) and isinstance(headers, Mapping):
        raise TypeError("Request(headers=...) takes pairs of name and value, not a mapping. Pass headers.items().")
    # As ASGI has them: no name would be found, and every request answered 401.
    if headers and isinstance(headers[0][0], bytes):
        raise TypeError("Request(headers=...) takes pairs of texts, not of bytes. Decode them as latin-1.")
    if not isinstance(body, _BYTES):
        raise wrong_type("Request", "body", body, "bytes")


def _without_body(response: Response) -> Response:
    # RFC 9110 section 8.6: Content-Length in the answer to HEAD is that of the GET.
    headers = {**response.headers, "Content-Length": str(len(response.body))}
    return Response(status=response.status, headers=headers)
