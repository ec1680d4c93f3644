"""What a request asks of a relation, turned into what really changes, by looking at those rows only."""

from collections.abc import Mapping, Sequence
from typing import Any

from scimcore.errors import InvalidValue
from scimcore.patch import LinkRequest
from scimcore.patch.links import links_after, net_change
from scimcore.resources.changes import Link, Linked, RelationDelta
from scimcore.schema import Attribute, BoundType
from scimcore.service import awaiting
from scimcore.service.session import Session


async def delta(session: Session[Any], type: BoundType, id: str, request: LinkRequest) -> RelationDelta:
    """The links really gained and lost. Reads the named rows; all of them only where the request speaks of all."""
    wanted = net_change(request)
    if wanted is None:
        current = await every_link(session, type.name, id, request.relation)
        return await _between(session, type, id, request.relation, current, links_after(request, current))
    if wanted.cleared:
        if keeps_unknown(session):
            await awaiting.wait_only(session, id, wanted.present)
        current = await every_link(session, type.name, id, request.relation)
        return await _between(session, type, id, request.relation, current, wanted.present)
    named = [*wanted.present, *wanted.absent]
    have = {link.id: link for link in await session.unit.linked(type.name, id, request.relation, named)}
    gained = {key: kind for key, kind in wanted.present.items() if key not in have}
    lost = tuple(have[key] for key in sorted(wanted.absent) if key in have)
    if keeps_unknown(session):
        await awaiting.stop(session, id, wanted.absent - have.keys())
    return RelationDelta(request.relation, await known(session, type, id, request.relation, gained), lost)


def keeps_unknown(session: Session[Any]) -> bool:
    """Whether members that do not exist yet are kept for later (POL-115)."""
    return session.policy.groups.unknown_member == "keep"


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
    return RelationDelta(relation, await known(session, type, id, relation, gained), lost)


async def every_link(session: Session[Any], type: str, id: str, relation: str) -> Sequence[Linked]:
    """All links of a resource."""
    return (await session.unit.all_links([(type, id)], relation)).get(id, ())


async def known(
    session: Session[Any], type: BoundType, id: str, relation: str, wanted: Mapping[str, str]
) -> tuple[Link, ...]:
    """The links to resources that exist, typed. What becomes of the others, the policy says (POL-115)."""
    if not wanted:
        return ()
    attribute = type.relation(relation)
    kinds = await _within_reach(session, await session.unit.types_of(_linkable(session, attribute), list(wanted)))
    missing = [key for key in wanted if key not in kinds]
    if missing:
        await _without(session, attribute, id, missing)
    for key, said in wanted.items():
        if said and key in kinds and said != kinds[key]:
            raise InvalidValue(f"{_name(attribute)}: {key} is a {kinds[key]}, not a {said}", code="SC-1420")
    return tuple(Link(kinds[key], key) for key in wanted if key in kinds)


async def _within_reach(session: Session[Any], kinds: Mapping[str, str]) -> Mapping[str, str]:
    """Without what other connections provisioned, where the policy keeps it from this one (POL-121).

    Or a second identity provider could learn who its neighbour's people are, and give them roles by its own groups.
    """
    if session.policy.scope.other_connections != "none" or not kinds:
        return kinds
    bound = await session.unit.bindings(list(kinds))
    strangers = {id for id, binding in bound.items() if binding.connection not in ("", session.connection)}
    return {id: kind for id, kind in kinds.items() if id not in strangers} if strangers else kinds


def _linkable(session: Session[Any], attribute: Attribute | None) -> list[str]:
    reference = attribute.sub("$ref") if attribute else None
    return [name for name in (reference.reference_types if reference else ()) if name in session.registry]


async def _without(session: Session[Any], attribute: Attribute | None, id: str, missing: list[str]) -> None:
    shown = ", ".join(missing[:5]) + (f" and {len(missing) - 5} more" if len(missing) > 5 else "")
    if session.policy.groups.unknown_member == "reject":
        raise InvalidValue(
            f"{_name(attribute)}: no such resource: {shown}. Provision the member first, then add it again.",
            code="SC-1410",
        )
    if keeps_unknown(session):
        await awaiting.wait(session, id, missing)
        session.note(
            ("groups.unknown_member", f"kept for later: {len(missing)} of {_name(attribute)} that do not exist yet")
        )
        return
    session.note(
        ("groups.unknown_member", f"left out: {len(missing)} of {_name(attribute)}, because they do not exist")
    )


def _name(attribute: Attribute | None) -> str:
    return attribute.name if attribute else "members"
