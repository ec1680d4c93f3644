"""The policy as a value: complete, checked, exchanged, compared, described."""

import json
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest
from attrs import evolve, fields, has
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.dastra import DASTRA
from policies.secoda import SECODA
from scimcore.policy import (
    PRESETS,
    STANDARD,
    Deactivate,
    Domains,
    GroupRole,
    Groups,
    GroupTeam,
    Mastered,
    Mastery,
    Policy,
    Roles,
    SeatPool,
    Seats,
    amended,
    describe,
    diff,
    from_data,
    load,
    statements,
    to_data,
    to_toml,
)
from scimcore.policy.exports import offers
from tests.docs.policy_pages import REGENERATE, reference
from tests.policy.support import choices

DOCS = Path(__file__).parents[2] / "docs" / "reference"
RICH = Policy(
    name="rich",
    roles=Roles(sources=("groups", "userType"), mappings=(GroupRole('A "team"\\', "a"), GroupRole("Büro\n", "b"))),
    groups=Groups(mode="mapped", teams=(GroupTeam("G", "t"),)),
    mastery=Mastery(rules=(Mastered("title", "app"),)),
    seats=Seats(pools=(SeatPool("p", ("a", "b")),), warn_at=(80, 100)),
)


class TestFields:
    """Each field says what it means, in words, for every choice; each cites its rows."""

    @pytest.mark.parametrize("part", [f.name for f in fields(Policy) if has(type(f.default))])
    def test_every_choice_has_a_sentence(self, part: str) -> None:
        kind = type(getattr(STANDARD, part))
        assert kind.__doc__
        hints = get_type_hints(kind)
        for field in fields(kind):
            assert field.metadata["pol"].startswith("POL-"), field.name
            hint = hints[field.name]
            if get_origin(hint) is Literal or hint is bool:
                expected = set(get_args(hint)) if hint is not bool else {True, False}
                assert set(field.metadata["means"]) == expected, field.name
                assert all(text.endswith(".") for text in field.metadata["means"].values())
            else:
                assert "{value}" in field.metadata["says"] and field.metadata["empty"].endswith("."), field.name

    def test_values_are_frozen(self) -> None:
        with pytest.raises(AttributeError):
            STANDARD.name = "other"  # type: ignore[misc]

    def test_policies_are_hashable(self) -> None:
        assert len({STANDARD, Policy(), DASTRA}) == 2


class TestCheck:
    """`check` refuses what contradicts itself, a MUST or what identity providers need; unless it is meant."""

    @pytest.mark.parametrize("policy", PRESETS.values())
    def test_presets_pass(self, policy: Policy) -> None:
        policy.check()

    @pytest.mark.parametrize(
        ("path", "value", "reason"),
        [
            ("deactivate.access", "delete", "POL-001"),
            ("deactivate.visibility", "hidden", "POL-007"),
            ("deactivate.access", "anonymise", "POL-030"),
            ("deactivate.owned", "fixed", "POL-006"),
            ("delete.recreate", "conflict", "POL-023"),
            ("seats.error", 429, "POL-041"),
            ("roles.sources", ["groups"], "POL-061"),
            ("groups.mode", "roles", "POL-110"),
            ("groups.mode", "mapped", "POL-110"),
        ],
    )
    def test_each_refusal_says_why_and_yields_to_nonconformant(self, path: str, value: object, reason: str) -> None:
        with pytest.raises(ValueError, match=reason):
            amended(STANDARD, path, value)
        meant = amended(evolve(STANDARD, nonconformant=True), path, value)
        assert meant.nonconformant

    def test_everything_is_said_at_once(self) -> None:
        with pytest.raises(ValueError, match=r"POL-041.*POL-060") as caught:
            Policy(seats=Seats(error=409), roles=Roles(default="named"))
        assert str(caught.value).count("(POL-") == 2

    def test_every_choice_can_be_had(self) -> None:
        """Every choice of the table can be set, if need be as nonconformant."""
        meant = evolve(STANDARD, nonconformant=True)
        for part, name, value in choices():
            assert getattr(getattr(amended(meant, f"{part}.{name}", value), part), name) == value


