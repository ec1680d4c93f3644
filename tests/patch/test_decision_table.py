"""The decision table of PATCH, cell by cell (RFC 7644 section 3.5.2)."""

import pytest

from scimcore.patch import Readings
from tests.patch.support import ENTERPRISE, LENIENT, RFC, USER_URN, op, patch, patched, refused, user

WORK = {"value": "maren@loom.test", "type": "work", "primary": True}
HOME = {"value": "mq@attic.test", "type": "home"}
NAME = {"familyName": "Quist", "givenName": "Maren"}
INTEROP = Readings(replace_complex="whole", unknown="reject")


class TestNoPath:
    """ "If omitted, the target location is assumed to be the resource itself." """

    def test_add_merges_attributes(self):
        # PATCH-021: multi-valued appended, single replaced, complex merged.
        value = {"title": "Weaver", "emails": [HOME], "name": {"middleName": "Ada"}, "nickname": "Babs"}
        assert patched(user(title="Dyer", emails=[WORK], name=NAME), op("add", None, value)) == {
            "name": {**NAME, "middleName": "Ada"},
            "nickName": "Babs",
            "title": "Weaver",
            "emails": [WORK, HOME],
        }

    def test_add_of_null_asks_for_nothing(self):
        # PATCH-020
        before = user(title="Dyer", name=NAME, emails=[WORK])
        value = {"title": None, "name": {"givenName": None}, "emails": [], "nickName": None}
        assert patch(before, op("add", None, value)).data == before

    def test_remove_has_no_target(self):
        # PATCH-030, PATCH-005
        assert refused(user(), op("remove")) == "noTarget"
        assert refused(user(), op("remove", None, {"title": "x"})) == "noTarget"

    def test_replace_replaces_each_named_attribute_and_no_other(self):
        # PATCH-040
        before = user(title="Dyer", nickName="Mar", emails=[WORK], name=NAME)
        value = {"title": "Weaver", "emails": [HOME], "name": {"givenName": "Marit"}}
        assert patched(before, op("replace", None, value)) == {
            "name": {"familyName": "Quist", "givenName": "Marit"},
            "nickName": "Mar",
            "title": "Weaver",
            "emails": [HOME],
        }

    def test_replace_by_null_or_an_empty_list_clears(self):
        # PATCH-040, PATCH-041
        before = user(title="Dyer", emails=[WORK], name=NAME)
        after = patched(before, op("replace", None, {"title": None, "emails": [], "name": {"familyName": None}}))
        assert after == {"name": {"givenName": "Maren"}}

    def test_extension_objects_are_merged(self):
        # PATCH-021, PATCH-012
        after = patch(user(), op("add", None, {ENTERPRISE: {"department": "Dye", "costCenter": "9"}})).data
        assert after[ENTERPRISE] == {"costCenter": "9", "department": "Dye"}
        assert after["schemas"] == [USER_URN, ENTERPRISE]
        again = patch(after, op("replace", None, {ENTERPRISE.upper(): {"department": "Warp"}})).data
        assert again[ENTERPRISE] == {"costCenter": "9", "department": "Warp"}
        cleared = patch(again, op("replace", None, {ENTERPRISE: None})).data
        assert ENTERPRISE not in cleared
        assert cleared["schemas"] == [USER_URN]

    def test_the_base_schemas_uri_as_a_key_means_the_resource(self):
        assert patched(user(), op("add", None, {USER_URN: {"title": "Dyer"}})) == {"title": "Dyer"}

    def test_the_own_id_is_ignored_and_another_is_refused(self):
        # PATCH-010, OKTA-010
        assert patched(user(), op("replace", None, {"id": "u1", "title": "Dyer"})) == {"title": "Dyer"}
        assert refused(user(), op("replace", None, {"id": "u2", "title": "Dyer"})) == "mutability"

    def test_other_read_only_attributes_are_ignored_and_noted(self):
        result = patch(
            user(), op("replace", None, {"meta": {"version": "x"}, "groups": [{"value": "g"}], "title": "D"})
        )
        assert result.data["title"] == "D"
        assert len(result.notes) == 2
        assert result.named == {"title"}

    def test_unknown_attributes_are_noted_or_refused_by_the_reading(self):
        # PATCH-016
        value = {"foo": 1, "title": "Dyer", "name": {"bar": 2}}
        result = patch(user(), op("add", None, value))
        assert result.data["title"] == "Dyer"
        assert [text.split(":")[0] for _, text in result.notes] == ["foo", "name.bar"]
        assert refused(user(), op("add", None, value), readings=INTEROP) == "invalidSyntax"

    def test_schemas_follow_from_the_attributes(self):
        # PATCH-012; authentik sends the whole group, schemas and id included.
        before = user(enterprise={"department": "Dye"})
        assert patch(before, op("replace", None, {"schemas": [USER_URN]})).data == before
        assert refused(before, op("replace", None, {"schemas": [7]})) == "invalidValue"

    @pytest.mark.parametrize("value", ["text", 7, [], [{"title": "x"}], True])
    def test_a_value_that_is_no_object_is_refused(self, value):
        assert refused(user(), op("add", None, value)) == "invalidValue"
        assert refused(user(), op("replace", None, value)) == "invalidValue"


