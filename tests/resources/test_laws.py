"""What holds for any input."""

import json
from copy import deepcopy
from functools import partial
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scimcore.errors import ScimError
from scimcore.resources import Checker, Rules, checker, to_text
from scimcore.resources._check import PlainCheck
from scimcore.resources._finish import finish, finish_some
from scimcore.resources.values import REQUIRED, Report, is_blank
from scimcore.schema import BoundType
from tests.resources.generated import (
    FULL_USER,
    GROUP_URN,
    GROUPS,
    JSON,
    STRICT,
    THING_BODY,
    THINGS,
    USERS,
    fitting,
    near,
    resource_types,
)

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


USER_BODY = {
    **FULL_USER,
    "password": "secret",
    "id": "1",
    "meta": {"resourceType": "User"},
    "shoeSize": 43,
    "groups": [{"value": "1"}],
}
BOX_BODY = {
    **THING_BODY,
    "box": [{"value": "x", "tags": ["a", "a", "b"]}, {"mark": "y"}],
    "plain": [{"value": "1", "type": "a", "primary": True}, {"value": "1", "display": "d"}],
    "numbers": [1, 2],
    "decimal": 1.5,
    "binary": "MA==",
    "complex": {"sub": "x", "bar": "y"},
}
GROUP_BODY = {
    "schemas": [GROUP_URN],
    "displayName": "Guides",
    "externalId": "g",
    "members": [
        {"value": "1"},
        {"value": "2", "type": "User", "display": "x"},
        {"value": "3", "$ref": "https://scim.example.com/v2/Groups/3"},
        {"value": "1", "type": "Group"},
    ],
}


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
        return _failure(error)
    return json.dumps(found.data), found.links, found.secret, found.notes, found.named


@pytest.mark.parametrize("rules", [Rules(), STRICT], ids=["default", "strict"])
@pytest.mark.parametrize(
    ("type", "sample"),
    [(USERS, USER_BODY), (THINGS, BOX_BODY), (GROUPS, GROUP_BODY)],
    ids=["User", "Thing", "Group"],
)
class TestTheFastWayComesToWhatThePlainWayComesTo:
    """`_fast_check` is an optimisation: data, order, links, notes, names and errors are those of `_check`."""

    def test_bodies(self, type, sample, rules):
        fast, plain = Checker(type, rules), PlainCheck(type, rules, None)

        @given(st.randoms(use_true_random=False), st.sampled_from([0.0, 0.01, 0.03, 0.2]), st.booleans())
        @settings(max_examples=150, deadline=None)
        def same(random: Random, rate, creating):
            body = _disturbed(sample, random, rate)
            before = json.dumps(body)
            assert _outcome(fast, body, creating) == _outcome(plain, body, creating)
            assert json.dumps(body) == before

        same()

    def test_values(self, type, sample, rules):
        fast, plain = Checker(type, rules), PlainCheck(type, rules, None)
        targets = {name: target for name in sample if (target := _target(type, name)) is not None}

        @given(st.randoms(use_true_random=False), st.sampled_from(sorted(targets)), st.sampled_from([0.0, 0.05, 0.2]))
        @settings(max_examples=150, deadline=None)
        def same(random: Random, name, rate):
            target, value = targets[name], _disturbed(sample[name], random, rate)
            kinds = ["value", "element"] if target.leaf else ["value"]
            if target.attribute and target.attribute.relation:
                kinds = ["links"]
            for kind in kinds:
                assert _fast_value(fast, kind, target, value) == _plain_value(plain, kind, target, value)

        same()

    def test_finishing(self, type, sample, rules):
        fast = Checker(type, rules)
        kept = Checker(type, Rules()).body(sample, creating=True).data

        @given(st.randoms(use_true_random=False), st.sampled_from([0.0, 0.1, 0.5]), st.booleans())
        @settings(max_examples=150, deadline=None)
        def same(random: Random, rate, some):
            data = {name: _edited(value, random, rate) for name, value in kept.items()}
            if some:
                data = {name: data[name] for name in random.sample(sorted(data.keys() - {"schemas"}), 2)}
            assert _finished(fast.finish_some if some else fast.finish, data) == _finished(
                partial(_plainly, finish_some if some else finish, type), data
            )

        same()


@given(
    resource_types(),
    st.randoms(use_true_random=False),
    st.sampled_from([0.0, 0.03, 0.2]),
    st.sampled_from([Rules(), STRICT]),
    st.booleans(),
)
@settings(max_examples=300, deadline=None)
def test_both_ways_come_to_the_same_for_any_type(resource_type, random: Random, rate, rules, creating):
    type = BoundType(resource_type)
    sample = {"schemas": [type.urn], **{a.name: fitting(random, a) for a in resource_type.schema.attributes}}
    for schema in type.extensions.values():
        sample["schemas"].append(schema.id)
        sample[schema.id] = {a.name: fitting(random, a) for a in schema.attributes}
    fast, plain = Checker(type, rules), PlainCheck(type, rules, None)
    for body in (_disturbed(sample, random, rate), _disturbed(sample, random, rate)):
        assert _outcome(fast, body, creating) == _outcome(plain, body, creating)
    data = {name: _edited(value, random, rate) for name, value in sample.items() if name != "schemas"}
    assert _finished(fast.finish, data) == _finished(partial(_plainly, finish, type), data)


def _edited(value, random, rate):
    """The same with parts taken out, set to null, in another order and there twice: what edits may leave."""
    if isinstance(value, dict):
        items = list(value.items())
        if random.random() < rate:
            random.shuffle(items)
        return {key: None if random.random() < rate / 4 else item for key, item in items if random.random() > rate / 4}
    if isinstance(value, list):
        found = [_edited(item, random, rate) for item in value * random.choice((1, 1, 2))]
        return [item for item in found if random.random() > rate / 4]
    return None if random.random() < rate / 4 else value


def _plainly(way, type, data):
    report = Report()
    found = way(type, data, report)
    report.raise_faults()
    return found


def _finished(way, data):
    try:
        return json.dumps(way(data))
    except ScimError as error:
        return _failure(error)


def _target(type, name):
    return type.find_extension(name) or type.find(None, name)


def _fast_value(fast, kind, target, value):
    notes = []
    try:
        found = getattr(fast, kind)(target, value, notes)
    except ScimError as error:
        return _failure(error)
    return json.dumps(found, default=str), notes


def _plain_value(plain, kind, target, value):
    report = Report()
    try:
        if kind != "links" and target.leaf is not None and target.leaf.required and is_blank(value):
            report.fault(str(target), REQUIRED)
            report.raise_faults()
        found = getattr(plain, kind)(target, value, report)
        report.raise_faults()
    except ScimError as error:
        return _failure(error)
    return json.dumps(found, default=str), list(report.notes)


def _failure(error):
    return type(error), str(error), error.faults, error.code
