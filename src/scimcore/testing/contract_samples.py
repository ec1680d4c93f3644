"""What the repository contract stores, and how it looks at what is there."""

from collections.abc import Callable, Iterator, Sequence
from threading import Barrier, Thread
from typing import Any, TypeVar

from attrs import evolve

from scimcore.policy.facts import Binding
from scimcore.repository import AuditRecord, EffectRecord, Keys, Repository, RepositoryError, Serialization, Unit, keys
from scimcore.resources.document import Document, to_text
from scimcore.schema import GROUP_URN, MEMBERSHIP, USER_URN, Registry
from scimcore.schema.json import Json

R = TypeVar("R")

#: The types that the contract uses: the RFC's own.
REGISTRY = Registry()
#: Two customers; whatever the one has, the other one has under the same id and name.
ACME, BETA = "acme", "beta"
#: How many units one change may need while others change the same.
ATTEMPTS = 200

Row = tuple[Document, Keys]


def row(type: str, id: str, data: dict[str, Json], **head: Any) -> Row:
    """A document with its keys. `head` is any of version, created, modified, connection."""
    head = {"version": 1, "created": 1_000_000, "modified": 1_000_000, **head}
    document = Document(type=type, id=id, text=to_text(data), **head)
    return document, keys(REGISTRY[type], data, id)


def user(id: str, name: str, *, more: dict[str, Json] | None = None, **head: Any) -> Row:
    """A user of that userName."""
    return row("User", id, {"schemas": [USER_URN], "userName": name, **(more or {})}, **head)


def group(id: str, name: str, **head: Any) -> Row:
    """A group of that displayName."""
    return row("Group", id, {"schemas": [GROUP_URN], "displayName": name}, **head)


def newer(made: Row) -> Row:
    """The same in its next version."""
    return evolve(made[0], version=made[0].version + 1), made[1]


def effect(key: str, at: int, nth: int, **more: Any) -> EffectRecord:
    """An effect on the account "a1", unless `more` says otherwise."""
    return EffectRecord(**{"key": key, "type": "SuspendAccount", "account": "a1", "at": at, "nth": nth, **more})


def audit(id: str, at: int, **more: Any) -> AuditRecord:
    """A record of an update."""
    return AuditRecord(**{"id": id, "at": at, "operation": "patch", "outcome": "updated", **more})


def bound(resource: str, account: str | None, **more: Any) -> Binding:
    """A binding of a User in the state active, unless `more` says otherwise."""
    return Binding(**{"resource": resource, "type": "User", "account": account, "state": "active", **more})


def fill(repository: Repository[Any], tenant: str, *rows: Row) -> None:
    """Store these."""

    def work(unit: Unit[Any]) -> None:
        for made in rows:
            unit.insert(*made)

    change(repository, tenant, work)


def look(repository: Repository[Any], tenant: str, question: Callable[[Unit[Any]], R]) -> R:
    """The answer of a unit that only reads."""
    with repository.unit(tenant, write=False) as unit:
        return question(unit)


def change(repository: Repository[Any], tenant: str, work: Callable[[Unit[Any]], R]) -> R:
    """Do it in a unit, again as long as the store cannot keep it apart from others."""
    for attempt in range(ATTEMPTS):
        try:
            with repository.unit(tenant, write=True) as unit:
                return work(unit)
        except Serialization:
            pause = getattr(repository, "pause", None)
            if pause is not None:
                pause(attempt)
    raise AssertionError(f"still not done after {ATTEMPTS} attempts")


def state(repository: Repository[Any], tenant: str) -> list[object]:
    """Everything that the tenant has, as values to be compared."""
    return look(repository, tenant, lambda unit: list(_everything(unit)))


def _everything(unit: Unit[Any]) -> Iterator[object]:
    for type in ("User", "Group"):
        documents = unit.scan(type, None, 1000)
        yield list(documents)
        yield {document.id: unit.binding(document.id) for document in documents}
        yield [list(unit.links(type, document.id, MEMBERSHIP, after=None, limit=1000)) for document in documents]
        yield {id: list(found) for id, found in unit.holders([(type, d.id) for d in documents], MEMBERSHIP).items()}
    yield list(unit.effects(None, 1000))
    yield list(unit.audit(None, 1000))


def run_at_once(workers: Sequence[Callable[[], None]]) -> list[BaseException]:
    """Run all of them at the same time, each in a thread of its own; what they raised."""
    start = Barrier(len(workers))
    raised: list[BaseException] = []

    def run(work: Callable[[], None]) -> None:
        start.wait()
        try:
            work()
        except BaseException as error:
            raised.append(error)

    threads = [Thread(target=run, args=(work,)) for work in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def refused(work: Callable[[], object], kind: type[RepositoryError]) -> bool:
    """Whether it raises exactly that."""
    try:
        work()
    except kind:
        return True
    return False
