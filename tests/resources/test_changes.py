"""What differs between two states of a resource."""

import copy
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from scimcore.resources import Change, changes_between
from tests.resources.generated import ENTERPRISE_URN, FULL_USER, USER_DATA, USERS, of


def apply(data: dict[str, Any], found: tuple[Change, ...]) -> dict[str, Any]:
    """The naive way: put each value where its path says."""
    state = copy.deepcopy(data)
    for change in found:
        holder, path = state, change.path
        if path.startswith(f"{ENTERPRISE_URN}:"):
            holder, path = holder.setdefault(ENTERPRISE_URN, {}), path.removeprefix(f"{ENTERPRISE_URN}:")
        *above, name = path.split(".")
        for part in above:
            holder = holder.setdefault(part, {})
        holder[name] = change.after
    return of(USERS).finish(state)


def shuffled(value: Any) -> Any:
    """The same with every object's keys the other way round."""
    if isinstance(value, dict):
        return {key: shuffled(value[key]) for key in reversed(value)}
    return [shuffled(item) for item in value] if isinstance(value, list) else value


class TestChanges:
    """A change set is what policy, events and audit read; PUT and PATCH both end as one."""

    def test_paths_are_canonical_and_as_deep_as_single_values_go(self):
        before = {"userName": "a", "name": {"givenName": "x"}, "emails": [{"value": "1"}], "title": "t"}
        after = {
            "userName": "a",
            "name": {"givenName": "y", "familyName": "f"},
            "emails": [{"value": "2"}],
            ENTERPRISE_URN: {"department": "d", "manager": {"value": "7"}},
        }
        assert changes_between(USERS, before, after) == (
            Change("name.familyName", None, "f"),
            Change("name.givenName", "x", "y"),
            Change("title", "t", None),
            Change("emails", [{"value": "1"}], [{"value": "2"}]),
            Change(f"{ENTERPRISE_URN}:department", None, "d"),
            Change(f"{ENTERPRISE_URN}:manager.value", None, "7"),
        )

    def test_creating_and_deleting_name_everything(self):
        assert len(changes_between(USERS, {}, FULL_USER)) == len(changes_between(USERS, FULL_USER, {})) > 20

    def test_the_schemas_list_is_no_change_of_its_own(self):
        assert changes_between(USERS, {"schemas": ["a"], "userName": "a"}, {"schemas": ["b"], "userName": "a"}) == ()

    @given(USER_DATA)
    @settings(max_examples=40)
    def test_order_of_names_is_no_change(self, data):
        assert changes_between(USERS, data, shuffled(data)) == ()  # CORE-018

    @given(USER_DATA, USER_DATA)
    @settings(max_examples=60)
    def test_applied_to_before_they_give_after(self, before, after):
        before, after = of(USERS).finish(before), of(USERS).finish(after)
        assert apply(before, changes_between(USERS, before, after)) == after

    @given(USER_DATA, USER_DATA)
    @settings(max_examples=60)
    def test_there_are_none_exactly_when_nothing_differs(self, before, after):
        before, after = of(USERS).finish(before), of(USERS).finish(after)
        assert (changes_between(USERS, before, after) == ()) == (json.dumps(before) == json.dumps(after))

    @given(st.data())
    @settings(max_examples=30)
    def test_each_path_is_there_once(self, data):
        found = changes_between(USERS, data.draw(USER_DATA), data.draw(USER_DATA))
        assert len({change.path for change in found}) == len(found)
