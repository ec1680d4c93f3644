"""The processes that take turns: ours, the peers' in a virtual environment of their own, the HTTP driver's."""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType

from tests.benchmarks import venv
from tests.benchmarks.worker import Settings

#: By name: which module is run, and whether by the peers' Python.
SUBJECTS = {
    "ours": ("tests.benchmarks.ours", False),
    "scim2": ("tests.benchmarks.peers.scim2", True),
    "django": ("tests.benchmarks.peers.django", True),
    "http": ("tests.benchmarks.served", False),
}


class NotMeasured(Exception):
    """Why there is no number."""


class Subjects:
    """All subjects; each is started when it is first needed, and all end with the `with` block."""

    def __init__(self, root: Path, settings: Settings) -> None:
        self._root = root
        self._settings = settings
        self._running: dict[str, subprocess.Popen[str]] = {}

    def __enter__(self) -> "Subjects":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._running.values():
            process.stdin.close()  # type: ignore[union-attr]  # there is a pipe: it was asked for
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def round(self, work: str, seconds: float) -> float:
        """One round of a piece of work, named as in `ours:web.get`. Raises NotMeasured."""
        subject, _, name = work.partition(":")
        process = self._running.get(subject) or self._start(subject)
        try:
            print(json.dumps({"work": name, "seconds": seconds}), file=process.stdin, flush=True)
            line = process.stdout.readline()  # type: ignore[union-attr]  # there is a pipe: it was asked for
        except OSError as broken:
            raise NotMeasured(f"{subject} has ended: {broken}") from None
        answer = json.loads(line or '{"error": "it has ended"}')
        if "error" in answer:
            raise NotMeasured(answer["error"])
        return float(answer["took"])

    def _start(self, subject: str) -> subprocess.Popen[str]:
        module, of_peers = SUBJECTS[subject]
        python = sys.executable
        path = [str(self._root), str(self._root / "src")]
        if of_peers:
            python, path = self._peers_python(), path[:1]
        log = Path(self._settings.folder) / f"{subject}.log"
        with log.open("w") as errors:
            self._running[subject] = subprocess.Popen(
                [python, "-m", module, json.dumps(self._settings._asdict())],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(path)},
            )
        return self._running[subject]

    def _peers_python(self) -> str:
        try:
            return venv.python(self._root)
        except venv.NotInstalled as problem:
            raise NotMeasured(str(problem)) from None
