"""Connections: one identity provider connected to one tenant, its credentials, and the stores that find them.

A connection belongs to the tenant, never to the person who set it up (POL-163), and it owns what it provisions.
All times are microseconds since 1970, UTC.
"""

import re
from collections.abc import Iterator
from hashlib import sha256
from hmac import compare_digest
from threading import Lock
from typing import Final, Literal, Protocol

from attrs import evolve, field, frozen

from scimcore._arguments import each, instance_of, one_of, optional, text, whole_number, wrong_type, wrong_value
from scimcore.access.scopes import EVERYTHING, checked_scopes
from scimcore.dialects.dialect import Dialect
from scimcore.policy import Policy
from scimcore.policy.exports import offers

Use = Literal["bearer", "client"]

_BASE_URL: Final = re.compile(r"https?://[^/?#\s]+(/[^?#\s]*)?\Z")


def digest(secret: str) -> str:
    """Return the text by which a secret is stored and looked up: its SHA-256 in hexadecimal."""
    # One round is enough for 256 random bits: there is nothing to guess, and a slow hash would cost every request
    # its milliseconds. "surrogatepass": what a client sends may not be Unicode, and must not raise here.
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def checked_base_url(owner: str, url: object) -> str:
    """Return the base URL without a slash at its end.

    `owner` is the name of the class that takes it, for the error. Raises TypeError unless the URL is a text, and
    ValueError unless it is absolute, http or https, and without a query (HTTP-001).
    """
    if not isinstance(url, str):
        raise wrong_type(owner, "base_url", url, "an absolute URL such as 'https://api.example.com/scim/v2'")
    if not _BASE_URL.match(url):
        # Links are made by adding "/Users/..." to it, so a query or a fragment would end up in the middle.
        raise wrong_value(owner, "base_url", url, "an absolute http or https URL without a query")
    return url.rstrip("/")


@frozen(kw_only=True)
class Credential:
    """One secret of a connection, without the secret itself.

    Make one with `issue` or `adopt`, or build it from the columns of your own table. Raises TypeError or ValueError
    for a wrong argument.
    """

    id: str = field(validator=text(empty=False))
    #: What `digest` returns for the secret. Never the secret.
    digest: str = field(repr=False, validator=text(empty=False))
    #: In microseconds since 1970, UTC, as all times here.
    created: int = field(validator=whole_number(0))
    #: When it ends. None: never, which Entra ID prefers (ENTRA-031).
    expires: int | None = field(default=None, validator=optional(whole_number(0)))
    #: What it may do, such as {"users:read"}; everything unless you say otherwise.
    scopes: frozenset[str] = field(default=frozenset({EVERYTHING}), converter=checked_scopes)
    #: What the customer's administrator calls it.
    label: str = field(default="", validator=text())
    #: "bearer": the secret itself opens the SCIM endpoints. "client": it is an OAuth client secret, which only fetches
    #: access tokens; its `client_id` is the id of the credential.
    use: Use = field(default="bearer", validator=one_of(("bearer", "client")))
    #: When it was last used, to the minute. None: not yet.
    used: int | None = field(default=None, validator=optional(whole_number(0)))

    def __attrs_post_init__(self) -> None:
        # Seconds in the place of microseconds are a thousand years too early or too late; this finds the early ones.
        if self.expires is not None and self.expires < self.created:
            raise ValueError(
                f"Credential(expires={self.expires}) lies before created={self.created}. "
                "Give both in microseconds since 1970, UTC."
            )

    def is_alive(self, now: int) -> bool:
        """True until the credential expires."""
        return self.expires is None or now < self.expires

    def matches(self, secret_digest: str) -> bool:
        """True if it is the credential of the secret with that digest. The time it takes tells nothing."""
        return compare_digest(self.digest, secret_digest)


@frozen(kw_only=True)
class Connection:
    """An identity provider, connected to one tenant: how it is understood, what applies to it, what it may do.

    Raises TypeError or ValueError for a wrong argument, and ValueError when the dialect needs what the policy does
    not give, unless the policy is `nonconformant`.
    """

    id: str = field(validator=text(empty=False))
    tenant: str = field(validator=text(empty=False))
    #: How the identity provider's requests are read, such as `scimcore.dialects.ENTRA`.
    dialect: Dialect = field(validator=instance_of(Dialect, "a Dialect such as scimcore.dialects.ENTRA"))
    #: What the product does about them, such as `scimcore.policy.STANDARD`.
    policy: Policy = field(validator=instance_of(Policy, "a Policy such as scimcore.policy.STANDARD"))
    #: Several, so that a secret can be changed without a gap (`rotate`).
    credentials: tuple[Credential, ...] = field(
        default=(), validator=each(instance_of(Credential, "Credentials"), "a tuple of Credentials")
    )
    #: What its credentials may do at most, such as {"users:read"}.
    scopes: frozenset[str] = field(default=frozenset({EVERYTHING}), converter=checked_scopes)
    #: The id of the User that /Me stands for. None: /Me is not offered.
    subject: str | None = field(default=None, validator=optional(text(empty=False)))
    #: Where the clients of this connection reach the service, if not where the application says: a customer's domain.
    base_url: str | None = None
    #: "relative": URIs in bodies are relative to the base URL, as in "/Users/2819" (RFC 7643 section 2.3.7), for
    #: clients such as SURF SBS, which put the base URL before them. The Location header stays absolute.
    locations: Literal["absolute", "relative"] = field(default="absolute", validator=one_of(("absolute", "relative")))
    #: False: the connection is answered as if it did not exist.
    enabled: bool = field(default=True, validator=instance_of(bool, "True or False"))

    def __attrs_post_init__(self) -> None:
        if self.base_url is not None:
            checked_base_url("Connection", self.base_url)
        # Some clients break without certain choices, and the customer would find out, not the host.
        missing = self.dialect.needs - offers(self.policy)
        if missing and not self.policy.nonconformant:
            raise ValueError(
                f"Connection {self.id}: {self.dialect.name} needs {', '.join(sorted(missing))}, which the policy "
                f"{self.policy.name!r} does not give. "
                "Choose another policy, or build it with nonconformant=True if you mean it."
            )

    def credential(self, id: str) -> Credential | None:
        """Return its credential of that id, or None."""
        return next((credential for credential in self.credentials if credential.id == id), None)

    def with_credential(self, credential: Credential) -> "Connection":
        """Return the connection with one more credential. It replaces the one of the same id, if there is one."""
        others = tuple(c for c in self.credentials if c.id != credential.id)
        return evolve(self, credentials=(*others, credential))

    def without_credential(self, id: str) -> "Connection":
        """Return the connection with that credential revoked. Access tokens that it fetched end with it."""
        return evolve(self, credentials=tuple(c for c in self.credentials if c.id != id))