class TestSimpleWithAValue:
    """ "If the target location specifies a single-valued attribute, the existing value is replaced." """

    @pytest.mark.parametrize("verb", ["add", "replace"])
    def test_is_replaced(self, verb):
        # PATCH-024, PATCH-041
        assert patched(user(title="Dyer"), op(verb, "title", "Weaver")) == {"title": "Weaver"}
        assert patched(user(active=True), op(verb, "active", False)) == {"active": False}

    @pytest.mark.parametrize("verb", ["add", "replace"])
    def test_the_same_value_is_no_change(self, verb):
        # PATCH-023, PATCH-046
        before = user(title="Dyer")
        assert patch(before, op(verb, "title", "Dyer")).data == before

    def test_add_of_null_is_no_change(self):
        # PATCH-020
        assert patched(user(title="Dyer"), op("add", "title", None)) == {"title": "Dyer"}

    def test_remove_unassigns(self):
        # PATCH-031; whatever value comes along (ENTRA).
        assert patched(user(title="Dyer"), op("remove", "title")) == {}
        assert patched(user(title="Dyer"), op("remove", "TITLE", "Weaver"), readings=LENIENT) == {}
        assert patched(user(active=False), op("remove", "active")) == {}

    def test_remove_of_a_required_attribute_is_refused_at_the_operation(self):
        # PATCH-033, PATCH-018: also when a later operation would set it again.
        assert refused(user(), op("remove", "userName")) == "mutability"
        assert refused(user(), op("remove", "userName"), op("add", "userName", "x")) == "mutability"

    def test_replace_by_null_unassigns(self):
        # PATCH-041; a required attribute "becomes unassigned" (RFC 7644 section 3.5.2.2).
        assert patched(user(title="Dyer"), op("replace", "title", None)) == {}
        assert refused(user(), op("replace", "userName", None)) == "mutability"

    def test_the_wrong_type_is_refused(self):
        # PATCH-009
        for value in ("True", 1, [True], {"value": True}, [], {}):
            for verb in ("add", "replace"):
                assert refused(user(), op(verb, "active", value)) == "invalidValue"
        assert refused(user(), op("replace", "title", 7)) == "invalidValue"

    def test_the_empty_string_is_read_by_the_reading(self):
        assert patched(user(title="Dyer"), op("replace", "title", "")) == {"title": ""}
        assert patched(user(title="Dyer"), op("replace", "title", ""), readings=LENIENT) == {}
        assert patched(user(title="Dyer"), op("add", "title", ""), readings=LENIENT) == {}
        for readings in (RFC, LENIENT):
            assert refused(user(), op("replace", "userName", ""), readings=readings) == "invalidValue"


