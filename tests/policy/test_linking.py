"""Linking, claiming, domains (POL-080 to POL-093)."""

import pytest

from scimcore.policy import STANDARD, Create, Delete, Domains, Linking, Names, Plan, Policy
from scimcore.policy.deciding import decide
from scimcore.policy.effects import Notify, UpdateProfile
from scimcore.policy.facts import Account, Facts, SeatCount, Tenant
from scimcore.policy.plans import Ask
from scimcore.policy.triggers import AccountDeleted, Approved, Disconnected, SignedIn
from tests.policy.support import (
    ANN,
    DELETE,
    DISABLE,
    NOW,
    OFF,
    asks,
    bound,
    created,
    facts,
    names,
    one,
    plan_and_needs,
    plan_for,
    refused,
    updated,
)

OWNED = Tenant(default_role="member", verified_domains=("acme.com",))
LOCAL = Account(id="a-9", email="Ann@ACME.com", roles=("admin",), matched_by="userName")


def policy(**choices: object) -> Policy:
    return Policy(linking=Linking(**choices))  # type: ignore[arg-type]


def post(chosen: Policy, *candidates: Account, tenant: Tenant = OWNED, **body: object) -> Plan:
    return plan_for(chosen, facts(tenant=tenant), created({**ANN, **body}), candidates=candidates)  # type: ignore[arg-type]


class TestExisting:
    """POL-080: on_existing_unmanaged = link if domain verified (default) / 409 / separate account / confirmation."""

    def test_linked_with_id_roles_and_email_untouched(self) -> None:
        plan = post(STANDARD, LOCAL)
        assert plan.outcome == "linked" and plan.opens is None
        # The profile is the identity provider's; the e-mail and the userName are not rewritten.
        assert plan.effects == (UpdateProfile(account="a-9", paths=("name.givenName", "name.familyName")),)
        assert plan.binding is not None
        assert (plan.binding.account, plan.binding.state, plan.binding.roles) == ("a-9", "active", ("admin",))
        assert plan.binding.override == ("admin",)

    def test_no_seat_is_needed_for_who_has_one(self) -> None:
        plan = plan_for(STANDARD, facts(tenant=OWNED), created(), candidates=(LOCAL,), seats=SeatCount(5, 5))
        assert plan.outcome == "linked" and names(plan) == ["UpdateProfile"]

    def test_what_a_new_user_will_need_is_asked_at_once(self) -> None:
        assert asks(STANDARD, facts(), created()) == [("candidates", "seats")]

    def test_refused_where_the_domain_is_not_verified(self) -> None:
        detail = refused(post(STANDARD, LOCAL, tenant=Tenant()), 409, "SC-2005", "uniqueness")
        assert "Verify the domain" in detail and "a-9" not in detail

    def test_never_linked(self) -> None:
        refused(post(policy(steps=()), LOCAL), 409, "SC-2005", "uniqueness")

    def test_a_separate_account(self) -> None:
        plan = post(policy(steps=(), otherwise="separate"), LOCAL)
        assert plan.outcome == "created" and plan.opens is not None

    def test_an_owner_is_linked_like_any_other_or_never(self) -> None:
        owner = Account(id="a-9", email="ann@acme.com", owner=True)
        assert post(STANDARD, owner).outcome == "linked"
        refused(post(policy(owners="refuse"), owner), 409, "SC-2005", "uniqueness")

    def test_a_protected_account_is_never_linked(self) -> None:
        refused(
            post(STANDARD, Account(id="a-9", email="ann@acme.com", protected="service")), 409, "SC-2005", "uniqueness"
        )

    def test_who_has_never_signed_in_is_invited(self) -> None:
        waiting = Account(id="a-9", email="ann@acme.com", ready=False)
        plan = post(Policy(create=Create(initial="invited")), waiting)
        assert plan.binding is not None and plan.binding.state == "invited"

    def test_a_held_account_stays_held(self) -> None:
        plan = post(STANDARD, Account(id="a-9", email="ann@acme.com", held=True))
        assert plan.binding is not None and plan.binding.held

    def test_linked_and_disabled_by_one_request(self) -> None:
        assert {"SuspendAccount", "RevokeCredentials"} <= set(names(post(STANDARD, LOCAL, active=False)))
        owner = Account(id="a-9", email="ann@acme.com", owner=True)
        plan = plan_for(STANDARD, facts(tenant=OWNED), created(OFF), candidates=(owner,), other_owner=False)
        refused(plan, 403, "SC-2008")

    def test_the_sources_take_over_where_the_policy_says_so(self) -> None:
        plan = post(policy(roles="sources"), LOCAL)
        assert plan.binding is not None and plan.binding.override is None


