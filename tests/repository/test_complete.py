"""A repository that has the required part only fulfils the contract too, once it is completed."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from attrs import evolve

from scimcore.errors import TooMany
from scimcore.repository import Journal, Keys, MemoryRepository, Query, Reads, Repository, ResourceRead, complete
from scimcore.resources.changes import Link
from scimcore.resources.document import Document
from scimcore.schema import MEMBERSHIP
from scimcore.testing.contract import RepositoryContract
from scimcore.testing.contract_samples import ACME, change, fill, group, look, user
from scimcore.testing.contract_uniques import UniqueContract

_OPTIONAL = frozenset(
    ("link", "unlink", "links", "linked", "link_count", "all_links", "holders", "types_of", "search", "read")
)


class _Required:
    """A unit that has the required part, and whatever capabilities are left to it."""

    def __init__(self, unit: Any, lacking: frozenset[str]) -> None:
        self._unit, self._lacking = unit, lacking

    def __getattr__(self, name: str) -> Any:
        if name in self._lacking:
            raise AttributeError(name)
        return getattr(self._unit, name)


class _RequiredRepository:
    def __init__(self, lacking: frozenset[str] = _OPTIONAL) -> None:
        self.whole, self._lacking = MemoryRepository(), lacking

    @contextmanager
    def unit(self, tenant: str, *, write: bool) -> Iterator[Any]:
        with self.whole.unit(tenant, write=write) as unit:
            yield _Required(unit, self._lacking)

    @contextmanager
    def join(self, transaction: Journal, tenant: str) -> Iterator[Any]:
        with self.whole.join(transaction, tenant) as unit:
            yield _Required(unit, self._lacking)

    def tenants(self) -> Iterator[str]:
        return self.whole.tenants()

    def transaction(self) -> AbstractContextManager[Journal]:
        return self.whole.transaction()


class TestRequiredPart(RepositoryContract):
    """What a host gives that maps its own tables in SQL."""

    @pytest.fixture
    def repository(self) -> Repository[Any]:
        return complete(_RequiredRepository())


class _Forgetful(_Required):
    """A unit that ignores the unique keys which it does not know."""

    def insert(self, document: Document, keys: Keys) -> None:
        self._unit.insert(document, evolve(keys, also_unique=()))

    def replace(self, document: Document, keys: Keys, *, expect: int) -> None:
        self._unit.replace(document, evolve(keys, also_unique=()), expect=expect)

    def amend(self, document: Document, keys: Keys, before: Keys, *, expect: int) -> None:
        self._unit.amend(document, evolve(keys, also_unique=()), before, expect=expect)


class _ForgetfulRepository(_RequiredRepository):
    @contextmanager
    def unit(self, tenant: str, *, write: bool) -> Iterator[Any]:
        with self.whole.unit(tenant, write=write) as unit:
            yield _Forgetful(unit, self._lacking)


class TestUniqueKeys(UniqueContract):
    """They are supplied, whatever else the units have."""

    @pytest.fixture(params=[_OPTIONAL | {"amend", "taken_by"}, frozenset({"taken_by"})], ids=["little", "much"])
    def repository(self, request: pytest.FixtureRequest) -> Repository[Any]:
        return complete(_ForgetfulRepository(request.param))


class TestWhatIsSupplied:
    @pytest.mark.parametrize("lacking", ["link", "holders", "types_of"])
    def test_relations_are_supplied_whole_or_not_at_all(self, lacking: str) -> None:
        repository = complete(_RequiredRepository(frozenset({lacking})))
        fill(repository, ACME, user("u1", "one"), group("g1", "Team"))
        with repository.unit(ACME, write=True) as unit:
            unit.link("Group", "g1", MEMBERSHIP, [Link("User", "u1")])
            found = unit.read(Reads(resources=(ResourceRead("User", "u1", holders=(MEMBERSHIP,)),)))

        assert [end.id for end in found.resource.holders[MEMBERSHIP]] == ["g1"]

    def test_pruning_is_not(self) -> None:
        repository = complete(_RequiredRepository(frozenset({"prune_audit"})))

        with pytest.raises(TypeError, match="prune_audit"):
            change(repository, ACME, lambda unit: unit.prune_audit(1, 1))

    def test_a_scan_beyond_the_bound_is_refused(self) -> None:
        repository = complete(_RequiredRepository(), most_examined=600)
        fill(repository, ACME, *(user(f"u{n:04}", f"n{n}") for n in range(1001)))

        with pytest.raises(TooMany, match="600"):
            look(repository, ACME, lambda unit: unit.search(Query(types=("User",))))

    def test_what_is_whole_stays_itself(self) -> None:
        repository = MemoryRepository()
        with complete(repository).unit(ACME, write=True) as unit:
            assert type(unit).__name__ == "MemoryUnit"
