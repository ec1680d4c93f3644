"""Dastra's set-up page, sentence by sentence, as Entra ID, Okta and OneLogin play it (products.md)."""

import pytest

from policies.dastra import DASTRA
from scimcore.policy import effects as e
from scimcore.policy.triggers import RolesSet
from scimcore.testing.personas import Persona
from tests.stories.support import ADA, BEN, CAST, CLEO, IDS, Player

pytestmark = pytest.mark.parametrize("persona", CAST, ids=IDS)


def start(persona: Persona) -> Player:
    return Player.start(persona, DASTRA)


class TestSettingUp:
    """ "Test connection" must succeed. It fails when the subscription lacks the feature (POL-130)."""

    def test_the_test_of_the_connection_succeeds(self, persona: Persona) -> None:
        assert start(persona).connects().status == 200

    def test_it_fails_without_the_plan_and_says_what_to_do(self, persona: Persona) -> None:
        player = start(persona)
        player.settings(plan="closed")
        answer = player.connects()
        assert answer.status == 403 and "scimType" not in answer.body
        assert "subscription" in answer["detail"] and answer["detail"].startswith("[SC-")


class TestUsers:
    """Users are added, changed and deleted. They sign in with their e-mail. A default role for new users (POL-060)."""

    def test_a_new_user_has_an_account_with_the_default_role_of_the_settings(self, persona: Persona) -> None:
        player = start(persona)
        player.settings(default_role="contributor")
        player.assigns(ADA)
        account = player.account_of(ADA)
        assert (account.email, account.state, account.roles) == (ADA.user_name, "active", ("contributor",))

    def test_a_later_default_role_is_for_later_users(self, persona: Persona) -> None:
        player = start(persona)
        player.assigns(ADA)
        player.settings(default_role="reader")
        player.assigns(BEN)
        player.updates(ADA, family_name="Marlow-Reed")
        assert player.account_of(ADA).roles == ("member",)
        assert player.account_of(BEN).roles == ("reader",)

    def test_a_changed_user_has_the_new_name_and_the_same_account(self, persona: Persona) -> None:
        player = start(persona)
        player.assigns(ADA)
        before = player.account_of(ADA)
        player.updates(ADA, family_name="Marlow-Reed")
        after = player.account_of(ADA)
        assert (before.id, after.name) == (after.id, "Ada Marlow-Reed")

    def test_with_sso_enforced_nobody_is_written_to_without_everybody_once(self, persona: Persona) -> None:
        """POL-055."""
        player = start(persona)
        player.assigns(ADA)
        player.settings(sso_enforced=True)
        player.assigns(BEN)
        assert [mail.account for mail in player.effects(e.SendInvitation)] == [player.account_of(ADA).id]


class TestDisabling:
    """A user disabled in Entra: the profile is anonymised (POL-001, POL-004)."""

    def test_the_account_forgets_who_it_was_and_nobody_is_signed_in(self, persona: Persona) -> None:
        player = start(persona)
        player.assigns(ADA)
        ghost = player.account_of(ADA).id
        player.signs_in(ghost)
        player.disables(ADA)
        account = player.account(ghost)
        assert (account.state, account.email, account.name, account.live) == ("anonymised", None, None, False)
        assert [effect.account for effect in player.effects(e.Anonymise)] == [ghost]

    def test_the_user_is_still_matched_and_nothing_personal_is_told(self, persona: Persona) -> None:
        """POL-007: what is kept is id, userName, externalId, active and meta."""
        player = start(persona)
        player.assigns(ADA)
        player.pushes("Privacy", ADA)
        player.disables(ADA)
        (found,) = player.finds(ADA)
        assert (found["id"], found["active"], found["externalId"]) == (player.ids[ADA.user_name], False, "p-1")
        assert set(found) <= {"schemas", "id", "meta", "userName", "externalId", "active", "groups"}
        assert "Marlow" not in str(player.reads(ADA).body)

    def test_effects_and_audit_and_searches_keep_nothing_personal(self, persona: Persona) -> None:
        player = start(persona)
        player.assigns(ADA)
        player.updates(ADA, family_name="Marlow-Reed")
        player.disables(ADA)
        kept = str(player.trial.service.admin.effects("acme")) + str(player.trial.service.admin.audit("acme"))
        for personal in ("Marlow", "Ada"):
            assert personal not in kept
        query = {"filter": 'name.familyName co "Marlow" or displayName sw "Ada"'}
        assert player.trial.get("/Users", query=query)["totalResults"] == 0

    def test_the_person_leaves_the_teams_and_frees_the_seat(self, persona: Persona) -> None:
        """POL-003, POL-005."""
        player = start(persona)
        player.assigns(ADA)
        player.pushes("Privacy", ADA)
        assert player.seats_used == 1
        player.disables(ADA)
        assert (player.seats_used, player.team("Privacy").members) == (0, frozenset())

    def test_disabling_twice_is_once(self, persona: Persona) -> None:
        """POL-011."""
        player = start(persona)
        player.assigns(ADA)
        player.disables(ADA)
        effects, audit = len(player.trial.host.handled), len(player.trial.service.admin.audit("acme"))
        version = player.reads(ADA)["meta"]["version"]
        player.disables(ADA)
        assert len(player.trial.host.handled) == effects
        assert len(player.trial.service.admin.audit("acme")) == audit
        assert player.reads(ADA)["meta"]["version"] == version


