"""Attacks on who is who: taking over an account, coming back as somebody who left, becoming an owner."""

import pytest
from attrs import evolve

from scimcore.policy import STANDARD, GroupRole, Linking, Policy, Roles, Safety
from scimcore.policy.effects import Notify, SetRoles
from scimcore.policy.facts import Tenant
from scimcore.policy.triggers import Held, RolesSet, SignedIn
from scimcore.testing.trial import Answer, Trial

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
OFF = {"op": "replace", "path": "active", "value": False}
ON = {"op": "replace", "path": "active", "value": True}
VICTIM = "ceo@victim.example"


def verified(trial: Trial, *domains: str) -> None:
    trial.host.configure("acme", facts=Tenant(default_role="member", verified_domains=domains))


def with_owner(trial: Trial, email: str = VICTIM) -> str:
    """An owner's account, made in the product."""
    made = trial.host.add("acme", email, owner=True)
    accounts = trial.host.accounts_of["acme"]
    accounts[made] = evolve(accounts[made], roles=("owner",))
    return made


def owner_of(trial: Trial, name: str) -> str:
    """A provisioned user whom an admin has made an owner; the SCIM id."""
    id = trial.user(name)
    account = next(a.id for a in trial.host.all("acme") if a.email == name)
    assert trial.service.product.tell("acme", RolesSet(("owner",)), account, policy=STANDARD).refusal is None
    accounts = trial.host.accounts_of["acme"]
    accounts[account] = evolve(accounts[account], owner=True)
    return id


class TestTakeoverByEmail:
    """GHSA-rjg6-39jm-rgg4 and its kind: an identity provider of the attacker's names the victim's address (POL-085)."""

    @pytest.mark.parametrize("policy", [STANDARD, Policy(name="separate", linking=Linking(otherwise="separate"))])
    def test_creating_a_user_with_the_victims_address_links_nothing(self, policy: Policy) -> None:
        trial = Trial.start(policy=policy)
        victim = with_owner(trial)
        before = trial.host.accounts_of["acme"][victim]
        for body in (
            {"userName": VICTIM},
            {"userName": "eve", "emails": [{"value": VICTIM, "primary": True}]},
            {"userName": "eve2", "emails": [{"value": VICTIM.upper(), "type": "work"}]},
        ):
            answer = trial.post("/Users", {"schemas": [USER], **body})
            assert answer.status == (409 if policy is STANDARD else 201)
        assert trial.host.accounts_of["acme"][victim] == before
        assert [e for e in trial.host.effects("acme") if e.account == victim] == []

    def test_renaming_oneself_to_the_victim_takes_over_nothing(self) -> None:
        """POL-074: a changed e-mail proves nothing, and the product is told so."""
        trial = Trial.start()
        victim = with_owner(trial)
        before = trial.host.accounts_of["acme"][victim]
        eve = trial.user("eve@evil.example")
        trial.patch(f"/Users/{eve}", {"op": "replace", "path": "userName", "value": VICTIM})
        assert trial.host.accounts_of["acme"][victim] == before
        told = [e.code for e in trial.host.effects("acme") if isinstance(e, Notify)]
        assert told == ["email.unverified"]
        trial.patch(f"/Users/{eve}", OFF)
        trial.patch(f"/Users/{eve}", ON)
        trial.delete(f"/Users/{eve}")
        assert trial.host.accounts_of["acme"][victim] == before

    @pytest.mark.parametrize(
        "address",
        [
            "ceo@victim.example.evil.test",
            "ceo@evilvictim.example",
            "ceo@sub.victim.example",
            "ceo@victim.example@evil.test",
            "ceo@vіctim.example",
            "victim.example",
            "@",
        ],
    )
    def test_an_address_that_only_looks_like_the_verified_domain_is_outside(self, address: str) -> None:
        """POL-091, POL-092: the fourth has a Cyrillic letter."""
        trial = Trial.start()
        verified(trial, "victim.example")
        made = trial.host.add("acme", address)
        before = trial.host.accounts_of["acme"][made]
        answer = trial.post("/Users", {"userName": address})
        assert answer.status == 409 and trial.host.accounts_of["acme"][made] == before

    def test_a_domain_that_is_not_the_tenants_any_more_links_nothing(self) -> None:
        trial = Trial.start()
        verified(trial, "victim.example")
        verified(trial, "other.example")
        victim = with_owner(trial)
        assert trial.post("/Users", {"userName": VICTIM}).status == 409
        assert trial.host.accounts_of["acme"][victim].owner

    def test_a_protected_account_is_linked_by_nothing(self) -> None:
        """POL-100: break-glass and service accounts stay out of reach."""
        trial = Trial.start()
        verified(trial, "victim.example")
        made = trial.host.add("acme", VICTIM, protected="break_glass")
        assert trial.post("/Users", {"userName": VICTIM}).status == 409
        assert trial.host.accounts_of["acme"][made].state == "active"

    def test_two_accounts_of_one_address_are_nobody(self) -> None:
        """POL-081: ambiguity is a 409, not a guess."""
        trial = Trial.start()
        verified(trial, "victim.example")
        for _ in range(2):
            trial.host.add("acme", VICTIM)
        assert trial.post("/Users", {"userName": VICTIM}).status == 409


