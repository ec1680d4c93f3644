"""Where things live: the protocol that hosts implement, and the repository in memory that shows what it means."""

from scimcore.repository.async_protocol import AsyncRepository, AsyncUnit
from scimcore.repository.completing import complete
from scimcore.repository.keys import keys, unique_key
from scimcore.repository.memory.journal import Journal
from scimcore.repository.memory.repository import MemoryRepository
from scimcore.repository.protocol import (
    Amends,
    Clash,
    Gone,
    Relations,
    Repository,
    RepositoryError,
    RequiredUnit,
    Searches,
    Serialization,
    Stale,
    Unavailable,
    Uniques,
    Unit,
)
from scimcore.repository.queries import Index, Keyset, Page, Query, Sort
from scimcore.repository.reads import Found, FoundResource, Reads, ReadsAtOnce, ResourceRead
from scimcore.repository.records import AuditRecord, EffectRecord, IndexValue, Keys, Mark, MarkKind, UniqueKey

__all__ = [
    "Amends",
    "AsyncRepository",
    "AsyncUnit",
    "AuditRecord",
    "Clash",
    "EffectRecord",
    "Found",
    "FoundResource",
    "Gone",
    "Index",
    "IndexValue",
    "Journal",
    "Keys",
    "Keyset",
    "Mark",
    "MarkKind",
    "MemoryRepository",
    "Page",
    "Query",
    "Reads",
    "ReadsAtOnce",
    "Relations",
    "Repository",
    "RepositoryError",
    "RequiredUnit",
    "ResourceRead",
    "Searches",
    "Serialization",
    "Sort",
    "Stale",
    "Unavailable",
    "UniqueKey",
    "Uniques",
    "Unit",
    "complete",
    "keys",
    "unique_key",
]
