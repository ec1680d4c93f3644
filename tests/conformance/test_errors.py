"""Errors and the edges of HTTP, from outside (RFC 7644 sections 3.8, 3.12 and 3.13)."""

import json
from pathlib import Path

import pytest

from scimcore.dialects import AUTO, RFC
from scimcore.testing.trial import BASE, Trial
from scimcore.web import Options
from tests.conformance.support import PATCH, USER, failed, user

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(params=[RFC, AUTO], ids=lambda dialect: dialect.name)
def trial(request) -> Trial:
    return Trial.start(dialect=request.param)


class TestBodies:
    """Whatever is wrong with a body, the answer is an Error of RFC 7644 section 3.12."""

    DEEP = b'{"a":' * 200_000

    @pytest.mark.parametrize(
        "raw",
        [
            DEEP,
            b"[" * 200_000,
            b'{"schemas":["%s"],"userName":"a","userName":"b"}' % USER.encode(),
            b'{"schemas":["%s"],"userName":"a","n":{"x":1,"x":2}}' % USER.encode(),
            b'\xef\xbb\xbf{"schemas":["%s"],"userName":"a"}' % USER.encode(),
            '{"userName":"a"}'.encode("utf-16"),
            '{"userName":"ä"}'.encode("latin-1"),
            b'{"userName":"a"}\0',
            b'{"userName":"a"}{"userName":"b"}',
            b'{"userName":"\\ud800"}',
            b'{"userName":"a\\u0000b"}',
            b'{"userName":NaN}',
            b'{"userName":-Infinity}',
            b'{"x":1e400}',
            b'{"x":' + b"9" * 5000 + b"}",
            b"5\r\nhello\r\n0\r\n\r\n",
            b"<user/>",
            b"userName=a",
        ],
        ids=lambda raw: repr(raw[:24]),
    )
    def test_it_is_an_error_of_scim(self, trial, raw):
        """HTTP-012, ERR-001, CRT-007, CORE-006: refused alike wherever a body is read, and nothing is stored."""
        ada = trial.user("ada")
        for method, path in (
            ("POST", "/Users"),
            ("PUT", f"/Users/{ada}"),
            ("PATCH", f"/Users/{ada}"),
            ("POST", "/Bulk"),
        ):
            failed(trial.send(method, path, raw=raw), 400, "invalidSyntax")
        assert trial.get("/Users")["totalResults"] == 1

    def test_a_large_one_is_413_before_it_is_read(self):
        """HTTP-012, BULK-011: also when only its header says how large it is."""
        trial = Trial.start(options=lambda clock: Options(clock=clock, max_body=100, reraise=True))
        failed(trial.post("/Users", raw=b"{" * 101), 413)
        failed(trial.post("/Users", raw=b"{}", headers={"Content-Length": "101"}), 413)

    @pytest.mark.parametrize(
        "said",
        ["text/plain", "text/xml", "application/xml", "application/problem+json", "multipart/form-data", "a", ";"],
    )
    def test_an_unknown_media_type_is_415(self, trial, said):
        """HTTP-005."""
        answer = trial.post("/Users", user("ada"), headers={"Content-Type": said})
        assert answer.status == (201 if said == ";" else 415)


