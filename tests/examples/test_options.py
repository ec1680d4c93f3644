"""How the trial is started: what may be said, and what is refused at once with the choices."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.examples.conftest import TRANSPORTS, Client, opened
from trial.door import LONG_ENOUGH, stretch
from trial.options import EXAMPLES, POLICIES, Options, choose, database_url, read_extensions, read_tokens


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


SHIP = "urn:harbour:scim:schemas:extension:ship:2.0:User"
SCHEMA: dict[str, Any] = {"id": SHIP, "name": "Ship", "attributes": [{"name": "badge", "uniqueness": "server"}]}


class TestExtensions:
    """EXTENSION names a file with a schema, or with several; User is served with them, and shows them."""

    @pytest.mark.parametrize("shape", [SCHEMA, [SCHEMA], {"Resources": [SCHEMA]}], ids=["one", "list", "answer"])
    def test_a_document_and_lists_of_them_are_read(self, shape: object, tmp_path: Path) -> None:
        assert [schema.id for schema in read_extensions(_file(tmp_path, json.dumps(shape)))] == [SHIP]

    def test_none_is_none(self) -> None:
        assert read_extensions("") == ()

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("{", "is not JSON"),
            ("\xff", "is not JSON"),
            ("[" * 100_000, "is not JSON"),
            ("[]", "has no schema in it"),
            ("7", "an object as in /Schemas is expected"),
            ('[{"id": "urn:a:b", "attributes": [{"name": "a"}]}, 7]', "schema 2: an object"),
            ("{}", "id: a string is expected"),
            ('{"id": "urn:a:b"}', "urn:a:b has no attributes"),
            ('{"id": "ship", "attributes": [{"name": "a"}]}', "is not a schema URI"),
            ('{"id": "urn:a:b", "attributes": [{"name": "a", "type": "bool"}]}', "attributes[0].type"),
            ('{"id": "urn:a:b", "attributes": [{"name": "a", "type": "reference", "referenceTypes": ["Dog"]}]}', "Dog"),
            ('{"id": "urn:ietf:params:scim:schemas:core:2.0:user", "attributes": [{"name": "a"}]}', "a base schema"),
            (json.dumps([SCHEMA, {**SCHEMA, "id": SHIP.upper()}]), "two schemas of one URI"),
        ],
    )
    def test_what_is_no_extension_is_refused_with_its_file(self, text: str, told: str, tmp_path: Path) -> None:
        path = _file(tmp_path, text)
        with pytest.raises(ValueError, match=r"\AEXTENSION=") as refused:
            Options.read({"EXTENSION": path})
        assert told in str(refused.value) and path in str(refused.value)

    @pytest.mark.parametrize("path", ["/nowhere/at/all.json", "/"])
    def test_a_file_that_cannot_be_read_is_told(self, path: str) -> None:
        with pytest.raises(ValueError, match=f"EXTENSION={path} cannot be read"):
            Options.read({"EXTENSION": path})

    @pytest.mark.parametrize("transport", TRANSPORTS)
    @pytest.mark.parametrize("policy", POLICIES)
    def test_users_have_it_on_every_example(self, transport: str, policy: str, tmp_path: Path) -> None:
        product = opened(tmp_path, EXTENSION=_file(tmp_path, json.dumps(SCHEMA)), POLICY=policy)
        client = Client(TRANSPORTS[transport](product))
        made = client.ask("POST", "/Users", {"userName": "i@x.org", SHIP: {"badge": "B1"}})
        assert (made.status, made.json[SHIP]) == (201, {"badge": "B1"})
        assert client.ask("GET", f"/Schemas/{SHIP}").json["attributes"][0]["name"] == "badge"
        assert SHIP in json.dumps(client.ask("GET", "/ResourceTypes/User").json)
        product.close()


def _file(folder: Path, text: str) -> str:
    path = folder / "extension.json"
    path.write_bytes(text.encode("latin-1"))
    return str(path)
