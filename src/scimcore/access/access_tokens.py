"""Access tokens: signed, short-lived, kept nowhere, and dead as soon as the credential they were fetched with is.

A token says which credential of which connection it stands for, what it may do and until when. Reading one costs one
HMAC; the connection is looked up as for every request, so that disconnecting or revoking needs no list of tokens.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from hashlib import sha256
from hmac import compare_digest
from hmac import digest as hmac_digest

from attrs import field, frozen
from attrs.validators import and_, ge, le

from scimcore.access.connections import Connection
from scimcore.access.credentials import Credential
from scimcore.access.scopes import common

MINUTE = 60_000_000
#: Opens every access token, so that the two kinds of secret are told apart without a look-up.
TOKEN_PREFIX = "scimat_"


@frozen
class Claims:
    """What a token says, once its signature is found good."""

    connection: str
    credential: str
    expires: int
    scopes: frozenset[str]


@frozen(kw_only=True)
class AccessTokens:
    """Issues and reads access tokens. The first of `keys` signs, all of them verify, so that keys can be rotated.

    `minutes` is how long a token lives: 60 to 360, as Microsoft's gallery wants. Raises ValueError for keys below 32
    bytes, and for none.
    """

    keys: Sequence[bytes] = field(repr=False, converter=tuple)
    minutes: int = field(default=60, validator=and_(ge(60), le(360)))

    def __attrs_post_init__(self) -> None:
        if not self.keys or any(len(key) < 32 for key in self.keys):
            raise ValueError("access tokens are signed with a key of 32 bytes or more")

    def issue(self, connection: Connection, credential: Credential, scopes: frozenset[str], now: int) -> str:
        """A token for that client. It never outlives the credential that it was fetched with."""
        expires = now + self.minutes * MINUTE
        if credential.expires is not None:
            expires = min(expires, credential.expires)
        claims = [connection.id, credential.id, expires, " ".join(sorted(scopes))]
        payload = _encode(json.dumps(claims, separators=(",", ":")).encode())
        return f"{TOKEN_PREFIX}{payload}.{_sign(self.keys[0], payload)}"

    def read(self, token: str) -> Claims | None:
        """What the token says, None if it is none of ours. It may have expired: the claims say so."""
        payload, dot, signature = token.removeprefix(TOKEN_PREFIX).partition(".")
        if not dot or not token.isascii() or not token.startswith(TOKEN_PREFIX):
            return None
        # No early way out: every key is tried, so that time says nothing about which one signed.
        good = [compare_digest(_sign(key, payload), signature) for key in self.keys]
        return _claims(payload) if any(good) else None

    def seconds(self, claims: Claims, now: int) -> int:
        """How long the token still lives, in whole seconds."""
        return max(0, (claims.expires - now) // 1_000_000)


def _claims(payload: str) -> Claims:
    connection, credential, expires, scopes = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return Claims(connection, credential, expires, frozenset(scopes.split()))


def granted(connection: Connection, credential: Credential) -> frozenset[str]:
    """What a credential may do: what both it and its connection allow."""
    return common(connection.scopes, credential.scopes)


def _sign(key: bytes, payload: str) -> str:
    return _encode(hmac_digest(key, b"scimcore access token\0" + payload.encode("ascii"), sha256))


def _encode(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")
