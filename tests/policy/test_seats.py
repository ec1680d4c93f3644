"""Seats and quota (POL-040 to POL-046), and invitations (POL-050 to POL-055)."""

import pytest
from attrs import evolve

from policies.secoda import SECODA
from scimcore.policy import STANDARD, Create, Invitations, Plan, Policy, Roles, SeatPool, Seats
from scimcore.policy.effects import OPENED, Notify, ReleaseSeat, ReserveSeat, SendInvitation, SyncMemberships
from scimcore.policy.facts import Binding, SeatCount, Tenant
from scimcore.policy.rules.seats import uses
from scimcore.policy.triggers import Approved, SettingsChanged, SignedIn, TimePassed
from tests.policy.support import (
    ANN,
    DAY,
    DELETE,
    DISABLE,
    ENABLE,
    NOW,
    OFF,
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

FULL = SeatCount(5, 5)


def policy(**choices: object) -> Policy:
    return Policy(seats=Seats(**choices))  # type: ignore[arg-type]


def post(chosen: Policy, **answers: object) -> Plan:
    return plan_for(chosen, facts(), created(), **answers)


class TestFull:
    """POL-040: on_quota_full = reject / degrade role / create inactive / create pending / allow overage."""

    @pytest.mark.parametrize(("used", "passes"), [(4, True), (5, False), (6, False)])
    def test_rejects_at_the_limit_and_beyond(self, used: int, passes: bool) -> None:
        plan = post(STANDARD, seats=SeatCount(5, used))
        assert (plan.outcome == "created") is passes
        if passes:
            assert one(plan, ReserveSeat) == ReserveSeat(account="*opened*")

    def test_without_a_limit_everybody_gets_one(self) -> None:
        assert "ReserveSeat" in names(post(STANDARD, seats=None))
        assert "ReserveSeat" in names(post(STANDARD, seats=SeatCount(None, 99)))

    def test_degrades_to_the_minimal_role_without_a_seat(self) -> None:
        chosen = policy(full="degrade", degraded_role="minimal")
        plan = post(chosen, seats=FULL)
        assert plan.opens is not None and plan.opens.roles == ("minimal",) and "ReserveSeat" not in names(plan)
        later_on = plan_for(chosen, facts(later(plan.binding), data=ANN), SettingsChanged(), seats=SeatCount(9, 5))
        assert {"SetRoles", "ReserveSeat"} <= set(names(later_on))

    def test_creates_disabled(self) -> None:
        plan = post(policy(full="create_inactive"), seats=FULL)
        assert plan.data == OFF and plan.opens is not None and plan.opens.state == "suspended"

    def test_creates_pending_until_a_seat_is_free(self) -> None:
        chosen = policy(full="create_pending")
        plan = post(chosen, seats=FULL)
        assert plan.binding is not None and plan.binding.state == "pending"
        waits = later(plan.binding)
        assert plan_for(chosen, facts(waits, data=ANN), SettingsChanged(), seats=FULL).effects == ()
        begins = plan_for(chosen, facts(waits, data=ANN), SettingsChanged(), seats=SeatCount(6, 5))
        assert {"ActivateAccount", "ReserveSeat"} <= set(names(begins))

    def test_lets_in_beyond_the_limit_and_says_so(self) -> None:
        plan = post(policy(full="overage"), seats=FULL)
        assert one(plan, Notify) == Notify(account="", code="seats.overage") and "ReserveSeat" in names(plan)

    def test_degrading_needs_a_role(self) -> None:
        with pytest.raises(ValueError, match="degraded_role"):
            policy(full="degrade")


class TestError:
    """POL-041: 403 with the limit and the number used; 400 is the only other choice that conforms."""

    def test_403_names_user_limit_and_remedy(self) -> None:
        detail = refused(post(STANDARD, seats=FULL), 403, "SC-2003")
        assert "5 of 5" in detail and "ann@acme.com" in detail and "Free a seat" in detail

    def test_400(self) -> None:
        refused(post(policy(error=400), seats=FULL), 400, "SC-2003", "invalidValue")

    @pytest.mark.parametrize(("status", "scim_type"), [(409, "uniqueness"), (429, None)])
    def test_the_misleading_ones_only_when_nonconformant(self, status: int, scim_type: str | None) -> None:
        with pytest.raises(ValueError, match="identity providers read 409 as"):
            policy(error=status)
        chosen = Policy(seats=Seats(error=status), nonconformant=True)  # type: ignore[arg-type]
        refused(post(chosen, seats=FULL), status, "SC-2003", scim_type)


class TestCounts:
    """POL-042: seat_counts = active / active+invited / all provisioned / after first login."""

    @pytest.mark.parametrize(
        ("rule", "using"),
        [
            ("active_and_invited", {"active", "invited"}),
            ("active", {"active"}),
            ("provisioned", {"pending", "active", "invited", "suspended"}),
            ("signed_in", set()),
        ],
    )
    def test_which_states_use_one(self, rule: str, using: set[str]) -> None:
        states = ("pending", "invited", "active", "suspended", "anonymised", "deleted")
        assert {state for state in states if uses(policy(counts=rule), bound(state), NOW)} == using

    def test_from_the_first_sign_in(self) -> None:
        chosen = policy(counts="signed_in")
        plan, asked = plan_and_needs(chosen, facts(), created())
        assert "seats" not in asked and "ReserveSeat" not in names(plan)
        first = plan_for(chosen, facts(later(plan.binding), data=ANN), SignedIn())
        assert names(first) == ["ReserveSeat"]
        assert plan_for(chosen, facts(first.binding, data=ANN), SignedIn()).effects == ()
        refused(plan_for(chosen, facts(later(plan.binding), data=ANN), SignedIn(), seats=FULL), 403, "SC-2003")

    def test_invited_users_need_none_where_only_active_ones_count(self) -> None:
        chosen = Policy(create=Create(initial="invited"), seats=Seats(counts="active"))
        plan = post(chosen, seats=FULL)
        assert plan.outcome == "created"
        refused(plan_for(chosen, facts(later(plan.binding), data=ANN), SignedIn(), seats=FULL), 403, "SC-2003")

    def test_a_provisioned_user_keeps_it_while_disabled(self) -> None:
        assert "ReleaseSeat" not in names(disable(policy(counts="provisioned")))


class TestPools:
    """POL-044: several pools by role; a role change may need another pool."""

    chosen = Policy(
        roles=Roles(sources=("userType",), not_grantable=()), seats=Seats(pools=(SeatPool("editors", ("editor",)),))
    )
    as_editor = updated(ANN, {**ANN, "userType": "editor"})

    def test_an_upgrade_changes_pools(self) -> None:
        plan = plan_for(
            self.chosen, facts(bound()), self.as_editor, seats=SeatCount(9, 9, {"editors": SeatCount(2, 1)})
        )
        assert one(plan, ReserveSeat) == ReserveSeat(account="a-1", pool="editors")
        assert one(plan, ReleaseSeat) == ReleaseSeat(account="a-1", pool="")

    def test_an_upgrade_into_a_full_pool_is_refused(self) -> None:
        seats = SeatCount(9, 1, {"editors": SeatCount(2, 2)})
        detail = refused(plan_for(self.chosen, facts(bound()), self.as_editor, seats=seats), 403, "SC-2003")
        assert "editors" in detail


class TestWarnings:
    """POL-045: a warning at thresholds, once per crossing."""

    @pytest.mark.parametrize(
        ("used", "codes"),
        [(6, []), (7, ["seats.80"]), (8, []), (9, ["seats.100"])],
    )
    def test_once_per_crossing(self, used: int, codes: list[str]) -> None:
        plan = post(policy(warn_at=(80, 100)), seats=SeatCount(10, used))
        assert [e.code for e in plan.effects if isinstance(e, Notify)] == codes


def test_leavers_always_pass() -> None:
    """POL-046: deactivate and delete work when over quota, and ask about no seat."""
    for trigger in (DISABLE, DELETE):
        plan, asked = plan_and_needs(STANDARD, facts(bound()), trigger, seats=SeatCount(10, 12))
        assert plan.outcome != "refused" and "seats" not in asked


class TestInitialState:
    """POL-050: initial_state = active / invited / pending approval."""

    def test_active(self) -> None:
        assert post(STANDARD).opens is not None

    def test_invited(self) -> None:
        plan = post(SECODA)
        assert plan.opens is not None and plan.opens.state == "invited"
        assert one(plan, SendInvitation) == SendInvitation(account=OPENED)

    def test_pending_until_approved(self) -> None:
        chosen = Policy(create=Create(initial="pending"))
        plan, asked = plan_and_needs(chosen, facts(), created())
        assert plan.opens is not None and plan.opens.state == "pending" and "seats" not in asked
        waits = later(plan.binding)
        refused(plan_for(chosen, facts(waits, data=ANN), SignedIn()), 403, "SC-2022")
        approved = plan_for(chosen, facts(waits, data=ANN), Approved())
        assert {"ActivateAccount", "ReserveSeat"} <= set(names(approved))
        declined = plan_for(chosen, facts(waits, data=ANN), Approved(granted=False))
        assert declined.data == OFF and declined.binding is not None and declined.binding.state == "suspended"


class TestInvited:
    """POL-051 to POL-054."""

    invited = bound("invited")

    def test_memberships_count_from_the_first_sign_in(self) -> None:
        plan = plan_for(SECODA, facts(self.invited, data=ANN), SignedIn())
        assert names(plan) == ["ActivateAccount", "SyncMemberships"]
        assert plan.binding is not None and plan.binding.state == "active"

    def test_memberships_count_at_once_where_the_policy_says_so(self) -> None:
        chosen = Policy(create=Create(initial="invited"), invitations=Invitations(memberships="at_once"))
        plan = plan_for(chosen, facts(self.invited), DISABLE)
        assert one(plan, SyncMemberships) == SyncMemberships(account="a-1", leave=("team-1",))

    def test_disabling_takes_the_invitation_back_and_frees_the_seat(self) -> None:
        """POL-054."""
        plan = plan_for(SECODA, facts(self.invited), DISABLE)
        assert {"CancelInvitation", "ReleaseSeat", "RevokeCredentials"} <= set(names(plan))
        assert "SendInvitation" in plan.cancels
        back = plan_for(SECODA, facts(plan.binding), ENABLE)
        assert back.binding is not None and back.binding.state == "invited"
        assert {"AwaitSignIn", "SendInvitation", "ReserveSeat"} <= set(names(back))

    def test_who_has_signed_in_once_is_active_again(self) -> None:
        active = plan_for(SECODA, facts(self.invited, data=ANN), SignedIn()).binding
        back = plan_for(SECODA, facts(plan_for(SECODA, facts(active), DISABLE).binding), ENABLE)
        assert back.binding is not None and back.binding.state == "active"

    def test_created_disabled_and_enabled_is_invited(self) -> None:
        plan = plan_for(SECODA, facts(), created(OFF))
        assert "SendInvitation" not in names(plan)
        back = plan_for(SECODA, facts(later(plan.binding)), ENABLE)
        assert back.binding is not None and back.binding.state == "invited" and "SendInvitation" in names(back)

    def test_expires_and_is_sent_again_once(self) -> None:
        """POL-053: the user stays provisioned; PATCH re-sends once."""
        chosen = Policy(create=Create(initial="invited"), invitations=Invitations(mail="always", expire_days=2))
        binding = later(post(chosen).binding)
        assert binding.due == NOW + 2 * DAY
        early = plan_for(chosen, facts(binding), TimePassed())
        assert early.effects == ()
        expired = plan_for(chosen, facts(binding, now=binding.due), TimePassed()).binding
        assert isinstance(expired, Binding) and expired.state == "invited"
        refused(plan_for(chosen, facts(expired), SignedIn()), 403, "SC-2022")
        titled = {**ANN, "title": "Dr"}
        renewed = plan_for(chosen, facts(expired), updated(ANN, titled))
        assert names(renewed).count("SendInvitation") == 1
        again = plan_for(chosen, facts(renewed.binding), updated(titled, ANN))
        assert "SendInvitation" not in names(again)


class TestMail:
    """POL-055: mails are held back when SSO is enforced, or always or never sent."""

    @pytest.mark.parametrize(
        ("choice", "sso", "sent"),
        [("unless_sso", True, 0), ("unless_sso", False, 1), ("always", True, 1), ("never", False, 0)],
    )
    def test_who_is_written_to(self, choice: str, sso: bool, sent: int) -> None:
        for initial in ("active", "invited"):
            chosen = Policy(create=Create(initial=initial), invitations=Invitations(mail=choice))  # type: ignore[arg-type]
            tenant = Tenant(sso_enforced=sso)
            assert names(plan_for(chosen, facts(tenant=tenant), created())).count("SendInvitation") == sent


def test_a_held_account_uses_no_seat() -> None:
    assert not uses(STANDARD, evolve(bound(), held=True), NOW)
