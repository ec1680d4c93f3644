"""The product's own pages: what people and tests see of it, and what its admins do by hand."""

from pathlib import Path
from typing import Any

import pytest

from scimcore.web import Request
from tests.examples.conftest import TOKEN, Client, opened, over_wsgi
from trial.product import Product

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"


def provision(client: Client, user_name: str, **more: Any) -> tuple[str, str]:
    """A user by SCIM: its SCIM id and its account's."""
    answer = client.ask("POST", "/Users", {"schemas": [USER], "userName": user_name, **more})
    assert answer.status == 201, answer.json
    scim_id = answer.json["id"]
    return scim_id, next(a["id"] for a in client.page("accounts") if a["scim_id"] == scim_id)


def patch(client: Client, path: str, *operations: dict[str, Any]) -> Any:
    answer = client.ask("PATCH", path, {"Operations": list(operations)})
    assert answer.status in (200, 204), answer.json
    return answer.json


def account(client: Client, id: str) -> Any:
    return next(a for a in client.page("accounts") if a["id"] == id)


def switch(client: Client, scim_id: str, active: bool) -> None:
    patch(client, f"/Users/{scim_id}", {"op": "replace", "path": "active", "value": active})


class TestAFreshProduct:
    """Fresh, under every POLICY: nothing there; plan enterprise, no seat limit, default role member."""

    @pytest.mark.parametrize("policy", ["standard", "dastra", "secoda"])
    def test_has_nothing_and_the_default_settings(self, policy: str, tmp_path: Path) -> None:
        product = opened(tmp_path, POLICY=policy)
        client = Client(over_wsgi(product))

        for page in ("accounts", "teams", "sessions", "effects", "audit"):
            assert client.page(page) == []
        assert client.ask("GET", "/Groups").json["totalResults"] == 0
        assert client.ask("POST", "/trial/settings", {}).json == {
            "plan": "enterprise",
            "seat_limit": None,
            "default_role": "member",
            "sso_enforced": False,
            "verified_domains": [],
            "seats_used": 0,
        }
        product.close()


class TestTheSettings:
    """POST /trial/settings with any of them; they are facts handed to the policy."""

    def test_what_is_said_is_kept_and_the_rest_stays(self, direct: Client) -> None:
        direct.ask("POST", "/trial/settings", {"seat_limit": 3, "default_role": "editor"})
        kept = direct.ask("POST", "/trial/settings", {"sso_enforced": True, "verified_domains": ["acme.example"]}).json

        assert (kept["seat_limit"], kept["default_role"], kept["sso_enforced"]) == (3, "editor", True)
        assert kept["verified_domains"] == ["acme.example"]

    @pytest.mark.parametrize(
        "wrong",
        [
            {"seat_limit": -1},
            {"seat_limit": "3"},
            {"seat_limit": True},
            {"seat_limit": 2**40},
            {"plan": "gold"},
            {"plan": None},
            {"default_role": ""},
            {"default_role": "a\0b"},
            {"sso_enforced": "yes"},
            {"verified_domains": "acme.example"},
            {"verified_domains": [1]},
            {"colour": "red"},
            [],
            b"{",
            b"\xff",
            b"[" * 100_000,
        ],
        ids=str,
    )
    def test_what_makes_no_sense_is_refused_and_changes_nothing(self, direct: Client, wrong: Any) -> None:
        before = direct.ask("GET", "/trial/settings").json

        assert direct.ask("POST", "/trial/settings", wrong).status == 400
        assert direct.ask("GET", "/trial/settings").json == before

    def test_the_seat_limit_counts_accounts_however_made(self, direct: Client) -> None:
        direct.ask("POST", "/trial/settings", {"seat_limit": 2})
        direct.ask("POST", "/trial/accounts", {"email": "own@acme.example", "name": "Own"})
        provision(direct, "ada@acme.example")

        by_scim = direct.ask("POST", "/Users", {"schemas": [USER], "userName": "ben@acme.example"})
        by_hand = direct.ask("POST", "/trial/accounts", {"email": "cleo@acme.example"})

        assert (by_scim.status, by_hand.status) == (403, 403)
        assert "2" in by_scim.json["detail"]
        assert len(direct.page("accounts")) == 2

    def test_a_plan_without_provisioning_closes_a_new_customer_and_lets_leavers_go_for_an_old_one(
        self, direct: Client
    ) -> None:
        direct.ask("POST", "/trial/settings", {"plan": "free"})
        assert direct.ask("GET", "/Users").status == 403
        assert direct.ask("GET", "/ServiceProviderConfig").status == 200
        direct.ask("POST", "/trial/settings", {"plan": "enterprise"})
        scim_id, id = provision(direct, "ada@acme.example")
        direct.ask("POST", "/trial/settings", {"plan": "free"})

        joiner = direct.ask("POST", "/Users", {"schemas": [USER], "userName": "ben@acme.example"})
        switch(direct, scim_id, False)

        assert joiner.status == 403
        assert account(direct, id)["state"] == "suspended"

    def test_the_default_role_is_what_a_new_account_gets(self, direct: Client) -> None:
        direct.ask("POST", "/trial/settings", {"default_role": "viewer"})
        _, id = provision(direct, "ada@acme.example")
        made = direct.ask("POST", "/trial/accounts", {"email": "own@acme.example", "name": "Own"}).json

        assert account(direct, id)["roles"] == ["viewer"]
        assert made["roles"] == ["viewer"]


