"""On Starlette, as its documentation writes it: plain functions, which it runs in its threads."""

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.benchmarks.served.stored import table


def create_app() -> Starlette:
    """Under the name that the server looks for."""
    return Starlette(
        routes=[
            Route("/scim/v2/Users", _many, methods=["GET"]),
            Route("/scim/v2/Users", _post, methods=["POST"]),
            Route("/scim/v2/Users/{id}", _get, methods=["GET"]),
            Route("/scim/v2/Users/{id}", _patch, methods=["PATCH"]),
        ]
    )


def _json(text: str, status: int = 200) -> Response:
    return Response(text, status, media_type="application/scim+json")


def _get(request: Request) -> Response:
    return _json(table.get(request.path_params["id"]))


def _many(request: Request) -> Response:
    filter = request.query_params.get("filter")
    return _json(table.named(filter.split('"')[1]) if filter else table.page())


async def _patch(request: Request) -> Response:
    return _json(await run_in_threadpool(table.patch, request.path_params["id"], await request.body()))


async def _post(request: Request) -> Response:
    return _json(await run_in_threadpool(table.post, await request.body()), 201)
