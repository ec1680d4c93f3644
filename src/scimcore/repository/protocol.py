"""The repository as a host implements it: what every store must do, and what a store may do besides.

A *unit* is one transaction of one tenant. Every unit has the methods of `RequiredUnit`. Each capability is a protocol
of its own; `complete` finds out on the first unit which ones a repository has, and supplies links, searches and `read`
where they are missing. `Amends` and `Prunes` are not supplied: without them a write costs more, and `purge` refuses.

T is the repository's own transaction type. The core only passes it on to the host: it is the SQLAlchemy `Connection` in
SQL, and an undo journal in memory. Methods raise `Clash`, `Stale`, `Gone`, `Serialization` or `Unavailable`; errors of
the store that mean none of these pass on as they are.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

from scimcore.policy.facts import Binding
from scimcore.repository.queries import Page, Query
from scimcore.repository.reads import ReadsAtOnce
from scimcore.repository.records import AuditRecord, EffectRecord, Keys, Mark, MarkKind, UniqueKey
from scimcore.resources.changes import Link, Linked
from scimcore.resources.document import Document

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class RepositoryError(Exception):
    """The base of what a unit raises. The service turns each into the right SCIM error, or runs the unit again."""


class Clash(RepositoryError):
    """Another resource of the tenant has this unique key.

    It comes from the unique index and never from a look-up before: two units may both look, find nothing, and insert.
    `path` is that of a key among `Keys.also_unique`, empty for `Keys.unique` and for the id.
    """

    def __init__(self, message: str = "", *, path: str = "") -> None:
        super().__init__(message)
        self.path = path


class Stale(RepositoryError):
    """The resource has another version than the expected one: somebody else has changed it."""


class Gone(RepositoryError):
    """The resource, or the target of a link, does not exist."""


class Serialization(RepositoryError):
    """The store could not keep this transaction apart from another one. Nothing was kept; run the whole unit again."""


class Unavailable(RepositoryError):
    """The store is away or takes no writes now: not reachable, starting, full or read-only. Try again later.

    A unit that fails like this while it commits may have been kept all the same: nobody was left to say so. It is not
    run again for this reason, and because a second attempt would make the client wait for the same answer.
    """


class RequiredUnit(Protocol[T_co]):
    """One transaction of one tenant: the methods that every repository has."""

    @property
    def transaction(self) -> T_co:
        """The store's own transaction, which `Host` methods get, so that the product writes in the same one."""

    # What `get` locks is one row. Whatever depends on several rows (how many seats are taken, who is the last owner) is
    # protected by `guard` instead.

    # resources
    def get(self, type: str, id: str, *, lock: bool = False) -> Document | None:
        """Return the resource, None if there is none. `lock`: nobody else changes it before this unit ends."""

    def named(self, type: str, unique: str) -> Document | None:
        """Return the resource with that unique key (see `Keys.unique`), None if there is none."""

    def scan(self, type: str, after: str | None, limit: int) -> Sequence[Document]:
        """Return up to `limit` resources with ids above `after`, in the order of their ids."""

    def insert(self, document: Document, keys: Keys) -> None:
        """Store a new resource. Raises `Clash`."""

    def replace(self, document: Document, keys: Keys, *, expect: int) -> None:
        """Store a new version of a resource that still has the version `expect`. Raises `Stale`, `Gone` or `Clash`."""

    def delete(self, type: str, id: str) -> bool:
        """Remove the resource and all links from and to it. Returns False if it was not there."""

    # A binding is found by the resource and by the account, and neither is a foreign key: the account is the product's,
    # and the tombstone of a resource outlives it.

    # bindings
    def binding(self, resource: str) -> Binding | None:
        """Return the resource's binding. It outlives the resource: a tombstone is the binding of a deleted one."""

    def bindings(self, resources: Sequence[str]) -> Mapping[str, Binding]:
        """Return the bindings of these resources, by resource; resources without one are left out."""

    def binding_of(self, account: str) -> Binding | None:
        """Return the binding that stands for the account now, of several the latest. Tombstones do not count."""

    def bind(self, binding: Binding) -> None:
        """Write the binding, over the one of the same resource if there is one."""

    def unbind(self, resource: str) -> None:
        """Remove the resource's binding, if there is one."""

    def due(self, now: int, limit: int) -> Sequence[Binding]:
        """Return up to `limit` bindings with 0 < `due` <= now, the earliest first."""

    def leavers(self, connection: str, since: int) -> int:
        """Count the connection's marks of the kind `leaver` with that `since` or a later one."""

    def managed(self, connection: str) -> int:
        """Count the Users that the connection manages: its bindings that are not tombstones."""

    # marks
    def mark(self, mark: Mark) -> None:
        """Write the mark, over the one of the same kind and name if there is one."""

    def marks(self, kind: MarkKind, names: Sequence[str]) -> Mapping[str, Mark]:
        """Return the marks of that kind with these names, by name; due ones too, until they are removed."""

    def unmark(self, kind: MarkKind, name: str) -> None:
        """Remove the mark, if it is there."""

    def expire_marks(self, now: int, limit: int) -> int:
        """Remove up to `limit` marks with 0 < `due` <= now, the earliest first. Returns how many there were."""

    # locks
    def guard(self, name: str) -> None:
        """Write the tenant's guard row of that name: until this unit ends, no other unit gets past this call.

        Whatever is counted behind a guard stays true until the unit ends. Without it, two units that both count 99 of
        100 seats would both take the last one.
        """

    # In the transaction of the change, so that an effect is never lost and never belongs to a change that was undone.

    # recording
    def record(self, audit: AuditRecord, effects: Sequence[EffectRecord]) -> None:
        """Append to the audit trail and to the outbox."""

    def waiting(self, now: int, limit: int) -> Sequence[EffectRecord]:
        """Return up to `limit` effects in the state waiting with due <= now, in the order (lane, at, nth).

        The lanes in the order of `LANES`, which is that of the alphabet: a thousand invitations that wait must not keep
        a suspension out of the first page.
        """

    def backlog(self, account: str, now: int, limit: int) -> Sequence[EffectRecord]:
        """Return the account's unfinished effects: dead ones, tried ones, and those waiting with due <= now.

        In the order (lane, at, nth). The service decides by the lanes what has to wait for them.
        """

    def update_effect(self, effect: EffectRecord) -> None:
        """Write an outbox entry's new state, attempts, due and error, by its key."""

    def cancel(self, account: str, types: Sequence[str], now: int) -> int:
        """Set the account's waiting and dead effects of these types to cancelled. Returns how many there were.

        In the lane access only what waits, was never tried and has due > now (a grace period): to take access away
        once it is due is called off by nobody.
        """

    def effects(self, after: tuple[int, int] | None, limit: int) -> Sequence[EffectRecord]:
        """Return effects of every state in order, beyond the place (at, nth); None: from the beginning."""

    def audit(self, after: tuple[int, str] | None, limit: int) -> Sequence[AuditRecord]:
        """Return audit records in the order (at, id), beyond that place; None: from the beginning."""

    def forget(self, target: str) -> None:
        """Blank the values in the audit records about that resource: `changes` and `detail`."""


