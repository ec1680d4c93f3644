"""Instants as the dateTime texts that answers show."""

from datetime import date
from functools import lru_cache
from typing import Final

_DAY: Final = 86_400_000_000
_MINUTE: Final = 60_000_000
_EPOCH: Final = date(1970, 1, 1).toordinal()


@lru_cache(maxsize=4096)
def _day(days: int) -> str:
    return date.fromordinal(_EPOCH + days).isoformat()


@lru_cache(maxsize=1440)
def _minute(minutes: int) -> str:
    return f"T{minutes // 60:02d}:{minutes % 60:02d}:"


def date_time(instant: int) -> str:
    """Microseconds since 1970, UTC, to the last one: a client that asks for exactly this time must find it."""
    days, rest = divmod(instant, _DAY)
    minutes, rest = divmod(rest, _MINUTE)
    seconds, micros = divmod(rest, 1_000_000)
    if micros:
        return f"{_day(days)}{_minute(minutes)}{seconds:02d}.{micros:06d}Z"
    return f"{_day(days)}{_minute(minutes)}{seconds:02d}Z"
