"""Rewrites of PATCH messages, operations and filters."""

import pytest

from scimcore.dialects import AUTO, ENTRA, INTEROP, RFC
from scimcore.errors import InvalidSyntax
from scimcore.filters import parse_filter
from tests.dialects.support import GROUPS, PATCH_OP, USERS, message, patch, patch_rules


class TestOpSpelling:
    """PATCH-003, ENTRA-005: op values are case-insensitive; nothing else is an operation."""

    @pytest.mark.parametrize("op", ["Add", "ADD", "Remove", "Replace", "rePLACE"])
    def test_is_lowered(self, op: str) -> None:
        assert patch({"op": op, "path": "title", "value": "x"})[0]["op"] == op.lower()

    @pytest.mark.parametrize("op", ["", "adds", "move", "delete", "Delete", None, 1, ["add"], "ADD\u212a"])
    def test_leaves_what_is_no_operation(self, op: object) -> None:
        given = {"op": op, "path": "title", "value": "x"}
        assert patch(given) == [given]

    def test_leaves_a_missing_op(self) -> None:
        given = {"path": "title", "value": "x"}
        assert patch(given) == [given]

    def test_is_noted_once_per_attribute(self) -> None:
        operations = [{"op": "Add", "path": "title", "value": "x"}] * 3 + [{"op": "Remove", "path": "nickName"}]
        assert patch_rules(*operations) == ["op-spelling", "op-spelling"]

    def test_finds_members_of_the_message_in_any_case(self) -> None:
        given = {"SCHEMAS": [PATCH_OP], "OPERATIONS": [{"Op": "Replace", "Path": "active", "Value": "False", "n": 1}]}
        after, _ = AUTO.patch(USERS, given)
        assert after["OPERATIONS"] == [{"op": "replace", "path": "active", "value": False}]


class TestMessage:
    """PATCH-001 and PATCH-002 want schemas and a list; the lenient switch accepts a message without them."""

    def test_gets_its_schemas(self) -> None:
        after, notes = AUTO.patch(USERS, {"Operations": []})
        assert after == {"schemas": [PATCH_OP], "Operations": []}
        assert [name for name, _ in notes] == ["patch-schemas"]

    @pytest.mark.parametrize("schemas", [[], ["urn:other"], "x", 1])
    def test_keeps_wrong_schemas_to_be_refused(self, schemas: object) -> None:
        given = {"schemas": schemas, "Operations": []}
        assert AUTO.patch(USERS, given)[0] is given

    def test_gets_a_list_around_its_only_operation(self) -> None:
        given = {"schemas": [PATCH_OP], "Operations": {"op": "add", "path": "title", "value": "x"}}
        assert AUTO.patch(USERS, given)[0]["Operations"] == [given["Operations"]]

    @pytest.mark.parametrize("operations", [None, 1, "x", [], [1, None, []]])
    def test_keeps_what_is_no_operation(self, operations: object) -> None:
        given = {"schemas": [PATCH_OP], "Operations": operations}
        assert AUTO.patch(USERS, given)[0] == given


class TestWrappedValue:
    """Salesforce: {"path": "members", "value": {"members": […]}}."""

    @pytest.mark.parametrize("op", ["add", "remove", "replace"])
    def test_is_unwrapped(self, op: str) -> None:
        given = {"op": op, "path": "members", "value": {"Members": [{"value": "1"}]}}
        assert patch(given, type=GROUPS)[0]["value"] == [{"value": "1"}]

    def test_is_unwrapped_for_any_attribute(self) -> None:
        assert patch({"op": "replace", "path": "active", "value": {"active": "False"}})[0]["value"] is False

    def test_is_left_where_a_sub_attribute_has_that_name(self) -> None:
        given = {"op": "replace", "path": "emails.value", "value": {"type": "x"}}
        assert patch(given) == [given]

    def test_is_left_with_further_keys(self) -> None:
        given = {"op": "add", "path": "members", "value": {"members": [], "type": "User"}}
        assert patch(given, type=GROUPS) == [given]


class TestListedRemoval:
    """PATCH-035: read by the letter, a value list on remove empties the group."""

    def test_is_a_reading(self) -> None:
        assert AUTO.readings.remove_listed and ENTRA.readings.remove_listed and not RFC.readings.remove_listed

    def test_takes_bare_ids(self) -> None:
        given = {"op": "remove", "path": "members", "value": ["1", {"value": 2}]}
        assert patch(given, type=GROUPS)[0]["value"] == [{"value": "1"}, {"value": "2"}]

    def test_leaves_old_values_of_filtered_paths(self) -> None:
        given = {"op": "remove", "path": 'emails[type eq "work"].value', "value": ["old"]}
        assert patch(given) == [given]


class TestMemberByFilter:
    """OneLogin's array notation: add to `members[value eq "…"]`."""

    def test_adds_the_member_that_the_filter_names(self) -> None:
        assert patch({"op": "add", "path": 'members[value eq "a\\"b"]'}, type=GROUPS) == [
            {"op": "add", "path": "members", "value": [{"value": 'a"b'}]}
        ]

    @pytest.mark.parametrize(
        "operation",
        [
            {"op": "remove", "path": 'members[value eq "1"]'},
            {"op": "add", "path": 'members[type eq "User"]'},
            {"op": "add", "path": 'members[value eq "1" or value eq "2"]'},
            {"op": "add", "path": 'members[value eq "\\x"]'},
        ],
    )
    def test_leaves_everything_else(self, operation: dict[str, object]) -> None:
        assert patch(operation, type=GROUPS) == [operation]

    def test_leaves_values_that_are_set_by_a_filter(self) -> None:
        given = {"op": "add", "path": 'emails[value eq "a"]', "value": {"type": "work"}}
        assert patch(given) == [given]


class TestFilterSuffix:
    """FLT-034: `emails[type eq "work"].value eq "x"` equals `emails[type eq "work" and value eq "x"]`."""

    def test_goes_into_the_brackets(self) -> None:
        sent = parse_filter('active eq true and emails[type eq "work"].value eq "x"')
        meant = parse_filter('active eq true and emails[type eq "work" and value eq "x"]')
        assert AUTO.filter(sent)[0] == meant

    def test_is_noted_and_cached_per_tree(self) -> None:
        one, two = (parse_filter(f'emails[type eq "work"].value eq "{value}"') for value in "xy")
        first, notes = AUTO.filter(one)
        assert [name for name, _ in notes] == ["filter-suffix"]
        assert AUTO.filter(two)[0].tree is first.tree

    def test_leaves_other_filters_themselves(self) -> None:
        sent = parse_filter('userName eq "x"')
        assert AUTO.filter(sent)[0] is sent

    def test_is_not_read_by_the_letter(self) -> None:
        sent = parse_filter('emails[type eq "work"].value eq "x"')
        assert RFC.filter(sent)[0] is sent


class TestInterop:
    """The strict profile of 2026 refuses what the RFCs leave open (requirements, section 2.4)."""

    def test_wants_a_path(self) -> None:
        with pytest.raises(InvalidSyntax):
            INTEROP.patch(USERS, message({"op": "replace", "value": {"title": "x"}}))

    def test_replaces_the_whole_and_refuses_the_unknown(self) -> None:
        assert INTEROP.readings.replace_complex == "whole"
        assert INTEROP.readings.unknown == INTEROP.rules.unknown == "reject"
