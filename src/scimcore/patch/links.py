"""The steps that a PATCH or PUT asks of a relation, and what they come to.

Steps are made before the stored links are read. Steps that name ids cost what they name, whatever the size of the group
(PATCH-050); only `RemoveMatching` needs the stored links.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import frozen

from scimcore.filters.condition import Condition
from scimcore.resources.changes import Link, Linked
from scimcore.schema import MEMBERSHIP


@frozen
class AddLinks:
    """These are linked afterwards. The type of a link is "" if the request did not say it."""

    links: tuple[Link, ...]


@frozen
class RemoveLinks:
    """These ids are not linked afterwards."""

    ids: tuple[str, ...]


@frozen
class ClearLinks:
    """None of the earlier links stays."""


@frozen
class RemoveMatching:
    """Of the links at that point, those go whose element (`value`, `type`, `display`) meets the condition."""

    condition: Condition


LinkStep = AddLinks | RemoveLinks | ClearLinks | RemoveMatching


@frozen
class LinkRequest:
    """The steps that a request asks of one relation, in order."""

    relation: str
    steps: tuple[LinkStep, ...]


@frozen
class LinkChange:
    """The steps of a request without their order."""

    #: True if no earlier link stays. If False, all stay but those in `absent`.
    cleared: bool
    #: The ids that are linked afterwards, with their types. If the type is "", the stored one counts.
    present: Mapping[str, str]
    #: The ids that are not linked afterwards; empty if `cleared`.
    absent: frozenset[str]


def net_change(request: LinkRequest) -> LinkChange | None:
    """Fold the steps into one change, in time linear in what they name.

    Returns None if there is a `RemoveMatching`: then only `links_after` can tell.
    """
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
            # The types stay known: a replace is a ClearLinks and an AddLinks.
            cleared, present, absent = True, {}, set()
        else:
            return None
    return LinkChange(cleared, present, frozenset() if cleared else frozenset(absent))


def links_after(request: LinkRequest, current: Sequence[Linked]) -> Mapping[str, str]:
    """Return the links afterwards, ids with their types, given those from before."""
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
    """The links of a step with the types that are known by then."""
    # A request may add {"value": "x", "type": "User"}, remove x and add {"value": "x"}: it is still a User.
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
    """Make the steps of a PUT: exactly these links are there afterwards.

    Returns None for None: a PUT that does not mention the relation asks nothing of it.
    """
    if links is None:
        return None
    wanted = tuple(links)
    steps: tuple[LinkStep, ...] = (ClearLinks(), AddLinks(wanted)) if wanted else (ClearLinks(),)
    return LinkRequest(relation, steps)
