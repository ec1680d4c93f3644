"""The SQL repository of a host that keeps some types of resources in its own tables."""

from collections.abc import Sequence

from attrs import evolve
from sqlalchemy import URL, Connection, Engine

from scimcore.repository.keys import keys
from scimcore.repository.sql.connections import UnitConnection
from scimcore.repository.sql.mapped.host_columns import MappedSearcher
from scimcore.repository.sql.mapped.host_rows import MappedUnit, MappingPlan
from scimcore.repository.sql.mapped.mapping import Mapping
from scimcore.repository.sql.repository import SqlRepository, SqlUnit
from scimcore.schema import BoundType


class MappedRepository(SqlRepository):
    """A `SqlRepository` in the host's database, whose mapped attributes stand in the host's tables.

    scim_resource has each mapped resource too: its version, its keys, and in `doc` the overflow.
    """

    def __init__(
        self, engine: Engine | URL | str, *mappings: Mapping, most_examined: int = 10_000, keep: int | None = None
    ) -> None:
        super().__init__(engine, most_examined=most_examined, keep=keep)
        self._plans = {mapping.type.name: MappingPlan(mapping) for mapping in mappings}
        self._searcher = MappedSearcher(self.flavor, most_examined, self._plans)

    def refresh(self, transaction: Connection, tenant: str, type: BoundType, ids: Sequence[str], *, now: int) -> None:
        """The product has changed mapped columns of these resources: a new version, and keys of what is there now.

        Call it in the transaction of the change. Without it the change is shown, but found by its old names only.
        """
        # In the order of the ids, as every unit locks resources, so that two of them never wait for each other.
        with self.join(transaction, tenant) as unit:
            for id in sorted(ids):
                found = unit.get(type.name, id, lock=True)
                if found is not None:
                    after = evolve(found, version=found.version + 1, modified=max(now, found.modified + 1))
                    unit.replace(after, keys(type, found.data, id), expect=found.version)

    def _make(self, connection: UnitConnection, tenant: str, write: bool) -> SqlUnit:
        return MappedUnit(connection, self.flavor, tenant, self._searcher, self._plans, write=write)
