"""Carries a plan out: the resource, its links, its binding, the effects and the audit record, in one unit."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from attrs import evolve, frozen

from scimcore.errors import ScimError, Uniqueness
from scimcore.host import Later
from scimcore.policy.effects import Anonymise, AnyEffect
from scimcore.policy.facts import Binding
from scimcore.policy.plans import Plan
from scimcore.policy.values import HOUR
from scimcore.repository.keys import keys, unique
from scimcore.repository.protocol import Clash
from scimcore.repository.records import LEFT, EffectRecord, Mark
from scimcore.resources import changes_between, to_text
from scimcore.resources.changes import ChangeSet, RelationDelta
from scimcore.resources.document import Document
from scimcore.schema import MEMBERSHIP, BoundType
from scimcore.schema.json import JsonObject
from scimcore.service import auditing, outbox
from scimcore.service.outbox import hand_over
from scimcore.service.session import PutOff, Rerun, Session
from scimcore.service.team_members import TeamMembers


@frozen(kw_only=True)
class Subject:
    """What a plan is carried out on: the resource as it was (None: it is new) and what is asked of it."""

    type: BoundType
    id: str
    before: Document | None
    change: ChangeSet
    #: The binding before, None if there was none.
    binding: Binding | None = None
    #: The same as it is stored, where that is known: what is not stored like that has to be written.
    stored: Binding | None = None


class WriteRefused(Exception):
    """The policy refused: undoes the unit, so that the refusal alone is recorded, and carries what to record."""

    def __init__(self, error: ScimError, plan: Plan, target: str, account: str) -> None:
        super().__init__(str(error))
        self.error, self.plan, self.target, self.account = error, plan, target, account


@frozen(kw_only=True)
class Written:
    """A write that went through, or a dry run: the plan, and the resource afterwards (None when it is gone).

    After a dry run the resource is as it was, and the plan may refuse.
    """

    plan: Plan
    id: str
    document: Document | None


async def commit(session: Session[Any], subject: Subject, plan: Plan) -> Document | None:
    """Write everything that the plan says. The document afterwards, None when it is gone."""
    document = await _store(session, subject, plan)
    account = await _bind(session, subject, plan)
    entries = await _emit(session, subject, plan, account, document)
    forgets = _forgets(session, plan)
    if forgets:
        # Nothing personal outlives an anonymisation: not what was recorded before, and of this change only its names.
        await session.unit.forget(subject.id)
        await session.unit.forget(forgettable(subject.type, subject.change.before))
    audit = auditing.of_plan(
        session,
        plan,
        subject.change,
        target=subject.id,
        account=account or "",
        version=document.version if document else 0,
        effects=entries,
        values=not forgets,
    )
    await session.unit.record(audit, entries)
    return document


def forgettable(type: BoundType, data: JsonObject) -> str:
    """What a refusal is recorded under that is about a resource which is not there: a digest of its unique name."""
    return f"name:{sha256(unique(type, data, '').encode()).hexdigest()}"


def _forgets(session: Session[Any], plan: Plan) -> bool:
    anonymised = any(isinstance(effect, Anonymise) and not effect.reversible for effect in plan.effects)
    return anonymised and session.policy.audit.forget_anonymised


async def record(session: Session[Any], subject: Subject | None, plan: Plan) -> None:
    """The effects and the audit record of a plan that writes nothing, or is about no resource at all."""
    entries = await _hand_out(session, plan.effects, None, at=session.now)
    binding = subject.binding if subject else None
    audit = auditing.of_plan(
        session,
        plan,
        subject.change if subject else ChangeSet(type="", before={}, after={}),
        target=subject.id if subject else "",
        account=(binding.account if binding else None) or "",
        version=0,
        effects=entries,
    )
    await session.unit.record(audit, entries)


async def _store(session: Session[Any], subject: Subject, plan: Plan) -> Document | None:
    if plan.outcome == "deleted":
        await _remove(session, subject)
        return None
    if subject.before is not None and plan.data is None and not subject.change:
        return subject.before
    document = _next(session, subject, plan)
    await _write(session, subject, document)
    for delta in subject.change.relations:
        await _relink(session, subject, delta)
    if plan.drops_links:
        await _leave_groups(session, subject)
    return document


async def _remove(session: Session[Any], subject: Subject) -> None:
    await _leave_groups(session, subject)
    await session.unit.delete(subject.type.name, subject.id)


def _next(session: Session[Any], subject: Subject, plan: Plan) -> Document:
    data = subject.change.after if plan.data is None else plan.data
    before = subject.before
    if before is None:
        return Document(
            type=subject.type.name,
            id=subject.id,
            version=1,
            created=session.now,
            modified=session.now,
            text=to_text(data),
            connection=session.connection,
        ).known(data)
    # Times of one resource never run backwards, whatever the clocks of several machines say.
    modified = max(session.now, before.modified + 1)
    return evolve(before, version=before.version + 1, modified=modified, text=to_text(data)).known(data)


async def _write(session: Session[Any], subject: Subject, document: Document) -> None:
    try:
        if subject.before is None:
            await session.unit.insert(document, keys(subject.type, document.data, document.id))
        else:
            await _rewrite(session, subject.type, subject.before, document)
    except Clash:
        raise taken(subject.type, document.data) from None


async def _rewrite(session: Session[Any], type: BoundType, before: Document, document: Document) -> None:
    """The resource in its next version; where the repository can, no more of it than what changed."""
    old, new = keys(type, before.data, before.id), keys(type, document.data, document.id)
    await session.unit.amend(document, new, old, expect=before.version)


def taken(type: BoundType, data: JsonObject) -> Uniqueness:
    """The 409 for a unique value that another resource has."""
    name = type.resource_type.unique
    return Uniqueness(
        f"Another {type.name} has the {name} {data.get(name)!r} already. Match that one, or choose another {name}."
    )


async def _relink(session: Session[Any], subject: Subject, delta: RelationDelta) -> None:
    if delta.removed:
        ids = [link.id for link in delta.removed]
        await session.unit.unlink(subject.type.name, subject.id, delta.relation, ids)
    if delta.added:
        await session.unit.link(subject.type.name, subject.id, delta.relation, delta.added)


async def _leave_groups(session: Session[Any], subject: Subject) -> None:
    """The groups that hold the resource get a new version, in the order of their ids so that no two units deadlock."""
    found = await session.unit.holders([(subject.type.name, subject.id)], MEMBERSHIP)
    for group in sorted(found.get(subject.id, ()), key=lambda g: g.id):
        document = await session.unit.get(group.type, group.id, lock=True)
        if document is None:
            continue
        await session.unit.unlink(group.type, group.id, MEMBERSHIP, [subject.id])
        moved = evolve(document, version=document.version + 1, modified=max(session.now, document.modified + 1))
        await _rewrite(session, session.registry[group.type], document, moved)


async def _bind(session: Session[Any], subject: Subject, plan: Plan) -> str | None:
    """Open the account if the plan says so, and write the binding. The account that the effects are about."""
    opened = None
    if plan.opens is not None:
        order = evolve(plan.opens, resource=subject.id)
        opened = await session.host.open(session.unit.transaction, session.tenant, order)
        if not opened:
            raise TypeError("Host.open must return the new account's id")
    account = opened or (subject.binding.account if subject.binding else None)
    if plan.secret is not None and account is not None and opened is None:
        await _hand_over(session, account, plan.secret)
    for other in plan.bindings:
        await session.unit.bind(other)
    if plan.unbinds:
        await session.unit.unbind(subject.id)
        await _remember_leaver(session, subject.binding)
    elif plan.binding is not None and plan.binding != subject.stored:
        named = plan.binding if opened is None else evolve(plan.binding, account=opened)
        await session.unit.bind(evolve(named, resource=named.resource or subject.id))
        return named.account or (subject.binding.account if subject.binding else None)
    return subject.binding.account if subject.binding else None


async def _hand_over(session: Session[Any], account: str, secret: str) -> None:
    """A new account gets its password with the order; here it is one that exists."""
    passwords = session.powers.passwords
    # Without the power the policy was refused when its connection met the service: see `Powers.check`.
    if passwords is not None:
        await passwords.password(session.unit.transaction, session.tenant, account, secret)


async def _emit(
    session: Session[Any], subject: Subject, plan: Plan, account: str | None, document: Document | None
) -> tuple[EffectRecord, ...]:
    if plan.cancels and subject.binding and subject.binding.account:
        await session.unit.cancel(subject.binding.account, plan.cancels)
    at = document.modified if document else session.now
    return await _hand_out(session, outbox.name_account(plan.effects, account), _shown(document), at=at)


async def _hand_out(
    session: Session[Any], effects: Sequence[AnyEffect], resource: JsonObject | None, *, at: int
) -> tuple[EffectRecord, ...]:
    """The effects as outbox entries, those done that the host could do at once."""
    if not effects:
        return ()
    rerun = session.rerun
    if rerun is None:
        raise RuntimeError("effects are handed out only by a unit that writes")
    transaction = rerun.key_of(effects, resource)
    emitted: list[EffectRecord] = []
    #: By account: whether something older still waits.
    behind: dict[str, bool] = {}
    for nth, effect in enumerate(effects):
        entry = outbox.record(effect, transaction=transaction, at=at, nth=nth)
        done = await _try_now(session, rerun, effect, entry, resource, behind)
        emitted.append(evolve(entry, state="done") if done else entry)
        rerun.place += 1
    return tuple(emitted)


async def _try_now(
    session: Session[Any],
    rerun: Rerun,
    effect: AnyEffect,
    entry: EffectRecord,
    resource: JsonObject | None,
    behind: dict[str, bool],
) -> bool:
    """Handled in this very transaction if the host can, unless something older of the account still waits."""
    if effect.due > session.now:
        return False
    account = entry.account
    if account not in behind:
        behind[account] = bool(await session.unit.backlog(account, session.now, 1))
    if behind[account]:
        return False
    if type(effect) in session.powers.later or rerun.waits(rerun.place, entry.type):
        # Nothing newer of the account may overtake it, or a late suspension would undo a reactivation.
        behind[account] = True
        return False
    meant = await _team_members(session).now_in(effect)
    try:
        await hand_over(session.host, session.unit.transaction, session.tenant, meant, entry.key, resource)
    except Later:
        # What the handler has written can be undone only with the whole unit: a part of a unit cannot be undone in
        # every repository. The engine runs it again.
        raise PutOff(rerun.place, entry.type) from None
    return True


def _shown(document: Document | None) -> JsonObject | None:
    return None if document is None else {**document.data, "id": document.id}


def change_set(type: BoundType, before: JsonObject, after: JsonObject, deltas: tuple[RelationDelta, ...]) -> ChangeSet:
    differing = changes_between(type, before, after)
    return ChangeSet(
        type=type.name, before=before, after=after, changes=differing, relations=tuple(d for d in deltas if d)
    )


def as_planned(subject: Subject, plan: Plan) -> Subject:
    """The subject with the change that the plan makes of what was asked."""
    if plan.data is None:
        return subject
    change = change_set(subject.type, subject.change.before, plan.data, subject.change.relations)
    return evolve(subject, change=change)


def is_idle(subject: Subject, plan: Plan) -> bool:
    """The policy kept everything as it was: as if nothing had been asked."""
    nothing_new = plan.binding is None or plan.binding == subject.binding
    no_effect = not plan.effects and not plan.cancels and not plan.unbinds and plan.secret is None
    return subject.before is not None and not subject.change and nothing_new and no_effect


async def _remember_leaver(session: Session[Any], before: Binding | None) -> None:
    """A user leaves without a tombstone. While the leaver limit counts, a mark stands for the rest of its window."""
    policy = session.policy.safety
    counting = policy.max_leavers or policy.max_leavers_percent
    if not counting or before is None or before.type != "User" or not session.connection:
        return
    since = before.since if before.state in LEFT else session.now
    due = since + policy.window_hours * HOUR
    if due > session.now:
        mark = Mark(kind="leaver", name=before.resource, connection=before.connection, since=since, due=due)
        await session.unit.mark(mark)


def _team_members(session: Session[Any]) -> TeamMembers:
    return TeamMembers(
        unit=session.unit,
        policy=session.policy,
        registry=session.registry,
        now=session.now,
        page=session.limits.link_page,
    )
