"""Dastra, data-protection governance, as its set-up page for Entra ID describes it.

Everything the page says about provisioning is in this value; what it does not say stays the default.
"""

from scimcore.policy import (
    Create,
    Deactivate,
    Delete,
    Domains,
    Groups,
    Invitations,
    Linking,
    Mastered,
    Mastery,
    PlanGate,
    Policy,
    Reactivate,
    Roles,
    Seats,
)

DASTRA = Policy(
    name="dastra",
    # "Users are added over SCIM"; they can work at once.
    create=Create(initial="active"),
    # "With SSO enforced they are sent to the identity provider; without it they must reset a password."
    invitations=Invitations(mail="unless_sso"),
    # "A user disabled in Entra: the profile is anonymised." The identity provider still finds the user by its names.
    deactivate=Deactivate(access="anonymise", resource="reduced", visibility="shown"),
    # "If the user is enabled again later: a new account is created; the anonymised one is not restored."
    reactivate=Reactivate(account="new", roles="default"),
    # "A user deleted for good: the profile is fully anonymised; past actions are preserved."
    delete=Delete(account="anonymise", content="preserve", recreate="new"),
    # "The default role of new users" is chosen in the product. "Administrators can still change roles and permissions
    # locally after synchronisation": they are the product's from then on.
    roles=Roles(default="settings", master="app"),
    # "When the quota is exceeded the server answers with an error and further users are not provisioned."
    seats=Seats(full="reject", error=403),
    # "Several groups can be synchronised"; each is a team. "A group removed: the team is deleted; user accounts stay."
    groups=Groups(mode="team", rename="rename", on_delete="delete"),
    # "The test fails when the subscription lacks the feature."
    plan=PlanGate(closed="all_but_discovery"),
    # The page is silent on these; said here because a reader will ask.
    linking=Linking(steps=("verified_email",), otherwise="refuse"),
    domains=Domains(require="verified_on_create"),
    mastery=Mastery(default="idp", rules=()),
)

#: "Organisational units, organisation and country are not synchronised": the same, with these kept out.
DASTRA_STRICT = Policy(
    name="dastra-strict",
    deactivate=DASTRA.deactivate,
    reactivate=DASTRA.reactivate,
    delete=DASTRA.delete,
    roles=DASTRA.roles,
    mastery=Mastery(
        rules=(
            Mastered("addresses", "app"),
            Mastered("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", "app"),
        )
    ),
)
