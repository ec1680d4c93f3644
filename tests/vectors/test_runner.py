"""The runner can fail: what it would not notice, no vector proves."""

import json
from pathlib import Path
from typing import Any

import pytest

from scimcore.testing._checks import differences
from scimcore.testing.trial import Trial
from scimcore.testing.vectors import Vector, load, replay
from scimcore.web import Request, Response

ADA = {"ada": {"user": {"userName": "ada@harbor.example", "title": "Pilot", "active": True}}}


def _vector(**fields: Any) -> Vector:
    return Vector(**{"name": "x", "why": "x", "source": "x", "given": ADA, **fields})


def _replay(vector: Vector, dialect: str = "auto") -> list[str]:
    trial = Trial.start()
    headers = [("Authorization", f"Bearer {trial.token}")]
    return replay(vector, trial.application.handle, dialect=dialect, headers=headers)


class TestReplay:
    def test_is_silent_when_all_goes_well(self) -> None:
        send = [{"GET": "/Users/{ada}", "status": 200, "answer": {"title": "Pilot", "id": "{ada}"}}]
        assert _replay(_vector(send=send, then={"/Users/{ada}": {"active": True}, "/Users/none": 404})) == []

    def test_reports_another_status_with_what_was_said(self) -> None:
        faults = _replay(_vector(send=[{"GET": "/Users/none", "status": [200, 204]}]))
        assert faults[0].startswith("GET /Users/none: status 404, not 200 or 204: {")

    def test_reports_another_answer(self) -> None:
        faults = _replay(_vector(send=[{"GET": "/Users/{ada}", "status": 200, "answer": {"title": "Diver"}}]))
        assert faults == ["GET /Users/{ada}: title: 'Diver' expected, 'Pilot' found"]

    def test_reports_another_error(self) -> None:
        send = [{"POST": "/Users", "user": {"userName": "ada@harbor.example"}, "status": 409, "scimType": "mutability"}]
        assert "scimType: 'mutability' expected, 'uniqueness' found" in _replay(_vector(send=send))[0]

    def test_reports_another_state(self) -> None:
        send = [{"DELETE": "/Users/{ada}", "status": 204}]
        faults = _replay(_vector(send=send, then={"/Users/{ada}": {"active": True}}))
        assert faults[0].startswith("then GET /Users/{ada}: status 404")
        assert _replay(_vector(send=send, then={"/Users/{ada}": 200}))[0].endswith("}") is True

    def test_reports_a_given_that_was_refused(self) -> None:
        faults = _replay(_vector(given={"bob": {"user": {}}}, send=[{"GET": "/Users", "status": 200}]))
        assert faults[0].startswith("given bob: status 400")

    def test_reports_a_refusal_that_changed_something(self) -> None:
        """Under another dialect the last request is expected otherwise, and nothing may have changed."""
        patch = [{"op": "replace", "path": "title", "value": "Diver"}]
        vector = _vector(
            send=[{"PATCH": "/Users/{ada}", "patch": patch, "status": 200}],
            then={"/Users/{ada}": {"title": "Diver"}},
            otherwise={"rfc": {"status": 200}},
        )
        assert _replay(vector) == []
        assert "a refusal changed" in _replay(vector, "rfc")[0]

    def test_reports_an_answer_that_is_no_json(self) -> None:
        def send(request: Request) -> Response:
            return Response(status=200, headers={}, body=b"<html>")

        vector = _vector(given={}, send=[{"GET": "/Users", "status": 200, "answer": {"totalResults": 0}}])
        assert "nothing found" in replay(vector, send)[0]

    def test_learns_ids_from_answers(self) -> None:
        make = {"POST": "/Groups", "group": {"displayName": "Pilots"}, "status": 201, "learn": {"made": "id"}}
        assert _replay(_vector(send=[make, {"DELETE": "/Groups/{made}", "status": 204}])) == []

    def test_sends_raw_bodies_and_encoded_queries(self) -> None:
        seen: list[Request] = []

        def send(request: Request) -> Response:
            seen.append(request)
            return Response(status=200, headers={})

        step = {"POST": "/Users", "query": {"filter": 'a eq "b&c"'}, "raw": "{", "headers": {"content-type": "x"}}
        assert replay(_vector(given={}, send=[{**step, "status": 200}]), send, headers=[("a", "b")]) == []
        assert seen[0].body == b"{" and seen[0].query == "filter=a%20eq%20%22b%26c%22"
        assert list(seen[0].headers) == [("a", "b"), ("content-type", "x")]


class TestChecks:
    DOCUMENT = {"a": [{"t": "x", "v": 1}, {"t": "y", "v": 2, "on": True}], "b": None, "Name": {"x": "word"}, "n": 0}

    @pytest.mark.parametrize(
        "checks",
        [
            {"a/*/v": {"$set": [2, 1]}},
            {"a/[t=y]/v": 2, "a/[on=true]/t": "y"},
            {"a": {"$count": 2}, "b": None, "nothing/at/all": None},
            {"name/X": "word", "NAME": {"$type": "object"}},
            {"a/*/t": {"$has": "x"}, "a": {"$type": "list"}},
            {"a/*/t": {"$lacks": "z"}, "n": {"$in": [0, 1]}},
            {"name/x": {"$match": "^w"}, "b": {"$present": False}, "a/*/v": {"$type": "integer"}},
        ],
    )
    def test_hold(self, checks: dict[str, Any]) -> None:
        assert list(differences(self.DOCUMENT, checks)) == []

    @pytest.mark.parametrize(
        "checks",
        [
            {"a/*/v": {"$set": [1]}},
            {"a/*/v": 1},
            {"a/[t=z]/v": 2},
            {"a": {"$count": 1}},
            {"a": None},
            {"n": False},
            {"n": None},
            {"name/x": {"$match": "^o"}},
            {"b": {"$present": True}},
            {"a/*/t": {"$lacks": "x"}},
            {"a/*/t": {"$has": "z"}},
            {"n": {"$type": "boolean"}},
            {"nothing": {"$type": "string"}},
            {"n": {"$in": [1, 2]}},
        ],
    )
    def test_do_not_hold(self, checks: dict[str, Any]) -> None:
        assert len(list(differences(self.DOCUMENT, checks))) == 1


class TestLoading:
    def _file(self, folder: Path, entry: dict[str, Any]) -> Path:
        file = folder / "made.json"
        common = {"name": "x", "why": "y", "send": [{"GET": "/Users", "status": 200}]}
        file.write_text(json.dumps({"source": "s", "dialects": ["auto"], "vectors": [{**common, **entry}]}))
        return file

    def test_takes_what_the_file_says_for_all(self, tmp_path: Path) -> None:
        (vector,) = load(self._file(tmp_path, {}))
        assert (vector.source, vector.dialects, vector.file) == ("s", ("auto",), "made.json")

    @pytest.mark.parametrize(
        "entry",
        [
            {"wehn": 1},
            {"send": [{"GET": "/Users", "stauts": 200}]},
            {"send": [{"GET": "/Users", "POST": "/Users", "status": 200}]},
            {"send": [{"status": 200}]},
        ],
    )
    def test_refuses_what_is_no_vector(self, tmp_path: Path, entry: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match=r"made\.json: x: "):
            load(self._file(tmp_path, entry))
