"""The calls of the product: something happened to an account, or to a team, in the product itself."""

from typing import Generic, TypeVar

from scimcore.policy.policy import Policy
from scimcore.policy.triggers import HostEvent
from scimcore.service import host_events
from scimcore.service.committing import audit_refusal
from scimcore.service.engine import Engine
from scimcore.service.results import EventResult
from scimcore.service.session import Session

T = TypeVar("T")


class AsyncProduct(Generic[T]):
    """`service.product`: the product's own events."""

    def __init__(self, engine: Engine[T]) -> None:
        self._engine = engine

    async def tell(
        self, tenant: str, event: HostEvent, account: str, *, policy: Policy, within: T | None = None
    ) -> EventResult:
        """Tell that something happened, or is about to happen, in the product: the policy decides what follows.

        `account` is the account, or the team, that it happened to. `within` is the transaction that the host has open;
        the unit joins it and the host commits. A host that is writing and leaves it out waits for itself.
        A refusal is returned, and audited: it undoes nothing of what the host has done.
        """
        # The audit trail names the event as the operation: "RolesSet", "AccountDeleted".
        operation = type(event).__name__

        async def work(session: Session[T]) -> EventResult:
            result, binding = await host_events.tell(session, event, account)
            if result.refusal is not None:
                # In the same unit and not in one of its own: nothing was undone, the host's transaction goes on.
                kind, target = (binding.type, binding.resource) if binding else ("User", "")
                await audit_refusal(session, result.refusal, result.notes, kind, target, account)
            return result

        if within is None:
            return await self._engine.attempt(tenant, policy, operation, work)
        return await self._engine.join(within, tenant, policy, operation, work)
