"""A tenant moved from one repository to another: everything that is kept of it, as records of JSON, one by one.

What moves: resources, links, bindings, marks, the effects that are not done, and the audit trail. What does not:
effects that are done or cancelled, and what lives outside the repository (connections and their credentials, the
host's own tables). Keys are computed anew where the records arrive.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from itertools import islice
from typing import Any, Final, Protocol, TypeVar

import attrs

from scimcore.policy.facts import Binding, Memory
from scimcore.policy.plans import Note
from scimcore.repository.keys import keys
from scimcore.repository.protocol import Clash, Gone, Repository, Unit
from scimcore.repository.records import AuditRecord, EffectRecord, Mark
from scimcore.resources.changes import Link
from scimcore.resources.document import Document, to_text
from scimcore.schema import Registry
from scimcore.schema.json import Json, JsonObject

__all__ = ["Exportable", "export", "load"]

T = TypeVar("T")

#: What the first record says; one more when older ones can no longer be read.
FORMAT: Final = 1
_STEP = 500


class Exportable(Protocol):
    """A unit that can say what its tenant has: what `export` needs beyond `Unit`."""

    def types(self) -> Sequence[str]:
        """Return the types that there are resources of."""

    def relations(self) -> Sequence[str]:
        """Return the relations that there are links of."""

    def every_binding(self, after: str | None, limit: int) -> Sequence[Binding]:
        """Return bindings by resource, those of deleted resources too, beyond that resource."""

    def every_mark(self, after: tuple[str, str] | None, limit: int) -> Sequence[Mark]:
        """Return marks by kind and name, beyond that one."""


def export(repository: Repository[Any], tenant: str) -> Iterator[JsonObject]:
    """Everything of the tenant, as it is at one moment, record by record.

    One unit is open until the last record is taken. Raises TypeError for a repository whose units cannot say what is
    there (see `Exportable`).
    """
    with _still(repository, tenant) as unit:
        if not all(hasattr(unit, name) for name in ("types", "relations", "every_binding", "every_mark")):
            raise TypeError("the units of this repository lack `types`, `relations`, `every_binding` or `every_mark`")
        # First, so that a file of something else is refused before anything of it is written.
        yield {"record": "tenant", "format": FORMAT}
        count = 1
        for record in _everything(unit):
            count += 1
            yield record
        # Without it, what was cut off on its way would look whole.
        yield {"record": "end", "records": count + 1}


def load(
    repository: Repository[Any],
    tenant: str,
    records: Iterable[JsonObject],
    *,
    registry: Registry | None = None,
    progress: Callable[[int], None] = lambda number: None,
) -> Mapping[str, int]:
    """Put exported records into a tenant that has nothing yet, in one unit: all of them or none; how many of each kind.

    `registry` is the service's own: it says what is indexed. `progress` is told the number of each record read.
    Raises ValueError for records that are cut off or of a later format, and for a tenant that has something.
    """
    with repository.unit(tenant, write=True) as unit:
        # An import that mixes with what is there could neither be checked nor be undone.
        if unit.audit(None, 1) or unit.effects(None, 1) or _inventory(unit):
            raise ValueError(f"there is something of the tenant {tenant!r} already; load into one that has nothing")
        return _Loader(unit, registry or Registry()).load(records, progress)


def _still(repository: Any, tenant: str) -> AbstractContextManager[Any]:
    """A unit that sees one moment, whatever others write meanwhile."""
    # Hours may pass until the last record is taken. Without a snapshot a group could come out without a user that it
    # was linked to, and the import would fail there.
    snapshot = getattr(repository, "snapshot", None)
    opened: AbstractContextManager[Any] = repository.unit(tenant, write=False) if snapshot is None else snapshot(tenant)
    return opened


def _inventory(unit: Any) -> bool:
    if not hasattr(unit, "every_binding"):
        return any(unit.scan(type, None, 1) for type in ("User", "Group"))
    return bool(unit.types() or unit.every_binding(None, 1))


# out


def _everything(unit: Any) -> Iterator[JsonObject]:
    types, relations = sorted(unit.types()), sorted(unit.relations())
    for type in types:
        for document in _resources(unit, type):
            yield _of_document(document)
    # After all resources: the other end of a link has to be there when the link arrives.
    for type in types if relations else ():
        for document in _resources(unit, type):
            for relation in relations:
                yield from _links(unit, document, relation)
    for binding in _pages(unit.every_binding, lambda last: last.resource):
        yield _of("binding", binding)
    for mark in _pages(unit.every_mark, lambda last: (last.kind, last.name)):
        # What `complete` keeps in marks has been exported as links already, or is computed anew from the resources.
        if mark.kind not in ("links", "unique"):
            yield _of("mark", mark)
    yield from _in_time(unit)


def _resources(unit: Any, type: str) -> Iterator[Document]:
    return _pages(lambda after, limit: unit.scan(type, after, limit), lambda last: last.id)


def _links(unit: Any, holder: Document, relation: str) -> Iterator[JsonObject]:
    def page(after: str | None, limit: int) -> Sequence[Any]:
        found: Sequence[Any] = unit.links(holder.type, holder.id, relation, after=after, limit=limit)
        return found

    links = _pages(page, lambda last: last.id)
    while some := list(islice(links, _STEP)):
        ends: list[Json] = [[end.type, end.id] for end in some]
        yield {"record": "links", "type": holder.type, "id": holder.id, "relation": relation, "links": ends}


def _in_time(unit: Any) -> Iterator[JsonObject]:
    """The audit trail, and each unfinished effect behind the first record of its time: with it, it is written again."""
    # Effects are recorded together with an audit record, so an export that lists them apart could not be loaded in one
    # pass. Both are in the order of time, so one walk beside the other is enough, and no list of them is made.
    effects = (effect for effect in _effects(unit) if effect.state in ("waiting", "dead"))
    waiting = next(effects, None)
    for audit in _pages(unit.audit, lambda last: (last.at, last.id)):
        yield _of("audit", audit)
        while waiting is not None and waiting.at <= audit.at:
            yield _of("effect", waiting)
            waiting = next(effects, None)
    while waiting is not None:
        yield _of("effect", waiting)
        waiting = next(effects, None)


def _effects(unit: Any) -> Iterator[EffectRecord]:
    return _pages(unit.effects, lambda last: (last.at, last.nth))


def _pages(page: Callable[[Any, int], Sequence[T]], place: Callable[[T], Any]) -> Iterator[T]:
    found = page(None, _STEP)
    while found:
        yield from found
        found = page(place(found[-1]), _STEP) if len(found) == _STEP else ()


def _of_document(document: Document) -> JsonObject:
    head = {name: getattr(document, name) for name in ("type", "id", "version", "created", "modified", "connection")}
    return {"record": "resource", **head, "data": document.data}


# Defaults are left out: most bindings and effects have little else, and a later field with a default needs no new
# format.
def _of(kind: str, value: Any) -> JsonObject:
    """Its fields, but for those that are as they would be anyway."""
    fields = {field.name: (getattr(value, field.name), _default(field)) for field in attrs.fields(type(value))}
    return {"record": kind, **{name: _json(found) for name, (found, default) in fields.items() if found != default}}


def _default(field: "attrs.Attribute[Any]") -> Any:
    default: Any = field.default
    return default.factory() if hasattr(default, "factory") else default


def _json(value: Any) -> Json:
    if isinstance(value, Memory):
        return value.as_json()
    if isinstance(value, Note):
        return [value.rule, value.text]
    if isinstance(value, tuple):
        return [_json(part) for part in value]
    return dict(value) if isinstance(value, Mapping) else value


# in


class _Loader:
    def __init__(self, unit: Unit[Any], registry: Registry) -> None:
        self._unit = unit
        self._registry = registry
        self._audit: AuditRecord | None = None
        self._effects: list[EffectRecord] = []
        self._counts: dict[str, int] = {}

    def load(self, records: Iterable[JsonObject], progress: Callable[[int], None]) -> Mapping[str, int]:
        kinds: Mapping[str, Callable[[dict[str, Any]], None]] = {
            "resource": self._resource,
            "links": self._links,
            "binding": self._binding,
            "mark": lambda fields: self._unit.mark(_made(Mark, fields)),
            "audit": self._next_audit,
            "effect": lambda fields: self._effects.append(_made(EffectRecord, fields)),
        }
        number = 0
        for number, record in enumerate(records, 1):
            fields = dict(record)
            kind = str(fields.pop("record", ""))
            if number == 1 or kind == "end":
                _check(number, kind, fields)
                if kind == "end":
                    self._write_audit()
                    return self._counts
            elif kind not in kinds:
                raise ValueError(f"record {number} is of the kind {kind!r}, which is not known here")
            else:
                try:
                    kinds[kind](fields)
                except (KeyError, TypeError, Gone, Clash) as error:
                    raise ValueError(f"record {number} ({kind}) does not fit: {error!r}; nothing was loaded") from error
                self._counts[kind] = self._counts.get(kind, 0) + 1
            progress(number)
        raise ValueError(f"the records end after {number}, before their end: nothing was loaded")

    def _resource(self, fields: dict[str, Any]) -> None:
        data = fields.pop("data")
        if fields["type"] not in self._registry:
            raise ValueError(f"there is a {fields['type']}, and no such resource type here: give the right registry")
        bound = self._registry[fields["type"]]
        self._unit.insert(Document(**fields, text=to_text(data)), keys(bound, data, fields["id"]))

    def _binding(self, fields: dict[str, Any]) -> None:
        memory = Memory.from_json(fields.pop("memory", {}))
        self._unit.bind(_made(partial(Binding, memory=memory), fields))

    def _links(self, fields: dict[str, Any]) -> None:
        links = [Link(type, id) for type, id in fields["links"]]
        self._unit.link(fields["type"], fields["id"], fields["relation"], links)

    def _next_audit(self, fields: dict[str, Any]) -> None:
        self._write_audit(last=False)
        notes = tuple(Note(rule, text) for rule, text in fields.pop("notes", ()))
        self._audit = _made(partial(AuditRecord, notes=notes), fields)

    def _write_audit(self, *, last: bool = True) -> None:
        """Effects are recorded with an audit record: the one before them, or else the first."""
        if self._audit is not None:
            self._unit.record(self._audit, self._effects)
            self._audit, self._effects = None, []
        elif last and self._effects:
            raise ValueError("there are effects, and no audit record that they could have come with")


def _check(number: int, kind: str, fields: Mapping[str, Any]) -> None:
    if number == 1 and (kind != "tenant" or fields.get("format") != FORMAT):
        raise ValueError(f"these are no records of a tenant in format {FORMAT}, which is what this release reads")
    if kind == "end" and fields.get("records") != number:
        raise ValueError(f"there are {number} records, {fields.get('records')} were written: nothing was loaded")


def _made(kind: Callable[..., T], fields: Mapping[str, Any]) -> T:
    """The value again; what JSON has as lists are tuples."""
    return kind(**{name: _tuples(found) if isinstance(found, list) else found for name, found in fields.items()})


def _tuples(found: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(_tuples(part) if isinstance(part, list) else part for part in found)
