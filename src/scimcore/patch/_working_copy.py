"""The resource while the operations of one request run over it.

What an operation touches is copied once, what none touches is shared with the resource as it was: a request costs
what it changes, and one that fails leaves nothing behind.
"""

from collections.abc import Sized
from typing import Any

from scimcore.errors import InvalidSyntax, InvalidValue, Mutability
from scimcore.patch._selection import Selection
from scimcore.patch.links import LinkStep
from scimcore.patch.readings import Readings
from scimcore.resources import Checker
from scimcore.schema import Attribute, BoundType, Target
from scimcore.schema.json import JsonObject

#: How many values one attribute may get to; the same bound as for bodies.
MAX_VALUES = 1000

_MAX_NOTES = 50
_MAX_SHOWN = 80


class WorkingCopy:
    """Working state; only `engine.apply` makes one."""

    __slots__ = (
        "_mine",
        "before",
        "checker",
        "created",
        "data",
        "id",
        "indexes",
        "lost_parts",
        "named",
        "notes",
        "readings",
        "removed",
        "secret",
        "steps",
        "touched",
        "type",
        "whole",
    )

    def __init__(self, type: BoundType, data: JsonObject, checker: Checker, readings: Readings, id: str) -> None:
        self.type = type
        self.checker = checker
        self.readings = readings
        self.id = id
        #: Whether replace of a complex attribute replaces the whole of it.
        self.whole = readings.replace_complex == "whole"
        self.before = data
        self.data: dict[str, Any] = data.copy()
        self.steps: dict[str, list[LinkStep]] = {}
        self.notes: list[tuple[str, str]] = []
        self.named: set[str] = set()
        self.secret: str | None = None
        #: The keys on top that were changed, and whether anything was taken away.
        self.touched: set[str] = set()
        self.removed = False
        #: Elements that this request made from a filter, by the filter: the next operation means the same one.
        self.created: dict[object, dict[str, Any]] = {}
        #: Elements (or, as None, complex values) that lost a sub-attribute in this request.
        self.lost_parts: list[tuple[Selection, dict[str, Any] | None]] = []
        #: Where each value of a multi-valued attribute stands, for adding many; gone with any other change.
        self.indexes: dict[str, dict[object, int]] = {}
        # What was copied for this request, by identity; the values keep the identities alive.
        self._mine: dict[int, object] = {}

    def adopt(self, value: Any) -> Any:
        """A container made by this request, which may be changed in place from now on."""
        self._mine[id(value)] = value
        return value

    def own(self, holder: Any, key: Any) -> Any:
        """The container at that place, copied the first time."""
        value = holder[key]
        if id(value) not in self._mine:
            value = holder[key] = self.adopt(value.copy())
        return value

    def holder(self, selection: Selection) -> dict[str, Any]:
        """The object that has the attribute as a key, ready to be changed: the resource or an extension."""
        urn = selection.urn
        if urn is None:
            self.touched.add(selection.name)
            return self.data
        self.touched.add(urn)
        if urn not in self.data:
            self.data[urn] = self.adopt({})
        return self.own(self.data, urn)  # type: ignore[no-any-return]  # extensions are objects

    def stored(self, selection: Selection) -> Any:
        """The attribute's value, None when it has none. To look at only."""
        holder = self.data if selection.urn is None else self.data.get(selection.urn)
        return None if holder is None else holder.get(selection.name)

    def put(self, selection: Selection, value: Any) -> None:
        """Gives the attribute this checked value; None, [] and {} unassign it. The same value again is no change."""
        before = self.stored(selection)
        if value is None or value == [] or value == {}:
            if before is not None:
                self.unassign(selection)
        elif before != value:
            if before is not None and selection.attribute.mutability == "immutable":
                raise immutable(selection.text)
            self.holder(selection)[selection.name] = value

    def elements(self, selection: Selection) -> list[Any]:
        """The values of a multi-valued attribute, ready to be changed in place; `settle` when that is done."""
        holder = self.holder(selection)
        if holder.get(selection.name) is None:
            holder[selection.name] = self.adopt([])
        return self.own(holder, selection.name)  # type: ignore[no-any-return]  # multi-valued attributes are lists

    def settle(self, selection: Selection) -> None:
        """Drops elements that nothing is left of; without any, the attribute is unassigned (RFC 7644 3.5.2.2)."""
        elements = self.stored(selection)
        if elements is not None and {} in elements:
            elements = self.holder(selection)[selection.name] = self.adopt([e for e in elements if e != {}])
        if elements == []:
            self.unassign(selection)

    def unassign(self, selection: Selection) -> None:
        attribute = selection.attribute
        if attribute.required:
            # RFC 7644 section 3.5.2.2: "removed or becomes unassigned and is defined as a required attribute".
            raise required(selection.text, self.type.name)
        if attribute.mutability == "immutable":
            raise immutable(selection.text)
        holder = self.holder(selection)
        holder.pop(selection.name, None)
        if selection.urn is not None and not holder:
            del self.data[selection.urn]
        self.removed = True

    def unassigns(self, value: Any) -> bool:
        """Whether the value means "no value" (RFC 7643 section 2.5, and the reading of the empty string)."""
        return value is None or (value == "" and self.readings.empty_unassigns)

    def without_blanks(self, element: Any) -> Any:
        """An element of a value as sent, without its parts that mean "no value"."""
        if self.readings.empty_unassigns and isinstance(element, dict) and "" in element.values():
            return {name: part for name, part in element.items() if part != ""}
        return element

    def check(self, target: Target, value: Any) -> Any:
        """A value of a single-valued attribute or sub-attribute, checked; None when it means "no value"."""
        if value == "" and target.leaf is not None and target.leaf.required:
            raise InvalidValue(f"{target}: a required attribute takes no empty text", code="SC-1340")
        return None if self.unassigns(value) else self.checker.value(target, value)

    def unknown(self, name: str) -> None:
        """An attribute inside a value that the type does not have: noted, or refused."""
        if self.readings.unknown == "reject":
            raise InvalidSyntax(f'"{shown(name)}" is no attribute of a {self.type.name}; see /Schemas', code="SC-1342")
        self.note("RFC 7643 section 3.3", f"{shown(name)}: there is no such attribute here; left out")

    def ignored(self, name: str) -> None:
        """An attribute inside a value that clients cannot write (defaults: ignored, as in POST and PUT)."""
        self.note("RFC 7644 section 3.3", f"{name}: set by this service, so what was sent is ignored")

    def note(self, rule: str, text: str) -> None:
        if len(self.notes) < _MAX_NOTES:
            self.notes.append((rule, text))

    def is_new(self, selection: Selection) -> bool:
        """Whether the attribute had no value before this request."""
        holder: Any = self.before if selection.urn is None else self.before.get(selection.urn)
        return not holder or not holder.get(selection.name)


