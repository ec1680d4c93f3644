"""The provisioning policy: what the product does about what identity providers ask, as one frozen value.

A host builds a `Policy` from choices, takes a preset, or loads a file, and hands it to its connections. What a decision
needs besides is in modules of its own: facts in `facts`, host events in `triggers`, effects in `effects`.
"""

from scimcore.policy.choices import (
    Audit,
    Create,
    Credentials,
    Deactivate,
    Delete,
    Domains,
    GroupRole,
    Groups,
    GroupTeam,
    Invitations,
    Linking,
    Mastered,
    Mastery,
    Names,
    PlanGate,
    Protection,
    Reactivate,
    Roles,
    Safety,
    Scope,
    SeatPool,
    Seats,
)
from scimcore.policy.describing import Statement, describe, statements
from scimcore.policy.files import Difference, amended, diff, from_data, load, to_data, to_toml
from scimcore.policy.plans import Note, Outcome, Plan
from scimcore.policy.policy import Policy
from scimcore.policy.presets import ANONYMISE_LEAVERS, INVITE_MEMBERS, PRESETS, STANDARD, SUSPEND

__all__ = [
    "ANONYMISE_LEAVERS",
    "INVITE_MEMBERS",
    "PRESETS",
    "STANDARD",
    "SUSPEND",
    "Audit",
    "Create",
    "Credentials",
    "Deactivate",
    "Delete",
    "Difference",
    "Domains",
    "GroupRole",
    "GroupTeam",
    "Groups",
    "Invitations",
    "Linking",
    "Mastered",
    "Mastery",
    "Names",
    "Note",
    "Outcome",
    "Plan",
    "PlanGate",
    "Policy",
    "Protection",
    "Reactivate",
    "Roles",
    "Safety",
    "Scope",
    "SeatPool",
    "Seats",
    "Statement",
    "amended",
    "describe",
    "diff",
    "from_data",
    "load",
    "statements",
    "to_data",
    "to_toml",
]
