"""A user who is there at last joins the groups that have waited (POL-115)."""

from typing import Any

from scimcore.policy.triggers import Updated
from scimcore.resources.changes import ChangeSet, Link, RelationDelta
from scimcore.resources.document import Document
from scimcore.schema import MEMBERSHIP
from scimcore.service import awaiting
from scimcore.service.committing import Subject, commit
from scimcore.service.deciding import facts_of, settle
from scimcore.service.reading import foreign
from scimcore.service.session import Session


async def join_awaiting(session: Session[Any], user: str, document: Document | None) -> None:
    """The new user joins the groups that have waited (POL-115), each by a change of its own."""
    called = awaiting.names(document.data) if document else []
    for group in await awaiting.groups_for(session, called):
        await _join(session, group, user, called)


async def _join(session: Session[Any], group: str, user: str, called: list[str]) -> None:
    document = await session.unit.get("Group", group, lock=True)
    if document is None or foreign(session, document):
        return
    await awaiting.stop(session, group, called)
    binding = await session.unit.binding(group)
    delta = RelationDelta(MEMBERSHIP, (Link("User", user),))
    change = ChangeSet(type="Group", before=document.data, after=document.data, changes=(), relations=(delta,))
    plan = await settle(session, facts_of(session, binding), Updated(change=change, named=frozenset({"members"})))
    if plan.refusal is not None:
        session.note(("groups.unknown_member", f"a group that has waited cannot take the user: {plan.notes[0].text}"))
        return
    subject = Subject(type=session.registry["Group"], id=group, before=document, change=change, binding=binding)
    session.note(("groups.unknown_member", "a group has waited for the user, who is a member now"))
    await commit(session, subject, plan)
