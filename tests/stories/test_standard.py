"""The working life under the standard policy, as Entra ID, Okta and OneLogin play it (defaults.md, section 5)."""

import pytest
from attrs import evolve

from scimcore.policy import STANDARD
from scimcore.policy import effects as e
from scimcore.policy.triggers import AccountDeleted, Edited, Held, RolesSet, SignedIn
from scimcore.testing.personas import Persona
from tests.stories.support import ADA, BEN, CAST, CLEO, IDS, USER, Player

pytestmark = pytest.mark.parametrize("persona", CAST, ids=IDS)


def start(persona: Persona) -> Player:
    return Player.start(persona, STANDARD)


class TestJoinerMoverLeaver:
    def test_the_whole_life(self, persona: Persona) -> None:
        """POL-001 to POL-005, POL-030."""
        player = start(persona)
        assert player.connects().status == 200
        id = player.assigns(ADA)
        account = player.account_of(ADA).id
        player.signs_in(account)
        player.pushes("Pilots", ADA)
        player.updates(ADA, family_name="Marlow-Reed")
        assert player.account(account).name == "Ada Marlow-Reed"

        player.disables(ADA)
        left = player.account(account)
        assert (left.state, left.live, left.email) == ("suspended", False, ADA.user_name)
        assert player.team("Pilots").members == frozenset() and player.seats_used == 0

        player.enables(ADA)
        back = player.account(account)
        assert (back.state, back.live, player.reads(ADA)["id"]) == ("active", False, id)
        assert player.team("Pilots").members == {account} and len(player.accounts) == 1

    def test_with_auto_everything_goes_the_same_way(self, persona: Persona) -> None:
        player = Player.start(persona, STANDARD, auto=True)
        player.assigns(ADA)
        player.pushes("Pilots", ADA)
        player.disables(ADA)
        player.enables(ADA)
        player.pushes("Pilots")
        assert (player.account_of(ADA).state, player.team("Pilots").members) == ("active", frozenset())

    def test_effects_name_accounts_and_never_scim_ids(self, persona: Persona) -> None:
        """A late effect must not hit a successor."""
        player = start(persona)
        player.assigns(ADA)
        player.pushes("Pilots", ADA)
        player.disables(ADA)
        player.enables(ADA)
        player.deletes(ADA)
        accounts, groups = {account.id for account in player.accounts}, set(player.groups.values())
        for effect in player.trial.host.effects("acme"):
            about_a_team = isinstance(effect, e.CreateTeam | e.SyncTeam)
            assert effect.account in ({""} if about_a_team else accounts)
            moved = {*getattr(effect, "join", ()), *getattr(effect, "leave", ())}
            assert moved <= (accounts if about_a_team else groups)
            assert "harbor" not in repr(effect) and "Marlow" not in repr(effect)


class TestDeleting:
    def test_is_a_404_twice_over_and_the_name_is_free(self, persona: Persona) -> None:
        """POL-020, POL-022, POL-023: the same name afterwards is a new account with a new id."""
        player = start(persona)
        old = player.assigns(ADA)
        account = player.account_of(ADA).id
        player.signs_in(account)
        player.pushes("Pilots", ADA)
        player.deletes(ADA)
        assert (player.account(account).state, player.account(account).live) == ("deleted", False)
        assert player.team("Pilots").members == frozenset()
        for method in ("GET", "DELETE"):
            assert player.sends(method, f"/Users/{old}").status == 404
        assert "members" not in player.trial.get(f"/Groups/{player.groups['Pilots']}").body
        new = player.assigns(ADA)
        assert new != old and player.account_of(ADA).id != account
        assert player.account(account).state == "deleted"
        assert player.team("Pilots").members == frozenset()

    def test_of_the_account_in_the_product_is_a_404_and_the_provider_recreates(self, persona: Persona) -> None:
        """POL-087."""
        player = start(persona)
        old = player.assigns(ADA)
        account = player.account_of(ADA).id
        assert player.happens(AccountDeleted(), account).refusal is None
        accounts = player.trial.host.accounts_of["acme"]
        accounts[account] = evolve(accounts[account], state="deleted")
        assert player.sends("GET", f"/Users/{old}").status == 404
        assert player.assigns(ADA) != old


