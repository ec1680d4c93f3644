"""scim2-server over its memory storage, and scim2-models."""

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from io import BytesIO
from random import Random
from typing import Any

from scim2_models import Context, EnterpriseUser, PatchOp, ScimFilter, User
from scim2_server.applications.wsgi import WSGIApplication
from scim2_server.memory import InMemoryStorage
from scim2_server.service import ScimService
from scim2_server.utils import load_default_provider

from tests.benchmarks import samples
from tests.benchmarks.worker import Maker, Settings, Work, loop, serve

_User = User[EnterpriseUser]
_RANDOM = Random(1)


# scim2-models


def _parse(text: Callable[[int], str]) -> Maker:
    def ready(asked: str) -> object:
        found = ScimFilter[_User](asked)
        return found.ast, found.match

    return lambda _: loop(ready, text)


def _match(text: Callable[[int], str]) -> Maker:
    def make(_: Settings) -> Work:
        user = _User.model_validate(samples.user(0))
        return loop(ScimFilter[_User](text(0)).match, lambda _: user)

    return make


def _round_trip(_: Settings) -> Work:
    asked, answered = Context.RESOURCE_CREATION_REQUEST, Context.RESOURCE_CREATION_RESPONSE

    def bytes_to_bytes(body: bytes) -> bytes:
        user = _User.model_validate(json.loads(body), scim_ctx=asked)
        user.id = "1"
        return json.dumps(user.model_dump(scim_ctx=answered)).encode()

    return loop(bytes_to_bytes, lambda _: samples.FULL_BYTES)


def _patched(body: Callable[[int], bytes]) -> Maker:
    def make(_: Settings) -> Work:
        user = _User.model_validate(samples.user(0))

        def patch(sent: bytes) -> bool:
            asked = PatchOp[_User].model_validate(json.loads(sent), scim_ctx=Context.RESOURCE_PATCH_REQUEST)
            return asked.patch(user)

        assert patch(body(0))
        return loop(patch, lambda number: body(number + 1))

    return make


# scim2-server


class _Stage:
    def __init__(self, users: int) -> None:
        provider = load_default_provider()
        self.application = WSGIApplication(InMemoryStorage(), provider, ScimService(provider, secret="s" * 32))
        self.ids = [
            self.ask("POST", "/Users", body=samples.body(samples.user(number)))["id"] for number in range(users)
        ]

    def ask(self, method: str, path: str, query: str = "", body: bytes = b"") -> Any:
        answer = self.send(self.environment(method, path, query, body))
        return json.loads(answer) if answer else None

    def environment(self, method: str, path: str, query: str = "", body: bytes = b"") -> dict[str, Any]:
        """One request, as a WSGI server makes it."""
        return {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": f"/v2{path}",
            "QUERY_STRING": query,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "CONTENT_TYPE": "application/scim+json" if body else "",
            "CONTENT_LENGTH": str(len(body)) if body else "",
            "HTTP_HOST": "localhost",
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(body),
        }

    def send(self, environment: dict[str, Any]) -> bytes:
        """The answer, which must be a good one."""
        said: list[str] = []
        answer = b"".join(self.application(environment, lambda status, headers: said.append(status)))
        if not said[0].startswith("2"):
            raise RuntimeError(f"{said[0]}: {answer[:200]!r}")
        return answer


@lru_cache
def _stage(settings: Settings) -> _Stage:
    return _Stage(settings.users)


def _work(request: Callable[[_Stage, int], dict[str, Any]]) -> Maker:
    def make(settings: Settings) -> Work:
        ready = _stage(settings)
        return loop(ready.send, lambda number: request(ready, number))

    return make


def _get(of: _Stage, _: int) -> dict[str, Any]:
    return of.environment("GET", f"/Users/{_RANDOM.choice(of.ids)}")


def _by_name(of: _Stage, _: int) -> dict[str, Any]:
    name = samples.user_name(_RANDOM.randrange(len(of.ids)))
    return of.environment("GET", "/Users", samples.query_by_name(name))


def _list(of: _Stage, _: int) -> dict[str, Any]:
    return of.environment("GET", "/Users", "startIndex=1&count=100")


def _post(of: _Stage, number: int) -> dict[str, Any]:
    return of.environment("POST", "/Users", body=samples.body(samples.user(10_000_000 + number)))


def _patch(body: Callable[[int], bytes]) -> Maker:
    def request(of: _Stage, number: int) -> dict[str, Any]:
        return of.environment("PATCH", f"/Users/{of.ids[number // 2 % len(of.ids)]}", body=body(number))

    return _work(request)


def _member(settings: Settings) -> Work:
    """One member more and one less in a group of the middle size."""
    ready = _Stage(0)
    members = [{"value": samples.user_id(number)} for number in range(settings.middle)]
    group = {"schemas": [samples.GROUP], "displayName": "Group", "members": members}
    path = f"/Groups/{ready.ask('POST', '/Groups', body=samples.body(group))['id']}"
    outsider = samples.user_id(settings.large)

    def both(_: int) -> None:
        ready.send(ready.environment("PATCH", path, body=samples.add_member(outsider)))
        ready.send(ready.environment("PATCH", path, body=samples.remove_member(outsider)))

    return loop(both, each=2)


WORKS: Mapping[str, Maker] = {
    "filter.simple": _parse(samples.simple),
    "filter.six": _parse(samples.six_clauses),
    "filter.value_path": _parse(samples.value_path),
    "holds.eq": _match(samples.simple),
    "holds.value_path": _match(samples.value_path),
    "user": _round_trip,
    "patch.active": _patched(samples.patch_active),
    "patch.email": _patched(samples.patch_email),
    "web.get": _work(_get),
    "web.by_name": _work(_by_name),
    "web.list": _work(_list),
    "web.post": _work(_post),
    "web.patch_title": _patch(samples.patch_title),
    "web.patch_name": _patch(samples.patch_name),
    "web.patch_active": _patch(samples.patch_active),
    "members": _member,
}

if __name__ == "__main__":
    serve(WORKS)
