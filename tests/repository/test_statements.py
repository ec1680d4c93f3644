"""What every table and statement has to be like, so that a distributed engine can carry them."""

import importlib
import pkgutil
import re
from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from random import Random
from typing import Any

import pytest
from sqlalchemy import ForeignKeyConstraint, PrimaryKeyConstraint, Sequence, UniqueConstraint

from scimcore.repository import sql
from scimcore.repository.sql import metadata
from scimcore.repository.sql.flavors import POSTGRESQL, SQLITE, Flavor
from scimcore.repository.sql.repository import _NEXT
from scimcore.repository.sql.resources import JOINED, KEYED, replacing
from scimcore.repository.sql.searching import SearchedParts, Searcher
from scimcore.repository.sql.statements import CompiledStatement, SqlStatement
from tests.repository.support import Sample

TABLES = [table for table in metadata.sorted_tables if table.name != "scim_meta"]
FLAVORS = [SQLITE, POSTGRESQL]


def _statements() -> Iterator[tuple[str, SqlStatement]]:
    for module in pkgutil.iter_modules(sql.__path__, f"{sql.__name__}."):
        for name, found in vars(importlib.import_module(module.name)).items():
            if isinstance(found, SqlStatement):
                yield f"{module.name.rpartition('.')[2]}.{name}", found
    for some in range(len(KEYED) + 1):
        for names in combinations(KEYED, some):
            yield f"resources.replacing{names}", replacing(("doc", *names))
    for which, statement in JOINED.items():
        yield f"resources.JOINED{which}", statement


class TestTheTenantComesFirst:
    """Citus, YugabyteDB and CockroachDB place rows by the first column of their keys."""

    @pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
    def test_in_every_key_and_index(self, table: Any) -> None:
        keys = [c for c in table.constraints if isinstance(c, PrimaryKeyConstraint | UniqueConstraint)]
        columns = [[column.name for column in key.columns] for key in (*keys, *table.indexes)]

        assert columns
        assert {names[0] for names in columns} == {"tenant"}

    @pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
    def test_in_every_foreign_key(self, table: Any) -> None:
        for constraint in table.constraints:
            if isinstance(constraint, ForeignKeyConstraint):
                assert constraint.elements[0].target_fullname == "scim_resource.tenant"
                assert constraint.ondelete == "CASCADE"

    def test_and_nothing_counts_by_itself(self) -> None:
        for table in metadata.sorted_tables:
            for column in table.columns:
                assert not isinstance(column.default, Sequence) and column.server_default is None
                assert column.autoincrement in (False, "auto") and not column.identity
                assert not (column.primary_key and len(table.primary_key.columns) == 1 and column.name != "name")


class TestEveryStatementNamesTheTenant:
    """A transaction touches one tenant; each table that a statement mentions is asked for that one."""

    @pytest.mark.parametrize("flavor", FLAVORS, ids=lambda flavor: flavor.name)
    @pytest.mark.parametrize(("name", "statement"), list(_statements()), ids=lambda value: str(value)[:40])
    def test_the_fixed_ones(self, name: str, statement: SqlStatement, flavor: Flavor) -> None:
        assert _faults(statement.on(flavor)) == []

    @pytest.mark.parametrize("flavor", FLAVORS, ids=lambda flavor: flavor.name)
    def test_those_of_queries(self, flavor: Flavor) -> None:
        searcher, sample, recorder = Searcher(flavor, 100), Sample(Random(5)), _Recorder(flavor)
        for _ in range(200):
            searcher.search(recorder, sample.query())

        assert len(recorder.seen) > 100
        assert [fault for compiled in recorder.seen for fault in _faults(compiled)] == []

    def test_but_the_list_of_tenants(self) -> None:
        assert all(_faults(statement.on(SQLITE)) for statement in _NEXT), "the check can fail"

    @pytest.mark.parametrize("flavor", FLAVORS, ids=lambda flavor: flavor.name)
    def test_and_no_text_of_a_client_is_in_any(self, flavor: Flavor) -> None:
        searcher, sample, recorder = Searcher(flavor, 100), Sample(Random(6)), _Recorder(flavor)
        sample._texts = ["'needle'", "needle%", 'needle"']
        for _ in range(100):
            searcher.search(recorder, sample.query())

        assert not [compiled.sql for compiled in recorder.seen if "needle" in compiled.sql.lower()]


class _Recorder(SearchedParts):
    """Keeps the statements that it is asked to run, and finds nothing."""

    def __init__(self, flavor: Flavor) -> None:
        self.flavor, self.tenant, self.write = flavor, "acme", False
        self.seen: list[CompiledStatement] = []
        self.counted: Counter[Any] = Counter()

    def run(self, compiled: CompiledStatement, values: Any) -> list[Any]:
        compiled.parameters({**compiled.constants, **values})
        self.seen.append(compiled)
        return [(0, 0)] if "count(*)" in compiled.sql else []

    def fetch_all(self, statement: SqlStatement, **values: Any) -> list[Any]:
        return self.run(statement.on(self.flavor), {**values, "tenant": self.tenant})

    def fetch_one(self, statement: SqlStatement, **values: Any) -> Any:
        self.fetch_all(statement, **values)
        return (0,)


_ALIASED = re.compile(r"scim_\w+ AS (\w+)")
_MENTIONED = re.compile(r"(?:FROM|JOIN|UPDATE|INTO) (scim_\w+|named|holder)\b")


def _faults(compiled: CompiledStatement) -> list[str]:
    """Tables that are mentioned more often than their tenant is bound or joined."""
    statement = _ALIASED.sub(r"\1", compiled.sql)
    found = []
    for table in set(_MENTIONED.findall(statement)):
        mentions = len(re.findall(rf"(?:FROM|JOIN|UPDATE|INTO) {table}\b", statement))
        compared = len(re.findall(rf"{table}\.tenant = |= {table}\.tenant\b", statement))
        inserted = len(re.findall(rf"INTO {table} \((?:\w+, )*tenant\b", statement))
        if compared + inserted < mentions:
            found.append(statement)
    return found
