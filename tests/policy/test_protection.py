"""Protected accounts (POL-100 to POL-102), the plan (POL-130, POL-131) and the leaver limit (POL-141)."""

import pytest

from policies.dastra import DASTRA
from scimcore.policy import STANDARD, GroupRole, Plan, PlanGate, Policy, Protection, Roles, Safety
from scimcore.policy.effects import SetRoles
from scimcore.policy.exports import gate
from scimcore.policy.facts import Account, MemberFact, SeatCount, Tenant
from scimcore.policy.triggers import AccountDeleted, Held, RolesSet, Trigger
from scimcore.schema.json import JsonObject
from tests.policy.support import (
    ANN,
    DELETE,
    DISABLE,
    GROUP,
    HOUR,
    NOW,
    OFF,
    bound,
    created,
    facts,
    group,
    names,
    one,
    plan_and_needs,
    plan_for,
    refused,
    regroup,
    ungroup,
    updated,
)

OWNER = Account(id="a-1", owner=True, roles=("owner",))


def policy(**choices: object) -> Policy:
    return Policy(protection=Protection(**choices))  # type: ignore[arg-type]


def push(chosen: Policy, trigger: Trigger, other_owner: bool = False, **more: object) -> Plan:
    known = facts(bound(roles=("owner",)), data=ANN)
    return plan_for(chosen, known, trigger, account=OWNER, other_owner=other_owner, **more)


AWAY: list[Trigger] = [DISABLE, DELETE, Held(True), AccountDeleted()]


class TestLastOwner:
    """POL-100: deactivate, delete, demote, group removal: the last owner survives."""

    @pytest.mark.parametrize("trigger", AWAY)
    @pytest.mark.parametrize("chosen", [STANDARD, DASTRA])
    def test_is_not_taken_away(self, trigger: Trigger, chosen: Policy) -> None:
        detail = refused(push(chosen, trigger), 403, "SC-2008")
        assert "ann@acme.com" in detail and "Make another user an owner" in detail

    @pytest.mark.parametrize("trigger", AWAY)
    def test_may_go_while_another_stays(self, trigger: Trigger) -> None:
        owner = Account(id="a-1", owner=True, roles=("owner",))
        plan, asked = plan_and_needs(
            STANDARD, facts(bound(roles=("owner",)), data=ANN), trigger, account=owner, other_owner=True
        )
        assert plan.outcome != "refused" and "other_owner" in asked

    @pytest.mark.parametrize("trigger", AWAY)
    def test_who_is_no_owner_costs_no_question(self, trigger: Trigger) -> None:
        assert "other_owner" not in plan_and_needs(STANDARD, facts(bound(), data=ANN), trigger)[1]

    def test_a_local_hand_cannot_demote_the_last_one(self) -> None:
        refused(push(STANDARD, RolesSet(("member",))), 403, "SC-2008")
        assert push(STANDARD, RolesSet(("member",)), other_owner=True).outcome == "accepted"
        assert push(STANDARD, RolesSet(("owner", "billing"))).outcome == "accepted"

    def test_demote_then_disable_does_not_dodge_it(self) -> None:
        """The guard looks at the account, not at what SCIM says of it."""
        chosen = Policy(roles=Roles(sources=("userType",), not_grantable=()))
        demote = updated({**ANN, "userType": "owner"}, {**ANN, "userType": "member"})
        refused(push(chosen, demote), 403, "SC-2008")
        both = updated({**ANN, "userType": "owner"}, {**OFF, "userType": "member"})
        refused(push(chosen, both), 403, "SC-2008")

    def test_an_owner_by_other_means_than_a_role_may_change_roles(self) -> None:
        flagged = Account(id="a-1", owner=True, roles=("member",))
        plan, asked = plan_and_needs(STANDARD, facts(bound(), data=ANN), RolesSet(("editor",)), account=flagged)
        assert plan.outcome == "accepted" and "other_owner" not in asked

    def test_is_passed_over(self) -> None:
        chosen = policy(last_owner="ignore")
        plan = push(chosen, DISABLE)
        assert plan.outcome == "unchanged" and plan.data == ANN and plan.effects == ()
        titled = push(chosen, updated(ANN, {**OFF, "title": "Dr"}))
        assert titled.data == {**ANN, "title": "Dr"} and names(titled) == ["UpdateProfile"]
        gone = push(chosen, DELETE)
        assert gone.outcome == "deleted" and gone.effects == () and gone.unbinds

    def test_retains_the_role(self) -> None:
        chosen = Policy(
            roles=Roles(sources=("userType",), not_grantable=()), protection=Protection(last_owner="retain")
        )
        plan = push(chosen, updated({**ANN, "userType": "owner"}, {**ANN, "userType": "editor"}))
        assert one(plan, SetRoles) == SetRoles(account="a-1", roles=("editor", "owner"))
        assert plan.binding is not None and plan.binding.retained == ("owner",)
        refused(push(chosen, DISABLE), 403, "SC-2008")


