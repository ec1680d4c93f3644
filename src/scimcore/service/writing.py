"""The writes: each reads what it needs, lets the policy decide, and carries the plan out."""

from collections.abc import Mapping
from typing import Any

from attrs import evolve, frozen

from scimcore.dialects import Dialect
from scimcore.errors import Forbidden, PreconditionFailed, ScimError, Uniqueness
from scimcore.patch import LinkRequest, apply_patch, parse_patch
from scimcore.patch.links import links_for_put
from scimcore.policy.facts import Binding, Facts
from scimcore.policy.plans import Note, Plan
from scimcore.policy.rules.mastery import keep_on_put
from scimcore.policy.triggers import Created, Deleted, Updated
from scimcore.repository.keys import unique
from scimcore.resources import Checker, changes_between, checker, etag
from scimcore.resources.changes import ChangeSet, Link, RelationDelta
from scimcore.resources.document import Document
from scimcore.schema import BoundType
from scimcore.schema.json import JsonObject
from scimcore.service import awaiting, immutable, joining, relations, unmanaged
from scimcore.service.committing import Subject, commit, forgettable, record, taken
from scimcore.service.deciding import facts_of, settle
from scimcore.service.reading import foreign, hidden, missing
from scimcore.service.session import Session


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
    change: ChangeSet


async def create(session: Session[Any], type: BoundType, body: JsonObject, dialect: Dialect, *, dry: bool) -> Written:
    """POST (RFC 7644 section 3.3)."""
    rewritten, notes = dialect.body(type, body)
    checked = _checker(session, type, dialect).body(rewritten, creating=True)
    session.note(*notes, *checked.notes)
    session.named = checked.named
    data = _active_by_default(type, checked.data)
    id = session.new_id()
    gained = [await _gained(session, type, id, name, links) for name, links in checked.links.items() if links]
    change = _change_set(type, {}, data, tuple(gained))
    facts, namesake = await _facts_of_new(session, type, id, data)
    plan = await settle(session, facts, Created(change=change, resource=id, secret=checked.secret))
    subject = Subject(type=type, id=id, before=None, change=change)
    if plan.resource is not None and namesake is not None and plan.resource == namesake.id:
        # The policy brings the namesake back instead of making a new resource (POL-033).
        again = _change_set(type, namesake.data, data if plan.data is None else plan.data, tuple(gained))
        subject = Subject(type=type, id=namesake.id, before=namesake, change=again, binding=facts.namesake)
    written = await _carry_out(session, subject, plan, dry=dry, namesake=namesake.id if namesake else "")
    if type.name == "User" and not dry and relations.keeps_unknown(session):
        await joining.join_awaiting(session, written.id, written.document)
    return written


def _checker(session: Session[Any], type: BoundType, dialect: Dialect) -> Checker:
    """The compiled checker for the dialect's rules, as far as the policy does not set its own (POL-077)."""
    unknown = session.policy.names.unknown_attributes
    return checker(type, dialect.rules if unknown == "as_dialect" else evolve(dialect.rules, unknown=unknown))


def _active_by_default(type: BoundType, data: JsonObject) -> JsonObject:
    """Absent at create, `active` is true (RFC 7643 section 4.1.1 leaves its meaning to the service)."""
    attribute = type.attributes.get("active")
    if attribute is None or attribute.type != "boolean" or "active" in data:
        return data
    return {**data, "active": True}


async def _gained(session: Session[Any], type: BoundType, id: str, name: str, links: tuple[Link, ...]) -> RelationDelta:
    attribute = next(a for a in type.attributes.values() if a.name == name)
    assert attribute.relation is not None  # noqa: S101 - the checker splits off relations only
    wanted = {link.id: link.type for link in links}
    relation = attribute.relation.name
    return RelationDelta(relation, await relations.known(session, type, id, relation, wanted))


async def _facts_of_new(
    session: Session[Any], type: BoundType, id: str, data: JsonObject
) -> tuple[Facts, Document | None]:
    facts = facts_of(session, None)
    if not type.resource_type.unique:
        return facts, None
    namesake = await session.unit.named(type.name, unique(type, data, id))
    if namesake is None:
        return facts, None
    bound = await unmanaged.claimed(session, await session.unit.binding(namesake.id))
    binding = bound or Binding(
        resource=namesake.id, type=type.name, account=None, state="active", connection=namesake.connection
    )
    return evolve(facts, namesake=binding, namesake_data=namesake.data), namesake


