"""The resource while the operations of one request run over it.

An attribute is copied the first time that an operation changes something inside its value; from then on its values are
changed in place. What no operation touches is shared with the resource as it was. So a request costs what it changes,
and one that fails leaves nothing behind (RFC 7644 section 3.5.2: "the original SCIM resource MUST be restored").
"""

from collections.abc import Sized
from typing import Any

from scimcore._budget import Budget
from scimcore.errors import AnswerText, InvalidSyntax, InvalidValue, Mutability, quoted
from scimcore.patch._selection import Selection
from scimcore.patch.links import LinkStep
from scimcore.patch.readings import Readings
from scimcore.resources import Checker
from scimcore.schema import Attribute, BoundType, Target
from scimcore.schema.folding import named_twice
from scimcore.schema.json import JsonObject

#: How many values one attribute may have; the same bound as for bodies.
MAX_VALUES = 1000

# Notes end up in the audit trail, and unknown names in them are a client's text.
_MAX_NOTES = 50


class WorkingCopy:
    """The data as it is between two operations, and everything else that a request comes to. `apply_patch` makes it."""

    # Slots: an instance is made for every PATCH, and each of its attributes is read by nearly every operation.
    __slots__ = (
        "_copied",
        "before",
        "budget",
        "checker",
        "created",
        "data",
        "id",
        "lost_parts",
        "named",
        "notes",
        "positions",
        "readings",
        "removed",
        "secret",
        "steps",
        "touched",
        "type",
    )

    def __init__(
        self, type: BoundType, data: JsonObject, checker: Checker, readings: Readings, id: str, budget: Budget
    ) -> None:
        self.type = type
        self.checker = checker
        self.readings = readings
        self.id = id
        self.budget = budget
        self.before = data
        # Shallow: which values are copied as well, `_copied` says.
        self.data: dict[str, Any] = data.copy()
        #: The steps asked of each relation, in order.
        self.steps: dict[str, list[LinkStep]] = {}
        self.notes: list[tuple[str, str]] = []
        #: The attributes that the request mentions.
        self.named: set[str] = set()
        self.secret: str | None = None
        #: The keys on top that were changed, and whether any attribute was unassigned: `finish` looks at nothing else.
        self.touched: set[str] = set()
        self.removed = False
        #: Elements that this request made from a filter, by the filter: the next operation means the same one.
        self.created: dict[object, dict[str, Any]] = {}
        #: Elements that lost a sub-attribute in this request, by attribute and identity. The elements are values of
        #: the dictionary, which keeps them alive, so that no identity is given again.
        self.lost_parts: dict[str, tuple[Selection, dict[int, dict[str, Any]]]] = {}
        #: The position of each value of a multi-valued attribute, for adding many; dropped by any other change.
        self.positions: dict[str, dict[object, int]] = {}
        # The names whose values are this request's own: extensions by URI, multi-valued attributes by their path.
        self._copied: set[str] = set()

    def holder(self, selection: Selection) -> dict[str, Any]:
        """The object that has the attribute as a key, ready to be changed: the resource or an extension."""
        urn = selection.urn
        if urn is None:
            self.touched.add(selection.name)
            return self.data
        self.touched.add(urn)
        if urn not in self._copied or urn not in self.data:
            self._copied.add(urn)
            self.data[urn] = dict(self.data.get(urn) or {})
        return self.data[urn]  # type: ignore[no-any-return]  # extensions are objects

    def stored(self, selection: Selection) -> Any:
        """The attribute's value, or None. It must not be changed."""
        holder = self.data if selection.urn is None else self.data.get(selection.urn)
        return None if holder is None else holder.get(selection.name)

    def put(self, selection: Selection, value: Any) -> None:
        """Set the attribute to a checked value. None, [] and {} unassign it. The same value again is no change.

        A list that is put must be new in this request, with all its elements.
        """
        before = self.stored(selection)
        if value is None or value == [] or value == {}:
            if before is not None:
                self.unassign(selection)
        elif before != value:
            if before is not None and selection.attribute.mutability == "immutable":
                raise immutable(selection.text)
            self.holder(selection)[selection.name] = value

    def elements(self, selection: Selection) -> list[Any]:
        """The values of a multi-valued attribute, to be changed in place. Call `tidy` when that is done."""
        holder = self.holder(selection)
        if selection.named not in self._copied:
            # Elements are copied as well, since operations change their parts; what is in the parts is only replaced.
            stored = holder.get(selection.name) or ()
            holder[selection.name] = [one.copy() if isinstance(one, dict) else one for one in stored]
            self._copied.add(selection.named)
        return holder.setdefault(selection.name, [])  # type: ignore[no-any-return]  # multi-valued: a list

    def tidy(self, selection: Selection) -> None:
        """Drop elements that have no parts left. Without any element the attribute is unassigned.

        RFC 7644 section 3.5.2.2: "If the complex multi-valued attribute has no remaining records, the attribute SHALL
        be considered unassigned."
        """
        elements = self.stored(selection)
        if elements is not None and {} in elements:
            elements = self.elements(selection)
            elements[:] = [one for one in elements if one != {}]
        if elements == []:
            self.unassign(selection)

    def lost_part(self, selection: Selection, element: dict[str, Any] | None) -> None:
        """Remember an element that lost a part; None for a single complex value."""
        _, elements = self.lost_parts.setdefault(selection.named, (selection, {}))
        if element is not None:
            elements[id(element)] = element

    def unassign(self, selection: Selection) -> None:
        """Take the attribute away. Raises Mutability if it is required or immutable."""
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
        """True if the value means "no value" (RFC 7643 section 2.5, and the reading of the empty text)."""
        return value is None or (value == "" and self.readings.empty_unassigns)

    def without_blanks(self, element: Any) -> Any:
        """An element as it was sent, without the parts that mean "no value"."""
        if self.readings.empty_unassigns and isinstance(element, dict) and "" in element.values():
            return {name: part for name, part in element.items() if part != ""}
        return element

    def check(self, target: Target, value: Any) -> Any:
        """A value of a single-valued attribute or sub-attribute, checked; None if it means "no value"."""
        if value == "" and target.leaf is not None and target.leaf.required:
            raise InvalidValue(f"{target} is required, so it cannot be an empty text", code="SC-1340")
        if value == "" and str(target) == "active":
            # No boolean and, unlike elsewhere, no "no value": it may be the text of false.
            return self.checker.value(target, value)
        return None if self.unassigns(value) else self.checker.value(target, value)

    def unknown(self, name: str) -> None:
        """Note an attribute inside a value that the type does not have, or refuse it (PATCH-016)."""
        if self.readings.unknown == "reject":
            raise InvalidSyntax(f'A {self.type.name} has no attribute "{quoted(name)}". See /Schemas.', code="SC-1342")
        text = f"{quoted(name)}: there is no such attribute, so it was left out"
        self.note("RFC 7643 section 3.3", AnswerText(text, "an attribute that the type does not have was left out"))

    def ignored(self, name: str) -> None:
        """Note an attribute inside a value that clients cannot write: it is ignored, as in POST and PUT."""
        self.note("RFC 7644 section 3.3", f"{name}: set by this service, so what was sent is ignored")

    def note(self, rule: str, text: str) -> None:
        if len(self.notes) < _MAX_NOTES:
            self.notes.append((rule, text))

    def is_new(self, selection: Selection) -> bool:
        """True if the attribute had no value before this request."""
        holder: Any = self.before if selection.urn is None else self.before.get(selection.urn)
        return not holder or not holder.get(selection.name)


