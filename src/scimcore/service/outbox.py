"""Effects as records, and back: what the outbox keeps."""

from collections.abc import Sequence
from typing import Any

from attrs import evolve, fields

from scimcore.policy.effects import EFFECTS, OPENED, Effect
from scimcore.repository.records import EffectRecord, EffectState
from scimcore.schema.json import Json, JsonObject

_CLASSES: dict[str, type[Effect]] = {effect.__name__: effect for effect in EFFECTS}


_FIELDS: dict[str, tuple[str, ...]] = {
    name: tuple(f.name for f in fields(kind) if f.name not in ("account", "due")) for name, kind in _CLASSES.items()
}


def name_account(effects: Sequence[Effect], account: str | None) -> tuple[Effect, ...]:
    """The effects with the account that the host has just opened in the place of `OPENED`."""
    return tuple(evolve(e, account=account) if e.account == OPENED and account else e for e in effects)


def in_order_by(effect: Effect) -> str:
    """What keeps effects in order. Those on a team have no account; the team's id stands in its place."""
    return effect.account or getattr(effect, "team", "")


def record(effect: Effect, *, transaction: str, at: int, nth: int, state: EffectState = "waiting") -> EffectRecord:
    """The outbox entry of the n-th effect of a transaction."""
    kind = type(effect).__name__
    return EffectRecord(
        key=f"{transaction}-{nth}",
        type=kind,
        account=in_order_by(effect),
        at=at,
        nth=nth,
        due=effect.due,
        state=state,
        payload={name: _plain(getattr(effect, name)) for name in _FIELDS[kind]},
    )


def _plain(value: Json | tuple[Json, ...]) -> Json:
    return list(value) if isinstance(value, tuple) else value


def effect(entry: EffectRecord) -> Effect:
    """The effect that the entry stands for. Raises KeyError for a type that this version does not know."""
    payload: dict[str, Any] = {n: tuple(v) if isinstance(v, list) else v for n, v in entry.payload.items()}
    account = "" if "team" in payload else entry.account
    return _CLASSES[entry.type](account=account, due=entry.due, **payload)


def summary(entry: EffectRecord) -> JsonObject:
    """The entry as plain data, for people and for tests."""
    return {
        "type": entry.type,
        "account": "" if "team" in entry.payload else entry.account,
        **entry.payload,
        "key": entry.key,
        "at": entry.at,
        "nth": entry.nth,
        "due": entry.due,
        "state": entry.state,
        "attempts": entry.attempts,
        "error": entry.error,
    }
