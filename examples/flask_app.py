"""The trial product on Flask, for any WSGI server with threads."""

from typing import Any

from attrs import evolve
from flask import Flask, request
from flask import Request as HttpRequest
from flask import Response as HttpResponse
from werkzeug.datastructures import Headers

from scimcore.web import Request
from scimcore.web import Response as Answered
from trial.options import Options
from trial.product import Product

#: Seconds that a client may stop sending, or reading.
PATIENCE = 20


class Unrouted(Flask):
    """Which paths and methods there are is the product's to say, in its own words: Flask looks for no route."""

    def create_url_adapter(self, request: HttpRequest | None) -> None:
        """None: there is nothing to match a URL with."""


class Answer(HttpResponse):
    """What the product says, with the headers that it says, and none that Flask would make of them."""

    # Without a body there is nothing to name a media type of.
    default_mimetype = None

    def get_wsgi_headers(self, environ: Any) -> Headers:
        """As they are. What is left to say is how long a body is; the answer to HEAD says it of a body it has not."""
        if self.response and "Content-Length" not in self.headers:
            self.headers["Content-Length"] = str(sum(map(len, self.iter_encoded())))
        return self.headers


def create_app() -> Flask:
    """For `gunicorn "flask_app:create_app()"`: as the environment says."""
    return application(Product(Options.read()))


def application(product: Product) -> Flask:
    """The product as a WSGI application."""
    app = Unrouted(__name__, static_folder=None)

    @app.before_request
    def serve() -> HttpResponse:
        environ = request.environ
        asked = Request(
            method=environ["REQUEST_METHOD"],
            path=_raw_path(environ),
            query=environ["QUERY_STRING"],
            headers=tuple(request.headers),
        )
        answer = product.before_body(asked) or _answer(product, asked, environ)
        return Answer([answer.body] if answer.body else [], answer.status, list(answer.headers.items()))

    return app


def _answer(product: Product, asked: Request, environ: dict[str, Any]) -> Answered:
    """Read the body, now that the headers have passed, and answer."""
    if "gunicorn.socket" in environ:
        # For a client that stops to send, and for one that stops to read the answer.
        environ["gunicorn.socket"].settimeout(PATIENCE)
    try:
        # Of a body that is too large just enough for it to be refused.
        body = request.stream.read(product.body_limit + 1)
    except Exception as problem:  # whatever the server raises for malformed chunks, timeouts and broken connections
        return product.broken(asked, problem)
    return product.respond(evolve(asked, body=body))


def _raw_path(environ: dict[str, Any]) -> str:
    """The path as it was sent: WSGI hands it on percent-decoded, which would lose an encoded slash."""
    return str(environ.get("RAW_URI") or environ["PATH_INFO"]).partition("?")[0]
