"""Upkeep: what an operator or an admin sets off now and then. Page by page, each page in a unit of its own."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial
from typing import Any, Final, Protocol, TypeVar

from scimcore.policy.policy import Policy
from scimcore.policy.values import DAY
from scimcore.resources.document import Document
from scimcore.service import committing, disconnecting, leavers, reconciling, unmanaged
from scimcore.service._host_side import HostSide
from scimcore.service.host import Holding
from scimcore.service.reconciling import Drift
from scimcore.service.results import Purged
from scimcore.service.session import Session

T = TypeVar("T")
R = TypeVar("R")
_MINUTE: Final = 60_000_000
#: Resources or accounts looked at in one unit.
_PAGE: Final = 200


class _Named(Protocol):
    @property
    def id(self) -> str: ...


N = TypeVar("N", bound=_Named)


class Upkeep(HostSide[T]):
    """What keeps scimcore and the product together over the years."""

    async def release_leavers(self, tenant: str, *, policy: Policy, minutes: int = 60) -> int:
        """Let the leavers pass that the guard against mass deprovisioning holds (POL-141); until when.

        The identity provider tries again by itself, or an admin starts its synchronisation. Audited.
        """

        async def work(session: Session[T]) -> int:
            until = session.now + minutes * _MINUTE
            plan = await leavers.release(session, until)
            await committing.record(session, None, plan)
            return until

        return await self._in_turn(tenant, policy, "release_leavers", work)

    async def purge(self, tenant: str, *, policy: Policy, limit: int = 1000) -> Purged:
        """Let go of what is older than the policy keeps: records, finished effects, tombstones (POL-021, POL-151).

        At most `limit` of each; call again until nothing is left. Raises TypeError for a repository that cannot.
        """
        moved = await self.run_due(tenant, policy=policy, limit=limit)
        days = policy.audit.retention_days
        if not days:
            return Purged(audit=0, effects=0, due=moved)

        async def work(session: Session[T]) -> Purged:
            if not hasattr(session.unit, "prune_audit"):
                raise TypeError("this repository has no prune_audit() and prune_effects()")
            before = session.now - days * DAY
            audit = await session.unit.prune_audit(before, limit)
            return Purged(audit=audit, effects=await session.unit.prune_effects(before, limit), due=moved)

        return await self._in_turn(tenant, policy, "purge", work)

    async def disconnect(self, tenant: str, connection: str, *, policy: Policy) -> int:
        """The connection ends: its resources go, and its accounts and teams become what the policy says (POL-086).

        How many resources went. Remove the connection first, so that nothing new arrives; should this be interrupted,
        call it again.
        """
        gone = 0
        for type in disconnecting.order(self.registry(policy)):

            async def work(session: Session[T], documents: Sequence[Document]) -> int:
                return await disconnecting.end(session, documents, connection)

            async for count in self._pages(tenant, policy, "disconnect", partial(_scan, type), work):
                gone += count
        return gone

    async def reconcile(self, tenant: str, *, policy: Policy, repair: bool = False) -> list[Drift]:
        """What has drifted between scimcore and the host's accounts, and with `repair` its cure (POL-142).

        Page by page, each in a unit of its own. The host has `inventory`; raises TypeError for one that has not.
        """
        found: list[Drift] = []

        async def gone(session: Session[T], documents: Sequence[Document]) -> list[Drift]:
            return await reconciling.missing(session, documents, repair=repair)

        async def differs(session: Session[T], holdings: Sequence[Holding]) -> list[Drift]:
            return await reconciling.differing(session, holdings, repair=repair)

        async for page in self._pages(tenant, policy, "reconcile", partial(_scan, "User"), gone):
            found += page
        async for page in self._pages(tenant, policy, "reconcile", _inventory, differs):
            found += page
        return found

    async def show_unmanaged(self, tenant: str, connection: str, *, policy: Policy) -> int:
        """Show the host's own accounts to the connection, as the policy says, as they are now (POL-083).

        How many resources changed. Run it when a connection is set up, and from time to time. Takes away what it
        showed before where the account is gone, or the policy hides such accounts.
        """
        changed = 0

        async def away(session: Session[T], documents: Sequence[Document]) -> int:
            return await unmanaged.take_away(session, [d for d in documents if d.connection == connection])

        async def show(session: Session[T], holdings: Sequence[Holding]) -> int:
            return await unmanaged.show(session, connection, holdings)

        async for count in self._pages(tenant, policy, "show_unmanaged", partial(_scan, "User"), away):
            changed += count
        if policy.linking.unmanaged == "shown":
            async for count in self._pages(tenant, policy, "show_unmanaged", _inventory, show):
                changed += count
        return changed

    async def _pages(
        self,
        tenant: str,
        policy: Policy,
        operation: str,
        read: Callable[[Session[T], str | None], Awaitable[Sequence[N]]],
        work: Callable[[Session[T], Sequence[N]], Awaitable[R]],
    ) -> AsyncIterator[R]:
        """The work on every page; a page is read in the unit that works on it."""
        after: str | None = None

        async def turn(session: Session[T]) -> tuple[str, R] | None:
            page = await read(session, after)
            return (page[-1].id, await work(session, page)) if page else None

        while (done := await self._in_turn(tenant, policy, operation, turn)) is not None:
            after, result = done
            yield result


async def _scan(type: str, session: Session[Any], after: str | None) -> Sequence[Document]:
    return await session.unit.scan(type, after, _PAGE)


async def _inventory(session: Session[Any], after: str | None) -> Sequence[Holding]:
    look = getattr(session.host, "inventory", None)
    if look is None:
        raise TypeError("the host has no inventory() method, which this needs")
    found: Sequence[Holding] = await look(session.unit.transaction, session.tenant, after, _PAGE)
    return found
