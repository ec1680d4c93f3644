"""A connection ends: its resources go, page by page, and what becomes of accounts and teams, the policy says (POL-086).

The resources go because they are what the identity provider knew: whoever is connected next finds the accounts as
the product's own, and links them by the rules for those. Groups go first, so that teams stay as they are or go as a
whole, and do not lose their people one by one.
"""

from collections.abc import Sequence
from typing import Any

from scimcore.policy.plans import Note, Plan
from scimcore.policy.triggers import Disconnected
from scimcore.resources.changes import ChangeSet
from scimcore.resources.document import Document
from scimcore.schema import Registry
from scimcore.service import telling, unmanaged
from scimcore.service.committing import Subject, commit
from scimcore.service.session import Session


def order(registry: Registry) -> list[str]:
    """The types in the order in which their resources go."""
    names = [type.name for type in registry]
    return sorted(names, key=lambda name: (name != "Group", name))


async def end(session: Session[Any], documents: Sequence[Document], connection: str) -> int:
    """Those of these resources that the connection provisioned go; how many."""
    mine = [document for document in documents if document.connection == connection]
    for document in mine:
        await _end_one(session, document)
    return len(mine)


async def _end_one(session: Session[Any], document: Document) -> None:
    binding = await session.unit.binding(document.id)
    if binding is None or unmanaged.is_shown(binding):
        await _remove(session, document)
    else:
        await telling.happen(session, Disconnected(), binding)


async def _remove(session: Session[Any], document: Document) -> None:
    """A resource that stands for nothing in the product."""
    note = Note("linking.on_disconnect", "the connection ends, and its resource goes")
    plan = Plan(outcome="deleted", notes=(note,), unbinds=True)
    change = ChangeSet(type=document.type, before=document.data, after={})
    subject = Subject(type=session.registry[document.type], id=document.id, before=document, change=change)
    await commit(session, subject, plan)
