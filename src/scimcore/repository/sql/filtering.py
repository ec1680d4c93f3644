"""Resolved filters as SQL over resources: exact where keys answer them, in doubt everywhere else."""

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any, NamedTuple, assert_never

from attrs import evolve
from sqlalchemy import Select as SelectOf
from sqlalchemy import bindparam, false, not_, select, true
from sqlalchemy.sql.elements import False_

from scimcore.filters import Constant
from scimcore.filters.instants import instant
from scimcore.filters.resolved import AllOf, AnyOf, Has, Never, No, Resolved, Some, Test
from scimcore.filters.resolving import kind_of
from scimcore.repository.keys import UNIQUE, index_key, index_path, key_path, may_be_unique
from scimcore.repository.sql.bounds import Bounds, Clause, Make, every, exactly, some, unknown
from scimcore.repository.sql.columns import Stored, compare, present
from scimcore.repository.sql.flavors import Flavor
from scimcore.repository.sql.statements import TENANT
from scimcore.repository.sql.tables import link, resource, value
from scimcore.schema import Attribute, Target, exact

r, v, k = resource.c, value.c, link.c
#: The resources once more, to look some up by a key. `id IN (SELECT ...)` and no EXISTS: SQLite runs an EXISTS for
#: every row of the outer statement (measured: 189 ms instead of 11 us). The tenant is compared inside once more,
#: because an engine that places rows by tenant needs it in every part of a statement.
n = resource.alias("named").c

#: The attributes with a column: path -> the column, whether it may be NULL, whether it holds texts, whether shortened.
_COLUMNS: Mapping[str, Stored] = {
    UNIQUE: Stored(column=r.unique_key, name=UNIQUE, nullable=False, texts=True, long=True, keyed=True),
    "externalId": Stored(column=r.external_key, name="externalId", nullable=True, texts=True, long=True, keyed=True),
    "displayName": Stored(column=r.display_key, name="displayName", nullable=True, texts=True, long=True, keyed=True),
    "active": Stored(column=r.active, name="active", nullable=True, texts=False),
    "id": Stored(column=r.id, name="id", nullable=False, texts=True, keyed=True),
    "meta.resourceType": Stored(column=r.type, name="meta.resourceType", nullable=False, texts=True),
    "meta.created": Stored(column=r.created, name="meta.created", nullable=False, texts=False),
    "meta.lastModified": Stored(column=r.modified, name="meta.lastModified", nullable=False, texts=False),
}
#: How a filter's value becomes what the column holds, where that is not the key.
_MAKES: Mapping[str, Callable[[Any], Any]] = {
    "active": int,
    "id": exact,
    "meta.resourceType": exact,
    "meta.created": instant,
    "meta.lastModified": instant,
}
_Row = Mapping[str | None, Stored]


def column_of(target: Target, unique: str | None) -> str | None:
    """The name in `_COLUMNS` under which the attribute has a column, None if it has none."""
    if target.urn is None and str(target) in ("id", "meta.resourceType", "meta.created", "meta.lastModified"):
        return str(target)
    path = key_path(target, unique)
    return path if path in _COLUMNS else None


def stored(name: str) -> Stored:
    """The column of that name."""
    return _COLUMNS[name]


