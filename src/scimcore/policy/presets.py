"""Policies ready to use. examples/policies has the same with the sentences of the products' own pages beside them."""

from typing import Final

from scimcore.policy.parts import Create, Deactivate, Delete, Invitations, Reactivate, Roles
from scimcore.policy.policy import Policy
from scimcore.schema import USER_URN

#: The default: suspend and restore the same account, refuse what is unsafe.
STANDARD: Final = Policy()

#: A data-protection product: who is disabled is anonymised, and comes back as somebody new.
DASTRA: Final = Policy(
    name="dastra",
    deactivate=Deactivate(access="anonymise"),
    delete=Delete(account="anonymise"),
    reactivate=Reactivate(account="new", roles="default"),
    roles=Roles(master="app"),
)

#: A data catalogue: members are invited, and bring their role in an attribute of the core schema.
SECODA: Final = Policy(
    name="secoda",
    create=Create(initial="invited"),
    invitations=Invitations(mail="always"),
    roles=Roles(sources=(f"{USER_URN}:secodaRole",), not_grantable=()),
)

#: By name, for a command line.
PRESETS: Final = {policy.name: policy for policy in (STANDARD, DASTRA, SECODA)}
