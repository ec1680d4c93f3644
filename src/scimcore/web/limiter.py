"""Rate limits: how many requests a tenant may make (POL-143, HTTP-024)."""

from threading import Lock
from typing import Protocol

from attrs import define, field, frozen

from scimcore._arguments import number_above, optional, whole_number
from scimcore._durations import SECOND
from scimcore.access import Connection


class Limiter(Protocol):
    """Decides whether one more request is accepted. A host with several processes may count in a shared store."""

    def take(self, connection: Connection, now: int) -> int:
        """Return 0 to accept the request, or the whole seconds after which the client may try again.

        `now` is in microseconds since 1970, UTC.
        """


@define
class _Bucket:
    tokens: float
    at: int


@frozen
class TokenBucket:
    """A limit for each tenant of this process: requests per second on average, and a burst on top.

    A tenant that is refused slows no other down. Raises TypeError or ValueError for a wrong argument.
    """

    #: Requests per second. None: what the policy of the connection says (`safety.requests_per_second`; 0: no limit).
    #: Microsoft's gallery asks for 25 (ENTRA-022), so stay above that.
    rate: float | None = field(default=None, validator=optional(number_above(0)))
    #: Seconds of that rate that a tenant may use at once, because identity providers come in bursts.
    burst: float = field(default=2.0, validator=number_above(0))
    #: Tenants that are remembered. The one whose last request is longest ago goes first; it starts with a full bucket.
    tenants: int = field(default=10_000, validator=whole_number(1))
    _buckets: dict[str, _Bucket] = field(factory=dict, init=False, repr=False, eq=False)
    _lock: Lock = field(factory=Lock, init=False, repr=False, eq=False)

    def take(self, connection: Connection, now: int) -> int:
        """Count one request of the connection's tenant; see `Limiter.take`."""
        rate = self.rate or connection.policy.safety.requests_per_second
        if not rate:
            return 0
        with self._lock:
            bucket = self._filled(connection.tenant, now, rate)
            if bucket.tokens >= 1.0:
                bucket.tokens -= 1.0
                return 0
            # Rounded up: a client that comes a moment too early would be refused again.
            return 1 + int((1.0 - bucket.tokens) / rate)

    def _filled(self, tenant: str, now: int, rate: float) -> _Bucket:
        # Taken out and put in again: the order of the dictionary is that of the last use, the oldest first.
        full = max(1.0, rate * self.burst)
        bucket = self._buckets.pop(tenant, None) or _Bucket(full, now)
        # A host's clock may go back; that must not empty the bucket.
        gained = max(0, now - bucket.at) / SECOND * rate
        bucket.tokens, bucket.at = min(full, bucket.tokens + gained), max(now, bucket.at)
        self._buckets[tenant] = bucket
        if len(self._buckets) > self.tenants:
            del self._buckets[next(iter(self._buckets))]
        return bucket
