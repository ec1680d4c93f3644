"""Dialects as values: looked up, printed, switched, extended."""

import pytest
from attrs import evolve

from scimcore.dialects import AUTO, DIALECTS, ENTRA, ENTRA_2020, RFC, Dialect, Place, Rewrite, find_dialect
from scimcore.patch.readings import Readings
from scimcore.policy import PRESETS, STANDARD, Policy
from scimcore.policy.exports import offers
from tests.dialects.support import USERS, body, patch


def _yes_and_no(place: Place):
    if place.leaf.type != "boolean" or place.many:
        return None
    return lambda value: {"yes": True, "no": False}.get(value, value)


YES_AND_NO = Rewrite(
    name="yes-and-no", note="yes and no are booleans", source="our own export", kinds=(str,), value=_yes_and_no
)


class TestLookUp:
    def test_finds_every_dialect_by_its_name(self) -> None:
        names = ["auto", "entra", "entra-2020", "okta", "okta-wizard", "onelogin", "google", "jumpcloud", "ping"]
        assert {d.name for d in DIALECTS} == {*names, "rfc", "interop"}
        assert all(find_dialect(name).name == name for name in names)

    def test_names_the_choices_for_a_wrong_one(self) -> None:
        with pytest.raises(ValueError, match="auto, rfc, entra"):
            find_dialect("azure")


class TestSwitches:
    """Each tolerance has a switch."""

    @pytest.mark.parametrize("name", [r.name for r in AUTO.rewrites])
    def test_each_can_be_switched_off_alone(self, name: str) -> None:
        without = AUTO.without(name)
        assert {r.name for r in AUTO.rewrites} - {r.name for r in without.rewrites} == {name}

    def test_switching_off_leaves_the_others(self) -> None:
        quiet = AUTO.without("text-booleans")
        given = {"op": "Replace", "path": "active", "value": "False"}
        assert patch(given, dialect=quiet) == [{"op": "replace", "path": "active", "value": "False"}]
        assert patch(given) == [{"op": "replace", "path": "active", "value": False}]

    def test_an_unknown_switch_is_refused_with_the_choices(self) -> None:
        with pytest.raises(ValueError, match="op-spelling"):
            ENTRA.without("op_spelling")

    def test_readings_follow_the_switches(self) -> None:
        assert AUTO.readings.unmatched == "create"
        assert AUTO.without("create-unmatched").readings.unmatched == "noTarget"

    def test_of_one_name_there_is_one(self) -> None:
        with pytest.raises(ValueError, match="two rewrites"):
            Dialect(name="x", rewrites=(YES_AND_NO, YES_AND_NO))


class TestOneOfYourOwn:
    """A host writes its own in ten lines."""

    def test_adds_a_rewrite(self) -> None:
        own = RFC.with_(YES_AND_NO)
        assert body({"active": "no"}, dialect=own) == {"active": False}
        assert own.body(USERS, {"active": "no"})[1] == (("yes-and-no", "active: yes and no are booleans"),)

    def test_replaces_a_rewrite_of_that_name_in_its_place(self) -> None:
        other = Rewrite(name="op-spelling", note="nothing", source="test")
        changed = AUTO.with_(other)
        assert [r.name for r in changed.rewrites] == [r.name for r in AUTO.rewrites]
        assert changed["op-spelling"] is other

    def test_leaves_the_shipped_one_as_it_was(self) -> None:
        AUTO.with_(YES_AND_NO)
        assert "yes-and-no" not in [r.name for r in AUTO.rewrites]


class TestConstruction:
    """A wrong value is refused when the dialect is built, in a sentence that names the argument."""

    @pytest.mark.parametrize(
        ("build", "said"),
        [
            (lambda: Dialect(name=""), "name"),
            (lambda: Dialect(name="x", rewrites=[YES_AND_NO]), "rewrites"),
            (lambda: Dialect(name="x", rewrites=("op-spelling",)), "takes a Rewrite, not the text 'op-spelling'"),
            (lambda: Dialect(name="x", rules="strict"), "takes Rules"),
            (lambda: Dialect(name="x", letter=None), "takes Readings"),
            (lambda: Dialect(name="x", needs={"reactivation"}), "takes a frozenset of texts"),
            (lambda: AUTO.with_("op-spelling"), "takes a Rewrite"),
            (lambda: Rewrite(name="x", note="y", source=""), "source"),
            (lambda: Rewrite(name="x", note="y", source="z", kinds=str), "kinds"),
            (lambda: Rewrite(name="x", note="y", source="z", kinds=(bytes,)), "kinds"),
            (lambda: Rewrite(name="x", note="y", source="z", within="bodys"), "'bodies'"),
            (lambda: Rewrite(name="x", note="y", source="z", value={"yes": True}), "takes a function or None"),
            (lambda: Rewrite(name="x", note="y", source="z", text_booleans="yes"), "takes a bool"),
        ],
    )
    def test_names_what_is_wrong(self, build, said: str) -> None:
        with pytest.raises((TypeError, ValueError)) as raised:
            build()
        assert said in str(raised.value)


class TestComposition:
    def test_auto_holds_everything_that_a_client_needs(self) -> None:
        """`auto` is the composition that serves all known clients at once; `interop` is a profile, not a client."""
        needed = {r for d in DIALECTS if d.name not in ("auto", "interop") for r in d.rewrites}
        assert needed <= set(AUTO.rewrites)
        assert all(d.needs <= AUTO.needs for d in DIALECTS)

    def test_rfc_is_the_letter(self) -> None:
        assert RFC.rewrites == ()
        assert RFC.readings == Readings(short_names=False)
        assert RFC.rules.missing_schemas == "reject"

    def test_both_flavours_of_entra_take_each_other(self) -> None:
        """ENTRA-030: the flag is appended any day, and on-demand provisioning ignores it."""
        assert [r.name for r in ENTRA.rewrites if r not in ENTRA_2020.rewrites] == ["legacy-urn"]
        assert set(ENTRA_2020.rewrites) < set(ENTRA.rewrites)

    @pytest.mark.parametrize("rewrite", AUTO.rewrites, ids=lambda r: r.name)
    def test_every_rewrite_says_what_it_does_and_who_needs_it(self, rewrite: Rewrite) -> None:
        assert rewrite.note and rewrite.source and rewrite.observed
        assert rewrite.note[0].islower() or rewrite.note[0] == '"'
        assert not rewrite.note.endswith(".")


class TestNeeds:
    """A dialect publishes what it needs of a policy; the words are those in which a policy says what it offers."""

    @pytest.mark.parametrize("policy", PRESETS.values(), ids=lambda policy: policy.name)
    def test_are_met_by_every_preset(self, policy: Policy) -> None:
        assert {d.name: d.needs - offers(policy) for d in DIALECTS if d.needs - offers(policy)} == {}

    def test_name_what_is_missing(self) -> None:
        hidden = evolve(STANDARD, deactivate=evolve(STANDARD.deactivate, visibility="hidden"), nonconformant=True)
        assert AUTO.needs - offers(hidden) == {"inactive-visible"}


class TestExplain:
    def test_prints_one_line_for_each_rewrite(self) -> None:
        lines = AUTO.explain().splitlines()
        assert lines[0] == f"auto: {len(AUTO.rewrites)} rewrites"
        assert [line.split()[0] for line in lines[2:]] == [r.name for r in AUTO.rewrites]

    def test_is_a_value(self) -> None:
        assert AUTO.without("empty-text") == AUTO.without("empty-text") != AUTO
        assert hash(AUTO) == hash(find_dialect("auto"))
        assert "_walks" not in repr(AUTO)
