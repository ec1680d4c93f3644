"""PATCH: operations on a resource, and what they ask of its relations."""

from scimcore.patch.engine import Patched, apply
from scimcore.patch.links import AddLinks, ClearLinks, DropLinks, DropWhere, LinkRequest, LinkStep
from scimcore.patch.operations import MAX_OPERATIONS, PATCH_OP_URN, Operation, parse_patch
from scimcore.patch.readings import Readings
from scimcore.patch.wanted import Wanted, fold, links_for_put, needs_stored, run

__all__ = [
    "MAX_OPERATIONS",
    "PATCH_OP_URN",
    "AddLinks",
    "ClearLinks",
    "DropLinks",
    "DropWhere",
    "LinkRequest",
    "LinkStep",
    "Operation",
    "Patched",
    "Readings",
    "Wanted",
    "apply",
    "fold",
    "links_for_put",
    "needs_stored",
    "parse_patch",
    "run",
]
