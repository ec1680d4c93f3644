"""docs/reference/api: a page for each public door of scimcore, made from the names in its `__all__`.

`python -m tests.docs.api` writes the pages. The source is read and never imported, so that the pages are the same on
every Python and show annotations as they were written. A door without `__all__` shows what it defines.
"""

import ast
import inspect
import re
import tokenize
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from attrs import frozen

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src"
FOLDER = ROOT / "docs" / "reference" / "api"
COMMAND = "python -m tests.docs.api"

#: Where a reader imports from, and what for. In the order of the index.
DOORS = {
    "scimcore": "what most hosts need",
    "scimcore.host": "what a host implements, is given and is told to do",
    "scimcore.policy": "the policy and its choices",
    "scimcore.dialects": "dialects and rewrites",
    "scimcore.access": "connections, credentials, scopes",
    "scimcore.web": "HTTP without a framework",
    "scimcore.repository": "what a store implements; the store in memory",
    "scimcore.repository.sql": "the store on SQLite and PostgreSQL",
    "scimcore.repository.sql.mapped": "the store on tables of your own",
    "scimcore.service": "the operations",
    "scimcore.schema": "attributes, schemas, resource types",
    "scimcore.errors": "every error that is answered",
    "scimcore.filters": "filters and paths, for those who build on the protocol alone",
    "scimcore.resources": "checking, projecting and rendering resources, likewise",
    "scimcore.patch": "PATCH, likewise",
    "scimcore.repository.indexing": "the index, computed again",
    "scimcore.repository.transfer": "a tenant that moves",
    "scimcore.service.events": "the audit trail as SCIM events (RFC 9967)",
    "scimcore.testing": "what your tests can stand on",
    "scimcore.testing.contract": "what every repository must do",
    "scimcore.testing.vectors": "conversations as data",
    "scimcore.testing.personas": "identity providers as persons",
}
#: A value that takes more is left to the source.
_LONGEST_VALUE = 400
_Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef | ast.Assign | ast.AnnAssign


@frozen
class Module:
    """One file of the source, parsed."""

    name: str
    path: Path
    tree: ast.Module
    #: Line -> the text of a `#:` comment that stands there.
    comments: dict[int, str]
    #: The lines on which nothing but such a comment stands.
    alone: frozenset[int]


@cache
def module(name: str) -> Module | None:
    """The module of that name; None if it is not one of ours."""
    path = SOURCE.joinpath(*name.split("."))
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    if not path.exists():
        return None
    with path.open("rb") as file:
        tokens = [t for t in tokenize.tokenize(file.readline) if t.type == tokenize.COMMENT and t.string[:2] == "#:"]
    alone = frozenset(t.start[0] for t in tokens if not t.line[: t.start[1]].strip())
    comments = {t.start[0]: t.string[2:].strip() for t in tokens}
    return Module(name, path, ast.parse(path.read_text(encoding="utf-8")), comments, alone)


def names(door: Module) -> Sequence[str]:
    """What the door exports: its `__all__`, or else every public name that it defines."""
    for node in door.tree.body:
        if isinstance(node, ast.Assign) and _targets(node) == ["__all__"]:
            return [str(name) for name in ast.literal_eval(node.value)]
    found = [name for node in door.tree.body if isinstance(node, _Definition) for name in _targets(node)]
    return sorted((name for name in found if not name.startswith("_")), key=_sorted_like_ruff)


def _sorted_like_ruff(name: str) -> tuple[int, str]:
    return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)


def _targets(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.Assign):
        return [target.id for target in node.targets if isinstance(target, ast.Name)]
    if isinstance(node, ast.AnnAssign):
        return [node.target.id] if isinstance(node.target, ast.Name) else []
    return [node.name] if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) else []


