"""What filters mean on resources (RFC 7644 section 3.4.2.2)."""

from typing import ClassVar

import pytest

from scimcore.errors import InvalidFilter, InvalidPath
from scimcore.filters import condition, parse_filter
from scimcore.filters.condition import Condition, element_condition
from scimcore.filters.parsing import parse_path
from scimcore.filters.resolved import Test as ResolvedTest
from scimcore.schema import ENTERPRISE_URN, USER_URN, BoundType, Target
from tests.filters.samples import (
    EXTENDED_USER,
    GROUP_TYPE,
    ODD,
    USER_TYPE,
    USER_WITH_EVERYTHING,
    USER_WITH_NOTHING,
    holds,
)


class TestFigure2:
    """FLT-001: 'The following are examples of valid filters', all 17 of them."""

    @pytest.mark.parametrize(
        ("text", "everything", "nothing"),
        [
            ('userName eq "bjensen"', True, False),
            ('name.familyName co "O\'Malley"', True, False),
            ('userName sw "J"', False, False),
            ('urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J"', False, False),
            ("title pr", True, False),
            ('meta.lastModified gt "2011-05-13T04:42:34Z"', True, False),
            ('meta.lastModified ge "2011-05-13T04:42:34Z"', True, False),
            ('meta.lastModified lt "2011-05-13T04:42:34Z"', False, False),
            ('meta.lastModified le "2011-05-13T04:42:34Z"', False, False),
            ('title pr and userType eq "Employee"', True, False),
            ('title pr or userType eq "Intern"', True, False),
            ('schemas eq "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"', True, False),
            ('userType eq "Employee" and (emails co "example.com" or\n  emails.value co "example.org")', True, False),
            (
                'userType ne "Employee" and not (emails co "example.com" or\n  emails.value co "example.org")',
                False,
                True,
            ),
            ('userType eq "Employee" and (emails.type eq "work")', True, False),
            ('userType eq "Employee" and emails[type eq "work" and\n  value co "@example.com"]', True, False),
            (
                'emails[type eq "work" and value co "@example.com"] or\n  ims[type eq "xmpp" and value co "@foo.com"]',
                True,
                False,
            ),
        ],
    )
    def test_examples_parse_and_evaluate(self, text, everything, nothing):
        assert holds(text) is everything
        assert holds(text, USER_WITH_NOTHING) is nothing


class TestNames:
    """FLT-018: names with and without their URN, in any case (FLT-002)."""

    @pytest.mark.parametrize(
        "text",
        [
            'USERNAME eq "bjensen"',
            f'{USER_URN.upper()}:NAME.FAMILYNAME sw "o"',
            f'{USER_URN}:emails[TYPE eq "work"]',
            f'{ENTERPRISE_URN}:manager.value eq "26118915"',
            f'{ENTERPRISE_URN.lower()}:EmployeeNumber eq "701984"',
            f'{ENTERPRISE_URN}:manager[value eq "26118915"]',
            'employeeNumber eq "701984"',
            'groups.$ref eq "https://example.com/v2/Groups/e9e30dba"',
            'Schemas eq "urn:ietf:params:scim:schemas:core:2.0:User"',  # FLT-019
            'schemas[value eq "urn:ietf:params:scim:schemas:core:2.0:User"]',
        ],
    )
    def test_are_found(self, text):
        assert holds(text)

    def test_of_extensions_need_their_urn_without_short_names(self):
        with pytest.raises(InvalidFilter, match="employeeNumber"):
            holds('employeeNumber eq "701984"', short_names=False)
        assert holds(f'{ENTERPRISE_URN}:employeeNumber eq "701984"', short_names=False)

    @pytest.mark.parametrize(
        "text",
        [
            *("foo pr", 'name.foo eq "x"', 'emails[foo eq "x"]', "urn:x:User:userName pr", "not (foo pr)"),
            *("userName.value pr", "emails[emails.value pr]", 'emails[type.x eq "y"]', "schemas[type pr]"),
            f"emails[{USER_URN}:type pr]",
        ],
    )
    def test_that_no_schema_has_are_refused_by_name(self, text):
        """QRY-006: 400 invalidFilter, and never an empty answer."""
        with pytest.raises(InvalidFilter, match="SC-1112"):
            holds(text)

    def test_that_no_schema_has_may_mean_no_value(self):
        """QRY-004: over several types 'attributes … are treated as if they have no value'."""
        for text, expected in [
            ("userName pr", False),
            ('userName eq "x"', False),
            ('userName ne "x"', True),
            ("userName eq null", True),
            ("userName ne null", False),
            ('not (userName sw "b")', True),
            ('emails[type eq "work"]', False),
            ('displayName eq "Tour Guides" and meta.resourceType eq "Group"', True),
            ('displayName eq "é" or userName gt 5', False),
            ('userName eq 5 or displayName eq "tour guides"', True),
            ('displayName eq "tour guides" and userName ne 5', True),
        ]:
            group = {"displayName": "Tour Guides", "meta": {"resourceType": "Group"}}
            assert holds(text, group, GROUP_TYPE, unknown="never") is expected, text

    def test_of_a_schema_are_no_attribute(self):
        for text in (f"{ENTERPRISE_URN} pr", f"{ENTERPRISE_URN} eq null", f'{ENTERPRISE_URN}[manager eq "x"]'):
            with pytest.raises(InvalidFilter, match="Filter by schemas eq"):
                holds(text)


