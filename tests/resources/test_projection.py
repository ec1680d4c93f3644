"""Which attributes an answer shows."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scimcore.errors import InvalidValue
from scimcore.resources import Projection, Projector
from tests.resources.generated import ENTERPRISE_URN, PART_URN, THING_URN, THINGS, USER_URN, USERS

THING: dict[str, Any] = {
    "schemas": [THING_URN, PART_URN],
    "id": "1",
    "externalId": "e",
    "meta": {"resourceType": "Thing", "location": "l"},
    "string": "s",
    "complex": {"sub": "x"},
    "hidden": "h",
    "pin": "p",
    "costly": "c",
    "label": "l",
    "box": [{"value": "v", "mark": "m", "secret": "x", "weight": 1}, {"value": "w"}],
    PART_URN: {"number": "1", "colour": "red"},
}
DEFAULT = {
    **{name: THING[name] for name in ("schemas", "id", "externalId", "meta", "string", "complex", "label")},
    "box": [{"value": "v", "mark": "m"}, {"value": "w"}],
    PART_URN: THING[PART_URN],
}
ALWAYS = {"schemas": THING["schemas"], "id": "1", "label": "l", "box": [{"mark": "m"}]}


def shown(*names: str, named: frozenset[str] = frozenset()) -> dict[str, Any]:
    return Projector(THINGS).plan(Projection(attributes=names), named).apply(THING)


def without(*names: str) -> dict[str, Any]:
    return Projector(THINGS).plan(Projection(excluded=names)).apply(THING)


class TestDefault:
    """RFC 7643 section 7, `returned`."""

    def test_default_and_always_are_shown_never_and_request_are_not(self):
        assert shown() == DEFAULT  # CORE-083, CORE-084, CORE-085, CORE-086

    def test_write_only_is_never_shown(self):
        assert "pin" not in shown("pin", "serial")  # CORE-082: though its `returned` says default

    def test_what_a_write_named_is_shown_in_its_answer(self):
        assert shown(named=frozenset({"costly", "string", "hidden"})) == {**DEFAULT, "costly": "c"}  # CORE-086
        weighed = [{"value": "v", "mark": "m", "weight": 1}, {"value": "w"}]
        assert shown(named=frozenset({"box"}))["box"] == weighed


class TestAttributes:
    """RFC 7644 section 3.9: the minimum set and the named ones."""

    @pytest.mark.parametrize(
        ("names", "more"),
        [
            (["string"], {"string": "s"}),  # PROJ-002, PROJ-008
            (["STRING", " Complex.SUB "], {"string": "s", "complex": {"sub": "x"}}),  # PROJ-005
            ([f"{THING_URN}:string"], {"string": "s"}),
            ([f"{PART_URN.upper()}:colour"], {PART_URN: {"colour": "red"}}),
            ([PART_URN], {PART_URN: THING[PART_URN]}),
            (["colour"], {PART_URN: {"colour": "red"}}),
            (["meta.location"], {"meta": {"location": "l"}}),
            (["costly", "hidden"], {"costly": "c"}),  # PROJ-010
            (["box"], {"box": DEFAULT["box"]}),
            (["box.value"], {"box": DEFAULT["box"]}),
            (["box.weight", "box.secret"], {"box": [{"mark": "m", "weight": 1}]}),
            (["foo", "box.foo", "urn:x:y", "string.", ".", "", "a:b:c.d"], {}),  # PROJ-007
        ],
    )
    def test_it_is_what_is_named_and_what_is_always_there(self, names, more):
        assert shown(*names) == {**ALWAYS, **more}

    def test_the_base_uri_means_all_that_is_default_in_it(self):
        assert shown(THING_URN) == {k: v for k, v in DEFAULT.items() if k != PART_URN}

    def test_order_stays_canonical(self):
        assert list(shown("string", "externalId")) == ["schemas", "id", "externalId", "string", "label", "box"]


class TestExcluded:
    """RFC 7644 section 3.9: the default set without the named ones."""

    @pytest.mark.parametrize("names", [["id"], ["schemas", "ID"], ["label"], ["box.mark"]])
    def test_always_cannot_be_excluded(self, names):
        assert without(*names) == DEFAULT  # PROJ-003, CORE-034, CORE-083

    def test_parts_go_and_the_rest_stays(self):
        assert without("meta.location")["meta"] == {"resourceType": "Thing"}
        assert without("box")["box"] == [{"mark": "m"}]
        assert "complex" not in without("complex.sub")
        assert without(f"{PART_URN}:colour")[PART_URN] == {"number": "1"}
        assert PART_URN not in without(PART_URN)

    def test_both_at_once_are_refused(self):
        with pytest.raises(InvalidValue):  # PROJ-004
            Projector(THINGS).plan(Projection(("a",), ("b",)))


class TestPlans:
    """Plans are made once and say what is worth loading."""

    def test_they_say_which_relations_are_wanted(self):
        plan = Projector(USERS).plan
        assert plan(Projection()).wants("groups")
        assert plan(Projection(attributes=("groups.value",))).wants("groups")
        assert not plan(Projection(attributes=("userName",))).wants("groups")
        assert not plan(Projection(excluded=("GROUPS",))).wants("groups")  # PROJ-009

    def test_they_say_whether_the_stored_text_will_do(self):
        plan = Projector(USERS).plan
        assert plan(Projection()).shows_all_stored
        assert plan(Projection(excluded=("groups",))).shows_all_stored
        assert not plan(Projection(excluded=("title",))).shows_all_stored
        assert not plan(Projection(excluded=("meta",))).shows_all_stored
        assert not Projector(THINGS).plan(Projection()).shows_all_stored

    def test_they_are_kept_and_their_number_is_bounded(self):
        projector = Projector(USERS)
        assert projector.plan(Projection(("a",))) is projector.plan(Projection(("a",)))
        for n in range(1000):
            projector.plan(Projection((f"x{n}",)))
        projector.plan(Projection(("y" * 5000,)))
        assert len(projector._plans) <= 256


NAMES = st.sampled_from(
    [
        "id",
        "schemas",
        "label",
        "hidden",
        "pin",
        "costly",
        "box",
        "box.mark",
        "box.secret",
        "BOX.value",
        "meta",
        "string",
        THING_URN,
        PART_URN,
        f"{PART_URN}:number",
        f"{THING_URN}:hidden",
        f"{THING_URN}:box.secret",
        "nothing",
    ]
)


class TestLaws:
    @given(st.lists(NAMES | st.text(max_size=5), max_size=4), st.booleans())
    @settings(max_examples=150)
    def test_never_leaks_and_always_stays(self, names, excluded):
        projection = Projection(excluded=tuple(names)) if excluded else Projection(attributes=tuple(names))
        found = Projector(THINGS).plan(projection).apply(THING)
        assert not {"hidden", "pin"} & found.keys()  # CORE-082, CORE-084
        assert not any("secret" in element for element in found["box"])
        assert found["id"] == "1"  # CORE-083
        assert found["schemas"] == THING["schemas"]
        assert found["label"] == "l"
        assert any(element.get("mark") == "m" for element in found["box"])

    @given(st.lists(NAMES, max_size=4))
    @settings(max_examples=60)
    def test_a_projection_of_a_projection_is_the_same(self, names):
        plan = Projector(THINGS).plan(Projection(attributes=tuple(names)))
        assert plan.apply(plan.apply(THING)) == plan.apply(THING)


def test_groups_are_projected_like_any_other():
    data = {
        "schemas": [USER_URN],
        "id": "1",
        "groups": [{"value": "g", "display": "d"}],
        ENTERPRISE_URN: {"department": "d"},
    }
    found = Projector(USERS).plan(Projection(attributes=("groups.display", "department"))).apply(data)
    assert found == {
        "schemas": [USER_URN],
        "id": "1",
        "groups": [{"display": "d"}],
        ENTERPRISE_URN: {"department": "d"},
    }
