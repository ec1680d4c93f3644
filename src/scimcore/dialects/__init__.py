"""What identity providers send instead of what the RFCs say, tolerated by name."""

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