class Compiler:
    """Compiles one tree for one resource type. `long`: some value is longer than keys are kept."""

    def __init__(self, flavor: Flavor, type: str, unique: str | None, *, long: bool, prefix: str = "v") -> None:
        self._flavor = flavor
        self._type = type
        self._unique = unique
        self._long = long
        self._names = (f"{prefix}{number}" for number in count())

    # A negation is carried down to the leaves and never written around a clause: see `columns._where_present`.
    def compile(self, node: Resolved, *, negated: bool = False) -> Bounds:
        """The tree over resources; `negated`: that it does not hold."""
        match node:
            case Test(target):
                return self._test(target, node, negated)
            case Has(target):
                return self._has(target, negated)
            case Some(target, inner):
                return self._some(target, inner, negated)
            case AllOf(terms) | AnyOf(terms):
                parts = [self.compile(term, negated=negated) for term in terms]
                return every(parts) if isinstance(node, AllOf) is not negated else some(parts)
            case No(term):
                return self.compile(term, negated=not negated)
            case Never():
                return exactly(true() if negated else false())
            case _:
                assert_never(node)

    def _test(self, target: Target, test: Test, negated: bool) -> Bounds:
        name = column_of(target, self._unique)
        if name is not None:
            found = self._compare(_COLUMNS[name], test, maker(test, _MAKES.get(name)), negated)
            return evolve(found, ids=(self._ids(_COLUMNS[name], found),)) if found.few else found
        if self._unique is None and may_be_unique(target):
            return self._perhaps_unique(target, test, negated)
        return self._in_rows(target, lambda row: self._row_test(test, row), negated)

    def _perhaps_unique(self, target: Target, test: Test, negated: bool) -> Bounds:
        """Either the unique key or the value index has it; which one, only the resource type knows."""
        path = index_path(target)
        if test.op != "eq" or negated or path is None:
            return unknown(str(target))
        make = maker(test, None)
        by_name = self._compare(_COLUMNS[UNIQUE], test, make, False)
        by_value = self._in_values(path, target, lambda row: self._compare(row[None], test, make, False))
        found = some([evolve(by_name, ids=(self._ids(_COLUMNS[UNIQUE], by_name),)), by_value])
        # Only possible: where the index has the key, the type may still name another attribute as its unique one.
        return evolve(found, lower=false(), doubtful=(str(target),))

    def _ids(self, column: Stored, found: Bounds) -> SelectOf[Any]:
        """The ids of those whose key is the value compared with."""
        (bind,) = found.binds
        return select(n.id).where(n.tenant == TENANT, n.type == self._type, n[column.column.name] == bindparam(bind))

    def _has(self, target: Target, negated: bool) -> Bounds:
        name = column_of(target, self._unique)
        if name is not None:
            return present(_COLUMNS[name], negated=negated)
        attribute = target.attribute
        if attribute is not None and target.sub is None and attribute.multi_valued and attribute.type == "complex":
            # An element may be there for a sub-attribute that has no key.
            return self._in_rows(target, lambda row: Bounds(true(), _any_filled(row), (str(target),)), negated)
        return self._in_rows(target, lambda row: _row_has(target, row, negated=False), negated)

    def _some(self, target: Target, inner: Resolved, negated: bool) -> Bounds:
        return self._in_rows(target, lambda row: self._row(inner, row, negated=False), negated, inner)

    # rows of the value index and of relations

    def _in_rows(
        self, target: Target, condition: Callable[[_Row], Bounds], negated: bool, inner: Resolved | None = None
    ) -> Bounds:
        """There is a row, or there is none, that the condition holds for."""
        if target.attribute is not None and target.attribute.relation is not None:
            return _among(str(target), *self._links(target.attribute), condition, negated)
        path = _path(target, inner)
        if path is None or (self._unique is None and may_be_unique(target)):
            return unknown(str(target))
        return self._in_values(path, target, condition, negated)

    def _in_values(
        self, path: str, target: Target, condition: Callable[[_Row], Bounds], negated: bool = False
    ) -> Bounds:
        return _among(path, *self._values(path, target), condition, negated)

    def _values(self, path: str, target: Target) -> tuple[SelectOf[Any], _Row]:
        attribute = target.attribute
        # One row per element, with all that is compared of it: so `emails[type eq "work" and value eq "x"]` asks one
        # and the same element, as RFC 7644 section 3.4.2.2 has it, without joining the table to itself.
        rows = select(v.id).where(v.tenant == TENANT, v.type == self._type, v.path == path)
        row: dict[str | None, Stored] = {}
        for sub in attribute.sub_attributes if attribute is not None else ():
            if index_path(Target(target.urn, attribute, sub)) == path:
                row[sub.name] = _key(kind_of(sub), path)
            elif sub.name == "type" and sub.type == "string" and not sub.case_exact:
                row["type"] = Stored(column=v.kind, name=f"{path}.type", nullable=True, texts=True, long=True)
            elif sub.name == "primary" and sub.type == "boolean":
                row["primary"] = Stored(column=v.is_primary, name=f"{path}.primary", nullable=True, texts=False)
        if not row and attribute is not None:
            row[None] = _key(kind_of(attribute), path)
        return rows, row

    def _links(self, attribute: Attribute) -> tuple[SelectOf[Any], _Row]:
        relation = attribute.relation
        near, near_type, far = k.holder_id, k.holder_type, k.target_id
        if relation is not None and relation.inverse:
            near, near_type, far = k.target_id, k.target_type, k.holder_id
        rows = select(near).where(
            k.tenant == TENANT, near_type == self._type, k.relation == (relation and relation.name)
        )
        return rows, {
            "value": Stored(column=far, name=f"{attribute.name}.value", nullable=False, texts=True, keyed=True)
        }

    def _row(self, node: Resolved, row: _Row, *, negated: bool) -> Bounds:
        """The tree over one element."""
        match node:
            case Test():
                return self._row_test(node, row, negated=negated)
            case Has(target):
                return _row_has(target, row, negated=negated)
            case AllOf(terms) | AnyOf(terms):
                parts = [self._row(term, row, negated=negated) for term in terms]
                return every(parts) if isinstance(node, AllOf) is not negated else some(parts)
            case No(term):
                return self._row(term, row, negated=not negated)
            case Never():
                return exactly(true() if negated else false())
            case Some(target):
                return unknown(str(target))
            case _:
                assert_never(node)

    def _row_test(self, test: Test, row: _Row, *, negated: bool = False) -> Bounds:
        column = row.get(_name(test.target))
        if column is None:
            return unknown(str(test.target))
        numeric = column.column is v.is_primary
        related = column.column.table is link
        return self._compare(column, test, maker(test, int if numeric else exact if related else None), negated)

    def _compare(self, column: Stored, test: Test, make: Make, negated: bool) -> Bounds:
        # A value longer than a key can only be compared for equality: its digest has no order and no parts.
        if self._long and column.texts and test.op not in ("eq", "ne"):
            return unknown(str(test.target))
        return compare(column, test.op, next(self._names), make, self._flavor, negated=negated)


