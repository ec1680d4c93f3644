"""What a resource is found by: which attributes have keys, under which path, and how a value becomes its key.

Keys are computed here, by the core, and not by the store: a text is folded in Python and compared bytewise everywhere,
so that memory, SQLite and PostgreSQL agree on what is equal and on what comes first, whatever their collations say.
Writers and readers of keys both come through here.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Context, Decimal
from typing import Any, Final

from scimcore._cache import Bounded
from scimcore.filters.instants import instant
from scimcore.filters.resolved import Kind
from scimcore.filters.resolving import kind_of
from scimcore.repository.key_length import shorten
from scimcore.repository.records import IndexValue, Keys, UniqueKey
from scimcore.schema import Attribute, BoundType, Target, exact, fold
from scimcore.schema.common import COMMON
from scimcore.schema.json import Json, JsonObject

_Row = Callable[[Mapping[str, Any]], Iterator[IndexValue]]
_Unique = Callable[[Mapping[str, Any]], Iterator[UniqueKey]]

# PostgreSQL's btree, SQLite's and a sorted list of Python agree on one order only: that of the bytes. So everything
# that is compared is turned into a text whose bytes have the order of the values.

#: What to call a resource where it is linked: the first of these that it has.
_NAMES = ("displayName", "userName", "nickName")


def keys(type: BoundType, data: JsonObject, id: str) -> Keys:
    """The keys of a resource with that canonical data."""
    display = data.get("displayName")
    external = data.get("externalId")
    active = data.get("active")
    rows, uniques = _compiled[type]
    return Keys(
        unique=unique(type, data, id),
        external=shorten(exact(external)) if isinstance(external, str) else None,
        display=display_of(data),
        display_key=shorten(fold(display)) if isinstance(display, str) else None,
        active=active if isinstance(active, bool) else None,
        values=tuple(value for row in rows for value in row(data)),
        also_unique=_in_order(uniques, data) if uniques else (),
    )


def also_unique(type: BoundType, data: JsonObject) -> tuple[UniqueKey, ...]:
    """`Keys.also_unique` alone."""
    uniques = _compiled[type][1]
    return _in_order(uniques, data) if uniques else ()


def _in_order(uniques: Iterable[_Unique], data: JsonObject) -> tuple[UniqueKey, ...]:
    # In one order everywhere: two units that enter the same two keys in different orders would wait for each other.
    # Once, because a resource may have one value in two elements.
    return tuple(sorted({key for unique in uniques for key in unique(data)}))


def display_of(data: Mapping[str, Any]) -> str | None:
    """What to call a resource where it is linked."""
    return next((name for name in map(data.get, _NAMES) if isinstance(name, str) and name), None)


def unique_key(type: BoundType, value: str) -> str:
    """The key under which `RequiredUnit.named` finds a value of the type's unique attribute."""
    attribute = type.find(None, type.resource_type.unique)
    case_exact = attribute is not None and attribute.leaf is not None and attribute.leaf.case_exact
    return shorten(exact(value) if case_exact else fold(value))


def unique(type: BoundType, data: JsonObject, id: str) -> str:
    """`Keys.unique` alone: what no other resource of the type may have."""
    name = type.resource_type.unique
    if not name:
        return id
    value = data.get(name)
    # A resource that lacks it (no schema of ours lets that happen) must not clash with one of that very name.
    return unique_key(type, value) if isinstance(value, str) and value else f"\x01{id}"


def _compile(type: BoundType) -> tuple[tuple[_Row, ...], tuple[_Unique, ...]]:
    """One function per indexed attribute that has no column, and one per unique attribute but `Keys.unique`."""
    every: list[tuple[str | None, Attribute]] = [(None, attribute) for attribute in type.attributes.values()]
    for urn, attributes in type.extension_attributes.items():
        every += [(type.extensions[urn].id, attribute) for attribute in attributes.values()]
    name = type.resource_type.unique
    rows = tuple(row for urn, attribute in every for row in _rows_of(urn, attribute, name))
    # RFC 7643 section 3.1 says what is unique of the common attributes, and their own columns see to it.
    own = [(urn, attribute) for urn, attribute in every if urn is not None or attribute not in COMMON]
    uniques = [unique for urn, attribute in own for unique in _uniques_of(urn, attribute, name)]
    return rows, tuple(uniques)


