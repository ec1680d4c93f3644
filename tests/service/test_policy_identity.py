"""Accounts that were there before, sign-ins, and the end of a connection: each choice set and seen to act."""

from collections.abc import Sequence

import pytest

from scimcore.policy import Create, Delete, Groups, Linking, Mastered, Mastery, Protection, Reactivate, Scope
from scimcore.policy import effects as e
from scimcore.policy.triggers import AccountDeleted, Approved, Held, RolesSet, SignedIn
from scimcore.schema import USER_URN
from scimcore.testing.host import TrialHost
from tests.service.support import ADA, BEN, OFF, Stage, policy, replace, start


def _existing(stage: Stage, **more: object) -> str:
    stage.settings(verified_domains=("acme.com",))
    return stage.host.add("acme", ADA, roles=("admin",), **more)  # type: ignore[arg-type]


class TestASuspendedAccount:
    """A5: SCIM answers active true, so the account works afterwards; or an admin of the product holds it."""

    def test_is_activated_when_it_is_linked(self) -> None:
        stage = start()
        account = _existing(stage, state="suspended")
        answer = stage.post(ADA)
        assert (answer["active"], stage.account().id, stage.account().state) == (True, account, "active")
        assert stage.kinds() == ["ReserveSeat", "ActivateAccount"]
        assert stage.patch(answer["id"], replace("active", True)).status == 200

    def test_needs_a_free_seat(self) -> None:
        stage = start()
        _existing(stage, state="suspended")
        stage.settings(seat_limit=0, verified_domains=("acme.com",))
        stage.post(ADA, 403)
        assert stage.account().state == "suspended"

    def test_stays_suspended_when_an_admin_holds_it(self) -> None:
        stage = start()
        _existing(stage, state="suspended", on_hold=True)
        id = stage.post(ADA)["id"]
        assert stage.account().state == "suspended" and "linking.steps" in stage.notes()
        stage.patch(id, OFF)
        stage.on(id)
        assert (stage.account().state, stage.kinds().count("ActivateAccount")) == ("suspended", 0)
        stage.tell(Held(False))
        assert stage.account().state == "active"

    def test_is_disabled_at_once_without_a_seat_to_release(self) -> None:
        stage = start()
        _existing(stage, state="suspended")
        answer = stage.post(ADA, active=False)
        assert (answer["active"], stage.account().state) == (False, "suspended")
        assert stage.effects("ReleaseSeat") == [] == stage.effects("ReserveSeat")
        stage.on(answer["id"])
        assert (stage.account().state, stage.kinds().count("ReserveSeat")) == ("active", 1)

    def test_is_invited_where_new_users_are(self) -> None:
        stage = start(create=Create(initial="invited"))
        _existing(stage, state="suspended", ready=False)
        stage.user()
        assert stage.account().state == "invited"
        assert len(stage.effects("SendInvitation")) == 1

    def test_waits_for_a_confirmation(self) -> None:
        stage = start(linking=Linking(steps=("confirm",)))
        stage.host.add("acme", ADA, state="suspended")
        stage.user(displayName="Ada Lovelace")
        assert (stage.account().state, stage.account().name) == ("suspended", ADA)
        stage.tell(Approved(granted=True))
        assert (stage.account().state, stage.account().name) == ("active", "Ada Lovelace")

    def test_of_another_connection_works_for_the_next(self) -> None:
        chosen = policy(linking=Linking(on_disconnect="suspend"))
        stage = start(chosen)
        stage.settings(verified_domains=("acme.com",))
        stage.user()
        stage.trial.service.admin.disconnect("acme", "idp-1", policy=chosen)
        assert stage.account().state == "suspended"
        stage.trial.token = stage.trial.connect("acme", policy=chosen)
        assert stage.post(ADA)["active"] is True
        assert [a.state for a in stage.accounts()] == ["active"]

    def test_of_a_deleted_user_is_linked_and_works(self) -> None:
        stage = start(delete=Delete(account="suspend"))
        stage.settings(verified_domains=("acme.com",))
        stage.delete(stage.user())
        stage.user()
        assert [a.state for a in stage.accounts()] == ["active"]

    def test_that_was_replaced_never_comes_back(self) -> None:
        stage = start(reactivate=Reactivate(account="new"))
        stage.settings(verified_domains=("acme.com",))
        id = stage.user()
        stage.off(id)
        stage.on(id)
        stage.delete(id)
        stage.user()
        assert [a.state for a in stage.accounts()] == ["suspended", "deleted", "active"]


