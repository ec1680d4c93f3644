"""Runs every operation: in a unit of work, with a session, again when it loses a race, and on record if refused.

The groups of operations (`service`, `product`, `admin`, `worker`) hold one engine and hand it functions of a session.
The engine alone opens units, so what holds for all operations is written once: a unit that fails leaves nothing
behind, and whatever has to outlive it (the record of a refusal) goes into a unit of its own afterwards.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Generic, TypeVar

from scimcore._arguments import shown
from scimcore._budget import Budget
from scimcore._cache import Bounded
from scimcore._outages import log_outage
from scimcore.access.caller import Caller
from scimcore.errors import Conflict, ScimError
from scimcore.host import AsyncHost
from scimcore.policy.exports import attributes, gate
from scimcore.policy.plans import Note, Plan
from scimcore.policy.policy import Policy
from scimcore.repository import AsyncRepository, AsyncUnit, EffectRecord, Gone, Serialization, Stale, Unavailable
from scimcore.schema import Attribute, BoundType, Registry
from scimcore.service.committing import WriteRefused, Written, audit_failure, audit_refusal
from scimcore.service.cursors import CursorKeys
from scimcore.service.outbox import log_delay, log_failure
from scimcore.service.redaction import target_of
from scimcore.service.session import Limits, Powers, PutOff, Rerun, Session

_BUSY = "Others kept changing the same resource at the same time. Try again."
#: Policies remembered with their registries: more than the tenants of most products.
_REGISTRIES = 2000
#: Connections whose tolerances are counted at most; beyond that the oldest counters are dropped.
_CONNECTIONS = 10_000

T = TypeVar("T")
R = TypeVar("R")


class Engine(Generic[T]):
    """The repository, the host and the settings that all operations share, and the one place that opens units."""

    def __init__(
        self,
        repository: AsyncRepository[T],
        host: AsyncHost[T],
        powers: Powers[T],
        *,
        clock: Callable[[], int],
        new_id: Callable[[], str],
        secrets: Sequence[bytes],
        registry: Registry | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.repository, self.host, self.powers = repository, host, powers
        self.clock, self.new_id = clock, _checked_ids(new_id)
        self.limits = limits or Limits()
        self.cursors = CursorKeys(tuple(secrets), self.limits.cursor_seconds)
        self.tolerances = Tolerances()
        self._base = registry or Registry()
        # By what the policies add: tenants whose policies add the same attributes share one registry, and meet what
        # was compiled for its types.
        self._registries = Bounded(self._with_attributes, size=_REGISTRIES)
        # By the content of the policy, whose hash is computed once: a host that builds an equal policy for every
        # request finds what was found for the last one, and a host that keeps its policies pays for one look-up.
        self._by_policy = Bounded(self._checked_registry, size=_REGISTRIES)

    def registry(self, policy: Policy) -> Registry:
        """Return the resource types as they are served under that policy, with the attributes that it declares.

        Raises TypeError for a policy that needs a power which the host lacks.
        """
        return self._by_policy[policy]

    def _checked_registry(self, policy: Policy) -> Registry:
        # Here, because every connection's policy comes by; and what raises is not remembered.
        self.powers.check(policy)
        return self._registries[attributes(policy)]

    def _with_attributes(self, extra: tuple[tuple[str, Attribute], ...]) -> Registry:
        return self._base.with_attributes(extra) if extra else self._base

    async def session(
        self, unit: AsyncUnit[T], tenant: str, policy: Policy, operation: str, caller: Caller | None = None
    ) -> Session[T]:
        """Return the session of a unit: the clock is read once, and the host is asked for the tenant's settings."""
        transaction = unit.transaction
        session = Session(
            unit=unit,
            transaction=transaction,
            host=self.host,
            powers=self.powers,
            registry=self.registry(policy),
            limits=self.limits,
            new_id=self.new_id,
            now=self.clock(),
            tenant=tenant,
            policy=policy,
            settings=await self.host.tenant(transaction, tenant),
            operation=operation,
            connection=caller.connection if caller else "",
            credential=caller.credential if caller else "",
            request=caller.request if caller else "",
            budget=Budget(self.limits.work, caller.budget if caller else None),
        )
        if caller is not None and caller.notes:
            session.note(*caller.notes)
        return session

    async def read(self, caller: Caller, work: Callable[[Session[T]], Awaitable[R]]) -> R:
        """Run a read on behalf of a client. Raises what the plan's gate refuses (POL-130)."""
        for attempt in range(self.limits.attempts):
            try:
                async with self.repository.unit(caller.tenant, write=False) as unit:
                    session = await self.session(unit, caller.tenant, caller.policy, "read", caller)
                    refusal = gate(caller.policy, session.settings, "read")
                    if refusal is not None:
                        raise refusal
                    return await work(session)
            except Serialization:
                # A read loses too: a connection that broke, or a snapshot that the store could not give.
                await self.repository.pause(attempt)
        raise Conflict(_BUSY)

    async def write(
        self, caller: Caller, operation: str, type: BoundType, id: str, work: Callable[[Session[T]], Awaitable[R]]
    ) -> R:
        """Run a write on behalf of a client: what it tolerated is counted, and what it refused is recorded."""
        # The sessions of all attempts: the notes of the last one are needed when its unit is gone.
        sessions: list[Session[T]] = []
        try:
            return await self.attempt(caller.tenant, caller.policy, operation, work, caller=caller, sessions=sessions)
        except WriteRefused as refused:
            notes = (*_notes(sessions), *refused.plan.notes)
            await self._record_refusal(caller, operation, type, refused.error, notes, refused.target, refused.account)
            raise refused.error from None
        except ScimError as error:
            await self._record_refusal(caller, operation, type, error, _notes(sessions), id)
            raise
        finally:
            self.tolerances.count(caller.tenant, caller.connection, _notes(sessions))

    async def attempt(
        self,
        tenant: str,
        policy: Policy,
        operation: str,
        work: Callable[[Session[T]], Awaitable[R]],
        *,
        caller: Caller | None = None,
        sessions: list[Session[T]] | None = None,
    ) -> R:
        """Run a whole unit of work, again when it loses a race, within a bound. Raises Conflict beyond it.

        It runs again, too, when the host raises `Later`: with that effect left waiting.
        `sessions` receives the session of every attempt, for those who need its notes afterwards.
        """
        rerun, lost = Rerun(self.new_id), 0
        while lost < self.limits.attempts:
            session: Session[T] | None = None
            try:
                async with self.repository.unit(tenant, write=True) as unit:
                    session = await self.session(unit, tenant, policy, operation, caller)
                    if sessions is not None:
                        sessions.append(session)
                    result = await work(session.in_run_of(rerun))
                # After the commit: an earlier run may have been undone, and waits for nothing.
                _log_delays(session)
                return result
            except PutOff as put_off:
                # This ends: each time one more effect is put off.
                rerun.put_off(put_off)
            except (Serialization, Stale, Gone):
                await self.repository.pause(lost)
                lost += 1
            except Exception as error:
                if session is not None and session.failed is not None and not isinstance(error, ScimError):
                    await self._record_failure(session, session.failed, error, caller)
                raise
        raise Conflict(_BUSY)

    async def join(
        self, within: T, tenant: str, policy: Policy, operation: str, work: Callable[[Session[T]], Awaitable[R]]
    ) -> R:
        """Run a unit of work in the transaction that the host has open, again when the host raises `Later`.

        Nothing else is tried again here: a transaction that lost a race is the host's, and so is its second try.
        """
        rerun = Rerun(self.new_id)
        while True:
            session: Session[T] | None = None
            try:
                # Joined by a savepoint of the repository's own: what the product wrote before stays.
                async with self.repository.join(within, tenant) as unit:
                    session = await self.session(unit, tenant, policy, operation)
                    result = await work(session.in_run_of(rerun))
                _log_delays(session)
                return result
            except PutOff as put_off:
                rerun.put_off(put_off)
            except Exception as error:
                if session is not None and session.failed is not None and not isinstance(error, ScimError):
                    # Only logged: what could be recorded now would go with the host's own transaction.
                    log_failure(tenant, session.failed, error, "What the event set off is undone.")
                raise

    async def dry_run(self, caller: Caller, operation: str, work: Callable[[Session[T]], Awaitable[Written]]) -> Plan:
        """Run a write that stops before it writes, and undo its unit all the same: its guards were written."""

        async def undone(session: Session[T]) -> None:
            raise _Undo(await work(session))

        try:
            await self.attempt(caller.tenant, caller.policy, operation, undone, caller=caller)
        except _Undo as undo:
            return undo.written.plan
        raise RuntimeError("a dry run that was not undone")

    async def _record_failure(
        self, session: Session[T], entry: EffectRecord, error: Exception, caller: Caller | None
    ) -> None:
        """Log and record what the host could not do, in a unit of its own: the one that failed is undone."""
        log_failure(session.tenant, entry, error, "The whole request is undone.")

        async def work(fresh: Session[T]) -> None:
            await audit_failure(fresh, entry, session.about, type(error).__name__)

        try:
            await self.attempt(session.tenant, session.policy, session.operation, work, caller=caller)
        except Exception as another:
            # The host is to see its own error, and not that of a store which is away as well.
            log_failure(session.tenant, entry, another, "The failure could not be recorded.")

    async def _record_refusal(
        self,
        caller: Caller,
        operation: str,
        type: BoundType,
        error: ScimError,
        notes: Sequence[Note],
        target: str,
        account: str | None = None,
    ) -> None:
        """Record it in a unit of its own, because the unit that refused is undone.

        Without an account (None) the target is what the client wrote in the URL, and may be no id at all.
        """
        error.notes = tuple((note.rule, note.text) for note in notes)

        async def work(session: Session[T]) -> None:
            known = target if account is not None else await target_of(session.unit, type.name, target)
            await audit_refusal(session, error, notes, type.name, known, account or "")

        try:
            await self.attempt(caller.tenant, caller.policy, operation, work, caller=caller)
        except Unavailable as away:
            # The refusal stands: the client is told what is wrong with its request, and not what is wrong with us.
            log_outage(away, "The refusal of a request could not be recorded")


