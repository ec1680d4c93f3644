"""Rewrites of values: each acts where the schema says so, and nowhere else."""

import pytest

from scimcore.dialects import AUTO, RFC
from tests.dialects.support import GROUPS, USERS, E, body, patch, patch_rules, rules


class TestTextBooleans:
    """RFC 7643 section 2.3.2: "The literal values are true or false"; Entra ID sends texts (ENTRA-006, ENTRA-028)."""

    @pytest.mark.parametrize("text", ["True", "true", "TRUE"])
    def test_take_the_word_true_in_any_case(self, text: str) -> None:
        assert body({"active": text}) == {"active": True}

    @pytest.mark.parametrize("text", ["False", "false", "fAlse"])
    def test_take_the_word_false_in_any_case(self, text: str) -> None:
        assert patch({"op": "replace", "path": "active", "value": text})[0]["value"] is False

    @pytest.mark.parametrize("text", ["no", "0", "1", "yes", "", " true", "falsey"])
    def test_take_no_other_text(self, text: str) -> None:
        assert patch({"op": "replace", "path": "active", "value": text})[0]["value"] == text

    def test_leave_texts_in_text_attributes(self) -> None:
        given = {"title": "True", "nickName": "false", "name": {"givenName": "True"}, "emails": [{"value": "true"}]}
        assert body(given) is given

    def test_reach_into_elements(self) -> None:
        assert body({"roles": [{"value": "a", "primary": "True"}]}) == {"roles": [{"value": "a", "primary": True}]}

    def test_reach_into_extensions_and_complex_attributes(self) -> None:
        given = {"urn:example:lamps": {"lit": "True", "flags": ["true", "maybe"], "keeper": {"onDuty": "False"}}}
        assert body(given) == {
            "urn:example:lamps": {"lit": True, "flags": [True, "maybe"], "keeper": {"onDuty": False}}
        }

    @pytest.mark.parametrize(
        ("path", "value", "after"),
        [
            ('roles[value eq "a"].primary', "True", True),
            ('roles[value eq "a"]', {"primary": "True"}, {"primary": True}),
            ("roles", [{"primary": "True"}], [{"primary": True}]),
            ("roles", {"primary": "True"}, {"primary": True}),
            ("roles.primary", "False", False),
            ("urn:example:lamps:keeper.onDuty", "True", True),
            ("URN:EXAMPLE:LAMPS:LIT", "True", True),
            ("urn:example:lamps", {"lit": "True"}, {"lit": True}),
            ("LIT", "True", True),
        ],
    )
    def test_follow_the_path_of_an_operation(self, path: str, value: object, after: object) -> None:
        assert patch({"op": "add", "path": path, "value": value})[0]["value"] == after

    def test_reach_into_filters_of_paths_through_the_engine(self) -> None:
        assert AUTO.readings.text_booleans and AUTO.text_booleans
        assert not AUTO.without("text-booleans").readings.text_booleans

    def test_leave_a_note_that_names_the_attribute_and_no_value(self) -> None:
        notes = AUTO.body(USERS, {"active": "True", "roles": [{"primary": "True"}, {"primary": "False"}]})[1]
        assert [name for name, _ in notes] == ["text-booleans", "text-booleans"]
        assert [text.partition(":")[0] for _, text in notes] == ["active", "roles.primary"]


class TestSingleInList:
    """ENTRA-010: manager arrives as a list of one; older jobs wrap texts as well."""

    def test_unwraps_a_complex_attribute(self) -> None:
        op = {"op": "add", "path": "manager", "value": [{"$ref": "x", "value": "7"}]}
        assert patch(op)[0]["value"] == {"$ref": "x", "value": "7"}

    def test_unwraps_a_plain_attribute_that_holds_a_value(self) -> None:
        assert patch({"op": "replace", "path": "title", "value": [{"$ref": None, "value": "x"}]})[0]["value"] == "x"

    def test_unwraps_and_then_coerces(self) -> None:
        assert patch({"op": "replace", "path": "active", "value": [{"value": "False"}]})[0]["value"] is False

    @pytest.mark.parametrize("value", [[], [{"value": "a"}, {"value": "b"}], [{"display": "a"}], [{"value": {}}], [[]]])
    def test_leaves_other_lists(self, value: object) -> None:
        assert patch({"op": "replace", "path": "title", "value": value})[0]["value"] == value

    def test_leaves_lists_where_lists_belong(self) -> None:
        given = {"emails": [{"value": "a"}], "urn:example:lamps": {"tags": ["x"]}}
        assert body(given) is given


