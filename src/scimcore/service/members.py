"""Members: what a request asks of links becomes what really changes, and members who are not there yet are awaited.

A change of a group of 100,000 that names one member reads one row. Only a request that speaks of all members (a PUT,
a replace, a removal without a path filter) reads them all.

Where the policy keeps members that do not exist yet (POL-115), two kinds of marks remember them, for thirty days: one
of each member, found by a digest of what the identity provider called it, so that nothing personal is stored; and one
of each group that says whom it waits for.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

from attrs import evolve

from scimcore._durations import DAY
from scimcore.errors import InvalidValue
from scimcore.patch import LinkRequest
from scimcore.patch.links import AddLinks, RemoveMatching, links_after, net_change
from scimcore.repository.records import Mark, MarkKind
from scimcore.resources.changes import Link, Linked, RelationDelta
from scimcore.schema import Attribute, BoundType
from scimcore.schema.json import JsonObject
from scimcore.service.session import Session

_DAYS: Final = 30
#: What a member may be called by before it has an id here.
_CALLED: Final = ("externalId", "userName")


# what changes


async def delta(session: Session[Any], type: BoundType, id: str, request: LinkRequest) -> RelationDelta:
    """Return the links really gained and lost. Raises InvalidValue for a member that the policy does not accept."""
    wanted = net_change(request)
    if wanted is None:
        # The request selects members by a filter, so only the stored ones say which are meant.
        current = await _every_link(session, type.name, id, request.relation)
        _charge(session, request, len(current))
        return await _between(session, type, id, request.relation, current, links_after(request, current))
    if wanted.cleared:
        if awaits_unknown(session):
            await await_only(session, id, wanted.present)
        current = await _every_link(session, type.name, id, request.relation)
        return await _between(session, type, id, request.relation, current, wanted.present)
    named = [*wanted.present, *wanted.absent]
    have = {link.id: link for link in await session.unit.linked(type.name, id, request.relation, named)}
    gained = {key: kind for key, kind in wanted.present.items() if key not in have}
    # A set has no order, but effects and audit records have one: the same request must always give the same ones.
    lost = tuple(have[key] for key in sorted(wanted.absent) if key in have)
    if awaits_unknown(session):
        await stop_awaiting(session, id, wanted.absent - have.keys())
    return RelationDelta(request.relation, await existing(session, type, id, request.relation, gained), lost)


def _charge(session: Session[Any], request: LinkRequest, stored: int) -> None:
    """Spend what steps by filters cost: each looks at every link that there is by then."""
    links, work = stored, stored * 12
    for step in request.steps:
        if isinstance(step, AddLinks):
            links += len(step.links)
        elif isinstance(step, RemoveMatching):
            work += links * 4 * step.condition.terms
    session.budget.spend(work, "filters look through all links of the resource")


async def all_lost(session: Session[Any], type: BoundType, id: str) -> tuple[RelationDelta, ...]:
    """Return the deltas of a resource that goes: every link of it is lost."""
    found = []
    for relation in type.links:
        lost = await _every_link(session, type.name, id, relation)
        found.append(RelationDelta(relation, (), tuple(Link(link.type, link.id) for link in lost)))
    return tuple(found)


async def existing(
    session: Session[Any], type: BoundType, id: str, relation: str, wanted: Mapping[str, str]
) -> tuple[Link, ...]:
    """Return the links to resources that exist, typed. What becomes of the others, the policy says (POL-115)."""
    if not wanted:
        return ()
    attribute = type.links[relation]
    kinds = await _within_reach(session, await session.unit.types_of(_linkable(session, attribute), list(wanted)))
    missing = [key for key in wanted if key not in kinds]
    if missing:
        await _without(session, attribute, id, missing)
    for key, said in wanted.items():
        if said and key in kinds and said != kinds[key]:
            raise InvalidValue(f"{attribute.name}: {key} is a {kinds[key]}, not a {said}", code="SC-1420")
    return tuple(Link(kinds[key], key) for key in wanted if key in kinds)


async def _between(
    session: Session[Any],
    type: BoundType,
    id: str,
    relation: str,
    before: Sequence[Linked],
    after: Mapping[str, str],
) -> RelationDelta:
    have = {link.id for link in before}
    gained = {key: kind for key, kind in after.items() if key not in have}
    lost = tuple(Link(link.type, link.id) for link in before if link.id not in after)
    return RelationDelta(relation, await existing(session, type, id, relation, gained), lost)


async def _every_link(session: Session[Any], type: str, id: str, relation: str) -> Sequence[Linked]:
    return (await session.unit.all_links([(type, id)], relation)).get(id, ())


async def _within_reach(session: Session[Any], kinds: Mapping[str, str]) -> Mapping[str, str]:
    """Without what other connections provisioned, where the policy hides it from this one (POL-121).

    Otherwise a second identity provider could learn who its neighbour's people are, and give them roles by its own
    groups.
    """
    if session.policy.scope.other_connections != "none" or not kinds:
        return kinds
    bound = await session.unit.bindings(list(kinds))
    # Treated like members that do not exist: "forbidden" would tell that they do.
    strangers = {id for id, binding in bound.items() if binding.connection not in ("", session.connection)}
    return {id: kind for id, kind in kinds.items() if id not in strangers} if strangers else kinds


def _linkable(session: Session[Any], attribute: Attribute) -> list[str]:
    """The types that a link may lead to (RFC 7643 section 7, referenceTypes), those that are served."""
    reference = attribute.sub("$ref")
    return [name for name in (reference.reference_types if reference else ()) if name in session.registry]


async def _without(session: Session[Any], attribute: Attribute, id: str, missing: list[str]) -> None:
    """Refuse the members that do not exist, await them, or leave them out: one of three choices (POL-115)."""
    if session.policy.groups.unknown_member == "reject":
        listed = ", ".join(missing[:5]) + (f" and {len(missing) - 5} more" if len(missing) > 5 else "")
        raise InvalidValue(
            f"{attribute.name}: no such resource: {listed}. Provision the member first, then add it again.",
            code="SC-1410",
        )
    which = f"{len(missing)} of {attribute.name} that {'does' if len(missing) == 1 else 'do'} not exist"
    if awaits_unknown(session):
        await await_members(session, id, missing)
        session.note(("groups.unknown_member", f"remembered for later: {which} yet"))
        return
    session.note(("groups.unknown_member", f"left out: {which}"))


# members who are not there yet


def awaits_unknown(session: Session[Any]) -> bool:
    """True if the policy lets a group wait for members that do not exist yet (POL-115)."""
    return session.policy.groups.unknown_member == "keep"


async def await_members(session: Session[Any], group: str, values: Iterable[str]) -> None:
    """Let the group wait for these members. Raises InvalidValue when it would wait for too many."""
    names = [_digest(value) for value in values]
    awaited = await _mark(session, "awaiting", group)
    # Bounded, because a client could name a million members that never come.
    total = len({*awaited.values, *names})
    if total > session.limits.awaited_members:
        raise InvalidValue(
            f"members: this group would wait for {total} members that do not exist; "
            f"{session.limits.awaited_members} is the limit. Provision the members first.",
            code="SC-1423",
        )
    await _write(session, awaited, (*awaited.values, *names))
    for name in names:
        found = await _mark(session, "awaited", name)
        await _write(session, found, (*found.values, group))


async def stop_awaiting(session: Session[Any], group: str, values: Collection[str]) -> None:
    """The group does not wait for these any more: they were taken out before they came, or have come."""
    if values:
        awaited = await _mark(session, "awaiting", group)
        await _forget(session, awaited, [n for n in map(_digest, values) if n in awaited.values])


async def await_only(session: Session[Any], group: str, values: Iterable[str]) -> None:
    """The group's members were replaced: it waits at most for those who are among the new ones."""
    awaited = await _mark(session, "awaiting", group)
    among = {_digest(value) for value in values}
    await _forget(session, awaited, [name for name in awaited.values if name not in among])


