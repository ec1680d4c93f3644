"""Who may come in: connections, their credentials and tokens, and what each may do."""

from scimcore.access.access_tokens import AccessTokens, Claims
from scimcore.access.authentication import (
    Admission,
    AsyncConnections,
    Schemes,
    Unauthenticated,
    admit,
    authenticate,
)
from scimcore.access.connections import Connection, Connections, MemoryConnections, connect, expiring, rotate, warnings
from scimcore.access.credentials import Credential, adopt, digest, issue
from scimcore.access.oauth import AssertionVerifier, Client, Granted, OAuthError, TokenRequest, grant, token_request
from scimcore.access.scopes import SCOPES, allows, scope

__all__ = [
    "SCOPES",
    "AccessTokens",
    "Admission",
    "AssertionVerifier",
    "AsyncConnections",
    "Claims",
    "Client",
    "Connection",
    "Connections",
    "Credential",
    "Granted",
    "MemoryConnections",
    "OAuthError",
    "Schemes",
    "TokenRequest",
    "Unauthenticated",
    "admit",
    "adopt",
    "allows",
    "authenticate",
    "connect",
    "digest",
    "expiring",
    "grant",
    "issue",
    "rotate",
    "scope",
    "token_request",
    "warnings",
]
