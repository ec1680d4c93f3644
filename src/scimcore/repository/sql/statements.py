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

    __slots__ = ("parameters", "sql")

    def __init__(self, statement: ClauseElement, flavor: Flavor) -> None:
        compiled = statement.compile(dialect=flavor.dialect)
        self.sql = str(compiled)
        # SQLAlchemy turns literals into parameters too, and an INSERT has one for every column, with no value yet.
        constants = {name: value for name, value in compiled.params.items() if value is not None}
        names = getattr(compiled, "positiontup", None)
        #: From the values by name to the parameters in the driver's form.
        self.parameters: Callable[[Mapping[str, Any]], Any] = _parameters(names, constants)


def _parameters(names: list[str] | None, constants: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], Any]:
    if names is None:
        # psycopg takes the names as they are, and ignores those that the statement does not have.
        return (lambda given: {**constants, **given}) if constants else (lambda given: given)
    if constants or len(names) < 2:
        return lambda given: tuple([given[name] if name in given else constants[name] for name in names])
    # In C: with the tenant nearly every statement has two parameters or more, and none that is constant.
    return itemgetter(*names)


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
