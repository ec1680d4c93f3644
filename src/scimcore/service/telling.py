"""What happens in the product itself, and what the clock reaches: the same decision as for any request."""

from typing import Any

from attrs import evolve

from scimcore.policy.facts import Binding
from scimcore.policy.plans import Plan
from scimcore.policy.triggers import Disconnected, HostEvent, TimePassed
from scimcore.resources.changes import ChangeSet
from scimcore.service import unmanaged
from scimcore.service.committing import Subject, as_planned, commit, is_idle, record
from scimcore.service.deciding import facts_of, plan_for
from scimcore.service.results import Told
from scimcore.service.session import Session


async def tell(session: Session[Any], event: HostEvent, account: str) -> tuple[Told, Binding | None]:
    """A host event: decided like any other trigger; the plan is returned, refusals included."""
    binding = await session.unit.binding_of(account)
    if binding is None or unmanaged.is_shown(binding):
        return await _unmanaged(session, event), None
    plan = await happen(session, event, binding)
    return Told(outcome=plan.outcome, managed=True, notes=plan.notes, refusal=plan.refusal), binding


async def _unmanaged(session: Session[Any], event: HostEvent) -> Told:
    """Nobody provisioned the account: the policy may still have a word on its signing in (POL-084)."""
    plan = await plan_for(session, facts_of(session, None), event)
    if plan.effects and plan.refusal is None:
        await record(session, None, plan)
    return Told(outcome=plan.outcome, managed=False, notes=plan.notes, refusal=plan.refusal)


async def happen(session: Session[Any], event: HostEvent, binding: Binding) -> Plan:
    """The event happens to what is bound. Nothing is written for a refusal, or where nothing changes."""
    document = await session.unit.get(binding.type, binding.resource, lock=True)
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


async def pass_time(session: Session[Any], resource: str) -> int:
    """The clock reached a binding's `due`: 1 if something moved."""
    binding = await session.unit.binding(resource)
    if binding is None or not 0 < binding.due <= session.now:
        return 0
    await happen(session, TimePassed(), binding)
    return 1
