# ruff: noqa: S101  (a contract asserts)
"""What repositories promise about queries: what `Condition.holds` says, in order, in pages, counted."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from attrs import evolve

from scimcore.errors import TooMany
from scimcore.filters import condition, order_key, parse_filter
from scimcore.filters.sorting import sort_target
from scimcore.repository import Index, Keyset, Page, Query, Repository, Sort
from scimcore.repository.paging import capped_place
from scimcore.resources.changes import Link, Linked
from scimcore.resources.document import Document
from scimcore.resources.rendering import resource_json
from scimcore.schema import ENTERPRISE_URN, MEMBERSHIP
from scimcore.schema.json import Json
from scimcore.testing.contract_samples import ACME, BETA, REGISTRY, Row, fill, group, look, user

MEMBERS = REGISTRY["Group"].attributes["members"]
GROUPS_OF = REGISTRY["User"].attributes["groups"]
_LONG = "long" * 80


def _mail(value: str, kind: str | None = None, *, primary: bool = False) -> dict[str, Json]:
    return {"value": value} | ({"type": kind} if kind else {}) | ({"primary": True} if primary else {})


def _more(**attributes: Json) -> dict[str, Json]:
    return dict(attributes)


USERS: tuple[Row, ...] = (
    user(
        "u01", "Ann@x.org", more=_more(displayName="Ann", active=True, emails=[_mail("ann@x.org", "work")]), created=5
    ),
    user("u02", "bob@x.org", more=_more(displayName="bob", active=False, title="Dr"), created=4),
    user("u03", "CAT", more=_more(externalId="Ext-1", emails=[_mail("a@x.org", "home"), _mail("c@x.org", "work")])),
    user("u04", "dan", more=_more(externalId="ext-1", displayName="", active=True), connection="c2"),
    user("u05", "e%_\\'é", more=_more(displayName="É%_", title="dr", emails=[_mail("É@x.org", primary=True)])),
    user("u06", "f" * 300, more=_more(displayName=_LONG + "a", active=True)),
    user("u07", "f" * 300 + "g", more=_more(displayName=_LONG + "b", emails=[_mail(_LONG + "@x.org", "work")])),
    user("u08", "straße", more=_more(displayName="STRASSE", name={"familyName": "Straße", "givenName": "K"})),
    user("u09", "İstanbul", more=_more(displayName="K", nickName="ſ", active=False), connection="c2", created=9),
    user("u10", "jo", more=_more(emails=[_mail("z@x.org"), _mail("b@x.org", "Work", primary=True)], title="X")),
    user("u11", "kai", more={ENTERPRISE_URN: {"department": "Sales", "manager": {"value": "u01"}}}, modified=7_000_000),
    user("u12", "lea", more=_more(timezone="Europe/Paris", roles=[{"value": "admin"}, {"value": "Owner"}]), version=3),
)
GROUPS: tuple[Row, ...] = (
    group("g1", "Sales", created=7),
    group("g2", "sales team", connection="c2"),
    group("g3", "Empty", created=3),
)
LINKS: dict[str, tuple[Link, ...]] = {
    "g1": (Link("User", "u01"), Link("User", "u02"), Link("Group", "g2")),
    "g2": (Link("User", "u02"), Link("User", "u09")),
}

USER_FILTERS = (
    'userName eq "ann@X.ORG"',
    'userName eq "nobody"',
    'not (userName eq "dan")',
    'userName ne "dan"',
    'userName sw "B"',
    'userName sw ""',
    'userName co "%"',
    'userName co "_\\\\"',
    'userName ew "ORG"',
    'userName ew "é"',
    'userName gt "d" and userName le "jo"',
    'userName ge "z" or userName lt "b"',
    f'userName eq "{"F" * 300}"',
    f'userName sw "{"f" * 300}"',
    f'userName co "{"f" * 250}"',
    f'not (userName ew "{"f" * 2}g")',
    'userName eq "STRAßE"',
    'userName eq "i̇stanbul"',
    "displayName pr",
    "not (displayName pr)",
    "displayName eq null",
    'displayName ne "ann"',
    'displayName eq "strasse"',
    'displayName eq "k"',
    'displayName co "b"',
    'not (displayName co "n")',
    f'displayName gt "{_LONG}"',
    f'displayName gt "{_LONG}a"',
    'externalId eq "ext-1"',
    'externalId eq "EXT-1"',
    "externalId pr and active eq true",
    "active eq true",
    "active eq false",
    "active ne true",
    "not (active pr)",
    'emails eq "ANN@x.org"',
    'emails.value co "@x"',
    'not (emails.value co "@x")',
    'emails[type eq "work" and value eq "c@x.org"]',
    'emails[type eq "home" and value eq "c@x.org"]',
    '(emails eq "ann@x.org" or (userName eq "dan" or externalId eq "Ext-1")) and (active eq true or title eq "dr")',
    'userName eq "jo" or (active eq true and (emails eq "z@x.org" or displayName eq "K" or id eq "u01"))',
    '(userName eq "dan" and title eq "x") or (emails eq "ann@x.org" and not (title pr))',
    'emails[type eq "work" and not (value sw "a")]',
    'not (emails[type eq "work" or primary eq true])',
    "emails[primary eq true]",
    "emails[not (type pr)]",
    'emails.type eq "WORK"',
    "emails pr",
    "not (emails pr)",
    'emails[type pr] and not (emails.value sw "a")',
    f'emails sw "{_LONG[:100]}"',
    'title eq "DR"',
    "title pr and active eq false",
    'not (title pr) and userName sw "k"',
    'name.familyName eq "STRAßE"',
    "name pr",
    'nickName eq "S"',
    'roles[value eq "OWNER"]',
    'timezone co "/"',
    f'{ENTERPRISE_URN}:department eq "sales"',
    f'{ENTERPRISE_URN}:manager.value eq "u01" or {ENTERPRISE_URN}:manager eq "u02"',
    f"{ENTERPRISE_URN}:department pr",
    'id eq "u03"',
    'id gt "u03" and id lt "u06"',
    'meta.created gt "1970-01-01T00:00:00.000005Z"',
    'meta.lastModified ge "1970-01-01T02:00:07+02:00"',
    'meta.resourceType eq "User"',
    'meta.resourceType eq "Group"',
    'meta.version eq "W/\\"3\\""',
    'groups.value eq "g1"',
    'not (groups.value eq "g1")',
    'groups[value eq "g1"] and groups[value eq "g2"]',
    'groups.display eq "SALES"',
    "groups pr and active eq false",
    'groups[type eq "direct" and value eq "g2"]',
    "schemas pr",
)
GROUP_FILTERS = (
    'displayName eq "SALES"',
    'displayName sw "sales" and not (displayName co " ")',
    'members.value eq "u02"',
    'members[value eq "u02" and type eq "User"]',
    'members[type eq "Group"]',
    'members.display co "ann"',
    "not (members pr)",
    'members eq "g2" or id eq "g3"',
)
SORTS = ("userName", "displayName", "emails", "name.familyName", "externalId", "meta.created", "active", "id", "title")


class SearchContract:
    """A query is answered as evaluating the filter on every resource would answer it, or refused with tooMany."""

    # The condition itself, evaluated in Python, says what a filter means; a store may only be faster.
    @pytest.mark.parametrize("text", USER_FILTERS)
    def test_a_filter_finds_what_fulfils_it(self, repository: Repository[Any], text: str) -> None:
        _filled(repository)
        _compare(repository, _query(("User",), text))

    @pytest.mark.parametrize("text", GROUP_FILTERS)
    def test_a_filter_of_groups_finds_what_fulfils_it(self, repository: Repository[Any], text: str) -> None:
        _filled(repository)
        _compare(repository, _query(("Group",), text))

    # `Query.unique` is a hint for speed, and no part of the question.
    def test_the_answer_is_the_same_without_the_hint_of_the_unique_attribute(self, repository: Repository[Any]) -> None:
        _filled(repository)
        _compare(repository, evolve(_query(("User",), 'userName eq "DAN" or userName sw "C"'), unique={}))

    @pytest.mark.parametrize("text", ["", "displayName pr", 'meta.resourceType eq "Group" or userName sw "a"'])
    def test_several_types_are_one_list(self, repository: Repository[Any], text: str) -> None:
        _filled(repository)
        _compare(repository, _query(("User", "Group"), text))

    # A total that ignores these conditions tells one identity provider how many users another one has.
    @pytest.mark.parametrize("text", ["", "active pr", "title pr or externalId pr"])
    def test_what_stands_outside_the_filter_counts_too(self, repository: Repository[Any], text: str) -> None:
        _filled(repository)
        query = _query(("User",), text)
        for narrowed in (evolve(query, connection="c2"), evolve(query, hide_inactive=True)):
            _compare(repository, narrowed)
        _compare(repository, evolve(query, connection="", hide_inactive=True))

    # RFC 7644 section 3.4.2.3. Databases disagree on where NULL comes.
    @pytest.mark.parametrize("by", SORTS)
    @pytest.mark.parametrize("descending", [False, True])
    def test_sorting_puts_what_is_missing_last(self, repository: Repository[Any], by: str, descending: bool) -> None:
        _filled(repository)
        query = _query(("User",), "")
        _compare(repository, evolve(query, sort=Sort(sort_target(by, REGISTRY["User"]), descending)))

    def test_types_are_sorted_together(self, repository: Repository[Any]) -> None:
        _filled(repository)
        query = _query(("User", "Group"), "")
        _compare(repository, evolve(query, sort=Sort(sort_target("displayName", REGISTRY["User"]), True)))

    # Fails where ties are not broken by the id: rows of equal keys then change places between two pages.
    @pytest.mark.parametrize("by", ["", "displayName", "emails"])
    @pytest.mark.parametrize("descending", [False, True])
    @pytest.mark.parametrize("types", [("User",), ("User", "Group")])
    def test_pages_join_up(
        self, repository: Repository[Any], by: str, descending: bool, types: tuple[str, ...]
    ) -> None:
        _filled(repository)
        sort = Sort(sort_target(by, REGISTRY["User"]), descending) if by else None
        query = evolve(_query(types, "id pr or meta.resourceType pr"), sort=sort)
        whole = _ids(_search(repository, evolve(query, window=Index(1, 99))))
        assert len(whole) == len(_naive(query))

        for size in (1, 4):
            numbered = [
                _search(repository, evolve(query, window=Index(n + 1, size))) for n in range(0, len(whole), size)
            ]
            forth = list(_walk(repository, query, size, backwards=False))
            back = list(_walk(repository, query, size, backwards=True))
            assert [id for page in numbered for id in _ids(page)] == whole
            assert [id for page in forth for id in _ids(page)] == whole
            assert [id for page in reversed(back) for id in _ids(page)] == whole
            assert {page.total for page in (*numbered, *forth, *back)} == {len(whole)}
            assert len(numbered) == len(forth) == len(back), "the last page says that it is"
            assert [page.more for page in (*forth[:-1], *back[:-1])] == [True] * (len(forth) + len(back) - 2)

    # Fails where the rows of an index are added and the old ones are left.
    def test_a_changed_resource_is_found_by_what_it_has_now(self, repository: Repository[Any]) -> None:
        fill(repository, ACME, user("u1", "one", more=_keyed("old", active=True), connection="c1"))
        with repository.unit(ACME, write=True) as unit:
            now = user("u1", "two", more=_keyed("new", active=False), connection="c2", version=2, modified=5)
            unit.replace(*now, expect=1)

        for text, found in _KEYED:
            page = _search(repository, _query(("User",), text))
            assert (text, _ids(page), page.total) == (text, found, len(found))
        for narrowed, total in (({"connection": "c1"}, 0), ({"connection": "c2"}, 1), ({"hide_inactive": True}, 0)):
            page = _search(repository, evolve(_query(("User",), ""), **narrowed))
            assert (narrowed, len(page.documents), page.total) == (narrowed, total, total)

    def test_a_resource_that_is_gone_is_found_by_nothing(self, repository: Repository[Any]) -> None:
        fill(repository, ACME, user("u1", "two", more=_keyed("new", active=False)))
        with repository.unit(ACME, write=True) as unit:
            unit.delete("User", "u1")

        for text in ("", *(text for text, _ in _KEYED)):
            page = _search(repository, _query(("User",), text))
            assert (text, _ids(page), page.total) == (text, [], 0)

    # Fails where a counter misses a move to another connection, or an undone transaction.
    def test_a_total_counts_what_there_is_now(self, repository: Repository[Any]) -> None:
        """Also where the number is stored: after inserts, deletes, moves, and units that were undone."""

        def totals(tenant: str) -> tuple[int | None, ...]:
            query = evolve(_query(("User",), ""), window=Index(1, 1))
            asked = [query, *(evolve(query, connection=name) for name in ("c1", "c2"))]
            return look(repository, tenant, lambda unit: tuple(unit.search(query).total for query in asked))

        made = [user(f"u{n}", f"n{n}", connection="c1") for n in range(5)]
        fill(repository, ACME, *made)
        fill(repository, BETA, *made)
        with repository.unit(ACME, write=True) as unit:
            unit.delete("User", "u0")
            unit.delete("User", "nobody")
            for id, version in (("u1", 2), ("u2", 2), ("u2", 3)):
                unit.replace(*user(id, f"n{id[1]}", connection="c2", version=version), expect=version - 1)
        with pytest.raises(KeyError), repository.unit(ACME, write=True) as unit:
            unit.insert(*user("u8", "n8", connection="c1"))
            unit.delete("User", "u4")
            raise KeyError

        assert totals(ACME) == (4, 2, 2)
        assert totals(BETA) == (5, 5, 0)

    @pytest.mark.parametrize("write", [False, True])
    @pytest.mark.parametrize("filter", ['userName eq "{}"', 'userName eq "nobody"', "", 'userName sw "u"'])
    def test_holders_that_come_along_are_those_that_there_are(
        self, repository: Repository[Any], filter: str, write: bool
    ) -> None:
        """A repository need not bring them (None); what it brings is what `holders` answers."""
        _filled(repository)
        name = str(USERS[0][0].data["userName"])
        query = evolve(_query(("User",), filter.format(name.upper())), holders=(MEMBERSHIP, "other"))

        with repository.unit(ACME, write=write) as unit:
            page = unit.search(query)
            near = [(document.type, document.id) for document in page.documents]
            for relation, found in (page.holders or {}).items():
                brought = {id: list(ends) for id, ends in found.items() if ends}
                assert brought == {id: list(ends) for id, ends in unit.holders(near, relation).items()}

    def test_windows_beyond_the_end_are_empty(self, repository: Repository[Any]) -> None:
        _filled(repository)
        query = _query(("User",), "")
        size = len(USERS)

        for window, more in (
            (Index(size + 1, 5), False),
            (Index(99, 5), False),
            # As far as a client's startIndex reaches (`web.query`): beyond 32 bits.
            (Index(2**53, 5), False),
            (Index(1, 0), True),
            (Keyset(0), True),
        ):
            page = _search(repository, evolve(query, window=window))
            assert (_ids(page), page.total, page.more, page.first, page.last) == ([], size, more, None, None)

    def test_a_total_is_given_only_where_it_is_wanted(self, repository: Repository[Any]) -> None:
        _filled(repository)
        page = _search(repository, evolve(_query(("User",), "active eq true"), want_total=False, window=Keyset(2)))

        assert (page.total, page.more, len(page.documents)) == (None, True, 2)

    # RFC 9865: a cursor continues at a place and not at a number.
    def test_a_walk_is_not_disturbed_by_who_comes_and_goes(self, repository: Repository[Any]) -> None:
        """QRY-007: what was there all the time is seen exactly once."""
        _filled(repository)
        query = evolve(_query(("User",), ""), window=Keyset(5))
        first = _search(repository, query)
        with repository.unit(ACME, write=True) as unit:
            unit.insert(*user("new", "new", created=8))
            unit.delete("User", first.documents[-1].id)
        second = _search(repository, evolve(query, window=Keyset(99, first.last)))

        assert sorted({*_ids(first), *_ids(second)} - {"new"}) == [made[0].id for made in USERS]
        assert not set(_ids(first)) & set(_ids(second))

    @pytest.mark.parametrize(
        ("text", "found"), [("userName pr", ["u01"]), ('title eq "dr"', ["u01"]), ("emails pr", []), ("groups pr", [])]
    )
    def test_tenants_do_not_see_each_other(self, repository: Repository[Any], text: str, found: list[str]) -> None:
        _filled(repository)
        fill(repository, BETA, user("u01", "ann@x.org", more={"title": "Dr"}))
        page = look(repository, BETA, lambda unit: unit.search(_query(("User",), text)))

        assert (_ids(page), page.total) == (found, len(found))


def _keyed(word: str, *, active: bool) -> dict[str, Json]:
    """Something under every kind of key."""
    return {
        **_more(externalId=word, displayName=word, active=active, title=word, emails=[_mail(f"{word}@x.org", "work")]),
        ENTERPRISE_URN: {"employeeNumber": word},
    }


#: Filters about `_keyed`, with what they find when "old" and active have become "new" and inactive.
_KEYED: tuple[tuple[str, list[str]], ...] = (
    *(
        (f'{path} eq "{word}{tail}"', ["u1"] if word == "new" else [])
        for path, tail in (
            ("externalId", ""),
            ("displayName", ""),
            ("title", ""),
            ("emails", "@x.org"),
            (f"{ENTERPRISE_URN}:employeeNumber", ""),
        )
        for word in ("old", "new")
    ),
    ('userName eq "one"', []),
    ('userName eq "two"', ["u1"]),
    ("active eq true", []),
    ("active eq false", ["u1"]),
    ('emails[type eq "work" and value sw "old"]', []),
    ('not (emails[type eq "work" and value sw "old"])', ["u1"]),
)


def _filled(repository: Repository[Any]) -> None:
    fill(repository, ACME, *reversed(USERS), *GROUPS)
    with repository.unit(ACME, write=True) as unit:
        for holder, ends in LINKS.items():
            unit.link("Group", holder, MEMBERSHIP, ends)


def _query(types: tuple[str, ...], text: str) -> Query:
    unknown: Any = "error" if len(types) == 1 else "never"
    parsed = parse_filter(text) if text else None
    return Query(
        types=types,
        conditions={
            type: None if parsed is None else condition(parsed, REGISTRY[type], unknown=unknown) for type in types
        },
        unique={type: REGISTRY[type].resource_type.unique for type in types},
        window=Index(1, 99),
    )


def _search(repository: Repository[Any], query: Query) -> Page:
    return look(repository, ACME, lambda unit: unit.search(query))


def _ids(page: Page) -> list[str]:
    return [document.id for document in page.documents]


def _compare(repository: Repository[Any], query: Query) -> None:
    """The repository's answer is the naive one, or it is tooMany."""
    expected = _naive(query)
    try:
        page = _search(repository, query)
    except TooMany:
        return
    # Texts that share their first 200 characters may come in the order of their digests.
    assert list(page.documents) in (expected, _naive(query, short=True))
    assert (page.total, page.more) == (len(expected), False)


