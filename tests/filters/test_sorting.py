"""RFC 7644 section 3.4.2.3."""

import pytest

from scimcore.errors import InvalidPath
from scimcore.filters import order_key
from scimcore.filters.sorting import sort_target
from scimcore.schema import ENTERPRISE_URN, Target
from tests.filters.samples import EXTENDED_USER, ODD, USER_TYPE, BoundType


def ordered(values, name, type=USER_TYPE, *, descending=False):
    """The resources in the order of that attribute."""
    return sorted(values, key=order_key(sort_target(name, type)), reverse=descending)


class TestTheOrder:
    def test_is_last_ascending_and_first_descending_for_missing_data(self):
        """SORT-005; an empty text is no data either."""
        a, b, none = {"title": "a"}, {"title": "b"}, {}
        assert ordered([none, b, a], "title") == [a, b, none]
        assert ordered([a, none, b], "title", descending=True) == [none, b, a]
        assert ordered([{"title": ""}, a], "title") == [a, {"title": ""}]

    def test_is_by_the_primary_value_or_else_the_first(self):
        """SORT-003, SORT-004: emails alone sorts by the value of the primary one."""
        second = {"emails": [{"value": "z@x"}, {"value": "b@x", "primary": True}]}
        first = {"emails": [{"value": "C@x"}, {"value": "a@x"}]}
        none = {"emails": []}
        for name in ("emails", "emails.value"):
            assert ordered([none, first, second], name) == [second, first, none]

    def test_is_that_of_the_type(self):
        """SORT-006: texts by caseExact, numbers as numbers, dates as instants, false before true."""
        assert ordered([{"title": "b"}, {"title": "A"}], "title") == [{"title": "A"}, {"title": "b"}]
        assert ordered([{"exactly": "b"}, {"exactly": "A"}, {"exactly": "a"}], "exactly", ODD)[0] == {"exactly": "A"}
        assert ordered([{"exactly": "a"}, {"exactly": "B"}], "exactly", ODD)[0] == {"exactly": "B"}
        numbers = [{"one-integer": 10}, {"one-integer": 2}, {"one-integer": -1}]
        assert [r["one-integer"] for r in ordered(numbers, "one-integer", ODD)] == [-1, 2, 10]
        dates = [{"meta": {"created": t}} for t in ("2011-01-01T00:00:00Z", "2011-01-01T00:30:00+01:00")]
        assert ordered(dates, "meta.created") == dates[::-1]
        assert ordered([{"active": True}, {"active": False}], "active") == [{"active": False}, {"active": True}]

    def test_reaches_into_extensions_and_simple_values(self):
        one, two = ({ENTERPRISE_URN: {"costCenter": c, "manager": {"value": c}}} for c in "ab")
        for name in ("costCenter", f"{ENTERPRISE_URN}:costCenter", f"{ENTERPRISE_URN}:manager.value"):
            assert ordered([{}, two, one], name) == [one, two, {}]
        many = [{"many-string": ["b", "a"]}, {"many-string": ["a", "c"]}, {"many-string": []}]
        assert ordered(many, "many-string", ODD) == [many[1], many[0], many[2]]


class TestTheTarget:
    """SORT-004, SORT-007: a complex attribute needs a sub-attribute; what is unknown or secret is an invalidPath."""

    @pytest.mark.parametrize(
        "name",
        [
            *(
                "nope",
                "name",
                "meta",
                "manager",
                "addresses",
                "name.nope",
                "password",
                ENTERPRISE_URN,
                "",
                "a b",
                "a eq",
            ),
            *('emails[type eq "work"].value', "title pr", "emails[", "x" * 20_000, "userName desc"),
        ],
    )
    def test_must_be_an_attribute_with_an_order(self, name):
        with pytest.raises(InvalidPath):
            sort_target(name, USER_TYPE)

    def test_must_not_be_a_secret(self):
        with pytest.raises(InvalidPath):
            sort_target("secretWord", BoundType(EXTENDED_USER))

    def test_of_a_multi_valued_attribute_is_its_value(self):
        assert sort_target("EMAILS", USER_TYPE) == sort_target("emails.value", USER_TYPE)

    def test_without_an_order_has_no_key(self):
        for target in (Target(ENTERPRISE_URN, None), Target(None, USER_TYPE.attributes["name"])):
            with pytest.raises(InvalidPath):
                order_key(target)
        emails = {"emails": [{"value": "a"}]}
        assert order_key(Target(None, USER_TYPE.attributes["emails"]))(emails) == (False, "a")
