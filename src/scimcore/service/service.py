"""The asynchronous service: what a provisioning client asks for, and the groups of what everybody else asks for.

Everything is written once, as coroutines that await nothing but the repository and the host. `sync` drives the same
code for a host that does not know an event loop.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar

from attrs import evolve

from scimcore.access.caller import Caller
from scimcore.host import AsyncHost, AsyncKeepsInventory, AsyncKnowsTeams, AsyncTakesPasswords
from scimcore.policy.effects import AnyEffect
from scimcore.policy.exports import gate
from scimcore.policy.policy import Policy
from scimcore.repository import AsyncRepository
from scimcore.resources.projection import Projection
from scimcore.schema import BoundType, Registry
from scimcore.schema.json import JsonObject
from scimcore.service import arguments, reading, writing
from scimcore.service.admin import AsyncAdmin
from scimcore.service.committing import Written
from scimcore.service.engine import Engine
from scimcore.service.product import AsyncProduct
from scimcore.service.results import Done, Listing, Resource, Search
from scimcore.service.session import Limits, Powers, Session
from scimcore.service.sync_adapter import AwaitableHost
from scimcore.service.worker import AsyncWorker

T = TypeVar("T")
_DEFAULT = Projection()


class AsyncService(Generic[T]):
    """Provisioning with no HTTP in sight: what a client asks for stands here, everything else in three groups.

    `clock` gives microseconds since 1970, UTC; `new_id` a fresh random id that no one can guess and that does not
    contain "bulkId"; `secrets` sign the cursors, the first one new ones. `teams`, `passwords` and `inventory` are the
    optional powers, most often the host itself; `later` the types of effects that are always left to the worker.
    Raises TypeError or ValueError, with the argument's name, when it is built of something else.

    All methods raise `ScimError` for what the client did, and let the host's own exceptions pass; either way nothing
    is left half done.
    """

    def __init__(
        self,
        repository: AsyncRepository[T],
        host: AsyncHost[T],
        *,
        clock: Callable[[], int],
        new_id: Callable[[], str],
        secrets: Sequence[bytes],
        teams: AsyncKnowsTeams[T] | None = None,
        passwords: AsyncTakesPasswords[T] | None = None,
        inventory: AsyncKeepsInventory[T] | None = None,
        later: Iterable[type[AnyEffect]] = (),
        registry: Registry | None = None,
        limits: Limits | None = None,
    ) -> None:
        # `Service` has made its host awaitable; the sentences name the class that the host's author wrote.
        owner = "Service" if isinstance(host, AwaitableHost) else type(self).__name__
        arguments.check_repository(owner, repository, asynchronous=True)
        arguments.check_host(owner, host, asynchronous=True)
        arguments.check_power(owner, "teams", teams, asynchronous=True)
        arguments.check_power(owner, "passwords", passwords, asynchronous=True)
        arguments.check_power(owner, "inventory", inventory, asynchronous=True)
        arguments.check_clock(owner, clock)
        engine = Engine(
            repository,
            host,
            Powers(teams=teams, passwords=passwords, inventory=inventory, later=arguments.check_later(owner, later)),
            clock=clock,
            new_id=new_id,
            secrets=arguments.check_secrets(owner, secrets),
            registry=registry,
            limits=limits,
        )
        self._engine = engine
        #: Microseconds since 1970, UTC, as the service was given it.
        self.clock = clock
        self.limits = engine.limits
        #: What the product tells about its own accounts and teams.
        self.product = AsyncProduct(engine)
        #: What an administrator asks for.
        self.admin = AsyncAdmin(engine)
        #: What a worker calls from time to time.
        self.worker = AsyncWorker(engine)

    def registry(self, policy: Policy) -> Registry:
        """Return the resource types as they are served under that policy, with the attributes that it declares."""
        return self._engine.registry(policy)

    # reading

    async def get(self, caller: Caller, type: BoundType, id: str, *, projection: Projection = _DEFAULT) -> Resource:
        """Return the resource (RFC 7644 section 3.4.1). Raises NotFound."""
        # One function of a session, as for every operation: the engine may run it more than once.
        return await self._engine.read(caller, lambda session: reading.get(session, type, id, projection))

    async def search(self, caller: Caller, types: Sequence[BoundType], search: Search) -> Listing:
        """Return one page of a query over one type, or over several (RFC 7644 section 3.4.2, RFC 9865)."""
        engine = self._engine

        async def read(session: Session[T]) -> Listing:
            try:
                return await reading.search(session, types, search, caller.dialect, engine.cursors)
            finally:
                # In any case: a filter that is refused in the end may have needed a tolerance first.
                engine.tolerances.count(caller.tenant, caller.connection, session.notes)

        return await engine.read(caller, read)

    async def discover(self, caller: Caller) -> None:
        """Raises Forbidden where the plan does not even let the client look around (POL-130)."""
        # Discovery reads no tenant's data, so it opens a unit only where the policy has a reason to refuse it.
        plan = caller.policy.plan
        if plan.closed == "everything" or plan.lapsed == "off":
            engine = self._engine
            async with engine.repository.unit(caller.tenant, write=False) as unit:
                refusal = gate(caller.policy, await engine.host.tenant(unit.transaction, caller.tenant), "discovery")
            if refusal is not None:
                raise refusal

    # writing

    async def create(
        self, caller: Caller, type: BoundType, body: JsonObject, *, projection: Projection = _DEFAULT
    ) -> Done:
        """Make a new resource, or restore one if the policy says so (RFC 7644 section 3.3)."""

        async def work(session: Session[T]) -> Done:
            written = await writing.create(session, type, body, caller.dialect, dry=False)
            return await _done(session, type, written, projection, echo=True)

        return await self._engine.write(caller, "create", type, "", work)

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
            return await _done(session, type, written, projection, echo=True)

        return await self._engine.write(caller, "replace", type, id, work)

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
            return await _done(session, type, written, projection, echo=bool(projection))

        return await self._engine.write(caller, "patch", type, id, work)

    async def delete(self, caller: Caller, type: BoundType, id: str, *, if_match: frozenset[int] | None = None) -> Done:
        """DELETE (RFC 7644 section 3.6): afterwards nobody finds it; what becomes of the account, the policy says."""

        async def work(session: Session[T]) -> Done:
            written = await writing.delete(session, type, id, if_match=if_match, dry=False)
            return Done(
                outcome=written.plan.outcome,
                resource=None,
                notes=(*session.notes, *session.delay_notes, *written.plan.notes),
            )

        return await self._engine.write(caller, "delete", type, id, work)


async def _done(session: Session[T], type: BoundType, written: Written, projection: Projection, *, echo: bool) -> Done:
    """The answer to a write: the resource as it is now, unless it is too large to be sent with every change."""
    notes = (*session.notes, *session.delay_notes, *written.plan.notes)
    if written.document is None:
        return Done(outcome=written.plan.outcome, resource=None, notes=notes)
    if not echo and await reading.too_large(session, type, written.id):
        bare = Resource(type=type, document=written.document)
        return Done(outcome=written.plan.outcome, resource=bare, notes=notes, echo=False)
    resource = await reading.resource(session, type, written.document, projection)
    return Done(outcome=written.plan.outcome, resource=evolve(resource, named=session.named), notes=notes)