class TestSecrets:
    """FLT-030: what is never returned, or write-only, is no oracle."""

    @pytest.mark.parametrize(
        "text", ['password eq "x"', "password pr", 'not (password sw "a")', "password eq null", "secretWord pr"]
    )
    def test_cannot_be_filtered_by(self, text):
        with pytest.raises(InvalidFilter, match="SC-1117"):
            holds(text, type=BoundType(EXTENDED_USER))
        with pytest.raises(InvalidFilter, match="SC-1117"):
            holds(text, type=BoundType(EXTENDED_USER), unknown="never")

    def test_cannot_be_filtered_by_as_sub_attributes(self):
        for text in (
            "pin.value pr",
            'pin eq "1"',
            "rooms.secret pr",
            "rooms[secret pr]",
            'rooms[value pr and secret sw "a"]',
        ):
            with pytest.raises(InvalidFilter, match="SC-1117"):
                holds(text, type=ODD)


class TestTexts:
    """FLT-016: 'String comparisons … caseExact'; FLT-017: prepared before they are compared."""

    def test_fold_unless_case_exact(self):
        assert holds('userName eq "BJENSEN" and name.familyName ew "MALLEY"')
        assert holds('externalId eq "Ext-1"')
        assert not holds('externalId eq "ext-1"')
        assert not holds('id eq "2819C223"')
        assert not holds('groups.$ref eq "https://EXAMPLE.com/v2/Groups/e9e30dba"')  # FLT-024

    def test_are_the_same_however_composed(self):
        composed, decomposed = "Ren\u00e9", "Rene\u0301"
        for stored in (composed, decomposed):
            for asked in (composed, decomposed, composed.upper()):
                assert holds(f'userName eq "{asked}"', {"userName": stored})
            assert holds(f'externalId eq "{composed}" and externalId eq "{decomposed}"', {"externalId": stored})
            assert not holds(f'externalId eq "{composed.upper()}"', {"externalId": stored})

    def test_do_not_fold_more_than_case(self):
        assert not holds('userName eq "strasse"', {"userName": "straße"})

    def test_are_ordered_by_their_folded_form(self):
        """FLT-020."""
        assert holds('userName gt "BJENSEM" and userName lt "bjensenA" and userName ge "bJensen"')


