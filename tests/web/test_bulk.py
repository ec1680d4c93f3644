"""Bulk (RFC 7644 section 3.7)."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scimcore.service.bulk import references, replaced
from scimcore.testing.host import TrialHost
from scimcore.testing.trial import BASE, Answer, Trial
from scimcore.web import BulkLimits, Options
from tests.web.support import ENTERPRISE, ERROR, USER, failed, group, user

REQUEST = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
RESPONSE = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


def post(bulk_id: str, data: dict[str, Any], path: str = "/Users") -> dict[str, Any]:
    return {"method": "POST", "path": path, "bulkId": bulk_id, "data": data}


def patch(path: str, *operations: dict[str, Any], **more: object) -> dict[str, Any]:
    return {"method": "PATCH", "path": path, "data": {"schemas": [PATCH], "Operations": list(operations)}, **more}


def send(trial: Trial, *operations: object, **more: object) -> Answer:
    return trial.post("/Bulk", {"schemas": [REQUEST], "Operations": list(operations), **more})


def results(trial: Trial, *operations: object, **more: object) -> list[dict[str, Any]]:
    answer = send(trial, *operations, **more)
    assert answer.status == 200, answer.body
    assert answer["schemas"] == [RESPONSE]
    assert set(answer.body) == {"schemas", "Operations"}
    return answer["Operations"]


def statuses(found: list[dict[str, Any]]) -> list[str]:
    return [entry["status"] for entry in found]


def id_of(entry: dict[str, Any]) -> str:
    return entry["location"].rsplit("/", 1)[1]


class TestTheAnswer:
    """BULK-009: method, status (string), location, bulkId, version, response on error."""

    def test_each_operation_says_what_became_of_it(self, trial):
        ada = trial.user("ada")
        bob = trial.user("bob")
        found = results(
            trial,
            post("q", user("eve")),
            {"method": "PUT", "path": f"/Users/{ada}", "data": user("ada", title="x")},
            patch(f"/Users/{bob}", {"op": "add", "path": "title", "value": "y"}),
            {"method": "DELETE", "path": f"/Users/{bob}"},
        )
        eve = id_of(found[0])
        assert found == [
            {"method": "POST", "bulkId": "q", "version": 'W/"1"', "location": f"{BASE}/Users/{eve}", "status": "201"},
            {"method": "PUT", "version": 'W/"2"', "location": f"{BASE}/Users/{ada}", "status": "200"},
            {"method": "PATCH", "version": 'W/"2"', "location": f"{BASE}/Users/{bob}", "status": "200"},
            {"method": "DELETE", "location": f"{BASE}/Users/{bob}", "status": "204"},
        ]
        assert trial.get(f"/Users/{eve}")["userName"] == "eve"

    def test_failures_carry_the_error_and_the_job_is_200_all_the_same(self, trial):
        """BULK-002: HTTP 200 when the job was processed, even if all ops failed."""
        trial.user("ada")
        found = results(
            trial,
            post("q", user("ada")),
            {"method": "PUT", "path": "/Users/none", "data": user("x")},
            {"method": "DELETE", "path": "/Users/none"},
        )
        assert statuses(found) == ["409", "404", "404"]
        assert "location" not in found[0]
        assert found[0]["bulkId"] == "q"
        assert found[1]["location"] == f"{BASE}/Users/none"
        for entry in found:
            assert entry["response"]["schemas"] == [ERROR]
            assert entry["response"]["status"] == entry["status"]
        assert found[0]["response"]["scimType"] == "uniqueness"

    def test_no_operations_are_nothing_to_do(self, trial):
        assert results(trial) == []


class TestTheRequest:
    """BULK-001, BULK-003: what must be there."""

    @pytest.mark.parametrize(
        "body, scim_type",
        [
            ({}, "invalidSyntax"),
            ({"schemas": [REQUEST]}, "invalidSyntax"),
            ({"schemas": [REQUEST], "Operations": {}}, "invalidSyntax"),
            ({"schemas": [PATCH], "Operations": []}, "invalidSyntax"),
            ({"schemas": [REQUEST], "Operations": [], "failOnErrors": "1"}, "invalidValue"),
            ({"schemas": [REQUEST], "Operations": [], "failOnErrors": 0}, "invalidValue"),
            ({"schemas": [REQUEST], "Operations": [], "failOnErrors": True}, "invalidValue"),
        ],
    )
    def test_a_message_that_is_none_is_refused_whole(self, trial, body, scim_type):
        failed(trial.post("/Bulk", body), 400, scim_type)

    @pytest.mark.parametrize(
        "operation",
        [
            "POST",
            None,
            {},
            {"method": "POST", "path": "/Users", "data": user("x")},
            {"method": "POST", "bulkId": "q", "data": user("x")},
            {"method": "POST", "path": "/Users", "bulkId": "q"},
            {"method": "POST", "path": "/Users", "bulkId": "q", "data": []},
            {"method": "PUT", "path": "/Users/x"},
            {"method": "PATCH", "path": "/Users/x", "data": "x"},
            {"method": "DELETE"},
            {"path": "/Users/x"},
            {"method": 1, "path": 2, "bulkId": 3, "data": 4, "version": 5},
        ],
    )
    def test_an_operation_that_lacks_something_fails_alone(self, trial, operation):
        found = results(trial, operation, post("ok", user("ada")))
        assert statuses(found) == ["400", "201"]

    @pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "TRACE"])
    def test_reading_is_no_bulk_operation(self, trial, method):
        """BULK-013."""
        assert statuses(results(trial, {"method": method, "path": "/Users"})) == ["400"]

    @pytest.mark.parametrize(
        "path",
        [
            "/Bulk",
            "/.search",
            "/Users/.search",
            "/Schemas",
            "/ServiceProviderConfig",
            "/Me",
            "/Nothing",
            "/Users/x",
            "/",
            "//",
            "Users?x=y",
        ],
    )
    def test_a_create_goes_to_a_resource_type_and_nowhere_else(self, trial, path):
        """BULK-013: nested path to /Bulk, /.search, discovery refused."""
        found = results(trial, post("q", user("ada"), path))
        assert statuses(found) == ["400"]
        assert found[0]["response"]["scimType"] == "invalidPath"

    @pytest.mark.parametrize("path", ["/Users", "/Users/", "/Users/x/y", "/Bulk/x", "/Schemas/x", "/Users/.search"])
    def test_the_others_go_to_a_resource(self, trial, path):
        assert statuses(results(trial, {"method": "DELETE", "path": path})) == ["400"]

    def test_an_id_is_decoded_as_in_a_url(self, trial):
        """HTTP-010."""
        id = trial.user("ada")
        path = "/Users/" + id.replace("-", "%2D")
        assert statuses(results(trial, {"method": "DELETE", "path": path})) == ["204"]
        assert statuses(results(trial, {"method": "DELETE", "path": "/Users/%00"})) == ["400"]

    def test_methods_are_read_in_any_case_and_paths_without_their_slash(self, trial):
        assert statuses(results(trial, {**post("q", user("ada")), "method": "post", "path": "Users"})) == ["201"]

    def test_scopes_are_asked_for_each_operation(self, trial):
        """POL-162."""
        trial.token = trial.connect("acme", scopes=("users:write",), id="narrow")
        found = results(trial, post("u", user("ada")), post("g", group("team"), "/Groups"))
        assert statuses(found) == ["201", "403"]


class TestLimits:
    """BULK-011: maxOperations / maxPayloadSize exceeded -> 413 with the limit named; nothing executed."""

    def test_too_many_operations(self):
        limits = BulkLimits(operations=2)
        trial = Trial.start(options=lambda clock: Options(clock=clock, bulk=limits, reraise=True))
        answer = send(trial, *(post(str(n), user(f"u{n}")) for n in range(3)))
        assert "maxOperations" in failed(answer, 413)
        assert "2" in failed(answer, 413)
        assert trial.get("/Users")["totalResults"] == 0

    def test_too_many_bytes(self):
        limits = BulkLimits(payload=500)
        trial = Trial.start(options=lambda clock: Options(clock=clock, bulk=limits, reraise=True))
        detail = failed(send(trial, post("q", user("a" * 500))), 413)
        assert "maxPayloadSize" in detail
        assert "500" in detail


class TestErrors:
    """BULK-004: continue on errors; failOnErrors n stops after n errors; unprocessed ops are absent."""

    @pytest.mark.parametrize("fail_on_errors, done", [(None, 5), (1, 2), (2, 4), (3, 5)])
    def test_it_stops_after_so_many(self, trial, fail_on_errors, done):
        bad = {"method": "DELETE", "path": "/Users/none"}
        operations = [post("1", user("a")), bad, post("3", user("c")), bad, post("5", user("e"))]
        more = {} if fail_on_errors is None else {"failOnErrors": fail_on_errors}
        found = results(trial, *operations, **more)
        assert len(found) == done
        assert trial.get("/Users")["totalResults"] == statuses(found).count("201")

    def test_each_operation_is_atomic_by_itself(self, trial):
        """BULK-012."""
        id = trial.user("ada")
        found = results(
            trial,
            patch(
                f"/Users/{id}",
                {"op": "replace", "path": "title", "value": "half"},
                {"op": "replace", "path": "id", "value": "other"},
            ),
            post("q", user("bob")),
        )
        assert statuses(found) == ["400", "201"]
        assert "title" not in trial.get(f"/Users/{id}").body

    def test_a_version_is_an_if_match(self, trial):
        """BULK-010: op with stale version -> op status 412, other ops unaffected."""
        ada, bob = trial.user("ada"), trial.user("bob")
        found = results(
            trial,
            patch(f"/Users/{ada}", {"op": "add", "path": "title", "value": "x"}, version='W/"7"'),
            patch(f"/Users/{bob}", {"op": "add", "path": "title", "value": "x"}, version='W/"1"'),
        )
        assert statuses(found) == ["412", "200"]

    def test_an_exception_of_the_host_fails_its_operation_and_is_reported(self):
        class FullDisk(TrialHost):
            def open(self, tx, tenant, order):
                if order.data["userName"] == "bad":
                    raise OSError("disk full: /var/lib/secret")
                return super().open(tx, tenant, order)

        seen: list[Exception] = []
        trial = Trial.start(
            options=lambda clock: Options(clock=clock, report=lambda e, r: seen.append(e)), host=FullDisk()
        )
        found = results(trial, post("1", user("good")), post("2", user("bad")), post("3", user("fine")))
        assert statuses(found) == ["201", "500", "201"]
        assert "disk" not in str(found)
        assert [str(e) for e in seen] == ["disk full: /var/lib/secret"]


class TestReferences:
    """BULK-005: "bulkId:x" anywhere a resource id is referenced is replaced by the real id."""

    def test_backwards(self, trial):
        found = results(trial, post("u", user("ada")), post("g", group("team", "bulkId:u"), "/Groups"))
        assert statuses(found) == ["201", "201"]
        members = trial.get(f"/Groups/{id_of(found[1])}")["members"]
        assert [m["value"] for m in members] == [id_of(found[0])]

    def test_forwards(self, trial):
        """BULK-007: group before user."""
        found = results(trial, post("g", group("team", "bulkId:u"), "/Groups"), post("u", user("ada")))
        assert statuses(found) == ["201", "201"]
        assert [entry["bulkId"] for entry in found] == ["g", "u"]
        members = trial.get(f"/Groups/{id_of(found[0])}")["members"]
        assert [m["value"] for m in members] == [id_of(found[1])]
        assert found[0]["version"] == 'W/"1"'

    def test_in_an_extension(self, trial):
        bob = user("bob", **{ENTERPRISE: {"manager": {"value": "bulkId:u"}, "department": "x"}})
        found = results(trial, post("b", bob), post("u", user("ada")))
        assert trial.get(f"/Users/{id_of(found[0])}")[ENTERPRISE]["manager"]["value"] == id_of(found[1])

    def test_in_a_path_and_in_patch_values(self, trial):
        found = results(
            trial,
            patch("/Groups/bulkId:g", {"op": "add", "path": "members", "value": [{"value": "bulkId:u"}]}),
            post("g", group("team"), "/Groups"),
            post("u", user("ada")),
        )
        assert statuses(found) == ["200", "201", "201"]
        members = trial.get(f"/Groups/{id_of(found[1])}")["members"]
        assert [m["value"] for m in members] == [id_of(found[2])]
        assert found[0]["location"] == found[1]["location"]

    def test_in_the_filter_of_a_patch_path_and_in_a_ref(self, trial):
        found = results(
            trial,
            post("u", user("ada")),
            post("v", user("bob")),
            {
                **post("g", group("team"), "/Groups"),
                "data": {
                    **group("team", "bulkId:u"),
                    "members": [
                        {"value": "bulkId:u", "$ref": f"{BASE}/Users/bulkId:u"},
                        {"value": "bulkId:v", "$ref": "../Users/bulkId:v"},
                    ],
                },
            },
            patch("/Groups/bulkId:g", {"op": "remove", "path": 'members[value eq "bulkId:u"]'}),
        )
        assert statuses(found) == ["201", "201", "201", "200"]
        assert [m["value"] for m in trial.get(f"/Groups/{id_of(found[2])}")["members"]] == [id_of(found[1])]

    def test_in_a_ref_alone(self):
        data = {"members": [{"$ref": f"{BASE}/Users/bulkId:u", "display": "see bulkId:u"}]}
        assert references("/Groups", data) == {"u"}
        assert replaced(data, lambda name: f"id-of-{name}") == {
            "members": [{"$ref": f"{BASE}/Users/id-of-u", "display": "see bulkId:u"}]
        }

    def test_other_operations_keep_their_order(self, trial):
        """BULK-007: re-ordering keeps the client's intent."""
        old = trial.user("ada")
        found = results(
            trial,
            post("g", group("team", "bulkId:u"), "/Groups"),
            {"method": "DELETE", "path": f"/Users/{old}"},
            post("u", user("ada")),
        )
        assert statuses(found) == ["201", "204", "201"]

    def test_what_nothing_creates_is_a_conflict(self, trial):
        """BULK-008."""
        found = results(
            trial,
            post("g", group("team", "bulkId:none"), "/Groups"),
            {"method": "DELETE", "path": "/Users/bulkId:none"},
        )
        assert statuses(found) == ["409", "409"]
        assert "bulkId:none" in found[0]["response"]["detail"]
        assert trial.get("/Groups")["totalResults"] == 0

    @pytest.mark.parametrize("forwards", [True, False])
    def test_what_failed_to_be_created_is_a_conflict_for_what_needs_it(self, trial, forwards):
        """BULK-008: op2 references bulkId of failed op1 -> op2 status 409."""
        trial.user("ada")
        pair = [post("u", user("ada")), post("g", group("team", "bulkId:u"), "/Groups")]
        found = results(trial, *(reversed(pair) if forwards else pair))
        assert statuses(found) == ["409", "409"]
        assert trial.get("/Groups")["totalResults"] == 0

    def test_one_bulk_id_is_used_once(self, trial):
        """BULK-008: two POSTs with one bulkId -> 400 for the second."""
        found = results(
            trial, post("q", user("ada")), post("q", user("bob")), post("g", group("t", "bulkId:q"), "/Groups")
        )
        assert statuses(found) == ["201", "400", "201"]
        assert [m["value"] for m in trial.get(f"/Groups/{id_of(found[2])}")["members"]] == [id_of(found[0])]