class TestTheProfileAtLinking:
    """D6: what the identity provider masters is copied, but for the e-mail."""

    EMAILS = [{"value": "ada@other.example", "primary": True}]

    def test_is_copied_and_the_address_stays(self) -> None:
        stage = start()
        _existing(stage)
        stage.user("Ada@ACME.com", displayName="Ada Lovelace", title="Dr", emails=self.EMAILS)
        assert (stage.account().name, stage.account().email) == ("Ada Lovelace", ADA)
        (effect,) = stage.effects("UpdateProfile")
        assert isinstance(effect, e.UpdateProfile) and sorted(effect.paths) == ["displayName", "title"]

    def test_is_not_copied_where_the_product_masters_it(self) -> None:
        stage = start(mastery=Mastery(rules=(Mastered("displayName", "app"),)))
        _existing(stage)
        stage.user(displayName="Ada Lovelace")
        assert stage.account().name == ADA and stage.effects("UpdateProfile") == []

    def test_is_copied_once_where_the_identity_provider_masters_the_beginning(self) -> None:
        stage = start(mastery=Mastery(default="idp_on_create"))
        _existing(stage)
        stage.user(displayName="Ada Lovelace")
        assert stage.account().name == "Ada Lovelace"

    def test_of_another_tenants_account_is_left_alone(self) -> None:
        stage = start(linking=Linking(other_tenant="add_membership"), host=TrialHost(shared=True))
        stage.settings(verified_domains=("acme.com",))
        stage.host.add("beta", ADA)
        stage.user(displayName="Ada Lovelace")
        assert stage.effects("UpdateProfile") == []


