"""What an attribute, a schema and a resource type may be."""

import pytest

from scimcore.schema import Attribute, BoundType, Extension, Registry, Relation, ResourceType, Schema, fold, fold_name
from scimcore.schema.core import GROUP, USER, USER_SCHEMA


class TestAttributes:
    """RFC 7643 sections 2.1 to 2.4."""

    def test_what_is_not_stated_has_the_defaults(self):
        found = Attribute(name="x")  # CORE-004
        assert (found.type, found.multi_valued, found.required, found.case_exact) == ("string", False, False, False)
        assert (found.mutability, found.returned, found.uniqueness) == ("readWrite", "default", "none")
        assert found.canonical_values == ()

    @pytest.mark.parametrize("name", ["$ref", "x-y_1", "x$y", "A"])
    def test_a_name_opens_with_a_letter_or_a_dollar(self, name):
        assert Attribute(name=name).name == name  # CORE-002, erratum 8924

    @pytest.mark.parametrize("name", ["1x", "", "a b", "a.b", "$", "é", "a:b", "x\n"])
    def test_other_names_are_refused(self, name):
        with pytest.raises(ValueError, match="attribute name"):
            Attribute(name=name)

    def test_complex_inside_complex_is_refused(self):
        inner = Attribute(name="b", type="complex", sub_attributes=(Attribute(name="c"),))
        with pytest.raises(ValueError, match=r"a\.b"):  # CORE-017, erratum 8415
            Attribute(name="a", type="complex", sub_attributes=(inner,))

    def test_multi_valued_sub_attributes_are_allowed(self):
        inner = Attribute(name="b", multi_valued=True)  # erratum 5607
        assert Attribute(name="a", type="complex", sub_attributes=(inner,)).sub("b") is inner

    def test_a_complex_attribute_has_sub_attributes_and_no_other_has(self):
        with pytest.raises(ValueError, match="needs sub-attributes"):
            Attribute(name="a", type="complex")
        with pytest.raises(ValueError, match="only a complex"):
            Attribute(name="a", sub_attributes=(Attribute(name="b"),))
        with pytest.raises(ValueError, match="case"):
            Attribute(name="a", type="complex", sub_attributes=(Attribute(name="b"), Attribute(name="B")))

    def test_an_undeclared_multi_valued_one_has_the_five(self):
        names = [sub.name for sub in Attribute(name="a", type="complex", multi_valued=True).sub_attributes]
        assert names == ["value", "display", "type", "primary", "$ref"]  # CORE-020

    @pytest.mark.parametrize("type", ["reference", "binary"])
    def test_references_and_binaries_are_case_exact(self, type):
        assert Attribute(name="a", type=type).case_exact  # CORE-012, CORE-014, erratum 6001

    @pytest.mark.parametrize(
        ("wrong", "message"),
        [
            ({"type": "text"}, "type=...) takes one of 'string'"),
            ({"mutability": "readonly"}, "mutability=...) takes one of 'readOnly'"),
            ({"required": "yes"}, "required=...) takes True or False, not the text 'yes'"),
            ({"canonical_values": ["a"]}, "canonical_values=...) takes a tuple of texts, not a list"),
            ({"canonical_values": "a"}, "canonical_values=...) takes a tuple of texts, not the text 'a'"),
            ({"type": "complex", "sub_attributes": ("a",)}, "sub_attributes=...) takes Attributes, not the text 'a'"),
            ({"relation": "membership"}, "relation=...) takes a Relation, not the text 'membership'"),
            ({"relation": Relation("membership")}, "links need a multi-valued complex attribute"),
        ],
    )
    def test_a_wrong_argument_is_refused_in_a_sentence(self, wrong, message):
        with pytest.raises((TypeError, ValueError)) as caught:
            Attribute(name="x", **wrong)
        assert message in str(caught.value)


class TestSchemasAndTypes:
    def test_a_unique_that_names_no_attribute_is_refused(self):
        with pytest.raises(ValueError, match="unique='userNme' names no attribute"):
            ResourceType(name="X", endpoint="/Xs", schema=USER_SCHEMA, unique="userNme")

    def test_a_schema_takes_attributes_only(self):
        with pytest.raises(TypeError, match="takes a tuple"):
            Schema("urn:x", "X", [Attribute(name="a")])

    def test_names_that_differ_only_in_case_clash(self):
        with pytest.raises(ValueError, match="case"):
            Schema("urn:x", "X", (Attribute(name="a"), Attribute(name="A")))

    def test_an_attribute_can_be_added_or_replaced(self):
        changed = USER.with_attributes(Attribute(name="secodaRole"), Attribute(name="TITLE", required=True))
        names = [attribute.name for attribute in changed.schema.attributes]
        assert "secodaRole" in names
        assert "title" not in names

    @pytest.mark.parametrize("endpoint", ["Users", "/", "/a/b", ""])
    def test_an_endpoint_is_one_segment(self, endpoint):
        with pytest.raises(ValueError, match="endpoint"):
            ResourceType(name="X", endpoint=endpoint, schema=USER_SCHEMA)

    def test_a_schema_is_there_once(self):
        with pytest.raises(ValueError, match="twice"):
            ResourceType(name="X", endpoint="/Xs", schema=USER_SCHEMA, extensions=(Extension(USER_SCHEMA),))


