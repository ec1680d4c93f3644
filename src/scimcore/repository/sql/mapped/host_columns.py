"""Queries over mapped resources: what keys do not answer is asked of the host's own columns."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Double, LargeBinary, and_, cast, false, func, not_, or_, select

from scimcore._budget import Budget
from scimcore.filters.resolved import Test
from scimcore.repository.sql.bounds import Bounds, Clause
from scimcore.repository.sql.columns import Stored, compare, present
from scimcore.repository.sql.filtering import Compiler, maker
from scimcore.repository.sql.flavors import Flavor
from scimcore.repository.sql.mapped.fields import BoundField
from scimcore.repository.sql.mapped.host_rows import UNSAID, MappedUnit, MappingPlan
from scimcore.repository.sql.mapped.mapping import by_path
from scimcore.repository.sql.paging import Which
from scimcore.repository.sql.searching import SearchedParts, Searcher, TypeSearch
from scimcore.repository.sql.statements import TENANT
from scimcore.repository.sql.tables import resource, value
from scimcore.resources.document import Document
from scimcore.schema import Target, exact, fold

r, v = resource.c, value.c

#: How a filter's value becomes what the host's column holds.
_VALUES: Mapping[str, Callable[[Any], Any]] = {"folded": fold, "exact": exact, "boolean": bool}


class MappedSearcher(Searcher):
    """Answers queries for one repository with mappings."""

    def __init__(self, flavor: Flavor, most: int, plans: Mapping[str, MappingPlan]) -> None:
        super().__init__(flavor, most)
        self._plans = plans

    def _compiler(self, type: str, unique: str | None, *, long: bool, prefix: str) -> Compiler:
        if type not in self._plans:
            return super()._compiler(type, unique, long=long, prefix=prefix)
        return MappedCompiler(self._plans[type], self._flavor, type, unique, long=long, prefix=prefix)

    def _examine(
        self,
        unit: SearchedParts,
        asked: TypeSearch,
        which: Which,
        names: Sequence[str],
        budget: Budget | None,
        terms: int,
    ) -> list[Document]:
        found = super()._examine(unit, asked, which, names, budget, terms)
        return unit.whole(found) if isinstance(unit, MappedUnit) else found


class MappedCompiler(Compiler):
    """Compiles one tree for one mapped resource type."""

    def __init__(
        self, plan: MappingPlan, flavor: Flavor, type: str, unique: str | None, *, long: bool, prefix: str
    ) -> None:
        super().__init__(flavor, type, unique, long=long, prefix=prefix)
        self._plan = plan
        self._fields = by_path(plan.mapping)

    def _test(self, target: Target, test: Test, negated: bool) -> Bounds:
        # Our own keys answer exactly and by an index, so the host's column is asked only where they do not.
        by_keys = super()._test(target, test, negated)
        each = self._fields.get(str(target))
        if each is None or by_keys.exact:
            return by_keys
        value = maker(test, _VALUES.get(test.kind, _as_it_is))
        stored = self._stored(each, test.kind)
        found = compare(stored, test.op, next(self._names), value, self._flavor, negated=False)
        return self._asked(each, found, stored.texts, test.kind == "folded", negated)

    def _has(self, target: Target, negated: bool) -> Bounds:
        by_keys = super()._has(target, negated)
        each = self._fields.get(str(target))
        if each is None or by_keys.exact:
            return by_keys
        leaf = each.target.leaf
        stored = self._stored(each, "exact" if leaf is not None and leaf.type in ("string", "reference") else "")
        return self._asked(each, present(stored, negated=False), stored.texts, False, negated)

    def _stored(self, each: BoundField, kind: str) -> Stored:
        column = self._plan.column(each.field.path)
        texts = kind in ("folded", "exact")
        if texts:
            # Whatever collation the host's column has: bytewise, as keys are.
            column = column.collate("C" if self._flavor.name == "postgresql" else "BINARY")
        elif kind == "number":
            # Filters compare whole numbers with any others.
            column = cast(column, Double)
        shown = func.lower(column) if kind == "folded" else column
        return Stored(column=shown, name=each.field.path, nullable=True, texts=texts)

    def _asked(self, each: BoundField, found: Bounds, texts: bool, folded: bool, negated: bool) -> Bounds:
        """Of rows in the host's table. In doubt: texts beyond ASCII, whose case databases do not agree on."""
        beyond = self._beyond_ascii(each) if folded else false()
        upper, lower = or_(found.upper, beyond), and_(found.lower, not_(beyond))
        if each.field.default is not None:
            # A column at its default has no value, but for truths and numbers, whose default may be one.
            said = self._plan.column(each.field.path) != each.field.default
            upper, lower = and_(upper, said) if texts else upper, and_(lower, said)
        path = each.field.path
        unsaid = select(v.id).where(v.tenant == TENANT, v.type == self._type, v.path == UNSAID + path)
        apart = r.id.in_(unsaid)
        every, sure = or_(self._rows(upper), apart), and_(self._rows(lower), not_(apart))
        if negated:
            every, sure = not_(sure), not_(every)
        return Bounds(every, sure, (path,), found.binds)

    def _rows(self, clause: Clause) -> Clause:
        link = self._plan.mapping.link
        rows = select(link).select_from(self._plan.source).where(self._plan.mine, link.is_not(None), clause)
        return r.id.in_(rows)

    def _beyond_ascii(self, each: BoundField) -> Clause:
        column: Any = self._plan.column(each.field.path)
        postgresql = self._flavor.name == "postgresql"
        size = func.octet_length(column) if postgresql else func.length(cast(column, LargeBinary))
        return func.coalesce(size != func.length(column), false())


def _as_it_is(value: Any) -> Any:
    return value
