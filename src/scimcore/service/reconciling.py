"""What has drifted between scimcore and the product, and its repair (POL-142).

What should be is what was decided last: a binding's state and roles, and the teams that its memberships come to. It is
compared with the host's inventory, a page at a time, in both directions; a repair goes out as effects, or for an
account that is gone as the event that nobody told.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from attrs import evolve, frozen

from scimcore.host import Holding
from scimcore.policy.effects import (
    ActivateAccount,
    AnyEffect,
    AwaitSignIn,
    RevokeCredentials,
    SetRoles,
    SuspendAccount,
    SyncMemberships,
)
from scimcore.policy.facts import Binding, GroupFact
from scimcore.policy.plans import Note, Plan
from scimcore.policy.rules.access import counts, has_teams, teams_of, waits
from scimcore.policy.triggers import AccountDeleted
from scimcore.resources.document import Document
from scimcore.service import committing, telling, unmanaged
from scimcore.service.nesting import containing
from scimcore.service.session import Session

Kind = Literal["missing", "state", "roles", "teams", "unbound"]


@frozen(kw_only=True)
class Drift:
    """One thing that is not as it should be. `resource` is "" for an account that no SCIM user stands for."""

    kind: Kind
    account: str
    resource: str = ""
    expected: tuple[str, ...] = ()
    found: tuple[str, ...] = ()


async def missing(session: Session[Any], documents: Sequence[Document], *, repair: bool) -> list[Drift]:
    """Bound accounts that the host does not have any more, among these users."""
    bindings = await session.unit.bindings([document.id for document in documents])
    bound = {b.account: b for b in bindings.values() if b.account is not None and _is_there(session, b)}
    known = await session.host.accounts(session.unit.transaction, session.tenant, list(bound)) if bound else {}
    gone = [binding for account, binding in bound.items() if account not in known]
    for binding in gone if repair else ():
        await _tell_gone(session, binding)
    return [Drift(kind="missing", account=b.account or "", resource=b.resource, expected=(b.state,)) for b in gone]


def _is_there(session: Session[Any], binding: Binding) -> bool:
    """Whether the policy leaves an account that the host has to have."""
    left = session.policy.deactivate.access == "remove_membership" and binding.state == "suspended"
    return not unmanaged.is_shown(binding) and not left


async def _tell_gone(session: Session[Any], binding: Binding) -> None:
    """The account is gone already: whether the product may delete it is not asked any more (POL-087)."""
    policy = evolve(session.policy, linking=evolve(session.policy.linking, local_delete="allow"))
    await telling.happen(evolve(session, policy=policy), AccountDeleted(), binding)


async def differing(session: Session[Any], holdings: Sequence[Holding], *, repair: bool) -> list[Drift]:
    """What these accounts of the host are or have that they should not, or the other way round."""
    bound = [(holding, await session.unit.binding_of(holding.id)) for holding in holdings]
    mine = {b.resource: b for _, b in bound if b is not None and not unmanaged.is_shown(b) and b.type == "User"}
    groups = await containing(session, [("User", resource) for resource in mine])
    found: list[tuple[Drift, tuple[AnyEffect, ...]]] = []
    for holding, binding in bound:
        if binding is None:
            found += _unbound(holding)
        elif binding.resource in mine:
            found += await _one(session, holding, binding, groups[binding.resource])
    effects = tuple(effect for _, repairs in found for effect in repairs)
    if repair and effects:
        await _send(session, effects)
    return [drift for drift, _ in found]


async def _send(session: Session[Any], effects: tuple[AnyEffect, ...]) -> None:
    about = tuple(dict.fromkeys(type(effect).__name__ for effect in effects))
    note = Note("service.reconcile", "what has drifted is put right", about)
    plan = Plan(outcome="accepted", notes=(note,), effects=effects)
    await committing.record(session, None, plan)


def _unbound(holding: Holding) -> Iterable[tuple[Drift, tuple[AnyEffect, ...]]]:
    """An account that is said to be managed, that can be used, and that no identity provider can ever close."""
    if holding.managed and holding.state != "suspended":
        repairs = (SuspendAccount(account=holding.id), RevokeCredentials(account=holding.id))
        yield Drift(kind="unbound", account=holding.id, expected=("suspended",), found=(holding.state,)), repairs


async def _one(
    session: Session[Any], holding: Holding, binding: Binding, groups: tuple[GroupFact, ...]
) -> list[tuple[Drift, tuple[AnyEffect, ...]]]:
    found: list[tuple[Drift, tuple[AnyEffect, ...]]] = []
    here = Drift(kind="state", account=holding.id, resource=binding.resource)
    state = _state(session, binding)
    if state is not None and state != holding.state:
        found.append((evolve(here, expected=(state,), found=(holding.state,)), _move(holding.id, state)))
    if session.policy.roles.master != "app" and set(binding.roles) != set(holding.roles):
        drift = evolve(here, kind="roles", expected=binding.roles, found=holding.roles)
        found.append((drift, (SetRoles(account=holding.id, roles=binding.roles),)))
    if has_teams(session.policy):
        found += await _teams(session, holding, binding, groups)
    return found


def _state(session: Session[Any], binding: Binding) -> str | None:
    """What the host's account should be; None where the policy says nothing about it."""
    if binding.held:
        return "suspended"
    if binding.state == "suspended":
        lasting = session.policy.deactivate.access == "nothing" or waits(binding, session.now)
        return None if lasting else "suspended"
    if binding.memory.link_unconfirmed:
        return None
    return {"active": "active", "invited": "invited", "pending": "suspended"}.get(binding.state)


def _move(account: str, state: str) -> tuple[AnyEffect, ...]:
    if state == "active":
        return (ActivateAccount(account=account),)
    if state == "invited":
        return (AwaitSignIn(account=account),)
    return (SuspendAccount(account=account), RevokeCredentials(account=account))


async def _teams(
    session: Session[Any], holding: Holding, binding: Binding, groups: tuple[GroupFact, ...]
) -> list[tuple[Drift, tuple[AnyEffect, ...]]]:
    """Only teams that groups stand for are compared: the others are the product's own."""
    counting = counts(session.policy, binding, session.now) and not binding.memory.teams_left
    wanted = {team for group in groups for team in teams_of(session.policy, group)} if counting else set()
    surplus = set(holding.teams) - wanted
    if session.policy.groups.membership == "additive":
        surplus = set()
    managed = await _managed(session, surplus)
    join, leave = sorted(wanted - set(holding.teams)), sorted(managed)
    if not join and not leave:
        return []
    drift = Drift(
        kind="teams",
        account=holding.id,
        resource=binding.resource,
        expected=tuple(sorted(wanted)),
        found=tuple(sorted((set(holding.teams) & wanted) | managed)),
    )
    return [(drift, (SyncMemberships(account=holding.id, join=tuple(join), leave=tuple(leave)),))]


async def _managed(session: Session[Any], teams: Iterable[str]) -> set[str]:
    mapped = {t.team for t in session.policy.groups.teams} if session.policy.groups.mode == "mapped" else set()
    return {team for team in teams if team in mapped or await session.unit.binding_of(team) is not None}