def find(home: Module, name: str) -> tuple[Module, _Definition] | None:
    """Where a name that a module has is defined, through any number of imports."""
    # What is loaded on first use is declared for type checkers only: under `if TYPE_CHECKING`.
    declared = [inside for node in home.tree.body if isinstance(node, ast.If) for inside in node.body]
    for node in [*home.tree.body, *declared]:
        if isinstance(node, _Definition) and name in _targets(node):
            return home, node
    for node in ast.walk(home.tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                if (alias.asname or alias.name) == name and (there := module(node.module)):
                    return find(there, alias.name)
    return None


# Pages


def pages() -> dict[str, str]:
    """File name -> text, for every door that there is."""
    doors = {name: found for name in DOORS if (found := module(name))}
    return {"README.md": _index(doors)} | {f"{name}.md": _page(door) for name, door in doors.items()}


def _index(doors: dict[str, Module]) -> str:
    rows = [f"| [`{name}`]({name}.md) | {DOORS[name]} | {len(names(door))} |" for name, door in doors.items()]
    return "\n".join(
        [
            "# API reference",
            "",
            "Every public name of scimcore, by the module that you import it from. A name that is not here is not",
            "public: it may change at any time ([compatibility](../../explanation/compatibility.md)).",
            "",
            "| module | holds | names |",
            "|---|---|--:|",
            *rows,
            "",
            f"These pages come from the docstrings: `{COMMAND}` writes them, and a test keeps them equal.",
            "",
        ]
    )


def _page(door: Module) -> str:
    parts = [f"# `{door.name}`", prose(ast.get_docstring(door.tree)), "| name | |\n|---|---|"]
    entries = [entry(door, name) for name in names(door)]
    parts[-1] += "".join(f"\n| [`{name}`](#{name.lower()}) | {first} |" for name, first, _ in entries)
    parts += [body for _, _, body in entries]
    return "\n\n".join(part for part in parts if part) + "\n"


def entry(door: Module, name: str) -> tuple[str, str, str]:
    """The name, its first sentence for the table, and its section."""
    found = find(door, name)
    if not found:
        raise LookupError(f"{door.name}.{name}: exported, and defined nowhere")
    home, node = found
    doc = _comment(home, node) if isinstance(node, ast.Assign | ast.AnnAssign) else ast.get_docstring(node)
    first = first_sentence(doc)
    page = _homes().get((home.name, node.lineno), door.name)
    if page != door.name:
        # Told in full on one page only.
        lines = [first, f"See [`{page}.{name}`]({page}.md#{name.lower()})."]
    elif isinstance(node, ast.ClassDef):
        lines = _class(home, node)
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        lines = [_code(_wrapped(signature(node, node.name))), prose(doc)]
    else:
        lines = [_code(_value(node)), prose(doc)]
    return name, first, "\n\n".join([f"## `{name}`", *(line for line in lines if line)])


@cache
def _homes() -> dict[tuple[str, int], str]:
    """Definition -> the door whose page tells it in full: the first one below the top that exports it."""
    homes: dict[tuple[str, int], str] = {}
    for door in [*list(DOORS)[1:], "scimcore"]:
        for name in names(there) if (there := module(door)) else ():
            if found := find(there, name):
                homes.setdefault((found[0].name, found[1].lineno), door)
    return homes


def _class(home: Module, node: ast.ClassDef) -> list[str]:
    lines = [_code(_wrapped(_head(home, node))), prose(ast.get_docstring(node))]
    members = dict(_members(home, node))
    if fields := [
        _field(where, item) for where, item in members.values() if isinstance(item, ast.AnnAssign | ast.Assign)
    ]:
        lines.append("\n".join(fields))
    lines += [
        _method(item)
        for _, item in members.values()
        if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef) and item.name != "__init__"
    ]
    return lines


def _members(home: Module, node: ast.ClassDef) -> Iterator[tuple[str, tuple[Module, ast.stmt]]]:
    """Public members by name, those of bases in scimcore first; what a class defines itself replaces them."""
    for base in node.bases:
        plain = base.value if isinstance(base, ast.Subscript) else base
        found = find(home, plain.id) if isinstance(plain, ast.Name) else None
        if found and isinstance(found[1], ast.ClassDef):
            yield from _members(found[0], found[1])
    for item in node.body:
        for name in _targets(item):
            if not name.startswith("_") and not _overload(item):
                yield name, (home, item)


def _overload(item: ast.stmt) -> bool:
    return isinstance(item, ast.FunctionDef) and any(ast.unparse(d).endswith("overload") for d in item.decorator_list)


def _head(home: Module, node: ast.ClassDef) -> str:
    """How the class is made, or what it is made from where it is not called."""
    for item in node.body:
        if isinstance(item, ast.FunctionDef) and item.name == "__init__":
            return signature(item, f"class {node.name}")
    for decorator in node.decorator_list:
        if ast.unparse(decorator).partition("(")[0] in {"frozen", "define", "attrs.frozen", "attrs.define"}:
            fields = [name for name, (_, item) in _members(home, node) if _settable(item)]
            star = ["*"] if "kw_only=True" in ast.unparse(decorator) and fields else []
            return f"class {node.name}({', '.join(dict.fromkeys([*star, *fields]))})"
    bases = [ast.unparse(base) for base in node.bases]
    return f"class {node.name}({', '.join(bases)})" if bases else f"class {node.name}"


def _settable(item: ast.stmt) -> bool:
    """True for a field that the caller may hand over."""
    if not isinstance(item, ast.AnnAssign) or "ClassVar" in ast.unparse(item.annotation):
        return False
    return not (item.value and "init=False" in ast.unparse(item.value))


def _field(home: Module, item: ast.AnnAssign | ast.Assign) -> str:
    (name,) = _targets(item)[:1]
    kind = f": {ast.unparse(item.annotation)}" if isinstance(item, ast.AnnAssign) else ""
    default = f" = {shown}" if item.value and (shown := _default(item.value)) else ""
    doc = _comment(home, item)
    return f"- `{name}{kind}{default}`" + (f": {' '.join(doc.split())}" if doc else "")


def _default(value: ast.expr) -> str:
    """A field's default as it is written; the one inside `field(default=...)`; nothing where it is long."""
    if isinstance(value, ast.Call) and ast.unparse(value.func) in {"field", "attrs.field"}:
        for word in value.keywords:
            if word.arg == "default":
                return _default(word.value)
            if word.arg == "factory":
                return f"{ast.unparse(word.value)}()"
        return ""
    text = ast.unparse(value)
    return text if len(text) <= 60 else "..."


