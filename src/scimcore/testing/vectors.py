"""Conversations as data: what an identity provider sends, and how it is to be answered.

A vector is an entry of a JSON file: resources that exist (`given`), requests with what is expected of each answer
(`send`), and what is read back afterwards (`then`). `replay` runs it through any function that takes a `Request` and
gives a `Response`, usually `Application.handle`, and returns what went otherwise. Adding a quirk is adding an entry;
docs/how-to/write-a-vector.md shows the fields.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from attrs import field, frozen

from scimcore.patch.operations import PATCH_OP_URN
from scimcore.schema import ENTERPRISE_URN, GROUP_URN, USER_URN
from scimcore.testing._checks import differences
from scimcore.web.messages import Request, Response

__all__ = ["NAMES", "Vector", "load", "replay"]

#: Takes a request to the service and returns its response.
Send = Callable[[Request], Response]


#: Names that may stand in braces anywhere in a vector, beside those of the resources it was given.
NAMES: Mapping[str, str] = {
    "USER": USER_URN,
    "GROUP": GROUP_URN,
    "ENTERPRISE": ENTERPRISE_URN,
    "PATCHOP": PATCH_OP_URN,
}

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_KEYS = frozenset({"name", "why", "source", "cites", "given", "send", "then", "dialects", "otherwise"})
_SEND_KEYS = frozenset({*_METHODS, "query", "headers", "body", "user", "group", "patch", "raw"})
_ASKED_KEYS = frozenset({"status", "answer", "scimType", "answer_headers", "learn"})


@frozen(kw_only=True)
class Vector:
    """One conversation. `dialects` are those under which it goes as written."""

    name: str
    why: str
    source: str
    #: The name of the file that it stands in.
    file: str = ""
    cites: tuple[str, ...] = ()
    dialects: tuple[str, ...] = ("auto",)
    given: Mapping[str, Any] = field(factory=dict, repr=False)
    send: Sequence[Mapping[str, Any]] = field(factory=tuple, repr=False)
    then: Mapping[str, Any] = field(factory=dict, repr=False)
    #: By dialect: what differs from the last expectation there. Where it is a refusal, `then` must read as before.
    otherwise: Mapping[str, Mapping[str, Any]] = field(factory=dict, repr=False)

    @property
    def runs(self) -> tuple[str, ...]:
        """The dialects under which it can be replayed."""
        return (*self.dialects, *self.otherwise)


def load(path: Path | str) -> tuple[Vector, ...]:
    """The vectors of a file, or of all JSON files of a folder. Raises ValueError for one that is no vector."""
    where = Path(path)
    files = sorted(where.glob("*.json")) if where.is_dir() else [where]
    return tuple(vector for file in files for vector in _read(file))


def replay(vector: Vector, send: Send, *, dialect: str = "auto", headers: Sequence[tuple[str, str]] = ()) -> list[str]:
    """What went otherwise than the vector says, one line each; nothing when all went well.

    The service behind `send` must be empty. `headers` go with every request: the bearer token, usually.
    """
    return list(_Replay(vector, send, dialect, headers).run())


def _read(file: Path) -> Iterator[Vector]:
    content = json.loads(file.read_text("utf-8"))
    for entry in content["vectors"]:
        where = f"{file.name}: {entry.get('name', '?')}"
        if unknown := entry.keys() - _KEYS:
            raise ValueError(f"{where}: unknown {sorted(unknown)}")
        for step in entry["send"]:
            if unknown := step.keys() - _SEND_KEYS - _ASKED_KEYS:
                raise ValueError(f"{where}: unknown {sorted(unknown)}")
            if len(step.keys() & set(_METHODS)) != 1:
                raise ValueError(f"{where}: a request has one method")
        common = {"source": content["source"], "dialects": content["dialects"], "file": file.name}
        yield Vector(**_tuples({**common, **entry}))


def _tuples(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}


class _Replay:
    def __init__(self, vector: Vector, send: Send, dialect: str, headers: Sequence[tuple[str, str]]) -> None:
        self.vector = vector
        self.send = send
        self.headers = tuple(headers)
        self.names = dict(NAMES)
        self.otherwise = vector.otherwise.get(dialect)

    def run(self) -> Iterator[str]:
        for name, resource in self.vector.given.items():
            if (fault := self._give(name, resource)) is not None:
                yield fault
                return
        *before, last = self.vector.send
        for step in before:
            yield from self._step(step)
        if self.otherwise is None:
            yield from self._step(last)
            yield from self._then(self.vector.then)
            return
        states = {url: self._get(url)[2] for url in self.vector.then}
        yield from self._step({**_request_only(last), **self.otherwise})
        if "then" in self.otherwise:
            yield from self._then(self.otherwise["then"])
        else:
            yield from self._unchanged(states)

    def _give(self, name: str, resource: Mapping[str, Any]) -> str | None:
        endpoint = "/Groups" if "group" in resource else "/Users"
        status, _, body = self._send_one({"POST": endpoint, **resource})
        if status != 201 or not isinstance(body, dict):
            return f"given {name}: status {status}, {_short(body)}"
        self.names[name] = str(body["id"])
        return None

    def _step(self, step: Mapping[str, Any]) -> Iterator[str]:
        step = {key: value for key, value in step.items() if key != "then"}
        what = " ".join(f"{method} {step[method]}" for method in _METHODS if method in step)
        status, headers, body = self._send_one(step)
        wanted = step["status"] if isinstance(step["status"], list) else [step["status"]]
        if status not in wanted:
            yield f"{what}: status {status}, not {' or '.join(map(str, wanted))}: {_short(body)}"
            return
        if "scimType" in step:
            yield from self._compare(what, body, {"scimType": step["scimType"], "status": str(status)})
        if status != 204:
            yield from self._compare(what, body, step.get("answer", {}))
        lower = {name.lower(): value for name, value in headers.items()}
        yield from self._compare(f"{what}: header", lower, step.get("answer_headers", {}))
        for name, member in step.get("learn", {}).items():
            self.names[name] = str(body[member]) if isinstance(body, dict) and member in body else ""

    def _then(self, states: Mapping[str, Any]) -> Iterator[str]:
        for url, checks in states.items():
            status, _, body = self._get(url)
            if isinstance(checks, int):
                if status != checks:
                    yield f"then GET {url}: status {status}, not {checks}: {_short(body)}"
            elif status != 200:
                yield f"then GET {url}: status {status}: {_short(body)}"
            else:
                yield from self._compare(f"then GET {url}", body, checks)

    def _unchanged(self, states: Mapping[str, Any]) -> Iterator[str]:
        for url, before in states.items():
            after = self._get(url)[2]
            if after != before:
                yield f"then GET {url}: a refusal changed {_short(before)} to {_short(after)}"

    def _compare(self, what: str, body: Any, checks: Mapping[str, Any]) -> Iterator[str]:
        for line in differences(body, self._fill(checks)):
            yield f"{what}: {line}"

    def _get(self, url: str) -> tuple[int, Mapping[str, str], Any]:
        path, _, query = url.partition("?")
        pairs = dict(pair.partition("=")[::2] for pair in query.split("&")) if query else {}
        return self._send_one({"GET": path, "query": pairs})

    def _send_one(self, step: Mapping[str, Any]) -> tuple[int, Mapping[str, str], Any]:
        request = self._request(step)
        response = self.send(request)
        try:
            body = json.loads(response.body) if response.body else None
        except ValueError:
            body = {"$notjson": response.body[:200].decode("utf-8", "replace")}
        return response.status, response.headers, body

    def _request(self, step: Mapping[str, Any]) -> Request:
        method = next(method for method in _METHODS if method in step)
        body = self._body(step)
        headers = dict(step.get("headers", {}))
        names = {name.lower() for name in headers}
        if body and "content-type" not in names:
            headers["Content-Type"] = "application/scim+json"
        query = "&".join(
            f"{quote(name)}={quote(self._fill(value), safe='')}" for name, value in step.get("query", {}).items()
        )
        return Request(
            method=method,
            path=self._fill(step[method]),
            query=query,
            headers=[*self.headers, *headers.items()],
            body=body,
        )

    def _body(self, step: Mapping[str, Any]) -> bytes:
        if "raw" in step:
            return str(self._fill(step["raw"])).encode()
        body: Any = step.get("body")
        if "user" in step:
            body = {"schemas": [USER_URN], **step["user"]}
        elif "group" in step:
            body = {"schemas": [GROUP_URN], **step["group"]}
        elif "patch" in step:
            body = {"schemas": [PATCH_OP_URN], "Operations": step["patch"]}
        return b"" if body is None else json.dumps(self._fill(body)).encode()

    def _fill(self, value: Any) -> Any:
        """The same with every {name} in the texts replaced by what it stands for."""
        if isinstance(value, str):
            for name, text in self.names.items():
                value = value.replace("{" + name + "}", text)
            return value
        if isinstance(value, list):
            return [self._fill(item) for item in value]
        if isinstance(value, dict):
            return {self._fill(key): self._fill(item) for key, item in value.items()}
        return value


def _request_only(step: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in step.items() if key in _SEND_KEYS}


def _short(body: Any) -> str:
    text = json.dumps(body, ensure_ascii=False)
    return text if len(text) <= 240 else text[:240] + "…"
