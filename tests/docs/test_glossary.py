"""One word for one thing: each word of the glossary is defined once and used, and the words it replaced are gone."""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GLOSSARY = ROOT / "docs" / "explanation" / "glossary.md"
_ENTRY = re.compile(r"^- \*\*([a-z ]+)\*\*: (.+(?:\n  .+)*)", re.MULTILINE)

#: Names that nothing may have, and the word to use instead. A name is a module's, a class's, a function's, a field's or
#: a parameter's, without leading underscores; what a function calls its own variables is its own affair.
BANNED: Mapping[str, str] = {
    "cap": "limit, or shorten",
    "caps": "key_length",
    "crown": "make_primary",
    "exchange": "context, or files",
    "fan": "team_members",
    "fanning": "team_members",
    "handles": "connections",
    "held": "prefetch, or the lock's name",
    "hollow": "without_value",
    "lifted": "sync_adapter",
    "lifting": "sync_adapter",
    "looks": "needed",
    "loud": "active",
    "quiet": "idle",
    "seam": "protocol",
    "seams": "protocols",
    "settle": "what it does: decide, resolve, finish ...",
    "settled": "what was done: decided, resolved, finished ...",
    "standing": "lifecycle_state",
    "telling": "product",
    "thinned": "without_value",
    "together": "run_at_once, or group_commit",
    "told": "what was said, to whom",
}
#: Words with an honest use for a value, that say nothing as the name of a module or a class.
BANNED_FOR_MODULES: Mapping[str, str] = BANNED | {
    "case": "situation",
    "cut": "paging",
    "form": "signature",
    "kept": "_cache",
    "line": "fair_lock",
    "pair": "bounds",
    "pairs": "bounds",
    "places": "paging",
    "shown": "rendering, or projection",
    "together": "group_commit",
}
#: `held` is the word for an administrator's hold.
HOLDS = frozenset({"facts.py", "triggers.py"})
#: The same for support modules of the tests: there is one name for all of them.
BANNED_SUPPORT: Mapping[str, str] = dict.fromkeys(("house", "players", "sides", "stage", "stand", "worlds"), "support")


def entries() -> list[tuple[str, str]]:
    return [(word, " ".join(text.split())) for word, text in _ENTRY.findall(GLOSSARY.read_text(encoding="utf-8"))]


def named(path: Path) -> Iterator[tuple[int, str, bool]]:
    """Every name that a module gives: its line, the name in snake case, and True for a module's or a class's."""
    yield 1, path.parent.name if path.stem == "__init__" else path.stem.lstrip("_"), True
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ClassDef):
            yield node.lineno, snake(node.name), True
            fields = [item.target for item in node.body if isinstance(item, ast.AnnAssign)]
            yield from ((field.lineno, field.id.strip("_"), False) for field in fields if isinstance(field, ast.Name))
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.lineno, node.name.strip("_"), False
            given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            yield from ((argument.lineno, argument.arg.strip("_"), False) for argument in given)


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.strip("_")).lower()


def banned(path: Path, words: Mapping[str, str], for_modules: Mapping[str, str]) -> list[str]:
    """What a module calls by a word that is banned, each with file, line and the word to use."""
    allowed = {"held"} if path.name in HOLDS else set()
    return [
        f"{path.name}:{line}: not {name!r}; say {found}"
        for line, name, big in named(path)
        if name not in allowed and (found := (for_modules if big else words).get(name))
    ]


class TestTheGlossary:
    def test_words_are_in_order_and_defined_once(self) -> None:
        words = [word for word, _ in entries()]

        assert words == sorted(set(words))

    def test_every_item_of_the_list_is_an_entry(self) -> None:
        items = re.findall(r"^- ", GLOSSARY.read_text(encoding="utf-8"), re.MULTILINE)

        assert len(items) == len(entries()) > 40

    def test_a_definition_is_short(self) -> None:
        """One or two plain sentences; three where the second would be long."""
        assert [word for word, text in entries() if len(text) > 260 or not text.endswith(".")] == []

    def test_every_word_is_used(self) -> None:
        pages = [page for page in (ROOT / "docs").rglob("*.md") if page != GLOSSARY]
        text = "\n".join(path.read_text(encoding="utf-8") for path in [*(ROOT / "src").rglob("*.py"), *pages]).lower()

        assert [word for word, _ in entries() if not re.search(rf"\b{word.replace(' ', '[ _-]?')}s?\b", text)] == []


class TestBannedWords:
    @pytest.mark.parametrize("path", sorted((ROOT / "src").rglob("*.py")), ids=lambda p: p.relative_to(ROOT).as_posix())
    def test_no_module_uses_one_as_a_name(self, path: Path) -> None:
        assert banned(path, BANNED, BANNED_FOR_MODULES) == []

    @pytest.mark.parametrize(
        "page", sorted((ROOT / "docs").rglob("*.md")), ids=lambda p: p.relative_to(ROOT).as_posix()
    )
    def test_no_heading_uses_one(self, page: Path) -> None:
        headings = [line for line in page.read_text(encoding="utf-8").splitlines() if re.match(r"#+ ", line)]
        used = [(word, line) for line in headings for word in re.findall(r"`(\w+)`", line) if word in BANNED]

        assert used == []

    def test_no_public_class_has_the_name_of_another(self) -> None:
        homes: dict[str, list[str]] = {}
        for path in (ROOT / "src").rglob("*.py"):
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    homes.setdefault(node.name, []).append(path.relative_to(ROOT).as_posix())

        assert {name: found for name, found in homes.items() if len(found) > 1} == {}

    def test_no_support_module_of_the_tests_has_one(self) -> None:
        assert [path for path in (ROOT / "tests").rglob("*.py") if path.stem in BANNED_SUPPORT] == []

    def test_no_word_of_the_glossary_is_banned(self) -> None:
        assert {word for word, _ in entries()} & set(BANNED) == set()

    def test_a_banned_name_is_found_with_its_line(self, tmp_path: Path) -> None:
        file = tmp_path / "x.py"
        file.write_text("class _Standing:\n    line: int\n\n    def f(self, *, seam):\n        standing = 1\n")

        assert banned(file, BANNED, BANNED_FOR_MODULES) == [
            "x.py:1: not 'standing'; say lifecycle_state",
            "x.py:4: not 'seam'; say protocol",
        ]


if __name__ == "__main__":
    for path in sorted((ROOT / "src").rglob("*.py")):
        for fault in banned(path, BANNED, BANNED_FOR_MODULES):
            print(path.relative_to(ROOT).parent / fault)
