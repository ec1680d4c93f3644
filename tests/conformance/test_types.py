"""Resource types that are data alone: the devices of RFC 9944, in names of our own (RFC 7643 sections 3.2 and 6)."""

import pytest

from scimcore.dialects import AUTO, RFC
from scimcore.schema import GROUP as GROUP_TYPE
from scimcore.schema import USER as USER_TYPE
from scimcore.schema import Registry, resource_type_from_json, schema_from_json
from scimcore.testing.trial import BASE, Trial
from tests.conformance.support import BULK, LIST, SEARCH, failed, found, listed

CORE = "urn:example:params:scim:schemas:core:2.0:Device"
RADIO = "urn:example:params:scim:schemas:extension:radio:2.0:Device"
VOUCHER = "urn:example:params:scim:schemas:extension:voucher:2.0:Device"
APPS = "urn:example:params:scim:schemas:extension:apps:2.0:Device"
APP = "urn:example:params:scim:schemas:core:2.0:EndpointApp"

#: As a host would read them from files.
SCHEMAS = [
    {
        "id": CORE,
        "name": "Device",
        "attributes": [
            {"name": "displayName", "caseExact": False},
            {"name": "active", "type": "boolean", "required": True},
            {"name": "mudUrl", "type": "reference", "referenceTypes": ["external"]},
            {"name": "ports", "type": "integer", "multiValued": True},
            {"name": "weight", "type": "decimal"},
            {"name": "seenAt", "type": "dateTime"},
        ],
    },
    {
        "id": RADIO,
        "name": "Radio",
        "attributes": [
            {"name": "deviceMacAddress", "required": True, "mutability": "immutable", "caseExact": False},
            {"name": "isRandom", "type": "boolean"},
            {"name": "versionSupport", "multiValued": True, "required": True},
            {
                "name": "pairing",
                "type": "complex",
                "multiValued": True,
                "subAttributes": [{"name": "method"}, {"name": "key", "mutability": "writeOnly", "returned": "never"}],
            },
        ],
    },
    {
        "id": VOUCHER,
        "name": "Voucher",
        "attributes": [{"name": "key", "type": "binary", "mutability": "writeOnly", "returned": "never"}],
    },
    {
        "id": APPS,
        "name": "Apps",
        "attributes": [
            {
                "name": "applications",
                "type": "complex",
                "multiValued": True,
                "subAttributes": [
                    {"name": "value", "required": True},
                    {"name": "$ref", "type": "reference", "referenceTypes": ["EndpointApp"]},
                ],
            }
        ],
    },
    {
        "id": APP,
        "name": "EndpointApp",
        "attributes": [
            {"name": "applicationName", "required": True, "uniqueness": "server"},
            {"name": "clientToken", "mutability": "readOnly", "returned": "request"},
        ],
    },
]
TYPES = [
    {
        "name": "Device",
        "endpoint": "/Devices",
        "schema": CORE,
        "schemaExtensions": [{"schema": RADIO, "required": True}, {"schema": VOUCHER}, {"schema": APPS}],
    },
    {"name": "EndpointApp", "endpoint": "EndpointApps", "schema": APP},
]


@pytest.fixture(params=[RFC, AUTO], ids=lambda dialect: dialect.name)
def trial(request) -> Trial:
    schemas = {s["id"]: schema_from_json(s, types=["Device", "EndpointApp"]) for s in SCHEMAS}
    device, app = (
        resource_type_from_json(kind, schemas, unique=unique)
        for kind, unique in zip(TYPES, ("", "applicationName"), strict=True)
    )
    return Trial.start(dialect=request.param, registry=Registry(USER_TYPE, GROUP_TYPE, device, app))


def device(name: str, /, **more: object) -> dict[str, object]:
    radio = {"deviceMacAddress": "2C:54:91:88:C9:E2", "versionSupport": ["5.3"], "isRandom": False}
    return {"schemas": [CORE, RADIO], "displayName": name, "active": True, RADIO: radio, **more}


