"""Dialects: the deviations of identity providers from the RFCs, each tolerated by name.

`AUTO` understands every client that scimcore knows, `RFC` tolerates nothing; the others are for one client each.
"""

from scimcore.dialects.dialect import Dialect
from scimcore.dialects.rewrite import Place, Rewrite, RewriteNote
from scimcore.dialects.shipped import (
    AUTO,
    DIALECTS,
    ENTRA,
    ENTRA_2020,
    GOOGLE,
    INTEROP,
    JUMPCLOUD,
    OKTA,
    OKTA_WIZARD,
    ONELOGIN,
    PING,
    RFC,
    find_dialect,
)
from scimcore.patch.readings import Readings
from scimcore.resources.rules import Rules

__all__ = [
    "AUTO",
    "DIALECTS",
    "ENTRA",
    "ENTRA_2020",
    "GOOGLE",
    "INTEROP",
    "JUMPCLOUD",
    "OKTA",
    "OKTA_WIZARD",
    "ONELOGIN",
    "PING",
    "RFC",
    "Dialect",
    "Place",
    "Readings",
    "Rewrite",
    "RewriteNote",
    "Rules",
    "find_dialect",
]
