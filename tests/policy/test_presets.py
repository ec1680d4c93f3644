"""Real products as policies: the sentences of their own pages, played."""

import pytest

from policies.dastra import DASTRA
from policies.github_like import GITHUB_LIKE
from policies.launchdarkly_like import LAUNCHDARKLY_LIKE
from policies.secoda import SECODA
from scimcore.policy import ANONYMISE_LEAVERS, INVITE_MEMBERS, STANDARD, SUSPEND, Plan, diff
from scimcore.policy.effects import Anonymise, DeleteTeam, SendInvitation, SetRoles
from scimcore.policy.facts import Account, SeatCount, Tenant
from scimcore.policy.triggers import RolesSet, SignedIn
from tests.policy.support import (
    ANN,
    DELETE,
    DISABLE,
    ENABLE,
    GROUP,
    OFF,
    bound,
    created,
    disable,
    facts,
    later,
    members,
    names,
    one,
    plan_for,
    refused,
    regroup,
    ungroup,
    updated,
)


class TestThePresets:
    """What the library ships says no more than the products among the examples do, and names none of them."""

    def test_anonymise_leavers_is_what_dastra_does(self) -> None:
        assert [found.path for found in diff(ANONYMISE_LEAVERS, DASTRA)] == ["name"]

    def test_invite_members_is_what_secoda_does_but_for_its_own_attribute(self) -> None:
        paths = [found.path for found in diff(INVITE_MEMBERS, SECODA)]
        assert paths == ["name", "roles.sources", "roles.not_grantable"]

    def test_suspend_is_the_standard_written_out(self) -> None:
        assert [found.path for found in diff(STANDARD, SUSPEND)] == ["name"]


class TestDastra:
    def test_new_users_have_the_default_role_of_the_settings(self) -> None:
        plan = plan_for(DASTRA, facts(tenant=Tenant(default_role="reader")), created())
        assert plan.opens is not None and plan.opens.roles == ("reader",)

    def test_with_sso_enforced_nobody_is_written_to(self) -> None:
        assert "SendInvitation" not in names(plan_for(DASTRA, facts(tenant=Tenant(sso_enforced=True)), created()))

    def test_disabled_is_anonymised_and_enabled_is_a_new_account(self) -> None:
        gone = disable(DASTRA)
        assert one(gone, Anonymise) == Anonymise(account="a-1")
        assert gone.data is not None and "name" not in gone.data and "emails" not in gone.data
        back = plan_for(DASTRA, facts(gone.binding), updated(gone.data, {**gone.data, "active": True}))
        assert back.opens is not None and back.opens.data["userName"] == "ann@acme.com"
        assert back.binding is not None and back.binding.resource == "u-1"

    def test_a_put_that_enables_carries_the_name_again(self) -> None:
        gone = disable(DASTRA)
        assert gone.data is not None
        back = plan_for(DASTRA, facts(gone.binding), updated(gone.data, ANN, method="PUT"))
        assert back.opens is not None and back.opens.data == ANN and back.data is None

    def test_deleted_is_anonymised_too(self) -> None:
        plan = plan_for(DASTRA, facts(bound()), DELETE)
        assert "Anonymise" in names(plan) and "DeleteAccount" not in names(plan)

    def test_a_group_removed_deletes_the_team_and_nobody(self) -> None:
        plan = plan_for(DASTRA, facts(GROUP), ungroup("u1"), members=members(u1="active"))
        assert plan.effects == (DeleteTeam(account="", team="team-1"),)

    def test_administrators_still_change_roles_and_they_stay(self) -> None:
        plan = plan_for(DASTRA, facts(bound(), data=ANN), RolesSet(("dpo",)))
        assert one(plan, SetRoles) == SetRoles(account="a-1", roles=("dpo",))
        pushed = plan_for(DASTRA, facts(plan.binding), updated(ANN, {**ANN, "roles": [{"value": "admin"}]}))
        assert "SetRoles" not in names(pushed)

    def test_when_the_quota_is_exceeded_further_users_are_not_provisioned(self) -> None:
        refused(plan_for(DASTRA, facts(), created(), seats=SeatCount(5, 5)), 403, "SC-2003")

    def test_the_connection_test_fails_without_the_plan(self) -> None:
        refused(plan_for(DASTRA, facts(tenant=Tenant(plan="closed")), created()), 403, "SC-2001")


