"""What the product does about it: a frozen value, and pure functions that decide."""

from scimcore.policy.deciding import decide
from scimcore.policy.describing import Statement, describe, statements
from scimcore.policy.effects import EFFECTS, OPENED, Effect
from scimcore.policy.exchange import Difference, amended, diff, from_data, load, to_data, to_toml
from scimcore.policy.exports import attributes, listed, offers, serves, visible
from scimcore.policy.facts import UNKNOWN, Account, Binding, Facts, GroupFact, MemberFact, Seats, State, Team, Tenant
from scimcore.policy.lifecycle import LIFECYCLE
from scimcore.policy.plans import Ask, Guard, MatchKey, Need, Note, NotLastOwner, Order, Outcome, Plan, SeatFree
from scimcore.policy.policy import Policy
from scimcore.policy.presets import DASTRA, PRESETS, SECODA, STANDARD
from scimcore.policy.rules.mastery import is_editable, keep_on_put
from scimcore.policy.rules.members import flatten
from scimcore.policy.rules.plan_gate import Operation, gate
from scimcore.policy.rules.roles import effective_roles
from scimcore.policy.triggers import (
    AccountDeleted,
    Approved,
    Created,
    Deleted,
    Disconnected,
    Edited,
    Held,
    HostEvent,
    RolesSet,
    SettingsChanged,
    SignedIn,
    TimePassed,
    Trigger,
    Updated,
)

__all__ = [
    "DASTRA",
    "EFFECTS",
    "LIFECYCLE",
    "OPENED",
    "PRESETS",
    "SECODA",
    "STANDARD",
    "UNKNOWN",
    "Account",
    "AccountDeleted",
    "Approved",
    "Ask",
    "Binding",
    "Created",
    "Deleted",
    "Difference",
    "Disconnected",
    "Edited",
    "Effect",
    "Facts",
    "GroupFact",
    "Guard",
    "Held",
    "HostEvent",
    "MatchKey",
    "MemberFact",
    "Need",
    "NotLastOwner",
    "Note",
    "Operation",
    "Order",
    "Outcome",
    "Plan",
    "Policy",
    "RolesSet",
    "SeatFree",
    "Seats",
    "SettingsChanged",
    "SignedIn",
    "State",
    "Statement",
    "Team",
    "Tenant",
    "TimePassed",
    "Trigger",
    "Updated",
    "amended",
    "attributes",
    "decide",
    "describe",
    "diff",
    "effective_roles",
    "flatten",
    "from_data",
    "gate",
    "is_editable",
    "keep_on_put",
    "listed",
    "load",
    "offers",
    "serves",
    "statements",
    "to_data",
    "to_toml",
    "visible",
]
