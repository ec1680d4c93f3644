"""Members who are not there yet (POL-115): remembered with the group until they are created, or for thirty days.

No table of their own: bindings of no resource, found by a digest of what the identity provider called the member, so
that nothing personal is kept; and one for each group that says whom it waits for. Both are bounded.
"""

from collections.abc import Collection, Iterable
from hashlib import sha256
from typing import Any, Final

from attrs import evolve

from scimcore.errors import InvalidValue
from scimcore.policy.facts import Binding
from scimcore.policy.rules.safety import DAY
from scimcore.schema.json import JsonObject
from scimcore.service.session import Session

_TYPE: Final = "Awaited"
_DAYS: Final = 30
#: What a member may be called by before it has an id here.
_CALLED: Final = ("externalId", "userName")


async def wait(session: Session[Any], group: str, values: Iterable[str]) -> None:
    """The group waits for these members. Raises InvalidValue when it waits for too many."""
    places = [_place(value) for value in values]
    waited = await _at(session, _of_group(group))
    total = len({*waited.memory, *places})
    if total > session.limits.awaited_members:
        raise InvalidValue(
            f"members: this group would wait for {total} members that do not exist; "
            f"{session.limits.awaited_members} is the limit. Provision the members first.",
            code="SC-1423",
        )
    await _keep(session, waited, {**waited.memory, **dict.fromkeys(places, "awaited")})
    for place in places:
        found = await _at(session, place)
        await _keep(session, found, {**found.memory, group: "waits"})


async def stop(session: Session[Any], group: str, values: Collection[str]) -> None:
    """The group does not wait for these any more: they were taken out before they came."""
    if values:
        waited = await _at(session, _of_group(group))
        await _forget(session, waited, group, [p for p in map(_place, values) if p in waited.memory])


async def wait_only(session: Session[Any], group: str, values: Iterable[str]) -> None:
    """The group's members were replaced: it waits at most for those who are among the new ones."""
    waited = await _at(session, _of_group(group))
    kept = {_place(value) for value in values}
    await _forget(session, waited, group, [place for place in waited.memory if place not in kept])


def names(data: JsonObject) -> list[str]:
    """What a user with that data may have been called before it was there."""
    return [value for value in map(data.get, _CALLED) if isinstance(value, str)]


async def groups_for(session: Session[Any], called: Iterable[str]) -> list[str]:
    """The groups that wait for somebody who is called so."""
    places = await session.unit.bindings([_place(name) for name in called])
    return list(dict.fromkeys(group for place in places.values() for group in place.memory))


async def _forget(session: Session[Any], waited: Binding, group: str, places: Collection[str]) -> None:
    if not places:
        return
    await _keep(session, waited, {p: mark for p, mark in waited.memory.items() if p not in places})
    for place in places:
        found = await _at(session, place)
        await _keep(session, found, {g: mark for g, mark in found.memory.items() if g != group})


async def _at(session: Session[Any], place: str) -> Binding:
    return await session.unit.binding(place) or Binding(resource=place, type=_TYPE, account=None, state="pending")


async def _keep(session: Session[Any], binding: Binding, memory: dict[str, str]) -> None:
    if memory:
        kept = evolve(binding, memory=memory, since=session.now, due=session.now + _DAYS * DAY)
        await session.unit.bind(kept)
    else:
        await session.unit.unbind(binding.resource)


def _of_group(group: str) -> str:
    return f"awaiting:{group}"


def _place(value: str) -> str:
    return f"awaited:{sha256(value.encode()).hexdigest()}"
