"""The outbox, drained: at least once, in order per account, with back-off, and dead letters that wait for an admin."""

from collections.abc import Callable
from typing import Any, Final, Generic, TypeVar

from attrs import evolve, frozen

from scimcore.host import AsyncHost, Later
from scimcore.policy.policy import Policy
from scimcore.repository.protocol import Serialization
from scimcore.repository.records import EffectRecord
from scimcore.schema import Registry
from scimcore.schema.json import JsonObject
from scimcore.service import outbox
from scimcore.service.fanning import Fan
from scimcore.service.limits import Limits
from scimcore.service.seams import AsyncRepository, AsyncUnit

T = TypeVar("T")

#: Microseconds until the second try; doubled for every further one, up to the last value.
_FIRST_WAIT: Final = 1_000_000
_LONGEST_WAIT: Final = 3_600_000_000


@frozen(kw_only=True)
class Drain(Generic[T]):
    """What is needed to hand waiting effects to the host."""

    repository: AsyncRepository[T]
    host: AsyncHost[T]
    tenant: str
    policy: Policy
    registry: Registry
    clock: Callable[[], int]
    limits: Limits

    async def run(self, limit: int) -> int:
        """Each effect in a unit of its own, so that one that fails takes nothing else with it; how many were done."""
        async with self.repository.unit(self.tenant, write=False) as unit:
            waiting = await unit.waiting(self.clock(), limit)
        done = 0
        for entry in waiting:
            try:
                async with self.repository.unit(self.tenant, write=True) as unit:
                    done += await self._handle(unit, entry, self.clock())
            except Serialization:
                # Nothing failed: another unit was quicker. The next drain finds the effect as it is then.
                continue
            except Later:
                await self._try_later(entry, "", self.clock())
            except Exception as error:
                # Only the class of the error is stored: its text may name a person.
                await self._try_later(entry, type(error).__name__, self.clock())
        return done

    async def _handle(self, unit: AsyncUnit[T], entry: EffectRecord, now: int) -> bool:
        """Whether it is done. Nothing overtakes an older effect of the same account."""
        await unit.guard(f"effects:{entry.account}")
        backlog = await unit.backlog(entry.account, now, 1)
        if not backlog or backlog[0].key != entry.key:
            return False
        fan = Fan(unit=unit, policy=self.policy, registry=self.registry, now=now, page=self.limits.link_page)
        effect = await fan.late(entry.effect)
        resource = await _resource(unit, entry)
        await outbox.hand_over(self.host, unit.transaction, self.tenant, effect, entry.key, resource)
        await unit.update_effect(evolve(entry, state="done", attempts=entry.attempts + 1, error=""))
        return True

    async def _try_later(self, entry: EffectRecord, error: str, now: int) -> None:
        """Wait longer each time, and after too many failures give it to an admin. No error: the host raised `Later`.

        Failures count in a row: a host that says `Later` works, and must not be one failure away from a dead letter.
        """
        attempts = entry.attempts + 1 if bool(error) == bool(entry.error) else 1
        wait = min(_FIRST_WAIT << min(attempts - 1, 20), _LONGEST_WAIT)
        state = "dead" if error and attempts >= self.limits.effect_attempts else entry.state
        async with self.repository.unit(self.tenant, write=True) as unit:
            await unit.guard(f"effects:{entry.account}")
            # While the host was busy failing, it may have been called off.
            if entry not in await unit.backlog(entry.account, now, 1):
                return
            await unit.update_effect(evolve(entry, state=state, attempts=attempts, due=now + wait, error=error))


async def _resource(unit: AsyncUnit[Any], entry: EffectRecord) -> JsonObject | None:
    """The resource as it is now, of the account or the team that the effect names."""
    binding = await unit.binding_of(entry.account)
    document = await unit.get(binding.type, binding.resource) if binding else None
    return None if document is None else {**document.data, "id": document.id}


async def release(repository: AsyncRepository[T], tenant: str, key: str) -> bool:
    """Let the dead letter of that key be tried again."""
    async with repository.unit(tenant, write=True) as unit:
        after: tuple[int, int] | None = None
        while page := await unit.effects(after, 1000):
            for entry in page:
                if entry.key == key and entry.state == "dead":
                    await unit.update_effect(evolve(entry, state="waiting", attempts=0, due=0))
                    return True
            after = (page[-1].at, page[-1].nth)
    return False
