"""How people begin, are disabled, enabled and deleted: each choice set, seen to act over HTTP, and explained."""

import pytest

from scimcore.dialects import AUTO, RFC
from scimcore.policy import Create, Deactivate, Delete, Invitations, Reactivate
from scimcore.policy import effects as e
from scimcore.policy.triggers import Approved, SignedIn
from scimcore.schema import ENTERPRISE_URN
from scimcore.service.events import events
from tests.service.support import ADA, BEN, DAY, HOUR, OFF, ON, policy, replace, start


class TestCreate:
    """POL-050: initial_state = active / invited / pending approval. POL-008: create_inactive."""

    @pytest.mark.parametrize(("initial", "state"), [("active", "active"), ("invited", "invited")])
    def test_begins_so(self, initial: str, state: str) -> None:
        stage = start(create=Create(initial=initial))  # type: ignore[arg-type]
        user = stage.user()
        assert stage.account().state == state
        assert stage.trial.get(f"/Users/{user}")["active"] is True
        assert "create.initial" in stage.notes()

    def test_pending_waits_for_an_admin_and_then_begins(self) -> None:
        stage = start(create=Create(initial="pending"))
        user = stage.user()
        assert stage.account().state == "suspended"
        assert stage.effects("SendInvitation") == []
        assert stage.tell(SignedIn()).refusal is not None
        assert stage.tell(Approved()).refusal is None
        assert stage.account().state == "active"
        assert stage.trial.get(f"/Users/{user}")["active"] is True

    def test_pending_that_is_declined_is_disabled(self) -> None:
        stage = start(create=Create(initial="pending"))
        user = stage.user()
        stage.tell(Approved(granted=False))
        assert stage.account().state == "suspended"
        assert stage.trial.get(f"/Users/{user}")["active"] is False

    @pytest.mark.parametrize(("inactive", "status"), [("suspended", 201), ("reject", 400)])
    def test_with_active_false(self, inactive: str, status: int) -> None:
        stage = start(create=Create(inactive=inactive))  # type: ignore[arg-type]
        answer = stage.post(ADA, status, active=False)
        assert [account.state for account in stage.accounts()] == (["suspended"] if status == 201 else [])
        assert stage.effects("ReserveSeat") == []
        if status == 400:
            assert answer["scimType"] == "invalidValue"
            assert "create.inactive" in stage.notes()


class TestInvitations:
    """POL-051, POL-053, POL-054, POL-055."""

    @pytest.mark.parametrize(
        ("mail", "sso", "sent"),
        [("always", True, 1), ("unless_sso", True, 0), ("unless_sso", False, 1), ("never", False, 0)],
    )
    def test_are_written_or_not(self, mail: str, sso: bool, sent: int) -> None:
        stage = start(invitations=Invitations(mail=mail))  # type: ignore[arg-type]
        stage.settings(sso_enforced=sso)
        stage.user()
        assert len(stage.effects("SendInvitation")) == sent
        assert "invitations.mail" in stage.notes()

    @pytest.mark.parametrize(("choice", "counts"), [("when_activated", set()), ("at_once", {ADA})])
    def test_count_in_teams(self, choice: str, counts: set[str]) -> None:
        stage = start(create=Create(initial="invited"), invitations=Invitations(memberships=choice))  # type: ignore[arg-type]
        user = stage.user()
        group = stage.trial.group("Sales", user)
        assert stage.host.members("acme", "Sales") == counts
        assert stage.trial.get(f"/Groups/{group}")["members"][0]["value"] == user
        stage.tell(SignedIn())
        assert stage.host.members("acme", "Sales") == {ADA}

    def test_expire_and_the_next_change_sends_one_more_once(self) -> None:
        stage = start(create=Create(initial="invited"), invitations=Invitations(expire_days=2))
        user = stage.user()
        stage.later(3 * DAY)
        assert stage.tell(SignedIn()).refusal is not None
        assert stage.trial.get(f"/Users/{user}").status == 200
        assert len(stage.effects("CancelInvitation")) == 1
        stage.patch(user, replace("title", "Lead"))
        stage.patch(user, replace("title", "Head"))
        assert len(stage.effects("SendInvitation")) == 2
        assert stage.tell(SignedIn()).refusal is None

    def test_are_taken_back_from_who_is_disabled_and_written_again(self) -> None:
        stage = start(create=Create(initial="invited"))
        user = stage.user()
        stage.off(user)
        assert "CancelInvitation" in stage.kinds() and "ReleaseSeat" in stage.kinds()
        stage.on(user)
        assert stage.account().state == "invited"
        assert len(stage.effects("SendInvitation")) == 2


