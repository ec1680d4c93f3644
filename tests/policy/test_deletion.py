"""Deleting (POL-020 to POL-026)."""

import pytest

from scimcore.policy import STANDARD, Deactivate, Delete, Linking, Plan, Policy, Reactivate
from scimcore.policy.effects import Anonymise, DeleteAccount, SyncMemberships, TransferOwnership
from scimcore.policy.facts import Account, Facts
from scimcore.policy.triggers import TimePassed
from tests.policy.support import DAY, DELETE, NOW, bound, created, facts, names, one, plan_and_needs, plan_for, refused


def policy(**choices: object) -> Policy:
    return Policy(delete=Delete(**choices))  # type: ignore[arg-type]


def delete(chosen: Policy = STANDARD, state: str = "active", **answers: object) -> Plan:
    return plan_for(chosen, facts(bound(state)), DELETE, **answers)


class TestAccount:
    """POL-020: on_delete = hard / tombstone / suspend and unlink / anonymise; always 404 afterwards, name reusable."""

    def test_a_tombstone_by_default(self) -> None:
        plan = delete()
        assert plan.outcome == "deleted" and plan.drops_links and not plan.unbinds
        assert names(plan) == ["RevokeCredentials", "SyncMemberships", "ReleaseSeat", "DeleteAccount"]
        assert one(plan, DeleteAccount) == DeleteAccount(account="a-1", mode="tombstone")
        assert plan.binding is not None and (plan.binding.state, plan.binding.account) == ("deleted", "a-1")

    def test_hard(self) -> None:
        plan = delete(policy(account="hard"))
        assert one(plan, DeleteAccount) == DeleteAccount(account="a-1", mode="hard") and plan.unbinds

    def test_suspended_and_the_products_own(self) -> None:
        plan = delete(policy(account="suspend"))
        assert "SuspendAccount" in names(plan) and "DeleteAccount" not in names(plan) and plan.unbinds

    def test_anonymised(self) -> None:
        plan = delete(policy(account="anonymise"))
        assert one(plan, Anonymise) == Anonymise(account="a-1") and plan.unbinds
        assert plan.binding is not None and plan.binding.account is None
        assert "UpdateProfile" in plan.cancels

    @pytest.mark.parametrize("state", ["active", "invited", "suspended", "pending"])
    def test_access_ends_in_every_state(self, state: str) -> None:
        assert "RevokeCredentials" in names(delete(state=state))

    def test_an_invitation_is_taken_back(self) -> None:
        assert "CancelInvitation" in names(delete(state="invited"))

    def test_after_anonymising_only_the_user_goes(self) -> None:
        plan = delete(state="anonymised")
        assert plan.outcome == "deleted" and plan.effects == () and plan.unbinds

    def test_teams_are_left_once(self) -> None:
        assert one(delete(), SyncMemberships) == SyncMemberships(account="a-1", leave=("team-1",))


class TestRetention:
    """POL-021: tombstone retention, purge, restore window."""

    def test_the_tombstone_is_due_after_its_days(self) -> None:
        plan = delete(policy(retention_days=7))
        assert plan.binding is not None and plan.binding.due == NOW + 7 * DAY

    def test_the_clock_purges_it(self) -> None:
        plan = delete()
        assert plan.binding is not None
        early = plan_for(STANDARD, facts(plan.binding), TimePassed())
        assert early.effects == () and not early.unbinds
        late = plan_for(STANDARD, facts(plan.binding, now=plan.binding.due), TimePassed())
        assert one(late, DeleteAccount) == DeleteAccount(account="a-1", mode="hard") and late.unbinds

    def test_nothing_is_due_when_it_is_kept_for_ever(self) -> None:
        plan = delete(policy(retention_days=0))
        assert plan.binding is not None and plan.binding.due == 0


class TestIdentity:
    """POL-022: identity_binding_on_delete = drop the record and unlink / keep the link for a restore."""

    def test_resurrecting_needs_the_link(self) -> None:
        with pytest.raises(ValueError, match="no account to give back"):
            policy(recreate="resurrect")
        assert policy(recreate="resurrect", link="keep").delete.link == "keep"

    def test_who_was_anonymised_cannot_keep_it(self) -> None:
        with pytest.raises(ValueError, match="cannot come back"):
            policy(account="anonymise", link="keep")

    def test_a_suspended_account_keeps_it(self) -> None:
        plan = delete(policy(account="suspend", link="keep"))
        assert not plan.unbinds and plan.binding is not None and plan.binding.account == "a-1"


