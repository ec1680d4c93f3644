"""Statements that SQLAlchemy writes once, in the form in which the driver's own cursor takes them.

Why they are not executed by SQLAlchemy, and why that is safe, is told in `transactions`.
"""

from collections.abc import Callable, Mapping
from operator import itemgetter
from typing import Any

from sqlalchemy import ClauseElement, bindparam

from scimcore.repository.sql.flavors import Flavor

#: In every statement: the tenant.
TENANT: Any = bindparam("tenant")


class CompiledStatement:
    """One statement as one driver takes it."""

    __slots__ = ("constants", "parameters", "sql")

    def __init__(self, statement: ClauseElement, flavor: Flavor) -> None:
        compiled = statement.compile(dialect=flavor.dialect)
        self.sql = str(compiled)
        #: Values of the statement's own, which SQLAlchemy makes parameters too. (An INSERT has one for every column,
        #: with no value yet.)
        self.constants: Mapping[str, Any] = {n: value for n, value in compiled.params.items() if value is not None}
        #: From all values by name to the parameters in the driver's form.
        self.parameters = _parameters(getattr(compiled, "positiontup", None))


def _parameters(names: list[str] | None) -> Callable[[Mapping[str, Any]], Any]:
    # Both usual cases are functions in C: this is done for every statement of every request.
    if names is None:
        # psycopg takes parameters by name, and ignores those that the statement does not have.
        return dict
    if len(names) > 1:
        return itemgetter(*names)
    return lambda given: tuple([given[name] for name in names])


class SqlStatement:
    """A statement that is the same for every request: built and compiled on first use, once per flavor.

    Two threads may compile it at the same time, to the same text. The number of statements is that of the constants in
    this package; statements that depend on a client's filter are in the bounded cache of `searching`.
    """

    __slots__ = ("_build", "compiled")

    def __init__(self, build: Callable[[Flavor], ClauseElement]) -> None:
        self._build = build
        #: By the flavor's name, as far as it was needed.
        self.compiled: dict[str, CompiledStatement] = {}

    def on(self, flavor: Flavor) -> CompiledStatement:
        """Return the statement for that flavor."""
        compiled = self.compiled.get(flavor.name)
        if compiled is None:
            compiled = self.compiled[flavor.name] = CompiledStatement(self._build(flavor), flavor)
        return compiled
