"""Whatever bytes, the answer is SCIM JSON with the right status, never a 500, and nothing half done."""

import json

from attrs import define
from hypothesis import given, settings
from hypothesis import strategies as st

from scimcore.dialects import AUTO, RFC, Dialect
from scimcore.testing.trial import Trial
from scimcore.web import Request
from tests.web.support import ERROR, LIST, SCIM_TYPES, USER, user

PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
STATUSES = {200, 201, 204, 304, 400, 401, 403, 404, 405, 409, 412, 413, 415, 501}

SEGMENTS = st.sampled_from(
    [
        *("", "Users", "users", "Groups", ".search", "Me", "Bulk", "Schemas", "ResourceTypes", "ServiceProviderConfig"),
        *("{user}", "{group}", "none", "v1", "v2", "%FF", "%00", "a%2Fb", "..", "%2e%2e", USER),
    ]
) | st.text(max_size=8)
PATHS = st.lists(SEGMENTS, max_size=4).map(lambda parts: "/" + "/".join(parts)) | st.text(max_size=20)
METHODS = st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "", "get", "BREW"])
QUERIES = st.lists(
    st.sampled_from(
        [
            *("filter=userName%20eq%20%22ada%22", "filter=", "filter=%28", "filter=emails%5Btype%20eq", "filter=%FF"),
            *("count=1", "count=x", "startIndex=-1", "cursor", "cursor=zzz", "attributes=name.x,id", "attributes=%00"),
            *("excludedAttributes=members", "sortBy=userName", "sortBy=)", "sortOrder=x", "a=b", "%", "&&", "="),
        ]
    )
    | st.text(max_size=12),
    max_size=4,
).map("&".join)
HEADERS = st.lists(
    st.sampled_from(
        [
            *(("Content-Type", "application/json"), ("Content-Type", "text/plain"), ("Content-Type", ";;=")),
            *(("If-Match", 'W/"1"'), ("If-Match", "*"), ("If-Match", "x"), ("If-None-Match", '"1", *')),
            *(
                ("Accept", ",;q=x"),
                ("Content-Length", "999999999999"),
                ("Content-Length", "-1"),
                ("Content-Length", "²"),
            ),
            ("Content-Encoding", "br"),
        ]
    )
    | st.tuples(st.text(max_size=10), st.text(max_size=20)),
    max_size=3,
)
NAMES = st.sampled_from(
    [
        *(
            "schemas",
            "userName",
            "USERNAME",
            "emails",
            "name",
            "members",
            "active",
            "manager",
            "id",
            "meta",
            "password",
        ),
        *("Operations", "op", "path", "value", "filter", "count", "attributes", "method", "bulkId", "data", "$ref"),
        *(
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
            "displayName",
            "externalId",
            "roles",
            "primary",
        ),
    ]
) | st.text(max_size=6)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(
        ["ada", "False", "members", 'emails[type eq "work"].value', "add", "remove", "Replace", "bulkId:a"]
    ),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
MESSAGES = st.sampled_from(
    [
        lambda v: {"schemas": [USER], "userName": "eve", "name": v},
        lambda v: {"schemas": [USER], "userName": v, "emails": v, "active": v},
        lambda v: {"schemas": [USER], "displayName": v, "members": v},
        lambda v: {"schemas": [PATCH], "Operations": [{"op": "add", "path": "emails", "value": v}]},
        lambda v: {"schemas": [PATCH], "Operations": [{"op": "replace", "value": v}]},
        lambda v: {
            "schemas": [PATCH],
            "Operations": [{"op": "remove", "path": v}, {"op": "Remove", "path": "members", "value": v}],
        },
        lambda v: {"schemas": [PATCH], "Operations": v},
        lambda v: {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": v, "count": v},
        lambda v: {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
            "Operations": [{"method": "POST", "path": "/Users", "bulkId": "a", "data": v}, v],
        },
        lambda v: v,
    ]
)
BODIES = st.binary(max_size=60) | st.builds(lambda shape, v: json.dumps(shape(v)).encode(), MESSAGES, VALUES)


@define
class Ready:
    """A trial with a user and a group, whose ids stand for {user} and {group} in paths."""

    trial: Trial
    ids: dict[str, str]

    @classmethod
    def make(cls, dialect: Dialect = AUTO) -> "Ready":
        trial = Trial.start(dialect=dialect)
        ada = trial.user("ada", emails=[{"type": "work", "value": "ada@example.com"}])
        return cls(trial, {"{user}": ada, "{group}": trial.group("team", ada)})

    def path(self, template: str) -> str:
        for name, id in self.ids.items():
            template = template.replace(name, id)
        return template


def check(trial: Trial, request: Request) -> None:
    # The trial re-raises what is no ScimError: a 500 is a failure of this test with its traceback.
    response = trial.application.handle(request)
    assert response.status in STATUSES
    if not response.body:
        assert response.status in (204, 304) or request.method == "HEAD"
        return
    assert response.headers["Content-Type"] == "application/scim+json"
    body = json.loads(response.body)
    assert isinstance(body["schemas"], list)
    if response.status >= 400:
        assert body["schemas"] == [ERROR]
        assert body["status"] == str(response.status)
        assert set(body) <= {"schemas", "status", "scimType", "detail"}
        assert body.get("scimType") in SCIM_TYPES | {None}
    if body["schemas"] == [LIST]:
        assert body["itemsPerPage"] == len(body["Resources"])


class TestAnyRequest:
    """Fuzzing the whole of web over the real service (ERR-001, HTTP-012)."""

    @settings(max_examples=250, deadline=None)
    @given(METHODS, PATHS, QUERIES, HEADERS, BODIES, st.booleans())
    def test_has_a_scim_answer(self, method, path, query, headers, body, known):
        ready = Ready.make()
        said = [("Authorization", f"Bearer {ready.trial.token}")] if known else []
        headers = (*said, *headers)
        check(ready.trial, Request(method=method, path=ready.path(path), query=query, headers=headers, body=body))

    @settings(max_examples=250, deadline=None)
    @given(
        st.sampled_from(["Users/{user}", "Groups/{group}", "Users", "Groups", "Bulk", ".search", "Users/.search"]),
        BODIES,
        st.sampled_from([AUTO, RFC]),
    )
    def test_has_a_scim_answer_where_bodies_are_read(self, path, body, dialect):
        ready = Ready.make(dialect)
        said = (("Authorization", f"Bearer {ready.trial.token}"), ("Content-Type", "application/scim+json"))
        for method in ("POST", "PUT", "PATCH"):
            check(ready.trial, Request(method=method, path=ready.path(f"/{path}"), headers=said, body=body))

    @settings(max_examples=60, deadline=None)
    @given(BODIES)
    def test_that_is_refused_changes_nothing(self, body):
        ready = Ready.make()
        trial, changes = (
            ready.trial,
            (("PUT", "/Users/{user}"), ("PATCH", "/Users/{user}"), ("PATCH", "/Groups/{group}")),
        )
        before = trial.get("/").body
        for method, path in changes:
            response = trial.send(method, ready.path(path), raw=body)
            after = trial.get("/").body
            assert response.status < 400 or after == before
            before = after

    def test_sent_twice_is_as_good_as_once(self):
        ready = Ready.make()
        path = ready.path("/Users/{user}")
        first = ready.trial.put(path, user("ada", title="x"))
        assert first.status == 200
        assert ready.trial.put(path, user("ada", title="x")).body == first.body
