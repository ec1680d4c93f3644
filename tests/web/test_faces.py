"""The two faces of the application are one code: the same answers, in plain calls and as coroutines."""

import asyncio

import pytest

from scimcore.access import MemoryConnections
from scimcore.testing.trial import BASE, Trial
from scimcore.web import AsyncApplication, Options, Request, TokenEndpoint


class WaitingConnections:
    """A store that really suspends."""

    def __init__(self, inner) -> None:
        self.inner = inner

    async def find(self, digest):
        await asyncio.sleep(0)
        return self.inner.find(digest)

    async def get(self, id):
        await asyncio.sleep(0)
        return self.inner.get(id)

    async def used(self, connection, credential, at):
        await asyncio.sleep(0)
        self.inner.used(connection, credential, at)


def waiting(trial: Trial) -> AsyncApplication:
    connections = WaitingConnections(trial.connections)
    options = Options(clock=trial.clock, reraise=True)
    return AsyncApplication(trial.service.asynchronous, connections, base_url=BASE, options=options)


REQUESTS = [
    ("GET", "/Users", ""),
    ("GET", "/Users", "filter=userName+eq+%22ada%22"),
    ("GET", "/Users/{id}", "attributes=userName"),
    ("GET", "/Schemas", ""),
    ("GET", "/Nothing", ""),
    ("BREW", "/Users", ""),
]


@pytest.mark.parametrize("method, path, query", REQUESTS)
def test_both_give_the_same_answer(trial, method, path, query):
    id = trial.user("ada")
    headers = (("Authorization", f"Bearer {trial.token}"),)
    request = Request(method=method, path=path.replace("{id}", id), query=query, headers=headers)
    application = waiting(trial)
    assert asyncio.run(application.handle(request)) == trial.application.handle(request)
    assert application.max_body == trial.application.max_body


def test_the_tenant_of_the_url_counts_for_both(trial):
    request = Request(method="GET", path="/Users", headers=(("Authorization", f"Bearer {trial.token}"),))
    assert asyncio.run(waiting(trial).handle(request, tenant="globex")).status == 404


def test_an_asynchronous_store_under_the_synchronous_face_is_named_as_the_mistake(trial):
    from scimcore.web import Application

    waiting = WaitingConnections(trial.connections)
    with pytest.raises(TypeError, match="AsyncApplication"):
        Application(trial.service, waiting, base_url=BASE)  # type: ignore[arg-type]  # the mistake

    class Hidden(MemoryConnections):
        """Its coroutines are not seen before they are made."""

        def find(self, digest: str):
            return waiting.find(digest)

    options = Options(clock=trial.clock, reraise=True)
    application = Application(trial.service, Hidden(), base_url=BASE, options=options)
    with pytest.raises(RuntimeError, match="AsyncService"):
        application.handle(Request(method="GET", path="/Users", headers=(("Authorization", f"Bearer {trial.token}"),)))


def test_the_token_endpoint_waits_too(trial):
    from scimcore.access import AccessTokens, issue

    secret, client = issue(now=0, use="client")
    trial.connections.put(next(iter(trial.connections)).with_credential(client))
    tokens = AccessTokens(keys=(b"k" * 32,))
    endpoint = TokenEndpoint(WaitingConnections(trial.connections), tokens, clock=trial.clock, reraise=True)
    body = f"grant_type=client_credentials&client_id={client.id}&client_secret={secret}".encode()
    headers = (("Content-Type", "application/x-www-form-urlencoded"),)
    request = Request(method="POST", path="/token", headers=headers, body=body)
    assert asyncio.run(endpoint.handle_async(request)).status == 200