class TestSimpleWithoutAValue:
    """ "If the target location specifies an attribute that does not exist […], the attribute is added." """

    @pytest.mark.parametrize("verb", ["add", "replace"])
    def test_is_set(self, verb):
        # PATCH-024, PATCH-041
        assert patched(user(), op(verb, "title", "Dyer")) == {"title": "Dyer"}

    def test_remove_is_success_and_no_change(self):
        # PATCH-036
        before = user()
        assert patch(before, op("remove", "nickName")).data == before
        assert patch(before, op("replace", "nickName", None)).data == before


class TestImmutable:
    """ "a client MAY "add" a value to an "immutable" attribute if the attribute had no previous value." """

    def test_is_set_once(self):
        # PATCH-011, CORE-081
        after = patch(user(), op("add", "badge", "B-1")).data
        assert after["badge"] == "B-1"
        assert patch(after, op("add", "badge", "B-1")).data == after
        assert refused(after, op("add", "badge", "B-2")) == "mutability"

    def test_add_of_another_value_is_refused(self):
        assert refused(user(badge="B-1"), op("add", "badge", "B-2")) == "mutability"

    def test_remove_is_refused(self):
        assert refused(user(badge="B-1"), op("remove", "badge")) == "mutability"
        assert patched(user(), op("remove", "badge")) == {}

    def test_replace_is_refused_unless_the_value_is_the_same(self):
        assert refused(user(badge="B-1"), op("replace", "badge", "B-2")) == "mutability"
        assert refused(user(badge="B-1"), op("replace", "badge", None)) == "mutability"
        assert patched(user(badge="B-1"), op("replace", "badge", "B-1")) == {"badge": "B-1"}
        assert patched(user(), op("replace", "badge", "B-1")) == {"badge": "B-1"}

    def test_holds_for_multi_valued_attributes_as_a_whole(self):
        before = user(seals=["a", "b"])
        assert patched(user(), op("add", "seals", ["a"])) == {"seals": ["a"]}
        assert patch(before, op("add", "seals", "a")).data == before
        assert patch(before, op("replace", "seals", ["a", "b"])).data == before
        for refusal in (op("add", "seals", "c"), op("replace", "seals", ["a"]), op("remove", "seals")):
            assert refused(before, refusal) == "mutability"
        assert refused(before, op("remove", 'seals[value eq "a"]')) == "mutability"

    def test_holds_for_sub_attributes_of_elements(self):
        before = user(desks=[{"value": "d", "floor": "1", "type": "x"}])
        after = patch(before, op("add", 'desks[type eq "x"].serial', "s")).data
        assert after["desks"][0]["serial"] == "s"
        assert refused(after, op("replace", 'desks[type eq "x"].serial', "t")) == "mutability"
        assert refused(after, op("remove", 'desks[type eq "x"].serial')) == "mutability"
        assert patched(after, op("remove", 'desks[type eq "x"]')) == {}


