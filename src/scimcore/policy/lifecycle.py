"""The lifecycle of a user's binding: one table of states and triggers.

Each cell names the rule that acts and the states that it may lead to. The table is total: a trigger that cannot happen
in a state is refused there. The page docs/reference/lifecycle.md and its diagram are drawn from this table, and a test
plays every cell against the rules, so that it never lies.
"""

from collections.abc import Mapping
from typing import Final, Literal, get_args

from attrs import frozen

#: The states of a binding, and `absent` for a resource without one.
LifecycleState = Literal["absent", "pending", "invited", "active", "suspended", "anonymised", "deleted"]
#: The columns of the table: what can happen to a user.
TriggerName = Literal[
    "create",
    "change",
    "disable",
    "enable",
    "delete",
    "sign_in",
    "set_roles",
    "edit",
    "hold",
    "release",
    "remove",
    "settings",
    "time",
    "approve",
    "reject",
    "disconnect",
]
#: The rules that the cells name; `deciding` maps each to its function.
RuleName = Literal[
    "create",
    "change",
    "disable",
    "enable",
    "delete",
    "sign_in",
    "set_roles",
    "edit",
    "hold",
    "release",
    "remove",
    "settings",
    "purge",
    "expire",
    "approve",
    "reject",
    "disconnect",
    "unmanaged",
    "gone",
    "clash",
    "nothing",
]

LIFECYCLE_STATES: Final[tuple[LifecycleState, ...]] = get_args(LifecycleState)
TRIGGER_NAMES: Final[tuple[TriggerName, ...]] = get_args(TriggerName)

#: What each state means, for the page.
MEANINGS: Final[dict[LifecycleState, str]] = {
    "absent": "There is no SCIM user. The product may have an account of its own.",
    "pending": "The user waits for an approval, a confirmation or a seat.",
    "invited": "The user has an account and has not signed in yet.",
    "active": "The user can work. An admin can hold the account; the state stays active then.",
    "suspended": "The user is disabled: `active` is false, and the account cannot be used.",
    "anonymised": "The user is disabled for good: the account is anonymised. SCIM still shows the user.",
    "deleted": "The user is a tombstone: SCIM answers 404, the name is free, and the account waits for its purge.",
}

#: What each trigger is, for the page.
TRIGGERS: Final[dict[TriggerName, str]] = {
    "create": "POST",
    "change": "PUT or PATCH that leaves `active` as it is",
    "disable": "PUT or PATCH that sets `active` to false",
    "enable": "PUT or PATCH that sets `active` to true",
    "delete": "DELETE",
    "sign_in": "the user signs in",
    "set_roles": "an admin of the product sets roles",
    "edit": "an admin of the product changes attributes",
    "hold": "an admin of the product suspends the account",
    "release": "an admin of the product lifts the suspension",
    "remove": "the product deletes the account",
    "settings": "the tenant's settings change",
    "time": "the time of an invitation or a tombstone is over",
    "approve": "an admin approves, or the user confirms a link",
    "reject": "an admin or the user declines",
    "disconnect": "the connection ends",
}


@frozen
class Transition:
    """One cell: the rule that acts, and the states that it may lead to."""

    rule: RuleName
    #: Empty if the trigger is always refused in this state.
    to: tuple[LifecycleState, ...]


def _row(state: LifecycleState, cells: Mapping[str, tuple[RuleName, str]]) -> dict[TriggerName, Transition]:
    """A row of the table. A trigger that is not listed changes nothing."""
    row: dict[TriggerName, Transition] = {}
    for event in TRIGGER_NAMES:
        rule, to = cells.get(event, ("nothing", state))
        row[event] = Transition(rule, tuple(s for s in LIFECYCLE_STATES if s in to.split()))
    return row


