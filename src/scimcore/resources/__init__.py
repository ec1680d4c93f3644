"""Resources: validated on the way in, projected on the way out."""

from scimcore.resources.changes import Change, ChangeSet, Link, Linked, RelationDelta
from scimcore.resources.checker import Checked, Checker, checker
from scimcore.resources.differences import changes
from scimcore.resources.document import Document, to_text
from scimcore.resources.projection import Projection
from scimcore.resources.rules import Rules

__all__ = [
    "Change",
    "ChangeSet",
    "Checked",
    "Checker",
    "Document",
    "Link",
    "Linked",
    "Projection",
    "RelationDelta",
    "Rules",
    "changes",
    "checker",
    "to_text",
]
