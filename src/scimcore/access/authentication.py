"""From the headers of a request to the caller on whose behalf it runs (HTTP-013, HTTP-014).

The order never depends on what is wrong: the secret is digested, looked up and compared, and only then its expiry is
checked. A client learns that a secret has expired, because its administrator must; never that it is of another tenant.
"""

import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping, Sequence
from typing import Final

from attrs import field, frozen

from scimcore._arguments import instance_of, text, wrong_type, wrong_value
from scimcore._driver import run
from scimcore._durations import MINUTE
from scimcore.access.access_tokens import TOKEN_PREFIX, AccessTokens, Claims
from scimcore.access.caller import Caller
from scimcore.access.connections import AsyncConnections, Connection, Connections, Credential, digest
from scimcore.access.credentials import SHORTEST
from scimcore.access.scopes import EVERYTHING
from scimcore.errors import Forbidden, Unauthorized
from scimcore.schema.folding import fold_name

#: Characters beyond which a secret is not even digested: nobody's is so long, and hashing megabytes is work.
_LONGEST: Final = 4096
#: A field name of RFC 9110 section 5.1: a token.
_FIELD_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")


class Unauthenticated(Unauthorized):
    """A 401 with the value of its WWW-Authenticate header (RFC 9110 section 11.6.1, RFC 6750 section 3)."""

    def __init__(self, text: str, *, challenge: str, code: str | None = None) -> None:
        super().__init__(text, code=code)
        self.challenge = challenge


def _header_name(name: object) -> object:
    return fold_name(name) if isinstance(name, str) and name else name or None


@frozen(kw_only=True)
class Schemes:
    """The ways in which a client may present its secret: as a bearer token unless you say otherwise.

    Raises TypeError or ValueError for a wrong argument, and when no way is left.
    """

    #: `Authorization: Bearer <secret>` (RFC 6750 section 2.1).
    bearer: bool = field(default=True, validator=instance_of(bool, "True or False"))
    #: HTTP Basic with the connection's id as the user name and the secret as the password (PING-002, OKTA-012).
    basic: bool = field(default=False, validator=instance_of(bool, "True or False"))
    #: One more header, whose whole value is the secret (JC-002); "Authorization" for clients that leave out "Bearer".
    header: str | None = field(default=None, converter=_header_name)
    #: What WWW-Authenticate calls the service.
    realm: str = field(default="scim", validator=text(empty=False))

    def __attrs_post_init__(self) -> None:
        expected = "the name of a header, such as 'X-Api-Key', or None"
        if self.header is not None and not isinstance(self.header, str):
            raise wrong_type("Schemes", "header", self.header, expected)
        if self.header is not None and not _FIELD_NAME.match(self.header):
            raise wrong_value("Schemes", "header", self.header, expected)
        # It stands between quotes in the header, so a quote would end it.
        if not (self.realm.isascii() and self.realm.isprintable()) or '"' in self.realm or "\\" in self.realm:
            raise wrong_value("Schemes", "realm", self.realm, "printable ASCII without quotes and backslashes")
        if not (self.bearer or self.basic or self.header):
            raise ValueError("Schemes leaves no way to present a secret. Allow bearer, basic or a header.")

    def challenge(self, error: str = "", description: str = "") -> str:
        """Return the value of WWW-Authenticate: every scheme that is accepted (RFC 7644 section 2)."""
        offered = []
        if self.bearer or not self.basic:
            # RFC 6750 section 3.1: no error code for a request without any authentication information.
            reason = f', error="{error}", error_description="{description}"' if error else ""
            offered.append(f'Bearer realm="{self.realm}"{reason}')
        if self.basic:
            offered.append(f'Basic realm="{self.realm}", charset="UTF-8"')
        return ", ".join(offered)


@frozen
class Presented:
    """A secret as it came, and the user name beside it if there was one."""

    secret: str = field(repr=False)
    user: str | None = None


@frozen
class Admission:
    """A request that may come in: its connection, the credential that it used, and the access token if it had one."""

    connection: Connection
    credential: Credential
    claims: Claims | None = None

    def refusal(self, scope: str) -> Forbidden | None:
        """Return the 403 for a request that needs this scope, or None if it is allowed (POL-162)."""
        # All of them must allow it. A token that was fetched before its credential lost a scope loses it too.
        connection, credential = self.connection.scopes, self.credential.scopes
        token = self.claims.scopes if self.claims is not None else credential
        # Written out instead of all(...): every request comes by here.
        if (
            (EVERYTHING in connection or scope in connection)
            and (EVERYTHING in credential or scope in credential)
            and (EVERYTHING in token or scope in token)
        ):
            return None
        return Forbidden(
            f"This credential does not have the scope {scope}. Use another one, or have a new one made with it.",
            code="SC-3006",
        )

    def caller(self, request: str = "", notes: tuple[tuple[str, str], ...] = ()) -> Caller:
        """Return the caller as the service knows it; `request` is the request's name in the audit trail.

        `notes` say how the request was read before the service saw it, as pairs of a rule and a sentence.
        """
        connection = self.connection
        return Caller(
            tenant=connection.tenant,
            connection=connection.id,
            dialect=connection.dialect,
            policy=connection.policy,
            credential=self.credential.id,
            request=request,
            subject=connection.subject,
            notes=notes,
        )