class TestNumbersForIds:
    """An externalId that was looked up as the product's own id: count through the numbers, own every account."""

    def test_an_external_id_is_never_an_account_id(self) -> None:
        trial = Trial.start()
        victim = with_owner(trial)
        answer = trial.post("/Users", {"userName": "eve@evil.example", "externalId": victim})
        assert answer.status == 201 and answer["id"] != victim
        assert trial.host.accounts_of["acme"][victim].email == VICTIM
        assert len(trial.host.all("acme")) == 2

    def test_neither_account_ids_nor_external_ids_are_ids_of_resources(self) -> None:
        trial = Trial.start()
        victim = with_owner(trial)
        trial.user("bob@example.com", externalId="7")
        team = trial.group("Team")
        for id in (victim, "7", "a1", "1", "0", "-1", "..", "*", "%2e%2e", "null", "me"):
            assert trial.get(f"/Users/{id}").status == 404
            assert trial.patch(f"/Users/{id}", OFF).status == 404
            assert trial.delete(f"/Users/{id}").status == 404
            add = {"op": "add", "path": "members", "value": [{"value": id}]}
            assert trial.patch(f"/Groups/{team}", add).status == 400
        assert {account.state for account in trial.host.all("acme")} == {"active"}

    def test_the_client_does_not_choose_the_id(self) -> None:
        trial = Trial.start()
        answer = trial.post("/Users", {"userName": "eve", "id": "chosen", "meta": {"location": "https://evil.test/"}})
        assert answer["id"] != "chosen" and "evil" not in str(answer.body) + str(answer.headers)


class TestLookalikes:
    """Two names that people read as one must not be one account, and one name spelled twice must not be two."""

    def test_a_homograph_is_somebody_else(self) -> None:
        trial = Trial.start()
        real, fake = trial.user("paypal@acme.example"), trial.user("pаypal@acme.example")
        assert real != fake and len(trial.host.all("acme")) == 2
        found = trial.get("/Users", query={"filter": 'userName eq "paypal@acme.example"'})
        assert [user["id"] for user in found["Resources"]] == [real]

    @pytest.mark.parametrize(
        ("one", "other"),
        [("André@x.example", "André@x.example"), ("KATE@x.example", "kate@x.example"), ("ÅSA", "åsa")],
    )
    def test_one_name_in_two_spellings_is_one_user(self, one: str, other: str) -> None:
        trial = Trial.start()
        id = trial.user(one)
        assert trial.post("/Users", {"userName": other}).status == 409
        found = trial.get("/Users", query={"filter": f'userName eq "{other}"'})
        assert [user["id"] for user in found["Resources"]] == [id]

    @pytest.mark.parametrize("name", ["", " ", "\t", "   \n"])
    def test_a_name_of_nothing_is_no_name(self, name: str) -> None:
        assert Trial.start().post("/Users", {"userName": name}).status == 400


