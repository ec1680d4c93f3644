"""Every requirement that the source cites can be looked up in the published pages."""

from pathlib import Path

import pytest

from tests.conformance.page import cited
from tests.docs.requirements import COMMAND, PAGE, ROOT, known, page, policy_areas

SOURCES = sorted((ROOT / "src").rglob("*.py"))
#: CORE, POL ...: other texts of that form, such as SHA-256, are no ids of requirements.
_KINDS = {id.partition("-")[0] for id in known()}


def unknown(text: str) -> list[str]:
    """The ids that a text cites and no page explains."""
    return sorted({id for id in cited(text) if id.partition("-")[0] in _KINDS} - known())


class TestThePage:
    def test_it_is_the_page_of_the_data(self) -> None:
        assert PAGE.read_text(encoding="utf-8") == page(), f"run: {COMMAND}"

    def test_each_requirement_is_one_row(self) -> None:
        clauses = [clause for area in policy_areas() for clause in area.clauses]

        assert len({clause.id for clause in clauses}) == len(clauses)
        assert [c.id for c in clauses if not c.text.endswith(".") or {"|", "\n"} & set(c.text + c.source)] == []


class TestTheSource:
    @pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT / "src").as_posix())
    def test_every_id_that_it_cites_is_explained(self, path: Path) -> None:
        assert unknown(path.read_text(encoding="utf-8")) == []

    def test_an_unknown_id_is_found(self) -> None:
        assert unknown("As POL-999 and POL-001 say, with SHA-256.") == ["POL-999"]
