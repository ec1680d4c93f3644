"""The PatchOp message."""

import pytest

from scimcore.errors import InvalidPath, InvalidSyntax, InvalidValue, NoTarget, ScimError, TooLarge
from scimcore.patch import PatchOperation, parse_patch
from scimcore.patch.operations import MAX_OPERATIONS, PATCH_OP_URN
from tests.patch.support import message, op


class TestSchemas:
    """ "MUST contain the "schemas" attribute with the URI value of […]:messages:2.0:PatchOp" """

    @pytest.mark.parametrize("schemas", [None, [], "x", PATCH_OP_URN, ["urn:other"], [7], [[PATCH_OP_URN]], {}])
    def test_anything_else_is_refused(self, schemas):
        # PATCH-001
        with pytest.raises(InvalidSyntax):
            parse_patch({"schemas": schemas, "Operations": [op("add", "title", "x")]})

    def test_missing_is_refused(self):
        # PATCH-001
        with pytest.raises(InvalidSyntax):
            parse_patch({"Operations": [op("add", "title", "x")]})

    def test_the_uri_is_known_in_any_case(self):
        body = {"Schemas": [PATCH_OP_URN.upper()], "Operations": [op("add", "title", "x")]}
        assert parse_patch(body) == (PatchOperation("add", "title", "x"),)


class TestOperations:
    """ "MUST contain the attribute "Operations", whose value is an array of one or more PATCH operations" """

    @pytest.mark.parametrize("operations", [None, [], {}, "x", 7])
    def test_none_is_refused(self, operations):
        # PATCH-002
        with pytest.raises(InvalidSyntax):
            parse_patch({"schemas": [PATCH_OP_URN], "Operations": operations})
        with pytest.raises(InvalidSyntax):
            parse_patch({"schemas": [PATCH_OP_URN]})

    @pytest.mark.parametrize("key", ["Operations", "operations", "OPERATIONS"])
    def test_the_key_is_known_in_any_case(self, key):
        # PATCH-002
        assert parse_patch({"schemas": [PATCH_OP_URN], key: [op("remove", "title")]}) == (
            PatchOperation("remove", "title"),
        )

    def test_two_spellings_of_the_key_are_refused(self):
        some = [op("remove", "title")]
        with pytest.raises(InvalidSyntax):
            parse_patch({"schemas": [PATCH_OP_URN], "Operations": some, "operations": some})

    @pytest.mark.parametrize("verb", ["move", "Add", "", "adds", None, 7, ["add"], {}])
    def test_op_is_one_of_three_in_lower_case(self, verb):
        # PATCH-002, PATCH-003: a dialect has folded the case before.
        with pytest.raises(InvalidSyntax):
            parse_patch(message({"op": verb, "path": "title", "value": "x"}))
        with pytest.raises(InvalidSyntax):
            parse_patch(message({"path": "title", "value": "x"}))

    @pytest.mark.parametrize("item", [None, "add", 7, [op("add", "title", "x")]])
    def test_each_is_an_object(self, item):
        with pytest.raises(InvalidSyntax):
            parse_patch({"schemas": [PATCH_OP_URN], "Operations": [item]})

    def test_further_members_are_let_pass(self):
        # Entra ID adds "name".
        body = message({"OP": "add", "Path": "title", "value": "x", "name": "addTitle"})
        assert parse_patch(body) == (PatchOperation("add", "title", "x"),)
        with pytest.raises(InvalidSyntax):
            parse_patch(message({"op": "add", "Op": "remove", "path": "title", "value": "x"}))

    def test_the_number_is_bounded(self):
        many = [op("add", "title", "x")] * MAX_OPERATIONS
        assert len(parse_patch(message(*many))) == MAX_OPERATIONS
        with pytest.raises(TooLarge):
            parse_patch(message(*many, many[0]))


class TestPathAndValue:
    """ "OPTIONAL for "add" and "replace" and is REQUIRED for "remove" operations" """

    def test_remove_without_a_path_has_no_target(self):
        # PATCH-005, PATCH-030
        for item in (op("remove"), {"op": "remove", "path": None, "value": {"title": "x"}}):
            with pytest.raises(NoTarget):
                parse_patch(message(item))

    def test_a_path_is_a_string(self):
        for path in (7, ["title"], {}, True):
            with pytest.raises(InvalidPath):
                parse_patch(message({"op": "add", "path": path, "value": "x"}))

    def test_add_and_replace_need_a_value(self):
        # PATCH-020
        for verb in ("add", "replace"):
            with pytest.raises(InvalidValue):
                parse_patch(message(op(verb, "title")))
        assert parse_patch(message(op("add", "title", None)))[0].value is None

    @pytest.mark.parametrize("body", [[], None, "x", 7])
    def test_a_body_that_is_no_object_is_refused(self, body):
        with pytest.raises(ScimError):
            parse_patch(body)
