"""Filters over HTTP (RFC 7644 section 3.4.2.2): what a client writes, and what it finds."""

import pytest

from scimcore.dialects import AUTO, RFC
from scimcore.testing.trial import BASE, Trial
from tests.conformance.support import ENTERPRISE, SEARCH, USER, failed, found, user

#: Two people who differ in everything that the RFC's examples look at.
MARA = {
    "name": {"familyName": "O'Malley", "givenName": "Mara"},
    "title": "Captain",
    "userType": "Employee",
    "emails": [
        {"type": "work", "value": "mara@example.com", "primary": True},
        {"type": "home", "value": "mara@example.org"},
    ],
    "ims": [{"type": "xmpp", "value": "mara@foo.com"}],
    ENTERPRISE: {"department": "Harbour", "manager": {"value": "M-1"}},
}
JON = {
    "name": {"familyName": "Reyes"},
    "userType": "Intern",
    "active": False,
    "emails": [{"type": "home", "value": "jon@example.com"}],
}


@pytest.fixture(scope="module", params=[RFC, AUTO], ids=lambda dialect: dialect.name)
def people(request) -> tuple[Trial, dict[str, str]]:
    trial = Trial.start(dialect=request.param)
    ids = {"mara": trial.user("BMalley", externalId="Ext-1", **MARA), "jon": trial.user("jon", **JON)}
    ids["crew"] = trial.group("Crew", ids["mara"])
    ids["empty"] = trial.group("Empty")
    return trial, ids


def names(people, filter: str, path: str = "/Users") -> set[str]:
    trial, ids = people
    by_id = {id: name for name, id in ids.items()}
    return {by_id[id] for id in found(trial, filter, path)}


class TestTheExamplesOfTheRfc:
    """RFC 7644 figure 2, each example in values of our own."""

    @pytest.mark.parametrize(
        "filter, expected",
        [
            ('userName Eq "bmalley"', {"mara"}),
            ('name.familyName co "O\'Malley"', {"mara"}),
            ('userName sw "J"', {"jon"}),
            (f'{USER}:userName sw "J"', {"jon"}),
            ("title pr", {"mara"}),
            ('meta.lastModified gt "2011-05-13T04:42:34Z"', {"mara", "jon"}),
            ('meta.lastModified ge "2011-05-13T04:42:34Z"', {"mara", "jon"}),
            ('meta.lastModified lt "2011-05-13T04:42:34Z"', set()),
            ('meta.lastModified le "2011-05-13T04:42:34Z"', set()),
            ('title pr and userType eq "Employee"', {"mara"}),
            ('title pr or userType eq "Intern"', {"mara", "jon"}),
            (f'schemas eq "{ENTERPRISE}"', {"mara"}),
            ('userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")', {"mara"}),
            ('userType ne "Employee" and not (emails co "example.net" or emails.value co "example.org")', {"jon"}),
            ('userType eq "Employee" and (emails.type eq "work")', {"mara"}),
            ('userType eq "Employee" and emails[type eq "work" and value co "@example.com"]', {"mara"}),
            (
                'emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp" and value co "@foo.com"]',
                {"mara"},
            ),
        ],
    )
    def test_each_finds_what_it_says(self, people, filter, expected):
        """FLT-001, FLT-019: every example of Figure 2 parses and evaluates, by GET and by POST."""
        assert names(people, filter) == expected
        trial, ids = people
        answer = trial.post("/Users/.search", {"schemas": [SEARCH], "filter": filter})
        assert {resource["id"] for resource in answer["Resources"]} == {ids[name] for name in expected}