class TestDeactivate:
    """POL-001 to POL-011, one scenario per value."""

    @pytest.mark.parametrize(
        ("access", "state"), [("suspend", "suspended"), ("remove_membership", "deleted"), ("nothing", "active")]
    )
    def test_does_to_the_account(self, access: str, state: str) -> None:
        stage = start(policy(deactivate=Deactivate(access=access), nonconformant=True))  # type: ignore[arg-type]
        user = stage.user()
        stage.off(user)
        assert stage.account().state == state
        assert stage.trial.get(f"/Users/{user}")["active"] is False
        assert "deactivate.access" in stage.notes()
        if access == "remove_membership":
            (gone,) = stage.effects("DeleteAccount")
            assert isinstance(gone, e.DeleteAccount) and gone.mode == "membership"

    def test_anonymises(self) -> None:
        stage = start(deactivate=Deactivate(access="anonymise"), reactivate=Reactivate(account="new"))
        user = stage.user(title="Lead", externalId="x-1")
        stage.off(user)
        assert (stage.account().state, stage.account().email) == ("anonymised", None)
        shown = stage.trial.get(f"/Users/{user}").body
        assert set(shown) == {"schemas", "id", "externalId", "userName", "active", "meta"}

    def test_deletes_where_that_is_meant(self) -> None:
        with pytest.raises(ValueError, match="must not delete"):
            policy(deactivate=Deactivate(access="delete"))
        stage = start(policy(deactivate=Deactivate(access="delete"), nonconformant=True))
        user = stage.user()
        stage.trial.patch(f"/Users/{user}", OFF)
        assert stage.account().state == "deleted"
        assert stage.trial.get(f"/Users/{user}").status == 404

    def test_revokes_what_the_policy_says_within_the_time_it_says(self) -> None:
        kinds = ("sessions", "refresh_tokens", "api_keys")
        stage = start(deactivate=Deactivate(revoke=kinds, revoke_within_minutes=15))
        stage.off(stage.user())
        account = stage.account().id
        assert stage.effects("RevokeCredentials") == [
            e.RevokeCredentials(account=account, kinds=kinds, within_minutes=15)
        ]

    def test_again_changes_nothing(self) -> None:
        """POL-011: deactivate is idempotent."""
        stage = start()
        user = stage.user()
        first = stage.off(user)
        again = stage.off(user)
        assert again.headers["ETag"] == first.headers["ETag"]
        assert len(stage.effects("RevokeCredentials")) == 1

    @pytest.mark.parametrize(("seat", "now"), [("now", 1), ("period_end", 0), ("keep", 0)])
    def test_frees_the_seat(self, seat: str, now: int) -> None:
        stage = start(deactivate=Deactivate(seat=seat))  # type: ignore[arg-type]
        stage.settings(period_ends=stage.trial.clock.now + DAY)
        stage.off(stage.user())
        assert len(stage.effects("ReleaseSeat")) == now
        stage.later(2 * DAY)
        assert len(stage.effects("ReleaseSeat")) == (0 if seat == "keep" else 1)

    def test_in_the_period_keeps_the_seat_of_who_comes_back(self) -> None:
        stage = start(deactivate=Deactivate(seat="period_end"))
        stage.settings(period_ends=stage.trial.clock.now + DAY)
        user = stage.user()
        stage.off(user)
        stage.on(user)
        stage.later(2 * DAY)
        assert stage.effects("ReleaseSeat") == []

    def test_blanks_name_and_email_and_brings_them_back(self) -> None:
        """POL-004: obfuscated reversibly; what is recorded is not forgotten."""
        stage = start(deactivate=Deactivate(personal_data="obfuscate"))
        user = stage.user(displayName="Ada")
        stage.off(user)
        assert (stage.account().state, stage.account().email, stage.account().name) == ("suspended", None, None)
        assert stage.trial.service.admin.audit("acme")[0].changes
        stage.on(user)
        assert (stage.account().state, stage.account().email, stage.account().name) == ("active", ADA, "Ada")

    def test_leaves_the_whole_resource_of_who_is_anonymised(self) -> None:
        stage = start(deactivate=Deactivate(access="anonymise", resource="whole"), reactivate=Reactivate(account="new"))
        user = stage.user(displayName="Ada")
        stage.off(user)
        assert stage.trial.get(f"/Users/{user}")["displayName"] == "Ada"
        stage.on(user)
        assert stage.account(1).name == "Ada"

    @pytest.mark.parametrize(
        ("choice", "listed", "back"),
        [("keep", True, {ADA}), ("leave_teams", True, set()), ("remove", False, set())],
    )
    def test_does_to_memberships(self, choice: str, listed: bool, back: set[str]) -> None:
        stage = start(deactivate=Deactivate(memberships=choice))  # type: ignore[arg-type]
        user = stage.user()
        group = stage.trial.group("Sales", user)
        stage.off(user)
        assert stage.host.members("acme", "Sales") == set()
        assert bool(stage.trial.get(f"/Groups/{group}")["members"]) is listed
        stage.on(user)
        assert stage.host.members("acme", "Sales") == back

    @pytest.mark.parametrize("owned", ["keep", "manager", "fixed", "admin", "orphan", "delete"])
    def test_hands_over_what_is_owned(self, owned: str) -> None:
        stage = start(deactivate=Deactivate(owned=owned, owned_to="a-chief"))  # type: ignore[arg-type]
        manager = stage.user(BEN)
        user = stage.user(**{ENTERPRISE_URN: {"manager": {"value": manager}}})
        stage.off(user)
        mine, theirs = stage.account(1).id, stage.account(0).id
        wanted = {
            "keep": [],
            "manager": [e.TransferOwnership(account=mine, to=theirs)],
            "fixed": [e.TransferOwnership(account=mine, to="a-chief")],
            "admin": [e.TransferOwnership(account=mine)],
            "orphan": [e.TransferOwnership(account=mine, mode="orphan")],
            "delete": [e.TransferOwnership(account=mine, mode="delete")],
        }
        assert stage.effects("TransferOwnership") == wanted[owned]

    def test_falls_back_where_the_manager_is_unknown(self) -> None:
        stage = start(deactivate=Deactivate(owned="manager", owned_to="a-chief"))
        stage.off(stage.user(**{ENTERPRISE_URN: {"manager": {"value": "nobody"}}}))
        assert stage.effects("TransferOwnership") == [e.TransferOwnership(account=stage.account().id, to="a-chief")]

    def test_hides_where_that_is_meant(self) -> None:
        """POL-007: hidden only with anonymise or delete, or where it is said to be meant."""
        with pytest.raises(ValueError, match="visibility"):
            policy(deactivate=Deactivate(visibility="hidden"))
        parts = {
            "deactivate": Deactivate(access="anonymise", visibility="hidden"),
            "reactivate": Reactivate(account="new", on_post="restore", post_needs="user_name"),
        }
        with pytest.raises(ValueError, match="auto needs inactive-visible"):
            start(**parts)
        stage = start(**parts, dialect=RFC)
        user = stage.user()
        stage.trial.patch(f"/Users/{user}", OFF)
        assert stage.trial.get(f"/Users/{user}").status == 404
        assert stage.trial.get("/Users")["totalResults"] == 0
        assert stage.trial.get("/Users", query={"filter": f'userName eq "{ADA}"'})["totalResults"] == 0
        assert stage.post(ADA)["active"] is True

    @pytest.mark.parametrize(("edits", "status"), [("allow", 200), ("reject", 400)])
    def test_lets_a_disabled_user_be_changed(self, edits: str, status: int) -> None:
        stage = start(deactivate=Deactivate(edits=edits))  # type: ignore[arg-type]
        user = stage.user()
        stage.off(user)
        answer = stage.patch(user, replace("title", "Lead"), status=status)
        if status == 400:
            assert answer["scimType"] == "mutability"
            assert "deactivate.edits" in stage.notes()
        stage.patch(user, replace("title", "Lead"), ON)

    def test_after_a_grace_period(self) -> None:
        """POL-010: SCIM shows active false at once, the product follows after the delay."""
        stage = start(deactivate=Deactivate(timing="grace", grace_hours=24))
        user = stage.user()
        stage.trial.group("Sales", user)
        assert stage.off(user)["active"] is False
        assert stage.account().state == "active"
        assert stage.host.members("acme", "Sales") == {ADA}
        stage.later(23 * HOUR)
        assert stage.account().state == "active"
        stage.later(2 * HOUR)
        assert stage.account().state == "suspended"
        assert {"RevokeCredentials", "ReleaseSeat"} <= set(stage.kinds())
        assert stage.host.members("acme", "Sales") == set()
        assert stage.waiting() == []

    def test_not_at_all_when_enabled_within_the_grace_period(self) -> None:
        stage = start(deactivate=Deactivate(timing="grace", grace_hours=24))
        user = stage.user()
        stage.off(user)
        stage.later(HOUR)
        stage.on(user)
        assert stage.waiting() == []
        stage.later(3 * DAY)
        assert stage.account().state == "active"
        assert "RevokeCredentials" not in stage.kinds()

    @pytest.mark.parametrize(("granted", "state", "active"), [(True, "suspended", False), (False, "active", True)])
    def test_when_an_admin_approves(self, granted: bool, state: str, active: bool) -> None:
        stage = start(deactivate=Deactivate(timing="approval"))
        user = stage.user()
        assert stage.off(user)["active"] is False
        assert stage.account().state == "active"
        stage.tell(Approved(granted))
        assert stage.account().state == state
        assert stage.trial.get(f"/Users/{user}")["active"] is active


