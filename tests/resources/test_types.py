"""Which JSON fits which type."""

import pytest

from scimcore.errors import InvalidValue
from scimcore.resources import Rules, checker
from scimcore.schema import Attribute, BoundType, ResourceType, Schema
from tests.resources.generated import STRICT, THINGS, USERS, of

KINDS = {
    "text": "x",
    "true": True,
    "whole": 3,
    "fraction": 1.5,
    "array": ["x"],
    "object": {"sub": "x"},
}
FITS = {
    "string": {"text"},
    "boolean": {"true"},
    "decimal": {"whole", "fraction"},
    "integer": {"whole"},
    "dateTime": set(),
    "binary": set(),
    "reference": {"text"},
    "complex": {"object"},
}


def value(name: str, given, **rules):
    return of(THINGS, **rules).value(THINGS.find(None, name), given)


class TestJsonKinds:
    """RFC 7643 section 2.3, Table 1: the JSON type of each SCIM type."""

    @pytest.mark.parametrize("type", FITS)
    @pytest.mark.parametrize("kind", KINDS)
    def test_right_kind_is_kept_and_wrong_kind_is_named(self, type, kind):
        # CORE-005: matrix of types and kinds
        if kind in FITS[type]:
            assert value(type, KINDS[kind]) == KINDS[kind]
            return
        with pytest.raises(InvalidValue) as caught:
            value(type, KINDS[kind])
        assert caught.value.faults[0].path == type

    @pytest.mark.parametrize("type", FITS)
    def test_null_unassigns(self, type):
        # CORE-026
        assert value(type, None) is None


class TestStrings:
    """RFC 7643 section 2.3.1: "A sequence of zero or more Unicode characters"."""

    @pytest.mark.parametrize("text", ["", " ", "😀", "e\u0301", "שלום", "a\nb\t", "\u200d", "x" * 10_000])
    def test_text_is_kept_as_it_is(self, text):
        assert value("string", text) == text  # CORE-006

    @pytest.mark.parametrize("text", ["\0", "a\0b", "\ud800", "x\udfff"])
    def test_what_no_store_can_hold_is_refused(self, text):
        with pytest.raises(InvalidValue):
            value("string", text)
        with pytest.raises(InvalidValue):  # among other texts as well, where all are looked at together
            of(USERS).body({"userName": "u", "name": {"givenName": "a", "familyName": text}}, creating=True)

    @pytest.mark.parametrize("name", ["a\x07b", "a\nb", "\x7f", "a\u0085"])
    def test_control_characters_do_not_identify_anybody(self, name):
        with pytest.raises(InvalidValue):  # CORE-051
            of(USERS).body({"userName": name}, creating=True)

    def test_case_is_kept(self):
        assert of(USERS).body({"userName": "BJensen@X"}, creating=True).data["userName"] == "BJensen@X"  # CORE-088


class TestNumbersAndTruth:
    """RFC 7643 sections 2.3.2 to 2.3.4."""

    @pytest.mark.parametrize("wrong", ["maybe", "true", "True", 1, 0])
    def test_only_true_and_false_are_boolean(self, wrong):
        with pytest.raises(InvalidValue):  # CORE-007
            value("boolean", wrong)

    @pytest.mark.parametrize("wrong", [3.0, 1e2, "3", True, 2**63, -(2**63) - 1])
    def test_an_integer_has_no_fraction_and_fits_64_bits(self, wrong):
        with pytest.raises(InvalidValue):  # CORE-009
            value("integer", wrong)

    @pytest.mark.parametrize("wrong", ["1.5", True, float("nan"), float("inf"), 2**63])
    def test_a_decimal_is_a_finite_number(self, wrong):
        with pytest.raises(InvalidValue):  # CORE-008
            value("decimal", wrong)

    def test_the_ends_of_64_bits_are_taken(self):
        assert value("integer", 2**63 - 1) == 2**63 - 1
        assert value("integer", -(2**63)) == -(2**63)


class TestDateTimesAndBinaries:
    """RFC 7643 sections 2.3.5 and 2.3.6."""

    @pytest.mark.parametrize(
        "text",
        ["2011-05-13T04:42:34Z", "2011-05-13T04:42:34+05:30", "2011-05-13T04:42:34.123456789Z", "2011-05-13T04:42:34"],
    )
    def test_a_date_time_has_date_and_time(self, text):
        assert value("dateTime", text) == text  # CORE-010

    @pytest.mark.parametrize(
        "text", ["2011-05-13", "13/05/2011", "2011-13-01T00:00:00Z", "2011-02-30T00:00:00Z", "", "now", 5]
    )
    def test_anything_else_is_refused(self, text):
        with pytest.raises(InvalidValue):
            value("dateTime", text)

    @pytest.mark.parametrize("text", ["", "AA==", "AA", "AAA=", "AAA", "AAAA", "ab+/"])
    def test_base64_may_lack_its_padding(self, text):
        assert value("binary", text) == text  # CORE-012

    @pytest.mark.parametrize("text", ["@@", "A", "AA=", "A===", "AA==AA", "ab-_", "AAé", "AAA A"])
    def test_what_is_no_base64_is_refused(self, text):
        with pytest.raises(InvalidValue):
            value("binary", text)


class TestAdvice:
    """RFC 7643 section 7: "service providers MAY choose to ignore unsupported values"; formats likewise."""

    BODY = {
        "userName": "u",
        "profileUrl": "not a url",
        "locale": "e/n",
        "timezone": "Mars Base 3",
        "preferredLanguage": "klingon!",
        "emails": [{"value": "x", "type": "school"}],
        "addresses": [{"country": "USA"}],
        "x509Certificates": [{"value": "MAMCAQEwAwIBAQ=="}],
    }

    def test_everything_is_taken_by_default(self):
        # CORE-028, CORE-053, CORE-054, CORE-055, CORE-060
        assert of(USERS).body(self.BODY, creating=True).data["locale"] == "e/n"

    def test_everything_is_refused_where_it_is_enforced(self):
        enforcing = checker(USERS, Rules(formats="enforce", canonical_values="enforce"))
        with pytest.raises(InvalidValue) as caught:
            enforcing.body(self.BODY, creating=True)
        # CORE-063: the certificate is two
        assert {fault.path for fault in caught.value.faults} == {
            "profileUrl",
            "locale",
            "timezone",
            "preferredLanguage",
            "emails[0].type",
            "addresses[0].country",
            "x509Certificates[0].value",
        }

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("preferredLanguage", "en-US,fr;q=0.8"),
            ("locale", "en_US"),
            ("timezone", "Europe/Paris"),
            ("profileUrl", "https://x/é".replace("é", "e")),
        ],
    )
    def test_what_is_well_formed_passes(self, name, text):
        assert checker(USERS, STRICT).value(USERS.find(None, name), text) == text

    def test_canonical_values_match_in_any_case(self):
        strict = checker(USERS, STRICT)
        assert strict.element(USERS.find(None, "emails"), {"type": "WORK"}) == {"type": "WORK"}

    def test_one_certificate_passes(self):
        element = {"value": "MAMCAQE="}
        assert checker(USERS, STRICT).element(USERS.find(None, "x509Certificates"), element) == element


def test_suggested_values_say_nothing_about_numbers():
    sizes = Attribute(name="sizes", type="integer", multi_valued=True, canonical_values=("small",))
    type = BoundType(ResourceType(name="Shoe", endpoint="/Shoes", schema=Schema("urn:x:Shoe", "Shoe", (sizes,))))
    strict = checker(type, Rules(canonical_values="enforce"))
    assert strict.body({"sizes": [43]}, creating=True).data["sizes"] == [43]
