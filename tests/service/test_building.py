"""A service that is built of something wrong says so at once, and names the argument."""

import time
import uuid
from contextlib import asynccontextmanager
from typing import Any

import pytest

from scimcore.access import Connection, MemoryConnections
from scimcore.dialects import AUTO
from scimcore.policy import Groups, Linking, Names, Policy
from scimcore.repository import MemoryRepository
from scimcore.service import AsyncService, Service
from scimcore.service.sync_adapter import AwaitableHost, AwaitableTeams
from scimcore.testing.host import TrialHost
from scimcore.testing.trial import Clock
from scimcore.web import Application


def build(kind: type[Any] = Service, **given: Any) -> Any:
    parts: dict[str, Any] = {
        "repository": MemoryRepository(),
        "host": TrialHost(),
        "clock": Clock(),
        "new_id": lambda: "id",
        "secrets": [b"building" * 4],
        **given,
    }
    return kind(parts.pop("repository"), parts.pop("host"), **parts)


class Waiting:
    """An asynchronous repository, as far as a service looks at one."""

    @asynccontextmanager
    async def unit(self, tenant: str, *, write: bool) -> Any:
        yield None

    @asynccontextmanager
    async def join(self, transaction: object, tenant: str) -> Any:
        yield None

    async def pause(self, attempt: int) -> None: ...


class Nameless(TrialHost):
    def handle(self, tx: Any, tenant: str, effect: Any, resource: Any) -> bool:  # type: ignore[override]
        return True


class Coroutines(TrialHost):
    async def handle(self, tx: Any, tenant: str, effect: Any, *, key: str, resource: Any) -> None:  # type: ignore[override]
        ...


class Seatless:
    tenant = accounts = match = TrialHost.tenant


class TestWhatIsWrong:
    @pytest.mark.parametrize(
        ("given", "said"),
        [
            (
                {"repository": object()},
                r"Service\(repository=...\) takes a repository: .*SqlRepository\(engine\).*object",
            ),
            ({"repository": "sqlite:///x.db"}, r"Service\(repository=...\) takes a repository.*the text 'sqlite"),
            ({"repository": MemoryRepository}, r"Service\(repository=...\) takes a repository.*the class MemoryRepos"),
            ({"repository": Waiting()}, r"Service\(repository=...\): Waiting.unit is asynchronous: use AsyncService"),
            ({"host": TrialHost}, r"Service\(host=...\) takes your host, an instance, not the class TrialHost"),
            ({"host": None}, r"Service\(host=...\) takes your host, not None"),
            ({"host": object()}, r"Service\(host=...\): object has no method tenant\(\)"),
            ({"host": Nameless()}, r"Nameless.handle is called as handle\(tx, tenant, effect, key=..., resource=...\)"),
            ({"host": Coroutines()}, r"Coroutines.handle is asynchronous: use AsyncService"),
            ({"teams": object()}, r"Service\(teams=...\): object has no method team\(\)"),
            ({"teams": TrialHost}, r"Service\(teams=...\) takes .*an instance, not the class TrialHost"),
            ({"passwords": True}, r"Service\(passwords=...\): bool has no method password\(\)"),
            ({"inventory": object()}, r"Service\(inventory=...\): object has no method inventory\(\)"),
            ({"inventory": AwaitableTeams(TrialHost())}, r"AwaitableTeams has no method inventory"),
            ({"clock": 5}, r"Service\(clock=...\) takes a function that returns microseconds.*not 5"),
            ({"clock": lambda: 1.5}, r"Service\(clock=...\).* It returned 1.5"),
            ({"clock": time.time}, r"Service\(clock=...\) takes a function that returns microseconds"),
            (
                {"secrets": ["x" * 32]},
                r"Service\(secrets=...\) takes a list of byte strings(?!.*xxx).*not a text among them\.$",
            ),
            ({"secrets": "x" * 32}, r"Service\(secrets=...\) takes a list of byte strings(?!.*xxx).*not a text\.$"),
            ({"secrets": b"x" * 32}, r"Service\(secrets=...\) takes a list of byte strings.*not bytes"),
        ],
    )
    def test_is_a_type_error(self, given: dict[str, Any], said: str) -> None:
        with pytest.raises(TypeError, match=said):
            build(**given)

    @pytest.mark.parametrize(
        ("clock", "unit"),
        [
            (lambda: int(time.time()), "seconds"),
            (lambda: time.time_ns() // 1_000_000, "milliseconds"),
            (time.time_ns, "nanoseconds"),
        ],
    )
    def test_is_a_clock_in_another_unit(self, clock: Any, unit: str) -> None:
        with pytest.raises(ValueError, match=rf"Service\(clock=...\).*looks like {unit}"):
            build(clock=clock)

    def test_is_no_secret_at_all(self) -> None:
        with pytest.raises(ValueError, match="secrets"):
            build(secrets=[])

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({}, r"AsyncService\(repository=...\): MemoryRepository is synchronous: use Service"),
            ({"repository": Waiting()}, r"AsyncService\(host=...\): TrialHost.tenant is not asynchronous: use Service"),
            (
                {"repository": Waiting(), "host": AwaitableHost(TrialHost()), "teams": TrialHost()},
                r"\(teams=...\): TrialHost.team is not asynchronous: use Service",
            ),
        ],
    )
    def test_is_a_synchronous_part_of_an_asynchronous_service(self, given: dict[str, Any], said: str) -> None:
        with pytest.raises(TypeError, match=said):
            build(AsyncService, **given)

    def test_is_an_id_that_is_no_text(self) -> None:
        service = build(new_id=uuid.uuid4)
        with pytest.raises(TypeError, match=r"new_id\(\) must return a text, not a UUID.*str\(uuid.uuid4\(\)\)"):
            service.asynchronous._engine.new_id()


