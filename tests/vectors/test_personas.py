"""The personas tell their story to the whole service, and each is understood by `auto` and by its own dialect."""

import json

import pytest

from scimcore.dialects import find_dialect
from scimcore.testing.personas import OKTA_CATALOGUE, PEOPLE, PERSONAS, Persona, play, steps
from scimcore.testing.trial import Trial

RUNS = [(persona, name) for persona in PERSONAS for name in ("auto", persona.dialect)]


def _told(persona: Persona, name: str) -> tuple[Trial, list[str]]:
    trial = Trial.start(dialect=find_dialect(name))
    headers = [("Authorization", f"Bearer {trial.token}")]
    played = list(play(steps(persona), trial.application.handle, headers=headers))
    assert len(played) > 15
    return trial, [f"{p.step.title}: {p.response.status} {p.response.body!r}" for p in played if not p.ok]


class TestAPersona:
    """ENTRA-019, OKTA-006, OKTA-016: joiner, mover, leaver, as each identity provider words it."""

    @pytest.mark.parametrize(("persona", "name"), RUNS, ids=lambda value: getattr(value, "name", value))
    def test_is_understood_from_connection_test_to_leaver(self, persona: Persona, name: str) -> None:
        _, faults = _told(persona, name)
        assert faults == []

    @pytest.mark.parametrize("persona", PERSONAS, ids=lambda persona: persona.name)
    def test_leaves_what_it_said(self, persona: Persona) -> None:
        trial, _ = _told(persona, "auto")
        users = {user["userName"]: user for user in trial.get("/Users")["Resources"]}
        stayer, mover, leaver = (users.get(person.user_name) for person in PEOPLE)
        assert stayer["active"] is True
        assert mover["name"] == {"familyName": "Strand-Lind", "givenName": "Liv"}
        assert leaver is None if persona.deletes_users else leaver["active"] is False
        group = trial.get("/Groups")["Resources"][0]
        assert {member["value"] for member in group["members"]} == {stayer["id"], mover["id"]}

    def test_goes_on_when_it_is_refused(self) -> None:
        """A driver reports what went wrong; it does not fall over it."""
        trial = Trial.start()
        played = list(play(steps(OKTA_CATALOGUE), trial.application.handle))
        assert {p.response.status for p in played} == {401}
        assert not any(p.ok for p in played)
        assert json.loads(played[0].response.body)["status"] == "401"

    def test_takes_three_people(self) -> None:
        with pytest.raises(ValueError, match="three people"):
            next(steps(OKTA_CATALOGUE, PEOPLE[:2]))
