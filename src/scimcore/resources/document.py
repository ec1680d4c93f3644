"""A stored resource: an immutable JSON object that knows its type, its version and its times; its tag and its URI."""

import json
import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from urllib.parse import quote

from attrs import frozen

from scimcore.schema import BoundType
from scimcore.schema.json import JsonObject

_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]+\Z")


@frozen(kw_only=True)
class Document:
    """One resource as the repository keeps it.

    `text` is canonical JSON that opens with `{"schemas":[…]`, without id, meta, relations (members, groups) and
    secrets, so that an answer is spliced around it and nothing is parsed. Times are microseconds since 1970, UTC.
    """

    #: The name of the resource type.
    type: str
    id: str
    #: Counts the changes, from 1.
    version: int
    created: int
    modified: int
    text: str
    #: The connection that provisioned it.
    connection: str = ""

    @cached_property
    def data(self) -> JsonObject:
        """The parsed `text`. It is shared by all who ask: build a new object to change anything."""
        parsed: JsonObject = json.loads(self.text)
        return parsed

    def known(self, data: JsonObject) -> "Document":
        """Return the same document with its data known, so that nobody has to parse what was just written."""
        # Where cached_property would store it; a frozen class allows no assignment.
        object.__setattr__(self, "data", data)
        return self


#: One encoder for all: `json.dumps` makes a new one for every call that is not the default.
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False, allow_nan=False)


def to_text(data: object) -> str:
    """Return the canonical text of a document's data, or of any JSON: no spaces, real Unicode, order as given."""
    return _ENCODER.encode(data)


def etag(version: int) -> str:
    """Return the entity tag of a version, as in `W/"3"` (RFC 7644 section 3.14).

    It is weak: two texts of one version may differ in what is derived, for example in a user's groups.
    """
    return f'W/"{version}"'


def location(type: BoundType, id: str, base: str) -> str:
    """Return the URI of a resource under the service's base URL."""
    return f"{base}{type.resource_type.endpoint}/{path_segment(id)}"


def path_segment(id: str) -> str:
    """Return the id as one segment of a URI path (RFC 3986 section 3.3). A host may choose ids with a slash."""
    return id if _UNRESERVED.match(id) else quote(id, safe="")


@frozen
class Locations:
    """The URIs of resources: a base URL, and the endpoint of each resource type by its name."""

    base: str
    endpoints: Mapping[str, str]

    def of(self, type: str, id: str) -> str | None:
        """Return the URI of a resource, None for a type that is not served."""
        endpoint = self.endpoints.get(type)
        return None if endpoint is None else f"{self.base}{endpoint}/{path_segment(id)}"


def locations(base: str, types: Iterable[BoundType]) -> Locations:
    """Return the URIs of the resources of these types; a `Registry` will do."""
    return Locations(base, {type.name: type.resource_type.endpoint for type in types})