class TestOwnersInGroups:
    """POL-100: group removal; two owners removed at once do not count for each other."""

    chosen = Policy(
        roles=Roles(sources=("groups",), mappings=(GroupRole("Owners", "owner"),), not_grantable=()),
    )

    def owners(self, *ids: str) -> dict[str, MemberFact]:
        return {
            id: MemberFact(
                binding=bound(resource=id, account=f"a-{id}", roles=("owner",)),
                data={**ANN, "userName": f"{id}@acme.com"},
                groups=(),
                account=Account(id=f"a-{id}", owner=True, roles=("owner",)),
            )
            for id in ids
        }

    def remove(self, chosen: Policy, *ids: str, other_owner: bool) -> Plan:
        trigger = regroup(removed=ids, before="Owners", after="Owners")
        return plan_for(chosen, facts(GROUP), trigger, members=self.owners(*ids), other_owner=other_owner)

    def test_the_last_one_cannot_be_removed(self) -> None:
        detail = refused(self.remove(self.chosen, "u1", other_owner=False), 403, "SC-2008")
        assert "u1@acme.com" in detail

    def test_both_are_asked_about_together(self) -> None:
        from scimcore.policy.deciding import decide
        from scimcore.policy.facts import Facts
        from scimcore.policy.plans import Ask

        trigger = regroup(removed=("u1", "u2"), before="Owners", after="Owners")
        ask = decide(self.chosen, Facts(now=NOW, binding=GROUP, members=self.owners("u1", "u2")), trigger)
        assert isinstance(ask, Ask) and ask.accounts == ("a-u1", "a-u2")

    def test_they_go_while_another_stays(self) -> None:
        plan = self.remove(self.chosen, "u1", "u2", other_owner=True)
        assert [b.roles for b in plan.bindings] == [("member",), ("member",)]

    def test_the_role_is_retained(self) -> None:
        chosen = Policy(roles=self.chosen.roles, protection=Protection(last_owner="retain"))
        plan = self.remove(chosen, "u1", other_owner=False)
        assert [(b.roles, b.retained) for b in plan.bindings] == [(("member", "owner"), ("owner",))]

    def test_deleting_the_group_is_no_way_around(self) -> None:
        plan = plan_for(self.chosen, facts(GROUP), ungroup("u1"), members=self.owners("u1"), other_owner=False)
        refused(plan, 403, "SC-2008")


class TestListed:
    """POL-100: break-glass, service accounts, the token's creator: reject / ignore and audit / demote."""

    guarded = Account(id="a-1", protected="break_glass")

    def push(self, chosen: Policy, account: Account) -> Plan:
        return plan_for(chosen, facts(bound(roles=("admin",))), DISABLE, account=account)

    def test_refused(self) -> None:
        refused(self.push(STANDARD, self.guarded), 403, "SC-2009")

    def test_only_the_chosen_kinds(self) -> None:
        creator = Account(id="a-1", protected="token_creator")
        assert self.push(STANDARD, creator).outcome == "updated"  # POL-102: a token is nobody's
        refused(self.push(policy(kinds=("token_creator",)), creator), 403, "SC-2009")

    def test_passed_over_or_demoted(self) -> None:
        assert self.push(policy(listed="ignore"), self.guarded).outcome == "unchanged"
        plan = self.push(policy(listed="demote"), self.guarded)
        assert one(plan, SetRoles) == SetRoles(account="a-1", roles=("member",)) and plan.data == ANN


def test_the_refusal_is_403_or_400_mutability() -> None:
    """POL-101."""
    refused(push(policy(error=400), DISABLE), 400, "SC-2008", "mutability")


