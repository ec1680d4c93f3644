"""Rewrites of keys: paths where names belong."""

from itertools import islice, product

import pytest

from scimcore.dialects import AUTO, ENTRA, ENTRA_2020, OKTA
from scimcore.errors import InvalidSyntax
from tests.dialects.support import USERS, E, body, patch, patch_rules, rules


class TestKeysOfAPatch:
    """ENTRA-009: path-less values with dotted keys and full URN keys are expanded into operations with paths."""

    def test_expand_dotted_keys(self) -> None:
        assert patch({"op": "replace", "value": {"displayName": "x", "name.givenName": "y"}}) == [
            {"op": "replace", "value": {"displayName": "x"}},
            {"op": "replace", "path": "name.givenName", "value": "y"},
        ]

    def test_expand_urn_keys(self) -> None:
        assert patch({"op": "add", "value": {f"{E}:department": "x", f"{E}:manager.value": "7"}}) == [
            {"op": "add", "path": f"{E}:department", "value": "x"},
            {"op": "add", "path": f"{E}:manager.value", "value": "7"},
        ]

    def test_expand_filtered_keys(self) -> None:
        key = 'emails[type eq "work"].value'
        assert patch({"op": "replace", "value": {key: "a"}}) == [{"op": "replace", "path": key, "value": "a"}]

    def test_expand_in_the_order_in_which_they_stand(self) -> None:
        keys = ["name.familyName", f"{E}:division", "name.givenName", 'emails[type eq "x"].value']
        assert [op["path"] for op in patch({"op": "add", "value": dict.fromkeys(keys, "v")})] == keys

    def test_expand_keys_inside_an_extension(self) -> None:
        assert patch({"op": "add", "value": {E: {"manager.value": "7", "division": "x"}}}) == [
            {"op": "add", "value": {E: {"division": "x"}}},
            {"op": "add", "path": f"{E}:manager.value", "value": "7"},
        ]

    def test_expand_where_the_extension_is_the_path(self) -> None:
        assert patch({"op": "add", "path": E, "value": {"manager.value": "7"}}) == [
            {"op": "add", "path": f"{E}:manager.value", "value": "7"}
        ]

    def test_coerce_what_they_move(self) -> None:
        value = {'roles[value eq "a"].primary': "True", f"{E}:manager": "7"}
        assert [op["value"] for op in patch({"op": "add", "value": value})] == [True, {"value": "7"}]

    def test_move_nulls_because_they_clear(self) -> None:
        assert patch({"op": "replace", "value": {"name.familyName": None}}) == [
            {"op": "replace", "path": "name.familyName", "value": None}
        ]

    @pytest.mark.parametrize(
        "key", ["name.pseudonym", "nothing.value", "urn:example:no:thing", "emails[", "emails[x]y", "a.b.c", "", "."]
    )
    def test_leave_keys_that_lead_nowhere(self, key: str) -> None:
        given = {"op": "replace", "value": {key: "x"}}
        assert patch(given) == [given]

    def test_leave_the_value_of_a_path_alone(self) -> None:
        given = {"op": "replace", "path": "name", "value": {"name.givenName": "x"}}
        assert patch(given) == [given]

    def test_note_the_attribute_and_not_the_filter(self) -> None:
        notes = AUTO.patch(
            USERS,
            {"Operations": [{"op": "add", "value": {'emails[value eq "secret@x"].type': "work"}}], "schemas": ["x"]},
        )[1]
        assert [name for name, _ in notes] == ["filtered-keys"]
        assert "secret" not in str(notes)

    def test_are_of_entra_and_not_of_okta(self) -> None:
        operation = {"op": "replace", "value": {"name.givenName": "x"}}
        assert patch(operation, dialect=OKTA) == [operation]
        assert patch(operation, dialect=ENTRA) == patch(operation, dialect=ENTRA_2020) != [operation]


