"""What holds for every PATCH, whatever it says."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scimcore.errors import ScimError
from scimcore.patch import Readings, apply_patch, engine, parse_patch
from scimcore.patch._finish import finish
from scimcore.patch.operations import MAX_OPERATIONS, PATCH_OP_URN
from tests.patch.model import Refused, Step, model
from tests.patch.support import (
    CHECKER,
    ENTERPRISE,
    GROUP_CHECKER,
    GROUPS,
    LENIENT,
    RFC,
    TYPE,
    message,
    op,
    patch,
    patched,
    user,
)

CREATE = Readings(unmatched="create")

texts = st.sampled_from(["a", "b"])
subs = {"value": texts, "type": st.sampled_from(["work", "home"]), "display": texts, "primary": st.just(True)}
elements = st.fixed_dictionaries({}, optional=subs).filter(bool)
names = st.fixed_dictionaries({}, optional={"givenName": texts, "familyName": texts}).filter(bool)
blank_names = st.dictionaries(st.sampled_from(["givenName", "familyName"]), st.none() | texts, max_size=2)


@st.composite
def mail_lists(draw):
    """E-mails of which at most one is primary, no value and type twice."""
    some = draw(st.lists(elements, max_size=4, unique_by=lambda one: (one.get("value"), one.get("type"))))
    for one in some[1:]:
        one.pop("primary", None)
    return [one for one in some if one]


@st.composite
def users(draw):
    data = {"title": draw(st.none() | texts), "name": draw(st.none() | names), "emails": draw(mail_lists())}
    department = draw(st.none() | texts)
    return user(**data, **({"enterprise": {"department": department}} if department else {}))


verbs = st.sampled_from(["add", "remove", "replace"])
terms = st.lists(st.sampled_from(sorted(subs)).flatmap(lambda s: st.tuples(st.just(s), subs[s])), max_size=2).map(
    lambda some: tuple(dict(some).items())
)


@st.composite
def email_steps(draw):
    verb, chosen = draw(verbs), draw(terms)
    sub = draw(st.sampled_from(["", "", *subs]))
    if sub:
        value = draw(st.none() | subs[sub])
    elif chosen:
        value = draw(st.none() | elements)
    else:
        value = draw(st.none() | st.lists(elements, max_size=3))
    return Step(verb, "emails", chosen, sub, value)


def plain(name, values, *sub):
    return st.builds(Step, verbs, st.just(name), st.just(()), st.sampled_from(sub or ("",)), st.none() | values)


steps = st.one_of(
    plain("title", texts),
    plain("department", texts),
    plain("name", blank_names),
    plain("name", texts, "givenName", "familyName"),
    email_steps(),
    email_steps(),
    email_steps(),
)


def outcome(function, *arguments, **options):
    try:
        return function(*arguments, **options)
    except Refused as refused:
        return str(refused)
    except ScimError as error:
        return error.scim_type


class TestModel:
    """ "Operations are applied sequentially in the order they appear in the array" """

    @settings(max_examples=400, deadline=None)
    @given(users(), st.lists(steps, min_size=1, max_size=4), st.booleans())
    def test_the_engine_does_what_the_model_does(self, data, some, create):
        # PATCH-007, PATCH-008
        expected = outcome(model, data, some, create=create)
        readings = CREATE if create else RFC
        got = outcome(lambda: patch(data, *[step.as_json() for step in some], readings=readings).data)
        if isinstance(expected, dict):
            expected.pop("schemas")
            got = {name: value for name, value in got.items() if name != "schemas"} if isinstance(got, dict) else got
        assert got == expected

    @settings(max_examples=100, deadline=None)
    @given(users(), st.lists(steps, min_size=1, max_size=4))
    def test_the_result_is_canonical(self, data, some):
        after = outcome(lambda: patch(data, *[step.as_json() for step in some], readings=LENIENT).data)
        if isinstance(after, dict):
            again = CHECKER.body(copy.deepcopy(after), creating=True).data
            assert (again, list(again)) == (after, list(after))


class TestFinish:
    """`fast(x) == plain(x)`: finishing what was touched comes to the same as checking the whole resource."""

    @settings(max_examples=200, deadline=None)
    @given(users(), st.lists(steps, min_size=1, max_size=4), st.sampled_from([RFC, LENIENT]))
    def test_the_short_way_gives_what_the_whole_check_gives(self, data, some, readings):
        def done(shortcut):
            with pytest.MonkeyPatch.context() as patches:
                patches.setattr(engine, "finish", lambda working: finish(working, shortcut=shortcut))
                after = outcome(lambda: patch(data, *[step.as_json() for step in some], readings=readings).data)
            return (after, list(after)) if isinstance(after, dict) else after

        assert done(True) == done(False)


class TestRepetition:
    """ "If the target location already contains the value specified, no changes SHOULD be made" """

    @settings(max_examples=100, deadline=None)
    @given(users(), steps)
    def test_the_same_operation_again_changes_nothing(self, data, step):
        # PATCH-023, PATCH-034, PATCH-036, PATCH-046
        if step.terms and step.verb != "remove":
            return
        once = outcome(lambda: patch(data, step.as_json()).data)
        assert outcome(lambda: patch(data, step.as_json(), step.as_json()).data) == once
        if isinstance(once, dict):
            assert patch(once, step.as_json()).data == once

    @settings(max_examples=50, deadline=None)
    @given(users(), steps, steps)
    def test_order_makes_no_difference_between_attributes(self, data, one, other):
        if one.name == other.name:
            return
        there = outcome(lambda: patch(data, one.as_json(), other.as_json()).data)
        back = outcome(lambda: patch(data, other.as_json(), one.as_json()).data)
        if isinstance(there, dict) or isinstance(back, dict):
            assert there == back

    def test_order_matters_on_one_attribute(self):
        # PATCH-007
        sequence = [op("remove", "title"), op("add", "title", "Two"), op("replace", "title", "Three")]
        assert patched(user(title="One"), *sequence) == {"title": "Three"}
        assert patched(user(title="One"), *reversed(sequence)) == {}


class TestSharing:
    """A request costs what it touches."""

    def test_what_no_operation_touches_is_the_same_object(self):
        emails = [{"value": "a"}, {"value": "b", "type": "work"}]
        data = user(emails=emails, addresses=[{"locality": "Oslo"}], name={"givenName": "M"}, title="T")
        after = patch(data, op("replace", 'emails[type eq "work"].value', "c")).data
        assert after["addresses"] is data["addresses"]
        assert after["name"] is data["name"]
        assert after["schemas"] is data["schemas"]
        assert list(after) == list(data)

    @pytest.mark.parametrize(
        "operation",
        [
            op("replace", "title", "T"),
            op("add", "emails", [{"value": "A"}]),
            op("remove", "nickName"),
            op("remove", 'emails[value eq "z"]'),
            op("add", None, {"name": {"givenName": "M"}}),
        ],
    )
    def test_no_change_gives_the_very_data(self, operation):
        # PATCH-023, PATCH-046
        data = user(emails=[{"value": "a"}], name={"givenName": "M"}, title="T")
        assert patch(data, operation).data is data


class TestAtomic:
    """ "A PATCH request, regardless of the number of operations, SHALL be treated as atomic." """

    def test_a_failing_operation_leaves_nothing_behind(self):
        # PATCH-008; `patch` compares the input with a copy of itself.
        data = user(emails=[{"value": "a", "type": "work"}], enterprise={"department": "D"}, tags=["x"])
        some = [
            op("replace", 'emails[type eq "work"].value', "b"),
            op("add", "emails", {"value": "c", "primary": True}),
            op("replace", f"{ENTERPRISE}:department", "E"),
            op("add", "tags", "y"),
            op("replace", "userName", None),
        ]
        with pytest.raises(ScimError):
            patch(data, *some)


class TestSize:
    """At least 50 operations and 1000 values, in linear time."""

    def test_many_operations_and_values(self):
        # PATCH-049
        each = [[{"value": f"{n}-{m}"} for m in range(20)] for n in range(50)]
        assert len(patched(user(), *[op("add", "emails", some) for some in each])["emails"]) == 1000

    def test_an_attribute_cannot_grow_without_bound(self):
        some = [op("add", "tags", [f"{n}-{m}" for m in range(400)]) for n in range(3)]
        with pytest.raises(ScimError):
            patch(user(), *some)

    def test_the_most_operations_that_are_taken(self):
        some = [op("add", 'emails[type eq "work"].value', str(n)) for n in range(MAX_OPERATIONS)]
        assert patched(user(), *some, readings=LENIENT) == {"emails": [{"value": "999", "type": "work"}]}


keys = st.sampled_from(["value", "type", "emails", "name", "id", "members", "x"]) | st.text()
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)
PATHS = [
    *("title", "active", "name", "name.givenName", "emails", "emails.value", 'emails[type eq "work"]', "tags", "seals"),
    *('emails[type eq "work"].value', "emails[primary eq true]", 'tags[value eq "a"]', "badge", "schemas", "password"),
    *("manager", "department", ENTERPRISE, f"{ENTERPRISE}:manager.value", "groups", "id", "meta.version", "", "desks"),
    *('desks[floor eq "1"].serial', 'schemas eq "x"', "x[", "a.b.c", "externalId"),
    *("members", 'members[value eq "a"]', "members[type pr]", "members.value"),
]
garbage = st.fixed_dictionaries(
    {"op": verbs}, optional={"path": st.sampled_from(PATHS) | st.text(max_size=8), "value": json_values}
)


class TestGarbage:
    """Whatever is sent is answered with a SCIM error, or is done."""

    @settings(max_examples=300, deadline=None)
    @given(users(), st.lists(garbage, max_size=4), st.sampled_from([RFC, LENIENT]))
    def test_operations_give_nothing_but_scim_errors(self, data, some, readings):
        before = copy.deepcopy(data)
        group = {"schemas": [GROUPS.urn], "displayName": "g"}
        for type, checker, base in ((TYPE, CHECKER, data), (GROUPS, GROUP_CHECKER, group)):
            try:
                operations = parse_patch(copy.deepcopy(message(*some)))
                apply_patch(type, base, operations, checker=checker, readings=readings, id="u1")
            except ScimError as error:
                assert error.status in (400, 413)
        assert data == before

    @settings(max_examples=100, deadline=None)
    @given(json_values, json_values, json_values)
    def test_messages_give_nothing_but_scim_errors(self, whole, operations, item):
        bodies = [whole, {"schemas": [PATCH_OP_URN], "Operations": operations}]
        for body in (*bodies, {"schemas": [PATCH_OP_URN], "Operations": [item]}):
            with pytest.raises(ScimError):
                parse_patch(body)
