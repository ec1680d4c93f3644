"""The page of supported clauses tells the truth."""

import re

from tests.conformance.page import PAGE, areas, citations, cited, page

REMEDY = "run: python -m tests.conformance.page"
CLAUSES = [clause for area in areas() for clause in area.clauses]
KNOWN = {clause.id for clause in CLAUSES}
#: A test file, as the page names it.
_TEST = re.compile(r"`([a-z0-9_]+/[a-z0-9_.-]+)`")


def _rows(text: str) -> list[str]:
    """The page without the tests that it names."""
    return [re.sub(r"[. ,]*\|$", "", _TEST.sub("", line)) for line in text.splitlines()]


class TestThePage:
    """docs/reference/supported-scim.md comes from the clauses and the tests that cite them."""

    def test_it_is_the_page_of_these_clauses(self):
        """Test files apart: the page may lag behind a test that was added since."""
        assert _rows(PAGE.read_text(encoding="utf-8")) == _rows(page()), REMEDY

    def test_each_test_that_it_names_cites_the_clause(self):
        tests = citations()
        for line in PAGE.read_text(encoding="utf-8").splitlines():
            id, named = line[2:].partition(" ")[0], set(_TEST.findall(line))
            if id in KNOWN:
                assert named <= set(tests.get(id, ())), f"{id}: {REMEDY}"
                assert named or id not in tests, f"{id}: {REMEDY}"

    def test_every_clause_is_proved_or_explained(self):
        tests = citations()
        assert [c.id for c in CLAUSES if not c.excluded and c.id not in tests] == []

    def test_every_id_that_a_test_cites_is_known(self):
        kinds = {id.partition("-")[0] for id in KNOWN}
        assert [id for id in citations() if id not in KNOWN and id.partition("-")[0] in kinds] == []

    def test_every_clause_is_told_once(self):
        ids = [clause.id for clause in CLAUSES]
        assert len(set(ids)) == len(ids)

    def test_every_clause_is_a_row_of_text(self):
        for clause in CLAUSES:
            assert clause.source, clause
            assert clause.text.endswith("."), clause
            assert not (clause.off and clause.excluded), clause
            assert not {"|", "\n"} & set(clause.text + clause.off + clause.excluded), clause


class TestCitations:
    def test_a_range_cites_all_between_its_ends(self):
        assert list(cited("FLT-008..010, also GET-001")) == ["FLT-008", "FLT-009", "FLT-010", "GET-001"]

    def test_what_only_looks_like_an_id_cites_nothing(self):
        assert list(cited("SC-1042 FLT-12 xFLT-0123")) == []
