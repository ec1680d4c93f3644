"""What parses and what it parses to (RFC 7644 section 3.4.2.2, Figure 1, corrected)."""

import pytest

from scimcore.errors import InvalidFilter, InvalidPath
from scimcore.filters import (
    And,
    AttrPath,
    Compare,
    Constant,
    Element,
    Filter,
    Not,
    Or,
    Present,
    Slot,
    parse_filter,
    render,
)
from scimcore.filters.ast import Path, join_element
from scimcore.filters.parsing import parse_path
from scimcore.filters.rendering import render_path


def has(name: str) -> Present:
    return Present(AttrPath(None, name))


A, B, C = has("a"), has("b"), has("c")


class TestPrecedence:
    """Erratum 4670: grouping first, then "not", then "and", then "or" (FLT-003)."""

    @pytest.mark.parametrize(
        ("text", "tree"),
        [
            ("a pr or b pr and c pr", Or((A, And((B, C))))),
            ("a pr and b pr or c pr", Or((And((A, B)), C))),
            ("(a pr or b pr) and c pr", And((Or((A, B)), C))),
            ("not (a pr) and b pr", And((Not(A), B))),
            ("not (a pr and b pr)", Not(And((A, B)))),
            ("not (not (a pr))", Not(Not(A))),
            ("a pr and b pr and c pr", And((A, B, C))),
            ("a pr and (b pr and c pr)", And((A, And((B, C))))),
            ("((a pr))", A),
        ],
    )
    def test_is_not_and_or(self, text, tree):
        assert parse_filter(text).tree == tree

    def test_a_space_after_not_is_optional(self):
        """FLT-004, erratum 7319."""
        assert parse_filter("not(a pr)") == parse_filter("not (a pr)") == parse_filter("not  ( a pr )")


class TestNames:
    """'Attribute names and attribute operators used in filters are case insensitive' (FLT-002); names may be fully
    qualified (FLT-018)."""

    @pytest.mark.parametrize("text", ['a Eq "x" AND Not (b Pr) oR c PR', 'a eq "x" and not (b pr) or c pr'])
    def test_operators_have_any_case(self, text):
        assert render(parse_filter(text)) == 'a eq "x" and not (b pr) or c pr'

    @pytest.mark.parametrize(
        ("text", "path"),
        [
            ("userName", AttrPath(None, "userName")),
            ("name.familyName", AttrPath(None, "name", "familyName")),
            ("members.$ref", AttrPath(None, "members", "$ref")),
            ("$ref", AttrPath(None, "$ref")),
            ("x509Certificates", AttrPath(None, "x509Certificates")),
            ("cost-center_2", AttrPath(None, "cost-center_2")),
            ("urn:ietf:core:2.0:User:userName", AttrPath("urn:ietf:core:2.0:User", "userName")),
            ("urn:ietf:core:2.0:User:name.givenName", AttrPath("urn:ietf:core:2.0:User", "name", "givenName")),
            ("https://example.com/scim/v1.2:badge", AttrPath("https://example.com/scim/v1.2", "badge")),
            ("urn:example:2.0", AttrPath("urn:example", "2", "0")),
        ],
    )
    def test_the_name_starts_after_the_last_colon(self, text, path):
        """Dots before it belong to the URN; whether "…:2.0" is a URN or a name is for the schema to say."""
        assert parse_filter(f"{text} pr").tree == Present(path)
        assert parse_path(text) == Path(path)
        assert str(path) == text

    @pytest.mark.parametrize("name", ["a.b.c", "1a", "a..b", ".a", "a.", "é", "a:", ":a", "a$é", "a:b.c/d", "a,b"])
    def test_other_names_are_refused(self, name):
        with pytest.raises(InvalidFilter):
            parse_filter(f"{name} pr")
        with pytest.raises(InvalidPath):
            parse_path(name)


class TestBrackets:
    """Errata 4690 and 7322: any combination of comparisons in brackets, no further brackets (FLT-005)."""

    def test_hold_a_whole_expression(self):
        tree = parse_filter('emails[a eq "1" and (b eq 2 or not (c pr))]').tree
        inner = And(
            (
                Compare(AttrPath(None, "a"), "eq", Slot(0, "string")),
                Or((Compare(AttrPath(None, "b"), "eq", Slot(1, "number")), Not(C))),
            )
        )
        assert tree == Element(AttrPath(None, "emails"), inner)

    def test_follow_a_qualified_name(self):
        tree = parse_filter("urn:x:2.0:User:emails[a pr]").tree
        assert tree == Element(AttrPath("urn:x:2.0:User", "emails"), A)

    @pytest.mark.parametrize(
        "text", ["emails[emails[a pr]]", "emails[a pr and b[c pr]]", "emails.value[a pr]", "emails [a pr]", "emails[]"]
    )
    def test_hold_no_brackets_and_follow_an_attribute(self, text):
        with pytest.raises(InvalidFilter):
            parse_filter(text)

    def test_may_be_followed_by_a_sub_attribute_as_entra_writes_it(self):
        """FLT-034: outside the ABNF; a dialect joins it."""
        filter = parse_filter('not (emails[type eq "work" and a pr].value eq "x") or b pr')
        then = Compare(AttrPath(None, "value"), "eq", Slot(1, "string"))
        work = Compare(AttrPath(None, "type"), "eq", Slot(0, "string"))
        assert filter.tree == Or((Not(Element(AttrPath(None, "emails"), And((work, A)), then)), B))
        joined = Filter(join_element(filter.tree), filter.values)
        assert render(joined) == 'not (emails[type eq "work" and a pr and value eq "x"]) or b pr'
        assert join_element(joined.tree) is joined.tree

    def test_are_joined_around_an_alternative(self):
        filter = parse_filter('emails[a pr or b pr].value eq "x"')
        assert render(Filter(join_element(filter.tree), filter.values)) == 'emails[(a pr or b pr) and value eq "x"]'
        assert join_element(parse_filter("emails[a pr].b pr").tree) == Element(AttrPath(None, "emails"), And((A, B)))


