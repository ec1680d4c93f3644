"""What a binding remembers is a typed value: it survives JSON, and a change of it names only fields that it has."""

import json
from typing import get_type_hints

import pytest
from attrs import fields
from hypothesis import given
from hypothesis import strategies as st

from scimcore.policy.facts import Memory, Remembered

VALUES = {
    "works_until": st.none() | st.just("approval") | st.integers(1),
    "state_before": st.none() | st.sampled_from(["pending", "invited", "active"]),
    "seat_until": st.none() | st.integers(0),
    "default_role": st.none() | st.text(),
    "taken_over": st.lists(st.text()).map(tuple),
}
MEMORIES = st.builds(Memory, **{field.name: VALUES.get(field.name, st.booleans()) for field in fields(Memory)})


@given(MEMORIES)
def test_survives_json(memory: Memory) -> None:
    assert Memory.from_json(json.loads(json.dumps(memory.as_json()))) == memory


def test_is_empty_where_there_is_nothing_to_remember() -> None:
    assert Memory().as_json() == {}
    assert Memory.from_json({}) == Memory()


def test_a_field_of_another_version_is_refused() -> None:
    with pytest.raises(TypeError, match="left"):
        Memory.from_json({"left": "yes"})


def test_a_change_names_the_fields_with_their_types() -> None:
    """`Remembered` is what a rule may change of a memory."""
    assert get_type_hints(Remembered) == {field.name: get_type_hints(Memory)[field.name] for field in fields(Memory)}
