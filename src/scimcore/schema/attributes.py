"""What an attribute is (RFC 7643 sections 2 and 7), as plain frozen values."""

import re
from collections.abc import Mapping
from typing import Literal, get_args

from attrs import field, frozen

from scimcore._arguments import each, instance_of, one_of, optional, text
from scimcore.schema.folding import fold_name

#: The data types of RFC 7643 section 2.3. `binary` is one of them: the table of section 7 forgot it (erratum 5606).
Type = Literal["string", "boolean", "decimal", "integer", "dateTime", "binary", "reference", "complex"]
#: When a client may write a value (RFC 7643 section 7).
Mutability = Literal["readOnly", "readWrite", "immutable", "writeOnly"]
#: When an answer shows a value (RFC 7643 section 7).
Returned = Literal["always", "never", "default", "request"]
#: Among which resources no value occurs twice (RFC 7643 section 7).
Uniqueness = Literal["none", "server", "global"]

# RFC 7643 section 2.1 with erratum 8924: "$ref" opens with the "$" that the ABNF forbids.
_NAME = re.compile(r"\$?[A-Za-z][A-Za-z0-9$_-]*\Z")

_flag = instance_of(bool, "True or False")


@frozen
class Relation:
    """Makes an attribute's values links to other resources: stored as rows and changed by deltas.

    One side writes the links (Group.members); the `inverse` side is derived from it (User.groups).
    """

    #: The name under which the links are stored, the same on both sides.
    name: str = field(validator=text(empty=False))
    #: True on the derived side.
    inverse: bool = field(default=False, validator=_flag)


@frozen(kw_only=True, cache_hash=True)
class Attribute:
    """One attribute or sub-attribute. What is not stated has the defaults of RFC 7643 section 2.2.

    Raises TypeError and ValueError for arguments that make no sense, and ValueError for what the RFC forbids: a bad
    name, a complex attribute inside another, sub-attributes of something that is not complex.
    """

    #: The name as it is shown. Requests may write it in any case (RFC 7643 section 2.1).
    name: str = field(validator=text())
    #: The data type of each value.
    type: Type = field(default="string", validator=one_of(get_args(Type)))
    #: True if the value is an array.
    multi_valued: bool = field(default=False, validator=_flag)
    #: What the attribute means, for people; discovery shows it.
    description: str = field(default="", validator=text())
    #: True if every resource must have a value (RFC 7643 section 2.5: null and an empty array are none).
    required: bool = field(default=False, validator=_flag)
    #: The suggested values. Others are refused only where `Rules.canonical_values` enforces them.
    canonical_values: tuple[str, ...] = field(default=(), validator=each(text(), "a tuple of texts"))
    #: True if filters and keys tell "A" from "a".
    case_exact: bool = field(default=False, validator=_flag)
    #: When a client may write the value.
    mutability: Mutability = field(default="readWrite", validator=one_of(get_args(Mutability)))
    #: When an answer shows the value.
    returned: Returned = field(default="default", validator=one_of(get_args(Returned)))
    #: `server` or `global`: no two resources of the type in a tenant share a value. The repository keeps a key of each.
    uniqueness: Uniqueness = field(default="none", validator=one_of(get_args(Uniqueness)))
    #: For a reference: names of resource types, `external` or `uri`.
    reference_types: tuple[str, ...] = field(default=(), validator=each(text(), "a tuple of texts"))
    #: The parts of a complex attribute.
    sub_attributes: tuple["Attribute", ...] = field(default=())
    #: Not of the RFC: the repository keeps an index, so that filters on it stay fast at any size.
    indexed: bool = field(default=False, validator=_flag)
    #: Not of the RFC: the values are links, stored as rows.
    relation: Relation | None = field(default=None, validator=optional(instance_of(Relation, "a Relation")))
    # The sub-attributes by folded name: a filter or a PATCH path names them in any case.
    _subs: Mapping[str, "Attribute"] = field(init=False, eq=False, repr=False)

    @sub_attributes.validator
    def _only_attributes(self, field: object, value: object) -> None:
        each(instance_of(Attribute, "Attributes"), "a tuple of Attributes")(self, field, value)  # type: ignore[arg-type]

    def __attrs_post_init__(self) -> None:
        if not _NAME.match(self.name):
            raise ValueError(f"{self.name!r} is not an attribute name (RFC 7643 section 2.1)")
        if self.type == "complex" and not self.sub_attributes:
            if not self.multi_valued:
                raise ValueError(f"{self.name}: a complex attribute needs sub-attributes")
            object.__setattr__(self, "sub_attributes", DEFAULT_SUB_ATTRIBUTES)
        if self.type in ("reference", "binary") and not self.case_exact:
            # RFC 7643 sections 2.3.6 and 2.3.7, erratum 6001: both are case exact whatever the listings say.
            object.__setattr__(self, "case_exact", True)
        self._check_sub_attributes()
        object.__setattr__(self, "_subs", {fold_name(sub.name): sub for sub in self.sub_attributes})

    def _check_sub_attributes(self) -> None:
        if self.sub_attributes and self.type != "complex":
            raise ValueError(f"{self.name}: only a complex attribute has sub-attributes, and the type is {self.type}")
        for sub in self.sub_attributes:
            # Erratum 8415: the text allows one level only, although a Schema resource itself has two.
            if sub.type == "complex":
                raise ValueError(f"{self.name}.{sub.name}: a complex attribute inside another (RFC 7643 section 2.3.8)")
        if len({fold_name(sub.name) for sub in self.sub_attributes}) < len(self.sub_attributes):
            raise ValueError(f"{self.name}: sub-attributes whose names differ only in case")
        if self.relation is not None and not (self.type == "complex" and self.multi_valued):
            raise ValueError(f"{self.name}: links need a multi-valued complex attribute")

    def sub(self, name: str) -> "Attribute | None":
        """The sub-attribute of exactly that name, None if there is none."""
        return next((sub for sub in self.sub_attributes if sub.name == name), None)

    def find_sub(self, name: str) -> "Attribute | None":
        """The sub-attribute by any spelling of its name (RFC 7643 section 2.1), None if there is none."""
        return self._subs.get(fold_name(name))


# RFC 7643 section 2.4: what a multi-valued complex attribute has when its schema says nothing.
DEFAULT_SUB_ATTRIBUTES: tuple[Attribute, ...] = (
    Attribute(name="value", description="The value itself."),
    Attribute(name="display", description="A name for people to read.", mutability="immutable"),
    Attribute(name="type", description="What the value is used for."),
    Attribute(name="primary", type="boolean", description="Whether this is the preferred value; true at most once."),
    Attribute(name="$ref", type="reference", description="The URI of the resource meant.", reference_types=("uri",)),
)
