"""ERR-006: each refusal has a stable code, and the reference lists every code that the library can answer with."""

import re
from pathlib import Path

from scimcore._codes import MEANINGS
from scimcore.policy.refusals import CODES

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "error-codes.md"


def in_the_source() -> set[str]:
    found: set[str] = set()
    for path in (ROOT / "src").rglob("*.py"):
        found |= set(re.findall(r"SC-\d{4}", path.read_text(encoding="utf-8")))
    return found


def on_the_page() -> list[str]:
    return re.findall(r"^\| (SC-\d{4}) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)


def test_the_page_lists_exactly_the_codes_that_exist() -> None:
    assert set(on_the_page()) == in_the_source()


def test_no_code_is_listed_twice() -> None:
    assert len(on_the_page()) == len(set(on_the_page()))


def test_a_record_says_what_the_page_says() -> None:
    """Audit records have these meanings in the place of the error's own text, which may repeat a client's words."""
    rows = re.findall(r"^\| (SC-\d{4}) \| \d+ \| (.*?) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    page = {code: text.replace("`", "") for code, text in rows}
    # A code without a meaning is recorded as "the request was refused"; a wrong meaning would mislead.
    assert {**MEANINGS, **CODES}.items() <= page.items()
