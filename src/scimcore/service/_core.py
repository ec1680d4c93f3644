"""The operations, written once, as coroutines: the only layer that awaits, and it awaits only repository and host."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from scimcore.errors import Conflict, ScimError
from scimcore.policy import attributes, gate
from scimcore.policy.plans import Note, Plan
from scimcore.policy.policy import Policy
from scimcore.policy.triggers import HostEvent, TimePassed
from scimcore.repository.protocol import Gone, Serialization, Stale
from scimcore.repository.records import AuditRecord, EffectRecord
from scimcore.resources.projection import Projection
from scimcore.schema import BoundType, Registry
from scimcore.schema.json import JsonObject
from scimcore.service import auditing, draining, outbox, reading, searching, writing
from scimcore.service.cursors import CursorKeys
from scimcore.service.limits import Limits
from scimcore.service.results import Caller, Done, Listing, Resource, Search, Told
from scimcore.service.seams import AsyncHost, AsyncRepository, AsyncUnit
from scimcore.service.session import Session
from scimcore.service.writing import Previewed, Refused, Written

T = TypeVar("T")
R = TypeVar("R")
_DEFAULT = Projection()


class AsyncService(Generic[T]):
    """Everything a provisioning client, an admin or the host can ask for, with no HTTP in sight.

    `clock` gives microseconds since 1970, UTC; `new_id` a fresh random id that no one can guess and that does not
    contain "bulkId"; `secrets` sign the cursors, the first one new ones. All methods raise `ScimError` for what the
    client did, and let the host's own exceptions pass; either way nothing is left half done.
    """

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
        self._repository, self._host, self._clock, self._new_id = repository, host, clock, new_id
        self._registry = registry or Registry()
        self._cursors = CursorKeys(tuple(secrets), self.limits.cursor_seconds)
        self._registries: dict[int, tuple[Policy, Registry]] = {}

    def registry(self, policy: Policy) -> Registry:
        """The resource types as they are served under that policy, with the attributes that it declares."""
        found = self._registries.get(id(policy))
        if found is None:
            extra = attributes(policy)
            registry = self._registry.with_attributes(extra) if extra else self._registry
            found = self._registries[id(policy)] = (policy, registry)
        return found[1]

    # reading

    async def get(self, caller: Caller, type: BoundType, id: str, *, projection: Projection = _DEFAULT) -> Resource:
        """The resource (RFC 7644 section 3.4.1). Raises NotFound."""
        async with self._repository.unit(caller.tenant, write=False) as unit:
            session = await self._reading(unit, caller)
            document = await unit.get(type.name, id)
            if document is None or reading.hidden(session, document):
                raise writing.missing(type, id)
            return await reading.resource(session, type, document, projection)

    async def search(self, caller: Caller, types: Sequence[BoundType], search: Search) -> Listing:
        """One page of a query over one type, or over several (RFC 7644 section 3.4.2, RFC 9865)."""
        async with self._repository.unit(caller.tenant, write=False) as unit:
            session = await self._reading(unit, caller)
            return await searching.find(session, types, search, caller.dialect, self._cursors)

    # writing

    async def create(
        self, caller: Caller, type: BoundType, body: JsonObject, *, projection: Projection = _DEFAULT
    ) -> Done:
        """A new resource, or a restored one if the policy says so (RFC 7644 section 3.3)."""

        async def work(session: Session[T]) -> Done:
            written = await writing.create(session, type, body, caller.dialect, dry=False)
            return await self._done(session, type, written, projection, echo=True)

        return await self._write(caller, "create", type, "", work)

    async def replace(
        self,
        caller: Caller,
        type: BoundType,
        id: str,
        body: JsonObject,
        *,
        if_match: frozenset[int] | None = None,
        projection: Projection = _DEFAULT,
    ) -> Done:
        """PUT (RFC 7644 section 3.5.1); never creates. `if_match`: the versions that the client accepts to change."""

        async def work(session: Session[T]) -> Done:
            written = await writing.replace(session, type, id, body, caller.dialect, if_match=if_match, dry=False)
            return await self._done(session, type, written, projection, echo=True)

        return await self._write(caller, "replace", type, id, work)

    async def patch(
        self,
        caller: Caller,
        type: BoundType,
        id: str,
        body: JsonObject,
        *,
        if_match: frozenset[int] | None = None,
        projection: Projection = _DEFAULT,
    ) -> Done:
        """PATCH (RFC 7644 section 3.5.2): all operations or none.

        `Done.resource` has no links, and `Done.echo` is False, when the resource holds more of them than
        `Limits.echo_members` and the client did not ask for particular attributes.
        """

        async def work(session: Session[T]) -> Done:
            written = await writing.patch(session, type, id, body, caller.dialect, if_match=if_match, dry=False)
            return await self._done(session, type, written, projection, echo=bool(projection))

        return await self._write(caller, "patch", type, id, work)

    async def delete(self, caller: Caller, type: BoundType, id: str, *, if_match: frozenset[int] | None = None) -> Done:
        """DELETE (RFC 7644 section 3.6): afterwards nobody finds it; what becomes of the account, the policy says."""

        async def work(session: Session[T]) -> Done:
            written = await writing.delete(session, type, id, if_match=if_match, dry=False)
            return Done(outcome=written.plan.outcome, resource=None, notes=(*session.notes, *written.plan.notes))

        return await self._write(caller, "delete", type, id, work)

    # dry runs

    async def plan_create(self, caller: Caller, type: BoundType, body: JsonObject) -> Plan:
        """What `create` would do: the same decision on the same facts, and nothing written."""
        return await self._preview(caller, "create", lambda s: writing.create(s, type, body, caller.dialect, dry=True))

    async def plan_replace(self, caller: Caller, type: BoundType, id: str, body: JsonObject) -> Plan:
        """What `replace` would do."""
        return await self._preview(
            caller, "replace", lambda s: writing.replace(s, type, id, body, caller.dialect, if_match=None, dry=True)
        )

    async def plan_patch(self, caller: Caller, type: BoundType, id: str, body: JsonObject) -> Plan:
        """What `patch` would do."""
        return await self._preview(
            caller, "patch", lambda s: writing.patch(s, type, id, body, caller.dialect, if_match=None, dry=True)
        )

    async def plan_delete(self, caller: Caller, type: BoundType, id: str) -> Plan:
        """What `delete` would do."""
        return await self._preview(caller, "delete", lambda s: writing.delete(s, type, id, if_match=None, dry=True))

    # the host's side

    async def tell(
        self, tenant: str, event: HostEvent, account: str, *, policy: Policy, within: T | None = None
    ) -> Told:
        """Something happened, or is about to happen, in the product: the same `decide` hears of it.

        `within` is the transaction that the host has open; the unit joins it by savepoint and the host commits. A host
        that is writing and leaves it out waits for itself. A refusal is returned, and audited.
        """
        operation = type(event).__name__

        async def work(session: Session[T]) -> Told:
            user = session.registry["User"]
            plan, binding = await writing.tell(session, event, account, user)
            if plan.refusal is not None:
                await self._audit_refusal(
                    session, plan.refusal, plan.notes, "User", binding.resource if binding else "", account
                )
            return Told(outcome=plan.outcome, managed=binding is not None, notes=plan.notes, refusal=plan.refusal)

        if within is not None:
            async with self._repository.join(within, tenant) as unit:
                return await work(await self._session(unit, tenant, policy, operation))
        return await self._attempts(tenant, lambda unit: self._session(unit, tenant, policy, operation), work)

    async def drain(self, tenant: str, *, limit: int = 100) -> int:
        """Hand waiting effects that are due to the host, in order per account; how many were done."""
        return await draining.drain(self._repository, self._host, tenant, self._clock, self.limits, limit)

    async def release(self, tenant: str, key: str) -> bool:
        """Let a dead letter be tried again; False if there is none of that key."""
        return await draining.release(self._repository, tenant, key)

    async def run_due(self, tenant: str, *, policy: Policy, limit: int = 100) -> int:
        """Move on what the clock has reached: expired invitations, tombstones to purge. How many bindings moved."""
        async with self._repository.unit(tenant, write=False) as unit:
            due = await unit.due(self._clock(), limit)
        moved = 0
        for binding in due:
            moved += await self._pass_time(tenant, binding.resource, policy)
        return moved

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

    # how it is done

    async def _reading(self, unit: AsyncUnit[T], caller: Caller) -> Session[T]:
        session = await self._session_of(unit, caller, "read")
        refusal = gate(caller.policy, session.settings, "read")
        if refusal is not None:
            raise refusal
        return session

    async def _session_of(self, unit: AsyncUnit[T], caller: Caller, operation: str) -> Session[T]:
        session = await self._session(unit, caller.tenant, caller.policy, operation)
        session.connection, session.credential = caller.connection, caller.credential
        session.request = caller.request
        return session

    async def _session(self, unit: AsyncUnit[T], tenant: str, policy: Policy, operation: str) -> Session[T]:
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
        )

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
        raise Conflict("Others kept changing the same resource at the same time. Try again.")

    async def _write(
        self, caller: Caller, operation: str, type: BoundType, id: str, work: Callable[[Session[T]], Awaitable[R]]
    ) -> R:
        try:
            return await self._attempts(caller.tenant, lambda unit: self._session_of(unit, caller, operation), work)
        except Refused as refused:
            await self._refuse(
                caller, operation, type, refused.error, refused.plan.notes, refused.target, refused.account
            )
            raise refused.error from None
        except ScimError as error:
            await self._refuse(caller, operation, type, error, (), id, "")
            raise

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

        async def work(session: Session[T]) -> None:
            await self._audit_refusal(session, error, notes, type.name, target, account)

        await self._attempts(caller.tenant, lambda unit: self._session_of(unit, caller, operation), work)

    async def _audit_refusal(
        self,
        session: Session[T],
        error: ScimError,
        notes: Sequence[Note],
        type: str,
        target: str,
        account: str,
    ) -> None:
        record = auditing.of_refusal(session, error, (*session.notes, *notes), type, target, account)
        await session.unit.record(record, ())

    async def _preview(self, caller: Caller, operation: str, work: Callable[[Session[T]], Awaitable[Written]]) -> Plan:
        try:
            await self._attempts(caller.tenant, lambda unit: self._session_of(unit, caller, operation), work)
        except Previewed as previewed:
            return previewed.plan
        raise RuntimeError("a dry run that was not stopped")

    async def _done(
        self, session: Session[T], type: BoundType, written: Written, projection: Projection, *, echo: bool
    ) -> Done:
        notes = (*session.notes, *written.plan.notes)
        if written.document is None:
            return Done(outcome=written.plan.outcome, resource=None, notes=notes)
        if not echo and await reading.too_large(session, type, written.id):
            bare = Resource(type=type, document=written.document)
            return Done(outcome=written.plan.outcome, resource=bare, notes=notes, echo=False)
        resource = await reading.resource(session, type, written.document, projection)
        return Done(outcome=written.plan.outcome, resource=resource, notes=notes)

    async def _pass_time(self, tenant: str, resource: str, policy: Policy) -> int:
        async def work(session: Session[T]) -> int:
            return await writing.pass_time(session, resource, TimePassed())

        return await self._attempts(tenant, lambda unit: self._session(unit, tenant, policy, "TimePassed"), work)
