"""Rate limits: how many requests a tenant may make (POL-143, HTTP-024)."""

from threading import Lock
from typing import Protocol

from attrs import define, field, frozen
from attrs.validators import ge, gt, optional

from scimcore.access import Connection

_SECOND = 1_000_000


class Limiter(Protocol):
    """Says whether one more request is all right. A host with several processes may keep its counts elsewhere."""

    def take(self, connection: Connection, now: int) -> int:
        """0: go on. Otherwise the whole seconds after which to try again."""


@define
class _Bucket:
    tokens: float
    at: int


@frozen
class TokenBucket:
    """So many requests a second on average, and so many at once, for each tenant of this process.

    `rate` None: what the connection's policy says (`safety.requests_per_second`; 0 is no limit). `burst` is in seconds
    of that rate: identity providers come in bursts. Microsoft's gallery wants 25 a second to be served (ENTRA-022), so
    stay above that. A tenant that is refused slows no other down.
    """

    rate: float | None = field(default=None, validator=optional(gt(0)))
    burst: float = field(default=2.0, validator=gt(0))
    #: Tenants remembered at most; those that have been quiet longest are forgotten, which only ever lets more in.
    tenants: int = field(default=10_000, validator=ge(1))
    _buckets: dict[str, _Bucket] = field(factory=dict, init=False, repr=False, eq=False)
    _lock: Lock = field(factory=Lock, init=False, repr=False, eq=False)

    def take(self, connection: Connection, now: int) -> int:
        """One request of the connection's tenant."""
        rate = self.rate or connection.policy.safety.requests_per_second
        if not rate:
            return 0
        with self._lock:
            bucket = self._filled(connection.tenant, now, rate)
            if bucket.tokens >= 1.0:
                bucket.tokens -= 1.0
                return 0
            return 1 + int((1.0 - bucket.tokens) / rate)

    def _filled(self, tenant: str, now: int, rate: float) -> _Bucket:
        """The tenant's bucket, moved to the end of the dictionary: its order is that of the last use."""
        full = max(1.0, rate * self.burst)
        bucket = self._buckets.pop(tenant, None) or _Bucket(full, now)
        gained = max(0, now - bucket.at) / _SECOND * rate
        bucket.tokens, bucket.at = min(full, bucket.tokens + gained), max(now, bucket.at)
        self._buckets[tenant] = bucket
        if len(self._buckets) > self.tenants:
            del self._buckets[next(iter(self._buckets))]
        return bucket
