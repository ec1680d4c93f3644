"""Which URL and method means what."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scimcore.errors import NotFound
from scimcore.schema import Registry
from scimcore.testing.trial import Trial
from scimcore.web.routes import DISCOVERY, ROUTES, RouteTable
from tests.web.support import failed, user


class TestPaths:
    """RFC 7644 section 3.2: the endpoints, and nothing else (HTTP-008)."""

    TABLE = RouteTable(Registry(), versioned=False)

    @pytest.mark.parametrize(
        "path, kind",
        [
            ("", "root"),
            ("/", "root"),
            ("/.search", "root search"),
            ("/Users", "type"),
            ("/users", "type"),
            ("/USERS/", "type"),
            ("/Users/.search", "type search"),
            ("/groups/.SEARCH", "type search"),
            ("/Users/.SEARCH", "type search"),
            ("/Users/.Search/", "type search"),
            ("/.SEARCH", "root search"),
            ("/BULK", "bulk"),
            ("/ME", "me"),
            ("/Users/.x", "resource"),
            ("/Users/x", "resource"),
            ("/Users/x/", "resource"),
            ("/Me", "me"),
            ("/Bulk", "bulk"),
            ("/ServiceProviderConfig", "config"),
            ("/serviceproviderconfig/", "config"),
            ("/Schemas", "schemas"),
            ("/Schemas/urn:x:y", "schema"),
            ("/ResourceTypes", "resource types"),
            ("/ResourceTypes/User", "resource type"),
        ],
    )
    def test_each_has_its_kind_whatever_its_case_or_last_slash(self, path, kind):
        """ENTRA-024: with and without trailing slash."""
        assert self.TABLE.match(path).kind == kind

    @pytest.mark.parametrize(
        "path",
        [
            "/Nothing",
            "/Users/x/y",
            "//",
            "//Users",
            "/Users//",
            "/Me/x",
            "/Bulk/x",
            "/ServiceProviderConfig/x",
            "Users",
        ],
    )
    def test_all_others_mean_nothing(self, path):
        with pytest.raises(NotFound):
            self.TABLE.match(path)

    @pytest.mark.parametrize(
        "path, id",
        [
            ("/Users/a%2Fb", "a/b"),
            ("/Users/a%20b", "a b"),
            ("/Users/%C3%A9", "é"),
            ("/Users/100%2525", "100%25"),
            ("/Users/a+b", "a+b"),
            ("/Users/x.scim", "x.scim"),
            ("/Schemas/urn%3Ax%3Ay", "urn:x:y"),
        ],
    )
    def test_an_id_is_decoded_exactly_once(self, path, id):
        """HTTP-010: ids with reserved characters round-trip. HTTP-006: ".scim" is part of an id."""
        assert self.TABLE.match(path).id == id

    @pytest.mark.parametrize(
        "path", ["/Users/%FF", "/Users/%00", "/Users/a\ud800", "/Users/" + "x" * 2000, "/Users/\0"]
    )
    def test_what_cannot_be_an_id_is_not_looked_up(self, path):
        with pytest.raises(NotFound):
            self.TABLE.match(path)

    @given(st.text(max_size=40))
    def test_any_text_is_a_place_or_none(self, path):
        try:
            assert self.TABLE.match(path).kind in ROUTES
        except NotFound:
            pass
        except Exception as error:
            # RFC 7644 section 3.13: only a version segment has an answer of its own.
            assert type(error).__name__ == "InvalidVersion"

    def test_a_type_cannot_take_a_place_of_the_protocol(self):
        from attrs import evolve

        from scimcore.schema import USER

        with pytest.raises(ValueError, match="me"):
            RouteTable(Registry(evolve(USER, endpoint="/Me")), versioned=False)


class TestVersions:
    """RFC 7644 section 3.13: perform the operation using the desired version or reject it (HTTP-002)."""

    def test_the_version_may_stand_in_front_of_the_endpoint(self):
        trial = Trial.start(base_url="https://scim.example.com/scim")
        assert trial.get("/v2/Users").status == 200
        assert trial.get("/Users").status == 200

    def test_another_version_is_invalid(self, trial):
        failed(trial.get("/v1/Users"), 400, "invalidVers")

    def test_it_does_not_stand_there_twice(self, trial):
        failed(trial.get("/v2/Users"), 404)
        failed(Trial.start(base_url="https://scim.example.com").get("/v2/v2/Users"), 404)


class TestMethods:
    """HTTP-008: wrong method on a known path -> 405 + Allow + SCIM error body."""

    PATHS = {
        "root": "/",
        "root search": "/.search",
        "type": "/Users",
        "type search": "/Users/.search",
        "resource": "/Users/x",
        "me": "/Me",
        "bulk": "/Bulk",
        "config": "/ServiceProviderConfig",
        "schemas": "/Schemas",
        "schema": "/Schemas/urn:ietf:params:scim:schemas:core:2.0:User",
        "resource types": "/ResourceTypes",
        "resource type": "/ResourceTypes/User",
    }

    @pytest.mark.parametrize("kind", ROUTES)
    def test_what_is_not_in_the_table_is_405_with_what_is(self, trial, kind):
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "get"):
            if method in ROUTES[kind]:
                continue
            answer = trial.send(method, self.PATHS[kind], {})
            failed(answer, 405)
            allowed = answer.headers["Allow"].split(", ")
            assert set(allowed) - {"HEAD"} == set(ROUTES[kind])

    @pytest.mark.parametrize("kind", sorted(DISCOVERY))
    def test_discovery_is_read_only(self, trial, kind):
        """DISC-001, DISC-004."""
        assert set(ROUTES[kind]) == {"GET"}
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            failed(trial.send(method, self.PATHS[kind], {}), 405)

    def test_head_is_get_without_its_body(self, trial):
        id = trial.user("ada")
        got, head = trial.get(f"/Users/{id}"), trial.send("HEAD", f"/Users/{id}")
        assert head.body is None
        assert head.status == 200
        assert head.headers["ETag"] == got.headers["ETag"]
        assert int(head.headers["Content-Length"]) > 0
        assert trial.send("HEAD", "/Users/none").status == 404

    def test_an_unknown_path_is_404_whatever_the_method(self, trial):
        for method in ("GET", "POST", "PATCH", "DELETE"):
            failed(trial.send(method, "/Nothing", {}), 404)


class TestLinks:
    """HTTP-001: any path prefix is allowed; all links keep it. Only the base URL decides, never a header."""

    def test_links_keep_the_prefix(self):
        trial = Trial.start(base_url="https://scim.example.com/tenants/acme/v2/")
        answer = trial.post("/Users", user("ada"))
        assert answer.headers["Location"] == f"https://scim.example.com/tenants/acme/v2/Users/{answer['id']}"
        assert answer["meta"]["location"] == answer.headers["Location"]

    def test_no_header_changes_them(self, trial):
        spoofed = {"Host": "evil.test", "X-Forwarded-Host": "evil.test", "Forwarded": "host=evil.test"}
        answer = trial.post("/Users", user("ada"), headers=spoofed)
        assert "evil.test" not in str(answer)

    @pytest.mark.parametrize("url", ["", "/scim", "scim.example.com", "https://x/v2?a=b", "ftp://x/", "https://x/#f"])
    def test_a_base_url_is_absolute_and_has_no_query(self, url):
        with pytest.raises(ValueError, match="base_url"):
            Trial.start(base_url=url)

    def test_a_connection_may_have_a_base_url_of_its_own(self, trial):
        from attrs import evolve

        connection = next(iter(trial.connections))
        trial.connections.put(evolve(connection, base_url="https://id.customer.example/scim/v2"))
        assert trial.post("/Users", user("ada"))["meta"]["location"].startswith(
            "https://id.customer.example/scim/v2/Users/"
        )


class TestTenants:
    """HTTP-018: token and explicit tenant must not disagree."""

    def test_a_tenant_in_the_url_must_be_that_of_the_token(self, trial):
        trial.user("ada")
        assert trial.get("/Users", tenant="acme").status == 200
        for elsewhere in ("globex", "no-such-tenant"):
            assert failed(trial.get("/Users", tenant=elsewhere), 404) == failed(trial.get("/Nothing"), 404)