class TestComplex:
    """ "Sub-attributes that are not specified in the "value" parameter are left unchanged." """

    @pytest.mark.parametrize("verb", ["add", "replace"])
    def test_given_parts_are_set_and_the_others_stay(self, verb):
        # PATCH-025, PATCH-042
        after = patched(user(name=NAME), op(verb, "name", {"givenName": "Marit", "MIDDLENAME": "Ada"}))
        assert after == {"name": {"familyName": "Quist", "givenName": "Marit", "middleName": "Ada"}}

    @pytest.mark.parametrize("verb", ["add", "replace"])
    def test_without_a_value_it_is_set(self, verb):
        assert patched(user(), op(verb, "name", {"givenName": "Marit"})) == {"name": {"givenName": "Marit"}}

    def test_remove_unassigns_the_whole(self):
        # PATCH-031
        assert patched(user(name=NAME), op("remove", "name")) == {}

    def test_replace_may_be_read_as_the_whole(self):
        # PATCH-042, EXT-010
        after = patched(user(name=NAME), op("replace", "name", {"givenName": "Marit"}), readings=INTEROP)
        assert after == {"name": {"givenName": "Marit"}}

    def test_null_clears_the_part_or_the_whole(self):
        assert patched(user(name=NAME), op("replace", "name", {"familyName": None})) == {"name": {"givenName": "Maren"}}
        assert patched(user(name=NAME), op("replace", "name", None)) == {}
        assert patched(user(name=NAME), op("replace", "name", {"familyName": None, "givenName": None})) == {}
        assert patched(user(name=NAME), op("add", "name", {"familyName": None})) == {"name": NAME}

    def test_an_object_that_names_nothing_changes_nothing(self):
        before = user(name=NAME)
        assert patch(before, op("replace", "name", {})).data == before
        assert patch(before, op("add", "name", {})).data == before

    def test_a_value_that_is_no_object_is_refused(self):
        for value in ("Maren", 7, [NAME], [], ""):
            assert refused(user(), op("replace", "name", value)) == "invalidValue"

    @pytest.mark.parametrize("value", ["", {"value": ""}, {"value": None}, None])
    def test_a_manager_is_cleared_in_every_way_that_entra_knows(self, value):
        # ENTRA-010
        before = user(enterprise={"manager": {"value": "u2", "$ref": "../Users/u2"}, "department": "Dye"})
        after = patched(before, op("replace", f"{ENTERPRISE}:manager", value), readings=LENIENT)
        assert after == {ENTERPRISE: {"department": "Dye"}}

    def test_read_only_parts_of_a_value_are_ignored(self):
        value = {"value": "u2", "displayName": "Boss"}
        assert patched(user(), op("add", f"{ENTERPRISE}:manager", value)) == {ENTERPRISE: {"manager": {"value": "u2"}}}


class TestComplexPart:
    """ "path": "name.familyName" """

    @pytest.mark.parametrize("verb", ["add", "replace"])
    def test_is_set(self, verb):
        # PATCH-024, PATCH-042
        assert patched(user(name=NAME), op(verb, "name.givenName", "Marit"))["name"]["givenName"] == "Marit"
        assert patched(user(), op(verb, "NAME.givenname", "Marit")) == {"name": {"givenName": "Marit"}}

    def test_remove_takes_the_part_and_the_last_one_takes_the_whole(self):
        # PATCH-031
        assert patched(user(name=NAME), op("remove", "name.givenName")) == {"name": {"familyName": "Quist"}}
        assert patched(user(name={"givenName": "M"}), op("remove", "name.givenName")) == {}
        assert patched(user(), op("remove", "name.givenName")) == {}

    def test_replace_by_null_takes_the_part(self):
        assert patched(user(name=NAME), op("replace", "name.givenName", None)) == {"name": {"familyName": "Quist"}}
        assert patched(user(name=NAME), op("add", "name.givenName", None)) == {"name": NAME}

    def test_what_only_points_to_a_value_that_is_gone_goes_by_the_reading(self):
        before = user(enterprise={"manager": {"value": "u2", "$ref": "../Users/u2"}})
        remove = op("remove", f"{ENTERPRISE}:manager.value")
        assert patched(before, remove) == {ENTERPRISE: {"manager": {"$ref": "../Users/u2"}}}
        assert patched(before, remove, readings=LENIENT) == {}

    def test_of_an_extension_by_its_short_name_by_the_reading(self):
        # PATCH-006
        assert patched(user(), op("add", "manager.value", "u2")) == {ENTERPRISE: {"manager": {"value": "u2"}}}
        strict = Readings(short_names=False)
        assert refused(user(), op("add", "manager.value", "u2"), readings=strict) == "invalidPath"

    def test_read_only_is_refused(self):
        # PATCH-010
        assert refused(user(), op("add", f"{ENTERPRISE}:manager.displayName", "B")) == "mutability"
        assert refused(user(), op("remove", "meta.created")) == "mutability"


