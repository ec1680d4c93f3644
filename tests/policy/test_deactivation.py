"""Disabling (POL-001 to POL-011)."""

import pytest

from scimcore.policy import STANDARD, Create, Deactivate, Mastered, Mastery, Policy, Reactivate
from scimcore.policy.effects import (
    CREDENTIALS,
    Anonymise,
    DeleteAccount,
    ReleaseSeat,
    RevokeCredentials,
    SyncMemberships,
    TransferOwnership,
)
from scimcore.policy.exports import visible
from scimcore.policy.facts import Memory, Tenant
from scimcore.policy.triggers import Approved, SignedIn
from tests.policy.support import (
    ANN,
    DAY,
    DISABLE,
    ENABLE,
    HOUR,
    NOW,
    OFF,
    bound,
    created,
    disable,
    facts,
    names,
    one,
    plan_and_needs,
    plan_for,
    refused,
    rules,
    updated,
)


def policy(**choices: object) -> Policy:
    return Policy(deactivate=Deactivate(**choices))  # type: ignore[arg-type]


def forgetting(**choices: object) -> Policy:
    return Policy(deactivate=Deactivate(access="anonymise", **choices), reactivate=Reactivate(account="new"))  # type: ignore[arg-type]


class TestAccess:
    """POL-001: on_deactivate = suspend (default) / remove_membership / anonymise / delete / nothing."""

    def test_suspends_and_keeps_everything(self) -> None:
        plan = disable()
        assert names(plan) == ["SuspendAccount", "RevokeCredentials", "SyncMemberships", "ReleaseSeat"]
        assert plan.binding == bound("suspended", since=NOW)
        assert plan.data is None and not plan.drops_links
        assert visible(STANDARD, plan.binding, OFF)

    def test_removes_the_membership_of_this_tenant_only(self) -> None:
        plan = disable(policy(access="remove_membership"))
        assert one(plan, DeleteAccount) == DeleteAccount(account="a-1", mode="membership")
        assert plan.binding is not None and plan.binding.state == "suspended"

    def test_anonymises_for_good(self) -> None:
        plan = disable(
            forgetting(), bound(override=("admin",), retained=("owner",), memory=Memory(default_role="member"))
        )
        assert names(plan) == ["RevokeCredentials", "SyncMemberships", "ReleaseSeat", "Anonymise"]
        assert plan.binding == bound("anonymised", since=NOW)

    def test_deletes_only_when_it_says_that_it_is_nonconformant(self) -> None:
        with pytest.raises(ValueError, match="PATCH active false must not delete"):
            policy(access="delete")
        plan = disable(Policy(deactivate=Deactivate(access="delete"), nonconformant=True))
        assert plan.outcome == "deleted" and plan.drops_links
        assert {"DeleteAccount", "RevokeCredentials"} <= set(names(plan))

    def test_does_nothing_only_when_it_says_that_it_is_nonconformant(self) -> None:
        with pytest.raises(ValueError, match="a disabled user keeps access"):
            policy(access="nothing")
        plan = disable(Policy(deactivate=Deactivate(access="nothing"), nonconformant=True))
        assert not {"SuspendAccount", "RevokeCredentials"} & set(names(plan))

    def test_carries_out_the_rest_of_the_request_as_well(self) -> None:
        plan = plan_for(STANDARD, facts(bound()), updated(ANN, {**OFF, "title": "Gone"}))
        assert "UpdateProfile" in names(plan) and "SuspendAccount" in names(plan)

    def test_is_never_held_up_by_the_rest_of_the_request(self) -> None:
        strict = Policy(mastery=Mastery(rules=(Mastered("title", "app"),), on_patch="ignore"))
        tenant = Tenant(verified_domains=("acme.com",))
        away = updated(ANN, {**OFF, "userName": "ann@evil.example", "emails": []})
        plan = plan_for(strict, facts(bound(), tenant=tenant), away)
        assert "RevokeCredentials" in names(plan)
        assert plan.data == OFF


