"""What GitHub describes for enterprise managed users, as a policy: suspend softly, delete hard, lock the teams."""

from scimcore.policy import (
    Create,
    Deactivate,
    Delete,
    Groups,
    GroupTeam,
    Linking,
    Mastery,
    Policy,
    Protection,
    Reactivate,
    Roles,
    Seats,
)

GITHUB_LIKE = Policy(
    name="github-like",
    # A user begins at once, and needs no licence to be provisioned: it counts from the first sign-in.
    create=Create(initial="active"),
    seats=Seats(counts="signed_in"),
    # Soft: suspended, name and e-mail obfuscated; the groups keep the user, the teams do not. All comes back.
    deactivate=Deactivate(access="suspend", personal_data="obfuscate", memberships="keep"),
    reactivate=Reactivate(account="restore", roles="recompute"),
    # Hard: the account is suspended for ever, without personal data; the same name is a new account.
    delete=Delete(account="tombstone", retention_days=90, recreate="new", link="drop"),
    # Roles come with the user; an enterprise owner may be made and unmade by the identity provider.
    roles=Roles(sources=("roles",), known=("user", "guest_collaborator", "enterprise_owner"), not_grantable=()),
    protection=Protection(owner_roles=("enterprise_owner",)),
    # Groups are stored; an admin connects one to any number of teams, which are locked then.
    groups=Groups(
        mode="mapped",
        teams=(GroupTeam("Engineering", "team-engineering"), GroupTeam("Engineering", "team-on-call")),
        membership="locked",
        nested="reject",
    ),
    # Everything is the identity provider's; nothing is edited locally, and nobody comes in unprovisioned.
    mastery=Mastery(local_edits="blocked"),
    linking=Linking(steps=(), sign_in="refuse", local_delete="refuse"),
)
