"""What holds for every dialect and every request."""

import copy

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scimcore.dialects import AUTO, DIALECTS, RFC, Dialect, _bodies, _values
from scimcore.dialects.rewrite import Notes
from scimcore.errors import ScimError
from tests.dialects.support import GROUPS, USERS, E, message

scalars = st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["", "True", "false", "a@b", "x"])
names = st.sampled_from(
    [
        *(
            "userName",
            "ACTIVE",
            "emails",
            "roles",
            "members",
            "name",
            "manager",
            "department",
            "title",
            "value",
            "type",
        ),
        *("primary", "name.givenName", "manager.value", f"{E}:manager", f"{E}:division", E, "schemas", "id", "lit"),
        *("urn:example:lamps", "flags", "keeper", "onDuty", "nothing", "managerId", 'emails[type eq "work"].value'),
        *('members[value eq "1"]', "urn:scim:schemas:extension:enterprise:1.0", "employeeNumber", "externalId"),
    ]
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4), max_leaves=12
)
bodies = st.dictionaries(names, values, max_size=6)
operations = st.fixed_dictionaries(
    {"op": st.sampled_from(["add", "Add", "remove", "REPLACE", "replace", "move"]) | values},
    optional={"path": names | values, "value": values, "Value": values, "name": scalars},
)
types = st.sampled_from([USERS, GROUPS])
TOLERANT = [d for d in DIALECTS if d.name != "interop"]

users = st.fixed_dictionaries(
    {"schemas": st.just([USERS.urn]), "userName": st.text(min_size=1, max_size=5)},
    optional={
        "active": st.booleans(),
        "title": st.text(min_size=1, max_size=5),
        "name": st.fixed_dictionaries({}, optional={"givenName": st.text(min_size=1, max_size=5)}),
        "emails": st.lists(
            st.fixed_dictionaries({"value": st.text(min_size=1, max_size=5)}, optional={"primary": st.booleans()}),
            max_size=3,
        ),
        "externalId": st.text(min_size=1, max_size=5),
        E: st.fixed_dictionaries({"manager": st.fixed_dictionaries({"value": st.text(min_size=1, max_size=5)})}),
    },
)


def _every_part(level, value):
    return [(key, walk) for key in value if (walk := _values.look_up(level.table, key)) is not None]


class TestRewriting:
    @pytest.mark.parametrize("dialect", TOLERANT, ids=lambda d: d.name)
    @settings(max_examples=60, deadline=None)
    @given(type=types, body=bodies)
    def test_a_body_twice_is_once(self, dialect: Dialect, type: object, body: dict) -> None:
        before = copy.deepcopy(body)
        once, _ = dialect.body(type, body)
        twice, notes = dialect.body(type, once)
        assert body == before
        assert twice == once
        assert notes == ()

    @pytest.mark.parametrize("dialect", TOLERANT, ids=lambda d: d.name)
    @settings(max_examples=60, deadline=None)
    @given(type=types, operations=st.lists(operations, max_size=4))
    @example(type=GROUPS, operations=[{"op": "add", "value": {"userName": None, 'members[value eq "1"]': None}}])
    def test_a_patch_twice_is_once(self, dialect: Dialect, type: object, operations: list) -> None:
        body = message(*operations)
        before = copy.deepcopy(body)
        once, _ = dialect.patch(type, body)
        twice, notes = dialect.patch(type, once)
        assert body == before
        assert twice == once
        assert notes == ()

    @pytest.mark.parametrize("dialect", TOLERANT, ids=lambda d: d.name)
    def test_what_is_known_to_be_quiet_is_what_nothing_acts_on(self, dialect: Dialect, monkeypatch) -> None:
        @settings(max_examples=60, deadline=None)
        @given(type=types, body=bodies | users, operations=st.lists(operations, max_size=3))
        def same(type: object, body: dict, operations: list) -> None:
            sent = message(*operations)
            quick = dialect.body(type, body), dialect.patch(type, sent)
            with monkeypatch.context() as patched:
                patched.setattr(_values.ValueRewriter, "_is_quiet", lambda walk, value: False)
                patched.setattr(_bodies, "_loud", _every_part)
                assert (dialect.body(type, body), dialect.patch(type, sent)) == quick

        same()

    @settings(max_examples=100, deadline=None)
    @given(user=users)
    def test_what_is_in_rfc_form_is_returned_itself(self, user: dict) -> None:
        assert AUTO.body(USERS, user) == (user, ())
        assert AUTO.body(USERS, user)[0] is user
        name = {"op": "replace", "path": "name", "value": user.get("name", {})}
        wrapped = message(name, {"op": "add", "value": user})
        assert AUTO.patch(USERS, wrapped)[0] is wrapped

    @settings(max_examples=60, deadline=None)
    @given(type=types, body=bodies, operations=st.lists(operations, max_size=3))
    def test_by_the_letter_nothing_is_touched(self, type: object, body: dict, operations: list) -> None:
        sent = message(*operations)
        assert RFC.body(type, body)[0] is body
        assert RFC.patch(type, sent)[0] is sent

    @settings(max_examples=60, deadline=None)
    @given(body=st.dictionaries(st.text(max_size=8), values, max_size=5), type=types)
    def test_garbage_raises_nothing_but_scim_errors(self, body: dict, type: object) -> None:
        for dialect in DIALECTS:
            dialect.body(type, body)
            try:
                dialect.patch(type, {**body, "Operations": [body, *body.values()]})
            except ScimError:
                assert dialect.name == "interop"

    def test_notes_are_bounded(self) -> None:
        operations = [{"op": "Add", "path": f"x{n}"} for n in range(5000)]
        notes = AUTO.patch(USERS, message(*operations))[1]
        assert len(notes) <= Notes.LIMIT

    def test_a_long_list_leaves_one_note(self) -> None:
        given = message({"op": "add", "path": "members", "value": [str(n) for n in range(3000)]})
        after, notes = AUTO.patch(GROUPS, given)
        assert after["Operations"][0]["value"][2999] == {"value": "2999"}
        assert [name for name, _ in notes] == ["bare-value"]
