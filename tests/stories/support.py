"""Identity providers as whole persons: each does what its admin console is clicked for, against a trial.

An action of the console is one or more requests, exactly as that provider sends them; the ids it has learnt it keeps.
"""

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from attrs import define, evolve, field

from scimcore.dialects import find_dialect
from scimcore.policy import Policy
from scimcore.policy import effects as e
from scimcore.policy.facts import Tenant
from scimcore.policy.triggers import HostEvent, RolesSet, SignedIn
from scimcore.service import EventResult
from scimcore.testing.host import HostAccount, HostTeam
from scimcore.testing.personas import ENTRA_2020, ENTRA_DEFAULT, OKTA_CATALOGUE, OKTA_WIZARD, Person, Persona
from scimcore.testing.trial import Answer, Trial
from scimcore.web.messages import Request

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

ADA = Person("ada@harbor.example", "Ada", "Marlow", "p-1")
BEN = Person("ben@harbor.example", "Ben", "Okoro", "p-2")
CLEO = Person("cleo@harbor.example", "Cleo", "Ruiz", "p-3")


# OneLogin: developers.onelogin.com/scim. The body is a template, so that values are texts; suspending is an update.


def _request(method: str, path: str, body: object, query: str = "") -> Request:
    head = [("Content-Type", "application/json"), ("User-Agent", "")]
    return Request(method=method, path=path, query=query, headers=head, body=json.dumps(body).encode() if body else b"")


def _template(person: Person, active: bool) -> dict[str, Any]:
    return {
        "schemas": [USER],
        "id": None,
        "externalId": person.external_id,
        "userName": person.user_name,
        "displayName": person.display_name,
        "name": {"givenName": person.given_name, "familyName": person.family_name},
        "emails": {"value": person.user_name, "type": "work", "primary": "true"},
        "title": "",
        "active": str(active).lower(),
    }


def _onelogin_members(group: str, name: str, before: Sequence[str], after: Sequence[str]) -> Request:
    gone, come = [i for i in before if i not in after], [i for i in after if i not in before]
    operations: list[object] = []
    if come:
        operations.append({"op": "add", "path": "members", "value": [{"value": id} for id in come]})
    if gone:
        operations.append({"op": "remove", "path": "members", "value": [{"value": id} for id in gone]})
    return _request("PATCH", f"/Groups/{group}", {"schemas": [PATCH_OP], "Operations": operations})


ONELOGIN = Persona(
    name="OneLogin",
    dialect="onelogin",
    test=lambda: _request("GET", "/Users", None, "filter=userName%20eq%20%22onelogin-probe%22"),
    match=lambda name: _request("GET", "/Users", None, "filter=" + quote(f'userName eq "{name}"')),
    create=lambda person: _request("POST", "/Users", _template(person, True)),
    update=lambda person, key: _request("PUT", f"/Users/{key}", _template(person, True)),
    set_active=lambda person, key, active: _request("PUT", f"/Users/{key}", _template(person, active)),
    match_group=lambda name: _request("GET", "/Groups", None, "filter=" + quote(f'displayName eq "{name}"')),
    members=_onelogin_members,
)

#: Entra's default flavour and the one of 2020, Okta by PATCH and by PUT, OneLogin by templates.
CAST = (ENTRA_DEFAULT, ENTRA_2020, OKTA_CATALOGUE, OKTA_WIZARD, ONELOGIN)
IDS = ("entra", "entra-2020", "okta-patch", "okta-put", "onelogin")