def made(trial: Trial, name: str, **more: object) -> str:
    answer = trial.post("/Devices", device(name, **more))
    assert answer.status == 201, answer.body
    return str(answer["id"])


class TestDevices:
    """RFC 7643 section 3.2: new resource types can be added; RFC 9944 adds devices and their applications."""

    def test_they_are_discovered(self, trial):
        """EXT-003, CORE-103, CORE-104: /ResourceTypes names them, each schema resolves."""
        assert [t["name"] for t in trial.get("/ResourceTypes")["Resources"]] == [
            "User",
            "Group",
            "Device",
            "EndpointApp",
        ]
        kind = trial.get("/ResourceTypes/Device").body
        assert kind["endpoint"] == "/Devices"
        assert {e["schema"]: e["required"] for e in kind["schemaExtensions"]} == {
            RADIO: True,
            VOUCHER: False,
            APPS: False,
        }
        for urn in (CORE, RADIO, VOUCHER, APPS, APP):
            assert trial.get(f"/Schemas/{urn}")["id"] == urn
        assert trial.get("/ResourceTypes/EndpointApp")["endpoint"] == "/EndpointApps"

    def test_they_live_as_others_do(self, trial):
        """CORE-074, PUT-001, CORE-039, CORE-043, CRT-005: the whole life of one."""
        id = made(trial, "Lamp", externalId="L-1", ports=[80, 443], weight=1.5, seenAt="2026-01-01T01:00:00+01:00")
        path = f"/Devices/{id}"
        shown = trial.get(path)
        assert shown["meta"] == {**shown["meta"], "resourceType": "Device", "location": f"{BASE}/Devices/{id}"}
        assert (shown["externalId"], shown["ports"], shown["weight"]) == ("L-1", [80, 443], 1.5)
        assert trial.put(path, shown.body).headers["ETag"] == shown.headers["ETag"]
        changed = trial.patch(
            path,
            {"op": "add", "path": "ports", "value": [8080, 80]},
            {"op": "replace", "path": f"{RADIO}:isRandom", "value": True},
            {"op": "add", "path": APPS, "value": {"applications": [{"value": "app-1"}]}},
        )
        assert changed["ports"] == [80, 443, 8080]
        assert (changed[RADIO]["isRandom"], changed["schemas"]) == (True, [CORE, RADIO, APPS])
        bare = trial.patch(path, {"op": "remove", "path": f'{APPS}:applications[value eq "app-1"]'})
        assert bare["schemas"] == [CORE, RADIO]
        assert trial.delete(path).status == 204
        failed(trial.get(path), 404)

    def test_they_are_filtered_sorted_and_paged(self, trial):
        """CORE-074, FLT-021, FLT-018, SORT-006: numbers as numbers, times as times, extensions by URN."""
        ids = [
            made(trial, n, weight=w, ports=[p], seenAt=t)
            for n, w, p, t in (
                ("a", 10, 9, "2026-01-02T00:00:00Z"),
                ("b", 9.5, 10, "2026-01-01T23:30:00-01:00"),
            )
        ]
        for filter, expected in (
            ("weight gt 9.9", [ids[0]]),
            ("ports gt 9", [ids[1]]),
            ("ports eq 9", [ids[0]]),
            ('seenAt gt "2026-01-02T00:00:00Z"', [ids[1]]),
            (f'{RADIO}:deviceMacAddress eq "2c:54:91:88:c9:e2"', ids),
            (f'{RADIO}:versionSupport eq "5.3" and displayName eq "B"', [ids[1]]),
            ('meta.resourceType eq "Device"', ids),
        ):
            assert found(trial, filter, "/Devices") == expected, filter
        assert listed(trial.get("/Devices", query="sortBy=weight")) == ids[::-1]
        assert listed(trial.get("/Devices", query="sortBy=seenAt")) == ids
        assert trial.post("/Devices/.search", {"schemas": [SEARCH], "count": 1})["totalResults"] == 2
        assert trial.get("/", query="filter=weight pr")["schemas"] == [LIST]
        if trial.connections.get("idp-1").dialect == RFC:
            failed(trial.get("/Devices", query={"filter": 'weight eq "9.5"'}), 400, "invalidFilter")
        else:
            assert found(trial, 'weight eq "9.5"', "/Devices") == [ids[1]]
        failed(trial.get("/Devices", query={"filter": 'weight eq "heavy"'}), 400, "invalidFilter")
        failed(trial.get("/Devices", query="filter=userName pr"), 400, "invalidFilter")

    def test_their_rules_are_those_of_the_schema(self, trial):
        """CORE-091, CORE-090, CORE-081, CORE-005: required extensions, immutable attributes, types."""
        body = device("Lamp")
        without = {name: value for name, value in body.items() if name != RADIO}
        failed(trial.post("/Devices", without), 400, "invalidValue")
        failed(trial.post("/Devices", {**body, RADIO: {"deviceMacAddress": "x"}}), 400, "invalidValue")
        failed(trial.post("/Devices", {**body, "active": None}), 400, "invalidValue")
        failed(trial.post("/Devices", {**body, "ports": [1.5]}), 400, "invalidValue")
        id = made(trial, "Lamp")
        other = {"deviceMacAddress": "00:00:00:00:00:00", "versionSupport": ["5.3"]}
        failed(trial.put(f"/Devices/{id}", {**body, RADIO: other}), 400, "mutability")
        address = {"op": "replace", "path": f"{RADIO}:deviceMacAddress", "value": "00:00:00:00:00:00"}
        failed(trial.patch(f"/Devices/{id}", address), 400, "mutability")
        failed(trial.patch(f"/Devices/{id}", {"op": "remove", "path": RADIO}), 400, "mutability")

    def test_their_keys_are_never_shown(self, trial):
        """CORE-082, CORE-084: writeOnly in extensions, and inside of elements."""
        pairing = [{"method": "oob", "key": "sentinel-1"}]
        radio = {**device("x")[RADIO], "pairing": pairing}
        id = made(trial, "Lamp", **{RADIO: radio, VOUCHER: {"key": "c2VudGluZWwtMg=="}})
        path = f"/Devices/{id}"
        answers = [
            trial.get(path),
            trial.get(path, query=f"attributes={VOUCHER},{VOUCHER}:key,{RADIO}:pairing.key,{RADIO}"),
            trial.get("/Devices", query="excludedAttributes=active"),
            trial.patch(
                path, {"op": "replace", "path": f"{RADIO}:pairing", "value": [{"method": "pin", "key": "sentinel-3"}]}
            ),
        ]
        for answer in answers:
            assert answer.status == 200
            assert "sentinel" not in str(answer.body)
            assert "c2VudGluZWw" not in str(answer.body)
        for name in (f"{VOUCHER}:key", f"{RADIO}:pairing.key"):
            failed(trial.get("/Devices", query={"filter": f"{name} pr"}), 400, "invalidFilter")

    def test_they_go_into_bulk_jobs_and_projections(self, trial):
        """CORE-074, BULK-003, BULK-005, PROJ-005: a device that refers to the application made beside it."""
        app = {
            "method": "POST",
            "path": "/EndpointApps",
            "bulkId": "a",
            "data": {"schemas": [APP], "applicationName": "hub"},
        }
        apps = {"applications": [{"value": "bulkId:a"}]}
        lamp = {"method": "POST", "path": "/Devices", "bulkId": "d", "data": device("Lamp", **{APPS: apps})}
        answer = trial.post("/Bulk", {"schemas": [BULK], "Operations": [lamp, app]})
        assert [r["status"] for r in answer["Operations"]] == ["201", "201"]
        hub = listed(trial.get("/EndpointApps"))[0]
        shown = trial.get("/Devices", query=f"attributes={APPS}")["Resources"][0]
        assert set(shown) == {"schemas", "id", APPS}
        assert shown[APPS]["applications"][0]["value"] == hub
        failed(trial.post("/EndpointApps", {"schemas": [APP], "applicationName": "HUB"}), 409, "uniqueness")
