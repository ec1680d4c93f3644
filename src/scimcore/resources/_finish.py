"""Data after edits, made whole again: canonical order, nothing empty, and what only the whole resource can answer.

PATCH checks each value that it writes (see `_check`). What is left to do then is what one value cannot know: whether a
required value is missing, whether two are primary, and whether anything was left without a value.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from scimcore.resources._attributes import distinct, schemas_used, stored_attributes, written
from scimcore.resources.values import REQUIRED, Mismatch, Report
from scimcore.schema import Attribute, BoundType, fold_name
from scimcore.schema.json import JsonObject


def finish(type: BoundType, data: Mapping[str, Any], report: Report) -> JsonObject:
    """Return all of a resource's data, finished."""
    found = _members(stored_attributes(type), data, "", report)
    # Extensions come last, in the order of the resource type, as `_check` puts them.
    for extension in type.resource_type.extensions:
        urn = extension.schema.id
        value = _extension(type, urn, data.get(urn), report)
        if value is not None:
            found[urn] = value
        elif extension.required:
            report.fault(urn, REQUIRED)
    return {"schemas": schemas_used(type, found), **found}


def finish_some(type: BoundType, data: Mapping[str, Any], report: Report) -> JsonObject:
    """Return some attributes or extensions of such data, finished, with nothing asked about the others."""
    found: JsonObject = {}
    for name, value in data.items():
        attribute = type.attributes.get(fold_name(name))
        done = _extension(type, name, value, report) if attribute is None else _value(attribute, value, name, report)
        if done is not None:
            found[name] = done
    return found


def _members(attributes: Sequence[Attribute], data: Mapping[str, Any], where: str, report: Report) -> dict[str, Any]:
    """The values of an object, with a fault for each that is required and missing."""
    found: dict[str, Any] = {}
    for attribute in attributes:
        before, path = len(report.faults), f"{where}{attribute.name}"
        value = _value(attribute, data.get(attribute.name), path, report)
        if value is not None:
            found[attribute.name] = value
        elif attribute.required and len(report.faults) == before:
            report.fault(path, REQUIRED)
    return found


def _extension(type: BoundType, urn: str, value: Any, report: Report) -> JsonObject | None:
    if not value:
        return None
    attributes = written(tuple(type.extension_attributes[fold_name(urn)].values()))
    # Its own report, because whether something is missing depends on whether anything is there.
    inner = Report()
    found = _members(attributes, value, f"{urn}:", inner)
    # Without any value the extension is unassigned as a whole, so nothing is missing in it.
    report.faults += [fault for fault in inner.faults if found or fault[1] != REQUIRED]
    return found or None


def _value(attribute: Attribute, value: Any, path: str, report: Report) -> Any:
    # A simple value was checked when it was written, and there is nothing in it that could be empty.
    if value is None or not (attribute.multi_valued or attribute.sub_attributes):
        return value
    try:
        if not attribute.multi_valued:
            return _complex(attribute, value)
        found = (
            [item for item in (_complex(attribute, item) for item in value) if item]
            if attribute.sub_attributes
            else value
        )
        return distinct(attribute, found) or None
    except Mismatch as mismatch:
        report.fault(f"{path}.{mismatch.sub}" if mismatch.sub else path, mismatch.text)
        return None


def _complex(attribute: Attribute, value: Mapping[str, Any]) -> JsonObject | None:
    # All sub-attributes, readOnly ones too: a host may have stored them, and a client's edit must not take them away.
    found = {s.name: value[s.name] for s in attribute.sub_attributes if value.get(s.name) is not None}
    for sub in written(attribute.sub_attributes):
        if found and sub.required and sub.name not in found:
            raise Mismatch(REQUIRED, sub.name)
    return found or None
