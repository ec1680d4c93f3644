"""The databases that tests run on, by name."""

from contextlib import ExitStack
from pathlib import Path

from sqlalchemy import delete

from scimcore.repository.sql import SqlRepository, metadata
from tests.repository.postgresql import Server, installations, server

#: The wheel's PostgreSQL has to be there (it is among the dev requirements); the system's is a second version.
POSTGRESQL = ("wheel", *(name for name in installations() if name != "wheel"))
ENGINES = ("sqlite", *POSTGRESQL)


class Servers:
    """PostgreSQL servers, each started when it is first asked for."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._running: dict[str, Server] = {}

    def repository(self, engine: str, folder: Path) -> SqlRepository:
        """A repository on a new database."""
        if engine == "sqlite":
            made = SqlRepository(f"sqlite:///{folder / 'test.db'}")
        else:
            made = SqlRepository(self._server(engine).database())
        made.create_tables()
        return made

    def _server(self, name: str) -> Server:
        if name not in self._running:
            self._running[name] = self._stack.enter_context(server(installations()[name]))
        return self._running[name]


def empty(repository: SqlRepository) -> SqlRepository:
    """The same without anything in it."""
    with repository.engine.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            if table.name != "scim_meta":
                connection.execute(delete(table))
    return repository
