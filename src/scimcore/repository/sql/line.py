"""A lock that is had in the order in which it was asked for."""

from collections import deque
from threading import Lock


class Line:
    """Threads that wait are served first come, first served.

    `threading.Lock` goes to whoever is awake, which is most often the thread that has just let go of it.
    """

    def __init__(self) -> None:
        self._mutex = Lock()
        self._turns: deque[Lock] = deque()
        self._held = False

    def waited_for(self) -> bool:
        """Whether somebody waits."""
        return bool(self._turns)

    def acquire(self) -> None:
        """Wait for one's turn."""
        turn = Lock()
        turn.acquire()
        with self._mutex:
            if not self._held:
                self._held = True
                return
            self._turns.append(turn)
        try:
            turn.acquire()
        except BaseException:
            self._leave(turn)
            raise

    def release(self) -> None:
        """Let the next one have it."""
        with self._mutex:
            if self._turns:
                self._turns.popleft().release()
            else:
                self._held = False

    def _leave(self, turn: Lock) -> None:
        """Wait no longer: whoever was interrupted must not be given what it would never let go of."""
        with self._mutex:
            waits = turn in self._turns
            if waits:
                self._turns.remove(turn)
        if not waits:
            self.release()
