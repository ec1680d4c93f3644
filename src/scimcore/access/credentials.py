"""Making, changing and ending the secrets of a connection (POL-160, POL-161, POL-164).

A secret is shown once, stored as a digest, and may end. Times are microseconds since 1970, UTC; durations are
microseconds, too: `30 * DAY`.
"""

from base64 import urlsafe_b64encode
from collections.abc import Callable
from hashlib import sha256
from secrets import token_bytes as _token_bytes
from typing import Final

from attrs import evolve

from scimcore._arguments import wrong_type, wrong_value
from scimcore._durations import DAY
from scimcore.access.connections import Connection, Credential, Use, digest
from scimcore.access.scopes import EVERYTHING
from scimcore.policy import Policy

_YEAR_10000: Final = 253_402_300_800_000_000
#: Opens every secret, so that secret scanners can recognise one that leaked.
PREFIX: Final = "scim_"
#: Characters below which no secret passes, whatever a store holds.
SHORTEST: Final = 8
#: Characters that a secret chosen by somebody else must have, unless the host says otherwise.
SHORTEST_CHOSEN: Final = 16


def issue(
    *,
    now: int,
    token_bytes: Callable[[int], bytes] = _token_bytes,
    expires: int | None = None,
    scopes: frozenset[str] = frozenset({EVERYTHING}),
    label: str = "",
    use: Use = "bearer",
) -> tuple[str, Credential]:
    """Return a new secret, to be shown once and never again, and the credential to store with the connection.

    `now` and `expires` are microseconds since 1970, UTC; `token_bytes` is the source of randomness, for tests.

    >>> secret, credential = issue(now=0, token_bytes=lambda n: bytes(n))
    >>> secret
    'scim_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
    >>> secret in repr(credential)
    False

    Raises TypeError or ValueError for a wrong argument, an end that has passed already included.
    """
    random = token_bytes(32)
    if len(random) < 32:
        raise ValueError(f"issue(token_bytes=...) takes a function that returns 32 bytes for 32, not {len(random)}.")
    # RFC 6750 section 2.1 allows the "=" of base64 as well, but it gets lost when people copy a token.
    secret = PREFIX + urlsafe_b64encode(random).decode().rstrip("=")
    return secret, _credential("issue", secret, now, expires, scopes, label, use)


def adopt(
    secret: str,
    *,
    now: int,
    at_least: int = SHORTEST_CHOSEN,
    expires: int | None = None,
    scopes: frozenset[str] = frozenset({EVERYTHING}),
    label: str = "",
    use: Use = "bearer",
) -> Credential:
    """Return the credential of a secret that somebody else chose: from a vault, from the environment.

    `at_least` is the number of characters that it must have. A host that lowers it lets people guess; 8 is as low as
    it goes, because nothing shorter ever passes. Raises TypeError or ValueError for a wrong argument, and ValueError
    for a secret that is too short or cannot be sent in an HTTP header.
    """
    if not isinstance(secret, str):
        # Not wrong_type(): the secret must not stand in an error that somebody may log.
        raise TypeError(f"adopt(secret=...) takes a text, not {type(secret).__name__}.")
    if len(secret) < max(at_least, SHORTEST):
        raise ValueError(f"adopt(secret=...) takes {max(at_least, SHORTEST)} characters or more, not {len(secret)}.")
    if not (secret.isascii() and secret.isprintable()) or secret != secret.strip():
        raise ValueError("adopt(secret=...) takes printable ASCII without spaces around it: it is sent in a header.")
    return _credential("adopt", secret, now, expires, scopes, label, use)


def _credential(
    function: str, secret: str, now: int, expires: int | None, scopes: frozenset[str], label: str, use: Use
) -> Credential:
    _check_time(function, "now", now)
    if expires is not None:
        _check_time(function, "expires", expires)
        # The commonest slip: time.time() is in seconds, so the end lies in January 1970.
        if expires <= now:
            raise ValueError(
                f"{function}(expires={expires}) has passed already at now={now}. "
                "Give both in microseconds since 1970, UTC."
            )
    found = digest(secret)
    # The id is made of the digest, not of the secret: it goes into audit records.
    name = "cred_" + sha256(b"id:" + found.encode()).hexdigest()[:16]
    return Credential(id=name, digest=found, created=now, expires=expires, scopes=scopes, label=label, use=use)


def _check_time(function: str, name: str, value: object) -> None:
    """Raise TypeError or ValueError unless the value is a number of microseconds."""
    expected = "a whole number of microseconds since 1970, UTC"
    # time.time() is a float, and datetime.timestamp() as well.
    if not isinstance(value, int) or isinstance(value, bool):
        raise wrong_type(function, name, value, expected)
    # time.time_ns() would be a date in the year 58,000.
    if not 0 <= value < _YEAR_10000:
        raise wrong_value(function, name, value, expected)