class TestLiterals:
    """compValue is JSON (FLT-006)."""

    @pytest.mark.parametrize(
        ("literal", "value"),
        [
            ('"O\'Malley"', "O'Malley"),
            (r'"a\"b"', 'a"b'),
            (r'"\u00e9\\\/\n"', "é\\/\n"),
            (r'"\ud83d\ude00"', "😀"),
            ('"a and [b] or (c) eq 5"', "a and [b] or (c) eq 5"),
            ('""', ""),
            ('"\u2028é\u00a0"', "\u2028é\u00a0"),
            ("42", 42),
            ("-0", 0),
            ("-1.5e3", -1500.0),
            ("1E+2", 100.0),
            ("9223372036854775807", 2**63 - 1),
            ("-9223372036854775808", -(2**63)),
        ],
    )
    def test_strings_and_numbers_fill_slots(self, literal, value):
        for text in (f"a eq {literal}", f"a eq {literal} and b pr", f"(a eq {literal})", f"x[a eq {literal}]"):
            filter = parse_filter(text)
            assert filter.values == (value,)
            assert type(filter.values[0]) is type(value)
            assert parse_filter(render(filter)) == filter

    def test_slots_are_numbered_in_the_order_of_the_text(self):
        filter = parse_filter(r'a eq 1 and b eq "2" and c eq "\u0033" and d eq 4.0 and e eq true')
        assert filter.values == (1, "2", "3", 4.0)
        assert render(filter) == 'a eq 1 and b eq "2" and c eq "3" and d eq 4.0 and e eq true'

    @pytest.mark.parametrize(("word", "value"), [("true", True), ("false", False), ("null", None), ("True", True)])
    def test_true_false_null_belong_to_the_shape(self, word, value):
        filter = parse_filter(f"a eq {word}")
        assert filter == Filter(Compare(AttrPath(None, "a"), "eq", Constant(value)))

    @pytest.mark.parametrize(
        "literal",
        [
            *("01", "1.", ".5", "+1", "1e", "0x1", "1_000", "NaN", "Infinity", "1e999", "-1e999", "1-2"),
            *("9223372036854775808", "-9223372036854775809", "9" * 5000, "bare", "'x'", "`x`", "tru", "truex"),
            *('"a', '"a\\"', '"\\x41"', '"\\u12"', '"\\', '"a\nb"', '"a\x00b"', '"\\u0000"', '"\\ud800"', '"\udc00"'),
            *('"\\ude00\\ud83d"', '"a""b"', "[1]", "{}", "“x”"),
        ],
    )
    def test_what_is_no_json_or_cannot_be_stored_is_refused(self, literal):
        with pytest.raises(InvalidFilter):
            parse_filter(f"a eq {literal}")

    def test_texts_that_differ_in_literals_share_one_tree(self):
        assert parse_filter('a eq "x" and b gt 5').tree is parse_filter('a eq "yy" and b gt -7.5').tree