class TestExchange:
    """Plain data, TOML and JSON, both ways; errors name the path."""

    @pytest.mark.parametrize("policy", [*PRESETS.values(), RICH])
    @pytest.mark.parametrize("complete", [True, False])
    def test_there_and_back(self, policy: Policy, complete: bool, tmp_path: Path) -> None:
        data = to_data(policy, complete=complete)
        assert from_data(json.loads(json.dumps(data))) == policy
        toml, as_json = tmp_path / "policy.toml", tmp_path / "policy.json"
        toml.write_text(to_toml(policy, complete=complete), encoding="utf-8")
        as_json.write_text(json.dumps(data), encoding="utf-8")
        assert load(toml) == policy == load(str(as_json))

    @settings(max_examples=60)
    @given(st.lists(st.sampled_from(choices()), max_size=6))
    def test_any_choices_there_and_back(self, chosen: list[tuple[str, str, object]]) -> None:
        policy = evolve(STANDARD, nonconformant=True)
        for part, name, value in chosen:
            policy = amended(policy, f"{part}.{name}", value)
        assert from_data(to_data(policy)) == policy

    def test_nothing_is_the_standard(self) -> None:
        assert from_data({}) == STANDARD and to_data(STANDARD) == {}

    @pytest.mark.parametrize(
        ("data", "path", "says"),
        [
            ({"deactivate": {"access": "explode"}}, "policy.deactivate.access", "takes one of 'suspend'"),
            (
                {"deactivate": {"acess": "suspend"}},
                "policy.deactivate",
                "there is no acess; choose from access, revoke",
            ),
            ({"deactivated": {}}, "policy", "there is no deactivated"),
            ({"seats": {"error": "403"}}, "policy.seats.error", "takes one of 403, 400"),
            (
                {"seats": {"warn_at": ["80"]}},
                "policy.seats.warn_at",
                "takes a whole number from 0 to 100, not the text '80'",
            ),
            ({"safety": {"max_leavers": True}}, "policy.safety.max_leavers", "takes a whole number from 0 to"),
            (
                {"names": {"external_id_unique": "yes"}},
                "policy.names.external_id_unique",
                "takes one of True, False, not the text 'yes'",
            ),
            (
                {"roles": {"mappings": [{"group": "A", "role": 1}]}},
                "policy.roles.mappings",
                "GroupRole(role=...) takes a text",
            ),
            ({"roles": {"mappings": [{"group": "A"}]}}, "policy.roles.mappings", "role is missing"),
            ({"roles": {"default": "named"}}, "policy", "POL-060"),
            ({"roles": []}, "policy.roles", "takes a table, not a list"),
        ],
    )
    def test_errors_name_the_path(self, data: dict[str, object], path: str, says: str) -> None:
        with pytest.raises(ValueError, match=path.replace(".", r"\.")) as caught:
            from_data(data)
        assert says in str(caught.value)

    @pytest.mark.parametrize(("name", "text"), [("p.toml", "= broken"), ("p.json", "{"), ("p.json", "[]")])
    def test_a_broken_file_is_named(self, name: str, text: str, tmp_path: Path) -> None:
        file = tmp_path / name
        file.write_text(text, encoding="utf-8")
        with pytest.raises(ValueError, match=name):
            load(file)


class TestCompared:
    """Two policies differ in named choices."""

    def test_in_what(self) -> None:
        found = diff(STANDARD, DASTRA)
        assert [str(d) for d in found][:2] == [
            "name: 'standard' -> 'dastra'",
            "deactivate.access: 'suspend' -> 'anonymise'",
        ]
        assert diff(SECODA, SECODA) == ()

    def test_what_a_dialect_may_need(self) -> None:
        assert {"inactive-visible", "reactivation", "delete", "create-inactive"} <= offers(STANDARD)
        hidden = amended(evolve(STANDARD, nonconformant=True), "deactivate.visibility", "hidden")
        assert offers(STANDARD) - offers(hidden) == {"inactive-visible"}


class TestDescribed:
    """A product manager can say yes or no to it."""

    @pytest.mark.parametrize("policy", [*PRESETS.values(), RICH])
    def test_a_sentence_per_choice(self, policy: Policy) -> None:
        text = describe(policy)
        for statement in statements(policy):
            assert statement.text in text and statement.text.endswith((".", ")"))

    def test_only_what_is_unusual(self) -> None:
        text = describe(DASTRA, changed_only=True)
        assert "The account of a disabled user is anonymised for good." in text
        assert "POL" not in text and len(text.splitlines()) < 25

    @pytest.mark.parametrize(("hours", "sentence"), [(1, "is 1 hour."), (2, "is 2 hours.")])
    def test_plurals_are_right(self, hours: int, sentence: str) -> None:
        assert sentence in describe(Policy(deactivate=Deactivate(timing="grace", grace_hours=hours)))

    def test_the_reference_page_is_complete(self) -> None:
        assert (DOCS / "policy.md").read_text(encoding="utf-8") == reference(), REGENERATE
        for part, name, value in choices():
            assert f"`{name}`" in reference() and f"`{str(value).lower()}`" in reference(), (part, name, value)


@pytest.mark.parametrize(
    "parts",
    [
        {"roles": Roles(default="named", default_name="owner")},
        {"seats": Seats(full="degrade", degraded_role="owner")},
        {"domains": Domains(require="guest", guest_role="owner")},
    ],
)
def test_no_fixed_role_is_one_that_cannot_be_given(parts: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"gives owner, .*POL-064"):
        Policy(**parts)
