"""The documentation as a site: `python -m tests.docs.site` writes it to build/site, from README.md and docs/.

The pages are CommonMark with tables, read by markdown-it-py exactly as a code host reads them, so that one text serves
both. A link that leads nowhere stops the build. Nothing is fetched, and the pages need no script.
"""

import html
import os
import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from string import Template
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.token import Token
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

ROOT = Path(__file__).parents[2]
OUT = ROOT / "build" / "site"
HERE = Path(__file__).parent
#: What the menu shows, in this order: a folder of docs with its title.
MENU = {
    "tutorial": "Tutorial",
    "how-to": "How to",
    "explanation": "Explanation",
    "reference": "Reference",
    "reference/api": "API",
    "contributing": "Contributing",
    "decisions": "Decisions",
}


def sources(root: Path = ROOT) -> list[Path]:
    """Every page, relative to the root of the repository."""
    found = [root / "README.md", root / "CHANGELOG.md", *sorted((root / "docs").rglob("*.md"), key=_order)]
    return [page.relative_to(root) for page in found]


def _order(page: Path) -> tuple[Path, bool, str]:
    """Folder by folder, each with its README first."""
    return page.parent, page.name != "README.md", page.stem


def target(page: Path) -> Path:
    """Where a page goes: docs/how-to/x.md to how-to/x.html, a README to the index of its folder."""
    inside = Path(*page.parts[1:]) if page.parts[0] == "docs" else page
    if inside == Path("README.md"):
        # docs/README.md lists all pages; the README of the repository is the front page.
        return Path("contents.html") if page.parts[0] == "docs" else Path("index.html")
    return inside.with_name("index.html") if inside.name == "README.md" else inside.with_suffix(".html")


def title(text: str) -> str:
    """What a page is called in the menu: its first heading."""
    found = re.search(r"^# +(.+)$", text, re.MULTILINE)
    return found[1].replace("`", "") if found else ""


def anchor(heading: str) -> str:
    """The anchor of a heading, as code hosts make it."""
    return re.sub(r"[^\w\- ]", "", heading.lower().replace("`", "")).replace(" ", "-")


def _code(source: str, language: str, _attributes: str) -> str:
    try:
        lexer = get_lexer_by_name(language or "text")
    except ClassNotFound:
        lexer = get_lexer_by_name("text")
    return highlight(source, lexer, HtmlFormatter(nowrap=True))


