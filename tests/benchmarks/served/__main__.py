"""The process that drives the servers."""

from collections.abc import Callable, Mapping
from itertools import count
from random import Random

from tests.benchmarks import samples
from tests.benchmarks.ours.support import TOKEN
from tests.benchmarks.served.load import drive
from tests.benchmarks.served.servers import address, served
from tests.benchmarks.worker import Maker, Settings, Work, serve

_RANDOM, _NUMBERS = Random(1), count(20_000_000)

Ask = Callable[[int], bytes]


def _request(method: str, path: str, body: bytes = b"") -> bytes:
    lines = [
        f"{method} /scim/v2{path} HTTP/1.1",
        "Host: localhost",
        f"Authorization: Bearer {TOKEN}",
        "Accept: application/scim+json",
        *(["Content-Type: application/scim+json", f"Content-Length: {len(body)}"] if body else []),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _get(users: int) -> bytes:
    return _request("GET", f"/Users/{samples.user_id(_RANDOM.randrange(users))}")


def _by_name(users: int) -> bytes:
    return _request("GET", f"/Users?{samples.query_by_name(samples.user_name(_RANDOM.randrange(users)))}")


def _list(_: int) -> bytes:
    return _request("GET", "/Users?startIndex=1&count=100")


def _patch(users: int) -> bytes:
    id = samples.user_id(_RANDOM.randrange(users))
    return _request("PATCH", f"/Users/{id}", samples.patch_title(next(_NUMBERS)))


def _post(_: int) -> bytes:
    return _request("POST", "/Users", samples.body(samples.user(next(_NUMBERS))))


_ASKS: Mapping[str, Ask] = {"get": _get, "by_name": _by_name, "patch": _patch, "list": _list, "post": _post}


def _work(framework: str, kind: str, ask: Ask) -> Maker:
    def make(settings: Settings) -> Work:
        where, users = address(settings, framework, kind), served(settings)
        return lambda seconds: drive(where, lambda: ask(users), seconds)

    return make


serve(
    {
        f"{framework}.{kind}.{name}": _work(framework, kind, ask)
        for framework in ("starlette", "flask")
        for kind in ("ours", "stored")
        for name, ask in _ASKS.items()
    }
)
