"""Every way to fail, and what is said about it."""

import pytest

from scimcore import errors
from scimcore.testing.host import TrialHost
from scimcore.testing.trial import Trial
from scimcore.web import Options, TokenBucket
from scimcore.web.answers import InternalError, error_object
from tests.web.support import SCIM_TYPES, failed, user


def every_error() -> list[type[errors.ScimError]]:
    found, waiting = [], [errors.ScimError]
    while waiting:
        kind = waiting.pop()
        found.append(kind)
        waiting += kind.__subclasses__()
    return found


class TestTheMessage:
    """RFC 7644 section 3.12: implementers MUST return the errors in the body of the response (ERR-001, ERR-007)."""

    @pytest.mark.parametrize("kind", every_error(), ids=lambda kind: kind.__name__)
    def test_scim_type_goes_with_the_status_that_the_rfc_gives_it(self, kind):
        """ERR-002, ERR-003: only 400, 409 uniqueness and 403 sensitive carry one."""
        allowed = {400: SCIM_TYPES - {"sensitive"}, 409: {"uniqueness"}, 403: {"sensitive"}}.get(kind.status, set())
        assert kind.scim_type is None or kind.scim_type in allowed

    def test_it_has_the_keys_of_the_rfc_and_no_others(self):
        body = error_object(errors.Uniqueness("userName is taken."))
        assert body == {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
            "status": "409",
            "scimType": "uniqueness",
            "detail": "[SC-1401] userName is taken.",
        }

    def test_text_that_is_no_unicode_can_still_be_sent(self, trial):
        failed(trial.get("/Users", query="filter=%22\ud800"), 400, "invalidFilter")


class TestUnauthenticated:
    """HTTP-013: 401 with WWW-Authenticate naming supported schemes and a SCIM error body."""

    @pytest.mark.parametrize(
        "path", ["/Users", "/Users/x", "/ServiceProviderConfig", "/Schemas", "/Bulk", "/Nothing", "/Me"]
    )
    @pytest.mark.parametrize("authorization", ["", "Bearer wrong-token", "Basic eDp5", "nonsense"])
    def test_nobody_gets_in_anywhere(self, trial, path, authorization):
        """HTTP-021: no anonymous creation either."""
        for method in ("GET", "POST"):
            answer = trial.send(method, path, {}, headers={"Authorization": authorization})
            failed(answer, 401)
            assert answer.headers["WWW-Authenticate"].startswith("Bearer ")

    def test_two_authorization_headers_are_none(self, trial):
        from scimcore.web import Request

        headers = (("Authorization", f"Bearer {trial.token}"), ("authorization", "Bearer other-token-1234"))
        assert trial.application.handle(Request(method="GET", path="/Users", headers=headers)).status == 401

    def test_an_expired_credential_says_so(self, trial):
        """POL-164."""
        from attrs import evolve

        connection = next(iter(trial.connections))
        credential = evolve(connection.credentials[0], expires=trial.clock.now)
        trial.connections.put(connection.with_credential(credential))
        answer = trial.get("/Users")
        failed(answer, 401)
        assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


class TestScopes:
    """POL-162: users:read token POST -> 403; groups:write without users:read cannot list users. HTTP-014."""

    CALLS = {
        "users:read": [("GET", "/Users"), ("GET", "/Users/x"), ("POST", "/Users/.search")],
        "users:write": [("POST", "/Users"), ("PUT", "/Users/x"), ("PATCH", "/Users/x"), ("DELETE", "/Users/x")],
        "groups:read": [("GET", "/Groups"), ("GET", "/Groups/x"), ("POST", "/Groups/.search")],
        "groups:write": [("POST", "/Groups"), ("PUT", "/Groups/x"), ("PATCH", "/Groups/x"), ("DELETE", "/Groups/x")],
    }

    @pytest.mark.parametrize("granted", CALLS)
    def test_a_scope_opens_its_own_calls_and_no_others(self, trial, granted):
        token = trial.connect("acme", scopes=(granted,), id="narrow")
        for scope, calls in self.CALLS.items():
            for method, path in calls:
                answer = trial.send(method, path, {}, token=token)
                assert (answer.status == 403) == (scope != granted), (method, path, answer.body)
                if answer.status == 403:
                    assert scope in failed(answer, 403)

    def test_the_root_query_takes_them_all(self, trial):
        for scopes, status in ((("users:read",), 403), (("users:read", "groups:read"), 200)):
            token = trial.connect("acme", scopes=scopes, id=f"idp-{len(scopes)}-{status}")
            assert trial.get("/", token=token).status == status

    def test_discovery_takes_none(self, trial):
        token = trial.connect("acme", scopes=("groups:write",), id="narrow")
        assert trial.get("/Schemas", token=token).status == 200


