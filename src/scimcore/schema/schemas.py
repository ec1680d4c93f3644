"""Schemas and resource types (RFC 7643 sections 6 and 7), as plain frozen values."""

from attrs import evolve, field, frozen

from scimcore._arguments import each, instance_of, text
from scimcore.schema.attributes import Attribute
from scimcore.schema.common import COMMON
from scimcore.schema.folding import fold_name


@frozen
class Schema:
    """The attributes known under one URI. Raises ValueError when two of them differ only in case."""

    #: The URI, as in `urn:ietf:params:scim:schemas:core:2.0:User`. Requests may write it in any case.
    id: str = field(validator=text())
    #: The name for people.
    name: str = field(validator=text())
    attributes: tuple[Attribute, ...] = field(
        validator=each(instance_of(Attribute, "Attributes"), "a tuple of Attributes")
    )
    description: str = field(default="", validator=text())

    def __attrs_post_init__(self) -> None:
        if ":" not in self.id:
            raise ValueError(f"{self.id!r} is not a schema URI: it has no colon")
        names = [fold_name(attribute.name) for attribute in self.attributes]
        if len(set(names)) < len(names):
            raise ValueError(f"{self.id}: attribute names that differ only in case")

    def with_attributes(self, *attributes: Attribute) -> "Schema":
        """Return the same schema with these attributes added. One of the same name is replaced.

        Real products extend the core User schema itself, not only extensions (Secoda's `secodaRole`).
        """
        names = {fold_name(attribute.name) for attribute in attributes}
        others = tuple(a for a in self.attributes if fold_name(a.name) not in names)
        return evolve(self, attributes=(*others, *attributes))


_schema = instance_of(Schema, "a Schema")


@frozen
class Extension:
    """A schema that resources of a type may carry besides, under its URI as the key (RFC 7643 section 3.3)."""

    schema: Schema = field(validator=_schema)
    #: True if every resource of the type must have a value for it.
    required: bool = field(default=False, validator=instance_of(bool, "True or False"))


@frozen(kw_only=True)
class ResourceType:
    """A kind of resource and where it is served, for example User at /Users (RFC 7643 section 6).

    Raises ValueError for an endpoint that is not one path segment, for a schema that occurs twice, and for a
    `unique` that names no attribute of the base schema.
    """

    #: The name, as in `meta.resourceType`.
    name: str = field(validator=text(empty=False))
    #: The path under the base URL, one segment with its slash.
    endpoint: str = field(validator=text())
    #: The base schema.
    schema: Schema = field(validator=_schema)
    extensions: tuple[Extension, ...] = field(
        default=(), validator=each(instance_of(Extension, "Extensions"), "a tuple of Extensions")
    )
    description: str = field(default="", validator=text())
    #: The attribute that a resource is known by: no two of a tenant share its value, and a create looks for it. "" for
    #: none. (Other attributes can be unique too: see `Attribute.uniqueness`.)
    unique: str = field(default="", validator=text())

    def __attrs_post_init__(self) -> None:
        if not self.endpoint.startswith("/") or "/" in self.endpoint[1:] or len(self.endpoint) < 2:
            raise ValueError(f"{self.endpoint!r}: an endpoint is one path segment, as in /Users")
        urns = [fold_name(urn) for urn in (self.schema.id, *(e.schema.id for e in self.extensions))]
        if len(set(urns)) < len(urns):
            raise ValueError(f"{self.name}: a schema is there twice")
        if self.unique and self.unique not in {a.name for a in (*self.schema.attributes, *COMMON)}:
            raise ValueError(f"{self.name}: unique={self.unique!r} names no attribute of {self.schema.id}")

    def with_attributes(self, *attributes: Attribute, urn: str | None = None) -> "ResourceType":
        """Return the same type with attributes added to the schema of that URI: to its base schema without one.

        The type itself is returned when none of its schemas has the URI.
        """

        def extended(schema: Schema) -> Schema:
            meant = self.schema.id if urn is None else urn
            return schema.with_attributes(*attributes) if fold_name(schema.id) == fold_name(meant) else schema

        extensions = tuple(evolve(e, schema=extended(e.schema)) for e in self.extensions)
        return evolve(self, schema=extended(self.schema), extensions=extensions)

    def with_extension(self, schema: Schema, *, required: bool = False) -> "ResourceType":
        """Return the same type with one more extension. One of the same URI is replaced."""
        others = tuple(e for e in self.extensions if fold_name(e.schema.id) != fold_name(schema.id))
        return evolve(self, extensions=(*others, Extension(schema, required)))
