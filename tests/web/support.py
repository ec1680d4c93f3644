"""What the tests of this folder share."""

from typing import Any

from scimcore.testing.trial import Answer

ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

SCIM_TYPES = {
    *("invalidFilter", "tooMany", "uniqueness", "mutability", "invalidSyntax", "invalidPath", "noTarget"),
    *("invalidValue", "invalidVers", "sensitive", "invalidCursor", "expiredCursor", "invalidCount"),
}


def failed(answer: Answer, status: int, scim_type: str | None = None) -> str:
    """Checks an error answer from top to bottom (ERR-001, ERR-003, HTTP-007), and gives back its detail."""
    assert answer.status == status, answer.body
    assert answer.headers["Content-Type"].split(";")[0] in ("application/scim+json", "application/json")
    body: dict[str, Any] = answer.body
    assert body["schemas"] == [ERROR]
    assert body["status"] == str(status)
    assert set(body) <= {"schemas", "status", "scimType", "detail"}
    assert body.get("scimType") == scim_type
    assert body["detail"].startswith("[SC-")
    return body["detail"]


def user(name: str, **more: object) -> dict[str, object]:
    return {"schemas": [USER], "userName": name, **more}


def group(name: str, *members: str) -> dict[str, object]:
    return {"schemas": [GROUP], "displayName": name, "members": [{"value": m} for m in members]}
