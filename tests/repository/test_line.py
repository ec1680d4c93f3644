"""Writers of one process on SQLite stand in line."""

import threading
import time

import pytest

from scimcore.repository.sql.line import Line


def _queue(line: Line, names: list[str], served: list[str]) -> list[threading.Thread]:
    """Threads that ask for it one after the other."""

    def wait(name: str) -> None:
        line.acquire()
        served.append(name)
        line.release()

    threads = []
    for nth, name in enumerate(names, 1):
        threads.append(threading.Thread(target=wait, args=(name,), daemon=True))
        threads[-1].start()
        while len(line._turns) < nth:
            time.sleep(0.001)
    return threads


def test_who_asks_first_is_served_first() -> None:
    line, served = Line(), list[str]()
    line.acquire()
    threads = _queue(line, ["a", "b", "c", "d"], served)
    line.release()
    # Whoever comes back at once waits behind those who are there.
    line.acquire()
    assert served == ["a", "b", "c", "d"]
    line.release()
    for thread in threads:
        thread.join(5)


def test_it_is_free_again_when_nobody_waits() -> None:
    line = Line()
    for _ in range(3):
        line.acquire()
        line.release()


class Interrupted(BaseException):
    pass


def test_who_is_interrupted_leaves_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    line, served = Line(), list[str]()
    line.acquire()

    class Turn:
        """A lock whose waiting is interrupted."""

        def __init__(self) -> None:
            self.asked = 0

        def acquire(self) -> None:
            self.asked += 1
            if self.asked == 2:
                raise Interrupted

    with monkeypatch.context() as patched:
        patched.setattr("scimcore.repository.sql.line.Lock", Turn)
        with pytest.raises(Interrupted):
            line.acquire()
    (thread,) = _queue(line, ["next"], served)
    line.release()
    thread.join(5)
    assert served == ["next"]
