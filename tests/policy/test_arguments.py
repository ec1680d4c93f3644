"""A wrong value is refused when the policy or the fact is built, in a sentence that names the argument.

Every field of every choice is tried, from Python and from a file: a field that is added later is tried too.
"""

from collections.abc import Callable
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from attrs import Attribute, evolve, fields, has

from scimcore.policy import (
    PRESETS,
    STANDARD,
    Deactivate,
    GroupRole,
    Groups,
    GroupTeam,
    Mastered,
    Policy,
    Roles,
    SeatPool,
    Seats,
    from_data,
)
from scimcore.policy.facts import Account, SeatCount, Team, Tenant

PARTS = [field.name for field in fields(Policy) if has(type(getattr(STANDARD, field.name)))]
FIELDS = [(part, field.name) for part in PARTS for field in fields(type(getattr(STANDARD, part)))]
RECORDS: list[Any] = [GroupTeam("g", "t"), GroupRole("g", "r"), Mastered("title", "app"), SeatPool("p", ("a",))]


def wrong_types(part: str, name: str) -> list[object]:
    """Values of a kind that the field never takes; all of them can come from a file, too."""
    hint = get_type_hints(type(getattr(STANDARD, part)))[name]
    found: list[object] = [1.5, {"a": 1}]
    if get_origin(hint) is tuple:
        return [*found, "all", 7, True, [None], [1.5]]
    if hint is int:
        return [*found, "24", True, [1]]
    if hint is bool:
        return [*found, "true", 1, 0]
    return [*found, True, ["suspend"]]


def wrong_values(part: str, name: str) -> list[object]:
    """Values of the right kind that the field does not take."""
    default = getattr(STANDARD, part)
    field = getattr(fields(type(default)), name)
    hint = get_type_hints(type(default))[name]
    if "means" in field.metadata:
        return [str(getattr(default, name)).capitalize() + "?", "", 418]
    if hint is int:
        return [-1, 10**12]
    if hint == str | None:
        return ["", 3]
    if get_args(hint)[0] is int:
        return [[-1], [10**12], ["30"]]
    return [[""], [3], [["nested"]]]


def from_python(part: str, name: str, value: object) -> object:
    default = getattr(STANDARD, part)
    return type(default)(**{name: tuple(value) if isinstance(value, list) else value})


class TestEveryChoice:
    """Type, allowed values, ranges and tuples, for each field of each choice."""

    @pytest.mark.parametrize(("part", "name"), FIELDS)
    def test_a_wrong_type_is_refused(self, part: str, name: str) -> None:
        for value in wrong_types(part, name):
            with pytest.raises((TypeError, ValueError), match=rf"\({name}=\.\.\.\) takes .*, not "):
                from_python(part, name, value)

    @pytest.mark.parametrize(("part", "name"), FIELDS)
    def test_a_wrong_value_is_refused(self, part: str, name: str) -> None:
        for value in wrong_values(part, name):
            with pytest.raises((TypeError, ValueError), match=rf"\({name}=\.\.\.\) takes .*, not "):
                from_python(part, name, value)

    @pytest.mark.parametrize(("part", "name"), FIELDS)
    def test_a_file_is_refused_in_the_same_words_with_the_path(self, part: str, name: str) -> None:
        record = getattr(fields(type(getattr(STANDARD, part))), name).metadata.get("record")
        for value in (*wrong_types(part, name), *wrong_values(part, name)):
            with pytest.raises(ValueError, match=rf"policy\.{part}\.{name}") as from_file:
                from_data({part: {name: value}})
            if record is None or not isinstance(value, list):
                with pytest.raises((TypeError, ValueError)) as from_code:
                    from_python(part, name, value)
                assert str(from_file.value) == f"policy.{part}.{name}: {from_code.value}"

    @pytest.mark.parametrize(("part", "name"), FIELDS)
    def test_a_list_or_a_set_is_no_tuple_in_python(self, part: str, name: str) -> None:
        default = getattr(STANDARD, part)
        if not isinstance(getattr(default, name), tuple):
            return
        for value in (list(getattr(default, name)), set(), "owner"):
            with pytest.raises(TypeError, match=rf"\({name}=\.\.\.\) takes a tuple of "):
                evolve(default, **{name: value})

    @pytest.mark.parametrize("record", RECORDS, ids=lambda record: type(record).__name__)
    def test_records_check_each_field(self, record: Any) -> None:
        for field in fields(type(record)):
            for value in (3, None, "" if isinstance(getattr(record, field.name), str) else "all", b"x"):
                with pytest.raises((TypeError, ValueError), match=rf"\({field.name}=\.\.\.\) takes "):
                    evolve(record, **{field.name: value})

    @pytest.mark.parametrize("part", PARTS)
    def test_a_part_is_of_its_class(self, part: str) -> None:
        kind = type(getattr(STANDARD, part))
        for value in ("anonymise", None, kind, STANDARD):
            with pytest.raises(TypeError, match=rf"Policy\({part}=\.\.\.\) takes an? {kind.__name__}, not "):
                Policy(**{part: value})

    def test_the_ones_that_did_the_most_harm(self) -> None:
        with pytest.raises(ValueError, match="not the text 'Anonymise'"):
            Deactivate(access="Anonymise")  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="takes a whole number from 0 to 87600, not the text '24'"):
            Deactivate(grace_hours="24")  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="takes a tuple of texts, not the text 'owner'"):
            Roles(not_grantable="owner")  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="takes members that are a GroupTeam, not the text"):
            Groups(teams=("Sales",))  # type: ignore[arg-type]

    def test_meaning_to_be_nonconformant_does_not_let_a_wrong_value_pass(self) -> None:
        with pytest.raises(ValueError, match="from 0 to 100, not 101"):
            from_data({"nonconformant": True, "safety": {"max_leavers_percent": 101}})

    def test_all_of_a_files_mistakes_are_named_at_once(self) -> None:
        with pytest.raises(ValueError, match="acess") as caught:
            from_data({"deactivate": {"acess": "x", "seat": "y"}, "seats": {"error": 500}, "name": 3, "extra": {}})
        text = str(caught.value)
        for path in (
            "policy.deactivate: ",
            "policy.deactivate.seat: ",
            "policy.seats.error: ",
            "policy.name: ",
            "policy: ",
        ):
            assert path in text

    @pytest.mark.parametrize("value", [3, None, "", True])
    def test_the_name_is_a_text(self, value: object) -> None:
        with pytest.raises((TypeError, ValueError), match=r"Policy\(name=\.\.\.\) takes a text"):
            Policy(name=value)  # type: ignore[arg-type]