class TestEnablingAgain:
    """If the user is enabled again later: a new account is created; the anonymised one is not restored (POL-030)."""

    def test_the_same_id_is_a_new_account(self, persona: Persona) -> None:
        player = start(persona)
        id = player.assigns(ADA)
        ghost = player.account_of(ADA)
        player.disables(ADA)
        assert player.enables(ADA).status in (200, 204)
        fresh = player.account_of(ADA)
        assert (fresh.id == ghost.id, fresh.email, fresh.state) == (False, ADA.user_name, "active")
        assert fresh.roles == ("member",)
        assert player.account(ghost.id).state == "anonymised"
        assert player.reads(ADA)["id"] == id and player.reads(ADA)["active"] is True

    def test_what_is_known_of_the_name_is_what_the_request_carried(self, persona: Persona) -> None:
        """Entra and Okta by PATCH send only `active`; who sends the whole user brings the name back."""
        player = start(persona)
        player.assigns(ADA)
        player.disables(ADA)
        player.enables(ADA)
        only_active = persona.name.startswith(("Entra", "Okta, catalogue"))
        assert player.reads(ADA).body.get("displayName") == (None if only_active else "Ada Marlow")
        player.updates(ADA)
        assert player.account_of(ADA).name == "Ada Marlow"

    def test_memberships_reach_the_new_account(self, persona: Persona) -> None:
        player = start(persona)
        player.assigns(ADA)
        player.assigns(BEN)
        player.pushes("Privacy", ADA, BEN)
        player.disables(ADA)
        player.enables(ADA)
        members = {player.account_of(ADA).id, player.account_of(BEN).id}
        assert player.team("Privacy").members == members


class TestDeleting:
    """Deleted for good: fully anonymised; past actions preserved; relations kept; only the identity goes (POL-020)."""

    def test_the_account_is_anonymised_and_stays(self, persona: Persona) -> None:
        player = start(persona)
        player.assigns(ADA)
        account = player.account_of(ADA).id
        player.deletes(ADA)
        assert (player.account(account).state, player.account(account).email) == ("anonymised", None)
        assert player.effects(e.DeleteAccount) == [] and player.effects(e.TransferOwnership) == []

    def test_the_user_is_gone_and_the_name_free(self, persona: Persona) -> None:
        player = start(persona)
        old = player.assigns(ADA)
        player.deletes(ADA)
        assert player.sends("GET", f"/Users/{old}").status == 404
        assert player.sends("DELETE", f"/Users/{old}").status == 404
        new = player.assigns(ADA)
        assert new != old and player.account_of(ADA).email == ADA.user_name

    def test_deleting_a_disabled_user_touches_no_account_twice(self, persona: Persona) -> None:
        player = start(persona)
        player.assigns(ADA)
        player.disables(ADA)
        player.deletes(ADA)
        assert len(player.effects(e.Anonymise)) == 1


