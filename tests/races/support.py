"""Where races are run: the same few requests to a service in memory, to the product in one process, and in several."""

import json
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from http.client import HTTPConnection
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

from attrs import field, frozen

from scimcore.policy import STANDARD
from scimcore.policy.triggers import RolesSet
from scimcore.testing.trial import Trial
from scimcore.web import Request
from tests.examples.conftest import TOKEN
from tests.machine.support import MachineHost
from trial.product import Product

R = TypeVar("R")
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


class Deployment(Protocol):
    """What a race needs."""

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]: ...
    def accounts(self) -> list[dict[str, Any]]: ...
    def teams(self) -> list[set[str]]: ...
    def limit(self, seats: int) -> None: ...
    def make_owner(self, scim_id: str) -> None: ...


@frozen
class InMemory:
    """One `Service` on a `MemoryRepository`."""

    trial: Trial = field(factory=lambda: Trial.start(host=MachineHost()))

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        answer = self.trial.send(method, path, body)
        return answer.status, answer.body

    def accounts(self) -> list[dict[str, Any]]:
        return [{"id": a.id, "email": a.email, "state": a.state, "owner": a.owner} for a in self.trial.host.all("acme")]

    def teams(self) -> list[set[str]]:
        return [set(team.members) for team in self.trial.host.teams("acme")]

    def limit(self, seats: int) -> None:
        self.trial.host.configure("acme", seat_limit=seats)

    def make_owner(self, scim_id: str) -> None:
        name = self.ask("GET", f"/Users/{scim_id}")[1]["userName"]
        account = next(a["id"] for a in self.accounts() if a["email"] == name)
        assert self.trial.service.product.tell("acme", RolesSet(("owner",)), account, policy=STANDARD).refusal is None


@frozen
class _OverPages(ABC):
    """What the product's own pages show and take."""

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        raw = b"" if body is None else json.dumps(body).encode()
        status, content = self.send(method, path if path.startswith("/trial") else "/scim/v2" + path, raw)
        return status, json.loads(content) if content else None

    @abstractmethod
    def send(self, method: str, target: str, body: bytes) -> tuple[int, bytes]:
        """One request to the product."""

    def accounts(self) -> list[dict[str, Any]]:
        return self.ask("GET", "/trial/accounts")[1]["accounts"]  # type: ignore[no-any-return]

    def teams(self) -> list[set[str]]:
        return [set(team["members"]) for team in self.ask("GET", "/trial/teams")[1]["teams"]]

    def limit(self, seats: int) -> None:
        assert self.ask("POST", "/trial/settings", {"seat_limit": seats})[0] == 200

    def make_owner(self, scim_id: str) -> None:
        account = next(a["id"] for a in self.accounts() if a["scim_id"] == scim_id)
        assert self.ask("POST", f"/trial/accounts/{account}/roles", {"roles": ["owner"]})[0] == 200


@frozen
class InOneProcess(_OverPages):
    """The trial product, asked by threads; by no more at a time than an adapter would have."""

    product: Product
    room: threading.Semaphore = field(factory=lambda: threading.Semaphore(8))

    def send(self, method: str, target: str, body: bytes) -> tuple[int, bytes]:
        head = [("Authorization", f"Bearer {TOKEN}"), ("Content-Type", "application/scim+json")]
        with self.room:
            answer = self.product.respond(Request(method=method, path=target, headers=head, body=body))
        return answer.status, answer.body


@frozen
class Served(_OverPages):
    """The trial product behind a socket, in several processes. Every request on a connection of its own."""

    base: str
    token: str = "T"

    def send(self, method: str, target: str, body: bytes) -> tuple[int, bytes]:
        connection = HTTPConnection(urlsplit(self.base).netloc, timeout=60)
        try:
            head = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/scim+json"}
            connection.request(method, target, body or None, head)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


def run_at_once(work: Sequence[Callable[[], R]]) -> list[R]:
    """All of it at the same time, each in a thread that waits for the others; what failed fails here."""
    start, found, failures = threading.Barrier(len(work)), list[Any]([None] * len(work)), list[BaseException]()

    def one(nth: int) -> None:
        start.wait(30)
        try:
            found[nth] = work[nth]()
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=one, args=(nth,)) for nth in range(len(work))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
        assert not thread.is_alive(), "a request hangs"
    if failures:
        raise failures[0]
    return found


def patch(*operations: dict[str, Any]) -> dict[str, Any]:
    return {"schemas": [PATCH_OP], "Operations": list(operations)}