class TestRateLimit:
    """POL-143, HTTP-024, OKTA-014: 429 + Retry-After in whole seconds, per tenant."""

    def test_the_one_too_many_waits_and_other_tenants_do_not(self):
        limiter = TokenBucket(rate=25, burst=1.0)
        trial = Trial.start(options=lambda clock: Options(clock=clock, limiter=limiter, reraise=True))
        trial.clock.step = 0
        other = trial.connect("globex")
        answers = [trial.get("/Users") for _ in range(26)]
        assert [a.status for a in answers] == [200] * 25 + [429]
        failed(answers[-1], 429)
        assert answers[-1].headers["Retry-After"] == "1"
        assert trial.get("/Users", token=other).status == 200
        trial.clock.now += 1_000_000
        assert trial.get("/Users").status == 200

    def test_the_policy_may_say_how_many(self):
        from attrs import evolve

        from scimcore.policy import STANDARD

        policy = evolve(STANDARD, safety=evolve(STANDARD.safety, requests_per_second=1))
        trial = Trial.start(policy=policy)
        trial.clock.step = 0
        assert [trial.get("/Users").status for _ in range(3)] == [200, 200, 429]

    def test_quiet_tenants_are_forgotten_in_the_end(self):
        limiter = TokenBucket(rate=1, burst=1.0, tenants=2)
        trial = Trial.start(options=lambda clock: Options(clock=clock, limiter=limiter, reraise=True))
        trial.clock.step = 0
        tokens = [trial.connect(f"t{n}") for n in range(3)]
        assert [trial.get("/Users", token=t).status for t in tokens] == [200, 200, 200]
        assert len(limiter._buckets) == 2

    @pytest.mark.parametrize("said", [{"rate": 0}, {"burst": 0}, {"tenants": 0}])
    def test_nonsense_is_refused_when_it_is_built(self, said):
        with pytest.raises(ValueError):
            TokenBucket(**said)


class TestOurFaults:
    """ERR-004: 500 without internals; the traceback never in the body, and never lost."""

    class Breaks(Exception):
        pass

    class BrokenHost(TrialHost):
        def tenant(self, tx, tenant):
            raise TestOurFaults.Breaks("password=hunter2 in a traceback")

    def broken_trial(self, seen: list, **said) -> Trial:
        return Trial.start(
            host=self.BrokenHost(),
            options=lambda clock: Options(clock=clock, report=lambda e, r: seen.append((e, r)), **said),
        )

    def test_the_client_learns_nothing_and_the_host_everything(self):
        seen: list = []
        trial = self.broken_trial(seen)
        answer = trial.post("/Users", user("ada"))
        detail = failed(answer, 500)
        assert "hunter2" not in detail
        assert "Breaks" not in detail
        [(problem, request)] = seen
        assert isinstance(problem, self.Breaks)
        assert request.path == "/Users"

    def test_tests_may_have_it_raised(self):
        seen: list = []
        with pytest.raises(self.Breaks):
            self.broken_trial(seen, reraise=True).get("/Users")
        assert len(seen) == 1

    def test_by_default_it_is_logged_without_headers_and_query(self, caplog):
        trial = Trial.start(options=lambda clock: Options(clock=clock), host=self.BrokenHost())
        trial.get("/Users", query={"filter": 'userName eq "ada@example.com"'})
        assert "Breaks" in caplog.text
        assert trial.token not in caplog.text
        assert "ada@example.com" not in caplog.text

    def test_the_class_is_500_and_has_no_scim_type(self):
        assert (InternalError.status, InternalError.scim_type) == (500, None)
