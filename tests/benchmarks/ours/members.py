"""One member more and one less, in groups of all sizes: through the whole service, in memory and on SQLite."""

from collections.abc import Callable, Mapping
from functools import lru_cache

from scimcore.testing.trial import Trial
from scimcore.web import Request
from tests.benchmarks import samples
from tests.benchmarks.ours import seeding
from tests.benchmarks.ours.support import seeded_product
from tests.benchmarks.worker import Maker, Settings, Work, loop

_WITHOUT = "excludedAttributes=members"


def sizes(settings: Settings) -> tuple[int, int, int]:
    """The sizes of the groups."""
    return settings.small, settings.middle, settings.large


def _back_and_forth(patch: Callable[[bytes], None], outsider: str) -> Work:
    add, remove = samples.add_member(outsider), samples.remove_member(outsider)

    def both(_: int) -> None:
        patch(add)
        patch(remove)

    return loop(both, each=2)


def _sql(pick: int) -> Maker:
    def make(settings: Settings) -> Work:
        groups = sizes(settings)
        ready = seeded_product(settings, settings.large + 1, groups)

        def patch(body: bytes) -> None:
            ready.ask(ready.request("PATCH", f"/Groups/group-{groups[pick]}", body=body))

        return _back_and_forth(patch, samples.user_id(settings.large))

    return make


def _whole(pick: int, query: str = "") -> Maker:
    """The group itself, with all of its members or without them."""

    def make(settings: Settings) -> Work:
        groups = sizes(settings)
        ready = seeded_product(settings, settings.large + 1, groups)
        request = ready.request("GET", f"/Groups/group-{groups[pick]}", query)
        return loop(ready.ask, lambda _: request)

    return make


@lru_cache
def _trial(settings: Settings) -> Trial:
    trial = Trial.start()
    assert trial.host.repository is not None
    seeding.users(trial.host.repository, trial.tenant, "idp-1", settings.large + 1)
    for size in dict.fromkeys(sizes(settings)):
        seeding.group(trial.host.repository, trial.tenant, "idp-1", size)
    return trial


def _memory(pick: int) -> Maker:
    def make(settings: Settings) -> Work:
        trial = _trial(settings)
        path = f"/Groups/group-{sizes(settings)[pick]}"
        headers = (("Authorization", f"Bearer {trial.token}"), ("Content-Type", "application/scim+json"))

        def patch(body: bytes) -> None:
            request = Request(method="PATCH", path=path, headers=headers, body=body)
            response = trial.application.handle(request)
            assert response.status < 300, response

        return _back_and_forth(patch, samples.user_id(settings.large))

    return make


WORKS: Mapping[str, Maker] = {
    "members.sql.small": _sql(0),
    "members.sql.middle": _sql(1),
    "members.sql.large": _sql(2),
    "members.whole.middle": _whole(1),
    "members.whole.large": _whole(2),
    "members.without.small": _whole(0, _WITHOUT),
    "members.without.large": _whole(2, _WITHOUT),
    "members.memory.small": _memory(0),
    "members.memory.middle": _memory(1),
    "members.memory.large": _memory(2),
}
