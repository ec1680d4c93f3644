"""Resources in the host's own tables: a declared mapping between attributes and columns, and what follows from it."""

from scimcore.repository.sql.mapped.fields import Field, Lookup
from scimcore.repository.sql.mapped.mapped_repository import MappedRepository
from scimcore.repository.sql.mapped.mapping import Mapping

__all__ = ["Field", "Lookup", "MappedRepository", "Mapping"]