class TestSeveralValues:
    """FLT-012: 'if any of the values match'; FLT-013: in brackets, of the same element."""

    SPLIT = {"emails": [{"type": "work", "value": "a@y"}, {"type": "home", "value": "b@x"}]}

    def test_match_if_any_does(self):
        assert holds('emails.type eq "home" and emails.type eq "work"')
        assert holds('emails.type eq "work" and emails.value co "@x"', self.SPLIT)

    def test_match_in_brackets_on_one_element(self):
        assert not holds('emails[type eq "work" and value co "@x"]', self.SPLIT)
        assert holds('emails[type eq "home" and value co "@x"]', self.SPLIT)
        assert holds('emails[type eq "home" and not (value co "@y")]', self.SPLIT)
        assert holds('emails[type eq "nope" or (type pr and value sw "a")]', self.SPLIT)
        assert not holds("emails[not (type pr)]", self.SPLIT)
        assert not holds("emails[not (type pr)]", {})

    def test_are_meant_by_their_name_alone(self):
        """FLT-014: `emails` is `emails.value`; PING-001."""
        assert holds('emails eq "BABS@jensen.org"')
        assert holds('groups eq "e9e30dba"')
        assert holds('members eq "u1"', {"members": [{"value": "u0"}, {"value": "u1"}]}, GROUP_TYPE)
        assert holds('members[value eq "u1"]', {"members": [{"value": "u0"}, {"value": "u1"}]}, GROUP_TYPE)

    def test_take_not_equal_as_no_value_equals(self):
        """FLT-027: `ne` is `not eq`, on several values and on none."""
        assert not holds('emails.type ne "work"', self.SPLIT)
        assert holds('emails.type ne "other"', self.SPLIT)
        assert holds('emails[type ne "work"]', self.SPLIT)
        assert holds('title ne "x"', {})
        assert holds('not (title eq "x")', {})
        assert holds('emails.type ne "work"', {})

    def test_are_present_if_any_is(self):
        """FLT-011: null, "", [], {} and complex values of nothing else are no values."""
        for empty in ({}, {"title": None}, {"title": ""}):
            assert not holds("title pr", empty)
        for empty in ({}, {"name": {}}, {"name": {"givenName": ""}}, {"name": None}):
            assert not holds("name pr", empty)
            assert holds("name eq null", empty)
        for empty in ({}, {"emails": []}, {"emails": [{}]}, {"emails": [{"value": None}]}, {"emails": None}):
            assert not holds("emails pr", empty)
            assert not holds("emails.value pr", empty)
        assert holds("name pr and name.givenName pr and emails pr and emails.type pr")
        assert holds("emails.type pr", {"emails": [{"value": "a"}, {"type": "x"}]})
        assert holds("active pr", {"active": False})
        assert holds("one-integer pr", {"one-integer": 0}, ODD)
        assert not holds('emails.display ne null or nickName ne null or manager eq "0"')


class TestSingleComplexValues:
    def test_need_a_sub_attribute(self):
        """FLT-015."""
        with pytest.raises(InvalidFilter, match=r"name is complex.*name\.formatted"):
            holds('name eq "x"')
        assert holds("name pr")

    def test_mean_their_value_if_they_have_one(self):
        """FLT-035: Entra ID asks `manager eq "x"`."""
        assert holds('id eq "2819c223" and manager eq "26118915"')
        assert not holds('manager eq "other"')
        assert holds("manager pr")

    def test_are_the_only_element_in_brackets(self):
        assert holds('name[givenName eq "barbara" and not (familyName pr and middleName pr)]')
        assert not holds('name[not (givenName eq "x")]', {})

    def test_are_no_simple_ones(self):
        for text in ("title[value pr]", "name.givenName[value pr]"):
            with pytest.raises(InvalidFilter):
                holds(text)


class TestTruth:
    """FLT-023: true and false; as texts only where the dialect allows it."""

    def test_is_no_text(self):
        assert holds("active eq true and active ne false")
        with pytest.raises(InvalidFilter, match="SC-1114"):
            holds('active eq "true"')

    @pytest.mark.parametrize("text", ["true", "True", "TRUE"])
    def test_may_be_a_text(self, text):
        found = condition(parse_filter(f'active eq "{text}"'), USER_TYPE, text_booleans=True)
        assert found.holds(USER_WITH_EVERYTHING)
        assert found.values == (True,)
        with pytest.raises(InvalidFilter, match="SC-1114"):
            holds('active eq "yes"', text_booleans=True)

    def test_is_compared_with_what_the_resource_has(self):
        """FLT-029."""
        assert not holds("active eq true", {})
        assert not holds("active eq false", {})
        assert holds("active ne false", {})


class TestDates:
    """FLT-022: chronological, whatever the zone."""

    def test_are_instants(self):
        data = {"meta": {"created": "2011-05-13T04:42:34Z"}}
        assert holds('meta.created eq "2011-05-13T06:42:34.000+02:00"', data)
        assert holds('meta.created eq "2011-05-13T04:42:34"', data)
        assert holds('meta.created gt "2011-05-13T06:42:33.999999+02:00"', data)
        assert not holds('meta.created eq "2011-05-13T04:42:34Z"', {"meta": {"created": "yesterday"}})

    @pytest.mark.parametrize("text", ['"2011-05-13"', '"yesterday"', '""', "5", "true"])
    def test_must_be_dates(self, text):
        """FLT-028."""
        with pytest.raises(InvalidFilter, match="SC-1114"):
            holds(f"meta.created gt {text}")


class TestEntra:
    def test_appends_a_sub_attribute_only_for_dialects(self):
        """FLT-034: the strict engine refuses it and says what to write."""
        with pytest.raises(InvalidFilter, match="inside the brackets"):
            holds('emails[type eq "work"].value eq "x"')


