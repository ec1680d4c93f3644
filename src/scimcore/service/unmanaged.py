"""Accounts that no identity provider manages, shown to one so that it can match and claim them (POL-083).

Such an account has a resource of the connection that it is shown to, and a binding that says it is only shown. The
first change over SCIM claims it; until then the product's own events about it are nobody's business but the product's.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import evolve

from scimcore.host import Holding
from scimcore.policy.facts import NO_MEMORY, Binding, Memory, State
from scimcore.repository import Clash, keys
from scimcore.resources import Rules, checker, to_text
from scimcore.resources.document import Document
from scimcore.schema.json import JsonObject
from scimcore.service.session import Session


def is_shown(binding: Binding) -> bool:
    """Whether the binding only shows an account that nobody has claimed yet."""
    return binding.memory.unmanaged


async def claimed(session: Session[Any], binding: Binding | None) -> Binding | None:
    """The binding as a change over SCIM finds it: what was only shown is the connection's from now on."""
    if binding is None or not is_shown(binding) or binding.account is None:
        return binding
    found = await session.host.accounts(session.unit.transaction, session.tenant, [binding.account])
    account = found.get(binding.account)
    roles = account.roles if account else ()
    by_hand = roles if session.policy.linking.roles == "keep" and roles else None
    session.note(("linking.unmanaged", "an account that nobody managed is claimed by its first change"))
    return evolve(binding, connection=session.connection, roles=roles, override=by_hand, memory=NO_MEMORY)


async def show(session: Session[Any], connection: str, holdings: Sequence[Holding]) -> int:
    """Show these accounts as they are now; how many resources were written."""
    return sum([await _show_one(session, connection, holding) for holding in holdings])


async def _show_one(session: Session[Any], connection: str, holding: Holding) -> int:
    policy = session.policy
    kept_back = holding.protected in policy.protection.kinds and bool(holding.protected)
    if kept_back or (holding.owner and policy.linking.owners == "refuse"):
        return 0
    binding = await session.unit.binding_of(holding.id)
    if binding is not None and not is_shown(binding):
        return 0
    data = _data(session, holding)
    return (
        await _introduce(session, connection, holding, data)
        if binding is None
        else await _refresh(session, binding, holding, data)
    )


def _data(session: Session[Any], holding: Holding) -> JsonObject:
    body: JsonObject = {**holding.profile, "active": holding.state != "suspended"}
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
    """The resource of an account that is shown already, if the product has changed the account since."""
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
    shown = {id: binding for id, binding in bindings.items() if is_shown(binding)}
    living = await _living(session, shown)
    hidden = session.policy.linking.unmanaged == "hidden"
    gone = [id for id, binding in shown.items() if hidden or binding.account not in living]
    for id in gone:
        await session.unit.unbind(id)
        await session.unit.delete("User", id)
    return len(gone)


async def _living(session: Session[Any], shown: Mapping[str, Binding]) -> Mapping[str, object]:
    accounts = [binding.account for binding in shown.values() if binding.account is not None]
    return await session.host.accounts(session.unit.transaction, session.tenant, accounts) if accounts else {}
