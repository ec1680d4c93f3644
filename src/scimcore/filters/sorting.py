"""The order of resources: `sortBy` (RFC 7644 section 3.4.2.3)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from scimcore.errors import InvalidPath, ScimError
from scimcore.filters._closures import normal_form
from scimcore.filters.parsing import parse_path
from scimcore.filters.resolving import kind_of
from scimcore.schema import Attribute, BoundType, Target

# RFC 7644 section 3.4.2.3: without a value they are "ordered last if ascending and first if descending". Other keys
# are (False, value), so that no missing value is ever compared with a value.
_MISSING = (True,)


def sort_target(text: str, type: BoundType, *, short_names: bool = True) -> Target:
    """Return the attribute that `sortBy` names. A multi-valued complex attribute means its `value`.

    Raises InvalidPath for a text that is not a name, and for an attribute that has no order.
    """
    try:
        path = parse_path(text)
    except ScimError:
        # Section 3.4.2.3 has no scimType for a wrong sortBy. invalidPath is the nearest in table 9.
        raise InvalidPath(f"sortBy takes an attribute's name, as in name.familyName, not {text[:80]!r}.") from None
    target = type.find(path.attr.urn, path.attr.name, path.attr.sub, short=short_names)
    if target is None or target.attribute is None or path.tree is not None:
        raise InvalidPath(f"{type.name} has no attribute {path.attr} to sort by. See /Schemas for those that it has.")
    return _sortable(target)


def _sortable(target: Target) -> Target:
    attribute = target.attribute
    if attribute is not None and target.sub is None and attribute.type == "complex":
        value = attribute.find_sub("value") if attribute.multi_valued else None
        if value is None:
            raise InvalidPath(
                f"{target} is complex. Sort by a sub-attribute, as in {target}.{attribute.sub_attributes[0].name}."
            )
        target = Target(target.urn, attribute, value)
    # An order tells values bit by bit, as a filter does (FLT-030).
    for part in (target.attribute, target.sub):
        if part is not None and (part.returned == "never" or part.mutability == "writeOnly"):
            raise InvalidPath(f"{target} is never returned, so it cannot be used for sorting.")
    return target


def order_key(target: Target) -> Callable[[Mapping[str, object]], tuple[object, ...]]:
    """Return a key function for `sorted` over resources.

    Resources without a value come last, and with `reverse=True` first. Of several values the primary one counts, or
    else the first. Break ties by id, so that pages stay stable.
    """
    attribute = target.attribute
    if attribute is None or target.leaf is None:
        raise InvalidPath(f"{target} is a schema. Sort by one of its attributes.")
    sub, leaf = target.sub, target.leaf
    if leaf.type == "complex":
        leaf = sub = _value_of(attribute)
    normal = normal_form(kind_of(leaf))

    def key(data: Mapping[str, object]) -> tuple[object, ...]:
        found = normal(_look_up(data, target.urn, attribute, sub))
        # "" is no value for `pr` either (FLT-011).
        return _MISSING if found is None or found == "" else (False, found)

    return key


def _value_of(attribute: Attribute) -> Attribute:
    value = attribute.sub("value") if attribute.multi_valued else None
    if value is None:
        raise InvalidPath(f"{attribute.name} is complex. Sort by one of its sub-attributes.")
    return value


def _look_up(data: Mapping[str, Any], urn: str | None, attribute: Attribute, sub: Attribute | None) -> object:
    container = data if urn is None else data.get(urn) or {}
    value = container.get(attribute.name)
    if attribute.multi_valued:
        value = _foremost(value or ())
    if sub is not None:
        value = value.get(sub.name) if value else None
    return value


def _foremost(elements: Sequence[Any]) -> Any:
    """The primary element, else the first (RFC 7644 section 3.4.2.3)."""
    for element in elements:
        if isinstance(element, Mapping) and element.get("primary") is True:
            return element
    return elements[0] if elements else None
