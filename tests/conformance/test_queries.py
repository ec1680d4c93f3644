"""Lists, sorting and pages, from outside (RFC 7644 section 3.4.2, RFC 9865)."""

import re

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from scimcore.dialects import AUTO, RFC
from scimcore.policy import STANDARD
from scimcore.service import Limits
from scimcore.service.results import Listing
from scimcore.testing.trial import Trial
from scimcore.web.answers import list_body
from tests.conformance.support import SEARCH, failed, group, listed, user

#: More users than a page, with ties, gaps, two cases and a primary mail that is not the first.
TITLES = ["b", "A", None, "a", "B", None, "C"]


@pytest.fixture(params=[RFC, AUTO], ids=lambda dialect: dialect.name)
def trial(request) -> Trial:
    return Trial.start(dialect=request.param)


def staff(trial: Trial) -> list[str]:
    return [trial.user(f"u{n}", **({"title": title} if title else {})) for n, title in enumerate(TITLES)]


def walk(trial: Trial, query: str, path: str = "/Users") -> list[list[str]]:
    """The ids of every page that cursors lead to."""
    pages, answer = [], trial.get(path, query=f"{query}&cursor")
    while True:
        pages.append(listed(answer))
        if "nextCursor" not in answer.body:
            return pages
        answer = trial.get(path, query=f"{query}&cursor={answer['nextCursor']}")


def walk_back(trial: Trial, query: str, path: str = "/Users") -> list[list[str]]:
    """The same from the last page to the first."""
    answer = trial.get(path, query=f"{query}&cursor")
    while "nextCursor" in answer.body:
        answer = trial.get(path, query=f"{query}&cursor={answer['nextCursor']}")
    pages = [listed(answer)]
    while "previousCursor" in answer.body:
        answer = trial.get(path, query=f"{query}&cursor={answer['previousCursor']}")
        pages.append(listed(answer))
    return pages


class TestOrder:
    """RFC 7644 section 3.4.2.3."""

    def test_ascending_is_the_default_and_the_words_are_two(self, trial):
        """SORT-002, SORT-005, SORT-006: missing last ascending, first descending; case does not count for a title."""
        ids = staff(trial)
        by_title = [sorted(TITLES, key=lambda t: (t is None, (t or "").lower())), ids]
        assert [r.get("title") for r in trial.get("/Users", query="sortBy=title")["Resources"]][5:] == [None, None]
        ascending = listed(trial.get("/Users", query="sortBy=title"))
        shown = [TITLES[ids.index(id)] for id in ascending]
        assert [t.lower() if t else t for t in shown] == [t.lower() if t else t for t in by_title[0]]
        assert listed(trial.get("/Users", query="sortBy=title&sortOrder=Ascending")) == ascending
        descending = listed(trial.get("/Users", query="sortBy=TITLE&sortOrder=descending"))
        assert [TITLES[ids.index(id)] for id in descending][:2] == [None, None]
        assert [TITLES[ids.index(id)] for id in descending][2] == "C"
        for word in ("up", "desc", "1", "ascending,descending"):
            failed(trial.get("/Users", query=f"sortBy=title&sortOrder={word}"), 400, "invalidValue")

    def test_a_case_exact_attribute_sorts_by_its_letters(self, trial):
        """SORT-006, CORE-088: externalId is exact: capitals come before."""
        for name, external in (("x", "b"), ("y", "B"), ("z", "a")):
            trial.user(name, externalId=external)
        shown = trial.get("/Users", query="sortBy=externalId")["Resources"]
        assert [r["externalId"] for r in shown] == ["B", "a", "b"]

    @pytest.mark.parametrize("query", ["sortBy=title", "sortBy=title&sortOrder=descending", "sortBy=active", ""])
    @pytest.mark.parametrize("count", [1, 2, 3])
    def test_ties_are_broken_so_that_pages_fit_together(self, trial, query, count):
        """SORT-008, QRY-007: equal keys over pages: no dup, no miss."""
        staff(trial)
        whole = listed(trial.get("/Users", query=query))
        paged = [
            id
            for start in range(1, len(whole) + 1, count)
            for id in listed(trial.get("/Users", query=f"{query}&startIndex={start}&count={count}"))
        ]
        assert paged == whole
        assert sorted(set(paged)) == sorted(paged)

    def test_what_is_new_does_not_move_earlier_pages(self, trial):
        """QRY-007: a concurrent insert does not reorder."""
        ids = staff(trial)
        first = listed(trial.get("/Users", query="count=3"))
        trial.user("a-newcomer")
        assert listed(trial.get("/Users", query="count=3")) == first == ids[:3]