class Amends(Protocol):
    """A unit that writes only what changed of a resource (optional). Without it the service uses `replace`."""

    def amend(self, document: Document, keys: Keys, before: Keys, *, expect: int) -> None:
        """Do what `replace` does; `before` are the keys of version `expect`. Raises `Stale`, `Gone` or `Clash`."""


class Uniques(Protocol):
    """A unit that keeps `Keys.also_unique` apart: `insert`, `replace` and `amend` raise `Clash` with the path.

    `complete` supplies it from the required part, which may ignore these keys.
    """

    def taken_by(self, type: str, key: UniqueKey) -> str | None:
        """Return the id of the resource of the type that has this key, None if there is none."""


class Relations(Protocol):
    """A unit with links as rows: a change costs what it names, whatever the size of the group."""

    def link(self, type: str, id: str, relation: str, links: Sequence[Link]) -> Sequence[Link]:
        """Link these to the holder. Returns those that were not linked before. Raises `Gone`."""

    def unlink(self, type: str, id: str, relation: str, ids: Sequence[str]) -> Sequence[Link]:
        """Unlink these ids. Returns those that were linked."""

    def links(self, type: str, id: str, relation: str, *, after: str | None, limit: int) -> Sequence[Linked]:
        """Return up to `limit` of the holder's links with ids above `after`, in the order of their ids."""

    def linked(self, type: str, id: str, relation: str, ids: Sequence[str]) -> Sequence[Link]:
        """Return those of these ids that the holder links to."""

    def link_count(self, type: str, id: str, relation: str, limit: int) -> int:
        """Return how many links the holder has, but at most `limit`: that is as far as anybody counts."""

    def all_links(self, holders: Sequence[tuple[str, str]], relation: str) -> Mapping[str, Sequence[Linked]]:
        """Return all links of several holders (type, id), by holder id: the members of the groups on a page."""

    def holders(self, targets: Sequence[tuple[str, str]], relation: str) -> Mapping[str, Sequence[Linked]]:
        """Return the resources that link to these (type, id), by target id: the groups of users."""

    def types_of(self, types: Sequence[str], ids: Sequence[str]) -> Mapping[str, str]:
        """Return the type of each id, of these types; ids of no resource are left out."""


class Searches(Protocol):
    """A unit that answers queries in its own engine."""

    def search(self, query: Query) -> Page:
        """Return one page of the query. Raises `TooMany` rather than scan without bound."""


class Prunes(Protocol):
    """A unit that can remove old records (optional, POL-151). A store that does so by itself can do without."""

    def prune_audit(self, before: int, limit: int) -> int:
        """Remove up to `limit` audit records from before that time, the oldest first. Returns how many there were."""

    def prune_effects(self, before: int, limit: int) -> int:
        """Do the same with effects that are done or cancelled. Effects that wait and dead letters stay."""


class Unit(RequiredUnit[T_co], Amends, Uniques, ReadsAtOnce, Relations, Searches, Prunes, Protocol[T_co]):
    """A unit as the service works with it. `complete` makes it of a unit that has the required part only."""


class Repository(Protocol[T]):
    """The store of all tenants.

    A repository may also have `pause(attempt)`, which waits before a unit is run again, `snapshot(tenant)`, which
    `export` uses, and `whole = True`: its units have everything, and nothing has to be looked up or supplied.
    """

    def unit(self, tenant: str, *, write: bool) -> AbstractContextManager[Unit[T]]:
        """Return a transaction of that tenant: committed when the block ends, undone when it raises.

        Without `write`, and once it has ended, a unit refuses to write (RuntimeError).
        """

    def join(self, transaction: T, tenant: str) -> AbstractContextManager[Unit[T]]:
        """Return a unit inside a transaction that the host has open; the host commits.

        A block that raises undoes what was done inside, the host's part too, and leaves the rest of the transaction.
        """

    def tenants(self) -> Iterator[str]:
        """Return every tenant that has anything, for maintenance."""
