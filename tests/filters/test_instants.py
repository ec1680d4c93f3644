"""RFC 7643 section 2.3.5: 'A DateTime value [...] MUST include both a date and a time', as an xsd:dateTime."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scimcore.filters.instants import from_instant, instant


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T00:00:01.5Z", 1_500_000),
        ("1970-01-01T00:00:00.0000019Z", 1),
        ("1970-01-01T00:00:00", 0),
        ("1970-01-01T01:00:00+01:00", 0),
        ("1969-12-31T18:30:00-05:30", 0),
        ("1969-12-31T23:59:59.999999Z", -1),
        ("2008-01-23T04:56:22Z", 1_201_064_182_000_000),
    ],
)
def test_texts_are_microseconds_since_1970(text, same):
    """FLT-022: zones and fractions; no offset means UTC."""
    assert instant(text) == same


@pytest.mark.parametrize(
    "text",
    [
        *("", "2011-05-13", "04:42:34Z", "2011-05-13 04:42:34Z", "2011-05-13T04:42Z", "2011-05-13T04:42:34z"),
        *("2011-02-30T00:00:00Z", "2011-13-01T00:00:00Z", "2011-05-13T24:00:00Z", "2011-05-13T23:59:60Z"),
        *("2011-05-13T04:42:34+15:00", "2011-05-13T04:42:34+14:01", "2011-05-13T04:42:34.Z", "20110513T044234Z"),
        *("0000-01-01T00:00:00Z", "-2011-05-13T04:42:34Z", "12011-05-13T04:42:34Z", "2011-05-13T04:42:34Z\n"),
        *("٢٠١١-05-13T04:42:34Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "yesterday"),
    ],
)
def test_what_is_no_date_time_is_refused(text):
    with pytest.raises(ValueError, match=r"is not a date and time|out of range|must be in|is out of"):
        instant(text)


@settings(max_examples=100)
@given(st.datetimes())
def test_instants_come_back(moment):
    """Law: `instant(from_instant(x)) == x`, and both agree with datetime."""
    micros = (moment.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    assert instant(from_instant(micros)) == micros
    assert from_instant(micros) == moment.isoformat() + "Z"
