"""A repository with the required part only, made whole, fulfils the contract too; but for undoing a part of a unit."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

from scimcore.errors import TooMany
from scimcore.repository import Journal, MemoryRepository, NotUndone, Query, Repository, complete
from scimcore.testing.contract import RepositoryContract
from scimcore.testing.contract_samples import ACME, fill, look, state, user

_OPTIONAL = frozenset(
    ("link", "unlink", "links", "linked", "link_count", "all_links", "holders", "types_of", "search", "savepoint")
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


class TestRequiredPartAndSavepoints(RepositoryContract):
    """What a host gives that maps its own tables in SQL."""

    @pytest.fixture
    def repository(self) -> Repository[Any]:
        return complete(_RequiredRepository(_OPTIONAL - {"savepoint"}))


class TestRequiredPartOnly:
    def test_a_unit_whose_part_cannot_be_undone_is_undone_whole(self) -> None:
        repository = complete(_RequiredRepository())
        before = state(repository, ACME)

        with pytest.raises(NotUndone), repository.unit(ACME, write=True) as unit:
            unit.insert(*user("u1", "one"))
            with pytest.raises(KeyError), unit.savepoint():
                raise KeyError
        assert state(repository, ACME) == before

    def test_a_savepoint_that_holds_costs_nothing(self) -> None:
        repository = complete(_RequiredRepository())
        with repository.unit(ACME, write=True) as unit, unit.savepoint():
            unit.insert(*user("u1", "one"))

        assert look(repository, ACME, lambda unit: unit.named("User", "one")) is not None

    def test_a_scan_beyond_the_bound_is_refused(self) -> None:
        repository = complete(_RequiredRepository(), most_examined=600)
        fill(repository, ACME, *(user(f"u{n:04}", f"n{n}") for n in range(1001)))

        with pytest.raises(TooMany, match="600"):
            look(repository, ACME, lambda unit: unit.search(Query(types=("User",))))

    def test_what_is_whole_stays_itself(self) -> None:
        repository = MemoryRepository()
        with complete(repository).unit(ACME, write=True) as unit:
            assert type(unit).__name__ == "MemoryUnit"