class TestGroups:
    """Several groups; displayName is synchronised. A group removed: the team goes, accounts stay active (POL-113)."""

    def test_every_group_is_a_team_with_its_people(self, persona: Persona) -> None:
        player = start(persona)
        for person in (ADA, BEN, CLEO):
            player.assigns(person)
        player.pushes("Privacy", ADA, BEN)
        player.pushes("Security", CLEO)
        assert player.team("Privacy").members == {player.account_of(ADA).id, player.account_of(BEN).id}
        player.pushes("Privacy", BEN, CLEO)
        assert player.team("Privacy").members == {player.account_of(BEN).id, player.account_of(CLEO).id}
        assert player.team("Security").members == {player.account_of(CLEO).id}

    def test_a_group_removed_takes_the_team_and_nobody(self, persona: Persona) -> None:
        player = start(persona)
        player.assigns(ADA)
        player.pushes("Privacy", ADA)
        player.removes_group("Privacy")
        assert player.trial.host.teams("acme") == []
        assert player.account_of(ADA).state == "active" and player.reads(ADA).status == 200


class TestLocalAdmins:
    """Administrators can still change roles and permissions locally after synchronisation (POL-065)."""

    def test_roles_by_hand_stay_whatever_is_synchronised(self, persona: Persona) -> None:
        player = start(persona)
        player.assigns(ADA)
        account = player.account_of(ADA).id
        assert player.happens(RolesSet(("dpo",)), account).refusal is None
        player.updates(ADA, family_name="Marlow-Reed")
        player.pushes("Privacy", ADA)
        assert player.account(account).roles == ("dpo",)

    def test_roles_given_before_the_first_day_are_there_on_the_first_day(self, persona: Persona) -> None:
        """Created disabled, prepared by an admin, enabled: nobody came back, so nothing starts over (POL-032)."""
        player = start(persona)
        answer = player.sends("POST", "/Users", {"userName": ADA.user_name, "active": False})
        player.ids[ADA.user_name] = answer["id"]
        account = player.account_of(ADA).id
        player.happens(RolesSet(("dpo",)), account)
        player.enables(ADA)
        assert (player.account(account).state, player.account(account).roles) == ("active", ("dpo",))


class TestTheQuota:
    """The number of users is limited. When it is exceeded the server answers with an error (POL-040, POL-041)."""

    def test_a_full_house_is_an_error_that_names_user_and_limit(self, persona: Persona) -> None:
        player = start(persona)
        player.settings(seat_limit=1)
        player.assigns(ADA)
        answer = player.tries_to_assign(BEN)
        assert answer.status == 403 and "scimType" not in answer.body
        assert "1 of 1" in answer["detail"] and BEN.user_name in answer["detail"]
        assert len(player.accounts) == 1 and player.finds(BEN) == []

    def test_accounts_made_in_the_product_count(self, persona: Persona) -> None:
        player = start(persona)
        player.trial.host.add("acme", "founder@harbor.example", owner=True)
        player.settings(seat_limit=1)
        assert player.tries_to_assign(ADA).status == 403

    def test_a_leaver_makes_room_and_coming_back_needs_a_seat(self, persona: Persona) -> None:
        """POL-031: refused, nothing changed, still disabled."""
        player = start(persona)
        player.settings(seat_limit=1)
        player.assigns(ADA)
        player.disables(ADA)
        player.assigns(BEN)
        before = player.reads(ADA)
        answer = player.tries_to_enable(ADA)
        assert answer.status == 403 and "1 of 1" in answer["detail"]
        assert player.reads(ADA).body == before.body and before["active"] is False
        player.disables(BEN)
        player.enables(ADA)
        assert player.account_of(ADA).state == "active"


class TestOneWorkspace:
    """One workspace per organisation: what one connection provisions, no other tenant's ever sees (POL-120)."""

    def test_another_tenants_token_finds_nobody(self, persona: Persona) -> None:
        player = start(persona)
        id = player.assigns(ADA)
        other = player.trial.connect("globex", policy=DASTRA)
        assert player.trial.get(f"/Users/{id}", token=other).status == 404
        assert player.trial.get("/Users", token=other)["totalResults"] == 0
        assert player.trial.post("/Users", {"userName": ADA.user_name}, token=other).status == 201


def test_once_the_plan_is_there_the_next_cycle_catches_up(persona: Persona) -> None:
    """A closed plan and an open one differ in nothing but the setting (POL-130)."""
    player = start(persona)
    player.settings(plan="closed")
    assert player.trial.post("/Users", {"userName": ADA.user_name}).status == 403
    assert player.accounts == []
    player.settings(plan="open")
    player.assigns(ADA)
    assert player.account_of(ADA).state == "active"