class TestNames:
    def test_a_name_is_managed_once_active_or_not(self, persona: Persona) -> None:
        """POL-033: 409 uniqueness, nothing touched, the remedy told."""
        player = start(persona)
        player.assigns(ADA)
        for remedy in ("Match", "enable"):
            before, handled = player.reads(ADA).body, len(player.trial.host.handled)
            answer = player.trial.post("/Users", {"userName": ADA.user_name.upper(), "title": "Intruder"})
            assert (answer.status, answer["scimType"]) == (409, "uniqueness")
            assert remedy in answer["detail"]
            assert player.reads(ADA).body == before and len(player.trial.host.handled) == handled
            if remedy == "Match":
                player.disables(ADA)

    def test_e_mails_are_not_unique(self, persona: Persona) -> None:
        """defaults.md: externalId and e-mails are no keys; two managed users may share both."""
        player = start(persona)
        player.assigns(ADA)
        shared = {"userName": "service-desk", "externalId": "p-1", "emails": [{"value": ADA.user_name, "type": "work"}]}
        assert player.trial.post("/Users", shared).status == 201
        assert len(player.accounts) == 2


class TestLinking:
    """POL-080: an account that was there before is linked in a verified domain, and is otherwise in the way."""

    def test_in_a_verified_domain_the_account_is_taken_over_as_it_is(self, persona: Persona) -> None:
        player = start(persona)
        player.settings(verified_domains=("harbor.example",))
        made = player.trial.host.add("acme", "Ada@Harbor.example")
        assert player.finds(ADA) == []
        player.assigns(ADA)
        assert [account.id for account in player.accounts] == [made]
        linked = player.account_of(ADA)
        assert (linked.id, linked.email, linked.state) == (made, "Ada@Harbor.example", "active")
        assert player.effects(e.ReserveSeat) == player.effects(e.SendInvitation) == []

    def test_an_owner_keeps_the_role_and_its_guard(self, persona: Persona) -> None:
        """POL-100: a link must not turn the only owner into somebody who can be pushed out."""
        player = start(persona)
        player.settings(verified_domains=("harbor.example",))
        made = player.trial.host.add("acme", ADA.user_name, owner=True)
        accounts = player.trial.host.accounts_of["acme"]
        accounts[made] = evolve(accounts[made], roles=("owner",))
        player.assigns(ADA)
        player.updates(ADA, family_name="Marlow-Reed")
        assert (player.account(made).owner, player.account(made).roles) == (True, ("owner",))
        answer = player.tries_to_disable(ADA)
        assert answer.status == 403 and "owner" in answer["detail"] and ADA.user_name in answer["detail"]
        assert player.account(made).state == "active" and player.reads(ADA)["active"] is True

    def test_elsewhere_it_is_in_the_way_and_the_answer_says_the_remedy(self, persona: Persona) -> None:
        player = start(persona)
        made = player.trial.host.add("acme", ADA.user_name)
        before = player.account(made)
        answer = player.tries_to_assign(ADA)
        assert (answer.status, answer["scimType"]) == (409, "uniqueness")
        assert "Verify the domain" in answer["detail"] and made not in answer["detail"]
        assert player.accounts == [before] and player.trial.host.handled == {}

    def test_a_full_house_does_not_keep_a_seated_account_from_being_linked(self, persona: Persona) -> None:
        player = start(persona)
        player.settings(verified_domains=("harbor.example",), seat_limit=1)
        player.trial.host.add("acme", ADA.user_name)
        player.assigns(ADA)
        assert player.seats_used == 1

    def test_outside_the_verified_domains_nobody_is_created(self, persona: Persona) -> None:
        """POL-090, POL-091, POL-093."""
        player = start(persona)
        player.assigns(ADA)
        player.settings(verified_domains=("quay.example",))
        answer = player.tries_to_assign(BEN)
        assert (answer.status, answer["scimType"]) == (400, "invalidValue")
        assert "harbor.example" in answer["detail"] and "quay.example" not in answer["detail"]
        player.updates(ADA, family_name="Marlow-Reed")
        for _ in range(2):
            body = {"userName": "ada@elsewhere.example", "active": False}
            answer = player.sends("PUT", f"/Users/{player.ids[ADA.user_name]}", body)
            assert (answer.status, answer["active"], answer["userName"]) == (200, False, ADA.user_name)