class TestLists:
    """RFC 7644 section 3.4.2: the ListResponse."""

    @pytest.mark.parametrize(
        "path, query",
        [
            *(("/Users", q) for q in ("", "count=0", "startIndex=99", 'filter=title eq "zz"', "count=2&startIndex=2")),
            *(("/", q) for q in ("", "count=1")),
            ("/Groups", ""),
        ],
    )
    def test_it_has_its_members_and_no_others(self, trial, path, query):
        """QRY-001, PAGE-008, ENTRA-003: numbers are JSON integers, Resources is always there."""
        staff(trial)
        body = trial.get(path, query=query).body
        assert set(body) == {"schemas", "totalResults", "startIndex", "itemsPerPage", "Resources"}
        assert {type(body[n]) for n in ("totalResults", "startIndex", "itemsPerPage")} == {int}
        assert body["itemsPerPage"] == len(body["Resources"])

    @pytest.mark.parametrize("start, count", [(10**30, 1), (-(10**30), 10**30), (7, 10**30), (8, 1), (2**63, 2**63)])
    def test_extreme_numbers_are_numbers(self, trial, start, count):
        """PAGE-001, PAGE-004, PAGE-005."""
        ids = staff(trial)
        answer = trial.get("/Users", query=f"startIndex={start}&count={count}")
        assert listed(answer) == ids[max(start, 1) - 1 :][:1000]
        assert answer["totalResults"] == len(ids)

    def test_a_plain_listing_is_never_too_many(self):
        """QRY-005: never triggered by plain paged listing."""
        trial = Trial.start(limits=Limits(max_results=2, default_page=2))
        staff(trial)
        assert trial.get("/", query="count=1000")["itemsPerPage"] == 2


class TestRoot:
    """RFC 7644 section 3.4.2.1: a query on the root."""

    @pytest.mark.parametrize("filter", ['meta.resourceType eq "User"', "userName pr", 'userName eq "u1" or members pr'])
    def test_what_a_type_does_not_have_has_no_value(self, trial, filter):
        """QRY-003, QRY-004: by GET and by POST."""
        ids = staff(trial)
        team = trial.group("team", ids[0])
        expected = {"userName pr": ids, 'meta.resourceType eq "User"': ids}.get(filter, [ids[1], team])
        assert sorted(listed(trial.get("/", query={"filter": filter}))) == sorted(expected)
        body = {"schemas": [SEARCH], "filter": filter}
        assert sorted(listed(trial.post("/.search", body))) == sorted(expected)

    def test_types_are_sorted_and_paged_together(self, trial):
        """QRY-003, SRCH-001, CUR-010: one order over all types, by index and by cursor."""
        ids = staff(trial)
        ids += [trial.group("m-team"), trial.group("team", ids[0])]
        for query in ("count=2", "count=2&sortBy=displayName", "count=2&sortBy=userName&sortOrder=descending"):
            pages = walk(trial, query, "/")
            assert [len(page) for page in pages] == [2, 2, 2, 2, 1]
            flat = [id for page in pages for id in page]
            assert sorted(flat) == sorted(ids)
            assert flat == listed(trial.get("/", query=query.replace("count=2", "count=9")))


