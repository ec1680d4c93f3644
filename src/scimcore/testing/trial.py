"""A whole SCIM service in memory, one line to set up: for tests of what stands on top of scimcore, and of scimcore."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import count
from typing import Any
from urllib.parse import quote

from attrs import define, field, frozen

from scimcore.access import Connection, MemoryConnections, issue
from scimcore.dialects import AUTO, Dialect
from scimcore.patch.operations import PATCH_OP_URN
from scimcore.policy import STANDARD, Policy
from scimcore.policy.effects import AnyEffect
from scimcore.repository import MemoryRepository
from scimcore.repository.memory.journal import Journal
from scimcore.schema import Registry
from scimcore.service import Limits, Service
from scimcore.testing.host import TrialHost
from scimcore.web import Application, Options, Request, Response

#: 2026-01-01T00:00:00Z.
START = 1_767_225_600_000_000
SECOND = 1_000_000
BASE = "https://scim.example.com/scim/v2"


@define
class Clock:
    """The time that the trial is told: a second later whenever somebody looks, and as much later as the test says."""

    now: int = START
    step: int = SECOND

    def __call__(self) -> int:
        # It moves on by itself, so that no two records have the same time and every order in a test is certain.
        self.now += self.step
        return self.now


@frozen
class Answer:
    """A response, with its body read. `body` is None when there is none."""

    status: int
    headers: Mapping[str, str]
    body: Any

    def __getitem__(self, name: str) -> Any:
        return self.body[name]


@define
class Trial:
    """A service over a `MemoryRepository` and a `TrialHost`, and a client that has the token of its tenant.

    >>> trial = Trial.start()
    >>> trial.post("/Users", {"userName": "ada@example.com"}).status
    201
    >>> [account.email for account in trial.host.all("acme")]
    ['ada@example.com']
    """

    application: Application
    service: Service[Journal]
    host: TrialHost
    connections: MemoryConnections
    clock: Clock
    #: The secret of the first connection: what `send` uses unless it is given another.
    token: str
    #: The tenant of that connection.
    tenant: str = "acme"
    #: All requests that were sent, as they were sent.
    requests: list[Request] = field(factory=list)

    @classmethod
    def start(
        cls,
        *,
        dialect: Dialect = AUTO,
        policy: Policy = STANDARD,
        registry: Registry | None = None,
        limits: Limits | None = None,
        options: Callable[[Clock], Options] | None = None,
        base_url: str = BASE,
        tenant: str = "acme",
        host: TrialHost | None = None,
        later: Iterable[type[AnyEffect]] = (),
    ) -> "Trial":
        """Everything set up; failures of the library or the host reach the test, unless `options` say otherwise."""
        # One of each for every trial: two trials in one test must not share ids or time.
        clock, numbers, repository = Clock(), count(1), MemoryRepository()
        host = host or TrialHost()
        # The repository, for hosts of tests that look into it; a real host never needs it.
        host.repository = repository
        service = Service(
            repository,
            host,
            clock=clock,
            # Counted, not random: a test that fails shows the same ids each time.
            new_id=lambda: f"id-{next(numbers):06}",
            secrets=(b"trial" * 8,),
            teams=host,
            passwords=host,
            inventory=host,
            later=later,
            registry=registry,
            limits=limits,
        )
        # Empty at first: `connect` makes the connection, with a token that the trial then knows.
        connections = MemoryConnections()
        chosen = options(clock) if options else Options(clock=clock, reraise=True)
        application = Application(service, connections, base_url=base_url, options=chosen)
        trial = cls(application, service, host, connections, clock, "", tenant)
        trial.token = trial.connect(tenant, dialect=dialect, policy=policy)
        return trial

    def connect(
        self,
        tenant: str,
        *,
        dialect: Dialect = AUTO,
        policy: Policy = STANDARD,
        scopes: Sequence[str] = ("scim",),
        subject: str | None = None,
        id: str = "",
    ) -> str:
        """One more connection; the token of it."""
        # The token is made of the number of the connection, so that it is the same in every run.
        number = sum(1 for _ in self.connections) + 1
        secret, credential = issue(
            now=self.clock.now, token_bytes=lambda n: number.to_bytes(n, "big"), scopes=frozenset(scopes)
        )
        connection = Connection(
            id=id or f"idp-{number}",
            tenant=tenant,
            dialect=dialect,
            policy=policy,
            credentials=(credential,),
            subject=subject,
        )
        self.connections.put(connection)
        return secret

    def send(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        query: str | Mapping[str, str] = "",
        headers: Mapping[str, str] | None = None,
        token: str | None = None,
        raw: bytes | None = None,
        tenant: str | None = None,
    ) -> Answer:
        """One request. `query` as a mapping is percent-encoded; `raw` is a body as bytes."""
        said = {"Authorization": f"Bearer {self.token if token is None else token}", **(headers or {})}
        content = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        # A body that is sent without a type is a client's mistake of its own: tests that want it give `headers`.
        if content:
            said.setdefault("Content-Type", "application/scim+json")
        request = Request(method=method, path=path, query=_encoded(query), headers=tuple(said.items()), body=content)
        self.requests.append(request)
        return _read(self.application.handle(request, tenant=tenant))

    def get(self, path: str, **said: Any) -> Answer:
        """GET."""
        return self.send("GET", path, **said)

    def post(self, path: str, body: object = None, **said: Any) -> Answer:
        """POST."""
        return self.send("POST", path, body, **said)

    def put(self, path: str, body: object = None, **said: Any) -> Answer:
        """PUT."""
        return self.send("PUT", path, body, **said)

    def patch(self, path: str, *operations: Mapping[str, object], **said: Any) -> Answer:
        """PATCH, with the message around the operations."""
        schemas = [PATCH_OP_URN]
        return self.send("PATCH", path, {"schemas": schemas, "Operations": list(operations)}, **said)

    def delete(self, path: str, **said: Any) -> Answer:
        """DELETE."""
        return self.send("DELETE", path, **said)

    def user(self, name: str, /, **attributes: object) -> str:
        """A user of that name; its id."""
        answer = self.post("/Users", {"schemas": [_USER], "userName": name, **attributes})
        if answer.status != 201:
            # Not `assert`: this is a library of tests, and must fail under `python -O` too.
            raise AssertionError(f"{answer.status}: {answer.body}")
        return str(answer["id"])

    def group(self, name: str, /, *members: str) -> str:
        """A group of that name with these members; its id."""
        listed = [{"value": member} for member in members]
        answer = self.post("/Groups", {"schemas": [_GROUP], "displayName": name, "members": listed})
        if answer.status != 201:
            raise AssertionError(f"{answer.status}: {answer.body}")
        return str(answer["id"])


_USER = "urn:ietf:params:scim:schemas:core:2.0:User"
_GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"


def _encoded(query: str | Mapping[str, str]) -> str:
    if isinstance(query, str):
        return query
    return "&".join(f"{quote(name)}={quote(value)}" for name, value in query.items())


def _read(response: Response) -> Answer:
    return Answer(response.status, response.headers, json.loads(response.body) if response.body else None)
