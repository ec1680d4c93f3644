"""Where things live: what a host must give, and what it may give besides.

A *unit* is one transaction of one tenant. `RequiredUnit` is what every repository owes; each capability is a protocol
of its own, probed once when the service is built, and supplied by `complete` where it is missing.

T is the repository's own transaction type, opaque to the core and shared with the host: the SQLAlchemy `Connection`
in SQL, an undo journal in memory. Methods raise `Clash`, `Stale`, `Gone` or `Serialization`, and nothing else of
their own.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

from scimcore.policy.facts import Binding
from scimcore.repository.queries import Page, Query
from scimcore.repository.reads import ReadsAtOnce
from scimcore.repository.records import AuditRecord, EffectRecord, Keys, Mark, MarkKind
from scimcore.resources.changes import Link, Linked
from scimcore.resources.document import Document

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class RepositoryError(Exception):
    """What a unit may raise. The service turns each into the right SCIM error, or tries again."""


class Clash(RepositoryError):
    """Another resource of the tenant has this unique key: raised by the index, whatever was looked up before."""


class Stale(RepositoryError):
    """The resource's version is not the expected one any more."""


class Gone(RepositoryError):
    """There is no such resource."""


class Serialization(RepositoryError):
    """The store could not keep this transaction apart from another one; run the whole of it again."""


class RequiredUnit(Protocol[T_co]):
    """One transaction of one tenant: what every repository owes."""

    @property
    def transaction(self) -> T_co:
        """The host's share of it: what `Host` methods are given."""

    # resources
    def get(self, type: str, id: str, *, lock: bool = False) -> Document | None:
        """The resource, None if there is none. `lock`: nobody else changes it before this unit ends."""

    def named(self, type: str, unique: str) -> Document | None:
        """The resource with that unique key (see `Keys.unique`)."""

    def scan(self, type: str, after: str | None, limit: int) -> Sequence[Document]:
        """Up to `limit` resources with ids above `after`, by id."""

    def insert(self, document: Document, keys: Keys) -> None:
        """A new resource. Raises `Clash`."""

    def replace(self, document: Document, keys: Keys, *, expect: int) -> None:
        """The resource in a new version, if it still has version `expect`. Raises `Stale`, `Gone` or `Clash`."""

    def delete(self, type: str, id: str) -> bool:
        """Remove it, with all its links. False if it was not there."""

    # bindings
    def binding(self, resource: str) -> Binding | None:
        """What the resource stands for."""

    def bindings(self, resources: Sequence[str]) -> Mapping[str, Binding]:
        """The same for several, those that have one."""

    def binding_of(self, account: str) -> Binding | None:
        """The binding that stands for the account now; tombstones do not count. Of several the latest."""

    def bind(self, binding: Binding) -> None:
        """Write it, over the one of the same resource if there is one."""

    def unbind(self, resource: str) -> None:
        """Forget it."""

    def due(self, now: int, limit: int) -> Sequence[Binding]:
        """Bindings with 0 < `due` <= now, earliest first."""

    def leavers(self, connection: str, since: int) -> int:
        """How many of the connection's Users became suspended, anonymised or deleted at or after `since`.

        Its marks of the kind `leaver` with that `since` count too: they stand for Users whose binding is gone.
        """

    def managed(self, connection: str) -> int:
        """How many Users the connection manages: its bindings that are not tombstones."""

    # marks
    def mark(self, mark: Mark) -> None:
        """Write it, over the one of the same kind and name if there is one."""

    def marks(self, kind: MarkKind, names: Sequence[str]) -> Mapping[str, Mark]:
        """The marks of that kind with these names, by name; due ones too, until they are removed."""

    def unmark(self, kind: MarkKind, name: str) -> None:
        """Remove it, if it is there."""

    def expire_marks(self, now: int, limit: int) -> int:
        """Remove up to `limit` marks with 0 < `due` <= now, the earliest first; how many there were."""

    # locks
    def guard(self, name: str) -> None:
        """Write the tenant's guard row of that name: until this unit ends, no other unit gets past this call."""

    # recording
    def record(self, audit: AuditRecord, effects: Sequence[EffectRecord]) -> None:
        """Append to the audit trail and to the outbox."""

    def waiting(self, now: int, limit: int) -> Sequence[EffectRecord]:
        """Effects in state waiting with due <= now, in order (at, nth)."""

    def backlog(self, account: str, now: int, limit: int) -> Sequence[EffectRecord]:
        """The account's unfinished effects in order: dead ones, tried ones, and those waiting with due <= now.

        While there are any, nothing newer may be handled for the account.
        """

    def update_effect(self, effect: EffectRecord) -> None:
        """Write an outbox entry's new state, attempts, due and error, by its key."""

    def cancel(self, account: str, types: Sequence[str]) -> int:
        """Set the account's waiting effects of these types to cancelled; how many there were."""

    def effects(self, after: tuple[int, int] | None, limit: int) -> Sequence[EffectRecord]:
        """The outbox of every state, in order, from beyond (at, nth)."""

    def audit(self, after: tuple[int, str] | None, limit: int) -> Sequence[AuditRecord]:
        """The audit trail by (at, id), from beyond that place."""

    def forget(self, target: str) -> None:
        """Blank what audit records about that resource hold of its values (`changes` and `detail`)."""