class TestOwners:
    def test_the_last_owner_can_neither_be_disabled_nor_deleted(self, persona: Persona) -> None:
        """POL-100, POL-101: refused with 403 and no scimType, and the answer to a read says the truth."""
        player = start(persona)
        player.assigns(ADA)
        player.makes_owner(player.account_of(ADA).id)
        for answer in (player.tries_to_disable(ADA), player.sends("DELETE", f"/Users/{player.ids[ADA.user_name]}")):
            assert answer.status == 403 and "scimType" not in answer.body
            assert "last owner" in answer["detail"]
        assert player.reads(ADA)["active"] is True and player.account_of(ADA).state == "active"

    def test_with_another_owner_the_first_one_goes(self, persona: Persona) -> None:
        player = start(persona)
        for person in (ADA, BEN):
            player.assigns(person)
            player.makes_owner(player.account_of(person).id)
        player.disables(ADA)
        assert player.tries_to_disable(BEN).status == 403

    def test_taking_the_role_by_hand_and_then_disabling_does_not_dodge_the_guard(self, persona: Persona) -> None:
        player = start(persona)
        player.assigns(ADA)
        account = player.account_of(ADA).id
        player.makes_owner(account)
        told = player.happens(RolesSet(("member",)), account)
        assert told.refusal is not None and told.refusal.status == 403
        assert player.tries_to_disable(ADA).status == 403

    def test_a_suspended_owner_is_no_other_owner(self, persona: Persona) -> None:
        player = start(persona)
        for person in (ADA, BEN):
            player.assigns(person)
            player.makes_owner(player.account_of(person).id)
        player.disables(ADA)
        assert player.tries_to_disable(BEN).status == 403
        player.enables(ADA)
        player.disables(BEN)
        assert player.account_of(ADA).owner and player.account_of(ADA).state == "active"


class TestSeats:
    def test_a_full_house_is_403_and_names_user_limit_and_remedy(self, persona: Persona) -> None:
        """POL-040, POL-041."""
        player = start(persona)
        player.settings(seat_limit=2)
        player.assigns(ADA)
        player.trial.host.add("acme", "founder@harbor.example")
        answer = player.tries_to_assign(BEN)
        assert answer.status == 403 and "scimType" not in answer.body
        assert answer["detail"].startswith("[SC-") and "2 of 2" in answer["detail"]
        assert BEN.user_name in answer["detail"] and "raise the number of seats" in answer["detail"]

    def test_leavers_pass_in_an_overfull_house(self, persona: Persona) -> None:
        """POL-046."""
        player = start(persona)
        for person in (ADA, BEN, CLEO):
            player.assigns(person)
        player.settings(seat_limit=1)
        player.disables(ADA)
        player.deletes(BEN)
        assert player.seats_used == 1
        assert player.tries_to_enable(ADA).status == 403 and player.reads(ADA)["active"] is False

    def test_profile_changes_need_no_seat(self, persona: Persona) -> None:
        player = start(persona)
        player.assigns(ADA)
        player.settings(seat_limit=0)
        player.updates(ADA, family_name="Marlow-Reed")
        assert player.account_of(ADA).name == "Ada Marlow-Reed"


class TestThePlan:
    def test_that_lapsed_lets_leavers_pass_and_nothing_else(self, persona: Persona) -> None:
        """POL-131: and what was known is matched again afterwards, without stale names in the way."""
        player = start(persona)
        player.assigns(ADA)
        player.assigns(BEN)
        player.settings(plan="lapsed")
        assert player.tries_to_assign(CLEO).status == 403
        player.disables(ADA)
        player.deletes(BEN)
        assert player.tries_to_enable(ADA).status == 403
        player.settings(plan="open")
        player.enables(ADA)
        player.assigns(BEN)
        assert player.seats_used == 2

    def test_that_lapsed_grants_a_retry_what_it_granted_once(self, persona: Persona) -> None:
        """POL-011, POL-046: of a leaver's update the rest is left out, the second time as well as the first."""
        player = start(persona)
        id = player.assigns(ADA)
        player.settings(plan="lapsed")
        for _ in range(2):
            body = {"schemas": [USER], "userName": ADA.user_name, "displayName": "Left", "active": False}
            answer = player.sends("PUT", f"/Users/{id}", body)
            assert (answer.status, answer["active"], answer["displayName"]) == (200, False, "Ada Marlow")
        assert len(player.effects(e.SuspendAccount)) == 1

    def test_that_never_was_answers_403_to_everything_but_discovery(self, persona: Persona) -> None:
        """POL-130."""
        player = start(persona)
        player.settings(plan="closed")
        assert player.connects().status == 403
        assert player.trial.post("/Users", {"userName": ADA.user_name}).status == 403
        assert player.trial.get("/ServiceProviderConfig").status == 200