class TestAccountsMadeInTheProduct:
    """POST /trial/accounts: an account that SCIM knows nothing of."""

    def test_it_is_active_and_has_no_scim_id(self, direct: Client) -> None:
        answer = direct.ask("POST", "/trial/accounts", {"email": "own@acme.example", "name": "Own", "owner": True})

        assert answer.status == 201
        assert direct.page("accounts") == [
            {
                "id": answer.json["id"],
                "email": "own@acme.example",
                "name": "Own",
                "state": "active",
                "roles": ["owner"],
                "owner": True,
                "scim_id": None,
            }
        ]
        assert direct.ask("GET", "/Users").json["totalResults"] == 0

    @pytest.mark.parametrize("wrong", [{}, {"email": ""}, {"email": 1}, {"email": "a@b.c", "owner": "yes"}], ids=str)
    def test_what_makes_no_sense_is_refused(self, direct: Client, wrong: Any) -> None:
        assert direct.ask("POST", "/trial/accounts", wrong).status == 400

    def test_one_with_a_verified_address_is_linked_and_keeps_its_id_and_role(self, direct: Client) -> None:
        direct.ask("POST", "/trial/settings", {"verified_domains": ["acme.example"]})
        made = direct.ask("POST", "/trial/accounts", {"email": "own@acme.example", "name": "Own", "owner": True}).json

        scim_id, id = provision(direct, "own@acme.example")

        assert id == made["id"]
        assert account(direct, id)["owner"]
        assert account(direct, id)["scim_id"] == scim_id

    def test_one_with_another_address_is_a_conflict(self, direct: Client) -> None:
        direct.ask("POST", "/trial/accounts", {"email": "own@acme.example", "name": "Own"})

        answer = direct.ask("POST", "/Users", {"schemas": [USER], "userName": "own@acme.example"})

        assert answer.status == 409
        assert len(direct.page("accounts")) == 1

    def test_the_last_owner_cannot_be_demoted_by_hand(self, direct: Client) -> None:
        first = direct.ask("POST", "/trial/accounts", {"email": "a@acme.example", "owner": True}).json["id"]
        assert direct.ask("POST", f"/trial/accounts/{first}/roles", {"roles": ["member"]}).status == 403
        direct.ask("POST", "/trial/accounts", {"email": "b@acme.example", "owner": True})

        assert direct.ask("POST", f"/trial/accounts/{first}/roles", {"roles": ["member"]}).status == 200
        assert not account(direct, first)["owner"]


