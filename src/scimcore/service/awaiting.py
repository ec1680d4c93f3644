"""Members who are not there yet (POL-115): remembered with the group until they are created, or for thirty days.

Two kinds of marks remember it: one of each member, found by a digest of what the identity provider called it, so that
nothing personal is stored; and one of each group that says whom it waits for. Both are bounded.
"""

from collections.abc import Collection, Iterable
from hashlib import sha256
from typing import Any, Final

from attrs import evolve

from scimcore.errors import InvalidValue
from scimcore.policy.values import DAY
from scimcore.repository.records import Mark, MarkKind
from scimcore.schema.json import JsonObject
from scimcore.service.session import Session

_DAYS: Final = 30
#: What a member may be called by before it has an id here.
_CALLED: Final = ("externalId", "userName")


async def wait(session: Session[Any], group: str, values: Iterable[str]) -> None:
    """The group waits for these members. Raises InvalidValue when it waits for too many."""
    names = [_digest(value) for value in values]
    waited = await _found(session, "awaiting", group)
    total = len({*waited.values, *names})
    if total > session.limits.awaited_members:
        raise InvalidValue(
            f"members: this group would wait for {total} members that do not exist; "
            f"{session.limits.awaited_members} is the limit. Provision the members first.",
            code="SC-1423",
        )
    await _write(session, waited, (*waited.values, *names))
    for name in names:
        found = await _found(session, "awaited", name)
        await _write(session, found, (*found.values, group))


async def stop(session: Session[Any], group: str, values: Collection[str]) -> None:
    """The group does not wait for these any more: they were taken out before they came."""
    if values:
        waited = await _found(session, "awaiting", group)
        await _forget(session, waited, [n for n in map(_digest, values) if n in waited.values])


async def wait_only(session: Session[Any], group: str, values: Iterable[str]) -> None:
    """The group's members were replaced: it waits at most for those who are among the new ones."""
    waited = await _found(session, "awaiting", group)
    among = {_digest(value) for value in values}
    await _forget(session, waited, [name for name in waited.values if name not in among])


def names(data: JsonObject) -> list[str]:
    """What a user with that data may have been called before it was there."""
    return [value for value in map(data.get, _CALLED) if isinstance(value, str)]


async def groups_for(session: Session[Any], called: Iterable[str]) -> list[str]:
    """The groups that wait for a user with one of these names."""
    found = await session.unit.marks("awaited", [_digest(name) for name in called])
    return list(dict.fromkeys(group for mark in found.values() for group in mark.values))


async def _forget(session: Session[Any], waited: Mark, names: Collection[str]) -> None:
    if not names:
        return
    await _write(session, waited, tuple(name for name in waited.values if name not in names))
    for name in names:
        found = await _found(session, "awaited", name)
        await _write(session, found, tuple(group for group in found.values if group != waited.name))


async def _found(session: Session[Any], kind: MarkKind, name: str) -> Mark:
    return (await session.unit.marks(kind, [name])).get(name) or Mark(kind=kind, name=name)


async def _write(session: Session[Any], mark: Mark, values: tuple[str, ...]) -> None:
    if values:
        since, due = session.now, session.now + _DAYS * DAY
        await session.unit.mark(evolve(mark, values=tuple(dict.fromkeys(values)), since=since, due=due))
    else:
        await session.unit.unmark(mark.kind, mark.name)


def _digest(value: str) -> str:
    return sha256(value.encode()).hexdigest()
