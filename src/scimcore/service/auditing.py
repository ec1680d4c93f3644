"""The audit trail: one record per state change and per refusal, redacted."""

from collections.abc import Sequence
from typing import Any, Final

from scimcore.errors import ScimError
from scimcore.policy.plans import Note, Plan
from scimcore.repository.records import AuditRecord, EffectRecord
from scimcore.resources.changes import ChangeSet, Link
from scimcore.schema.json import Json, JsonObject
from scimcore.service.session import Session

#: So many links are listed in a record; of a larger change, the rest is counted.
_LISTED: Final = 100


def of_plan(
    session: Session[Any],
    plan: Plan,
    change: ChangeSet,
    *,
    target: str,
    account: str,
    version: int,
    effects: Sequence[EffectRecord],
    values: bool = True,
) -> AuditRecord:
    """What happened, by whom, to whom, why, and what it set off; without `values`, only the names of what changed."""
    return AuditRecord(
        id=session.new_id(),
        at=session.now,
        operation=session.operation,
        outcome=plan.outcome,
        connection=session.connection,
        credential=session.credential,
        request=session.request,
        type=change.type,
        target=target,
        account=account,
        version=version,
        changes=_changes(change, values=values and session.policy.audit.values == "redacted"),
        notes=_plain((*session.notes, *plan.notes)),
        effects=tuple(effect.type for effect in effects),
    )


def of_refusal(
    session: Session[Any], error: ScimError, notes: Sequence[Note], type: str, target: str, account: str
) -> AuditRecord:
    """What was refused, and by which rule."""
    rules = _plain(notes) or (Note(f"error {error.code}", error.text),)
    return AuditRecord(
        id=session.new_id(),
        at=session.now,
        operation=session.operation,
        outcome="refused",
        connection=session.connection,
        credential=session.credential,
        request=session.request,
        type=type,
        target=target,
        account=account,
        code=error.code,
        detail=error.text,
        notes=rules,
    )


def _plain(notes: Sequence[Note]) -> tuple[Note, ...]:
    """The notes as they are stored. What each is about stands in the record's changes and effects already."""
    return tuple(Note(note.rule, note.text) if note.about else note for note in notes)


def _changes(change: ChangeSet, *, values: bool) -> JsonObject:
    # Whether somebody may work is never personal, and what an event stream needs (RFC 9967 section 2.4.6).
    found: JsonObject = {c.path: [c.before, c.after] if values or c.path == "active" else None for c in change.changes}
    for delta in change.relations:
        if delta:
            found[delta.relation] = {"added": _ids(delta.added), "removed": _ids(delta.removed)}
    return found


def _ids(links: Sequence[Link]) -> Json:
    listed: list[Json] = [link.id for link in links[:_LISTED]]
    return [*listed, f"and {len(links) - _LISTED} more"] if len(links) > _LISTED else listed
