"""The OAuth 2.0 client credentials grant, end to end (RFC 6749 section 4.4)."""

import json
from base64 import b64encode
from urllib.parse import quote_plus, urlencode

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from scimcore.access import AccessTokens, OAuthClient, issue
from scimcore.testing.trial import Trial
from scimcore.web import Options, Request, TokenEndpoint

TOKENS = AccessTokens(keys=(b"k" * 32,), minutes=90)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JWT = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class Desk:
    """A trial with a client, and the token endpoint beside it."""

    def __init__(self, **said) -> None:
        self.trial = Trial.start(options=lambda clock: Options(clock=clock, tokens=TOKENS, reraise=True))
        self.secret, self.client = issue(now=0, use="client", **said)
        connections = self.trial.connections
        connections.put(next(iter(connections)).with_credential(self.client))
        self.endpoint = TokenEndpoint(connections, TOKENS, clock=self.trial.clock, reraise=True)

    def ask(self, form: dict[str, str] | bytes | None = None, method: str = "POST", **headers: str):
        fields = {"grant_type": "client_credentials", "client_id": self.client.id, "client_secret": self.secret}
        body = form if isinstance(form, bytes) else urlencode(fields if form is None else form).encode()
        said = tuple({**FORM, **headers}.items())
        return self.endpoint.handle(Request(method=method, path="/token", headers=said, body=body))

    def token(self, **more: str) -> str:
        fields = {"grant_type": "client_credentials", "client_id": self.client.id, "client_secret": self.secret}
        return json.loads(self.ask({**fields, **more}).body)["access_token"]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def error(response) -> str:
    body = json.loads(response.body)
    assert set(body) <= {"error", "error_description"}
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Content-Type"] == "application/json"
    return body["error"]


class TestTheGrant:
    """RFC 6749 sections 4.4.2, 4.4.3 and 5.1."""

    def test_a_client_gets_a_token_that_opens_scim(self, desk):
        response = desk.ask()
        body = json.loads(response.body)
        assert response.status == 200
        assert (body["token_type"], body["expires_in"], body["scope"]) == ("Bearer", 90 * 60, "scim")
        assert "refresh_token" not in body
        assert (response.headers["Cache-Control"], response.headers["Pragma"]) == ("no-store", "no-cache")
        assert desk.trial.get("/Users", token=body["access_token"]).status == 200

    def test_the_client_may_use_basic(self, desk):
        """RFC 6749 section 2.3.1: both halves are form-encoded."""
        pair = f"{quote_plus(desk.client.id)}:{quote_plus(desk.secret)}"
        response = desk.ask(
            {"grant_type": "client_credentials"}, Authorization="Basic " + b64encode(pair.encode()).decode()
        )
        assert response.status == 200

    def test_the_token_ends_when_it_said_it_would(self, desk):
        token = desk.token()
        desk.trial.clock.now += 89 * 60_000_000
        assert desk.trial.get("/Users", token=token).status == 200
        desk.trial.clock.now += 60_000_000
        assert desk.trial.get("/Users", token=token).status == 401

    def test_disconnecting_ends_it_at_once(self, desk):
        token = desk.token()
        desk.trial.connections.put(next(iter(desk.trial.connections)).without_credential(desk.client.id))
        assert desk.trial.get("/Users", token=token).status == 401

    def test_its_scope_can_be_narrowed_and_not_widened(self):
        """RFC 6749 section 3.3."""
        desk = Desk(scopes=frozenset({"users:read", "users:write"}))
        token = desk.token(scope="users:read")
        assert desk.trial.get("/Users", token=token).status == 200
        assert desk.trial.post("/Users", {}, token=token).status == 403
        fields = {"grant_type": "client_credentials", "client_id": desk.client.id, "client_secret": desk.secret}
        assert error(desk.ask({**fields, "scope": "users:read groups:read"})) == "invalid_scope"
        assert json.loads(desk.ask({**fields, "scope": "api://x/.default"}).body)["scope"] == "users:read users:write"

    def test_the_secret_is_no_bearer_token_and_the_token_no_client_secret(self, desk):
        assert desk.trial.get("/Users", token=desk.secret).status == 401
        fields = {"grant_type": "client_credentials", "client_id": desk.client.id, "client_secret": desk.token()}
        assert error(desk.ask(fields)) == "invalid_client"


