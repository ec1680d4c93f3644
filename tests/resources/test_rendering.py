"""The text of answers."""

import json
from typing import Any

import pytest
from attrs import evolve
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from scimcore.filters.instants import from_instant, instant
from scimcore.resources import Document, Linked, Projection, etag, locations, projector, render, resource_json, to_text
from scimcore.resources.changes import LinkColumns
from scimcore.schema import Attribute, Registry, Relation, ResourceType, Schema
from tests.resources.generated import (
    BASE,
    FULL_USER,
    GROUP_URN,
    GROUPS,
    REGISTRY,
    THING_URN,
    THINGS,
    USER_DATA,
    USER_URN,
    USERS,
    document,
    of,
)

TEAMS = {"groups": [Linked("Group", "g/1", 'Te"am'), Linked("Group", "g2")]}
BARE = f'{{"schemas":["{USER_URN}"]}}'


def shown(stored: Document, links: Any = None, projection: Projection | None = None) -> dict[str, Any]:
    text = render(
        REGISTRY[stored.type],
        stored,
        links or {},
        base=BASE,
        projection=projection or Projection(),
        registry=REGISTRY,
    )
    found: dict[str, Any] = json.loads(text)
    return found


class TestRender:
    """RFC 7643 section 3.1: what every resource carries."""

    def test_id_and_meta_are_spliced_in(self):
        found = shown(document(f'{{"schemas":["{USER_URN}"],"userName":"a"}}'))
        assert found == {
            "schemas": [USER_URN],
            "id": "2819c223",
            "meta": {
                "resourceType": "User",  # CORE-039, CRT-005
                "created": "2023-11-14T22:13:20Z",  # CORE-040
                "lastModified": "2023-11-14T22:13:21.250000Z",
                "location": f"{BASE}/Users/2819c223",  # CORE-041
                "version": 'W/"3"',  # CORE-042
            },
            "userName": "a",
        }
        assert found["meta"]["version"] == etag(3)

    def test_a_document_with_nothing_in_it_is_still_json(self):
        assert list(shown(document(BARE))) == ["schemas", "id", "meta"]

    def test_the_stored_text_is_not_parsed(self):
        # What stands behind the schemas is passed on as it is.
        text = render(
            USERS,
            document(f'{{"schemas":["{USER_URN}"],no json'),
            {},
            base=BASE,
            projection=Projection(),
            registry=REGISTRY,
        )
        assert text.endswith(",no json")

    def test_an_id_is_escaped_where_it_stands(self):
        stored = Document(type="User", id='a"b/é c', version=1, created=0, modified=0, text=BARE)
        found = shown(stored)
        assert found["id"] == 'a"b/é c'
        assert found["meta"]["location"] == f"{BASE}/Users/a%22b%2F%C3%A9%20c"  # HTTP-010
        assert found["meta"]["created"] == "1970-01-01T00:00:00Z"

    def test_groups_are_shown_with_their_uris(self):
        # CORE-061
        assert shown(document(BARE), TEAMS)["groups"] == [
            {"value": "g/1", "$ref": f"{BASE}/Groups/g%2F1", "display": 'Te"am', "type": "direct"},
            {"value": "g2", "$ref": f"{BASE}/Groups/g2", "type": "direct"},
        ]

    def test_members_are_shown_with_their_types(self):
        stored = document(f'{{"schemas":["{GROUP_URN}"],"displayName":"g"}}', "Group")
        members = {"members": [Linked("User", "1", "Babs"), Linked("Group", "2"), Linked("", "3")]}
        # CORE-068
        assert shown(stored, members)["members"] == [
            {"value": "1", "$ref": f"{BASE}/Users/1", "display": "Babs", "type": "User"},
            {"value": "2", "$ref": f"{BASE}/Groups/2", "type": "Group"},
            {"value": "3"},
        ]

    @pytest.mark.parametrize("projection", [Projection(), Projection(attributes=("members.value", "members.$ref"))])
    def test_links_kept_by_column_are_shown_as_others_are(self, projection):
        stored = document(f'{{"schemas":["{GROUP_URN}"],"displayName":"g"}}', "Group")
        columns = LinkColumns(["User", "Group", ""], ["1", "a/b", 'q"'], ['Ba"bs', None, ""])
        by_column = shown(stored, {"members": columns}, projection)
        assert by_column == shown(stored, {"members": list(columns)}, projection)
        assert len(by_column["members"]) == 3

    @pytest.mark.parametrize("links", [{}, {"groups": []}])
    def test_a_relation_without_links_is_unassigned(self, links):
        assert "groups" not in shown(document(BARE), links)

    def test_what_is_not_wanted_is_left_out(self):
        assert "groups" not in shown(document(BARE), TEAMS, Projection(excluded=("groups",)))  # PROJ-009
        assert shown(document(BARE), TEAMS, Projection(attributes=("groups.value",))) == {
            "schemas": [USER_URN],
            "id": "2819c223",
            "groups": [{"value": "g/1"}, {"value": "g2"}],
        }

    def test_types_with_hidden_attributes_are_never_spliced(self):
        data = {"schemas": [THING_URN], "serial": "s", "hidden": "h", "pin": "p", "costly": "c"}
        stored = document(to_text(data), "Thing")
        registry = Registry(THINGS.resource_type)

        def names(**options: Any) -> set[str]:
            found = render(
                registry["Thing"], stored, {}, base=BASE, projection=Projection(), registry=registry, **options
            )
            return set(json.loads(found))

        assert names() == {"schemas", "id", "meta", "serial"}  # CORE-082, CORE-084, CORE-086
        assert names(named=frozenset({"costly"})) == {"schemas", "id", "meta", "serial", "costly"}

    def test_a_bracket_in_a_schema_uri_is_no_trap(self):
        odd = ResourceType(name="Odd", endpoint="/Odd", schema=Schema("urn:x:[1]", "Odd", (Attribute(name="a"),)))
        registry = Registry(odd)
        stored = document('{"schemas":["urn:x:[1]"],"a":"]"}', "Odd")
        text = render(registry["Odd"], stored, {}, base=BASE, projection=Projection(), registry=registry)
        assert json.loads(text)["a"] == "]"

    def test_a_relation_of_the_hosts_own_shows_what_it_declares(self):
        owners = Attribute(
            name="owners",
            type="complex",
            multi_valued=True,
            relation=Relation("ownership"),
            sub_attributes=(Attribute(name="value"),),
        )
        registry = Registry(
            ResourceType(name="Car", endpoint="/Cars", schema=Schema("urn:x:Car", "Car", (owners,))),
        )
        links = {"owners": [Linked("User", "1", "Babs")]}
        stored = document('{"schemas":["urn:x:Car"]}', "Car")
        text = render(registry["Car"], stored, links, base=BASE, projection=Projection(), registry=registry)
        assert json.loads(text)["owners"] == [{"value": "1"}]
        assert resource_json(stored, [(owners, links["owners"])], locations(BASE, registry))["owners"] == [
            {"value": "1"}
        ]