class TestConfirmation:
    """POL-080: require user confirmation; nothing is taken over before the person says yes."""

    chosen = policy(steps=("verified_email", "confirm"))

    def pending(self) -> Plan:
        return post(self.chosen, LOCAL, tenant=Tenant())

    def test_waits_and_asks_the_person(self) -> None:
        plan = self.pending()
        assert plan.binding is not None and plan.binding.state == "pending"
        assert one(plan, Notify) == Notify(account="a-9", code="link.confirm")

    def test_meanwhile_the_account_is_out_of_reach(self) -> None:
        waits = self.pending().binding
        assert plan_for(self.chosen, facts(waits, data=ANN), SignedIn()).outcome == "accepted"
        assert plan_for(self.chosen, facts(waits), DISABLE).effects == ()
        gone = plan_for(self.chosen, facts(waits), DELETE)
        assert gone.outcome == "deleted" and gone.effects == () and gone.unbinds
        assert plan_for(self.chosen, facts(waits), updated(ANN, {**ANN, "userName": "z@acme.com"})).effects == ()

    def test_confirmed_it_is_linked(self) -> None:
        plan = plan_for(self.chosen, facts(self.pending().binding, data=ANN), Approved())
        assert plan.binding is not None and plan.binding.state == "active" and not plan.binding.memory.link_unconfirmed

    def test_confirmed_when_disabled_meanwhile_it_is_closed(self) -> None:
        plan = plan_for(self.chosen, facts(self.pending().binding, data=OFF), Approved())
        assert {"SuspendAccount", "RevokeCredentials"} <= set(names(plan))

    def test_declined_the_account_stays_and_the_user_goes(self) -> None:
        plan = plan_for(self.chosen, facts(self.pending().binding, data=ANN), Approved(granted=False))
        assert plan.outcome == "deleted" and plan.unbinds and plan.effects == ()

    def test_nothing_can_stand_behind_it(self) -> None:
        with pytest.raises(ValueError, match="confirm must be the last step"):
            policy(steps=("confirm", "verified_email"))


class TestKeys:
    """POL-081: match_keys ordered; the first that finds anybody wins; ambiguity -> 409."""

    def test_asked_for_in_order(self) -> None:
        chosen = policy(keys=("externalId", "email", "userName"))
        ask = decide(chosen, Facts(now=NOW), created({**ANN, "userName": "ann"}))
        assert isinstance(ask, Ask)
        assert [(k.by, k.value) for k in ask.keys] == [
            ("externalId", "x-1"),
            ("email", "ann@acme.com"),
            ("userName", "ann"),
        ]

    def test_an_email_that_is_the_user_name_is_asked_for_once(self) -> None:
        ask = decide(STANDARD, Facts(now=NOW), created())
        assert isinstance(ask, Ask) and [k.by for k in ask.keys] == ["userName"]

    def test_the_first_key_wins(self) -> None:
        chosen = policy(keys=("externalId", "email"), steps=("external_id", "verified_email"))
        by_id = Account(id="a-1", matched_by="externalId")
        plan = post(chosen, by_id, Account(id="a-2", email="ann@acme.com", matched_by="email"))
        assert plan.binding is not None and plan.binding.account == "a-1"

    def test_two_by_one_key_are_nobody(self) -> None:
        plan = post(STANDARD, LOCAL, Account(id="a-8", email="ann@acme.com", matched_by="userName"))
        refused(plan, 409, "SC-2006", "uniqueness")

    @pytest.mark.parametrize(
        ("step", "matched_by"), [("subject", "subject"), ("external_id", "externalId"), ("any_email", "email")]
    )
    def test_each_unsafe_step_is_opt_in(self, step: str, matched_by: str) -> None:
        candidate = Account(id="a-9", email="ann@acme.com", matched_by=matched_by)
        keys = ("externalId", "subject", "email", "userName")
        refused(post(policy(keys=keys), candidate, tenant=Tenant()), 409, "SC-2005", "uniqueness")
        assert post(policy(keys=keys, steps=(step,)), candidate, tenant=Tenant()).outcome == "linked"

    def test_a_step_needs_its_key(self) -> None:
        with pytest.raises(ValueError, match="key is missing"):
            policy(steps=("external_id",))

    def test_nobody_is_looked_for_without_keys(self) -> None:
        assert "candidates" not in plan_and_needs(policy(keys=()), facts(), created())[1]