def _method(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    kinds = {ast.unparse(decorator) for decorator in node.decorator_list}
    if kinds & {"property", "cached_property"}:
        returns = f": {ast.unparse(node.returns)}" if node.returns else ""
        head = f"{node.name}{returns}"
    else:
        head = signature(node, node.name)
    said = prose(ast.get_docstring(node)).replace("\n", "\n  ")
    return f"- `{head}`" + (f"\n\n  {said}" if said else "")


def signature(node: ast.FunctionDef | ast.AsyncFunctionDef, name: str) -> str:
    returns = f" -> {ast.unparse(node.returns)}" if node.returns and not name.startswith("class ") else ""
    prefix = "async " if isinstance(node, ast.AsyncFunctionDef) else ""
    return f"{prefix}{name}({', '.join(_arguments(node.args))}){returns}"


def _arguments(given: ast.arguments) -> Iterator[str]:
    """The arguments as a caller sees them: without `self`."""
    placed = [*given.posonlyargs, *given.args]
    defaults = [None] * (len(placed) - len(given.defaults)) + given.defaults
    for number, (argument, default) in enumerate(zip(placed, defaults, strict=True), 1):
        if argument.arg not in {"self", "cls"}:
            yield _argument(argument, default)
            if number == len(given.posonlyargs):
                yield "/"
    if given.vararg:
        yield f"*{_argument(given.vararg, None)}"
    elif given.kwonlyargs:
        yield "*"
    yield from map(_argument, given.kwonlyargs, given.kw_defaults)
    if given.kwarg:
        yield f"**{_argument(given.kwarg, None)}"


def _argument(argument: ast.arg, default: ast.expr | None) -> str:
    if not argument.annotation:
        return argument.arg if default is None else f"{argument.arg}={ast.unparse(default)}"
    kind = f"{argument.arg}: {ast.unparse(argument.annotation)}"
    return kind if default is None else f"{kind} = {ast.unparse(default)}"


def _value(node: ast.Assign | ast.AnnAssign) -> str:
    (name,) = _targets(node)[:1]
    kind = f": {ast.unparse(node.annotation)}" if isinstance(node, ast.AnnAssign) else ""
    if isinstance(node, ast.AnnAssign) and ast.unparse(node.annotation) == "TypeAlias":
        kind = ""
    text = ast.unparse(node.value) if node.value else ""
    return f"{name}{kind} = {text if len(text) <= _LONGEST_VALUE else '...'}"


def _code(text: str) -> str:
    # "py" and not "python": blocks of the latter are run by the tests of the pages.
    return f"```py\n{text}\n```"


def _wrapped(text: str) -> str:
    """A signature on one line, or an argument a line where it is longer than a line."""
    inner = _inside(text) if "(" in text else ""
    if len(text) <= 100 or not inner:
        return text
    opened, closed = text.partition("(")[0], text[text.index("(") + len(inner) + 2 :]
    return f"{opened}(\n" + "".join(f"    {part},\n" for part in _split(inner)) + f"){closed}"


def _inside(text: str) -> str:
    depth, start = 0, text.index("(")
    for place in range(start, len(text)):
        depth += (text[place] in "([{") - (text[place] in ")]}")
        if not depth:
            return text[start + 1 : place]
    return text[start + 1 :]


def _split(text: str) -> list[str]:
    """The arguments of a signature, at the commas outside brackets."""
    parts, depth, begun = list[str](), 0, 0
    for place, letter in enumerate(text):
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and not depth:
            parts.append(text[begun:place].strip())
            begun = place + 1
    return [*parts, text[begun:].strip()]


# Docstrings


def _comment(home: Module, node: ast.stmt) -> str:
    """The `#:` comment behind a definition, or those in the lines before it, or the string after it."""
    if node.end_lineno in home.comments and node.end_lineno not in home.alone:
        return home.comments[node.end_lineno]
    lines, line = list[str](), node.lineno - 1
    while line in home.alone:
        lines.insert(0, home.comments[line])
        line -= 1
    return "\n".join(lines)


def prose(doc: str | None) -> str:
    """A docstring as CommonMark: doctests become blocks."""
    if not doc:
        return ""
    parts, example = list[str](), list[str]()
    for line in [*inspect.cleandoc(doc).splitlines(), ""]:
        if line.startswith(">>> ") or (example and line.strip()):
            example.append(line)
            continue
        if example:
            parts += ["```pycon", *example, "```"]
            example = []
        parts.append(line)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(parts)).strip()


def first_sentence(doc: str | None) -> str:
    text = " ".join(prose(doc).split("\n\n")[0].split()).replace("|", "\\|") if doc else ""
    found = re.match(r"(.+?[.?!])(?: |$)", text)
    return (found[1] if found else text) if not text.startswith("```") else ""


def write() -> None:
    """Write all pages, and remove those of doors that are gone."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    found = pages()
    for file in FOLDER.glob("*.md"):
        if file.name not in found:
            file.unlink()
    for name, text in found.items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()