class TestFaults:
    """A filter that cannot be read is answered with what to write instead and where (FLT-006, FLT-007)."""

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            (
                'userName regex "x"',
                '"regex" is not an operator. Use eq, ne, co, sw, ew, gt, ge, lt, le or pr. (column 10',
            ),
            ("externalId eq jorunn", 'Put strings in double quotes: write "jorunn". (column 15'),
            ("externalId eq 'jo'", 'Put strings in double quotes, not in single quotes: write "jo".'),
            ("title eq 'two words'", 'not in single quotes: write "two words".'),
            ("title eq don't", 'write "don\'t".'),
            ("userName eq", 'The filter ends too early. Add what follows "eq".'),
            ("userName pr and", 'The filter ends too early. Add what follows "and".'),
            ("userName", "The filter ends too early"),
            ("", "The filter ends too early. Add an attribute's name"),
            ("   ", "The filter ends too early"),
            ('userName eq"x"', 'A space is missing after "eq".'),
            ('a eq "x"and b pr', '"and" is not allowed here'),
            ("(a pr", 'The filter ends too early. Add ")"'),
            ("a pr)", '")" is not allowed here'),
            ('a eq "x', "End this string with a double quote. (column 6"),
            ('a eq "\\"', "End this string with a double quote. (column 6"),
            ('a eq "\\q"', "A backslash in a string opens a JSON escape"),
            ("a eq 01", "Write numbers as JSON does"),
            ("a eq " + "9" * 5000, "Give a number of at most 64 bits."),
            ("a.b.c pr", "with at most one dot"),
            ("a[b[c pr]]", "without other brackets inside"),
            ("a.b[c pr]", "Select the elements of an attribute"),
            ("a eq @", '"@" is not a value'),
        ],
    )
    def test_say_what_to_write(self, text, said):
        with pytest.raises(InvalidFilter) as raised:
            parse_filter(text)
        assert said in str(raised.value)
        assert raised.value.scim_type == "invalidFilter"

    @pytest.mark.parametrize(
        ("text", "wrong"),
        [
            ('userName eq "a \\"quoted\\" name" and b regex 5', "regex"),
            ("a eq \"é\\n\" and b eq 12345 and c eq 'x'", "'x'"),
            ('a eq "x" and b eq 12345.5.5 and c eq 1', "12345.5.5"),
            ('a eq "long" and b eq "\\ud800"', '"\\ud800"'),
            ('members[value eq "a long value" and b!c pr]', "b!c"),
        ],
    )
    def test_point_at_the_place_in_the_text_as_it_was_sent(self, text, wrong):
        with pytest.raises(InvalidFilter) as raised:
            parse_filter(text)
        message, shown, caret = str(raised.value).split("\n")
        assert f"(column {text.index(wrong) + 1} of the filter)" in message
        assert shown[caret.index("^") : caret.rindex("^") + 1] == wrong

    def test_show_only_the_neighbourhood_in_characters_that_can_be_shown(self):
        with pytest.raises(InvalidFilter) as raised:
            parse_filter('a eq "' + "x" * 3000 + '\u202e" and b regex 5')
        assert len(str(raised.value)) < 400
        assert 'xxx?" and b regex 5' in str(raised.value)
        with pytest.raises(InvalidFilter) as raised:
            parse_filter('a eq "\x07\ud800"')
        assert 'a eq "??"' in str(raised.value)


class TestPaths:
    """PATCH-004: 'PATH = attrPath / valuePath [subAttr]', with erratum 7122 also a comparison."""

    @pytest.mark.parametrize(
        ("text", "path"),
        [
            ("members", Path(AttrPath(None, "members"))),
            ("name.familyName", Path(AttrPath(None, "name", "familyName"))),
            ("a[b pr]", Path(AttrPath(None, "a"), B)),
            ("a[b pr].c", Path(AttrPath(None, "a"), B, "c")),
            ("a[b pr].$ref", Path(AttrPath(None, "a"), B, "$ref")),
            ("a[b pr and not (c pr)].d", Path(AttrPath(None, "a"), And((B, Not(C))), "d")),
            ("urn:x:2.0:User:a[b pr].c", Path(AttrPath("urn:x:2.0:User", "a"), B, "c")),
            ("schemas pr", Path(AttrPath(None, "schemas"), has("value"))),
        ],
    )
    def test_parse(self, text, path):
        assert parse_path(text) == path
        assert parse_path(render_path(path)) == path

    def test_with_brackets_carry_their_values(self):
        path = parse_path('addresses[type eq "work" and b eq 5].streetAddress')
        assert path.values == ("work", 5)
        assert path.sub == "streetAddress"
        assert render_path(path) == 'addresses[type eq "work" and b eq 5].streetAddress'

    def test_that_are_comparisons_select_by_value(self):
        """Erratum 7122."""
        assert parse_path('schemas eq "urn:x"') == parse_path('schemas[value eq "urn:x"]')

    @pytest.mark.parametrize(
        "text",
        [
            *("", " ", "a b", "a.b.c", "a[b pr].c.d", "a[b pr]c", "a[b pr].", "a[b pr] .c", "a]", "(a)", "not (a pr)"),
            *("a pr and b pr", "a.b[c pr]", 'a.b eq "x"', "a[b pr].c eq 5", "x" * 10_001, '"a"', "a[b pr][c pr]"),
        ],
    )
    def test_that_are_none_are_invalid_paths(self, text):
        with pytest.raises(InvalidPath):
            parse_path(text)

    @pytest.mark.parametrize(
        "text", ["a[", "a[]", "a[b]", "a[b rx 5].c", "a[b eq 'x'].c", 'a[b eq "x]', "a[b[c pr]]", "a[b eq 01]"]
    )
    def test_with_a_bad_filter_in_brackets_are_invalid_filters(self, text):
        with pytest.raises(InvalidFilter):
            parse_path(text)
