"""The small frozen parts of a policy, and the sentences that say what each choice means."""

from scimcore.policy.choices.data import Master, Mastered, Mastery, Names
from scimcore.policy.choices.groups import Groups, GroupTeam
from scimcore.policy.choices.identity import Domains, Linking, LinkingKey, LinkingStep
from scimcore.policy.choices.operations import Audit, Credentials, PlanGate, Safety, Scope
from scimcore.policy.choices.people import Create, Deactivate, Delete, Invitations, Reactivate
from scimcore.policy.choices.rights import GroupRole, Protection, Roles, SeatPool, Seats

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
    "Linking",
    "LinkingKey",
    "LinkingStep",
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
]
