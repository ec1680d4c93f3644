"""`make bench`: measures ours beside the peers and the floors, prints a table, writes JSON.

The subjects take turns, round by round, and what is told is the median of the rounds' ratios. Nothing here is asserted:
a goal that is not met is told as such.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from tests.benchmarks import report, rows
from tests.benchmarks.measuring import Result, measure
from tests.benchmarks.subjects import Subjects
from tests.benchmarks.worker import Settings
from tests.repository.postgresql import installations, server

ROOT = Path(__file__).parents[2]
#: What an administrator sets on a small machine. Every commit waits for the disk (TMPDIR says which).
_POSTGRESQL = {"shared_buffers": "512MB", "max_wal_size": "4GB", "random_page_cost": "1.1"}


def main() -> int:
    """0, unless nothing of that name can be measured."""
    asked = _arguments()
    every = rows.rows(_settings(asked), asked.database)
    chosen = [row for row in every if not asked.only or any(name in row.name for name in asked.only)]
    if not chosen:
        print(f"There is no row with {' or '.join(asked.only)} in its name", file=sys.stderr)
        return 1
    with _places(asked) as settings:
        results = _measured(asked, chosen, settings)
    about = report.about(asked.scale, asked.database, quick=asked.quick, when=datetime.now(UTC))
    asked.json.write_text(json.dumps(report.as_data(results, about), indent=1) + "\n")
    if asked.table:
        report.put(asked.table, report.markdown(results, about))
    print(f"\n{report.summary(results)}\nWritten to {asked.json}")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description="Use make bench ARGS='--quick'.")
    parser.add_argument("--only", action="append", metavar="NAME", help="rows with NAME in their name, as in web.get")
    parser.add_argument("--quick", action="store_true", help="short rounds and small databases: to see that it works")
    parser.add_argument("--scale", type=int, metavar="N", help="users in the large database (100,000)")
    parser.add_argument("--rounds", type=int, metavar="N", help="rounds of each subject (5)")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite", help="what ours writes to")
    parser.add_argument("--folder", type=Path, metavar="DIR", help="where SQLite's files are put and stay, filled")
    parser.add_argument("--json", type=Path, default=ROOT / "build" / "benchmarks.json", metavar="FILE")
    parser.add_argument("--table", type=Path, metavar="FILE", help="put the table into a page")
    asked = parser.parse_args()
    asked.scale = asked.scale or (10_000 if asked.quick else 100_000)
    asked.rounds = asked.rounds or (2 if asked.quick else 5)
    return asked


def _settings(asked: argparse.Namespace) -> Settings:
    if asked.quick:
        return Settings(scale=asked.scale, users=200, middle=1_000, large=5_000)
    return Settings(scale=asked.scale)


@contextmanager
def _places(asked: argparse.Namespace) -> Iterator[Settings]:
    """The settings, with where the databases are: in a folder, or in a server that runs meanwhile."""
    # Beside the project and not in /tmp, which is memory on some machines: durable has to mean durable.
    beside = asked.folder or asked.json.parent
    beside.mkdir(parents=True, exist_ok=True)
    asked.json.parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        folder = asked.folder or stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-", dir=beside))
        settings = _settings(asked)._replace(folder=str(folder))
        if asked.database == "postgresql":
            running = stack.enter_context(server(installations()["wheel"], _POSTGRESQL))
            settings = settings._replace(server=str(running.socket))
        yield settings


def _measured(asked: argparse.Namespace, chosen: list[rows.Row], settings: Settings) -> list[Result]:
    print(report.HEADER)
    found = []
    with Subjects(ROOT, settings) as subjects:
        for row in chosen:
            found.append(measure(row, subjects, rounds=asked.rounds, seconds=0.05 if asked.quick else 0.3))
            print(report.line(found[-1]), flush=True)
    return found


if __name__ == "__main__":
    sys.exit(main())
