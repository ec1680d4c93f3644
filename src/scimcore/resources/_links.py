"""Values of a relation attribute in a request, as links: which resources are meant (RFC 7643 section 4.2)."""

from collections.abc import Mapping
from typing import Any

from scimcore.resources._objects import MOST_LINKS, blank
from scimcore.resources._run import REQUIRED, Run, shown
from scimcore.resources._shapes import Deep, ObjectCheck, Part
from scimcore.resources._values import Bad, expected, name_like, string
from scimcore.resources.changes import Link
from scimcore.resources.rules import Rules
from scimcore.schema import Attribute, fold, fold_name


def compile_link(attribute: Attribute, endpoints: Mapping[str, str], rules: Rules) -> Deep:
    """The check of one element, which answers with the `Link` that it means.

    `endpoints` maps folded path segments (`users`) to type names; what is shown of the other resource (display) is
    derived, so it is not looked at (erratum 6011).
    """
    parts = [Part(name=sub.name, kind="apart") for sub in attribute.sub_attributes]
    names = ObjectCheck(parts, where=f"{attribute.name}.", reject=rules.unknown == "reject")
    types = _types(attribute)

    def check(value: Any, run: Run) -> Link:
        if value.__class__ is not dict:
            raise expected('an object as in {"value": "…"}', value)
        keys = names.known(value, run)
        identifier = value.get(keys.get("value"))
        if blank(identifier):
            raise Bad(REQUIRED, "value")
        if identifier.__class__ is not str:
            raise Bad("the id of a resource is expected, a string", "value")
        if not identifier.isprintable():
            name_like(identifier)
        said = value[keys["type"]] if "type" in keys else None
        if said is not None:
            said = _named(said, types)
        reference = value[keys["$ref"]] if "$ref" in keys else None
        if reference is not None:
            said = _referred(reference, said, types, endpoints)
        return Link(said or "", identifier)

    return check


def _types(attribute: Attribute) -> Mapping[str, str]:
    """The resource types that may be linked, by folded name; empty: any."""
    reference = attribute.sub("$ref")
    named = reference.reference_types if reference is not None else ()
    return {} if "uri" in named else {fold(name): name for name in named}


def _named(said: Any, types: Mapping[str, str]) -> str:
    if said.__class__ is not str:
        raise Bad(expected("a string", said).text, "type")
    name = string(said)
    if not name or not types:
        return name
    if fold(name) not in types:
        raise Bad(f"{' or '.join(types.values())} is expected, not {shown(name)!r}", "type")
    return types[fold(name)]


def _referred(reference: Any, said: str | None, types: Mapping[str, str], endpoints: Mapping[str, str]) -> str | None:
    """The type that the URI's endpoint names (RFC 7643 section 2.3.7); it must be one that may be linked."""
    if reference.__class__ is not str:
        raise Bad(expected("a string", reference).text, "$ref")
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
