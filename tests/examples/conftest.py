"""The trial product, in-process behind either framework, and a client that speaks to both the same way."""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import pytest
from attrs import field, frozen

import flask_app
import starlette_app
from trial.options import Options
from trial.product import Product

EXAMPLES = Path(__file__).parent.parent.parent / "examples"

TOKEN = "a-token-for-the-trial-tenant"
OTHER = "a-token-for-another-tenant"


@frozen
class Answer:
    """What came back, whichever framework sent it."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else None


class Transport(Protocol):
    """Sends one request to a framework's application."""

    def __call__(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer: ...


def over_asgi(product: Product) -> Transport:
    app = starlette_app.application(product)

    async def ask(method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        sent: list[Any] = []
        chunks = [body[i : i + 65536] for i in range(0, len(body), 65536)] or [b""]

        async def receive() -> Any:
            return {"type": "http.request", "body": chunks.pop(0), "more_body": bool(chunks)}

        async def send(message: Any) -> None:
            sent.append(message)

        path, _, query = target.partition("?")
        raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        scope = {"type": "http", "http_version": "1.1", "method": method, "path": path, "headers": raw}
        scope |= {"raw_path": path.encode(), "query_string": query.encode(), "root_path": "", "scheme": "http"}
        await app(scope, receive, send)
        head = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return Answer(sent[0]["status"], head, b"".join(message["body"] for message in sent[1:]))

    return lambda *request: asyncio.run(ask(*request))


def over_wsgi(product: Product) -> Transport:
    client = flask_app.application(product).test_client()

    def ask(method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        answer = client.open(target, method=method, headers=dict(headers), data=body)
        return Answer(
            answer.status_code, {name.lower(): value for name, value in answer.headers.items()}, answer.get_data()
        )

    return ask


TRANSPORTS: Mapping[str, Callable[[Product], Transport]] = {"starlette": over_asgi, "flask": over_wsgi}


@frozen
class Client:
    """Somebody with a token."""

    send: Transport
    token: str = TOKEN

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """To the SCIM endpoint, or to a page of the product when the path says so."""
        target = path if path.startswith("/trial") else "/scim/v2" + path
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        said = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/scim+json", **headers}
        return self.send(method, target, said, raw)

    def page(self, name: str) -> Any:
        """What a page of the product lists."""
        return self.ask("GET", f"/trial/{name}").json[name]


def options(folder: Path, **said: str) -> Options:
    """Those of a trial in that folder, with two tenants."""
    database = f"sqlite:///{folder}/trial.db"
    return Options.read({"DATABASE": database, "TOKEN": f"{TOKEN},other:{OTHER}"} | said)


def opened(folder: Path, **said: str) -> Product:
    """A fresh product."""
    product = Product(options(folder, **said))
    product.create_tables()
    return product


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Product]:
    """A fresh product under the standard policy."""
    found = opened(tmp_path)
    yield found
    found.close()


@pytest.fixture(params=TRANSPORTS)
def client(request: pytest.FixtureRequest, product: Product) -> Client:
    """The tenant's client, over each framework in turn."""
    return Client(TRANSPORTS[request.param](product))


@pytest.fixture
def direct(product: Product) -> Client:
    """The tenant's client over one framework, for what has nothing to do with frameworks."""
    return Client(over_wsgi(product))