class TestHeld:
    """A local admin's suspension: disabling and enabling in the identity provider neither lifts nor loses it."""

    def test_a_new_account_is_held_too(self) -> None:
        gone = disable(forgetting(), bound(held=True))
        assert gone.data is not None and gone.binding is not None and gone.binding.held
        back = plan_for(forgetting(), facts(gone.binding), updated(gone.data, {**gone.data, "active": True}))
        assert back.opens is not None and back.opens.state == "suspended"
        assert names(back) == [] and back.binding is not None and back.binding.held
        refused(plan_for(forgetting(), facts(back.binding, data=ANN), SignedIn()), 403, "SC-2022")


class TestCredentials:
    """POL-002: sessions, refresh tokens, API keys, SSH keys, devices; within the same unit of work."""

    def test_all_kinds_end_by_default_and_soon(self) -> None:
        effect = one(disable(), RevokeCredentials)
        assert effect == RevokeCredentials(account="a-1", kinds=CREDENTIALS, within_minutes=5)

    def test_exactly_the_chosen_kinds_end(self) -> None:
        effect = one(
            disable(policy(revoke=("sessions", "refresh_tokens"), revoke_within_minutes=60)), RevokeCredentials
        )
        assert effect == RevokeCredentials(account="a-1", kinds=("sessions", "refresh_tokens"), within_minutes=60)

    def test_sessions_cannot_be_left_out(self) -> None:
        with pytest.raises(ValueError, match="a leaver stays signed in"):
            policy(revoke=("api_keys",))


class TestSeat:
    """POL-003: seat_on_deactivate = release now / release at period end / keep."""

    def test_is_free_at_once(self) -> None:
        assert one(disable(), ReleaseSeat) == ReleaseSeat(account="a-1")

    def test_is_free_when_the_billing_period_ends(self) -> None:
        tenant = Tenant(period_ends=NOW + 3 * DAY)
        plan = disable(policy(seat="period_end"), tenant=tenant)
        assert one(plan, ReleaseSeat) == ReleaseSeat(account="a-1", due=NOW + 3 * DAY)

    def test_needs_no_other_when_the_user_is_back_before_that(self) -> None:
        chosen = policy(seat="period_end")
        plan = disable(chosen, tenant=Tenant(period_ends=NOW + 3 * DAY))
        back, asked = plan_and_needs(chosen, facts(plan.binding), ENABLE)
        assert "seats" not in asked and "ReserveSeat" not in names(back) and "ReleaseSeat" in back.cancels
        again, asked = plan_and_needs(chosen, facts(plan.binding, now=NOW + 4 * DAY), ENABLE)
        assert "seats" in asked and "ReserveSeat" in names(again)

    def test_is_kept(self) -> None:
        chosen = policy(seat="keep")
        plan = disable(chosen)
        assert "ReleaseSeat" not in names(plan)
        back, asked = plan_and_needs(chosen, facts(plan.binding), ENABLE)
        assert "seats" not in asked and "ReserveSeat" not in names(back)


class TestPersonalData:
    """POL-004: pii_on_deactivate = keep / obfuscate reversibly / anonymise irreversibly."""

    def test_is_kept(self) -> None:
        assert disable().data is None

    def test_is_blanked_and_comes_back(self) -> None:
        chosen = policy(personal_data="obfuscate")
        plan = disable(chosen)
        assert one(plan, Anonymise) == Anonymise(account="a-1", reversible=True)
        back = plan_for(chosen, facts(plan.binding), ENABLE)
        assert "UpdateProfile" in names(back)

    def test_is_gone_from_the_resource_too(self) -> None:
        plan = disable(forgetting())
        assert plan.data == {
            "schemas": ANN["schemas"],
            "externalId": "x-1",
            "userName": "ann@acme.com",
            "active": False,
        }

    def test_stays_in_the_resource_where_the_policy_says_so(self) -> None:
        assert disable(forgetting(resource="whole")).data == OFF

    def test_does_not_come_back_by_a_later_change(self) -> None:
        before = {"schemas": ANN["schemas"], "userName": "ann@acme.com", "active": False}
        plan = plan_for(forgetting(), facts(bound("anonymised")), updated(before, {**before, "title": "Dr"}))
        assert plan.outcome == "unchanged" and plan.data == before and plan.effects == ()

    def test_forgets_what_still_waits_for_the_account(self) -> None:
        assert {"SendInvitation", "UpdateProfile"} <= set(disable(forgetting()).cancels)


