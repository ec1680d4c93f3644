"""Groups in groups: which groups somebody is in, and who is inside a group, at any depth where the policy flattens.

Everything is read level by level and in bulk, and every group is looked at once, so that circles end (POL-116).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import frozen

from scimcore.policy.facts import GroupFact
from scimcore.schema import MEMBERSHIP
from scimcore.service.session import Session

Target = tuple[str, str]


@frozen(kw_only=True)
class Changing:
    """A group as it will be after a change that is not written yet: its own fact, and the ids that come and go."""

    group: GroupFact
    gained: frozenset[str] = frozenset()
    lost: frozenset[str] = frozenset()

    def around(self, target: str, stored: Sequence[GroupFact]) -> tuple[GroupFact, ...]:
        """The groups that hold the target after the change."""
        held = any(group.id == self.group.id for group in stored)
        others = tuple(group for group in stored if group.id != self.group.id)
        stays = (held and target not in self.lost) or target in self.gained
        return (*others, self.group) if stays else others


async def containing(
    session: Session[Any], targets: Iterable[Target], changing: Changing | None = None
) -> Mapping[str, tuple[GroupFact, ...]]:
    """The groups that each of these (type, id) is in, by id; the groups around those too, where they are flattened."""
    parents: dict[str, tuple[GroupFact, ...]] = {}
    frontier = list(dict.fromkeys(targets))
    asked = [id for _, id in frontier]
    deep = session.policy.groups.nested == "flatten"
    while frontier:
        found = await _direct(session, frontier)
        for _, id in frontier:
            stored = found.get(id, ())
            parents[id] = changing.around(id, stored) if changing else stored
        reached = {group.id for _, id in frontier for group in parents[id]} if deep else set()
        frontier = [("Group", id) for id in sorted(reached - parents.keys())]
    return {id: _closure(id, parents) for id in asked}


async def _direct(session: Session[Any], targets: Sequence[Target]) -> Mapping[str, tuple[GroupFact, ...]]:
    found = await session.unit.holders(targets, MEMBERSHIP)
    teams = await session.unit.bindings(sorted({g.id for groups in found.values() for g in groups}))
    return {
        id: tuple(
            GroupFact(id=g.id, name=g.display or "", team=teams[g.id].account if g.id in teams else None)
            for g in groups
        )
        for id, groups in found.items()
    }


def _closure(start: str, parents: Mapping[str, tuple[GroupFact, ...]]) -> tuple[GroupFact, ...]:
    found: dict[str, GroupFact] = {}
    waiting = [start]
    while waiting:
        for group in parents.get(waiting.pop(), ()):
            if group.id not in found:
                found[group.id] = group
                waiting.append(group.id)
    return tuple(group for group in found.values() if group.id != start)


async def inside(session: Session[Any], groups: Iterable[str]) -> list[str]:
    """The users in these groups and in the groups inside them."""
    users: dict[str, None] = {}
    seen = set(groups)
    waiting = sorted(seen)
    while waiting:
        after: str | None = None
        group = waiting.pop()
        while page := await session.unit.links("Group", group, MEMBERSHIP, after=after, limit=session.limits.link_page):
            users |= {link.id: None for link in page if link.type == "User"}
            further = [link.id for link in page if link.type == "Group" and link.id not in seen]
            seen.update(further)
            waiting += further
            after = page[-1].id
    return list(users)