def headers_by_name(headers: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return the headers by lower-case name. Values of one name are joined as RFC 9110 section 5.3 says."""
    found: dict[str, str] = {}
    for name, value in headers:
        key = name.lower()
        # Two Authorization headers become one that fits nobody. If one of them won, a proxy might check the other.
        found[key] = f"{found[key]}, {value}" if key in found else value
    return found


def presented(headers: Mapping[str, str], schemes: Schemes) -> Presented:
    """Return the secret in the headers (names in lower case). Raises `Unauthenticated` when none could pass."""
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
    # "Bearer x" in the Authorization header stays a bearer token, even where bare secrets are accepted.
    return Presented(value) if value and " " not in value else None


def _by_authorization(value: str, schemes: Schemes) -> Presented | None:
    scheme, _, rest = value.strip().partition(" ")
    # RFC 9110 section 11.1: the name of the scheme is case-insensitive. Some clients write "bearer".
    kind, rest = scheme.lower(), rest.strip()
    if kind == "bearer" and schemes.bearer:
        if rest[:7].lower() == "bearer ":
            # The field for the token was given "Bearer <token>". No secret is looked up, so nothing is learnt from it.
            raise Unauthenticated(
                'The Authorization header says "Bearer" twice. Enter the token alone in the identity provider.',
                challenge=schemes.challenge("invalid_request", "Bearer is there twice"),
                code="SC-3004",
            )
        return Presented(rest)
    if kind == "basic" and schemes.basic:
        return _basic(rest)
    return None


def _basic(encoded: str) -> Presented | None:
    try:
        # RFC 7617 section 2: the user name holds no colon, the password may.
        user, colon, secret = b64decode(encoded, validate=True).decode().partition(":")
    except (NotBase64, ValueError):
        return None
    return Presented(secret, user) if colon else None


def _refused(schemes: Schemes) -> Unauthenticated:
    # The same words for an unknown secret, another connection's and a disabled connection: nothing to probe with.
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
    """Return the admission by the credential of this secret. Raises `Unauthenticated`."""
    if connection is None or not connection.enabled or (given.user is not None and given.user != connection.id):
        raise _refused(schemes)
    found = None
    # Compared although the store found it: its index may ignore case, and every credential takes the same time.
    for credential in connection.credentials:
        if credential.matches(looked_up) and credential.use == "bearer":
            found = credential
    if found is None:
        raise _refused(schemes)
    if not found.is_alive(now):
        raise _expired(schemes)
    return Admission(connection, found)


def _by_claims(connection: Connection | None, claims: Claims) -> Credential | None:
    """Return the credential that fetched a token, or None if it has been revoked."""
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
    """Return the connection and the credential that a request comes from. Raises `Unauthenticated`.

    `headers` by lower-case name; `now` in microseconds since 1970. The store may be synchronous or not.
    """
    given = presented(headers, schemes)
    if tokens is not None and given.secret.startswith(TOKEN_PREFIX):
        admission = await _by_token(given, connections, now, schemes, tokens)
    else:
        looked_up = digest(given.secret)
        found = connections.find(looked_up)
        # Not inspect.isawaitable(): it takes longer than everything else here.
        connection = found if found is None or isinstance(found, Connection) else await found
        admission = _by_secret(connection, given, looked_up, now, schemes)
    last = admission.credential.used
    # Once a minute at most: a busy connection must not become a row that every request writes.
    if last is None or now - last >= MINUTE:
        done = connections.used(admission.connection.id, admission.credential.id, now)
        if done is not None:
            await done
    return admission


async def _by_token(
    given: Presented,
    connections: Connections | AsyncConnections,
    now: int,
    schemes: Schemes,
    tokens: AccessTokens,
) -> Admission:
    claims = tokens.read(given.secret)
    # A token is sent as a bearer token or in the header of `Schemes`, never as a password beside a user name.
    if claims is None or given.user is not None:
        raise _refused(schemes)
    found = connections.get(claims.connection)
    connection = found if found is None or isinstance(found, Connection) else await found
    credential = _by_claims(connection, claims)
    if connection is None or credential is None:
        raise _refused(schemes)
    if now >= claims.expires or not credential.is_alive(now):
        raise _expired(schemes)
    return Admission(connection, credential, claims)


def authenticate(
    headers: Sequence[tuple[str, str]],
    connections: Connections,
    now: int,
    *,
    schemes: Schemes = Schemes(),
    tokens: AccessTokens | None = None,
    request: str = "",
) -> Caller:
    """Return the caller of a request, for hosts that use the service without `scimcore.web`.

    `headers` are pairs of name and value as they came: in a dictionary one of two Authorization headers would win, and
    a proxy might have checked the other. Two are refused. `now` in microseconds since 1970; `request` is the request's
    name in the audit trail. Raises `Unauthenticated`.
    """
    by_name = headers_by_name(headers)
    return run(admit(by_name, connections, now, schemes=schemes, tokens=tokens)).caller(request)
