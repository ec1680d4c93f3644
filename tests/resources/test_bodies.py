"""Bodies of POST and PUT, checked and made canonical."""

import pytest

from scimcore.errors import InvalidSyntax, InvalidValue
from scimcore.resources import Link, Rules, checker
from tests.resources.generated import (
    ENTERPRISE_URN,
    FULL_USER,
    GROUP_URN,
    GROUPS,
    LOOSE_THINGS,
    PART_URN,
    THING_BODY,
    THING_URN,
    THINGS,
    USER_URN,
    USERS,
    of,
)


def post(body, type=USERS, **rules):
    return of(type, **rules).body(body, creating=True)


def paths(caught) -> list[str]:
    return [fault.path for fault in caught.value.faults]


class TestNames:
    """RFC 7643 section 2.1: "attribute names are case insensitive"."""

    def test_any_case_is_understood_and_stored_as_the_schema_has_it(self):
        data = post({"USERNAME": "a", "Name": {"GIVENNAME": "B"}}).data  # CORE-001
        assert data == {"schemas": [USER_URN], "userName": "a", "name": {"givenName": "B"}}

    @pytest.mark.parametrize(
        "body",
        [
            {"userName": "a", "username": "b"},
            {"userName": "a", "name": {"givenName": "a", "GIVENNAME": "a"}},
            {"userName": "a", "emails": [{"value": "a", "Value": "a"}]},
            {"userName": "a", ENTERPRISE_URN: {}, ENTERPRISE_URN.upper(): {}},
        ],
    )
    def test_one_name_in_two_spellings_is_refused(self, body):
        with pytest.raises(InvalidSyntax):  # CORE-001
            post(body)

    def test_only_ascii_letters_fold(self):
        assert "nickName" not in post({"userName": "a", "nicKName".replace("K", "\u212a"): "x"}).data

    def test_order_is_the_schemas_whatever_the_bodys(self):
        backwards = {key: FULL_USER[key] for key in reversed(FULL_USER)}
        assert list(post(backwards).data) == list(FULL_USER)  # CORE-018
        assert (
            next(iter(post({"userName": "a", "name": {"givenName": "g", "formatted": "f"}}).data["name"]))
            == "formatted"
        )

    def test_a_full_user_comes_through_unchanged(self):
        checked = post(FULL_USER)  # CORE-060, CORE-071
        assert checked.data == FULL_USER
        assert checked.notes == ()

    def test_the_body_is_not_changed(self):
        body = {"userName": "a", "emails": [{"value": "x", "primary": None}], "name": {"givenName": None}}
        post(body)
        assert body == {"userName": "a", "emails": [{"value": "x", "primary": None}], "name": {"givenName": None}}


class TestUnassigned:
    """RFC 7643 section 2.5: unassigned, null and the empty array are equivalent."""

    @pytest.mark.parametrize(
        "empty",
        [
            {"title": None},
            {"emails": []},
            {"emails": None},
            {"name": {}},
            {"name": {"givenName": None}},
            {"emails": [{}]},
            {"emails": [{"value": None}]},
            {ENTERPRISE_URN: {}},
            {ENTERPRISE_URN: None},
            {ENTERPRISE_URN: {"manager": {}}},
        ],
    )
    def test_nothing_is_stored_for_it(self, empty):
        assert post({"userName": "a", **empty}).data == {"schemas": [USER_URN], "userName": "a"}  # CORE-026, CORE-027

    @pytest.mark.parametrize("body", [{"emails": [None]}, {"emails": [{"value": "x"}, None]}])
    def test_null_is_no_element(self, body):
        with pytest.raises(InvalidValue):  # CORE-027
            post({"userName": "a", **body})

    def test_null_still_counts_as_mentioned(self):
        named = post({"userName": "a", "title": None, "roles": []}).named  # CRT-003, PUT-007
        assert {"title", "roles"} <= named
        assert "nickName" not in named

    def test_an_extension_set_to_null_mentions_all_of_it(self):
        assert f"{ENTERPRISE_URN}:department" in post({"userName": "a", ENTERPRISE_URN: None}).named

    def test_an_extensions_attributes_are_mentioned_by_their_paths(self):
        named = post({"userName": "a", ENTERPRISE_URN: {"Department": "d"}}).named
        assert f"{ENTERPRISE_URN}:department" in named
        assert f"{ENTERPRISE_URN}:division" not in named


