"""Changes as the events of RFC 9967, and the claims of a security event token."""

import json

import pytest

from policies.dastra import DASTRA
from scimcore.policy import STANDARD
from scimcore.service.events import Event, claims, events
from scimcore.testing.trial import START, Trial

SUBJECT = "urn:ietf:params:scim:event:prov"
SECRET = "correct-horse-7"


def told(trial: Trial) -> list[Event]:
    """The events of everything that happened so far."""
    registry = trial.service.registry(STANDARD)
    return [event for record in trial.service.admin.audit(trial.tenant) for event in events(record, registry)]


def kinds(trial: Trial) -> list[str]:
    return [event.kind for event in told(trial)]


def since(trial: Trial, seen: int) -> list[Event]:
    return told(trial)[seen:]


class TestEvents:
    """RFC 9967 section 2: each change of a resource is an event."""

    def test_each_operation_has_its_event(self):
        """EVT-001: domain events that map 1:1."""
        trial = Trial.start()
        ada = trial.user("ada")
        trial.patch(f"/Users/{ada}", {"op": "add", "path": "title", "value": "Pilot"})
        trial.put(f"/Users/{ada}", {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada2"})
        trial.delete(f"/Users/{ada}")
        assert kinds(trial) == ["create", "patch", "put", "delete"]
        assert [event.version for event in told(trial)] == ['W/"1"', 'W/"2"', 'W/"3"', None]
        assert {event.uri for event in told(trial)} == {f"/Users/{ada}"}

    def test_it_names_the_attributes_that_changed_by_their_paths(self):
        """EVT-003: a notice carries attributes, by paths that a receiver knows: members, not how they are kept."""
        trial = Trial.start()
        enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
        ada = trial.user("ada", name={"givenName": "Ada"}, **{enterprise: {"department": "Harbour"}})
        trial.group("team", ada)
        created, team = told(trial)
        assert set(created.attributes) == {"userName", "name.givenName", "active", f"{enterprise}:department"}
        assert set(team.attributes) == {"displayName", "members"}

    @pytest.mark.parametrize("before, kind", [(True, "deactivate"), (False, "activate")])
    def test_active_going_over_is_an_event_of_its_own(self, before, kind):
        """EVT-005: PATCH active false -> patch + deactivate; a change that leaves it as it is has none."""
        trial = Trial.start()
        ada = trial.user("ada", active=before)
        trial.patch(f"/Users/{ada}", {"op": "replace", "path": "active", "value": not before})
        trial.patch(f"/Users/{ada}", {"op": "replace", "path": "title", "value": "x"})
        assert kinds(trial) == ["create", "patch", kind, "patch"]
        patched, flipped = told(trial)[1:3]
        assert patched.transaction == flipped.transaction

    def test_a_deletion_is_one_event(self):
        """EVT-004: DELETE must not also emit feed:remove, nor anything else."""
        trial = Trial.start()
        ada = trial.user("ada")
        trial.group("team", ada)
        seen = len(told(trial))
        trial.delete(f"/Users/{ada}")
        assert [event.kind for event in since(trial, seen)] == ["delete"]

    def test_an_anonymised_account_is_told_as_deactivated_and_nothing_more(self):
        """EVT-005, EVT-009: the trail forgets the person, not that they left."""
        trial = Trial.start(policy=DASTRA)
        ada = trial.user("ada@example.com", title="Pilot")
        trial.patch(f"/Users/{ada}", {"op": "replace", "path": "title", "value": "Captain"})
        trial.patch(f"/Users/{ada}", {"op": "replace", "path": "active", "value": False})
        # What was recorded before is blanked: a record that says of no change is no event.
        assert [(event.kind, event.attributes != ()) for event in told(trial)] == [
            ("create", False),
            ("patch", True),
            ("deactivate", False),
        ]
        assert "ada@" not in repr(trial.service.admin.audit(trial.tenant))

    def test_there_is_none_for_what_did_not_happen(self):
        """EVT-009: never for failed, rolled back or no-op writes."""
        trial = Trial.start()
        ada = trial.user("ada", title="Pilot")
        seen = len(told(trial))
        refused = trial.patch(
            f"/Users/{ada}",
            {"op": "replace", "path": "title", "value": "Captain"},
            {"op": "replace", "path": "id", "value": "other"},
        )
        unchanged = trial.patch(f"/Users/{ada}", {"op": "replace", "path": "title", "value": "Pilot"})
        twice = trial.post("/Users", {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ADA"})
        stale = trial.delete(f"/Users/{ada}", headers={"If-Match": 'W/"9"'})
        assert [refused.status, unchanged.status, twice.status, stale.status] == [400, 200, 409, 412]
        assert since(trial, seen) == []

    def test_no_password_is_in_it(self):
        """EVT-009, CORE-057."""
        trial = Trial.start()
        ada = trial.user("ada", password=SECRET)
        trial.patch(f"/Users/{ada}", {"op": "replace", "value": {"password": SECRET + "x", "title": "x"}})
        assert len(told(trial)) == 2
        assert SECRET not in repr(told(trial)) + repr(trial.service.admin.audit(trial.tenant))


class TestClaims:
    """RFC 9967 section 2: the claims of the token that carries an event."""

    @staticmethod
    def of(event: Event, **more) -> dict:
        return claims(
            event, issuer="https://scim.example.com", audience=["https://hub.example.org"], token_id="t1", **more
        )

    @staticmethod
    def event(kind: str, *attributes: str) -> Event:
        return Event(kind=kind, uri="/Users/7", id="7", transaction="x1", at=9, version='W/"2"', attributes=attributes)

    def test_they_say_who_is_meant_by_a_relative_uri(self):
        """EVT-002: sub_id {format:"scim", uri REQUIRED relative, externalId?, id?}; never "sub"; not inside events."""
        found = self.of(self.event("patch", "title"), external_id="E7")
        assert found["sub_id"] == {"format": "scim", "uri": "/Users/7", "id": "7", "externalId": "E7"}
        assert "sub" not in found
        assert "sub_id" not in json.dumps(found["events"])
        assert "externalId" not in self.of(self.event("patch"))["sub_id"]

    def test_they_are_those_of_a_token(self):
        """EVT-003: txn identifies the transaction."""
        found = self.of(self.event("delete"))
        assert {name: found[name] for name in ("iss", "aud", "jti", "iat", "txn")} == {
            "iss": "https://scim.example.com",
            "aud": ["https://hub.example.org"],
            "jti": "t1",
            "iat": 9,
            "txn": "x1",
        }

    @pytest.mark.parametrize("kind", ["create", "patch", "put"])
    def test_full_has_data_and_notice_has_attributes(self, kind):
        """EVT-003: exactly one of them; version = ETag."""
        event = self.event(kind, "title")
        assert self.of(event)["events"] == {f"{SUBJECT}:{kind}:notice": {"attributes": ["title"], "version": 'W/"2"'}}
        assert self.of(event, data={"id": "7"})["events"] == {
            f"{SUBJECT}:{kind}:full": {"data": {"id": "7"}, "version": 'W/"2"'}
        }

    @pytest.mark.parametrize("kind", ["delete", "activate", "deactivate"])
    def test_the_others_carry_nothing(self, kind):
        """EVT-003: delete carries neither data nor attributes."""
        assert self.of(self.event(kind))["events"] == {f"{SUBJECT}:{kind}": {}}
        with pytest.raises(ValueError, match="carries no data"):
            self.of(self.event(kind), data={})

    def test_they_come_from_what_happened(self):
        """EVT-001: from a request to a token, in whole seconds."""
        trial = Trial.start()
        ada = trial.user("ada", externalId="E1")
        found = self.of(told(trial)[0], external_id="E1", data=trial.get(f"/Users/{ada}").body)
        event = found["events"][f"{SUBJECT}:create:full"]
        assert event["data"]["userName"] == "ada"
        assert event["version"] == event["data"]["meta"]["version"]
        assert START // 1_000_000 <= found["iat"] < START // 1_000_000 + 60