_compiled: Bounded[BoundType, tuple[tuple[_Row, ...], tuple[_Unique, ...]]] = Bounded(_compile, size=1024)


def _uniques_of(urn: str | None, attribute: Attribute, unique: str) -> Iterator[_Unique]:
    # Links are rows, and no values of the resource.
    if attribute.relation is not None or (urn is None and attribute.name == unique):
        return
    for sub in (None, *attribute.sub_attributes):
        leaf = sub or attribute
        if leaf.uniqueness != "none" and leaf.type != "complex":
            yield _unique(urn, attribute, sub)


def _unique(urn: str | None, attribute: Attribute, sub: Attribute | None) -> _Unique:
    path, kind = str(Target(urn, attribute, sub)), kind_of(sub or attribute)

    def found(data: Mapping[str, Any]) -> Iterator[UniqueKey]:
        value = (data if urn is None else data.get(urn, {})).get(attribute.name)
        for element in _many(value):
            for each in _many(element if sub is None else element.get(sub.name)):
                # Compared as `unique_key` compares names: nobody sees the blanks at the ends.
                key = index_key(kind, each.strip() if isinstance(each, str) else each)
                if key:
                    yield UniqueKey(path, key)

    return found


def _many(value: Any) -> Iterable[Any]:
    if isinstance(value, list):
        return value
    return () if value is None else (value,)


def _rows_of(urn: str | None, attribute: Attribute, unique: str) -> Iterator[_Row]:
    if has_column(Target(urn, attribute)) or is_unique(Target(urn, attribute), unique):
        return
    for sub in (None, *attribute.sub_attributes):
        path = index_path(Target(urn, attribute, sub))
        if path is not None:
            yield _row(urn, attribute, sub, path)


def _row(urn: str | None, attribute: Attribute, sub: Attribute | None, path: str) -> _Row:
    kind = kind_of(sub or attribute)

    # Compiled into a closure per attribute: which attributes are indexed is known when the type is bound, and every
    # write asks for the rows.
    def rows(data: Mapping[str, Any]) -> Iterator[IndexValue]:
        holder = data if urn is None else data.get(urn, {})
        value = holder.get(attribute.name)
        for position, element in enumerate(value if isinstance(value, list) else () if value is None else (value,)):
            yield _entry(path, position, element if sub is None else element.get(sub.name), element, kind)

    return rows


def _entry(path: str, position: int, value: Json, element: Json, kind: Kind) -> IndexValue:
    if not isinstance(element, dict):
        return IndexValue(path, position, index_key(kind, value))
    use, primary = element.get("type"), element.get("primary")
    return IndexValue(
        path,
        position,
        index_key(kind, value),
        shorten(fold(use)) if isinstance(use, str) else None,
        primary if isinstance(primary, bool) else None,
    )


# which attributes have keys

#: Attributes of the base schema with a column of their own, whatever the type: path -> what the type must be.
COLUMNS: Final[Mapping[str, str]] = {"externalId": "string", "displayName": "string", "active": "boolean"}
#: Says that an attribute's keys are `Keys.unique`.
UNIQUE: Final = "*unique*"
_HEAD: Final = frozenset(("id", "meta", "schemas"))
#: Enough digits that nothing is rounded: 64-bit integers and the largest float, 309 digits.
_EXACT = Context(prec=400)
_NINES = str.maketrans("0123456789", "9876543210")
#: From here on all floats are whole numbers and their shortest decimal text is not exact; beyond 64 bits there are
#: no integers to compare them with.
_WHOLE, _BEYOND = 2**53, 2**65
_EXPONENT = 5000
_INSTANT = 10**17


