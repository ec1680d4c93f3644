"""Resources and their attributes, from outside (RFC 7643 sections 2 to 4 and 7)."""

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from scimcore.dialects import AUTO, INTEROP, RFC
from scimcore.policy import STANDARD
from scimcore.repository import MemoryRepository
from scimcore.schema import GROUP as GROUP_TYPE
from scimcore.schema import USER as USER_TYPE
from scimcore.schema import Attribute, Registry
from scimcore.service import Service
from scimcore.testing.host import TrialHost
from scimcore.testing.trial import BASE, Trial
from scimcore.web import Application, Options
from tests.conformance.support import ENTERPRISE, GROUP, USER, failed, found, group, user

#: A user type with one attribute of every mutability and visibility.
BADGES = USER_TYPE.with_attributes(
    Attribute(name="serial", mutability="readOnly"),
    Attribute(name="badge", mutability="immutable"),
    Attribute(name="pin", mutability="writeOnly"),
    Attribute(name="floor", returned="always"),
    Attribute(name="notes", returned="request"),
    Attribute(name="hidden", returned="never"),
    Attribute(name="desk", case_exact=True),
)


@pytest.fixture(params=[RFC, AUTO], ids=lambda dialect: dialect.name)
def trial(request) -> Trial:
    return Trial.start(dialect=request.param, registry=Registry(BADGES, GROUP_TYPE))


class TestIds:
    """RFC 7643 section 3.1: the id is issued by the service provider, unique, and never reassigned."""

    @pytest.mark.parametrize("bad", ["x-bulkId-1", "BULKID", ""])
    def test_one_that_is_reserved_is_refused_whoever_makes_it(self, bad):
        """CORE-035: an id that holds "bulkId" is refused by the core."""
        trial = Trial.start()
        service = Service(MemoryRepository(), TrialHost(), clock=trial.clock, new_id=lambda: bad, secrets=(b"s" * 32,))
        options = Options(clock=trial.clock, reraise=True)
        trial.application = Application(service, trial.connections, base_url=BASE, options=options)
        with pytest.raises(ValueError, match="bulkId"):
            trial.post("/Users", user("ada"))

    def test_it_is_the_services_and_never_issued_again(self, trial):
        """CORE-034: client id in POST ignored; id survives rename; present whatever is asked for."""
        ada = trial.post("/Users", user("ada", id="mine"))["id"]
        assert ada != "mine"
        renamed = trial.put(f"/Users/{ada}", user("countess", id="other"))
        assert (renamed.status, renamed["id"]) == (200, ada)
        for query in ("attributes=userName", "excludedAttributes=id", "attributes=nothing"):
            assert trial.get(f"/Users/{ada}", query=query)["id"] == ada
        trial.delete(f"/Users/{ada}")
        assert trial.user("countess") != ada


class TestDomains:
    """RFC 7643 section 3.1, RFC 7644 section 6: what is one tenant's is no other's."""

    def test_an_external_id_is_the_clients_alone(self):
        """CORE-036, CORE-037: two tenants and two connections use one externalId; none sees the other's."""
        trial = Trial.start()
        tokens = [trial.token, trial.connect("globex"), trial.connect("acme")]
        ids = [trial.post("/Users", user(f"u{n}", externalId="E-1"), token=t)["id"] for n, t in enumerate(tokens)]
        for id, token in zip(ids, tokens, strict=True):
            answer = trial.get("/Users", query='filter=externalId eq "E-1"', token=token)
            assert [resource["id"] for resource in answer["Resources"]] == [id]
        assert trial.post("/Users", user("u9", externalId="E-1")).status == 201
        assert "externalId" not in trial.get(f"/Users/{trial.user('plain')}").body

    def test_nothing_of_another_tenant_shows_anywhere(self):
        """HTTP-019: not readable, countable, filterable, referable, nor by uniqueness, cursors or ETags."""
        trial = Trial.start()
        theirs = trial.connect("globex")
        secret = trial.post("/Users", user("victim", externalId="V", title="Secret"), token=theirs)["id"]
        team = trial.post("/Groups", group("Victims", secret), token=theirs)["id"]
        mine = trial.group("Mine", trial.user("ada"))
        for path in (f"/Users/{secret}", f"/Groups/{team}"):
            unknown = path.replace(path.rpartition("/")[2], "id-999999")
            for method, body in (("GET", None), ("PUT", user("x")), ("DELETE", None)):
                for headers in ({}, {"If-Match": 'W/"1"'}, {"If-None-Match": "*"}):
                    there = trial.send(method, path, body, headers=headers)
                    nowhere = trial.send(method, unknown, body, headers=headers)
                    assert there.status == 404
                    assert there.body["detail"].replace(path[-9:], "") == nowhere.body["detail"].replace(
                        unknown[-9:], ""
                    )
        for filter in (f'id eq "{secret}"', 'title eq "Secret"', "title pr", 'userName eq "victim"'):
            for path in ("/Users", "/"):
                assert trial.get(path, query={"filter": filter})["totalResults"] == 0
        assert trial.get("/")["totalResults"] == 2
        refused = trial.patch(f"/Groups/{mine}", {"op": "add", "path": "members", "value": [{"value": secret}]})
        failed(refused, 400, "invalidValue")
        assert trial.post("/Users", user("VICTIM")).status == 201
        cursor = trial.get("/", query="cursor&count=1", token=theirs)["nextCursor"]
        failed(trial.get("/", query=f"cursor={cursor}&count=1"), 400, "invalidCursor")


