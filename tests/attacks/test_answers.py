"""Answers that lie or tell too much, doors that stand open, and floods."""

import pytest

from policies.dastra import DASTRA
from policies.secoda import SECODA
from scimcore.dialects import DIALECTS, Dialect
from scimcore.policy import STANDARD, Groups, Policy
from scimcore.policy.triggers import Created
from scimcore.resources.changes import ChangeSet
from scimcore.testing.trial import Trial
from scimcore.web import Request

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"


class TestEmptyTokens:
    """A product compared an empty header with an unset secret, and let everybody in (POL-160)."""

    @pytest.mark.parametrize(
        "value",
        [
            None,
            "",
            "Bearer",
            "Bearer ",
            "Bearer  ",
            "bearer \t",
            "Bearer null",
            "Bearer undefined",
            "Bearer None",
            "Bearer 0",
            "Bearer []",
            "Basic Og==",
            "Basic ",
            "Token x",
            "Bearer a\0b",
            "Bearer é",
            "Bearer " + "a" * 100_000,
        ],
    )
    def test_open_nothing(self, value: str | None) -> None:
        trial = Trial.start()
        head = () if value is None else (("Authorization", value),)
        for method, path in (("GET", "/Users"), ("POST", "/Users"), ("GET", "/Schemas"), ("POST", "/Bulk")):
            answer = trial.application.handle(
                Request(method=method, path=path, headers=head, body=b'{"userName":"eve"}')
            )
            assert answer.status == 401, (method, path)
            assert "WWW-Authenticate" in answer.headers
        assert trial.host.all("acme") == []

    def test_a_part_or_another_case_of_the_token_opens_nothing(self) -> None:
        trial = Trial.start()
        token = trial.token
        for wrong in (token[:-1], token + "A", token.swapcase(), token[1:], f"{token} {token}", f'"{token}"'):
            assert trial.get("/Users", token=wrong).status == 401

    def test_two_headers_of_one_name_are_not_a_choice(self) -> None:
        trial = Trial.start()
        head = (("Authorization", "Bearer nonsense"), ("Authorization", f"Bearer {trial.token}"))
        assert trial.application.handle(Request(method="GET", path="/Users", headers=head, body=b"")).status in (
            400,
            401,
        )

    def test_the_query_and_the_body_carry_no_token(self) -> None:
        trial = Trial.start()
        request = Request(method="GET", path="/Users", query=f"access_token={trial.token}", headers=(), body=b"")
        assert trial.application.handle(request).status == 401


class TestRemovals:
    """A member's removal that is answered 200 and does nothing leaves a leaver in the team."""

    SHAPES = (
        {"op": "remove", "path": 'members[value eq "{id}"]'},
        {"op": "Remove", "path": 'members[value eq "{id}"]'},
        {"op": "remove", "path": "members", "value": [{"value": "{id}"}]},
        {"op": "Remove", "path": "members", "value": [{"$ref": None, "value": "{id}"}]},
        {"op": "remove", "path": "members", "value": {"value": "{id}"}},
        {"op": "remove", "path": "members", "value": "{id}"},
        {"op": "remove", "path": "members", "value": ["{id}"]},
        {"op": "remove", "value": {"members": [{"value": "{id}"}]}},
        {"op": "remove", "path": 'members[value eq "{id}"].value'},
        {"op": "remove", "path": 'MEMBERS[VALUE EQ "{id}"]'},
        {"op": "remove", "path": 'members.value eq "{id}"'},
        {"op": "remove", "path": "urn:ietf:params:scim:schemas:core:2.0:Group:members", "value": [{"value": "{id}"}]},
        {"op": "remove", "path": 'members[display eq "ada@example.com"]'},
        {"op": "remove", "path": 'members[value eq "{id}" and type eq "User"]'},
        {"op": "remove", "path": 'members[not (value ne "{id}")]'},
    )

    @pytest.mark.parametrize("dialect", DIALECTS, ids=lambda d: d.name)
    @pytest.mark.parametrize("shape", SHAPES, ids=str)
    def test_do_or_say_that_they_do_not(self, dialect: Dialect, shape: dict[str, object]) -> None:
        trial = Trial.start(dialect=dialect)
        schemas = {"schemas": [USER]}
        ada = trial.post("/Users", {**schemas, "userName": "ada@example.com"})["id"]
        ben = trial.post("/Users", {**schemas, "userName": "ben@example.com"})["id"]
        group = trial.group("Team", ada, ben)
        filled = _filled(shape, ada)
        answer = trial.patch(f"/Groups/{group}", filled)
        members = {member["value"] for member in trial.get(f"/Groups/{group}").body.get("members", [])}
        accounts = {account.email: account.id for account in trial.host.all("acme")}
        if answer.status < 300:
            assert ada not in members, "answered as done, and nothing was done"
            assert accounts["ada@example.com"] not in trial.host.teams("acme")[0].members
        else:
            assert answer.status == 400 and members == {ada, ben}
        assert trial.host.teams("acme")[0].members == {accounts[m] for m in _names(trial, members)}


