"""The two faces of the SCIM endpoint: a request in, a response out, in plain calls or as a coroutine."""

from collections.abc import Callable
from typing import Any

from scimcore.access import AsyncConnections, Connection, Connections
from scimcore.service import AsyncService, Service
from scimcore.service.driver import run
from scimcore.web.core import Core
from scimcore.web.messages import Request, Response
from scimcore.web.options import Options

BaseUrl = str | Callable[[Connection | None], str]


class Application:
    """Everything that SCIM says about HTTP, for a synchronous host.

    `base_url` is the only thing that links are made of, whatever the request's headers say: an absolute URL without a
    query, or a function that gives one for a connection (None: somebody without a credential). Raises ValueError when
    it is neither.
    """

    def __init__(
        self, service: Service[Any], connections: Connections, *, base_url: BaseUrl, options: Options | None = None
    ) -> None:
        self._core = Core(service.asynchronous, connections, base_url, options or Options())

    @property
    def max_body(self) -> int:
        """Bytes beyond which an adapter need not read on: such a body is refused in any case."""
        return self._core.max_body

    def handle(self, request: Request, *, tenant: str | None = None) -> Response:
        """The answer to any request whatever; nothing that a client sends makes it raise.

        `tenant`: what the URL or the host name says, if it does. A credential of another tenant finds nothing there
        (HTTP-018).
        """
        return run(self._core.handle(request, tenant))


class AsyncApplication:
    """The same for an asynchronous service; the connections may be either."""

    def __init__(
        self,
        service: AsyncService[Any],
        connections: Connections | AsyncConnections,
        *,
        base_url: BaseUrl,
        options: Options | None = None,
    ) -> None:
        self._core = Core(service, connections, base_url, options or Options())

    @property
    def max_body(self) -> int:
        """Bytes beyond which an adapter need not read on: such a body is refused in any case."""
        return self._core.max_body

    async def handle(self, request: Request, *, tenant: str | None = None) -> Response:
        """The answer to any request whatever; see `Application.handle`."""
        return await self._core.handle(request, tenant)
