"""Identity providers as small drivers: the requests of a joiner, a mover and a leaver, as each of them sends them.

A persona knows how one identity provider words things; `steps` is the order in which it says them. The conversation
is a generator: it yields a `Step`, is sent the `Response`, and learns from it (the ids) what the next step needs.
`play` drives it against anything that takes a `Request`.

>>> from scimcore.testing.trial import Trial
>>> trial = Trial.start()
>>> headers = (("Authorization", f"Bearer {trial.token}"),)
>>> all(played.ok for played in play(steps(ENTRA_DEFAULT, PEOPLE), trial.application.handle, headers=headers))
True
"""

import json
from collections.abc import Callable, Generator, Iterator, Sequence
from urllib.parse import quote

from attrs import evolve, field, frozen

from scimcore.patch.operations import PATCH_OP_URN
from scimcore.schema import ENTERPRISE_URN, GROUP_URN, USER_URN
from scimcore.schema.json import Json, JsonObject
from scimcore.web.messages import Request, Response


@frozen
class Person:
    """Somebody whom the identity provider knows."""

    user_name: str
    given_name: str
    family_name: str
    external_id: str

    @property
    def display_name(self) -> str:
        return f"{self.given_name} {self.family_name}"


#: A joiner who stays, a mover, and a leaver who comes back.
PEOPLE: tuple[Person, ...] = (
    Person("noor.haddad@harbor.example", "Noor", "Haddad", "p-100"),
    Person("liv.strand@harbor.example", "Liv", "Strand", "p-101"),
    Person("teo.marin@harbor.example", "Teo", "Marin", "p-102"),
)


@frozen(kw_only=True)
class Step:
    """One request of a conversation, and the statuses that the identity provider takes for success."""

    title: str
    request: Request = field(repr=False)
    expected: tuple[int, ...]


#: Steps to send, each answered with its response.
Conversation = Generator[Step, Response, None]


@frozen(kw_only=True)
class Played:
    """A step and how it was answered."""

    step: Step
    response: Response

    @property
    def ok(self) -> bool:
        """Whether the identity provider would go on."""
        return self.response.status in self.step.expected


@frozen(kw_only=True)
class Persona:
    """How one identity provider words what it has to say. Every function makes one request."""

    name: str
    #: The dialect that understands it; `auto` understands all.
    dialect: str
    test: Callable[[], Request]
    match: Callable[[str], Request]
    create: Callable[[Person], Request]
    #: The person as it is now, and the id.
    update: Callable[[Person, str], Request]
    set_active: Callable[[Person, str, bool], Request]
    match_group: Callable[[str], Request]
    #: A group's id and name, and its members before and after.
    members: Callable[[str, str, Sequence[str], Sequence[str]], Request]
    #: Whether it ever deletes users.
    deletes_users: bool = True
    #: Whether it reads a user before it changes it.
    reads_first: bool = False


def steps(persona: Persona, people: Sequence[Person] = PEOPLE, *, team: str = "Harbour pilots") -> Conversation:
    """The working life of these people (three at least): all join, the second moves, the last leaves and comes back."""
    if len(people) < 3:
        raise ValueError("a story takes three people: one who stays, one who moves, one who leaves")
    yield _step("connection test", persona.test(), 200)
    ids: dict[str, str] = {}
    for person in people:
        yield _step(f"match {person.user_name}", persona.match(person.user_name), 200)
        made = yield _step(f"create {person.user_name}", persona.create(person), 201)
        ids[person.user_name] = _id(made)
    yield from _group(persona, list(ids.values()), team)
    yield from _mover(persona, people[1], ids[people[1].user_name])
    yield from _leaver(persona, people[-1], ids[people[-1].user_name])


def play(
    conversation: Conversation, send: Callable[[Request], Response], *, headers: Sequence[tuple[str, str]] = ()
) -> Iterator[Played]:
    """Every step with its answer, as they come; goes on whatever is answered, as long as ids can be learnt."""
    try:
        step = next(conversation)
        while True:
            request = evolve(step.request, headers=[*headers, *step.request.headers])
            response = send(request)
            yield Played(step=step, response=response)
            step = conversation.send(response)
    except StopIteration:
        return


