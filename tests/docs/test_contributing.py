"""The pages for contributors name files that exist: a map of what is gone helps nobody."""

import re
from pathlib import Path

import pytest

from tests.test_architecture import LAYERS

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs" / "contributing").glob("*.md"))
#: Where a path of these pages may begin.
BASES = (ROOT, ROOT / "src" / "scimcore", ROOT / "tests", ROOT / "src" / "scimcore" / "dialects")
#: A file or a folder with a slash in it, or a file of code.
_PATH = re.compile(r"`([\w.*-]+(?:/[\w.*-]+)+/?|[\w*]+\.(?:py|json|lark|toml))`")


def named(text: str) -> list[str]:
    """The paths that a page names."""
    return _PATH.findall(re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))


def missing(path: str) -> bool:
    """True if a path leads nowhere; a bare file name may be anywhere."""
    if "/" not in path:
        return not any(found for base in ("src", "tests", ".") for found in [*(ROOT / base).rglob(path)][:1])
    return not any([*base.glob(path.rstrip("/"))] for base in BASES)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_a_page_names_exists(page: Path) -> None:
    built = ("build/", ".ci/", ".venv")
    assert [path for path in named(page.read_text("utf-8")) if missing(path) and not path.startswith(built)] == []


def test_a_file_that_is_gone_is_found() -> None:
    assert [path for path in named("`service/gone.py` and `errors.py` and `policy/rules`") if missing(path)] == [
        "service/gone.py"
    ]


def test_the_layers_are_drawn_as_they_are() -> None:
    """docs/explanation/architecture.md has a row for each layer of tests/test_architecture.py, highest first."""
    page = (ROOT / "docs" / "explanation" / "architecture.md").read_text("utf-8")
    rows = re.findall(r"^\| (`.+?`) \| ", page, re.MULTILINE)[: len(LAYERS)]

    assert [set(re.findall(r"`(\w+)`", row)) for row in rows] == [set(layer) for layer in reversed(LAYERS)]
