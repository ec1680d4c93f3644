"""Memory is the meaning of a query; SQLite and every PostgreSQL give the very same answers."""

from collections.abc import Iterator
from typing import Any

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scimcore.filters import condition, parse_filter, sort_target
from scimcore.repository import Index, Keyset, MemoryRepository, Page, Query, Repository, Sort, keys
from scimcore.repository.sql import SqlRepository
from scimcore.resources.changes import Link
from scimcore.resources.document import Document, to_text
from scimcore.schema import GROUP_URN, MEMBERSHIP, USER_URN
from tests.repository import strategies
from tests.repository.databases import ENGINES, Servers, empty
from tests.repository.strategies import REGISTRY

TENANT = "acme"
USER = REGISTRY["User"]


@pytest.fixture(scope="module")
def repositories(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, SqlRepository]]:
    made = {name: servers.repository(name, tmp_path_factory.mktemp(name)) for name in ENGINES}
    yield made
    for repository in made.values():
        repository.close()
        repository.engine.dispose()


@st.composite
def worlds(draw: Any) -> tuple[list[Document], list[str]]:
    """Users of different names, and which of them are members of the one group."""
    found: dict[str, Document] = {}
    for number, (data, head) in enumerate(draw(st.lists(st.tuples(strategies.users, strategies.heads), max_size=6))):
        document = Document(type="User", id=f"u{number}", text=to_text({"schemas": [USER_URN], **data}), **head)
        found.setdefault(keys(USER, document.data, document.id).unique, document)
    documents = list(found.values())
    members = draw(st.lists(st.sampled_from([d.id for d in documents]), unique=True)) if documents else []
    return documents, members


@st.composite
def queries(draw: Any) -> Query:
    """A query of users; the filter is `text`."""
    text, sort = draw(st.none() | strategies.filters), draw(strategies.sorts)
    return Query(
        types=("User",),
        conditions={"User": None if text is None else condition(parse_filter(text), USER)},
        sort=None if sort is None else Sort(sort_target(sort[0], USER), sort[1]),
        window=draw(strategies.windows),
        connection=draw(st.none() | st.just("c1")),
        hide_inactive=draw(st.booleans()),
        unique=draw(st.sampled_from(({"User": "userName"}, {}))),
    )


def _fill(repository: Repository[Any], documents: list[Document], members: list[str]) -> None:
    group = Document(type="Group", id="g", version=1, created=0, modified=0, text=_GROUP)
    with repository.unit(TENANT, write=True) as unit:
        unit.insert(group, keys(REGISTRY["Group"], group.data, "g"))
        for document in documents:
            unit.insert(document, keys(USER, document.data, document.id))
        unit.link("Group", "g", MEMBERSHIP, [Link("User", id) for id in members])


_GROUP = to_text({"schemas": [GROUP_URN], "displayName": "Team \u212a"})


def _answers(repository: Repository[Any], asked: list[Query]) -> list[tuple[list[str], int | None, bool]]:
    with repository.unit(TENANT, write=False) as unit:
        return [_told(page) for query in asked for page in _pages(unit, query)]


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

    @settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
    @given(world=worlds(), asked=st.lists(queries(), min_size=1, max_size=6))
    def test_as_memory_does(
        self, repositories: dict[str, SqlRepository], world: tuple[list[Document], list[str]], asked: list[Query]
    ) -> None:
        memory = MemoryRepository()
        _fill(memory, *world)
        expected = _answers(memory, asked)

        for name, repository in repositories.items():
            _fill(empty(repository), *world)
            assert (name, _answers(repository, asked)) == (name, expected)

    @settings(max_examples=150, deadline=None)
    @given(world=worlds(), asked=queries())
    def test_memorys_indexes_change_no_answer(self, world: tuple[list[Document], list[str]], asked: Query) -> None:
        """Equality look-ups narrow the candidates down; every resource looked at gives the same."""
        memory = MemoryRepository()
        _fill(memory, *world)
        asked = evolve(asked, window=Index(1, 99))
        found = _answers(memory, [asked])[0][0]

        with memory.unit(TENANT, write=False) as unit:
            whole = unit.search(evolve(asked, conditions={"User": None}))
            each = [d.id for d in whole.documents if _found_alone(memory, asked, d)]
        assert found == each


def _found_alone(memory: MemoryRepository, asked: Query, document: Document) -> bool:
    from scimcore.repository import looks
    from scimcore.repository.memory.searching import seen

    asked_for = asked.conditions["User"]
    if asked_for is None:
        return True
    return asked_for.holds(seen(memory._of(TENANT), document, looks.of_tree(asked_for.tree)))
