"""The product, put together: its database, scimcore, its pages. What an adapter serves is `respond`."""

import logging
import re
import secrets
import uuid
from typing import Final

from sqlalchemy import Connection

from scimcore.repository.sql import SqlRepository
from scimcore.service import Service
from scimcore.web import Application, Request, Response
from trial import accounts, door
from trial.host import ProductHost
from trial.options import Options
from trial.pages import Pages
from trial.tables import metadata

SCIM: Final = "/scim/v2"
PAGES: Final = "/trial"
#: One user, and what no client can make long: a group may have 100,000 members.
_POINT: Final = re.compile(SCIM + r"/(?:Users/[^/]+|ServiceProviderConfig|ResourceTypes|Schemas)")


class Product:
    """One process of the trial. Any number of threads may call `respond`."""

    #: How many requests at a time are of use. Writers of SQLite stand in line, and those who do share a commit.
    threads: Final = 16

    def __init__(self, options: Options) -> None:
        self.options: Final = options
        self.repository: Final = SqlRepository(options.database)
        self._at_hand: Final = self.repository.engine.dialect.name == "sqlite"
        host = ProductHost(self.repository)
        self.service: Final[Service[Connection]] = Service(
            self.repository,
            host,
            registry=options.registry(),
            clock=accounts.now,
            new_id=lambda: str(uuid.uuid4()),
            secrets=[options.secret],
            inventory=host,
        )
        connections = door.connections(options.tokens, options.dialect, options.policy, accounts.now())
        self._scim = Application(self.service, connections, base_url=options.base + SCIM)
        self._short: Final = any(door.short(secret) for _, secret in options.tokens)
        self._pages = Pages(self.service, host, connections)

    @property
    def body_limit(self) -> int:
        """Bytes of a body after which an adapter may stop reading: what is longer is refused."""
        return self._scim.max_body

    def create_tables(self) -> None:
        """Those of scimcore and the product's own, where they are missing. Once, before any worker starts."""
        self.repository.create_tables()
        metadata.create_all(self.repository.engine)

    def at_once(self, request: Request) -> bool:
        """Whether it takes less to answer the request than to hand it to a thread: SQLite reads one resource.

        Nothing that a client can make long: while a search runs in the event loop, no other tenant is answered.
        """
        return self._at_hand and request.method == "GET" and _POINT.fullmatch(request.path) is not None

    def respond(self, request: Request) -> Response:
        """One HTTP request to the product, whatever it is for."""
        for prefix, handler in ((SCIM, self._scim), (PAGES, self._pages)):
            if request.path == prefix or request.path.startswith(prefix + "/"):
                return handler.handle(self._inside(request, prefix))
        return Response(status=404, headers={"Content-Type": "application/json"}, body=b'{"error": "not found"}')

    def before_body(self, request: Request) -> Response | None:
        """The answer to a request whose headers are enough to refuse it; None: read the body, and ask `respond`."""
        said = {name.lower(): value for name, value in request.headers}
        if said.get("content-length", "0") == "0" and "transfer-encoding" not in said:
            return None  # There is no body to be read.
        for prefix, handler in ((SCIM, self._scim), (PAGES, self._pages)):
            if request.path == prefix or request.path.startswith(prefix + "/"):
                return handler.before_body(self._inside(request, prefix))
        return self.respond(request)

    def broken(self, request: Request, problem: Exception) -> Response:
        """The answer to a request whose body did not arrive. One line in the log: it is no fault of ours."""
        logging.getLogger("trial").warning("%r: the body did not arrive (%s)", request, type(problem).__name__)
        return self._scim.broken_body(request)

    def _inside(self, request: Request, prefix: str) -> Request:
        """The request as what answers under that prefix is to see it."""
        return Request(
            method=request.method,
            path=request.path.removeprefix(prefix),
            query=request.query,
            headers=door.stretched(request.headers) if self._short else request.headers,
            body=request.body,
            scheme=request.scheme,
            id=request.id,
        )

    def close(self) -> None:
        """Let go of the database."""
        self.repository.close()


def fresh_token() -> str:
    """A token for the operator who did not name one."""
    return secrets.token_urlsafe(32)
