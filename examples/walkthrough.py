"""Shows, step by step, what an identity provider asks, what is answered, and what becomes of the product."""

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from http.client import HTTPConnection
from typing import Any, Final
from urllib.parse import quote, urlsplit

from attrs import define, field, frozen

_COLOURS: Final = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}
_WIDTH: Final = 100
#: What opens a line, so that everything behind it is aligned.
_GUTTER: Final = 9

Json = Any
Snapshot = Mapping[str, list[dict[str, Json]]]
_PAGES: Final = ("accounts", "teams", "sessions", "effects", "audit")


@frozen(kw_only=True)
class Step:
    """One request, and how it must go. `{name}` in path and body stands for what an earlier step kept under `name`."""

    title: str
    method: str
    path: str
    query: str = ""
    body: Json = None
    status: int = 200
    #: Keeps the answer's `id` under this name.
    keep: str = ""
    #: Says what is wrong with the answer or with the product afterwards; "" when all is well.
    check: Callable[[Json, Snapshot], str] = field(default=lambda answer, product: "")


@frozen(kw_only=True)
class Story:
    """What one identity provider does in the life of a few people."""

    title: str
    tenant: str
    token: str
    agent: str
    steps: tuple[Step, ...]


class Unexpected(Exception):
    """A step went otherwise than it must."""


@define
class Walkthrough:
    """Plays stories against a running product."""

    base: str
    colour: bool = field(factory=lambda: sys.stdout.isatty() and "NO_COLOR" not in os.environ)
    failures: int = 0
    _connection: HTTPConnection = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._connection = HTTPConnection(urlsplit(self.base).netloc, timeout=30)

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()

    def play(self, story: Story) -> None:
        """Every step in order. One that goes wrong is told, and the rest of the story is left out."""
        print(f"\n{self._paint('bold', story.title)}  {self._paint('dim', '─' * (_WIDTH - len(story.title) - 2))}")
        kept: dict[str, str] = {}
        before: Snapshot = self._snapshot(story)
        for number, step in enumerate(story.steps, 1):
            print(f"\n{self._paint('bold', f'{number:>2}  {step.title}')}")
            try:
                before = self._step(story, step, kept, before)
            except Unexpected as wrong:
                self.failures += 1
                self._line("FAILED", str(wrong), "red")
                return

    def _step(self, story: Story, step: Step, kept: dict[str, str], before: Snapshot) -> Snapshot:
        path, body = _fill(step.path, kept), _fill(step.body, kept)
        self._show_question(step, path, body)
        status, answer = self.ask(story, step.method, path, step.query, body)
        self._show_answer(status, answer)
        after = self._snapshot(story)
        for record in after["audit"][len(before["audit"]) :]:
            for note in record["notes"]:
                self._line("why", f"{note['rule']}: {note['text']}", "cyan")
        for change in _differences(before, after):
            self._line("product", change, "green")
        if status != step.status:
            raise Unexpected(f"answered {status}, expected {step.status}")
        if step.keep:
            kept[step.keep] = str(answer["id"])
        wrong = step.check(answer, after)
        if wrong:
            raise Unexpected(wrong)
        kept.update({f"account of {a['scim_id']}": a["id"] for a in after["accounts"] if a["scim_id"]})
        return after

    def ask(self, story: Story, method: str, path: str, query: str, body: Json) -> tuple[int, Json]:
        """One request as the story's identity provider sends it: the status and the body of the answer."""
        for scim_id in _accounts_meant(path):
            raise Unexpected(f"nobody has the SCIM id {scim_id}")
        prefix = "" if path.startswith("/trial/") else "/scim/v2"
        url = prefix + path + ("?" + quote(query, safe="=&") if query else "")
        media = "application/json" if prefix == "" else "application/scim+json"
        headers = {"Authorization": f"Bearer {story.token}", "User-Agent": story.agent, "Content-Type": media}
        self._connection.request(method, url, None if body is None else json.dumps(body), headers)
        response = self._connection.getresponse()
        text = response.read()
        return response.status, json.loads(text) if text else None

    def _snapshot(self, story: Story) -> Snapshot:
        pages = {page: self.ask(story, "GET", f"/trial/{page}", "", None)[1][page] for page in _PAGES}
        return pages | {"settings": [self.ask(story, "GET", "/trial/settings", "", None)[1]]}

    def _show_question(self, step: Step, path: str, body: Json) -> None:
        query = "?" + step.query if step.query else ""
        self._line("asks", f"{step.method} {path}{query}", "yellow")
        if body is not None:
            for line in _wrapped(json.dumps(body, ensure_ascii=False)):
                self._line("", line, "dim")

    def _show_answer(self, status: int, answer: Json) -> None:
        self._line("answer", f"{status}  {_summary(answer)}".rstrip(), "red" if status >= 400 else "")

    def _line(self, label: str, text: str, colour: str) -> None:
        first, *more = _wrapped(text) or [""]
        print(f"    {self._paint(colour, label.ljust(_GUTTER))}{self._paint(colour, first)}", flush=True)
        for line in more:
            print(f"    {' ' * _GUTTER}{self._paint(colour, line)}", flush=True)

    def _paint(self, colour: str, text: str) -> str:
        return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m" if self.colour and colour and text else text