class TestRefusals:
    """RFC 6749 section 5.2."""

    @pytest.mark.parametrize(
        "changes, code",
        [
            ({"grant_type": ""}, "invalid_request"),
            ({"grant_type": "password"}, "unsupported_grant_type"),
            ({"client_secret": "wrong-secret"}, "invalid_client"),
            ({"client_secret": ""}, "invalid_client"),
            ({"client_id": "other"}, "invalid_client"),
            ({"client_assertion": "x", "client_assertion_type": JWT}, "invalid_request"),
            ({"client_secret": "", "client_assertion": "x", "client_assertion_type": "y"}, "invalid_request"),
            ({"client_secret": "", "client_assertion": "x", "client_assertion_type": JWT}, "invalid_client"),
            ({"scope": "everything"}, "invalid_scope"),
        ],
    )
    def test_each_has_its_code(self, desk, changes, code):
        fields = {"grant_type": "client_credentials", "client_id": desk.client.id, "client_secret": desk.secret}
        # What is accepted is not refused: "everything" is within "scim" only if it were a scope at all.
        response = desk.ask({**fields, **changes})
        assert error(response) == code
        assert response.status == (401 if code == "invalid_client" else 400)

    def test_a_client_that_came_by_basic_is_told_the_scheme(self, desk):
        for value in ("Basic " + b64encode(b"x:wrong-secret").decode(), "Basic !", "Digest x"):
            response = desk.ask({"grant_type": "client_credentials"}, Authorization=value)
            assert (response.status, error(response)) == (401, "invalid_client")
            assert response.headers["WWW-Authenticate"].startswith("Basic ")

    def test_two_ways_at_once_are_refused(self, desk):
        pair = b64encode(f"{desk.client.id}:{desk.secret}".encode()).decode()
        assert error(desk.ask(Authorization=f"Basic {pair}")) == "invalid_request"

    @pytest.mark.parametrize(
        "body", [b"grant_type=a&grant_type=b", b"\xff\xfe", b"a=%FF", b"&".join([b"x=1"] * 100), b"x" * 100_000]
    )
    def test_a_form_that_cannot_be_read_is_refused(self, desk, body):
        assert error(desk.ask(body)) == "invalid_request"

    def test_it_is_a_form_and_a_post(self, desk):
        assert error(desk.ask(**{"Content-Type": "application/json"})) == "invalid_request"
        response = desk.ask(method="GET")
        assert (response.status, response.headers["Allow"]) == (405, "POST")

    def test_an_expired_client_gets_nothing(self):
        desk = Desk(expires=1)
        assert error(desk.ask()) == "invalid_client"

    def test_a_connection_that_is_off_gets_nothing(self, desk):
        connections = desk.trial.connections
        connections.put(evolve(next(iter(connections)), enabled=False))
        assert error(desk.ask()) == "invalid_client"

    @settings(max_examples=60, deadline=None)
    @given(st.binary(max_size=80), st.text(max_size=40))
    def test_any_bytes_are_an_answer(self, body, authorization):
        response = Desk().ask(body, Authorization=authorization)
        assert response.status in (400, 401)
        assert error(response)

    def test_a_fault_of_the_host_is_reported_and_not_told(self, desk):
        seen = []

        class Broken:
            def find(self, digest):
                raise OSError("disk full")

            get = used = find

        endpoint = TokenEndpoint(Broken(), TOKENS, clock=desk.trial.clock, report=lambda e, r: seen.append(e))
        desk.endpoint = endpoint
        response = desk.ask()
        assert (response.status, error(response)) == (500, "server_error")
        assert b"disk" not in response.body
        assert len(seen) == 1


class TestAssertions:
    """The seam for RFC 7523: a signed JWT instead of a secret."""

    def test_a_verifier_says_whose_it_is(self, desk):
        class Verifier:
            def verify(self, assertion: str, now: int) -> OAuthClient | None:
                return (
                    OAuthClient(next(iter(desk.trial.connections)).id, desk.client.id) if assertion == "good" else None
                )

        desk.endpoint = TokenEndpoint(desk.trial.connections, TOKENS, verifier=Verifier(), clock=desk.trial.clock)
        form = {"grant_type": "client_credentials", "client_assertion": "good", "client_assertion_type": JWT}
        token = json.loads(desk.ask(form).body)["access_token"]
        assert desk.trial.get("/Users", token=token).status == 200
        assert error(desk.ask({**form, "client_assertion": "bad"})) == "invalid_client"
        assert error(desk.ask({**form, "client_id": "other"})) == "invalid_client"
        assert desk.ask({**form, "client_id": desk.client.id}).status == 200
