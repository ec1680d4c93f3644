"""Schemas and resource types read from their JSON form (RFC 7643 sections 6 and 7), so that a type needs no code."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final, TypeVar, get_args

from attrs import evolve

from scimcore._arguments import shown
from scimcore.schema.attributes import Attribute, Mutability, Returned, Type, Uniqueness
from scimcore.schema.common import EXTERNAL_ID
from scimcore.schema.core import GROUP, USER
from scimcore.schema.folding import fold_name
from scimcore.schema.schemas import Extension, ResourceType, Schema

T = TypeVar("T")

_KEYWORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "type": get_args(Type),
    "mutability": get_args(Mutability),
    "returned": get_args(Returned),
    "uniqueness": get_args(Uniqueness),
}
_KINDS: Final[Mapping[str, tuple[str, type]]] = {
    "name": ("name", str),
    "description": ("description", str),
    "multiValued": ("multi_valued", bool),
    "required": ("required", bool),
    "caseExact": ("case_exact", bool),
    # Not of the RFC: see `Attribute.indexed`.
    "indexed": ("indexed", bool),
}
_LISTS: Final[Mapping[str, str]] = {"canonicalValues": "canonical_values", "referenceTypes": "reference_types"}
_REFERENCES: Final = ("external", "uri")
#: The RFC's own types by the URI of their base schema, and their schemas by URI: what is known of them is more than a
#: document can say.
_TYPES: Final[Mapping[str, ResourceType]] = {fold_name(known.schema.id): known for known in (USER, GROUP)}
_SCHEMAS: Final[Mapping[str, Schema]] = {
    fold_name(schema.id): schema
    for known in (USER, GROUP)
    for schema in (known.schema, *(extension.schema for extension in known.extensions))
}


def schema_from_json(data: Mapping[str, object], *, types: Collection[str] | None = None) -> Schema:
    """Return the schema that a Schema resource describes. Characteristics that it leaves out have their defaults.

    With `types`, the names of all resource types, a reference to any other is refused. Raises ValueError that opens
    with the path of the mistake.

    A document cannot say which values are links, and what is indexed. Under the URIs of RFC 7643, `members` and
    `groups` are links, and the same attributes are indexed as in `USER` and `GROUP`.
    """
    _require_object(data, "a schema")
    # Unknown members are passed over: what /Schemas of another service shows may have more of them.
    attributes = _listed(data, "attributes", "")
    return _built(
        lambda: _as_known(
            attributes,
            Schema(
                _one(data, "id", str, ""),
                _one(data, "name", str, "", default=""),
                tuple(_attribute(item, f"attributes[{place}]", types) for place, item in enumerate(attributes)),
                _one(data, "description", str, "", default=""),
            ),
        ),
        "",
    )


def resource_type_from_json(
    data: Mapping[str, object], schemas: Mapping[str, Schema], *, unique: str | None = None
) -> ResourceType:
    """Return the resource type that a ResourceType resource describes; `schemas` are those that it names, by URI.

    `unique` is not of the RFC: see `ResourceType.unique`; "" is none. Without it, it is that of `USER` and `GROUP` for
    their base schemas, and otherwise the first required text of the base schema that has a `uniqueness`. Raises
    ValueError that opens with the path of the mistake.
    """
    _require_object(data, "a resource type")
    known = {fold_name(urn): schema for urn, schema in schemas.items()}
    endpoint = _one(data, "endpoint", str, "")
    extensions = _listed(data, "schemaExtensions", "")
    base = _schema(data, known, "")
    return _built(
        lambda: ResourceType(
            name=_one(data, "name", str, ""),
            # RFC 7643 section 6: relative to the base URL, with or without the slash in front.
            endpoint=endpoint if endpoint.startswith("/") else f"/{endpoint}",
            schema=base,
            extensions=tuple(
                _extension(item, known, f"schemaExtensions[{place}]") for place, item in enumerate(extensions)
            ),
            description=_one(data, "description", str, "", default=""),
            unique=_unique_of(base) if unique is None else unique,
        ),
        "",
    )


def _require_object(data: object, what: str) -> None:
    if not isinstance(data, Mapping):
        raise ValueError(f"{what} is an object, not {shown(data)}; of a list, give each document alone")


def _unique_of(base: Schema) -> str:
    known = _TYPES.get(fold_name(base.id))
    for attribute in base.attributes:
        if attribute.type != "string" or attribute.multi_valued:
            continue
        if attribute.name == known.unique if known else attribute.required and attribute.uniqueness != "none":
            return attribute.name
    return ""


def _as_known(items: Sequence[object], schema: Schema) -> Schema:
    """The schema with what is known of it; a schema that the RFC does not have is as the document says."""
    ours = _SCHEMAS.get(fold_name(schema.id))
    if ours is None:
        return schema
    known = {fold_name(attribute.name): attribute for attribute in ours.attributes}
    found = []
    for place, (attribute, item) in enumerate(zip(schema.attributes, items, strict=True)):
        # /Schemas lists it with the base schemas, but it is no attribute of theirs (RFC 7643 section 3.1).
        if fold_name(attribute.name) == fold_name(EXTERNAL_ID.name) and fold_name(schema.id) in _TYPES:
            continue
        says_indexed = isinstance(item, Mapping) and item.get("indexed") is not None
        found.append(_attribute_as_known(attribute, known.get(fold_name(attribute.name)), says_indexed, place))
    return evolve(schema, attributes=tuple(found))


def _attribute_as_known(attribute: Attribute, known: Attribute | None, says_indexed: bool, place: int) -> Attribute:
    if known is None:
        return attribute
    # RFC 7643 section 2.1: names have any case. Policies and keys look for the RFC's own spelling.
    attribute = evolve(attribute, name=known.name)
    same = (attribute.type, attribute.multi_valued) == (known.type, known.multi_valued)
    if known.relation is not None and not (same and attribute.find_sub("value")):
        # As plain values they would look like members, and nobody would be a member.
        raise ValueError(
            f"attributes[{place}]: the values of {attribute.name} are links to other resources. It must be complex and "
            "multi-valued, with a sub-attribute value."
        )
    if same and not says_indexed:
        attribute = evolve(attribute, indexed=known.indexed)
    if same and attribute.uniqueness == "none":
        # RFC 7643 section 4.1.1 leaves no choice about userName; older documents leave the characteristic out.
        attribute = evolve(attribute, uniqueness=known.uniqueness)
    if known.relation is None:
        return attribute
    # The derived side is changed through the other one, whatever the document says.
    mutability = "readOnly" if known.relation.inverse else attribute.mutability
    return evolve(attribute, relation=known.relation, mutability=mutability, sub_attributes=_parts(attribute, known))


def _parts(attribute: Attribute, known: Attribute) -> tuple[Attribute, ...]:
    """The sub-attributes of links: those of the document, and a `$ref` that says what may be linked to."""
    theirs = {fold_name(sub.name): sub for sub in attribute.sub_attributes}
    reference = known.sub("$ref")
    if reference is not None and not set(reference.reference_types) & set(_references_of(theirs.get("$ref"))):
        # It says which types may be linked to. With none of the RFC's own, nobody could be a member.
        theirs["$ref"] = reference
    return tuple(theirs.values())


def _references_of(sub: Attribute | None) -> tuple[str, ...]:
    return () if sub is None else sub.reference_types


def _attribute(data: object, path: str, types: Collection[str] | None) -> Attribute:
    if not isinstance(data, Mapping):
        raise ValueError(f"{path}: an object is expected")
    found: dict[str, Any] = {"name": _one(data, "name", str, path)}
    for key, (name, kind) in _KINDS.items():
        if data.get(key) is not None:
            found[name] = _one(data, key, kind, path)
    for key, allowed in _KEYWORDS.items():
        if data.get(key) is not None:
            found[key] = _keyword(data[key], allowed, f"{path}.{key}")
    for key, name in _LISTS.items():
        found[name] = tuple(_text(item, f"{path}.{key}[{n}]") for n, item in enumerate(_listed(data, key, path)))
    _known_references(found["reference_types"], types, path)
    subs = enumerate(_listed(data, "subAttributes", path))
    found["sub_attributes"] = tuple(_attribute(item, f"{path}.subAttributes[{n}]", types) for n, item in subs)
    return _built(lambda: Attribute(**found), path)


def _known_references(references: Sequence[str], types: Collection[str] | None, path: str) -> None:
    """RFC 7643 section 7: names of resource types, `external` or `uri`."""
    for name in references:
        if types is not None and name not in types and name not in _REFERENCES:
            raise ValueError(f"{path}.referenceTypes: {name!r} is not a resource type")


def _extension(data: object, known: Mapping[str, Schema], path: str) -> Extension:
    if not isinstance(data, Mapping):
        raise ValueError(f"{path}: an object is expected")
    return Extension(_schema(data, known, path), _one(data, "required", bool, path, default=False))


def _schema(data: Mapping[str, object], known: Mapping[str, Schema], path: str) -> Schema:
    urn = _one(data, "schema", str, path)
    if fold_name(urn) not in known:
        raise ValueError(f"{_under(path, 'schema')}: there is no schema {urn!r}")
    return known[fold_name(urn)]


def _one(data: Mapping[str, object], key: str, kind: type[T], path: str, *, default: T | None = None) -> T:
    value = data.get(key)
    if value is None and default is not None:
        return default
    if not isinstance(value, kind):
        raise ValueError(f"{_under(path, key)}: a {_NAMES[kind]} is expected, {_not(value)}")
    return value


def _not(value: object) -> str:
    return "and there is none" if value is None else f"not {shown(value)}"


_NAMES: Final[Mapping[type, str]] = {str: "string", bool: "boolean"}


def _text(value: object, path: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{path}: a string is expected")
    return value


def _keyword(value: object, allowed: tuple[str, ...], path: str) -> str:
    if value not in allowed:
        raise ValueError(f"{path}: one of {', '.join(allowed)} is expected, not {shown(value)}")
    return str(value)


def _listed(data: Mapping[str, object], key: str, path: str) -> Sequence[object]:
    value = data.get(key)
    if value is None:
        return ()
    if not isinstance(value, (list, tuple)):
        raise ValueError(f"{_under(path, key)}: an array is expected, not {shown(value)}")
    return value


def _under(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _built(make: Callable[[], T], path: str) -> T:
    """Return what `make` builds. The errors of the values get the path in front."""
    try:
        return make()
    except ValueError as error:
        text = str(error)
        # The mistake of a sub-attribute has its whole path already.
        located = not path or text.startswith(("attributes[", "schemaExtensions["))
        raise ValueError(text if located else f"{path}: {text}") from None
