"""The walls between the packages, held by looking at the imports: docs/explanation/architecture.md draws them.

Imports point down the list, never up and never sideways. Nothing below `web` knows an event loop, a clock, randomness
or the environment: they come in as arguments, which is what makes one code serve sync and async, and tests exact.
"""

import ast
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "scimcore"

#: Lowest first. Packages on one line are strangers: neither may import the other.
LAYERS = (
    ("_arguments", "_cache", "_codes", "_driver", "_durations"),
    ("_outages",),
    ("errors",),
    ("_budget",),
    ("schema",),
    ("filters",),
    ("resources",),
    ("patch",),
    ("dialects", "policy"),
    ("repository", "access"),
    ("host",),
    ("service",),
    ("web",),
    ("testing",),
    ("_cli",),
)
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}

#: What makes a function's answer depend on more than its arguments.
IMPURE = frozenset({"asyncio", "anyio", "threading", "concurrent", "time", "random", "secrets", "socket", "select"})
IMPURE_CALLS = frozenset({"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "uuid4", "uuid1"})
ENVIRONMENT = frozenset({"os.environ", "os.getenv", "os.urandom"})

#: Module prefix -> what it alone may import, and why.
ALLOWED = {
    # One write lock in the process: SQLite has one writer anyway, and waiting in order beats its busy handler.
    "repository.sql": frozenset({"threading", "sqlalchemy", "time", "random"}),
    # The reference repository serves threads too.
    "repository.memory": frozenset({"threading"}),
    # The one cache, which threads share.
    "_cache": frozenset({"threading"}),
    # Threads that fail at the same moment log one line.
    "_outages": frozenset({"threading", "time"}),
    # Tokens are made of randomness, and a lock guards the in-memory store.
    "access": frozenset({"secrets", "threading"}),
    "testing": frozenset({"pytest", "hypothesis", "sqlalchemy"}),
}

#: Packages that only some modules may know.
RESERVED = {"pytest": "testing", "hypothesis": "testing", "sqlalchemy": "repository.sql"}
#: What a host pays for only when it is used: never imported at module level outside their own corner.
LAZY = frozenset({"lark", "cattrs", "sqlalchemy"})


def modules() -> Iterator[tuple[str, str]]:
    """Every module of the library: its dotted name below `scimcore`, and its source."""
    for path in sorted(SOURCE.rglob("*.py")):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        yield ".".join(part for part in parts if part != "__init__") or "__init__", path.read_text()


def faults(module: str, source: str) -> list[str]:
    """What one module imports or calls that it may not."""
    tree = ast.parse(source)
    return [*_walls(module, tree), *_reserved(module, tree), *_impurities(module, tree)]


def _imports(tree: ast.AST) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            if base == "scimcore":
                yield from ((f"scimcore.{alias.name}", node.lineno) for alias in node.names)
            else:
                yield base, node.lineno


def _allowed(module: str, name: str) -> bool:
    return any(name in names and (module + ".").startswith(prefix + ".") for prefix, names in ALLOWED.items())


def _walls(module: str, tree: ast.AST) -> Iterator[str]:
    own = module.split(".")[0]
    for name, line in _imports(tree):
        if name.startswith("."):
            yield f"{module}:{line} imports relatively"
        if not name.startswith("scimcore."):
            continue
        other = name.split(".")[1]
        if own == "__init__":
            if other in ("testing", "_cli"):
                yield f"{module}:{line} imports {other}"
        elif other not in RANK:
            yield f"{module}:{line} imports {name}, which is in no layer"
        elif other != own and RANK[other] >= RANK[own]:
            yield f"{module}:{line} imports {other}, which is not below {own}"


def _reserved(module: str, tree: ast.AST) -> Iterator[str]:
    for name, line in _imports(tree):
        package = name.split(".")[0]
        at_home = (module + ".").startswith(RESERVED.get(package, module) + ".")
        if not at_home and not _allowed(module, package):
            yield f"{module}:{line} imports {package}"


def _impurities(module: str, tree: ast.AST) -> Iterator[str]:
    own = module.split(".")[0]
    if own == "__init__" or RANK[own] >= RANK["web"]:
        return
    for name, line in _imports(tree):
        package = name.split(".")[0]
        if package in IMPURE and not _allowed(module, package):
            yield f"{module}:{line} imports {package}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name):
            text = ast.unparse(node)
            if text in ENVIRONMENT or (isinstance(node, ast.Attribute) and _is_clock(text)):
                yield f"{module}:{node.lineno} uses {text}"


def _is_clock(text: str) -> bool:
    return any(text == call or text.endswith("." + call) for call in IMPURE_CALLS)


class TestTheWalls:
    """Imports point down only (docs/explanation/architecture.md)."""

    def test_every_package_has_its_place_in_the_list(self) -> None:
        found = {name.split(".")[0] for name, _ in modules()} - {"__init__"}

        assert found <= set(RANK)

    @pytest.mark.parametrize("module", [name for name, _ in modules()])
    def test_no_module_reaches_where_it_may_not(self, module: str) -> None:
        assert faults(module, dict(modules())[module]) == []


class TestTheWallsBite:
    """A rule that nothing can break proves nothing: each kind of trespass is told."""

    @pytest.mark.parametrize(
        ("module", "source"),
        [
            ("schema.core", "from scimcore.filters import parse_filter"),
            ("dialects.entra", "from scimcore.policy import Policy"),
            ("policy.decide", "import scimcore.dialects"),
            ("filters.parse", "from scimcore import resources"),
            ("web.routes", "def f():\n    from scimcore.testing import contract"),
            ("service.core", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import scimcore.web"),
            ("service.core", "from scimcore import Service"),
            ("__init__", "from scimcore._cli import main"),
            ("schema.core", "from .attributes import Attribute"),
        ],
    )
    def test_an_import_up_or_sideways_is_told(self, module: str, source: str) -> None:
        assert faults(module, source)

    @pytest.mark.parametrize(
        ("module", "source"),
        [
            ("service.core", "import asyncio"),
            ("policy.decide", "import time"),
            ("repository.protocol", "from threading import Lock"),
            ("repository.memory", "import random"),
            ("service.core", "import os\nhome = os.environ"),
            ("policy.decide", "from datetime import datetime\nnow = datetime.now()"),
            ("policy.decide", "import datetime\nnow = datetime.datetime.now()"),
        ],
    )
    def test_a_clock_a_loop_randomness_and_the_environment_are_told(self, module: str, source: str) -> None:
        assert faults(module, source)

    @pytest.mark.parametrize(
        ("module", "source"),
        [
            ("web.application", "import pytest"),
            ("service.core", "import sqlalchemy"),
            ("repository.memory", "from sqlalchemy import select"),
        ],
    )
    def test_a_package_of_an_extra_outside_its_corner_is_told(self, module: str, source: str) -> None:
        assert faults(module, source)

    @pytest.mark.parametrize(
        ("module", "source"),
        [
            ("service.core", "from scimcore.policy import Policy\nfrom scimcore.errors import ScimError"),
            ("repository.sql.tables", "import sqlalchemy\nfrom threading import Lock"),
            ("testing.contract", "import pytest\nimport asyncio\nfrom scimcore.web import Application"),
            ("__init__", "from scimcore.service import Service"),
            ("filters.instants", "from datetime import datetime\nfrom_text = datetime.fromisoformat"),
        ],
    )
    def test_what_points_down_is_let_pass(self, module: str, source: str) -> None:
        assert faults(module, source) == []


class TestTheCostOfImporting:
    """A product that embeds the library starts no slower for what it does not use."""

    @pytest.mark.parametrize("package", sorted(LAZY | {"pytest", "hypothesis", "asyncio"}))
    def test_importing_scimcore_leaves_it_alone(self, package: str) -> None:
        code = f"import sys, scimcore; sys.exit({package!r} in sys.modules)"

        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def graph() -> Mapping[str, frozenset[str]]:
    """Which module imports which, imports inside of functions included; those for a type checker alone are not."""
    sources = dict(modules())
    return {name: frozenset(_imported(name, source, sources)) for name, source in sources.items()}


def _imported(module: str, source: str, known: Collection[str]) -> Iterator[str]:
    tree = ast.parse(source)
    unused = {id(node) for part in ast.walk(tree) if _for_type_checkers(part) for node in ast.walk(part)}
    for node in ast.walk(tree):
        if id(node) in unused:
            continue
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("scimcore."):
            base = (node.module or "").removeprefix("scimcore.")
            # `from scimcore.service import deciding` means the module, `from scimcore.schema import fold` the package.
            named = {f"{base}.{alias.name}" for alias in node.names} & set(known)
            yield from (name for name in (named or {base}) if name != module)


def _for_type_checkers(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def floors(imports: Mapping[str, frozenset[str]]) -> Mapping[str, int]:
    """How long the longest chain of imports below each module is. Raises CycleError."""
    found: dict[str, int] = {}
    for module in TopologicalSorter(imports).static_order():
        found[module] = 1 + max((found[other] for other in imports.get(module, ())), default=0)
    return found


class TestTheFloors:
    """A person can follow the arrows: no circle anywhere, and not many floors in the package with the most modules."""

    def test_no_modules_import_each_other_in_a_circle(self) -> None:
        # A package's own `__init__` imports its modules, and they import other packages by theirs.
        assert floors(_without_own_doors(graph()))

    def test_the_service_stands_on_at_most_six_floors(self) -> None:
        inside = {name: others for name, others in graph().items() if name.startswith("service.")}
        imports = {name: frozenset(o for o in others if o in inside) for name, others in inside.items()}

        assert max(floors(imports).values()) <= 6

    def test_a_circle_and_a_tower_are_told(self) -> None:
        with pytest.raises(CycleError):
            floors({"a": frozenset({"b"}), "b": frozenset({"a"})})
        assert floors({"a": frozenset({"b"}), "b": frozenset({"c"}), "c": frozenset()})["a"] == 3


def _without_own_doors(imports: Mapping[str, frozenset[str]]) -> Mapping[str, frozenset[str]]:
    """Without the arrow from a module to the package that it is in: that one only names its modules again."""
    return {name: frozenset(o for o in others if not name.startswith(f"{o}.")) for name, others in imports.items()}


class TestTheSizeOfThings:
    """A file is one idea, a function about eight lines: past these walls the table hiding in it wants out."""

    def test_no_file_is_longer_than_600_lines(self) -> None:
        assert [name for name, source in modules() if source.count("\n") > 600] == []

    def test_no_function_is_longer_than_60_lines(self) -> None:
        assert [found for name, source in modules() for found in _long_functions(name, source)] == []

    def test_a_long_function_is_told(self) -> None:
        assert _long_functions("m", "def f():\n" + "    pass\n" * 60)


def _long_functions(module: str, source: str) -> list[str]:
    return [
        f"{module}:{node.lineno} {node.name}"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or node.lineno) - node.lineno + 1 > 60
    ]
