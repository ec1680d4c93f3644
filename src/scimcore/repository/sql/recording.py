"""The outbox and the audit trail."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, bindparam, delete, insert, or_, select, tuple_, update

from scimcore.policy.plans import Note
from scimcore.repository.protocol import Gone
from scimcore.repository.records import AuditRecord, EffectRecord
from scimcore.repository.sql.statements import TENANT, SqlStatement
from scimcore.repository.sql.tables import UNFINISHED, audit, outbox
from scimcore.repository.sql.transactions import StatementRunner
from scimcore.resources.document import to_text
from scimcore.schema.json import JsonObject

a, o = audit.c, outbox.c
_EFFECT = ("key", "type", "account", "at", "nth", "lane", "due", "state", "attempts", "error")
#: Fields of an audit record that nobody searches by: one JSON text, so that a new field needs no new column.
_BODY = ("operation", "outcome", "connection", "credential", "request", "type", "account", "code", "version")
_EFFECTS = select(*(o[name] for name in _EFFECT), o.payload).where(o.tenant == TENANT)
_IN_ORDER = _EFFECTS.order_by(o.at, o.nth).limit(bindparam("most"))
_AUDITS = (
    select(a.at, a.id, a.target, a.changes, a.detail, a.body)
    .where(a.tenant == TENANT)
    .order_by(a.at, a.id)
    .limit(bindparam("most"))
)

# Effects and audit records only grow, and nothing but their end is ever looked at: so the indexes of the outbox hold
# the unfinished ones alone (`tables.UNFINISHED`). A planner takes such an index only for a statement that says the very
# condition of the index in its text. A parameter in its place would make it read every effect there ever was.
ENQUEUE = SqlStatement(lambda flavor: insert(outbox))
AUDIT = SqlStatement(lambda flavor: insert(audit))
WAITING = SqlStatement(
    lambda flavor: (
        _EFFECTS.where(UNFINISHED, o.state == "waiting", o.due <= bindparam("now"))
        .order_by(o.lane, o.at, o.nth)
        .limit(bindparam("most"))
    )
)
BACKLOG = SqlStatement(
    lambda flavor: (
        _EFFECTS.where(UNFINISHED, o.account == bindparam("account"))
        .where(or_(o.state == "dead", o.attempts > 0, o.due <= bindparam("now")))
        # `at + 0` serves no index on purpose. With `ORDER BY lane, at, nth` a planner might walk the whole outbox, and
        # pass every effect that is done. So it finds the few unfinished ones by their account and sorts them.
        .order_by(o.lane, o.at + 0, o.nth)
        .limit(bindparam("most"))
    )
)
UPDATE_EFFECT = SqlStatement(
    lambda flavor: (
        update(outbox)
        .where(o.tenant == TENANT, o.key == bindparam("of_key"))
        .values({name: bindparam(name) for name in ("state", "attempts", "due", "error")})
    )
)
CANCEL = SqlStatement(
    lambda flavor: (
        update(outbox)
        .where(o.tenant == TENANT, UNFINISHED, o.account == bindparam("of_account"))
        .where(flavor.among(o.type, "types"))
        .where(or_(o.lane != "access", and_(o.state == "waiting", o.attempts == 0, o.due > bindparam("now"))))
        .values(state="cancelled")
    )
)
EFFECTS = SqlStatement(lambda flavor: _IN_ORDER)
EFFECTS_AFTER = SqlStatement(
    lambda flavor: _IN_ORDER.where(tuple_(o.at, o.nth) > tuple_(bindparam("at"), bindparam("nth")))
)
AUDITS = SqlStatement(lambda flavor: _AUDITS)
AUDITS_AFTER = SqlStatement(lambda flavor: _AUDITS.where(tuple_(a.at, a.id) > tuple_(bindparam("at"), bindparam("id"))))
# By the index on the target: an anonymisation must not read the whole trail of the tenant.
FORGET = SqlStatement(
    lambda flavor: (
        update(audit).where(a.tenant == TENANT, a.target == bindparam("of_target")).values(changes="{}", detail="")
    )
)
# A DELETE with a LIMIT is no SQL that both engines take, so the oldest are chosen inside. The limit keeps a purge of
# millions from becoming one transaction that every other writer waits for.
PRUNE_AUDIT = SqlStatement(
    lambda flavor: delete(audit).where(
        a.tenant == TENANT,
        tuple_(a.at, a.id).in_(
            select(a.at, a.id)
            .where(a.tenant == TENANT, a.at < bindparam("before"))
            .order_by(a.at, a.id)
            .limit(bindparam("most"))
        ),
    )
)
PRUNE_EFFECTS = SqlStatement(
    lambda flavor: delete(outbox).where(
        o.tenant == TENANT,
        o.key.in_(
            select(o.key)
            .where(o.tenant == TENANT, o.at < bindparam("before"), or_(o.state == "done", o.state == "cancelled"))
            .order_by(o.at, o.nth)
            .limit(bindparam("most"))
        ),
    )
)


class SqlRecording(StatementRunner):
    """The outbox and the audit trail of a tenant."""

    def record(self, audit: AuditRecord, effects: Sequence[EffectRecord]) -> None:
        """Append to the audit trail and to the outbox."""
        body = {name: getattr(audit, name) for name in _BODY} | {
            "notes": [(note.rule, note.text) for note in audit.notes],
            "effects": audit.effects,
        }
        self.change(
            AUDIT,
            at=audit.at,
            id=audit.id,
            target=audit.target,
            changes=to_text(audit.changes),
            detail=audit.detail,
            body=to_text(body),
        )
        if effects:
            self.change_each(ENQUEUE, [_row(effect) for effect in effects])

    def waiting(self, now: int, limit: int) -> Sequence[EffectRecord]:
        """Return effects in the state waiting with due <= now, in the order (lane, at, nth)."""
        return [_effect(row) for row in self.fetch_all(WAITING, now=now, most=limit)]

    def backlog(self, account: str, now: int, limit: int) -> Sequence[EffectRecord]:
        """Return the account's unfinished effects, by lane and in order: dead, tried, and waiting with due <= now."""
        return [_effect(row) for row in self.fetch_all(BACKLOG, account=account, now=now, most=limit)]

    def update_effect(self, effect: EffectRecord) -> None:
        """Write an outbox entry's new state, attempts, due and error, by its key."""
        changed = {name: getattr(effect, name) for name in ("state", "attempts", "due", "error")}
        if not self.change(UPDATE_EFFECT, of_key=effect.key, **changed):
            raise Gone(f"effect {effect.key}")

    def cancel(self, account: str, types: Sequence[str], now: int) -> int:
        """Cancel the account's unfinished effects of these types; of the lane access those that are not due yet."""
        return self.change(CANCEL, of_account=account, types=self.flavor.pack(types), now=now)

    def effects(self, after: tuple[int, int] | None, limit: int) -> Sequence[EffectRecord]:
        """Return effects of every state in order, beyond the place (at, nth)."""
        if after is None:
            rows = self.fetch_all(EFFECTS, most=limit)
        else:
            rows = self.fetch_all(EFFECTS_AFTER, at=after[0], nth=after[1], most=limit)
        return [_effect(row) for row in rows]

    def audit(self, after: tuple[int, str] | None, limit: int) -> Sequence[AuditRecord]:
        """Return audit records in the order (at, id), beyond that place."""
        if after is None:
            rows = self.fetch_all(AUDITS, most=limit)
        else:
            rows = self.fetch_all(AUDITS_AFTER, at=after[0], id=after[1], most=limit)
        return [_audit(row) for row in rows]

    def prune_audit(self, before: int, limit: int) -> int:
        """Remove up to `limit` audit records from before that time. Returns how many there were."""
        return self.change(PRUNE_AUDIT, before=before, most=limit)

    def prune_effects(self, before: int, limit: int) -> int:
        """Do the same with effects that are done or cancelled."""
        return self.change(PRUNE_EFFECTS, before=before, most=limit)

    def forget(self, target: str) -> None:
        """Blank the values in the audit records about that resource."""
        self.change(FORGET, of_target=target)
        self._connection.erased = True


def _row(effect: EffectRecord) -> dict[str, Any]:
    return {**{name: getattr(effect, name) for name in _EFFECT}, "payload": to_text(effect.payload)}


def _effect(row: Sequence[Any]) -> EffectRecord:
    payload: JsonObject = json.loads(row[-1])
    return EffectRecord(**dict(zip(_EFFECT, row[:-1], strict=True)), payload=payload)


def _audit(row: Sequence[Any]) -> AuditRecord:
    at, id, target, changes, detail, body = row
    kept = json.loads(body)
    kept["notes"] = tuple(Note(rule, text) for rule, text in kept["notes"])
    kept["effects"] = tuple(kept["effects"])
    return AuditRecord(at=at, id=id, target=target, changes=json.loads(changes), detail=detail, **kept)
