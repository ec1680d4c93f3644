"""FLT-031: nothing that a client sends costs more than a bounded amount, and nothing recurses without a bound."""

from time import perf_counter

import pytest

from scimcore.errors import InvalidFilter, InvalidPath
from scimcore.filters import parse_filter, render
from scimcore.filters.parsing import MAX_DEPTH, MAX_LENGTH, MAX_TERMS, parse_path
from tests.filters.samples import holds

HOSTILE = {
    "10k characters": 'userName eq "' + "x" * 10_000 + '"',
    "200 parentheses": "(" * 200 + "title pr" + ")" * 200,
    "200 negations": "not (" * 200 + "title pr" + ")" * 200,
    "100,000 parentheses": "(" * 100_000,
    "5000 open parentheses": "(" * 5000,
    "1000 terms": " or ".join(["title pr"] * 1000),
    "quotes without an end": '"' * 9_999,
    "escaped quotes": '"\\' * 4_900,
    "escapes": 'a eq "' + "\\" * 9_901,
    "closed escapes": 'a eq "' + "\\\\" * 4_900 + '" x',
    "digits": "a eq " + "9" * 9_000,
    "many digits": "a eq" + " 9" * 4_500,
    "blanks": " " * 10_000,
    "colons": "a:" * 4_900 + " pr",
    "dots": "a." * 4_900 + " pr",
    "brackets": "a[" * 4_900,
    "words": "or " * 3_300,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_texts_are_refused_quickly(text):
    parse_filter("title pr")  # the grammar is there
    started = perf_counter()
    with pytest.raises(InvalidFilter):
        parse_filter(text)
    with pytest.raises((InvalidFilter, InvalidPath)):
        parse_path(text)
    assert perf_counter() - started < 0.5, "a tenth of it on an idle machine"


def test_what_is_just_within_the_bounds_is_answered():
    assert holds("(" * MAX_DEPTH + "title pr" + ")" * MAX_DEPTH)
    assert holds("not (" * MAX_DEPTH + "title pr" + ")" * MAX_DEPTH)
    assert holds(" or ".join([f'id eq "{n}"' for n in range(MAX_TERMS - 1)] + ["title pr"]))
    assert holds("userName ne " + f'"{"x" * (MAX_LENGTH - 14)}"')


def test_one_more_is_refused():
    for text in (
        "(" * (MAX_DEPTH + 1) + "title pr" + ")" * (MAX_DEPTH + 1),
        " or ".join(["title pr"] * (MAX_TERMS + 1)),
        "userName ne " + f'"{"x" * (MAX_LENGTH - 13)}"',
    ):
        with pytest.raises(InvalidFilter, match="SC-1110"):
            parse_filter(text)


def test_keywords_inside_strings_are_no_terms():
    text = f'displayName eq "{" or ".join("x" * 600)} (((((((((((((((((((((((((((((((((((((((("'
    assert render(parse_filter(text)) == text


@pytest.mark.parametrize("marks", ["\u0301" * 31, r"\u0301" * 31])
def test_endless_combining_marks_are_refused_in_literals(marks: str) -> None:
    with pytest.raises(InvalidFilter):
        parse_filter(f'title eq "{marks}"')
    with pytest.raises(InvalidFilter):
        parse_path(f'emails[value eq "{marks}"].value')
    assert parse_filter(f'title eq "a" or title eq "{marks[: len(marks) // 31 * 30]}"')
