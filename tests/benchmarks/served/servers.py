"""The servers under load: each a process with a database of its own, on the loopback interface."""

import atexit
import os
import shutil
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from tests.benchmarks.ours.support import TOKEN, seeded_product
from tests.benchmarks.worker import Settings

ROOT = Path(__file__).parents[3]


@lru_cache
def address(settings: Settings, framework: str, kind: str) -> tuple[str, int]:
    """Host and port of the server; it is started when it is first needed, and ends with this process."""
    database = _copy(settings, f"{framework}-{kind}")
    command = ["-m", "tests.benchmarks.served.stored"] if kind == "stored" else [str(ROOT / "examples" / "serve.py")]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "src")]),
        "EXAMPLE": framework,
        "DATABASE": f"sqlite:///{database}",
        "STORED": database,
        "TOKEN": TOKEN,
        "PORT": "0",
    }
    process = subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, text=True, env=environment)
    atexit.register(_stop, process)
    said = process.stdout.readline().split()  # type: ignore[union-attr]  # there is a pipe: it was asked for
    if not said:
        raise RuntimeError(f"the server of {framework} ({kind}) did not start")
    where = urlsplit(said[-1])
    return str(where.hostname), int(where.port or 0)


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _copy(settings: Settings, name: str) -> str:
    """The same users for all, and to each its own: writers must not wait for each other's."""
    original = Path(settings.folder) / f"product-{served(settings)}.db"
    seeded_product(settings, served(settings)).product.close()
    copy = original.with_name(f"{name}.db")
    shutil.copy(original, copy)
    return str(copy)


def served(settings: Settings) -> int:
    """How many users they have."""
    return min(20_000, settings.scale)
