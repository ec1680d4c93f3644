"""Who may come in: one connection for each tenant, opened by the tokens that the operator of the trial names."""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final

from scimcore.access import Connection, MemoryConnections, adopt
from scimcore.dialects import Dialect
from scimcore.policy import Policy

#: The library takes no secret that people could guess. On the loopback interface the operator may choose one all the
#: same: it is stretched to this form at the door, when it is registered and when it is presented.
LONG_ENOUGH: Final = 16


def short(secret: str) -> bool:
    """Whether people could guess it."""
    return len(secret) < LONG_ENOUGH


def stretch(secret: str) -> str:
    """A secret as the library is shown it: itself, or what stands for it if it is short."""
    return secret if not short(secret) else "short_" + sha256(secret.encode()).hexdigest()


def connections(tokens: Iterable[tuple[str, str]], dialect: Dialect, policy: Policy, now: int) -> MemoryConnections:
    """A connection for every tenant named. Raises ValueError when two tenants would share a token."""
    found: dict[str, Connection] = {}
    for tenant, secret in tokens:
        fresh = Connection(id=f"{tenant}-idp", tenant=tenant, dialect=dialect, policy=policy)
        credential = adopt(stretch(secret), now=now)
        found[tenant] = found.get(tenant, fresh).with_credential(credential)
    return MemoryConnections(*found.values())


def stretched(headers: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The headers of a request, with the bearer token as the library is to see it."""
    return [(name, _bearer(value) if name.lower() == "authorization" else value) for name, value in headers]


def _bearer(value: str) -> str:
    scheme, _, secret = value.strip().partition(" ")
    secret = secret.strip()
    return f"{scheme} {stretch(secret)}" if scheme.lower() == "bearer" and secret else value
