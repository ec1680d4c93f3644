"""The calls of a worker, from time to time: hand out waiting effects, let time pass, delete what is old."""

from collections.abc import Sequence
from typing import Any, Final, Generic, TypeVar

from attrs import evolve, frozen

from scimcore._durations import DAY, HOUR
from scimcore.errors import ScimError
from scimcore.host import Later
from scimcore.policy.policy import Policy
from scimcore.policy.triggers import TimePassed
from scimcore.repository import AsyncUnit, EffectRecord, RepositoryError, Serialization
from scimcore.schema import Registry
from scimcore.schema.json import JsonObject
from scimcore.service import host_events
from scimcore.service.committing import hand_over
from scimcore.service.engine import Engine
from scimcore.service.outbox import FIRST_WAIT, WAITS_FOR, TeamMembers, guard_of, is_pointless, log_failure, releases
from scimcore.service.results import Purged
from scimcore.service.session import Session

T = TypeVar("T")

#: Entries of an account's backlog that are looked at.
_LOOKED_AT: Final = 1000
#: What becomes of an effect that failed, for the log.
_AFTER: Final = {
    "waiting": "It is tried again.",
    "dead": "It is a dead letter now: retry it when the cause is mended.",
    "cancelled": "Meanwhile it was called off.",
}
#: Microseconds that a try waits at most.
_LONGEST_WAIT: Final = HOUR


class AsyncWorker(Generic[T]):
    """`service.worker`: for a process that runs beside the requests. All of it may be called again at any time."""

    def __init__(self, engine: Engine[T]) -> None:
        self._engine = engine

    async def drain(self, tenant: str, *, policy: Policy, limit: int = 100) -> int:
        """Hand waiting effects that are due to the host, what takes access away first; return how many were done.

        The policy says who counts in a team that is handed over as a whole.
        """
        # The registry here and not for each effect: a policy that needs a power which the host lacks is the caller's
        # mistake, and must not become a failure of every effect.
        registry = self._engine.registry(policy)
        return await _Drain(engine=self._engine, tenant=tenant, policy=policy, registry=registry).run(limit)

    async def run_due(self, tenant: str, *, policy: Policy, limit: int = 100) -> int:
        """Move on what the clock has reached: expired invitations, tombstones to purge, marks to remove.

        Returns how many bindings and marks there were; call again until it is 0.
        Raises what the host raised for one of them, when all the others have been done.
        """
        async with self._engine.repository.unit(tenant, write=False) as unit:
            due = await unit.due(self._engine.clock(), limit)
        moved, failed = 0, list[Exception]()
        for binding in due:
            # Each in a unit of its own: one that fails, or that waits for a lock, must not hold up the others.
            async def work(session: Session[T], resource: str = binding.resource) -> int:
                return await host_events.pass_time(session, resource)

            try:
                moved += await self._engine.attempt(tenant, policy, TimePassed.__name__, work)
            except (RepositoryError, ScimError):
                raise
            except Exception as error:
                # The engine has logged and recorded it. An invitation that cannot be cancelled must not keep the
                # account of another user from being deleted.
                failed.append(error)

        async def expire(session: Session[T]) -> int:
            return await session.unit.expire_marks(session.now, limit)

        moved += await self._engine.attempt(tenant, policy, TimePassed.__name__, expire)
        if failed:
            raise failed[0]
        return moved

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


# the outbox: at least once, by lane and in order per account, with growing waits, and dead letters for an administrator