class TestDelete:
    """POL-020 to POL-026. RFC 7644 section 3.6: 404 afterwards, whatever becomes of the account."""

    @pytest.mark.parametrize(
        ("account", "state", "mode"),
        [
            ("tombstone", "deleted", "tombstone"),
            ("hard", "deleted", "hard"),
            ("suspend", "suspended", None),
            ("anonymise", "anonymised", None),
        ],
    )
    def test_does_to_the_account(self, account: str, state: str, mode: str | None) -> None:
        stage = start(delete=Delete(account=account))  # type: ignore[arg-type]
        user = stage.user()
        stage.delete(user)
        assert stage.account().state == state
        assert [effect.mode for effect in stage.effects() if isinstance(effect, e.DeleteAccount)] == (
            [mode] if mode else []
        )
        assert stage.trial.get(f"/Users/{user}").status == 404
        assert stage.trial.get("/Users")["totalResults"] == 0
        assert "delete.account" in stage.notes()
        if account != "suspend":  # that account is the product's own now, and in the way like any other
            assert stage.post(ADA)["id"] != user

    def test_purges_after_the_retention(self) -> None:
        stage = start(delete=Delete(retention_days=7))
        stage.delete(stage.user())
        stage.later(6 * DAY)
        assert [getattr(x, "mode", "") for x in stage.effects("DeleteAccount")] == ["tombstone"]
        stage.later(2 * DAY)
        assert [getattr(x, "mode", "") for x in stage.effects("DeleteAccount")] == ["tombstone", "hard"]

    def test_tells_of_its_end_once_and_not_again_when_it_is_purged(self) -> None:
        stage = start(delete=Delete(retention_days=7))
        stage.delete(stage.user())
        stage.later(8 * DAY)
        registry = stage.trial.service.registry(stage.policy)
        told = [event.kind for record in stage.trial.service.admin.audit("acme") for event in events(record, registry)]
        assert told == ["create", "delete"]

    def test_resurrects_within_the_retention(self) -> None:
        """POL-022, POL-023, POL-034: the old account under a new SCIM id, for the same externalId."""
        stage = start(
            delete=Delete(link="keep", recreate="resurrect", recreate_needs="user_name"),
        )
        user = stage.user()
        stage.delete(user)
        stage.host.change("acme", stage.account().id, state="deleted", email=ADA)
        again = stage.post(ADA)
        assert again["id"] != user
        assert [account.state for account in stage.accounts()] == ["active"]

    def test_refuses_the_name_until_the_purge_where_that_is_meant(self) -> None:
        with pytest.raises(ValueError, match="recreate"):
            policy(delete=Delete(recreate="conflict"))
        chosen = policy(delete=Delete(recreate="conflict", recreate_needs="user_name"), nonconformant=True)
        stage = start(chosen)
        stage.delete(stage.user())
        assert stage.post(ADA, 409)["scimType"] == "uniqueness"
        assert "delete.recreate" in stage.notes()

    def test_ends_the_membership_of_this_tenant_only(self) -> None:
        stage = start(delete=Delete(scope="membership"))
        stage.delete(stage.user())
        assert [getattr(x, "mode", "") for x in stage.effects("DeleteAccount")] == ["membership"]

    @pytest.mark.parametrize(
        ("requests", "status", "state"), [("deactivate", 204, "suspended"), ("refuse", 403, "active")]
    )
    def test_may_be_something_else(self, requests: str, status: int, state: str) -> None:
        """POL-025."""
        stage = start(delete=Delete(requests=requests))  # type: ignore[arg-type]
        user = stage.user()
        stage.delete(user, status)
        assert stage.account().state == state
        assert stage.trial.get(f"/Users/{user}").status == (404 if status == 204 else 200)
        assert "delete.requests" in stage.notes()

    @pytest.mark.parametrize(("content", "mode"), [("preserve", None), ("transfer", "transfer"), ("delete", "delete")])
    def test_does_to_content(self, content: str, mode: str | None) -> None:
        """POL-026."""
        stage = start(delete=Delete(content=content))  # type: ignore[arg-type]
        stage.delete(stage.user())
        assert [getattr(x, "mode", "") for x in stage.effects("TransferOwnership")] == ([mode] if mode else [])
        assert "delete.content" in stage.notes()