class TestMultiValued:
    """RFC 7643 section 2.4."""

    def test_an_object_is_no_array(self):
        with pytest.raises(InvalidValue):  # CORE-019
            post({"userName": "a", "emails": {"value": "x"}})

    def test_a_text_is_no_element(self):
        with pytest.raises(InvalidValue) as caught:
            post({"userName": "a", "emails": ["x@example.com"]})
        assert paths(caught) == ["emails[0]"]

    def test_primary_is_true_at_most_once(self):
        two = [{"value": "a", "primary": True}, {"value": "b", "primary": True}]
        with pytest.raises(InvalidValue):  # CORE-021
            post({"userName": "a", "emails": two})
        with pytest.raises(InvalidValue):  # without a value as well
            post(
                {"userName": "a", "addresses": [{"country": "US", "primary": True}, {"country": "FR", "primary": True}]}
            )
        one = [{"value": "a", "primary": True}, {"value": "b", "primary": False}]
        assert post({"userName": "a", "emails": one}).data["emails"] == one

    def test_the_same_type_and_value_is_stored_once(self):
        # CORE-022: what the first lacks is taken from the repetition
        emails = [{"value": "x", "type": "work"}, {"value": "x", "type": "work", "primary": True}]
        assert post({"userName": "a", "emails": emails}).data["emails"] == [
            {"value": "x", "type": "work", "primary": True}
        ]

    def test_the_same_value_of_another_type_is_kept(self):
        emails = [{"value": "x", "type": "work"}, {"value": "x", "type": "home"}]  # CORE-023
        assert post({"userName": "a", "emails": emails}).data["emails"] == emails

    @pytest.mark.parametrize("count", [2, 20])
    def test_whole_repetitions_of_values_without_a_value_are_stored_once(self, count):
        assert post({"userName": "a", "addresses": [{"country": "US"}] * count}).data["addresses"] == [
            {"country": "US"}
        ]

    def test_simple_values_are_stored_once(self):
        assert post({**THING_BODY, "numbers": [1, 2, 1]}, THINGS).data["numbers"] == [1, 2]

    def test_undeclared_sub_attributes_are_the_default_five(self):
        element = {"value": "v", "display": "d", "type": "t", "primary": True, "$ref": "r"}  # CORE-020
        assert post({**THING_BODY, "plain": [element]}, THINGS).data["plain"] == [element]

    def test_sub_attributes_may_be_multi_valued(self):
        boxes = [{"value": "a", "tags": ["x", "y"]}, {"value": "a", "tags": ["z"]}]
        assert post({**THING_BODY, "box": boxes[:1]}, THINGS).data["box"] == boxes[:1]  # CORE-017

    def test_the_number_of_elements_is_bounded(self):
        with pytest.raises(InvalidValue):
            post({"userName": "a", "emails": [{"value": str(n)} for n in range(1001)]})


class TestSchemas:
    """RFC 7643 sections 3 and 3.3."""

    def test_a_missing_one_is_filled_in_or_refused(self):
        assert post({"userName": "a"}).data["schemas"] == [USER_URN]  # CORE-003
        for missing in ({}, {"schemas": []}, {"schemas": None}):
            with pytest.raises(InvalidSyntax):
                post({"userName": "a", **missing}, missing_schemas="reject")

    def test_the_base_uri_must_be_there(self):
        body = {"schemas": [ENTERPRISE_URN], "userName": "a"}  # CORE-031
        with pytest.raises(InvalidSyntax):
            post(body, missing_schemas="reject")
        assert post(body).data["schemas"] == [USER_URN]

    def test_unknown_uris_are_left_out_with_a_note_or_refused(self):
        body = {"schemas": [GROUP_URN, "http://schemas.example.com/Group"], "displayName": "g"}  # CORE-030
        checked = post(body, GROUPS)
        assert checked.data["schemas"] == [GROUP_URN]
        assert len(checked.notes) == 1
        with pytest.raises(InvalidSyntax):  # EXT-010
            post(body, GROUPS, unknown="reject")

    def test_repetitions_and_other_cases_are_understood(self):
        body = {"schemas": [USER_URN.upper(), USER_URN], "userName": "a"}
        assert post(body, missing_schemas="reject", unknown="reject").data["schemas"] == [USER_URN]

    @pytest.mark.parametrize("wrong", ["x", USER_URN, [1], {"a": 1}, [None], True])
    def test_it_is_an_array_of_uris(self, wrong):
        with pytest.raises(InvalidSyntax):
            post({"schemas": wrong, "userName": "a"})

    def test_it_lists_what_is_used_and_nothing_else(self):
        # CORE-032
        assert post({"userName": "a", ENTERPRISE_URN: {"department": "d"}}).data["schemas"] == [
            USER_URN,
            ENTERPRISE_URN,
        ]
        body = {"schemas": [ENTERPRISE_URN, USER_URN], "userName": "a", ENTERPRISE_URN: {"department": None}}
        assert post(body).data["schemas"] == [USER_URN]