class Site:
    """One build: the pages that there are, and what was wrong with their links."""

    def __init__(self, root: Path = ROOT) -> None:
        self.root = root
        self.pages = {page: (root / page).read_text(encoding="utf-8") for page in sources(root)}
        self.faults: list[str] = []
        #: Pictures that pages show.
        self.pictures: set[Path] = set()
        #: Files and folders of code that pages link to: they become pages, too.
        self.code: set[Path] = set()
        self._reader = MarkdownIt("commonmark", {"highlight": _code}).enable(["table", "strikethrough"])
        self._tokens = {page: self._reader.parse(text) for page, text in self.pages.items()}
        self._anchors = {page: set(_anchored(tokens)) for page, tokens in self._tokens.items()}

    def write(self, out: Path) -> None:
        """Write every page; what is wrong is in `faults` afterwards."""
        shutil.rmtree(out, ignore_errors=True)
        for page in self.pages:
            self._frame(out, target(page), title(self.pages[page]), self._body(page), self._menu(page))
        for path in sorted(self.code):
            for inside in [path, *_within(self.root, path)]:
                self._frame(out, _listed(inside), inside.as_posix(), self._listing(inside), "")
        for path in self.pictures:
            (out / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self.root / path, out / path)
        style = (HERE / "site.css").read_text(encoding="utf-8")
        (out / "site.css").write_text(style + HtmlFormatter(style="friendly").get_style_defs("pre"), encoding="utf-8")

    def _frame(self, out: Path, where: Path, title: str, body: str, menu: str) -> None:
        file = out / where
        file.parent.mkdir(parents=True, exist_ok=True)
        frame = Template((HERE / "site.html").read_text(encoding="utf-8"))
        named = {"title": html.escape(title), "up": os.path.relpath(out, file.parent), "menu": menu, "body": body}
        file.write_text(frame.substitute(named), encoding="utf-8")

    def _listing(self, path: Path) -> str:
        """A file of code, or the files of a folder."""
        head = f"<h1>{html.escape(path.as_posix())}</h1>"
        if (self.root / path).is_dir():
            here = _listed(path).parent
            links = [(inside, os.path.relpath(_listed(inside), here)) for inside in _within(self.root, path)]
            return head + "<ul>" + "".join(f'<li><a href="{to}">{inside}</a></li>' for inside, to in links) + "</ul>"
        language = "python" if path.suffix == ".py" else "text"
        return f"{head}<pre><code>{_code((self.root / path).read_text(encoding='utf-8'), language, '')}</code></pre>"

    def _body(self, page: Path) -> str:
        for token in _all(self._tokens[page]):
            for name in ("href", "src"):
                if link := token.attrGet(name):
                    token.attrSet(name, self._link(page, str(link)))
        return str(self._reader.renderer.render(self._tokens[page], self._reader.options, {}))

    def _link(self, page: Path, link: str) -> str:
        """The link as it leads from the written page; a fault if it leads nowhere."""
        path, _, fragment = unquote(link).partition("#")
        if re.match(r"[a-z]+:", link):
            return link
        meant = Path(os.path.normpath(page.parent / path)) if path else page
        hash = f"#{fragment}" if fragment else ""
        if meant in self.pages:
            if fragment and fragment not in self._anchors[meant]:
                self.faults.append(f"{page}: {link}")
            return os.path.relpath(target(meant), target(page).parent) + hash
        if not (self.root / meant).exists():
            self.faults.append(f"{page}: {link}")
            return link
        if meant.suffix in {".svg", ".png"}:
            self.pictures.add(meant)
            return os.path.relpath(meant, target(page).parent)
        self.code.add(meant)
        return os.path.relpath(_listed(meant), target(page).parent) + hash

    def _menu(self, current: Path) -> str:
        lines = []
        for folder, name in MENU.items():
            inside = [page for page in self.pages if page.parent == Path("docs", folder)]
            if inside:
                opened = " open" if current in inside else ""
                items = "".join(self._item(page, current) for page in inside)
                lines.append(f"<details{opened}><summary>{name}</summary><ul>{items}</ul></details>")
        return "\n".join(lines)

    def _item(self, page: Path, current: Path) -> str:
        where = os.path.relpath(target(page), target(current).parent)
        mark = ' aria-current="page"' if page == current else ""
        return f'<li><a href="{where}"{mark}>{html.escape(title(self.pages[page]))}</a></li>'


def _within(root: Path, folder: Path) -> list[Path]:
    """The files of code in a folder, at any depth; none in a file."""
    return sorted(found.relative_to(root) for found in (root / folder).rglob("*.py") if found.stat().st_size)


def _listed(path: Path) -> Path:
    """Where a file or folder of code goes."""
    return path.with_name(f"{path.name}.html")


def _all(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _all(token.children or ())


def _anchored(tokens: Sequence[Token]) -> Iterator[str]:
    """Give every heading its anchor, and name them."""
    for token, inline in pairwise(tokens):
        if token.type == "heading_open":
            name = anchor(inline.content)
            token.attrSet("id", name)
            yield name


def main(out: Path = OUT) -> int:
    """Build the site; 1 if a link leads nowhere."""
    site = Site()
    site.write(out)
    for fault in site.faults:
        print("dead link in", fault, file=sys.stderr)
    if not site.faults:
        print(f"{len(site.pages)} pages in {os.path.relpath(out)}; begin with {os.path.relpath(out)}/index.html")
    return int(bool(site.faults))


if __name__ == "__main__":
    raise SystemExit(main())
