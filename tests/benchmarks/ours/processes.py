"""What a fresh process takes: time to import, memory to serve."""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.benchmarks.ours.support import SeededProduct, seeded_product
from tests.benchmarks.worker import Maker, Settings, Work

_TIMED = "from time import perf_counter as t; s = t(); import {}; print(t() - s)"


def _importing(names: str) -> Maker:
    def round(_: float) -> float:
        return float(_output("-c", _TIMED.format(names)))

    return lambda _: round


def _peak(part: int) -> Maker:
    """The largest resident set of a process that serves pages of 1,000 users, in bytes."""

    def make(settings: Settings) -> Work:
        ready = seeded_product(settings, settings.scale // part)
        arguments = ("-m", "tests.benchmarks.ours.processes", ready.url, str(ready.users))
        return lambda _: float(_output(*arguments))

    return make


def _output(*arguments: str) -> str:
    return subprocess.run(
        [sys.executable, *arguments], check=True, capture_output=True, text=True, env=environment()
    ).stdout


def environment() -> Mapping[str, str]:
    """What a process needs that is to find the same modules."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


def _serve_large_pages(url: str, users: int) -> int:
    ready = SeededProduct(url, users)
    for start in (1, max(1, users // 2 - 999), users - 999):
        answer = ready.ask(ready.request("GET", "/Users", f"startIndex={start}&count=1000"))
        assert len(json.loads(answer.body)["Resources"]) == 1000
    return _peak_of_this_process()


def _peak_of_this_process() -> int:
    """In bytes. What getrusage() tells begins with the size of the process that started this one."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


WORKS: Mapping[str, Maker] = {
    "import.ours": _importing("scimcore"),
    "import.floor": _importing("attrs, cattrs"),
    "memory.large": _peak(1),
    "memory.tenth": _peak(10),
}

if __name__ == "__main__":
    print(_serve_large_pages(sys.argv[1], int(sys.argv[2])))
