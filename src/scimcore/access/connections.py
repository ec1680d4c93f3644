"""Connections: one identity provider connected to one tenant, and the store that finds them by their secrets.

A connection belongs to the tenant, never to the person who set it up (POL-163), and it owns what it provisions.
"""

from collections.abc import Callable, Iterator
from secrets import token_bytes as _token_bytes
from threading import Lock
from typing import Protocol

from attrs import evolve, field, frozen

from scimcore.access.credentials import Credential, Use, issue
from scimcore.access.scopes import EVERYTHING, checked
from scimcore.dialects.dialect import Dialect
from scimcore.policy import Policy
from scimcore.policy.exports import offers

#: In microseconds.
DAY = 86_400_000_000


@frozen(kw_only=True)
class Connection:
    """Who an identity provider is to us: its tenant, how it is understood, what applies to it, what it may do.

    Raises ValueError when the dialect needs what the policy does not give, unless the policy is `nonconformant`.
    """

    id: str
    tenant: str
    dialect: Dialect
    policy: Policy
    credentials: tuple[Credential, ...] = ()
    #: What any of its credentials may do at most.
    scopes: frozenset[str] = field(default=frozenset({EVERYTHING}), converter=checked)
    #: The id of the User that /Me means; None: /Me is not offered.
    subject: str | None = None
    #: Where this connection's clients reach the service, if not where the application says (a customer's own domain).
    base_url: str | None = None
    #: A connection that is off is answered as if it did not exist.
    enabled: bool = True

    def __attrs_post_init__(self) -> None:
        if not self.id or not self.tenant:
            raise ValueError("a connection needs an id and a tenant")
        missing = self.dialect.needs - offers(self.policy)
        if missing and not self.policy.nonconformant:
            raise ValueError(
                f"connection {self.id}: {self.dialect.name} needs {', '.join(sorted(missing))}, which the policy "
                f"{self.policy.name!r} does not give; choose another policy, or say nonconformant=True"
            )

    def credential(self, id: str) -> Credential | None:
        """Its credential of that id."""
        return next((credential for credential in self.credentials if credential.id == id), None)

    def with_credential(self, credential: Credential) -> "Connection":
        """The same with one more credential, or with this one in the place of the one of the same id."""
        kept = tuple(c for c in self.credentials if c.id != credential.id)
        return evolve(self, credentials=(*kept, credential))

    def without_credential(self, id: str) -> "Connection":
        """The same with that credential revoked; tokens that were fetched with it end with it."""
        return evolve(self, credentials=tuple(c for c in self.credentials if c.id != id))


def connect(
    connection: Connection,
    *,
    now: int,
    token_bytes: Callable[[int], bytes] = _token_bytes,
    expires: int | None = None,
    scopes: frozenset[str] | None = None,
    label: str = "",
    use: Use = "bearer",
) -> tuple[str, Connection]:
    """One more credential, as the connection's policy allows it: the secret to show once, the connection to store.

    Raises ValueError when as many are alive as the policy lets be (POL-161).
    """
    allowed = connection.policy.credentials
    alive = sum(credential.alive(now) for credential in connection.credentials)
    if allowed.max_live and alive >= allowed.max_live:
        raise ValueError(f"connection {connection.id} has {alive} live credentials already; revoke one first")
    secret, credential = issue(
        now=now,
        token_bytes=token_bytes,
        expires=_end(connection.policy, now, expires),
        scopes=scopes or connection.scopes,
        label=label,
        use=use,
    )
    return secret, connection.with_credential(credential)


def _end(policy: Policy, now: int, expires: int | None) -> int | None:
    """When a new credential ends: as asked, but not after what the policy says (POL-164)."""
    days = policy.credentials.expire_days
    latest = now + days * DAY if days else None
    if latest is None or expires is None:
        return expires if latest is None else latest
    return min(expires, latest)


