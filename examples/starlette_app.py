"""The trial product on Starlette.

The product is synchronous, so it works in a thread and the event loop stays free; except where the answer is ready
sooner than a thread could be asked.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

from attrs import evolve
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import Response as HttpResponse
from starlette.routing import Mount
from starlette.types import Receive, Scope, Send

from scimcore.web import Request, Response
from trial.options import Options
from trial.product import Product

#: Seconds in which a body must have arrived.
PATIENCE = 20


def create_app() -> Starlette:
    """For `uvicorn --factory`: as the environment says."""
    return application(Product(Options.read()))


def application(product: Product) -> Starlette:
    """The product as an ASGI application."""
    threads = ThreadPoolExecutor(product.threads, thread_name_prefix="product")

    async def in_thread(respond: Callable[[Request], Response], request: Request) -> Response:
        return await asyncio.get_running_loop().run_in_executor(threads, respond, request)

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        asked = HttpRequest(scope, receive)
        request = Request(
            method=asked.method,
            path=scope["raw_path"].decode("latin-1"),
            query=scope["query_string"].decode("latin-1"),
            headers=asked.headers.items(),
        )
        answer = product.before_body(request)
        if answer is None:
            try:
                request = evolve(request, body=await asyncio.wait_for(_body(asked, product.body_limit), PATIENCE))
                at_once = product.at_once(request)
                answer = product.respond(request) if at_once else await in_thread(product.respond, request)
            except (ClientDisconnect, TimeoutError) as problem:
                answer = product.broken(request, problem)
        await HttpResponse(answer.body, answer.status, dict(answer.headers))(scope, receive, send)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        threads.shutdown()
        product.close()

    return Starlette(routes=[Mount("/", app=serve)], lifespan=lifespan)


async def _body(request: HttpRequest, limit: int) -> bytes:
    """The body, and of one that is too large just enough for it to be refused."""
    read = bytearray()
    async for chunk in request.stream():
        read += chunk
        if len(read) > limit:
            break
    return bytes(read)