class TestMeaning:
    """RFC 7644 section 3.4.2.2, table 3 and after."""

    @pytest.mark.parametrize(
        "filter, expected",
        [
            # FLT-013: the same element, and FLT-012: any element
            ('emails[type eq "work" and value co "@example.org"]', set()),
            ('emails.type eq "work" and emails.value co "@example.org"', {"mara"}),
            ('emails ne "mara@example.com"', {"jon"}),
            # FLT-026, FLT-027
            ('title ne "Pilot"', {"mara", "jon"}),
            ("title eq null", {"jon"}),
            ("title ne null", {"mara"}),
            # FLT-003: and before or, not before and
            ('userName eq "jon" or title pr and userName eq "nobody"', {"jon"}),
            ('not (title pr) and userName sw "j"', {"jon"}),
            # FLT-016: exact and not
            ('externalId eq "EXT-1"', set()),
            ('externalId eq "Ext-1"', {"mara"}),
            # FLT-022: instants, offsets, fractions, no zone
            ('meta.created gt "2026-01-01T05:00:00+05:00"', {"mara", "jon"}),
            ('meta.created lt "2026-01-01T00:00:00.000Z"', set()),
            ('meta.created gt "2025-12-31T23:59:59.999"', {"mara", "jon"}),
            # FLT-029: compared by the value that is returned
            ("active eq true", {"mara"}),
            ("active pr", {"mara", "jon"}),
            # FLT-014 and FLT-015
            ("name pr", {"mara", "jon"}),
            (f'{ENTERPRISE.upper()}:MANAGER.value eq "M-1"', {"mara"}),
        ],
    )
    def test_it_is_the_documented_one(self, people, filter, expected):
        assert names(people, filter) == expected

    @pytest.mark.parametrize("op", ["gt", "ge", "lt", "le"])
    @pytest.mark.parametrize("attribute, literal", [("active", "true"), ("x509Certificates", '"TWFu"')])
    def test_booleans_and_binaries_have_no_order(self, people, op, attribute, literal):
        """FLT-009: 400 invalidFilter."""
        trial, _ = people
        detail = failed(trial.get("/Users", query={"filter": f"{attribute} {op} {literal}"}), 400, "invalidFilter")
        assert attribute in detail

    @pytest.mark.parametrize("filter", ['active eq "False"', 'ACTIVE EQ "false" and userName pr', 'active ne "True"'])
    def test_a_truth_value_in_quotes_is_one_where_the_dialect_reads_it(self, people, filter):
        """FLT-023, ENTRA-006: 400 by the letter, coerced on auto."""
        trial, _ = people
        if trial.connections.get("idp-1").dialect is AUTO:
            assert names(people, filter) == {"jon"}
        else:
            failed(trial.get("/Users", query={"filter": filter}), 400, "invalidFilter")

    def test_the_uri_of_a_member_is_compared_exactly(self, people):
        """FLT-024, CORE-014: members.$ref eq exact URI matches; different letter case does not."""
        _, ids = people
        uri = f"{BASE}/Users/{ids['mara']}"
        assert names(people, f'members.$ref eq "{uri}"', "/Groups") == {"crew"}
        assert names(people, f'members[$ref eq "{uri}" and type eq "User"]', "/Groups") == {"crew"}
        assert names(people, f'members.$ref ne "{uri}"', "/Groups") == {"empty"}
        assert names(people, "members.$ref pr", "/Groups") == {"crew"}
        assert names(people, "members.$ref eq null", "/Groups") == {"empty"}
        for other in (uri.replace("/Users/", "/users/"), uri.replace("/Users/", "/Groups/"), uri.upper(), ids["mara"]):
            assert names(people, f'members.$ref eq "{other}"', "/Groups") == set()
            assert names(people, f'members.$ref ne "{other}"', "/Groups") == {"crew", "empty"}

    def test_the_uri_of_a_group_is_compared_exactly(self, people):
        """FLT-024, CORE-061."""
        _, ids = people
        assert names(people, f'groups.$ref eq "{BASE}/Groups/{ids["crew"]}"') == {"mara"}
        assert names(people, f'groups.$ref eq "{BASE}/Users/{ids["crew"]}"') == set()
        assert names(people, f'groups.$ref eq "{BASE}/Groups/{ids["empty"]}"') == set()

    def test_the_location_is_compared_exactly(self, people):
        """FLT-024, CORE-041: what is shown as meta.location is found by it."""
        trial, ids = people
        uri = trial.get(f"/Users/{ids['jon']}")["meta"]["location"]
        assert names(people, f'meta.location eq "{uri}"') == {"jon"}
        assert names(people, f'meta.location ne "{uri}"') == {"mara"}
        assert names(people, "meta.location pr") == {"mara", "jon"}
        assert names(people, f'meta.location eq "{uri}" or displayName eq "crew"', "/") == {"jon", "crew"}
        assert names(people, f'meta.location eq "{uri.replace("Users", "Groups")}"', "/") == set()

    @pytest.mark.parametrize(
        "path, filter",
        [
            ("/Users", 'userName eq "bmalley"'),
            ("/Users", 'externalId eq "Ext-1"'),
            ("/Users", 'emails[value eq "mara@example.com"]'),
            ("/Users", 'emails[type eq "work" and value eq "mara@example.com"]'),
            ("/Groups", 'displayName eq "crew"'),
            ("/Groups", 'members[value eq "{mara}"]'),
            ("/Groups", 'externalId eq "G-1"'),
        ],
    )
    def test_the_filters_of_the_ipsie_profile_are_answered(self, people, path, filter):
        """FLT-033: seven fixed cases."""
        trial, ids = people
        trial.patch(f"/Groups/{ids['crew']}", {"op": "replace", "path": "externalId", "value": "G-1"})
        assert names(people, filter.format(mara=ids["mara"]) if "{" in filter else filter, path) == {
            "mara" if path == "/Users" else "crew"
        }

    def test_what_clients_match_by_is_indexed(self, people):
        """FLT-032: by what the schema declares, which every store goes by."""
        registry = people[0].service.registry(people[0].connections.get("idp-1").policy)
        for type, name in [
            *(("User", name) for name in ("userName", "externalId", "emails", "displayName")),
            *(("Group", name) for name in ("externalId", "displayName")),
        ]:
            assert registry[type].find(None, name).attribute.indexed, name


