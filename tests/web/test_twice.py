"""RFC 7643 section 2.1: names have no case. A name in two spellings is refused, whatever the message."""

import pytest

from scimcore.dialects import AUTO, RFC
from scimcore.testing.trial import Trial
from tests.web.support import SEARCH, USER, failed

BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"


@pytest.fixture(params=[AUTO, RFC], ids=lambda dialect: dialect.name)
def trial(request) -> Trial:
    return Trial.start(dialect=request.param)


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "replace", "value": {"title": "a", "Title": "b"}},
        {"op": "add", "path": "name", "value": {"givenName": "a", "GIVENNAME": "b"}},
        {"op": "add", "path": "emails", "value": [{"value": "a", "Value": "b"}]},
        {"op": "add", "path": "title", "value": "a", "Path": "nickName"},
    ],
)
def test_in_a_patch(trial: Trial, operation: dict) -> None:
    user = trial.user("ines")
    failed(trial.patch(f"/Users/{user}", operation), 400, "invalidSyntax")
    assert trial.get(f"/Users/{user}").body.keys() <= {"schemas", "id", "meta", "userName", "active"}


def test_in_a_body_a_search_and_a_bulk_request(trial: Trial) -> None:
    failed(trial.post("/Users", {"schemas": [USER], "userName": "a", "username": "b"}), 400, "invalidSyntax")
    failed(trial.post("/Users/.search", {"schemas": [SEARCH], "count": 1, "COUNT": 2}), 400, "invalidSyntax")
    failed(trial.post("/Bulk", {"schemas": [BULK], "Operations": [], "operations": []}), 400, "invalidSyntax")
    operation = {"method": "POST", "path": "/Users", "bulkId": "1", "data": {"userName": "a"}, "Path": "/Groups"}
    entry = trial.post("/Bulk", {"schemas": [BULK], "Operations": [operation]})["Operations"][0]
    assert entry["status"] == "400"


def test_bearer_in_a_bearer_token_is_told() -> None:
    """An administrator pasted "Bearer <token>" into the field for the token."""
    trial = Trial.start()
    answer = trial.get("/Users", headers={"Authorization": f"Bearer Bearer {trial.token}"})
    assert answer.status == 401
    assert '"Bearer" twice' in answer["detail"]


def test_an_empty_active_is_refused(trial: Trial) -> None:
    """(string) false is "" in PHP: answered 200, the leaver would stay active."""
    user = trial.user("ines")
    for operation in ({"op": "replace", "path": "active", "value": ""}, {"op": "add", "value": {"active": ""}}):
        failed(trial.patch(f"/Users/{user}", operation), 400, "invalidValue")
    failed(trial.put(f"/Users/{user}", {"schemas": [USER], "userName": "ines", "active": ""}), 400, "invalidValue")
    failed(trial.post("/Users", {"schemas": [USER], "userName": "ugo", "active": ""}), 400, "invalidValue")
    assert trial.get(f"/Users/{user}")["active"] is True