def _naive(query: Query, *, short: bool = False) -> list[Document]:
    """Every resource looked at, one by one."""
    found = [made for made in (*USERS, *GROUPS) if made[0].type in query.types and _wanted(query, made)]
    documents = [made[0] for made in found]
    if query.sort is None:
        return sorted(documents, key=lambda document: (document.created, document.id))
    key = order_key(query.sort.target)

    def place(document: Document) -> tuple[object, ...]:
        parts = key(_seen(document))
        return capped_place(parts, document.id) if short else (*parts, document.id)

    return sorted(documents, key=place, reverse=query.sort.descending)


def _wanted(query: Query, made: Row) -> bool:
    document, keys = made
    asked = query.conditions.get(document.type)
    if query.connection is not None and document.connection != query.connection:
        return False
    if query.hide_inactive and keys.active is False:
        return False
    return asked is None or asked.holds(_seen(document))


def _seen(document: Document) -> dict[str, Any]:
    called = {made[0].id: (made[0].type, made[1].display) for made in (*USERS, *GROUPS)}

    def shown(ids: Sequence[str]) -> list[Linked]:
        return [Linked(called[id][0], id, called[id][1]) for id in sorted(ids)]

    if document.type == "Group":
        return resource_json(document, [(MEMBERS, shown([end.id for end in LINKS.get(document.id, ())]))])
    holders = [holder for holder, ends in LINKS.items() if Link("User", document.id) in ends]
    return resource_json(document, [(GROUPS_OF, shown(holders))])


def _walk(repository: Repository[Any], query: Query, size: int, *, backwards: bool) -> Iterator[Page]:
    """The pages from one end to the other, by places."""
    place = None
    for _ in range(len(USERS) + len(GROUPS) + 1):
        page = _search(repository, evolve(query, window=Keyset(size, place, backwards)))
        yield page
        if not page.more:
            return
        place = page.first if backwards else page.last
