"""Bodies and values checked by the shape of their objects.

Theory of operation
===================

The plain way (`_check`) goes through the attributes of the schema and, for each, folds names, builds the path that an
error would need, chooses the check of its type, and looks at the value. Most of that depends on the names in an object
only, and clients send objects of the same few shapes with ever new values: one tenant's identity provider has one
attribute mapping. So the names are read once for each shape.

A *shape* is the names of an object in their order and spelling: `("value", "type", "primary")`. `ObjectReader` keeps,
for each shape that it has met,

- which values may be any text: they are joined, and one look at the joined text checks them all. Joining raises
  TypeError unless each of them is a text, and what no store can hold (NUL, half of a surrogate pair) is still there in
  the joined text;
- the checks of the other simple values, and the readers of values that hold others;
- how to copy the object under canonical names in canonical order. An object of simple values that is spelled so already
  is not copied but shared with the body (`Checked` says so);
- which attributes the client named, and the notes on names that are unknown or ignored.

When it declines. Only what fits is decided here. A value that does not fit, a required one that is missing, clashing
names, an empty element, more elements than are taken: each raises `Declined`, everything found so far is thrown away,
and `Checker` has the plain way read the whole value again. So errors are made in one place. An object with nulls is
read as the same object without them (RFC 7643 section 2.5: null is unassigned).

Why it is safe. A shape depends on names and on the resource type alone. The caches are bounded in number (`_SHAPES`)
and in the length of the names (`_LONGEST_NAMES`), as clients choose them. `tests/resources/test_laws.py` holds the two
ways to the same over generated types and bodies: data, order, links, notes, names, and errors.

What it buys, measured on CPython 3.11 against the plain way: a full user of 1.3 kB, 16 instead of 125 microseconds; a
user as identity providers first send it, 4.5 instead of 33; a PATCH of two e-mail addresses, 2.3 instead of 12; the
links of 1,000 members, 0.65 instead of 1.8 milliseconds. Of the 16 microseconds, joining the texts saves 2.8, and
copying by one merge (`_copier`) saves 1.3.
"""

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any, Final, Literal, TypeAlias

from attrs import evolve, frozen

from scimcore._cache import Bounded
from scimcore.resources import _attributes
from scimcore.resources._check import MOST_ELEMENTS, Checked, PlainCheck
from scimcore.resources._links import MOST_LINKS, LinkCheck, add_link
from scimcore.resources.changes import Link
from scimcore.resources.values import Check, Mismatch, Report, check_of, is_blank, storable, string
from scimcore.schema import Attribute, Schema, Target, fold_name
from scimcore.schema.json import JsonObject

_SHAPES: Final = 128
_LONGEST_NAMES: Final = 2_000


class Declined(Exception):
    """The fast way does not decide about this value; the plain way does."""


#: Reads a value that fits, None if it is unassigned by it. Notes go to the report. Raises Declined.
Reader: TypeAlias = Callable[[Any, Report], Any]
_Getter: TypeAlias = Callable[[Mapping[str, Any]], tuple[Any, ...]]


@frozen(kw_only=True)
class Part:
    """One name that an object may have.

    `text` may be any text, `simple` is another simple value, `inner` holds others. `read_only` is not taken, `apart` is
    read by the caller.
    """

    name: str
    kind: Literal["text", "simple", "inner", "read_only", "apart"]
    check: Check | None = None
    reader: Reader | None = None
    required: bool = False


@frozen(eq=False, kw_only=True)
class Shape:
    """What is known about all objects with the same names in the same order and spelling."""

    #: Gets the values that may be any text.
    texts: _Getter
    #: The other simple values: the name as spelled, and the check.
    simple: tuple[tuple[str, Check], ...]
    #: The values that hold others: the canonical name, the reader, and whether there must be a value.
    inner: tuple[tuple[str, Reader, bool], ...]
    #: Copies what is taken of an object; None if the object itself will do.
    copy: Callable[[dict[str, Any]], dict[str, Any]] | None
    #: Every known name as it is spelled, by canonical name.
    spelled: Mapping[str, str]
    #: The paths of the attributes that a client names by this object.
    named: frozenset[str]
    notes: tuple[tuple[str, str], ...]


