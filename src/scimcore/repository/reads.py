"""What an operation reads, asked for as one value.

A store across a network answers a `Reads` in one trip where the unit's single methods would take one trip each. A unit
that can do so has a method `read`; for every other unit the function `read` asks the single methods in turn, with the
same answers. What a host's repository has to implement does not grow by it.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, NamedTuple, Protocol

from scimcore.policy.facts import Binding
from scimcore.repository.records import EffectRecord
from scimcore.resources.changes import Linked
from scimcore.resources.document import Document

# Named tuples and no attrs classes: every request makes one of each of the four, and a tuple takes half the time.


class ResourceRead(NamedTuple):
    """One resource, found by its id or else by its unique key, and what is asked together with it.

    What comes together with a resource that is not there is empty, so a tombstone (the binding of a deleted resource)
    has to be asked for in `Reads.bindings`.
    """

    type: str
    #: The resource's id; empty where `unique` is given.
    id: str = ""
    #: The resource's unique key (see `Keys.unique`).
    unique: str = ""
    #: Nobody else changes the resource before the unit ends. Only a resource that is found by its id can be locked.
    lock: bool = False
    #: With its binding.
    binding: bool = False
    #: With the resources that link to it, of these relations: a user's groups.
    holders: tuple[str, ...] = ()
    #: With everything that it links to, of these relations: a group's members.
    links: tuple[str, ...] = ()


class Reads(NamedTuple):
    """Everything that one step of an operation reads.

    Resources are read first, in the order given here: whatever is read after a lock was taken is protected by it. Two
    units that lock several resources must name them in the same order, or they may wait for each other for ever.
    """

    resources: tuple[ResourceRead, ...] = ()
    #: The bindings of these resources.
    bindings: tuple[str, ...] = ()
    #: The bindings that stand for these accounts now.
    accounts: tuple[str, ...] = ()
    #: Accounts of which it is asked whether they have unfinished effects (see `RequiredUnit.backlog`) at `now`.
    unfinished: tuple[str, ...] = ()
    #: Microseconds since 1970; only `unfinished` looks at it.
    now: int = 0


#: Shared by all answers: most operations ask for one resource and nothing else.
NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


class FoundResource(NamedTuple):
    """The answer to one `ResourceRead`. `holders` and `links` have an entry for every relation that was asked for."""

    document: Document | None = None
    binding: Binding | None = None
    holders: Mapping[str, Sequence[Linked]] = NOTHING
    links: Mapping[str, Sequence[Linked]] = NOTHING


class Found(NamedTuple):
    """The answer to a `Reads`."""

    #: One for every `ResourceRead`, in its order.
    resources: tuple[FoundResource, ...] = ()
    #: By resource, those that there are.
    bindings: Mapping[str, Binding] = NOTHING
    #: By account, those that there are.
    accounts: Mapping[str, Binding] = NOTHING
    #: The accounts that have unfinished effects.
    unfinished: frozenset[str] = frozenset()

    @property
    def resource(self) -> FoundResource:
        """The first resource's answer, where one was asked for."""
        return self.resources[0]


class ReadsAtOnce(Protocol):
    """A unit that answers a `Reads` in fewer trips than there are questions (optional)."""

    def read(self, reads: Reads) -> Found:
        """Answer as the function `read` does."""


class SingleReads(Protocol):
    """The methods of a unit that `read` asks; see `RequiredUnit` and `Relations` for what each promises."""

    def get(self, type: str, id: str, *, lock: bool = False) -> Document | None: ...
    def named(self, type: str, unique: str) -> Document | None: ...
    def binding(self, resource: str) -> Binding | None: ...
    def bindings(self, resources: Sequence[str]) -> Mapping[str, Binding]: ...
    def binding_of(self, account: str) -> Binding | None: ...
    def backlog(self, account: str, now: int, limit: int) -> Sequence[EffectRecord]: ...
    def all_links(self, holders: Sequence[tuple[str, str]], relation: str) -> Mapping[str, Sequence[Linked]]: ...
    def holders(self, targets: Sequence[tuple[str, str]], relation: str) -> Mapping[str, Sequence[Linked]]: ...


def read(unit: SingleReads, reads: Reads) -> Found:
    """Ask a unit's single methods in turn: the answer of every unit without a `read` of its own."""
    resources = tuple([_read_resource(unit, wanted) for wanted in reads.resources])
    if not (reads.bindings or reads.accounts or reads.unfinished):
        return Found(resources)
    accounts = {account: unit.binding_of(account) for account in reads.accounts}
    return Found(
        resources=resources,
        bindings=unit.bindings(reads.bindings) if reads.bindings else NOTHING,
        accounts={account: found for account, found in accounts.items() if found is not None},
        # One unfinished effect is enough to know that there are any.
        unfinished=frozenset([account for account in reads.unfinished if unit.backlog(account, reads.now, 1)]),
    )


def _read_resource(unit: SingleReads, wanted: ResourceRead) -> FoundResource:
    if wanted.id:
        document = unit.get(wanted.type, wanted.id, lock=wanted.lock)
    else:
        document = unit.named(wanted.type, wanted.unique)
    if document is None:
        return nothing(wanted)
    id, near = document.id, [(wanted.type, document.id)]
    # After the resource, which may have been locked: what is read before a lock may have changed meanwhile.
    return FoundResource(
        document,
        unit.binding(id) if wanted.binding else None,
        {relation: unit.holders(near, relation).get(id, ()) for relation in wanted.holders}
        if wanted.holders
        else NOTHING,
        {relation: unit.all_links(near, relation).get(id, ()) for relation in wanted.links}
        if wanted.links
        else NOTHING,
    )


def nothing(wanted: ResourceRead) -> FoundResource:
    """The answer where there is no such resource."""
    return FoundResource(holders=dict.fromkeys(wanted.holders, ()), links=dict.fromkeys(wanted.links, ()))
