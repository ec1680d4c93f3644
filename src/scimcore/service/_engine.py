"""How the service does whatever it does: units of work, sessions, second tries, and the records of refusals."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from scimcore.errors import Conflict, ScimError
from scimcore.policy.deciding import gate
from scimcore.policy.exports import attributes
from scimcore.policy.plans import Note, Plan
from scimcore.policy.policy import Policy
from scimcore.repository.protocol import Gone, Serialization, Stale
from scimcore.schema import BoundType, Registry
from scimcore.service import auditing
from scimcore.service.cursors import CursorKeys
from scimcore.service.ids import checked
from scimcore.service.limits import Limits
from scimcore.service.results import Caller
from scimcore.service.seams import AsyncHost, AsyncRepository, AsyncUnit
from scimcore.service.session import Session
from scimcore.service.tolerances import Tolerances
from scimcore.service.writing import Previewed, Refused, Written

_BUSY = "Others kept changing the same resource at the same time. Try again."

T = TypeVar("T")
R = TypeVar("R")


class Engine(Generic[T]):
    """What all operations share."""

    def __init__(
        self,
        repository: AsyncRepository[T],
        host: AsyncHost[T],
        *,
        clock: Callable[[], int],
        new_id: Callable[[], str],
        secrets: Sequence[bytes],
        registry: Registry | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self._repository, self._host, self._clock, self._new_id = repository, host, clock, checked(new_id)
        self._registry = registry or Registry()
        self._cursors = CursorKeys(tuple(secrets), self.limits.cursor_seconds)
        self._registries: dict[int, tuple[Policy, Registry]] = {}
        self._tolerances = Tolerances()

    def registry(self, policy: Policy) -> Registry:
        """The resource types as they are served under that policy, with the attributes that it declares."""
        found = self._registries.get(id(policy))
        if found is None:
            extra = attributes(policy)
            registry = self._registry.with_attributes(extra) if extra else self._registry
            found = self._registries[id(policy)] = (policy, registry)
        return found[1]

    async def _read(self, caller: Caller, work: Callable[[Session[T]], Awaitable[R]]) -> R:
        """Run a unit that reads, again when the store lost it: a connection that broke, a moment that never was."""
        for attempt in range(self.limits.attempts):
            try:
                async with self._repository.unit(caller.tenant, write=False) as unit:
                    return await work(await self._reading(unit, caller))
            except Serialization:
                await self._repository.pause(attempt)
        raise Conflict(_BUSY)

    async def _reading(self, unit: AsyncUnit[T], caller: Caller) -> Session[T]:
        session = await self._session(unit, caller.tenant, caller.policy, "read", caller)
        refusal = gate(caller.policy, session.settings, "read")
        if refusal is not None:
            raise refusal
        return session

    async def _session_of(self, unit: AsyncUnit[T], caller: Caller, operation: str) -> Session[T]:
        return await self._session(unit, caller.tenant, caller.policy, operation, caller)

    async def _session(
        self, unit: AsyncUnit[T], tenant: str, policy: Policy, operation: str, caller: Caller | None = None
    ) -> Session[T]:
        return Session(
            unit=unit,
            host=self._host,
            registry=self.registry(policy),
            limits=self.limits,
            new_id=self._new_id,
            now=self._clock(),
            tenant=tenant,
            policy=policy,
            settings=await self._host.tenant(unit.transaction, tenant),
            operation=operation,
            connection=caller.connection if caller else "",
            credential=caller.credential if caller else "",
            request=caller.request if caller else "",
        )

    async def _in_turn(
        self, tenant: str, policy: Policy, operation: str, work: Callable[[Session[T]], Awaitable[R]]
    ) -> R:
        """One step of maintenance, in a unit of its own."""
        return await self._attempts(tenant, lambda unit: self._session(unit, tenant, policy, operation), work)

    async def _attempts(
        self,
        tenant: str,
        begin: Callable[[AsyncUnit[T]], Awaitable[Session[T]]],
        work: Callable[[Session[T]], Awaitable[R]],
    ) -> R:
        """Run a whole unit of work, again when it loses a race, within a bound."""
        for attempt in range(self.limits.attempts):
            try:
                async with self._repository.unit(tenant, write=True) as unit:
                    return await work(await begin(unit))
            except (Serialization, Stale, Gone):
                await self._repository.pause(attempt)
        raise Conflict(_BUSY)

    async def _write(
        self, caller: Caller, operation: str, type: BoundType, id: str, work: Callable[[Session[T]], Awaitable[R]]
    ) -> R:
        """A write on behalf of a client: what it tolerated is counted, what it refused recorded."""
        last: list[Session[T]] = []

        async def begin(unit: AsyncUnit[T]) -> Session[T]:
            last[:] = [await self._session_of(unit, caller, operation)]
            return last[0]

        try:
            return await self._attempts(caller.tenant, begin, work)
        except Refused as refused:
            notes = (*_noted(last), *refused.plan.notes)
            await self._refuse(caller, operation, type, refused.error, notes, refused.target, refused.account)
            raise refused.error from None
        except ScimError as error:
            await self._refuse(caller, operation, type, error, _noted(last), id, "")
            raise
        finally:
            self._tolerances.count(caller.tenant, caller.connection, _noted(last))

    async def _refuse(
        self,
        caller: Caller,
        operation: str,
        type: BoundType,
        error: ScimError,
        notes: Sequence[Note],
        target: str,
        account: str,
    ) -> None:
        """The refusal's record, in a unit of its own: the one that refused is undone."""
        error.notes = tuple((note.rule, note.text) for note in notes)

        async def work(session: Session[T]) -> None:
            await self._audit_refusal(session, error, notes, type.name, target, account)

        await self._attempts(caller.tenant, lambda unit: self._session_of(unit, caller, operation), work)

    async def _audit_refusal(
        self, session: Session[T], error: ScimError, notes: Sequence[Note], type: str, target: str, account: str
    ) -> None:
        record = auditing.of_refusal(session, error, (*session.notes, *notes), type, target, account)
        await session.unit.record(record, ())

    async def _preview(self, caller: Caller, operation: str, work: Callable[[Session[T]], Awaitable[Written]]) -> Plan:
        try:
            await self._attempts(caller.tenant, lambda unit: self._session_of(unit, caller, operation), work)
        except Previewed as previewed:
            return previewed.plan
        raise RuntimeError("a dry run that was not stopped")


def _noted(sessions: Sequence[Session[T]]) -> tuple[Note, ...]:
    return sessions[-1].notes if sessions else ()
