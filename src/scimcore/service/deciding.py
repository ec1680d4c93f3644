"""From facts to a plan: the policy decides, asks for what it lacks, and decides again.

The policy is pure: it never reads. `decide` returns a plan, or an `Ask` that names the facts it needs; each named fact
is gathered by one function of the table at the end. Most requests need one or two rounds.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar

from attrs import evolve, frozen

from scimcore.filters import AttrPath, Compare, Filter, Slot, condition
from scimcore.policy.deciding import decide
from scimcore.policy.facts import Account, Binding, Facts, GroupFact, MemberFact
from scimcore.policy.plans import Ask, Note, Plan
from scimcore.policy.triggers import Created, Deleted, Trigger, Updated
from scimcore.repository.queries import Index, Query
from scimcore.repository.records import Mark
from scimcore.resources.changes import RelationDelta
from scimcore.schema import ENTERPRISE_URN, MEMBERSHIP
from scimcore.service.leaving import owners_leaving, retired
from scimcore.service.session import Session

T = TypeVar("T")

#: Each round answers at least one need, and there are fewer needs than this.
_ROUNDS: Final = 20

#: The name of the one mark of an administrator's release of leavers.
_LEAVERS: Final = "leavers"

_EXTERNAL_ID_EQ: Final = Compare(AttrPath(None, "externalId"), "eq", Slot(0, "string"))


@frozen(kw_only=True)
class _ChangingGroup:
    """A group as it will be after a change that is not written yet: its own fact, and the ids that come and go."""

    group: GroupFact
    gained: frozenset[str] = frozenset()
    lost: frozenset[str] = frozenset()

    def around(self, target: str, stored: Sequence[GroupFact]) -> tuple[GroupFact, ...]:
        """Return the groups that hold the target after the change."""
        # Facts are gathered before anything is written, so the stored rows do not show the change yet.
        was_in = any(group.id == self.group.id for group in stored)
        others = tuple(group for group in stored if group.id != self.group.id)
        stays = (was_in and target not in self.lost) or target in self.gained
        return (*others, self.group) if stays else others


def facts_of(session: Session[Any], binding: Binding | None) -> Facts:
    """Return what is known before anything is asked."""
    return Facts(
        now=session.now,
        tenant=session.settings,
        connection=session.connection,
        binding=binding,
    )


async def plan_for(session: Session[Any], facts: Facts, trigger: Trigger) -> Plan:
    """Return the policy's plan, with every fact that it asks for on the way."""
    for _ in range(_ROUNDS):
        answer = decide(session.policy, facts, trigger)
        if isinstance(answer, Plan):
            return answer
        found: dict[str, Any] = {}
        # One after the other and never at the same time: they share one transaction.
        for need in _guards_first(answer):
            found[need] = await _GATHER[need](session, facts, trigger, answer)
        facts = evolve(facts, **found)
    raise RuntimeError("the policy keeps asking for facts that it was given")


def _guards_first(ask: Ask) -> list[str]:
    # Lock, then look (docs/decisions/0006): what was read before a guard was written may be out of date when it is
    # granted.
    return sorted(ask.needs, key=lambda need: need not in ("seats", "other_owner"))


async def _account(session: Session[Any], facts: Facts, trigger: Trigger, ask: Ask) -> Account | None:
    # A create that restores a disabled user is about that user.
    subject = facts.binding or facts.namesake
    account = subject.account if subject else None
    if account is None:
        return None
    return (await session.host.accounts(session.transaction, session.tenant, [account])).get(account)


async def _seats(session: Session[Any], facts: Facts, trigger: Trigger, ask: Ask) -> object:
    if await session.host.seats(session.transaction, session.tenant) is None:
        # Nothing can run out, so creates need not wait for each other.
        return None
    await session.unit.guard("seats")
    # Asked again: the answer above was read before the guard, and another unit may have taken the last seat since.
    return await session.host.seats(session.transaction, session.tenant)


async def _other_owner(session: Session[Any], facts: Facts, trigger: Trigger, ask: Ask) -> bool:
    if not ask.accounts:
        # "An owner besides nobody" is true while the last one is about to leave.
        raise ValueError("the question for another owner names no account")
    # Two owners who are removed at the same moment would each find the other one still there (POL-100).
    await session.unit.guard("owners")
    accounts = tuple(dict.fromkeys((*ask.accounts, *await owners_leaving(session.unit))))
    return await session.host.other_owner(session.transaction, session.tenant, accounts)


