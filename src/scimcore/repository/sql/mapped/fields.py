"""One attribute and one column: where the attribute stands in a resource, and how each says what the other says."""

from collections.abc import Callable
from typing import Any

import attrs
from attrs import evolve, frozen
from sqlalchemy import ColumnElement

from scimcore.filters.ast import Compare, Path
from scimcore.filters.parsing import parse_path
from scimcore.schema import Attribute, BoundType, Target
from scimcore.schema.json import Json

#: The value of an attribute whose text stands in a column: what is kept of it in the overflow.
HOLE = None


@frozen
class Lookup:
    """A column that refers to a row of another table, which has a text: `column` = `key` of the row with that `text`.

    `within`: the other table's own tenant column; a text that is not there yet is added.
    """

    column: ColumnElement[Any]
    key: ColumnElement[Any]
    text: ColumnElement[Any]
    within: ColumnElement[Any] | None = None


@frozen
class Field:
    """The attribute at `path` stands in `column`, a column of the mapped table or a `Lookup`.

    `path` is a PATCH path: `title`, `name.givenName`, `urn:…:User:department`, `emails[type eq "work"].value` (the
    first of those). `default` is what the column holds while the attribute is unassigned: NULL where that may be.
    """

    path: str
    column: ColumnElement[Any] | Lookup
    default: Any = None

    @property
    def own(self) -> ColumnElement[Any]:
        """The column of the mapped table."""
        return self.column.column if isinstance(self.column, Lookup) else self.column

    @property
    def shown(self) -> ColumnElement[Any]:
        """The column that holds the value itself."""
        return self.column.text if isinstance(self.column, Lookup) else self.column


@frozen(kw_only=True)
class BoundField:
    """A field that knows its attribute. `choice`: of several elements, the first of that `type`."""

    field: Field
    target: Target
    choice: str | None = None
    #: From a value to what the column holds; ValueError for what it cannot hold. And back; None for no value.
    write: Callable[[Json], Any] = attrs.field(repr=False, eq=False)
    read: Callable[[Any], Json] = attrs.field(repr=False, eq=False)

    @property
    def key(self) -> str:
        """The name of the attribute itself."""
        leaf = self.target.leaf
        return leaf.name if leaf is not None else ""

    def say(self, value: Json) -> tuple[bool, Any]:
        """Whether the column can say exactly that, and what it then holds."""
        try:
            raw = self.write(value)
        except ValueError:
            return False, self.field.default
        # Only what comes back as it was: a column that trims or rounds would change a client's value silently.
        return (True, raw) if self.read(raw) == value else (False, self.field.default)


def bind(field: Field, type: BoundType) -> BoundField:
    """The field with its attribute. Raises ValueError for one that cannot stand in a column."""
    path = parse_path(field.path)
    target = type.find(path.attr.urn, path.attr.name, path.attr.sub, short=False)
    choice = _choice(path) if path.tree is not None else None
    if target is not None and target.attribute is not None and path.sub is not None:
        target = evolve(target, sub=target.attribute.find_sub(path.sub))
    leaf = target.leaf if target is not None else None
    if target is None or leaf is None or leaf.type not in _CONVERSIONS:
        raise ValueError(f"{field.path}: {type.name} has no such attribute of one text, number or truth")
    if (target.attribute is not None and target.attribute.multi_valued) is not (choice is not None):
        raise ValueError(f'{field.path}: of several elements one is chosen, as in emails[type eq "work"].value')
    write, read = _CONVERSIONS[leaf.type](leaf, field)
    return BoundField(field=field, target=target, choice=choice, write=write, read=read)


def _choice(path: Path) -> str:
    tree = path.tree
    if isinstance(tree, Compare) and (str(tree.path), tree.op) == ("type", "eq") and path.sub and path.values:
        return str(path.values[0]).lower()
    raise ValueError('an element is chosen by its type, as in emails[type eq "work"].value')


def _texts(attribute: Attribute, field: Field) -> tuple[Callable[[Json], Any], Callable[[Any], Json]]:
    # SQLite would take a longer text, PostgreSQL would refuse it with an error; the overflow takes it in both.
    length = getattr(field.shown.type, "length", None)

    def write(value: Json) -> Any:
        if not isinstance(value, str) or value == field.default or (length is not None and len(value) > length):
            raise ValueError
        return value

    return write, lambda raw: None if raw is None or raw == field.default else str(raw)


def _truths(attribute: Attribute, field: Field) -> tuple[Callable[[Json], Any], Callable[[Any], Json]]:
    return _exactly(bool), lambda raw: None if raw is None else bool(raw)


def _numbers(attribute: Attribute, field: Field) -> tuple[Callable[[Json], Any], Callable[[Any], Json]]:
    return _exactly(int), lambda raw: None if raw is None else int(raw)


def _exactly(kind: type) -> Callable[[Json], Any]:
    def write(value: Json) -> Any:
        # `is not`, because True is an int; and 32 bits, because that is what an INTEGER of every database holds.
        if value.__class__ is not kind or (kind is int and not -(2**31) <= int(str(value)) < 2**31):
            raise ValueError
        return value

    return write


# No dates, decimals or binaries: what a column of these types gives back is not to the letter what was sent.
_CONVERSIONS = {"string": _texts, "reference": _texts, "boolean": _truths, "integer": _numbers}
