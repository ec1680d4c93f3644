"""Values of PATCH targets, and the whole after edits."""

import pytest

from scimcore.errors import InvalidSyntax, InvalidValue
from tests.resources.generated import ENTERPRISE_URN, FULL_USER, PART_URN, THING_URN, THINGS, USER_URN, USERS, of


def value(given, *names, urn=None, **rules):
    return of(USERS, **rules).value(USERS.find(urn, *names), given)


class TestValue:
    """What an operation gives to one attribute is held to the same rules as a body."""

    def test_it_is_made_canonical(self):
        assert value({"GIVENNAME": "g", "formatted": None}, "name") == {"givenName": "g"}
        assert value([{"VALUE": "x"}], "emails") == [{"value": "x"}]
        assert value("g", "name", "givenName") == "g"
        assert value({"Value": "1", "displayName": "ignored"}, "manager", urn=ENTERPRISE_URN) == {"value": "1"}

    @pytest.mark.parametrize("empty", [None, {}, {"givenName": None}])
    def test_nothing_is_none(self, empty):
        assert value(empty, "name") is None
        assert value([], "emails") is None

    def test_a_whole_extension_has_a_value(self):
        checker, target = of(USERS), USERS.find_extension(ENTERPRISE_URN.lower())
        assert checker.value(target, {"DEPARTMENT": "d"}) == {"department": "d"}
        assert checker.value(target, None) is None
        with pytest.raises(InvalidValue) as caught:
            checker.value(target, {"department": 1})
        assert caught.value.faults[0].path == f"{ENTERPRISE_URN}:department"

    def test_faults_name_the_place(self):
        with pytest.raises(InvalidValue) as caught:
            value([{"value": "x"}, {"value": 1}], "emails")
        assert caught.value.faults[0].path == "emails[1].value"
        with pytest.raises(InvalidValue) as caught:
            value(1, "manager", "value", urn=ENTERPRISE_URN)
        assert caught.value.faults[0].path == f"{ENTERPRISE_URN}:manager.value"

    @pytest.mark.parametrize("blank", [None, "", "  "])
    def test_a_required_attribute_takes_no_blank(self, blank):
        with pytest.raises(InvalidValue):  # CORE-090
            value(blank, "userName")

    def test_unknown_names_are_noted_or_refused(self):
        notes: list[tuple[str, str]] = []
        assert of(USERS).value(USERS.find(None, "name"), {"nick": 1, "givenName": "g"}, notes) == {"givenName": "g"}
        assert len(notes) == 1
        with pytest.raises(InvalidSyntax):
            value({"nick": 1}, "name", unknown="reject")

    def test_one_element_is_checked_alone(self):
        emails = USERS.find(None, "emails")
        assert of(USERS).element(emails, {"TYPE": "work"}) == {"type": "work"}
        assert of(USERS).element(emails, {}) is None
        for wrong in ("x", [{"value": "x"}], {"value": 1}):
            with pytest.raises(InvalidValue):
                of(USERS).element(emails, wrong)

    def test_an_element_of_simple_values_is_one_of_them(self):
        numbers = THINGS.find(None, "numbers")
        assert of(THINGS).element(numbers, 3) == 3
        with pytest.raises(InvalidValue):
            of(THINGS).element(numbers, "3")


class TestFinish:
    """After edits the whole is what a body would have been."""

    def test_it_gives_back_what_a_body_gave(self):
        data = of(USERS).body(FULL_USER, creating=True).data
        assert list(of(USERS).finish(dict(reversed(data.items())))) == list(data)
        assert of(USERS).finish(data) == data

    def test_what_became_empty_goes(self):
        data = {
            "userName": "a",
            "title": None,
            "emails": [],
            "name": {"givenName": None},
            ENTERPRISE_URN: {"manager": {}},
        }
        assert of(USERS).finish(data) == {"schemas": [USER_URN], "userName": "a"}  # CORE-032

    def test_schemas_follow_what_is_used(self):
        data = {"schemas": [USER_URN], "userName": "a", ENTERPRISE_URN: {"department": "d"}}
        assert of(USERS).finish(data)["schemas"] == [USER_URN, ENTERPRISE_URN]

    def test_the_required_must_be_there(self):
        for data in ({"title": "x"}, {"userName": None}):
            with pytest.raises(InvalidValue):
                of(USERS).finish(data)
        with pytest.raises(InvalidValue):  # CORE-091
            of(THINGS).finish({"serial": "s"})
        with pytest.raises(InvalidValue) as caught:
            of(THINGS).finish({"serial": "s", PART_URN: {"colour": "red"}})
        assert caught.value.faults[0].path == f"{PART_URN}:number"

    def test_two_primaries_are_refused_and_repetitions_collapse(self):
        email = {"value": "x", "type": "work"}
        assert of(USERS).finish({"userName": "a", "emails": [email, dict(email)]})["emails"] == [email]  # CORE-022
        with pytest.raises(InvalidValue):  # CORE-021
            of(USERS).finish({"userName": "a", "roles": [{"value": n, "primary": True} for n in "ab"]})

    def test_read_only_attributes_have_no_place_in_it(self):
        whole = {"schemas": [THING_URN], "serial": "s", "computed": "x", "id": "1", PART_URN: {"number": "1"}}
        assert not {"computed", "id"} & of(THINGS).finish(whole).keys()
