"""Attacks across walls: another tenant's people, another connection's people, scopes (POL-120 to POL-122, POL-162)."""

from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from scimcore.policy import STANDARD, GroupRole, Policy, Roles, Scope
from scimcore.testing.trial import Answer, Trial

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
OFF = {"op": "replace", "path": "active", "value": False}

ESCAPES = [
    'userName eq "nobody" or userName pr',
    'userName pr or not (userName eq "x")',
    'not (userName eq "nobody")',
    "(userName pr) or (id pr)",
    'id pr or meta.resourceType eq "User"',
    'id ne "x"',
    'emails[value co "@"] or title pr or userName pr',
    'userName eq "x\\" or \\"1\\" eq \\"1"',
    "userName eq \"x' OR '1'='1\"",
    'userName co "%" or userName co "_"',
    'userName co ""',
    'groups.value pr or not (groups.value eq "x")',
    'meta.created gt "1970-01-01T00:00:00Z" or userName pr',
]


def peopled() -> tuple[Trial, str, str, str]:
    """Ada in a group of acme; the token of another tenant."""
    trial = Trial.start()
    ada = trial.user("ada@acme.example", displayName="Ada Acme", title="Secret title", externalId="x-1")
    team = trial.group("Acme team", ada)
    return trial, ada, team, trial.connect("globex")


class TestTheTenantScope:
    """A client's `or` must stay inside the tenant's `and`: CVE after CVE has had it outside."""

    @pytest.mark.parametrize("text", ESCAPES)
    def test_no_filter_reaches_another_tenant(self, text: str) -> None:
        trial, _, _, other = peopled()
        mine = trial.post("/Users", {"userName": "gus@globex.example"}, token=other)["id"]
        body = {"schemas": [SEARCH], "filter": text}
        for answer in (
            trial.get("/Users", query={"filter": text}, token=other),
            trial.post("/Users/.search", body, token=other),
            trial.post("/.search", body, token=other),
            trial.get("/Groups", query={"filter": text}, token=other),
        ):
            assert "acme" not in str(answer.body).lower()
            if answer.status == 200:
                found = {resource["id"] for resource in answer.body.get("Resources", [])}
                assert found <= {mine} and answer["totalResults"] == len(found)

    @pytest.mark.parametrize("text", ESCAPES)
    def test_nor_does_it_in_a_database(self, text: str, tmp_path: Path) -> None:
        from tests.examples.conftest import OTHER, Client, opened, over_wsgi

        product = opened(tmp_path)
        here, there = Client(over_wsgi(product)), Client(over_wsgi(product), token=OTHER)
        assert here.ask("POST", "/Users", {"userName": "ada@acme.example", "title": "acme"}).status == 201
        there.ask("POST", "/Users", {"userName": "gus@globex.example"})
        answer = there.ask("POST", "/.search", {"schemas": [SEARCH], "filter": text})
        assert answer.status in (200, 400) and "acme" not in str(answer.json)
        assert answer.status == 400 or answer.json["totalResults"] <= 1
        product.close()

    def test_no_request_reaches_another_tenants_resource(self) -> None:
        trial, ada, team, other = peopled()
        before = trial.get(f"/Users/{ada}").body, trial.get(f"/Groups/{team}").body
        for method, body in (
            ("GET", None),
            ("PUT", {"userName": "eve"}),
            ("PATCH", {"Operations": [OFF]}),
            ("DELETE", None),
        ):
            absent = trial.send(method, "/Users/no-such-id", body, token=other)
            answer = trial.send(method, f"/Users/{ada}", body, token=other)
            assert answer.status == absent.status == 404
            assert str(answer.body).replace(ada, "") == str(absent.body).replace("no-such-id", "")
            assert trial.send(method, f"/Groups/{team}", body, token=other).status == 404
        assert (trial.get(f"/Users/{ada}").body, trial.get(f"/Groups/{team}").body) == before

    def test_a_member_of_another_tenant_is_as_if_absent(self) -> None:
        trial, ada, team, other = peopled()
        for member in (ada, team):
            value = [{"value": member, "$ref": f"../Users/{member}"}]
            made = trial.post("/Groups", {"displayName": "Thieves", "members": value}, token=other)
            assert made.status == 400 and "Ada" not in str(made.body)
        own = trial.post("/Groups", {"displayName": "Own"}, token=other)["id"]
        add = {"op": "add", "path": "members", "value": [{"value": ada}]}
        assert trial.patch(f"/Groups/{own}", add, token=other).status == 400
        assert (
            trial.put(f"/Groups/{own}", {"displayName": "Own", "members": [{"value": ada}]}, token=other).status == 400
        )
        assert not trial.get(f"/Groups/{own}", token=other).body.get("members")
        assert trial.get(f"/Users/{ada}")["groups"][0]["value"] == team

    def test_names_are_each_tenants_own(self) -> None:
        trial, _, _, other = peopled()
        for path, body in (("/Users", {"userName": "ada@acme.example"}), ("/Groups", {"displayName": "Acme team"})):
            assert trial.post(path, body, token=other).status == 201

    def test_a_bulk_request_stays_at_home(self) -> None:
        trial, ada, team, other = peopled()
        base = "https://scim.example.com/scim/v2"
        paths = (
            f"/Users/{ada}",
            f"{base}/Users/{ada}",
            f"/../acme/Users/{ada}",
            f"/Users/../Users/{ada}",
            f"Users/{ada}",
        )
        operations = [{"method": "DELETE", "path": path} for path in paths]
        operations.append({"method": "DELETE", "path": f"/Groups/{team}"})
        answer = trial.post("/Bulk", {"schemas": [BULK], "Operations": operations}, token=other)
        assert answer.status in (200, 400)
        for operation in answer.body.get("Operations", []):
            assert operation["status"] in ("400", "403", "404")
        assert trial.get(f"/Users/{ada}").status == trial.get(f"/Groups/{team}").status == 200

    def test_a_url_of_another_tenant_is_nothing_at_all(self) -> None:
        trial, ada, _, other = peopled()
        answer = trial.get(f"/Users/{ada}", token=other, tenant="acme")
        assert answer.status == 404 and "acme" not in str(answer.body)


