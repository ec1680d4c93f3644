"""What the tests of this folder share: they look at the service from outside, by requests and answers."""

import json
from collections.abc import Iterator

from scimcore.testing.trial import Answer, Trial
from scimcore.web import Options

ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def user(name: str, /, **more: object) -> dict[str, object]:
    return {"schemas": [USER], "userName": name, **more}


def group(name: str, /, *members: str) -> dict[str, object]:
    return {"schemas": [GROUP], "displayName": name, "members": [{"value": m} for m in members]}


def failed(answer: Answer, status: int, scim_type: str | None = None) -> str:
    """Checks an error answer from top to bottom, and gives back its detail."""
    assert answer.status == status, answer.body
    assert answer.headers["Content-Type"] == "application/scim+json"
    assert answer["schemas"] == [ERROR]
    assert answer["status"] == str(status)
    assert answer.body.get("scimType") == scim_type, answer.body
    assert set(answer.body) <= {"schemas", "status", "scimType", "detail"}
    assert answer["detail"].startswith("[SC-")
    return str(answer["detail"])


def found(trial: Trial, filter: str, path: str = "/Users", **more: str) -> list[str]:
    """The ids that a filter finds."""
    answer = trial.get(path, query={"filter": filter, "count": "1000", **more})
    assert answer.status == 200, answer.body
    return [resource["id"] for resource in answer["Resources"]]


def listed(answer: Answer) -> list[str]:
    """The ids of a list."""
    assert answer.status == 200, answer.body
    return [resource["id"] for resource in answer["Resources"]]


def leaves(value: object) -> Iterator[object]:
    """Everything in a JSON value that is neither object nor array."""
    if isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from leaves(item)
    else:
        yield value


def same_state(trial: Trial) -> str:
    """All that a client can see of a tenant, as text to compare; with how much was done and recorded, but refusals."""
    seen = trial.get("/", query="count=1000").body
    recorded = [record for record in trial.service.admin.audit(trial.tenant) if record.outcome != "refused"]
    told = (len(trial.service.admin.effects(trial.tenant)), len(trial.host.all(trial.tenant)), len(recorded))
    return json.dumps([seen, told], sort_keys=True)


def with_options(**options: object) -> Trial:
    return Trial.start(options=lambda clock: Options(clock=clock, reraise=True, **options))