class Amends(Protocol):
    """Can write no more of a resource than what changed. Supplied by `replace` where it is missing."""

    def amend(self, document: Document, keys: Keys, before: Keys, *, expect: int) -> None:
        """What `replace` does, for who knows the keys that version `expect` has. Raises `Stale`, `Gone` or `Clash`."""


class Relations(Protocol):
    """Links kept as rows: a change costs what it names, whatever the size of the group."""

    def link(self, type: str, id: str, relation: str, links: Sequence[Link]) -> Sequence[Link]:
        """Link these to the holder; those that were not linked before are returned."""

    def unlink(self, type: str, id: str, relation: str, ids: Sequence[str]) -> Sequence[Link]:
        """Unlink these ids; those that were linked are returned."""

    def links(self, type: str, id: str, relation: str, *, after: str | None, limit: int) -> Sequence[Linked]:
        """The holder's links by id."""

    def linked(self, type: str, id: str, relation: str, ids: Sequence[str]) -> Sequence[Link]:
        """Those of these ids that the holder links to."""

    def link_count(self, type: str, id: str, relation: str, limit: int) -> int:
        """How many links the holder has, counted up to `limit`."""

    def all_links(self, holders: Sequence[tuple[str, str]], relation: str) -> Mapping[str, Sequence[Linked]]:
        """All links of several holders (type, id), by holder id; for small groups on a page."""

    def holders(self, targets: Sequence[tuple[str, str]], relation: str) -> Mapping[str, Sequence[Linked]]:
        """Who links to these (type, id): the groups of users, by target id."""

    def types_of(self, types: Sequence[str], ids: Sequence[str]) -> Mapping[str, str]:
        """Which of these types each id belongs to, ids of nothing left out."""


class Searches(Protocol):
    """Answers queries itself, in its own engine. Refuses with `TooMany` rather than scan without bound."""

    def search(self, query: Query) -> Page:
        """One page of the query."""


class Prunes(Protocol):
    """Can let go of old records (POL-151). A host whose store does that by itself can do without."""

    def prune_audit(self, before: int, limit: int) -> int:
        """Remove up to `limit` audit records from before that time, the oldest first; how many there were."""

    def prune_effects(self, before: int, limit: int) -> int:
        """The same for effects that are done or cancelled; those that wait and dead letters stay."""


class Unit(RequiredUnit[T_co], Amends, ReadsAtOnce, Relations, Searches, Prunes, Protocol[T_co]):
    """A unit with every capability: what the service works with."""


class Repository(Protocol[T]):
    """Where everything of all tenants lives."""

    def unit(self, tenant: str, *, write: bool) -> AbstractContextManager[Unit[T]]:
        """A transaction of that tenant: committed when the block ends, undone when it raises.

        Without `write`, and once it has ended, a unit refuses to write (RuntimeError).
        """

    def join(self, transaction: T, tenant: str) -> AbstractContextManager[Unit[T]]:
        """The same inside a transaction that the host has open, by savepoint; the host commits."""

    def tenants(self) -> Iterator[str]:
        """Every tenant that has anything, for maintenance."""
