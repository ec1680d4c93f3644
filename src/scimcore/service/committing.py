"""Carries a plan out: the resource, its links, its binding, the effects and the audit record, in one unit.

The order matters. Resource and links come first, because they may still be refused (`Clash`, `Stale`); the account is
opened before the binding that names it; effects come after the binding, so that a handler which reads finds the new
state; and the audit record is last, because it says what became of everything before it.
"""

from collections.abc import Sequence
from typing import Any, Final, TypeVar

from attrs import evolve, field, frozen

from scimcore._arguments import shown
from scimcore.errors import InvalidValue, ScimError, TooLarge, Uniqueness
from scimcore.host import AsyncHost, Later
from scimcore.policy.effects import LANES, Anonymise, AnyEffect, Lane, ReleaseSeat, ReserveSeat
from scimcore.policy.facts import Binding
from scimcore.policy.plans import Note, Plan
from scimcore.repository import AuditRecord, Clash, EffectRecord, RepositoryError, keys
from scimcore.resources import changes_between, to_text
from scimcore.resources.changes import Change, ChangeSet, Link, RelationDelta
from scimcore.resources.document import Document
from scimcore.schema import MEMBERSHIP, BoundType
from scimcore.schema.json import Json, JsonObject
from scimcore.service import outbox
from scimcore.service.leaving import leaves, remember_leaver, remember_owner, retire
from scimcore.service.redaction import detail_of, name_digest, recorded
from scimcore.service.session import PutOff, Rerun, Session
from scimcore.service.sync_adapter import class_of

T = TypeVar("T")

#: Entries of an account's backlog that are looked at one by one.
_LOOKED_AT: Final = 200
#: So many links are listed in an audit record; of a larger change, the rest is counted.
_LISTED: Final = 100
#: Units of work for one link that is added or removed: its rows, and what its other end is told.
LINK_WORK: Final = 400
#: Characters of one text in a record of the audit trail.
_LONGEST: Final = 1000


@frozen(kw_only=True)
class Subject:
    """The resource that a plan is carried out on, as it was (None: it is new), and what is asked of it."""

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
    """Write everything that the plan says. Returns the document afterwards, None when it is gone.

    Raises Uniqueness when another resource has the name.
    """
    document = await _store(session, subject, plan)
    account = await _bind(session, subject, plan)
    if plan.cancels and subject.binding and subject.binding.account:
        await session.unit.cancel(subject.binding.account, plan.cancels, session.now)
    session.about = (subject.type.name, _recorded_under(subject), account or "")
    entries = await _hand_out(
        session,
        outbox.name_account(plan.effects, account),
        None if document is None else {**document.data, "id": document.id},
        at=document.modified if document else session.now,
    )
    forgets = _forgets(session, subject, plan)
    if forgets:
        # Nothing personal outlives an anonymisation: not what was recorded before, and of this change only its names.
        await session.unit.forget(subject.id)
    version = document.version if document else 0
    await _audit(session, subject, plan, entries, account=account or "", version=version, values=not forgets)
    return document


def _forgets(session: Session[Any], subject: Subject, plan: Plan) -> bool:
    """True if the user is anonymised by this plan, was so before, or stays so (POL-151)."""
    # By the binding and not by the effect alone: a user who is renamed or deleted after the anonymisation has no
    # account left, and so no effect, but a name. What is undone when the user is enabled forgets nobody.
    if not session.policy.audit.forget_anonymised:
        return False
    now = any(isinstance(effect, Anonymise) and not effect.reversible for effect in plan.effects)
    return now or any(
        binding is not None and binding.state == "anonymised" for binding in (subject.binding, plan.binding)
    )


async def record(session: Session[Any], subject: Subject | None, plan: Plan) -> None:
    """Write the effects and the audit record of a plan that changes no resource, or is about none at all."""
    binding = subject.binding if subject else None
    if subject is not None:
        session.about = (subject.type.name, _recorded_under(subject), (binding.account if binding else None) or "")
    entries = await _hand_out(session, plan.effects, None, at=session.now)
    await _audit(session, subject, plan, entries, account=(binding.account if binding else None) or "")


def change_set(type: BoundType, before: JsonObject, after: JsonObject, deltas: tuple[RelationDelta, ...]) -> ChangeSet:
    """Return what differs between two versions of a resource, and its links."""
    differing = changes_between(type, before, after)
    return ChangeSet(
        type=type.name, before=before, after=after, changes=differing, relations=tuple(d for d in deltas if d)
    )