@frozen(kw_only=True)
class _Drain(Generic[T]):
    """Hands the waiting effects of one tenant to the host."""

    engine: Engine[T]
    tenant: str
    policy: Policy
    registry: Registry

    async def run(self, limit: int) -> int:
        """Hand each effect over in a unit of its own, and return how many were done."""
        # In units of their own, so that one that fails takes nothing else with it.
        repository, clock = self.engine.repository, self.engine.clock
        # The list is read without a lock, so every entry is looked at again when its turn comes.
        async with repository.unit(self.tenant, write=False) as unit:
            waiting = await unit.waiting(clock(), limit)
        done = 0
        for entry in waiting:
            try:
                async with repository.unit(self.tenant, write=True) as unit:
                    done += await self._handle(unit, entry, clock())
            except Serialization:
                # Nothing failed: another unit was quicker. The next drain finds the effect as it is then.
                continue
            except Later:
                await self._try_later(entry, "", clock())
            except Exception as error:
                # Only the class of the error is stored: its text may name a person.
                state = await self._try_later(entry, type(error).__name__, clock())
                log_failure(self.tenant, entry, error, _AFTER[state])
        return done

    async def _handle(self, unit: AsyncUnit[T], entry: EffectRecord, now: int) -> bool:
        """Hand it over, unless something older that it waits for is unfinished. True if it is done."""
        # The guard first: two workers must not hand over the same effect, or two of one account, at the same time.
        await unit.guard(guard_of(entry.account, entry.lane))
        backlog = await unit.backlog(entry.account, now, _LOOKED_AT)
        if entry not in backlog or self._has_to_wait(entry, backlog):
            return False
        effect = entry.effect
        older = [other for other in backlog if (other.at, other.nth) < (entry.at, entry.nth)]
        for other in older:
            # A suspension whose grace period is over calls off what it makes pointless, as one in a request does.
            if is_pointless(other, effect):
                await unit.update_effect(evolve(other, state="cancelled"))
                if releases(effect, other):
                    await unit.update_effect(evolve(entry, state="cancelled"))
                    return False
        team_members = TeamMembers(
            unit=unit,
            policy=self.policy,
            registry=self.registry,
            now=now,
            page=self.engine.limits.link_page,
        )
        effect = await team_members.still_in(effect)
        resource = await _resource(unit, entry)
        await hand_over(self.engine.host, unit.transaction, self.tenant, effect, entry.key, resource)
        await unit.update_effect(evolve(entry, state="done", attempts=entry.attempts + 1, error=""))
        return True

    @staticmethod
    def _has_to_wait(entry: EffectRecord, backlog: Sequence[EffectRecord]) -> bool:
        before = WAITS_FOR[entry.lane]
        if len(backlog) == _LOOKED_AT and before:
            # A full page may hide what comes before it, in another lane.
            return backlog[0].key != entry.key
        place = (entry.at, entry.nth)
        return any(
            # Access that waits goes first even if it is newer: whoever was shut out stays out.
            other.lane in before and ((other.at, other.nth) < place or other.lane == "access")
            for other in backlog
            if other.key != entry.key
        )

    async def _try_later(self, entry: EffectRecord, error: str, now: int) -> str:
        """Wait longer each time, and after too many failures give it to an admin. No error: the host raised `Later`.

        Failures count in a row: a host that says `Later` works, and must not be one failure away from a dead letter.
        Returns the state of the effect now.
        """
        # An entry without an error was put off by `Later` before, or never tried.
        attempts = entry.attempts + 1 if bool(error) == bool(entry.error) else 1
        # The shift is bounded, too: a number of a thousand bits is no waiting time.
        wait = min(FIRST_WAIT << min(attempts - 1, 20), _LONGEST_WAIT)
        state = "dead" if error and attempts >= self.engine.limits.effect_attempts else entry.state
        async with self.engine.repository.unit(self.tenant, write=True) as unit:
            await unit.guard(guard_of(entry.account, entry.lane))
            # While the host was busy failing, it may have been called off.
            if entry not in await unit.backlog(entry.account, now, _LOOKED_AT):
                return "cancelled"
            await unit.update_effect(evolve(entry, state=state, attempts=attempts, due=now + wait, error=error))
        return state


async def _resource(unit: AsyncUnit[Any], entry: EffectRecord) -> JsonObject | None:
    """The resource as it is now, of the account or the team that the effect names."""
    binding = await unit.binding_of(entry.account)
    document = await unit.get(binding.type, binding.resource) if binding else None
    return None if document is None else {**document.data, "id": document.id}