class ObjectReader:
    """Reads objects that have these parts, in this order.

    `where` opens the paths of notes. `first` are names that the caller fills in, in front of all others.
    """

    def __init__(
        self,
        plain: PlainCheck,
        parts: Sequence[Part],
        *,
        where: str,
        may_be_empty: bool,
        first: tuple[str, ...] = (),
    ) -> None:
        self._plain: Final = plain
        self._parts: Final = parts
        self._where: Final = where
        self._may_be_empty: Final = may_be_empty
        self._first: Final = first
        self.shapes: Final[Bounded[tuple[str, ...], Shape]] = Bounded(self._shape, size=_SHAPES)

    def read(self, value: Any, report: Report) -> dict[str, Any] | None:
        """Return the object as it is stored, None for null and for an object with nothing in it."""
        if value is None:
            return None
        if value.__class__ is not dict:
            raise Declined
        shape = self.shapes[tuple(value)]
        for note in shape.notes:
            report.note(*note)
        return self.taken(value, shape, report) or None

    def taken(self, value: dict[str, Any], shape: Shape, report: Report) -> dict[str, Any]:
        """Return what is stored of an object of that shape."""
        try:
            # All texts at once. A text that is ASCII without NUL can be stored, and nearly all of them are.
            joined = "".join(shape.texts(value))
            if not joined.isascii() or "\0" in joined:
                storable(joined)
            for name, check in shape.simple:
                check(value[name])
        except (TypeError, Mismatch):
            return self._taken_without_nulls(value, report)
        if shape.copy is None:
            # Spelled as it is stored, so the object itself is taken. Nobody changes what was decoded.
            return value
        found = shape.copy(value)
        for name, reader, required in shape.inner:
            inner = reader(found[name], report)
            if inner is not None:
                found[name] = inner
            elif required:
                raise Declined
            else:
                del found[name]
        return found

    def _taken_without_nulls(self, value: dict[str, Any], report: Report) -> dict[str, Any]:
        present = {name: item for name, item in value.items() if item is not None}
        if len(present) == len(value):
            # No null in it, so a value is of the wrong kind: the plain way says which.
            raise Declined
        return self.taken(present, self.shapes[tuple(present)], report)

    def _shape(self, keys: tuple[str, ...]) -> Shape:
        """Read the names of an object. The cache remembers nothing of those that are declined."""
        # The keys stay in memory as long as the shape does, and a client may send a megabyte of them.
        if sum(map(len, keys)) > _LONGEST_NAMES:
            raise Declined
        report = Report()
        spelled = self._plain.known_names(dict.fromkeys(keys), [part.name for part in self._parts], self._where, report)
        taken = [part for part in self._parts if part.name in spelled and part.kind not in ("read_only", "apart")]
        # What is required is known from the names alone, but for nulls: those are looked at with the values.
        missing = any(part.required and part.name not in spelled for part in self._parts)
        if report.syntax or (missing and (taken or not self._may_be_empty)):
            raise Declined
        names = tuple(part.name for part in taken)
        as_it_is = names == keys and not self._first and all(part.reader is None for part in taken)
        return Shape(
            texts=_getter([spelled[part.name] for part in taken if part.kind == "text"]),
            simple=tuple((spelled[part.name], part.check) for part in taken if part.kind == "simple" and part.check),
            inner=tuple((part.name, part.reader, part.required) for part in taken if part.reader),
            copy=None if as_it_is else _copier(self._first, names, keys, spelled),
            spelled=spelled,
            named=frozenset(
                f"{self._where}{part.name}"
                for part in self._parts
                if part.name in spelled and part.kind != "read_only" and part.name not in self._first
            ),
            notes=(*report.notes, *self._ignored(spelled)),
        )

    def _ignored(self, spelled: Mapping[str, str]) -> list[tuple[str, str]]:
        """The note on what is ignored; only the body itself has one."""
        ignored = [part.name for part in self._parts if part.kind == "read_only" and part.name in spelled]
        return [_attributes.ignored_note(ignored)] if ignored and self._first else []


def _getter(keys: Sequence[str]) -> _Getter:
    """Get the values at these keys as a tuple; `itemgetter` gives one for two keys or more."""
    if len(keys) > 1:
        return itemgetter(*keys)
    return (lambda value: (value[keys[0]],)) if keys else (lambda value: ())


def _copier(
    first: tuple[str, ...], names: tuple[str, ...], keys: tuple[str, ...], spelled: Mapping[str, str]
) -> Callable[[dict[str, Any]], dict[str, Any]]:
    order: dict[str, Any] = dict.fromkeys((*first, *names))
    if order.keys() >= set(keys):
        # Merging keeps the order of the left side and takes the values of the right: one call for any number of names.
        return lambda value: order | value
    pairs = [(name, spelled[name]) for name in names]
    return lambda value: order | {name: value[key] for name, key in pairs}


