"""Memory is the meaning of a query; SQLite and every PostgreSQL give the very same answers."""

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from attrs import evolve
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from scimcore.filters import condition, parse_filter
from scimcore.repository import Index, Keyset, MemoryRepository, Page, Query, Repository, keys
from scimcore.repository.sql import SqlRepository
from scimcore.resources.changes import Link, Linked
from scimcore.resources.document import Document, to_text
from scimcore.resources.rendering import resource_json
from scimcore.schema import GROUP_URN, MEMBERSHIP, Attribute, Registry, ResourceType, Schema
from tests.repository.databases import ENGINES, Servers, empty
from tests.repository.support import REGISTRY, Sample

TENANT = "acme"
QUERIES = 100
GROUP_NAME = "Team \u212a"
USER = REGISTRY["User"]


@pytest.fixture(scope="module")
def repositories(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, SqlRepository]]:
    made = {name: servers.repository(name, tmp_path_factory.mktemp(name)) for name in ENGINES}
    yield made
    for repository in made.values():
        repository.close()
        repository.engine.dispose()


def _world(seed: int) -> tuple[list[Document], list[str], list[Query]]:
    """Users of different names, which of them are members of the one group, and queries."""
    random = Random(seed)
    sample = Sample(random)
    named = {keys(USER, user.data, user.id).unique: user for user in sample.users(30)}
    documents = list(named.values())
    members = [document.id for document in documents if random.random() < 0.4]
    return documents, members, [sample.query() for _ in range(QUERIES)]


def _fill(repository: Repository[Any], documents: list[Document], members: list[str]) -> None:
    group = Document(
        type="Group",
        id="g",
        version=1,
        created=0,
        modified=0,
        text=to_text({"schemas": [GROUP_URN], "displayName": GROUP_NAME}),
    )
    with repository.unit(TENANT, write=True) as unit:
        unit.insert(group, keys(REGISTRY["Group"], group.data, "g"))
        for document in documents:
            unit.insert(document, keys(USER, document.data, document.id))
        unit.link("Group", "g", MEMBERSHIP, [Link("User", id) for id in members])


def _answers(repository: Repository[Any], query: Query) -> list[tuple[list[str], int | None, bool]]:
    with repository.unit(TENANT, write=False) as unit:
        return [_told(page) for page in _pages(unit, query)]


def _pages(unit: Any, query: Query) -> Iterator[Page]:
    """The page, and the two that follow it there and back, if it is one of a walk."""
    page = unit.search(query)
    yield page
    if isinstance(query.window, Keyset) and page.last is not None:
        page = unit.search(evolve(query, window=Keyset(query.window.count, page.last)))
        yield page
        if page.first is not None:
            yield unit.search(evolve(query, window=Keyset(query.window.count, page.first, backwards=True)))


def _told(page: Page) -> tuple[list[str], int | None, bool]:
    return [document.id for document in page.documents], page.total, page.more


class TestEveryStoreAnswersTheSame:
    """RFC 7644 section 3.4.2: what a filter means does not depend on where the resources are kept (FLT, SORT, QRY)."""

    @settings(max_examples=5, deadline=None, phases=[Phase.explicit, Phase.generate])
    @given(seed=st.integers(0, 2**32))
    @example(seed=0)
    @example(seed=1038)
    def test_as_memory_does(self, repositories: dict[str, SqlRepository], seed: int) -> None:
        documents, members, asked = _world(seed)
        memory = MemoryRepository()
        _fill(memory, documents, members)
        for repository in repositories.values():
            _fill(empty(repository), documents, members)

        for query in asked:
            expected = _answers(memory, query)
            for name, repository in repositories.items():
                assert (name, query.conditions, _answers(repository, query)) == (name, query.conditions, expected)

    @settings(max_examples=5, deadline=None, phases=[Phase.explicit, Phase.generate])
    @given(seed=st.integers(0, 2**32))
    @example(seed=0)
    def test_indexes_in_memory_change_no_answer(self, seed: int) -> None:
        """Equality look-ups narrow the candidates down; looking at every resource finds the same."""
        documents, members, asked = _world(seed)
        memory = MemoryRepository()
        _fill(memory, documents, members)

        for query in asked:
            whole = evolve(query, window=Index(1, 99), sort=None)
            found = {id for told in _answers(memory, whole) for id in told[0]}
            everyone = {id for told in _answers(memory, evolve(whole, conditions={})) for id in told[0]}
            assert found == {
                document.id for document in documents if document.id in everyone and _holds(query, document, members)
            }


def _holds(query: Query, document: Document, members: list[str]) -> bool:
    asked = query.conditions["User"]
    groups = [Linked("Group", "g", GROUP_NAME)] if document.id in members else []
    return asked is None or asked.holds(resource_json(document, [(USER.attributes["groups"], groups)]))


_KEYS = Attribute(name="keys", multi_valued=True, indexed=True)
_DOORS = Schema(
    "urn:example:scim:2.0:House",
    "House",
    (
        Attribute(name="front", type="complex", sub_attributes=(_KEYS,)),
        Attribute(name="doors", type="complex", multi_valued=True, sub_attributes=(_KEYS,)),
    ),
)
_HOUSE = Registry(ResourceType(name="House", endpoint="/Houses", schema=_DOORS))["House"]


class TestSubAttributesWithSeveralValues:
    """RFC 7644 section 3.4.2.2: it matches if any value does, wherever the several values stand."""

    @pytest.mark.parametrize(
        "text",
        [
            'doors.keys eq "B"',
            'doors.keys sw "b"',
            'doors[keys eq "b"]',
            "doors.keys pr",
            'front.keys eq "A"',
            "front[keys pr]",
        ],
    )
    def test_each_of_them_counts(self, repositories: dict[str, SqlRepository], text: str) -> None:
        data = {"schemas": [_DOORS.id], "front": {"keys": ["a", "b"]}, "doors": [{"keys": ["c"]}, {"keys": ["a", "b"]}]}
        house = Document(type="House", id="h", version=1, created=0, modified=0, text=to_text(data))
        query = Query(types=("House",), conditions={"House": condition(parse_filter(text), _HOUSE)})
        for repository in (MemoryRepository(), *map(empty, repositories.values())):
            with repository.unit(TENANT, write=True) as unit:
                unit.insert(house, keys(_HOUSE, house.data, "h"))
            assert _answers(repository, query) == [(["h"], 1, False)], repository