class TestCursors:
    """A cursor belongs to the one who was given it (RFC 9865 section 4)."""

    def cursor(self, trial: Trial, **more: Any) -> str:
        for n in range(4):
            trial.user(f"u{n}@acme.example")
        return str(trial.get("/Users", query={"cursor": "", "count": "2"}, **more)["nextCursor"])

    def test_of_another_tenant_is_refused(self) -> None:
        trial = Trial.start()
        cursor, other = self.cursor(trial), trial.connect("globex")
        answer = trial.get("/Users", query={"cursor": cursor, "count": "2"}, token=other)
        assert answer.status == 400 and "acme" not in str(answer.body)

    def test_of_another_question_is_refused(self) -> None:
        trial = Trial.start()
        cursor = self.cursor(trial)
        for path, query in (
            ("/Groups", {"cursor": cursor}),
            ("/Users", {"cursor": cursor, "filter": 'userName eq "x"'}),
            ("/Users", {"cursor": cursor[:-1] + ("A" if cursor[-1] != "A" else "B")}),
            ("/Users", {"cursor": cursor + "A"}),
            ("/Users", {"cursor": "AAAA"}),
        ):
            assert trial.get(path, query={"count": "2"} | query).status == 400

    def test_tells_nothing_in_plain(self) -> None:
        trial = Trial.start()
        cursor = self.cursor(trial)
        assert "acme" not in cursor and "u1" not in cursor


