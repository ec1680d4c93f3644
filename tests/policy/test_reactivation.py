"""Enabling again (POL-030 to POL-034)."""

import pytest

from policies.dastra import DASTRA
from scimcore.policy import STANDARD, Deactivate, GroupRole, Plan, Policy, Reactivate, Roles
from scimcore.policy.effects import OPENED, SetRoles, SyncMemberships
from scimcore.policy.facts import GroupFact, Memory, SeatCount, Tenant
from tests.policy.support import (
    ANN,
    DISABLE,
    ENABLE,
    OFF,
    asks,
    bound,
    created,
    disable,
    facts,
    later,
    names,
    one,
    plan_and_needs,
    plan_for,
    refused,
    updated,
)


def policy(**choices: object) -> Policy:
    return Policy(reactivate=Reactivate(**choices))  # type: ignore[arg-type]


class TestAccount:
    """POL-030: on_reactivate = restore the same account / a new account behind the same SCIM id / refuse."""

    def test_what_it_takes_is_asked_at_once(self) -> None:
        """Each question is a decision begun anew."""
        assert asks(STANDARD, facts(bound("suspended")), ENABLE) == [("seats", "groups")]
        assert asks(STANDARD, facts(bound()), DISABLE) == [("account", "groups")]

    def test_the_same_account(self) -> None:
        plan = plan_for(STANDARD, facts(bound("suspended")), ENABLE)
        assert plan.opens is None and plan.binding is not None
        assert (plan.binding.account, plan.binding.state) == ("a-1", "active")
        assert names(plan) == ["ReserveSeat", "ActivateAccount", "SyncMemberships"]

    def test_a_new_account_behind_the_same_scim_id(self) -> None:
        gone = disable(DASTRA)
        assert gone.data is not None
        sent = {**gone.data, "active": True}
        plan = plan_for(DASTRA, facts(gone.binding), updated(gone.data, sent))
        assert plan.opens is not None and plan.opens.data == sent and plan.opens.resource == "u-1"
        assert plan.binding is not None and (plan.binding.resource, plan.binding.account) == ("u-1", OPENED)
        assert one(plan, SyncMemberships) == SyncMemberships(account=OPENED, join=("team-1",))
        assert not any(effect.account == "a-1" for effect in plan.effects)

    def test_a_new_account_although_the_old_one_is_only_suspended(self) -> None:
        plan = plan_for(policy(account="new"), facts(bound("suspended", override=("admin",))), ENABLE)
        assert plan.opens is not None and plan.opens.roles == ("member",)
        assert plan.binding is not None and plan.binding.override is None

    def test_the_ghost_stays_a_ghost_however_often(self) -> None:
        binding = bound()
        accounts = []
        for turn in range(3):
            gone = disable(DASTRA, binding)
            assert gone.data is not None
            back = plan_for(DASTRA, facts(gone.binding), updated(gone.data, {**gone.data, "active": True}))
            binding = later(back.binding, f"a-{turn + 2}")
            accounts.append(binding.account)
        assert accounts == ["a-2", "a-3", "a-4"]

    def test_refused(self) -> None:
        refused(plan_for(policy(account="refuse"), facts(bound("suspended")), ENABLE), 403, "SC-2014")

    def test_restoring_the_anonymised_is_a_contradiction(self) -> None:
        with pytest.raises(ValueError, match="cannot come back"):
            Policy(deactivate=Deactivate(access="anonymise"))


class TestBegunDisabled:
    """POL-008, POL-030: who was created disabled has left nobody: enabling is the first day, under every policy."""

    @pytest.mark.parametrize("chosen", [STANDARD, DASTRA, policy(account="new"), policy(account="refuse")])
    def test_the_account_that_waits_is_used(self, chosen: Policy) -> None:
        waits = later(plan_for(chosen, facts(), created(OFF)).binding)
        plan = plan_for(chosen, facts(waits), ENABLE)
        assert plan.opens is None and plan.binding is not None and plan.binding.account == "a-1"
        assert {"ActivateAccount", "ReserveSeat", "SendInvitation"} <= set(names(plan))

    def test_the_second_time_the_policy_decides(self) -> None:
        chosen = policy(account="refuse")
        first = plan_for(chosen, facts(later(plan_for(chosen, facts(), created(OFF)).binding)), ENABLE)
        refused(plan_for(chosen, facts(disable(chosen, first.binding).binding), ENABLE), 403, "SC-2014")

    def test_created_disabled_for_want_of_a_seat(self) -> None:
        from scimcore.policy import Seats

        chosen = Policy(deactivate=DASTRA.deactivate, reactivate=DASTRA.reactivate, seats=Seats(full="create_inactive"))
        waits = later(plan_for(chosen, facts(), created(), seats=SeatCount(1, 1)).binding)
        plan = plan_for(chosen, facts(waits), ENABLE)
        assert plan.opens is None and "ActivateAccount" in names(plan)
        refused(plan_for(chosen, facts(waits), ENABLE, seats=SeatCount(1, 1)), 403, "SC-2003")


