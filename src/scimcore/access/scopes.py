"""Scopes: permissions of a credential to read or write one endpoint, or to do everything (POL-162).

A scope is the endpoint's name in lower case and the action, as in "users:read"; "scim" is all of them. Writing does
not include reading: a credential of "groups:write" cannot list users.
"""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache
from typing import Final, Literal

Action = Literal["read", "write"]

#: Everything, on every endpoint, the endpoints of custom resource types included.
EVERYTHING: Final = "scim"
#: The scopes of the RFC's own endpoints.
SCOPES: tuple[str, ...] = (EVERYTHING, "users:read", "users:write", "groups:read", "groups:write")

_SCOPE = re.compile(r"(scim|[a-z][a-z0-9_-]*:(read|write))\Z")
#: How alike a scope and one of the RFC's must be for a slip: "user:read" is 0.95, "houses:read" 0.86.
_SLIP = 0.9


def scope(endpoint: str, action: Action) -> str:
    """Return the scope that an action on an endpoint needs: `scope("/Users", "read")` is "users:read"."""
    return f"{endpoint.removeprefix('/').lower()}:{action}"


def checked_scopes(scopes: Iterable[str]) -> frozenset[str]:
    """Return the scopes as a set.

    Raises ValueError for a name that is not a scope, for a probable slip of the pen ("user:read"), and for an empty
    set. Raises TypeError for a text in the place of a set.
    """
    # frozenset("users:read") would be a set of letters.
    if isinstance(scopes, str) or not isinstance(scopes, Iterable):
        raise TypeError(f'scopes takes a set of texts such as {{"users:read"}}, not {scopes!r}.')
    found = frozenset(scopes)
    if not found:
        raise ValueError('scopes is empty, so the credential could do nothing. Name at least one, such as "scim".')
    for name in found:
        if not is_scope(name):
            raise ValueError(
                f'{name!r} is not a scope. Use "scim", or an endpoint and an action, such as "users:read".'
            )
        # Endpoints of custom resource types are not known here, so only a name that nearly is a known one is refused.
        # Accepted, it would make a credential that is refused on every request (a 403 that the customer finds).
        meant = name if name in SCOPES else _probably_meant(name)
        if meant != name:
            raise ValueError(f"{name!r} is not a scope of the endpoints in RFC 7644. Did you mean {meant!r}?")
    return found


# A store that reads connections from a database checks the same few names on every request.
@lru_cache(maxsize=256)
def _probably_meant(name: str) -> str:
    return next(iter(get_close_matches(name, SCOPES, n=1, cutoff=_SLIP)), name)


def is_scope(name: object) -> bool:
    """True for a text that has the form of a scope."""
    return isinstance(name, str) and _SCOPE.match(name) is not None


def common_scopes(first: frozenset[str], second: frozenset[str]) -> frozenset[str]:
    """Return what both sets allow."""
    if EVERYTHING in first:
        return second
    return first if EVERYTHING in second else first & second


def allows(scopes: frozenset[str], needed: str) -> bool:
    """True if these scopes include the one that is needed."""
    return EVERYTHING in scopes or needed in scopes