class TestScopes:
    """POL-162: what a credential may not do it may do by no detour."""

    @pytest.mark.parametrize("scopes", [("users:read",), ("groups:read", "groups:write"), ("groups:read",)])
    def test_writing_users_takes_the_scope_by_every_door(self, scopes: tuple[str, ...]) -> None:
        trial = Trial.start()
        ada = trial.user("ada@acme.example")
        token = trial.connect("acme", scopes=scopes, id="idp-1b")
        delete = {"schemas": [BULK], "Operations": [{"method": "DELETE", "path": f"/Users/{ada}"}]}
        create = {"method": "POST", "path": "/Users", "bulkId": "q", "data": {"userName": "eve"}}
        answers = [
            trial.post("/Users", {"userName": "eve"}, token=token),
            trial.put(f"/Users/{ada}", {"userName": "eve"}, token=token),
            trial.patch(f"/Users/{ada}", OFF, token=token),
            trial.delete(f"/Users/{ada}", token=token),
        ]
        assert [answer.status for answer in answers] == [403] * 4
        for body in (delete, {"schemas": [BULK], "Operations": [create]}):
            answer = trial.post("/Bulk", body, token=token)
            assert answer.status == 403 or {o["status"] for o in answer["Operations"]} == {"403"}
        assert [a.email for a in trial.host.all("acme")] == ["ada@acme.example"]

    def test_reading_users_takes_the_scope_by_every_door(self) -> None:
        trial = Trial.start()
        ada = trial.user("ada@acme.example")
        trial.group("Team", ada)
        token = trial.connect("acme", scopes=("groups:read", "groups:write"), id="idp-1b")
        search = {"schemas": [SEARCH], "filter": "userName pr"}
        for answer in (
            trial.get(f"/Users/{ada}", token=token),
            trial.get("/Users", token=token),
            trial.post("/Users/.search", search, token=token),
        ):
            assert answer.status == 403 and "ada@" not in str(answer.body)
        for answer in (trial.get("/", token=token), trial.post("/.search", search, token=token)):
            assert "ada@acme.example" not in str(answer.body)


class TestConnections:
    """POL-121: several identity providers of one tenant; each owns whom it has provisioned."""

    def two(self, policy: Policy) -> tuple[Trial, str, str]:
        trial = Trial.start(policy=policy)
        return trial, trial.user("ada@acme.example", title="Secret"), trial.connect("acme", policy=policy)

    def writes(self, trial: Trial, ada: str, other: str) -> list[Answer]:
        return [
            trial.patch(f"/Users/{ada}", OFF, token=other),
            trial.put(f"/Users/{ada}", {"userName": "eve@acme.example"}, token=other),
            trial.delete(f"/Users/{ada}", token=other),
        ]

    def test_another_connection_changes_nobody(self) -> None:
        trial, ada, other = self.two(Policy(name="seen", scope=Scope(other_connections="read")))
        before = trial.get(f"/Users/{ada}").body
        assert trial.get(f"/Users/{ada}", token=other).body == before
        assert {answer.status for answer in self.writes(trial, ada, other)} == {403}
        assert trial.post("/Users", {"userName": "ada@acme.example"}, token=other).status == 409
        assert trial.get(f"/Users/{ada}").body == before

    def test_where_it_sees_nobody_it_finds_nobody_either(self) -> None:
        trial, ada, other = self.two(STANDARD)
        assert {answer.status for answer in self.writes(trial, ada, other)} == {404}
        for text in ESCAPES:
            answer = trial.get("/Users", query={"filter": text}, token=other)
            assert answer.status == 400 or answer["totalResults"] == 0
        assert trial.get("/Users", token=other)["totalResults"] == 0
        group = {"displayName": "Thieves", "members": [{"value": ada}]}
        answer = trial.post("/Groups", group, token=other)
        assert answer.status == 400 and "ada@" not in str(answer.body)
        own = trial.post("/Groups", {"displayName": "Own"}, token=other)["id"]
        add = {"op": "add", "path": "members", "value": [{"value": ada}]}
        assert trial.patch(f"/Groups/{own}", add, token=other).status == 400
        assert "groups" not in trial.get(f"/Users/{ada}").body

    def test_a_group_of_its_own_gives_nobody_of_the_other_a_role(self) -> None:
        """A second, weaker identity provider pushes a group of the mapped name, with the first one's people in it."""
        roles = Roles(sources=("groups",), mappings=(GroupRole("Admins", "admin"),))
        trial, ada, other = self.two(Policy(name="mapped", roles=roles))
        trial.post("/Groups", {"displayName": "Admins", "members": [{"value": ada}]}, token=other)
        assert trial.host.all("acme")[0].roles == ("member",)

    def test_a_disabled_connection_is_no_connection(self) -> None:
        """POL-086."""
        trial = Trial.start()
        connection = next(iter(trial.connections))
        trial.connections.put(evolve(connection, enabled=False))
        assert trial.get("/Users").status == 401
