"""Resource types with their look-ups compiled: from the names in a request to the attributes meant.

Names and URNs are folded once, when the service is built; a request costs dictionary look-ups.
"""

from collections.abc import Mapping
from typing import Final

from attrs import frozen

from scimcore.schema.attributes import Attribute
from scimcore.schema.common import COMMON
from scimcore.schema.folding import fold_name
from scimcore.schema.schemas import ResourceType, Schema


@frozen
class Target:
    """What a name in a request means: an attribute or sub-attribute, of the base schema or of an extension.

    `urn` is the extension's URI, None in the base schema. `attribute` is None when the extension as a whole is meant.
    """

    urn: str | None
    attribute: Attribute | None
    sub: Attribute | None = None

    @property
    def leaf(self) -> Attribute | None:
        """The innermost attribute: the one whose type and case rule count."""
        return self.sub or self.attribute

    def __str__(self) -> str:
        names = ".".join(a.name for a in (self.attribute, self.sub) if a)
        return ":".join(part for part in (self.urn, names) if part)


class BoundType:
    """A resource type that finds its attributes by any spelling of their names.

    Everything that is compiled for a type (checks, projections, filters) is cached by this object. `Registry` makes one
    of it for equal resource types, so a host that builds an equal registry twice pays once. Raises ValueError when two
    attributes write the same links.
    """

    __slots__ = (
        "_unqualified",
        "attributes",
        "extension_attributes",
        "extensions",
        "links",
        "name",
        "relations",
        "resource_type",
        "urn",
    )

    def __init__(self, resource_type: ResourceType) -> None:
        self.resource_type: Final = resource_type
        #: The name of the resource type, as in `meta.resourceType`.
        self.name: Final = resource_type.name
        #: The URI of the base schema.
        self.urn: Final = resource_type.schema.id
        common = {fold_name(a.name): a for a in COMMON}
        listed = {fold_name(a.name): a for a in resource_type.schema.attributes}
        #: The attributes of the base schema by folded name, the common ones (id, externalId, meta, schemas) included.
        # RFC 7643 section 3.1: no schema needs to list the common attributes, and what older listings say of them
        # does not count. The first mapping puts them in front, the last one makes them win.
        self.attributes: Final[Mapping[str, Attribute]] = {**common, **listed, **common}
        #: The schemas of the extensions by folded URI.
        self.extensions: Final[Mapping[str, Schema]] = {
            fold_name(e.schema.id): e.schema for e in resource_type.extensions
        }
        #: The attributes of each extension by folded name, by the folded URI of the extension.
        self.extension_attributes: Final[Mapping[str, Mapping[str, Attribute]]] = {
            urn: {fold_name(a.name): a for a in schema.attributes} for urn, schema in self.extensions.items()
        }
        #: The attributes whose values are links, the derived ones included: Group.members, User.groups.
        self.relations: Final = tuple(a for a in self.attributes.values() if a.relation is not None)
        #: The attributes through which links are written, by the name of the relation: Group.members.
        self.links: Final[Mapping[str, Attribute]] = {
            a.relation.name: a for a in self.relations if a.relation is not None and not a.relation.inverse
        }
        if len(self.links) < sum(1 for a in self.relations if a.relation is not None and not a.relation.inverse):
            raise ValueError(f"{self.name}: two attributes write the links of one relation")
        self._unqualified: Final = self._short_names()

    def _short_names(self) -> Mapping[str, Target]:
        """Names that exactly one extension has and the base schema has not: they may stand without their URN."""
        found: dict[str, list[Target]] = {}
        for urn, attributes in self.extension_attributes.items():
            for name, attribute in attributes.items():
                found.setdefault(name, []).append(Target(self.extensions[urn].id, attribute))
        return {n: targets[0] for n, targets in found.items() if len(targets) == 1 and n not in self.attributes}

    def find(self, urn: str | None, name: str, sub: str | None = None, *, short: bool = True) -> Target | None:
        """Return what `urn:name.sub` means here, None if nothing.

        `short` accepts an extension attribute without its URN when only one extension has it. RFC 7644 section 3.10
        wants the URN, but clients leave it out.
        `find("urn:…:extension:enterprise:2.0", "User")` is the extension as a whole: only here is it known whether
        the last part of a URN is an attribute's name.
        """
        key, container = fold_name(name), None
        if urn is None or fold_name(urn) == fold_name(self.urn):
            attribute = self.attributes.get(key)
            if attribute is None and urn is None and short and key in self._unqualified:
                return self._sub(self._unqualified[key], sub)
        elif fold_name(urn) in self.extensions:
            container = self.extensions[fold_name(urn)].id
            attribute = self.extension_attributes[fold_name(urn)].get(key)
        else:
            return self.find_extension(f"{urn}:{name}" + (f".{sub}" if sub else ""))
        return None if attribute is None else self._sub(Target(container, attribute), sub)

    def find_extension(self, urn: str) -> Target | None:
        """Return the extension of that URI as a whole, None if the type has no such extension."""
        schema = self.extensions.get(fold_name(urn))
        return None if schema is None else Target(schema.id, None)

    def _sub(self, target: Target, sub: str | None) -> Target | None:
        if sub is None or target.attribute is None:
            return target
        found = target.attribute.find_sub(sub)
        return None if found is None else Target(target.urn, target.attribute, found)

    def relation(self, name: str, *, inverse: bool = False) -> Attribute | None:
        """Return the attribute that shows the links of that relation on this type, None if it has none."""
        for attribute in self.relations:
            link = attribute.relation
            if link is not None and link.name == name and link.inverse is inverse:
                return attribute
        return None

    def __repr__(self) -> str:
        return f"BoundType({self.name})"
