"""The OAuth 2.0 client credentials grant (RFC 6749 section 4.4): an identity provider fetches short-lived tokens.

Microsoft's gallery accepts nothing else for new applications. This is the grant itself, without HTTP: `web` puts it on
a URL. A client is a credential of use "client": its id is the client_id, its secret the client_secret.
"""

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Awaitable, Mapping
from inspect import isawaitable
from typing import Literal, Protocol
from urllib.parse import unquote_plus

from attrs import field, frozen

from scimcore._arguments import text
from scimcore.access.access_tokens import AccessTokens
from scimcore.access.connections import AsyncConnections, Connection, Connections, Credential, digest
from scimcore.access.credentials import SHORTEST
from scimcore.access.scopes import EVERYTHING, common_scopes, is_scope

#: RFC 7523 section 2.2.
JWT_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

OAuthCode = Literal[
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_scope",
]


class OAuthError(Exception):
    """A token request that is refused (RFC 6749 section 5.2).

    Not a `ScimError`: the answer is an OAuth error object, not a SCIM Error message. `description` reaches the client.
    """

    def __init__(self, error: OAuthCode, description: str, *, basic: bool = False) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        #: True when the client sent an Authorization header: then the 401 must name that scheme in WWW-Authenticate.
        self.basic = basic

    @property
    def status(self) -> int:
        """401 when the client is not known, else 400."""
        return 401 if self.error == "invalid_client" else 400


@frozen
class OAuthClient:
    """The client that asks for a token: a credential of a connection, by their ids.

    Raises TypeError or ValueError for an id that is not a text or is empty.
    """

    connection: str = field(validator=text(empty=False))
    credential: str = field(validator=text(empty=False))


class AssertionVerifier(Protocol):
    """Verifies the signed JWT of a client (RFC 7523) with the keys that the host trusts.

    It must check the signature, `aud` (this token endpoint), `exp`, `iss` and `sub`, and that `jti` was not used
    before. The host chooses the library that reads JWTs.
    """

    def verify(self, assertion: str, now: int) -> OAuthClient | None | Awaitable[OAuthClient | None]:
        """Return the client that the assertion speaks for, or None if it cannot be trusted. May be a coroutine."""


@frozen(kw_only=True)
class TokenRequest:
    """The parameters of a token request. Secrets stay out of its repr."""

    grant_type: str
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    assertion: str = field(default="", repr=False)
    scope: frozenset[str] = frozenset()
    basic: bool = False


@frozen(kw_only=True)
class IssuedToken:
    """A new access token with its life in seconds and its scopes (RFC 6749 section 5.1)."""

    access_token: str = field(repr=False)
    expires_in: int
    scope: str


def token_request(form: Mapping[str, str], authorization: str) -> TokenRequest:
    """Return the token request in a form and an Authorization header (RFC 6749 sections 2.3 and 4.4.2).

    Raises `OAuthError`.
    """
    if not form.get("grant_type"):
        raise OAuthError("invalid_request", "grant_type is missing: send client_credentials")
    basic = _basic(authorization) if authorization else None
    # RFC 6749 section 2.3: the client MUST NOT use more than one authentication method in each request.
    ways = [basic is not None, bool(form.get("client_secret")), bool(form.get("client_assertion"))]
    if sum(ways) > 1:
        raise OAuthError("invalid_request", "the client must authenticate in one way only")
    if form.get("client_assertion") and form.get("client_assertion_type") != JWT_ASSERTION:
        raise OAuthError("invalid_request", f"client_assertion_type must be {JWT_ASSERTION}")
    client_id, secret = basic or (form.get("client_id", ""), form.get("client_secret", ""))
    return TokenRequest(
        grant_type=form["grant_type"],
        client_id=client_id,
        client_secret=secret,
        assertion=form.get("client_assertion", ""),
        scope=frozenset(form.get("scope", "").split()),
        basic=basic is not None,
    )


