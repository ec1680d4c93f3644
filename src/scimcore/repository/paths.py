"""Which attributes have keys, under which path, and how a value becomes its key: one place for writers and readers."""

from collections.abc import Mapping
from decimal import Context, Decimal
from typing import Final

from scimcore.filters.instants import instant
from scimcore.filters.resolved import Kind
from scimcore.repository.key_length import cap
from scimcore.schema import Target, exact, fold
from scimcore.schema.json import Json

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
    if isinstance(value, str):
        match kind:
            case "folded":
                return cap(fold(value))
            case "exact" | "binary":
                return cap(exact(value))
            case "instant":
                return _instant(value)
    elif isinstance(value, bool):
        return _truth_key(value) if kind == "boolean" else None
    elif isinstance(value, int | float) and kind == "number":
        return cap(_number_key(value))
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
    body = f"{exactly.adjusted() + _EXPONENT:04d}{''.join(map(str, digits))}"
    return f"0{body.translate(_NINES)}~" if sign else f"2{body}"


def _instant_key(microseconds: int) -> str:
    """Microseconds since 1970; years 1 to 9999 fit."""
    return f"{microseconds + _INSTANT:018d}"


def _truth_key(value: bool) -> str:
    """false before true."""
    return "true" if value else "false"