async def patch(
    session: Session[Any],
    type: BoundType,
    id: str,
    body: JsonObject,
    dialect: Dialect,
    *,
    if_match: frozenset[int] | None,
    dry: bool,
) -> Written:
    """PATCH (RFC 7644 section 3.5.2)."""
    document, stored = await _existing(session, type, id, if_match)
    binding = await unmanaged.claimed(session, stored)
    rewritten, notes = dialect.patch(type, body)
    patched = apply_patch(
        type,
        document.data,
        parse_patch(rewritten),
        checker=_checker(session, type, dialect),
        readings=dialect.readings,
        id=id,
    )
    session.note(*notes, *patched.notes)
    session.named = patched.named
    deltas = await _deltas(session, type, id, patched.requests)
    change = _change_set(type, document.data, _still_said(session, document.data, patched.data), deltas)
    trigger = Updated(change=change, method="PATCH", named=patched.named, secret=patched.secret)
    subject = Subject(type=type, id=id, before=document, change=change, binding=binding, stored=stored)
    return await _update(session, subject, trigger, dry)


def _still_said(session: Session[Any], before: JsonObject, after: JsonObject) -> JsonObject:
    """`active` says whether a person may work: set to something, never to nothing, or removing it would enable."""
    if "active" in after or "active" not in before:
        return after
    session.note(("active", "A removed active stays as it was; set it to true or false to change it."))
    return {**after, "active": before["active"]}


async def replace(
    session: Session[Any],
    type: BoundType,
    id: str,
    body: JsonObject,
    dialect: Dialect,
    *,
    if_match: frozenset[int] | None,
    dry: bool,
) -> Written:
    """PUT (RFC 7644 section 3.5.1)."""
    document, stored = await _existing(session, type, id, if_match)
    binding = await unmanaged.claimed(session, stored)
    rewritten, notes = dialect.body(type, body)
    checked = _checker(session, type, dialect).body(rewritten, creating=False)
    session.note(*notes, *checked.notes)
    session.named = checked.named
    kept = keep_on_put(session.policy, document.data, checked.data, checked.named)
    carried = immutable.carry_over(type, document.data, kept, checked.named)
    data = _still_said(session, document.data, carried)
    deltas = await _deltas(session, type, id, _put_links(type, checked.links))
    change = _change_set(type, document.data, data, deltas)
    trigger = Updated(change=change, method="PUT", named=checked.named, secret=checked.secret)
    subject = Subject(type=type, id=id, before=document, change=change, binding=binding, stored=stored)
    return await _update(session, subject, trigger, dry)


def _put_links(type: BoundType, links: Mapping[str, tuple[Link, ...] | None]) -> tuple[LinkRequest, ...]:
    """What a PUT asks of each relation; not mentioned is cleared, like every attribute that the client masters."""
    asked = [links_for_put(links.get(a.name) or (), relation=relation) for relation, a in type.links.items()]
    return tuple(request for request in asked if request is not None)


async def delete(
    session: Session[Any], type: BoundType, id: str, *, if_match: frozenset[int] | None, dry: bool
) -> Written:
    """DELETE (RFC 7644 section 3.6)."""
    document, stored = await _existing(session, type, id, if_match)
    binding = await unmanaged.claimed(session, stored)
    deltas = []
    for relation in type.links:
        lost = await relations.every_link(session, type.name, id, relation)
        deltas.append(RelationDelta(relation, (), tuple(Link(x.type, x.id) for x in lost)))
    gone = changes_between(type, document.data, {})
    change = ChangeSet(type=type.name, before=document.data, after={}, changes=gone, relations=tuple(deltas))
    subject = Subject(type=type, id=id, before=document, change=change, binding=binding)
    plan = await settle(session, facts_of(session, binding), Deleted(change=change))
    written = await _carry_out(session, subject, plan, dry=dry)
    if type.name == "Group" and not dry and relations.keeps_unknown(session):
        await awaiting.wait_only(session, id, ())
    return written


async def _existing(
    session: Session[Any], type: BoundType, id: str, if_match: frozenset[int] | None
) -> tuple[Document, Binding | None]:
    """The resource, locked, and the binding as it is stored."""
    document = await session.unit.get(type.name, id, lock=True)
    if document is None or hidden(session, document):
        raise missing(type, id)
    if foreign(session, document):
        raise Forbidden(
            f"{type.name} {id} belongs to another connection of this tenant; change it there.", code="SC-1422"
        )
    if if_match is not None and document.version not in if_match:
        raise PreconditionFailed(
            f"{type.name} {id} is at version {etag(document.version)}, not at the one in If-Match. Read it again first."
        )
    return document, await session.unit.binding(id)