class TestCircles:
    """BULK-006: MUST try to resolve circular references."""

    def members(self, trial: Trial, id: str) -> set[str]:
        return {m["value"] for m in trial.get(f"/Groups/{id}").body.get("members", [])}

    def test_two_groups_in_each_other(self, trial):
        """RFC 7644 section 3.7.1's example."""
        found = results(
            trial, post("a", group("A", "bulkId:b"), "/Groups"), post("b", group("B", "bulkId:a"), "/Groups")
        )
        assert statuses(found) == ["201", "201"]
        a, b = map(id_of, found)
        assert (self.members(trial, a), self.members(trial, b)) == ({b}, {a})
        for entry in found:
            assert entry["version"] == trial.get(f"/Groups/{id_of(entry)}").headers["ETag"]

    def test_a_larger_circle_with_others_beside_it(self, trial):
        found = results(
            trial,
            post("a", group("A", "bulkId:b", "bulkId:u"), "/Groups"),
            post("b", group("B", "bulkId:c"), "/Groups"),
            post("c", group("C", "bulkId:a", "bulkId:u"), "/Groups"),
            post("u", user("ada")),
        )
        assert statuses(found) == ["201"] * 4
        a, b, c, u = map(id_of, found)
        assert self.members(trial, a) == {b, u}
        assert self.members(trial, b) == {c}
        assert self.members(trial, c) == {a, u}

    def test_a_group_in_itself(self, trial):
        [entry] = results(trial, post("a", group("A", "bulkId:a"), "/Groups"))
        assert entry["status"] == "201"
        assert self.members(trial, id_of(entry)) == {id_of(entry)}

    def test_managers_of_each_other(self, trial):
        def boss(name: str, of: str) -> dict[str, Any]:
            return user(name, schemas=[USER, ENTERPRISE], **{ENTERPRISE: {"department": "x", "manager": {"value": of}}})

        found = results(trial, post("a", boss("ada", "bulkId:b")), post("b", boss("bob", "bulkId:a")))
        assert statuses(found) == ["201", "201"]
        a, b = map(id_of, found)
        assert trial.get(f"/Users/{a}")[ENTERPRISE] == {"department": "x", "manager": {"value": b}}
        assert trial.get(f"/Users/{b}")[ENTERPRISE]["manager"]["value"] == a

    def test_a_circle_that_cannot_be_closed_leaves_nothing_half_done(self, trial):
        """RFC 7644 section 3.7.1: MAY stop after a failed attempt and return 409."""
        trial.group("B")
        found = results(
            trial, post("a", group("A", "bulkId:b"), "/Groups"), post("b", group("B", "bulkId:a"), "/Groups")
        )
        assert statuses(found) == ["409", "409"]
        assert [g["displayName"] for g in trial.get("/Groups")["Resources"]] == ["B"]