class TestSeat:
    """POL-031: reactivation needs a seat; if there is none the user is unchanged."""

    @pytest.mark.parametrize("chosen", [STANDARD, DASTRA])
    def test_none_is_free(self, chosen: Policy) -> None:
        state = "anonymised" if chosen is DASTRA else "suspended"
        detail = refused(plan_for(chosen, facts(bound(state)), ENABLE, seats=SeatCount(5, 5)), 403, "SC-2003")
        assert "5 of 5" in detail and "ann@acme.com" in detail


class TestRoles:
    """POL-032: role_on_reactivate = previous / default / recompute from current groups."""

    sources = Roles(sources=("groups",), mappings=(GroupRole("Sales", "seller"),), not_grantable=())

    def back(self, choice: str, binding_roles: tuple[str, ...], **answers: object) -> Plan:
        chosen = Policy(reactivate=Reactivate(roles=choice), roles=self.sources)  # type: ignore[arg-type]
        return plan_for(chosen, facts(bound("suspended", roles=binding_roles)), ENABLE, **answers)

    def test_recomputed_from_the_groups_of_now(self) -> None:
        plan = self.back("recompute", ("editor",))
        assert one(plan, SetRoles) == SetRoles(account="a-1", roles=("seller",))

    def test_as_before(self) -> None:
        plan = self.back("previous", ("editor",))
        assert "SetRoles" not in names(plan) and plan.binding is not None and plan.binding.roles == ("editor",)

    def test_the_default(self) -> None:
        assert one(self.back("default", ("editor",)), SetRoles) == SetRoles(account="a-1", roles=("member",))

    def test_what_an_admin_set_stays(self) -> None:
        plan = plan_for(STANDARD, facts(bound("suspended", roles=("admin",), override=("admin",))), ENABLE)
        assert "SetRoles" not in names(plan) and plan.binding is not None and plan.binding.roles == ("admin",)

    def test_a_new_default_in_the_settings_is_for_new_users(self) -> None:
        """The default is held as it was given, until another source takes its place (POL-060)."""
        binding = bound("suspended", memory=Memory(default_role="member"))
        plan = plan_for(STANDARD, facts(binding, tenant=Tenant(default_role="viewer")), ENABLE)
        assert "SetRoles" not in names(plan)


class TestPost:
    """POL-033, POL-034: POST that matches an inactive managed user = 409 / restore, for the same externalId."""

    def post(self, chosen: Policy, state: str = "suspended", **body: object) -> Plan:
        known = facts(None, namesake=bound(state), namesake_data=OFF)
        return plan_for(chosen, known, created({**ANN, **body}))  # type: ignore[arg-type]

    def test_a_clash_by_default_with_the_remedy(self) -> None:
        detail = refused(self.post(STANDARD), 409, "SC-2004", "uniqueness")
        assert "enable it" in detail
        assert "Match the existing user" in refused(self.post(STANDARD, "active"), 409, "SC-2004", "uniqueness")

    def test_restored_for_the_same_external_id(self) -> None:
        plan = self.post(policy(on_post="restore"), title="Dr")
        assert plan.outcome == "restored" and plan.resource == "u-1"
        assert plan.data == {**ANN, "title": "Dr"}
        assert {"ActivateAccount", "UpdateProfile"} <= set(names(plan))

    def test_a_clash_for_another_external_id(self) -> None:
        refused(self.post(policy(on_post="restore"), externalId="x-2"), 409, "SC-2004", "uniqueness")
        loose = policy(on_post="restore", post_needs="user_name")
        assert self.post(loose, externalId="x-2").outcome == "restored"

    def test_nobody_is_restored_by_a_user_without_external_id(self) -> None:
        body = {k: v for k, v in ANN.items() if k != "externalId"}
        known = facts(None, namesake=bound("suspended"), namesake_data={k: OFF[k] for k in OFF if k != "externalId"})
        refused(plan_for(policy(on_post="restore"), known, created(body)), 409, "SC-2004", "uniqueness")

    def test_an_active_one_is_never_touched(self) -> None:
        refused(self.post(policy(on_post="restore"), "active"), 409, "SC-2004", "uniqueness")

    def test_an_anonymised_one_gets_a_new_account(self) -> None:
        chosen = Policy(deactivate=DASTRA.deactivate, reactivate=Reactivate(account="new", on_post="restore"))
        plan = self.post(chosen, "anonymised")
        assert plan.opens is not None and plan.resource == "u-1" and plan.outcome == "restored"


def test_memberships_of_now_are_joined() -> None:
    """POL-005: groups changed while the user was disabled count as they are when it comes back."""
    plan, asked = plan_and_needs(
        STANDARD, facts(bound("suspended")), ENABLE, groups=(GroupFact(id="g-2", name="New", team="team-2"),)
    )
    assert one(plan, SyncMemberships) == SyncMemberships(account="a-1", join=("team-2",)) and "groups" in asked