NO_FILTERS = [
    *("", " ", "(", ")", "pr", "title", "title pr and", "title pr title pr", "and title pr", "emails[]", "emails["),
    *(
        'userName regex "x"',
        "userName eq 'x'",
        "userName eq \u201cx\u201d",
        'userName eq "x',
        'userName eq "\\x"',
        "title eq {}",
    ),
    *("meta.created gt 5", "title gt 5", 'name eq "x"', 'active co "t"', 'meta.created gt "2025-01-01"'),
    *('password eq "x"', "password pr", 'foo eq "x"', 'urn:x:y:z eq "1"', 'userName.foo eq "x"', "emails.x pr"),
    *('emails[emails[type eq "x"]]', 'userName[type eq "x"]', 'title eq "\\ud800"'),
    *("a" * 20_000 + " pr", "(" * 300 + "title pr" + ")" * 300, " or ".join(["title pr"] * 1100)),
]


class TestRefusals:
    """RFC 7644 table 9: invalidFilter."""

    @pytest.mark.parametrize("filter", NO_FILTERS, ids=lambda text: text[:20])
    def test_what_is_no_filter_says_so(self, people, filter):
        """FLT-007, FLT-028, FLT-030, FLT-031, CORE-058: password is no oracle."""
        trial, _ = people
        failed(trial.get("/Users", query={"filter": filter}), 400, "invalidFilter")
        failed(trial.post("/Users/.search", {"schemas": [SEARCH], "filter": filter}), 400, "invalidFilter")

    @pytest.mark.parametrize("filter", ["userName eq BMalley", "(externalId eq Ext-1)", "not (userName ne bmalley)"])
    def test_a_word_without_quotes_is_a_string_on_auto_alone(self, people, filter):
        """RFC 7644 figure 1 has JSON values; authentik 2025.4 leaves out the quotes."""
        trial, ids = people
        if trial.connections.get("idp-1").dialect == RFC:
            failed(trial.get("/Users", query={"filter": filter}), 400, "invalidFilter")
        else:
            assert trial.get("/Users", query={"filter": filter})["Resources"][0]["id"] == ids["mara"]

    def test_a_short_name_is_not_a_secret_way_around(self, people):
        """CORE-058: nor by its URN, nor in brackets, nor over several types."""
        trial, _ = people
        trial.post("/Users", user("carl", password="horse-battery-1"))
        for filter in (f'{USER}:password eq "x"', 'PASSWORD sw "h"', 'title pr or not (password co "h")'):
            for path in ("/Users", "/"):
                failed(trial.get(path, query={"filter": filter}), 400, "invalidFilter")
        failed(trial.get("/Users", query="sortBy=password"), 400, "invalidPath")
