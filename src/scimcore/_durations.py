"""Lengths of time in microseconds, which is what all times of the library count in (since 1970, UTC).

Integers and no floats: every database stores and compares them exactly, and so does JSON.
"""

from typing import Final

SECOND: Final = 1_000_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
#: A day in microseconds.
DAY: Final = 24 * HOUR
