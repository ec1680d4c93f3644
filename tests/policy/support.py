"""What the tests of the policy stand on: users, groups, and a loop that answers what `decide` asks for."""

from collections.abc import Mapping

from attrs import evolve, fields

from scimcore.policy import STANDARD, Plan, Policy
from scimcore.policy.deciding import decide
from scimcore.policy.effects import AnyEffect
from scimcore.policy.facts import Account, Binding, Facts, GroupFact, MemberFact, SeatCount, Tenant
from scimcore.policy.rules.changes import differences
from scimcore.policy.triggers import Created, Deleted, Trigger, Updated
from scimcore.resources.changes import ChangeSet, Link, RelationDelta
from scimcore.schema import USER_URN
from scimcore.schema.json import JsonObject

NOW = 1_800_000_000_000_000
HOUR = 3_600_000_000
DAY = 24 * HOUR
TENANT = Tenant(default_role="member")
ANN: JsonObject = {
    "schemas": [USER_URN],
    "externalId": "x-1",
    "userName": "ann@acme.com",
    "name": {"givenName": "Ann", "familyName": "Lee"},
    "emails": [{"value": "ann@acme.com", "type": "work", "primary": True}],
    "active": True,
}
OFF: JsonObject = {**ANN, "active": False}
TEAM = GroupFact(id="g-1", name="Sales", team="team-1")

#: What the host answers when nothing else is said.
ANSWERS: dict[str, object] = {
    "account": Account(id="a-1"),
    "seats": SeatCount(10, 5),
    "other_owner": True,
    "candidates": (),
    "groups": (TEAM,),
    "ancestors": (),
    "members": {},
    "recent_leavers": 0,
    "managed_users": 100,
    "manager": None,
    "external_id_taken": False,
    "team": None,
    "member_count": 1,
    "group_count": 0,
}


def bound(state: str = "active", **fields_: object) -> Binding:
    """A binding of Ann."""
    given: dict[str, object] = {
        "resource": "u-1",
        "type": "User",
        "account": "a-1",
        "state": state,
        "roles": ("member",),
    }
    if state == "anonymised":
        given |= {"account": None, "roles": ()}
    return Binding(**{**given, **fields_})  # type: ignore[arg-type]


def facts(binding: Binding | None = None, **known: object) -> Facts:
    return Facts(**{"now": NOW, "tenant": TENANT, "connection": "c-1", "binding": binding, **known})  # type: ignore[arg-type]


def changed(before: JsonObject, after: JsonObject, type: str = "User") -> ChangeSet:
    return ChangeSet(type=type, before=before, after=after, changes=differences(before, after))


def created(after: JsonObject = ANN, **rest: object) -> Created:
    return Created(change=changed({}, after), resource="u-1", **rest)  # type: ignore[arg-type]


def updated(before: JsonObject, after: JsonObject, **rest: object) -> Updated:
    return Updated(change=changed(before, after), **rest)  # type: ignore[arg-type]


DISABLE = updated(ANN, OFF)
ENABLE = updated(OFF, ANN)
DELETE = Deleted(change=ChangeSet(type="User", before=ANN, after={}))


def plan_for(policy: Policy, at: Facts, trigger: Trigger, **answers: object) -> Plan:
    """Decide, answering what is asked and only that."""
    return plan_and_needs(policy, at, trigger, **answers)[0]


def plan_and_needs(policy: Policy, at: Facts, trigger: Trigger, **answers: object) -> tuple[Plan, tuple[str, ...]]:
    """The plan, and which facts it was asked for."""
    plan, rounds = _play(policy, at, trigger, answers)
    return plan, tuple(need for needs in rounds for need in needs)


def asks(policy: Policy, at: Facts, trigger: Trigger, **answers: object) -> list[tuple[str, ...]]:
    """What is asked for, round by round."""
    return _play(policy, at, trigger, answers)[1]


