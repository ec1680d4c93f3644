"""From the headers of a request to the caller on whose behalf it runs (HTTP-013, HTTP-014).

The order never depends on what is wrong: the secret is digested, looked up, compared, and only then is its life
looked at. A client learns that a secret has expired, because its admin must; never that it is of another tenant.
"""

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping
from typing import Protocol

from attrs import field, frozen

from scimcore.access.access_tokens import MINUTE, TOKEN_PREFIX, AccessTokens, Claims, granted
from scimcore.access.connections import Connection, Connections
from scimcore.access.credentials import SHORTEST, Credential, digest
from scimcore.access.scopes import common
from scimcore.errors import Unauthorized
from scimcore.schema.folding import fold_name
from scimcore.service.driver import run
from scimcore.service.results import Caller

#: Longer ones are not even digested.
_LONGEST = 4096


class Unauthenticated(Unauthorized):
    """A 401 with what goes into its WWW-Authenticate header (RFC 9110 section 11.6.1, RFC 6750 section 3)."""

    def __init__(self, text: str, *, challenge: str, code: str | None = None) -> None:
        super().__init__(text, code=code)
        self.challenge = challenge


class AsyncConnections(Protocol):
    """The same as `Connections`, for hosts that have to wait for theirs."""

    async def find(self, digest: str) -> Connection | None: ...
    async def get(self, id: str) -> Connection | None: ...
    async def used(self, connection: str, credential: str, at: int) -> None: ...


def _header_name(name: str | None) -> str | None:
    return fold_name(name) if name else None


@frozen(kw_only=True)
class Schemes:
    """How a secret may be presented. Bearer alone by default.

    `basic` takes the connection's id as the user name (PING-002, OKTA-012); `header` names one more header whose whole
    value is the secret (JC-002), "Authorization" for clients that leave the word Bearer out.
    """

    bearer: bool = True
    basic: bool = False
    header: str | None = field(default=None, converter=_header_name)
    realm: str = "scim"

    def __attrs_post_init__(self) -> None:
        if not (self.bearer or self.basic or self.header):
            raise ValueError("no way to present a secret is left: allow bearer, basic or a header")

    def challenge(self, error: str = "", description: str = "") -> str:
        """What WWW-Authenticate says: every scheme that is taken (RFC 7644 section 2)."""
        offered = []
        if self.bearer or not self.basic:
            said = f', error="{error}", error_description="{description}"' if error else ""
            offered.append(f'Bearer realm="{self.realm}"{said}')
        if self.basic:
            offered.append(f'Basic realm="{self.realm}", charset="UTF-8"')
        return ", ".join(offered)


@frozen
class Presented:
    """A secret as it came, and the user name that came with it, if one did."""

    secret: str = field(repr=False)
    user: str | None = None


@frozen
class Admission:
    """Who is let in: the connection, the credential that opened it, and what it may do."""

    connection: Connection
    credential: Credential
    scopes: frozenset[str]

    def caller(self, request: str = "") -> Caller:
        """The same as the service knows it."""
        connection = self.connection
        return Caller(
            tenant=connection.tenant,
            connection=connection.id,
            dialect=connection.dialect,
            policy=connection.policy,
            credential=self.credential.id,
            request=request,
            subject=connection.subject,
        )


def presented(headers: Mapping[str, str], schemes: Schemes) -> Presented:
    """The secret in the headers (names in lower case). Raises `Unauthenticated` when there is none that could pass."""
    found = _by_header(headers, schemes.header) if schemes.header else None
    found = found or _by_authorization(headers.get("authorization", ""), schemes)
    if found is None:
        raise Unauthenticated(
            "This service needs a credential. Send it as Authorization: Bearer, as shown when it was made.",
            challenge=schemes.challenge(),
        )
    if not SHORTEST <= len(found.secret) <= _LONGEST:
        raise _refused(schemes)
    return found


def _by_header(headers: Mapping[str, str], name: str) -> Presented | None:
    value = headers.get(name, "").strip()
    # "Bearer x" in the Authorization header stays what it is, even where bare secrets are taken.
    return Presented(value) if value and " " not in value else None


