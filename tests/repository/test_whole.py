"""A whole membership, as one asks for it: the same links in the same order as a page at a time."""

from collections.abc import Iterator
from random import Random

import pytest

from scimcore.repository import keys
from scimcore.repository.sql import SqlRepository
from scimcore.resources.changes import Link, LinkColumns, Linked
from scimcore.resources.document import Document, to_text
from scimcore.schema import MEMBERSHIP, USER_URN
from scimcore.testing.contract_samples import ACME, group
from tests.repository.databases import ENGINES, Servers
from tests.repository.support import REGISTRY

_NAMES = ('"quoted"', "back\\slash", "new\nline", "\x01\x1f\x7f", "é ß \U0001f600 \u2028", "", None)


@pytest.fixture(scope="module", params=ENGINES)
def repository(
    request: pytest.FixtureRequest, servers: Servers, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SqlRepository]:
    made = servers.repository(request.param, tmp_path_factory.mktemp(request.param))
    random = Random(1)
    ids = [f"{random.getrandbits(60):x}" for _ in range(2_500)]
    with made.unit(ACME, write=True) as unit:
        for number, id in enumerate(ids):
            name = _NAMES[number % len(_NAMES)]
            shown = {} if name is None else {"displayName": name}
            data = {"schemas": [USER_URN], "userName": f"user {number}", **shown}
            document = Document(type="User", id=id, version=1, created=1, modified=1, text=to_text(data))
            unit.insert(document, keys(REGISTRY["User"], data, id))
        for name in ("large", "inside", "empty"):
            unit.insert(*group(name, name))
        unit.link("Group", "large", MEMBERSHIP, [*(Link("User", id) for id in ids), Link("Group", "inside")])
    yield made
    made.close()
    made.engine.dispose()


def test_it_is_what_the_pages_have(repository: SqlRepository) -> None:
    pages: list[Linked] = []
    with repository.unit(ACME, write=False) as unit:
        while page := unit.links("Group", "large", MEMBERSHIP, after=pages[-1].id if pages else None, limit=400):
            pages += page
        whole = unit.all_links([("Group", "large")], MEMBERSHIP)["large"]
        among = unit.all_links([("Group", "large"), ("Group", "empty")], MEMBERSHIP)

    assert len(whole) == len(pages) == 2_501
    assert list(whole) == pages == list(among["large"])
    assert (whole[7], whole[-1], list(whole[3:5])) == (pages[7], pages[-1], pages[3:5])


def test_nobody_is_a_member_of_an_empty_group(repository: SqlRepository) -> None:
    with repository.unit(ACME, write=False) as unit:
        assert unit.all_links([("Group", "empty")], MEMBERSHIP) == {}
        assert unit.all_links([("Group", "nobody")], MEMBERSHIP) == {}
        assert unit.all_links([], MEMBERSHIP) == {}


def test_columns_are_a_sequence() -> None:
    columns = LinkColumns(["User", "Group"], ["1", "2"], ["One", None])

    assert list(columns) == [Linked("User", "1", "One"), Linked("Group", "2")]
    assert (columns[1].id, len(columns), bool(columns)) == ("2", 2, True)
    assert list(reversed(columns)) == [columns[1], columns[0]]
    assert Linked("Group", "2") in columns
    assert not LinkColumns([], [], [])