class TestOtherTenant:
    """POL-082: account in another tenant = add membership / invite / 409. No leak of the other tenant."""

    abroad = Account(id="a-9", email="ann@acme.com", elsewhere=True, matched_by="email")

    def test_a_clash_that_says_nothing(self) -> None:
        detail = refused(post(STANDARD, self.abroad), 409, "SC-2005", "uniqueness")
        assert "tenant" not in detail

    def test_a_member_here_too(self) -> None:
        plan = post(policy(other_tenant="add_membership"), self.abroad)
        assert plan.outcome == "linked" and {"ActivateAccount", "ReserveSeat"} <= set(names(plan))

    def test_invited(self) -> None:
        plan = post(policy(other_tenant="invite"), self.abroad)
        assert plan.binding is not None and plan.binding.state == "invited" and "SendInvitation" in names(plan)

    def test_only_by_a_step_that_holds(self) -> None:
        plan = post(policy(other_tenant="add_membership"), self.abroad, tenant=Tenant())
        refused(plan, 409, "SC-2005", "uniqueness")


class TestSignIn:
    """POL-084: jit = the host decides / mark for claim / refuse the non-provisioned."""

    def test_the_three(self) -> None:
        assert plan_for(STANDARD, facts(), SignedIn()).effects == ()
        claimed = plan_for(policy(sign_in="claim"), facts(), SignedIn())
        assert one(claimed, Notify) == Notify(account="", code="jit.claim")
        refused(plan_for(policy(sign_in="refuse"), facts(), SignedIn()), 403, "SC-2022")


class TestAttacks:
    """POL-085 (GHSA-rjg6-39jm-rgg4): no takeover of accounts of other providers, by e-mail or by id."""

    def test_an_outsiders_email_links_nothing(self) -> None:
        victim = Account(id="a-9", email="ceo@victim.example", matched_by="userName")
        refused(post(STANDARD, victim, userName="ceo@victim.example", emails=[]), 409, "SC-2005", "uniqueness")

    def test_an_external_id_that_looks_like_an_account_id_links_nothing(self) -> None:
        victim = Account(id="9", email="ceo@victim.example", matched_by="externalId")
        for steps in (("verified_email",), ("verified_email", "any_email")):
            plan = post(policy(keys=("externalId", "userName"), steps=steps), victim, externalId="9")
            refused(plan, 409, "SC-2005", "uniqueness")

    def test_a_candidate_of_another_address_links_nothing(self) -> None:
        """A host that matches too much must not make us link: the addresses are compared here again."""
        other = Account(id="a-9", email="bob@acme.com", matched_by="userName")
        refused(post(STANDARD, other), 409, "SC-2005", "uniqueness")

    def test_a_managed_account_is_never_taken_over(self) -> None:
        """Nor is it in the way: an e-mail is no key (defaults.md), and whose the userName is the namesake says."""
        everything = policy(
            keys=("externalId", "subject", "userName", "email"),
            steps=("subject", "external_id", "any_email", "confirm"),
        )
        for by in ("", "externalId", "subject", "userName", "email"):
            managed = Account(id="a-9", email="ann@acme.com", managed=True, matched_by=by)
            plan = post(everything, managed)
            assert plan.outcome == "created" and plan.opens is not None

    def test_a_leavers_sign_in_never_revives(self) -> None:
        for state in ("suspended", "anonymised", "deleted"):
            refused(plan_for(STANDARD, facts(bound(state)), SignedIn()), 403, "SC-2022")
        refused(plan_for(STANDARD, facts(bound(held=True)), SignedIn()), 403, "SC-2022")

    @pytest.mark.parametrize(
        "lookalike", ["ann@evil-acme.com", "ann@acme.com.evil.example", "ann@sub.acme.com", "acme.com"]
    )
    def test_a_lookalike_domain_is_not_verified(self, lookalike: str) -> None:
        candidate = Account(id="a-9", email=lookalike, matched_by="userName")
        refused(post(STANDARD, candidate, userName=lookalike, emails=[]), 409, "SC-2005", "uniqueness")


class TestDisconnect:
    """POL-086: on_disconnect = accounts stay as unmanaged / suspend all / groups become local."""

    def test_they_stay(self) -> None:
        plan = plan_for(STANDARD, facts(bound(), data=ANN), Disconnected())
        assert plan.unbinds and plan.effects == ()

    def test_they_are_suspended_but_never_an_owner(self) -> None:
        chosen = policy(on_disconnect="suspend")
        plan = plan_for(chosen, facts(bound(), data=ANN), Disconnected())
        assert {"SuspendAccount", "RevokeCredentials"} <= set(names(plan)) and plan.unbinds
        owner = Account(id="a-1", owner=True)
        assert plan_for(chosen, facts(bound(), data=ANN), Disconnected(), account=owner).effects == ()


