"""On Flask."""

from flask import Flask, Response, request

from tests.benchmarks.served.stored import table


def create_app() -> Flask:
    """Under the name that the server looks for."""
    app = Flask(__name__)

    @app.get("/scim/v2/Users/<id>")
    def get(id: str) -> Response:
        return _json(table.get(id))

    @app.get("/scim/v2/Users")
    def many() -> Response:
        filter = request.args.get("filter")
        return _json(table.named(filter.split('"')[1]) if filter else table.page())

    @app.patch("/scim/v2/Users/<id>")
    def patch(id: str) -> Response:
        return _json(table.patch(id, request.get_data()))

    @app.post("/scim/v2/Users")
    def post() -> Response:
        return _json(table.post(request.get_data()), 201)

    return app


def _json(text: str, status: int = 200) -> Response:
    return Response(text, status, mimetype="application/scim+json")
