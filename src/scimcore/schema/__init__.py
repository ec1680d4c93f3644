"""What an attribute is: the RFC's schemas, corrected, and the host's own."""

from scimcore.schema.attributes import Attribute, Mutability, Relation, Returned, Type, Uniqueness
from scimcore.schema.bound import BoundType, Target
from scimcore.schema.core import ENTERPRISE_SCHEMA, ENTERPRISE_URN, GROUP, GROUP_URN, MEMBERSHIP, USER, USER_URN
from scimcore.schema.folding import exact, fold, fold_name, has_endless_marks
from scimcore.schema.json import Json, JsonObject
from scimcore.schema.loading import resource_type_from_json, schema_from_json
from scimcore.schema.registry import Registry
from scimcore.schema.schemas import Extension, ResourceType, Schema

__all__ = [
    "ENTERPRISE_SCHEMA",
    "ENTERPRISE_URN",
    "GROUP",
    "GROUP_URN",
    "MEMBERSHIP",
    "USER",
    "USER_URN",
    "Attribute",
    "BoundType",
    "Extension",
    "Json",
    "JsonObject",
    "Mutability",
    "Registry",
    "Relation",
    "ResourceType",
    "Returned",
    "Schema",
    "Target",
    "Type",
    "Uniqueness",
    "exact",
    "fold",
    "fold_name",
    "has_endless_marks",
    "resource_type_from_json",
    "schema_from_json",
]
