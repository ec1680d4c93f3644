"""What identity providers send instead of what the RFCs say, tolerated by name."""

from scimcore.dialects.dialect import Dialect
from scimcore.dialects.known import (
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
    dialect,
)
from scimcore.dialects.rewrite import Note, Place, Rewrite

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
    "Note",
    "Place",
    "Rewrite",
    "dialect",
]