class TestLocalDelete:
    """POL-087: local delete of a managed user: SCIM 404 next; option to block it."""

    def test_allowed(self) -> None:
        plan = plan_for(STANDARD, facts(bound(), data=ANN), AccountDeleted())
        assert plan.outcome == "deleted" and plan.drops_links
        assert plan.binding is not None and plan.binding.state == "deleted"

    def test_blocked(self) -> None:
        refused(plan_for(policy(local_delete="refuse"), facts(bound(), data=ANN), AccountDeleted()), 403, "SC-2023")

    def test_not_the_last_owner(self) -> None:
        owner = Account(id="a-1", owner=True)
        plan = plan_for(STANDARD, facts(bound(), data=ANN), AccountDeleted(), account=owner, other_owner=False)
        refused(plan, 403, "SC-2008")


class TestDomains:
    """POL-090 to POL-093."""

    def domain(self, **choices: object) -> Policy:
        return Policy(domains=Domains(**choices))  # type: ignore[arg-type]

    def outsider(self, chosen: Policy, address: str = "x@other.com", tenant: Tenant = OWNED) -> Plan:
        return post(chosen, tenant=tenant, userName=address, emails=[])

    def test_only_verified_ones_create_once_there_is_any(self) -> None:
        detail = refused(self.outsider(STANDARD), 400, "SC-2007", "invalidValue")
        assert "other.com" in detail and "acme.com" not in detail.replace("x@other.com", "")  # POL-091: no leak
        assert self.outsider(STANDARD, tenant=Tenant()).outcome == "created"
        assert self.outsider(STANDARD, "new@acme.com").outcome == "created"
        assert self.outsider(STANDARD, "no-address").outcome == "created"

    def test_any(self) -> None:
        assert self.outsider(self.domain(require="any")).outcome == "created"

    def test_403(self) -> None:
        refused(self.outsider(self.domain(error=403)), 403, "SC-2007")

    def test_guests(self) -> None:
        chosen = self.domain(require="guest", guest_role="guest")
        plan = self.outsider(chosen)
        assert plan.opens is not None and plan.opens.roles == ("guest",)
        assert self.outsider(chosen, "new@acme.com").binding != plan.binding
        with pytest.raises(ValueError, match="guest_role"):
            self.domain(require="guest")

    def test_only_for_profile_edits(self) -> None:
        chosen = Policy(domains=Domains(require="verified_on_edit"), names=Names(email_change="allow"))
        assert self.outsider(chosen).outcome == "created"
        outside = {**ANN, "userName": "x@other.com", "emails": []}
        renamed = {**outside, "displayName": "Bob"}
        plan = plan_for(chosen, facts(bound(), tenant=OWNED), updated(outside, renamed))
        refused(plan, 400, "SC-2007", "invalidValue")
        titled = plan_for(chosen, facts(bound(), tenant=OWNED), updated(outside, {**outside, "title": "Dr"}))
        assert titled.outcome == "updated"

    @pytest.mark.parametrize(
        ("address", "separate", "inherited"),
        [
            ("x@eng.acme.com", False, True),
            ("x@ACME.COM", True, True),
            ("x@acme.com.", True, True),
            ("x@evilacme.com", False, False),
            ("x@bücher.example", True, True),
            ("x@xn--bcher-kva.example", True, True),
        ],
    )
    def test_subdomains_and_idna(self, address: str, separate: bool, inherited: bool) -> None:
        """POL-092."""
        tenant = Tenant(verified_domains=("Acme.com", "bücher.example"))
        for choice, passes in (("separate", separate), ("inherited", inherited)):
            plan = self.outsider(self.domain(subdomains=choice), address, tenant)
            assert (plan.outcome == "created") is passes, choice

    def test_unverified_later_existing_users_stay(self) -> None:
        """POL-093."""
        elsewhere = Tenant(verified_domains=("other.example",))
        assert (
            plan_for(STANDARD, facts(bound(), tenant=elsewhere), updated(ANN, {**ANN, "title": "Dr"})).outcome
            == "updated"
        )
        refused(post(STANDARD, tenant=elsewhere), 400, "SC-2007", "invalidValue")


def test_a_restore_from_the_grave_needs_no_domain() -> None:
    chosen = Policy(delete=Delete(recreate="resurrect", link="keep"))
    buried = Account(id="a-1", deleted=True, matched_by="externalId")
    assert post(chosen, buried, tenant=Tenant(verified_domains=("other.example",))).outcome == "linked"