async def _candidates(session: Session[Any], facts: Facts, trigger: Trigger, ask: Ask) -> tuple[Account, ...]:
    found = await session.host.match(session.transaction, session.tenant, ask.keys)
    old = await retired(session.unit, [account.id for account in found])
    bound = [(account, await session.unit.binding_of(account.id)) for account in found if account.id not in old]
    # The host says which accounts it has; whether an identity provider manages one already, only bindings say.
    return tuple([evolve(a, managed=b is not None and not b.memory.unmanaged) for a, b in bound])


async def _groups(session: Session[Any], facts: Facts, trigger: Trigger, ask: Ask) -> tuple[GroupFact, ...]:
    subject = facts.binding or facts.namesake
    if subject is None:
        return ()
    return (await containing(session, [("User", subject.resource)]))[subject.resource]


async def _ancestors(session: Session[Any], facts: Facts, trigger: Trigger, ask: Ask) -> tuple[GroupFact, ...]:
    """A new group is in none yet."""
    own = _resource(facts, trigger)
    return () if facts.binding is None else (await containing(session, [("Group", own)]))[own]


async def _members(session: Session[Any], facts: Facts, trigger: Trigger, ask: Ask) -> Mapping[str, MemberFact]:
    if not isinstance(trigger, Created | Updated | Deleted):
        return {}
    changing = _changing(facts, trigger)
    users = await _touched(session, facts, trigger, changing, everyone=ask.everyone)
    bindings = await session.unit.bindings(users)
    if not ask.details:
        # Teams need accounts only. Roles need the data and all groups of every member, which is far more to read.
        return {user: MemberFact(binding=bindings.get(user)) for user in users}
    return await _in_full(session, users, bindings, changing)


async def _touched(
    session: Session[Any],
    facts: Facts,
    trigger: Created | Updated | Deleted,
    changing: _ChangingGroup,
    *,
    everyone: bool,
) -> list[str]:
    """The users who come and go; those inside a group that does, where groups are flattened; or all of them."""
    links = [link for delta in _deltas(trigger) for link in (*delta.added, *delta.removed)]
    users = [link.id for link in links if link.type == "User"]
    if session.policy.groups.nested == "flatten":
        users += await inside(session, [link.id for link in links if link.type == "Group"])
    if everyone and facts.binding is not None:
        users += await _members_now(session, changing.group.id)
    return list(dict.fromkeys(users))


async def _members_now(session: Session[Any], group: str) -> list[str]:
    if session.policy.groups.nested == "flatten":
        return await inside(session, [group])
    links = await session.unit.all_links([("Group", group)], MEMBERSHIP)
    return [link.id for link in links.get(group, ()) if link.type == "User"]


async def _in_full(
    session: Session[Any], users: list[str], bindings: Mapping[str, Binding], changing: _ChangingGroup
) -> Mapping[str, MemberFact]:
    """With the data, the account and the groups *after* the change: what roles are computed from."""
    groups = await containing(session, [("User", user) for user in users], changing)
    accounts = await session.host.accounts(
        session.transaction, session.tenant, [b.account for b in bindings.values() if b.account]
    )
    found = {}
    for user in users:
        document = await session.unit.get("User", user)
        binding = bindings.get(user)
        found[user] = MemberFact(
            binding=binding,
            data=document.data if document else {},
            groups=groups[user],
            account=accounts.get(binding.account) if binding and binding.account else None,
        )
    return found


def _deltas(trigger: Created | Updated | Deleted) -> list[RelationDelta]:
    return [delta for delta in trigger.change.relations if delta.relation == MEMBERSHIP]


def _changing(facts: Facts, trigger: Created | Updated | Deleted) -> _ChangingGroup:
    """The group that changes, as it is afterwards."""
    data = trigger.change.after or trigger.change.before
    resource = _resource(facts, trigger)
    team = facts.binding.account if facts.binding else resource
    return _ChangingGroup(
        group=GroupFact(id=resource, name=str(data.get("displayName") or ""), team=team),
        gained=frozenset(link.id for delta in _deltas(trigger) for link in delta.added),
        lost=frozenset(link.id for delta in _deltas(trigger) for link in delta.removed),
    )


async def _recent_leavers(session: Session[Any], facts: Facts, trigger: Trigger, ask: Ask) -> int:
    # Counted under a guard: a hundred deactivations at the same moment must not each count ninety-nine too few.
    await session.unit.guard("leavers")
    if await _leavers_released(session):
        return 0
    return await session.unit.leavers(session.connection, session.now - ask.window)


async def _managed_users(session: Session[Any], facts: Facts, trigger: Trigger, ask: Ask) -> int:
    return await session.unit.managed(session.connection)


