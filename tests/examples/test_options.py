"""How the trial is started: what may be said, and what is refused at once with the choices."""

from pathlib import Path

import pytest

from trial.door import LONG_ENOUGH, stretch
from trial.options import EXAMPLES, POLICIES, Options, choose, database_url, read_tokens


class TestTokens:
    """TOKEN may hold several pairs `tenant:token` separated by commas; a bare token is the tenant `trial`."""

    def test_a_bare_token_is_that_of_the_tenant_trial(self) -> None:
        assert read_tokens("secret") == (("trial", "secret"),)

    def test_pairs_name_their_tenants(self) -> None:
        assert read_tokens("acme:one, globex:two,three") == (("acme", "one"), ("globex", "two"), ("trial", "three"))

    def test_none_is_none(self) -> None:
        assert read_tokens(" ") == ()

    @pytest.mark.parametrize("text", ["acme:", ":secret", "one,,two", "one,", ","])
    def test_an_empty_part_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match="empty part"):
            read_tokens(text)

    def test_a_short_one_is_stretched_and_a_long_one_left_alone(self) -> None:
        assert len(stretch("T")) >= LONG_ENOUGH
        assert stretch("T") != stretch("U")
        assert stretch("x" * LONG_ENOUGH) == "x" * LONG_ENOUGH


class TestChoices:
    """An unknown POLICY, DIALECT or EXAMPLE stops `make serve` at once with the list of choices."""

    def test_an_unknown_policy_lists_the_policies(self) -> None:
        with pytest.raises(ValueError, match="standard, dastra, secoda"):
            Options.read({"POLICY": "lenient"})

    def test_an_unknown_dialect_lists_the_dialects(self) -> None:
        with pytest.raises(ValueError, match="auto, rfc, entra"):
            Options.read({"DIALECT": "cobol"})

    def test_an_unknown_example_lists_the_examples(self) -> None:
        with pytest.raises(ValueError, match="starlette, flask"):
            choose("EXAMPLE", "django", dict.fromkeys(EXAMPLES, 1))

    @pytest.mark.parametrize("name", POLICIES)
    def test_every_policy_can_be_chosen(self, name: str) -> None:
        assert Options.read({"POLICY": name}).policy is POLICIES[name]


class TestDatabases:
    """SQLite files and PostgreSQL, nothing that several threads and runs could not share."""

    def test_a_postgresql_url_gets_its_driver(self) -> None:
        assert database_url("postgresql://u:p@h/d") == "postgresql+psycopg://u:p@h/d"
        assert database_url("postgresql+psycopg://u:p@h/d") == "postgresql+psycopg://u:p@h/d"

    def test_a_file_is_taken(self, tmp_path: Path) -> None:
        assert database_url(f"sqlite:///{tmp_path}/a.db") == f"sqlite:///{tmp_path}/a.db"

    @pytest.mark.parametrize("text", ["sqlite://", "sqlite:///:memory:", "mysql://h/d", "sqlite:////nowhere/at/all.db"])
    def test_what_cannot_be_shared_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match="DATABASE"):
            database_url(text)

    def test_what_is_no_url_is_refused(self) -> None:
        with pytest.raises(ValueError, match="DATABASE"):
            database_url("trial.db")
