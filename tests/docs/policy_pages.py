"""Writes the reference pages of the policy and draws its lifecycle.

`python -m tests.docs.policy_pages [docs/reference]`. The library itself needs no drawing, so it lives here.
"""

import math
import sys
from pathlib import Path
from typing import Any

from attrs import Attribute, fields, frozen, has

from scimcore.policy import Policy
from scimcore.policy.describing import shown
from scimcore.policy.lifecycle import (
    LIFECYCLE,
    LIFECYCLE_STATES,
    MEANINGS,
    TRIGGER_NAMES,
    TRIGGERS,
    LifecycleState,
    TriggerName,
)

REGENERATE = "python -m tests.docs.policy_pages"
_WIDTH, _HEIGHT = 1120, 620
_Point = tuple[float, float]


@frozen
class _Box:
    """Where a state stands in the diagram."""

    x: int
    y: int
    color: str


_BOXES: dict[LifecycleState, _Box] = {
    "absent": _Box(130, 300, "#e8eaed"),
    "pending": _Box(292, 112, "#fff3d6"),
    "invited": _Box(656, 66, "#dcebff"),
    "active": _Box(947, 196, "#d9f2df"),
    "suspended": _Box(947, 404, "#ffe3d6"),
    "anonymised": _Box(656, 534, "#eadcf5"),
    "deleted": _Box(292, 488, "#f5d9dc"),
}
_HALF_WIDTH, _HALF_HEIGHT = 68, 24


def arrows() -> dict[tuple[LifecycleState, LifecycleState], tuple[TriggerName, ...]]:
    """Which triggers lead from one state to another, in the order of the table."""
    found: dict[tuple[LifecycleState, LifecycleState], list[TriggerName]] = {}
    for state in LIFECYCLE_STATES:
        for event in TRIGGER_NAMES:
            for target in LIFECYCLE[state][event].to:
                if target != state:
                    found.setdefault((state, target), []).append(event)
    return {pair: tuple(events) for pair, events in found.items()}


#: What leads out of every state to the same two: said once, below the diagram, instead of drawn ten times.
_LEAVING: frozenset[TriggerName] = frozenset({"delete", "remove", "disconnect"})


def drawn() -> dict[tuple[LifecycleState, LifecycleState], tuple[TriggerName, ...]]:
    """The arrows of the diagram: all but those out of life."""
    found = {}
    for (start, end), events in arrows().items():
        kept = tuple(event for event in events if start == "deleted" or event not in _LEAVING)
        if kept:
            found[start, end] = kept
    return found


def page() -> str:
    """docs/reference/lifecycle.md."""
    lines = [_HEAD, "", "## States", "", "| state | means |", "|---|---|"]
    lines += [f"| {state} | {MEANINGS[state]} |" for state in LIFECYCLE_STATES]
    lines += ["", "## Triggers", "", "| trigger | is |", "|---|---|"]
    lines += [f"| {event} | {TRIGGERS[event]} |" for event in TRIGGER_NAMES]
    lines += ["", "## The table", "", _TABLE, ""]
    lines += [f"| trigger | {' | '.join(LIFECYCLE_STATES)} |", f"|---|{'---|' * len(LIFECYCLE_STATES)}"]
    for event in TRIGGER_NAMES:
        cells = " | ".join(_cell(state, event) for state in LIFECYCLE_STATES)
        lines.append(f"| **{event}** | {cells} |")
    return "\n".join(lines) + "\n"


def _cell(state: LifecycleState, event: TriggerName) -> str:
    transition = LIFECYCLE[state][event]
    if not transition.to:
        return "refused"
    if transition.rule == "nothing":
        return "-"
    others = [target for target in transition.to if target != state]
    stays = state in transition.to
    arrow = f"→ {', '.join(others)}" if others else ""
    return f"{transition.rule} {'⟲ ' if stays else ''}{arrow}".strip()


_HEAD = """# The lifecycle of a user

A SCIM user is *bound* to an account of the product, and the binding is in one of these states. Everything that happens
over SCIM or in the product itself is one of these triggers. If a trigger can lead to several states, the choices of the
policy decide. A refusal changes nothing.

![The states, and the triggers that lead from one to another](lifecycle.svg)

This page and its diagram are drawn from `scimcore.policy.lifecycle`. `python -m tests.docs.policy_pages` writes them
again, and a test keeps them equal."""

_TABLE = """Each cell names the rule that acts. ⟲ means that the state can stay, and → names the states that it can lead
to. A dash means that nothing happens. *Refused* means that the trigger cannot happen in this state: the answer is
404 or 409."""


def diagram() -> str:
    """docs/reference/lifecycle.svg."""
    parts, pairs = [_OPEN], drawn()
    taken = [_Space(box.x, box.y, _HALF_WIDTH, _HALF_HEIGHT) for box in _BOXES.values()]
    for (start, end), events in pairs.items():
        parts.append(_arrow(_BOXES[start], _BOXES[end], events, taken, bent=(end, start) in pairs))
    parts += [_state(state, box) for state, box in _BOXES.items()]
    return "\n".join([*parts, _LEGEND, "</svg>"]) + "\n"


_OPEN = f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}"
     font-family="system-ui, sans-serif" font-size="11" role="img" aria-label="The lifecycle of a user">