def _fill(value: Json, kept: Mapping[str, str]) -> Json:
    if isinstance(value, str):
        for name, found in kept.items():
            value = value.replace("{" + name + "}", found)
        return value
    if isinstance(value, list):
        return [_fill(item, kept) for item in value]
    if isinstance(value, dict):
        return {key: _fill(item, kept) for key, item in value.items()}
    return value


def _accounts_meant(path: str) -> Iterator[str]:
    """What was left unfilled in a path."""
    if "{" in path:
        yield path.partition("{")[2].partition("}")[0]


def _summary(answer: Json) -> str:
    if not isinstance(answer, dict):
        return ""
    if "detail" in answer:
        return str(answer["detail"])
    if "totalResults" in answer:
        return f"totalResults {answer['totalResults']}"
    shown = [str(answer[key]) for key in ("userName", "displayName", "id", "error", "session") if answer.get(key)]
    state = [] if "active" not in answer else ["active" if answer["active"] else "not active"]
    return "  ".join(shown + state)


def _wrapped(text: str) -> list[str]:
    room = _WIDTH - _GUTTER - 4
    lines: list[str] = []
    while len(text) > room:
        cut = text.rfind(" ", 0, room) + 1 or room
        lines.append(text[:cut].rstrip())
        text = text[cut:]
    return [*lines, text] if text else lines


def _differences(before: Snapshot, after: Snapshot) -> Iterator[str]:
    """What changed in the product, in words."""
    names = {a["id"]: a["email"] or a["name"] or "somebody" for a in (*before["accounts"], *after["accounts"])}
    yield from _changed_accounts(before, after, names)
    yield from _changed_sessions(before, after, names)
    yield from _changed_teams(before, after, names)
    yield from _changed_seats(before["settings"][0], after["settings"][0])
    effects = [e["type"] for e in after["effects"][len(before["effects"]) :]]
    if effects:
        yield f"effects: {', '.join(effects)}"


def _changed_accounts(before: Snapshot, after: Snapshot, names: Mapping[str, str]) -> Iterator[str]:
    old = {a["id"]: a for a in before["accounts"]}
    for account in after["accounts"]:
        was = old.get(account["id"])
        if was is None:
            yield f"{names[account['id']]}: a new account, {account['state']}, as {_plain(account['roles'])}"
            continue
        for key in ("state", "email", "name", "roles"):
            if was[key] != account[key]:
                yield f"{names[account['id']]}: {key} {_plain(was[key])} → {_plain(account[key])}"


def _changed_sessions(before: Snapshot, after: Snapshot, names: Mapping[str, str]) -> Iterator[str]:
    live = {s["id"] for s in before["sessions"] if s["live"]}
    for session in after["sessions"]:
        if session["live"] and session["id"] not in live:
            yield f"{names[session['account']]}: signed in"
        elif not session["live"] and session["id"] in live:
            yield f"{names[session['account']]}: session ended"


def _changed_teams(before: Snapshot, after: Snapshot, names: Mapping[str, str]) -> Iterator[str]:
    old, new = ({t["id"]: t for t in snapshot["teams"]} for snapshot in (before, after))
    for id in [*new, *(id for id in old if id not in new)]:
        was, now = old.get(id), new.get(id)
        if now is None:
            yield f"team {old[id]['name']}: gone"
            continue
        if was is None or was["name"] != now["name"]:
            yield f"team {now['name']}: " + ("new" if was is None else f"was {was['name']}")
        had, has = set(was["members"] if was else ()), set(now["members"])
        for account in sorted(has ^ had):
            yield f"team {now['name']}: {names[account]} {'joins' if account in has else 'leaves'}"


def _changed_seats(before: Mapping[str, Json], after: Mapping[str, Json]) -> Iterator[str]:
    used, limit = after["seats_used"], after["seat_limit"]
    if (used, limit) != (before["seats_used"], before["seat_limit"]):
        yield f"seats: {used} used of {limit}" if limit is not None else f"seats: {used} used, no limit"


def _plain(value: Json) -> str:
    return str((" ".join(value) if isinstance(value, list) else value) or "none")
