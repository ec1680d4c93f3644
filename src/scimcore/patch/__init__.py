"""PATCH: operations on a resource, and what they ask of its relations."""

from scimcore.patch.engine import Patched, apply_patch
from scimcore.patch.links import LinkRequest
from scimcore.patch.operations import PatchOperation, parse_patch
from scimcore.patch.readings import Readings

__all__ = ["LinkRequest", "PatchOperation", "Patched", "Readings", "apply_patch", "parse_patch"]
