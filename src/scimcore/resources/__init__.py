"""Resources: validated on the way in, projected on the way out."""

from scimcore.resources.changes import Change, ChangeSet, Link, Linked, RelationDelta
from scimcore.resources.checker import Checked, Checker, checker
from scimcore.resources.decoding import decode_json
from scimcore.resources.differences import changes
from scimcore.resources.discovery import (
    describe,
    describe_attribute,
    describe_discovery,
    describe_type,
    service_provider_config,
)
from scimcore.resources.document import Document, to_text
from scimcore.resources.projection import Projection
from scimcore.resources.projector import Plan, Projector, projector
from scimcore.resources.rendering import etag, full, location, render, renderer
from scimcore.resources.rules import Rules
from scimcore.resources.viewing import unview, view

__all__ = [
    "Change",
    "ChangeSet",
    "Checked",
    "Checker",
    "Document",
    "Link",
    "Linked",
    "Plan",
    "Projection",
    "Projector",
    "RelationDelta",
    "Rules",
    "changes",
    "checker",
    "decode_json",
    "describe",
    "describe_attribute",
    "describe_discovery",
    "describe_type",
    "etag",
    "full",
    "location",
    "projector",
    "render",
    "renderer",
    "service_provider_config",
    "to_text",
    "unview",
    "view",
]
