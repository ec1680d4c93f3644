"""Policies ready to use. `examples/policies` has real products' policies, with the sentences of their own pages."""

from typing import Final

from scimcore.policy.choices import Create, Deactivate, Delete, Invitations, Reactivate, Roles
from scimcore.policy.policy import Policy

#: The default of every choice: suspend and restore the same account, refuse unsafe requests.
STANDARD: Final = Policy()

#: A disabled user's account is suspended; an enabled user gets the same account back. The choices are the defaults,
#: written out: a later default would not change them.
SUSPEND: Final = Policy(
    name="suspend",
    deactivate=Deactivate(access="suspend"),
    delete=Delete(account="tombstone"),
    reactivate=Reactivate(account="restore"),
)

#: For data protection: a disabled user's account is anonymised, and an enabled user gets a new account.
ANONYMISE_LEAVERS: Final = Policy(
    name="anonymise-leavers",
    deactivate=Deactivate(access="anonymise"),
    delete=Delete(account="anonymise"),
    # The new account belongs to nobody's past: it starts with the default role, and the product's admins raise it.
    reactivate=Reactivate(account="new", roles="default"),
    roles=Roles(master="app"),
)

#: New users are invited by e-mail, and are active from their first sign-in on.
INVITE_MEMBERS: Final = Policy(
    name="invite-members",
    create=Create(initial="invited"),
    invitations=Invitations(mail="always"),
)

#: By name, for a command line.
PRESETS: Final = {policy.name: policy for policy in (STANDARD, SUSPEND, ANONYMISE_LEAVERS, INVITE_MEMBERS)}
