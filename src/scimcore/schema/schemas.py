"""Schemas and resource types (RFC 7643 sections 6 and 7), as plain frozen values."""

from collections.abc import Iterable

from attrs import evolve, frozen

from scimcore.schema.attributes import Attribute
from scimcore.schema.folding import fold_name


@frozen
class Schema:
    """The attributes known under one URI. Raises ValueError when two of them differ only in case."""

    id: str
    name: str
    attributes: tuple[Attribute, ...]
    description: str = ""

    def __attrs_post_init__(self) -> None:
        if ":" not in self.id:
            raise ValueError(f"{self.id!r} is no schema URI")
        names = [fold_name(attribute.name) for attribute in self.attributes]
        if len(set(names)) < len(names):
            raise ValueError(f"{self.id}: attribute names that differ only in case")

    def with_attributes(self, *attributes: Attribute) -> "Schema":
        """The same schema with these attributes added, or in the place of those of the same name.

        Real products extend the core User schema itself, not only extensions (Secoda's `secodaRole`).
        """
        names = {fold_name(attribute.name) for attribute in attributes}
        kept = tuple(a for a in self.attributes if fold_name(a.name) not in names)
        return evolve(self, attributes=(*kept, *attributes))


@frozen
class Extension:
    """A schema that resources of a type may carry besides, under its URI as the key."""

    schema: Schema
    required: bool = False


@frozen(kw_only=True)
class ResourceType:
    """A kind of resource and where it is served, for example User at /Users."""

    name: str
    endpoint: str
    schema: Schema
    extensions: tuple[Extension, ...] = ()
    description: str = ""
    #: The attribute whose folded value no two resources of a tenant share; "" for none.
    unique: str = ""

    def __attrs_post_init__(self) -> None:
        if not self.endpoint.startswith("/") or "/" in self.endpoint[1:] or len(self.endpoint) < 2:
            raise ValueError(f"{self.endpoint!r}: an endpoint is one path segment, as in /Users")
        urns = [fold_name(urn) for urn in (self.schema.id, *(e.schema.id for e in self.extensions))]
        if len(set(urns)) < len(urns):
            raise ValueError(f"{self.name}: a schema is there twice")

    def with_core_attributes(self, *attributes: Attribute) -> "ResourceType":
        """The same type with attributes added to its base schema."""
        return evolve(self, schema=self.schema.with_attributes(*attributes))

    def with_schema_attributes(self, extra: Iterable[tuple[str, Attribute]]) -> "ResourceType":
        """The same type with attributes added to those of its schemas that have these URIs."""
        added = list(extra)

        def extended(schema: Schema) -> Schema:
            mine = [a for urn, a in added if fold_name(urn) == fold_name(schema.id)]
            return schema.with_attributes(*mine) if mine else schema

        extensions = tuple(evolve(e, schema=extended(e.schema)) for e in self.extensions)
        return evolve(self, schema=extended(self.schema), extensions=extensions)

    def with_extension(self, schema: Schema, *, required: bool = False) -> "ResourceType":
        """The same type with one more extension, or with this one in the place of the one of the same URI."""
        kept = tuple(e for e in self.extensions if fold_name(e.schema.id) != fold_name(schema.id))
        return evolve(self, extensions=(*kept, Extension(schema, required)))