def _group(persona: Persona, members: Sequence[str], team: str) -> Conversation:
    yield _step(f"match group {team}", persona.match_group(team), 200)
    made = yield _step(f"push group {team}", _post("/Groups", {"schemas": [GROUP_URN], "displayName": team}), 201)
    group = _id(made)
    yield _step(f"add {len(members)} members", persona.members(group, team, (), members), 200, 204)
    yield _step("remove the last member", persona.members(group, team, members, members[:-1]), 200, 204)


def _mover(persona: Persona, person: Person, id: str) -> Conversation:
    if persona.reads_first:
        yield _step(f"read {person.user_name}", _get(f"/Users/{id}"), 200)
    moved = evolve(person, family_name=f"{person.family_name}-Lind")
    yield _step(f"update {person.user_name}", persona.update(moved, id), 200, 204)


def _leaver(persona: Persona, person: Person, id: str) -> Conversation:
    for active, title in ((False, "disable"), (True, "enable"), (False, "disable")):
        yield _step(f"{title} {person.user_name}", persona.set_active(person, id, active), 200, 204)
        yield _step(f"match {person.user_name}", persona.match(person.user_name), 200)
    if persona.deletes_users:
        yield _step(f"delete {person.user_name}", Request(method="DELETE", path=f"/Users/{id}"), 204)


def _step(title: str, request: Request, *expected: int) -> Step:
    return Step(title=title, request=request, expected=expected)


def _id(response: Response) -> str:
    """The id of what was made; a name that nothing has, so that the story goes on to fail, when nothing was."""
    try:
        body = json.loads(response.body)
    except ValueError:
        return "nothing-was-made"
    return str(body.get("id", "nothing-was-made")) if isinstance(body, dict) else "nothing-was-made"


def _get(path: str, **query: str) -> Request:
    text = "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items())
    return Request(method="GET", path=path, query=text, headers=[("Accept", "application/scim+json")])


def _send(method: str, path: str, body: JsonObject) -> Request:
    return Request(
        method=method,
        path=path,
        headers=[("Content-Type", "application/scim+json; charset=utf-8")],
        body=json.dumps(body).encode(),
    )


def _post(path: str, body: JsonObject) -> Request:
    return _send("POST", path, body)


def _patch(path: str, *operations: JsonObject) -> Request:
    return _send("PATCH", path, {"schemas": [PATCH_OP_URN], "Operations": list(operations)})


def _eq(attribute: str, value: str) -> str:
    return f"{attribute} eq {json.dumps(value, ensure_ascii=False)}"


def _user(person: Person) -> JsonObject:
    return {
        "schemas": [USER_URN],
        "externalId": person.external_id,
        "userName": person.user_name,
        "displayName": person.display_name,
        "name": {"givenName": person.given_name, "familyName": person.family_name},
        "emails": [{"primary": True, "type": "work", "value": person.user_name}],
        "active": True,
    }


def _values(ids: Sequence[str]) -> list[Json]:
    return [{"value": id} for id in ids]


# Entra ID: use-scim-to-provision-users-and-groups and scim-compatibility (2026-09).


def _entra_create(person: Person) -> Request:
    extras: JsonObject = {
        "schemas": [USER_URN, ENTERPRISE_URN],
        "meta": {"resourceType": "User"},
        "roles": [],
        "title": None,
    }
    return _post("/Users", {**_user(person), **extras})


def _entra_match_group(name: str) -> Request:
    return _get("/Groups", excludedAttributes="members", filter=_eq("displayName", name))


def _entra_members(group: str, name: str, before: Sequence[str], after: Sequence[str]) -> Request:
    """By lists, capitalised, with the null reference that Entra ID documents."""
    operations: list[JsonObject] = [
        {"op": op, "path": "members", "value": [{"$ref": None, "value": id} for id in ids]}
        for op, ids in (("Add", _new(before, after)), ("Remove", _new(after, before)))
        if ids
    ]
    return _patch(f"/Groups/{group}", *operations)


def _entra_2020_members(group: str, name: str, before: Sequence[str], after: Sequence[str]) -> Request:
    return _patch(f"/Groups/{group}", *_member_operations(before, after))


def _member_operations(before: Sequence[str], after: Sequence[str]) -> list[JsonObject]:
    """As the RFC would have it: leavers one by one by a filter, joiners in a list."""
    operations: list[JsonObject] = [
        {"op": "remove", "path": f"members[{_eq('value', id)}]"} for id in _new(after, before)
    ]
    if joiners := _new(before, after):
        operations.append({"op": "add", "path": "members", "value": _values(joiners)})
    return operations


