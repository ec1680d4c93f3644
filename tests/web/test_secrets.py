"""Secrets never appear in a repr, log, error, note, effect or audit record: a search through all of them."""

import gc
import logging

from hypothesis import given, settings
from hypothesis import strategies as st

from scimcore.access import AccessTokens, issue
from scimcore.testing.trial import Trial
from scimcore.web import Options, Request
from tests.web.support import user

KEY = b"signing-key-signing-key-signing-"
PASSWORD = "hunter2-correct-horse"


def everything_shown(trial: Trial, answers: list) -> str:
    """All that can be seen from outside or be printed."""
    shown = [str(answer.body) + str(dict(answer.headers)) for answer in answers]
    shown += [repr(trial.connections), repr(list(trial.connections)), repr(trial.host), repr(trial.service)]
    shown += [repr(trial.requests), repr(trial.service.admin.audit("acme")), repr(trial.service.admin.effects("acme"))]
    shown += [repr(vars(trial.connections))]
    return "\n".join(shown)


class TestSecrets:
    """POL-160, POL-151: no plaintext in the store, nor anywhere else."""

    @settings(max_examples=25, deadline=None)
    @given(
        st.sampled_from(["/Users", "/Users/x", "/Groups", "/Bulk", "/Me", "/.search"]),
        st.sampled_from(["GET", "POST", "PUT", "PATCH"]),
        st.sampled_from(["userName", "title", "password"]),
        st.booleans(),
    )
    def test_are_nowhere_to_be_seen(self, path, method, attribute, known):
        log: list[str] = []
        handler = logging.Handler()
        handler.emit = lambda record: log.append(handler.format(record))  # type: ignore[method-assign]  # collects
        logging.getLogger("scimcore").addHandler(handler)
        try:
            tokens = AccessTokens(keys=(KEY,))
            trial = Trial.start(options=lambda clock: Options(clock=clock, tokens=tokens))
            secret, client = issue(now=0, use="client")
            trial.connections.put(next(iter(trial.connections)).with_credential(client))
            token = tokens.issue(next(iter(trial.connections)), client, frozenset({"scim"}), trial.clock.now)
            id = trial.user("ada", password=PASSWORD)
            answers = [
                trial.send(method, path, user("bob", password=PASSWORD), token=token if known else secret),
                trial.patch(f"/Users/{id}", {"op": "replace", "path": "password", "value": PASSWORD}),
                trial.patch(f"/Users/{id}", {"op": "replace", "path": attribute + "x", "value": PASSWORD}),
                trial.put(f"/Users/{id}", user("ada", password=PASSWORD)),
                trial.get("/Users", query={"filter": f'password eq "{PASSWORD}"'}),
                trial.get("/Users", query="sortBy=password&attributes=password"),
            ]
            shown = everything_shown(trial, answers) + "\n".join(log) + repr(tokens) + repr(client)
        finally:
            logging.getLogger("scimcore").removeHandler(handler)
        for hidden in (secret, token, trial.token, KEY.decode()):
            assert hidden not in shown
        assert PASSWORD not in shown.replace(str(answers[4].body), "").replace(str(answers[2].body), "")

    def test_a_request_prints_neither_headers_nor_query_nor_body(self):
        request = Request(
            method="GET",
            path="/Users",
            query="filter=secret",
            headers=(("Authorization", "Bearer secret"),),
            body=b"secret",
        )
        assert "secret" not in repr(request)

    def test_no_exception_of_ours_keeps_one(self):
        trial = Trial.start()
        wrong = "wrong-but-secret-token"
        assert wrong not in str(trial.get("/Users", token=wrong).body)
        gc.collect()
