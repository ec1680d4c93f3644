"""The trial product on Flask, for any WSGI server with threads."""

from flask import Flask
from flask import Request as HttpRequest
from flask import Response as HttpResponse
from flask import request as asked

from scimcore.web import Request
from trial.options import Options
from trial.product import Product


class Answer(HttpResponse):
    """Without a body there is nothing to name a media type of."""

    default_mimetype = None


def create_app() -> Flask:
    """For `gunicorn "flask_app:create_app()"`: as the environment says."""
    return application(Product(Options.read()))


def application(product: Product) -> Flask:
    """The product as a WSGI application."""
    app = Flask(__name__, static_folder=None)

    @app.before_request
    def serve() -> HttpResponse:
        # Before any routing: which paths and methods there are is the product's to say, in its own words.
        request = Request(
            method=asked.method,
            path=_raw_path(asked),
            query=asked.query_string.decode("latin-1"),
            headers=tuple(asked.headers.items()),
            # Of a body that is too large just enough for it to be refused.
            body=asked.stream.read(product.body_limit + 1),
        )
        answer = product.respond(request)
        # A list, because of bytes Flask would count the length itself, and the answer to HEAD names another.
        return Answer([answer.body], answer.status, dict(answer.headers))

    return app


def _raw_path(request: HttpRequest) -> str:
    """The path as it was sent: WSGI hands it on percent-decoded, which would lose an encoded slash."""
    return str(request.environ.get("RAW_URI", request.path)).partition("?")[0]