class TestMany:
    """ "If the target location specifies a multi-valued attribute, a new value is added to the attribute." """

    @pytest.mark.parametrize("value", [HOME, [HOME]])
    def test_add_appends_one_or_a_list(self, value):
        # PATCH-022
        assert patched(user(emails=[WORK]), op("add", "emails", value)) == {"emails": [WORK, HOME]}
        assert patched(user(), op("add", "emails", value)) == {"emails": [HOME]}

    def test_add_of_what_is_there_changes_nothing(self):
        # PATCH-023
        before = user(emails=[WORK, HOME], tags=["a"], addresses=[{"locality": "Bergen"}])
        after = patch(
            before,
            op("add", "emails", [HOME, WORK]),
            op("add", "emails", {**WORK, "value": "MAREN@loom.test"}),
            op("add", "tags", ["A", "a"]),
            op("add", "addresses", {"locality": "Bergen"}),
        ).data
        assert after == before

    def test_add_merges_what_is_new_about_a_value_and_type_that_is_there(self):
        # PATCH-027: same value and type, other display: one element; same value, other type: two.
        after = patched(user(emails=[WORK]), op("add", "emails", {**WORK, "display": "M"}))
        assert after == {"emails": [{**WORK, "display": "M"}]}
        other = {"value": WORK["value"], "type": "other"}
        assert patched(user(emails=[WORK]), op("add", "emails", other)) == {"emails": [WORK, other]}

    def test_remove_takes_all(self):
        # PATCH-031
        assert patched(user(emails=[WORK, HOME]), op("remove", "emails")) == {}
        assert patched(user(), op("remove", "emails")) == {}

    def test_remove_of_listed_values_by_the_reading(self):
        # PATCH-035
        before = user(roles=[{"value": "x"}, {"value": "y", "type": "t"}], tags=["a", "b"])
        assert "roles" not in patched(before, op("remove", "roles", [{"value": "x"}]))
        kept = patched(before, op("remove", "roles", [{"value": "X", "$ref": None}]), readings=LENIENT)
        assert kept["roles"] == [{"value": "y", "type": "t"}]
        for value in ([], [{"value": "z"}], [{"value": "y", "type": "u"}]):
            assert patch(before, op("remove", "roles", value), readings=LENIENT).data == before
        for value in (["B"], "b", [{"value": "b"}], {"tags": ["b"]}):
            assert patched(before, op("remove", "tags", value), readings=LENIENT)["tags"] == ["a"]
        assert patched(before, op("remove", "roles", {"roles": [{"value": "y"}]}), readings=LENIENT)["roles"] == [
            {"value": "x"}
        ]
        assert patched(before, op("remove", "roles", "x"), readings=LENIENT)["roles"] == kept["roles"]
        assert patched(before, op("remove", "roles", {"type": "t"}), readings=LENIENT)["roles"] == [{"value": "x"}]
        assert "roles" not in patched(before, op("remove", "roles", None), readings=LENIENT)
        assert refused(before, op("remove", "roles", [7.5, {}]), readings=LENIENT) == "invalidValue"

    def test_replace_exchanges_the_set(self):
        # PATCH-041
        assert patched(user(emails=[WORK]), op("replace", "emails", [HOME])) == {"emails": [HOME]}
        assert patched(user(emails=[WORK]), op("replace", "emails", HOME)) == {"emails": [HOME]}
        assert patched(user(), op("replace", "emails", [HOME])) == {"emails": [HOME]}
        assert patched(user(tags=["a"]), op("replace", "tags", ["b", "c"])) == {"tags": ["b", "c"]}

    @pytest.mark.parametrize("value", [None, [], [{}]])
    def test_replace_by_nothing_clears(self, value):
        # PATCH-041
        assert patched(user(emails=[WORK]), op("replace", "emails", value)) == {}

    def test_the_wrong_type_is_refused(self):
        for value in ("a@b", 7, [["a"]], [{"value": 7}], [{"primary": "True"}]):
            assert refused(user(), op("add", "emails", value)) == "invalidValue"
            assert refused(user(), op("replace", "emails", value)) == "invalidValue"

    def test_blank_elements_are_none_by_the_reading(self):
        blank = {"value": "", "type": "work"}
        assert patched(user(), op("add", "emails", [blank]), readings=LENIENT) == {}
        assert patched(user(), op("add", "emails", [blank])) == {"emails": [blank]}


