"""What an operation reads, asked for as one value.

A store across a network answers a `Reads` in one trip where the unit's single methods would take one trip each. A unit
that can do so has a method `read`; for every other unit `one_by_one` asks the single methods in turn, with the same
answers. What a host's repository has to implement does not grow by it.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from operator import methodcaller
from types import MappingProxyType
from typing import Any, Final, Protocol, cast

from attrs import frozen

from scimcore.policy.facts import Binding
from scimcore.resources.changes import Linked
from scimcore.resources.document import Document


@frozen
class ResourceRead:
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


@frozen(kw_only=True)
class Reads:
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


@frozen
class FoundResource:
    """The answer to one `ResourceRead`. `holders` and `links` have an entry for every relation that was asked for."""

    document: Document | None = None
    binding: Binding | None = None
    holders: Mapping[str, Sequence[Linked]] = NOTHING
    links: Mapping[str, Sequence[Linked]] = NOTHING


@frozen(kw_only=True)
class Found:
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
        """Answer as `one_by_one` does."""


#: One question to a unit. An asynchronous unit answers it with an awaitable.
Question = Callable[[Any], Any]


def one_by_one(reads: Reads) -> Generator[Question, Any, Found]:
    """Yield one question to the unit after the other, take each answer by `send`, and return what was found.

    A generator, so that synchronous and asynchronous units are asked by the same code (see `read`).
    """
    resources: tuple[FoundResource, ...] = ()
    for wanted in reads.resources:
        resources += ((yield from _resource(wanted)),)
    bindings = (yield methodcaller("bindings", reads.bindings)) if reads.bindings else NOTHING
    accounts, unfinished = {}, set()
    for account in reads.accounts:
        binding = yield methodcaller("binding_of", account)
        if binding is not None:
            accounts[account] = binding
    for account in reads.unfinished:
        # One unfinished effect is enough to know that there are any.
        backlog = yield methodcaller("backlog", account, reads.now, 1)
        if backlog:
            unfinished.add(account)
    return Found(resources=resources, bindings=bindings, accounts=accounts, unfinished=frozenset(unfinished))


def _resource(wanted: ResourceRead) -> Generator[Question, Any, FoundResource]:
    if wanted.id:
        document = yield methodcaller("get", wanted.type, wanted.id, lock=wanted.lock)
    else:
        document = yield methodcaller("named", wanted.type, wanted.unique)
    if document is None:
        return nothing(wanted)
    id, near = document.id, [(wanted.type, document.id)]
    binding = (yield methodcaller("binding", id)) if wanted.binding else None
    holders, links = {}, {}
    for relation in wanted.holders:
        found = yield methodcaller("holders", near, relation)
        holders[relation] = found.get(id, ())
    for relation in wanted.links:
        found = yield methodcaller("all_links", near, relation)
        links[relation] = found.get(id, ())
    return FoundResource(document, binding, holders, links)


def nothing(wanted: ResourceRead) -> FoundResource:
    """The answer where there is no such resource."""
    return FoundResource(holders=dict.fromkeys(wanted.holders, ()), links=dict.fromkeys(wanted.links, ()))


def read(unit: object, reads: Reads) -> Found:
    """Ask a unit one by one: what a unit without a `read` of its own answers."""
    questions = one_by_one(reads)
    answer = None
    while True:
        try:
            question = questions.send(answer)
        except StopIteration as end:
            return cast("Found", end.value)
        answer = question(unit)
