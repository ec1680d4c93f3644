"""Filters on the URIs that are made of the base URL: `meta.location` and the `$ref` of links."""

import pytest

from scimcore.testing.trial import Trial
from tests.web.support import failed, group


class TestUrisCompareLikeText:
    """String-like, case exact (FLT-010, FLT-024): whatever is shown is what is compared, as the client sees it."""

    PARTS = ("", "http", "://", "/Users/", "Users", "sers/", "/", "users/", "/Groups/", "zzz", "HTTP")

    @pytest.mark.parametrize("op", ["eq", "co", "sw", "ew"])
    def test_as_the_shown_uri_does(self, trial: Trial, op: str) -> None:
        ids = [trial.user(name) for name in ("ada", "ben")]
        team = trial.post("/Groups", group("crew", ids[0])).body
        shown = {id: trial.get(f"/Users/{id}").body["meta"]["location"] for id in ids}
        reference = team["members"][0]["$ref"]
        uri = shown[ids[0]]
        for said in {
            *self.PARTS,
            uri,
            ids[0],
            uri[:-3],
            uri[5:],
            uri[5:-3],
            ids[0][3:],
            ids[0][:4],
            uri[-len(ids[0]) - 4 :],
        }:
            wanted = {id for id, at in shown.items() if fits(op, at, said)}
            assert found(trial, "/Users", f'meta.location {op} "{said}"') == wanted, said
            teams = {team["id"]} if fits(op, reference, said) else set()
            assert found(trial, "/Groups", f'members.$ref {op} "{said}"') == teams, said
            assert found(trial, "/Groups", f'members[$ref {op} "{said}"]') == teams, said

    @pytest.mark.parametrize("op", ["co", "sw", "ew"])
    def test_on_the_derived_side_too(self, trial: Trial, op: str) -> None:
        ada = trial.user("ada")
        team = trial.post("/Groups", group("crew", ada)).body["id"]
        uri = trial.get(f"/Users/{ada}").body["groups"][0]["$ref"]
        for said in (*self.PARTS, uri, uri[5:], uri[:-3], team):
            assert found(trial, "/Users", f'groups.$ref {op} "{said}"') == ({ada} if fits(op, uri, said) else set()), (
                said
            )

    @pytest.mark.parametrize("filter", ['meta.location gt "a"', 'groups.$ref le "a"', 'groups[$ref lt "a"]'])
    def test_but_have_no_order(self, trial: Trial, filter: str) -> None:
        """No order that anybody could use: refused, and not answered with nothing."""
        assert "no order" in failed(trial.get("/Users", query={"filter": filter}), 400, "invalidFilter")

    def test_over_all_types_at_once(self, trial: Trial) -> None:
        ada = trial.user("ada")
        team = trial.post("/Groups", group("crew", ada)).body["id"]
        assert found(trial, "/", 'meta.location co "/Groups/"') == {team}
        assert found(trial, "/", 'meta.location co "ers/"') == {ada}
        assert found(trial, "/", 'meta.location sw "http"') == {ada, team}
        assert found(trial, "/", f'not (meta.location ew "{team}")') == {ada}


def fits(op: str, uri: str, said: str) -> bool:
    """What the operators mean on two texts."""
    tests = {"eq": uri == said, "co": said in uri, "sw": uri.startswith(said), "ew": uri.endswith(said)}
    return tests[op]


def found(trial: Trial, path: str, filter: str) -> set[str]:
    answer = trial.get(path, query={"filter": filter})
    assert answer.status == 200, answer.body
    return {resource["id"] for resource in answer.body["Resources"]}
