"""What hostile requests cost: no shape of a request buys more work than the budget of one request.

Work is counted, not timed: in units of the budget, and in calls of functions, so that a place that forgets to spend
what it costs is found as well. The trials have a small budget, so that every shape meets its end quickly.
"""

import sys
from collections.abc import Callable

import pytest

from scimcore._budget import WORK, Budget
from scimcore.errors import TooMany
from scimcore.service import Limits
from scimcore.testing.trial import Answer, Trial

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

SMALL = 100_000
#: Calls of functions for that work, and for what grows with the body alone: reading it, checking it.
CALLS = 800_000


def terms(number: int, attribute: str = "value", op: str = "co") -> str:
    return " or ".join(f'{attribute} {op} "z{place}"' for place in range(number))


def operations(number: int, *each: dict[str, object]) -> list[dict[str, object]]:
    return [one for _ in range(number) for one in each]


#: By name: the operations of a PATCH of a user with 900 e-mail addresses.
PATCHES: dict[str, list[dict[str, object]]] = {
    "filters of many terms": operations(200, {"op": "remove", "path": f"emails[{terms(40)}]"}),
    "filters of one term": operations(1000, {"op": "remove", "path": 'emails[value co "zz"]'}),
    "filters that are negated": operations(900, {"op": "remove", "path": 'emails[not (value pr) and type eq "q"]'}),
    "parts": operations(1000, {"op": "replace", "path": "emails.type", "value": "x"}),
    "parts of matches": operations(1000, {"op": "replace", "path": "emails[type pr].display", "value": "x"}),
    "values that are merged": operations(500, {"op": "add", "path": "emails[value pr]", "value": {"display": "y"}}),
    "lists of values": operations(500, {"op": "remove", "path": "emails", "value": [{"value": "no"}, {"type": "no"}]}),
    "positions that are lost": operations(
        400,
        {"op": "replace", "path": "emails.type", "value": "x"},
        {"op": "add", "path": "emails", "value": {"value": "e0@x.example", "type": "x"}},
    ),
    "primary again and again": operations(
        900, {"op": "replace", "path": 'emails[value eq "e7@x.example"].primary', "value": True}
    ),
}


@pytest.fixture
def budgets(monkeypatch: pytest.MonkeyPatch) -> list[Budget]:
    """Every budget that a request had."""
    made: list[Budget] = []

    class Seen(Budget):
        __slots__ = ()

        def __init__(self, most: int = WORK, shared: Budget | None = None) -> None:
            super().__init__(most, shared)
            made.append(self)

    monkeypatch.setattr("scimcore.service.engine.Budget", Seen)
    monkeypatch.setattr("scimcore.service.bulk.Budget", Seen)
    return made


def calls(work: Callable[[], Answer]) -> tuple[Answer, int]:
    """The answer, and how many functions were called for it, those in C too."""
    number = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal number
        number += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        answer = work()
    finally:
        sys.setprofile(before)
    return answer, number


def emails(number: int, length: int = 0, letter: str = "é") -> list[dict[str, object]]:
    return [{"value": f"e{place}@x.example", "type": "work", "display": letter * length} for place in range(number)]


def assert_bounded(answer: Answer, number: int, budgets: list[Budget]) -> None:
    assert answer.status in (200, 201, 204, 400, 413), answer.body
    if answer.status == 400:
        assert answer.body["scimType"] == "tooMany" and "SC-1024" in answer.body["detail"]
        assert str(SMALL) in answer.body["detail"]
    assert number < CALLS
    # What breaks the limit is refused before it is done, so nothing is spent after that.
    assert sum(budget.left < 0 for budget in budgets) <= 2


class TestPatches:
    @pytest.mark.parametrize("name", PATCHES)
    def test_cost_no_more_than_the_budget(self, name: str, budgets: list[Budget]) -> None:
        trial = Trial.start(limits=Limits(work=SMALL))
        id = trial.user("ada@example.com", emails=emails(900))
        before = trial.get(f"/Users/{id}").body
        budgets.clear()
        answer, number = calls(lambda: trial.patch(f"/Users/{id}", *PATCHES[name]))
        assert_bounded(answer, number, budgets)
        if answer.status == 400:
            assert trial.get(f"/Users/{id}").body == before, "something was done"

    def test_long_values_cost_more(self, budgets: list[Budget]) -> None:
        trial = Trial.start(limits=Limits(work=SMALL))
        id = trial.user("ada@example.com", emails=emails(150, 1000))
        budgets.clear()
        many = operations(100, {"op": "remove", "path": 'emails[display co "zz"]'})
        answer, number = calls(lambda: trial.patch(f"/Users/{id}", *many))
        assert_bounded(answer, number, budgets)
        assert answer.status == 400

    def test_members_by_filters(self, budgets: list[Budget]) -> None:
        trial = Trial.start(limits=Limits(work=SMALL))
        ids = [trial.user(f"u{number}@example.com") for number in range(200)]
        group = trial.group("Team", *ids)
        budgets.clear()
        many = operations(300, {"op": "remove", "path": f"members[{terms(8, 'display')}]"})
        answer, number = calls(lambda: trial.patch(f"/Groups/{group}", *many))
        assert_bounded(answer, number, budgets)
        assert len(trial.get(f"/Groups/{group}").body["members"]) == 200


