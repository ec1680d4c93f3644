"""The small frozen parts of a policy, and the sentences that say what each choice means."""

from scimcore.policy.parts.data import Master, Mastered, Mastery, Names
from scimcore.policy.parts.groups import Groups, GroupTeam
from scimcore.policy.parts.identity import Domains, Key, Linking, Step
from scimcore.policy.parts.operations import Audit, Credentials, PlanGate, Safety, Scope
from scimcore.policy.parts.people import Create, Deactivate, Delete, Invitations, Reactivate
from scimcore.policy.parts.rights import GroupRole, Protection, Roles, SeatPool, Seats

__all__ = [
    "Audit",
    "Create",
    "Credentials",
    "Deactivate",
    "Delete",
    "Domains",
    "GroupRole",
    "GroupTeam",
    "Groups",
    "Invitations",
    "Key",
    "Linking",
    "Master",
    "Mastered",
    "Mastery",
    "Names",
    "PlanGate",
    "Protection",
    "Reactivate",
    "Roles",
    "Safety",
    "Scope",
    "SeatPool",
    "Seats",
    "Step",
]
