"""The page of supported clauses tells the truth."""

from tests.conformance.page import PAGE, areas, citations, cited, page

CLAUSES = [clause for area in areas() for clause in area.clauses]


class TestThePage:
    """docs/reference/supported-scim.md comes from the clauses and the tests that cite them."""

    def test_it_is_what_the_tests_say(self):
        assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m tests.conformance.page"

    def test_every_clause_is_proved_or_explained(self):
        tests = citations()
        assert [c.id for c in CLAUSES if not c.excluded and c.id not in tests] == []

    def test_every_id_that_a_test_cites_is_known(self):
        known = {clause.id for clause in CLAUSES}
        kinds = {id.partition("-")[0] for id in known}
        assert [id for id in citations() if id not in known and id.partition("-")[0] in kinds] == []

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