class TestFilters:
    @pytest.mark.parametrize("attribute", ["userName", "emails.value", "emails.display", "title", "name.familyName"])
    @pytest.mark.parametrize("op", ["co", "ew", "ne"])
    def test_cost_no_more_than_the_budget(self, attribute: str, op: str, budgets: list[Budget]) -> None:
        trial = Trial.start(limits=Limits(work=SMALL))
        for number in range(250):
            trial.user(f"u{number}@example.com", title="x")
        budgets.clear()
        body = {"schemas": [SEARCH], "filter": terms(240, attribute, op)}
        answer, number = calls(lambda: trial.post("/Users/.search", body))
        assert_bounded(answer, number, budgets)
        assert answer.status == 400


class TestPages:
    def test_of_long_resources_are_refused(self) -> None:
        trial = Trial.start(limits=Limits(work=SMALL))
        for number in range(20):
            trial.user(f"u{number}@example.com", title="x" * 60_000)
        refused = trial.get("/Users")
        assert refused.status == 400 and "with count" in refused.body["detail"]
        assert len(trial.get("/Users", query="count=5").body["Resources"]) == 5


class TestBulk:
    def test_what_is_left_over_is_answered_429(self, budgets: list[Budget]) -> None:
        trial = Trial.start(limits=Limits(work=SMALL))
        sent = [
            {"method": "POST", "path": "/Users", "bulkId": f"b{n}", "data": {"schemas": [USER], "userName": f"u{n}"}}
            for n in range(200)
        ]
        answer = trial.post("/Bulk", {"schemas": [BULK], "Operations": sent})
        statuses = [one["status"] for one in answer.body["Operations"]]
        assert statuses == ["201"] * statuses.count("201") + ["429"] * statuses.count("429")
        assert 0 < statuses.count("201") < 200
        refused = answer.body["Operations"][-1]["response"]
        assert "SC-1025" in refused["detail"] and str(2 * SMALL) in refused["detail"]
        assert trial.get("/Users").body["totalResults"] == statuses.count("201")

    def test_one_dear_operation_many_times(self, budgets: list[Budget]) -> None:
        trial = Trial.start(limits=Limits(work=SMALL, document=1_000_000))
        id = trial.user("ada@example.com", emails=emails(1000, 300, "x"))
        one = {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "title", "value": "x"}]}
        sent = [{"method": "PATCH", "path": f"/Users/{id}", "data": one} for _ in range(100)]
        answer, number = calls(lambda: trial.post("/Bulk", {"schemas": [BULK], "Operations": sent}))
        assert {one["status"] for one in answer.body["Operations"]} == {"200", "429"}
        assert number < CALLS

    def test_a_thousand_plain_creates_pass(self) -> None:
        """The number of operations that ServiceProviderConfig advertises."""
        trial = Trial.start()
        user = {"schemas": [USER], "name": {"givenName": "A", "familyName": "B"}, "active": True}
        sent = [
            {
                "method": "POST",
                "path": "/Users",
                "bulkId": f"b{n}",
                "data": {
                    **user,
                    "userName": f"u{n}@x.example",
                    "emails": [{"value": f"u{n}@x.example", "type": "work"}],
                },
            }
            for n in range(1000)
        ]
        assert trial.get("/ServiceProviderConfig").body["bulk"]["maxOperations"] == 1000
        answer = trial.post("/Bulk", {"schemas": [BULK], "Operations": sent})
        assert {one["status"] for one in answer.body["Operations"]} == {"201"}


class TestSizes:
    def test_a_long_text_is_refused_in_every_message(self) -> None:
        trial = Trial.start(limits=Limits(text=100))
        id = trial.user("ada@example.com")
        for answer in (
            trial.post("/Users", {"schemas": [USER], "userName": "b", "title": "x" * 101}),
            trial.put(
                f"/Users/{id}", {"schemas": [USER], "userName": "ada@example.com", "name": {"givenName": "x" * 101}}
            ),
            trial.patch(
                f"/Users/{id}", {"op": "add", "path": "emails", "value": [{"value": "a@x.y", "display": "x" * 101}]}
            ),
        ):
            assert answer.status == 400 and "SC-1027" in answer.body["detail"]
        assert trial.patch(f"/Users/{id}", {"op": "add", "path": "title", "value": "x" * 100}).status in (200, 204)

    def test_a_resource_does_not_grow_for_ever(self) -> None:
        trial = Trial.start(limits=Limits(document=2000))
        id = trial.user("ada@example.com")
        statuses = []
        for number in range(30):
            value = [{"value": f"e{number}@x.example", "display": "x" * 100}]
            statuses.append(trial.patch(f"/Users/{id}", {"op": "add", "path": "emails", "value": value}).status)
        assert statuses[0] < 300 and statuses[-1] == 413
        assert trial.patch(f"/Users/{id}", {"op": "replace", "path": "active", "value": False}).status < 300

    def test_the_trail_grows_with_what_changes(self) -> None:
        trial = Trial.start()
        id = trial.user("ada@example.com", emails=emails(500))
        trial.patch(f"/Users/{id}", {"op": "add", "path": "emails", "value": [{"value": "new@x.example"}]})
        record = trial.service.admin.audit(trial.tenant)[-1]
        assert record.changes == {"emails": [[], [{"value": "new@x.example"}]]}


def test_units_are_spent_before_the_work_and_by_all_who_share() -> None:
    shared = Budget(10)
    one, two = Budget(6, shared), Budget(6, shared)
    one.spend(5, "x")
    with pytest.raises(TooMany, match="6 units"):
        two.spend(7, "x")
    assert (one.left, two.left, shared.left) == (1, -1, -2)