class TestMembers:
    """RFC 7643 section 2.3.7: a service provider MAY enforce referential integrity."""

    @pytest.mark.parametrize("choice, status, shown", [("reject", 400, None), ("ignore", 201, [])])
    def test_an_unknown_member_is_the_policys_matter(self, choice, status, shown):
        """CORE-016: reject gives 400, ignore drops it."""
        policy = evolve(STANDARD, groups=evolve(STANDARD.groups, unknown_member=choice))
        trial = Trial.start(policy=policy)
        answer = trial.post("/Groups", group("team", "nobody"))
        assert answer.status == status
        if shown is not None:
            assert answer.body.get("members", []) == shown

    @pytest.mark.parametrize("reference", ["Users/{}", "../Users/{}", BASE + "/Users/{}", "https://x.example/Users/{}"])
    def test_a_member_may_bring_its_uri_in_any_form(self, trial, reference):
        """CORE-013, CORE-025: relative or absolute, with or without a version; the answer has the service's own."""
        ada = trial.user("ada")
        member = {"value": ada, "$ref": reference.format(ada)}
        answer = trial.post("/Groups", {"schemas": [GROUP], "displayName": "team", "members": [member]})
        assert answer.status == 201
        assert answer["members"][0]["$ref"] == f"{BASE}/Users/{ada}"

    def test_a_members_name_is_derived_in_every_answer(self, trial):
        """CORE-069, CORE-061: what is sent as display is not stored; it follows the member's name."""
        ada = trial.user("ada")
        member = {"value": ada, "display": "stale"}
        team = trial.post("/Groups", {"schemas": [GROUP], "displayName": "team", "members": [member]})["id"]
        for name in ("ada", "Countess"):
            assert trial.patch(f"/Users/{ada}", {"op": "replace", "path": "displayName", "value": name}).status == 200
            for query in ("", "attributes=members", "attributes=members.display", "excludedAttributes=displayName"):
                for answer in (trial.get(f"/Groups/{team}", query=query), trial.get("/Groups", query=query)):
                    shown = answer.body.get("Resources", [answer.body])[0]
                    assert [m["display"] for m in shown["members"]] == [name], query
            assert found(trial, f'members.display eq "{name}"', "/Groups") == [team]
        trial.patch(f"/Groups/{team}", {"op": "replace", "path": "displayName", "value": "crew"})
        for query in ("", "attributes=groups"):
            assert [g["display"] for g in trial.get(f"/Users/{ada}", query=query)["groups"]] == ["crew"]