class TestComingBack:
    """A leaver must not come back by anything but the identity provider's word."""

    def test_a_sign_in_revives_nobody(self) -> None:
        """SSO just-in-time that re-creates or re-opens who was deprovisioned (POL-084)."""
        trial = Trial.start()
        id = trial.user("ada@example.com")
        account = trial.host.all("acme")[0].id
        trial.patch(f"/Users/{id}", OFF)
        for _ in range(3):
            told = trial.service.product.tell("acme", SignedIn(), account, policy=STANDARD)
            assert told.refusal is not None and told.refusal.status == 403
        assert trial.host.all("acme")[0].state == "suspended"

    @pytest.mark.parametrize(
        "operation",
        [
            {"op": "remove", "path": "active"},
            {"op": "replace", "path": "active", "value": None},
            {"op": "replace", "path": "active", "value": ""},
            {"op": "replace", "value": {"active": None}},
            {"op": "replace", "path": "title", "value": "x"},
            {"op": "replace", "value": {"displayName": "Ada"}},
        ],
    )
    def test_nothing_said_about_active_enables_nobody(self, operation: dict[str, object]) -> None:
        trial = Trial.start()
        id = trial.user("ada@example.com")
        trial.patch(f"/Users/{id}", OFF)
        trial.patch(f"/Users/{id}", operation)
        assert trial.get(f"/Users/{id}")["active"] is False
        assert trial.host.all("acme")[0].state == "suspended"

    @pytest.mark.parametrize("value", ["yes", "1", 1, 0, [], {}, "truee", "TRUE "])
    def test_what_is_no_boolean_is_refused_or_false_is_false(self, value: object) -> None:
        trial = Trial.start()
        id = trial.user("ada@example.com")
        trial.patch(f"/Users/{id}", OFF)
        answer = trial.patch(f"/Users/{id}", {"op": "replace", "path": "active", "value": value})
        assert answer.status == 400 or answer["active"] is False
        assert trial.host.all("acme")[0].state == "suspended"

    def test_a_put_that_leaves_active_out_enables_nobody(self) -> None:
        trial = Trial.start()
        id = trial.user("ada@example.com")
        trial.patch(f"/Users/{id}", OFF)
        assert trial.put(f"/Users/{id}", {"userName": "ada@example.com"})["active"] is False

    def test_a_held_account_is_not_freed_by_creating_linking_or_enabling(self) -> None:
        trial = Trial.start()
        id = trial.user("ada@example.com")
        account = trial.host.all("acme")[0].id
        trial.service.product.tell("acme", Held(True), account, policy=STANDARD)
        trial.post("/Users", {"userName": "ada@example.com"})
        trial.put(f"/Users/{id}", {"userName": "ada@example.com", "active": True})
        for operation in (OFF, ON, ON):
            trial.patch(f"/Users/{id}", operation)
        assert trial.host.all("acme")[0].state == "suspended"

    def test_the_old_id_of_a_deleted_user_opens_nothing(self) -> None:
        trial = Trial.start()
        id = trial.user("ada@example.com")
        team = trial.group("Team", id)
        trial.delete(f"/Users/{id}")
        trial.user("ada@example.com")
        add = {"op": "add", "path": "members", "value": [{"value": id}]}
        assert trial.patch(f"/Users/{id}", ON).status == trial.put(f"/Users/{id}", {"userName": "x"}).status == 404
        assert trial.patch(f"/Groups/{team}", add).status == 400
        assert [account.state for account in trial.host.all("acme")] == ["deleted", "active"]


ROLES = Policy(
    name="roles",
    roles=Roles(sources=("groups", "roles"), across="all_sources", mappings=(GroupRole("Admins", "admin"),)),
)


class TestEscalation:
    """What may not be granted is granted by no door (POL-064), and what is granted goes with its reason (POL-067)."""

    def ways(self, trial: Trial, id: str, role: str) -> list[Answer]:
        return [
            trial.post("/Users", {"userName": "eve2@evil.example", "roles": [{"value": role}]}),
            trial.patch(f"/Users/{id}", {"op": "add", "path": "roles", "value": [{"value": role}]}),
            trial.patch(f"/Users/{id}", {"op": "replace", "path": "roles", "value": [{"value": role}]}),
            trial.patch(f"/Users/{id}", {"op": "add", "value": {"roles": [{"value": role, "primary": True}]}}),
            trial.patch(f"/Users/{id}", {"op": "replace", "value": {f"{USER}:roles": [{"value": role}]}}),
            trial.put(f"/Users/{id}", {"userName": "eve@evil.example", "roles": [{"value": role, "type": "x"}]}),
        ]

    @pytest.mark.parametrize("role", ["owner", "Owner", "OWNER", " owner", "owner ", "ｏｗｎｅｒ"])
    def test_an_owner_is_made_by_no_request_and_no_spelling(self, role: str) -> None:
        trial = Trial.start(policy=ROLES)
        id = trial.user("eve@evil.example")
        for answer in self.ways(trial, id, role):
            assert answer.status == 400, answer
        held = {name for account in trial.host.all("acme") for name in account.roles}
        assert held == {"member"}

    def test_a_role_that_was_there_by_hand_is_no_way_in_for_the_same_name(self) -> None:
        trial = Trial.start(policy=ROLES)
        id = trial.user("eve@evil.example", roles=[{"value": "editor"}])
        more = [{"value": "editor"}, {"value": "owner"}]
        assert trial.patch(f"/Users/{id}", {"op": "add", "path": "roles", "value": more}).status == 400
        assert [account.roles for account in trial.host.all("acme")] == [("editor",)]

    def test_a_role_by_group_goes_with_the_group_by_every_way(self) -> None:
        trial = Trial.start(policy=ROLES)
        id = trial.user("ada@example.com")
        remove = {"op": "remove", "path": f'members[value eq "{id}"]'}
        for leave in (
            lambda group: trial.patch(f"/Groups/{group}", remove),
            lambda group: trial.put(f"/Groups/{group}", {"displayName": "Admins", "members": []}),
            lambda group: trial.delete(f"/Groups/{group}"),
            lambda group: trial.patch(f"/Groups/{group}", {"op": "remove", "path": "members"}),
            lambda group: trial.patch(f"/Groups/{group}", {"op": "replace", "path": "displayName", "value": "Cooks"}),
        ):
            group = trial.group("Admins", id)
            assert trial.host.all("acme")[0].roles == ("admin",)
            assert leave(group).status < 300
            assert trial.host.all("acme")[0].roles == ("member",)
            trial.delete(f"/Groups/{group}")

    def test_a_group_in_a_group_gives_nobody_a_role(self) -> None:
        trial = Trial.start(policy=ROLES)
        id = trial.user("ada@example.com")
        inner = trial.group("Cooks", id)
        trial.post("/Groups", {"displayName": "Admins", "members": [{"value": inner}]})
        assert trial.host.all("acme")[0].roles == ("member",)

    def test_what_a_disabled_user_is_pushed_is_not_given_before_the_user_is_enabled(self) -> None:
        trial = Trial.start(policy=ROLES)
        id = trial.user("ada@example.com")
        trial.patch(f"/Users/{id}", OFF)
        trial.group("Admins", id)
        assert trial.host.all("acme")[0].state == "suspended"
        assert trial.host.teams("acme")[0].members == frozenset()

    def test_linking_brings_no_role_to_the_account_that_was_there(self) -> None:
        trial = Trial.start(policy=ROLES)
        verified(trial, "victim.example")
        made = trial.host.add("acme", "clerk@victim.example")
        answer = trial.post("/Users", {"userName": "clerk@victim.example", "roles": [{"value": "owner"}]})
        assert answer.status == 400 and trial.host.accounts_of["acme"][made].roles == ()
        assert [e for e in trial.host.effects("acme") if isinstance(e, SetRoles)] == []


