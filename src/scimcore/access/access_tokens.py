"""Access tokens of the OAuth token endpoint: signed, short-lived, and stored nowhere.

A token says which credential of which connection it stands for, what it may do and until when. Reading one costs one
HMAC. The connection is looked up as for every request, so that a token ends when its credential is revoked or its
connection is removed, and no list of tokens is needed.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from hmac import compare_digest
from hmac import digest as hmac_digest
from typing import Final

from attrs import field, frozen

from scimcore._arguments import whole_number
from scimcore._durations import MINUTE
from scimcore.access.connections import Connection, Credential

#: Opens every access token, so that a token and a secret are told apart without a look-up.
TOKEN_PREFIX: Final = "scimat_"
_SHORTEST_KEY = 32


@frozen
class Claims:
    """The claims of a token whose signature is good. `expires` is in microseconds since 1970, UTC."""

    connection: str
    credential: str
    expires: int
    scopes: frozenset[str]


def _keys(keys: object) -> tuple[object, ...]:
    # tuple(b"...") would be a tuple of numbers, and tuple("...") one of letters: the check says so better.
    return tuple(keys) if isinstance(keys, list | tuple) else (keys,)


@frozen(kw_only=True)
class AccessTokens:
    """Issues and reads access tokens.

    Raises TypeError or ValueError for a key below 32 bytes, for no key, and for `minutes` out of range.
    """

    #: The first one signs and all of them verify, so that keys can be rotated. 32 random bytes or more each.
    keys: tuple[bytes, ...] = field(repr=False, converter=_keys)
    #: How long a token lives: 60 to 360 minutes, as Microsoft's gallery asks for.
    minutes: int = field(default=60, validator=whole_number(60, 360))

    def __attrs_post_init__(self) -> None:
        expected = f"AccessTokens(keys=...) takes a tuple of keys, each of {_SHORTEST_KEY} random bytes or more"
        if not self.keys:
            raise ValueError(f"{expected}, not an empty one.")
        for key in self.keys:
            # The key itself must not stand in an error that somebody may log.
            if not isinstance(key, bytes):
                raise TypeError(f"{expected}, not a key of type {type(key).__name__}.")
            if len(key) < _SHORTEST_KEY:
                raise ValueError(f"{expected}, not a key of {len(key)}.")

    def issue(self, connection: Connection, credential: Credential, scopes: frozenset[str], now: int) -> str:
        """Return a token for that client. It never outlives the credential that fetched it."""
        expires = now + self.minutes * MINUTE
        if credential.expires is not None:
            expires = min(expires, credential.expires)
        claims = [connection.id, credential.id, expires, " ".join(sorted(scopes))]
        payload = _encode(json.dumps(claims, separators=(",", ":")).encode())
        return f"{TOKEN_PREFIX}{payload}.{_sign(self.keys[0], payload)}"

    def read(self, token: str) -> Claims | None:
        """Return what the token says, or None if no key of ours signed it. It may have expired: look at the claims."""
        payload, dot, signature = token.removeprefix(TOKEN_PREFIX).partition(".")
        # compare_digest() raises for texts beyond ASCII.
        if not dot or not token.isascii() or not token.startswith(TOKEN_PREFIX):
            return None
        # Every key is tried, so that the time it takes does not say which one signed.
        good = [compare_digest(_sign(key, payload), signature) for key in self.keys]
        return _claims(payload) if any(good) else None

    def seconds(self, claims: Claims, now: int) -> int:
        """Return how long the token still lives, in whole seconds."""
        return max(0, (claims.expires - now) // 1_000_000)


def _claims(payload: str) -> Claims:
    # Only called after the signature was verified, so the payload is one that we wrote.
    connection, credential, expires, scopes = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return Claims(connection, credential, expires, frozenset(scopes.split()))


def _sign(key: bytes, payload: str) -> str:
    # The label keeps a signature from being good anywhere else, should the host use the key twice.
    return _encode(hmac_digest(key, b"scimcore access token\0" + payload.encode("ascii"), sha256))


def _encode(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")
