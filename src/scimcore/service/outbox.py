"""Effects on their way: into the outbox as records, and to the host."""

from collections.abc import Mapping, Sequence
from typing import Final, TypeVar

from attrs import evolve, fields

from scimcore._arguments import shown
from scimcore.host import AsyncHost
from scimcore.policy.effects import EFFECTS, OPENED, AnyEffect
from scimcore.repository.records import EffectRecord, EffectState
from scimcore.schema.json import Json, JsonObject
from scimcore.service.sync_adapter import class_of

T = TypeVar("T")

#: The fields of each effect that are its own. Read once: an effect is recorded on every write.
_FIELDS: Final[Mapping[type[AnyEffect], tuple[str, ...]]] = {
    kind: tuple(f.name for f in fields(kind) if f.name not in ("account", "due")) for kind in EFFECTS
}


async def hand_over(
    host: AsyncHost[T], tx: T, tenant: str, effect: AnyEffect, key: str, resource: JsonObject | None
) -> None:
    """The host carries the effect out. Raises TypeError when it returns anything, and what it raises."""
    # A boolean would be read as "done" by one and as "not yet" by another, so a host that returns one is told.
    returned: object = await host.handle(tx, tenant, effect, key=key, resource=resource)  # type: ignore[func-returns-value]  # that is the question
    if returned is not None:
        raise TypeError(
            f"{class_of(host)}.handle returned {shown(returned)} for {type(effect).__name__}. Return nothing when the "
            "effect is done; raise Later to leave it to the worker."
        )


def name_account(effects: Sequence[AnyEffect], account: str | None) -> tuple[AnyEffect, ...]:
    """The effects with the account that the host has just opened in the place of `OPENED`."""
    return tuple(evolve(e, account=account) if e.account == OPENED and account else e for e in effects)


def in_order_by(effect: AnyEffect) -> str:
    """What keeps effects in order. Those on a team have no account; the team's id stands in its place."""
    return effect.account or getattr(effect, "team", "")


def record(effect: AnyEffect, *, transaction: str, at: int, nth: int, state: EffectState = "waiting") -> EffectRecord:
    """The outbox entry of the n-th effect of a transaction."""
    return EffectRecord(
        key=f"{transaction}-{nth}",
        type=type(effect).__name__,
        account=in_order_by(effect),
        at=at,
        nth=nth,
        due=effect.due,
        state=state,
        payload={name: _plain(getattr(effect, name)) for name in _FIELDS[type(effect)]},
    )


def _plain(value: Json | tuple[Json, ...]) -> Json:
    return list(value) if isinstance(value, tuple) else value