def _filled(shape: dict[str, object], id: str) -> dict[str, object]:
    def fill(value: object) -> object:
        if isinstance(value, str):
            return value.replace("{id}", id)
        if isinstance(value, list):
            return [fill(item) for item in value]
        if isinstance(value, dict):
            return {key: fill(item) for key, item in value.items()}
        return value

    return {key: fill(value) for key, value in shape.items()}


def _names(trial: Trial, ids: set[str]) -> list[str]:
    return [trial.get(f"/Users/{id}")["userName"] for id in ids]


class TestUnknownNamesInFilters:
    """A filter on an attribute that nobody knows was ignored, and everybody was returned."""

    @pytest.mark.parametrize(
        "text",
        [
            'userNam eq "ada@example.com"',
            'foo eq "x"',
            'foo.bar eq "x"',
            'emails.foo eq "x"',
            'emails[foo eq "x"]',
            'urn:x:y:z eq "x"',
            f'{USER}:foo eq "x"',
            'password eq "hunter2"',
            "foo pr",
            'not (foo eq "x")',
            'userName eq "x" or foo eq "y"',
            'userName eq "ada@example.com" and foo eq "y"',
            "",
            " ",
            "()",
            "userName",
            'userName eq "ada" garbage',
            "userName eq ada bob",
            "true",
        ],
    )
    def test_find_nobody(self, text: str) -> None:
        """FLT: refused with invalidFilter, for reading and for searching."""
        trial = Trial.start()
        trial.user("ada@example.com")
        for answer in (
            trial.get("/Users", query={"filter": text}),
            trial.post("/Users/.search", {"schemas": [SEARCH], "filter": text}),
        ):
            assert (answer.status, answer["scimType"]) == (400, "invalidFilter"), answer

    @pytest.mark.parametrize("query", ["filter=a&filter=b", "FILTER=x", "Filter=userName%20eq%20%22x%22"])
    def test_nor_does_a_filter_that_was_said_strangely(self, query: str) -> None:
        trial = Trial.start()
        trial.user("ada@example.com")
        answer = trial.get("/Users", query=query)
        assert answer.status == 400 or answer["totalResults"] == 0


class TestPasswords:
    """No answer, no order and no count tells anything of a password (POL-076)."""

    def test_no_filter_sort_path_or_projection_is_an_oracle(self) -> None:
        trial = Trial.start()
        id = trial.user("ada@example.com", password="hunter2-hunter2")
        for text in (
            'password sw "h"',
            "password pr",
            f'{USER}:password eq "hunter2-hunter2"',
            'not (password sw "z")',
            'userName pr and password co "2"',
            'PassWord gt "a"',
        ):
            assert trial.get("/Users", query={"filter": text}).status == 400
        assert trial.patch(f"/Users/{id}", {"op": "remove", "path": 'emails[password eq "x"]'}).status == 400
        for query in ({"attributes": "password"}, {"attributes": "*"}, {"excludedAttributes": "userName"}):
            assert "hunter2" not in str(trial.get(f"/Users/{id}", query=query).body)
        order = trial.get("/Users", query={"sortBy": "password"})
        assert order.status == 400 or "hunter2" not in str(order.body)
        schema = trial.get(f"/Schemas/{USER}").body
        password = next(a for a in schema["attributes"] if a["name"] == "password")
        assert (password["returned"], password["mutability"]) == ("never", "writeOnly")

    def test_triggers_and_records_do_not_show_it(self) -> None:
        change = ChangeSet(type="User", before={}, after={})
        assert "hunter2" not in repr(Created(change=change, secret="hunter2"))
        trial = Trial.start()
        id = trial.user("ada@example.com", password="hunter2-hunter2")
        trial.patch(f"/Users/{id}", {"op": "replace", "value": {"password": "hunter2-again"}})
        trial.post("/Users", {"userName": {"password": "hunter2"}})
        trial.post("/Users", {"userName": "ada@example.com", "password": "hunter2"})
        trial.post("/Users", {"userName": "bob", "password": ["hunter2"]})
        kept = str(trial.service.admin.audit("acme")) + str(trial.service.admin.effects("acme")) + repr(trial.service)
        assert "hunter2" not in kept