def _basic(authorization: str) -> tuple[str, str]:
    """Return the client id and the secret. Raises `OAuthError`."""
    scheme, _, encoded = authorization.strip().partition(" ")
    try:
        user, colon, secret = b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (NotBase64, ValueError):
        user, colon, secret = "", "", ""
    if scheme.lower() != "basic" or not colon:
        raise OAuthError("invalid_client", "the Authorization header is not HTTP Basic", basic=True)
    # RFC 6749 section 2.3.1: both halves are form-encoded before they are joined.
    return unquote_plus(user), unquote_plus(secret)


async def grant(
    request: TokenRequest,
    connections: Connections | AsyncConnections,
    tokens: AccessTokens,
    now: int,
    *,
    verifier: AssertionVerifier | None = None,
) -> IssuedToken:
    """Return a token for the client; `now` in microseconds since 1970. Raises `OAuthError`."""
    if request.grant_type != "client_credentials":
        raise OAuthError("unsupported_grant_type", "only client_credentials is supported")
    if request.assertion:
        connection, credential = await _by_assertion(request, connections, now, verifier)
    else:
        connection, credential = await _by_secret(request, connections)
    if connection is None or credential is None or not connection.enabled or not credential.is_alive(now):
        # One answer for all of it, so that nobody learns which client ids exist.
        raise OAuthError("invalid_client", "the client is not known, or its secret has expired", basic=request.basic)
    scopes = _scopes(request.scope, common_scopes(connection.scopes, credential.scopes))
    token = tokens.issue(connection, credential, scopes, now)
    claims = tokens.read(token)
    done = connections.used(connection.id, credential.id, now)
    if isawaitable(done):
        await done
    # RFC 6749 section 4.4.3: no refresh token for this grant.
    return IssuedToken(
        access_token=token,
        expires_in=tokens.seconds(claims, now) if claims else 0,
        scope=" ".join(sorted(scopes)),
    )


async def _by_secret(
    request: TokenRequest, connections: Connections | AsyncConnections
) -> tuple[Connection | None, Credential | None]:
    # What `adopt` refuses must not pass either, should a host have written such a digest into its store.
    if len(request.client_secret) < SHORTEST:
        return None, None
    looked_up = digest(request.client_secret)
    found = connections.find(looked_up)
    connection = await found if isawaitable(found) else found
    credential = connection.credential(request.client_id) if connection else None
    fits = credential is not None and credential.use == "client" and credential.matches(looked_up)
    return (connection, credential) if fits else (None, None)


async def _by_assertion(
    request: TokenRequest,
    connections: Connections | AsyncConnections,
    now: int,
    verifier: AssertionVerifier | None,
) -> tuple[Connection | None, Credential | None]:
    if verifier is None:
        raise OAuthError("invalid_client", "assertions are not supported here: use client_secret")
    verified = verifier.verify(request.assertion, now)
    client = await verified if isawaitable(verified) else verified
    # RFC 7521 section 4.2: a client_id beside an assertion must be that of the assertion's subject.
    if client is None or request.client_id not in ("", client.credential):
        return None, None
    found = connections.get(client.connection)
    connection = await found if isawaitable(found) else found
    credential = connection.credential(client.credential) if connection else None
    fits = credential is not None and credential.use == "client"
    return (connection, credential) if fits else (None, None)


def _scopes(asked: frozenset[str], allowed: frozenset[str]) -> frozenset[str]:
    """Return the scopes of the token: those requested, or all of the client's (RFC 6749 section 3.3)."""
    # Entra ID asks for "<resource>/.default", which means all that the client was given.
    wanted = frozenset({EVERYTHING}) if not asked or any(name.endswith("/.default") for name in asked) else asked
    found = common_scopes(wanted, allowed)
    # Fewer scopes than requested would be allowed, but the customer would meet the gap later, as a 403.
    if not found or not all(map(is_scope, found)) or (EVERYTHING not in wanted and found != wanted):
        raise OAuthError("invalid_scope", f"this client may have: {' '.join(sorted(allowed))}")
    return found
