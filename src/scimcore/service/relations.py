"""What a request asks of a relation, turned into what really changes, by looking at those rows only."""

from collections.abc import Mapping, Sequence
from typing import Any

from scimcore.errors import InvalidValue
from scimcore.patch import LinkRequest, fold, run
from scimcore.resources.changes import Link, Linked, RelationDelta
from scimcore.schema import Attribute, BoundType
from scimcore.service.session import Session


async def delta(session: Session[Any], type: BoundType, id: str, request: LinkRequest) -> RelationDelta:
    """The links really gained and lost. Reads the named rows; all of them only where the request speaks of all."""
    wanted = fold(request)
    if wanted is None:
        current = await every_link(session, type.name, id, request.relation)
        return await _between(session, type, request.relation, current, run(request, current))
    if wanted.cleared:
        current = await every_link(session, type.name, id, request.relation)
        return await _between(session, type, request.relation, current, wanted.present)
    named = [*wanted.present, *wanted.absent]
    have = {link.id: link for link in await session.unit.linked(type.name, id, request.relation, named)}
    gained = {key: kind for key, kind in wanted.present.items() if key not in have}
    lost = tuple(have[key] for key in sorted(wanted.absent) if key in have)
    return RelationDelta(request.relation, await known(session, type, request.relation, gained), lost)


async def _between(
    session: Session[Any], type: BoundType, relation: str, before: Sequence[Linked], after: Mapping[str, str]
) -> RelationDelta:
    have = {link.id for link in before}
    gained = {key: kind for key, kind in after.items() if key not in have}
    lost = tuple(Link(link.type, link.id) for link in before if link.id not in after)
    return RelationDelta(relation, await known(session, type, relation, gained), lost)


async def every_link(session: Session[Any], type: str, id: str, relation: str) -> list[Linked]:
    """All links of a resource, a page at a time."""
    found: list[Linked] = []
    size = session.limits.link_page
    while True:
        page = await session.unit.links(type, id, relation, after=found[-1].id if found else None, limit=size)
        found += page
        if len(page) < size:
            return found


async def known(session: Session[Any], type: BoundType, relation: str, wanted: Mapping[str, str]) -> tuple[Link, ...]:
    """The links to resources that exist, typed. What becomes of the others, the policy says (POL-115)."""
    if not wanted:
        return ()
    attribute = type.relation(relation)
    kinds = await session.unit.types_of(_linkable(session, attribute), list(wanted))
    missing = [key for key in wanted if key not in kinds]
    if missing:
        _refuse_missing(session, attribute, missing)
    for key, said in wanted.items():
        if said and key in kinds and said != kinds[key]:
            raise InvalidValue(f"{_name(attribute)}: {key} is a {kinds[key]}, not a {said}", code="SC-1420")
    return tuple(Link(kinds[key], key) for key in wanted if key in kinds)


def _linkable(session: Session[Any], attribute: Attribute | None) -> list[str]:
    reference = attribute.sub("$ref") if attribute else None
    return [name for name in (reference.reference_types if reference else ()) if name in session.registry]


def _refuse_missing(session: Session[Any], attribute: Attribute | None, missing: list[str]) -> None:
    shown = ", ".join(missing[:5]) + (f" and {len(missing) - 5} more" if len(missing) > 5 else "")
    if session.policy.groups.unknown_member == "reject":
        raise InvalidValue(
            f"{_name(attribute)}: no such resource: {shown}. Provision the member first, then add it again.",
            code="SC-1410",
        )
    session.note(
        ("groups.unknown_member", f"Left out of {_name(attribute)}, because there is no such resource: {shown}")
    )


def _name(attribute: Attribute | None) -> str:
    return attribute.name if attribute else "members"
