"""The guard against mass deprovisioning: who counts as a leaver, and an admin's release of those held (POL-141)."""

from typing import Any, Final

from scimcore.policy.facts import Binding
from scimcore.policy.plans import Note, Plan
from scimcore.policy.values import HOUR
from scimcore.repository.records import LEFT, Mark
from scimcore.service.session import Session

#: The name of the one mark of an admin's release.
_LEAVERS: Final = "leavers"


async def release(session: Session[Any], until: int) -> Plan:
    """Let leavers pass until then, however many they are."""
    await session.unit.mark(Mark(kind="release", name=_LEAVERS, since=session.now, due=until))
    note = Note("safety.max_leavers", "an admin releases the leavers that are held, for a while")
    return Plan(outcome="accepted", notes=(note,))


async def released(session: Session[Any]) -> bool:
    """Whether an admin's release is in force."""
    mark = (await session.unit.marks("release", [_LEAVERS])).get(_LEAVERS)
    return mark is not None and mark.due > session.now


async def remember(session: Session[Any], before: Binding | None) -> None:
    """A user leaves without a tombstone. While the leaver limit counts, a mark stands for the rest of its window."""
    policy = session.policy.safety
    counting = policy.max_leavers or policy.max_leavers_percent
    if not counting or before is None or before.type != "User" or not session.connection:
        return
    since = before.since if before.state in LEFT else session.now
    due = since + policy.window_hours * HOUR
    if due > session.now:
        mark = Mark(kind="leaver", name=before.resource, connection=before.connection, since=since, due=due)
        await session.unit.mark(mark)
