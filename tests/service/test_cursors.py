"""Cursors (RFC 9865): stateless, signed, bound to the query; what is wrong with one is told apart."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scimcore.errors import ExpiredCursor, InvalidCount, InvalidCursor
from scimcore.service.cursors import Cursor, CursorKeys

OLD, NEW = b"o" * 32, b"n" * 32
KEYS = CursorKeys((NEW,), 60)
BOUND = ["acme", "entra", ["User"], 'title eq "x"', None, "ascending", [], []]
HERE = Cursor(place=("bjensen", "2819"), count=10, issued=1_000, total=7)

places = st.lists(st.one_of(st.text(max_size=20), st.integers(-(2**60), 2**60), st.booleans(), st.none()), max_size=3)


class TestACursor:
    """RFC 9865 section 2: a cursor is made of unreserved characters; a forged one must be detected (section 5)."""

    @given(places, st.integers(0, 1000), st.booleans())
    def test_opens_to_what_was_sealed_and_is_made_of_unreserved_characters(
        self, place: list[str | int | bool | None], count: int, backwards: bool
    ) -> None:
        # CUR-001, CUR-012
        cursor = Cursor(place=tuple(place), count=count, issued=1_000, backwards=backwards)
        text = KEYS.seal(cursor, BOUND)
        assert re.fullmatch(r"[A-Za-z0-9._~-]+", text)
        assert KEYS.open(text, BOUND, count=None, now=1_001) == cursor

    @given(st.text(max_size=60))
    def test_that_nobody_issued_is_invalid_whatever_it_is(self, text: str) -> None:
        # CUR-006
        with pytest.raises(InvalidCursor):
            KEYS.open(text, BOUND, count=None, now=1_000)

    @given(st.data())
    def test_with_one_character_changed_is_invalid(self, data: st.DataObject) -> None:
        # CUR-012
        text = KEYS.seal(HERE, BOUND)
        at = data.draw(st.integers(0, len(text) - 2))  # the last character carries spare bits
        other = data.draw(st.sampled_from([c for c in "Aa0_-" if c != text[at]]))
        with pytest.raises(InvalidCursor):
            KEYS.open(text[:at] + other + text[at + 1 :], BOUND, count=None, now=1_000)

    @pytest.mark.parametrize("position", range(len(BOUND)))
    def test_of_another_tenant_connection_or_query_is_invalid(self, position: int) -> None:
        # CUR-005, CUR-012
        elsewhere = [*BOUND]
        elsewhere[position] = "something else"
        with pytest.raises(InvalidCursor):
            KEYS.open(KEYS.seal(HERE, BOUND), elsewhere, count=None, now=1_000)

    def test_too_old_is_expired(self) -> None:
        # CUR-006
        text = KEYS.seal(HERE, BOUND)
        assert KEYS.open(text, BOUND, count=None, now=1_060) == HERE
        with pytest.raises(ExpiredCursor):
            KEYS.open(text, BOUND, count=None, now=1_061)

    def test_with_another_count_is_an_invalid_count(self) -> None:
        # CUR-005
        text = KEYS.seal(HERE, BOUND)
        assert KEYS.open(text, BOUND, count=10, now=1_000) == HERE
        with pytest.raises(InvalidCount):
            KEYS.open(text, BOUND, count=11, now=1_000)

    def test_survives_a_change_of_the_secret_while_the_old_one_is_kept(self) -> None:
        text = CursorKeys((OLD,), 60).seal(HERE, BOUND)
        assert CursorKeys((NEW, OLD), 60).open(text, BOUND, count=None, now=1_000) == HERE
        with pytest.raises(InvalidCursor):
            CursorKeys((NEW,), 60).open(text, BOUND, count=None, now=1_000)

    def test_needs_a_secret_that_nobody_guesses(self) -> None:
        with pytest.raises(ValueError, match="16 bytes"):
            CursorKeys((b"short",))

    def test_shows_no_secret_when_printed(self) -> None:
        assert "nnnn" not in repr(KEYS)