def add_credential(
    connection: Connection,
    *,
    now: int,
    token_bytes: Callable[[int], bytes] = _token_bytes,
    expires: int | None = None,
    scopes: frozenset[str] | None = None,
    label: str = "",
    use: Use = "bearer",
) -> tuple[str, Connection]:
    """Add a credential to a connection. Return the secret, to be shown once, and the connection to store.

    Times are microseconds since 1970, UTC; `scopes` are those of the connection unless you name others. Raises
    ValueError when the connection has as many live credentials as its policy allows (POL-161).
    """
    allowed = connection.policy.credentials
    alive = sum(credential.is_alive(now) for credential in connection.credentials)
    if allowed.max_live and alive >= allowed.max_live:
        number = f"{alive} live credential{'' if alive == 1 else 's'}"
        raise ValueError(f"Connection {connection.id} has {number} already. Revoke one first.")
    secret, credential = issue(
        now=now,
        token_bytes=token_bytes,
        expires=_end(connection.policy, now, expires),
        scopes=connection.scopes if scopes is None else scopes,
        label=label,
        use=use,
    )
    return secret, connection.with_credential(credential)


def rotate(
    connection: Connection,
    *,
    now: int,
    overlap: int,
    expires: int | None = None,
    label: str = "",
    token_bytes: Callable[[int], bytes] = _token_bytes,
) -> tuple[str, Connection]:
    """Add a new secret and let the older ones of its kind end after `overlap` microseconds (POL-161).

    Store the connection that is returned and give the secret to the customer's administrator; both secrets work
    during the overlap. Scopes and use are those of the youngest live credential. Raises TypeError or ValueError for
    a wrong argument.
    """
    if not isinstance(overlap, int) or isinstance(overlap, bool):
        raise wrong_type("rotate", "overlap", overlap, "a whole number of microseconds, such as 30 * DAY")
    if overlap < 0:
        raise wrong_value("rotate", "overlap", overlap, "a number of microseconds that is not negative")
    alive = [c for c in connection.credentials if c.is_alive(now)]
    model = max(alive, key=lambda c: c.created, default=None)
    secret, credential = issue(
        now=now,
        token_bytes=token_bytes,
        expires=_end(connection.policy, now, expires),
        scopes=model.scopes if model else connection.scopes,
        label=label or (model.label if model else ""),
        use=model.use if model else "bearer",
    )
    # Only the secrets of one use: an OAuth client must not lose its secret because a bearer token was rotated.
    older = tuple(_ending(c, now + overlap) if c.use == credential.use else c for c in connection.credentials)
    return secret, evolve(connection, credentials=(*older, credential))


def _end(policy: Policy, now: int, expires: int | None) -> int | None:
    """Return when a new credential ends: as asked, but not after what the policy says (POL-164)."""
    days = policy.credentials.expire_days
    latest = now + days * DAY if days else None
    if latest is None or expires is None:
        return expires if latest is None else latest
    return min(expires, latest)


def _ending(credential: Credential, at: int) -> Credential:
    # An earlier end stays: a rotation must not give an old secret more time.
    return evolve(credential, expires=at if credential.expires is None else min(at, credential.expires))


def expiring(connection: Connection, now: int, within: int) -> tuple[Credential, ...]:
    """Return the live credentials that end within so many microseconds and have no successor (POL-164).

    Ask once a day and warn the tenant's administrators: Entra ID quarantines a job whose token has ended (ENTRA-031).
    """
    alive = [c for c in connection.credentials if c.is_alive(now)]
    # During a rotation the old secret ends soon, but nobody has to be warned: its successor is there.
    lasting = {c.use for c in alive if c.expires is None or c.expires > now + within}
    return tuple(c for c in alive if c.expires is not None and c.expires <= now + within and c.use not in lasting)


def expiry_warnings(connection: Connection, since: int, now: int) -> tuple[tuple[Credential, int], ...]:
    """Return the credentials to warn about, each with the days that it has left (POL-164).

    The policy says how many days before the end a warning is due (`credentials.warn_days`). Pass the time of your
    last call as `since`, and send an e-mail for each: every warning is returned once.
    """
    return tuple(
        (credential, days)
        for days in connection.policy.credentials.warn_days
        for credential in expiring(connection, now, days * DAY)
        # Due since the last call: a job that runs every hour would send the same warning every hour.
        if credential.expires is not None and credential.expires - days * DAY > since
    )
