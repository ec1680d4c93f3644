"""`fast(x) == plain(x)`: the quicker ways of src/scimcore/filters give what the plain ones give."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scimcore.errors import InvalidFilter, ScimError
from scimcore.filters import _fast, condition, parse_filter, render
from scimcore.filters._closures import compile_tree
from scimcore.filters._grammar import parse_shape
from scimcore.filters._literals import Unreadable, mask, number_literals
from scimcore.filters.ast import Filter, Slot
from scimcore.filters.condition import _compile, _prepare
from scimcore.filters.parsing import _read_key, split
from scimcore.filters.resolved import Test as ResolvedTest
from scimcore.schema import Attribute, Target
from tests.filters.generated import any_filters, texts, thing_filters, things
from tests.filters.samples import ODD

few = settings(max_examples=200, deadline=None)


class TestComparisons:
    """`_fast.compare_at` and the closures."""

    @few
    @given(thing_filters, things)
    def test_of_any_tree_are_those_of_the_plain_closures(self, filter: Filter, data: dict[str, object]) -> None:
        compiled = _compile(condition(filter, ODD).tree)
        plain, fast = compile_tree(compiled.tree), compile_tree(compiled.tree, compare=_fast.compare_at)
        _, prepared = _prepare(compiled.slots, filter.values)
        assert fast(prepared, data) is plain(prepared, data)

    @few
    @given(st.booleans(), texts, texts | st.none() | st.integers() | st.booleans() | st.lists(texts))
    def test_of_equal_texts_take_whatever_is_there(self, exact: bool, wanted: str, found: object) -> None:
        """Data of a host may hold anything; the closures never raise."""
        target = Target(None, Attribute(name="a", case_exact=exact))
        test = ResolvedTest(target, "eq", Slot(0, "string"), "exact" if exact else "folded")
        plain, fast = compile_tree(test), compile_tree(test, compare=_fast.compare_at)
        _, prepared = _prepare((test,), (wanted,))
        for data in ({"a": found}, {}):
            assert fast(prepared, data) is plain(prepared, data)


class TestValues:
    """`_fast.prepare_ascii` and the values prepared slot by slot."""

    @few
    @given(thing_filters)
    def test_are_made_comparable_alike_or_left_to_the_plain_way(self, filter: Filter) -> None:
        compiled = _compile(condition(filter, ODD).tree)
        if compiled.fast is not None:
            fast = _fast.prepare_ascii(compiled.fast, filter.values)
            assert fast is None or (filter.values, fast) == _prepare(compiled.slots, filter.values)

    def test_that_do_not_fit_are_refused_by_name(self) -> None:
        with pytest.raises(InvalidFilter, match="one-dateTime"):
            condition(parse_filter('one-dateTime gt "yesterday"'), ODD)


_pieces = st.sampled_from(
    [*('"', "\\", '\\"', "5", "05", "-1e9", "é", "\x00", " ", "a", "eq", "[", "]", "(", ")", "and", "pr", "'x'", '"b"')]
)


class TestReading:
    """The cached shape, and the text read again in place."""

    @few
    @given(any_filters)
    def test_a_masked_text_moves_nothing(self, filter: Filter) -> None:
        text = render(filter)
        masked = mask(text)
        assert len(masked) == len(text)
        for place, (one, other) in enumerate(zip(masked, text, strict=True)):
            assert one == other or one in " 0", place
        parse_shape(masked, "filter")

    @settings(max_examples=500, deadline=None)
    @given(st.lists(_pieces, max_size=10).map(lambda pieces: " ".join(pieces)) | st.lists(_pieces).map("".join))
    @example('a eq "x"5')
    @example("a eq 5.5.5 and b eq 'x'")
    def test_what_cannot_be_read_fast_cannot_be_read_slowly(self, text: str) -> None:
        assert _is_read(lambda: _read_key.__wrapped__(split(text)[0], "filter")) is _is_read(
            lambda: parse_shape(mask(text), "filter")
        )
        try:
            parse_filter(text)
        except ScimError as error:
            assert "column" in str(error)

    def test_the_worked_example(self) -> None:
        """The one of the module's theory of operation."""
        key, strings = split('emails[type eq "work"] and level gt 5')
        assert (key, strings) == ('emails[type eq ""] and level gt 5', ("work",))
        assert number_literals(key) == ('emails[type eq "0"] and level gt 1', ((1, 5),))
        assert parse_filter('emails[type eq "work"] and level gt 5').values == ("work", 5)


def _is_read(read: object) -> bool:
    try:
        read()  # type: ignore[operator]
    except Unreadable:
        return False
    return True
