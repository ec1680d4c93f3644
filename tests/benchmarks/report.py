"""The results as lines, as a table for the documentation, and as data."""

import os
import platform
import sqlite3
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.benchmarks.measuring import Result

#: Between these comments stands the table in a page.
OPENING, CLOSING = "<!-- measured by make bench -->", "<!-- /measured -->"
_FORM = "{:<66} {:>10} {:>10}  {:<44} {:>8} {:>9} {:<4}"
HEADER = _FORM.format("work", "ours", "other", "the other is", "ratio", "goal", "met")


def line(result: Result) -> str:
    """One row for the screen."""
    row = result.row
    text = _FORM.format(
        row.title, _amount(result, result.ours), _amount(result, result.other), row.against, *_judged(result)
    )
    return f"{text}\n    not measured: {result.problem}" if result.problem else text.rstrip()


def markdown(results: Sequence[Result], about: dict[str, Any]) -> str:
    """The table for the documentation, what it was measured on above it."""
    told = ", ".join(f"{name} {value}" for name, value in about.items())
    lines = [f"*{told}*", "", "| work | ours | the other | | ratio | goal | met |", "|---|--:|--:|---|--:|--:|---|"]
    for result in results:
        ours, other = _amount(result, result.ours), _amount(result, result.other)
        judged = " | ".join(_judged(result))
        lines.append(f"| {result.row.title} | {ours} | {other} | {result.row.against} | {judged} |")
    missing = [f"- {result.row.title}: {result.problem}" for result in results if result.problem]
    return "\n".join(lines + (["", "Not measured:", *missing] if missing else [])) + "\n"


def put(page: Path, table: str) -> None:
    """The table into the page, in the place of the one before; a page that does not exist becomes the table."""
    if not page.exists():
        page.write_text(table)
        return
    before, _, rest = page.read_text().partition(OPENING)
    _, closing, after = rest.partition(CLOSING)
    if not closing:
        raise ValueError(f"{page} has no place for the table: it stands between {OPENING} and {CLOSING}")
    page.write_text(f"{before}{OPENING}\n\n{table}\n{CLOSING}{after}")


def as_data(results: Sequence[Result], about: dict[str, Any]) -> dict[str, Any]:
    """For programs: seconds and bytes."""
    rows = [
        {
            "name": result.row.name,
            "title": result.row.title,
            "against": result.row.against,
            "unit": "B" if result.row.unit == "B" else "s",
            "ours": result.ours,
            "other": result.other,
            "ratio": result.ratio,
            "goal": result.row.goal,
            "at_least": result.row.at_least,
            "met": result.met,
            "problem": result.problem,
        }
        for result in results
    ]
    return {"about": about, "rows": rows}


def about(scale: int, database: str, *, quick: bool, when: datetime) -> dict[str, Any]:
    """What it was measured on."""
    return {
        "date": when.date().isoformat(),
        "python": platform.python_version(),
        "database": f"SQLite {sqlite3.sqlite_version}" if database == "sqlite" else "PostgreSQL",
        "cores": os.cpu_count(),
        "users": scale,
        **({"quick": True} if quick else {}),
    }


def summary(results: Sequence[Result]) -> str:
    """How many goals are met, and which are not."""
    judged = [result for result in results if result.row.goal is not None]
    missed = [result.row.name for result in judged if result.met is False]
    unknown = [result.row.name for result in results if result.problem]
    told = f"{sum(result.met is True for result in judged)} of {len(judged)} goals are met."
    if missed:
        told += f" Missed: {', '.join(missed)}."
    return told + (f" Not measured: {', '.join(unknown)}." if unknown else "")


def _judged(result: Result) -> tuple[str, str, str]:
    goal, ratio = result.row.goal, result.ratio
    asked = "" if goal is None else f"{'≥' if result.row.at_least else '≤'} {goal:,g}"
    met = {True: "yes", False: "NO", None: ""}[result.met]
    return "–" if ratio is None else f"{ratio:,.2f}" if ratio < 100 else f"{ratio:,.0f}", asked, met


def _amount(result: Result, value: float | None) -> str:
    if value is None:
        return "–"
    match result.row.unit:
        case "B":
            return f"{value / 1e6:.1f} MB"
        case "1/s":
            return f"{1 / value:,.0f}/s"
        case _:
            return seconds(value)


def seconds(value: float) -> str:
    """A time, as people write it."""
    for factor, unit in ((1e9, "ns"), (1e6, "µs"), (1e3, "ms")):
        if value * factor < 1000:
            amount = value * factor
            return f"{amount:.1f} {unit}" if amount < 100 else f"{amount:.0f} {unit}"
    return f"{value:.2f} s"