def _among(name: str, rows: SelectOf[Any], row: _Row, condition: Callable[[_Row], Bounds], negated: bool) -> Bounds:
    """The resources that have such a row, or that have none."""
    found = condition(row)
    upper = _holders(rows, found.upper)
    lower = upper if found.exact else _holders(rows, found.lower)
    if negated:
        # "There is no such row": what surely has one is out, what may have one stays possible. The bounds change
        # places.
        return Bounds(not_(lower), not_(upper), found.doubtful, found.binds)
    ids = (rows.where(found.upper),) if found.few else ()
    return Bounds(upper, lower, found.doubtful, found.binds, found.few, ids, (name,))


def _holders(rows: SelectOf[Any], clause: Clause) -> Clause:
    return false() if isinstance(clause, False_) else r.id.in_(rows.where(clause))


def _name(target: Target) -> str | None:
    return None if target.sub is None else target.sub.name


def _row_has(target: Target, row: _Row, *, negated: bool) -> Bounds:
    column = row.get(_name(target))
    return unknown(str(target)) if column is None else present(column, negated=negated)


def _any_filled(row: _Row) -> Any:
    """Some stored part of the element is no empty text."""
    parts = [present(column, negated=False).upper for column in row.values()]
    return some([exactly(part) for part in parts]).upper


def _key(kind: str, path: str) -> Stored:
    return Stored(
        column=v.key, name=path, nullable=True, texts=kind in ("folded", "exact"), long=True, keyed=kind != "boolean"
    )


def maker(test: Test, convert: Callable[[Any], Any] | None) -> Make:
    """From the filter's values to what the column is compared with: the key, or what `convert` makes of it."""
    # A function of all values and no value: the statement is cached by the filter's shape, the values come later.
    convert = convert or (lambda found: index_key(test.kind, found))
    if isinstance(test.value, Constant):
        constant = convert(test.value.value)
        return lambda values: constant
    index = test.value.index
    return lambda values: convert(values[index])


def _path(target: Target, inner: Resolved | None) -> str | None:
    """The path of the rows that can tell; None when the attribute has none."""
    attribute = target.attribute
    if attribute is None:
        return None
    own = index_path(target)
    if own is not None or attribute.type != "complex":
        return own
    named = {name for name in _subs(inner) if name} if inner is not None else {_name(target)}
    indexed = [sub for sub in attribute.sub_attributes if index_path(Target(target.urn, attribute, sub)) is not None]
    if not attribute.multi_valued:
        return None
    wanted = [sub for sub in indexed if sub.name in named] or [sub for sub in indexed if sub.name == "value"]
    return index_path(Target(target.urn, attribute, wanted[0])) if wanted else None


def _subs(node: Resolved) -> set[str | None]:
    match node:
        case Test(target) | Has(target):
            return {_name(target)}
        case AllOf(terms) | AnyOf(terms):
            return {name for term in terms for name in _subs(term)}
        case No(term):
            return _subs(term)
        case _:
            return set()


class Scans(NamedTuple):
    """The comparisons of a filter that no index serves: with a column of each resource, and with rows of its values."""

    columns: int = 0
    rows: int = 0


def scans(node: Resolved, unique: str | None, *, few: bool) -> Scans:
    """Count them. `few`: an index finds the resources, so that few columns are looked at.

    Rows of other tables are looked at all the same: a database makes the list of those that match first.
    """
    match node:
        case Test(target) | Has(target):
            if column_of(target, unique) is not None:
                return Scans(columns=0 if few else 1)
            return Scans(rows=0 if isinstance(node, Test) and node.op == "eq" else 1)
        case Some(_, inner):
            return Scans(rows=0 if _by_index(inner) else max(1, sum(scans(inner, None, few=False))))
        case AllOf(terms) | AnyOf(terms):
            parts = [scans(term, unique, few=few) for term in terms]
            return Scans(sum([part.columns for part in parts]), sum([part.rows for part in parts]))
        case No(term):
            return scans(term, unique, few=few)
        case _:
            return Scans()


def _by_index(node: Resolved) -> bool:
    """Whether an index finds the elements: some part must be equal to a value."""
    if isinstance(node, AllOf):
        return any(_by_index(term) for term in node.terms)
    return isinstance(node, Test) and node.op == "eq"
