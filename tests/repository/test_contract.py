"""The repositories of ours fulfil the contract."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest

from scimcore.repository import MemoryRepository
from scimcore.repository.sql import SqlRepository
from scimcore.testing.contract import RepositoryContract
from tests.repository.databases import ENGINES, Servers, empty


class TestMemory(RepositoryContract):
    @pytest.fixture
    def repository(self) -> MemoryRepository:
        return MemoryRepository()


class _Sql(RepositoryContract):
    engine: str

    @pytest.fixture(scope="class")
    @classmethod
    def database(cls, servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlRepository]:
        repository = servers.repository(cls.engine, tmp_path_factory.mktemp("sql"))
        yield repository
        repository.close()
        repository.engine.dispose()

    @pytest.fixture
    def repository(self, database: SqlRepository) -> SqlRepository:
        return empty(database)

    def begin(self, repository: SqlRepository) -> AbstractContextManager[Any]:
        return repository.engine.begin()


class TestSqlite(_Sql):
    engine = "sqlite"


class TestPostgresql(_Sql):
    engine = "wheel"


if "system" in ENGINES:

    class TestPostgresqlOfTheSystem(_Sql):
        engine = "system"