async def _manager(session: Session[Any], facts: Facts, trigger: Trigger, ask: Ask) -> str | None:
    data = (
        trigger.change.after or trigger.change.before
        if isinstance(trigger, Created | Updated | Deleted)
        else facts.data
    )
    enterprise = data.get(ENTERPRISE_URN)
    manager = enterprise.get("manager") if isinstance(enterprise, dict) else None
    user = manager.get("value") if isinstance(manager, dict) else None
    binding = await session.unit.binding(user) if isinstance(user, str) else None
    return binding.account if binding else None


def _resource(facts: Facts, trigger: Trigger) -> str:
    if isinstance(trigger, Created):
        return trigger.resource
    return facts.binding.resource if facts.binding else ""


async def _external_id_taken(session: Session[Any], facts: Facts, trigger: Trigger, ask: Ask) -> bool:
    value = trigger.change.after.get("externalId") if isinstance(trigger, Created | Updated) else None
    if not isinstance(value, str):
        return False
    user = session.registry["User"]
    asked = condition(Filter(_EXTERNAL_ID_EQ, (value,)), user)
    # Two are enough: one of them may be the user itself.
    page = await session.unit.search(
        Query(types=("User",), conditions={"User": asked}, window=Index(1, 2), want_total=False)
    )
    return any(document.id != _resource(facts, trigger) for document in page.documents)


async def _team(session: Session[Any], facts: Facts, trigger: Trigger, ask: Ask) -> object:
    data = trigger.change.after if isinstance(trigger, Created | Updated) else facts.data
    teams = session.powers.teams
    if teams is None:
        return None
    return await teams.team(session.transaction, session.tenant, str(data.get("displayName") or ""))


async def _member_count(session: Session[Any], facts: Facts, trigger: Trigger, ask: Ask) -> int:
    """After the change. Counted only as far as the policy's limit needs."""
    if not isinstance(trigger, Created | Updated | Deleted):
        return 0
    deltas = _deltas(trigger)
    gone = sum(len(delta.removed) for delta in deltas)
    bound = session.policy.groups.max_members + gone + 1
    before = await session.unit.link_count(trigger.change.type, _resource(facts, trigger), MEMBERSHIP, bound)
    return before - gone + sum(len(delta.added) for delta in deltas)


async def _group_count(session: Session[Any], facts: Facts, trigger: Trigger, ask: Ask) -> int:
    # A page of no resources: only the total is wanted.
    page = await session.unit.search(Query(types=("Group",), conditions={"Group": None}, window=Index(1, 0)))
    return page.total or 0


# groups in groups


async def containing(
    session: Session[Any], targets: Iterable[tuple[str, str]], changing: _ChangingGroup | None = None
) -> Mapping[str, tuple[GroupFact, ...]]:
    """Return the groups that each of these (type, id) is in, by id; where groups are flattened, those around too.

    `changing` is a group whose new members are not written yet.
    """
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
        # One question for a whole level, and none for a group that was looked at: so circles end (POL-116).
        frontier = [("Group", id) for id in sorted(reached - parents.keys())]
    return {id: _closure(id, parents) for id in asked}


async def _direct(session: Session[Any], targets: Sequence[tuple[str, str]]) -> Mapping[str, tuple[GroupFact, ...]]:
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
    # In a circle of groups, a group is around itself.
    return tuple(group for group in found.values() if group.id != start)


async def inside(session: Session[Any], groups: Iterable[str]) -> list[str]:
    """Return the users in these groups and in the groups inside them."""
    # A dictionary and no set: effects list users in the order in which they were found, the same every time.
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


# the leaver limit


async def release_leavers(session: Session[Any], until: int) -> Plan:
    """Let leavers pass until then, however many they are (POL-141), and return the plan to record."""
    await session.unit.mark(Mark(kind="release", name=_LEAVERS, since=session.now, due=until))
    note = Note("safety.max_leavers", "An administrator lets the leavers pass for a while.")
    return Plan(outcome="accepted", notes=(note,))


async def _leavers_released(session: Session[Any]) -> bool:
    mark = (await session.unit.marks("release", [_LEAVERS])).get(_LEAVERS)
    # A worker removes marks that are due, but nobody has to run one.
    return mark is not None and mark.due > session.now


# the table

#: Every gatherer takes the same arguments, whichever of them it needs: that makes a table of them.
_Gatherer = Callable[[Session[Any], Facts, Trigger, Ask], Awaitable[object]]
_GATHER: Final[Mapping[str, _Gatherer]] = {
    "account": _account,
    "seats": _seats,
    "other_owner": _other_owner,
    "candidates": _candidates,
    "groups": _groups,
    "ancestors": _ancestors,
    "members": _members,
    "recent_leavers": _recent_leavers,
    "managed_users": _managed_users,
    "manager": _manager,
    "external_id_taken": _external_id_taken,
    "team": _team,
    "member_count": _member_count,
    "group_count": _group_count,
}
