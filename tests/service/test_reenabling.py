"""Enabling again, seen through the whole service: which account the identity provider talks to afterwards."""

from policies.dastra import DASTRA
from scimcore.testing.trial import Trial

OFF = {"op": "replace", "path": "active", "value": False}
ON = {"op": "replace", "path": "active", "value": True}


class TestANewAccountOnEnabling:
    """POL-030: on_reactivate = new account behind the same SCIM id."""

    def test_is_for_those_who_were_anonymised(self) -> None:
        trial = Trial.start(policy=DASTRA)
        user = trial.user("ada@example.com")
        trial.patch(f"/Users/{user}", OFF)
        assert trial.patch(f"/Users/{user}", ON).status == 200
        ghost, successor = trial.host.all("acme")
        assert (ghost.state, ghost.email) == ("anonymised", None)
        assert (successor.state, successor.email) == ("active", "ada@example.com")

    def test_is_not_for_those_who_were_created_disabled_and_never_left(self) -> None:
        trial = Trial.start(policy=DASTRA)
        user = trial.user("ada@example.com", active=False)
        trial.patch(f"/Users/{user}", ON)
        trial.delete(f"/Users/{user}")
        assert [account.state for account in trial.host.all("acme")] == ["anonymised"]
        assert trial.post("/Users", {"userName": "ada@example.com"}).status == 201


class TestAnAnonymisedUser:
    """POL-004: of an anonymised user only what it is matched by is shown; memberships stay stored."""

    def test_shows_no_groups_until_it_is_enabled_again(self) -> None:
        trial = Trial.start(policy=DASTRA)
        user = trial.user("ada@example.com", displayName="Ada", externalId="a-1")
        group = trial.group("Crew", user)
        answer = trial.patch(f"/Users/{user}", OFF)
        assert set(answer.body) == {"schemas", "id", "meta", "userName", "externalId", "active"}
        assert set(trial.get(f"/Users/{user}").body) == set(answer.body)
        assert [member["value"] for member in trial.get(f"/Groups/{group}")["members"]] == [user]
        assert [shown["value"] for shown in trial.patch(f"/Users/{user}", ON)["groups"]] == [group]