class TestExtensions:
    """RFC 7643 section 3.3: extension attributes stand under the extension's URI."""

    def test_the_uri_is_found_in_any_case(self):
        data = post({"userName": "a", ENTERPRISE_URN.upper(): {"DEPARTMENT": "d"}}).data  # CORE-033
        assert data[ENTERPRISE_URN] == {"department": "d"}

    def test_a_bare_extension_attribute_is_unknown(self):
        checked = post({"userName": "a", "employeeNumber": "7"})  # CORE-033
        assert list(checked.data) == ["schemas", "userName"]
        assert "employeeNumber" in checked.notes[0][1]

    def test_schemas_inside_an_extension_means_nothing(self):
        body = {"userName": "a", ENTERPRISE_URN: {"schemas": [ENTERPRISE_URN], "department": "d"}}
        assert post(body, unknown="reject").data[ENTERPRISE_URN] == {"department": "d"}

    def test_it_is_an_object(self):
        with pytest.raises(InvalidValue) as caught:
            post({"userName": "a", ENTERPRISE_URN: ["d"]})
        assert paths(caught) == [ENTERPRISE_URN]

    def test_a_required_extension_must_be_there_with_its_required_attributes(self):
        # CORE-091
        for body in ({"serial": "s"}, {"serial": "s", PART_URN: {}}, {"serial": "s", PART_URN: None}):
            with pytest.raises(InvalidValue) as caught:
                post(body, THINGS)
            assert paths(caught) == [PART_URN]
        with pytest.raises(InvalidValue) as caught:
            post({"serial": "s", PART_URN: {"colour": "red"}}, LOOSE_THINGS)
        assert paths(caught) == [f"{PART_URN}:number"]
        assert post({"serial": "s"}, LOOSE_THINGS).data == {"schemas": [THING_URN], "serial": "s"}


class TestReadOnly:
    """RFC 7644 section 3.3: "readOnly" attributes in the request body SHALL be ignored."""

    def test_it_is_left_out_at_every_level(self):
        # CRT-002, PUT-004, CORE-034, CORE-038, CORE-061, CORE-072
        body = {
            "id": 5,
            "meta": "wrong",
            "groups": [{"value": "g"}],
            "userName": "a",
            ENTERPRISE_URN: {"manager": {"value": "1", "displayName": "Boss"}},
        }
        checked = post(body)
        assert checked.data == {
            "schemas": [USER_URN, ENTERPRISE_URN],
            "userName": "a",
            ENTERPRISE_URN: {"manager": {"value": "1"}},
        }
        assert checked.named.isdisjoint({"id", "meta", "groups"})
        assert len(checked.notes) == 1

    def test_it_is_no_unknown_attribute(self):
        assert post({"userName": "a", "id": "x", "schemas": [USER_URN]}, unknown="reject").data["userName"] == "a"


class TestRequired:
    """RFC 7643 section 7; RFC 7644 section 3.12: a missing value is invalidValue."""

    @pytest.mark.parametrize("user_name", [None, "", "   ", "\t"])
    def test_a_blank_user_name_is_none(self, user_name):
        with pytest.raises(InvalidValue) as caught:  # CORE-050, CRT-007, PUT-008, CORE-090
            post({"userName": user_name})
        assert paths(caught) == ["userName"]
        assert caught.value.code == "SC-1211"

    def test_it_is_missed_once(self):
        for body in ({}, {"userName": 3}):
            with pytest.raises(InvalidValue) as caught:
                post(body)
            assert paths(caught) == ["userName"]

    def test_a_group_needs_a_name(self):
        with pytest.raises(InvalidValue):  # CORE-066
            post({}, GROUPS)

    def test_a_put_may_leave_out_an_immutable_attribute(self):
        body = {PART_URN: {"number": "1"}}  # PUT-005
        assert "serial" not in of(THINGS).body(body, creating=False).data
        with pytest.raises(InvalidValue):
            of(THINGS).body(body, creating=True)

    def test_a_put_must_have_the_others(self):
        with pytest.raises(InvalidValue):  # PUT-008
            of(USERS).body({"title": "x"}, creating=False)