class TestMemberships:
    """POL-005: memberships_on_deactivate = keep hidden (Entra does not re-send) / leave teams / remove."""

    def test_are_kept_and_count_again(self) -> None:
        plan = disable()
        assert one(plan, SyncMemberships) == SyncMemberships(account="a-1", leave=("team-1",))
        back = plan_for(STANDARD, facts(plan.binding), ENABLE)
        assert one(back, SyncMemberships) == SyncMemberships(account="a-1", join=("team-1",))

    def test_leave_the_teams_for_good(self) -> None:
        chosen = policy(memberships="leave_teams")
        plan = disable(chosen)
        assert one(plan, SyncMemberships) == SyncMemberships(account="a-1", leave=("team-1",)) and not plan.drops_links
        assert "SyncMemberships" not in names(plan_for(chosen, facts(plan.binding), ENABLE))

    def test_are_removed_from_the_groups(self) -> None:
        assert disable(policy(memberships="remove")).drops_links


class TestOwned:
    """POL-006: owned objects = keep / transfer to manager, fixed user, admin / orphan / delete."""

    def test_stays(self) -> None:
        assert "TransferOwnership" not in names(disable())

    @pytest.mark.parametrize(
        ("choice", "manager", "to"),
        [("manager", "a-boss", "a-boss"), ("manager", None, "a-2"), ("fixed", "a-boss", "a-2"), ("admin", None, None)],
    )
    def test_goes_to_another(self, choice: str, manager: str | None, to: str | None) -> None:
        plan = disable(policy(owned=choice, owned_to="a-2"), manager=manager)
        assert one(plan, TransferOwnership) == TransferOwnership(account="a-1", to=to, mode="transfer")

    @pytest.mark.parametrize("choice", ["orphan", "delete"])
    def test_has_no_owner_or_goes(self, choice: str) -> None:
        effect = one(disable(policy(owned=choice)), TransferOwnership)
        assert isinstance(effect, TransferOwnership) and effect.mode == choice


class TestVisibility:
    """POL-007: inactive = returned with active=false (Entra and Okta require it) / hidden."""

    def test_shown_by_default(self) -> None:
        assert visible(STANDARD, bound("suspended"), OFF)

    def test_hidden_only_where_nothing_can_be_enabled_again(self) -> None:
        with pytest.raises(ValueError, match="SCIM must show a disabled user"):
            policy(visibility="hidden")
        chosen = Policy(
            deactivate=Deactivate(access="anonymise", visibility="hidden"),
            reactivate=Reactivate(account="new", on_post="restore"),
        )
        assert not visible(chosen, bound("anonymised"), OFF)
        assert visible(chosen, bound("invited"), ANN)  # POL-052: the invited are always found

    def test_the_deleted_never_show(self) -> None:
        assert not visible(STANDARD, bound("deleted"))


class TestCreatedInactive:
    """POL-008: create_inactive = allow suspended (no seat) / reject."""

    def test_is_a_suspended_account_without_a_seat(self) -> None:
        plan, asked = plan_and_needs(STANDARD, facts(), created(OFF))
        assert plan.opens is not None and plan.opens.state == "suspended"
        assert plan.binding is not None and plan.binding.state == "suspended"
        assert "seats" not in asked and names(plan) == []

    def test_is_refused(self) -> None:
        refused(
            plan_for(Policy(create=Create(inactive="reject")), facts(), created(OFF)), 400, "SC-2015", "invalidValue"
        )


