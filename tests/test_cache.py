"""The one cache: made once for equal keys, bounded, and shared by threads."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from scimcore._cache import Bounded


def test_a_value_is_made_once_for_equal_keys() -> None:
    made: list[tuple[int, ...]] = []
    cache: Bounded[tuple[int, ...], object] = Bounded(lambda key: made.append(key) or object(), size=4)
    first = cache[(1, 2)]
    assert cache[(*range(1, 3),)] is first
    assert made == [(1, 2)]


def test_the_oldest_goes_first_and_the_bound_holds() -> None:
    cache: Bounded[int, int] = Bounded(lambda key: key * 2, size=3)
    for number in range(100):
        assert cache[number] == number * 2
        assert len(cache) <= 3
    assert list(cache) == [97, 98, 99]


def test_what_cannot_be_made_is_not_remembered() -> None:
    cache: Bounded[int, float] = Bounded(lambda key: 1 / key, size=3)
    with pytest.raises(ZeroDivisionError):
        cache[0]
    assert not cache


def test_making_one_value_may_need_another_one() -> None:
    def make(number: int) -> int:
        return 1 if number < 2 else cache[number - 1] + cache[number - 2]

    cache: Bounded[int, int] = Bounded(make, size=100)
    assert cache[20] == 10946


def test_threads_share_one_value_for_a_key() -> None:
    cache: Bounded[int, object] = Bounded(lambda _: object(), size=8)
    with ThreadPoolExecutor(8) as pool:
        for key in range(200):
            assert len(set(pool.map(lambda _, key=key: cache[key], range(16)))) == 1
    assert len(cache) <= 8
