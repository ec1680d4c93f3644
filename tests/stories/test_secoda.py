"""Secoda's set-up page, sentence by sentence, as Entra ID, Okta and OneLogin play it (products.md)."""

import pytest

from policies.secoda import SECODA
from scimcore.dialects import AUTO
from scimcore.policy import effects as e
from scimcore.policy.triggers import RolesSet
from scimcore.testing.personas import Persona
from scimcore.testing.trial import Trial
from tests.stories.support import ADA, BEN, CAST, GROUP, IDS, USER, Player

on_every_stage = pytest.mark.parametrize("persona", CAST, ids=IDS)
ROLE = "secodaRole"
LONG_ROLE = f"{USER}:secodaRole"


def start(persona: Persona) -> Player:
    return Player.start(persona, SECODA)


@on_every_stage
class TestInvitations:
    """An assigned user gets an invitation and is Invited until the first sign-in (POL-050)."""

    def test_an_assigned_user_is_invited_and_written_to_once(self, persona: Persona) -> None:
        player = start(persona)
        player.assigns(ADA)
        account = player.account_of(ADA)
        assert (account.state, account.email) == ("invited", ADA.user_name)
        assert [mail.account for mail in player.effects(e.SendInvitation)] == [account.id]
        assert player.reads(ADA)["active"] is True

    def test_the_mail_goes_out_under_sso_too(self, persona: Persona) -> None:
        """POL-055: the policy says always."""
        player = start(persona)
        player.settings(sso_enforced=True)
        player.assigns(ADA)
        assert len(player.effects(e.SendInvitation)) == 1

    def test_the_first_sign_in_activates_and_later_ones_change_nothing(self, persona: Persona) -> None:
        player = start(persona)
        player.assigns(ADA)
        account = player.account_of(ADA).id
        assert player.signs_in(account)
        assert player.account(account).state == "active"
        handled = len(player.trial.host.handled)
        assert player.signs_in(account)
        assert len(player.trial.host.handled) == handled

    def test_invited_users_are_found_like_any_other(self, persona: Persona) -> None:
        """POL-052: by id, by name, by e-mail, in the list."""
        player = start(persona)
        id = player.assigns(ADA)
        assert player.reads(ADA).status == 200
        assert [found["id"] for found in player.finds(ADA)] == [id]
        by_mail = player.trial.get("/Users", query={"filter": f'emails.value eq "{ADA.user_name}"'})
        assert by_mail["totalResults"] == player.trial.get("/Users")["totalResults"] == 1

    def test_disabling_takes_the_invitation_back_and_enabling_invites_again(self, persona: Persona) -> None:
        """POL-054."""
        player = start(persona)
        player.settings(seat_limit=1)
        player.assigns(ADA)
        account = player.account_of(ADA).id
        player.disables(ADA)
        assert [effect.account for effect in player.effects(e.CancelInvitation)] == [account]
        assert (player.account(account).state, player.seats_used) == ("suspended", 0)
        assert not player.signs_in(account)
        player.enables(ADA)
        assert player.account(account).state == "invited"
        assert len(player.effects(e.SendInvitation)) == 2


@on_every_stage
class TestGroups:
    """Pushed groups appear at once; an invited user shows as a member from the first sign-in on (POL-051)."""

    def test_the_team_is_there_at_once_and_the_person_later(self, persona: Persona) -> None:
        player = start(persona)
        id = player.assigns(ADA)
        group = player.pushes("Analysts", ADA)
        assert player.team("Analysts").members == frozenset()
        members = player.trial.get(f"/Groups/{group}")["members"]
        assert [member["value"] for member in members] == [id]
        player.signs_in(player.account_of(ADA).id)
        assert player.team("Analysts").members == {player.account_of(ADA).id}

    def test_a_person_taken_out_before_the_first_sign_in_never_shows(self, persona: Persona) -> None:
        player = start(persona)
        player.assigns(ADA)
        player.assigns(BEN)
        player.signs_in(player.account_of(BEN).id)
        player.pushes("Analysts", ADA, BEN)
        player.pushes("Analysts", BEN)
        player.signs_in(player.account_of(ADA).id)
        assert player.team("Analysts").members == {player.account_of(BEN).id}

    def test_the_whole_group_by_put_works(self, persona: Persona) -> None:
        """ "`PUT /Groups/{id}` with the whole group works", with `value` and `display`."""
        player = start(persona)
        ada, ben = player.assigns(ADA), player.assigns(BEN)
        for person in (ADA, BEN):
            player.signs_in(player.account_of(person).id)
        group = player.pushes("Analysts", ADA)
        body = {"schemas": [GROUP], "displayName": "Data analysts", "members": [{"value": ben, "display": "Ben"}]}
        answer = player.sends("PUT", f"/Groups/{group}", body)
        assert answer.status == 200 and [m["value"] for m in answer["members"]] == [ben] != [ada]
        assert player.team("Data analysts").members == {player.account_of(BEN).id}


@on_every_stage
class TestDisabling:
    """`active` false disables, true activates."""

    def test_who_worked_works_again_with_role_and_teams(self, persona: Persona) -> None:
        player = start(persona)
        player.assigns(ADA)
        account = player.account_of(ADA).id
        player.signs_in(account)
        player.pushes("Analysts", ADA)
        player.disables(ADA)
        assert (player.account(account).state, player.account(account).live) == ("suspended", False)
        assert player.team("Analysts").members == frozenset()
        player.enables(ADA)
        assert player.account_of(ADA).id == account and player.account(account).state == "active"
        assert player.team("Analysts").members == {account}
        assert len(player.effects(e.SendInvitation)) == 1

    def test_a_disabled_user_can_be_added_by_put_too(self, persona: Persona) -> None:
        """ "The page uses PUT to add an active or a disabled user." """
        player = start(persona)
        id = player.assigns(ADA)
        whole = {
            "schemas": [USER],
            "userName": ADA.user_name,
            "name": {"givenName": "Ada", "familyName": "Marlow"},
            "emails": [{"value": ADA.user_name, "primary": True, "type": "work"}],
            "active": False,
            "externalId": "p-1",
        }
        assert player.sends("PUT", f"/Users/{id}", whole)["active"] is False
        assert player.sends("PUT", f"/Users/{id}", {**whole, "active": True})["active"] is True
        assert player.account_of(ADA).state == "invited"