class TestEdits:
    """POL-009: update_inactive = allow (default) / reject unless the same request sets active true."""

    def test_allowed(self) -> None:
        plan = plan_for(STANDARD, facts(bound("suspended")), updated(OFF, {**OFF, "title": "Dr"}))
        assert names(plan) == ["UpdateProfile"]

    def test_rejected(self) -> None:
        plan = plan_for(policy(edits="reject"), facts(bound("suspended")), updated(OFF, {**OFF, "title": "Dr"}))
        assert "ann@acme.com" in refused(plan, 400, "SC-2013", "mutability").lower()

    def test_allowed_together_with_enabling(self) -> None:
        plan = plan_for(policy(edits="reject"), facts(bound("suspended")), updated(OFF, {**ANN, "title": "Dr"}))
        assert {"ActivateAccount", "UpdateProfile"} <= set(names(plan))


class TestTiming:
    """POL-010: deactivate_delay = immediate / grace period / approval; SCIM shows active false at once."""

    grace = policy(timing="grace", grace_hours=24)
    approval = policy(timing="approval")

    def test_grace_makes_everything_due_later(self) -> None:
        plan = disable(self.grace)
        assert plan.binding is not None and plan.binding.state == "suspended"
        assert {effect.due for effect in plan.effects} == {NOW + 24 * HOUR}
        assert {"SuspendAccount", "RevokeCredentials", "ReleaseSeat"} <= set(names(plan))

    def test_enabling_within_it_cancels_everything(self) -> None:
        plan = disable(self.grace)
        back, asked = plan_and_needs(self.grace, facts(plan.binding, now=NOW + HOUR), ENABLE)
        assert {"SuspendAccount", "RevokeCredentials", "ReleaseSeat", "SyncMemberships"} <= set(back.cancels)
        assert "seats" not in asked and back.binding is not None and back.binding.state == "active"
        assert (back.binding.memory.works_until, back.binding.memory.seat_until) == (None, None)

    def test_enabling_after_it_is_like_any_other(self) -> None:
        plan = disable(self.grace)
        back = plan_for(self.grace, facts(plan.binding, now=NOW + 25 * HOUR), ENABLE)
        assert "ActivateAccount" in names(back) and "ReserveSeat" in names(back)

    def test_within_it_the_person_still_signs_in(self) -> None:
        binding = disable(self.grace).binding
        assert plan_for(self.grace, facts(binding, now=NOW + HOUR), SignedIn()).outcome == "accepted"
        assert plan_for(self.grace, facts(binding, now=NOW + 25 * HOUR), SignedIn()).outcome == "refused"

    def test_approval_waits_for_an_admin(self) -> None:
        plan = disable(self.approval)
        assert plan.effects == () and plan.binding is not None
        approved = plan_for(self.approval, facts(plan.binding, data=OFF), Approved())
        assert {"SuspendAccount", "RevokeCredentials", "ReleaseSeat"} <= set(names(approved))
        assert approved.binding is not None and approved.binding.memory == Memory()

    def test_declined_the_user_stays_and_scim_says_so(self) -> None:
        plan = disable(self.approval)
        declined = plan_for(self.approval, facts(plan.binding, data=OFF), Approved(granted=False))
        assert declined.data == ANN and declined.binding is not None and declined.binding.state == "active"

    def test_a_grace_without_hours_is_refused(self) -> None:
        with pytest.raises(ValueError, match="needs deactivate"):
            policy(timing="grace")


class TestOnce:
    """POL-011: deactivating is idempotent: no second event, no second revoke."""

    def test_repeating_it_does_nothing(self) -> None:
        plan = disable()
        again = plan_for(STANDARD, facts(plan.binding), DISABLE)
        assert again.effects == ()

    def test_a_held_leaver_stays_one(self) -> None:
        plan = disable(binding=bound(held=True))
        assert plan.binding is not None and plan.binding.held
        back = plan_for(STANDARD, facts(plan.binding), ENABLE)
        assert back.binding is not None and back.binding.state == "active"
        assert "ActivateAccount" not in names(back) and "SyncMemberships" not in names(back)


def test_everything_is_attributed() -> None:
    assert rules(disable()) == {"deactivate.access", "deactivate.revoke", "deactivate.memberships", "deactivate.seat"}