class TestListedScalar:
    """A client of Okta's kind sends `"value": [false]`: a leaver who would stay."""

    def test_unwraps_one_plain_value_in_a_patch(self) -> None:
        assert patch({"op": "replace", "path": "active", "value": [False]})[0]["value"] is False
        assert patch({"op": "replace", "value": {"title": ["x"]}})[0]["value"] == {"title": "x"}

    @pytest.mark.parametrize("value", [[], [True, False], [None], [[True]]])
    def test_leaves_other_lists(self, value: object) -> None:
        assert patch({"op": "replace", "path": "active", "value": value})[0]["value"] == value

    def test_leaves_bodies_of_post_and_put(self) -> None:
        given = {"title": ["x"]}
        assert body(given) is given


class TestObjectForList:
    """CORE-019: "Multi-valued attributes are JSON arrays"; OneLogin has been seen to send an object (ONEL-005)."""

    def test_wraps_an_object_in_a_body(self) -> None:
        assert body({"emails": {"value": "a", "primary": "true"}}) == {"emails": [{"value": "a", "primary": True}]}

    def test_leaves_operations_where_one_object_is_the_letter(self) -> None:
        """PATCH-022: the value of an add may be one object."""
        assert patch_rules({"op": "add", "path": "emails", "value": {"value": "a"}}) == []

    def test_leaves_single_attributes(self) -> None:
        given = {"name": {"givenName": "a"}}
        assert body(given) is given

    def test_wraps_an_object_with_a_plain_value(self) -> None:
        given = {"urn:example:lamps": {"tags": {"value": "x"}}}
        assert body(given) == {"urn:example:lamps": {"tags": ["x"]}}


class TestValueObject:
    """Entra ID writes each value of a custom multi-valued attribute as an object."""

    LAMPS = "urn:example:lamps"

    @pytest.mark.parametrize(
        "item", [{"value": "x"}, {"Value": "x"}, {"value": "x", "$ref": None}, {"value": "x", "type": "work"}]
    )
    def test_is_its_value(self, item: dict) -> None:
        assert body({self.LAMPS: {"tags": [item, "y"]}}) == {self.LAMPS: {"tags": ["x", "y"]}}
        for op in ("add", "replace", "remove"):
            operation = {"op": op, "path": f"{self.LAMPS}:tags", "value": [item]}
            assert patch(operation)[0]["value"] == ["x"]
        assert patch({"op": "add", "value": {self.LAMPS: {"tags": [item]}}})[0]["value"] == {
            self.LAMPS: {"tags": ["x"]}
        }

    def test_is_read_for_a_single_value_too(self) -> None:
        assert body({"title": {"value": "x"}, self.LAMPS: {"watts": {"value": "7"}}}) == {
            "title": "x",
            self.LAMPS: {"watts": 7},
        }

    @pytest.mark.parametrize("item", [{"value": "x", "colour": "red"}, {"value": {"value": "x"}}, {}, {"type": "work"}])
    def test_with_anything_else_in_it_is_left_to_be_refused(self, item: dict) -> None:
        given = {self.LAMPS: {"tags": [item]}, "title": item}
        assert body(given) is given


class TestTextNumbers:
    """Entra ID writes numbers as texts, as it does booleans."""

    @pytest.mark.parametrize(("text", "number"), [("17", 17), ("-4", -4), ("0", 0)])
    def test_are_read(self, text: str, number: int) -> None:
        assert body({"urn:example:lamps": {"watts": text}}) == {"urn:example:lamps": {"watts": number}}
        assert patch({"op": "replace", "path": "urn:example:lamps:watts", "value": text})[0]["value"] == number
        assert patch({"op": "replace", "path": "urn:example:lamps:watts", "value": [text]})[0]["value"] == number

    @pytest.mark.parametrize(
        "text", ["seventeen", "1.5", "17.0", "1e3", "017", "+17", " 17", "1_000", "17,0", "", "\u0661", "9" * 5000]
    )
    def test_are_exactly_numbers(self, text: str) -> None:
        assert patch({"op": "replace", "path": "urn:example:lamps:watts", "value": text})[0]["value"] == text