class TestManyFiltered:
    """ "the matching records are removed"; "all matching record values SHALL be replaced" """

    def test_add_merges_into_every_match(self):
        # PATCH-026
        before = user(
            addresses=[{"type": "work", "locality": "Oslo"}, {"type": "work", "region": "V"}, {"type": "home"}]
        )
        after = patched(before, op("add", 'addresses[type eq "work"]', {"country": "NO"}))
        assert [one.get("country") for one in after["addresses"]] == ["NO", "NO", None]
        assert after["addresses"][0]["locality"] == "Oslo"

    def test_remove_takes_the_matches(self):
        # PATCH-032
        assert patched(user(emails=[WORK, HOME]), op("remove", 'emails[type eq "work"]')) == {"emails": [HOME]}
        two = op("remove", 'emails[type eq "work" and value ew "loom.test"]')
        assert patched(user(emails=[WORK, HOME]), two) == {"emails": [HOME]}
        assert patched(user(emails=[WORK]), op("remove", 'emails[type eq "work"]')) == {}

    def test_replace_exchanges_every_match_as_a_whole(self):
        # PATCH-043
        before = user(addresses=[{"type": "work", "region": "V"}, {"type": "work", "locality": "O"}, {"type": "home"}])
        after = patched(before, op("replace", 'addresses[type eq "work"]', {"type": "work", "country": "NO"}))
        assert {"type": "home"} in after["addresses"]
        assert all(one in ({"type": "home"}, {"type": "work", "country": "NO"}) for one in after["addresses"])

    def test_replace_by_null_takes_the_matches(self):
        assert patched(user(emails=[WORK, HOME]), op("replace", 'emails[type eq "work"]', None)) == {"emails": [HOME]}

    def test_a_single_valued_attribute_takes_no_filter(self):
        # PATCH-004
        for path in ('name[givenName eq "x"]', 'title eq "x"', 'name[givenName eq "x"].familyName'):
            assert refused(user(name=NAME), op("replace", path, "y")) == "invalidPath"

    def test_a_bad_filter_is_refused(self):
        # PATCH-004
        for path in (
            'emails[type eq "work]',
            "emails[type zz 1]",
            'emails[foo eq "x"]',
            "emails[]",
            "emails[type eq 7]",
        ):
            assert refused(user(emails=[WORK]), op("remove", path)) == "invalidFilter"