class FastCheck:
    """The readers of one resource type under some `Rules`."""

    def __init__(self, plain: PlainCheck) -> None:
        self._plain: Final = plain
        self._type: Final = plain.type
        type = plain.type
        self._secret: Final = _attributes.secret_of(type)
        self._relations: Final = _attributes.written_relations(type)
        self._links: Final = {a.name: _LinksReader(plain, a) for a in self._relations}
        self._extensions: Final = {e.schema.id: self._extension(e.schema) for e in type.resource_type.extensions}
        # What null or {} in the place of an extension names: all that may be written in it.
        self._all_of: Final = {
            schema.id: frozenset(f"{schema.id}:{a.name}" for a in schema.attributes if not _attributes.is_read_only(a))
            for schema in type.extensions.values()
        }
        self._usual_schemas: Final = ([type.urn], [type.urn, *(s.id for s in type.extensions.values())])
        parts = self._body_parts()
        self._creating: Final = self._body_reader(parts)
        later = {a.name for a in type.attributes.values() if a.required and not _attributes.needs(a, creating=False)}
        self._replacing: Final = self._body_reader(
            [evolve(p, required=p.required and p.name not in later) for p in parts]
        )
        # By the target and whether the whole array is meant. `Attribute` caches its hash, so hashing a target is cheap.
        self._readers: Final[Bounded[tuple[Target, bool], Reader]] = Bounded(self._target_reader, size=512)

    # what is prepared

    def _body_reader(self, parts: Sequence[Part]) -> ObjectReader:
        return ObjectReader(self._plain, parts, where="", may_be_empty=False, first=("schemas",))

    def _body_parts(self) -> list[Part]:
        stored = {a.name for a in _attributes.stored_attributes(self._type)}
        parts = []
        for attribute in self._type.attributes.values():
            apart = attribute.name not in stored and not _attributes.is_read_only(attribute)
            parts.append(Part(name=attribute.name, kind="apart") if apart else self._part(attribute, attribute.name))
        for extension in self._type.resource_type.extensions:
            urn = extension.schema.id
            reader = self._extensions[urn].read
            parts.append(Part(name=urn, kind="inner", reader=reader, required=extension.required))
        return parts

    def _extension(self, schema: Schema) -> ObjectReader:
        where = f"{schema.id}:"
        parts = [self._part(a, f"{where}{a.name}") for a in schema.attributes]
        if not any(fold_name(part.name) == "schemas" for part in parts):
            # Some clients repeat `schemas` inside an extension, where it means nothing.
            parts.append(Part(name="schemas", kind="read_only"))
        return ObjectReader(self._plain, parts, where=where, may_be_empty=True)

    def _part(self, attribute: Attribute, path: str) -> Part:
        name, required = attribute.name, attribute.required
        if _attributes.is_read_only(attribute):
            return Part(name=name, kind="read_only")
        if attribute.multi_valued or attribute.type == "complex":
            return Part(name=name, kind="inner", reader=self._reader(attribute, path), required=required)
        check = check_of(attribute, path, self._plain.rules)
        if check is string and not required:
            return Part(name=name, kind="text")
        return Part(name=name, kind="simple", check=_not_blank(check) if required else check, required=required)

    def _reader(self, attribute: Attribute, path: str) -> Reader:
        """The reader of a whole value: of the array, if the attribute is multi-valued."""
        one = self._one(attribute, path)
        return _array_reader(attribute, one) if attribute.multi_valued else one

    def _one(self, attribute: Attribute, path: str) -> Reader:
        if attribute.type == "complex":
            parts = [self._part(sub, f"{path}.{sub.name}") for sub in attribute.sub_attributes]
            empty = not attribute.multi_valued
            return ObjectReader(self._plain, parts, where=f"{path}.", may_be_empty=empty).read
        return _simple_reader(check_of(attribute, path, self._plain.rules), attribute)

    def _target_reader(self, key: tuple[Target, bool]) -> Reader:
        target, whole = key
        if target.leaf is None:
            return self._extensions[str(target)].read
        return (self._reader if whole else self._one)(target.leaf, str(target))

    # reading

    def body(self, body: JsonObject, *, creating: bool) -> Checked:
        """Read the body of a POST or PUT. Raises Declined."""
        if body.__class__ is not dict:
            raise Declined
        report = Report()
        reader = self._creating if creating else self._replacing
        shape = reader.shapes[tuple(body)]
        for note in shape.notes:
            report.note(*note)
        data = reader.taken(body, shape, report)
        links = {a.name: self._links_of(a, body, shape, report) for a in self._relations}
        secret = self._secret_of(body, shape)
        said = body[shape.spelled["schemas"]] if "schemas" in shape.spelled else None
        if said not in self._usual_schemas:
            self._plain.check_schemas(said, report)
            if report.syntax:
                raise Declined
        named = shape.named
        for urn, extension in self._extensions.items():
            if urn in shape.spelled:
                # The shape of the extension was met a moment ago, so this is a look-up.
                value: Any = body[shape.spelled[urn]]
                named |= extension.shapes[tuple(value)].named if value else self._all_of[urn]
        data["schemas"] = _attributes.schemas_used(self._type, data)
        return Checked(data=data, links=links, secret=secret, notes=tuple(report.notes), named=named)

    def _links_of(
        self, attribute: Attribute, body: JsonObject, shape: Shape, report: Report
    ) -> tuple[Link, ...] | None:
        spelled = shape.spelled.get(attribute.name)
        found = None if spelled is None else self._links[attribute.name].read(body[spelled], report)
        if attribute.required and not found:
            raise Declined
        return found

    def _secret_of(self, body: JsonObject, shape: Shape) -> Any:
        if self._secret is None or self._secret.name not in shape.spelled:
            return None
        return _simple_reader(check_of(self._secret, self._secret.name, self._plain.rules), self._secret)(
            body[shape.spelled[self._secret.name]], Report()
        )

    def value(self, target: Target, value: Any, report: Report) -> Any:
        """Read the value of an attribute, a sub-attribute or a whole extension. Raises Declined."""
        return self._readers[target, True](value, report)

    def element(self, target: Target, value: Any, report: Report) -> Any:
        """Read one element of a multi-valued attribute. Raises Declined."""
        return self._readers[target, False](value, report)

    def links(self, target: Target, value: Any, report: Report) -> tuple[Link, ...]:
        """Read the links that the value of a relation attribute names. Raises Declined."""
        reader = self._links.get(str(target))
        if reader is None:
            raise Declined
        return reader.read([value] if value.__class__ is dict else value, report)