class TestReactivate:
    """POL-030 to POL-034."""

    @pytest.mark.parametrize(
        ("account", "status", "states"),
        [("restore", 200, ["active"]), ("new", 200, ["suspended", "active"]), ("refuse", 403, ["suspended"])],
    )
    def test_is_the_same_account_a_new_one_or_none(self, account: str, status: int, states: list[str]) -> None:
        dialect = RFC if account == "refuse" else AUTO
        stage = start(reactivate=Reactivate(account=account), dialect=dialect)  # type: ignore[arg-type]
        user = stage.user()
        stage.off(user)
        stage.on(user, status)
        assert [a.state for a in stage.accounts()] == states
        assert "reactivate.account" in stage.notes()

    def test_needs_a_seat(self) -> None:
        """POL-031: at a full house the user stays as it is, ETag and all."""
        stage = start()
        stage.settings(seat_limit=1)
        user = stage.user()
        version = stage.off(user).headers["ETag"]
        stage.user(BEN)
        stage.on(user, 403)
        assert stage.trial.get(f"/Users/{user}").headers["ETag"] == version

    @pytest.mark.parametrize(("needs", "given", "status"), [("external_id", "x-1", 201), ("external_id", "x-2", 409)])
    def test_by_creating_needs_the_same_external_id(self, needs: str, given: str, status: int) -> None:
        stage = start(reactivate=Reactivate(on_post="restore", post_needs=needs))  # type: ignore[arg-type]
        user = stage.user(externalId="x-1")
        stage.off(user)
        answer = stage.post(ADA, status, externalId=given)
        assert status == 409 or (answer["id"] == user and stage.account().state == "active")

    def test_by_creating_needs_only_the_name(self) -> None:
        stage = start(reactivate=Reactivate(on_post="restore", post_needs="user_name"))
        user = stage.user()
        stage.off(user)
        assert stage.post(ADA)["id"] == user

    def test_by_creating_is_a_clash_by_default(self) -> None:
        """POL-033: 409, nothing touched."""
        stage = start()
        stage.off(stage.user())
        stage.post(ADA, 409)
        assert stage.account().state == "suspended"
        assert "reactivate.on_post" in stage.notes()
