"""ServiceProviderConfig, Schemas, ResourceTypes (RFC 7644 section 4)."""

import pytest
from attrs import evolve

from policies.secoda import SECODA
from scimcore.access import AccessTokens, Schemes
from scimcore.dialects import RFC
from scimcore.policy import STANDARD
from scimcore.schema import GROUP, Attribute, Registry
from scimcore.schema import USER as USER_TYPE
from scimcore.testing.trial import BASE, Trial
from scimcore.web import BulkLimits, Options
from tests.web.support import ENTERPRISE, LIST, USER, failed, group
from tests.web.support import GROUP as GROUP_URN

PATHS = ["/ServiceProviderConfig", "/Schemas", "/ResourceTypes", f"/Schemas/{USER}", "/ResourceTypes/User"]


class TestAll:
    """Discovery is read-only, whole, and there without any resource."""

    @pytest.mark.parametrize("path", PATHS)
    def test_it_is_there_from_the_beginning(self, trial, path):
        """DISC-006."""
        answer = trial.get(path)
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "application/scim+json"
        assert trial.get(f"{path}/").body == answer.body

    @pytest.mark.parametrize("path", PATHS)
    def test_a_filter_is_forbidden(self, trial, path):
        """DISC-003: filter SHOULD -> 403."""
        failed(trial.get(path, query={"filter": 'id eq "x"'}), 403)

    @pytest.mark.parametrize("path", PATHS)
    def test_paging_sorting_and_attributes_are_ignored(self, trial, path):
        """DISC-003: ?count=1 -> full list."""
        whole = trial.get(path).body
        for query in ("count=1&startIndex=2", "count=abc", "sortBy=id&sortOrder=descending", "attributes=id", "cursor"):
            assert trial.get(path, query=query).body == whole

    @pytest.mark.parametrize("path", PATHS)
    def test_nothing_in_it_is_null(self, trial, path):
        """DISC-005."""

        def scan(value: object) -> None:
            assert value is not None
            for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
                scan(item)

        scan(trial.get(path).body)

    def test_lists_are_list_responses(self, trial):
        """DISC-002."""
        for path in ("/Schemas", "/ResourceTypes"):
            body = trial.get(path).body
            assert body["schemas"] == [LIST]
            assert body["totalResults"] == body["itemsPerPage"] == len(body["Resources"]) > 0

    def test_a_plan_is_not_needed(self, trial):
        """defaults.md: discovery needs authentication, not a plan."""
        from scimcore.policy.facts import Tenant

        trial.host.configure("acme", facts=Tenant(plan="closed"))
        for path in PATHS:
            assert trial.get(path).status == 200
        assert trial.get("/Users").status == 403


class TestSchemas:
    """CORE-104, CORE-105: every schema in use has its resource."""

    @pytest.mark.parametrize("urn", [USER, GROUP_URN, ENTERPRISE])
    def test_each_is_found_by_its_uri_in_any_case_and_encoding(self, trial, urn):
        """DISC-002: urn case-insensitive, percent-encoded colon."""
        for spelled in (urn, urn.lower(), urn.upper(), urn.replace(":", "%3A")):
            answer = trial.get(f"/Schemas/{spelled}")
            assert answer["id"] == urn
            assert answer["meta"]["location"] == f"{BASE}/Schemas/{urn}"

    def test_message_schemas_are_no_schemas(self, trial):
        """HTTP-011."""
        assert not [s for s in trial.get("/Schemas")["Resources"] if ":api:messages:" in s["id"]]
        failed(trial.get(f"/Schemas/{LIST}"), 404)

    def test_what_a_policy_adds_is_listed_for_its_connections(self, trial):
        """CORE-105: generated from the live registry."""
        token = trial.connect("globex", policy=SECODA)

        def names(token: str) -> set[str]:
            return {a["name"] for a in trial.get(f"/Schemas/{USER}", token=token)["attributes"]}

        assert "secodaRole" in names(token)
        assert "secodaRole" not in names(trial.token)

    def test_what_the_host_adds_is_listed(self):
        registry = Registry(USER_TYPE.with_attributes(Attribute(name="badge")), GROUP)
        trial = Trial.start(registry=registry)
        assert "badge" in {a["name"] for a in trial.get(f"/Schemas/{USER}")["attributes"]}


class TestTypesThatAreNotServed:
    """POL-110: what a policy does not offer is absent from /ResourceTypes, and 404."""

    def test_groups_that_are_off_are_nowhere(self):
        policy = evolve(STANDARD, groups=evolve(STANDARD.groups, mode="off"))
        trial = Trial.start(policy=policy)
        assert [t["name"] for t in trial.get("/ResourceTypes")["Resources"]] == ["User"]
        assert [s["id"] for s in trial.get("/Schemas")["Resources"]] == [USER, ENTERPRISE]
        failed(trial.get("/Groups"), 404)
        failed(trial.post("/Groups", group("team")), 404)
        failed(trial.get(f"/Schemas/{GROUP_URN}"), 404)
        bulk = {"method": "POST", "path": "/Groups", "bulkId": "g", "data": group("team")}
        body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [bulk]}
        assert trial.post("/Bulk", body)["Operations"][0]["status"] == "404"