class Connections(Protocol):
    """Where a host stores its connections: three small queries.

    Put an index on the digest of the credentials. `find` runs on every request, the other two seldom.
    """

    def find(self, digest: str) -> Connection | None:
        """Return the connection that has a credential of that digest, or None."""

    def get(self, id: str) -> Connection | None:
        """Return the connection of that id, or None. Only access tokens ask for this."""

    def used(self, connection: str, credential: str, at: int) -> None:
        """Store when a credential was last used. Called at most once a minute for each credential."""


class AsyncConnections(Protocol):
    """Where a host stores its connections, if the store has to be awaited; see `Connections`."""

    async def find(self, digest: str) -> Connection | None:
        """Return the connection that has a credential of that digest, or None."""

    async def get(self, id: str) -> Connection | None:
        """Return the connection of that id, or None. Only access tokens ask for this."""

    async def used(self, connection: str, credential: str, at: int) -> None:
        """Store when a credential was last used. Called at most once a minute for each credential."""


def check_connections(owner: str, connections: object) -> None:
    """Raise TypeError unless it has the methods of `Connections`. A list of connections is the common slip."""
    expected = "a store with find, get and used, such as MemoryConnections(first, second)"
    methods = [getattr(connections, name, None) for name in ("find", "get", "used")]
    if isinstance(connections, type) or not all(map(callable, methods)):
        raise wrong_type(owner, "connections", connections, expected)


class MemoryConnections:
    """Connections in memory, for hosts whose set-up is in a file, and for tests. Threads may share it.

    Raises TypeError for anything but Connections, and ValueError when two connections share a credential.
    """

    def __init__(self, *connections: Connection) -> None:
        self._lock = Lock()
        self._by_id: dict[str, Connection] = {}
        self._by_digest: dict[str, str] = {}
        for connection in connections:
            self.put(connection)

    def put(self, connection: Connection) -> None:
        """Store the connection. It replaces the connection of the same id, if there is one.

        Raises ValueError when a credential belongs to another connection already.
        """
        if not isinstance(connection, Connection):
            raise TypeError(
                f"MemoryConnections takes Connections one by one, as in MemoryConnections(first, second), "
                f"not a {type(connection).__name__}."
            )
        with self._lock:
            for credential in connection.credentials:
                # A secret that opens two tenants would let one of them act in the other.
                if self._by_digest.get(credential.digest, connection.id) != connection.id:
                    raise ValueError(
                        f"Credential {credential.id} belongs to another connection already. Issue one for each."
                    )
            # `find` takes no lock, so add before anything is removed: a request that comes in between must find the
            # old credential or the new one.
            before = self._by_id.get(connection.id)
            self._by_id[connection.id] = connection
            self._by_digest.update({c.digest: connection.id for c in connection.credentials})
            for gone in {c.digest for c in before.credentials} if before else ():
                if all(c.digest != gone for c in connection.credentials):
                    del self._by_digest[gone]

    def remove(self, id: str) -> None:
        """Remove the connection. Its credentials and access tokens open nothing any more."""
        with self._lock:
            gone = self._by_id.pop(id, None)
            for credential in gone.credentials if gone else ():
                self._by_digest.pop(credential.digest, None)

    def find(self, digest: str) -> Connection | None:
        """Return the connection that has a credential of that digest, or None."""
        return self._by_id.get(self._by_digest.get(digest, ""))

    def get(self, id: str) -> Connection | None:
        """Return the connection of that id, or None."""
        return self._by_id.get(id)

    def used(self, connection: str, credential: str, at: int) -> None:
        """Store when a credential was last used, in microseconds since 1970."""
        with self._lock:
            # The connection may have been removed, or the credential revoked, since the request came in.
            found = self._by_id.get(connection)
            known = found.credential(credential) if found else None
            if found and known:
                self._by_id[connection] = found.with_credential(evolve(known, used=at))

    def __iter__(self) -> Iterator[Connection]:
        # A copy: another thread may put a connection while this one iterates.
        return iter(tuple(self._by_id.values()))
