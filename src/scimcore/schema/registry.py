"""All the resource types that a service serves, by name and by endpoint."""

from collections.abc import Iterable, Iterator

from attrs import evolve

from scimcore.schema.attributes import Attribute
from scimcore.schema.bound import BoundType
from scimcore.schema.common import EXTERNAL_ID
from scimcore.schema.core import GROUP, USER
from scimcore.schema.folding import fold_name
from scimcore.schema.schemas import ResourceType, Schema


class Registry:
    """The resource types of a service, compiled. Raises ValueError when two share a name, an endpoint or a URI."""

    __slots__ = ("_endpoints", "_types")

    def __init__(self, *types: ResourceType) -> None:
        bound = [BoundType(resource_type) for resource_type in types or (USER, GROUP)]
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
        """The type served at that endpoint, as in "/Users"; None if none is."""
        return self._endpoints.get(fold_name(endpoint))

    def with_attributes(self, extra: Iterable[tuple[str, Attribute]]) -> "Registry":
        """The same types with attributes added to the schemas of these URIs, wherever they are used.

        Raises ValueError for a URI that no type uses.
        """
        added = list(extra)
        used = {fold_name(urn) for urn in self.schemas()}
        for urn, attribute in added:
            if fold_name(urn) not in used:
                raise ValueError(f"{attribute.name}: no resource type uses {urn}")
        return Registry(*(bound.resource_type.with_schema_attributes(added) for bound in self))

    def schemas(self) -> dict[str, Schema]:
        """Every schema in use, by URI, base schemas first, as it is to be published.

        Base schemas list externalId, which every resource takes and shows: clients map what they see there. The other
        common attributes (id, meta, schemas) need no listing (RFC 7643 section 3.1).
        """
        found = {b.urn: _with_external_id(b.resource_type.schema) for b in self}
        for bound in self:
            for extension in bound.resource_type.extensions:
                found.setdefault(extension.schema.id, extension.schema)
        return found

    def _check(self) -> None:
        used = [b.resource_type.schema for b in self]
        used += [extension.schema for b in self for extension in b.resource_type.extensions]
        found: dict[str, Schema] = {}
        for schema in used:
            if found.setdefault(fold_name(schema.id), schema) != schema:
                raise ValueError(f"two different schemas under {schema.id}")


def _with_external_id(schema: Schema) -> Schema:
    others = tuple(a for a in schema.attributes if fold_name(a.name) != fold_name(EXTERNAL_ID.name))
    return evolve(schema, attributes=(EXTERNAL_ID, *others))
