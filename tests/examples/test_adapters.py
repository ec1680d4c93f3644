"""Both adapters hand requests over whole and answers back as they are; they know nothing of SCIM."""

from pathlib import Path

import pytest

from tests.examples.conftest import EXAMPLES, OTHER, Client
from trial.product import Product

USER = "urn:ietf:params:scim:schemas:core:2.0:User"


def user(name: str) -> dict[str, object]:
    return {"schemas": [USER], "userName": name}


class TestTheAdapters:
    """Each is a plain hand-over, in under 80 lines."""

    @pytest.mark.parametrize("name", ["starlette_app.py", "flask_app.py"])
    def test_an_adapter_is_short_and_knows_no_scim(self, name: str) -> None:
        text = (Path(EXAMPLES) / name).read_text()

        assert text.count("\n") < 80
        assert not any(word in text for word in ("Users", "urn:", "userName", "Authorization"))

    def test_a_user_comes_and_goes(self, client: Client) -> None:
        created = client.ask("POST", "/Users", user("ada@acme.example"))
        place = created.json["meta"]["location"].removeprefix("http://127.0.0.1:8900/scim/v2")

        assert created.status == 201
        assert created.headers["location"] == created.json["meta"]["location"]
        assert created.headers["content-type"].startswith("application/scim+json")
        assert client.ask("GET", place).json["userName"] == "ada@acme.example"
        assert client.ask("DELETE", place).status == 204
        assert client.ask("GET", place).status == 404

    def test_an_answer_without_a_body_names_no_media_type(self, client: Client) -> None:
        id = client.ask("POST", "/Users", user("ada@acme.example")).json["id"]
        gone = client.ask("DELETE", f"/Users/{id}")

        assert gone.body == b""
        assert "content-type" not in gone.headers

    def test_head_is_get_without_the_body(self, client: Client) -> None:
        shown = client.ask("GET", "/ServiceProviderConfig")
        head = client.ask("HEAD", "/ServiceProviderConfig")

        assert head.status == 200
        assert head.body == b""
        assert head.headers["content-length"] == str(len(shown.body))

    def test_the_path_arrives_as_it_was_sent(self, client: Client) -> None:
        """An encoded slash does not part the path: it is an id that nobody has, not a URL that leads nowhere."""
        answer = client.ask("GET", "/Users/a%2Fb")

        assert answer.status == 404
        assert "a/b" in answer.json["detail"]

    def test_a_doubled_slash_is_served_and_nothing_is_redirected(self, client: Client) -> None:
        assert client.ask("GET", "//Users").status == 200

    def test_the_query_arrives(self, client: Client) -> None:
        client.ask("POST", "/Users", user("ada@acme.example"))
        client.ask("POST", "/Users", user("ben@acme.example"))

        found = client.ask("GET", "/Users?filter=userName%20eq%20%22ada%40acme.example%22")

        assert found.json["totalResults"] == 1

    def test_a_body_that_is_too_large_is_refused(self, client: Client, product: Product) -> None:
        assert client.ask("POST", "/Users", b'"' + b"x" * (product.body_limit + 10) + b'"').status == 413

    def test_a_method_that_does_not_apply_is_refused_by_the_endpoint(self, client: Client) -> None:
        answer = client.ask("PUT", "/Users", {})

        assert answer.status == 405
        assert "POST" in answer.headers["allow"]

    @pytest.mark.parametrize("method", ["TRACE", "PROPFIND", "OPTIONS"])
    def test_a_method_nobody_knows_is_refused_in_scim_json(self, client: Client, method: str) -> None:
        """ERR-001: also what a framework would answer by itself."""
        answer = client.ask(method, "/Users")

        assert (answer.status, answer.json["status"]) == (405, "405")
        assert "POST" in answer.headers["allow"]

    def test_without_a_token_nothing_is_answered(self, client: Client) -> None:
        for path in ("/scim/v2/Users", "/trial/accounts"):
            answer = client.send("GET", path, {}, b"")

            assert answer.status == 401
            assert answer.headers["www-authenticate"].startswith("Bearer")

    def test_elsewhere_there_is_nothing(self, client: Client) -> None:
        for path in ("/", "/scim", "/scim/v2x/Users", "/trialx"):
            assert client.send("GET", path, {"Authorization": f"Bearer {client.token}"}, b"").status == 404

    def test_tenants_do_not_see_each_other(self, client: Client) -> None:
        client.ask("POST", "/Users", user("ada@acme.example"))
        other = Client(client.send, OTHER)

        assert other.ask("GET", "/Users").json["totalResults"] == 0
        assert other.page("accounts") == []
        assert len(client.page("accounts")) == 1
