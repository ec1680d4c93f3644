"""Checks of attributes, compiled from their definitions into closures, once per resource type and `Rules`."""

from collections.abc import Sequence
from typing import Any, Final

from scimcore.resources._run import Run
from scimcore.resources._shapes import Deep, ObjectCheck, Part
from scimcore.resources._values import Bad, Check, expected, scalar, string
from scimcore.resources.document import to_text
from scimcore.resources.formats import format_of
from scimcore.resources.rules import Rules
from scimcore.schema import Attribute

MOST_ELEMENTS: Final = 1_000
MOST_LINKS: Final = 100_000
_FEW: Final = 8


def compile_attribute(attribute: Attribute, path: str, rules: Rules) -> Deep:
    """The check of a whole attribute's value: of the array, if it is multi-valued."""
    if attribute.multi_valued:
        return _array(attribute, path, rules)
    return compile_element(attribute, path, rules)


def compile_element(attribute: Attribute, path: str, rules: Rules) -> Deep:
    """The check of one value: of one element, if it is multi-valued."""
    if attribute.type == "complex":
        subs = compile_parts(attribute.sub_attributes, f"{path}.", rules)
        reject, single = rules.unknown == "reject", not attribute.multi_valued
        return ObjectCheck(subs, where=f"{path}.", reject=reject, may_be_empty=single).compiled()
    return _simple(_scalar(attribute, path, rules), required=attribute.required and not attribute.multi_valued)


def compile_parts(attributes: Sequence[Attribute], where: str, rules: Rules) -> list[Part]:
    """The parts of an object that has these attributes."""
    return [_part(attribute, f"{where}{attribute.name}", rules) for attribute in attributes]


def _part(attribute: Attribute, path: str, rules: Rules) -> Part:
    name = attribute.name
    if attribute.mutability == "readOnly":
        # RFC 7644 section 3.3: what is readOnly is ignored on input, inside complex attributes too.
        return Part(name=name, kind="ignored")
    if attribute.multi_valued or attribute.type == "complex" or attribute.required:
        deep = compile_attribute(attribute, path, rules)
        return Part(name=name, kind="deep", deep=deep, required=attribute.required)
    check = _scalar(attribute, path, rules)
    return Part(name=name, kind="text" if check is string else "value", check=check)


def _scalar(attribute: Attribute, path: str, rules: Rules) -> Check:
    extra = format_of(path, attribute) if rules.formats == "enforce" else None
    return scalar(attribute, canonical=rules.canonical_values == "enforce", extra=extra)


def blank(value: object) -> bool:
    """Whether a required attribute would still be without a value: a text of nothing but spaces is none."""
    return value is None or (value.__class__ is str and not value.strip())


def _simple(check: Check, *, required: bool) -> Deep:
    def simple(value: Any, run: Run) -> Any:
        return None if value is None else check(value)

    def never_blank(value: Any, run: Run) -> Any:
        return None if blank(value) else check(value)

    return never_blank if required else simple


def has_primary(attribute: Attribute) -> bool:
    return attribute.sub("primary") is not None


def has_pairs(attribute: Attribute) -> bool:
    """Whether elements are told apart by their value and type."""
    value, type = attribute.sub("value"), attribute.sub("type")
    return value is not None and not value.multi_valued and not (type is not None and type.multi_valued)


def _array(attribute: Attribute, path: str, rules: Rules) -> Deep:
    one = compile_element(attribute, path, rules)
    pairs, primary = has_pairs(attribute), has_primary(attribute)

    def check(value: Any, run: Run) -> list[Any] | None:
        found: list[Any] | None
        if value.__class__ is not list:
            if value is None:
                return None
            raise expected("an array", value)
        if len(value) > MOST_ELEMENTS:
            raise Bad(f"at most {MOST_ELEMENTS} values are taken")
        mark = len(run.faults)
        try:
            found = [one(item, run) for item in value]
        except Bad:
            found = None
        if found is None or None in found or len(run.faults) > mark:
            del run.faults[mark:]
            found = _one_by_one(value, one, run)
        return found if len(found) == 1 else sift(found, pairs, primary) or None

    return check


def _one_by_one(value: list[Any], one: Deep, run: Run) -> list[Any]:
    """The elements; the faults with their places. An empty element is none; null is refused (CORE-027)."""
    found = []
    for place, item in enumerate(value):
        mark = len(run.faults)
        element = None
        try:
            if item is None:
                raise expected("a value", None)
            element = one(item, run)
        except Bad as bad:
            run.fault(bad.path, bad.text)
        if len(run.faults) > mark:
            run.prefix(mark, f"[{place}]")
        elif element is not None:
            found.append(element)
    return found


def sift(found: list[Any], pairs: bool, primary: bool) -> list[Any]:
    """Without the repetitions; at most one primary (RFC 7643 section 2.4)."""
    if pairs:
        values, chosen = set(), 0
        for item in found:
            values.add(item.get("value"))
            if item.get("primary") is True:
                chosen += 1
        if len(values) == len(found) and chosen < 2:
            return found
        found = _distinct(found)
    else:
        found = _unlike(found)
    if primary and sum(item.get("primary") is True for item in found) > 1:
        raise Bad("more than one value is marked as primary; at most one may be")
    return found


def _distinct(found: list[Any]) -> list[Any]:
    """No (type, value) pair twice (RFC 7643 section 2.4); the first stays, and takes over what it lacks."""
    kept: dict[Any, Any] = {}
    for place, item in enumerate(found):
        key = (item["value"], item.get("type")) if "value" in item else place
        kept[key] = {**item, **kept[key]} if key in kept else item
    return list(kept.values())


def _unlike(found: list[Any]) -> list[Any]:
    """Without repetitions of whole elements; few are compared, many are looked up by their text."""
    if len(found) <= _FEW:
        kept: list[Any] = []
        for item in found:
            if item not in kept:
                kept.append(item)
        return kept
    return [*{to_text(item): item for item in reversed(found)}.values()][::-1]
