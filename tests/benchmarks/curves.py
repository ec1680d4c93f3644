"""How time grows with size: the same work over databases and groups of several sizes, drawn as a chart.

Run it as `python -m tests.benchmarks.curves docs/explanation/performance.svg`.
"""

import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Final

from tests.benchmarks.chart import draw
from tests.benchmarks.subjects import NotMeasured, Subjects
from tests.benchmarks.worker import Settings

ROOT: Final = Path(__file__).parents[2]
SIZES: Final = (100, 1_000, 10_000, 100_000)
#: What is drawn, and up to which size: beyond it nobody wants to wait.
LINES: Final = {
    "scim2-server: one member more or less": ("scim2:members", 10_000),
    "one member more or less, durable": ("ours:members.sql.middle", 100_000),
    "list of 100 by index, with the total": ("ours:scale.list.large", 100_000),
    "list of 100 by cursor, at the end": ("ours:scale.keyset.end", 100_000),
    "userName eq": ("ours:scale.by_name.large", 100_000),
    "GET by id": ("ours:scale.get.large", 100_000),
}


def main(target: str) -> int:
    """Measure and draw."""
    lines: dict[str, list[tuple[float, float]]] = {name: [] for name in LINES}
    for size in SIZES:
        for name, took in _measured(size).items():
            lines[name].append((size, took))
    drawn = {name: line for name, line in lines.items() if line}
    Path(target).write_text(draw(drawn, title="Time per operation, by size", across="users, or members of the group"))
    return 0


def _measured(size: int) -> dict[str, float]:
    found = {}
    (ROOT / "build").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="curves-", dir=ROOT / "build") as folder:
        settings = Settings(scale=size, users=100, small=10, middle=size, large=size, folder=folder)
        with Subjects(ROOT, settings) as subjects:
            for name, (work, most) in LINES.items():
                if size <= most:
                    try:
                        found[name] = median([subjects.round(work, 0.2) for _ in range(4)][1:])
                    except NotMeasured as problem:
                        print(f"{name} at {size:,}: {problem}", file=sys.stderr)
                    print(f"{size:>9,}  {name}: {found.get(name, 0) * 1e6:,.0f} µs", flush=True)
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