def called(data: JsonObject) -> list[str]:
    """Return what a user with that data may have been called before it was there."""
    return [value for value in map(data.get, _CALLED) if isinstance(value, str)]


async def awaiting(session: Session[Any], names: Iterable[str]) -> list[str]:
    """Return the groups that wait for a user with one of these names."""
    found = await session.unit.marks("awaited", [_digest(name) for name in names])
    return list(dict.fromkeys(group for mark in found.values() for group in mark.values))


async def _forget(session: Session[Any], awaited: Mark, names: Collection[str]) -> None:
    if not names:
        return
    await _write(session, awaited, tuple(name for name in awaited.values if name not in names))
    for name in names:
        found = await _mark(session, "awaited", name)
        await _write(session, found, tuple(group for group in found.values if group != awaited.name))


async def _mark(session: Session[Any], kind: MarkKind, name: str) -> Mark:
    return (await session.unit.marks(kind, [name])).get(name) or Mark(kind=kind, name=name)


async def _write(session: Session[Any], mark: Mark, values: tuple[str, ...]) -> None:
    if values:
        since, due = session.now, session.now + _DAYS * DAY
        # In order and without doubles: the same request twice must write the same mark.
        await session.unit.mark(evolve(mark, values=tuple(dict.fromkeys(values)), since=since, due=due))
    else:
        await session.unit.unmark(mark.kind, mark.name)


def _digest(value: str) -> str:
    # Not the name itself: the mark may outlive the wish to remember the person.
    return sha256(value.encode()).hexdigest()