class TestSecoda:
    def test_assigned_is_invited_until_the_first_sign_in(self) -> None:
        plan = plan_for(SECODA, facts(tenant=Tenant(sso_enforced=True)), created())
        assert one(plan, SendInvitation) and plan.opens is not None and plan.opens.state == "invited"
        active = plan_for(SECODA, facts(later(plan.binding), data=ANN), SignedIn())
        assert active.binding is not None and active.binding.state == "active"

    def test_an_invited_user_is_no_member_yet(self) -> None:
        plan = plan_for(SECODA, facts(GROUP), regroup("u1", "u2"), members=members(u1="invited", u2="active"))
        assert [getattr(e, "join", ()) for e in plan.effects] == [("a-u2",)]

    @pytest.mark.parametrize("role", ["Admin", "Éditeur maison", "owner"])
    def test_the_role_attribute_carries_any_role(self, role: str) -> None:
        plan = plan_for(SECODA, facts(), created({**ANN, "secodaRole": role}))
        assert plan.opens is not None and plan.opens.roles == (role,)

    def test_cleared_it_is_the_default_role(self) -> None:
        plan = plan_for(SECODA, facts(bound(roles=("Admin",))), updated({**ANN, "secodaRole": "Admin"}, ANN))
        assert one(plan, SetRoles) == SetRoles(account="a-1", roles=("member",))

    def test_put_disables_and_enables(self) -> None:
        off = plan_for(SECODA, facts(bound()), updated(ANN, OFF, method="PUT"))
        assert "SuspendAccount" in names(off)
        assert "ActivateAccount" in names(plan_for(SECODA, facts(off.binding), updated(OFF, ANN, method="PUT")))


class TestGithubLike:
    def test_soft_and_back(self) -> None:
        off = disable(GITHUB_LIKE, groups=())
        assert one(off, Anonymise) == Anonymise(account="a-1", reversible=True)
        assert "UpdateProfile" in names(plan_for(GITHUB_LIKE, facts(off.binding), ENABLE))

    def test_one_group_in_two_teams(self) -> None:
        trigger = regroup("u1", before="Engineering", after="Engineering")
        plan = plan_for(GITHUB_LIKE, facts(GROUP), trigger, members=members(u1="active"))
        assert [getattr(e, "team", "") for e in plan.effects] == ["team-engineering", "team-on-call"]

    def test_nobody_comes_in_unprovisioned(self) -> None:
        refused(plan_for(GITHUB_LIKE, facts(), SignedIn()), 403, "SC-2022")

    def test_needs_no_licence_to_be_provisioned(self) -> None:
        assert plan_for(GITHUB_LIKE, facts(), created(), seats=SeatCount(1, 1)).outcome == "created"


class TestLaunchDarklyLike:
    def push(self, data: dict[str, object]) -> Plan:
        return plan_for(LAUNCHDARKLY_LIKE, facts(), created({**ANN, **data}))  # type: ignore[arg-type]

    def test_refusals_are_400(self) -> None:
        refused(self.push({"role": "boss"}), 400, "SC-2010", "invalidValue")
        refused(self.push({"role": "owner"}), 400, "SC-2011", "invalidValue")
        owner = Account(id="a-1", owner=True)
        plan = plan_for(LAUNCHDARKLY_LIKE, facts(bound()), DISABLE, account=owner, other_owner=False)
        refused(plan, 400, "SC-2008", "mutability")

    def test_a_disabled_member_is_not_changed(self) -> None:
        plan = plan_for(LAUNCHDARKLY_LIKE, facts(bound("suspended")), updated(OFF, {**OFF, "title": "x"}))
        refused(plan, 400, "SC-2013", "mutability")

    def test_existing_accounts_clash(self) -> None:
        known = Account(id="a-9", email="ann@acme.com")
        owned = Tenant(verified_domains=("acme.com",))
        refused(
            plan_for(LAUNCHDARKLY_LIKE, facts(tenant=owned), created(), candidates=(known,)),
            409,
            "SC-2005",
            "uniqueness",
        )
