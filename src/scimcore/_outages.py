"""Log lines about a store that is away: one for each kind and second, because every request fails in the same way."""

import logging
from collections.abc import Callable
from threading import Lock
from time import monotonic
from typing import Final

from scimcore._cache import Bounded

#: Seconds in which one line of each kind is enough.
_QUIET: Final = 1.0
#: Characters of a driver's text in a log line: it is for finding the cause, and some drivers quote whole statements.
_LONGEST: Final = 300


class LogLimiter:
    """Decides which lines are logged. `clock` returns seconds; only differences count."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        # By kind: when the last line was logged, and how many were left out since. Bounded, because the kinds are class
        # names of errors, and those are as many as the host's drivers have.
        self._last: Bounded[str, tuple[float, int]] = Bounded(lambda _: (-_QUIET, 0), size=64)
        self._left_out = 0
        self._lock = Lock()

    def take(self, kind: str) -> int | None:
        """Return how many lines were left out since the last one, or None if this line is to be left out as well."""
        now = self._clock()
        # Threads that fail at the same moment would all log their line.
        with self._lock:
            logged, left_out = self._last[kind]
            if now - logged < _QUIET:
                self._last[kind] = logged, left_out + 1
                return None
            self._last[kind] = now, 0
        return left_out


_limiter: Final = LogLimiter()


def log_outage(problem: Exception, what: str, limiter: LogLimiter | None = None) -> None:
    """Log in one line, without a traceback, what an outage did; at most once a second for each kind of cause."""
    cause = problem.__cause__ or problem
    left_out = (limiter or _limiter).take(type(getattr(cause, "orig", None) or cause).__name__)
    if left_out is None:
        return
    # A driver's text has several lines; the first ones say what is wrong.
    text = " ".join(str(problem).split())[:_LONGEST]
    more = f" ({left_out} more such lines were left out)" if left_out else ""
    logging.getLogger("scimcore").error("%s: the store is away: %s%s", what, text, more)
