"""The product's accounts against the bindings: what has drifted (POL-142), and accounts that nobody manages (POL-083).

Both go through the host's inventory a page at a time. What should be is what was decided last: a binding's state and
roles, and the teams that its memberships come to. It is compared in both directions, and a repair goes out as effects.

An account that no identity provider manages can be shown to one, so that it can match and claim it. Such an account has
a resource of the connection that it is shown to, and a binding that says so (`Memory.unmanaged`). The first change over
SCIM claims it; until then the product's own events about it are nobody's business but the product's.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import evolve

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
from scimcore.policy.facts import Binding, GroupFact, Memory, State
from scimcore.policy.plans import Note, Plan
from scimcore.policy.rules.access import counts, has_teams, teams_of, waits
from scimcore.repository import Clash, keys
from scimcore.resources import Rules, checker, to_text
from scimcore.resources.document import Document
from scimcore.schema.json import JsonObject
from scimcore.service.committing import record
from scimcore.service.deciding import containing
from scimcore.service.results import Drift
from scimcore.service.session import Session

# what has drifted


async def missing(session: Session[Any], documents: Sequence[Document]) -> list[tuple[Drift, Binding]]:
    """Return the bound accounts, among these users, that the host does not have any more."""
    bindings = await session.unit.bindings([document.id for document in documents])
    bound = {b.account: b for b in bindings.values() if b.account is not None and _must_exist(session, b)}
    known = await session.host.accounts(session.transaction, session.tenant, list(bound)) if bound else {}
    return [
        (Drift(kind="missing", account=account, resource=b.resource, expected=(b.state,)), b)
        for account, b in bound.items()
        if account not in known
    ]


def _must_exist(session: Session[Any], binding: Binding) -> bool:
    """True if the policy leaves an account that the host has to have."""
    # With `remove_membership` the person leaves the tenant, and the host may have no account of this tenant any more.
    left = session.policy.deactivate.access == "remove_membership" and binding.state == "suspended"
    return not binding.memory.unmanaged and not left


async def differing(session: Session[Any], holdings: Sequence[Holding], *, repair: bool) -> list[Drift]:
    """Return where these accounts of the host differ from what was decided last; with `repair`, send the effects."""
    bound = [(holding, await session.unit.binding_of(holding.id)) for holding in holdings]
    # Read in bulk for the whole page; an account that is only shown as unmanaged has nothing that should be.
    mine = {b.resource: b for _, b in bound if b is not None and not b.memory.unmanaged and b.type == "User"}
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
    note = Note("service.reconcile", "What has drifted is put right.", about)
    plan = Plan(outcome="accepted", notes=(note,), effects=effects)
    await record(session, None, plan)


def _unbound(holding: Holding) -> Iterable[tuple[Drift, tuple[AnyEffect, ...]]]:
    """An account that is said to be managed, that can be used, and that no identity provider can ever close."""
    # The risk that this finds: somebody left, the identity provider closed what it knew, and this account stayed open.
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
    # Where the product is the master of roles, what it has is right by definition.
    if session.policy.roles.master != "app" and set(binding.roles) != set(holding.roles):
        drift = evolve(here, kind="roles", expected=binding.roles, found=holding.roles)
        found.append((drift, (SetRoles(account=holding.id, roles=binding.roles),)))
    if has_teams(session.policy):
        found += await _teams(session, holding, binding, groups)
    return found


def _state(session: Session[Any], binding: Binding) -> str | None:
    """The state that the host's account should have; None where the policy says nothing about it."""
    if binding.held:
        # A hold by an administrator of the product outranks what the identity provider says.
        return "suspended"
    if binding.state == "suspended":
        lasting = session.policy.deactivate.access == "nothing" or waits(binding, session.now)
        return None if lasting else "suspended"
    if binding.memory.link_unconfirmed:
        # Until somebody confirms the link, the account is the product's and keeps its own state.
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
        # Then scimcore only ever adds: a team that somebody joined by hand is none of its business.
        surplus = set()
    # One look-up per surplus team, and there are few of them: most accounts have none.
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
    # Two effects: to leave takes access away and waits for nothing, and to join may be called off by a suspension.
    repairs = [SyncMemberships(account=holding.id, leave=tuple(leave))] if leave else []
    repairs += [SyncMemberships(account=holding.id, join=tuple(join))] if join else []
    return [(drift, tuple(repairs))]


