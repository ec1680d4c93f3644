"""What a worker of the host calls from time to time: hand out waiting effects, let time pass, delete what is old."""

from typing import Generic, TypeVar

from scimcore.policy.policy import Policy
from scimcore.policy.triggers import TimePassed
from scimcore.policy.values import DAY
from scimcore.service import telling
from scimcore.service.draining import Drain
from scimcore.service.engine import Engine
from scimcore.service.results import Purged
from scimcore.service.session import Session

T = TypeVar("T")


class AsyncWorker(Generic[T]):
    """`service.worker`: for a process that runs beside the requests. All of it may be called again at any time."""

    def __init__(self, engine: Engine[T]) -> None:
        self._engine = engine

    async def drain(self, tenant: str, *, policy: Policy, limit: int = 100) -> int:
        """Hand waiting effects that are due to the host, in order per account, and return how many were done.

        The policy says who counts in a team that is handed over as a whole.
        """
        engine = self._engine
        drain = Drain(
            repository=engine.repository,
            host=engine.host,
            tenant=tenant,
            policy=policy,
            registry=engine.registry(policy),
            clock=engine.clock,
            limits=engine.limits,
        )
        return await drain.run(limit)

    async def run_due(self, tenant: str, *, policy: Policy, limit: int = 100) -> int:
        """Move on what the clock has reached: expired invitations, tombstones to purge, marks to remove.

        Returns how many bindings and marks there were; call again until it is 0.
        """
        async with self._engine.repository.unit(tenant, write=False) as unit:
            due = await unit.due(self._engine.clock(), limit)
        moved = 0
        for binding in due:
            # Each in a unit of its own: one that fails, or that waits for a lock, must not hold up the others.
            async def work(session: Session[T], resource: str = binding.resource) -> int:
                return await telling.pass_time(session, resource)

            moved += await self._engine.attempt(tenant, policy, TimePassed.__name__, work)

        async def expire(session: Session[T]) -> int:
            return await session.unit.expire_marks(session.now, limit)

        return moved + await self._engine.attempt(tenant, policy, TimePassed.__name__, expire)

    async def purge(self, tenant: str, *, policy: Policy, limit: int = 1000) -> Purged:
        """Delete what is older than the policy keeps: records, finished effects, tombstones (POL-021, POL-151).

        At most `limit` of each; call again until nothing is left. Raises TypeError for a repository that cannot.
        """
        moved = await self.run_due(tenant, policy=policy, limit=limit)
        days = policy.audit.retention_days
        if not days:
            return Purged(audit=0, effects=0, due=moved)

        async def work(session: Session[T]) -> Purged:
            before = session.now - days * DAY
            audit = await session.unit.prune_audit(before, limit)
            return Purged(audit=audit, effects=await session.unit.prune_effects(before, limit), due=moved)

        return await self._engine.attempt(tenant, policy, "purge", work)
