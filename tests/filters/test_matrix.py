"""Which operator compares which type, with which literal (RFC 7644 section 3.4.2.2, Table 3)."""

import pytest

from scimcore.errors import InvalidFilter
from tests.filters.samples import ODD, SCALARS, holds

OPERATORS = ("eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le")
LOW, MIDDLE, HIGH = 0, 1, 2
#: Three values of each type in their order, as data; and as literals.
VALUES = {
    "string": ["alpha", "Beta", "gamma"],
    "reference": ["https://a/1", "https://b/2", "https://c/3"],
    "integer": [-10, 9, 10],
    "decimal": [-0.5, 1.25, 1e3],
    "dateTime": ["2010-12-31T23:59:59.999Z", "2011-01-01T00:00:00Z", "2011-01-01T00:00:01-12:00"],
    "boolean": [False, True],
    "binary": ["YQ==", "Yg==", "Yw=="],
}
#: FLT-008: what Table 3 allows.
ALLOWED = {
    "string": set(OPERATORS),  # FLT-020
    "reference": set(OPERATORS),  # FLT-024
    "integer": {"eq", "ne", "gt", "ge", "lt", "le"},  # FLT-021
    "decimal": {"eq", "ne", "gt", "ge", "lt", "le"},  # FLT-021
    "dateTime": {"eq", "ne", "gt", "ge", "lt", "le"},  # FLT-022
    "boolean": {"eq", "ne"},  # FLT-023
    "binary": {"eq", "ne"},  # FLT-025
}
EXPECTED = {
    "eq": lambda data, literal: data == literal,
    "ne": lambda data, literal: data != literal,
    "co": lambda data, literal: data == literal,
    "sw": lambda data, literal: data == literal,
    "ew": lambda data, literal: data == literal,
    "gt": lambda data, literal: data > literal,
    "ge": lambda data, literal: data >= literal,
    "lt": lambda data, literal: data < literal,
    "le": lambda data, literal: data <= literal,
}


def literal(value):
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


def placed(kind, value):
    """The same value in every kind of place: (name in a filter, resource)."""
    return [
        (f"one-{kind}", {f"one-{kind}": value}),
        (f"many-{kind}", {f"many-{kind}": [value]}),
        (f"one-complex.sub-{kind}", {"one-complex": {f"sub-{kind}": value}}),
        (f"many-complex.sub-{kind}", {"many-complex": [{}, {f"sub-{kind}": value}]}),
    ]


@pytest.mark.parametrize("op", OPERATORS)
@pytest.mark.parametrize("kind", SCALARS)
def test_operators_compare_by_type(kind, op):
    """FLT-008..010, FLT-020..025: what is not in the table is refused, the rest follows the type's order."""
    for at, wanted in enumerate(VALUES[kind]):
        for stored, value in enumerate(VALUES[kind]):
            for name, data in placed(kind, value):
                text = f"{name} {op} {literal(wanted)}"
                if op in ALLOWED[kind]:
                    assert holds(text, data, ODD) is EXPECTED[op](stored, at), text
                else:
                    with pytest.raises(InvalidFilter, match="SC-1113"):
                        holds(text, data, ODD)


@pytest.mark.parametrize("other", ["5", "1.5", "true", '"text"', '"2011-05-13"'])
@pytest.mark.parametrize("kind", SCALARS)
def test_literals_of_another_type_are_refused(kind, other):
    """FLT-028: 'the specified attribute and filter comparison combination is not supported'."""
    fits = {"5": ("integer", "decimal"), "1.5": ("integer", "decimal"), "true": ("boolean",)}
    accepted = kind in fits.get(other, ("string", "reference", "binary"))
    if accepted:
        holds(f"one-{kind} eq {other}", {}, ODD)
    else:
        with pytest.raises(InvalidFilter, match="SC-1114"):
            holds(f"one-{kind} eq {other}", {}, ODD)


@pytest.mark.parametrize("op", OPERATORS)
@pytest.mark.parametrize("kind", SCALARS)
def test_null_is_the_absence_of_a_value(kind, op):
    """FLT-026: eq null == not pr, ne null == pr, ordering with null never matches."""
    name, value = f"one-{kind}", VALUES[kind][0]
    for data in ({}, {name: value}):
        if op in ("eq", "ne"):
            assert holds(f"{name} {op} null", data, ODD) is ((name in data) is (op == "ne"))
        elif op in ("co", "sw", "ew") or op not in ALLOWED[kind]:
            with pytest.raises(InvalidFilter):
                holds(f"{name} {op} null", data, ODD)
        else:
            assert not holds(f"{name} {op} null", data, ODD)


def test_text_operators_find_parts():
    """FLT-010: substring, prefix and suffix, identical strings included."""
    data = {"one-string": "Substantial", "exactly": "Substantial"}
    assert holds('one-string co "STANT"', data, ODD)
    assert holds('one-string sw "sub" and one-string ew "TIAL"', data, ODD)
    assert not holds('exactly co "STANT"', data, ODD)
    assert holds('exactly co "stant" and exactly sw "Substantial" and exactly ew "Substantial"', data, ODD)
    assert not holds('one-string sw "ubst"', data, ODD)
    assert not holds('one-string ew "tia"', data, ODD)


def test_complex_attributes_compare_by_no_operator():
    """FLT-015: 'a sub-attribute of it'; FLT-014: a multi-valued one without `value` likewise."""
    for name in ("one-complex", "many-complex"):
        with pytest.raises(InvalidFilter, match=rf"SC-1115.*as in {name}\.sub-string"):
            holds(f'{name} eq "x"', {}, ODD)
        assert holds(f"{name} eq null", {}, ODD)


def test_values_of_another_type_than_the_schema_says_do_not_match():
    """What an older schema left behind is no match, and no crash."""
    for kind in SCALARS:
        text = f"one-{kind} eq {literal(VALUES[kind][0])}"
        for odd in (None, 5.5, "odd", True, [], {}, ["x"]):
            assert holds(text, {f"one-{kind}": odd}, ODD) is False
    assert not holds("one-integer eq 1", {"one-integer": True}, ODD)
    assert not holds("one-boolean eq true", {"one-boolean": 1}, ODD)
