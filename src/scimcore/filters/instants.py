"""Points in time: texts of xsd:dateTime (RFC 7643 section 2.3.5) as microseconds since 1970 UTC."""

import re
from datetime import date, datetime, timedelta
from functools import lru_cache

from scimcore._durations import MINUTE

# RFC 7643 section 2.3.5: "both a date and a time". xsd:dateTime also allows 24:00:00, leap seconds and years beyond
# 9999, which datetime cannot represent. Offsets end at 14:00 (XML Schema part 2, section 3.2.7.3).
_DATE_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9])"
    r"(?:\.([0-9]+))?(?:Z|([+-](?:0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00))?"
)
_EPOCH = datetime(1970, 1, 1)
_EPOCH_DAY = _EPOCH.toordinal()
_MINUTES_A_DAY = 1440
_MICROSECOND = timedelta(microseconds=1)
_LAST = (datetime.max - _EPOCH) // _MICROSECOND
_FIRST = (datetime.min - _EPOCH) // _MICROSECOND


def instant(text: str) -> int:
    """Return the microseconds since 1970 UTC. Without an offset the text means UTC; further digits are cut off.

    Raises ValueError for a text that is not an xsd:dateTime.
    """
    match = _DATE_TIME.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a date and time as in 2011-05-13T04:42:34Z")
    moment, fraction, offset = match.groups()
    # The offset is added as an integer: a datetime with a zone overflows at the ends of the calendar.
    since = datetime.fromisoformat(moment) - _EPOCH
    micros = (since.days * 86_400 + since.seconds) * 1_000_000
    if fraction:
        # Six digits, padded or cut on the right: "5" is half a second.
        micros += int(f"{fraction:0<6.6}")
    if offset:
        minutes = int(offset[1:3]) * 60 + int(offset[4:])
        micros += (minutes if offset[0] == "-" else -minutes) * 60_000_000
        if not _FIRST <= micros <= _LAST:
            raise ValueError(f"{text!r} is out of range")
    return micros


# What is shown together was mostly written together, so that few minutes are in use at a time.
@lru_cache(maxsize=4096)
def _minute(minutes: int) -> str:
    days, rest = divmod(minutes, _MINUTES_A_DAY)
    return f"{date.fromordinal(_EPOCH_DAY + days).isoformat()}T{rest // 60:02d}:{rest % 60:02d}:"


def from_instant(micros: int) -> str:
    """The instant as an xsd:dateTime in UTC, with a fraction only if it has one.

    Exact to the microsecond: a client that filters by the time that it was shown must find the resource.
    """
    minutes, rest = divmod(micros, MINUTE)
    seconds, fraction = divmod(rest, 1_000_000)
    if fraction:
        return f"{_minute(minutes)}{seconds:02d}.{fraction:06d}Z"
    return f"{_minute(minutes)}{seconds:02d}Z"
