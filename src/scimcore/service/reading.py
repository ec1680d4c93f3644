"""Resources with what is derived for them: members and groups, only where the answer shows them."""

from collections.abc import Mapping, Sequence
from typing import Any

from scimcore.policy.exports import listed
from scimcore.resources import projector
from scimcore.resources.changes import Linked
from scimcore.resources.document import Document
from scimcore.resources.projection import Projection
from scimcore.schema import Attribute, BoundType
from scimcore.service.results import Resource
from scimcore.service.session import Session

_NONE: tuple[Linked, ...] = ()
#: By relation attribute and id; None for a resource whose links are not listed.
Shown = Mapping[str, Mapping[str, Sequence[Linked] | None]]
#: What stays of an anonymised user, so that the identity provider finds it again.
_MATCHED_BY = frozenset({"schemas", "userName", "externalId", "active"})


def relations(type: BoundType, projection: Projection) -> list[Attribute]:
    """The relation attributes of the type that an answer with this projection shows."""
    plan = projector(type).plan(projection)
    return [a for a in type.relations if plan.wants(a.name)]


async def resource(session: Session[Any], type: BoundType, document: Document, projection: Projection) -> Resource:
    """One resource with its links."""
    shown = await _shown(session, type, [(type.name, document.id)], projection)
    return Resource(type=type, document=document, links=_of(document, shown, session))


async def with_links(
    session: Session[Any], rows: Sequence[tuple[BoundType, Document]], projection: Projection
) -> tuple[Resource, ...]:
    """A page of resources with their links, one query per relation and type."""
    ids: dict[BoundType, list[tuple[str, str]]] = {}
    for type, document in rows:
        ids.setdefault(type, []).append((type.name, document.id))
    shown = {type: await _shown(session, type, of, projection) for type, of in ids.items()}
    return tuple([Resource(type=t, document=d, links=_of(d, shown[t], session)) for t, d in rows])


async def _shown(
    session: Session[Any], type: BoundType, ids: Sequence[tuple[str, str]], projection: Projection
) -> Shown:
    asked = bool(projection.attributes)
    return {a.name: await _links(session, a, ids, asked) for a in relations(type, projection)}


def _of(document: Document, shown: Shown, session: Session[Any]) -> Mapping[str, Sequence[Linked]]:
    """What of the links that are shown are the document's."""
    links = {name: ends for name, found in shown.items() if (ends := found.get(document.id, _NONE)) is not None}
    if links.get("groups") and _forgotten(session, document):
        del links["groups"]
    return links


def _forgotten(session: Session[Any], document: Document) -> bool:
    """Whether of an anonymised user nothing is shown but what it is matched by: not where it belonged either."""
    policy = session.policy.deactivate
    if policy.access != "anonymise" or policy.resource != "reduced":
        return False
    return document.data.get("active") is False and document.data.keys() <= _MATCHED_BY


async def _links(
    session: Session[Any], attribute: Attribute, ids: Sequence[tuple[str, str]], asked: bool
) -> Mapping[str, Sequence[Linked] | None]:
    """By id; None for a resource with so many that the policy lists them only when they are asked for (POL-117)."""
    relation = attribute.relation
    if relation is None:
        return {}
    if relation.inverse:
        return await session.unit.holders(ids, relation.name)
    large = [] if asked else await _large(session, relation.name, ids)
    few = await session.unit.all_links([x for x in ids if x not in large] if large else ids, relation.name)
    if session.policy.groups.inactive_members == "hidden":
        few = await _working(session, few)
    return {**few, **{id: None for _, id in large}} if large else few


async def _large(session: Session[Any], relation: str, ids: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    limit = session.policy.groups.members_shown_up_to
    if not limit:
        return []
    return [(type, id) for type, id in ids if await session.unit.link_count(type, id, relation, limit + 1) > limit]


async def _working(session: Session[Any], links: Mapping[str, Sequence[Linked]]) -> Mapping[str, Sequence[Linked]]:
    """Without the members that are disabled or invited; they stay members (POL-118)."""
    members = dict.fromkeys(link.id for found in links.values() for link in found)
    bindings = await session.unit.bindings(list(members))
    return {
        id: [link for link in found if listed(session.policy, bindings.get(link.id))] for id, found in links.items()
    }


def foreign(session: Session[Any], document: Document) -> bool:
    """Whether another connection of the tenant provisioned it (POL-121)."""
    return document.connection not in ("", session.connection)


def hidden(session: Session[Any], document: Document) -> bool:
    """Whether the policy keeps the resource from this connection: inactive ones, or those of other connections."""
    policy = session.policy
    if policy.scope.other_connections == "none" and foreign(session, document):
        return True
    return policy.deactivate.visibility == "hidden" and document.data.get("active") is False


async def too_large(session: Session[Any], type: BoundType, id: str) -> bool:
    """Whether the resource holds more links than a PATCH is answered with."""
    limit = session.limits.echo_members
    for relation in type.links:
        if await session.unit.link_count(type.name, id, relation, limit + 1) > limit:
            return True
    return False
