"""What an attribute is (RFC 7643 sections 2 and 7), as plain frozen values."""

import re
from typing import Literal

from attrs import evolve, field, frozen

from scimcore.schema.folding import fold_name

Type = Literal["string", "boolean", "decimal", "integer", "dateTime", "binary", "reference", "complex"]
Mutability = Literal["readOnly", "readWrite", "immutable", "writeOnly"]
Returned = Literal["always", "never", "default", "request"]
Uniqueness = Literal["none", "server", "global"]

# RFC 7643 section 2.1 with erratum 8924: "$ref" opens with the "$" that the ABNF forbids.
_NAME = re.compile(r"\$?[A-Za-z][A-Za-z0-9$_-]*\Z")


@frozen
class Relation:
    """Makes an attribute's values links that are stored as rows and changed by deltas, never inside the document.

    The side that `holds` the links is written (Group.members); the inverse side is derived (User.groups).
    """

    name: str
    inverse: bool = False


@frozen(kw_only=True)
class Attribute:
    """One attribute or sub-attribute. What is not stated has the defaults of RFC 7643 section 2.2.

    Raises ValueError for what the RFC forbids: a bad name, a complex attribute inside another, sub-attributes of
    something that is not complex.
    """

    name: str
    type: Type = "string"
    multi_valued: bool = False
    description: str = ""
    required: bool = False
    canonical_values: tuple[str, ...] = ()
    case_exact: bool = False
    mutability: Mutability = "readWrite"
    returned: Returned = "default"
    uniqueness: Uniqueness = "none"
    reference_types: tuple[str, ...] = ()
    sub_attributes: tuple["Attribute", ...] = field(default=())
    #: Not of the RFC: the repository keeps an index, so that filters on it stay fast at any size.
    indexed: bool = False
    #: Not of the RFC: the values are links, stored as rows.
    relation: Relation | None = None

    def __attrs_post_init__(self) -> None:
        if not _NAME.match(self.name):
            raise ValueError(f"{self.name!r} is no attribute name (RFC 7643 section 2.1)")
        if self.sub_attributes and self.type != "complex":
            raise ValueError(f"{self.name}: only a complex attribute has sub-attributes")
        for sub in self.sub_attributes:
            if sub.type == "complex":
                raise ValueError(f"{self.name}.{sub.name}: a complex attribute inside another (RFC 7643 section 2.3.8)")
        folded = [fold_name(sub.name) for sub in self.sub_attributes]
        if len(set(folded)) < len(folded):
            raise ValueError(f"{self.name}: sub-attributes whose names differ only in case")
        if self.type == "complex" and not self.sub_attributes:
            if not self.multi_valued:
                raise ValueError(f"{self.name}: a complex attribute needs sub-attributes")
            object.__setattr__(self, "sub_attributes", DEFAULT_SUB_ATTRIBUTES)
        if self.type in ("reference", "binary") and not self.case_exact:
            # RFC 7643 sections 2.3.6 and 2.3.7, erratum 6001: both are case exact whatever the listings say.
            object.__setattr__(self, "case_exact", True)

    def sub(self, name: str) -> "Attribute | None":
        """The sub-attribute of that very name, for building schemas; look-ups of requests go through `BoundType`."""
        return next((sub for sub in self.sub_attributes if sub.name == name), None)

    def with_sub(self, *subs: "Attribute") -> "Attribute":
        """The same with these sub-attributes added, or in the place of those of the same name."""
        names = {sub.name for sub in subs}
        return evolve(self, sub_attributes=(*(s for s in self.sub_attributes if s.name not in names), *subs))


# RFC 7643 section 2.4: what a multi-valued complex attribute has when its schema says nothing.
DEFAULT_SUB_ATTRIBUTES: tuple[Attribute, ...] = (
    Attribute(name="value", description="The value itself."),
    Attribute(name="display", description="A name for people to read.", mutability="immutable"),
    Attribute(name="type", description="What the value is used for."),
    Attribute(name="primary", type="boolean", description="Whether this is the preferred value; true at most once."),
    Attribute(name="$ref", type="reference", description="The URI of the resource meant.", reference_types=("uri",)),
)