class TestReadOnly:
    """meta, id and groups are the service's (CORE: mutability readOnly)."""

    @pytest.mark.parametrize(
        "operation",
        [
            {"op": "replace", "path": "id", "value": "mine"},
            {"op": "add", "path": "meta.created", "value": "2001-01-01T00:00:00Z"},
            {"op": "replace", "path": "meta", "value": {"version": 'W/"99"'}},
            {"op": "remove", "path": "meta"},
            {"op": "remove", "path": "id"},
            {"op": "add", "path": "groups", "value": [{"value": "x"}]},
            {"op": "remove", "path": "groups"},
            {"op": "replace", "value": {"id": "mine", "meta": {"location": "https://evil.test"}, "groups": []}},
        ],
    )
    @pytest.mark.parametrize("policy", [STANDARD, DASTRA, SECODA], ids=lambda p: p.name)
    def test_is_what_no_patch_changes(self, policy: Policy, operation: dict[str, object]) -> None:
        trial = Trial.start(policy=policy)
        id = trial.user("ada@example.com")
        trial.group("Team", id)
        before = trial.get(f"/Users/{id}").body
        answer = trial.patch(f"/Users/{id}", operation)
        assert (answer.status, answer.body.get("scimType")) == (400, "mutability") or answer.status == 200
        assert trial.get(f"/Users/{id}").body == before

    def test_of_another_user_in_a_put_is_no_way_to_that_user(self) -> None:
        trial = Trial.start()
        ada, ben = trial.user("ada@example.com"), trial.user("ben@example.com")
        answer = trial.put(f"/Users/{ada}", {"id": ben, "userName": "ada@example.com", "title": "x"})
        assert answer.status in (200, 400) and "title" not in trial.get(f"/Users/{ben}").body
        assert trial.get(f"/Users/{ada}")["id"] == ada


class TestPreconditions:
    """If-Match is no suggestion (ETAG)."""

    @pytest.mark.parametrize("tag", ['W/"999"', '"999"', 'W/"1", W/"2"', 'W/"0"'])
    def test_a_stale_version_changes_nothing_by_any_door(self, tag: str) -> None:
        trial = Trial.start()
        id = trial.user("ada@example.com")
        for title in ("a", "b"):
            trial.patch(f"/Users/{id}", {"op": "replace", "path": "title", "value": title})
        before = trial.get(f"/Users/{id}").body
        head = {"If-Match": tag}
        assert trial.patch(f"/Users/{id}", {"op": "remove", "path": "title"}, headers=head).status == 412
        assert trial.put(f"/Users/{id}", {"userName": "eve"}, headers=head).status == 412
        assert trial.delete(f"/Users/{id}", headers=head).status == 412
        operation = {"method": "DELETE", "path": f"/Users/{id}", "version": tag}
        bulk = trial.post("/Bulk", {"schemas": [BULK], "Operations": [operation]})
        assert bulk.status == 400 or bulk["Operations"][0]["status"] in ("412", "400")
        assert trial.get(f"/Users/{id}").body == before

    @pytest.mark.parametrize("tag", ["", "garbage", 'W/"', "W/3", '"', "3"])
    def test_what_is_no_version_is_not_ignored(self, tag: str) -> None:
        trial = Trial.start()
        id = trial.user("ada@example.com")
        answer = trial.delete(f"/Users/{id}", headers={"If-Match": tag})
        assert answer.status in (400, 412), answer
        assert trial.get(f"/Users/{id}").status == 200


