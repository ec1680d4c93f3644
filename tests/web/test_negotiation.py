"""Media types, caching and the other headers."""

import pytest

from scimcore.testing.trial import Trial
from scimcore.web import Options
from tests.web.support import failed, user


class TestAccept:
    """RFC 7644 section 3.8: service providers MUST support Accept: application/scim+json (HTTP-003, HTTP-004)."""

    @pytest.mark.parametrize(
        "accept",
        [
            None,
            "*/*",
            "application/*",
            "application/scim+json",
            "application/json",
            "application/scim+json;q=0.5, application/json;q=0.9",
            "text/html",
            "application/xml;q=1.0",
            "",
            ";;;,,,q=",
        ],
    )
    def test_whatever_is_asked_for_the_answer_is_scim_json(self, trial, accept):
        # RFC 9110 section 12.5.1 lets a server disregard the header; Entra ID needs application/scim+json.
        headers = {} if accept is None else {"Accept": accept}
        for answer in (trial.get("/Users", headers=headers), trial.get("/Users/none", headers=headers)):
            assert answer.headers["Content-Type"] == "application/scim+json"

    @pytest.mark.parametrize(
        "accept, answered",
        [
            ("application/json", "application/json"),
            ("application/json;q=0.9, application/scim+json;q=0.5", "application/json"),
            ("application/scim+json, application/json", "application/scim+json"),
            ("application/json;q=0", "application/scim+json"),
            ("*/*", "application/scim+json"),
            ("application/json; charset=utf-8", "application/json"),
        ],
    )
    def test_a_host_may_echo_json(self, accept, answered):
        """HTTP-004: policy switch to echo json (OneLogin doc asks application/json)."""
        trial = Trial.start(options=lambda clock: Options(clock=clock, echo_json=True, reraise=True))
        for path in ("/Users", "/Users/none", "/Schemas", "/Nothing"):
            assert trial.get(path, headers={"Accept": accept}).headers["Content-Type"] == answered


class TestContentType:
    """HTTP-005: accept scim+json, json, with parameters; also none; text/plain or xml -> 415."""

    @pytest.mark.parametrize(
        "declared",
        [
            "",
            "application/scim+json",
            "application/json",
            "application/json; charset=utf-8",
            'Application/SCIM+JSON;charset="UTF-8"',
            "application/scim+json; charset=utf-8; odd=1",
        ],
    )
    def test_these_are_taken(self, trial, declared):
        assert trial.post("/Users", user("ada"), headers={"Content-Type": declared}).status == 201

    @pytest.mark.parametrize(
        "declared",
        [
            "text/plain",
            "application/xml",
            "application/x-www-form-urlencoded",
            "application/json-patch+json",
            "application/json; charset=iso-8859-1",
            "nonsense",
        ],
    )
    @pytest.mark.parametrize("method, path", [("POST", "/Users"), ("PUT", "/Users/x"), ("PATCH", "/Users/x")])
    def test_these_are_not(self, trial, method, path, declared):
        failed(trial.send(method, path, user("ada"), headers={"Content-Type": declared}), 415)
        assert trial.get("/Users")["totalResults"] == 0

    def test_a_compressed_body_is_not_read(self, trial):
        failed(trial.post("/Users", user("ada"), headers={"Content-Encoding": "gzip"}), 415)

    def test_without_a_body_it_does_not_matter(self, trial):
        """OKTA: every GET carries Content-Type."""
        assert trial.get("/Users", headers={"Content-Type": "text/plain"}).status == 200
        id = trial.user("ada")
        assert trial.delete(f"/Users/{id}", headers={"Content-Type": "text/plain"}).status == 204


class TestBodies:
    """HTTP-012: duplicate keys, NaN, nesting, huge numbers, trailing garbage, BOM are refused deterministically."""

    @pytest.mark.parametrize(
        "raw",
        [
            b"",
            b"{",
            b"[]",
            b'"x"',
            b"null",
            b"\xef\xbb\xbf{}",
            b"\xff\xfe",
            b'{"userName":"a","userName":"b"}',
            b'{"userName":NaN}',
            b'{"userName":1e999}',
            b'{"userName":"a"} x',
            b'{"a":' * 2000 + b"1" + b"}" * 2000,
            b"[" * 100_000,
            b'{"userName":"\\u0000"}',
            b'{"userName":"\\ud800"}',
            b'{"n":' + b"9" * 5000 + b"}",
        ],
    )
    @pytest.mark.parametrize(
        "method, path", [("POST", "/Users"), ("PATCH", "/Users/x"), ("POST", "/.search"), ("POST", "/Bulk")]
    )
    def test_what_is_no_json_object_is_invalid_syntax(self, trial, raw, method, path):
        """CRT-007, SRCH-003."""
        failed(
            trial.send(method, path, raw=raw, headers={"Content-Type": "application/scim+json"}), 400, "invalidSyntax"
        )

    def test_a_body_above_the_limit_is_refused_unread(self):
        """HTTP-012: body > limit -> 413."""
        trial = Trial.start(options=lambda clock: Options(clock=clock, max_body=1000, reraise=True))
        assert "1000" in failed(trial.post("/Users", raw=b"{" + b" " * 1000), 413)
        assert trial.post("/Users", user("a" * 800)).status == 201

    def test_what_is_declared_counts_too(self, trial):
        """An adapter may stop reading at the limit."""
        answer = trial.post("/Users", user("ada"), headers={"Content-Length": "4294967296"})
        failed(answer, 413)


class TestCaching:
    """HTTP-020: no-store unless conditional GET is on; no CORS by default; Vary Accept."""

    def test_a_resource_may_be_kept_by_its_client_and_nothing_else(self, trial):
        id = trial.user("ada")
        answer = trial.get(f"/Users/{id}")
        assert answer.headers["Cache-Control"] == "private, no-cache"
        assert answer.headers["Vary"] == "Accept"
        for other in (
            trial.get("/Users"),
            trial.get("/Users/none"),
            trial.post("/Users", user("bob")),
            trial.delete(f"/Users/{id}"),
        ):
            assert other.headers["Cache-Control"] == "no-store"

    def test_no_browser_is_let_in(self, trial):
        answer = trial.get("/Users", headers={"Origin": "https://evil.test"})
        assert not [name for name in answer.headers if name.lower().startswith("access-control")]

    def test_nothing_redirects(self, trial):
        """HTTP-023."""
        assert trial.get("/Users/").status == 200


class TestTls:
    """RFC 7644 section 7.2: TLS MUST be used (HTTP-015)."""

    def test_a_host_can_insist_on_it_behind_a_proxy(self):
        trial = Trial.start(options=lambda clock: Options(clock=clock, require_tls="forwarded", reraise=True))
        failed(trial.get("/Users"), 403)
        failed(trial.get("/Users", headers={"X-Forwarded-Proto": "http"}), 403)
        assert trial.get("/Users", headers={"X-Forwarded-Proto": "https"}).status == 200

    def test_a_host_can_insist_on_what_its_adapter_says(self):
        from scimcore.web import Request

        trial = Trial.start(options=lambda clock: Options(clock=clock, require_tls="adapter", reraise=True))
        failed(trial.get("/Users", headers={"X-Forwarded-Proto": "https"}), 403)
        headers = (("Authorization", f"Bearer {trial.token}"),)
        assert (
            trial.application.handle(Request(method="GET", path="/Users", scheme="https", headers=headers)).status
            == 200
        )
