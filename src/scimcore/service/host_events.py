"""Something happens to an account in the product, or the clock reaches it, or its connection ends.

The policy decides on it by the same function as on any request. There is nobody to answer, so a refusal is returned:
whatever the product has done stays done.
"""

from collections.abc import Sequence
from typing import Any

from attrs import evolve

from scimcore.policy.facts import Binding
from scimcore.policy.plans import Note, Plan
from scimcore.policy.triggers import AccountDeleted, Disconnected, HostEvent, TimePassed
from scimcore.resources.changes import ChangeSet
from scimcore.resources.document import Document
from scimcore.schema import Registry
from scimcore.service.committing import Subject, as_planned, commit, is_idle, record
from scimcore.service.deciding import facts_of, plan_for
from scimcore.service.results import EventResult
from scimcore.service.session import Session


async def tell(session: Session[Any], event: HostEvent, account: str) -> tuple[EventResult, Binding | None]:
    """Let the policy decide on an event of the account or the team; return what it decided, and the binding."""
    binding = await session.unit.binding_of(account)
    if binding is None or binding.memory.unmanaged:
        return await _tell_of_unmanaged(session, event), None
    plan = await happen(session, event, binding)
    return EventResult(
        outcome=plan.outcome, managed=True, notes=(*plan.notes, *session.delay_notes), refusal=plan.refusal
    ), binding


async def _tell_of_unmanaged(session: Session[Any], event: HostEvent) -> EventResult:
    """Nobody provisioned the account: the policy may still have a word on its signing in (POL-084)."""
    plan = await plan_for(session, facts_of(session, None), event)
    if plan.effects and plan.refusal is None:
        await record(session, None, plan)
    return EventResult(outcome=plan.outcome, managed=False, notes=plan.notes, refusal=plan.refusal)


async def happen(session: Session[Any], event: HostEvent, binding: Binding) -> Plan:
    """Let the event happen to what is bound. Nothing is written for a refusal, or where nothing changes."""
    document = await session.unit.get(binding.type, binding.resource, lock=True)
    # A tombstone has a binding and no resource any more; the clock still reaches it.
    data = document.data if document else {}
    change = ChangeSet(type=binding.type, before=data, after=data)
    plan = await plan_for(session, evolve(facts_of(session, binding), data=data), event)
    if plan.refusal is not None:
        return plan
    if isinstance(event, Disconnected):
        # What becomes of the account is decided; the resource is the identity provider's, and ends with it.
        plan = evolve(plan, outcome="deleted")
    type = session.registry[binding.type]
    subject = Subject(type=type, id=binding.resource, before=document, change=change, binding=binding)
    planned = as_planned(subject, plan)
    if not is_idle(planned, plan):
        await commit(session, planned, plan)
    return plan


async def account_gone(session: Session[Any], binding: Binding) -> None:
    """Let the policy hear of an account that the product has deleted without telling."""
    # It is gone already, so whether the product may delete it (POL-087) is no question any more.
    policy = evolve(session.policy, linking=evolve(session.policy.linking, local_delete="allow"))
    await happen(evolve(session, policy=policy), AccountDeleted(), binding)


async def pass_time(session: Session[Any], resource: str) -> int:
    """Let the clock reach a binding's `due`. Returns 1 if something moved."""
    binding = await session.unit.binding(resource)
    # Another worker may have been quicker since the list of due bindings was read.
    if binding is None or not 0 < binding.due <= session.now:
        return 0
    await happen(session, TimePassed(), binding)
    return 1


# a connection ends (POL-086)


def order_of_removal(registry: Registry) -> list[str]:
    """Return the types in the order in which their resources go when a connection ends."""
    # Groups first: so teams stay as they are or go as a whole, and do not lose their people one by one.
    return sorted([type.name for type in registry], key=lambda name: (name != "Group", name))


async def disconnect(session: Session[Any], documents: Sequence[Document], connection: str) -> int:
    """Remove those of these resources that the connection provisioned, and return how many.

    The resources go because they are what the identity provider knew: the next one finds the accounts as the product's
    own, and links them by the rules for those.
    """
    mine = [document for document in documents if document.connection == connection]
    for document in mine:
        binding = await session.unit.binding(document.id)
        if binding is None or binding.memory.unmanaged:
            await _remove(session, document)
        else:
            await happen(session, Disconnected(), binding)
    return len(mine)


async def _remove(session: Session[Any], document: Document) -> None:
    """A resource that stands for nothing in the product."""
    note = Note("linking.on_disconnect", "The connection ends, and its resource goes with it.")
    plan = Plan(outcome="deleted", notes=(note,), unbinds=True)
    change = ChangeSet(type=document.type, before=document.data, after={})
    subject = Subject(type=session.registry[document.type], id=document.id, before=document, change=change)
    await commit(session, subject, plan)
