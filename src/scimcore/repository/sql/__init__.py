"""The repository on SQLite and PostgreSQL (extra `scimcore[sql]`); the only place that knows SQLAlchemy."""

from scimcore.repository.sql.connections import unreachable
from scimcore.repository.sql.migrations import MigrationStep, WrongVersion
from scimcore.repository.sql.repository import SqlRepository, SqlUnit
from scimcore.repository.sql.tables import metadata

__all__ = ["MigrationStep", "SqlRepository", "SqlUnit", "WrongVersion", "metadata", "unreachable"]