class Unexpected(AssertionError):
    """An action of the console that was answered otherwise than the provider needs."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"{answer.status}: {answer.body}")


@define
class Player:
    """An identity provider that is connected to a trial, with the ids that it has learnt."""

    persona: Persona
    trial: Trial
    ids: dict[str, str] = field(factory=dict)
    groups: dict[str, str] = field(factory=dict)
    members: dict[str, list[str]] = field(factory=dict)

    @classmethod
    def start(cls, persona: Persona, policy: Policy, *, auto: bool = False) -> "Player":
        """Connected with its own dialect, or with `auto`."""
        return cls(persona, Trial.start(policy=policy, dialect=find_dialect("auto" if auto else persona.dialect)))

    # what the admin of the identity provider does

    def connects(self) -> Answer:
        """The button "test connection"."""
        return self._send(self.persona.test())

    def assigns(self, person: Person) -> str:
        """Assign somebody to the app: matched by name, created when nobody is found. The SCIM id."""
        return self._ok(self.tries_to_assign(person), 200, 201)["id"]  # type: ignore[no-any-return]

    def tries_to_assign(self, person: Person) -> Answer:
        """The same, whatever comes of it."""
        matched = self._send(self.persona.match(person.user_name))
        if matched.status != 200:
            return matched
        if matched["Resources"]:
            self.ids[person.user_name] = matched["Resources"][0]["id"]
            return self.tries_to_enable(person)
        answer = self._send(self.persona.create(person))
        if answer.status == 201:
            self.ids[person.user_name] = answer["id"]
        return answer

    def disables(self, person: Person) -> Answer:
        """Unassign, or block the sign-in."""
        return self._ok(self._send(self.persona.set_active(person, self.ids[person.user_name], False)), 200, 204)

    def tries_to_disable(self, person: Person) -> Answer:
        return self._send(self.persona.set_active(person, self.ids[person.user_name], False))

    def enables(self, person: Person) -> Answer:
        """Assign again; the id is still known."""
        return self._ok(self.tries_to_enable(person), 200, 204)

    def tries_to_enable(self, person: Person) -> Answer:
        return self._send(self.persona.set_active(person, self.ids[person.user_name], True))

    def updates(self, person: Person, **changes: str) -> Answer:
        """A profile change in the directory."""
        key = self.ids.pop(person.user_name)
        changed = evolve(person, **changes)
        self.ids[changed.user_name] = key
        return self._ok(self._send(self.persona.update(changed, key)), 200, 204)

    def deletes(self, person: Person) -> Answer:
        """Deleted for good in the directory. Okta never does."""
        return self._ok(self.sends("DELETE", f"/Users/{self.ids[person.user_name]}"), 204)

    def pushes(self, group: str, *people: Person) -> str:
        """Push a group with these people: matched, made when missing, members brought to exactly these."""
        if group not in self.groups:
            found = self._ok(self._send(self.persona.match_group(group)), 200)["Resources"]
            body = {"schemas": [GROUP], "displayName": group}
            made = found[0] if found else self._ok(self.sends("POST", "/Groups", body), 201).body
            self.groups[group] = made["id"]
        before, after = self.members.get(group, []), [self.ids[p.user_name] for p in people]
        if before != after or not before:
            request = self.persona.members(self.groups[group], group, before, after)
            if before or after:
                self._ok(self._send(request), 200, 204)
        self.members[group] = after
        return self.groups[group]

    def removes_group(self, group: str) -> Answer:
        """The group is not pushed any more."""
        return self._ok(self.sends("DELETE", f"/Groups/{self.groups.pop(group)}"), 204)

    def reads(self, person: Person) -> Answer:
        return self.sends("GET", f"/Users/{self.ids[person.user_name]}")

    def finds(self, person: Person) -> list[dict[str, Any]]:
        """What matching by name finds."""
        return self._ok(self._send(self.persona.match(person.user_name)), 200)["Resources"]  # type: ignore[no-any-return]

    def sends(self, method: str, path: str, body: object = None) -> Answer:
        return self.trial.send(method, path, body)

    def _send(self, request: Request) -> Answer:
        headers = {name: value for name, value in request.headers if name != "Authorization"}
        return self.trial.send(
            request.method, request.path, query=request.query, headers=headers, raw=request.body or None
        )

    def _ok(self, answer: Answer, *expected: int) -> Answer:
        if answer.status not in expected:
            raise Unexpected(answer)
        return answer

    # what is seen in the product

    @property
    def accounts(self) -> list[HostAccount]:
        return self.trial.host.all("acme")

    def account(self, id: str) -> HostAccount:
        return next(a for a in self.accounts if a.id == id)

    def account_of(self, person: Person) -> HostAccount:
        """The account that the person's SCIM id stands for now."""
        with self.trial.host.repository.unit("acme", write=False) as unit:  # type: ignore[union-attr]
            binding = unit.binding(self.ids[person.user_name])
        assert binding is not None and binding.account is not None, binding
        return self.account(binding.account)

    def team(self, name: str) -> HostTeam:
        return next(t for t in self.trial.host.teams("acme") if t.name == name)

    def effects(self, kind: type[e.AnyEffect]) -> list[e.AnyEffect]:
        return [effect for effect in self.trial.host.effects("acme") if isinstance(effect, kind)]

    @property
    def seats_used(self) -> int:
        return sum(a.state in ("invited", "active") for a in self.accounts)

    # what people and admins do in the product

    def settings(self, *, seat_limit: int | None = None, **facts: Any) -> None:
        before = self.trial.host.settings.get("acme")
        tenant = evolve(before.facts if before else Tenant(default_role="member"), **facts)
        self.trial.host.configure("acme", seat_limit=seat_limit, facts=tenant)

    def happens(self, event: HostEvent, account: str) -> EventResult:
        """The host tells the core, and does what it says."""
        connection = next(iter(self.trial.connections))
        return self.trial.service.product.tell("acme", event, account, policy=connection.policy)

    def signs_in(self, account: str) -> bool:
        """The person tries to sign in: the core is asked, then the account looked at. Whether there is a session."""
        told = self.happens(SignedIn(), account)
        mine = self.trial.host.accounts_of["acme"]
        if told.refusal is not None or mine[account].state != "active":
            return False
        mine[account] = evolve(mine[account], live=True, ready=True)
        return True

    def makes_owner(self, account: str) -> None:
        """An owner's role by hand, as the product keeps it."""
        told = self.happens(RolesSet(("owner",)), account)
        assert told.refusal is None, told
        mine = self.trial.host.accounts_of["acme"]
        mine[account] = evolve(mine[account], owner=True)