def check_size(name: str, values: Sized) -> None:
    if len(values) > MAX_VALUES:
        raise InvalidValue(f"{name} has more than {MAX_VALUES} values. Send fewer.", code="SC-1343")


def refuse_twice(value: JsonObject) -> None:
    """Raise InvalidSyntax for an object with two spellings of one name (RFC 7643 section 2.1: names have no case).

    POST and PUT refuse it as well: whichever was taken, the other would be answered 2xx and lost.
    """
    if len(value) > 1 and (twice := named_twice(value)) is not None:
        raise InvalidSyntax(f"{quoted(twice)}: the name is there twice, in different case. Send it once.")


# RFC 7644 section 3.5.2: "a client MUST NOT modify an attribute that has mutability "readOnly" or "immutable"", but may
# add a value to an immutable one that has none (PATCH-010, PATCH-011).
def immutable(text: str) -> Mutability:
    return Mutability(f'"{text}" has a value that can never change. Leave it out.', code="SC-1331")


def required(text: str, type_name: str) -> Mutability:
    return Mutability(f'"{text}" is required. A {type_name} must have it: send another value instead.', code="SC-1332")


def read_only(text: str) -> Mutability:
    return Mutability(f'"{text}" is set by this service. A client cannot change it.', code="SC-1330")


def ordered(attribute: Attribute, parts: dict[str, Any]) -> dict[str, Any]:
    """The sub-attributes in the order of the schema."""
    return {sub.name: parts[sub.name] for sub in attribute.sub_attributes if sub.name in parts}


def put_part(selection: Selection, parts: dict[str, Any], sub: Attribute, value: Any, *, adding: bool = False) -> None:
    """Set a part of a complex value or element of this request; None takes it away. Raises Mutability."""
    before = parts.get(sub.name)
    if adding and sub.multi_valued:
        # RFC 7644 section 3.5.2.1: "If the target location specifies a multi-valued attribute, a new value is added".
        value = [*(before or ()), *(one for one in value or () if one not in (before or ()))] or None
        check_size(f"{selection.named}.{sub.name}", value or ())
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