class TestManyFilteredWithoutMatch:
    """ "no record match was made, the service provider SHALL indicate failure by returning […] noTarget" """

    @pytest.mark.parametrize("verb", ["add", "replace"])
    def test_is_no_target_by_the_letter(self, verb):
        # PATCH-026, PATCH-045
        for path, value in (('emails[type eq "work"]', HOME), ('emails[type eq "work"].value', "x")):
            assert refused(user(emails=[HOME]), op(verb, path, value)) == "noTarget"
            assert refused(user(), op(verb, path, value)) == "noTarget"

    @pytest.mark.parametrize("verb", ["add", "replace"])
    def test_is_made_from_the_filter_by_the_reading(self, verb):
        # PATCH-026, PATCH-045
        made = patched(user(), op(verb, 'emails[type eq "work"].value', "x"), readings=LENIENT)
        assert made == {"emails": [{"value": "x", "type": "work"}]}
        path = 'emails[type eq "work" and display eq "M"]'
        made = patched(user(), op(verb, path, {"value": "x"}), readings=LENIENT)
        assert made == {"emails": [{"value": "x", "display": "M", "type": "work"}]}

    @pytest.mark.parametrize(
        "path", ['[type ne "x"]', '[type eq "a" or type eq "b"]', "[type pr]", '[not (type eq "x")]']
    )
    def test_only_a_conjunction_of_eq_makes_one(self, path):
        readings = Readings(unmatched="create")
        assert refused(user(), op("add", f"emails{path}.value", "x"), readings=readings) == "noTarget"
        assert refused(user(), op("replace", f"emails{path}", {"value": "x"}), readings=readings) == "noTarget"

    def test_contradicting_terms_make_none(self):
        path = 'emails[type eq "a" and type eq "b"].value'
        assert refused(user(), op("add", path, "x"), readings=LENIENT) == "noTarget"

    def test_several_operations_build_one_element(self):
        # ENTRA-028
        paths = [op("add", f'addresses[type eq "work"].{part}', part) for part in ("locality", "postalCode", "country")]
        after = patched(user(), *paths, readings=LENIENT)
        assert after["addresses"] == [
            {"locality": "locality", "postalCode": "postalCode", "country": "country", "type": "work"}
        ]

    def test_text_booleans_in_the_filter_are_booleans_by_the_reading(self):
        # ENTRA-028
        build = [op("add", f'roles[primary eq "True"].{part}', part) for part in ("display", "value", "type")]
        after = patched(user(), *build, readings=LENIENT)
        assert after == {"roles": [{"value": "value", "display": "display", "type": "type", "primary": True}]}
        assert refused(user(), *build) == "invalidFilter"

    def test_what_is_made_never_takes_primary(self):
        # PATCH-026: "work" is made while another is primary.
        before = user(emails=[{**HOME, "primary": True}])
        after = patched(before, op("add", 'emails[type eq "work"].value', "x"), readings=LENIENT)
        assert after["emails"] == [{**HOME, "primary": True}, {"value": "x", "type": "work"}]
        path = 'emails[type eq "work" and primary eq true]'
        twice = [op("add", f"{path}.value", "x"), op("add", f"{path}.display", "X")]
        after = patched(before, *twice, readings=LENIENT)
        assert after["emails"] == [{**HOME, "primary": True}, {"value": "x", "display": "X", "type": "work"}]

    def test_remove_is_success_and_no_change(self):
        # PATCH-034
        before = user(emails=[HOME])
        for readings in (RFC, LENIENT):
            for path in ('emails[type eq "work"]', 'emails[type eq "work"].value', 'roles[value eq "x"]'):
                assert patch(before, op("remove", path), readings=readings).data == before

    def test_taking_a_value_from_what_is_not_there_changes_nothing(self):
        before = user(emails=[HOME])
        for value in ("", None):
            assert patch(before, op("replace", 'emails[type eq "w"].value', value), readings=LENIENT).data == before
        assert refused(before, op("replace", 'emails[type eq "w"].value', None)) == "noTarget"