FACTS: list[tuple[Callable[..., Any], dict[str, Any], str, object]] = [
    (Account, {"id": "a"}, "id", 7),
    (Account, {"id": "a"}, "id", ""),
    (Account, {"id": "a"}, "roles", "admin"),
    (Account, {"id": "a"}, "roles", ["admin"]),
    (Account, {"id": "a"}, "roles", ("admin", None)),
    (Account, {"id": "a"}, "owner", 1),
    (Account, {"id": "a"}, "held", "no"),
    (Account, {"id": "a"}, "suspended", "yes"),
    (Account, {"id": "a"}, "ready", None),
    (Account, {"id": "a"}, "managed", 0),
    (Account, {"id": "a"}, "email", b"a@b"),
    (Account, {"id": "a"}, "matched_by", None),
    (Account, {"id": "a"}, "deleted", "yes"),
    (Account, {"id": "a"}, "elsewhere", 1),
    (Account, {"id": "a"}, "protected", True),
    (SeatCount, {"limit": 5, "used": 1}, "limit", -1),
    (SeatCount, {"limit": 5, "used": 1}, "limit", "5"),
    (SeatCount, {"limit": 5, "used": 1}, "used", "3"),
    (SeatCount, {"limit": 5, "used": 1}, "used", None),
    (SeatCount, {"limit": 5, "used": 1}, "used", -1),
    (SeatCount, {"limit": 5, "used": 1}, "pools", {"editors": 3}),
    (SeatCount, {"limit": 5, "used": 1}, "pools", [SeatCount(1, 1)]),
    (Tenant, {}, "plan", "Open"),
    (Tenant, {}, "plan", None),
    (Tenant, {}, "default_role", ("member",)),
    (Tenant, {}, "sso_enforced", "true"),
    (Tenant, {}, "verified_domains", "a.example"),
    (Tenant, {}, "verified_domains", ["a.example"]),
    (Tenant, {}, "verified_domains", (None,)),
    (Tenant, {}, "period_ends", 1.5),
    (Team, {"id": "t"}, "id", None),
    (Team, {"id": "t"}, "managed", "yes"),
    (Team, {"id": "t"}, "namesakes", "2"),
]


class TestFacts:
    """What a host says of its accounts, seats, tenants and teams."""

    @pytest.mark.parametrize(("build", "given", "name", "value"), FACTS)
    def test_a_wrong_fact_is_refused(
        self, build: Callable[..., Any], given: dict[str, Any], name: str, value: object
    ) -> None:
        build(**given)
        with pytest.raises((TypeError, ValueError), match=rf"\({name}=\.\.\.\) takes .*, not "):
            build(**{**given, name: value})

    def test_every_field_is_tried(self) -> None:
        for kind in (Account, SeatCount, Tenant, Team):
            tried = {name for build, _, name, _ in FACTS if build is kind}
            assert tried == {field.name for field in fields(kind)}

    def test_the_fact_is_not_the_choice(self) -> None:
        with pytest.raises(TypeError, match=r"Policy\(seats=\.\.\.\) takes a Seats, not a SeatCount"):
            Policy(seats=SeatCount(5, 1))  # type: ignore[arg-type]


class TestKeys:
    """A policy is a cache key: equal content is the same key."""

    @pytest.mark.parametrize("policy", PRESETS.values(), ids=lambda policy: policy.name)
    def test_presets_are_hashable(self, policy: Policy) -> None:
        again = evolve(policy)
        assert again == policy and again is not policy and hash(again) == hash(policy)

    def test_with_mappings_of_every_kind(self) -> None:
        def build() -> Policy:
            return Policy(
                roles=Roles(sources=("groups",), mappings=(GroupRole("A", "a"),)),
                groups=Groups(mode="mapped", teams=(GroupTeam("G", "t"),)),
                seats=Seats(pools=(SeatPool("p", ("a",)),)),
            )

        assert {build(): 1}[build()] == 1

    @pytest.mark.parametrize(("part", "name"), FIELDS)
    def test_every_choice_counts(self, part: str, name: str) -> None:
        default = getattr(STANDARD, part)
        other = evolve(default, **{name: _another(getattr(fields(type(default)), name), getattr(default, name))})
        assert other != default and hash(other) != hash(default)


def _another(field: "Attribute[Any]", value: object) -> object:
    """A value of the field that is not this one."""
    if "means" in field.metadata:
        return next(choice for choice in field.metadata["means"] if choice != value)
    if field.metadata["record"] is not None:
        return tuple(record for record in RECORDS if type(record) is field.metadata["record"])
    if isinstance(value, tuple):
        return value[1:] if value else ({"warn_at": (80,)}.get(field.name) or ("title",))
    return "other" if value is None else value + 1  # type: ignore[operator]
