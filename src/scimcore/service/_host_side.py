"""What the host asks of the service, and tells it: events, the outbox, the clock, upkeep."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from scimcore.policy.policy import Policy
from scimcore.policy.triggers import HostEvent, TimePassed
from scimcore.repository.records import AuditRecord, EffectRecord
from scimcore.schema.json import JsonObject
from scimcore.service import auditing, draining, outbox, telling
from scimcore.service._engine import Engine
from scimcore.service.results import Told
from scimcore.service.session import Session

T = TypeVar("T")


class HostSide(Engine[T]):
    """The operations that no provisioning client ever reaches."""

    async def tell(
        self, tenant: str, event: HostEvent, account: str, *, policy: Policy, within: T | None = None
    ) -> Told:
        """Something happened, or is about to happen, in the product: the same `decide` hears of it.

        `account` is the account, or the team, that it happened to. `within` is the transaction that the host has open;
        the unit joins it by savepoint and the host commits. A host that is writing and leaves it out waits for itself.
        A refusal is returned, and audited.
        """
        operation = type(event).__name__

        async def work(session: Session[T]) -> Told:
            told, binding = await telling.tell(session, event, account)
            if told.refusal is not None:
                target = binding.resource if binding else ""
                await self._audit_refusal(
                    session, told.refusal, told.notes, binding.type if binding else "User", target, account
                )
            return told

        if within is not None:
            async with self._repository.join(within, tenant) as unit:
                return await work(await self._session(unit, tenant, policy, operation))
        return await self._in_turn(tenant, policy, operation, work)

    async def drain(self, tenant: str, *, policy: Policy, limit: int = 100) -> int:
        """Hand waiting effects that are due to the host, in order per account; how many were done.

        The policy says who counts in a team that is handed over as a whole.
        """
        drain = draining.Drain(
            repository=self._repository,
            host=self._host,
            tenant=tenant,
            policy=policy,
            registry=self.registry(policy),
            clock=self._clock,
            limits=self.limits,
        )
        return await drain.run(limit)

    async def release(self, tenant: str, key: str) -> bool:
        """Let a dead letter be tried again; False if there is none of that key."""
        return await draining.release(self._repository, tenant, key)

    async def run_due(self, tenant: str, *, policy: Policy, limit: int = 100) -> int:
        """Move on what the clock has reached: expired invitations, tombstones to purge, marks to remove.

        Returns how many bindings and marks there were; call again until it is 0.
        """
        async with self._repository.unit(tenant, write=False) as unit:
            due = await unit.due(self._clock(), limit)
        moved = 0
        for binding in due:

            async def work(session: Session[T], resource: str = binding.resource) -> int:
                return await telling.pass_time(session, resource)

            moved += await self._in_turn(tenant, policy, TimePassed.__name__, work)

        async def expire(session: Session[T]) -> int:
            return await session.unit.expire_marks(session.now, limit)

        return moved + await self._in_turn(tenant, policy, TimePassed.__name__, expire)

    async def effects(
        self, tenant: str, *, after: tuple[int, int] | None = None, limit: int = 1000
    ) -> list[JsonObject]:
        """The outbox, oldest first, as plain data."""
        async with self._repository.unit(tenant, write=False) as unit:
            found: Sequence[EffectRecord] = await unit.effects(after, limit)
            return [outbox.summary(entry) for entry in found]

    async def audit(self, tenant: str, *, after: tuple[int, str] | None = None, limit: int = 1000) -> list[JsonObject]:
        """The audit trail, oldest first, as plain data."""
        async with self._repository.unit(tenant, write=False) as unit:
            found: Sequence[AuditRecord] = await unit.audit(after, limit)
            return [auditing.summary(record) for record in found]

    async def tolerances(self, tenant: str, connection: str) -> Mapping[str, int]:
        """What had to be tolerated of the connection's requests, by rule, since this process began."""
        return self._tolerances.of(tenant, connection)
