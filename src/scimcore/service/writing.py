"""The four writes of the protocol: each reads what it needs, lets the policy decide, and carries the plan out.

A write never looks at the policy's choices for a decision of its own: it says what is asked (a `ChangeSet`), and the
plan says what becomes of it. A dry run stops between the two.
"""

from collections.abc import Mapping
from typing import Any

from attrs import evolve

from scimcore.dialects import Dialect
from scimcore.errors import Forbidden, Mutability, PreconditionFailed, ScimError, Uniqueness
from scimcore.patch import LinkRequest, apply_patch, parse_patch
from scimcore.patch.links import links_for_put
from scimcore.policy.facts import NO_MEMORY, Binding, Facts
from scimcore.policy.plans import Note, Plan
from scimcore.policy.rules.mastery import keep_on_put
from scimcore.policy.triggers import Created, Deleted, Updated
from scimcore.repository.keys import also_unique, unique, unique_key
from scimcore.repository.reads import FoundResource, Reads, ResourceRead
from scimcore.resources import Checker, changes_between, checker, etag
from scimcore.resources.changes import ChangeSet, Link, RelationDelta
from scimcore.resources.document import Document
from scimcore.schema import MEMBERSHIP, Attribute, BoundType
from scimcore.schema.json import JsonObject
from scimcore.service import members
from scimcore.service.committing import (
    Subject,
    WriteRefused,
    Written,
    as_planned,
    change_set,
    check_size,
    commit,
    is_idle,
    record,
    taken,
)
from scimcore.service.deciding import facts_of, plan_for
from scimcore.service.reading import foreign, hidden, missing
from scimcore.service.redaction import name_digest
from scimcore.service.session import Session


async def create(session: Session[Any], type: BoundType, body: JsonObject, dialect: Dialect, *, dry: bool) -> Written:
    """POST (RFC 7644 section 3.3)."""
    rewritten, notes = dialect.body(type, body)
    checked = _checker(session, type, dialect).body(rewritten, creating=True)
    session.note(*notes, *checked.notes)
    session.named = checked.named
    data = _active_by_default(type, checked.data)
    # Before the policy decides: the account is opened for this resource, and members refer to it.
    id = session.new_id()
    gained = [await _gained(session, type, id, name, links) for name, links in checked.links.items() if links]
    change = change_set(type, {}, data, tuple(gained))
    facts, namesake = await _facts_of_new(session, type, id, data)
    plan = await plan_for(session, facts, Created(change=change, resource=id, secret=checked.secret))
    subject = Subject(type=type, id=id, before=None, change=change)
    if plan.resource is not None and namesake is not None and plan.resource == namesake.id:
        # The policy brings the namesake back instead of making a new resource (POL-033).
        again = change_set(type, namesake.data, data if plan.data is None else plan.data, tuple(gained))
        subject = Subject(type=type, id=namesake.id, before=namesake, change=again, binding=facts.namesake)
    written = await _carry_out(session, subject, plan, dry=dry, namesake=namesake.id if namesake else "")
    if type.name == "User" and not dry and members.awaits_unknown(session):
        # After the user's own commit: the group's effects name the account, which has been opened by then.
        await _join_awaiting_groups(session, written.id, written.document)
    return written


def _checker(session: Session[Any], type: BoundType, dialect: Dialect) -> Checker:
    """The compiled checker for the dialect's rules, as far as the policy does not set its own (POL-077)."""
    unknown = session.policy.names.unknown_attributes
    # `checker` finds the compiled one by type and rules, so an equal value is as good as the dialect's own.
    return checker(type, dialect.rules if unknown == "as_dialect" else evolve(dialect.rules, unknown=unknown))


def _active_by_default(type: BoundType, data: JsonObject) -> JsonObject:
    """Absent at create, `active` is true (RFC 7643 section 4.1.1 leaves its meaning to the service)."""
    attribute = type.attributes.get("active")
    if attribute is None or attribute.type != "boolean" or "active" in data:
        return data
    return {**data, "active": True}


async def _gained(session: Session[Any], type: BoundType, id: str, name: str, links: tuple[Link, ...]) -> RelationDelta:
    relation = next(relation for relation, attribute in type.links.items() if attribute.name == name)
    wanted = {link.id: link.type for link in links}
    return RelationDelta(relation, await members.existing(session, type, id, relation, wanted))


