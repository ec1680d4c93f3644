"""The `scimcore` command: small, exact, and never a traceback for what somebody typed."""

import io
import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

import scimcore
from scimcore._cli import main
from scimcore.access import digest
from scimcore.dialects import DIALECTS


class TestPolicies:
    """`scimcore policy show|check|diff` reads presets and files."""

    def test_show_says_it_in_sentences(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["policy", "show", "anonymise-leavers"]) == 0
        assert "anonymise" in capsys.readouterr().out

    def test_diff_begins_at_standard(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["policy", "diff", "invite-members"]) == 0
        assert "create.initial" in capsys.readouterr().out

    def test_diff_of_the_same_is_none(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["policy", "diff", "standard", "standard"]) == 0
        assert capsys.readouterr().out == "no difference\n"

    def test_check_takes_a_good_file(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        file = tmp_path / "mine.toml"
        file.write_text('name = "mine"\n[create]\ninitial = "invited"\n')

        assert main(["policy", "check", str(file)]) == 0
        assert capsys.readouterr().out == "mine: nothing contradicts\n"

    def test_check_names_the_path_of_what_does_not_fit(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        file = tmp_path / "mine.json"
        file.write_text('{"create": {"initial": "sometimes"}}')

        assert main(["policy", "check", str(file)]) == 1
        assert "create.initial" in capsys.readouterr().err

    @pytest.mark.parametrize("name", ["nowhere.toml", "standard.cobol"])
    def test_a_file_that_is_missing_is_named(
        self, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.chdir(tmp_path)

        assert main(["policy", "show", name]) == 2
        assert capsys.readouterr().err.startswith(
            f"scimcore: There is no file and no preset '{name}'. The presets are "
        )

    def test_a_folder_is_no_file(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (tmp_path / "mine.toml").mkdir()

        assert main(["policy", "check", str(tmp_path / "mine.toml")]) == 2
        assert "cannot be read: Is a directory." in capsys.readouterr().err

    def test_three_are_too_many(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["policy", "diff", "standard", "standard", "standard"]) == 2
        assert capsys.readouterr().err == "scimcore: scimcore policy diff compares two policies, not more.\n"


class TestDialects:
    def test_all_are_listed(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["dialects"]) == 0
        assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == [d.name for d in DIALECTS]

    def test_one_is_explained(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["dialects", "entra"]) == 0
        assert "text-booleans" in capsys.readouterr().out

    def test_an_unknown_one_is_told_with_the_choices(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["dialects", "cobol"]) == 2
        assert "okta" in capsys.readouterr().err


class TestFilters:
    def test_a_good_one_is_rendered(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["filter", 'userName  EQ "ada"']) == 0
        assert capsys.readouterr().out == 'userName eq "ada"\n'

    def test_a_bad_one_is_shown_with_a_caret(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["filter", "userName eq"]) == 1
        assert "^" in capsys.readouterr().err


class TestSchemas:
    def test_they_are_those_of_the_service(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["schemas"]) == 0
        assert "urn:ietf:params:scim:schemas:core:2.0:User" in {s["id"] for s in json.loads(capsys.readouterr().out)}


class TestExplaining:
    """`scimcore explain` tells an audit trail in sentences: a page of it, a list, or one record."""

    RECORD = {
        "operation": "patch",
        "type": "User",
        "target": "u-1",
        "outcome": "updated",
        "notes": [{"rule": "deactivate.access", "text": "suspended"}],
        "effects": ["SuspendAccount"],
    }

    @pytest.mark.parametrize("given", [RECORD, [RECORD], {"audit": [RECORD]}], ids=["one", "list", "page"])
    def test_the_rules_are_named(self, given: object, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        file = tmp_path / "audit.json"
        file.write_text(json.dumps(given))

        assert main(["explain", str(file)]) == 0
        assert capsys.readouterr().out == (
            "patch User u-1 updated (SuspendAccount)\n    deactivate.access: suspended\n"
        )

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("", " is empty. "),
            ("{", " is not JSON (Expecting "),
            ("[]", "There is no audit record in it. "),
            ("1", "There is no audit record in it. "),
            ('{"audit": []}', "There is no audit record in it. "),
        ],
    )
    def test_what_is_no_audit_trail_is_refused_in_a_sentence(
        self, text: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        file = tmp_path / "audit.json"
        file.write_text(text)

        assert main(["explain", str(file)]) == 2
        error = capsys.readouterr().err
        assert error.startswith("scimcore: ") and said in error
        assert error.endswith("Give the JSON of audit records, as service.admin.audit returns them.\n")

    def test_nothing_on_standard_input_is_named(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO(""))

        assert main(["explain"]) == 2
        assert capsys.readouterr().err.startswith("scimcore: Standard input is empty. ")

    def test_a_file_that_is_missing_is_named(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["explain", str(tmp_path / "nope.json")]) == 2
        assert capsys.readouterr().err.endswith("nope.json' cannot be read: No such file or directory.\n")


class TestTokens:
    def test_a_new_one_comes_with_its_digest(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["token", "new"]) == 0
        (_, secret), (_, stored) = (line.split() for line in capsys.readouterr().out.splitlines())

        assert digest(secret) == stored


class TestDatabases:
    """`scimcore db`: a name with a slip in it is a sentence, not an empty database."""

    @pytest.mark.parametrize("command", [["version"], ["export"], ["import"], ["reindex"]], ids=" ".join)
    def test_a_database_that_is_missing_is_not_made(
        self, command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        file = tmp_path / "typo.db"
        tenant = ["acme"] if command[0] in ("export", "import") else []

        assert main(["db", *command, f"sqlite:///{file}", *tenant]) == 2
        said = f"scimcore: There is no database '{file}'. Check the name, or make it with: scimcore db create\n"
        assert capsys.readouterr().err == said
        assert not file.exists()

    def test_a_tenant_that_is_missing_is_named(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        url = f"sqlite:///{tmp_path / 'scim.db'}"
        assert main(["db", "create", url]) == 0
        capsys.readouterr()

        assert main(["db", "export", url, "nobody"]) == 2
        assert capsys.readouterr() == ("", "scimcore: There is nothing of a tenant 'nobody' in this database.\n")


class TestTheCommandLine:
    def test_the_version_is_that_of_the_package(self, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit) as left:
            main(["--version"])

        assert left.value.code == 0
        assert capsys.readouterr().out == f"scimcore {version('scimcore')}\n"
        assert scimcore.__version__ == version("scimcore")

    @pytest.mark.parametrize("line", [[], ["policy"], ["fly"], ["filter"]])
    def test_what_is_no_command_is_2(self, line: list[str]) -> None:
        with pytest.raises(SystemExit) as left:
            main(line)

        assert left.value.code == 2

    def test_help_costs_no_parser_and_no_database(self) -> None:
        code = "import sys; from scimcore._cli.commands import parser; parser(); sys.exit('lark' in sys.modules)"

        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