def _simple_reader(check: Check, attribute: Attribute) -> Reader:
    required = attribute.required and not attribute.multi_valued

    def read(value: Any, report: Report) -> Any:
        if value is None or (required and is_blank(value)):
            return None
        try:
            return check(value)
        except Mismatch:
            raise Declined from None

    return read


def _not_blank(check: Check) -> Check:
    def required(value: Any) -> Any:
        if is_blank(value):
            raise Mismatch("")
        return check(value)

    return required


def _array_reader(attribute: Attribute, one: Reader) -> Reader:
    by_value = _attributes.has_value_and_type(attribute)
    complex = attribute.type == "complex"

    def read(value: Any, report: Report) -> list[Any] | None:
        if value.__class__ is not list:
            if value is None:
                return None
            raise Declined
        if len(value) > MOST_ELEMENTS:
            raise Declined
        found = [one(item, report) for item in value]
        if None in found:
            # A null element is refused and an empty one is left out.
            raise Declined
        if len(found) < 2 or (complex and all_different(found, by_value)):
            return found or None
        try:
            return _attributes.distinct(attribute, found)
        except Mismatch:
            raise Declined from None

    return read


def all_different(found: list[Any], by_value: bool) -> bool:
    """Return True if no two elements are the same, and at most one is primary; False if that takes a closer look."""
    values, primary = set(), 0
    for item in found:
        if by_value:
            values.add(item.get("value"))
        if item.get("primary") is True:
            primary += 1
    # Addresses have no value, and users have one or two of them.
    different = len(values) == len(found) if by_value else len(found) == 2 and found[0] != found[1]
    return different and primary < 2


class _LinksReader:
    """Reads the links of one relation attribute; a large group has a hundred thousand."""

    def __init__(self, plain: PlainCheck, attribute: Attribute) -> None:
        self._plain: Final = plain
        self._attribute: Final = attribute
        self._check: Final = LinkCheck(attribute, plain.type, plain.registry)
        self._shapes: Final[Bounded[tuple[str, ...], tuple[str | None, str | None, str | None, Report]]] = Bounded(
            self._shape, size=_SHAPES
        )

    def _shape(self, keys: tuple[str, ...]) -> tuple[str | None, str | None, str | None, Report]:
        """The names of the three parts of a link as they are spelled, and the notes on names."""
        if sum(map(len, keys)) > _LONGEST_NAMES:
            raise Declined
        report, subs = Report(), [sub.name for sub in self._attribute.sub_attributes]
        spelled = self._plain.known_names(dict.fromkeys(keys), subs, f"{self._attribute.name}.", report)
        if report.syntax or "value" not in spelled:
            raise Declined
        return spelled.get("value"), spelled.get("type"), spelled.get("$ref"), report

    def read(self, value: Any, report: Report) -> tuple[Link, ...]:
        """Return the links, each resource once."""
        if value is None:
            return ()
        if value.__class__ is not list or len(value) > MOST_LINKS:
            raise Declined
        shapes, link, found = self._shapes, self._check.link, dict[str, Link]()
        try:
            for item in value:
                if item.__class__ is not dict:
                    raise Declined
                id, type, reference, names = shapes[tuple(item)]
                for note in names.notes:
                    report.note(*note)
                add_link(
                    found,
                    link(item[id], item[type] if type else None, item[reference] if reference else None),
                )
        except Mismatch:
            raise Declined from None
        return tuple(found.values())