async def _facts_of_new(
    session: Session[Any], type: BoundType, id: str, data: JsonObject
) -> tuple[Facts, Document | None]:
    facts = facts_of(session, None)
    if not type.resource_type.unique:
        return facts, None
    found = await _read_one(session, ResourceRead(type.name, unique=unique(type, data, id), binding=True))
    namesake = found.document
    if namesake is None:
        return facts, None
    bound = await _claimed(session, found.binding)
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
    # Locked first: the operations are applied to what is stored, and nothing may come between.
    document, stored = await _existing(session, type, id, if_match)
    binding = await _claimed(session, stored)
    rewritten, notes = dialect.patch(type, body)
    patched = apply_patch(
        type,
        document.data,
        parse_patch(rewritten),
        checker=_checker(session, type, dialect),
        readings=dialect.readings,
        id=id,
        budget=session.budget,
    )
    session.note(*notes, *patched.notes)
    session.named = patched.named
    deltas = await _deltas(session, type, id, patched.requests)
    change = change_set(type, document.data, _still_said(session, document.data, patched.data), deltas)
    trigger = Updated(change=change, method="PATCH", named=patched.named, secret=patched.secret)
    subject = Subject(type=type, id=id, before=document, change=change, binding=binding, stored=stored)
    return await _update(session, subject, trigger, dry)


def _still_said(session: Session[Any], before: JsonObject, after: JsonObject) -> JsonObject:
    """The data with `active` still set (docs/decisions/0011)."""
    # Without a value it would count as true, so that removing it would enable a person who was disabled.
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
    binding = await _claimed(session, stored)
    rewritten, notes = dialect.body(type, body)
    checked = _checker(session, type, dialect).body(rewritten, creating=False)
    session.note(*notes, *checked.notes)
    session.named = checked.named
    # What the policy lets the product master comes first, then what the schema lets nobody change.
    mastered = keep_on_put(session.policy, document.data, checked.data, checked.named)
    carried = _carry_over(type, document.data, mastered)
    data = _still_said(session, document.data, carried)
    deltas = await _deltas(session, type, id, _put_links(type, checked.links))
    change = change_set(type, document.data, data, deltas)
    trigger = Updated(change=change, method="PUT", named=checked.named, secret=checked.secret)
    subject = Subject(type=type, id=id, before=document, change=change, binding=binding, stored=stored)
    return await _update(session, subject, trigger, dry)


def _put_links(type: BoundType, links: Mapping[str, tuple[Link, ...] | None]) -> tuple[LinkRequest, ...]:
    """The requests of a PUT, one for each relation."""
    # RFC 7644 section 3.5.1: a PUT replaces all values, so members that are not mentioned are removed.
    asked = [links_for_put(links.get(a.name) or (), relation=relation) for relation, a in type.links.items()]
    return tuple(request for request in asked if request is not None)


async def delete(
    session: Session[Any], type: BoundType, id: str, *, if_match: frozenset[int] | None, dry: bool
) -> Written:
    """DELETE (RFC 7644 section 3.6)."""
    document, stored = await _existing(session, type, id, if_match)
    binding = await _claimed(session, stored)
    lost = await members.all_lost(session, type, id)
    gone = changes_between(type, document.data, {})
    change = ChangeSet(type=type.name, before=document.data, after={}, changes=gone, relations=lost)
    subject = Subject(type=type, id=id, before=document, change=change, binding=binding)
    plan = await plan_for(session, facts_of(session, binding), Deleted(change=change))
    written = await _carry_out(session, subject, plan, dry=dry)
    if type.name == "Group" and not dry and members.awaits_unknown(session):
        await members.await_only(session, id, ())
    return written


