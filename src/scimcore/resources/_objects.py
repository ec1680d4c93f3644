"""Checks of attributes, compiled from their definitions into closures, once per resource type and `Rules`.

Objects are walked in the order of the schema, not of the body: what comes out is in canonical order, and a body that
spells its names as the schema does is recognised by one comparison of key sets.
"""

from collections.abc import Callable, Mapping
from typing import Any

from scimcore.resources._names import canonical
from scimcore.resources._run import REQUIRED, Run
from scimcore.resources._values import Bad, Check, expected, scalar, string
from scimcore.resources.document import to_text
from scimcore.resources.formats import format_of
from scimcore.resources.rules import Rules
from scimcore.schema import Attribute, fold_name

#: A check that may find faults inside the value: they go to the run, relative to the value. None: unassigned.
Deep = Callable[[Any, Run], Any]

MOST_ELEMENTS = 1_000
MOST_LINKS = 100_000


def compile_attribute(attribute: Attribute, path: str, rules: Rules) -> Deep:
    """The check of a whole attribute's value: of the array, if it is multi-valued."""
    one = compile_element(attribute, path, rules)
    if not attribute.multi_valued:
        return one
    return _array(one, has_pairs(attribute), has_primary(attribute))


def compile_element(attribute: Attribute, path: str, rules: Rules) -> Deep:
    """The check of one value: of one element, if it is multi-valued."""
    if attribute.type == "complex":
        return _object(attribute, path, rules)
    return _simple(scalar_check(attribute, path, rules), required=attribute.required and not attribute.multi_valued)


def scalar_check(attribute: Attribute, path: str, rules: Rules) -> Check:
    """The check of a simple value."""
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


def _object(attribute: Attribute, path: str, rules: Rules) -> Deep:
    subs = attribute.sub_attributes
    known = frozenset(sub.name for sub in subs)
    folded = {fold_name(sub.name): sub.name for sub in subs}
    # RFC 7644 section 3.3: what is readOnly is ignored on input, inside complex attributes too.
    checks = _checks(attribute, path, rules)
    required = tuple(sub.name for sub in subs if sub.required and sub.mutability != "readOnly")
    reject = rules.unknown == "reject"

    def check(value: Any, run: Run) -> dict[str, Any] | None:
        if value.__class__ is not dict:
            if value is None:
                return None
            raise expected("an object", value)
        if not value.keys() <= known:
            value = canonical(value, folded, run, reject=reject, where=f"{path}.")
        found: dict[str, Any] = {}
        mark = len(run.faults)
        for name, plain, inner in checks:
            if name in value:
                item = value[name]
                if plain and item.__class__ is str and item.isprintable():
                    found[name] = item
                else:
                    into(found, name, inner, item, run)
        if required:
            lacking(found, required, run, mark)
        return found or None

    return check


def lacking(found: Mapping[str, Any], required: tuple[str, ...], run: Run, mark: int) -> None:
    """A fault for each required name without a value; a value that is there and wrong has said so already."""
    for name in required:
        if name not in found and not any(_inside(path, name) for path, _ in run.faults[mark:]):
            run.fault(name, REQUIRED)


def _inside(path: str, name: str) -> bool:
    return path == name or path.startswith((f"{name}.", f"{name}[", f"{name}:"))


def _checks(attribute: Attribute, path: str, rules: Rules) -> tuple[tuple[str, bool, Deep], ...]:
    """Name, whether any printable text will do, and the check, of each sub-attribute that may be written."""
    return tuple(
        (sub.name, is_plain(sub, f"{path}.{sub.name}", rules), compile_attribute(sub, f"{path}.{sub.name}", rules))
        for sub in attribute.sub_attributes
        if sub.mutability != "readOnly"
    )


def is_plain(attribute: Attribute, path: str, rules: Rules) -> bool:
    """Whether any printable text is a value of that attribute: the callers' short cut past a call."""
    if attribute.required or attribute.multi_valued or attribute.type == "complex":
        return False
    return scalar_check(attribute, path, rules) is string


def into(found: dict[str, Any], name: str, check: Deep, item: Any, run: Run, joint: str = ".") -> None:
    """Checks one attribute of an object and keeps its value, or its faults with the name in front."""
    mark = len(run.faults)
    value = None
    try:
        value = check(item, run)
    except Bad as bad:
        run.fault(bad.path, bad.text)
    if len(run.faults) > mark:
        run.prefix(mark, name, joint)
    elif value is not None:
        found[name] = value


def has_primary(attribute: Attribute) -> bool:
    return attribute.sub("primary") is not None


def has_pairs(attribute: Attribute) -> bool:
    """Whether elements are told apart by their value and type."""
    value, type = attribute.sub("value"), attribute.sub("type")
    return value is not None and not value.multi_valued and not (type is not None and type.multi_valued)


def _array(one: Deep, pairs: bool, primary: bool) -> Deep:
    def check(value: Any, run: Run) -> list[Any] | None:
        if value.__class__ is not list:
            if value is None:
                return None
            raise expected("an array", value)
        if len(value) > MOST_ELEMENTS:
            raise Bad(f"at most {MOST_ELEMENTS} values are taken")
        found = elements(value, one, run)
        if len(found) > 1:
            found = distinct(found, pairs=pairs)
            if primary:
                at_most_one_primary(found)
        return found or None

    return check


def elements(value: list[Any], one: Deep, run: Run) -> list[Any]:
    """The elements, checked; the faults with their places. An empty element is none; null is refused (CORE-027)."""
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


def distinct(found: list[Any], *, pairs: bool) -> list[Any]:
    """No (type, value) pair twice (RFC 7643 section 2.4); the first stays, and takes over what it lacks."""
    if not pairs:
        return list({to_text(item): item for item in reversed(found)}.values())[::-1] if _twice(found) else found
    keys = [(item.get("value"), item.get("type")) for item in found]
    if len(set(keys)) == len(keys):
        return found
    kept: dict[Any, Any] = {}
    for place, (key, item) in enumerate(zip(keys, found, strict=True)):
        unlike = key if key[0] is not None else place
        kept[unlike] = _merged(kept[unlike], item) if unlike in kept else item
    return list(kept.values())


def _twice(found: list[Any]) -> bool:
    return len({to_text(item) for item in found}) < len(found)


def _merged(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    return {**first, **{name: item for name, item in second.items() if name not in first}}


def at_most_one_primary(found: list[Any]) -> None:
    """RFC 7643 section 2.4: the primary value "true" MUST appear no more than once."""
    if sum(1 for item in found if item.get("primary") is True) > 1:
        raise Bad("more than one value is marked as primary; at most one may be")