class TestAnyJob:
    """A law: whatever refers to whatever, the job ends, and what it says is what is there."""

    @settings(max_examples=40, deadline=None)
    @given(
        st.lists(
            st.tuples(st.sampled_from("abcdef"), st.lists(st.sampled_from("abcdefx"), max_size=3)),
            min_size=1,
            max_size=6,
            unique_by=lambda pair: pair[0],
        ),
        st.none() | st.integers(1, 3),
    )
    def test_groups_that_refer_to_each_other(self, jobs, fail_on_errors):
        trial = Trial.start()
        more = {} if fail_on_errors is None else {"failOnErrors": fail_on_errors}
        operations = [post(name, group(name, *(f"bulkId:{m}" for m in refs)), "/Groups") for name, refs in jobs]
        found = {entry["bulkId"]: entry for entry in results(trial, *operations, **more)}
        there = {g["displayName"]: g for g in trial.get("/Groups")["Resources"]}
        created = {name for name, entry in found.items() if entry["status"] == "201"}
        assert set(there) == created
        ids = {name: id_of(found[name]) for name in created}
        for name, refs in jobs:
            if name in created:
                assert {m["value"] for m in there[name].get("members", [])} == {ids[m] for m in refs}
        if fail_on_errors is None:
            assert set(found) == {name for name, _ in jobs}
