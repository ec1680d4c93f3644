"""Effects as records, and back: what the outbox keeps."""

from collections.abc import Sequence
from functools import cache

from attrs import evolve, fields

from scimcore.policy.effects import EFFECTS, OPENED, Effect
from scimcore.repository.records import EffectRecord
from scimcore.schema.json import Json, JsonObject

_CLASSES: dict[str, type[Effect]] = {effect.__name__: effect for effect in EFFECTS}


@cache
def _own_fields(effect: type[Effect]) -> tuple[str, ...]:
    return tuple(f.name for f in fields(effect) if f.name not in ("account", "due"))


def name_account(effects: Sequence[Effect], account: str | None) -> tuple[Effect, ...]:
    """The effects with the account that the host has just opened in the place of `OPENED`."""
    return tuple(evolve(e, account=account) if e.account == OPENED and account else e for e in effects)


def record(effect: Effect, *, transaction: str, at: int, nth: int) -> EffectRecord:
    """The outbox entry of the n-th effect of a transaction, waiting."""
    kind = type(effect)
    return EffectRecord(
        key=f"{transaction}-{nth}",
        type=kind.__name__,
        account=effect.account,
        at=at,
        nth=nth,
        due=effect.due,
        payload={name: _plain(getattr(effect, name)) for name in _own_fields(kind)},
    )


def _plain(value: Json | tuple[Json, ...]) -> Json:
    return list(value) if isinstance(value, tuple) else value


def effect(entry: EffectRecord) -> Effect:
    """The effect that the entry stands for. Raises KeyError for a type that this version does not know."""
    payload = {name: tuple(v) if isinstance(v, list) else v for name, v in entry.payload.items()}
    return _CLASSES[entry.type](account=entry.account, due=entry.due, **payload)  # type: ignore[arg-type]  # own fields, as recorded


def summary(entry: EffectRecord) -> JsonObject:
    """The entry as plain data, for people and for tests."""
    return {
        "type": entry.type,
        "account": entry.account,
        **entry.payload,
        "key": entry.key,
        "at": entry.at,
        "due": entry.due,
        "state": entry.state,
        "attempts": entry.attempts,
        "error": entry.error,
    }
