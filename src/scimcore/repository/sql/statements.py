"""SQL compiled once: SQLAlchemy writes it, the driver's own cursor runs it.

Building and compiling a statement costs more than SQLite takes to run it; so does SQLAlchemy's own execution. Every
value is a parameter.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ClauseElement, bindparam

from scimcore.repository.sql.flavors import Flavor

#: In every statement: the tenant.
TENANT: Any = bindparam("tenant")


class CompiledStatement:
    """One statement as one driver takes it."""

    __slots__ = ("constants", "names", "sql")

    def __init__(self, statement: ClauseElement, flavor: Flavor) -> None:
        compiled = statement.compile(dialect=flavor.dialect)
        self.sql = str(compiled)
        self.constants: Mapping[str, Any] = {n: v for n, v in compiled.params.items() if v is not None}
        positions = getattr(compiled, "positiontup", None)
        self.names: tuple[str, ...] | None = tuple(positions) if positions is not None else None

    def parameters(self, given: Mapping[str, Any]) -> Any:
        """The parameters in the driver's form."""
        known = {**self.constants, **given} if self.constants else given
        return known if self.names is None else tuple([known[name] for name in self.names])


class SqlStatement:
    """A statement that is the same for every request: built and compiled on first use, once per flavor."""

    __slots__ = ("_build", "_compiled")

    def __init__(self, build: Callable[[Flavor], ClauseElement]) -> None:
        self._build = build
        self._compiled: dict[str, CompiledStatement] = {}

    def on(self, flavor: Flavor) -> CompiledStatement:
        """The statement for that flavor."""
        compiled = self._compiled.get(flavor.name)
        if compiled is None:
            compiled = self._compiled[flavor.name] = CompiledStatement(self._build(flavor), flavor)
        return compiled