#: A policy, the power that it needs, and the choice that its refusal names.
NEEDS = [
    (Policy(name="p", groups=Groups(collision="adopt")), "teams", "groups.collision='adopt' needs a host with team"),
    (Policy(name="p", groups=Groups(collision="conflict")), "teams", "groups.collision='conflict'"),
    (Policy(name="p", groups=Groups(collision="suffix")), "teams", "groups.collision='suffix'"),
    (
        Policy(name="p", names=Names(password="hand_over")),
        "passwords",
        "names.password='hand_over' needs a host with pass",
    ),
    (
        Policy(name="p", linking=Linking(unmanaged="shown")),
        "inventory",
        "linking.unmanaged='shown' needs a host with inv",
    ),
]


class TestAPolicyThatNeedsMoreThanTheHostHas:
    @pytest.mark.parametrize(("policy", "argument", "said"), NEEDS)
    def test_is_refused_where_it_meets_the_service(self, policy: Policy, argument: str, said: str) -> None:
        with pytest.raises(TypeError, match=rf"policy 'p': {said}.*{argument}=host"):
            build().registry(policy)
        assert "User" in build(**{argument: TrialHost()}).registry(policy)

    @pytest.mark.parametrize(("policy", "argument", "said"), NEEDS)
    def test_is_refused_when_the_application_is_built(self, policy: Policy, argument: str, said: str) -> None:
        connections = MemoryConnections(Connection(id="idp", tenant="acme", dialect=AUTO, policy=policy))
        with pytest.raises(TypeError, match=said):
            Application(build(), connections, base_url="https://example.com/scim")
        Application(build(**{argument: TrialHost()}), connections, base_url="https://example.com/scim")

    def test_is_not_one_whose_groups_have_no_teams(self) -> None:
        assert "Group" in build().registry(Policy(groups=Groups(mode="store", collision="adopt")))

    def test_a_policy_that_is_built_again_is_known(self) -> None:
        """A host may build its policy for each request: it costs no memory."""
        service = build()
        found = {id(service.registry(Policy(name="of the request"))) for _ in range(3)}
        assert len(found) == 1 and len(service.asynchronous._engine._registries) == 1
