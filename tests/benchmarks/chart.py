"""A chart as SVG: lines over logarithmic axes, each named where it ends. No library is needed for that."""

from collections.abc import Mapping, Sequence
from math import ceil, floor, log10
from typing import Final
from xml.sax.saxutils import escape

from tests.benchmarks.report import seconds

Line = Sequence[tuple[float, float]]

_WIDTH: Final = 860
_HEIGHT: Final = 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 80, 620, 30, 360
#: Told apart by people who see few colours, too.
_COLOURS: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#444444")


class _Axis:
    """Powers of ten between two places of the picture."""

    def __init__(self, values: Sequence[float], start: int, end: int) -> None:
        self._low, high = floor(log10(min(values))), ceil(log10(max(values)))
        self._start, self._step = start, (end - start) / max(1, high - self._low)
        self.ticks = [10.0**power for power in range(self._low, high + 1)]

    def place(self, value: float) -> float:
        """Where the value is drawn."""
        return self._start + (log10(value) - self._low) * self._step


def draw(lines: Mapping[str, Line], *, title: str, across: str) -> str:
    """The picture. `across` says what the horizontal axis counts; the vertical one is time."""
    points = [point for line in lines.values() for point in line]
    x = _Axis([point[0] for point in points], _LEFT, _RIGHT)
    y = _Axis([point[1] for point in points], _BOTTOM, _TOP)
    size = f'viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" font-size="12"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{escape(title)}">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
        *(_across(x.place(tick), f"{tick:,.0f}") for tick in x.ticks),
        *(_up(y.place(tick), seconds(tick)) for tick in y.ticks),
        _text((_LEFT + _RIGHT) / 2, _BOTTOM + 40, across, "middle"),
    ]
    ends = _apart({name: y.place(line[-1][1]) for name, line in lines.items()})
    for colour, (name, line) in zip(_COLOURS, lines.items(), strict=False):
        path = " ".join(f"{x.place(a):.1f},{y.place(b):.1f}" for a, b in line)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x.place(a):.1f}" cy="{y.place(b):.1f}" r="3" fill="{colour}"/>' for a, b in line]
        parts.append(_text(_RIGHT + 12, ends[name] + 4, name, "start", colour))
    return "\n".join([*parts, "</svg>", ""])


def _across(x: float, label: str) -> str:
    line = f'<line x1="{x:.1f}" y1="{_TOP}" x2="{x:.1f}" y2="{_BOTTOM}" stroke="#dddddd"/>'
    return line + _text(x, _BOTTOM + 18, label, "middle")


def _up(y: float, label: str) -> str:
    line = f'<line x1="{_LEFT}" y1="{y:.1f}" x2="{_RIGHT}" y2="{y:.1f}" stroke="#dddddd"/>'
    return line + _text(_LEFT - 8, y + 4, label, "end")


def _text(x: float, y: float, text: str, anchor: str, colour: str = "#222222") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{escape(text)}</text>'


def _apart(wanted: Mapping[str, float]) -> dict[str, float]:
    """The names' places, none written over another one."""
    found: dict[str, float] = {}
    last = 0.0
    for name, y in sorted(wanted.items(), key=lambda item: item[1]):
        last = found[name] = max(y, last + 15)
    return found