class TestCharacteristics:
    """RFC 7643 section 7: mutability, returned, uniqueness."""

    def test_read_only_is_ignored_in_bodies_and_refused_in_paths(self, trial):
        """CORE-080: SHALL NOT be modified."""
        ada = trial.post("/Users", user("ada", serial="forged"))
        assert ada.status == 201
        assert "serial" not in ada.body
        assert "serial" not in trial.put(f"/Users/{ada['id']}", user("ada", serial="forged")).body
        path = f"/Users/{ada['id']}"
        for op in ("add", "replace", "remove"):
            failed(trial.patch(path, {"op": op, "path": "serial", "value": "forged"}), 400, "mutability")

    def test_immutable_is_set_once(self, trial):
        """CORE-081, PUT-005, PATCH-011."""
        ada = trial.user("ada")
        path = f"/Users/{ada}"
        assert trial.patch(path, {"op": "add", "path": "badge", "value": "B1"}).status == 200
        failed(trial.patch(path, {"op": "add", "path": "badge", "value": "B2"}), 400, "mutability")
        failed(trial.put(path, user("ada", badge="B2")), 400, "mutability")
        assert trial.put(path, user("ada", badge="B1"))["badge"] == "B1"
        assert trial.put(path, user("ada"))["badge"] == "B1"

    def test_visibility_is_kept_in_every_answer(self, trial):
        """CORE-082..086, GET-003, PROJ-010: always, never, default and request, in each kind of answer."""
        said = {"pin": "1", "floor": "3", "notes": "x", "hidden": "y", "desk": "D"}
        created = trial.post("/Users", user("ada", **said))
        path = f"/Users/{created['id']}"
        plain = [trial.get(path).body, trial.get("/Users")["Resources"][0]]
        asked = [
            trial.get(path, query="attributes=notes,hidden,pin").body,
            trial.get("/Users", query="attributes=notes,hidden,pin")["Resources"][0],
        ]
        excluded = [trial.get(path, query="excludedAttributes=floor,desk").body]
        for body in (created.body, *plain, *asked, *excluded):
            assert not {"pin", "hidden", "password"} & set(body)
            assert body["floor"] == "3"
        assert all("notes" not in body and body["desk"] == "D" for body in plain)
        assert all(body["notes"] == "x" and "desk" not in body for body in asked)
        assert "desk" not in excluded[0]

    def test_what_is_returned_on_request_is_answered_to_a_write_that_names_it(self, trial):
        """CORE-086: POST with x -> present, POST without x -> absent; PUT and PATCH likewise, whatever they change."""
        made = trial.post("/Users", user("ada", notes="x"))
        path = f"/Users/{made['id']}"
        naming = [
            made,
            trial.put(path, user("ada", NOTES="x")),
            trial.patch(path, {"op": "replace", "path": "notes", "value": "y"}),
            trial.patch(path, {"op": "add", "value": {"notes": "y"}}),
        ]
        assert [answer.body.get("notes") for answer in naming] == ["x", "x", "y", "y"]
        title = {"op": "replace", "path": "title", "value": "z"}
        silent = [trial.get(path), trial.patch(path, title), trial.post("/Users", user("bob"))]
        assert [answer.body.get("notes") for answer in silent] == [None, None, None]
        assert "notes" not in trial.patch(path, {"op": "add", "value": {"notes": "v"}}, query="attributes=title").body

    def test_a_taken_name_is_a_conflict_however_it_is_taken(self, trial):
        """CORE-087: always 409 + uniqueness for POST, PUT and PATCH; the same value on the same resource is none."""
        ada, _ = trial.user("ada"), trial.user("bob")
        name = {"op": "replace", "path": "userName", "value": "BOB"}
        for answer in (
            trial.post("/Users", user("BOB")),
            trial.put(f"/Users/{ada}", user("BOB")),
            trial.patch(f"/Users/{ada}", name),
        ):
            assert "BOB" in failed(answer, 409, "uniqueness").upper()
        assert trial.put(f"/Users/{ada}", user("ADA")).status == 200
        assert trial.patch(f"/Users/{ada}", {**name, "value": "ada"}).status == 200
        assert trial.get(f"/Users/{ada}")["userName"] == "ada"

    @settings(max_examples=40, deadline=None)
    @given(
        st.text(alphabet=st.sampled_from("aAbBéÉe\u0301ßSsİiıI.@ｆK\u212a"), min_size=1, max_size=4),
        st.text(alphabet=st.sampled_from("aAbBéÉe\u0301ßSsİiıI.@ｆK\u212a"), min_size=1, max_size=4),
    )
    def test_filters_and_uniqueness_follow_one_rule(self, first, second):
        """CORE-089: eq finds it <=> creating a second with that value conflicts."""
        trial = Trial.start()
        trial.user(first)
        matches = bool(found(trial, f'userName eq "{second}"'))
        assert trial.post("/Users", user(second)).status == (409 if matches else 201)


