"""Credentials: shown once, kept as digests, compared in constant time, with an optional end (POL-160, 161, 164).

A secret is 256 random bits, so that one round of SHA-256 is enough to store it by: there is nothing to guess, and a
slow hash would only cost every request its milliseconds. Times are microseconds since 1970, UTC.
"""

from base64 import urlsafe_b64encode
from collections.abc import Callable
from hashlib import sha256
from hmac import compare_digest
from secrets import token_bytes as _token_bytes
from typing import Literal

from attrs import field, frozen

from scimcore.access.scopes import EVERYTHING, checked

#: Opens every secret, so that secret scanners can recognise one that leaked.
PREFIX = "scim_"
#: Characters below which no secret passes, whatever a store holds.
SHORTEST = 8
#: Characters that a secret chosen by somebody else must have, unless the host says otherwise.
CHOSEN = 16

Use = Literal["bearer", "client"]


@frozen(kw_only=True)
class Credential:
    """One secret of a connection, without the secret. `expires` None: it never does, which Entra prefers (ENTRA-031).

    `use` `bearer`: the secret itself opens the SCIM endpoints. `client`: it is an OAuth client secret, good only for
    fetching access tokens; its `client_id` is the credential's id.
    """

    id: str
    digest: str = field(repr=False)
    created: int
    expires: int | None = None
    scopes: frozenset[str] = field(default=frozenset({EVERYTHING}), converter=checked)
    label: str = ""
    use: Use = "bearer"
    #: When it was last used, to the minute; None: never yet.
    used: int | None = None

    def alive(self, now: int) -> bool:
        """Whether it still opens anything."""
        return self.expires is None or now < self.expires

    def matches(self, secret_digest: str) -> bool:
        """Whether it is the secret of that digest; takes the same time whether it is or not."""
        return compare_digest(self.digest, secret_digest)


def digest(secret: str) -> str:
    """What a secret is stored and looked up by."""
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def issue(
    *,
    now: int,
    token_bytes: Callable[[int], bytes] = _token_bytes,
    expires: int | None = None,
    scopes: frozenset[str] = frozenset({EVERYTHING}),
    label: str = "",
    use: Use = "bearer",
) -> tuple[str, Credential]:
    """A new secret, to be shown once and never again, and the credential to keep on the connection.

    >>> secret, credential = issue(now=0, token_bytes=lambda n: bytes(n))
    >>> secret
    'scim_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
    >>> secret in repr(credential)
    False

    Raises ValueError when the randomness given is short.
    """
    random = token_bytes(32)
    if len(random) < 32:
        raise ValueError("token_bytes(32) must return 32 bytes: a secret needs 128 random bits at least, and has 256")
    secret = PREFIX + urlsafe_b64encode(random).decode().rstrip("=")
    return secret, _credential(secret, now, expires, scopes, label, use)


def adopt(
    secret: str,
    *,
    now: int,
    at_least: int = CHOSEN,
    expires: int | None = None,
    scopes: frozenset[str] = frozenset({EVERYTHING}),
    label: str = "",
    use: Use = "bearer",
) -> Credential:
    """The credential of a secret that somebody else chose: from a vault, from the environment.

    Raises ValueError when it is shorter than `at_least`, or cannot stand in an HTTP header. A host that lowers
    `at_least` lets people guess; 8 characters is as low as it goes, because nothing shorter ever passes.
    """
    if len(secret) < max(at_least, SHORTEST):
        raise ValueError(f"a secret of {len(secret)} characters: it takes {max(at_least, SHORTEST)} at least")
    if not (secret.isascii() and secret.isprintable()) or secret != secret.strip():
        raise ValueError("a secret is printable ASCII without spaces around it, because it travels in an HTTP header")
    return _credential(secret, now, expires, scopes, label, use)


def _credential(secret: str, now: int, expires: int | None, scopes: frozenset[str], label: str, use: Use) -> Credential:
    found = digest(secret)
    # The id is of the digest, not of the secret: it goes into audit records.
    name = "cred_" + sha256(b"id:" + found.encode()).hexdigest()[:16]
    return Credential(id=name, digest=found, created=now, expires=expires, scopes=scopes, label=label, use=use)