class TestResourceTypes:
    """CORE-103."""

    def test_each_says_where_it_is_served_and_what_it_carries(self, trial):
        user = trial.get("/ResourceTypes/User")
        assert (user["id"], user["name"], user["endpoint"], user["schema"]) == ("User", "User", "/Users", USER)
        assert user["schemaExtensions"] == [{"schema": ENTERPRISE, "required": False}]
        assert user["meta"]["location"] == f"{BASE}/ResourceTypes/User"
        assert trial.get("/ResourceTypes/user")["name"] == "User"
        failed(trial.get("/ResourceTypes/Users"), 404)


class TestServiceProviderConfig:
    """CORE-100: values equal real behaviour. DISC-001: a single object with its schema."""

    def test_it_tells_what_is_really_served(self, trial):
        body = trial.get("/ServiceProviderConfig").body
        assert body["schemas"] == ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"]
        assert body["patch"] == {"supported": True}
        assert body["bulk"] == {"supported": True, "maxOperations": 1000, "maxPayloadSize": 1_048_576}
        assert body["filter"] == {"supported": True, "maxResults": 1000}
        assert body["sort"] == {"supported": True}
        assert body["etag"] == {"supported": True}
        assert isinstance(body["changePassword"]["supported"], bool)
        assert body["meta"]["location"] == f"{BASE}/ServiceProviderConfig"

    def test_it_tells_how_to_page(self, trial):
        """CUR-011."""
        # Canaille and Ping's SDK refuse the whole document for an attribute that they do not know.
        assert "pagination" not in trial.get("/ServiceProviderConfig").body
        assert "pagination" in Trial.start(dialect=RFC).get("/ServiceProviderConfig").body
        trial = Trial.start(options=lambda clock: Options(clock=clock, advertise_cursors=True, reraise=True))
        paging = trial.get("/ServiceProviderConfig")["pagination"]
        assert (paging["cursor"], paging["index"], paging["defaultPaginationMethod"]) == (True, True, "index")
        assert (paging["defaultPageSize"], paging["maxPageSize"], paging["cursorTimeout"]) == (100, 1000, 3600)

    def test_bulk_that_is_off_is_said_to_be(self):
        """BULK-001."""
        trial = Trial.start(options=lambda clock: Options(clock=clock, bulk=None, reraise=True))
        assert trial.get("/ServiceProviderConfig")["bulk"]["supported"] is False
        failed(trial.post("/Bulk", {}), 501)

    def test_limits_are_those_of_the_host(self):
        limits = BulkLimits(operations=3, payload=500)
        trial = Trial.start(options=lambda clock: Options(clock=clock, bulk=limits, reraise=True))
        bulk = trial.get("/ServiceProviderConfig")["bulk"]
        assert (bulk["maxOperations"], bulk["maxPayloadSize"]) == (3, 500)

    def test_authentication_schemes_are_of_the_rfcs_list(self):
        """CORE-101: type from the list, name, description; at most one primary."""
        options = {
            "schemes": Schemes(basic=True, header="X-Api-Key"),
            "tokens": AccessTokens(keys=(b"k" * 32,)),
        }
        trial = Trial.start(options=lambda clock: Options(clock=clock, reraise=True, **options))
        schemes = trial.get("/ServiceProviderConfig")["authenticationSchemes"]
        assert [s["type"] for s in schemes] == ["oauth2", "oauthbearertoken", "httpbasic"]
        assert all(s["name"] and s["description"] for s in schemes)
        assert [s.get("primary", False) for s in schemes] == [True, False, False]


class TestPublic:
    """CORE-102: authenticationSchemes SHOULD be readable without authentication: an option of the host."""

    @pytest.mark.parametrize("public, open_paths", [("nothing", 0), ("config", 1), ("discovery", len(PATHS))])
    def test_only_what_the_host_opens_is_open(self, public, open_paths):
        trial = Trial.start(options=lambda clock: Options(clock=clock, public=public, reraise=True))
        answers = [trial.get(path, headers={"Authorization": ""}).status for path in PATHS]
        assert answers == [200] * open_paths + [401] * (len(PATHS) - open_paths)
        for path in ("/Users", "/Users/x", "/Bulk", "/Nothing"):
            assert trial.get(path, headers={"Authorization": ""}).status in (401, 404)
            assert trial.post("/Users", {}, headers={"Authorization": ""}).status == 401
