"""What a PATCH or PUT asks of a relation, in order, before anybody has looked at the links that are there.

Operations that name ids cost what they name; `Clear` and `RemoveMatching` need the links streamed.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import frozen

from scimcore.filters.condition import Condition
from scimcore.resources.changes import Link, Linked
from scimcore.schema import MEMBERSHIP


@frozen
class AddLinks:
    """These are linked afterwards. A link's type may be "" when the request did not say."""

    links: tuple[Link, ...]


@frozen
class RemoveLinks:
    """These ids are not linked afterwards."""

    ids: tuple[str, ...]


@frozen
class ClearLinks:
    """None of the links from before stays."""


@frozen
class RemoveMatching:
    """Of the links at that point, those go whose element (value, type, $ref, display) meets the condition."""

    condition: Condition


LinkStep = AddLinks | RemoveLinks | ClearLinks | RemoveMatching


@frozen
class LinkRequest:
    """The steps asked of one relation."""

    relation: str
    steps: tuple[LinkStep, ...]


@frozen
class LinkChange:
    """A request without its order: unless `cleared`, what is linked stays but for `absent`; `present` is linked.

    `present` maps ids to types; the type is "" where the request did not say, and then the stored one counts.
    """

    cleared: bool
    present: Mapping[str, str]
    absent: frozenset[str]


def net_change(request: LinkRequest) -> LinkChange | None:
    """The steps as one change, in time linear in what they name; None if a `RemoveMatching` needs the stored links."""
    cleared = False
    types: dict[str, str] = {}
    present: dict[str, str] = {}
    absent: set[str] = set()
    for step in request.steps:
        if isinstance(step, AddLinks):
            present |= _typed(step, types)
            absent.difference_update([link.id for link in step.links])
        elif isinstance(step, RemoveLinks):
            for id in step.ids:
                present.pop(id, None)
            absent.update(step.ids)
        elif isinstance(step, ClearLinks):
            cleared, present, absent = True, {}, set()
        else:
            return None
    return LinkChange(cleared, present, frozenset() if cleared else frozenset(absent))


def links_after(request: LinkRequest, current: Sequence[Linked]) -> Mapping[str, str]:
    """The links afterwards, id to type, given those from before: what `net_change` cannot say without them."""
    before = {linked.id: linked for linked in current}
    types = {linked.id: linked.type for linked in current}
    links = types.copy()
    for step in request.steps:
        if isinstance(step, AddLinks):
            links |= _typed(step, types)
        elif isinstance(step, RemoveLinks):
            for id in step.ids:
                links.pop(id, None)
        elif isinstance(step, ClearLinks):
            links = {}
        else:
            links = {id: type for id, type in links.items() if not step.condition.holds(_element(id, type, before))}
    return links


def _typed(step: AddLinks, types: dict[str, str]) -> dict[str, str]:
    """The links of a step with the types known by then; a resource keeps the type that was said of it once."""
    types.update([(link.id, link.type) for link in step.links if link.type])
    return {link.id: types.get(link.id, "") for link in step.links}


def _element(id: str, type: str, before: Mapping[str, Linked]) -> dict[str, Any]:
    element: dict[str, Any] = {"value": id}
    if type:
        element["type"] = type
    if id in before and before[id].display is not None:
        element["display"] = before[id].display
    return element


def links_for_put(links: Iterable[Link] | None, *, relation: str = MEMBERSHIP) -> LinkRequest | None:
    """What a PUT asks of a relation: exactly these links; None, when the body did not mention it, asks nothing."""
    if links is None:
        return None
    wanted = tuple(links)
    steps: tuple[LinkStep, ...] = (ClearLinks(), AddLinks(wanted)) if wanted else (ClearLinks(),)
    return LinkRequest(relation, steps)
