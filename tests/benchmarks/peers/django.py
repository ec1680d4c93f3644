"""django-scim2 over SQLite in memory, and the scim2-filter-parser that it reads filters with."""

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from random import Random
from types import SimpleNamespace
from typing import Any

import django
from django.conf import settings as django_settings
from scim2_filter_parser.queries.sql import SQLQuery

from tests.benchmarks import samples
from tests.benchmarks.worker import Maker, Settings, Work, loop, serve

_RANDOM = Random(1)
_COLUMNS = {
    ("userName", None, None): "users.username",
    ("externalId", None, None): "users.external_id",
    ("title", None, None): "users.title",
    ("active", None, None): "users.active",
    ("meta", "lastModified", None): "users.modified",
    ("emails", "value", None): "emails.value",
    ("emails", "type", None): "emails.type",
    ("emails", None, None): "emails.value",
}


def _to_sql(text: Callable[[int], str]) -> Maker:
    return lambda _: loop(lambda asked: SQLQuery(asked, "users", _COLUMNS).sql, text)


def let_in(answer: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Middleware: whoever asks is known."""

    def handle(request: Any) -> Any:
        request.user = SimpleNamespace(is_authenticated=True, is_anonymous=False)
        return answer(request)

    return handle


@lru_cache
def _client() -> Any:
    django_settings.configure(
        SECRET_KEY="s" * 32,
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=__name__,
        MIDDLEWARE=[f"{__name__}.let_in", "django_scim.middleware.SCIMAuthCheckMiddleware"],
        USE_TZ=True,
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django_scim", "tests.benchmarks.peers"],
        AUTH_USER_MODEL="peers.Person",
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        SCIM_SERVICE_PROVIDER={
            "NETLOC": "localhost",
            "AUTHENTICATION_SCHEMES": [{"type": "oauthbearertoken", "name": "Bearer", "description": "Bearer"}],
        },
    )
    django.setup()
    from django.core.management import call_command
    from django.test import Client
    from django.urls import include, path

    globals()["urlpatterns"] = [path("scim/v2/", include("django_scim.urls", namespace="scim"))]
    call_command("migrate", run_syncdb=True, verbosity=0)
    return Client()


class _Stage:
    def __init__(self, users: int) -> None:
        self.client = _client()
        self.ids = [self.post(number)["id"] for number in range(users)]

    def post(self, number: int) -> Any:
        """A new user: what it has columns for is all that it keeps."""
        return self.send("post", "/Users", samples.body(samples.user(number)))

    def send(self, method: str, path: str, body: bytes | None = None) -> Any:
        """The answer, which must be a good one."""
        more = {} if body is None else {"data": body, "content_type": "application/scim+json"}
        response = getattr(self.client, method)("/scim/v2" + path, **more)
        if response.status_code >= 300:
            raise RuntimeError(f"{response.status_code}: {response.content[:200]!r}")
        return json.loads(response.content)


@lru_cache
def _stage(settings: Settings) -> _Stage:
    return _Stage(settings.users)


def _work(do: Callable[[_Stage, int], object]) -> Maker:
    def make(settings: Settings) -> Work:
        ready = _stage(settings)
        return loop(lambda number: do(ready, number))

    return make


def _someone(of: _Stage) -> int:
    return _RANDOM.randrange(len(of.ids))


WORKS: Mapping[str, Maker] = {
    "sql.simple": _to_sql(samples.simple),
    "sql.six": _to_sql(samples.six_clauses),
    "sql.value_path": _to_sql(samples.value_path),
    "web.get": _work(lambda of, _: of.send("get", f"/Users/{of.ids[_someone(of)]}")),
    "web.by_name": _work(
        lambda of, _: of.send("get", f"/Users?{samples.query_by_name(samples.user_name(_someone(of)))}")
    ),
    "web.list": _work(lambda of, _: of.send("get", "/Users?startIndex=1&count=50")),
    "web.post": _work(lambda of, number: of.post(10_000_000 + number)),
}

if __name__ == "__main__":
    serve(WORKS)
