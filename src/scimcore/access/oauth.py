"""The OAuth 2.0 client credentials grant (RFC 6749 section 4.4): an identity provider fetches short-lived tokens.

Microsoft's gallery accepts nothing else for new applications. This is the grant itself, without HTTP: `web` puts it on
a URL. A client is a credential of use "client": its id is the client_id, its secret the client_secret.
"""

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Awaitable, Mapping
from inspect import isawaitable
from typing import ClassVar, Literal, Protocol
from urllib.parse import unquote_plus

from attrs import field, frozen

from scimcore.access.access_tokens import AccessTokens, granted
from scimcore.access.authentication import AsyncConnections
from scimcore.access.connections import Connection, Connections
from scimcore.access.credentials import SHORTEST, Credential, digest
from scimcore.access.scopes import EVERYTHING, common, known

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
    """A token request that is refused (RFC 6749 section 5.2). Not a SCIM error: its answer has another form."""

    def __init__(self, error: OAuthCode, description: str, *, basic: bool = False) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        #: The client came with an Authorization header, so the answer must name that scheme.
        self.basic = basic

    default_status: ClassVar[int] = 400

    @property
    def status(self) -> int:
        """401 when the client is not known, else 400."""
        return 401 if self.error == "invalid_client" else self.default_status


@frozen
class Client:
    """Who asks for a token: a credential of a connection, by their ids."""

    connection: str
    credential: str


class AssertionVerifier(Protocol):
    """The seam for RFC 7523: verifies a signed JWT with the keys that the host trusts, and says whose it is.

    It must check the signature, `aud` (this token endpoint), `exp`, `iss` and `sub`, and that `jti` was not seen
    before. Which library reads JWTs is the host's choice.
    """

    def verify(self, assertion: str, now: int) -> Client | None | Awaitable[Client | None]:
        """The client that the assertion speaks for, None when it is not to be trusted."""


@frozen(kw_only=True)
class TokenRequest:
    """What a token request says, taken apart. Secrets stay out of its repr."""

    grant_type: str
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    assertion: str = field(default="", repr=False)
    scope: frozenset[str] = frozenset()
    basic: bool = False


@frozen(kw_only=True)
class Granted:
    """A token, and what RFC 6749 section 5.1 says about it."""

    access_token: str = field(repr=False)
    expires_in: int
    scope: str


def token_request(form: Mapping[str, str], authorization: str) -> TokenRequest:
    """The request in a form and an Authorization header. Raises `OAuthError` (RFC 6749 sections 2.3 and 4.4.2)."""
    if not form.get("grant_type"):
        raise OAuthError("invalid_request", "grant_type is missing: send client_credentials")
    basic = _basic(authorization) if authorization else None
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
    """RFC 6749 section 2.3.1: both halves are form-encoded before they are joined."""
    scheme, _, encoded = authorization.strip().partition(" ")
    try:
        user, colon, secret = b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (NotBase64, ValueError):
        user, colon, secret = "", "", ""
    if scheme.lower() != "basic" or not colon:
        raise OAuthError("invalid_client", "the Authorization header is not HTTP Basic", basic=True)
    return unquote_plus(user), unquote_plus(secret)


async def grant(
    request: TokenRequest,
    connections: Connections | AsyncConnections,
    tokens: AccessTokens,
    now: int,
    *,
    verifier: AssertionVerifier | None = None,
) -> Granted:
    """A token for the client. Raises `OAuthError`."""
    if request.grant_type != "client_credentials":
        raise OAuthError("unsupported_grant_type", "only client_credentials is supported")
    if request.assertion:
        connection, credential = await _by_assertion(request, connections, now, verifier)
    else:
        connection, credential = await _by_secret(request, connections)
    if connection is None or credential is None or not connection.enabled or not credential.alive(now):
        raise OAuthError("invalid_client", "the client is not known, or its secret has expired", basic=request.basic)
    scopes = _scopes(request.scope, granted(connection, credential))
    token = tokens.issue(connection, credential, scopes, now)
    claims = tokens.read(token)
    done = connections.used(connection.id, credential.id, now)
    if isawaitable(done):
        await done
    return Granted(
        access_token=token,
        expires_in=tokens.seconds(claims, now) if claims else 0,
        scope=" ".join(sorted(scopes)),
    )


async def _by_secret(
    request: TokenRequest, connections: Connections | AsyncConnections
) -> tuple[Connection | None, Credential | None]:
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
        raise OAuthError("invalid_client", "assertions are not taken here: use client_secret")
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
    """What the token may do: what was asked for, all that the client may if nothing was (RFC 6749 section 3.3)."""
    wanted = frozenset({EVERYTHING}) if not asked or any(name.endswith("/.default") for name in asked) else asked
    found = common(wanted, allowed)
    if not found or not known(found) or (EVERYTHING not in wanted and found != wanted):
        raise OAuthError("invalid_scope", f"this client may have: {' '.join(sorted(allowed))}")
    return found