class TestSigningIn:
    """POST /trial/accounts/{id}/sign-in starts a session, accepts an invitation; 403 when the account may not."""

    def test_an_active_account_gets_a_session(self, direct: Client) -> None:
        _, id = provision(direct, "ada@acme.example")

        assert direct.ask("POST", f"/trial/accounts/{id}/sign-in").status == 200
        assert [(s["account"], s["live"]) for s in direct.page("sessions")] == [(id, True)]

    def test_one_made_in_the_product_too(self, direct: Client) -> None:
        id = direct.ask("POST", "/trial/accounts", {"email": "own@acme.example"}).json["id"]

        assert direct.ask("POST", f"/trial/accounts/{id}/sign-in").status == 200

    def test_disabling_ends_every_session_and_enabling_brings_none_back(self, direct: Client) -> None:
        scim_id, id = provision(direct, "ada@acme.example")
        direct.ask("POST", f"/trial/accounts/{id}/sign-in")
        direct.ask("POST", f"/trial/accounts/{id}/sign-in")

        switch(direct, scim_id, False)
        assert [s["live"] for s in direct.page("sessions")] == [False, False]
        assert direct.ask("POST", f"/trial/accounts/{id}/sign-in").status == 403
        switch(direct, scim_id, True)

        assert [s["live"] for s in direct.page("sessions")] == [False, False]
        assert direct.ask("POST", f"/trial/accounts/{id}/sign-in").status == 200

    def test_a_refused_one_is_recorded(self, direct: Client) -> None:
        scim_id, id = provision(direct, "ada@acme.example")
        switch(direct, scim_id, False)

        direct.ask("POST", f"/trial/accounts/{id}/sign-in")

        assert direct.page("audit")[-1]["outcome"] == "refused"
        assert direct.page("audit")[-1]["notes"]

    def test_nobody_is_not_found(self, direct: Client) -> None:
        assert direct.ask("POST", "/trial/accounts/nobody/sign-in").status == 404
        assert direct.ask("POST", "/trial/accounts/nobody/roles", {"roles": []}).status == 404

    def test_a_deleted_account_may_not(self, direct: Client) -> None:
        scim_id, id = provision(direct, "ada@acme.example")
        direct.ask("DELETE", f"/Users/{scim_id}")

        assert direct.ask("POST", f"/trial/accounts/{id}/sign-in").status == 403

    def test_an_invitation_is_accepted(self, tmp_path: Path) -> None:
        product = opened(tmp_path, POLICY="secoda")
        client = Client(over_wsgi(product))
        _, id = provision(client, "ada@acme.example")
        assert account(client, id)["state"] == "invited"

        assert client.ask("POST", f"/trial/accounts/{id}/sign-in").status == 200
        assert account(client, id)["state"] == "active"
        product.close()


class TestRoles:
    """POST /trial/accounts/{id}/roles: a local admin's hand, which SCIM never changes."""

    def test_what_an_admin_sets_stays_through_a_disable_and_an_update(self, direct: Client) -> None:
        scim_id, id = provision(direct, "ada@acme.example")

        assert direct.ask("POST", f"/trial/accounts/{id}/roles", {"roles": ["admin"]}).status == 200
        switch(direct, scim_id, False)
        switch(direct, scim_id, True)
        patch(direct, f"/Users/{scim_id}", {"op": "replace", "path": "title", "value": "Head"})

        assert account(direct, id)["roles"] == ["admin"]

    @pytest.mark.parametrize("wrong", [{}, {"roles": "admin"}, {"roles": [1]}, {"roles": None}], ids=str)
    def test_what_is_no_list_of_texts_is_refused(self, direct: Client, wrong: Any) -> None:
        _, id = provision(direct, "ada@acme.example")

        assert direct.ask("POST", f"/trial/accounts/{id}/roles", wrong).status == 400
        assert account(direct, id)["roles"] == ["member"]

    def test_a_managed_last_owner_is_kept(self, direct: Client) -> None:
        scim_id, id = provision(direct, "ada@acme.example")
        direct.ask("POST", f"/trial/accounts/{id}/roles", {"roles": ["owner"]})

        demoted = direct.ask("POST", f"/trial/accounts/{id}/roles", {"roles": ["member"]})
        disabled = direct.ask(
            "PATCH", f"/Users/{scim_id}", {"Operations": [{"op": "replace", "value": {"active": False}}]}
        )

        assert (demoted.status, disabled.status) == (403, 403)
        assert account(direct, id)["owner"]
        assert account(direct, id)["state"] == "active"


