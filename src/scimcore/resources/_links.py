"""Values of a relation attribute in a request, as links: which resources are meant (RFC 7643 section 4.2)."""

from collections.abc import Mapping
from typing import Any

from scimcore.resources._names import canonical
from scimcore.resources._objects import MOST_LINKS, Deep, blank
from scimcore.resources._run import REQUIRED, Run, shown
from scimcore.resources._values import Bad, expected, name_like, string
from scimcore.resources.changes import Link
from scimcore.resources.rules import Rules
from scimcore.schema import Attribute, fold, fold_name


def compile_link(attribute: Attribute, endpoints: Mapping[str, str], rules: Rules) -> Deep:
    """The check of one element, which answers with the `Link` that it means.

    `endpoints` maps folded path segments (`users`) to type names; what is shown of the other resource (display) is
    derived, so it is not looked at (erratum 6011).
    """
    known = frozenset(sub.name for sub in attribute.sub_attributes)
    folded = {fold_name(name): name for name in known}
    reject = rules.unknown == "reject"
    types = _types(attribute)

    def check(value: Any, run: Run) -> Link:
        if value.__class__ is not dict:
            raise expected('an object as in {"value": "…"}', value)
        if not value.keys() <= known:
            value = canonical(value, folded, run, reject=reject, where=f"{attribute.name}.")
        said = value.get("type")
        if said is not None:
            said = _named(said, types)
        reference = value.get("$ref")
        if reference is not None:
            said = _referred(string(reference), said, types, endpoints)
        identifier = value.get("value")
        if blank(identifier):
            raise Bad(REQUIRED, "value")
        if identifier.__class__ is not str:
            raise Bad("the id of a resource is expected, a string", "value")
        name_like(identifier)
        return Link(said or "", identifier)

    return check


def _types(attribute: Attribute) -> Mapping[str, str]:
    """The resource types that may be linked, by folded name; empty: any."""
    reference = attribute.sub("$ref")
    named = reference.reference_types if reference is not None else ()
    return {} if "uri" in named else {fold(name): name for name in named}


def _named(said: Any, types: Mapping[str, str]) -> str:
    name = string(said)
    if not name or not types:
        return name
    if fold(name) not in types:
        raise Bad(f"{' or '.join(types.values())} is expected, not {shown(name)!r}", "type")
    return types[fold(name)]


def _referred(reference: str, said: str | None, types: Mapping[str, str], endpoints: Mapping[str, str]) -> str | None:
    """The type that the URI's endpoint names (RFC 7643 section 2.3.7); it must be one that may be linked."""
    segments = reference.partition("?")[0].rstrip("/").rsplit("/", 2)
    if len(segments) < 2:
        return said
    meant = endpoints.get(fold_name(segments[-2]))
    if types and meant not in types.values():
        raise Bad(f"the URI of a {' or '.join(types.values())} is expected", "$ref")
    if said and meant and said != meant:
        raise Bad(f"it names a {meant}, type says {said}", "$ref")
    return meant or said


def links(value: Any, one: Deep, run: Run) -> tuple[Link, ...]:
    """The links of a whole array, each resource once."""
    if value is None:
        return ()
    if value.__class__ is not list:
        raise expected("an array", value)
    if len(value) > MOST_LINKS:
        raise Bad(f"at most {MOST_LINKS} values are taken")
    found: dict[str, Link] = {}
    for place, item in enumerate(value):
        mark = len(run.faults)
        try:
            link = one(item, run)
        except Bad as bad:
            run.fault(bad.path, bad.text)
            run.prefix(mark, f"[{place}]")
            continue
        if link.id not in found or not found[link.id].type:
            found[link.id] = link
    return tuple(found.values())