class TestUrls:
    """RFC 7644 sections 1.2, 3.2 and 3.13."""

    def test_an_id_is_decoded_once(self, trial):
        """HTTP-010: the same resource by any spelling of its id; %25 is a percent sign, %2F no slash."""
        ada = trial.user("ada")
        spelled = "".join(f"%{ord(letter):02x}" for letter in ada)
        assert trial.get(f"/Users/{spelled}")["id"] == ada
        failed(trial.get(f"/Users/{spelled.replace('%', '%25')}"), 404)
        for strange in (
            "%2F",
            f"{ada}%2F",
            f"..%2FUsers%2F{ada}",
            f"{ada}%00",
            "%FF",
            "%",
            "%zz",
            f"{ada} ",
            f"{ada}?",
        ):
            failed(trial.get(f"/Users/{strange}"), 404)

    def test_a_suffix_is_part_of_the_id(self, trial):
        """HTTP-006: .scim is not a format here."""
        failed(trial.get(f"/Users/{trial.user('ada')}.scim"), 404)

    @pytest.mark.parametrize("path", ["/Users/{}/", "/users/{}", "/USERS/{}"])
    def test_case_and_a_last_slash_do_not_matter(self, trial, path):
        """ENTRA-024; the id's own case does (CORE-034)."""
        ada = trial.user("ada")
        assert trial.get(path.format(ada))["meta"]["location"] == f"{BASE}/Users/{ada}"
        failed(trial.get(path.format(ada.upper())), 404)

    def test_nothing_is_redirected(self, trial):
        """HTTP-023, HTTP-008: no 3xx but 304, on any URL."""
        for path in (
            "",
            "/",
            "/Users/",
            "/Me",
            "/Nothing",
            "//Users",
            "/Users//",
            "/../Users",
            "/v2/Users",
            "/v3/Users",
        ):
            for method in ("GET", "HEAD", "OPTIONS", "TRACE", "LINK"):
                assert trial.send(method, path).status not in range(300, 400)

    def test_nobody_without_a_credential_gets_anywhere(self, trial):
        """HTTP-013, HTTP-021: not even to learn what there is; nothing is created."""
        for path in ("/Users", "/Groups", "/Me", "/Nothing", "/Bulk", "/.search", "/ServiceProviderConfig"):
            for method in ("GET", "POST", "PUT", "DELETE"):
                answer = trial.send(method, path, user("anonymous"), headers={"Authorization": ""})
                failed(answer, 401)
                assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert trial.get("/Users")["totalResults"] == 0

    def test_head_says_what_get_says(self, trial):
        """GET-001: the same status and headers, and no body, for lists, resources, discovery and errors."""
        ada = trial.user("ada")
        for path in (f"/Users/{ada}", "/Users", "/", "/ServiceProviderConfig", "/Schemas", "/Users/none", "/Bulk"):
            got, head = trial.get(path), trial.send("HEAD", path)
            headers = {name: value for name, value in head.headers.items() if name != "Content-Length"}
            assert (head.status, headers, head.body) == (got.status, dict(got.headers), None)


class TestMe:
    """RFC 7644 section 3.11."""

    def test_it_is_the_subject_under_another_name(self):
        """ME-002: 200 with Location equal to meta.location; every operation reaches the same resource."""
        trial = Trial.start()
        ada = trial.user("ada")
        token = trial.connect("acme", subject=ada, id="idp-1")
        assert trial.get("/Me", token=token).body == trial.get(f"/Users/{ada}", token=token).body
        assert trial.get("/Me", token=token).headers["Location"] == f"{BASE}/Users/{ada}"
        assert set(trial.get("/Me", token=token, query="attributes=userName").body) == {"schemas", "id", "userName"}
        change = {"op": "replace", "path": "title", "value": "x"}
        assert trial.patch("/Me", change, token=token)["title"] == "x"
        assert trial.put("/Me", user("ada", nickName="y"), token=token)["nickName"] == "y"
        failed(trial.post("/Me", user("eve"), token=token), 501)
        assert trial.delete("/Me", token=token).status == 204
        failed(trial.get("/Me", token=token), 404)

    def test_without_a_subject_it_is_not_implemented(self, trial):
        """ME-001."""
        for method in ("GET", "PUT", "PATCH", "DELETE", "POST"):
            failed(trial.send(method, "/Me", {"schemas": [PATCH], "Operations": []}), 501)


class TestExamples:
    """ERR-005: the RFC's own examples are malformed here and there; ours are JSON."""

    @pytest.mark.parametrize("file", sorted((ROOT / "tests" / "vectors").glob("*.json")), ids=lambda file: file.name)
    def test_every_vector_is_json(self, file):
        assert json.loads(file.read_text(encoding="utf-8"))

    def test_every_example_of_the_documentation_is_json(self):
        for page in sorted((ROOT / "docs").rglob("*.md")):
            blocks = page.read_text(encoding="utf-8").split("```json\n")[1:]
            for block in blocks:
                json.loads(block.partition("```")[0])