def has_column(target: Target) -> bool:
    """Whether the attribute lives in a column (`Keys.external`, `.display_key`, `.active`)."""
    attribute = target.attribute
    if attribute is None or target.urn is not None or attribute.multi_valued:
        return False
    return COLUMNS.get(attribute.name) == attribute.type


def is_unique(target: Target, unique: str) -> bool:
    """Whether `Keys.unique` is this attribute's key, in every resource; where it may be missing, it cannot be."""
    return target.attribute is not None and target.attribute.name == unique and may_be_unique(target)


def may_be_unique(target: Target) -> bool:
    """Whether a resource type could name this attribute as its unique one, with a key in every resource."""
    attribute = target.attribute
    if attribute is None or target.urn is not None or target.sub is not None:
        return False
    return attribute.required and attribute.type == "string" and not attribute.multi_valued


def index_path(target: Target) -> str | None:
    """The path under which the value index has the attribute, None when it was not declared `indexed`.

    An indexed multi-valued complex attribute is found by its `value`; of an indexed single one every sub-attribute
    is; any other sub-attribute can be declared for itself. One with several values in each element has no one key.
    """
    attribute, sub = target.attribute, target.sub
    if attribute is None or attribute.relation is not None or (target.urn is None and attribute.name in _HEAD):
        return None
    leaf = sub or attribute
    if leaf.type in ("complex", "binary"):
        return None
    if sub is None:
        return str(target) if attribute.indexed else None
    if sub.multi_valued:
        # Several values in one element: an index row has one.
        return None
    if attribute.indexed and attribute.multi_valued and sub.name == "value":
        return str(Target(target.urn, attribute))
    return str(target) if sub.indexed or (attribute.indexed and not attribute.multi_valued) else None


def key_path(target: Target, unique: str | None) -> str | None:
    """Where the keys of the attribute are: `UNIQUE`, the name of a column, or a path of the value index.

    None where they are nowhere, or where that cannot be told because the caller does not know the unique attribute.
    """
    attribute = target.attribute
    if attribute is None:
        return None
    if unique and is_unique(target, unique):
        return UNIQUE
    if has_column(target):
        return attribute.name
    return None if unique is None and may_be_unique(target) else index_path(target)


def index_key(kind: Kind, value: Json) -> str | None:
    """The key of one value, None for a value of another kind."""
    # By the schema's kind and the value's own: a value of another type than the schema says has no key, and equals
    # nothing.
    if isinstance(value, str):
        match kind:
            case "folded":
                return shorten(fold(value))
            case "exact" | "binary":
                return shorten(exact(value))
            case "instant":
                return _instant(value)
    # Before the numbers: for Python True is 1.
    elif isinstance(value, bool):
        return _truth_key(value) if kind == "boolean" else None
    elif isinstance(value, int | float) and kind == "number":
        return shorten(_number_key(value))
    return None


def _instant(text: str) -> str | None:
    try:
        return _instant_key(instant(text))
    except ValueError:
        return None


def _number_key(value: int | float) -> str:
    """Equal texts for equal numbers, whole or not, and in their order."""
    whole = isinstance(value, int) or _WHOLE <= abs(value) < _BEYOND
    exactly = Decimal(value) if whole else Decimal(repr(value))
    if not exactly:
        return "1"
    sign, digits, _ = exactly.normalize(_EXACT).as_tuple()
    # The exponent first, then the digits. A negative number is read from the other end: its digits are mirrored, and
    # "~" comes after every digit, so that the shorter of two mirrored texts is the greater one.
    body = f"{exactly.adjusted() + _EXPONENT:04d}{''.join(map(str, digits))}"
    return f"0{body.translate(_NINES)}~" if sign else f"2{body}"


def _instant_key(microseconds: int) -> str:
    """Microseconds since 1970; years 1 to 9999 fit."""
    return f"{microseconds + _INSTANT:018d}"


def _truth_key(value: bool) -> str:
    """false before true."""
    return "true" if value else "false"
