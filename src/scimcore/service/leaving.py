"""Who leaves: owners whose accounts still work, and departures for the leaver limit. Both are remembered as marks."""

from collections.abc import Collection, Sequence
from typing import Any, Final

from scimcore._durations import HOUR
from scimcore.policy.choices import Safety
from scimcore.policy.facts import Binding
from scimcore.policy.plans import Plan
from scimcore.repository import Mark
from scimcore.repository.async_protocol import AsyncUnit

#: The name of the one mark of owners who leave later.
_OWNERS: Final = "leaving"
#: The states of a binding whose user has left.
_LEFT: Final = ("suspended", "anonymised", "deleted")


async def owners_leaving(unit: AsyncUnit[Any]) -> list[str]:
    """The accounts of owners who are disabled already, and which the host has not closed yet."""
    # The host sees accounts that work. In a grace period it would name one leaver as the owner who stays for the other.
    mark = (await unit.marks("owners", [_OWNERS])).get(_OWNERS)
    found = [(account, await unit.binding_of(account)) for account in (mark.values if mark else ())]
    return [account for account, binding in found if binding is not None and binding.state == "suspended"]


async def remember_owner(unit: AsyncUnit[Any], account: str, now: int) -> None:
    """An owner leaves later. The guard of the owners was taken when the policy asked for another one."""
    accounts = dict.fromkeys((*await owners_leaving(unit), account))
    await unit.mark(Mark(kind="owners", name=_OWNERS, since=now, values=tuple(accounts)))


def leaves(before: Binding | None, plan: Plan) -> bool:
    """True if the plan takes a user away who could work: the account may have been linked by the same request."""
    working = plan.outcome == "linked" if before is None else before.state in ("active", "invited")
    left = plan.unbinds or (plan.binding is not None and plan.binding.state in _LEFT)
    return working and left


async def remember_leaver(unit: AsyncUnit[Any], resource: str, connection: str, policy: Safety, now: int) -> None:
    """A user leaves. While the leaver limit counts, a mark stands for each departure to the end of the window."""
    # What happens in the product (no connection) is meant; the limit is about mistakes of the identity provider.
    if not (policy.max_leavers or policy.max_leavers_percent) or not connection:
        return
    due = now + policy.window_hours * HOUR
    # Named by the time as well: who is enabled and disabled again leaves a second time.
    name = f"{resource}@{now}"
    await unit.mark(Mark(kind="leaver", name=name, connection=connection, since=now, due=due))


async def retire(unit: AsyncUnit[Any], account: str, now: int) -> None:
    """The account's user has a new one: it never comes back (POL-030), also when nothing is bound to it any more."""
    await unit.mark(Mark(kind="retired", name=account, since=now))


async def retired(unit: AsyncUnit[Any], accounts: Sequence[str]) -> Collection[str]:
    """Those of these accounts that are retired."""
    return (await unit.marks("retired", accounts)) if accounts else ()
