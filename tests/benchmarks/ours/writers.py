"""Eight writers at a time, in threads of one process and in eight processes: how long the slow writes take.

What is measured is one request, from asking to the answer, waiting for the others included.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from random import Random
from statistics import quantiles
from threading import Barrier, Thread
from time import perf_counter, time_ns

from tests.benchmarks import samples
from tests.benchmarks.ours.processes import environment
from tests.benchmarks.ours.support import SeededProduct, seeded_product
from tests.benchmarks.worker import Maker, Settings, Work

WRITERS = 8
#: A hundredth of the writes has to be some of them.
_LEAST_SECONDS = 3.0


def _in_threads(ready: SeededProduct, seconds: float) -> list[float]:
    together = Barrier(WRITERS)
    took: list[list[float]] = [[] for _ in range(WRITERS)]

    def one(own: list[float]) -> None:
        together.wait()
        own += _writes(ready, seconds)

    threads = [Thread(target=one, args=(own,)) for own in took]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [time for own in took for time in own]


def _in_processes(ready: SeededProduct, seconds: float) -> list[float]:
    command = [sys.executable, "-m", "tests.benchmarks.ours.writers", ready.url, str(ready.users), str(seconds)]
    running = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment())
        for _ in range(WRITERS)
    ]
    for process in running:
        process.stdout.readline()  # type: ignore[union-attr]  # there is a pipe: it was asked for
    for process in running:
        print(file=process.stdin, flush=True)
    return [time for process in running for time in json.loads(process.communicate()[0])]


def _writes(ready: SeededProduct, seconds: float) -> list[float]:
    # No two writers choose the same users.
    random, number = Random(), time_ns()
    found, end = [], perf_counter() + seconds
    while (start := perf_counter()) < end:
        number += 1
        id = samples.user_id(random.randrange(ready.users))
        ready.ask(ready.request("PATCH", f"/Users/{id}", body=samples.patch_title(number)))
        found.append(perf_counter() - start)
    return found


class _Percentiles:
    """Of one run, the share of writes that were faster, and the median when it is asked for behind it."""

    def __init__(self, ready: SeededProduct, run: Callable[[SeededProduct, float], Sequence[float]]) -> None:
        self._ready, self._run = ready, run
        self._median = 0.0

    def slow(self, seconds: float) -> float:
        cuts = quantiles(self._run(self._ready, max(seconds, _LEAST_SECONDS) if seconds else 0.2), n=100)
        self._median = cuts[49]
        return cuts[98]

    def median(self, _: float) -> float:
        return self._median


@lru_cache
def _percentiles(settings: Settings, run: Callable[[SeededProduct, float], Sequence[float]]) -> _Percentiles:
    return _Percentiles(seeded_product(settings, settings.users), run)


def _slow(run: Callable[[SeededProduct, float], Sequence[float]]) -> Maker:
    return lambda settings: _percentiles(settings, run).slow


def _median(run: Callable[[SeededProduct, float], Sequence[float]]) -> Maker:
    return lambda settings: _percentiles(settings, run).median


WORKS: Mapping[str, Callable[[Settings], Work]] = {
    "writers.threads.slow": _slow(_in_threads),
    "writers.threads.median": _median(_in_threads),
    "writers.processes.slow": _slow(_in_processes),
    "writers.processes.median": _median(_in_processes),
}


def _main(url: str, users: int, seconds: float) -> None:
    ready = SeededProduct(url, users)
    ready.ask(ready.request("GET", "/Users", "count=1"))
    print("ready", flush=True)
    sys.stdin.readline()
    print(json.dumps(_writes(ready, seconds)))


if __name__ == "__main__":
    _main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