def as_planned(subject: Subject, plan: Plan) -> Subject:
    """Return the subject with the change that the plan makes of what was asked."""
    if plan.data is None:
        return subject
    change = change_set(subject.type, subject.change.before, plan.data, subject.change.relations)
    return evolve(subject, change=change)


def check_size(session: Session[Any], subject: Subject) -> None:
    """Refuse a text or a resource that is too long. One that is already stored may shrink, or stay, or be disabled.

    Raises InvalidValue and TooLarge.
    """
    limits, total = session.limits, 0
    for change in subject.change.changes:
        length = _length(change.after, limits.text, change.path)
        total += length
    before = 0 if subject.before is None else len(subject.before.text)
    # What is added is an upper bound; only where it may be too much the resource is written out to be measured.
    if total + before <= limits.document // 2:
        return
    session.budget.count((total + before) // 8)
    if total and len(to_text(subject.change.after)) > max(limits.document, before):
        raise TooLarge(
            f"The {subject.type.name} would be longer than {limits.document} characters, the limit for one resource. "
            "Send fewer or shorter values.",
            code="SC-1026",
        )


def _length(value: Json, most: int, path: str) -> int:
    """Return about how long the value is. Raises InvalidValue if one of its texts is longer than `most`."""
    if isinstance(value, str):
        if len(value) > most:
            raise InvalidValue(f"{path}: the text has {len(value)} characters. Send at most {most}.", code="SC-1027")
        return len(value) + 8
    if isinstance(value, list):
        return sum([_length(one, most, path) for one in value])
    if isinstance(value, dict):
        return sum([_length(part, most, path) + len(name) for name, part in value.items()])
    return 8


def is_idle(subject: Subject, plan: Plan) -> bool:
    """True if the policy leaves everything as it is, as if nothing had been asked."""
    nothing_new = plan.binding is None or plan.binding == subject.binding
    no_effect = not plan.effects and not plan.cancels and not plan.unbinds and plan.secret is None
    return subject.before is not None and not subject.change and nothing_new and no_effect


# the resource and its links


async def _store(session: Session[Any], subject: Subject, plan: Plan) -> Document | None:
    if plan.outcome == "deleted":
        await _leave_groups(session, subject)
        await session.unit.delete(subject.type.name, subject.id)
        return None
    if subject.before is not None and plan.data is None and not subject.change:
        # Only the binding or the account changes: an ETag must not, or the client would read the resource again.
        return subject.before
    document = _next(session, subject, plan)
    try:
        if subject.before is None:
            await session.unit.insert(document, keys(subject.type, document.data, document.id))
        else:
            await _rewrite(session, subject.type, subject.before, document)
    except Clash as clash:
        # The index decides, whatever was looked up before: two creates of one name may run at the same time.
        raise taken(subject.type, document.data, clash.path) from None
    for delta in subject.change.relations:
        await _relink(session, subject, delta)
    if plan.drops_links:
        await _leave_groups(session, subject)
    return document


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


async def _rewrite(session: Session[Any], type: BoundType, before: Document, document: Document) -> None:
    # `amend` and not `replace`: with the keys of before, a repository writes no index row that stays as it is.
    old, new = keys(type, before.data, before.id), keys(type, document.data, document.id)
    await session.unit.amend(document, new, old, expect=before.version)


def taken(type: BoundType, data: JsonObject, path: str = "") -> Uniqueness:
    """Return the 409 for a unique value that another resource has: of the type's unique attribute, or at the path."""
    if path:
        # Without the value: refusals are recorded, and it may be personal.
        return Uniqueness(f"Another {type.name} has this value of {path} already. Send another value for {path}.")
    name = type.resource_type.unique
    return Uniqueness(
        f"Another {type.name} has the {name} {data.get(name)!r} already. Match that one, or choose another {name}."
    )


async def _relink(session: Session[Any], subject: Subject, delta: RelationDelta) -> None:
    # Counted and not spent: one PUT of a group of 20,000 is allowed, a hundred of them in one bulk job are not.
    session.budget.count(LINK_WORK * (len(delta.removed) + len(delta.added)))
    if delta.removed:
        ids = [link.id for link in delta.removed]
        await session.unit.unlink(subject.type.name, subject.id, delta.relation, ids)
    if delta.added:
        await session.unit.link(subject.type.name, subject.id, delta.relation, delta.added)


async def _leave_groups(session: Session[Any], subject: Subject) -> None:
    """Take the resource out of its groups; each group gets a new version."""
    found = await session.unit.holders([(subject.type.name, subject.id)], MEMBERSHIP)
    # In the order of their ids: two units that lock the same groups in different orders would wait for each other.
    for group in sorted(found.get(subject.id, ()), key=lambda g: g.id):
        document = await session.unit.get(group.type, group.id, lock=True)
        if document is None:
            continue
        await session.unit.unlink(group.type, group.id, MEMBERSHIP, [subject.id])
        moved = evolve(document, version=document.version + 1, modified=max(session.now, document.modified + 1))
        await _rewrite(session, session.registry[group.type], document, moved)


# the account and the binding


async def _bind(session: Session[Any], subject: Subject, plan: Plan) -> str | None:
    """Open the account if the plan says so, and write the binding. Returns the account that the effects are about."""
    existing = subject.binding.account if subject.binding else None
    opened = None
    if plan.opens is not None:
        order = evolve(plan.opens, resource=subject.id)
        opened = await session.host.open(session.transaction, session.tenant, order)
        if not opened:
            raise TypeError("Host.open must return the new account's id")
        if existing is not None:
            await retire(session.unit, existing, session.now)
    elif plan.secret is not None and existing is not None:
        # Only for an account that exists: a new one gets its password with the order.
        await _set_password(session, existing, plan.secret)
    for other in plan.bindings:
        await session.unit.bind(other)
    if subject.type.name == "User" and leaves(subject.binding, plan):
        await remember_leaver(session.unit, subject.id, session.connection, session.policy.safety, session.now)
    if plan.unbinds:
        await session.unit.unbind(subject.id)
    elif plan.binding is not None and plan.binding != subject.stored:
        named = plan.binding if opened is None else evolve(plan.binding, account=opened)
        await session.unit.bind(evolve(named, resource=named.resource or subject.id))
        if plan.owner_leaves and named.account:
            await remember_owner(session.unit, named.account, session.now)
        return named.account or existing
    return existing


async def _set_password(session: Session[Any], account: str, secret: str) -> None:
    passwords = session.powers.passwords
    # Without the power the policy was refused when its connection met the service: see `Powers.check`.
    if passwords is not None:
        await passwords.password(session.transaction, session.tenant, account, secret)


# the effects


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
    handing = _HandingOut(session=session, rerun=rerun, effects=effects, resource=resource)
    emitted: list[EffectRecord] = []
    for nth, effect in enumerate(effects):
        entry = outbox.record(effect, key=f"{transaction}-{nth}", at=at, nth=nth)
        emitted.append(await handing.hand_out(effect, entry))
        # Counted over the whole unit: a page of leavers has many plans, and `Later` must find its effect again.
        rerun.place += 1
    return tuple(emitted)


@frozen(kw_only=True)
class _HandingOut:
    """The effects of one plan on their way to the host, and what stands in the way of each account."""

    session: Session[Any]
    rerun: Rerun
    effects: Sequence[AnyEffect]
    resource: JsonObject | None
    #: By account: the lanes in which something still waits.
    behind: dict[str, set[Lane]] = field(factory=dict, init=False)
    #: Reservations of seats that were called off, as (account, pool): their release is called off with them.
    unreserved: list[tuple[str, str]] = field(factory=list, init=False)

    async def hand_out(self, effect: AnyEffect, entry: EffectRecord) -> EffectRecord:
        """Let the host handle it in this very transaction, unless it has to wait. Returns what the outbox stores."""
        session, account = self.session, entry.account
        if effect.due > session.now:
            return entry
        if account not in self.behind:
            # One statement for each account, not for each effect: nothing but this unit adds to its backlog meanwhile.
            self.behind[account] = await self._clear_way(account)
        behind = self.behind[account]
        if isinstance(effect, ReleaseSeat) and (account, effect.pool) in self.unreserved:
            self.unreserved.remove((account, effect.pool))
            return evolve(entry, state="cancelled")
        put_off = self.rerun.put_off_before(self.rerun.place, entry.type)
        if behind & outbox.WAITS_FOR[effect.lane]:
            # Nothing newer of the account may overtake it, or a late suspension would undo a reactivation.
            behind.add(effect.lane)
            return entry
        if type(effect) in session.powers.later or put_off is not None:
            behind.add(effect.lane)
            if put_off:
                # It failed: the worker counts that try, and waits as after any other.
                entry = evolve(entry, attempts=1, error=put_off, due=session.now + outbox.FIRST_WAIT)
            if isinstance(effect, outbox.DOORS) and effect.lane == "access":
                session.delay(entry)
            return entry
        await self._carry_out(effect, entry)
        return evolve(entry, state="done")

    async def _carry_out(self, effect: AnyEffect, entry: EffectRecord) -> None:
        session, place = self.session, self.rerun.place
        team_members = outbox.TeamMembers(
            unit=session.unit,
            policy=session.policy,
            registry=session.registry,
            now=session.now,
            page=session.limits.link_page,
        )
        meant = await team_members.now_in(effect)
        try:
            await hand_over(session.host, session.transaction, session.tenant, meant, entry.key, self.resource)
        except Later:
            # What the handler has written can be undone only with the whole unit: a part of a unit cannot be undone in
            # every repository. The engine runs it again.
            raise PutOff(place, entry.type) from None
        except (RepositoryError, ScimError):
            # No failure: the unit lost a race and runs again, or the host refuses what was asked.
            raise
        except Exception as error:
            if effect.lane != "access" and any(e.lane == "access" and e.due <= session.now for e in self.effects):
                # Mail that cannot be sent must not keep a leaver in. The unit runs again, and this effect waits.
                outbox.log_failure(session.tenant, entry, error, "It waits for the worker.")
                raise PutOff(place, entry.type, type(error).__name__) from None
            session.failed = entry
            raise

    async def _clear_way(self, account: str) -> set[Lane]:
        """Call off what these effects make pointless. Returns the lanes in which something still waits."""
        unit, now = self.session.unit, self.session.now
        page = await unit.backlog(account, now, _LOOKED_AT)
        if not page:
            return set()
        newer = [e for e in self.effects if e.due <= now and outbox.in_order_by(e) == account]
        if any(entry.lane == "change" for entry in self._pointless(page, newer)):
            # A worker may be handling an enabling this very moment, and would commit it after the suspension: wait
            # for it. Nobody waits for mail that is being sent: it has a guard of its own.
            await unit.guard(outbox.guard_of(account, "change"))
            page = await unit.backlog(account, now, _LOOKED_AT)
        pointless = self._pointless(page, newer)
        for entry in pointless:
            await unit.update_effect(evolve(entry, state="cancelled"))
            if entry.type == ReserveSeat.__name__:
                self.unreserved.append((account, str(entry.payload.get("pool", ""))))
        lanes = {entry.lane for entry in page if entry not in pointless}
        if len(page) < _LOOKED_AT:
            return lanes
        # More than was looked at: by one statement, whatever its size, and all but access waits.
        types = {kind.__name__ for e in newer for kind in outbox.called_off_by(e)}
        await unit.cancel(account, sorted(types), now)
        return {*LANES}

    @staticmethod
    def _pointless(page: Sequence[EffectRecord], newer: Sequence[AnyEffect]) -> list[EffectRecord]:
        found, releases = list[EffectRecord](), [e for e in newer if isinstance(e, ReleaseSeat)]
        for entry in page:
            if entry.type == ReserveSeat.__name__:
                # One release for each reservation: the host may count.
                pair = next((e for e in releases if outbox.releases(e, entry)), None)
                if pair is not None:
                    releases.remove(pair)
                    found.append(entry)
            elif any(outbox.is_pointless(entry, e) for e in newer):
                found.append(entry)
        return found


async def hand_over(
    host: AsyncHost[T], tx: T, tenant: str, effect: AnyEffect, key: str, resource: JsonObject | None
) -> None:
    """Let the host carry the effect out. Raises TypeError when it returns anything, and what the host raises."""
    # A boolean would be read as "done" by one and as "not yet" by another, so a host that returns one gets an error.
    returned: object = await host.handle(tx, tenant, effect, key=key, resource=resource)  # type: ignore[func-returns-value]  # that is the question
    if returned is not None:
        raise TypeError(
            f"{class_of(host)}.handle returned {shown(returned)} for {type(effect).__name__}. Return nothing when the "
            "effect is done; raise Later to leave it to the worker."
        )


# the audit trail: one record per change of state and per refusal, redacted


async def _audit(
    session: Session[Any],
    subject: Subject | None,
    plan: Plan,
    effects: Sequence[EffectRecord],
    *,
    account: str,
    version: int = 0,
    values: bool = True,
) -> None:
    """Record what happened, by whom, to whom, why, and what it set off; without `values`, only names of changes."""
    entry = AuditRecord(
        id=session.new_id(),
        at=session.now,
        operation=session.operation,
        outcome=plan.outcome,
        connection=session.connection,
        credential=session.credential,
        request=session.request,
        type=subject.change.type if subject else "",
        target=subject.id if subject else "",
        account=account,
        version=version,
        changes=_changes(subject.change, values and session.policy.audit.values == "redacted") if subject else {},
        notes=recorded((*session.notes, *session.delay_notes, *plan.notes)),
        effects=tuple(effect.type for effect in effects),
    )
    await session.unit.record(entry, effects)


async def audit_refusal(
    session: Session[Any], error: ScimError, notes: Sequence[Note], type: str, target: str, account: str
) -> None:
    """Record what was refused, and by which rule; in words of ours, never in those of the client."""
    # An event of the product may be about nothing that SCIM knows.
    bound = session.registry[type] if type in session.registry else None  # noqa: SIM401 - it has no get
    detail = detail_of(error, bound)
    entry = AuditRecord(
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
        detail=detail,
        notes=recorded((*session.notes, *notes)) or (Note(f"error {error.code}", detail),),
    )
    await session.unit.record(entry, ())


async def audit_failure(session: Session[Any], entry: EffectRecord, about: tuple[str, str, str], error: str) -> None:
    """Record that the host could not carry an effect out, and that the request was undone for it."""
    type, target, account = about
    text = f"The product could not carry out {entry.type} ({error}). The whole request is undone."
    record = AuditRecord(
        id=session.new_id(),
        at=session.now,
        operation=session.operation,
        outcome="failed",
        connection=session.connection,
        credential=session.credential,
        request=session.request,
        type=type,
        target=target,
        account=account or entry.account,
        notes=(Note("effects.failed", text),),
    )
    await session.unit.record(record, ())


def _recorded_under(subject: Subject) -> str:
    if subject.before is None:
        return name_digest(subject.type, subject.change.after)
    return subject.id


def _changes(change: ChangeSet, values: bool) -> JsonObject:
    # Whether somebody may work is never personal, and what an event stream needs (RFC 9967 section 2.4.6).
    found: JsonObject = {c.path: _values(c) if values or c.path == "active" else None for c in change.changes}
    for delta in change.relations:
        if delta:
            found[delta.relation] = {"added": _ids(delta.added), "removed": _ids(delta.removed)}
    return found


def _values(change: Change) -> Json:
    """The value before and after; of a multi-valued attribute what was removed and what was added.

    Whole, a record of one more value would be as long as all values, and the trail would grow with the square of them.
    """
    before, after = change.before, change.after
    if isinstance(before, list) and isinstance(after, list):
        old, new = {to_text(one) for one in before}, {to_text(one) for one in after}
        before = [one for one in before if to_text(one) not in new]
        after = [one for one in after if to_text(one) not in old]
    return [_short(before), _short(after)]


def _short(value: Json) -> Json:
    """The value, cut where it is longer than anybody reads in a trail."""
    if isinstance(value, str):
        return value if len(value) <= _LONGEST else f"{value[:_LONGEST]}… and {len(value) - _LONGEST} more characters"
    if isinstance(value, list):
        listed: list[Json] = [_short(one) for one in value[:_LISTED]]
        return [*listed, f"and {len(value) - _LISTED} more"] if len(value) > _LISTED else listed
    return {name: _short(part) for name, part in value.items()} if isinstance(value, dict) else value


def _ids(links: Sequence[Link]) -> Json:
    # A group of 100,000 members must not make a record that no page of the trail can hold.
    listed: list[Json] = [link.id for link in links[:_LISTED]]
    return [*listed, f"and {len(links) - _LISTED} more"] if len(links) > _LISTED else listed