def shown(text: str) -> str:
    """A client's own text, short and harmless enough for a message."""
    short = text if len(text) <= _MAX_SHOWN else text[:_MAX_SHOWN] + "…"
    return short if short.isprintable() else ascii(short)[1:-1]


def bound(name: str, values: Sized) -> None:
    if len(values) > MAX_VALUES:
        raise InvalidValue(f"{name}: at most {MAX_VALUES} values are taken", code="SC-1343")


def immutable(text: str) -> Mutability:
    return Mutability(f'"{text}" has a value and can never change; leave it out', code="SC-1331")


def required(text: str, type_name: str) -> Mutability:
    return Mutability(f'"{text}" is required: a {type_name} must keep it; send another value instead', code="SC-1332")


def read_only(text: str) -> Mutability:
    return Mutability(f'"{text}" is kept by the service and cannot be changed by a client', code="SC-1330")


def ordered(attribute: Attribute, parts: dict[str, Any]) -> dict[str, Any]:
    """The sub-attributes in the order of the schema."""
    return {sub.name: parts[sub.name] for sub in attribute.sub_attributes if sub.name in parts}


def put_part(selection: Selection, parts: dict[str, Any], sub: Attribute, value: Any, *, adding: bool = False) -> None:
    """Gives an owned complex value or element this part; None takes it away. Raises Mutability."""
    before = parts.get(sub.name)
    if adding and sub.multi_valued:
        # RFC 7644 section 3.5.2.1: "If the target location specifies a multi-valued attribute, a new value is added".
        value = [*(before or ()), *(one for one in value or () if one not in (before or ()))] or None
        bound(f"{selection.named}.{sub.name}", value or ())
    if before == value:
        return
    if before is not None and sub.mutability == "immutable":
        raise immutable(f"{selection.name}.{sub.name}")
    if value is not None:
        parts[sub.name] = value
    elif sub.required:
        raise required(f"{selection.name}.{sub.name}", selection.name)
    else:
        del parts[sub.name]