class TestSteps:
    """POL-080, POL-081, POL-085: named steps in order; only the verified e-mail is on."""

    def test_a_verified_email_links_and_the_account_keeps_what_it_has(self) -> None:
        stage = start()
        account = _existing(stage)
        user = stage.user()
        assert [a.id for a in stage.accounts()] == [account]
        assert stage.account().roles == ("admin",)
        stage.off(user)
        assert stage.account().state == "suspended"

    def test_an_unverified_email_does_not(self) -> None:
        stage = start()
        stage.host.add("acme", ADA)
        assert stage.post(ADA, 409)["scimType"] == "uniqueness"
        assert "linking.otherwise" in stage.notes()

    def test_none_links_nobody(self) -> None:
        stage = start(linking=Linking(steps=()))
        _existing(stage)
        stage.post(ADA, 409)

    def test_any_email_links_whoever_owns_the_domain(self) -> None:
        stage = start(linking=Linking(steps=("any_email",)))
        stage.host.add("acme", ADA)
        stage.user()
        assert len(stage.accounts()) == 1

    @pytest.mark.parametrize(("step", "key"), [("external_id", "externalId"), ("subject", "subject")])
    def test_by_what_the_host_knows(self, step: str, key: str) -> None:
        stage = start(linking=Linking(steps=(step,), keys=(key,)))  # type: ignore[arg-type]
        stage.host.add("acme", "other@acme.com", external_id="x-1", subject="x-1")
        stage.user(externalId="x-1")
        assert len(stage.accounts()) == 1

    def test_a_step_without_its_key_is_refused_when_it_is_set(self) -> None:
        with pytest.raises(ValueError, match="POL-081"):
            policy(linking=Linking(steps=("external_id",)))

    def test_the_first_key_that_finds_anybody_decides(self) -> None:
        stage = start(
            linking=Linking(steps=("external_id", "any_email"), keys=("externalId", "userName")), host=TrialHost()
        )
        stage.host.add("acme", ADA)
        other = stage.host.add("acme", "other@acme.com", external_id="x-1")
        stage.user(externalId="x-1")
        stage.off(str(stage.trial.get("/Users")["Resources"][0]["id"]))
        assert [a.id for a in stage.accounts() if a.state == "suspended"] == [other]

    def test_two_by_one_key_are_nobody(self) -> None:
        stage = start()
        _existing(stage)
        stage.host.add("acme", ADA)
        assert stage.post(ADA, 409)["scimType"] == "uniqueness"
        assert "linking.keys" in stage.notes()

    @pytest.mark.parametrize("granted", [True, False])
    def test_confirm_asks_the_person(self, granted: bool) -> None:
        stage = start(linking=Linking(steps=("confirm",)))
        stage.host.add("acme", ADA)
        user = stage.user()
        assert [x.code for x in stage.effects() if isinstance(x, e.Notify)] == ["link.confirm"]
        stage.patch(user, replace("displayName", "Not Ada"))
        assert stage.account().name == ADA
        stage.tell(Approved(granted))
        assert stage.trial.get(f"/Users/{user}").status == (200 if granted else 404)
        if granted:
            stage.off(user)
        assert stage.account().state == ("suspended" if granted else "active")

    @pytest.mark.parametrize(("otherwise", "status", "accounts"), [("refuse", 409, 1), ("separate", 201, 2)])
    def test_otherwise(self, otherwise: str, status: int, accounts: int) -> None:
        stage = start(linking=Linking(otherwise=otherwise))  # type: ignore[arg-type]
        stage.host.add("acme", ADA)
        stage.post(ADA, status)
        assert len(stage.accounts()) == accounts

    @pytest.mark.parametrize(("owners", "status"), [("link", 201), ("refuse", 409)])
    def test_owners(self, owners: str, status: int) -> None:
        stage = start(linking=Linking(owners=owners))  # type: ignore[arg-type]
        _existing(stage, owner=True)
        stage.post(ADA, status)

    @pytest.mark.parametrize(("roles", "after"), [("keep", ("admin",)), ("sources", ("editor",))])
    def test_roles(self, roles: str, after: tuple[str, ...]) -> None:
        from scimcore.policy import Roles

        stage = start(linking=Linking(roles=roles), roles=Roles(sources=("roles",)))  # type: ignore[arg-type]
        _existing(stage)
        user = stage.user()
        stage.patch(user, replace("roles", [{"value": "editor"}]))
        assert stage.account().roles == after

    def test_nobody_takes_over_what_another_connection_manages(self) -> None:
        """POL-085."""
        stage = start(linking=Linking(steps=("any_email",)))
        stage.user(externalId="x-1")
        other = stage.trial.connect("acme", policy=stage.policy, id="other-idp")
        body = {"schemas": [USER_URN], "userName": "someone@acme.com", "emails": [{"value": ADA}]}
        assert stage.trial.post("/Users", body, token=other).status == 201
        first, second = stage.accounts()
        assert (first.email, second.email) == (ADA, "someone@acme.com")


class TestOtherTenants:
    """POL-082: an account of another tenant, and no word about whose."""

    @pytest.mark.parametrize(
        ("choice", "status", "state"),
        [("conflict", 409, None), ("add_membership", 201, "active"), ("invite", 201, "invited")],
    )
    def test_is(self, choice: str, status: int, state: str | None) -> None:
        chosen = Linking(steps=("any_email",), other_tenant=choice)  # type: ignore[arg-type]
        stage = start(linking=chosen, host=TrialHost(shared=True))
        stage.host.add("rival", ADA)
        answer = stage.post(ADA, status)
        assert "rival" not in str(answer.body)
        if state == "active":
            assert stage.effects("ActivateAccount") and stage.effects("ReserveSeat")
        if state == "invited":
            assert stage.effects("SendInvitation")


