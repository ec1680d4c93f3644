"""What holds for any input."""

import json
import sys
from copy import deepcopy
from random import Random

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from scimcore.errors import ScimError
from scimcore.resources import Checker, Rules, checker, to_text
from scimcore.resources._shapes import ObjectCheck
from tests.resources.generated import FULL_USER, GROUPS, JSON, STRICT, THING_BODY, THINGS, USERS, near

TYPES = {"User": USERS, "Group": GROUPS, "Thing": THINGS}


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("rules", [Rules(), STRICT], ids=["default", "strict"])
class TestGarbage:
    """Bad input never gives anything but a ScimError; what is taken is canonical, storable, and stays so."""

    def test_bodies(self, name, rules):
        type = TYPES[name]
        one = checker(type, rules)

        @given(near(type) | JSON, st.booleans())
        @settings(max_examples=60, deadline=None)
        def body(value, creating):
            try:
                checked = one.body(value, creating=creating)
            except ScimError as error:
                assert len(str(error)) < 2500
                assert str(error).encode()
                return
            to_text(checked.data).encode()
            if creating:
                again = one.body(checked.data, creating=True)
                assert again.data == checked.data
                assert list(again.data) == list(checked.data)
                assert one.finish(checked.data) == checked.data

        body()

    def test_values(self, name, rules):
        type = TYPES[name]
        one = checker(type, rules)
        names = st.sampled_from([a.name for a in type.attributes.values() if a.relation is None])

        @given(names, near(type) | JSON | st.lists(near(type), max_size=2))
        @settings(max_examples=60, deadline=None)
        def value(attribute, given_value):
            target = type.find(None, attribute)
            for check in (one.value, one.element):
                try:
                    found = check(target, given_value)
                except ScimError:
                    continue
                to_text({"found": found}).encode()

        value()


@given(JSON | st.lists(near(GROUPS), max_size=3))
@settings(max_examples=60, deadline=None)
def test_links_are_links_or_a_scim_error(value):
    try:
        found = checker(GROUPS, Rules()).links(GROUPS.find(None, "members"), value)
    except ScimError:
        return
    assert len({link.id for link in found}) == len(found)


class _Careful(ObjectCheck):
    """Takes no short cut: every value is looked at by itself."""

    __slots__ = ()

    def _shaped(self, keys):
        shape = super()._shaped(keys)
        return evolve(shape, quick=False, plain=(_no_text, *shape.plain[1:]))


def _no_text(value):
    raise TypeError


_ODD = (
    None,
    "",
    " ",
    "x",
    "\0",
    "\ud800",
    "é",
    "\x07",
    1,
    1.5,
    True,
    [],
    {},
    [None],
    [{}],
    {"value": "x"},
    ["x"],
    "MA==",
)


def _disturbed(value, random, rate):
    """The same with other values, orders, spellings and repetitions here and there."""
    if random.random() < rate:
        return deepcopy(random.choice(_ODD))
    if isinstance(value, dict):
        items = list(value.items())
        if random.random() < 0.3:
            random.shuffle(items)
        return {
            key.upper() if random.random() < rate / 2 else key: _disturbed(item, random, rate)
            for key, item in items
            if random.random() > rate
        }
    if isinstance(value, list):
        return [_disturbed(item, random, rate) for item in value * random.choice((1, 1, 1, 2))]
    return value


def _outcome(one, body, creating):
    try:
        found = one.body(body, creating=creating)
    except ScimError as error:
        return type(error), str(error), error.faults
    return json.dumps(found.data), found.links, found.secret, found.notes, found.named


@pytest.mark.parametrize("rules", [Rules(), STRICT], ids=["default", "strict"])
@pytest.mark.parametrize(("type", "sample"), [(USERS, FULL_USER), (THINGS, THING_BODY)], ids=["User", "Thing"])
def test_the_short_way_comes_to_what_the_long_way_comes_to(type, sample, rules, monkeypatch):
    quick = Checker(type, rules)
    with monkeypatch.context() as patched:
        for module in ("_objects", "checker"):
            patched.setattr(sys.modules[f"scimcore.resources.{module}"], "ObjectCheck", _Careful)
        careful = Checker(type, rules)
    sample = {**sample, "password": "secret"} if type is USERS else {**sample, "box": [{"value": "x", "tags": ["a"]}]}

    @given(st.randoms(use_true_random=False), st.sampled_from([0.0, 0.01, 0.03, 0.2]), st.booleans())
    @settings(max_examples=150, deadline=None)
    def same(random: Random, rate, creating):
        body = _disturbed(sample, random, rate)
        before = json.dumps(body)
        assert _outcome(quick, body, creating) == _outcome(careful, body, creating)
        assert json.dumps(body) == before

    same()