class TestLaws:
    @given(USER_DATA, st.sampled_from([{}, TEAMS]), st.sampled_from([(), ("groups",)]))
    @settings(max_examples=60)
    def test_splicing_is_parsing_and_projecting(self, data, links, excluded):
        stored = document(to_text(of(USERS).finish(data)))
        projection = Projection(excluded=excluded)
        plan = projector(USERS).plan(projection)
        assert plan.shows_all_stored
        pairs = [(a, links.get(a.name, ())) for a in USERS.relations if plan.wants(a.name)]
        parsed = plan.apply(resource_json(stored, pairs, locations(BASE, REGISTRY)))
        assert shown(stored, links, projection) == parsed

    @given(
        st.lists(st.builds(Linked, st.sampled_from(["User", "Group", ""]), st.text(min_size=1), st.none() | st.text())),
        st.booleans(),
        st.text(min_size=1),
    )
    @settings(max_examples=100)
    def test_splicing_links_is_writing_them_as_json(self, links, by_column, id):
        stored = evolve(document(f'{{"schemas":["{GROUP_URN}"],"displayName":"g"}}', "Group"), id=id)
        if by_column:
            links = LinkColumns([x.type for x in links], [x.id for x in links], [x.display for x in links])
        try:
            to_text([id, *(x.id for x in links), *(x.display for x in links)]).encode()
        except UnicodeEncodeError:
            assume(False)
        plain = resource_json(stored, [(GROUPS.attributes["members"], links)], locations(BASE, REGISTRY))
        assert shown(stored, {"members": links}) == plain

    @given(USER_DATA)
    @settings(max_examples=60)
    def test_what_was_read_can_be_put_back(self, data):
        # PUT(GET(x)) = x, at this level: GET-body in, the same data out (PUT-004, PUT-012)
        checker = of(USERS, unknown="reject")
        stored = checker.body(data, creating=True).data
        read = shown(document(to_text(stored)), TEAMS)
        again = checker.body(read, creating=False)
        assert again.data == stored
        assert to_text(again.data) == to_text(stored)

    def test_a_full_user_can_be_put_back(self):
        read = shown(document(to_text(FULL_USER)), TEAMS)
        assert of(USERS).body(read, creating=False).data == FULL_USER

    @given(st.integers(min_value=-(10**15), max_value=4 * 10**15))
    @settings(max_examples=100)
    def test_a_time_that_is_shown_is_found_again(self, micros):
        assert instant(from_instant(micros)) == micros  # CORE-011


class TestText:
    def test_it_is_compact_and_real_unicode(self):
        assert to_text({"a": "é😀", "b": [1, True, None]}) == '{"a":"é😀","b":[1,true,null]}'

    def test_it_is_never_what_is_no_json(self):
        with pytest.raises(ValueError, match="Out of range"):
            to_text({"a": float("nan")})


def test_a_resource_without_a_registry_refers_to_its_own_type_only():
    stored = document(f'{{"schemas":["{GROUP_URN}"],"displayName":"g"}}', "Group")
    links = {"members": [Linked("Group", "1"), Linked("User", "2")]}
    found = json.loads(render(GROUPS, stored, links, base=BASE, projection=Projection()))
    assert found["members"] == [
        {"value": "1", "$ref": f"{BASE}/Groups/1", "type": "Group"},
        {"value": "2", "type": "User"},
    ]


def test_what_filters_look_at_has_no_uris():
    stored = document(f'{{"schemas":["{GROUP_URN}"],"displayName":"g"}}', "Group")
    found = resource_json(stored, [(GROUPS.attributes["members"], [Linked("User", "2", "Babs")])])
    assert found["meta"].keys() == {"resourceType", "created", "lastModified", "version"}
    assert found["members"] == [{"value": "2", "display": "Babs", "type": "User"}]
    assert resource_json(stored, [(GROUPS.attributes["members"], ())]).keys() == {
        "schemas",
        "id",
        "meta",
        "displayName",
    }
