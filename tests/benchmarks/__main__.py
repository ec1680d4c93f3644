"""`make bench`: measures ours beside the peers and the floors, prints a table, writes JSON.

The sides take turns, round by round, and what is told is the median of the rounds' ratios. Nothing here is asserted:
a goal that is not met is told as such.
"""

import argparse
import json
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from tests.benchmarks import report, rows
from tests.benchmarks.measuring import Result, measure
from tests.benchmarks.sides import Sides
from tests.benchmarks.worker import Settings

ROOT = Path(__file__).parents[2]


def main() -> int:
    """0, unless nothing of that name can be measured."""
    asked = _arguments()
    chosen = [row for row in rows.rows(_settings(asked, "")) if asked.only in row.name]
    if not chosen:
        print(f"There is no row with {asked.only!r} in its name", file=sys.stderr)
        return 1
    asked.json.parent.mkdir(parents=True, exist_ok=True)
    # Beside the project and not in /tmp, which is memory on some machines: durable has to mean durable.
    with tempfile.TemporaryDirectory(prefix="bench-", dir=asked.json.parent) as folder:
        results = _measured(asked, chosen, _settings(asked, folder))
    about = report.about(asked.scale, quick=asked.quick, when=datetime.now(UTC))
    asked.json.write_text(json.dumps(report.as_data(results, about), indent=1) + "\n")
    if asked.table:
        report.put(asked.table, report.markdown(results, about))
    print(f"\n{report.summary(results)}\nWritten to {asked.json}")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description="Use make bench ARGS='--quick'.")
    parser.add_argument("--only", default="", metavar="NAME", help="rows with NAME in their name, as in web.get")
    parser.add_argument("--quick", action="store_true", help="short rounds and small databases: to see that it works")
    parser.add_argument("--scale", type=int, metavar="N", help="users in the large database (100,000)")
    parser.add_argument("--rounds", type=int, metavar="N", help="rounds of each side (5)")
    parser.add_argument("--json", type=Path, default=ROOT / "build" / "benchmarks.json", metavar="FILE")
    parser.add_argument("--table", type=Path, metavar="FILE", help="put the table into a page")
    asked = parser.parse_args()
    asked.scale = asked.scale or (10_000 if asked.quick else 100_000)
    asked.rounds = asked.rounds or (2 if asked.quick else 5)
    return asked


def _settings(asked: argparse.Namespace, folder: str) -> Settings:
    if asked.quick:
        return Settings(scale=asked.scale, users=200, middle=1_000, large=5_000, folder=folder)
    return Settings(scale=asked.scale, folder=folder)


def _measured(asked: argparse.Namespace, chosen: list[rows.Row], settings: Settings) -> list[Result]:
    print(report.HEADER)
    found = []
    with Sides(ROOT, settings) as sides:
        for row in chosen:
            found.append(measure(row, sides, rounds=asked.rounds, seconds=0.05 if asked.quick else 0.3))
            print(report.line(found[-1]), flush=True)
    return found


if __name__ == "__main__":
    sys.exit(main())
