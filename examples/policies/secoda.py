"""Secoda, a data catalogue, as its set-up pages for Okta, OneLogin and Entra ID describe it."""

from scimcore.policy import Create, Deactivate, Delete, Groups, Invitations, PlanGate, Policy, Reactivate, Roles
from scimcore.schema import USER_URN

SECODA = Policy(
    name="secoda",
    # "An assigned user gets an invitation e-mail and is in state Invited until the first sign-in." An invited user
    # "does not show as a member of a group until the account is activated"; the membership itself is kept.
    create=Create(initial="invited"),
    invitations=Invitations(mail="always", memberships="when_activated"),
    # "The page uses PUT to add an active or a disabled user; active false disables, true activates."
    deactivate=Deactivate(access="suspend"),
    reactivate=Reactivate(account="restore"),
    delete=Delete(account="tombstone"),
    # "A custom attribute with external name secodaRole in the external namespace of the core User schema carries the
    # role, custom roles included": so any name is a role, and none is out of reach. Cleared, it is the default role.
    roles=Roles(sources=(f"{USER_URN}:secodaRole",), not_grantable=(), known=(), cleared="default"),
    # "Groups map one to one."
    groups=Groups(mode="team"),
    # "For Enterprise plans with SAML SSO."
    plan=PlanGate(closed="all_but_discovery"),
)
