"""The life of a user's binding: states x triggers, one table.

Each cell names the rule that acts and the states it may lead to. The table is total: what cannot be met says so. The
page docs/reference/lifecycle.md and its diagram are drawn from here.
"""

from collections.abc import Mapping
from typing import Final, Literal, get_args

from attrs import frozen

LifecycleState = Literal["absent", "pending", "invited", "active", "suspended", "anonymised", "deleted"]
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
EVENTS: Final[tuple[TriggerName, ...]] = get_args(TriggerName)

#: What each state means, for the page.
MEANINGS: Final[dict[LifecycleState, str]] = {
    "absent": "No SCIM user: nobody, or an account that the product made itself.",
    "pending": "Waits for an approval, a confirmation or a seat.",
    "invited": "Has an account, and has not signed in yet.",
    "active": "Works. An admin's hold lies beside this state, it is none of its own.",
    "suspended": "Disabled: `active` is false, the account is kept and cannot be used.",
    "anonymised": "Disabled for good: the account has forgotten who it was; the SCIM user is still found.",
    "deleted": "A tombstone: 404 over SCIM, the name is free, the account is kept until it is purged.",
}

#: What each trigger is, for the page.
TRIGGERS: Final[dict[TriggerName, str]] = {
    "create": "POST",
    "change": "PUT or PATCH that leaves `active` as it is",
    "disable": "PUT or PATCH that sets `active` to false",
    "enable": "PUT or PATCH that sets `active` to true",
    "delete": "DELETE",
    "sign_in": "the person signs in",
    "set_roles": "a local admin sets roles",
    "edit": "a local admin changes attributes",
    "hold": "a local admin suspends the account",
    "release": "a local admin lifts the suspension",
    "remove": "the product deletes the account",
    "settings": "the tenant's settings change",
    "time": "the clock reaches what is due",
    "approve": "an admin, or the person, approves",
    "reject": "an admin, or the person, declines",
    "disconnect": "the connection ends",
}


@frozen
class Transition:
    """The rule that acts, and the states that the binding may be in afterwards, when nothing is refused."""

    rule: RuleName
    to: tuple[LifecycleState, ...]


def _row(state: LifecycleState, cells: Mapping[str, tuple[RuleName, str]]) -> dict[TriggerName, Transition]:
    """A row of the table; what is not listed leaves everything as it is."""
    row: dict[TriggerName, Transition] = {}
    for event in EVENTS:
        rule, to = cells.get(event, ("nothing", state))
        row[event] = Transition(rule, tuple(s for s in LIFECYCLE_STATES if s in to.split()))
    return row


_HOST_ON_NOBODY: Final[dict[str, tuple[RuleName, str]]] = {
    event: ("unmanaged", "absent")
    for event in EVENTS
    if event not in ("create", "change", "disable", "enable", "delete")
}
_LIVE: Final[dict[str, tuple[RuleName, str]]] = {
    "create": ("clash", ""),
    "delete": ("delete", "absent deleted"),
    "remove": ("remove", "absent deleted"),
    "disconnect": ("disconnect", "absent"),
}

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
            "sign_in": ("sign_in", "deleted"),
            "time": ("purge", "absent"),
            "remove": ("purge", "absent"),
            "disconnect": ("disconnect", "absent"),
        },
    ),
}