class TestRegistry:
    def test_types_are_found_by_name_and_endpoint(self):
        registry = Registry()
        assert registry.at("/users") is registry["User"]
        assert registry.at("/Nothing") is None
        assert "Group" in registry
        assert len(list(registry)) == 2

    def test_equal_types_are_compiled_once(self):
        extra = [(USER_SCHEMA.id, Attribute(name="badge"))]
        assert Registry()["User"] is Registry()["User"]
        assert Registry().with_attributes(extra)["User"] is Registry().with_attributes(extra)["User"]
        assert Registry().with_attributes(extra)["User"] is not Registry()["User"]

    def test_other_things_than_resource_types_are_refused(self):
        with pytest.raises(TypeError, match="takes ResourceTypes, not the text 'User'"):
            Registry("User")

    @pytest.mark.parametrize(
        "others",
        [
            (USER, USER),
            (USER, ResourceType(name="Other", endpoint="/USERS", schema=Schema("urn:x", "X", ()))),
            (USER, ResourceType(name="Other", endpoint="/Others", schema=Schema(USER_SCHEMA.id, "X", ()))),
            (USER, ResourceType(name="Other", endpoint="/Others", schema=Schema(USER_SCHEMA.id.upper(), "X", ()))),
        ],
    )
    def test_clashes_are_refused(self, others):
        with pytest.raises(ValueError, match="two"):
            Registry(*others)


class TestLookup:
    """RFC 7643 section 2.1, RFC 7644 section 3.10."""

    USERS, GROUPS = BoundType(USER), BoundType(GROUP)
    ENTERPRISE = USER.extensions[0].schema.id

    @pytest.mark.parametrize(
        ("args", "expected"),
        [
            ((None, "USERNAME"), "userName"),  # CORE-001
            ((None, "name", "GIVENNAME"), "name.givenName"),
            ((USER_SCHEMA.id.upper(), "userName"), "userName"),
            ((ENTERPRISE.upper(), "manager", "value"), f"{ENTERPRISE}:manager.value"),
            ((None, "department"), f"{ENTERPRISE}:department"),
            ((ENTERPRISE.rpartition(":")[0], "User"), ENTERPRISE),
            ((None, "id"), "id"),  # CORE-043
            ((None, "meta", "location"), "meta.location"),
        ],
    )
    def test_a_name_is_found_in_any_spelling(self, args, expected):
        assert str(self.USERS.find(*args)) == expected

    @pytest.mark.parametrize(
        "args",
        [
            (None, "shoe"),
            (None, "name", "shoe"),
            ("urn:x", "userName"),
            (None, "userName", "x"),
            (USER_SCHEMA.id, "department"),
        ],
    )
    def test_an_unknown_name_is_none(self, args):
        assert self.USERS.find(*args) is None

    def test_short_names_can_be_switched_off(self):
        assert self.USERS.find(None, "department", short=False) is None

    def test_common_attributes_are_on_every_type_and_win(self):
        # CORE-043: they need no listing, and override what older listings say
        bound = BoundType(ResourceType(name="X", endpoint="/Xs", schema=Schema("urn:x", "X", (Attribute(name="ID"),))))
        assert {"id", "externalid", "meta", "schemas"} <= bound.attributes.keys()
        assert bound.attributes["id"].mutability == "readOnly"

    def test_both_sides_of_a_relation_are_found(self):
        groups, members = self.USERS.relation("membership", inverse=True), self.GROUPS.relation("membership")
        assert groups is not None and groups.name == "groups"
        assert members is not None and members.relation == Relation("membership")
        assert self.GROUPS.relation("other") is None


class TestFolding:
    def test_values_fold_by_lower_case_and_normal_form(self):
        assert fold("BJENSEN") == fold("bjensen")  # CORE-051
        assert fold("e\u0301") == fold("\u00c9")
        assert fold("ß") != fold("ss")

    def test_names_fold_only_ascii(self):
        assert fold_name("GROUPS") == "groups"
        assert fold_name("\u212aey") != "key"