class TestMembers:
    """RFC 7643 section 4.2."""

    def test_they_become_links(self):
        body = {
            "displayName": "g",
            "members": [
                {"value": "1", "type": "user", "display": "anything"},
                {"value": "2", "$ref": "https://example.com/v2/Groups/2"},
                {"VALUE": "3"},
                {"value": "3", "type": "Group"},
                {"value": "1"},
            ],
        }
        checked = post(body, GROUPS)  # CORE-068, CORE-069
        assert checked.links == {"members": (Link("User", "1"), Link("Group", "2"), Link("Group", "3"))}
        assert checked.data == {"schemas": [GROUP_URN], "displayName": "g"}

    def test_not_mentioned_is_not_cleared(self):
        assert post({"displayName": "g"}, GROUPS).links == {"members": None}  # CORE-026
        assert post({"displayName": "g", "members": []}, GROUPS).links == {"members": ()}
        assert post({"displayName": "g", "members": None}, GROUPS).links == {"members": ()}

    @pytest.mark.parametrize(
        ("member", "path"),
        [
            ({}, "members[0].value"),  # CORE-070
            ({"value": " "}, "members[0].value"),
            ({"value": 5}, "members[0].value"),
            ({"value": "a\0"}, "members[0]"),
            ({"value": "1", "type": "Device"}, "members[0].type"),
            ({"value": "1", "$ref": "https://example.com/v2/Devices/1"}, "members[0].$ref"),  # CORE-015
            ({"value": "1", "type": "User", "$ref": "../Groups/1"}, "members[0].$ref"),
            ("1", "members[0]"),
            (None, "members[0]"),
        ],
    )
    def test_a_member_names_one_resource(self, member, path):
        with pytest.raises(InvalidValue) as caught:
            post({"displayName": "g", "members": [member]}, GROUPS)
        assert paths(caught) == [path]

    @pytest.mark.parametrize(
        "uri", ["../Users/1", "Users/1", "https://x/v2/Users/1", "https://x/Users/1", "/v1/users/1/"]
    )
    def test_the_type_follows_from_any_form_of_the_uri(self, uri):
        # CORE-013, CORE-025: relative or absolute, with or without a version
        links = post({"displayName": "g", "members": [{"value": "1", "$ref": uri}]}, GROUPS).links
        assert links["members"] == (Link("User", "1"),)

    def test_a_value_of_a_patch_becomes_links_too(self):
        members = GROUPS.find(None, "members")
        assert of(GROUPS).links(members, {"value": "1"}) == (Link("", "1"),)
        assert of(GROUPS).links(members, [{"value": "1"}, {"value": "1", "type": "User"}]) == (Link("User", "1"),)
        with pytest.raises(InvalidValue):
            of(GROUPS).links(members, "1")


class TestPassword:
    """RFC 7643 section 4.1.1: taken, and never part of what is stored or shown."""

    def test_it_is_split_off(self):
        checked = post({"userName": "a", "PASSWORD": "s3cret"})  # CORE-057, PUT-003
        assert checked.secret == "s3cret"
        assert "password" in checked.named
        assert "s3cret" not in repr(checked.data)

    def test_left_out_it_is_not_cleared(self):
        assert post({"userName": "a"}).secret is None  # PUT-010

    def test_a_wrong_one_is_not_repeated_in_the_error(self):
        with pytest.raises(InvalidValue) as caught:
            post({"userName": "a", "password": ["s3cret"]})
        assert "s3cret" not in str(caught.value)


class TestFaults:
    """RFC 7644 section 3.12: the detail is for people; one answer names everything that is wrong."""

    def test_all_of_them_are_told_at_once(self):
        with pytest.raises(InvalidValue) as caught:
            post({"active": "yes", "emails": [{"value": 1}, {"value": "x", "primary": 1}], "name": {"givenName": []}})
        assert set(paths(caught)) == {"active", "emails[0].value", "emails[1].primary", "name.givenName", "userName"}

    def test_the_text_stays_short(self):
        with pytest.raises(InvalidValue) as caught:
            post({"userName": "a", "emails": [{"value": n} for n in range(500)]})
        assert len(caught.value.faults) == 500
        assert "and 490 more" in str(caught.value)
        assert len(str(caught.value)) < 1000

    @pytest.mark.parametrize("body", [[], "x", None, 3, True])
    def test_a_body_is_an_object(self, body):
        with pytest.raises(InvalidSyntax):  # CRT-007
            post(body)

    def test_unknown_attributes_are_left_out_with_a_note_or_refused(self):
        body = {"userName": "a", "shoe": 43, "name": {"nick": "x"}, ENTERPRISE_URN: {"desk": 1}}
        assert [text.split(":")[0] for _, text in post(body).notes][:2] == ["shoe", "name.nick"]
        with pytest.raises(InvalidSyntax) as caught:  # EXT-010
            post(body, unknown="reject")
        assert set(paths(caught)) == {"shoe", "name.nick", f"{ENTERPRISE_URN}:desk"}

    def test_notes_and_names_are_bounded(self):
        checked = post({"userName": "a", **{f"{n}\ud800{'x' * 500}": 1 for n in range(500)}})
        assert len(checked.notes) == 50
        assert all(len(text) < 200 and text.isprintable() for _, text in checked.notes)


class TestCompilation:
    """Nothing that depends only on the type is done again for each request."""

    def test_checkers_are_kept(self):
        assert checker(USERS, Rules()) is checker(USERS, Rules())

    def test_shapes_are_kept_and_bounded(self):
        one = of(USERS)
        for n in range(1000):
            one.body({"userName": "a", f"x{n}": 1}, creating=True)
        assert len(one._fast._creating.shapes) <= 128
