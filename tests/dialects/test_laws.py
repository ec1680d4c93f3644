"""What holds for every dialect and every request."""

import copy
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scimcore._cache import Bounded
from scimcore.dialects import AUTO, DIALECTS, RFC, Dialect
from scimcore.dialects._messages import MessageRewriter
from scimcore.dialects._values import Notes
from scimcore.errors import ScimError
from scimcore.schema import BoundType
from tests.dialects.support import GROUPS, USERS, E, message

LEGACY = "urn:scim:schemas:extension:enterprise:1.0"

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


#: The walks without the shortcut.
_PLAIN = Bounded(lambda key: MessageRewriter(key[1], key[0].rewrites, key[2], shortcut=False), size=64)


def _outcome(rewrite: Callable[[BoundType, dict], object], type: BoundType, body: dict) -> object:
    """The result, or the text of the refusal."""
    try:
        return rewrite(type, body)
    except ScimError as refused:
        return str(refused)


class TestRewriting:
    @pytest.mark.parametrize("dialect", TOLERANT, ids=lambda d: d.name)
    @settings(max_examples=60, deadline=None)
    @given(type=types, body=bodies)
    @example(type=USERS, body={LEGACY: {"manager.value": "x", "division": "y"}})
    def test_a_body_twice_is_once(self, dialect: Dialect, type: object, body: dict) -> None:
        before = copy.deepcopy(body)
        try:
            once, _ = dialect.body(type, body)
        except ScimError:
            return
        twice, notes = dialect.body(type, once)
        assert body == before
        assert twice == once
        assert notes == ()

    @pytest.mark.parametrize("dialect", TOLERANT, ids=lambda d: d.name)
    @settings(max_examples=60, deadline=None)
    @given(type=types, operations=st.lists(operations, max_size=4))
    @example(type=GROUPS, operations=[{"op": "add", "value": {"userName": None, 'members[value eq "1"]': None}}])
    @example(type=USERS, operations=[{"op": "add", "value": {LEGACY: {"manager.value": "x", "division": "y"}}}])
    def test_a_patch_twice_is_once(self, dialect: Dialect, type: object, operations: list) -> None:
        body = message(*operations)
        before = copy.deepcopy(body)
        try:
            once, _ = dialect.patch(type, body)
        except ScimError:
            return
        twice, notes = dialect.patch(type, once)
        assert body == before
        assert twice == once
        assert notes == ()

    @pytest.mark.parametrize("dialect", [d for d in TOLERANT if d.rewrites], ids=lambda d: d.name)
    @settings(max_examples=60, deadline=None)
    @given(type=types, body=bodies | users, operations=st.lists(operations, max_size=3))
    def test_what_is_skipped_by_its_signature_is_what_nothing_acts_on(
        self, dialect: Dialect, type: BoundType, body: dict, operations: list
    ) -> None:
        """`fast(x) == plain(x)`: the walk with signatures does what the walk over every part does."""
        sent = message(*operations)
        notes, patch_notes = Notes(), Notes()
        walk, patch_walk = _PLAIN[dialect, type, "bodies"], _PLAIN[dialect, type, "patches"]
        assert _outcome(dialect.body, type, body) == _outcome(
            lambda _, sent: (walk.body(sent, notes), notes.all()), type, body
        )
        assert _outcome(dialect.patch, type, sent) == _outcome(
            lambda _, sent: (patch_walk.patch(sent, patch_notes), patch_notes.all()), type, sent
        )

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