class TestLineBreaks:
    """Line breaks in ids and values split no header and no log line."""

    @pytest.mark.parametrize("path", ["/Users/x%0d%0aSet-Cookie:%20a=b", "/Users/x\r\nA: b", "/Users/%00", "/%0d%0a"])
    def test_in_a_path_reach_no_header(self, path: str) -> None:
        answer = Trial.start().get(path)
        assert answer.status in (400, 404)
        for name, value in answer.headers.items():
            assert not set("\r\n\0") & set(name + value) and "Cookie" not in name

    def test_in_what_is_stored_or_said_reach_no_header(self) -> None:
        trial = Trial.start()
        answers = [
            trial.post("/Users", {"userName": "ada\r\nSet-Cookie: a=b", "externalId": "x\r\nA: b"}),
            trial.post("/Users", {"userName": "bob"}, headers={"X-Request-Id": "1\r\nSet-Cookie: a=b"}),
            trial.get("/Users", headers={"Accept": "application/json\r\nX: y", "Host": "evil.test"}),
        ]
        for answer in answers:
            assert "evil" not in str(answer.body) + str(answer.headers)
            for name, value in answer.headers.items():
                assert not set("\r\n\0") & set(name + str(value)) and "Cookie" not in name
        assert "\r" not in "".join(str(record.request) for record in trial.service.admin.audit("acme"))


class TestFloods:
    """Everything that a client sends is bounded, and refused with a short answer."""

    def test_a_group_of_strangers(self) -> None:
        trial = Trial.start()
        members = [{"value": f"nobody-{n}"} for n in range(20_000)]
        answer = trial.post("/Groups", {"displayName": "All", "members": members})
        assert answer.status in (400, 413) and len(str(answer.body)) < 2000
        assert sum(len(str(record)) for record in trial.service.admin.audit("acme")) < 5000

    def test_a_group_beyond_the_limit_of_the_policy(self) -> None:
        """POL-117: by POST, by PUT, by PATCH in one go and one by one."""
        trial = Trial.start(policy=Policy(name="small", groups=Groups(max_members=2)))
        ids = [trial.user(f"u{n}") for n in range(4)]
        listed = [{"value": id} for id in ids]
        assert trial.post("/Groups", {"displayName": "A", "members": listed}).status == 400
        group = trial.group("A", *ids[:2])
        assert trial.put(f"/Groups/{group}", {"displayName": "A", "members": listed}).status == 400
        for value in (listed, listed[2:3]):
            assert trial.patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": value}).status == 400
        assert len(trial.get(f"/Groups/{group}")["members"]) == 2

    @pytest.mark.parametrize(
        "raw",
        [
            b'{"userName":' + b"[" * 50_000,
            b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
            b'{"userName":"' + b"a" * 3_000_000 + b'"}',
            b'{"userName":"x","nickName":"\\ud800"}',
            b'{"userName":"x","x":1e999999}',
            b'{"userName":"x","userName":"y"}',
            b'{"userName":"a\\u0000b"}',
            b"\xff\xfe",
            b"[]",
            b"null",
        ],
        ids=["open", "deep", "long", "surrogate", "infinite", "twice", "nul", "bytes", "list", "null"],
    )
    def test_bodies_that_are_meant_to_hurt(self, raw: bytes) -> None:
        trial = Trial.start()
        answer = trial.send("POST", "/Users", raw=raw)
        assert answer.status in (400, 413), answer
        assert trial.host.all("acme") == [] and len(str(answer.body)) < 3000

    def test_filters_and_patches_without_end(self) -> None:
        trial = Trial.start()
        id = trial.user("ada@example.com")
        for text in (
            " or ".join(['userName eq "x"'] * 20_000),
            "(" * 5_000 + "userName pr" + ")" * 5_000,
            "not (" * 3_000 + "userName pr" + ")" * 3_000,
            'userName eq "' + "x" * 200_000 + '"',
        ):
            answer = trial.post("/Users/.search", {"schemas": [SEARCH], "filter": text})
            assert answer.status in (400, 413), answer
            assert len(str(answer.body)) < 3000
        operations = [{"op": "replace", "path": "title", "value": str(n)} for n in range(20_000)]
        answer = trial.patch(f"/Users/{id}", *operations)
        assert answer.status in (200, 400, 413)
        assert len(trial.service.admin.audit("acme")) <= 3
