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

    `attributes` and `extensions` are keyed by folded name; the common attributes (id, externalId, meta, schemas) are
    among `attributes` whether the schema lists them or not (RFC 7643 section 3.1).
    """

    __slots__ = ("_subs", "_unqualified", "attributes", "extension_attributes", "extensions", "resource_type", "urn")

    def __init__(self, resource_type: ResourceType) -> None:
        self.resource_type: Final = resource_type
        self.urn: Final = resource_type.schema.id
        common = {fold_name(a.name): a for a in COMMON}
        listed = {fold_name(a.name): a for a in resource_type.schema.attributes}
        # RFC 7643 section 3.1: the common attributes override what older schema listings say of them.
        self.attributes: Final[Mapping[str, Attribute]] = {**common, **listed, **common}
        self.extensions: Final[Mapping[str, Schema]] = {
            fold_name(e.schema.id): e.schema for e in resource_type.extensions
        }
        self.extension_attributes: Final[Mapping[str, Mapping[str, Attribute]]] = {
            urn: {fold_name(a.name): a for a in schema.attributes} for urn, schema in self.extensions.items()
        }
        self._unqualified: Final = self._short_names()
        every = [*self.attributes.values(), *(a for e in resource_type.extensions for a in e.schema.attributes)]
        self._subs: Final = {id(a): {fold_name(s.name): s for s in a.sub_attributes} for a in every}

    @property
    def name(self) -> str:
        return self.resource_type.name

    def _short_names(self) -> Mapping[str, Target]:
        """Names that exactly one extension has and the base schema has not: they may stand without their URN."""
        found: dict[str, list[Target]] = {}
        for urn, attributes in self.extension_attributes.items():
            for name, attribute in attributes.items():
                found.setdefault(name, []).append(Target(self.extensions[urn].id, attribute))
        return {n: targets[0] for n, targets in found.items() if len(targets) == 1 and n not in self.attributes}

    def find(self, urn: str | None, name: str, sub: str | None = None, *, short: bool = True) -> Target | None:
        """What `urn:name.sub` means here, None if nothing. `short` lets an unambiguous extension attribute go bare.

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
        """The extension of that URI as a whole."""
        schema = self.extensions.get(fold_name(urn))
        return None if schema is None else Target(schema.id, None)

    def find_sub(self, attribute: Attribute, name: str) -> Attribute | None:
        """The sub-attribute by any spelling of its name."""
        return self._subs[id(attribute)].get(fold_name(name))

    def _sub(self, target: Target, sub: str | None) -> Target | None:
        if sub is None or target.attribute is None:
            return target
        found = self.find_sub(target.attribute, sub)
        return None if found is None else Target(target.urn, target.attribute, found)

    def relation(self, name: str, *, inverse: bool = False) -> Attribute | None:
        """The attribute that shows the links of that relation on this type, None if it has none."""
        for attribute in self.attributes.values():
            link = attribute.relation
            if link is not None and link.name == name and link.inverse is inverse:
                return attribute
        return None

    def __repr__(self) -> str:
        return f"BoundType({self.name})"
