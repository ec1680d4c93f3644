"""PATCH of what is not one attribute: schemas, extensions, and the rules that hold whatever is changed."""

import pytest

from scimcore.patch import Readings
from tests.patch.support import BADGE_URN, ENTERPRISE, LENIENT, USER_URN, op, patch, patched, refused, user

WORK = {"value": "maren@loom.test", "type": "work", "primary": True}
HOME = {"value": "mq@attic.test", "type": "home"}
NAME = {"familyName": "Quist", "givenName": "Maren"}
INTEROP = Readings(replace_complex="whole", unknown="reject")


class TestSchemas:
    """ "subsequent operations SHALL assume the modified state of the "schemas" attribute" """

    @pytest.mark.parametrize("form", ['schemas[value eq "{}"]', 'schemas eq "{}"', 'schemas[value sw "{}"]'])
    def test_remove_of_an_extensions_uri_removes_the_extension(self, form):
        # PATCH-012
        after = patch(user(enterprise={"department": "D"}), op("remove", form.format(ENTERPRISE))).data
        assert ENTERPRISE not in after
        assert after["schemas"] == [USER_URN]

    def test_the_base_schema_stays(self):
        # PATCH-012
        for operation in (op("remove", f'schemas[value eq "{USER_URN}"]'), op("remove", "schemas")):
            assert refused(user(), operation) == "mutability"
        assert refused(user(), op("replace", "schemas", [ENTERPRISE])) == "mutability"

    def test_add_asks_for_nothing(self):
        before = user()
        assert patch(before, op("add", "schemas", [ENTERPRISE])).data == before

    def test_replace_drops_what_is_not_listed(self):
        before = user(enterprise={"department": "D"})
        assert ENTERPRISE not in patch(before, op("replace", "schemas", [USER_URN])).data
        assert patch(before, op("replace", "schemas", [USER_URN, ENTERPRISE])).data == before

    def test_unknown_uris_are_noted_or_refused_by_the_reading(self):
        add = op("add", "schemas", ["urn:example:other"])
        assert len(patch(user(), add).notes) == 1
        assert refused(user(), add, readings=INTEROP) == "invalidSyntax"

    def test_only_remove_takes_a_filter(self):
        assert refused(user(), op("replace", 'schemas[value eq "x"]', "y")) == "invalidPath"

    def test_removing_an_extensions_last_attribute_drops_its_uri(self):
        # PATCH-012
        after = patch(user(enterprise={"department": "D"}), op("remove", f"{ENTERPRISE}:department")).data
        assert after == user()


class TestReadOnly:
    """ "a client MUST NOT modify an attribute that has mutability "readOnly" " """

    @pytest.mark.parametrize(
        "path", ["id", "meta", "meta.lastModified", "groups", 'groups[value eq "g"]', "groups.display"]
    )
    @pytest.mark.parametrize("verb", ["add", "remove", "replace"])
    def test_a_path_is_refused(self, verb, path):
        # PATCH-010, PATCH-033, CORE-061
        assert refused(user(), op(verb, path, "u1")) == "mutability"


class TestUnknown:
    """Names that the type does not have."""

    @pytest.mark.parametrize(
        "path",
        [
            "foo",
            "name.foo",
            "emails.foo",
            'emails[type eq "x"].foo',
            "urn:example:x:2.0:User:title",
            "name.givenName.x",
            "",
        ],
    )
    @pytest.mark.parametrize("verb", ["add", "remove", "replace"])
    def test_a_path_is_refused(self, verb, path):
        # PATCH-016
        assert refused(user(), op(verb, path, "x")) == "invalidPath"


class TestExtension:
    """A path that is the URI of a schema extension alone."""

    def test_add_merges(self):
        # PATCH-006
        before = user(enterprise={"department": "D", "costCenter": "9"})
        after = patched(before, op("add", ENTERPRISE, {"department": "E", "organization": "O"}))
        assert after == {ENTERPRISE: {"costCenter": "9", "organization": "O", "department": "E"}}

    def test_remove_takes_the_whole_and_its_uri(self):
        # PATCH-006, PATCH-012
        before = user(enterprise={"department": "D"})
        assert patch(before, op("remove", ENTERPRISE)).data == user()
        assert patch(user(), op("remove", ENTERPRISE)).data == user()

    def test_replace_exchanges_the_object(self):
        before = user(enterprise={"department": "D", "manager": {"value": "u2", "$ref": "../Users/u2"}})
        after = patched(before, op("replace", ENTERPRISE, {"manager": {"value": "u3"}, "costCenter": "9"}))
        assert after == {ENTERPRISE: {"costCenter": "9", "manager": {"value": "u3"}}}
        assert patched(before, op("replace", ENTERPRISE, None)) == {}

    def test_required_and_immutable_attributes_are_kept(self):
        before = user(badge_extension={"colour": "red", "issued": "2026"})
        assert refused(before, op("remove", f"{BADGE_URN}:colour")) == "mutability"
        assert refused(before, op("remove", BADGE_URN)) == "mutability"
        assert refused(before, op("replace", BADGE_URN, {"colour": "red"})) == "mutability"
        assert refused(before, op("replace", BADGE_URN, {"issued": "2026"})) == "mutability"
        assert refused(user(), op("add", f"{BADGE_URN}:issued", "2026")) == "invalidValue"

    def test_the_base_schemas_uri_means_the_resource(self):
        assert patched(user(), op("add", USER_URN, {"title": "Dyer"})) == {"title": "Dyer"}
        assert patched(user(), op("replace", f"{USER_URN}:active", False)) == {"active": False}
        assert refused(user(), op("remove", USER_URN)) == "noTarget"


