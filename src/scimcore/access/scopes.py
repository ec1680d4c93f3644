"""What a credential may do: reading or writing one endpoint, or everything (POL-162).

A scope is the endpoint's name in lower case and the action, as in "users:read"; "scim" is all of them. Writing does
not include reading: a credential of "groups:write" cannot list users.
"""

import re
from collections.abc import Iterable
from typing import Literal

Action = Literal["read", "write"]

#: Everything, on every endpoint, those of custom resource types included.
EVERYTHING = "scim"
#: The scopes of the RFC's own endpoints.
SCOPES: tuple[str, ...] = (EVERYTHING, "users:read", "users:write", "groups:read", "groups:write")

_SCOPE = re.compile(r"(scim|[a-z][a-z0-9_-]*:(read|write))\Z")


def scope(endpoint: str, action: Action) -> str:
    """The scope that an action on an endpoint needs: `scope("/Users", "read")` is "users:read"."""
    return f"{endpoint.removeprefix('/').lower()}:{action}"


def checked(scopes: Iterable[str]) -> frozenset[str]:
    """The same as a set. Raises ValueError for what is no scope, and for none at all."""
    found = frozenset(scopes)
    for name in found:
        if not _SCOPE.match(name):
            raise ValueError(f"{name!r} is no scope: use scim, or an endpoint and an action as in users:read")
    if not found:
        raise ValueError("a credential without any scope could do nothing: name at least one")
    return found


def known(scopes: Iterable[str]) -> bool:
    """Whether all of these have the form of a scope."""
    return all(_SCOPE.match(name) for name in scopes)


def common(first: frozenset[str], second: frozenset[str]) -> frozenset[str]:
    """What both allow."""
    if EVERYTHING in first:
        return second
    return first if EVERYTHING in second else first & second


def allows(scopes: frozenset[str], needed: str) -> bool:
    """Whether these scopes include the one that is needed."""
    return EVERYTHING in scopes or needed in scopes