def _new(before: Sequence[str], after: Sequence[str]) -> list[str]:
    return [id for id in after if id not in before]


#: Entra ID, default flavour.
ENTRA_DEFAULT = Persona(
    name="Entra ID",
    dialect="entra",
    test=lambda: _get("/Users", filter=_eq("userName", "6f1d2c38-4a57-4f3e-9d20-5f0a3f0b7a61")),
    match=lambda name: _get("/Users", filter=_eq("userName", name)),
    create=_entra_create,
    update=lambda person, key: _patch(
        f"/Users/{key}",
        {"op": "Replace", "path": "displayName", "value": person.display_name},
        {"op": "Replace", "path": "name.familyName", "value": person.family_name},
        {"op": "Add", "path": 'phoneNumbers[type eq "mobile"].value', "value": "+351 900 200"},
        {"op": "Add", "path": f"{ENTERPRISE_URN}:department", "value": "Tides"},
    ),
    set_active=lambda person, key, active: _patch(
        f"/Users/{key}", {"op": "Replace", "path": "active", "value": str(active)}
    ),
    match_group=_entra_match_group,
    members=_entra_members,
)

#: Entra ID with the flag aadOptscim062020.
ENTRA_2020 = evolve(
    ENTRA_DEFAULT,
    name="Entra ID with aadOptscim062020",
    dialect="entra-2020",
    update=lambda person, key: _patch(
        f"/Users/{key}",
        {
            "op": "replace",
            "value": {
                "displayName": person.display_name,
                "name.familyName": person.family_name,
                f"{ENTERPRISE_URN}:department": "Tides",
            },
        },
    ),
    set_active=lambda person, key, to: _patch(f"/Users/{key}", {"op": "replace", "path": "active", "value": to}),
    members=_entra_2020_members,
)


# Okta: the SCIM 2.0 protocol reference of its developer documentation (2026-08). It never deletes users.


def _okta_user(person: Person) -> JsonObject:
    return {**_user(person), "locale": "en-US", "groups": [], "password": "Quay-8-lamp-post"}


def _okta_whole(person: Person, id: str, *, active: bool) -> Request:
    return _send("PUT", f"/Users/{id}", {**_user(person), "id": id, "groups": [], "active": active})


def _okta_members(group: str, name: str, before: Sequence[str], after: Sequence[str]) -> Request:
    """Every change of members comes with a rename that repeats the id."""
    rename: JsonObject = {"op": "replace", "value": {"id": group, "displayName": name}}
    return _patch(f"/Groups/{group}", rename, *_member_operations(before, after))


def _okta_group(group: str, name: str, before: Sequence[str], after: Sequence[str]) -> Request:
    body: JsonObject = {"schemas": [GROUP_URN], "id": group, "displayName": name, "members": _values(after)}
    return _send("PUT", f"/Groups/{group}", body)


#: Okta with an application of its catalogue, which changes users by PATCH.
OKTA_CATALOGUE = Persona(
    name="Okta, catalogue app",
    dialect="okta",
    test=lambda: _get("/Users", startIndex="1", count="1"),
    match=lambda name: _get("/Users", filter=_eq("userName", name), startIndex="1", count="100"),
    create=lambda person: _post("/Users", _okta_user(person)),
    update=lambda person, key: _patch(
        f"/Users/{key}",
        {
            "op": "replace",
            "value": {"displayName": person.display_name, "name": {"familyName": person.family_name}},
        },
    ),
    set_active=lambda person, key, active: _patch(f"/Users/{key}", {"op": "replace", "value": {"active": active}}),
    match_group=lambda name: _get("/Groups", filter=_eq("displayName", name), startIndex="1", count="100"),
    members=_okta_members,
    deletes_users=False,
)

#: Okta with an application of its integration wizard, which changes users by PUT.
OKTA_WIZARD = evolve(
    OKTA_CATALOGUE,
    name="Okta, app of the integration wizard",
    dialect="okta-wizard",
    update=lambda person, key: _okta_whole(person, key, active=True),
    set_active=lambda person, key, active: _okta_whole(person, key, active=active),
    members=_okta_group,
    reads_first=True,
)

#: The identity providers that scimcore can play, each as a whole person at a console.
PERSONAS: tuple[Persona, ...] = (ENTRA_DEFAULT, ENTRA_2020, OKTA_CATALOGUE, OKTA_WIZARD)