class TestPlan:
    """POL-130: feature off for the plan: 403 with detail. POL-131: lapsed: only leavers pass."""

    closed, lapsed = Tenant(plan="closed"), Tenant(plan="lapsed")

    def test_closed_refuses_every_change(self) -> None:
        for trigger in (created(), DISABLE, DELETE, group()):
            binding = None if trigger in (created(), group()) else bound()
            detail = refused(plan_for(STANDARD, facts(binding, tenant=self.closed), trigger), 403, "SC-2001")
            assert "plan" in detail

    @pytest.mark.parametrize(
        ("choice", "passing"),
        [
            (PlanGate(), {"discovery", "read", "leave"}),
            (PlanGate(lapsed="leavers"), {"discovery", "leave"}),
            (PlanGate(lapsed="read_only"), {"discovery", "read"}),
            (PlanGate(lapsed="off"), set()),
        ],
    )
    def test_what_passes(self, choice: PlanGate, passing: set[str]) -> None:
        chosen = Policy(plan=choice)
        operations = ("discovery", "read", "write", "leave")
        assert {o for o in operations if gate(chosen, self.lapsed, o) is None} == passing
        assert {o for o in operations if gate(chosen, self.closed, o) is None} == {"discovery"}
        assert all(gate(chosen, Tenant(), o) is None for o in operations)
        everything = Policy(plan=PlanGate(closed="everything"))
        assert gate(everything, self.closed, "discovery") is not None

    def test_lapsed_lets_leavers_pass_and_nothing_else(self) -> None:
        for trigger, outcome in ((DISABLE, "updated"), (DELETE, "deleted")):
            assert plan_for(STANDARD, facts(bound(), tenant=self.lapsed), trigger).outcome == outcome
        for trigger, binding in ((created(), None), (updated(ANN, {**ANN, "title": "Dr"}), bound()), (group(), None)):
            refused(plan_for(STANDARD, facts(binding, tenant=self.lapsed), trigger), 403, "SC-2002")
        enable = updated(OFF, ANN)
        refused(plan_for(STANDARD, facts(bound("suspended"), tenant=self.lapsed), enable), 403, "SC-2002")

    def test_lapsed_disables_and_changes_nothing_else(self) -> None:
        sent: JsonObject = {**OFF, "title": "Dr"}
        plan = plan_for(STANDARD, facts(bound(), tenant=self.lapsed), updated(ANN, sent))
        assert plan.data == OFF and "UpdateProfile" not in names(plan)

    def test_over_quota_too(self) -> None:
        """POL-046."""
        plan = plan_for(STANDARD, facts(bound(), tenant=self.lapsed), DISABLE, seats=SeatCount(10, 12))
        assert plan.outcome == "updated"

    def test_what_happens_in_the_product_always_passes(self) -> None:
        assert plan_for(STANDARD, facts(bound(), data=ANN, tenant=self.closed), Held(True)).outcome == "accepted"


class TestLeaverLimit:
    """POL-141: more than N or X% leavers in a window are held until an admin releases them."""

    def leave(self, safety: Safety, *, tenant: Tenant = Tenant(), state: str = "active", **answers: object) -> Plan:  # noqa: B008 - frozen
        return plan_for(Policy(safety=safety), facts(bound(state), tenant=tenant), DISABLE, **answers)

    @pytest.mark.parametrize(("recent", "passes"), [(0, True), (19, True), (20, False), (49, False)])
    def test_the_twenty_first_is_held(self, recent: int, passes: bool) -> None:
        plan = self.leave(Safety(max_leavers=20), recent_leavers=recent)
        assert (plan.outcome == "updated") is passes
        if not passes:
            detail = refused(plan, 403, "SC-2012")
            assert "20" in detail and "can release more" in detail

    def test_the_share_never_holds_single_leavers(self) -> None:
        safety = Safety(max_leavers_percent=10, never_below=5)
        assert self.leave(safety, recent_leavers=4, managed_users=10).outcome == "updated"
        assert self.leave(safety, recent_leavers=5, managed_users=10).outcome == "refused"
        assert self.leave(safety, recent_leavers=9, managed_users=100).outcome == "updated"
        assert self.leave(safety, recent_leavers=10, managed_users=100).outcome == "refused"

    def test_deletions_count_too_but_not_of_who_has_left(self) -> None:
        chosen = Policy(safety=Safety(max_leavers=1))
        assert plan_for(chosen, facts(bound()), DELETE, recent_leavers=1).outcome == "refused"
        assert plan_for(chosen, facts(bound("suspended")), DELETE, recent_leavers=1).outcome == "deleted"

    def test_429(self) -> None:
        refused(self.leave(Safety(max_leavers=1, error=429), recent_leavers=9), 429, "SC-2012")

    def test_off_by_default_and_asks_nothing(self) -> None:
        assert "recent_leavers" not in plan_and_needs(STANDARD, facts(bound()), DISABLE)[1]

    def test_counts_within_the_window(self) -> None:
        from scimcore.policy.deciding import decide
        from scimcore.policy.facts import Account as Known
        from scimcore.policy.plans import Ask

        chosen = Policy(safety=Safety(max_leavers=1, window_hours=2))
        ask = decide(chosen, facts(bound(), account=Known(id="a-1"), groups=()), DISABLE)
        assert isinstance(ask, Ask) and ask.window == 2 * HOUR