class TestLocalAdmins:
    def test_a_role_set_by_hand_is_kept_through_everything(self, persona: Persona) -> None:
        """POL-065: SCIM never changes it."""
        player = start(persona)
        player.assigns(ADA)
        account = player.account_of(ADA).id
        player.happens(RolesSet(("auditor", "editor")), account)
        player.settings(default_role="reader")
        player.updates(ADA, family_name="Marlow-Reed")
        player.pushes("Pilots", ADA)
        player.disables(ADA)
        player.enables(ADA)
        assert player.account(account).roles == ("auditor", "editor")

    def test_a_hold_survives_disabling_and_enabling(self, persona: Persona) -> None:
        """The identity provider neither lifts it nor is it a shelter for a leaver."""
        player = start(persona)
        player.assigns(ADA)
        player.pushes("Pilots", ADA)
        account = player.account_of(ADA).id
        player.signs_in(account)
        player.happens(Held(True), account)
        assert (player.account(account).state, player.account(account).live) == ("suspended", False)
        assert player.team("Pilots").members == frozenset()
        player.disables(ADA)
        player.enables(ADA)
        assert player.account(account).state == "suspended" and not player.signs_in(account)
        assert player.team("Pilots").members == frozenset()
        player.happens(Held(False), account)
        assert player.account(account).state == "active" and player.team("Pilots").members == {account}

    def test_a_hold_lifted_while_disabled_leaves_a_leaver_a_leaver(self, persona: Persona) -> None:
        player = start(persona)
        player.assigns(ADA)
        account = player.account_of(ADA).id
        player.happens(Held(True), account)
        player.disables(ADA)
        player.happens(Held(False), account)
        assert player.account(account).state == "suspended" and not player.signs_in(account)
        player.enables(ADA)
        assert player.account(account).state == "active"

    def test_what_the_provider_masters_is_not_edited_by_hand(self, persona: Persona) -> None:
        """POL-071."""
        player = start(persona)
        player.assigns(ADA)
        told = player.happens(Edited(("displayName",)), player.account_of(ADA).id)
        assert told.refusal is not None and "identity provider" in str(told.refusal)


class TestSigningIn:
    def test_a_leaver_stays_outside_and_a_sign_in_revives_nobody(self, persona: Persona) -> None:
        player = start(persona)
        player.assigns(ADA)
        account = player.account_of(ADA).id
        assert player.signs_in(account)
        player.disables(ADA)
        told = player.happens(SignedIn(), account)
        assert told.refusal is not None and told.refusal.status == 403
        assert not player.signs_in(account)
        assert (player.account(account).state, player.reads(ADA)["active"]) == ("suspended", False)
        player.deletes(ADA)
        assert not player.signs_in(account) and player.account(account).state == "deleted"


class TestGroups:
    def test_people_are_deltas_renames_reach_the_team_and_the_end_of_a_group_ends_nobody(
        self, persona: Persona
    ) -> None:
        """POL-110, POL-112, POL-113."""
        player = start(persona)
        for person in (ADA, BEN, CLEO):
            player.assigns(person)
        group = player.pushes("Pilots", ADA, BEN)
        player.pushes("Pilots", BEN, CLEO)
        rename = {"op": "replace", "path": "displayName", "value": "Harbour pilots"}
        assert player.trial.patch(f"/Groups/{group}", rename).status in (200, 204)
        members = {player.account_of(BEN).id, player.account_of(CLEO).id}
        assert player.team("Harbour pilots").members == members
        player.removes_group("Pilots")
        assert player.trial.host.teams("acme") == []
        assert {account.state for account in player.accounts} == {"active"}

    def test_a_disabled_user_can_be_added_and_counts_when_enabled(self, persona: Persona) -> None:
        player = start(persona)
        player.assigns(ADA)
        player.disables(ADA)
        player.pushes("Pilots", ADA)
        assert player.team("Pilots").members == frozenset()
        player.enables(ADA)
        assert player.team("Pilots").members == {player.account_of(ADA).id}