class TestBareValue:
    """ENTRA-010: a text for a complex attribute that has a `value` sub-attribute is wrapped."""

    def test_wraps_a_manager(self) -> None:
        assert body({E: {"manager": "7"}}) == {E: {"manager": {"value": "7"}}}
        assert patch({"op": "add", "path": f"{E}:manager", "value": "7"})[0]["value"] == {"value": "7"}

    def test_wraps_elements(self) -> None:
        assert body({"emails": ["a@b", {"value": "c@d"}]}) == {"emails": [{"value": "a@b"}, {"value": "c@d"}]}

    def test_wraps_member_ids(self) -> None:
        operations = patch({"op": "add", "path": "members", "value": ["1", "2"]}, type=GROUPS)
        assert operations[0]["value"] == [{"value": "1"}, {"value": "2"}]

    @pytest.mark.parametrize("value", ["a", ["a"]])
    def test_is_the_value_of_an_element_picked_by_a_filter(self, value: object) -> None:
        """As the whole element it would throw away the type that the filter asks for."""
        operation = {"op": "replace", "path": 'emails[type eq "work"].value', "value": "a"}
        assert patch({"op": "replace", "path": 'emails[type eq "work"]', "value": value}) == [operation]
        assert patch({"op": "replace", "value": {'emails[type eq "work"]': value}}) == [operation]

    def test_is_no_json_in_a_text(self) -> None:
        """SCIM-SDK#201: it would become somebody's e-mail address."""
        document = '{"type": "work", "value": "a@b"}'
        given = {"emails": [document], E: {"manager": document}}
        assert body(given) is given
        for path in ("emails", 'emails[type eq "work"]', "manager"):
            assert patch({"op": "replace", "path": path, "value": document})[0]["value"] == document

    def test_leaves_complex_attributes_without_a_value(self) -> None:
        given = {"name": "Barbara", "addresses": ["here"]}
        assert body(given) is given

    def test_leaves_the_empty_text_to_the_engine(self) -> None:
        assert patch({"op": "replace", "path": "manager", "value": ""})[0]["value"] == ""

    def test_is_a_list_of_one_where_a_list_belongs(self) -> None:
        assert body({"emails": "a@b"}) == {"emails": [{"value": "a@b"}]}
        for op in ("add", "replace", "remove"):
            operation = {"op": op, "path": "members", "value": "7"}
            assert patch(operation, type=GROUPS)[0]["value"] == [{"value": "7"}]

    def test_leaves_json_and_the_empty_text_where_a_list_belongs(self) -> None:
        given = {"emails": '[{"value": "a@b"}]', "roles": ""}
        assert body(given)["emails"] is given["emails"]


class TestNumbersAsText:
    """CORE-005 wants texts; personnel systems have numbers for some of them."""

    def test_take_numbers_for_identifiers(self) -> None:
        assert body({"externalId": 7, E: {"employeeNumber": 12, "manager": {"value": 3}}}) == {
            "externalId": "7",
            E: {"employeeNumber": "12", "manager": {"value": "3"}},
        }
        operation = {"op": "add", "path": "members", "value": [{"value": 42}, 43]}
        assert patch(operation, type=GROUPS)[0]["value"] == [{"value": "42"}, {"value": "43"}]

    def test_leave_other_texts_booleans_and_fractions(self) -> None:
        given = {"title": 7, "userName": 8, "externalId": True, E: {"employeeNumber": 1.5}, "password": 1}
        assert body(given) is given


class TestEmptyText:
    """defaults: the empty string unassigns an optional attribute, wherever it stands; a required one never takes it."""

    def test_unassigns_optional_attributes_of_a_body(self) -> None:
        assert body({"title": "", "name": {"givenName": "a", "middleName": ""}, E: {"manager": ""}}) == {
            "title": None,
            "name": {"givenName": "a", "middleName": None},
            E: {"manager": None},
        }

    def test_keeps_it_where_the_attribute_is_required(self) -> None:
        given = {"userName": ""}
        assert body(given) is given
        assert body({"displayName": "", "members": [{"value": ""}]}, type=GROUPS) == {
            "displayName": "",
            "members": [{"value": ""}],
        }

    def test_drops_elements_of_which_only_labels_are_left(self) -> None:
        given = {"emails": [{"type": "work", "value": ""}, {"type": "home", "value": "a"}, ""]}
        assert body(given) == {"emails": [{"type": "home", "value": "a"}]}

    def test_keeps_a_null_that_was_sent_as_an_element(self) -> None:
        assert body({"emails": [None, {"type": "work", "value": ""}]}) == {"emails": [None]}

    def test_is_a_reading_in_patches(self) -> None:
        assert patch_rules({"op": "replace", "path": "title", "value": ""}) == []
        assert AUTO.readings.empty_unassigns and not RFC.readings.empty_unassigns


class TestManagerId:
    """ONEL-004: templates made from SCIM 1.1 call it managerId."""

    def test_is_taken_as_the_value(self) -> None:
        assert body({E: {"manager": {"managerId": "7", "displayName": "x"}}}) == {
            E: {"manager": {"value": "7", "displayName": "x"}}
        }

    def test_does_not_override_a_value(self) -> None:
        given = {E: {"manager": {"managerId": "7", "value": "8"}}}
        assert body(given) is given


class TestReadOnlyAttributes:
    """What clients cannot write is ignored as a whole: no rewrite touches it and no note speaks of it."""

    def test_are_left_alone(self) -> None:
        given = {"id": 7, "groups": "x", "meta": "", "urn:example:lamps": {"serial": ""}}
        assert body(given) is given
        assert rules(given) == []