class TestOwners:
    """A tenant without an owner is a tenant lost (POL-100)."""

    def test_two_owners_in_one_bulk_request_do_not_both_go(self) -> None:
        trial = Trial.start()
        ids = [owner_of(trial, "ann@example.com"), owner_of(trial, "bob@example.com")]
        for method, data in (("DELETE", None), ("PATCH", {"Operations": [OFF]})):
            operations = [
                {"method": method, "path": f"/Users/{id}"} | ({"data": data} if data else {}) for id in reversed(ids)
            ]
            answer = trial.post("/Bulk", {"schemas": [BULK], "Operations": operations})
            statuses = [operation["status"] for operation in answer["Operations"]]
            assert "403" in statuses
            assert [a for a in trial.host.all("acme") if a.owner and a.state == "active"] != []

    def test_many_ways_of_taking_the_last_one_away_are_refused(self) -> None:
        trial = Trial.start()
        id = owner_of(trial, "ann@example.com")
        account = trial.host.all("acme")[0]
        for answer in (
            trial.patch(f"/Users/{id}", OFF),
            trial.patch(f"/Users/{id}", {"op": "Replace", "value": {"active": "False"}}),
            trial.put(f"/Users/{id}", {"userName": "ann@example.com", "active": False}),
            trial.delete(f"/Users/{id}"),
        ):
            assert answer.status == 403
        for event in (RolesSet(("member",)), RolesSet(()), Held(True)):
            assert trial.service.product.tell("acme", event, account.id, policy=STANDARD).refusal is not None
        assert trial.host.all("acme") == [account]


class TestMassDeprovisioning:
    """A mistake in a mapping must not empty the product (POL-141)."""

    def test_one_leaver_too_many_is_held_whatever_the_way(self) -> None:
        trial = Trial.start(policy=Policy(name="braked", safety=Safety(max_leavers=2)))
        ids = [trial.user(f"u{n}@example.com") for n in range(6)]
        assert trial.patch(f"/Users/{ids[0]}", OFF).status == 200
        assert trial.delete(f"/Users/{ids[1]}").status == 204
        answers = [
            trial.patch(f"/Users/{ids[2]}", OFF),
            trial.delete(f"/Users/{ids[3]}"),
            trial.put(f"/Users/{ids[4]}", {"userName": "u4@example.com", "active": False}),
        ]
        assert [answer.status for answer in answers] == [403, 403, 403]
        bulk = {"schemas": [BULK], "Operations": [{"method": "DELETE", "path": f"/Users/{ids[5]}"}]}
        assert trial.post("/Bulk", bulk)["Operations"][0]["status"] == "403"
        assert sum(a.state == "active" for a in trial.host.all("acme")) == 4

    def test_toggling_does_not_wind_the_counter_back(self) -> None:
        trial = Trial.start(policy=Policy(name="braked", safety=Safety(max_leavers=2)))
        ids = [trial.user(f"u{n}@example.com") for n in range(4)]
        for id in ids[:2]:
            trial.patch(f"/Users/{id}", OFF)
        assert trial.patch(f"/Users/{ids[2]}", OFF).status == 403
        assert trial.patch(f"/Users/{ids[0]}", OFF).status == 200