def _play(
    policy: Policy, at: Facts, trigger: Trigger, answers: dict[str, object]
) -> tuple[Plan, list[tuple[str, ...]]]:
    rounds: list[tuple[str, ...]] = []
    for _ in range(len(ANSWERS) + 1):
        answer = decide(policy, at, trigger)
        if isinstance(answer, Plan):
            return answer, rounds
        asked = {need for needs in rounds for need in needs}
        assert not asked & set(answer.needs), f"asked twice: {answer.needs}"
        rounds.append(answer.needs)
        at = evolve(at, **{need: {**ANSWERS, **answers}[need] for need in answer.needs})
    raise AssertionError("the policy keeps asking")


def disable(policy: Policy = STANDARD, binding: Binding | None = None, **answers: object) -> Plan:
    tenant = answers.pop("tenant", TENANT)
    return plan_for(policy, facts(binding or bound(), tenant=tenant), DISABLE, **answers)


def names(plan: Plan) -> list[str]:
    return [type(effect).__name__ for effect in plan.effects]


def one(plan: Plan, kind: type[AnyEffect]) -> AnyEffect:
    """The only effect of that kind."""
    (found,) = [effect for effect in plan.effects if type(effect) is kind]
    return found


def rules(plan: Plan) -> set[str]:
    return {note.rule for note in plan.notes}


def refused(plan: Plan, status: int, code: str, scim_type: str | None = None) -> str:
    """The detail of a refusal with that status and code; it leaves everything as it is."""
    assert plan.outcome == "refused", plan
    error = plan.refusal
    assert error is not None
    assert (error.status, error.code, error.scim_type) == (status, code, scim_type)
    assert plan.effects == () and plan.binding is None and plan.opens is None and plan.data is None
    return str(error)


def later(binding: Binding | None, account: str = "a-1") -> Binding:
    """The binding as the service stores it, the opened account's id filled in."""
    assert binding is not None
    return evolve(binding, account=account) if binding.account == "*opened*" else binding


def group(*added: str, removed: tuple[str, ...] = (), name: str = "Sales", nested: tuple[str, ...] = ()) -> Created:
    """POST of a group with these members."""
    change = changed({}, {"schemas": ["urn:g"], "displayName": name}, "Group")
    return Created(change=evolve(change, relations=(_delta(added, removed, nested),)), resource="g-1")


def regroup(
    *added: str,
    removed: tuple[str, ...] = (),
    before: str = "Sales",
    after: str = "Sales",
    nested: tuple[str, ...] = (),
) -> Updated:
    """PATCH of a group."""
    base: JsonObject = {"schemas": ["urn:g"]}
    change = changed({**base, "displayName": before}, {**base, "displayName": after}, "Group")
    return Updated(change=evolve(change, relations=(_delta(added, removed, nested),)))


def ungroup(*members: str) -> Deleted:
    """DELETE of a group that has these members."""
    data: JsonObject = {"schemas": ["urn:g"], "displayName": "Sales"}
    change = ChangeSet(type="Group", before=data, after={}, relations=(_delta((), members, ()),))
    return Deleted(change=change)


def _delta(added: tuple[str, ...], removed: tuple[str, ...], nested: tuple[str, ...]) -> RelationDelta:
    links = (*(Link("User", id) for id in added), *(Link("Group", id) for id in nested))
    return RelationDelta("membership", links, tuple(Link("User", id) for id in removed))


GROUP = Binding(resource="g-1", type="Group", account="team-1", state="active")


def members(**states: str) -> Mapping[str, MemberFact]:
    """Members by id: `u1="active"` has the account `a-u1`."""
    return {id: MemberFact(binding=bound(state, resource=id, account=f"a-{id}")) for id, state in states.items()}


def choices() -> list[tuple[str, str, object]]:
    """Every choice of a closed set: part, field, value."""
    found = []
    for part in fields(Policy):
        default = part.default
        if not hasattr(type(default), "__attrs_attrs__"):
            continue
        for field in fields(type(default)):
            for value in field.metadata.get("means", ()):
                found.append((part.name, field.name, value))
    return found
