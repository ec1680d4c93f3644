"""The route table as data, and the way from a path to its entry (RFC 7644 section 3.2)."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Literal
from urllib.parse import unquote

from attrs import frozen

from scimcore.access.scopes import scope
from scimcore.errors import InvalidVersion, NotFound
from scimcore.schema import BoundType, fold_name

Kind = Literal[
    "root",
    "root search",
    "type",
    "type search",
    "resource",
    "me",
    "bulk",
    "config",
    "schemas",
    "schema",
    "resource types",
    "resource type",
]

#: Kind of URL -> method -> operation. HEAD goes with GET.
ROUTES: Final[Mapping[Kind, Mapping[str, str]]] = {
    "root": {"GET": "query"},
    "root search": {"POST": "search"},
    "type": {"GET": "query", "POST": "create"},
    "type search": {"POST": "search"},
    "resource": {"GET": "get", "PUT": "replace", "PATCH": "patch", "DELETE": "delete"},
    "me": {"GET": "get", "POST": "create", "PUT": "replace", "PATCH": "patch", "DELETE": "delete"},
    "bulk": {"POST": "bulk"},
    "config": {"GET": "discover"},
    "schemas": {"GET": "discover"},
    "schema": {"GET": "discover"},
    "resource types": {"GET": "discover"},
    "resource type": {"GET": "discover"},
}
#: The discovery endpoints: read-only, served whatever the customer pays for, perhaps without a credential.
DISCOVERY: Final[frozenset[Kind]] = frozenset({"config", "schemas", "schema", "resource types", "resource type"})
#: First segments of the protocol itself: what the path means alone, and followed by one more segment.
FIXED: Final[Mapping[str, tuple[Kind, Kind | None]]] = {
    "": ("root", None),
    ".search": ("root search", None),
    "me": ("me", None),
    "bulk": ("bulk", None),
    "serviceproviderconfig": ("config", None),
    "schemas": ("schemas", "schema"),
    "resourcetypes": ("resource types", "resource type"),
}

_VERSION = re.compile(r"v[0-9]+\Z")
#: Characters. Longer than any id, schema URI or name, so it is not looked up in a database.
_LONGEST = 1024


@frozen(eq=False)
class Endpoint:
    """The endpoint of a resource type, with the names of the scopes that its operations need."""

    type: BoundType
    read: str
    write: str


@frozen(eq=False)
class RouteMatch:
    """The meaning of a path. `id` is decoded: the id of a resource, the URI of a schema or the name of a type."""

    kind: Kind
    endpoint: Endpoint | None = None
    id: str = ""


_ROOT = RouteMatch("root")


class RouteTable:
    """The endpoints of the resource types that an API has.

    `versioned`: the base URL ends in the protocol version, so that it may not come again in the path. Raises
    ValueError for a type whose endpoint the protocol needs itself.
    """

    __slots__ = ("_alone", "_endpoints", "_found", "_versioned")

    def __init__(self, types: Iterable[BoundType], *, versioned: bool) -> None:
        self._endpoints: Final = {fold_name(e.type.resource_type.endpoint[1:]): e for e in map(_endpoint, types)}
        taken = self._endpoints.keys() & FIXED.keys()
        if taken:
            names = ", ".join(f"/{name}" for name in sorted(taken))
            raise ValueError(f"{names} is an endpoint of the protocol. Give the resource type another endpoint.")
        self._versioned = versioned
        # By the spelling of the resource type: the path of nearly every request costs one look-up and no folding.
        self._found: Final = {e.type.resource_type.endpoint[1:]: e for e in self._endpoints.values()}
        self._alone: Final = {e.type.resource_type.endpoint: RouteMatch("type", e) for e in self._endpoints.values()}

    def __iter__(self) -> Iterator[Endpoint]:
        return iter(self._endpoints.values())

    def of(self, type: BoundType) -> Endpoint:
        """Return the endpoint of a type. Raises `NotFound` when this API does not have it."""
        found = self._found.get(type.resource_type.endpoint[1:])
        if found is None:
            raise unknown_url()
        return found

    def match(self, path: str) -> RouteMatch:
        """Return what the path means. A slash at its end is ignored. Raises `NotFound` or `InvalidVersion`."""
        alone = self._alone.get(path)
        if alone is not None:
            return alone
        parts = path.split("/")
        # "/Users/" means "/Users", but "/Users//" has an empty id, which names nothing.
        if len(parts) > 2 and not parts[-1] and parts[-2]:
            parts.pop()
        endpoint = self._found.get(parts[1]) if len(parts) == 3 else None
        # What begins with a dot may be ".search" in any case, which the plain way below compares folded.
        if endpoint is not None and parts[2][:1] != "." and not parts[0]:
            return RouteMatch("resource", endpoint, _decoded(parts[2]))
        return self._match_any_spelling(path, parts)

    def _match_any_spelling(self, path: str, parts: list[str]) -> RouteMatch:
        if parts == [""]:
            return _ROOT
        # A path begins with a slash. Each character of an id may be three on the wire.
        if parts[0] or len(path) > 4 * _LONGEST:
            raise unknown_url()
        # RFC 3986 has paths case-sensitive; people type them, and no type differs from another by case only.
        first = fold_name(parts[1])
        if _VERSION.match(first):
            return self._version(first, parts)
        rest = parts[2:]
        endpoint = self._endpoints.get(first)
        if endpoint is not None:
            return _of_type(endpoint, rest)
        if first not in FIXED or len(rest) > 1:
            raise unknown_url()
        alone, followed = FIXED[first]
        if not rest:
            return RouteMatch(alone)
        if followed is None:
            raise unknown_url()
        return RouteMatch(followed, None, _decoded(rest[0]))

    def _version(self, first: str, parts: list[str]) -> RouteMatch:
        # RFC 7644 section 3.13: the version MAY be the first segment. Once: "/v2/v2/Users" names nothing.
        if first != "v2":
            raise InvalidVersion(f"Protocol version {first} is not supported here. Use v2.")
        if self._versioned or (len(parts) > 2 and _VERSION.match(fold_name(parts[2]))):
            raise unknown_url()
        return self.match("/" + "/".join(parts[2:]))


def _of_type(endpoint: Endpoint, rest: list[str]) -> RouteMatch:
    if not rest:
        return RouteMatch("type", endpoint)
    if len(rest) > 1:
        raise unknown_url()
    if fold_name(rest[0]) == ".search":
        return RouteMatch("type search", endpoint)
    return RouteMatch("resource", endpoint, _decoded(rest[0]))


def _endpoint(type: BoundType) -> Endpoint:
    name = type.resource_type.endpoint
    return Endpoint(type, scope(name, "read"), scope(name, "write"))


def _decoded(segment: str) -> str:
    """Return a path segment, percent-decoded once (HTTP-010). Raises `NotFound` for what cannot be an id."""
    try:
        text = unquote(segment, errors="strict") if "%" in segment else segment
        # An adapter may hand over lone surrogates, which no database takes.
        if not text.isascii():
            text.encode()
    except UnicodeError:
        raise unknown_url() from None
    # PostgreSQL has no text with a NUL.
    if not text or "\0" in text or len(text) > _LONGEST:
        raise unknown_url()
    return text


def unknown_url() -> NotFound:
    """Return the answer for a URL that means nothing here, and for one that a client must not know of."""
    text = "There is nothing at this URL. Check the URL in the settings of the identity provider."
    return NotFound(text, code="SC-1009")