async def _managed(session: Session[Any], teams: Iterable[str]) -> set[str]:
    mapped = {t.team for t in session.policy.groups.teams} if session.policy.groups.mode == "mapped" else set()
    return {team for team in teams if team in mapped or await session.unit.binding_of(team) is not None}


# accounts that nobody manages


async def show(session: Session[Any], connection: str, holdings: Sequence[Holding]) -> int:
    """Show these accounts as they are now; how many resources were written."""
    return sum([await _show_one(session, connection, holding) for holding in holdings])


async def _show_one(session: Session[Any], connection: str, holding: Holding) -> int:
    policy = session.policy
    # Break-glass accounts are never shown: an identity provider that sees one may deactivate it (POL-100).
    kept_back = holding.protected in policy.protection.kinds and bool(holding.protected)
    if kept_back or (holding.owner and policy.linking.owners == "refuse"):
        return 0
    binding = await session.unit.binding_of(holding.id)
    if binding is not None and not binding.memory.unmanaged:
        return 0
    data = _data(session, holding)
    return (
        await _introduce(session, connection, holding, data)
        if binding is None
        else await _refresh(session, binding, holding, data)
    )


def _data(session: Session[Any], holding: Holding) -> JsonObject:
    body: JsonObject = {**holding.profile, "active": holding.state != "suspended"}
    # Checked like a body over SCIM, so that it can be filtered and sorted like the rest.
    return checker(session.registry["User"], Rules()).body(body, creating=True).data


async def _introduce(session: Session[Any], connection: str, holding: Holding, data: JsonObject) -> int:
    """A resource for an account that has none. Whoever has the name already is the one to be found under it."""
    id = session.new_id()
    document = Document(
        type="User",
        id=id,
        version=1,
        created=session.now,
        modified=session.now,
        text=to_text(data),
        connection=connection,
    )
    row = keys(session.registry["User"], data, id)
    # Looked up although the index would refuse: in PostgreSQL a violated index ends the whole transaction.
    if await session.unit.named("User", row.unique) is not None:
        return 0
    try:
        await session.unit.insert(document, row)
    except Clash:
        return 0
    await session.unit.bind(_binding(session, id, holding))
    return 1


def _binding(session: Session[Any], id: str, holding: Holding) -> Binding:
    state: State = holding.state
    return Binding(
        resource=id,
        type="User",
        account=holding.id,
        state=state,
        since=session.now,
        roles=holding.roles,
        memory=Memory(unmanaged=True),
    )


async def _refresh(session: Session[Any], binding: Binding, holding: Holding, data: JsonObject) -> int:
    """Update the resource of an account that is shown already, if the product has changed the account since."""
    document = await session.unit.get("User", binding.resource, lock=True)
    if document is None or (document.data == data and binding.state == holding.state):
        return 0
    moved = evolve(
        document, version=document.version + 1, modified=max(session.now, document.modified + 1), text=to_text(data)
    )
    try:
        await session.unit.replace(moved, keys(session.registry["User"], data, document.id), expect=document.version)
    except Clash:
        return 0
    await session.unit.bind(_binding(session, binding.resource, holding))
    return 1


async def take_away(session: Session[Any], documents: Sequence[Document]) -> int:
    """Of these, those are removed that only showed an account: one that is gone, or all where the policy hides them."""
    bindings = await session.unit.bindings([document.id for document in documents])
    displayed = {id: binding for id, binding in bindings.items() if binding.memory.unmanaged}
    living = await _living(session, displayed)
    hidden = session.policy.linking.unmanaged == "hidden"
    gone = [id for id, binding in displayed.items() if hidden or binding.account not in living]
    # The account itself is not touched: nobody has claimed it over SCIM.
    for id in gone:
        await session.unit.unbind(id)
        await session.unit.delete("User", id)
    return len(gone)


async def _living(session: Session[Any], displayed: Mapping[str, Binding]) -> Mapping[str, object]:
    accounts = [binding.account for binding in displayed.values() if binding.account is not None]
    return await session.host.accounts(session.transaction, session.tenant, accounts) if accounts else {}