# Events of accounts that no user stands for: the product may report all of them, without asking first whether SCIM
# knows.
_HOST_ON_NOBODY: Final[dict[str, tuple[RuleName, str]]] = {
    event: ("unmanaged", "absent")
    for event in TRIGGER_NAMES
    if event not in ("create", "change", "disable", "enable", "delete")
}
# What all states have in common in which a user exists.
_LIVE: Final[dict[str, tuple[RuleName, str]]] = {
    "create": ("clash", ""),
    "delete": ("delete", "absent deleted"),
    "remove": ("remove", "absent deleted"),
    "disconnect": ("disconnect", "absent"),
}

#: Which transition each trigger has in each lifecycle state. The table is total: a trigger that is refused says so.
LIFECYCLE: Final[dict[LifecycleState, dict[TriggerName, Transition]]] = {
    "absent": _row(
        "absent",
        {
            **_HOST_ON_NOBODY,
            "create": ("create", "pending invited active suspended"),
            "change": ("gone", ""),
            "disable": ("gone", ""),
            "enable": ("gone", ""),
            "delete": ("gone", ""),
        },
    ),
    "pending": _row(
        "pending",
        {
            **_LIVE,
            "change": ("change", "pending"),
            "disable": ("disable", "pending suspended anonymised deleted"),
            # Already on the way: an approval is missing, and enabling is none.
            "enable": ("change", "pending"),
            "sign_in": ("sign_in", "pending"),
            "set_roles": ("set_roles", "pending"),
            "edit": ("edit", "pending"),
            "hold": ("hold", "pending"),
            "release": ("release", "pending"),
            "settings": ("settings", "pending invited active"),
            "approve": ("approve", "invited active suspended"),
            "reject": ("reject", "absent suspended"),
        },
    ),
    "invited": _row(
        "invited",
        {
            **_LIVE,
            "change": ("change", "invited"),
            "disable": ("disable", "invited suspended anonymised deleted"),
            "enable": ("change", "invited"),
            "sign_in": ("sign_in", "active"),
            "set_roles": ("set_roles", "invited"),
            "edit": ("edit", "invited"),
            "hold": ("hold", "invited"),
            "release": ("release", "invited"),
            "settings": ("settings", "invited"),
            "time": ("expire", "invited"),
        },
    ),
    "active": _row(
        "active",
        {
            **_LIVE,
            "change": ("change", "active"),
            # It may stay active: a protected account or the last owner (POL-100).
            "disable": ("disable", "active suspended anonymised deleted"),
            "enable": ("change", "active"),
            "sign_in": ("sign_in", "active"),
            "set_roles": ("set_roles", "active"),
            "edit": ("edit", "active"),
            "hold": ("hold", "active"),
            "release": ("release", "active"),
            "settings": ("settings", "active"),
        },
    ),
    "suspended": _row(
        "suspended",
        {
            **_LIVE,
            "change": ("change", "suspended"),
            # A second disabling changes nothing: no second event and no second revocation (POL-011).
            "disable": ("change", "suspended"),
            "enable": ("enable", "pending invited active"),
            "sign_in": ("sign_in", "suspended"),
            "set_roles": ("set_roles", "suspended"),
            "edit": ("edit", "suspended"),
            "hold": ("hold", "suspended"),
            "release": ("release", "suspended"),
            "settings": ("settings", "suspended"),
            "approve": ("approve", "suspended deleted"),
            "reject": ("reject", "suspended invited active"),
        },
    ),
    "anonymised": _row(
        "anonymised",
        {
            **_LIVE,
            "change": ("change", "anonymised"),
            "disable": ("change", "anonymised"),
            "enable": ("enable", "pending invited active"),
            "sign_in": ("sign_in", "anonymised"),
        },
    ),
    "deleted": _row(
        "deleted",
        {
            "create": ("clash", ""),
            "change": ("gone", ""),
            "disable": ("gone", ""),
            "enable": ("gone", ""),
            "delete": ("gone", ""),
            # A closed account may still have an open session somewhere. The rule refuses the sign-in.
            "sign_in": ("sign_in", "deleted"),
            "time": ("purge", "absent"),
            "remove": ("purge", "absent"),
            "disconnect": ("disconnect", "absent"),
        },
    ),
}
