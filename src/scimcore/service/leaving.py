"""Who leaves: owners whose accounts still work, and departures for the leaver limit. Both are remembered as marks."""

from typing import Any, Final

from scimcore._durations import HOUR
from scimcore.policy.facts import Binding
from scimcore.policy.plans import Plan
from scimcore.repository import Mark
from scimcore.service.session import Session

#: The name of the one mark of owners who leave later.
_OWNERS: Final = "leaving"
#: The states of a binding whose user has left.
_LEFT: Final = ("suspended", "anonymised", "deleted")


async def owners_leaving(session: Session[Any]) -> list[str]:
    """The accounts of owners who are disabled already, and which the host has not closed yet."""
    # The host sees accounts that work. In a grace period it would name one leaver as the owner who stays for the other.
    mark = (await session.unit.marks("owners", [_OWNERS])).get(_OWNERS)
    found = [(account, await session.unit.binding_of(account)) for account in (mark.values if mark else ())]
    return [account for account, binding in found if binding is not None and binding.state == "suspended"]


async def remember_owner(session: Session[Any], account: str) -> None:
    """An owner leaves later. The guard of the owners was taken when the policy asked for another one."""
    accounts = dict.fromkeys((*await owners_leaving(session), account))
    await session.unit.mark(Mark(kind="owners", name=_OWNERS, since=session.now, values=tuple(accounts)))


def leaves(before: Binding | None, plan: Plan) -> bool:
    """True if the plan takes a user away who could work: the account may have been linked by the same request."""
    working = plan.outcome == "linked" if before is None else before.state in ("active", "invited")
    left = plan.unbinds or (plan.binding is not None and plan.binding.state in _LEFT)
    return working and left


async def remember_leaver(session: Session[Any], resource: str) -> None:
    """A user leaves. While the leaver limit counts, a mark stands for each departure to the end of the window."""
    policy = session.policy.safety
    # What happens in the product (no connection) is meant; the limit is about mistakes of the identity provider.
    if not (policy.max_leavers or policy.max_leavers_percent) or not session.connection:
        return
    due = session.now + policy.window_hours * HOUR
    # Named by the time as well: who is enabled and disabled again leaves a second time.
    name = f"{resource}@{session.now}"
    await session.unit.mark(Mark(kind="leaver", name=name, connection=session.connection, since=session.now, due=due))