class TestRecreate:
    """POL-023, POL-034: POST after DELETE = new account / resurrect / 409 until the purge."""

    buried = Account(id="a-1", deleted=True, matched_by="externalId", email="ann@acme.com")
    by_name = Account(id="a-1", deleted=True, matched_by="userName", email="ann@acme.com")

    def test_a_new_account_by_default(self) -> None:
        plan = plan_for(STANDARD, facts(), created(), candidates=())
        assert plan.outcome == "created" and plan.opens is not None

    def test_the_graves_are_looked_at_only_where_they_matter(self) -> None:
        from scimcore.policy.deciding import decide
        from scimcore.policy.plans import Ask

        def keys(chosen: Policy) -> set[bool]:
            ask = decide(chosen, Facts(now=NOW), created())
            assert isinstance(ask, Ask)
            return {key.deleted for key in ask.keys}

        assert keys(STANDARD) == {False}
        assert keys(policy(recreate="resurrect", link="keep")) == {True}

    def test_the_old_account_under_a_new_id(self) -> None:
        chosen = policy(recreate="resurrect", link="keep")
        plan, asked = plan_and_needs(chosen, facts(), created(), candidates=(self.buried,))
        assert plan.opens is None and plan.binding is not None and plan.binding.account == "a-1"
        assert plan.binding.resource == "u-1" and "ActivateAccount" in names(plan) and "seats" in asked

    def test_not_for_another_external_id(self) -> None:
        chosen = policy(recreate="resurrect", link="keep")
        assert plan_for(chosen, facts(), created(), candidates=(self.by_name,)).opens is not None
        loose = policy(recreate="resurrect", link="keep", recreate_needs="user_name")
        assert plan_for(loose, facts(), created(), candidates=(self.by_name,)).opens is None

    def test_a_clash_until_the_purge_only_when_nonconformant(self) -> None:
        with pytest.raises(ValueError, match="the name must be free"):
            policy(recreate="conflict")
        chosen = Policy(delete=Delete(recreate="conflict"), nonconformant=True)
        plan = plan_for(chosen, facts(), created(), candidates=(self.buried,))
        assert "30 days" in refused(plan, 409, "SC-2028", "uniqueness")

    def test_linking_has_no_say_over_the_dead(self) -> None:
        chosen = Policy(linking=Linking(steps=("any_email",)))
        assert plan_for(chosen, facts(), created(), candidates=(self.buried,)).opens is not None


class TestScope:
    """POL-024: delete = membership of this tenant only / the account."""

    def test_only_the_membership(self) -> None:
        effect = one(delete(policy(scope="membership")), DeleteAccount)
        assert effect == DeleteAccount(account="a-1", mode="membership")


class TestRequests:
    """POL-025: delete_disabled = treat as deactivate then 404 / refuse 403."""

    def test_refused(self) -> None:
        refused(delete(policy(requests="refuse")), 403, "SC-2016")

    def test_disables_and_is_404_afterwards(self) -> None:
        plan = delete(policy(requests="deactivate"))
        assert plan.outcome == "deleted" and plan.drops_links
        assert {"SuspendAccount", "RevokeCredentials", "ReleaseSeat"} <= set(names(plan))
        assert "DeleteAccount" not in names(plan)
        assert plan.binding is not None and plan.binding.state == "deleted"

    def test_who_is_disabled_already_is_left_alone(self) -> None:
        assert delete(policy(requests="deactivate"), "suspended").effects == ()

    def test_anonymises_where_disabling_does(self) -> None:
        chosen = Policy(
            delete=Delete(requests="deactivate"),
            deactivate=Deactivate(access="anonymise"),
            reactivate=Reactivate(account="new"),
        )
        assert "Anonymise" in names(delete(chosen))


class TestContent:
    """POL-026: content_on_delete = preserve / delete owned / transfer."""

    def test_is_preserved(self) -> None:
        assert "TransferOwnership" not in names(delete())

    def test_is_deleted_or_goes_on(self) -> None:
        assert one(delete(policy(content="delete")), TransferOwnership) == TransferOwnership(
            account="a-1", mode="delete"
        )
        chosen = Policy(delete=Delete(content="transfer"), deactivate=Deactivate(owned_to="a-9"))
        assert one(delete(chosen), TransferOwnership) == TransferOwnership(account="a-1", to="a-9")


def test_the_outcome_is_the_same_for_a_policy_that_keeps_the_seat() -> None:
    """POL-046: whoever is deleted uses no seat."""
    assert "ReleaseSeat" in names(delete(Policy(deactivate=Deactivate(seat="keep"))))