<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">
<path d="M0 0 8 4 0 8z" fill="#5f6368"/></marker></defs>
<rect width="100%" height="100%" fill="#ffffff"/>"""


_LEGEND = (
    f'<text x="{_WIDTH - 24}" y="{_HEIGHT - 24}" text-anchor="end" fill="#5f6368" font-size="12">'
    "From every state: delete, remove and disconnect lead to deleted or absent.</text>"
)


def _state(state: LifecycleState, box: _Box) -> str:
    x, y = box.x - _HALF_WIDTH, box.y - _HALF_HEIGHT
    return (
        f'<rect x="{x}" y="{y}" width="{2 * _HALF_WIDTH}" height="{2 * _HALF_HEIGHT}" rx="10" '
        f'fill="{box.color}" stroke="#5f6368"/>\n'
        f'<text x="{box.x}" y="{box.y + 5}" text-anchor="middle" font-size="14" font-weight="600">{state}</text>'
    )


@frozen
class _Space:
    """What a box or a label takes of the page: its middle, and half its width and height."""

    x: float
    y: float
    half_width: float
    half_height: float

    def meets(self, other: "_Space") -> bool:
        return (
            abs(self.x - other.x) < self.half_width + other.half_width
            and abs(self.y - other.y) < self.half_height + other.half_height
        )


def _place(curve: tuple[_Point, _Point, _Point], label: str, taken: list[_Space]) -> _Space:
    """Where on the curve the label meets nothing that is there already: in the middle, or as near to it as can be."""
    spaces = [_Space(*_at(curve, t / 20), 3.1 * len(label), 7) for t in (10, 11, 9, 12, 8, 13, 7, 14, 6, 15, 5, 16, 4)]
    free = next((space for space in spaces if not any(space.meets(other) for other in taken)), spaces[0])
    taken.append(free)
    return free


def _at(curve: tuple[_Point, _Point, _Point], t: float) -> _Point:
    """The point of a quadratic curve at t."""
    (x0, y0), (x1, y1), (x2, y2) = curve
    one, two, three = (1 - t) ** 2, 2 * t * (1 - t), t**2
    return one * x0 + two * x1 + three * x2, one * y0 + two * y1 + three * y2


def _arrow(start: _Box, end: _Box, events: tuple[TriggerName, ...], taken: list[_Space], *, bent: bool) -> str:
    """A curve from border to border, bowed to one side so that the way back has its own, and its triggers on it."""
    length = math.hypot(end.x - start.x, end.y - start.y)
    across = (-(end.y - start.y) / length, (end.x - start.x) / length)
    bow = 46 if bent else 26
    middle = ((start.x + end.x) / 2 + across[0] * bow, (start.y + end.y) / 2 + across[1] * bow)
    from_, to = _border(start, middle), _border(end, middle)
    label = ", ".join(event.replace("_", " ") for event in events)
    text = _place((from_, middle, to), label, taken)
    return (
        f'<path d="M{from_[0]:.0f} {from_[1]:.0f}Q{middle[0]:.0f} {middle[1]:.0f} {to[0]:.0f} {to[1]:.0f}" '
        'fill="none" stroke="#5f6368" marker-end="url(#head)"/>\n'
        f'<text x="{text.x:.0f}" y="{text.y + 4:.0f}" text-anchor="middle" fill="#202124" stroke="#ffffff" '
        f'stroke-width="3" paint-order="stroke">{label}</text>'
    )


def _border(box: _Box, towards: _Point) -> _Point:
    """Where the line from the middle of the box leaves it."""
    dx, dy = towards[0] - box.x, towards[1] - box.y
    scale = min(_HALF_WIDTH / abs(dx) if dx else math.inf, _HALF_HEIGHT / abs(dy) if dy else math.inf)
    return box.x + dx * scale, box.y + dy * scale


def reference() -> str:
    """The page docs/reference/policy.md: every field, its choices with what they mean, its default, its rows."""
    lines = [_POLICY_HEAD]
    for part in fields(Policy):
        default = part.default
        if has(type(default)):
            lines += _part(part.name, default)
    return "\n".join(lines) + "\n"


def _part(name: str, default: Any) -> list[str]:
    lines = ["", f"## {name}", "", (type(default).__doc__ or "").strip().split("\n\n")[0].replace("\n", " "), ""]
    lines += ["| field | choices | rows |", "|---|---|---|"]
    for field in fields(type(default)):
        lines.append(f"| `{field.name}` | {_choices(field, getattr(default, field.name))} | {field.metadata['pol']} |")
    return lines


def _choices(field: "Attribute[Any]", default: object) -> str:
    means = field.metadata.get("means")
    if means is None:
        usual = shown(default) if default not in (None, 0, ()) else "nothing"
        unit = field.metadata["unit"]
        text = str(field.metadata["says"]).format(value=f"_value_ {unit}s" if unit else "_value_")
        return f"{text}<br>{field.metadata['empty']}<br>Default: {usual}."
    return "<br>".join(f"{_word(choice, bold=choice == default)}: {text}" for choice, text in means.items())


def _word(choice: object, *, bold: bool) -> str:
    word = str(choice).lower() if isinstance(choice, bool) else str(choice)
    return f"**`{word}`**" if bold else f"`{word}`"


_POLICY_HEAD = """# The policy, field by field

This page lists every choice of a `Policy`, its meaning, and the requirement rows that it answers. Defaults are bold.
Build a policy in Python (`Policy(deactivate=Deactivate(access="anonymise"), ...)`), or read it from a TOML or JSON file
with a table per part (`load("policy.toml")`). `describe(policy)` prints the sentences of one policy. Wrong values are
refused when the policy is built. So are choices that contradict each other, a MUST of the RFCs, or what identity
providers need, unless the policy says `nonconformant = true`.

This page is generated from the code. `python -m tests.docs.policy_pages` writes it again."""


def write(folder: Path) -> None:
    """The generated pages of the reference, into that folder."""
    (folder / "lifecycle.md").write_text(page(), encoding="utf-8")
    (folder / "lifecycle.svg").write_text(diagram(), encoding="utf-8")
    (folder / "policy.md").write_text(reference(), encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/reference"))
