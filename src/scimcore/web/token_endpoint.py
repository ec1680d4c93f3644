"""The OAuth 2.0 token endpoint as a request and a response (RFC 6749 section 4.4); mount it beside the SCIM URLs."""

import json
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import parse_qsl

from scimcore.access import (
    AccessTokens,
    AssertionVerifier,
    AsyncConnections,
    Connections,
    OAuthError,
    grant,
    token_request,
)
from scimcore.service.driver import run
from scimcore.web.headers import folded
from scimcore.web.messages import Request, Response
from scimcore.web.options import log_failure, microseconds

_FORM: Final = "application/x-www-form-urlencoded"
_LONGEST: Final = 65_536
_MOST_FIELDS: Final = 32
_NEVER_KEPT: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class TokenEndpoint:
    """Answers token requests; `handle` for plain calls, `handle_async` for stores and verifiers that have to wait.

    Give the same `tokens` to the application's options. Mount it on one URL of its own, and over TLS only.
    """

    def __init__(
        self,
        connections: Connections | AsyncConnections,
        tokens: AccessTokens,
        *,
        verifier: AssertionVerifier | None = None,
        clock: Callable[[], int] = microseconds,
        report: Callable[[Exception, Request], None] = log_failure,
        reraise: bool = False,
    ) -> None:
        self._connections: Final = connections
        self._tokens: Final = tokens
        self._verifier: Final = verifier
        self._clock: Final = clock
        self._report: Final = report
        self._reraise: Final = reraise

    def handle(self, request: Request) -> Response:
        """The answer to any request whatever."""
        return run(self.handle_async(request))

    async def handle_async(self, request: Request) -> Response:
        """The same, where something has to be waited for."""
        try:
            return await self._answer(request)
        except OAuthError as error:
            return _refusal(error)
        except Exception as problem:
            # As in the application: reported whole, answered without a word about it.
            self._report(problem, request)
            if self._reraise:
                raise
            return _json(500, {"error": "server_error"}, {})

    async def _answer(self, request: Request) -> Response:
        if request.method != "POST":
            return _json(405, {"error": "invalid_request", "error_description": "use POST"}, {"Allow": "POST"})
        headers = folded(request.headers)
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
    """The fields of the form. Raises `OAuthError`: a field must not be there twice (RFC 6749 section 3.2)."""
    if headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise OAuthError("invalid_request", f"send the request as {_FORM}")
    if len(body) > _LONGEST:
        raise OAuthError("invalid_request", "the request is too long")
    try:
        pairs = parse_qsl(body.decode("ascii"), errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise OAuthError("invalid_request", "the form cannot be read") from None
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise OAuthError("invalid_request", "a parameter is there twice")
    return fields


def _refusal(error: OAuthError) -> Response:
    extra = {"WWW-Authenticate": 'Basic realm="scim"'} if error.basic and error.status == 401 else {}
    return _json(error.status, {"error": error.error, "error_description": error.description}, extra)


def _json(status: int, body: Mapping[str, str | int], extra: Mapping[str, str]) -> Response:
    headers = {"Content-Type": "application/json", **_NEVER_KEPT, **extra}
    return Response(status=status, headers=headers, body=json.dumps(body).encode())