class TestPrimary:
    """If not specified, the value of "primary" SHALL be assumed to be "false" (RFC 7643 section 2.4)."""

    UNMARKED: ClassVar = {"emails": [{"value": "a@x"}]}
    MARKED: ClassVar = {"emails": [{"value": "a@x", "primary": True}]}

    @pytest.mark.parametrize("text", ["emails.primary eq false", "emails[primary eq false]", "emails[primary ne true]"])
    def test_is_false_where_it_is_not_said(self, text):
        """CORE-021, FLT-029."""
        assert holds(text, self.UNMARKED)
        assert not holds(text, self.MARKED)
        assert not holds(text, {})

    def test_that_is_not_said_is_still_not_present(self):
        assert not holds("emails[primary pr]", self.UNMARKED)
        assert holds("emails[not (primary pr) and primary eq false]", self.UNMARKED)

    def test_that_is_false_somewhere_is_told_from_false_nowhere(self):
        both = {"emails": [*self.UNMARKED["emails"], *self.MARKED["emails"]]}
        assert holds("emails.primary eq false", both)
        assert holds("emails.primary ne false", self.MARKED)
        assert not holds("emails.primary ne false", both)

    def test_picks_the_elements_of_a_path(self):
        path = parse_path("emails[primary eq false].type")
        found = element_condition(path, USER_TYPE.find(None, "emails"), USER_TYPE)
        assert found.holds({"value": "a@x"})
        assert not found.holds({"value": "a@x", "primary": True})


class TestElements:
    """Conditions over one element, for PATCH paths."""

    @staticmethod
    def of(text, type=USER_TYPE, **options):
        path = parse_path(text)
        return element_condition(path, type.find(path.attr.urn, path.attr.name), type, **options)

    def test_look_at_one_element(self):
        found = self.of('emails[type eq "WORK" and value co "@x"].display')
        assert found.holds({"type": "work", "value": "a@x"})
        assert not found.holds({"type": "work"})
        assert found.relations == frozenset()
        assert self.of('members[value eq "u"]', GROUP_TYPE).relations == {"members"}

    def test_look_at_a_simple_value(self):
        found = self.of('schemas eq "urn:x"')
        assert found.holds("urn:x")
        assert not found.holds("urn:y")
        assert self.of("many-integer[value gt 5]", ODD).holds(6)
        assert not self.of("many-integer[not (value pr)]", ODD).holds(6)

    def test_take_texts_for_truth_from_dialects(self):
        """Entra ID: `roles[primary eq "True"].value`."""
        assert self.of('roles[primary eq "True"]', text_booleans=True).holds({"primary": True})
        with pytest.raises(InvalidFilter):
            self.of('roles[primary eq "True"]')

    def test_are_checked_like_filters(self):
        for text in ("emails[nope pr]", "emails[primary gt true]", 'emails[type eq 5 or value eq "x"]'):
            with pytest.raises(InvalidFilter):
                self.of(text)
        for target in (Target(ENTERPRISE_URN, None), Target(None, USER_TYPE.attributes["title"])):
            with pytest.raises(InvalidPath):
                element_condition(parse_path("a[value pr]"), target, USER_TYPE)
        with pytest.raises(ValueError, match="without brackets"):
            self.of("emails")


class TestConditions:
    def test_name_the_relations_they_look_at(self):
        found = condition(parse_filter('id eq "g" and not (groups[display sw "x"] or groups pr)'), USER_TYPE)
        assert found.relations == {"groups"}
        assert condition(parse_filter("title pr"), USER_TYPE).relations == frozenset()

    def test_of_one_shape_share_their_tree(self):
        """What is resolved and compiled once per shape is only bound again."""
        one, two = (condition(parse_filter(f'userName eq "{name}" and title pr'), USER_TYPE) for name in "ab")
        assert one.tree is two.tree
        assert (one.values, two.values) == (("a",), ("b",))
        assert one != two

    def test_can_be_made_from_their_parts(self):
        made = condition(parse_filter('userName eq "BJensen"'), USER_TYPE)
        assert isinstance(made.tree, ResolvedTest)
        again = Condition(made.tree, made.values)
        assert again == made
        assert again.holds(USER_WITH_EVERYTHING)
        assert again.relations == made.relations

    def test_with_many_values_are_not_kept(self):
        text = " or ".join(f'id eq "{n}"' for n in range(100))
        assert condition(parse_filter(text), USER_TYPE).holds({"id": "99"})
