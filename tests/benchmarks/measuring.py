"""Rounds, taken in turns, and what they come to."""

from statistics import median

from attrs import frozen

from tests.benchmarks.rows import Row
from tests.benchmarks.subjects import NotMeasured, Subjects


@frozen(kw_only=True)
class Result:
    """One row, measured: the medians of both subjects, and the median of the rounds' ratios."""

    row: Row
    ours: float | None = None
    other: float | None = None
    ratio: float | None = None
    problem: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None where there is no goal, or no number."""
        if self.ratio is None or self.row.goal is None:
            return None
        return self.ratio >= self.row.goal if self.row.at_least else self.ratio <= self.row.goal


def measure(row: Row, subjects: Subjects, *, rounds: int, seconds: float) -> Result:
    """Ours, the other, ours, the other. The first round of each only warms up."""
    rounds, seconds = max(2, round(rounds * row.patience)), seconds * row.patience
    pairs: list[tuple[float, float]] = []
    for _ in range(rounds + 1):
        ours, problem = _round(subjects, row.ours, seconds)
        other, missing = _round(subjects, row.other, seconds)
        if ours is None or other is None:
            return Result(row=row, ours=ours, other=other, problem=problem or missing)
        pairs.append((ours, other))
    pairs = pairs[1:]
    ratios = [other / ours if row.at_least else ours / other for ours, other in pairs]
    return Result(
        row=row,
        ours=median(ours for ours, _ in pairs),
        other=median(other for _, other in pairs),
        ratio=median(ratios),
    )


def _round(subjects: Subjects, work: str, seconds: float) -> tuple[float | None, str]:
    try:
        return subjects.round(work, seconds), ""
    except NotMeasured as problem:
        return None, f"{work}: {problem}"
