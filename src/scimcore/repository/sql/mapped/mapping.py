"""The mapping as a lens between a resource and a row: what columns cannot say stays in the overflow.

The overflow is the resource itself with holes (null, which no stored resource has) where columns speak, so that
nothing is lost, not even the order: get(put(text)) == text; put(get(row, overflow)) == (row, overflow), unless the
product changed the row, whose word then counts; and put forgets what was there before.
"""

import json
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as MappingOf
from typing import Any

from attrs import evolve, field, frozen
from sqlalchemy import ColumnElement, Table

from scimcore.repository.sql.mapped.fields import HOLE, BoundField, Field, Lookup, bind
from scimcore.resources.document import to_text
from scimcore.schema import Attribute, BoundType, Extension, ResourceType, Schema
from scimcore.schema.json import JsonObject

#: What each field's column holds, in the order of the fields.
Row = Sequence[Any]


@frozen
class Mapping:
    """Resources of one type in a table of the host's.

    `link` is a column for the SCIM id, NULL in rows that are no resource, unique with the tenant; it is the one
    column that scimcore asks for. `tenant` holds the tenant's name, or refers to a row that does. `overflow` names
    the attributes that are served without a column; None: all that the type has. `adopt`: a row that is no resource
    yet and has the same value there becomes the new one's. `keep_rows`: a deleted resource leaves its row behind.
    """

    type: ResourceType
    table: Table
    link: ColumnElement[Any] = field(kw_only=True)
    tenant: ColumnElement[Any] | Lookup = field(kw_only=True)
    fields: tuple[Field, ...] = field(kw_only=True)
    overflow: tuple[str, ...] | None = field(kw_only=True, default=None)
    adopt: ColumnElement[Any] | None = field(kw_only=True, default=None)
    keep_rows: bool = field(kw_only=True, default=False)
    bound: tuple[BoundField, ...] = field(init=False, repr=False)

    # Bound when the mapping is declared: a path that the type does not have is an error at start, and not in a request.
    @bound.default
    def _bound(self) -> tuple[BoundField, ...]:
        type = BoundType(self.type)
        return tuple(bind(field, type) for field in self.fields)

    def put(self, text: str) -> tuple[Row, str]:
        """The resource as a row and its overflow."""
        data: JsonObject = json.loads(text)
        row = []
        for each in self.bound:
            holder = _holder(data, each)
            said, raw = each.say(holder[each.key]) if holder is not None and each.key in holder else (False, None)
            row.append(raw if said else each.field.default)
            # A hole and no missing member: it keeps the place in the order, so that a resource comes back to the
            # letter.
            if said and holder is not None:
                holder[each.key] = HOLE
        return row, to_text(data)

    def get(self, row: Row, overflow: str) -> str:
        """The resource of a row and its overflow."""
        data: JsonObject = json.loads(overflow)
        for each, raw in zip(self.bound, row, strict=True):
            holder = _holder(data, each)
            there = holder is not None and each.key in holder
            hole = there and holder is not None and holder[each.key] is HOLE
            # A column that is not at its default although the resource has no hole there: the product has filled it.
            value = each.read(raw) if hole or raw != each.field.default else None
            if value is not None:
                (holder if holder is not None else _made(data, each))[each.key] = value
            elif hole and holder is not None:
                del holder[each.key]
                _prune(data, each, holder)
        return to_text(data)

    def unsaid(self, text: str) -> Iterable[str]:
        """The paths of mapped attributes that stand in that overflow, because their columns cannot say them."""
        data = json.loads(text)
        for each in self.bound:
            holder = _holder(data, each)
            if holder is not None and holder.get(each.key) is not HOLE:
                yield each.field.path

    @property
    def resource_type(self) -> ResourceType:
        """What /Schemas says: the attributes that have a column or are named in `overflow`, and nothing else."""
        schema = self._served_part(self.type.schema, None)
        extensions = [evolve(e, schema=self._served_part(e.schema, e.schema.id)) for e in self.type.extensions]
        return evolve(self.type, schema=schema, extensions=tuple(e for e in extensions if _used(e)))

    def _served_part(self, schema: Schema, urn: str | None) -> Schema:
        served = (self._as_served(attribute, urn) for attribute in schema.attributes)
        return evolve(schema, attributes=tuple(attribute for attribute in served if attribute is not None))

    def _as_served(self, attribute: Attribute, urn: str | None) -> Attribute | None:
        path = f"{urn}:{attribute.name}" if urn else attribute.name
        if self.overflow is None or path in self.overflow or attribute.relation is not None:
            return attribute
        # `type` and `primary` stay with a value of several: without them `emails[type eq "work"]` would choose nothing.
        mine = [b for b in self.bound if (b.target.urn, b.target.attribute) == (urn, attribute)]
        if not mine:
            return None
        names = {b.key for b in mine} | ({"type", "primary"} if attribute.multi_valued else set())
        if attribute.type == "complex":
            return evolve(attribute, sub_attributes=tuple(s for s in attribute.sub_attributes if s.name in names))
        return evolve(attribute, required=attribute.required or _needed(mine[0].field))


def _needed(field: Field) -> bool:
    """Whether the table cannot do without it."""
    return field.default is None and not getattr(field.own, "nullable", True)


def _used(extension: Extension) -> bool:
    return bool(extension.schema.attributes)


# where an attribute stands in a resource


def _holder(data: JsonObject, each: BoundField) -> dict[str, Any] | None:
    """The object that has the attribute as a member, or would have it."""
    holder: Any = data if each.target.urn is None else data.get(each.target.urn)
    if each.target.sub is None or each.target.attribute is None or holder is None:
        return holder if isinstance(holder, dict) else None
    found = holder.get(each.target.attribute.name)
    if each.choice is not None:
        found = next((e for e in found or () if str(e.get("type", "")).lower() == each.choice), None)
    return found if isinstance(found, dict) else None


def _made(data: JsonObject, each: BoundField) -> dict[str, Any]:
    """The same, made: the product has filled a column of something that the resource lacked."""
    urn, attribute = each.target.urn, each.target.attribute
    holder: Any = data
    if urn is not None:
        holder = data.setdefault(urn, {})
        schemas: Any = data.setdefault("schemas", [])
        schemas += [urn] if urn not in schemas else []
    if each.target.sub is None or attribute is None:
        return _object(holder)
    if each.choice is None:
        return _object(holder.setdefault(attribute.name, {}))
    element = {"type": each.choice}
    holder.setdefault(attribute.name, []).append(element)
    return _object(element)


def _object(found: Any) -> dict[str, Any]:
    made: dict[str, Any] = found
    return made


def _prune(data: JsonObject, each: BoundField, holder: dict[str, Any]) -> None:
    """Take away what has become empty: an element without its value, an object or an extension without members."""
    urn, attribute = each.target.urn, each.target.attribute
    outer: Any = data if urn is None else data[urn]
    if each.choice is not None and attribute is not None:
        outer[attribute.name] = [element for element in outer[attribute.name] if element is not holder]
    if each.target.sub is not None and attribute is not None and not outer[attribute.name]:
        del outer[attribute.name]
    if urn is not None and not outer:
        del data[urn]
        schemas: Any = data["schemas"]
        schemas.remove(urn)


def by_path(mapping: Mapping) -> MappingOf[str, BoundField]:
    """The fields of single attributes, by their canonical path."""
    return {str(each.target): each for each in mapping.bound if each.choice is None}
