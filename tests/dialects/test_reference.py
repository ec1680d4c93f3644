"""docs/reference/dialects.md lists what the code has."""

from tests.dialects.reference import PAGE, generated


def test_the_page_lists_the_rewrites_of_the_code() -> None:
    assert generated() in PAGE.read_text("utf-8"), "run: python -m tests.dialects.reference"
