"""The OAuth 2.0 token endpoint as a request and a response (RFC 6749 section 4.4); mount it beside the SCIM URLs."""

import json
from collections.abc import Callable, Mapping
from time import time_ns
from typing import Final
from urllib.parse import parse_qsl

from scimcore._arguments import check_type, wrong_type
from scimcore._driver import run
from scimcore.access import AccessTokens, AssertionVerifier, AsyncConnections, Connections
from scimcore.access.authentication import headers_by_name
from scimcore.access.connections import check_connections
from scimcore.access.oauth import OAuthError, grant, token_request
from scimcore.repository import Unavailable
from scimcore.web.answers import StoreUnavailable
from scimcore.web.messages import Request, Response
from scimcore.web.options import log_failure

_FORM: Final = "application/x-www-form-urlencoded"
#: A form with an assertion has some 2 kB. Nobody is authenticated yet, so little is read.
_LONGEST: Final = 65_536
_MOST_FIELDS: Final = 32
#: RFC 6749 section 5.1: both are a MUST.
_NO_STORE: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}


def _microseconds() -> int:
    return time_ns() // 1000


class TokenEndpoint:
    """Answers token requests: `handle` in plain calls, `handle_async` for stores and verifiers that are awaited.

    - `connections`: the store of the application.
    - `tokens`: the same `AccessTokens` as in the application's `Options`.
    - `verifier`: verifies signed assertions (RFC 7523); without one, clients send their secret.
    - `clock`: returns the time in microseconds since 1970, UTC.
    - `report`, `reraise`: as in `Options`.

    Mount it on a URL of its own, over TLS only. Raises TypeError for a wrong argument.
    """

    def __init__(
        self,
        connections: Connections | AsyncConnections,
        tokens: AccessTokens,
        *,
        verifier: AssertionVerifier | None = None,
        clock: Callable[[], int] = _microseconds,
        report: Callable[[Exception, Request], None] = log_failure,
        reraise: bool = False,
    ) -> None:
        check_connections("TokenEndpoint", connections)
        check_type("TokenEndpoint", "tokens", tokens, AccessTokens, "AccessTokens, the same as in Options")
        if verifier is not None and not callable(getattr(verifier, "verify", None)):
            raise wrong_type("TokenEndpoint", "verifier", verifier, "a verifier with a method verify")
        for name, function in (("clock", clock), ("report", report)):
            if not callable(function):
                raise wrong_type("TokenEndpoint", name, function, "a function")
        self._connections: Final = connections
        self._tokens: Final = tokens
        self._verifier: Final = verifier
        self._clock: Final = clock
        self._report: Final = report
        self._reraise: Final = reraise

    def handle(self, request: Request) -> Response:
        """Return the answer to any request. Nothing that a client sends makes it raise."""
        return run(self.handle_async(request))

    async def handle_async(self, request: Request) -> Response:
        """Return the answer to any request; for connections or a verifier that are awaited."""
        try:
            return await self._answer(request)
        except OAuthError as error:
            return _refusal(error)
        except Exception as problem:
            # As in the application: the host gets all of it, the client nothing.
            self._report(problem, request)
            if self._reraise:
                raise
            if isinstance(problem, Unavailable):
                retry_after = {"Retry-After": str(StoreUnavailable.retry_after)}
                return _json(503, {"error": "temporarily_unavailable"}, retry_after)
            return _json(500, {"error": "server_error"}, {})

    async def _answer(self, request: Request) -> Response:
        # RFC 6749 section 3.2: the client MUST use POST. A secret in the query of a GET would be in every log.
        if request.method != "POST":
            return _json(405, {"error": "invalid_request", "error_description": "use POST"}, {"Allow": "POST"})
        headers = headers_by_name(request.headers)
        asked = token_request(_form(headers, request.body), headers.get("authorization", ""))
        now = self._clock()
        given = await grant(asked, self._connections, self._tokens, now, verifier=self._verifier)
        answer: dict[str, str | int] = {
            "access_token": given.access_token,
            "token_type": "Bearer",
            "expires_in": given.expires_in,
            "scope": given.scope,
        }
        return _json(200, answer, {})


def _form(headers: Mapping[str, str], body: bytes) -> Mapping[str, str]:
    """Return the fields of the form. Raises `OAuthError`."""
    if headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise OAuthError("invalid_request", f"send the request as {_FORM}")
    if len(body) > _LONGEST:
        raise OAuthError("invalid_request", "the request is too long")
    try:
        pairs = parse_qsl(body.decode("ascii"), errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise OAuthError("invalid_request", "the form cannot be read") from None
    fields = dict(pairs)
    # RFC 6749 section 3.2: parameters MUST NOT be included more than once.
    if len(fields) < len(pairs):
        raise OAuthError("invalid_request", "a parameter is there twice")
    return fields


def _refusal(error: OAuthError) -> Response:
    # RFC 6749 section 5.2: a 401 names the scheme that the client used.
    extra = {"WWW-Authenticate": 'Basic realm="scim"'} if error.basic and error.status == 401 else {}
    return _json(error.status, {"error": error.error, "error_description": error.description}, extra)


def _json(status: int, body: Mapping[str, str | int], extra: Mapping[str, str]) -> Response:
    headers = {"Content-Type": "application/json", **_NO_STORE, **extra}
    return Response(status=status, headers=headers, body=json.dumps(body).encode())
