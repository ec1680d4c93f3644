"""What the product's own pages take: plain JSON, checked by hand."""

import json
from typing import Final

from attrs import evolve

from scimcore.schema.json import Json, JsonObject
from trial.settings import PLANS, Settings

_SETTINGS: Final = ("seat_limit", "plan", "default_role", "sso_enforced", "verified_domains")


class BadBody(Exception):
    """What was sent is not what the page takes; the text says what is."""


def read(body: bytes) -> JsonObject:
    """The JSON object in a request; an empty body is an empty object. Raises BadBody."""
    if not body.strip():
        return {}
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise BadBody("send JSON") from None
    if not isinstance(found, dict):
        raise BadBody("send a JSON object")
    return found


def settings(before: Settings, body: JsonObject) -> Settings:
    """The settings with what the body says changed. Raises BadBody."""
    for name in body:
        if name not in _SETTINGS:
            raise BadBody(f"{name!r} is no setting: {', '.join(_SETTINGS)}")
    return evolve(
        before,
        seat_limit=_seat_limit(body, before),
        plan=_plan(body, before),
        default_role=text(body, "default_role", before.default_role),
        sso_enforced=flag(body, "sso_enforced", before.sso_enforced),
        verified_domains=texts(body, "verified_domains", before.verified_domains),
    )


def _seat_limit(body: JsonObject, before: Settings) -> int | None:
    value = body.get("seat_limit", before.seat_limit)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**31:
        raise BadBody("seat_limit: a whole number from 0, or null")
    return value


def _plan(body: JsonObject, before: Settings) -> str:
    value = text(body, "plan", before.plan)
    if value not in PLANS:
        raise BadBody(f"plan: one of {', '.join(PLANS)}")
    return value


def text(body: JsonObject, name: str, default: str | None = None) -> str:
    """A text that is not empty. Raises BadBody."""
    value: Json = body.get(name, default)
    if not isinstance(value, str) or not value.strip() or not _storable(value):
        raise BadBody(f"{name}: a text")
    return value


def flag(body: JsonObject, name: str, default: bool) -> bool:
    """True or false. Raises BadBody."""
    value = body.get(name, default)
    if not isinstance(value, bool):
        raise BadBody(f"{name}: true or false")
    return value


def texts(body: JsonObject, name: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
    """A list of texts, each once. Raises BadBody."""
    value = body.get(name, None if default is None else list(default))
    if not isinstance(value, list):
        raise BadBody(f"{name}: a list of texts")
    found = [item for item in value if isinstance(item, str) and item.strip() and _storable(item)]
    if len(found) < len(value):
        raise BadBody(f"{name}: a list of texts")
    return tuple(dict.fromkeys(found))


def _storable(value: str) -> bool:
    """PostgreSQL keeps no NUL, and nothing keeps half a surrogate pair."""
    return "\0" not in value and value.isprintable()