class Tolerances:
    """Counts, by connection and rule, how often a request was read otherwise than by the letter.

    The counters are this process's: a host with several processes adds them up.
    """

    __slots__ = ("_counts",)

    def __init__(self) -> None:
        # Bounded, because connections come and go for as long as the process lives.
        self._counts: Bounded[tuple[str, str], Counter[str]] = Bounded(lambda _: Counter(), size=_CONNECTIONS)

    def count(self, tenant: str, connection: str, notes: Sequence[Note]) -> None:
        """Count the rules that acted in one request. A request that needed no tolerance costs nothing."""
        if notes:
            self._counts[tenant, connection].update(note.rule for note in notes)

    def of(self, tenant: str, connection: str) -> Mapping[str, int]:
        """Return each rule that acted, with how many times, the most frequent first."""
        return dict(self._counts.get((tenant, connection), Counter()).most_common())


def _checked_ids(new_id: Callable[[], str]) -> Callable[[], str]:
    """Return a function that makes the same ids. It raises ValueError for an id that no resource may have.

    RFC 7643 section 3.1: an id is not empty, and "bulkId" is reserved: "bulkId:x" would be a reference.
    """

    def make() -> str:
        id: object = new_id()
        if not isinstance(id, str):
            raise TypeError(f"new_id() must return a text, not {shown(id)}. For a UUID: lambda: str(uuid.uuid4()).")
        if not id or "bulkid" in id.lower():
            raise ValueError(f'new_id() gave {id!r}; an id is never empty, and "bulkId" is no part of one')
        return id

    return make


class _Undo(Exception):
    """Undoes the unit of a dry run. Only an exception does: a unit that ends without one is committed."""

    def __init__(self, written: Written) -> None:
        super().__init__(written.plan.outcome)
        self.written = written


def _log_delays(session: Session[T]) -> None:
    for entry in session.delayed:
        log_delay(session.tenant, entry)


def _notes(sessions: Sequence[Session[T]]) -> tuple[Note, ...]:
    return sessions[-1].notes if sessions else ()
