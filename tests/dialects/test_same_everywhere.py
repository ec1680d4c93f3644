"""What a dialect accepts in one message and position it accepts in all: the same state, or a refusal.

A value of a made-up extension is sent in every message that can say it. Nothing may be answered 2xx and lost.
"""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scimcore.dialects import AUTO, RFC
from scimcore.schema import Attribute, Registry, Schema
from scimcore.schema.core import GROUP, USER
from scimcore.testing.trial import Trial

CORE = USER.schema.id
SHIP = "urn:harbour:schemas:extension:ship:2.0:User"
REGISTRY = Registry(
    USER.with_extension(
        Schema(
            SHIP,
            "Ship",
            (
                Attribute(name="word"),
                Attribute(name="deck", type="integer"),
                Attribute(name="draft", type="decimal"),
                Attribute(name="onBoard", type="boolean"),
                Attribute(name="joined", type="dateTime"),
                Attribute(name="tags", multi_valued=True),
                Attribute(name="berths", type="integer", multi_valued=True),
                Attribute(name="watches", type="boolean", multi_valued=True),
                Attribute(
                    name="badges",
                    type="complex",
                    multi_valued=True,
                    sub_attributes=(
                        Attribute(name="value"),
                        Attribute(name="type"),
                        Attribute(name="level", type="integer"),
                    ),
                ),
            ),
        )
    ),
    GROUP,
)

numbers = st.sampled_from([7, "7", "-3", "07", "seven", "", None, {"value": "7"}, [{"value": 7}], 1.5, "1.5"])
truths = st.sampled_from([True, "True", "false", "", "yes", None, {"value": "True"}, [{"value": "false"}]])
words = st.sampled_from(["x", "", None, {"value": "x"}, [{"value": "x"}], {"value": "x", "colour": "red"}, '{"a": 1}'])
badges = st.sampled_from(
    [
        "b",
        ["b"],
        [{"value": "b", "type": "gold"}],
        {"value": "b", "level": "3"},
        [{"value": "", "type": "gold"}],
        [{"value": None, "type": "gold"}],
        '{"value": "b"}',
        ['[{"value": "b"}]'],
        [{"value": "b", "Value": "c"}],
        [],
    ]
)
values = st.one_of(
    st.tuples(st.just("word"), words),
    st.tuples(st.sampled_from(["deck", "draft"]), numbers),
    st.tuples(st.just("onBoard"), truths),
    st.tuples(st.just("joined"), st.sampled_from(["2026-01-02T03:04:05Z", "yesterday", "", {"value": "x"}])),
    st.tuples(st.just("tags"), words | st.lists(words, max_size=2)),
    st.tuples(st.just("berths"), numbers | st.lists(numbers, max_size=2)),
    st.tuples(st.just("watches"), truths | st.lists(truths, max_size=2)),
    st.tuples(st.just("badges"), badges),
)


def _trial(dialect: Any) -> Trial:
    return Trial.start(dialect=dialect, registry=REGISTRY)


def _messages(name: str, value: Any) -> dict[str, tuple[str, Any]]:
    """By what each is called, the method and what it says, all of it the same: this is the value."""
    return {
        "post": ("POST", {SHIP: {name: value}}),
        "post, in the core object": ("POST", {CORE: {SHIP: {name: value}}}),
        "post, by a key": ("POST", {f"{SHIP}:{name}": value}),
        "put": ("PUT", {SHIP: {name: value}}),
        "patch replace": ("PATCH", [{"op": "replace", "path": f"{SHIP}:{name}", "value": value}]),
        "patch add": ("PATCH", [{"op": "Add", "path": f"{SHIP}:{name}", "value": value}]),
        "patch without a path": ("PATCH", [{"op": "replace", "value": {SHIP: {name: value}}}]),
        "patch by a key": ("PATCH", [{"op": "replace", "value": {f"{SHIP}:{name}": value}}]),
        "patch in the core object": ("PATCH", [{"op": "add", "value": {CORE: {SHIP: {name: value}}}}]),
        "patch by the core path": ("PATCH", [{"op": "add", "path": CORE, "value": {SHIP: {name: value}}}]),
        "patch in a list": ("PATCH", [{"op": "add", "value": [{SHIP: {name: value}}]}]),
    }


def _state(trial: Trial, number: int, method: str, says: Any, name: str) -> Any:
    """What the attribute is afterwards, or None beside the status for a refusal."""
    body: dict[str, Any] = {"schemas": [CORE], "userName": f"u{number}"}
    if method == "POST":
        answer = trial.post("/Users", {**body, **says})
        id = answer.body.get("id")
    else:
        id = trial.user(f"u{number}")
        if method == "PUT":
            answer = trial.put(f"/Users/{id}", {**body, **says})
        else:
            answer = trial.patch(f"/Users/{id}", *says)
    if answer.status == 400:
        return "refused"
    assert answer.status in (200, 201), answer.body
    return trial.get(f"/Users/{id}").body.get(SHIP, {}).get(name)


class TestOneValueInEveryMessage:
    @settings(max_examples=60, deadline=None)
    @given(sent=values)
    def test_means_the_same_or_is_refused(self, sent: tuple[str, Any]) -> None:
        name, value = sent
        trial = _trial(AUTO)
        states = {
            message: _state(trial, number, method, says, name)
            for number, (message, (method, says)) in enumerate(_messages(name, value).items())
        }
        accepted = [state for state in states.values() if state != "refused"]
        assert all(state == accepted[0] for state in accepted), states

    @pytest.mark.parametrize(
        ("name", "value"),
        [("deck", "7"), ("onBoard", "True"), ("tags", [{"value": "x"}]), ("badges", "b"), ("word", {"value": "x"})],
    )
    def test_is_by_the_letter_on_rfc(self, name: str, value: Any) -> None:
        trial = _trial(RFC)
        for number, key in enumerate(("post", "put", "patch replace", "patch add", "patch without a path")):
            method, says = _messages(name, value)[key]
            assert _state(trial, number, method, says, name) == "refused", key
