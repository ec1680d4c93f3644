"""What happens at the same time: threads in one process on every store, and several processes on one database."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from attrs import field, frozen

from tests.examples.conftest import opened
from tests.examples.test_serve import serving
from tests.races.support import Deployment, InMemory, InOneProcess, Served, patch, run_at_once
from tests.repository.postgresql import Server, installations, server

AT_ONCE = 8
OFF = {"op": "replace", "path": "active", "value": False}


@pytest.fixture(scope="module")
def postgresql() -> Iterator[Server]:
    with server(installations()["wheel"]) as running:
        yield running


#: Each test that asks the processes is a tenant of its own.
TENANTS = tuple(f"t{n}" for n in range(12))


@frozen
class Processes:
    """Four of them on one database, started once."""

    base: str
    free: Iterator[str] = field(factory=lambda: iter(TENANTS))

    @classmethod
    def start(cls, stack: ExitStack, folder: Path, **said: str) -> "Processes":
        tokens = ",".join(f"{name}:token-of-{name}" for name in TENANTS)
        _, base = stack.enter_context(serving(folder, WORKERS="4", TOKEN=tokens, **said))
        return cls(base.removesuffix("/scim/v2"))

    def deployment(self) -> Served:
        return Served(self.base, f"token-of-{next(self.free)}")


@pytest.fixture(scope="module")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    with ExitStack() as stack:
        yield Processes.start(stack, tmp_path_factory.mktemp("processes"))


@pytest.fixture(scope="module")
def on_postgresql(tmp_path_factory: pytest.TempPathFactory, postgresql: Server) -> Iterator[Processes]:
    with ExitStack() as stack:
        url = postgresql.database().render_as_string(hide_password=False)
        yield Processes.start(stack, tmp_path_factory.mktemp("processes"), DATABASE=url)


@pytest.fixture(params=["memory", "sqlite", "postgresql", "on_sqlite", "on_postgresql"])
def deployment(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Deployment]:
    """Each store in turn, asked by threads; and four processes that share one database."""
    name: str = request.param
    if name == "memory":
        yield InMemory()
    elif name.startswith("on_"):
        yield request.getfixturevalue(name).deployment()
    else:
        said = {}
        if name == "postgresql":
            url = request.getfixturevalue("postgresql").database()
            said["DATABASE"] = url.render_as_string(hide_password=False)
        product = opened(tmp_path, **said)
        yield InOneProcess(product)
        product.close()


def user(deployment: Deployment, name: str) -> str:
    status, body = deployment.ask("POST", "/Users", {"userName": name})
    assert status == 201, body
    return str(body["id"])


def statuses(deployment: Deployment, *requests: tuple[str, str, Any]) -> Counter[int]:
    return Counter(status for status, _ in run_at_once([partial(deployment.ask, *request) for request in requests]))


def test_of_many_creates_at_one_below_the_limit_one_goes_through(deployment: Deployment) -> None:
    """POL-043: exactly one 201; accounts of every origin counted."""
    user(deployment, "first@example.com")
    deployment.limit(2)
    found = statuses(deployment, *[("POST", "/Users", {"userName": f"u{n}@example.com"}) for n in range(AT_ONCE)])
    assert found == {201: 1, 403: AT_ONCE - 1}
    assert sum(a["state"] in ("active", "invited") for a in deployment.accounts()) == 2


def test_of_many_enables_at_one_below_the_limit_one_goes_through(deployment: Deployment) -> None:
    """POL-031."""
    ids = [user(deployment, f"u{n}@example.com") for n in range(4)]
    for id in ids:
        assert deployment.ask("PATCH", f"/Users/{id}", patch(OFF))[0] == 200
    deployment.limit(1)
    on = patch({**OFF, "value": True})
    assert statuses(deployment, *[("PATCH", f"/Users/{id}", on) for id in ids]) == {200: 1, 403: 3}
    assert sum(a["state"] == "active" for a in deployment.accounts()) == 1


@pytest.mark.parametrize("way", ["DELETE", "PATCH"])
def test_of_two_owners_who_leave_at_once_one_stays(deployment: Deployment, way: str) -> None:
    """POL-100: write skew would let both go. Who stayed leaves next time, with the newcomer."""
    stayed = user(deployment, "first@example.com")
    deployment.make_owner(stayed)
    for turn in range(5):
        ids = [stayed, user(deployment, f"owner{turn}@example.com")]
        deployment.make_owner(ids[1])
        body = patch(OFF) if way == "PATCH" else None
        answers = run_at_once([partial(deployment.ask, way, f"/Users/{id}", body) for id in ids])
        found = [status for status, _ in answers]
        assert sorted(found) == [204 if way == "DELETE" else 200, 403]
        assert sum(a["owner"] and a["state"] == "active" for a in deployment.accounts()) == 1
        stayed = ids[found.index(403)]


def test_of_fifty_creates_of_one_name_one_goes_through(deployment: Deployment) -> None:
    found = statuses(deployment, *[("POST", "/Users", {"userName": "ada@example.com"}) for _ in range(50)])
    assert found == {201: 1, 409: 49}
    assert len(deployment.accounts()) == 1


def test_a_member_added_while_the_user_is_deleted_leaves_nothing_behind(deployment: Deployment) -> None:
    for turn in range(4):
        id = user(deployment, f"u{turn}@example.com")
        group = deployment.ask("POST", "/Groups", {"displayName": f"Team {turn}"})[1]["id"]
        add = patch({"op": "add", "path": "members", "value": [{"value": id}]})
        found = statuses(deployment, ("PATCH", f"/Groups/{group}", add), ("DELETE", f"/Users/{id}", None))
        assert found[204] == 1 and found[200] + found[400] == 1, found
        assert not deployment.ask("GET", f"/Groups/{group}")[1].get("members")
    living = {a["id"] for a in deployment.accounts() if a["state"] == "active"}
    assert set().union(*deployment.teams()) <= living


def test_patches_of_one_resource_at_once_lose_nothing(deployment: Deployment) -> None:
    ids = [user(deployment, f"u{n}@example.com") for n in range(AT_ONCE)]
    group = deployment.ask("POST", "/Groups", {"displayName": "Team"})[1]["id"]
    adds = [patch({"op": "add", "path": "members", "value": [{"value": id}]}) for id in ids]
    assert statuses(deployment, *[("PATCH", f"/Groups/{group}", add) for add in adds]) == {200: AT_ONCE}
    assert {m["value"] for m in deployment.ask("GET", f"/Groups/{group}")[1]["members"]} == set(ids)
    assert deployment.teams() == [{a["id"] for a in deployment.accounts()}]

    names = ["title", "nickName", "displayName", "userType", "locale", "timezone", "profileUrl", "preferredLanguage"]
    edits = [patch({"op": "replace", "path": name, "value": f"x-{name}"}) for name in names]
    assert statuses(deployment, *[("PATCH", f"/Users/{ids[0]}", edit) for edit in edits]) == {200: len(names)}
    found = deployment.ask("GET", f"/Users/{ids[0]}")[1]
    assert {name: found[name] for name in names} == {name: f"x-{name}" for name in names}
    assert found["meta"]["version"] == f'W/"{1 + len(names)}"'


def test_a_user_disabled_and_enabled_by_many_ends_as_one_of_them_says(deployment: Deployment) -> None:
    """Whatever the order, the account and the resource tell the same."""
    id = user(deployment, "ada@example.com")
    turns = [patch({**OFF, "value": bool(n % 2)}) for n in range(AT_ONCE)]
    assert statuses(deployment, *[("PATCH", f"/Users/{id}", turn) for turn in turns]) == {200: AT_ONCE}
    active = deployment.ask("GET", f"/Users/{id}")[1]["active"]
    assert [a["state"] for a in deployment.accounts()] == ["active" if active else "suspended"]