class TestCursors:
    """RFC 9865."""

    @pytest.mark.parametrize(
        "query", ["", "sortBy=title", "sortBy=title&sortOrder=descending", "filter=title pr", "attributes=userName"]
    )
    def test_they_lead_forwards_and_backwards_over_the_same_pages(self, trial, query):
        """CUR-002, CUR-003, CUR-008: sorted, and each page once."""
        staff(trial)
        forwards = walk(trial, f"{query}&count=2")
        assert [id for page in forwards for id in page] == listed(trial.get("/Users", query=query))
        assert walk_back(trial, f"{query}&count=2") == forwards[::-1]

    def test_they_are_made_of_unreserved_characters(self, trial):
        """CUR-001, CUR-002: [A-Za-z0-9._~-]+; neither the last page nor an empty result has a next one."""
        staff(trial)
        cursor = trial.get("/Users", query="cursor&count=2&sortBy=title")["nextCursor"]
        assert re.fullmatch(r"[A-Za-z0-9._~-]+", cursor)
        empty = trial.get("/Users", query='cursor&filter=title eq "zz"')
        assert (empty["totalResults"], empty["Resources"]) == (0, [])
        assert not {"nextCursor", "previousCursor"} & set(empty.body)

    @settings(max_examples=60, deadline=None)
    @given(st.data())
    def test_bent_in_any_place_they_are_refused(self, data):
        """CUR-006, CUR-012: forged, truncated or bent: invalidCursor, and nothing else."""
        trial = Trial.start()
        staff(trial)
        cursor = trial.get("/Users", query="cursor&count=2")["nextCursor"]
        place = data.draw(st.integers(0, len(cursor) - 1))
        other = data.draw(st.sampled_from("AZaz09-_.~%") | st.text(max_size=3))
        bent = cursor[:place] + other + cursor[place + 1 :]
        if bent == cursor:
            return
        answer = trial.get("/Users", query={"cursor": bent, "count": "2"})
        assert answer.status == (200 if not bent else 400)
        if answer.status == 400:
            failed(answer, 400, "invalidCursor")

    def test_they_are_good_for_one_connection_and_one_query(self):
        """CUR-012, CUR-005: not for another connection of the very tenant, that may read the same; nor another type."""
        policy = evolve(STANDARD, scope=evolve(STANDARD.scope, other_connections="read"))
        trial = Trial.start(policy=policy)
        staff(trial)
        other = trial.connect("acme", policy=policy)
        cursor = trial.get("/Users", query="cursor&count=2")["nextCursor"]
        assert trial.get("/Users", token=other)["totalResults"] == len(TITLES)
        for path, query, token in (
            ("/Users", "", other),
            ("/Groups", "", None),
            ("/", "", None),
            *(
                ("/Users", q, None)
                for q in ("&sortBy=title", "&filter=title pr", "&attributes=id", "&sortOrder=descending")
            ),
        ):
            failed(trial.get(path, query=f"cursor={cursor}{query}", token=token), 400, "invalidCursor")
        assert trial.get("/Users", query=f"cursor={cursor}").status == 200

    def test_a_total_that_nobody_knows_is_left_out(self):
        """CUR-007: member absent in cursor mode only."""
        known = list_body(Listing(resources=(), total=3, start_index=None), [])
        unknown = list_body(Listing(resources=(), total=None, start_index=None), [])
        assert (b"totalResults" in known, b"totalResults" in unknown) == (True, False)

    @settings(max_examples=25, deadline=None)
    @given(
        st.lists(
            st.tuples(st.sampled_from(["add", "drop", "rename"]), st.integers(0, 30), st.sampled_from("abcXYZ")),
            max_size=12,
        ),
        st.sampled_from(["", "sortBy=userName", "sortBy=userName&sortOrder=descending", "sortBy=title"]),
        st.integers(1, 4),
        st.sampled_from(["/Users", "/"]),
    )
    def test_what_stays_is_met_exactly_once(self, moves, query, count, path):
        """CUR-013: a walk under concurrent inserts, deletes and changes of others."""
        trial = Trial.start()
        stays = [trial.user(f"s{n}", title="t" if n % 2 else "T") for n in range(5)]
        others = [trial.user(f"o{n}") for n in range(6)]
        if path == "/":
            stays.append(trial.group("stays"))
        seen, answer, serial = [], trial.get(path, query=f"{query}&count={count}&cursor"), 0
        for _ in range(60):
            seen += listed(answer)
            if moves:
                kind, place, letter = moves.pop()
                serial += 1
                if kind == "add" or not others:
                    others.append(trial.user(f"{letter}{serial}", title=letter))
                elif kind == "drop":
                    trial.delete(f"/Users/{others.pop(place % len(others))}")
                else:
                    trial.put(f"/Users/{others[place % len(others)]}", user(f"{letter}r{serial}"))
            if "nextCursor" not in answer.body:
                break
            answer = trial.get(path, query=f"{query}&count={count}&cursor={answer['nextCursor']}")
        assert "nextCursor" not in answer.body
        assert sorted(id for id in seen if id in stays) == sorted(stays)


class TestProjection:
    """RFC 7644 section 3.9, on every way to a resource."""

    @settings(max_examples=60, deadline=None)
    @given(
        st.lists(
            st.sampled_from(
                [
                    *("id", "ID", "schemas", "meta", "meta.version", "userName", "password", "emails", "emails.value"),
                    *("name.givenName", "groups", "active", "nope", "name.nope", "urn:x:y", "", " ", "members", "*"),
                    "urn:ietf:params:scim:schemas:core:2.0:User:userName",
                    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
                    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value",
                ]
            )
            | st.text(st.characters(exclude_characters=",\0", exclude_categories=["Cs"]), max_size=6),
            max_size=4,
        ),
        st.sampled_from(["attributes", "excludedAttributes"]),
    )
    def test_it_never_leaks_never_and_never_drops_always(self, names, kind):
        """PROJ-002, PROJ-003, PROJ-010, CORE-083, CORE-084: and the same for one resource, a list and a search."""
        trial = Trial.start()
        enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
        ada = trial.user(
            "ada", password="s3cret!", emails=[{"value": "a@b.example"}], **{enterprise: {"manager": {"value": "7"}}}
        )
        trial.group("team", ada)
        query = {kind: ",".join(names)}
        one = trial.get(f"/Users/{ada}", query=query)
        if one.status != 200:
            failed(one, 400, "invalidValue")
            return
        whole = trial.get(f"/Users/{ada}").body
        assert one["id"] == ada
        assert one["schemas"] == whole["schemas"]
        assert "s3cret!" not in str(one.body)
        assert {n: v for n, v in one.body.items() if not isinstance(v, (dict, list))}.items() <= whole.items()
        assert trial.get("/Users", query=query)["Resources"] == [one.body]
        body = {"schemas": [SEARCH], kind: names}
        assert trial.post("/Users/.search", body)["Resources"] == [one.body]

    def test_a_group_without_its_members_is_answered_alike_everywhere(self, trial):
        """PROJ-009, ENTRA-002: excludedAttributes=members."""
        team = trial.post("/Groups", group("team", trial.user("ada")), query="excludedAttributes=members")
        assert "members" not in team.body
        for answer in (
            trial.get(f"/Groups/{team['id']}", query="excludedAttributes=members").body,
            trial.get("/Groups", query="excludedAttributes=members&filter=members pr")["Resources"][0],
        ):
            assert answer == team.body