def rotate(
    connection: Connection,
    *,
    now: int,
    overlap: int,
    expires: int | None = None,
    label: str = "",
    token_bytes: Callable[[int], bytes] = _token_bytes,
) -> tuple[str, Connection]:
    """A new secret beside the old ones of its kind, which end after `overlap` microseconds (POL-161).

    Put the connection returned into the store, give the secret to the identity provider's admin, and nothing fails
    meanwhile. Scopes and use are those of the youngest credential that is alive.
    """
    alive = [c for c in connection.credentials if c.alive(now)]
    model = max(alive, key=lambda c: c.created, default=None)
    secret, credential = issue(
        now=now,
        token_bytes=token_bytes,
        expires=_end(connection.policy, now, expires),
        scopes=model.scopes if model else connection.scopes,
        label=label or (model.label if model else ""),
        use=model.use if model else "bearer",
    )
    ended = tuple(_ending(c, now + overlap) if c.use == credential.use else c for c in connection.credentials)
    return secret, evolve(connection, credentials=(*ended, credential))


def _ending(credential: Credential, at: int) -> Credential:
    return evolve(credential, expires=at if credential.expires is None else min(at, credential.expires))


def expiring(connection: Connection, now: int, within: int) -> tuple[Credential, ...]:
    """The live credentials that end within that many microseconds and that no longer-lived one replaces (POL-164).

    Ask this once a day and warn the tenant's admins: Entra quarantines a job whose token has ended (ENTRA-031).
    """
    alive = [c for c in connection.credentials if c.alive(now)]
    lasting = {c.use for c in alive if c.expires is None or c.expires > now + within}
    return tuple(c for c in alive if c.expires is not None and c.expires <= now + within and c.use not in lasting)


def warnings(connection: Connection, since: int, now: int) -> tuple[tuple[Credential, int], ...]:
    """The credentials to warn of, each with the days it has left, if a warning fell due after `since` (POL-164).

    Which days before the end are warned at, the policy says. Call it with the time of the last call, and mail what it
    gives: every warning comes once.
    """
    return tuple(
        (credential, days)
        for days in connection.policy.credentials.warn_days
        for credential in expiring(connection, now, days * DAY)
        if credential.expires is not None and credential.expires - days * DAY > since
    )


class Connections(Protocol):
    """Where a host keeps its connections. Three small queries; an index on the digest makes the first one fast."""

    def find(self, digest: str) -> Connection | None:
        """The connection that has a credential of that digest, None if none has."""

    def get(self, id: str) -> Connection | None:
        """The connection of that id."""

    def used(self, connection: str, credential: str, at: int) -> None:
        """Write down when a credential was last used. Called at most once a minute for each."""


class MemoryConnections:
    """Connections in memory, for hosts whose set-up is in a file, and for tests. Threads may share it.

    Raises ValueError when two connections share a credential.
    """

    def __init__(self, *connections: Connection) -> None:
        self._lock = Lock()
        self._by_id: dict[str, Connection] = {}
        self._by_digest: dict[str, str] = {}
        for connection in connections:
            self.put(connection)

    def put(self, connection: Connection) -> None:
        """Keep it, in the place of the one of the same id if there is one."""
        with self._lock:
            for credential in connection.credentials:
                if self._by_digest.get(credential.digest, connection.id) != connection.id:
                    raise ValueError(f"credential {credential.id} belongs to another connection already")
            # Added before anything is taken away: a request that comes in between must find the one or the other.
            before = self._by_id.get(connection.id)
            self._by_id[connection.id] = connection
            self._by_digest.update({c.digest: connection.id for c in connection.credentials})
            for gone in {c.digest for c in before.credentials} if before else ():
                if all(c.digest != gone for c in connection.credentials):
                    del self._by_digest[gone]

    def remove(self, id: str) -> None:
        """Disconnect: none of its credentials and tokens passes any more."""
        with self._lock:
            gone = self._by_id.pop(id, None)
            for credential in gone.credentials if gone else ():
                self._by_digest.pop(credential.digest, None)

    def find(self, digest: str) -> Connection | None:
        """The connection that has a credential of that digest, None if none has."""
        return self._by_id.get(self._by_digest.get(digest, ""))

    def get(self, id: str) -> Connection | None:
        """The connection of that id."""
        return self._by_id.get(id)

    def used(self, connection: str, credential: str, at: int) -> None:
        """Write down when a credential was last used."""
        with self._lock:
            found = self._by_id.get(connection)
            known = found.credential(credential) if found else None
            if found and known:
                self._by_id[connection] = found.with_credential(evolve(known, used=at))

    def __iter__(self) -> Iterator[Connection]:
        return iter(tuple(self._by_id.values()))