class TestProfilesAndTeams:
    """SCIM changes reach the product through plans and effects only."""

    def test_a_new_name_and_address_reach_the_account(self, direct: Client) -> None:
        scim_id, id = provision(direct, "ada@acme.example", name={"givenName": "Ada", "familyName": "Byron"})
        assert account(direct, id)["name"] == "Ada Byron"

        patch(
            direct,
            f"/Users/{scim_id}",
            {"op": "replace", "path": "name.familyName", "value": "Lovelace"},
            {"op": "replace", "path": "userName", "value": "lovelace@acme.example"},
        )

        assert account(direct, id)["name"] == "Ada Lovelace"
        assert account(direct, id)["email"] == "lovelace@acme.example"

    def test_a_group_is_a_team_and_its_members_count(self, direct: Client) -> None:
        (ada, a), (ben, b) = provision(direct, "ada@acme.example"), provision(direct, "ben@acme.example")
        group = direct.ask(
            "POST", "/Groups", {"schemas": [GROUP], "displayName": "Design", "members": [{"value": ada}]}
        ).json["id"]
        assert [(t["name"], t["members"]) for t in direct.page("teams")] == [("Design", [a])]

        patch(direct, f"/Groups/{group}", {"op": "add", "path": "members", "value": [{"value": ben}]})
        patch(direct, f"/Groups/{group}", {"op": "remove", "path": f'members[value eq "{ada}"]'})
        patch(direct, f"/Groups/{group}", {"op": "replace", "path": "displayName", "value": "Product"})

        assert [(t["name"], t["members"]) for t in direct.page("teams")] == [("Product", [b])]
        assert direct.ask("DELETE", f"/Groups/{group}").status == 204
        assert direct.page("teams") == []
        assert account(direct, b)["state"] == "active"

    def test_a_deleted_user_leaves_the_team_and_a_tombstone(self, direct: Client) -> None:
        ada, a = provision(direct, "ada@acme.example")
        direct.ask("POST", "/Groups", {"schemas": [GROUP], "displayName": "Design", "members": [{"value": ada}]})

        assert direct.ask("DELETE", f"/Users/{ada}").status == 204

        assert account(direct, a)["state"] == "deleted"
        assert account(direct, a)["scim_id"] is None
        assert direct.page("teams")[0]["members"] == []

    def test_an_anonymised_account_is_forgotten_and_its_successor_is_another(self, tmp_path: Path) -> None:
        product = opened(tmp_path, POLICY="dastra")
        client = Client(over_wsgi(product))
        scim_id, ghost = provision(client, "ada@acme.example", displayName="Ada Byron")
        client.ask("POST", f"/trial/accounts/{ghost}/sign-in")

        switch(client, scim_id, False)
        gone = account(client, ghost)
        assert (gone["state"], gone["email"], gone["name"], gone["scim_id"]) == ("anonymised", None, None, None)
        assert [s["live"] for s in client.page("sessions")] == [False]
        switch(client, scim_id, True)

        successor = next(a for a in client.page("accounts") if a["scim_id"] == scim_id)
        assert successor["id"] != ghost
        assert successor["email"] == "ada@acme.example"
        assert account(client, ghost)["state"] == "anonymised"
        product.close()


class TestWhatIsRecorded:
    """Effects name their class and their account, records their outcome and their notes, oldest first."""

    def test_every_change_and_every_refusal_says_why(self, direct: Client) -> None:
        scim_id, id = provision(direct, "ada@acme.example")
        direct.ask("POST", "/Users", {"schemas": [USER], "userName": "ada@acme.example"})
        switch(direct, scim_id, False)

        records = direct.page("audit")

        assert [r["outcome"] for r in records] == ["created", "refused", "updated"]
        assert all(set(note) >= {"rule", "text"} for r in records for note in r["notes"])
        assert all(r["notes"] for r in records)
        assert {"SuspendAccount", "RevokeCredentials"} <= {
            e["type"] for e in direct.page("effects") if e["account"] == id
        }

    def test_more_than_a_page_of_them_is_listed_whole(self, direct: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        from trial import listings

        monkeypatch.setattr(listings, "_PAGE", 2)
        scim_id, _ = provision(direct, "ada@acme.example")
        for active in (False, True, False, True):
            switch(direct, scim_id, active)

        assert len(direct.page("audit")) == 5
        effects = direct.page("effects")
        assert len(effects) == len({e["key"] for e in effects}) > 4


def test_two_authorization_headers_are_refused_on_the_products_pages_too(product: Product) -> None:
    for tokens in ((TOKEN, "nobody-knows-this-one"), ("nobody-knows-this-one", TOKEN), (TOKEN, TOKEN)):
        headers = tuple(("Authorization", f"Bearer {token}") for token in tokens)
        assert product.respond(Request(method="GET", path="/trial/accounts", headers=headers)).status == 401