class TestUsers:
    """RFC 7643 section 4.1."""

    def test_nothing_about_a_name_is_made_up(self, trial):
        """CORE-052: changing givenName does not leave a derived formatted stale: there is none."""
        ada = trial.user("ada", name={"givenName": "Ada", "familyName": "King"})
        changed = trial.patch(f"/Users/{ada}", {"op": "replace", "path": "name.givenName", "value": "Augusta"})
        assert changed["name"] == {"givenName": "Augusta", "familyName": "King"}
        assert "displayName" not in changed.body

    def test_active_is_true_unless_it_is_said_otherwise(self, trial):
        """CORE-056: absent on POST -> true, returned explicitly, and found."""
        assert trial.post("/Users", user("ada"))["active"] is True
        assert trial.post("/Users", user("bob", active=False))["active"] is False
        assert trial.post("/Users", user("eve", active=None))["active"] is True
        assert trial.get("/Users", query="filter=active eq true")["totalResults"] == 2

    @pytest.mark.parametrize(
        "name, value",
        [
            *(("locale", v) for v in ("en_US", "de-CH-1996", "Klingon", "")),
            *(("timezone", v) for v in ("Europe/Rome", "Mars/Base", "UTC+25")),
            *(("preferredLanguage", v) for v in ("en-US,fr;q=0.8", "?")),
            *(("profileUrl", v) for v in ("https://example.com/~x?y#z", "people/7", "not a uri")),
            *(("nickName", v) for v in ("נועה", "e\u0301", "👩🏽‍🚀", "a\tb")),
        ],
    )
    def test_formats_are_not_policed(self, value, name):
        """CORE-053..055, CORE-006, ENTRA-011: stored as sent."""
        trial = Trial.start(dialect=RFC)
        answer = trial.post("/Users", user("ada", **{name: value}))
        assert (answer.status, answer.body.get(name)) == (201, value)
        assert trial.get(f"/Users/{answer['id']}").body.get(name) == value

    def test_the_enterprise_extension_comes_and_goes(self, trial):
        """CORE-032, CORE-071, CORE-072: the URN is listed exactly while something of it has a value."""
        boss = trial.user("boss")
        ada = trial.post("/Users", user("ada", **{ENTERPRISE: {"manager": {"value": boss, "displayName": "forged"}}}))
        assert ada["schemas"] == [USER, ENTERPRISE]
        assert "forged" not in str(ada.body)
        path = f"/Users/{ada['id']}"
        gone = trial.patch(path, {"op": "remove", "path": f"{ENTERPRISE}:manager"})
        assert (gone["schemas"], ENTERPRISE in gone.body) == ([USER], False)
        back = trial.patch(path, {"op": "add", "path": f"{ENTERPRISE}:division", "value": "North"})
        assert (back["schemas"], back[ENTERPRISE]) == ([USER, ENTERPRISE], {"division": "North"})


class TestStrictness:
    """RFC 7643 section 3: `schemas` and what it allows, by dialect."""

    @pytest.mark.parametrize(
        "dialect, body, status",
        [
            (RFC, {"userName": "a"}, 400),
            (AUTO, {"userName": "a"}, 201),
            (INTEROP, {"userName": "a"}, 400),
            (RFC, {"schemas": [ENTERPRISE], "userName": "a"}, 400),
            (AUTO, {"schemas": [USER, "urn:x:y"], "userName": "a"}, 201),
            (INTEROP, {"schemas": [USER, "urn:x:y"], "userName": "a"}, 400),
            (RFC, {"schemas": [USER], "userName": "a", "shoeSize": 9}, 201),
            (INTEROP, {"schemas": [USER], "userName": "a", "shoeSize": 9}, 400),
            (RFC, {"schemas": [USER, USER.upper()], "userName": "a"}, 201),
        ],
        ids=lambda value: getattr(value, "name", None),
    )
    def test_it_is_the_dialects(self, dialect, body, status):
        """CORE-003, CORE-030, CORE-031."""
        answer = Trial.start(dialect=dialect).post("/Users", body)
        assert answer.status == status
        if status == 201:
            assert answer["schemas"] == [USER]
