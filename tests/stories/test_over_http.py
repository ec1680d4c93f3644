"""The same stories told to the trial product over HTTP, with its own pages as the witness (products.md, POL-030)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import define, field

from scimcore.testing.personas import Person, Persona
from scimcore.web.messages import Request
from tests.examples.conftest import TOKEN, Answer, Client, opened, over_asgi
from tests.stories.support import ADA, BEN, CAST, IDS


@define
class Console:
    """An identity provider's console, and the product's pages beside it."""

    persona: Persona
    client: Client
    ids: dict[str, str] = field(factory=dict)

    def says(self, request: Request) -> Answer:
        target = f"/scim/v2{request.path}" + (f"?{request.query}" if request.query else "")
        headers = {"Authorization": f"Bearer {TOKEN}", **dict(request.headers)}
        return self.client.send(request.method, target, headers, request.body)

    def joins(self, person: Person) -> Answer:
        assert self.says(self.persona.match(person.user_name)).json["totalResults"] == 0
        answer = self.says(self.persona.create(person))
        if answer.status == 201:
            self.ids[person.user_name] = answer.json["id"]
        return answer

    def switches(self, person: Person, active: bool) -> Answer:
        return self.says(self.persona.set_active(person, self.ids[person.user_name], active))

    def pushes(self, name: str, *people: Person) -> None:
        group = self.client.ask("POST", "/Groups", {"displayName": name}).json["id"]
        members = [self.ids[person.user_name] for person in people]
        assert self.says(self.persona.members(group, name, [], members)).status in (200, 204)

    def account(self, person: Person) -> dict[str, Any]:
        """The account that stands for the person now."""
        id = self.ids[person.user_name]
        return next(a for a in self.client.page("accounts") if a["scim_id"] == id)

    def signs_in(self, account: str) -> int:
        return self.client.ask("POST", f"/trial/accounts/{account}/sign-in").status

    def live(self, account: str) -> bool:
        return any(s["live"] for s in self.client.page("sessions") if s["account"] == account)


@pytest.fixture(params=CAST, ids=IDS)
def persona(request: pytest.FixtureRequest) -> Persona:
    found = request.param
    assert isinstance(found, Persona)
    return found


@pytest.fixture
def console(persona: Persona, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Console]:
    """Connected under the policy that the test's class names."""
    product = opened(tmp_path, POLICY=request.cls.policy, DIALECT=persona.dialect)
    yield Console(persona, Client(over_asgi(product)))
    product.close()


class TestStandard:
    policy = "standard"

    def test_a_leaver_is_out_and_comes_back_to_everything(self, console: Console) -> None:
        assert console.says(console.persona.test()).status == 200
        console.joins(ADA)
        console.pushes("Pilots", ADA)
        account = console.account(ADA)["id"]
        assert console.signs_in(account) == 200
        assert console.switches(ADA, False).status in (200, 204)
        assert (console.account(ADA)["state"], console.live(account), console.signs_in(account)) == (
            "suspended",
            False,
            403,
        )
        assert console.client.page("teams")[0]["members"] == []
        assert console.switches(ADA, True).status in (200, 204)
        assert (console.account(ADA)["id"], console.account(ADA)["state"]) == (account, "active")
        assert console.client.page("teams")[0]["members"] == [account] and console.signs_in(account) == 200

    def test_the_last_owner_stays(self, console: Console) -> None:
        console.joins(ADA)
        account = console.account(ADA)["id"]
        assert console.client.ask("POST", f"/trial/accounts/{account}/roles", {"roles": ["owner"]}).status == 200
        answer = console.switches(ADA, False)
        assert answer.status == 403 and "last owner" in answer.json["detail"]
        assert console.account(ADA)["state"] == "active"
        assert [r["outcome"] for r in console.client.page("audit")][-1] == "refused"

    def test_an_account_in_a_verified_domain_is_linked_as_it_is(self, console: Console) -> None:
        """POL-080."""
        made = console.client.ask("POST", "/trial/accounts", {"email": ADA.user_name, "name": "A.", "owner": True}).json
        answer = console.joins(ADA)
        assert answer.status == 409 and "Verify the domain" in answer.json["detail"]
        console.client.ask("POST", "/trial/settings", {"verified_domains": ["harbor.example"]})
        assert console.joins(ADA).status == 201
        # Its name is the identity provider's from now on; id, e-mail, role and state stay.
        assert console.account(ADA) == made | {"scim_id": console.ids[ADA.user_name], "name": "Ada Marlow"}


class TestDastra:
    policy = "dastra"

    def test_the_ghost_never_comes_back(self, console: Console) -> None:
        console.joins(ADA)
        console.joins(BEN)
        console.pushes("Privacy", ADA, BEN)
        ghost = console.account(ADA)["id"]
        assert console.signs_in(ghost) == 200
        seen = {ghost}
        for _ in range(3):
            assert console.switches(ADA, False).status in (200, 204)
            assert console.switches(ADA, True).status in (200, 204)
            fresh = console.account(ADA)
            assert fresh["id"] not in seen and (fresh["state"], fresh["email"]) == ("active", ADA.user_name)
            seen.add(fresh["id"])
        gone = next(a for a in console.client.page("accounts") if a["id"] == ghost)
        assert (gone["state"], gone["email"], gone["name"], gone["scim_id"]) == ("anonymised", None, None, None)
        assert not console.live(ghost) and console.signs_in(ghost) in (403, 404)
        assert set(console.client.page("teams")[0]["members"]) == {console.account(p)["id"] for p in (ADA, BEN)}

    def test_nothing_personal_is_left_of_a_leaver(self, console: Console) -> None:
        console.joins(ADA)
        console.switches(ADA, False)
        pages = [console.client.page(page) for page in ("accounts", "effects", "audit", "sessions")]
        assert "Marlow" not in str(pages) and ADA.user_name not in str(pages[0])

    def test_a_full_house_keeps_a_leaver_out_and_changes_nothing(self, console: Console) -> None:
        console.joins(ADA)
        console.switches(ADA, False)
        console.client.ask("POST", "/trial/settings", {"seat_limit": 0})
        before = console.client.page("accounts")
        answer = console.switches(ADA, True)
        assert answer.status == 403 and "0 of 0" in answer.json["detail"]
        assert console.client.page("accounts") == before
        assert console.says(console.persona.match(ADA.user_name)).json["Resources"][0]["active"] is False


class TestSecoda:
    policy = "secoda"

    def test_invited_until_the_first_sign_in(self, console: Console) -> None:
        """POL-050, POL-051."""
        console.joins(ADA)
        console.pushes("Analysts", ADA)
        account = console.account(ADA)
        assert account["state"] == "invited" and console.client.page("teams")[0]["members"] == []
        assert [e["type"] for e in console.client.page("effects")].count("SendInvitation") == 1
        assert console.signs_in(account["id"]) == 200
        assert console.account(ADA)["state"] == "active"
        assert console.client.page("teams")[0]["members"] == [account["id"]]

    def test_the_role_is_an_attribute(self, console: Console) -> None:
        """POL-061, POL-066."""
        console.joins(ADA)
        id = console.ids[ADA.user_name]
        for value, roles in (("Steward", ["Steward"]), (None, ["member"])):
            operation = {"op": "replace", "path": "secodaRole", "value": value}
            if value is None:
                operation = {"op": "remove", "path": "secodaRole"}
            answer = console.client.ask("PATCH", f"/Users/{id}", {"schemas": [PATCH_OP], "Operations": [operation]})
            assert answer.status == 200 and console.account(ADA)["roles"] == roles


PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