class TestUnmanagedAccounts:
    """POL-083: hidden until they are claimed, or shown and claimed by the first change."""

    def test_are_hidden_by_default(self) -> None:
        stage = start()
        stage.host.add("acme", ADA)
        assert stage.trial.service.admin.show_unmanaged("acme", "idp-1", policy=stage.policy) == 0
        assert stage.trial.get("/Users")["totalResults"] == 0

    def test_shown_are_found_like_any_other_and_are_nobodys_until_claimed(self) -> None:
        stage = start(linking=Linking(unmanaged="shown"))
        account = stage.host.add("acme", ADA, roles=("admin",))
        assert stage.trial.service.admin.show_unmanaged("acme", "idp-1", policy=stage.policy) == 1
        assert stage.trial.service.admin.show_unmanaged("acme", "idp-1", policy=stage.policy) == 0
        found = stage.trial.get("/Users", query={"filter": f'userName eq "{ADA}"'})["Resources"][0]
        assert (found["userName"], found["active"]) == (ADA, True)
        told = stage.tell(RolesSet(("viewer",)))
        assert (told.managed, told.refusal) == (False, None)
        assert stage.post(ADA, 409)["scimType"] == "uniqueness"  # GET and POST agree
        stage.patch(found["id"], replace("title", "Lead"))
        assert "linking.unmanaged" in stage.notes()
        assert stage.tell(SignedIn()).managed
        stage.off(found["id"])
        assert [(a.id, a.state, a.roles) for a in stage.accounts()] == [(account, "suspended", ("admin",))]

    def test_shown_follow_the_product(self) -> None:
        stage = start(linking=Linking(unmanaged="shown"))
        account = stage.host.add("acme", ADA)
        service = stage.trial.service
        service.admin.show_unmanaged("acme", "idp-1", policy=stage.policy)
        stage.host.change("acme", account, state="suspended")
        service.admin.show_unmanaged("acme", "idp-1", policy=stage.policy)
        assert stage.trial.get("/Users")["Resources"][0]["active"] is False
        stage.host.change("acme", account, state="deleted")
        service.admin.show_unmanaged("acme", "idp-1", policy=stage.policy)
        assert stage.trial.get("/Users")["totalResults"] == 0

    def test_are_taken_away_when_the_policy_hides_them(self) -> None:
        stage = start(linking=Linking(unmanaged="shown"))
        stage.host.add("acme", ADA)
        stage.trial.service.admin.show_unmanaged("acme", "idp-1", policy=stage.policy)
        stage.trial.service.admin.show_unmanaged("acme", "idp-1", policy=policy())
        assert stage.trial.get("/Users")["totalResults"] == 0

    def test_that_are_protected_are_never_shown(self) -> None:
        stage = start(linking=Linking(unmanaged="shown", owners="refuse"), protection=Protection(kinds=("service",)))
        stage.host.add("acme", ADA, protected="service")
        stage.host.add("acme", BEN, owner=True)
        assert stage.trial.service.admin.show_unmanaged("acme", "idp-1", policy=stage.policy) == 0


class TestSignIn:
    """POL-084: a person whom nobody provisioned."""

    @pytest.mark.parametrize(
        ("choice", "refused", "told"), [("host", False, 0), ("claim", False, 1), ("refuse", True, 0)]
    )
    def test_is(self, choice: str, refused: bool, told: int) -> None:
        stage = start(linking=Linking(sign_in=choice))  # type: ignore[arg-type]
        account = stage.host.add("acme", ADA)
        answer = stage.tell(SignedIn(), account)
        assert (answer.managed, answer.refusal is not None) == (False, refused)
        assert [note.rule for note in answer.notes] == ["linking.sign_in"]
        assert [x.code for x in stage.effects() if isinstance(x, e.Notify)] == ["jit.claim"] * told
        if refused:
            assert stage.trial.service.admin.audit("acme")[-1].outcome == "refused"


class TestLocalDelete:
    """POL-087: 404 next, and the identity provider creates anew; or the product may not."""

    @pytest.mark.parametrize(("choice", "status"), [("allow", 404), ("refuse", 200)])
    def test_is(self, choice: str, status: int) -> None:
        stage = start(linking=Linking(local_delete=choice))  # type: ignore[arg-type]
        user = stage.user()
        told = stage.tell(AccountDeleted())
        assert (told.refusal is None) is (choice == "allow")
        assert stage.trial.get(f"/Users/{user}").status == status
        if choice == "allow":
            stage.host.change("acme", stage.account().id, state="deleted")
            assert stage.post(ADA)["id"] != user