async def _existing(
    session: Session[Any], type: BoundType, id: str, if_match: frozenset[int] | None
) -> tuple[Document, Binding | None]:
    """The resource, locked, and the binding as it is stored."""
    found = await _read_one(session, ResourceRead(type.name, id, lock=True, binding=True))
    document = found.document
    if document is None or hidden(session, document):
        raise missing(type, id)
    # 403 and not 404: this connection may read the resource, or it would have been hidden above (POL-121).
    if foreign(session, document):
        raise Forbidden(
            f"{type.name} {id} belongs to another connection of this tenant; change it there.", code="SC-1422"
        )
    # RFC 7644 section 3.14. Compared under the lock, so that the version cannot move before the write.
    # Read, compared, written and recorded: all of it costs by its length.
    session.budget.count(len(document.text) // 8)
    if if_match is not None and document.version not in if_match:
        raise PreconditionFailed(
            f"{type.name} {id} is at version {etag(document.version)}, not at the one in If-Match. Read it again first."
        )
    return document, found.binding


async def _read_one(session: Session[Any], wanted: ResourceRead) -> FoundResource:
    return (await session.unit.read(Reads(resources=(wanted,)))).resource


async def _claimed(session: Session[Any], binding: Binding | None) -> Binding | None:
    """The binding as a change over SCIM finds it: an account that nobody managed is the connection's from now on."""
    if binding is None or not binding.memory.unmanaged or binding.account is None:
        return binding
    found = await session.host.accounts(session.transaction, session.tenant, [binding.account])
    account = found.get(binding.account)
    roles = account.roles if account else ()
    # Roles that were given in the product stay as an override, where the policy keeps them.
    by_hand = roles if session.policy.linking.roles == "keep" and roles else None
    session.note(("linking.unmanaged", "The first change claims an account that nobody managed."))
    return evolve(binding, connection=session.connection, roles=roles, override=by_hand, memory=NO_MEMORY)


async def _deltas(
    session: Session[Any], type: BoundType, id: str, requests: tuple[LinkRequest, ...]
) -> tuple[RelationDelta, ...]:
    return tuple([await members.delta(session, type, id, request) for request in requests])


async def _update(session: Session[Any], subject: Subject, trigger: Updated, dry: bool) -> Written:
    if not subject.change and trigger.secret is None:
        # Nothing differs: no write, no version, no effect, no record (PATCH-023, PUT-012).
        note = Note("RFC 7644 §3.5.2", "Nothing differs from what is stored, so nothing was written.")
        plan = Plan(outcome="unchanged", notes=(note,))
        return Written(plan=plan, id=subject.id, document=subject.before)
    plan = await plan_for(session, facts_of(session, subject.binding), trigger)
    return await _carry_out(session, subject, plan, dry=dry)


async def _carry_out(session: Session[Any], subject: Subject, plan: Plan, *, dry: bool, namesake: str = "") -> Written:
    """Refuse, preview or commit. A plan may store other data than was asked: the change is then what really changes.

    `namesake`: the resource that has the name of one that is to be created.
    """
    if plan.refusal is None:
        check_size(session, subject)
    if dry:
        foreseen = await _foreseen(session, subject, plan)
        return Written(plan=foreseen, id=subject.id, document=subject.before)
    if plan.refusal is not None:
        raise _refused(subject, plan, plan.refusal, namesake)
    subject = as_planned(subject, plan)
    if is_idle(subject, plan):
        plan = evolve(plan, outcome="unchanged")
        if any(note.rule.startswith("protection.") for note in plan.notes):
            # Passed over is not passed by: that somebody tried is recorded (POL-101).
            await record(session, subject, plan)
        return Written(plan=plan, id=subject.id, document=subject.before)
    try:
        await _refuse_twin(session, subject)
        document = await commit(session, subject, plan)
    except Uniqueness as clash:
        # Only the index knows for sure: another unit may have taken the name since the namesake was looked up.
        raise _refused(subject, _clashing(clash), clash, namesake) from None
    return Written(plan=plan, id=subject.id, document=document)


async def _refuse_twin(session: Session[Any], subject: Subject) -> None:
    """Raise Uniqueness for a name that differs from another's by blanks at its ends only: nobody can tell them apart.

    Only asked for a name that has such blanks, so that it costs no other write anything.
    """
    data, type = subject.change.after, subject.type
    name = data.get(type.resource_type.unique)
    if not isinstance(name, str) or name == name.strip():
        return
    other = await session.unit.named(type.name, unique_key(type, name.strip()))
    if other is not None and other.id != subject.id:
        raise taken(type, data)


def _refused(subject: Subject, plan: Plan, error: ScimError, namesake: str) -> WriteRefused:
    account = subject.binding.account if subject.binding else None
    # A refused create has no id that anybody knows. Recorded under the digest of its name, it can be found again by
    # those who know the name.
    there = namesake if subject.before is None else subject.id
    return WriteRefused(error, plan, there or name_digest(subject.type, subject.change.after), account or "")


def _clashing(clash: Uniqueness) -> Plan:
    """The refusal of a name that another resource has; the index finds it, not the policy."""
    note = Note("RFC 7643 §2.4", "Another resource has the unique value.", ("refusal",))
    return Plan(outcome="refused", notes=(note,), refusal=clash)


async def _foreseen(session: Session[Any], subject: Subject, plan: Plan) -> Plan:
    """The plan of a dry run."""
    # A dry run never reaches the index, so what it would refuse is looked up: a name that another resource has.
    if plan.refusal is not None or plan.outcome == "deleted":
        return plan
    type = subject.type
    data = subject.change.after if plan.data is None else plan.data
    if type.resource_type.unique:
        other = await session.unit.named(type.name, unique(type, data, subject.id))
        if other is not None and other.id != subject.id:
            return _clashing(taken(type, data))
    for key in also_unique(type, data):
        if await session.unit.taken_by(type.name, key) not in (None, subject.id):
            return _clashing(taken(type, data, key.path))
    return plan


# what a PUT may not touch


def _carry_over(type: BoundType, before: JsonObject, after: JsonObject) -> JsonObject:
    """`after` with the values that a PUT cannot change taken from `before`.

    RFC 7644 section 3.5.1: readOnly values are ignored on input, so what is stored stays; an immutable value that is
    set must match what is sent, and stays when nothing is sent; a writeOnly value that is not sent stays.
    Raises Mutability.
    """
    stays = {a.name: before[a.name] for a in type.attributes.values() if _stays(a, before, after)}
    extended = dict(after, **stays) if stays else after
    for urn, schema in type.extensions.items():
        mine = type.extension_attributes[urn].values()
        stored, sent = _object(before, schema.id), _object(extended, schema.id)
        stays = {a.name: stored[a.name] for a in mine if _stays(a, stored, sent)}
        if stays:
            extended = {**extended, schema.id: {**sent, **stays}}
    return extended


def _object(data: JsonObject, key: str) -> JsonObject:
    value = data.get(key)
    return value if isinstance(value, dict) else {}


def _stays(attribute: Attribute, before: JsonObject, after: JsonObject) -> bool:
    if attribute.name not in before:
        return False
    if attribute.mutability == "immutable":
        # RFC 7644 section 3.5.1: "If one or more values are already set for the attribute, the input value(s) MUST
        # match, or HTTP status code 400 SHOULD be returned".
        if attribute.name in after and after[attribute.name] != before[attribute.name]:
            raise Mutability(
                f"{attribute.name} cannot be changed once it is set. Leave it out, or send the stored value."
            )
        return attribute.name not in after
    return attribute.mutability in ("readOnly", "writeOnly") and attribute.name not in after


# members who come at last


async def _join_awaiting_groups(session: Session[Any], user: str, document: Document | None) -> None:
    """The new user joins the groups that have waited (POL-115), each by a change of its own."""
    called = members.called(document.data) if document else []
    for group in await members.awaiting(session, called):
        await _join(session, group, user, called)


async def _join(session: Session[Any], group: str, user: str, called: list[str]) -> None:
    document = await session.unit.get("Group", group, lock=True)
    if document is None or foreign(session, document):
        # Deleted since, or another connection's: this one may not change it (POL-121).
        return
    await members.stop_awaiting(session, group, called)
    binding = await session.unit.binding(group)
    delta = RelationDelta(MEMBERSHIP, (Link("User", user),))
    change = ChangeSet(type="Group", before=document.data, after=document.data, changes=(), relations=(delta,))
    plan = await plan_for(session, facts_of(session, binding), Updated(change=change, named=frozenset({"members"})))
    if plan.refusal is not None:
        # The user is created all the same: the client asked for that, and the group's change was another request.
        session.note(("groups.unknown_member", f"A group that waits cannot take the user: {plan.notes[0].text}"))
        return
    subject = Subject(type=session.registry["Group"], id=group, before=document, change=change, binding=binding)
    session.note(("groups.unknown_member", "A group has waited for the user, who is a member now."))
    await commit(session, subject, plan)
