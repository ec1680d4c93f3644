"""PATCH on a small part of a user, as plainly as it can be written: dicts, loops, no schema, nothing compiled.

It knows `title`, `name`, `emails` and the enterprise extension's `department`; values are lower-case texts, so that
comparing needs no rules. The engine is held to it by the laws.
"""

import copy
from typing import Any, NamedTuple

from tests.patch.support import ENTERPRISE, op

#: Under this key an element remembers the filter that it was made from, until the request is done.
MADE = "#made"


class Refused(Exception):
    """The request is refused with that scimType."""


class Step(NamedTuple):
    """One operation; `terms` is the filter, a conjunction of `sub eq value`."""

    verb: str
    name: str
    terms: tuple[tuple[str, Any], ...] = ()
    sub: str = ""
    value: Any = None

    def as_json(self) -> dict[str, Any]:
        said = " and ".join(f"{sub} eq {_literal(value)}" for sub, value in self.terms)
        path = self.name + (f"[{said}]" if said else "") + (f".{self.sub}" if self.sub else "")
        return op(self.verb, path) if self.verb == "remove" else op(self.verb, path, self.value)


def _literal(value: Any) -> str:
    return "true" if value is True else f'"{value}"'


def model(data: dict[str, Any], steps: list[Step], *, create: bool) -> dict[str, Any]:
    """The data afterwards. Raises Refused."""
    data = copy.deepcopy(data)
    for step in steps:
        if step.name == "title":
            simple(data, "title", step)
        elif step.name == "department":
            extension = data.setdefault(ENTERPRISE, {})
            simple(extension, "department", step)
            if not extension:
                del data[ENTERPRISE]
        elif step.name == "name":
            named(data, step)
        else:
            emails(data, step, create)
    if "emails" in data:
        data["emails"] = distinct([{k: v for k, v in one.items() if k != MADE} for one in data["emails"]])
    return data


def simple(holder: dict[str, Any], name: str, step: Step) -> None:
    if step.verb == "add" and step.value is None:
        return
    if step.verb == "remove" or step.value is None:
        holder.pop(name, None)
    else:
        holder[name] = step.value


def named(data: dict[str, Any], step: Step) -> None:
    whole = data.setdefault("name", {})
    if step.sub:
        simple(whole, step.sub, step)
    elif step.verb == "remove" or (step.verb == "replace" and step.value is None):
        whole.clear()
    else:
        for sub, part in (step.value or {}).items():
            simple(whole, sub, Step(step.verb, sub, value=part))
    if not whole:
        del data["name"]


def emails(data: dict[str, Any], step: Step, create: bool) -> None:
    elements = data.setdefault("emails", [])
    if step.terms or step.sub:
        chosen(elements, step, create)
    elif step.verb == "add":
        added(elements, step.value or [])
    elif step.verb == "remove":
        elements.clear()
    else:
        elements.clear()
        added(elements, step.value or [])
    elements[:] = [one for one in elements if set(one) - {MADE}]
    if not elements:
        del data["emails"]


def added(elements: list[dict[str, Any]], items: list[dict[str, Any]]) -> None:
    primary = []
    for item in items:
        there = next((one for one in elements if same(one, item)), None)
        if there is None:
            there = dict(item)
            elements.append(there)
        elif "value" in item:
            there.update(item)
        if item.get("primary"):
            primary.append(there)
    crown(elements, primary)


def same(one: dict[str, Any], item: dict[str, Any]) -> bool:
    if "value" in item:
        return one.get("value") == item["value"] and one.get("type") == item.get("type")
    return {k: v for k, v in one.items() if k != MADE} == item


def chosen(elements: list[dict[str, Any]], step: Step, create: bool) -> None:
    found = [one for one in elements if all(one.get(sub) == value for sub, value in step.terms)]
    if not found:
        found = [one for one in elements if one.get(MADE) == step.terms]
    if step.verb == "remove":
        for one in found:
            if step.sub:
                one.pop(step.sub, None)
            else:
                elements[:] = [other for other in elements if other is not one]
        return
    if step.verb == "add" and not step.terms:
        raise Refused("invalidPath")
    if step.value is None:
        nothing(elements, found, step, create)
        return
    new = not found
    if new:
        found = [made(elements, step, create)]
    for one in found:
        if not step.sub and step.verb == "replace" and not new:
            one.clear()
        one.update({step.sub: step.value} if step.sub else step.value)
    if (step.value if step.sub == "primary" else not step.sub and step.value.get("primary")) is True:
        crown(elements, found)


def nothing(elements: list[dict[str, Any]], found: list[dict[str, Any]], step: Step, create: bool) -> None:
    """add of null asks for nothing, replace by null takes away; from what is not there, nothing can be taken."""
    if step.verb == "add":
        return
    if not found and not create:
        raise Refused("noTarget")
    if found or not step.sub:
        chosen(elements, step._replace(verb="remove"), create)


def made(elements: list[dict[str, Any]], step: Step, create: bool) -> dict[str, Any]:
    if not create or not step.terms:
        raise Refused("noTarget")
    element = dict(step.terms)
    if element.get("primary") and any(one.get("primary") for one in elements):
        del element["primary"]
    if any(value != dict(step.terms)[sub] for sub, value in step.terms):
        raise Refused("noTarget")
    element[MADE] = step.terms
    elements.append(element)
    return element


def crown(elements: list[dict[str, Any]], primary: list[dict[str, Any]]) -> None:
    if len({id(one) for one in primary}) > 1:
        raise Refused("invalidValue")
    for one in elements:
        if primary and one is not primary[0] and one.get("primary"):
            one["primary"] = False


def distinct(elements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """No value and type twice; the first takes over what it lacks. Without a value, no equal elements either."""
    kept: list[dict[str, Any]] = []
    for one in elements:
        twin = next(
            (k for k in kept if "value" in one and same(k, {"value": one["value"], "type": one.get("type")})), None
        )
        if twin is None:
            kept.append(dict(one))
        else:
            for sub, part in one.items():
                twin.setdefault(sub, part)
    return kept
