"""Instants as the dateTime texts that answers show."""

from datetime import date
from functools import lru_cache
from typing import Final

_MINUTE: Final = 60_000_000
_IN_A_DAY: Final = 1440
_EPOCH: Final = date(1970, 1, 1).toordinal()


@lru_cache(maxsize=4096)
def _minute(minutes: int) -> str:
    days, rest = divmod(minutes, _IN_A_DAY)
    return f"{date.fromordinal(_EPOCH + days).isoformat()}T{rest // 60:02d}:{rest % 60:02d}:"


def date_time(instant: int) -> str:
    """Microseconds since 1970, UTC, to the last one: a client that asks for exactly this time must find it."""
    minutes, rest = divmod(instant, _MINUTE)
    seconds, micros = divmod(rest, 1_000_000)
    if micros:
        return f"{_minute(minutes)}{seconds:02d}.{micros:06d}Z"
    return f"{_minute(minutes)}{seconds:02d}Z"