class TestPrimary:
    """ "a PATCH operation that sets a value's "primary" sub-attribute to "true" SHALL cause the server to automatically
    set "primary" to "false" for any other values in the array" """

    @pytest.mark.parametrize(
        "operation",
        [
            op("replace", 'emails[type eq "home"].primary', True),
            op("add", 'emails[type eq "home"].primary', True),
            op("add", 'emails[type eq "home"]', {"primary": True}),
            op("replace", 'emails[type eq "home"]', {**HOME, "primary": True}),
            op("add", "emails", {**HOME, "primary": True}),
            op("add", None, {"emails": [{**HOME, "primary": True}]}),
        ],
    )
    def test_the_others_are_demoted(self, operation):
        # PATCH-013
        after = patched(user(emails=[WORK, HOME]), operation)
        assert after == {"emails": [{**WORK, "primary": False}, {**HOME, "primary": True}]}

    def test_a_new_primary_demotes_too(self):
        new = {"value": "new", "primary": True}
        assert patched(user(emails=[WORK]), op("add", "emails", new)) == {"emails": [{**WORK, "primary": False}, new]}
        after = patched(user(emails=[WORK]), op("add", 'emails[type eq "x"].primary', True), readings=LENIENT)
        assert [one["primary"] for one in after["emails"]] == [False, True]

    @pytest.mark.parametrize(
        "operation",
        [
            op("add", "emails", [{"value": "a", "primary": True}, {"value": "b", "primary": True}]),
            op("replace", "emails", [{"value": "a", "primary": True}, {"value": "b", "primary": True}]),
            op("replace", "emails.primary", True),
            op("replace", "emails[value pr].primary", True),
            op("add", "emails[value pr]", {"primary": True}),
        ],
    )
    def test_two_in_one_operation_are_refused(self, operation):
        # PATCH-014
        assert refused(user(emails=[WORK, HOME]), operation) == "invalidValue"

    def test_removing_the_primary_leaves_none(self):
        # PATCH-037
        assert patched(user(emails=[WORK, HOME]), op("remove", "emails[primary eq true]")) == {"emails": [HOME]}

    def test_adding_another_leaves_the_old_one(self):
        assert patched(user(emails=[WORK]), op("add", "emails", HOME)) == {"emails": [WORK, HOME]}


class TestPassword:
    """ "password": writeOnly, never returned (RFC 7643 section 4.1.1)"""

    def test_is_handed_over_and_never_data(self):
        for operation in (op("replace", None, {"password": "s3cret"}), op("add", "password", "s3cret")):
            result = patch(user(), operation)
            assert result.secret == "s3cret"
            assert result.data == user()
            assert result.named == {"password"}

    def test_cannot_be_unassigned(self):
        result = patch(user(), op("remove", "password"))
        assert (result.secret, len(result.notes)) == (None, 1)


class TestNamed:
    """The attributes that a request mentions, for the rules on who masters what."""

    def test_are_canonical_top_level_paths(self):
        named = patch(
            user(),
            op("add", "NAME.givenName", "M"),
            op("add", 'emails[type eq "work"].value', "x"),
            op("add", "department", "D"),
            op("replace", None, {"title": "T", ENTERPRISE: {"costCenter": "9"}}),
            readings=LENIENT,
        ).named
        assert named == {"name", "emails", f"{ENTERPRISE}:department", "title", f"{ENTERPRISE}:costCenter"}

    def test_an_extension_as_a_whole_means_each_of_its_attributes(self):
        every = {f"{BADGE_URN}:colour", f"{BADGE_URN}:issued"}
        for operation in (
            op("remove", BADGE_URN),
            op("replace", BADGE_URN, {"colour": "red"}),
            op("replace", None, {BADGE_URN: None}),
            op("remove", f'schemas eq "{BADGE_URN}"'),
        ):
            assert patch(user(), operation).named == every
        assert patch(user(), op("add", BADGE_URN, {"colour": "red"})).named == {f"{BADGE_URN}:colour"}


class TestReadings:
    """A wrong reading is refused when it is built, in a sentence that names the argument."""

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ({"unmatched": "make"}, r"unmatched=.*'create'"),
            ({"replace_complex": True}, r"replace_complex=.*'whole'"),
            ({"unknown": None}, r"unknown=.*'reject'"),
            ({"without_value": "Drop"}, r"without_value=.*'drop'"),
            ({"remove_listed": "yes"}, "remove_listed=.*a bool"),
            ({"short_names": 1}, "short_names=.*a bool"),
        ],
    )
    def test_are_checked(self, wrong, said):
        with pytest.raises((TypeError, ValueError), match=said):
            Readings(**wrong)
