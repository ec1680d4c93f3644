"""The documentation tells the truth: its code runs, its links lead somewhere."""

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent.parent
PAGES = sorted(
    [
        *(ROOT / name for name in ("README.md", "CHANGELOG.md") if (ROOT / name).exists()),
        *(ROOT / "docs").rglob("*.md"),
    ]
)
TUTORIAL = ROOT / "docs" / "tutorial" / "first-provisioning.md"
_FENCE = re.compile(r"^( *)(```+|~~~+)(.*)$")
_LINK = re.compile(r"!?\[[^\]]*\]\(([^()\s]+)\)")
_HEADING = re.compile(r"^#{1,6} +(.*?) *#*$")


def _name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def blocks(text: str) -> Iterator[tuple[str, int, str]]:
    """Every fenced block of a page: its language, the line that it begins on, its text."""
    language, opened, start, lines = "", "", 0, list[str]()
    for number, line in enumerate(text.splitlines(), 1):
        fence = _FENCE.match(line)
        if not opened and fence:
            opened, language, start, lines = fence[2], fence[3].strip(), number, []
        elif opened and fence and fence[2].startswith(opened) and not fence[3].strip():
            yield language, start, "\n".join(lines) + "\n"
            opened = ""
        elif opened:
            lines.append(line)
    if opened:
        raise AssertionError(f"line {start}: a block that is never closed")


def lay_out(text: str, folder: Path) -> None:
    """Write what a page says to put into files: blocks that name one (```python product.py) are appended to it."""
    for language, _, source in blocks(text):
        kind, _, file = language.partition(" ")
        if kind == "python" and file:
            with (folder / file).open("a") as out:
                out.write(source)


def run(page: str, text: str) -> Mapping[str, object]:
    """Run the page's python blocks in order, as one module; what they have defined."""
    # In sys.modules under its name, because attrs and dataclasses look there for what annotations mean.
    module = sys.modules[page] = ModuleType(page)
    try:
        for language, start, source in blocks(text):
            if language == "python":
                # The line numbers of a traceback are those of the page.
                tree = ast.increment_lineno(ast.parse(source, page), start)
                exec(compile(tree, page, "exec"), module.__dict__)
    finally:
        del sys.modules[page]
    return module.__dict__


def prose(text: str) -> str:
    """The page without its blocks and its code spans."""
    kept, opened = [], ""
    for line in text.splitlines():
        fence = _FENCE.match(line)
        if fence and (not opened or fence[2].startswith(opened)):
            opened = "" if opened else fence[2]
        elif not opened:
            kept.append(re.sub(r"`[^`]*`", "", line))
    return "\n".join(kept)


def anchors(text: str) -> set[str]:
    """What `#...` may name on a page: its headings, as they are usually turned into anchors."""
    titles = [found[1] for line in text.splitlines() if (found := _HEADING.match(line))]
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def dead_links(page: Path) -> list[str]:
    """Relative links of a page that lead nowhere."""
    dead = []
    for target in _LINK.findall(prose(page.read_text())):
        path, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and file.suffix == ".md" and anchor not in anchors(file.read_text())):
            dead.append(target)
    return dead


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder to work in, whose modules are forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if Path(getattr(sys.modules[name], "__file__", None) or "/").parent == tmp_path:
            engine = getattr(sys.modules.pop(name), "engine", None)
            if engine is not None:
                engine.dispose()


class TestThePages:
    """What a page shows can be done, and what it points to is there."""

    @pytest.mark.parametrize(
        "page",
        [page for page in PAGES if any(block[0] == "python" for block in blocks(page.read_text()))],
        ids=_name,
    )
    def test_the_code_of_a_page_runs(self, page: Path, workplace: Path) -> None:
        # The how-tos begin where the tutorial ends: with its files.
        lay_out(TUTORIAL.read_text(), workplace)

        run(_name(page), page.read_text())

    @pytest.mark.parametrize("page", PAGES, ids=_name)
    def test_no_link_of_a_page_is_dead(self, page: Path) -> None:
        assert dead_links(page) == []

    @pytest.mark.parametrize("page", PAGES, ids=_name)
    def test_a_page_can_be_reached_from_the_readme(self, page: Path) -> None:
        assert page in _reachable(ROOT / "README.md")


def _reachable(start: Path) -> set[Path]:
    found, waiting = set[Path](), [start.resolve()]
    while waiting:
        page = waiting.pop()
        if page in found or page.suffix != ".md" or not page.exists():
            continue
        found.add(page)
        targets = [target.partition("#")[0] for target in _LINK.findall(prose(page.read_text()))]
        waiting += [(page.parent / target).resolve() for target in targets if target and ":" not in target]
    return found


class TestTheTestsBite:
    """A page that lies is told."""

    def test_code_that_fails_is_told_with_the_line_of_the_page(self) -> None:
        with pytest.raises(AssertionError) as raised:
            run("page.md", "# A page\n\n```python\nassert 1 == 1\nassert 1 == 2\n```\n")

        assert raised.traceback[-1].lineno + 1 == 5

    def test_blocks_of_one_page_share_their_names(self) -> None:
        found = run("page.md", "```python\na = 1\n```\n\nand\n\n```python\nb = a + 1\n```\n")

        assert found["b"] == 2

    def test_blocks_of_other_languages_are_left_alone(self) -> None:
        assert list(blocks("```\nx\n```\n````md\n```python\n1/0\n```\n````\n")) == [
            ("", 1, "x\n"),
            ("md", 4, "```python\n1/0\n```\n"),
        ]

    def test_a_dead_link_is_told(self, tmp_path: Path) -> None:
        page = tmp_path / "page.md"
        page.write_text("# Here\n[a](nowhere.md) [b](page.md#there) [c](#here) [d](page.md) `[e](f.md)`\n")

        assert dead_links(page) == ["nowhere.md", "page.md#there"]
