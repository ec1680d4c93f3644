"""Unique names: compared folded and without blanks at either end, stored as sent."""

import pytest

from scimcore.dialects import AUTO, RFC
from scimcore.testing.trial import Trial


@pytest.fixture(params=[AUTO, RFC], ids=lambda dialect: dialect.name)
def trial(request) -> Trial:
    return Trial.start(dialect=request.param)


class TestBlanksAtTheEnds:
    """Nobody sees them: two accounts, or two teams, would look the same."""

    @pytest.mark.parametrize(("first", "second"), [("twin", "twin "), ("twin", " TWIN"), ("Twin", "twin\u00a0")])
    def test_make_no_other_user(self, trial: Trial, first: str, second: str) -> None:
        user = trial.user(first)
        assert trial.post("/Users", {"schemas": [USER], "userName": second}).status == 409
        other = trial.user("other")
        assert trial.patch(f"/Users/{other}", {"op": "replace", "path": "userName", "value": second}).status == 409
        assert trial.get(f"/Users/{user}")["userName"] == first

    def test_make_no_other_group(self, trial: Trial) -> None:
        trial.group("Deck Crew")
        assert trial.post("/Groups", {"schemas": [GROUP], "displayName": " deck crew "}).status == 409

    def test_may_be_taken_away(self, trial: Trial) -> None:
        """It is the same name, so that the resource itself may have it. Without a twin it is stored as sent."""
        user = trial.user("twin ")
        assert trial.get(f"/Users/{user}")["userName"] == "twin "
        assert trial.patch(f"/Users/{user}", {"op": "replace", "path": "userName", "value": "twin"}).status == 200
        assert trial.get(f"/Users/{user}")["userName"] == "twin"


USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