class TestSetUpOfEntra:
    """`userPrincipalName` maps to `userName`, `mail` to `emails[type eq "work"].value`."""

    def test_the_mail_is_patched_through_its_filter(self) -> None:
        trial = Trial.start(policy=SECODA)
        id = trial.user("ada@harbor.example")
        path = 'emails[type eq "work"].value'
        answer = trial.patch(f"/Users/{id}", {"op": "Add", "path": path, "value": "a.marlow@harbor.example"})
        assert [mail["value"] for mail in answer["emails"]] == ["a.marlow@harbor.example"]


class TestStaleIds:
    """ "User not found": Okta holds a stale id; the cure is to unassign and reassign (products.md)."""

    @on_every_stage
    def test_the_404_says_the_cure_and_the_cure_works(self, persona: Persona) -> None:
        player = start(persona)
        player.assigns(ADA)
        player.ids[ADA.user_name] = "stale"
        answer = player.tries_to_enable(ADA)
        assert answer.status == 404 and "unassign" in answer["detail"].lower() and "again" in answer["detail"]
        player.assigns(ADA)
        assert player.reads(ADA).status == 200


class TestRoles:
    """A custom attribute, external name `secodaRole` in the core User URN, carries the role, custom roles included."""

    @pytest.mark.parametrize("name", [ROLE, LONG_ROLE])
    def test_a_role_comes_with_the_user(self, name: str) -> None:
        """POL-061."""
        player = Player(CAST[0], Trial.start(policy=SECODA, dialect=AUTO))
        answer = player.sends("POST", "/Users", {"schemas": [USER], "userName": ADA.user_name, name: "Data steward"})
        assert (answer.status, answer[ROLE]) == (201, "Data steward")
        assert [account.roles for account in player.accounts] == [("Data steward",)]

    @on_every_stage
    def test_no_role_is_the_default_role(self, persona: Persona) -> None:
        """POL-060."""
        player = start(persona)
        player.settings(default_role="viewer")
        player.assigns(ADA)
        assert player.account_of(ADA).roles == ("viewer",)

    @pytest.mark.parametrize("path", [ROLE, LONG_ROLE])
    def test_a_role_is_changed_and_cleared(self, path: str) -> None:
        """POL-066: cleared means the default role."""
        trial = Trial.start(policy=SECODA)
        id = trial.user(ADA.user_name)
        for value, roles in (("Editor", ("Editor",)), ("My own role", ("My own role",))):
            assert trial.patch(f"/Users/{id}", {"op": "Replace", "path": path, "value": value})[ROLE] == value
            assert [a.roles for a in trial.host.all("acme")] == [roles]
        assert trial.patch(f"/Users/{id}", {"op": "Remove", "path": path}).status == 200
        assert [a.roles for a in trial.host.all("acme")] == [("member",)]

    def test_a_put_without_the_role_clears_it_and_one_with_it_sets_it(self) -> None:
        trial = Trial.start(policy=SECODA)
        id = trial.user(ADA.user_name, secodaRole="Editor")
        trial.put(f"/Users/{id}", {"schemas": [USER], "userName": ADA.user_name})
        assert trial.host.all("acme")[0].roles == ("member",)
        trial.put(f"/Users/{id}", {"schemas": [USER], "userName": ADA.user_name, ROLE: "Admin"})
        assert trial.host.all("acme")[0].roles == ("Admin",)

    def test_the_schema_declares_it_and_it_can_be_searched_for(self) -> None:
        trial = Trial.start(policy=SECODA)
        trial.user(ADA.user_name, secodaRole="Editor")
        schema = trial.get(f"/Schemas/{USER}")
        assert ROLE in [attribute["name"] for attribute in schema["attributes"]]
        for query in (f'{ROLE} eq "Editor"', f'{LONG_ROLE} eq "Editor"'):
            assert trial.get("/Users", query={"filter": query})["totalResults"] == 1

    def test_a_role_set_by_hand_replaces_what_is_pushed(self) -> None:
        """POL-065: SCIM never changes it."""
        player = Player(CAST[0], Trial.start(policy=SECODA))
        player.assigns(ADA)
        account = player.account_of(ADA).id
        player.happens(RolesSet(("Admin",)), account)
        path = {"op": "Replace", "path": ROLE, "value": "Viewer"}
        assert player.trial.patch(f"/Users/{player.ids[ADA.user_name]}", path)[ROLE] == "Viewer"
        assert player.account(account).roles == ("Admin",)

    def test_other_policies_do_not_know_the_attribute(self) -> None:
        trial = Trial.start()
        id = trial.user(ADA.user_name, secodaRole="Editor")
        assert ROLE not in trial.get(f"/Users/{id}").body


@on_every_stage
def test_the_plan_is_needed(persona: Persona) -> None:
    """ "For Enterprise plans with SAML SSO" (POL-130, POL-131)."""
    player = start(persona)
    player.assigns(ADA)
    player.settings(plan="lapsed")
    assert player.tries_to_assign(BEN).status == 403
    player.disables(ADA)
    assert player.account_of(ADA).state == "suspended"
    answer = player.tries_to_enable(ADA)
    assert answer.status == 403 and "Renew" in answer["detail"]
