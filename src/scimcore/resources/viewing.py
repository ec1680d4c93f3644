"""Resources as typed attrs objects, for host code that would rather write `user.name.given_name` than index a dict."""

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import Attribute, fields, has

from scimcore.resources.document import Document
from scimcore.schema.json import JsonObject

if TYPE_CHECKING:
    from cattrs import Converter

T = TypeVar("T")

#: The key in a field's metadata that holds its SCIM name, where that is not the field's name in camelCase.
SCIM_NAME = "scim"


def view(cls: type[T], source: Document | Mapping[str, object]) -> T:
    """A resource as an object of an attrs class: one of `resources.views`, or the host's own.

    A field `given_name` shows `givenName`; `field(metadata={"scim": "$ref"})` says otherwise, also for an extension
    by its URI. What the class does not have is passed over; what the resource does not have is the field's default.
    """
    data = source.data if isinstance(source, Document) else source
    return _converter().structure(data, cls)


def unview(viewed: object) -> JsonObject:
    """The JSON of such an object, without what has its default value: fit for a body, or to be compared."""
    found: JsonObject = _converter().unstructure(viewed)
    return found


@cache
def _converter() -> "Converter":
    """Made on first use: cattrs is not needed to serve requests."""
    from cattrs import Converter
    from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

    converter = Converter(omit_if_default=True, detailed_validation=False)

    def renamed(cls: type) -> dict[str, Any]:
        return {
            # `schemas` says what the object is, so it stays even where it is the default.
            field.name: override(rename=scim_name(field), omit_if_default=field.name != "schemas")
            for field in fields(cls)
        }

    converter.register_structure_hook_factory(has, lambda cls: make_dict_structure_fn(cls, converter, **renamed(cls)))
    converter.register_unstructure_hook_factory(
        has, lambda cls: make_dict_unstructure_fn(cls, converter, _cattrs_omit_if_default=True, **renamed(cls))
    )
    converter.register_unstructure_hook(tuple, lambda items: [converter.unstructure(item) for item in items])
    return converter


def scim_name(field: "Attribute[Any]") -> str:
    """The SCIM name of a field: what its metadata says, or its own in camelCase."""
    said = field.metadata.get(SCIM_NAME)
    if said is not None:
        return str(said)
    first, *rest = field.name.split("_")
    return first + "".join(part.capitalize() for part in rest)