async def _deltas(
    session: Session[Any], type: BoundType, id: str, requests: tuple[LinkRequest, ...]
) -> tuple[RelationDelta, ...]:
    return tuple([await relations.delta(session, type, id, request) for request in requests])


def _change_set(type: BoundType, before: JsonObject, after: JsonObject, deltas: tuple[RelationDelta, ...]) -> ChangeSet:
    differing = changes_between(type, before, after)
    return ChangeSet(
        type=type.name, before=before, after=after, changes=differing, relations=tuple(d for d in deltas if d)
    )


async def _update(session: Session[Any], subject: Subject, trigger: Updated, dry: bool) -> Written:
    if not subject.change and trigger.secret is None:
        # Nothing differs: no write, no version, no effect, no record (PATCH-023, PUT-012).
        note = Note("RFC 7644 §3.5.2", "Nothing differs from what is stored, so nothing was written.")
        plan = Plan(outcome="unchanged", notes=(note,))
        return Written(plan=plan, id=subject.id, document=subject.before, change=subject.change)
    plan = await settle(session, facts_of(session, subject.binding), trigger)
    return await _carry_out(session, subject, plan, dry=dry)


async def _carry_out(session: Session[Any], subject: Subject, plan: Plan, *, dry: bool, namesake: str = "") -> Written:
    """Refuse, preview or commit. A plan may store other data than was asked: the change is then what really changes.

    `namesake`: the resource that has the name of one that is to be created.
    """
    if dry:
        foreseen = await _foreseen(session, subject, plan)
        return Written(plan=foreseen, id=subject.id, document=subject.before, change=subject.change)
    if plan.refusal is not None:
        raise _refused(subject, plan, plan.refusal, namesake)
    subject = as_planned(subject, plan)
    if idle(subject, plan):
        plan = evolve(plan, outcome="unchanged")
        if any(note.rule.startswith("protection.") for note in plan.notes):
            # Passed over is not passed by: that somebody tried is recorded (POL-101).
            await record(session, subject, plan)
        return Written(plan=plan, id=subject.id, document=subject.before, change=subject.change)
    try:
        document = await commit(session, subject, plan)
    except Uniqueness as clash:
        raise _refused(subject, _clashing(clash), clash, namesake) from None
    return Written(plan=plan, id=subject.id, document=document, change=subject.change)


def _refused(subject: Subject, plan: Plan, error: ScimError, namesake: str) -> WriteRefused:
    """The refusal of a create is recorded under what can be forgotten with the person."""
    account = subject.binding.account if subject.binding else None
    there = namesake if subject.before is None else subject.id
    return WriteRefused(error, plan, there or forgettable(subject.type, subject.change.after), account or "")


def _clashing(clash: Uniqueness) -> Plan:
    """The refusal of a name that another resource has; the index finds it, not the policy."""
    note = Note("RFC 7643 §2.4", "another resource has the unique value", ("refusal",))
    return Plan(outcome="refused", notes=(note,), refusal=clash)


async def _foreseen(session: Session[Any], subject: Subject, plan: Plan) -> Plan:
    """The plan of a dry run. What the index would refuse has to be looked up: a name that another resource has."""
    if plan.refusal is not None or plan.outcome == "deleted" or not subject.type.resource_type.unique:
        return plan
    data = subject.change.after if plan.data is None else plan.data
    other = await session.unit.named(subject.type.name, unique(subject.type, data, subject.id))
    return plan if other is None or other.id == subject.id else _clashing(taken(subject.type, data))


def as_planned(subject: Subject, plan: Plan) -> Subject:
    """The subject with the change that the plan makes of what was asked."""
    if plan.data is None:
        return subject
    change = _change_set(subject.type, subject.change.before, plan.data, subject.change.relations)
    return evolve(subject, change=change)


def idle(subject: Subject, plan: Plan) -> bool:
    """The policy kept everything as it was: as if nothing had been asked."""
    nothing_new = plan.binding is None or plan.binding == subject.binding
    quiet = not plan.effects and not plan.cancels and not plan.unbinds and plan.secret is None
    return subject.before is not None and not subject.change and nothing_new and quiet
