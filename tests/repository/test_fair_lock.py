"""Writers of one process on SQLite stand in lock."""

import threading
import time

import pytest

from scimcore.repository.sql.group_commit import FairLock


def _queue(lock: FairLock, names: list[str], served: list[str]) -> list[threading.Thread]:
    """Threads that ask for it one after the other."""

    def wait(name: str) -> None:
        lock.acquire()
        served.append(name)
        lock.release()

    threads = []
    for nth, name in enumerate(names, 1):
        threads.append(threading.Thread(target=wait, args=(name,), daemon=True))
        threads[-1].start()
        while lock.waiting < nth:
            time.sleep(0.001)
    return threads


def test_who_asks_first_is_served_first() -> None:
    lock, served = FairLock(), list[str]()
    lock.acquire()
    threads = _queue(lock, ["a", "b", "c", "d"], served)
    lock.release()
    # Whoever comes back at once waits behind those who are there.
    lock.acquire()
    assert served == ["a", "b", "c", "d"]
    lock.release()
    for thread in threads:
        thread.join(5)


def test_it_is_free_again_when_nobody_waits() -> None:
    lock = FairLock()
    for _ in range(3):
        lock.acquire()
        lock.release()


class Interrupted(BaseException):
    pass


def test_who_is_interrupted_leaves_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    lock, served = FairLock(), list[str]()
    lock.acquire()

    class Turn:
        """A lock whose waiting is interrupted."""

        def __init__(self) -> None:
            self.asked = 0

        def acquire(self) -> None:
            self.asked += 1
            if self.asked == 2:
                raise Interrupted

    with monkeypatch.context() as patched:
        patched.setattr("scimcore.repository.sql.group_commit.Lock", Turn)
        with pytest.raises(Interrupted):
            lock.acquire()
    (thread,) = _queue(lock, ["next"], served)
    lock.release()
    thread.join(5)
    assert served == ["next"]
