"""The URIs of resources: `meta.location`, `Location` and the `$ref` of links (RFC 7643 sections 2.4 and 3.1)."""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote

from attrs import frozen

from scimcore.schema import BoundType

_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]+\Z")


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
