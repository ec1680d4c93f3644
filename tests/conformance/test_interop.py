"""The interop profile (draft-zollner-scim-interop-profile), clause by clause, as the dialect of that name."""

import pytest

from scimcore.dialects import INTEROP
from scimcore.testing.trial import Trial
from tests.conformance.support import PATCH, USER, failed, found, listed, user


@pytest.fixture
def trial() -> Trial:
    return Trial.start(dialect=INTEROP)


class TestBodies:
    """Attributes and schemas that are not defined are errors, not noise."""

    @pytest.mark.parametrize(
        "body",
        [
            user("ada", shoeSize=9),
            user("ada", name={"nick": "A"}),
            user("ada", emails=[{"value": "a@x.example", "colour": "red"}]),
            {"schemas": [USER, "urn:x:y"], "userName": "ada"},
            {"userName": "ada"},
        ],
        ids=lambda body: next(reversed(body)),
    )
    def test_what_is_unknown_is_invalid_syntax(self, trial, body):
        """EXT-010: unknown attributes/schemas -> 400 invalidSyntax, on POST and PUT."""
        failed(trial.post("/Users", body), 400, "invalidSyntax")
        ada = trial.user("ada")
        failed(trial.put(f"/Users/{ada}", body), 400, "invalidSyntax")


class TestPatch:
    """Every operation says where."""

    def test_an_operation_needs_a_path(self, trial):
        """EXT-010: path-less -> 400 invalidSyntax."""
        ada = trial.user("ada")
        for op in ("add", "replace"):
            failed(trial.patch(f"/Users/{ada}", {"op": op, "value": {"title": "x"}}), 400, "invalidSyntax")
        assert "title" not in trial.get(f"/Users/{ada}").body

    def test_replace_replaces_a_complex_attribute_whole(self, trial):
        """EXT-010, PATCH-042: replace of complex = whole object."""
        ada = trial.user("ada", name={"givenName": "Ada", "familyName": "King"})
        op = {"op": "replace", "path": "name", "value": {"givenName": "Augusta"}}
        assert trial.patch(f"/Users/{ada}", op)["name"] == {"givenName": "Augusta"}

    def test_no_tolerance_is_left(self, trial):
        """EXT-010: spellings of op, text booleans, value lists on remove and missing schemas are errors."""
        ada = trial.user("ada")
        path = f"/Users/{ada}"
        failed(trial.patch(path, {"op": "Replace", "path": "title", "value": "x"}), 400, "invalidSyntax")
        failed(trial.patch(path, {"op": "replace", "path": "active", "value": "False"}), 400, "invalidValue")
        failed(trial.patch(path, {"op": "replace", "path": "name", "value": {"nick": "A"}}), 400, "invalidSyntax")
        bare = {"Operations": [{"op": "replace", "path": "title", "value": "x"}]}
        failed(trial.send("PATCH", path, bare), 400, "invalidSyntax")
        assert PATCH in failed(trial.send("PATCH", path, bare), 400, "invalidSyntax")


class TestTheRest:
    def test_a_taken_name_is_409_on_post_and_on_patch(self, trial):
        """EXT-010, CORE-087."""
        ada, _ = trial.user("ada"), trial.user("bob")
        failed(trial.post("/Users", user("BOB")), 409, "uniqueness")
        op = {"op": "replace", "path": "userName", "value": "BOB"}
        failed(trial.patch(f"/Users/{ada}", op), 409, "uniqueness")

    def test_a_page_holds_a_hundred_and_the_floor_of_filters_is_there(self, trial):
        """EXT-010, PAGE-007, QRY-006: >=100 page; eq and "and" on what clients match by."""
        ids = [trial.user(f"u{n}", externalId=f"E{n}") for n in range(110)]
        assert len(listed(trial.get("/Users"))) >= 100
        assert len(listed(trial.get("/Users", query="count=100"))) == 100
        assert found(trial, 'userName eq "U7" and externalId eq "E7"') == [ids[7]]
        failed(trial.get("/Users", query="filter=shoeSize pr"), 400, "invalidFilter")

    def test_delete_deletes_and_patch_does_not(self, trial):
        """EXT-010, DEL-006."""
        ada = trial.user("ada")
        assert trial.patch(f"/Users/{ada}", {"op": "replace", "path": "active", "value": False}).status == 200
        assert trial.get(f"/Users/{ada}")["active"] is False
        assert trial.delete(f"/Users/{ada}").status == 204
        failed(trial.get(f"/Users/{ada}"), 404)
