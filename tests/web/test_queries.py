"""Query strings, SearchRequest bodies and ListResponse."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scimcore.dialects import RFC
from scimcore.errors import InvalidFilter, InvalidValue, ScimError
from scimcore.testing.trial import Trial
from scimcore.web import Options, query
from tests.web.support import LIST, SEARCH, failed, user


def people(trial: Trial, number: int) -> list[str]:
    return [trial.user(f"user{n:03}", title="even" if n % 2 == 0 else "odd") for n in range(number)]


class TestParameters:
    """HTTP-010: percent-encoding per RFC 3986; form "+" in query means space in practice; decoded once."""

    @pytest.mark.parametrize(
        "raw, filter",
        [
            ("filter=userName%20eq%20%22a%22", 'userName eq "a"'),
            ("filter=userName+eq+%22a%2Bb%22", 'userName eq "a+b"'),
            ("filter=userName%20eq%20%22%C3%A9%22", 'userName eq "é"'),
            ("filter=%2522", "%22"),
            ("filter=a%26b%3Dc", "a&b=c"),
            ("filter=100%", "100%"),
            ("filter", ""),
            ("FILTER=x", "x"),
            ("foo=bar&filter=x&%24orderby=y&aadOptscim062020", "x"),
            ("filter=x&filter=x", "x"),
        ],
    )
    def test_values_are_decoded_once(self, raw, filter):
        """HTTP-009, ENTRA-030: unknown query parameters are ignored."""
        assert query.parameters(raw)["filter"] == filter

    def test_lists_given_twice_are_joined(self):
        """PROJ-006: spaces after comma tolerated; repeated parameter tolerated."""
        found = query.projection(query.parameters("attributes=userName,%20title&attributes=name.givenName,"))
        assert found.attributes == ("userName", "title", "name.givenName")

    def test_single_values_given_twice_are_refused(self):
        with pytest.raises(InvalidValue, match="twice"):
            query.parameters("count=1&count=2")

    def test_bytes_that_are_no_text_are_refused(self):
        with pytest.raises(InvalidFilter):
            query.parameters("filter=%FF")
        with pytest.raises(InvalidValue):
            query.parameters("sortBy=%ED%A0%80")

    def test_what_a_server_passes_on_undecoded_is_taken_as_it_is(self):
        assert query.parameters("filter=é")["filter"] == "é"

    @given(st.text(alphabet=st.sampled_from("acf=&%+2é\ud800\0 ,tunorisxeldy"), max_size=60))
    def test_any_text_is_parameters_or_a_client_error(self, raw):
        try:
            query.search(query.parameters(f"filter=x&count=1&{raw}"))
        except ScimError as error:
            assert error.status == 400


class TestPaging:
    """RFC 7644 section 3.4.2.4."""

    def test_start_index_below_one_is_one(self, trial):
        """PAGE-001."""
        people(trial, 2)
        first = trial.get("/Users").body
        for start in ("0", "-5", "1"):
            assert trial.get("/Users", query=f"startIndex={start}").body == first
        assert first["startIndex"] == 1

    @pytest.mark.parametrize("count", ["0", "-1"])
    def test_count_below_one_gives_the_total_alone(self, trial, count):
        """PAGE-002."""
        people(trial, 7)
        answer = trial.get("/Users", query=f"count={count}")
        assert (answer.status, answer["Resources"], answer["totalResults"], answer["itemsPerPage"]) == (200, [], 7, 0)

    def test_pages_are_as_long_as_asked_for_and_the_last_is_shorter(self, trial):
        """PAGE-003, PAGE-005, QRY-008: totalResults counts all matches, not the page."""
        ids, seen = people(trial, 7), []
        for start, length in ((1, 3), (4, 3), (7, 1), (8, 0)):
            answer = trial.get("/Users", query=f"startIndex={start}&count=3")
            assert (answer["startIndex"], answer["itemsPerPage"], answer["totalResults"]) == (start, length, 7)
            seen += [resource["id"] for resource in answer["Resources"]]
        assert seen == ids

    def test_more_than_the_maximum_is_clamped(self):
        """PAGE-004, PAGE-007."""
        from scimcore.service import Limits

        trial = Trial.start(limits=Limits(max_results=5, default_page=3))
        people(trial, 7)
        for count in ("100000", "9" * 30):
            assert trial.get("/Users", query=f"count={count}")["itemsPerPage"] == 5
        assert trial.get("/Users")["itemsPerPage"] == 3

    @pytest.mark.parametrize("name", ["count", "startIndex"])
    @pytest.mark.parametrize("value", ["abc", "1.5", "", "1_0", "٣", "--1", "0x1", "1e2", "%00"])
    def test_what_is_no_whole_number_is_an_invalid_value(self, trial, name, value):
        """PAGE-006."""
        failed(trial.get("/Users", query=f"{name}={value}"), 400, "invalidValue")

    def test_numbers_beyond_64_bits_are_only_very_large(self, trial):
        trial.user("ada")
        assert trial.get("/Users", query="startIndex=" + "9" * 40)["Resources"] == []

    def test_numbers_are_numbers(self, trial):
        """PAGE-008."""
        answer = trial.get("/Users")
        assert [type(answer[n]) for n in ("totalResults", "startIndex", "itemsPerPage")] == [int, int, int]


class TestListResponse:
    """QRY-001: schemas, totalResults, Resources, startIndex and itemsPerPage, always."""

    def test_all_members_are_there_and_no_others(self, trial):
        for number in range(2):
            answer = trial.get("/Users")
            assert list(answer.body) == ["schemas", "totalResults", "startIndex", "itemsPerPage", "Resources"]
            assert (answer["schemas"], answer["totalResults"]) == ([LIST], number)
            trial.user(f"user{number}")

    def test_no_match_is_200(self, trial):
        """QRY-002, ENTRA-001, ENTRA-003: never 404."""
        answer = trial.get("/Users", query={"filter": 'userName eq "9c1f6c0e"'})
        assert (answer.status, answer["totalResults"], answer["Resources"]) == (200, 0, [])

    def test_resources_are_the_same_as_when_they_are_read_alone(self, trial):
        id = trial.user("ada", displayName='Ada "Countess" Ünïcode', emails=[{"value": "ada@example.com"}])
        assert trial.get("/Users")["Resources"] == [trial.get(f"/Users/{id}").body]

    def test_an_unknown_attribute_on_a_type_is_an_invalid_filter(self, trial):
        """QRY-006."""
        failed(trial.get("/Users", query={"filter": 'foo eq "x"'}), 400, "invalidFilter")


class TestRootQuery:
    """QRY-003, QRY-004: covers all resource types; attributes unknown to a type evaluate as no value."""

    def test_it_finds_users_and_groups(self, trial):
        ada = trial.user("ada")
        team = trial.group("team", ada)
        for path in ("/", ""):
            assert {r["id"] for r in trial.get(path)["Resources"]} == {ada, team}
        found = trial.get("/", query={"filter": "userName pr"})
        assert [r["id"] for r in found["Resources"]] == [ada]
        body = {"schemas": [SEARCH], "filter": 'meta.resourceType eq "Group"'}
        assert [r["id"] for r in trial.post("/.search", body)["Resources"]] == [team]


class TestProjection:
    """RFC 7644 section 3.9."""

    def test_it_works_wherever_a_resource_is_answered(self, trial):
        """PROJ-001, CRT-008."""
        query = "attributes=userName"
        created = trial.post("/Users", user("ada", title="x"), query=query)
        path = f"/Users/{created['id']}"
        answers = [
            created.body,
            trial.get(path, query=query).body,
            trial.put(path, user("ada", title="y"), query=query).body,
            trial.patch(path, {"op": "replace", "path": "title", "value": "z"}, query=query).body,
            trial.get("/Users", query=query)["Resources"][0],
            trial.post("/Users/.search", {"schemas": [SEARCH], "attributes": ["userName"]})["Resources"][0],
        ]
        for body in answers:
            assert set(body) == {"schemas", "id", "userName"}, body

    def test_excluding_removes_what_is_named_and_never_what_is_always_there(self, trial):
        """PROJ-003."""
        id = trial.user("ada", title="x")
        body = trial.get(f"/Users/{id}", query="excludedAttributes=title,id,schemas").body
        assert "title" not in body
        assert {"id", "schemas", "userName", "meta"} <= set(body)

    def test_both_at_once_are_refused(self, trial):
        """PROJ-004."""
        id = trial.user("ada")
        query = "attributes=userName&excludedAttributes=title"
        failed(trial.get("/Groups", query=query), 400, "invalidValue")
        failed(trial.get(f"/Users/{id}", query=query), 400, "invalidValue")
        failed(trial.get("/Users", query=query), 400, "invalidValue")
        failed(trial.post("/Users", user("bob"), query=query), 400, "invalidValue")
        body = {"schemas": [SEARCH], "attributes": ["id"], "excludedAttributes": ["title"]}
        failed(trial.post("/Users/.search", body), 400, "invalidValue")
        assert trial.get("/Users")["totalResults"] == 1

    def test_an_empty_list_asks_for_nothing_special(self, trial):
        id = trial.user("ada", title="x")
        assert trial.get(f"/Users/{id}", query="attributes=&excludedAttributes=title").status == 200
        assert "title" in trial.get(f"/Users/{id}", query="attributes=").body

    def test_unknown_names_are_ignored(self, trial):
        """PROJ-007."""
        id = trial.user("ada")
        assert set(trial.get(f"/Users/{id}", query="attributes=foo").body) == {"schemas", "id"}


class TestSearch:
    """RFC 7644 section 3.4.3."""

    @pytest.mark.parametrize(
        "said, query",
        [
            ({}, ""),
            ({"filter": 'title eq "odd"'}, "filter=title+eq+%22odd%22"),
            ({"sortBy": "userName", "sortOrder": "descending"}, "sortBy=userName&sortOrder=descending"),
            ({"startIndex": 2, "count": 3}, "startIndex=2&count=3"),
            ({"attributes": ["userName", "title"]}, "attributes=userName,title"),
            ({"excludedAttributes": ["title"]}, "excludedAttributes=title"),
            ({"FILTER": "title pr", "Count": 1}, "filter=title+pr&count=1"),
            ({"filter": None, "count": None}, ""),
        ],
    )
    def test_it_is_the_same_as_the_query(self, trial, said, query):
        """SRCH-001, SRCH-002."""
        people(trial, 5)
        answer = trial.post("/Users/.search", {"schemas": [SEARCH], **said})
        assert answer.status == 200
        assert answer.body == trial.get("/Users", query=query).body

    def test_texts_are_read_as_in_a_get(self, trial):
        """SCIM-SDK's client has texts only; `rfc` wants JSON's types."""
        trial.user("ines@harbour.example")
        body = {"schemas": [SEARCH], "count": "1", "startIndex": " 1 ", "attributes": "userName, id"}
        answer = trial.post("/Users/.search", body)
        assert (answer.status, answer["itemsPerPage"]) == (200, 1)
        assert answer["Resources"][0].keys() == {"schemas", "id", "userName"}
        strict = Trial.start(dialect=RFC)
        failed(strict.post("/Users/.search", body), 400, "invalidValue")
        failed(strict.post("/Users/.search", {"schemas": [SEARCH], "attributes": "id"}), 400, "invalidSyntax")

    @pytest.mark.parametrize(
        "body, scim_type",
        [
            ({}, "invalidSyntax"),
            ({"schemas": []}, "invalidSyntax"),
            ({"schemas": "urn:x"}, "invalidSyntax"),
            ({"schemas": [LIST]}, "invalidSyntax"),
            ({"schemas": [SEARCH], "attributes": {"userName": True}}, "invalidSyntax"),
            ({"schemas": [SEARCH], "count": 1, "Count": 2}, "invalidSyntax"),
            ({"schemas": [SEARCH], "attributes": [1]}, "invalidSyntax"),
            ({"schemas": [SEARCH], "filter": 1}, "invalidSyntax"),
            ({"schemas": [SEARCH], "count": "ten"}, "invalidValue"),
            ({"schemas": [SEARCH], "count": True}, "invalidValue"),
            ({"schemas": [SEARCH], "startIndex": 1.5}, "invalidValue"),
            ({"schemas": [SEARCH], "sortOrder": "up"}, "invalidValue"),
            ({"schemas": [SEARCH], "filter": "title"}, "invalidFilter"),
        ],
    )
    def test_a_bad_message_is_refused(self, trial, body, scim_type):
        """SRCH-002, SRCH-003."""
        failed(trial.post("/Users/.search", body), 400, scim_type)

    def test_sort_order_is_one_of_two_words(self, trial):
        failed(trial.get("/Users", query="sortBy=userName&sortOrder=up"), 400, "invalidValue")
        assert trial.get("/Users", query="sortBy=userName&sortOrder=DESCENDING").status == 200


class TestCursors:
    """RFC 9865."""

    def test_both_methods_walk_the_same_pages(self, trial):
        """CUR-001, CUR-002, CUR-010, SRCH-004."""
        ids = people(trial, 7)
        for start in ("cursor&count=3", "cursor=&count=3"):
            seen, query = [], start
            while query:
                answer = trial.get("/Users", query=query)
                seen += [r["id"] for r in answer["Resources"]]
                assert "startIndex" not in answer.body
                query = f"cursor={answer['nextCursor']}&count=3" if "nextCursor" in answer.body else ""
            assert seen == ids
        seen, cursor = [], ""
        while cursor is not None:
            answer = trial.post("/Users/.search", {"schemas": [SEARCH], "cursor": cursor, "count": 3})
            seen += [r["id"] for r in answer["Resources"]]
            cursor = answer.body.get("nextCursor")
        assert seen == ids

    def test_the_previous_cursor_leads_back(self, trial):
        """CUR-003."""
        people(trial, 5)
        first = trial.get("/Users", query="cursor&count=2")
        assert "previousCursor" not in first.body
        second = trial.get("/Users", query=f"cursor={first['nextCursor']}&count=2")
        back = trial.get("/Users", query=f"cursor={second['previousCursor']}&count=2")
        assert back["Resources"] == first["Resources"]

    @pytest.mark.parametrize("count, number", [("-1", 0), ("0", 0), ("3", 3)])
    def test_count_means_what_it_means_by_index(self, trial, count, number):
        """CUR-004."""
        people(trial, 5)
        answer = trial.get("/Users", query=f"cursor&count={count}")
        assert (len(answer["Resources"]), answer["totalResults"]) == (number, 5)

    def test_index_is_the_default_and_the_two_do_not_mix(self, trial):
        """CUR-009."""
        people(trial, 2)
        assert "nextCursor" not in trial.get("/Users", query="count=1").body
        failed(trial.get("/Users", query="cursor&startIndex=1"), 400, "invalidValue")

    def test_a_forged_or_changed_walk_is_told_apart(self, trial):
        """CUR-005, CUR-006, CUR-012."""
        people(trial, 5)
        cursor = trial.get("/Users", query="cursor&count=2")["nextCursor"]
        failed(trial.get("/Users", query="cursor=forged&count=2"), 400, "invalidCursor")
        failed(trial.get("/Users", query=f"cursor={cursor}&count=2&filter=title+pr"), 400, "invalidCursor")
        failed(trial.get("/Users", query=f"cursor={cursor}&count=3"), 400, "invalidCount")
        failed(trial.get("/Groups", query=f"cursor={cursor}&count=2"), 400, "invalidCursor")
        other = trial.connect("globex")
        failed(trial.get("/Users", query=f"cursor={cursor}&count=2", token=other), 400, "invalidCursor")
        trial.clock.now += 7200 * 1_000_000
        failed(trial.get("/Users", query=f"cursor={cursor}&count=2"), 400, "expiredCursor")


class TestSensitive:
    """HTTP-017: GET filter with sensitive data SHOULD be answerable with 403 + scimType sensitive."""

    def test_a_filter_on_such_an_attribute_goes_into_a_body(self):
        trial = Trial.start(options=lambda clock: Options(clock=clock, sensitive=frozenset({"userName"}), reraise=True))
        for filter in ('userName eq "a"', 'title pr or not (USERNAME sw "a")', "meta.created pr and userName pr"):
            failed(trial.get("/Users", query={"filter": filter}), 403, "sensitive")
            assert trial.post("/Users/.search", {"schemas": [SEARCH], "filter": filter}).status == 200
        assert trial.get("/Users", query={"filter": "title pr"}).status == 200

    def test_by_default_there_is_none(self, trial):
        assert trial.get("/Users", query={"filter": 'userName eq "a"'}).status == 200
