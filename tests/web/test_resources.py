"""Create, read, replace, patch and delete over HTTP; entity tags."""

import pytest

from scimcore.service import Limits
from scimcore.testing.trial import BASE, Trial
from scimcore.web import Options
from tests.web.support import failed, group, user

REPLACE_TITLE = {"op": "replace", "path": "title", "value": "Dyer"}


class TestCreate:
    """RFC 7644 section 3.3."""

    def test_the_answer_is_the_whole_resource_with_its_place(self, trial):
        """CRT-001, CRT-005."""
        answer = trial.post("/Users", user("ada"))
        assert answer.status == 201
        assert answer.headers["Location"] == f"{BASE}/Users/{answer['id']}" == answer["meta"]["location"]
        assert answer.headers["ETag"] == answer["meta"]["version"] == 'W/"1"'
        assert answer["meta"]["resourceType"] == "User"
        assert trial.get(f"/Users/{answer['id']}").body == answer.body
        assert trial.post("/Groups", group("team"))["meta"]["resourceType"] == "Group"

    def test_read_only_attributes_are_ignored(self, trial):
        """CRT-002."""
        sent = user("ada", id="mine", meta={"resourceType": "X"}, groups=[{"value": "g"}])
        answer = trial.post("/Users", sent)
        assert answer.status == 201
        assert answer["id"] != "mine"
        assert "groups" not in answer.body

    def test_a_name_that_is_taken_is_a_conflict(self, trial):
        """CRT-004."""
        trial.user("ada@example.com")
        assert "userName" in failed(trial.post("/Users", user("ADA@example.com")), 409, "uniqueness")

    @pytest.mark.parametrize("body", [{}, {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"]}])
    def test_a_missing_required_attribute_is_an_invalid_value(self, trial, body):
        """CRT-007."""
        failed(trial.post("/Users", body), 400, "invalidValue")


class TestRead:
    """RFC 7644 section 3.4.1."""

    def test_headers_are_those_of_meta(self, trial):
        """GET-001."""
        id = trial.user("ada")
        answer = trial.get(f"/Users/{id}")
        assert answer.headers["Content-Type"] == "application/scim+json"
        assert (answer.headers["Location"], answer.headers["ETag"]) == (
            answer["meta"]["location"],
            answer["meta"]["version"],
        )

    def test_what_is_unknown_is_404(self, trial):
        """GET-002, GET-004."""
        id, team = trial.user("bob@example.com"), trial.group("team")
        other = trial.connect("globex")
        for path, token in (
            ("/Users/none", None),
            (f"/Users/{team}", None),
            (f"/Groups/{id}", None),
            (f"/Users/{id}", other),
            ("/Users/bob@example.com", None),
        ):
            failed(trial.get(path, token=token), 404)

    def test_a_filter_on_one_resource_is_ignored(self, trial):
        """GET-005."""
        id = trial.user("ada")
        assert trial.get(f"/Users/{id}", query={"filter": 'userName eq "bob"'})["id"] == id


class TestDelete:
    """RFC 7644 section 3.6."""

    def test_it_answers_nothing_at_all(self, trial):
        """DEL-001."""
        answer = trial.delete(f"/Users/{trial.user('ada')}")
        assert (answer.status, answer.body) == (204, None)
        assert "Content-Type" not in answer.headers

    def test_afterwards_nothing_finds_it(self, trial):
        """DEL-002, DEL-004."""
        id = trial.user("ada")
        trial.delete(f"/Users/{id}")
        for answer in (
            trial.get(f"/Users/{id}"),
            trial.put(f"/Users/{id}", user("ada")),
            trial.patch(f"/Users/{id}", REPLACE_TITLE),
            trial.delete(f"/Users/{id}"),
        ):
            failed(answer, 404)
        assert trial.get("/Users")["totalResults"] == 0

    def test_its_name_is_free_again(self, trial):
        """DEL-003."""
        before = trial.user("ada")
        trial.delete(f"/Users/{before}")
        assert trial.user("ada") != before

    def test_its_memberships_go_with_it_and_groups_leave_their_users(self, trial):
        """DEL-005."""
        ada, bob = trial.user("ada"), trial.user("bob")
        team = trial.group("team", ada, bob)
        trial.delete(f"/Users/{ada}")
        assert [m["value"] for m in trial.get(f"/Groups/{team}")["members"]] == [bob]
        trial.delete(f"/Groups/{team}")
        assert trial.get(f"/Users/{bob}").status == 200
        assert "groups" not in trial.get(f"/Users/{bob}").body


class TestChanges:
    """PUT and PATCH."""

    def test_put_answers_200_with_the_resource(self, trial):
        id = trial.user("ada")
        answer = trial.put(f"/Users/{id}", user("ada", title="Dyer"))
        assert (answer.status, answer["title"], answer.headers["ETag"]) == (200, "Dyer", 'W/"2"')
        assert answer.headers["Location"] == f"{BASE}/Users/{id}"

    def test_put_never_creates(self, trial):
        failed(trial.put("/Users/none", user("ada")), 404)

    def test_patch_answers_200_with_the_resource(self, trial):
        id = trial.user("ada")
        answer = trial.patch(f"/Users/{id}", REPLACE_TITLE)
        assert (answer.status, answer["title"], answer.headers["ETag"]) == (200, "Dyer", 'W/"2"')

    def test_a_large_group_is_answered_204_unless_attributes_are_asked_for(self):
        """ENTRA-015; defaults.md: a group larger than a host-set size answers 204, with its ETag."""
        trial = Trial.start(limits=Limits(echo_members=2))
        ids = [trial.user(f"u{n}") for n in range(4)]
        team = trial.group("team", *ids[:2])
        small = trial.patch(f"/Groups/{team}", {"op": "replace", "path": "displayName", "value": "small"})
        assert small.status == 200
        add = {"op": "add", "path": "members", "value": [{"value": ids[2]}]}
        large = trial.patch(f"/Groups/{team}", add)
        assert (large.status, large.body) == (204, None)
        assert large.headers["ETag"] == trial.get(f"/Groups/{team}", query="attributes=id").headers["ETag"]
        asked = trial.patch(f"/Groups/{team}", add, query="excludedAttributes=members")
        assert (asked.status, asked["displayName"]) == (200, "small")


class TestEntityTags:
    """RFC 7644 section 3.14."""

    def test_the_header_and_meta_agree_everywhere(self, trial):
        """ETAG-001."""
        created = trial.post("/Users", user("ada"))
        path = f"/Users/{created['id']}"
        for answer in (created, trial.get(path), trial.put(path, user("ada")), trial.patch(path, REPLACE_TITLE)):
            assert answer.headers["ETag"] == answer["meta"]["version"]
        assert trial.get("/ServiceProviderConfig")["etag"] == {"supported": True}

    @pytest.mark.parametrize("tag", ['W/"1"', '"1"', '"x", W/"1"', "*", '"a,b" , W/"1"'])
    def test_if_none_match_answers_304(self, trial, tag):
        """ETAG-002: W/ comparison, list of tags, "*"."""
        id = trial.group("team")
        answer = trial.get(f"/Groups/{id}", headers={"If-None-Match": tag})
        assert (answer.status, answer.body) == (304, None)
        assert answer.headers["ETag"] == 'W/"1"'

    @pytest.mark.parametrize("tag", ['W/"2"', '"x"', "1", "W/1", '"01"', "", '"' + "9" * 5000 + '"'])
    def test_any_other_tag_is_answered_in_full(self, trial, tag):
        id = trial.group("team")
        assert trial.get(f"/Groups/{id}", headers={"If-None-Match": tag}).status == 200

    def test_a_user_is_not_unmodified_while_its_groups_are_shown(self, trial):
        """defaults.md: the version does not cover derived groups."""
        id = trial.user("ada")
        tag = {"If-None-Match": 'W/"1"'}
        assert trial.get(f"/Users/{id}", headers=tag).status == 200
        assert trial.get(f"/Users/{id}", headers=tag, query="excludedAttributes=groups").status == 304
        assert trial.get(f"/Users/{id}", headers=tag, query="attributes=userName").status == 304

    CHANGES = [
        ("PUT", user("ada", title="x")),
        ("PATCH", {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [REPLACE_TITLE]}),
        ("DELETE", None),
    ]

    @pytest.mark.parametrize("method, body", CHANGES)
    @pytest.mark.parametrize("tag", ['W/"2"', '"nonsense"', "W/1", "", '"1'])
    def test_if_match_with_another_version_changes_nothing(self, trial, method, body, tag):
        """ETAG-003."""
        id = trial.user("ada")
        before = trial.get(f"/Users/{id}").body
        failed(trial.send(method, f"/Users/{id}", body, headers={"If-Match": tag}), 412)
        assert trial.get(f"/Users/{id}").body == before

    @pytest.mark.parametrize("method, body", CHANGES)
    @pytest.mark.parametrize("tag", ['W/"1"', '"1"', "*", '"x", W/"1"'])
    def test_if_match_with_this_version_goes_through(self, trial, method, body, tag):
        """ETAG-004: compared weakly."""
        id = trial.user("ada")
        assert trial.send(method, f"/Users/{id}", body, headers={"If-Match": tag}).status in (200, 204)

    @pytest.mark.parametrize("method, body", CHANGES)
    def test_a_host_may_require_it(self, method, body):
        """ETAG-005: a require_if_match switch returns 428; off by default."""
        trial = Trial.start(options=lambda clock: Options(clock=clock, require_if_match=True, reraise=True))
        id = trial.user("ada")
        failed(trial.send(method, f"/Users/{id}", body), 428)
        assert trial.send(method, f"/Users/{id}", body, headers={"If-Match": 'W/"1"'}).status in (200, 204)

    def test_on_an_unknown_resource_404_wins(self, trial):
        failed(trial.delete("/Users/none", headers={"If-Match": "*"}), 404)


class TestMe:
    """RFC 7644 section 3.11."""

    @pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
    def test_without_a_subject_it_is_not_offered(self, trial, method):
        """ME-001."""
        failed(trial.send(method, "/Me", user("ada")), 501)

    def test_with_one_it_is_that_user_under_its_own_name(self, trial):
        """ME-002: direct mode 200 with Location equal to meta.location. PROJ-001."""
        id = trial.user("ada", title="x")
        token = trial.connect("acme", subject=id, id=next(iter(trial.connections)).id)
        got = trial.get("/Me", token=token)
        assert got.body == trial.get(f"/Users/{id}", token=token).body
        assert got.headers["Location"] == f"{BASE}/Users/{id}" == got["meta"]["location"]
        assert set(trial.get("/Me", token=token, query="attributes=title").body) == {"schemas", "id", "title"}
        patched = trial.patch("/Me", REPLACE_TITLE, token=token)
        assert (patched["title"], patched.headers["Location"]) == ("Dyer", f"{BASE}/Users/{id}")
        assert trial.put("/Me", user("ada", title="y"), token=token)["title"] == "y"
        failed(trial.post("/Me", user("eve"), token=token), 501)
        assert trial.delete("/Me", token=token).status == 204
        failed(trial.get("/Me", token=token), 404)