class TestManyFilteredPart:
    """ "the matching sub-attribute of all matching records is replaced" """

    @pytest.mark.parametrize("verb", ["add", "replace"])
    def test_is_set_on_every_match(self, verb):
        # PATCH-044, PATCH-026
        before = user(addresses=[{"type": "work", "region": "V"}, {"type": "work", "locality": "O"}, {"type": "home"}])
        after = patched(before, op(verb, 'addresses[type eq "work"].locality', "Molde"))
        assert [one.get("locality") for one in after["addresses"]] == ["Molde", "Molde", None]
        assert after["addresses"][0]["region"] == "V"

    def test_remove_takes_the_part_from_every_match(self):
        # PATCH-032
        after = patched(user(emails=[{**WORK, "display": "M"}, HOME]), op("remove", 'emails[type eq "work"].display'))
        assert after == {"emails": [WORK, HOME]}

    def test_an_element_without_any_part_goes(self):
        assert patched(user(emails=[{"value": "a"}, HOME]), op("remove", 'emails[value eq "a"].value')) == {
            "emails": [HOME]
        }

    def test_an_element_that_lost_its_value_goes_by_the_reading(self):
        # A stale value along with remove is not looked at (ENTRA).
        remove = op("remove", 'emails[type eq "work"].value', "stale@loom.test")
        before = user(emails=[WORK, HOME])
        assert patched(before, remove, readings=LENIENT) == {"emails": [HOME]}
        assert patched(before, remove) == {"emails": [{"type": "work", "primary": True}, HOME]}

    def test_an_element_that_lost_its_value_may_get_another_in_the_same_request(self):
        # PATCH-007
        path = 'emails[type eq "work"].value'
        after = patched(user(emails=[WORK, HOME]), op("remove", path), op("add", path, "new"), readings=LENIENT)
        assert after == {"emails": [{**WORK, "value": "new"}, HOME]}

    def test_a_part_of_many_values_grows_by_add(self):
        path = 'desks[value eq "d"].notes'
        before = user(desks=[{"value": "d", "floor": "1", "notes": ["a"]}])
        after = patch(before, op("add", path, ["a", "b"]), op("add", 'desks[value eq "d"]', {"notes": ["c"]})).data
        assert after["desks"][0]["notes"] == ["a", "b", "c"]
        assert patch(before, op("add", path, [])).data == before
        assert "notes" not in patch(before, op("replace", path, [])).data["desks"][0]

    def test_a_required_part_cannot_be_taken(self):
        before = user(desks=[{"value": "d", "floor": "1"}])
        assert refused(before, op("remove", 'desks[value eq "d"].floor')) == "mutability"
        assert refused(before, op("replace", 'desks[value eq "d"].floor', None)) == "mutability"


class TestManyPartWithoutFilter:
    """A path as `emails.display`, of which RFC 7644 does not speak."""

    def test_add_is_refused(self):
        # PATCH-047
        assert refused(user(emails=[WORK]), op("add", "emails.value", "x")) == "invalidPath"

    def test_remove_takes_it_from_all(self):
        # PATCH-047
        before = user(emails=[{**WORK, "display": "M"}, {**HOME, "display": "N"}])
        assert patched(before, op("remove", "emails.display")) == {"emails": [WORK, HOME]}
        assert patched(user(), op("remove", "emails.display")) == {}

    def test_replace_sets_it_on_all(self):
        # PATCH-047
        after = patched(user(emails=[WORK, HOME]), op("replace", "emails.display", "D"))
        assert [one["display"] for one in after["emails"]] == ["D", "D"]
        assert refused(user(), op("replace", "emails.display", "D")) == "noTarget"


class TestManySimpleFiltered:
    """Erratum 7122: the path may compare the values of a simple multi-valued attribute."""

    def test_remove_takes_the_value(self):
        for path in ('tags[value eq "a"]', 'tags eq "a"'):
            assert patched(user(tags=["a", "b"]), op("remove", path)) == {"tags": ["b"]}

    def test_replace_exchanges_the_value(self):
        assert patched(user(tags=["a", "b"]), op("replace", 'tags[value eq "a"]', "c")) == {"tags": ["c", "b"]}
        assert refused(user(tags=["b"]), op("replace", 'tags[value eq "a"]', "c")) == "noTarget"
        made = patched(user(tags=["b"]), op("replace", 'tags[value eq "a"]', "c"), readings=LENIENT)
        assert made == {"tags": ["b", "c"]}

    def test_add_is_refused(self):
        assert refused(user(tags=["a"]), op("add", 'tags[value eq "a"]', "c")) == "invalidPath"

    def test_simple_values_have_no_parts(self):
        for path in ("tags.value", 'tags[value eq "a"].value', "title.value"):
            assert refused(user(tags=["a"]), op("replace", path, "x")) == "invalidPath"
