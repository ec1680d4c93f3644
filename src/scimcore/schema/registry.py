"""All the resource types that a service serves, by name and by endpoint."""

from collections.abc import Iterable, Iterator

from attrs import evolve

from scimcore._arguments import shown
from scimcore._cache import Bounded
from scimcore.schema.attributes import Attribute
from scimcore.schema.bound import BoundType
from scimcore.schema.common import EXTERNAL_ID
from scimcore.schema.core import GROUP, USER
from scimcore.schema.folding import fold_name
from scimcore.schema.schemas import ResourceType, Schema

# A policy may add attributes, and a host may build its policies anew for each request: equal types are bound once, so
# that what is compiled for them is found again. Comparing whole types on each look-up would cost more than it saves.
_bound: Bounded[ResourceType, BoundType] = Bounded(BoundType, size=4096)


class Registry:
    """The resource types of a service, compiled; User and Group when none are given.

    Raises TypeError for anything but resource types, ValueError when two share a name, an endpoint or a URI.
    """

    __slots__ = ("_endpoints", "_types")

    def __init__(self, *types: ResourceType) -> None:
        for resource_type in types:
            if not isinstance(resource_type, ResourceType):
                raise TypeError(f"Registry(...) takes ResourceTypes, not {shown(resource_type)}.")
        bound = [_bound[resource_type] for resource_type in types or (USER, GROUP)]
        self._types = {b.name: b for b in bound}
        self._endpoints = {fold_name(b.resource_type.endpoint): b for b in bound}
        if len(self._types) < len(bound) or len(self._endpoints) < len(bound):
            raise ValueError("two resource types of the same name or endpoint")
        self._check()

    def __iter__(self) -> Iterator[BoundType]:
        return iter(self._types.values())

    def __getitem__(self, name: str) -> BoundType:
        return self._types[name]

    def __contains__(self, name: object) -> bool:
        return name in self._types

    def at(self, endpoint: str) -> BoundType | None:
        """Return the type served at that endpoint, as in "/Users", None if there is none."""
        return self._endpoints.get(fold_name(endpoint))

    def with_attributes(self, extra: Iterable[tuple[str, Attribute]]) -> "Registry":
        """Return the same types with attributes added, each to the schema of its URI, wherever that is used.

        Raises ValueError for a URI that no type uses.
        """
        added = list(extra)
        used = {fold_name(urn) for urn in self.schemas()}
        for urn, attribute in added:
            if fold_name(urn) not in used:
                raise ValueError(f"{attribute.name}: no resource type uses {urn}")
        types = [bound.resource_type for bound in self]
        for urn, attribute in added:
            types = [resource_type.with_attributes(attribute, urn=urn) for resource_type in types]
        return Registry(*types)

    def schemas(self) -> dict[str, Schema]:
        """Return every schema in use, by URI, base schemas first, as discovery publishes it.

        Base schemas list externalId, which every resource takes and shows: clients map what they see there. The other
        common attributes (id, meta, schemas) need no listing (RFC 7643 section 3.1).
        """
        found = {b.urn: _with_external_id(b.resource_type.schema) for b in self}
        for bound in self:
            for extension in bound.resource_type.extensions:
                found.setdefault(extension.schema.id, extension.schema)
        return found

    def _check(self) -> None:
        # One schema may serve two types, but one URI means one schema: /Schemas shows it once (RFC 7643 section 7).
        used = [b.resource_type.schema for b in self]
        used += [extension.schema for b in self for extension in b.resource_type.extensions]
        found: dict[str, Schema] = {}
        for schema in used:
            if found.setdefault(fold_name(schema.id), schema) != schema:
                raise ValueError(f"two different schemas under {schema.id}")


def _with_external_id(schema: Schema) -> Schema:
    others = tuple(a for a in schema.attributes if fold_name(a.name) != fold_name(EXTERNAL_ID.name))
    return evolve(schema, attributes=(EXTERNAL_ID, *others))
