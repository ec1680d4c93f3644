"""Connections of identity providers, their credentials and access tokens, and what each of them may do.

A host stores `Connection`s, makes secrets for them (`issue`, `add_credential`, `rotate`) and gives scimcore a
`Connections` store to look them up in.
"""

from scimcore._durations import DAY
from scimcore.access.access_tokens import AccessTokens
from scimcore.access.authentication import Schemes, Unauthenticated, authenticate
from scimcore.access.caller import Caller
from scimcore.access.connections import (
    AsyncConnections,
    Connection,
    Connections,
    Credential,
    MemoryConnections,
    digest,
)
from scimcore.access.credentials import add_credential, adopt, expiring, expiry_warnings, issue, rotate
from scimcore.access.oauth import AssertionVerifier, OAuthClient
from scimcore.access.scopes import SCOPES

__all__ = [
    "DAY",
    "SCOPES",
    "AccessTokens",
    "AssertionVerifier",
    "AsyncConnections",
    "Caller",
    "Connection",
    "Connections",
    "Credential",
    "MemoryConnections",
    "OAuthClient",
    "Schemes",
    "Unauthenticated",
    "add_credential",
    "adopt",
    "authenticate",
    "digest",
    "expiring",
    "expiry_warnings",
    "issue",
    "rotate",
]