def _by_authorization(value: str, schemes: Schemes) -> Presented | None:
    scheme, _, rest = value.strip().partition(" ")
    kind, rest = scheme.lower(), rest.strip()
    if kind == "bearer" and schemes.bearer:
        return Presented(rest)
    if kind == "basic" and schemes.basic:
        return _basic(rest)
    return None


def _basic(encoded: str) -> Presented | None:
    try:
        user, colon, secret = b64decode(encoded, validate=True).decode().partition(":")
    except (NotBase64, ValueError):
        return None
    return Presented(secret, user) if colon else None


def _refused(schemes: Schemes) -> Unauthenticated:
    return Unauthenticated(
        "The credential is not known here. Copy it again, or have a new one made in the product's settings.",
        challenge=schemes.challenge("invalid_token", "The credential is not known"),
        code="SC-3004",
    )


def _expired(schemes: Schemes) -> Unauthenticated:
    return Unauthenticated(
        "The credential has expired. Have a new one made in the product's settings and enter it here.",
        challenge=schemes.challenge("invalid_token", "The credential has expired"),
        code="SC-3005",
    )


def _by_secret(
    connection: Connection | None, given: Presented, looked_up: str, now: int, schemes: Schemes
) -> Admission:
    """By the credential that the secret is of. It is compared, although a look-up found it already."""
    if connection is None or not connection.enabled or (given.user is not None and given.user != connection.id):
        raise _refused(schemes)
    found = None
    for credential in connection.credentials:
        if credential.matches(looked_up) and credential.use == "bearer":
            found = credential
    if found is None:
        raise _refused(schemes)
    if not found.alive(now):
        raise _expired(schemes)
    return Admission(connection, found, granted(connection, found))


def _by_claims(connection: Connection | None, claims: Claims) -> Credential | None:
    """The credential that a token was fetched with, if it is still there."""
    if connection is None or not connection.enabled:
        return None
    credential = connection.credential(claims.credential)
    return credential if credential is not None and credential.use == "client" else None


async def admit(
    headers: Mapping[str, str],
    connections: Connections | AsyncConnections,
    now: int,
    *,
    schemes: Schemes = Schemes(),
    tokens: AccessTokens | None = None,
) -> Admission:
    """Who the request comes from. The store may be synchronous or not. Raises `Unauthenticated`."""
    given = presented(headers, schemes)
    if tokens is not None and given.secret.startswith(TOKEN_PREFIX):
        admission = await _admit_token(given, connections, now, schemes, tokens)
    else:
        looked_up = digest(given.secret)
        found = connections.find(looked_up)
        connection = found if found is None or isinstance(found, Connection) else await found
        admission = _by_secret(connection, given, looked_up, now, schemes)
    last = admission.credential.used
    if last is None or now - last >= MINUTE:
        await _remember(admission, connections, now)
    return admission


async def _admit_token(
    given: Presented,
    connections: Connections | AsyncConnections,
    now: int,
    schemes: Schemes,
    tokens: AccessTokens,
) -> Admission:
    claims = tokens.read(given.secret)
    if claims is None or given.user is not None:
        raise _refused(schemes)
    found = connections.get(claims.connection)
    connection = found if found is None or isinstance(found, Connection) else await found
    credential = _by_claims(connection, claims)
    if connection is None or credential is None:
        raise _refused(schemes)
    if now >= claims.expires or not credential.alive(now):
        raise _expired(schemes)
    # What was taken from the credential since then is gone from its tokens too.
    return Admission(connection, credential, common(granted(connection, credential), claims.scopes))


async def _remember(admission: Admission, connections: Connections | AsyncConnections, now: int) -> None:
    """Write down the use, once a minute at most: a busy connection must not become a busy row."""
    done = connections.used(admission.connection.id, admission.credential.id, now)
    if done is not None:
        await done


def authenticate(
    headers: Mapping[str, str],
    connections: Connections,
    now: int,
    *,
    schemes: Schemes = Schemes(),
    tokens: AccessTokens | None = None,
    request: str = "",
) -> Caller:
    """The caller, for hosts that use the service without `web`; header names in lower case.

    Raises `Unauthenticated`.
    """
    return run(admit(headers, connections, now, schemes=schemes, tokens=tokens)).caller(request)
