"""Resources: validated on the way in, projected on the way out."""

from scimcore.resources._check import Checked
from scimcore.resources.changes import Change, ChangeSet, Link, Linked, RelationDelta, changes_between
from scimcore.resources.checker import Checker, checker
from scimcore.resources.decoding import decode_json
from scimcore.resources.descriptions import (
    describe_attribute,
    describe_discovery_schemas,
    describe_resource_type,
    describe_schema,
    service_provider_config,
)
from scimcore.resources.document import Document, Locations, etag, location, locations, to_text
from scimcore.resources.projection import Projection, ProjectionPlan, Projector, projector
from scimcore.resources.rendering import render, renderer, resource_json
from scimcore.resources.rules import Rules

__all__ = [
    "Change",
    "ChangeSet",
    "Checked",
    "Checker",
    "Document",
    "Link",
    "Linked",
    "Locations",
    "Projection",
    "ProjectionPlan",
    "Projector",
    "RelationDelta",
    "Rules",
    "changes_between",
    "checker",
    "decode_json",
    "describe_attribute",
    "describe_discovery_schemas",
    "describe_resource_type",
    "describe_schema",
    "etag",
    "location",
    "locations",
    "projector",
    "render",
    "renderer",
    "resource_json",
    "service_provider_config",
    "to_text",
]
