"""A store that is away is 503 with Retry-After (RFC 9110 section 15.6.4), and one line in the log."""

import logging

import pytest

from scimcore._outages import LogLimiter, log_outage
from scimcore.repository import MemoryRepository, Unavailable
from scimcore.testing.trial import Trial
from scimcore.web import Options, Request
from tests.web.support import failed, group, user


@pytest.fixture
def trial(monkeypatch):
    """A service that answers what goes wrong, as in production, in a process that has logged nothing yet."""
    monkeypatch.setattr("scimcore._outages._limiter", LogLimiter())
    return Trial.start(options=lambda clock: Options(clock=clock))


@pytest.fixture
def away(monkeypatch):
    """Take the store away, from the nth unit on."""
    whole = MemoryRepository.unit

    def take(after: int = 0) -> None:
        left = [after]

        def unit(self, tenant, *, write):
            left[0] -= 1
            if left[0] < 0:
                raise Unavailable("connection refused:\n  is the server running?")
            return whole(self, tenant, write=write)

        monkeypatch.setattr(MemoryRepository, "unit", unit)

    return take


REQUESTS = [
    ("GET", "/Users/1", None),
    ("GET", "/Users", None),
    ("POST", "/.search", {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"]}),
    ("POST", "/Users", user("ada")),
    ("POST", "/Groups", group("all")),
    ("PUT", "/Users/1", user("ada")),
    ("DELETE", "/Users/1", None),
]


@pytest.mark.parametrize(("method", "path", "body"), REQUESTS)
def test_every_request_is_answered_503(trial, away, method, path, body):
    away()
    answer = trial.send(method, path, body)
    assert failed(answer, 503).startswith("[SC-1028] ")
    assert answer.headers["Retry-After"] == "5"
    assert "refused" not in str(answer.body)


def test_each_operation_of_a_bulk_request_is(trial, away):
    away()
    operations = [{"method": "POST", "path": "/Users", "bulkId": name, "data": user(name)} for name in "ab"]
    answer = trial.post(
        "/Bulk", {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations}
    )
    assert [each["status"] for each in answer["Operations"]] == ["503", "503"]


def test_what_needs_no_store_is_answered(trial, away):
    away()
    assert trial.get("/Schemas").status == 200
    assert trial.post("/Users", {"filter": 1}, headers={"Authorization": "Bearer nobody-knows-it"}).status == 401


def test_a_refusal_that_cannot_be_recorded_stands(trial, away, caplog):
    """The unit that refuses still had the store, the one that records the refusal has it no more."""
    away(after=1)
    failed(trial.post("/Users", user("")), 400, "invalidValue")
    assert "could not be recorded" in caplog.text


def test_the_log_has_one_line_in_a_second_for_each_kind(caplog):
    now = [0.0]
    limiter = LogLimiter(lambda: now[0])

    def outage(cause: Exception) -> None:
        problem = Unavailable("the server is\n  starting")
        problem.__cause__ = cause
        log_outage(problem, "GET /Users", limiter)

    with caplog.at_level(logging.ERROR, "scimcore"):
        for _ in range(50):
            outage(OSError())
        outage(ValueError())
        now[0] = 1.0
        outage(OSError())
    assert [record.getMessage() for record in caplog.records] == [
        "GET /Users: the store is away: the server is starting",
        "GET /Users: the store is away: the server is starting",
        "GET /Users: the store is away: the server is starting (49 more such lines were left out)",
    ]
    assert not any(record.exc_info for record in caplog.records)


def test_a_hundred_requests_of_an_outage_are_a_few_lines(trial, away, caplog):
    away()
    for _ in range(100):
        trial.get("/Users")
    assert len(caplog.text) < 2000


class TestBeforeTheBody:
    """What the headers decide is decided before anybody reads a body."""

    def asked(self, trial, method, path, secret):
        headers = (("Authorization", f"Bearer {secret}"), ("Content-Length", "1000000"))
        return trial.application.before_body(Request(method=method, path=path, headers=headers))

    @pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "GET"])
    @pytest.mark.parametrize("path", ["/Users", "/Users/1", "/Bulk", "/nowhere"])
    def test_nobody_without_a_credential_gets_further(self, trial, method, path):
        refused = self.asked(trial, method, path, "nobody-knows-this-one")
        assert refused.status == 401
        assert "WWW-Authenticate" in refused.headers

    def test_who_has_one_is_answered_later(self, trial):
        assert self.asked(trial, "POST", "/Users", trial.token) is None

    def test_a_body_that_did_not_arrive_is_a_scim_error(self, trial):
        broken = trial.application.broken_body(Request(method="POST", path="/Users"))
        assert (broken.status, broken.headers["Content-Type"]) == (400, "application/scim+json")
        assert b"[SC-1029]" in broken.body