class TestKeysOfABody:
    """The same keys in POST and PUT are put where they lead."""

    def test_are_nested(self) -> None:
        given = {"name.givenName": "x", f"{E}:department": "y", E: {"manager.value": "7"}}
        assert body(given) == {"name": {"givenName": "x"}, E: {"manager": {"value": "7"}, "department": "y"}}

    def test_join_what_is_there(self) -> None:
        given = {"NAME": {"familyName": "z"}, "name.givenName": "x"}
        assert body(given) == {"NAME": {"familyName": "z", "givenName": "x"}}

    def test_never_override_what_the_body_says_itself(self) -> None:
        assert body({"name": {"GivenName": "x"}, "name.givenName": "x"}) == {"name": {"GivenName": "x"}}
        assert body({"name": "odd", "name.givenName": "x"}) == {"name": "odd"}

    @pytest.mark.parametrize(
        "twice",
        [
            {"name": {"GivenName": "said"}, "name.givenName": "x"},
            {"title": "said", USERS.urn: {"title": "x"}},
            {"title": "said", f"{USERS.urn}:title": "x"},
            {E: {"department": "said"}, "department": "x"},
            {E: {"department": "said"}, f"{E}:department": "x"},
        ],
    )
    def test_are_refused_when_they_say_another_value(self, twice: dict) -> None:
        """One of the two would be answered 2xx and lost."""
        with pytest.raises(InvalidSyntax):
            body(twice)
        with pytest.raises(InvalidSyntax):
            patch({"op": "add", "value": twice})

    def test_with_a_null_ask_for_nothing(self) -> None:
        """ENTRA-012: "department": null and "manager": null at the top of a create."""
        given = {"department": None, "manager": None, "name.givenName": None}
        assert body(given) is given

    def test_with_a_filter_have_no_meaning(self) -> None:
        given = {'emails[type eq "work"].value': "x"}
        assert body(given) is given


class TestShortNames:
    """FLT-018: an extension attribute without its URN may be resolved if it is unique."""

    def test_lead_into_the_extension(self) -> None:
        assert body({"department": "x", "lit": "True"}) == {E: {"department": "x"}, "urn:example:lamps": {"lit": True}}
        assert rules({"department": "x"}) == ["short-names"]

    def test_lead_into_the_extension_in_patches(self) -> None:
        assert patch({"op": "add", "value": {"department": "x"}}) == [
            {"op": "add", "path": f"{E}:department", "value": "x"}
        ]

    def test_are_a_switch_for_filters_and_paths(self) -> None:
        off = AUTO.without("short-names")
        assert AUTO.short_names and AUTO.readings.short_names
        assert not off.short_names and not off.readings.short_names


class TestLegacyUrn:
    """Older Entra jobs name the enterprise extension as SCIM 1.0 did."""

    OLD = "urn:scim:schemas:extension:enterprise:1.0"

    def test_is_renamed_in_bodies(self) -> None:
        assert body({self.OLD: {"department": "x", "manager": "7"}}) == {
            E: {"department": "x", "manager": {"value": "7"}}
        }

    def test_joins_the_current_one(self) -> None:
        assert body({self.OLD: {"department": "x"}, E: {"division": "y"}}) == {E: {"division": "y", "department": "x"}}

    def test_is_renamed_in_paths_and_keys(self) -> None:
        assert patch({"op": "add", "path": f"{self.OLD}:department", "value": "x"})[0]["path"] == f"{E}:department"
        assert patch({"op": "replace", "value": {f"{self.OLD}:department": "x"}})[0]["path"] == f"{E}:department"

    def test_stays_an_object_in_a_replace(self) -> None:
        """With the URN as the path, a replace would drop the rest of the extension."""
        assert patch({"op": "replace", "value": {self.OLD: {"department": "x"}}}) == [
            {"op": "replace", "value": {E: {"department": "x"}}}
        ]

    def test_of_other_extensions_is_left(self) -> None:
        given = {"urn:scim:schemas:extension:payroll:1.0": {"x": 1}}
        assert body(given) is given
        assert patch_rules({"op": "add", "path": "urn:scim:schemas:extension:payroll:1.0:x", "value": "y"}) == []


class TestTwoSpellingsOfOnePath:
    def test_are_refused_in_one_body(self) -> None:
        with pytest.raises(InvalidSyntax, match=r"name\.givenName: the name is there twice"):
            body({"name.givenName": "x", "NAME.givenName": "y"})

    def test_are_one_if_they_say_the_same(self) -> None:
        assert body({"name.givenName": "x", "NAME.givenName": "x"}) == {"name": {"givenName": "x"}}

    def test_cost_one_pass_however_many_there_are(self) -> None:
        """Each key looked through all the others: 276 kB of them took four seconds."""
        spellings = ["".join(one) for one in islice(product(*zip("givenname", "GIVENNAME", strict=True)), 512)]
        unknown = {f"x{number}": 0 for number in range(1000)}
        counted: list[str] = []

        class Counted(str):
            def lower(self) -> str:
                counted.append(self)
                return str.lower(self)

        sent = {Counted(key): value for key, value in ({"name": {}} | unknown).items()}
        body(sent | {f"name.{name}": "x" for name in spellings})
        assert len(counted) <= 5 * len(sent)
