"""A unit in SQL: every method of the protocol, each part of them in a module of its own."""

from contextlib import AbstractContextManager

from sqlalchemy import Connection

from scimcore.repository.queries import Page, Query
from scimcore.repository.sql import prefetch
from scimcore.repository.sql.bindings import SqlBindings
from scimcore.repository.sql.inventory import TenantContents
from scimcore.repository.sql.marks import SqlMarks
from scimcore.repository.sql.recording import SqlRecording
from scimcore.repository.sql.relations import SqlRelations
from scimcore.repository.sql.resources import SqlResources
from scimcore.repository.sql.runner import Runner
from scimcore.repository.sql.searching import Searcher
from scimcore.resources.document import Document


class SqlUnit(SqlResources, SqlRelations, SqlBindings, SqlMarks, SqlRecording, TenantContents):
    """One transaction of one tenant. Made by `SqlRepository`."""

    def __init__(self, runner: Runner, searcher: Searcher) -> None:
        super().__init__(runner)
        self._searcher = searcher

    def get(self, type: str, id: str, *, lock: bool = False) -> Document | None:
        """The resource, None if there is none. `lock`: nobody else changes it before this unit ends."""
        return (
            super().get(type, id, lock=lock) if self._run.write else prefetch.read(self._run, prefetch.GET, type, id=id)
        )

    @property
    def transaction(self) -> Connection:
        """The SQLAlchemy connection, for the host's own tables."""
        return self._run.shared()

    def search(self, query: Query) -> Page:
        """One page of the query."""
        return self._searcher.search(self._run, query)

    def savepoint(self) -> AbstractContextManager[None]:
        """What happens inside is undone when the block raises."""
        return self._run.savepoint()
