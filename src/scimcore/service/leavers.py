"""The guard against mass deprovisioning: who counts as a leaver, and an admin's release of those held (POL-141)."""

from typing import Any, Final

from scimcore.policy.facts import Binding
from scimcore.policy.plans import Note, Plan
from scimcore.policy.rules.safety import HOUR
from scimcore.repository.records import LEFT
from scimcore.service.session import Session

#: Where the release is remembered: a binding of no resource, due when it ends.
_PLACE: Final = "release:leavers"
_TYPE: Final = "Release"


async def release(session: Session[Any], until: int) -> Plan:
    """Let leavers pass until then, however many they are."""
    binding = Binding(resource=_PLACE, type=_TYPE, account=None, state="active", since=session.now, due=until)
    await session.unit.bind(binding)
    note = Note("safety.max_leavers", "an admin releases the leavers that are held, for a while")
    return Plan(outcome="accepted", notes=(note,))


async def released(session: Session[Any]) -> bool:
    """Whether an admin's release is in force."""
    binding = await session.unit.binding(_PLACE)
    return binding is not None and binding.due > session.now


async def remember(session: Session[Any], before: Binding | None) -> None:
    """Somebody leaves without a tombstone. While leavers are counted, a bare one stands for the rest of the window."""
    policy = session.policy.safety
    counting = policy.max_leavers or policy.max_leavers_percent
    if not counting or before is None or before.type != "User" or not session.connection:
        return
    since = before.since if before.state in LEFT else session.now
    due = since + policy.window_hours * HOUR
    if due > session.now:
        mark = Binding(
            resource=before.resource,
            type="User",
            account=None,
            state="deleted",
            connection=before.connection,
            since=since,
            due=due,
        )
        await session.unit.bind(mark)
