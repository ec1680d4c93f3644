"""Bodies and values checked against a resource type, the plain way: RFC 7643 section 2 as code.

This is what checking means. `_fast_check` comes to the same for what clients usually send, and hands over to this
module whatever is unusual; every error is made here.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from attrs import frozen

from scimcore.errors import AnswerText, InvalidSyntax, quoted
from scimcore.resources._attributes import (
    base_names,
    distinct,
    ignored_note,
    is_read_only,
    needs,
    schemas_used,
    secret_of,
    stored_attributes,
    written_relations,
)
from scimcore.resources._links import MOST_LINKS, LinkCheck, add_link
from scimcore.resources.changes import Link
from scimcore.resources.rules import Rules
from scimcore.resources.values import REQUIRED, Mismatch, Report, check_of, is_blank, kind
from scimcore.schema import Attribute, BoundType, Registry, Target, fold_name
from scimcore.schema.json import JsonObject

#: What was left out and why: (rule, text).
Notes = tuple[tuple[str, str], ...]

#: No resource that a person can manage has more values of one attribute; each of them costs an index row.
MOST_ELEMENTS: Final = 1_000

_PLACES: Final = re.compile(r"\[[0-9]+\]")


@frozen(kw_only=True)
class Checked:
    """A body that fits its type.

    `data` is canonical: names and order of the schema, `schemas` first and as used, nothing unassigned, nothing
    readOnly, no relations, no secret. Parts of it may be shared with the body: neither may be changed.
    """

    data: JsonObject
    #: By relation attribute: None if not mentioned, () if cleared.
    links: Mapping[str, tuple[Link, ...] | None]
    #: The password, which is never part of the data (RFC 7643 section 4.1.1).
    secret: str | None
    #: What was left out and why: (rule, text).
    notes: Notes
    #: The attributes that the client mentioned, with a value or with null: `title`, `members`, `urn:…:department`.
    named: frozenset[str]


class PlainCheck:
    """The checks of one resource type under some `Rules`. See `Checker` for what the methods take and raise."""

    def __init__(self, type: BoundType, rules: Rules, registry: Registry | None) -> None:
        self.type: Final = type
        self.rules: Final = rules
        self.registry: Final = registry

    # bodies

    def body(self, body: JsonObject, *, creating: bool) -> Checked:
        """Check the body of a POST or, not `creating`, a PUT."""
        if not isinstance(body, dict):
            raise InvalidSyntax(f"The body must be a JSON object, not {kind(body)}.")
        report, type = Report(), self.type
        names = self.known_names(body, base_names(type), "", report)
        # Clients send back what they read, with id and meta: that is no mistake, but a note says why nothing changed.
        ignored = [name for name in names if is_read_only(type.attributes.get(fold_name(name)))]
        if ignored:
            report.note(*ignored_note(ignored))
        sent = {name: body[spelled] for name, spelled in names.items()}
        data = self._stored(sent, report, creating=creating)
        links = {a.name: self._links_in_body(a, sent, report) for a in written_relations(type)}
        # RFC 7643 section 4.1.1: a password is for the host alone, so it leaves the data before anything is stored.
        secret = secret_of(type)
        password = None if secret is None else self._value(secret, sent.get(secret.name), secret.name, report)
        self.check_schemas(sent.get("schemas"), report)
        report.raise_faults()
        return Checked(
            data=data, links=links, secret=password, notes=tuple(report.notes), named=self._named(sent, ignored)
        )

    def _stored(self, sent: Mapping[str, Any], report: Report, *, creating: bool) -> JsonObject:
        """What is stored of a body: the attributes of the base schema and the extensions, in canonical order."""
        found: dict[str, Any] = {}

        # A value that is wrong was reported already; it is not missing as well.
        def put(name: str, value: Any, before: int, *, required: bool) -> None:
            if value is not None:
                found[name] = value
            elif required and len(report.faults) == before:
                report.fault(name, REQUIRED)

        for attribute in stored_attributes(self.type):
            name, before = attribute.name, len(report.faults)
            put(name, self._value(attribute, sent.get(name), name, report), before, required=needs(attribute, creating))
        for extension in self.type.resource_type.extensions:
            urn, before = extension.schema.id, len(report.faults)
            put(urn, self._extension(urn, sent.get(urn), report), before, required=extension.required)
        return {"schemas": schemas_used(self.type, found), **found}

    def _named(self, sent: Mapping[str, Any], ignored: Iterable[str]) -> frozenset[str]:
        """The attributes that the client mentioned: a PUT clears the others, and answers show more of these."""
        named = {name for name in sent if name != "schemas" and name not in ignored}
        for key, schema in self.type.extensions.items():
            if schema.id in sent:
                value, attributes = sent[schema.id], self.type.extension_attributes[key]
                # null or {} in the place of an extension mentions all of its attributes.
                mentioned = value if isinstance(value, dict) and value else attributes
                meant = [attributes.get(fold_name(name)) for name in mentioned]
                named |= {f"{schema.id}:{a.name}" for a in meant if a is not None and not is_read_only(a)}
        return frozenset(named)

    def check_schemas(self, said: Any, report: Report) -> None:
        """Look at the `schemas` of a body; what is stored is computed from the data (RFC 7643 section 3)."""
        urn, strict = self.type.urn, self.rules.missing_schemas == "reject"
        # CORE-003: some clients leave it out, and the endpoint says what the body is anyway.
        if not said:
            if strict:
                report.syntax.append(("schemas", f'it is missing; add "schemas": ["{urn}"]'))
            return
        if not isinstance(said, list):
            report.syntax.append(("schemas", f"an array of URIs is expected, not {kind(said)}"))
            return
        if not all(isinstance(item, str) for item in said):
            report.syntax.append(("schemas", "URIs are expected"))
            return
        # URIs are compared in any case, like names, and order and repetition mean nothing (CORE-030).
        folded = {fold_name(item): item for item in said}
        known = {fold_name(urn), *self.type.extensions}
        for item in [item for key, item in folded.items() if key not in known][:10]:
            text = f"{quoted(item)} is not a schema of this resource type"
            if self.rules.unknown == "reject":
                report.syntax.append(("schemas", text))
            else:
                recorded = "schemas: one that this resource type does not have was left out"
                report.note("RFC 7643 section 3", AnswerText(f"schemas: {text}; left out", recorded))
        if strict and fold_name(urn) not in folded:
            # RFC 7643 section 3.3: the base schema MUST be among them.
            report.syntax.append(("schemas", f"{urn} must be among them"))

    # values

    def known_names(self, value: Mapping[str, Any], known: Iterable[str], where: str, report: Report) -> dict[str, str]:
        """Return the names of an object that are known: the canonical name, and as it is spelled.

        RFC 7643 section 2.1: names match in any case. Two spellings of one name in one object are refused, since each
        of them could be the one that is meant.
        """
        canonical = {fold_name(name): name for name in known}
        found: dict[str, str] = {}
        for spelled in value:
            name = canonical.get(fold_name(spelled))
            if name is None:
                # A client whose mapping has one attribute too many must still work, so refusing is not the default.
                path, text = f"{where}{quoted(spelled)}", "there is no such attribute here"
                if self.rules.unknown == "reject":
                    report.syntax.append((path, f"{text}; remove it from the attribute mappings"))
                else:
                    recorded = "an attribute that the type does not have was left out"
                    report.note("RFC 7643 section 3.3", AnswerText(f"{path}: {text}; left out", recorded))
            elif name in found:
                report.syntax.append((f"{where}{name}", "the name is there twice, in different case"))
            else:
                found[name] = spelled
        return found

    def _value(self, attribute: Attribute, value: Any, path: str, report: Report) -> Any:
        """Check the value of an attribute. RFC 7643 section 2.5: null, an empty array and {} are all unassigned."""
        if not attribute.multi_valued:
            return self._one(attribute, value, path, report)
        if value is None:
            return None
        if not isinstance(value, list):
            report.fault(path, f"an array is expected, not {kind(value)}")
            return None
        if len(value) > MOST_ELEMENTS:
            report.fault(path, f"at most {MOST_ELEMENTS} values are taken")
            return None
        before, found = len(report.faults), []
        for place, item in enumerate(value):
            if item is None:
                # RFC 7643 section 2.5 lets null stand for an attribute, not for one value of it (CORE-027).
                report.fault(f"{path}[{place}]", "a value is expected, not null")
            elif (element := self._one(attribute, item, f"{path}[{place}]", report)) is not None:
                found.append(element)
        if len(report.faults) > before:
            return None
        try:
            return distinct(attribute, found) or None
        except Mismatch as mismatch:
            report.fault(path, mismatch.text)
            return None

    def _one(self, attribute: Attribute, value: Any, path: str, report: Report) -> Any:
        """Check one value: of a single-valued attribute, or one element of a multi-valued one."""
        if value is None:
            return None
        if attribute.type == "complex":
            return self._complex(attribute, value, path, report)
        # A userName of spaces would pass as a text and identify nobody (CORE-050).
        if attribute.required and not attribute.multi_valued and is_blank(value):
            return None
        try:
            return check_of(attribute, schema_path(path), self.rules)(value)
        except Mismatch as mismatch:
            report.fault(path, mismatch.text)
            return None

    def _complex(self, attribute: Attribute, value: Any, path: str, report: Report) -> JsonObject | None:
        if not isinstance(value, dict):
            report.fault(path, f"an object is expected, not {kind(value)}")
            return None
        # An element of an array without anything in it lacks what is required; a single object is just unassigned.
        return self._object(
            attribute.sub_attributes, value, f"{path}.", report, may_be_empty=not attribute.multi_valued
        )

    def _extension(self, urn: str, value: Any, report: Report) -> JsonObject | None:
        if value is None:
            return None
        if not isinstance(value, dict):
            report.fault(urn, f"an object is expected, not {kind(value)}")
            return None
        attributes = self.type.extension_attributes[fold_name(urn)]
        if "schemas" not in attributes:
            # Some clients repeat `schemas` inside an extension, where it means nothing.
            value = {name: item for name, item in value.items() if fold_name(name) != "schemas"}
        return self._object(tuple(attributes.values()), value, f"{urn}:", report, may_be_empty=True)

    def _object(
        self, attributes: Sequence[Attribute], value: JsonObject, where: str, report: Report, *, may_be_empty: bool
    ) -> JsonObject | None:
        names = self.known_names(value, [a.name for a in attributes], schema_path(where), report)
        start, missing = len(report.faults), list[str]()
        found: dict[str, Any] = {}
        for attribute in attributes:
            if is_read_only(attribute):
                # RFC 7644 section 3.3 again: what is readOnly is ignored inside complex attributes too.
                continue
            name, before = attribute.name, len(report.faults)
            checked = self._value(attribute, value[names[name]], f"{where}{name}", report) if name in names else None
            if checked is not None:
                found[name] = checked
            elif attribute.required and len(report.faults) == before:
                missing.append(name)
        # RFC 7643 section 2.5: an object with nothing in it is unassigned, and so nothing is missing in it.
        if found or not may_be_empty:
            for name in missing:
                report.fault(f"{where}{name}", REQUIRED)
        return None if len(report.faults) > start else found or None

    # links

    def _links_in_body(self, attribute: Attribute, sent: Mapping[str, Any], report: Report) -> tuple[Link, ...] | None:
        before, name = len(report.faults), attribute.name
        # None and () differ: a PUT that does not mention the members of a group is read by the host's policy.
        found = self._links(attribute, sent[name], name, report) if name in sent else None
        if attribute.required and not found and len(report.faults) == before:
            report.fault(name, REQUIRED)
        return found

    def _links(self, attribute: Attribute, value: Any, path: str, report: Report) -> tuple[Link, ...]:
        """The links of a whole array, each resource once."""
        if value is None:
            return ()
        if not isinstance(value, list) or len(value) > MOST_LINKS:
            too_many = f"at most {MOST_LINKS} values are taken"
            report.fault(path, too_many if isinstance(value, list) else f"an array is expected, not {kind(value)}")
            return ()
        check, found = LinkCheck(attribute, self.type, self.registry), dict[str, Link]()
        for place, item in enumerate(value):
            if not isinstance(item, dict):
                text = f'an object as in {{"value": "…"}} is expected, not {kind(item)}'
                report.fault(f"{path}[{place}]", text)
                continue
            names = self.known_names(item, [sub.name for sub in attribute.sub_attributes], f"{attribute.name}.", report)
            parts = {name: item[spelled] for name, spelled in names.items()}
            try:
                link = check.link(parts.get("value"), parts.get("type"), parts.get("$ref"))
            except Mismatch as mismatch:
                report.fault(f"{path}[{place}].{mismatch.sub}" if mismatch.sub else f"{path}[{place}]", mismatch.text)
            else:
                add_link(found, link)
        return tuple(found.values())

    # parts of a resource, for PATCH

    def value(self, target: Target, value: Any, report: Report) -> Any:
        """Check the value of an attribute, a sub-attribute or a whole extension."""
        if target.leaf is None:
            return self._extension(str(target), value, report)
        return self._value(target.leaf, value, str(target), report)

    def element(self, target: Target, value: Any, report: Report) -> Any:
        """Check one element of a multi-valued attribute."""
        return None if target.leaf is None else self._one(target.leaf, value, str(target), report)

    def links(self, target: Target, value: Any, report: Report) -> tuple[Link, ...]:
        """Check the links that the value of a relation attribute names: an array, or one element of it."""
        if target.attribute is None or target.attribute.relation is None:
            raise ValueError(f"{target} is not a relation")
        return self._links(target.attribute, [value] if isinstance(value, dict) else value, str(target), report)


def schema_path(path: str) -> str:
    """Return the path of a value without the places in arrays: `emails[0].value` is a value of `emails.value`."""
    return _PLACES.sub("", path)
