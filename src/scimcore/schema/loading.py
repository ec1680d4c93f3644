"""Schemas and resource types read from their JSON form (RFC 7643 sections 6 and 7), so that a type needs no code."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final, TypeVar, get_args

from scimcore.schema.attributes import Attribute, Mutability, Returned, Type, Uniqueness
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


def schema_from_json(data: Mapping[str, object], *, types: Collection[str] | None = None) -> Schema:
    """Return the schema that a Schema resource describes. Characteristics that it leaves out have their defaults.

    With `types`, the names of all resource types, a reference to any other is refused. Raises ValueError that opens
    with the path of the mistake.
    """
    # Unknown members are passed over: what /Schemas of another service shows may have more of them.
    attributes = _listed(data, "attributes", "")
    return _built(
        lambda: Schema(
            _one(data, "id", str, ""),
            _one(data, "name", str, "", default=""),
            tuple(_attribute(item, f"attributes[{place}]", types) for place, item in enumerate(attributes)),
            _one(data, "description", str, "", default=""),
        ),
        "",
    )


def resource_type_from_json(
    data: Mapping[str, object], schemas: Mapping[str, Schema], *, unique: str = ""
) -> ResourceType:
    """Return the resource type that a ResourceType resource describes; `schemas` are those that it names, by URI.

    `unique` is not of the RFC: see `ResourceType.unique`. Raises ValueError that opens with the path of the mistake.
    """
    known = {fold_name(urn): schema for urn, schema in schemas.items()}
    endpoint = _one(data, "endpoint", str, "")
    extensions = _listed(data, "schemaExtensions", "")
    return _built(
        lambda: ResourceType(
            name=_one(data, "name", str, ""),
            # RFC 7643 section 6: relative to the base URL, with or without the slash in front.
            endpoint=endpoint if endpoint.startswith("/") else f"/{endpoint}",
            schema=_schema(data, known, ""),
            extensions=tuple(
                _extension(item, known, f"schemaExtensions[{place}]") for place, item in enumerate(extensions)
            ),
            description=_one(data, "description", str, "", default=""),
            unique=unique,
        ),
        "",
    )


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
        raise ValueError(f"{_under(path, key)}: a {_NAMES[kind]} is expected")
    return value


_NAMES: Final[Mapping[type, str]] = {str: "string", bool: "boolean"}


def _text(value: object, path: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{path}: a string is expected")
    return value


def _keyword(value: object, allowed: tuple[str, ...], path: str) -> str:
    if value not in allowed:
        raise ValueError(f"{path}: one of {', '.join(allowed)} is expected")
    return str(value)


def _listed(data: Mapping[str, object], key: str, path: str) -> Sequence[object]:
    value = data.get(key)
    if value is None:
        return ()
    if not isinstance(value, (list, tuple)):
        raise ValueError(f"{_under(path, key)}: an array is expected")
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