class TestDisconnecting:
    """POL-086: accounts stay or are suspended, teams stay or go; the old resources are nobody's any more."""

    def _disconnect(self, stage: Stage) -> int:
        stage.trial.connections.remove("idp-1")
        return stage.trial.service.admin.disconnect("acme", "idp-1", policy=stage.policy)

    @pytest.mark.parametrize(("choice", "states"), [("stay", ["active", "suspended"]), ("suspend", ["suspended"] * 2)])
    def test_accounts(self, choice: str, states: Sequence[str]) -> None:
        stage = start(linking=Linking(on_disconnect=choice))  # type: ignore[arg-type]
        stage.user()
        stage.off(stage.user(BEN))
        assert self._disconnect(stage) == 2
        assert [a.state for a in stage.accounts()] == states
        assert stage.trial.get("/Users").status == 401
        assert not stage.tell(SignedIn()).managed
        assert len(stage.effects("RevokeCredentials")) == (2 if choice == "suspend" else 1)
        assert self._disconnect_again(stage) == 0

    def _disconnect_again(self, stage: Stage) -> int:
        return stage.trial.service.admin.disconnect("acme", "idp-1", policy=stage.policy)

    @pytest.mark.parametrize(("choice", "teams"), [("local", 1), ("delete", 0)])
    def test_teams(self, choice: str, teams: int) -> None:
        stage = start(linking=Linking(groups_on_disconnect=choice))  # type: ignore[arg-type]
        user = stage.user()
        stage.trial.group("Sales", user)
        assert self._disconnect(stage) == 2
        assert len(stage.host.teams("acme")) == teams
        assert stage.host.members("acme", "Sales") == ({ADA} if teams else set())

    def test_and_connecting_anew_links_the_accounts_again(self) -> None:
        stage = start()
        stage.settings(verified_domains=("acme.com",))
        stage.user()
        account = stage.account().id
        self._disconnect(stage)
        stage.trial.token = stage.trial.connect("acme", policy=stage.policy, id="next-idp")
        stage.user()
        assert [a.id for a in stage.accounts()] == [account]

    def test_leaves_another_connections_users_alone(self) -> None:
        stage = start()
        stage.user()
        other = stage.trial.connect("acme", policy=stage.policy, id="other-idp")
        stage.trial.post("/Users", {"schemas": [USER_URN], "userName": BEN}, token=other)
        assert self._disconnect(stage) == 1
        assert stage.trial.get("/Users", token=other)["totalResults"] == 1

    def test_an_owner_keeps_the_account(self) -> None:
        stage = start(linking=Linking(on_disconnect="suspend"))
        stage.user()
        stage.host.change("acme", stage.account().id, owner=True)
        self._disconnect(stage)
        assert stage.account().state == "active"


class TestScope:
    """POL-120 to POL-122."""

    @pytest.mark.parametrize(("choice", "status", "write"), [("none", 404, 404), ("read", 200, 403)])
    def test_other_connections(self, choice: str, status: int, write: int) -> None:
        stage = start(scope=Scope(other_connections=choice))  # type: ignore[arg-type]
        user = stage.user()
        other = stage.trial.connect("acme", policy=stage.policy, id="other-idp")
        assert stage.trial.get(f"/Users/{user}", token=other).status == status
        assert stage.trial.get("/Users", token=other)["totalResults"] == (1 if status == 200 else 0)
        assert stage.trial.patch(f"/Users/{user}", OFF, token=other).status == write
        assert stage.account().state == "active"

    def test_another_tenant_is_as_if_it_were_not_there(self) -> None:
        stage = start()
        user = stage.user()
        other = stage.trial.connect("rival", policy=stage.policy)
        for answer in (
            stage.trial.get(f"/Users/{user}", token=other),
            stage.trial.patch(f"/Users/{user}", OFF, token=other),
            stage.trial.delete(f"/Users/{user}", token=other),
        ):
            assert answer.status == 404
        assert stage.trial.post("/Users", {"schemas": [USER_URN], "userName": ADA}, token=other).status == 201


def test_a_link_of_an_invited_account_waits_for_its_sign_in() -> None:
    stage = start(create=Create(initial="invited"), groups=Groups())
    stage.settings(verified_domains=("acme.com",))
    stage.host.add("acme", ADA, state="invited", ready=False)
    stage.user()
    assert stage.account().state == "invited"
