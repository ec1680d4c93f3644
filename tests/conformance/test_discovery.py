"""What discovery says is what the service does (RFC 7643 sections 5 to 7, RFC 7644 section 4)."""

import pytest

from scimcore.dialects import AUTO, INTEROP, RFC
from scimcore.testing.trial import BASE, Trial
from tests.conformance.support import ENTERPRISE, GROUP, USER, failed, group, user, with_options

COMMON = {"schemas", "id", "externalId", "meta"}
#: One value of each type, as JSON.
SAMPLES = {
    "string": "some text",
    "boolean": True,
    "binary": "TWFu",
    "dateTime": "2026-01-01T00:00:00Z",
    "integer": 1,
    "decimal": 1.5,
}


def attributes(trial: Trial, urn: str) -> dict[str, dict]:
    return {attribute["name"]: attribute for attribute in trial.get(f"/Schemas/{urn}")["attributes"]}


def sample(attribute: dict) -> object:
    """A value that the schema says is taken."""
    if attribute["type"] == "complex":
        subs = attribute["subAttributes"]
        value: object = {s["name"]: sample(s) for s in subs if s["mutability"] != "readOnly"}
    elif attribute["type"] == "reference":
        value = f"{BASE}/Users/x"
    else:
        value = attribute.get("canonicalValues", [SAMPLES[attribute["type"]]])[0]
    return [value] if attribute["multiValued"] else value


class TestSchemas:
    """RFC 7643 section 7: each schema URI used in a resource object MUST have a Schema resource."""

    def test_external_id_is_listed_for_every_type(self):
        """CORE-105, CORE-036: clients map what they see listed, and every type takes it."""
        trial = Trial.start()
        for urn in (USER, GROUP):
            assert attributes(trial, urn)["externalId"]["caseExact"] is True
            listed = [s for s in trial.get("/Schemas")["Resources"] if s["id"] == urn]
            assert listed == [trial.get(f"/Schemas/{urn}").body]
        assert "externalId" not in attributes(trial, ENTERPRISE)

    @pytest.mark.parametrize("dialect", [RFC, AUTO, INTEROP], ids=lambda d: d.name)
    def test_everything_listed_is_taken_and_shown_again(self, dialect):
        """CORE-105: no dead attributes: what can be written comes back as it was sent, on every dialect."""
        trial = Trial.start(dialect=dialect)
        said = {n: sample(a) for n, a in attributes(trial, USER).items() if a["mutability"] in ("readWrite",)}
        extension = {n: sample(a) for n, a in attributes(trial, ENTERPRISE).items()}
        answer = trial.post("/Users", {**said, "schemas": [USER, ENTERPRISE], ENTERPRISE: extension})
        assert answer.status == 201, answer.body
        assert {name: answer[name] for name in said} == said
        assert answer[ENTERPRISE] == extension
        assert set(answer.body) - COMMON - {ENTERPRISE} <= set(said)

    def test_nothing_is_shown_that_is_not_listed(self):
        """CORE-104, CORE-105: on groups and their members, too."""
        trial = Trial.start()
        ada = trial.user("ada")
        team = trial.group("team", ada)
        for path, urn in ((f"/Users/{ada}", USER), (f"/Groups/{team}", GROUP)):
            known = attributes(trial, urn)
            shown = trial.get(path).body
            assert set(shown) - COMMON <= set(known)
            for name in set(shown) - COMMON:
                if known[name]["type"] == "complex":
                    subs = {s["name"] for s in known[name]["subAttributes"]}
                    values = shown[name] if known[name]["multiValued"] else [shown[name]]
                    assert all(set(value) <= subs for value in values)

    def test_what_the_schemas_call_filterable_is_filterable(self):
        """CORE-105, FLT-001: `pr` on every attribute and sub-attribute that is ever shown."""
        trial = Trial.start()
        for path, urn, prefix in (("/Users", USER, ""), ("/Groups", GROUP, ""), ("/Users", ENTERPRISE, ENTERPRISE)):
            for name, attribute in attributes(trial, urn).items():
                full = f"{prefix}:{name}" if prefix else name
                names = [full, *(f"{full}.{sub['name']}" for sub in attribute.get("subAttributes", ()))]
                for one in names:
                    status = trial.get(path, query={"filter": f"{one} pr"}).status
                    assert status == (400 if attribute["returned"] == "never" else 200), one


class TestServiceProviderConfig:
    """RFC 7643 section 5: values equal real behaviour."""

    def test_what_it_offers_works_as_far_as_it_says(self):
        """CORE-100, ETAG-007, SORT-001: the truth about PATCH, filters, sorting, ETags and both ways to page."""
        trial = Trial.start()
        config = trial.get("/ServiceProviderConfig").body
        offered = {n for n in ("patch", "bulk", "filter", "sort", "etag") if config[n]["supported"]}
        assert offered == {"patch", "bulk", "filter", "sort", "etag"}
        ids = [trial.user(name) for name in ("b", "a")]
        assert trial.patch(f"/Users/{ids[0]}", {"op": "add", "path": "title", "value": "x"}).status == 200
        assert trial.get("/Users", query='filter=userName eq "a"')["totalResults"] == 1
        assert [u["userName"] for u in trial.get("/Users", query="sortBy=userName")["Resources"]] == ["a", "b"]
        tag = trial.get(f"/Users/{ids[0]}").headers["ETag"]
        stale = trial.delete(f"/Users/{ids[0]}", headers={"If-Match": 'W/"77"'})
        assert (stale.status, trial.delete(f"/Users/{ids[0]}", headers={"If-Match": tag}).status) == (412, 204)
        assert "nextCursor" not in trial.get("/Users", query="cursor&count=1").body

    def test_it_needs_neither_id_nor_external_id(self):
        """CORE-044: ServiceProviderConfig and ResourceType are exempt."""
        trial = Trial.start()
        config = trial.get("/ServiceProviderConfig").body
        assert not {"id", "externalId"} & set(config)
        assert all("externalId" not in item for item in trial.get("/ResourceTypes")["Resources"])
        assert config["meta"]["resourceType"] == "ServiceProviderConfig"

    def test_it_says_no_word_of_events_that_it_does_not_send(self):
        """EVT-007: absent means unsupported. EVT-006: Prefer: respond-async is ignored."""
        trial = Trial.start()
        assert "securityEvents" not in trial.get("/ServiceProviderConfig").body
        answer = trial.post("/Users", user("ada"), headers={"Prefer": "respond-async, wait=1"})
        assert answer.status == 201
        assert not {"Set-Txn", "Preference-Applied"} & set(answer.headers)

    def test_bulk_is_on_by_default_and_can_be_turned_off(self):
        """BULK-014, BULK-001."""
        assert Trial.start().get("/ServiceProviderConfig")["bulk"]["supported"] is True
        off = with_options(bulk=None)
        assert off.get("/ServiceProviderConfig")["bulk"]["supported"] is False
        failed(off.post("/Bulk", {"schemas": [], "Operations": []}), 501)


class TestReadOnly:
    """RFC 7644 section 4: the discovery endpoints are for GET."""

    @pytest.mark.parametrize("path", ["/ServiceProviderConfig", "/Schemas", f"/Schemas/{USER}", "/ResourceTypes/User"])
    @pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
    def test_every_other_method_is_405(self, method, path):
        """DISC-004, DISC-001."""
        answer = Trial.start().send(method, path, group("x"))
        failed(answer, 405)
        assert answer.headers["Allow"] == "GET, HEAD"
