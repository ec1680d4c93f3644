"""What holds for whatever is sent: laws over the whole service, from outside."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from scimcore.dialects import AUTO, RFC
from scimcore.testing.trial import Answer, Trial
from tests.conformance.support import BULK, ENTERPRISE, PATCH, USER, group, same_state, user

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=8)
KINDS = st.sampled_from(["work", "home", "other", "fax"])


def values(*names: str) -> st.SearchStrategy:
    """Elements of a multi-valued attribute, the first of them perhaps primary."""
    element = st.fixed_dictionaries({"value": TEXT}, optional={"type": KINDS, "display": TEXT})
    marked = st.tuples(element, st.booleans()).map(lambda pair: {**pair[0], **({"primary": True} if pair[1] else {})})
    return st.tuples(marked, st.lists(element, max_size=2)).map(lambda pair: [pair[0], *pair[1]])


USERS = st.fixed_dictionaries(
    {},
    optional={
        "externalId": TEXT,
        "title": TEXT,
        "nickName": TEXT,
        "active": st.booleans(),
        "name": st.fixed_dictionaries({"familyName": TEXT}, optional={"givenName": TEXT}),
        "emails": values(),
        "roles": values(),
        "addresses": st.lists(
            st.fixed_dictionaries({"locality": TEXT}, optional={"type": KINDS}), min_size=1, max_size=2
        ),
        "x509Certificates": st.just([{"value": "TWFu"}]),
        ENTERPRISE: st.fixed_dictionaries({"department": TEXT}, optional={"manager": st.just({"value": "7"})}),
    },
)
OPERATIONS = st.lists(
    st.fixed_dictionaries({"op": st.just("add"), "value": USERS})
    | st.fixed_dictionaries({"op": st.just("replace"), "value": USERS})
    | st.builds(
        lambda op, path, value: {"op": op, "path": path, "value": value},
        st.sampled_from(["add", "replace"]),
        st.sampled_from(["title", "name.givenName", 'emails[type eq "work"].value', f"{ENTERPRISE}:division", "nope"]),
        TEXT,
    )
    | st.sampled_from(
        [
            *({"op": "remove", "path": path} for path in ("title", "name", "emails", 'emails[type eq "work"]', "id")),
            {"op": "replace", "path": "active", "value": False},
            {"op": "add", "path": "emails", "value": [{"value": "p@x.example", "primary": True}]},
            {"op": "remove"},
        ]
    ),
    min_size=1,
    max_size=3,
)


def version(answer: Answer) -> tuple[object, object]:
    return answer.headers.get("ETag"), (answer.body or {}).get("meta", {}).get("lastModified")


class TestWritingBack:
    """RFC 7644 section 3.5.1: a client reads, and writes back what it read."""

    @settings(max_examples=60, deadline=None)
    @given(USERS, st.sampled_from([RFC, AUTO]))
    def test_what_was_read_is_what_is_there(self, attributes, dialect):
        """PUT-012, PUT-004, CORE-018: PUT(GET(x)) = x, in any order of its keys: no version, no effect, no event."""
        trial = Trial.start(dialect=dialect)
        made = trial.post("/Users", {"schemas": [USER], "userName": "ada", **attributes})
        if made.status != 201:
            assert made.status == 400
            return
        trial.group("team", made["id"])
        path = f"/Users/{made['id']}"
        read, before = trial.get(path), same_state(trial)
        for body in (read.body, dict(reversed(read.body.items()))):
            answer = trial.put(path, body)
            assert (answer.status, answer.body, version(answer)) == (200, read.body, version(read))
            assert same_state(trial) == before
        for name, sent in attributes.items():
            assert name not in read.body or read.body[name] == sent or isinstance(sent, (list, dict))


class TestSendingTwice:
    """A client that lost the answer sends the request again."""

    @settings(max_examples=60, deadline=None)
    @given(USERS, OPERATIONS, st.sampled_from([RFC, AUTO]))
    def test_a_patch_leaves_the_same_state(self, attributes, operations, dialect):
        """PATCH-023, PATCH-046, PATCH-008: one version, one set of effects; or refused both times alike."""
        trial = Trial.start(dialect=dialect)
        if trial.post("/Users", {"schemas": [USER], "userName": "ada", **attributes}).status != 201:
            return
        path = f"/Users/{trial.get('/Users')['Resources'][0]['id']}"
        start = same_state(trial)
        first = trial.patch(path, *operations)
        state = same_state(trial)
        assert (first.status >= 400) <= (state == start)
        second = trial.patch(path, *operations)
        if first.status >= 400:
            assert (second.status, same_state(trial)) == (first.status, start)
            return
        if len(operations) == 1:
            # Several may undo one another: what one of them is about, the next takes away.
            assert (second.status, second.body, same_state(trial)) == (200, first.body, state)

    @settings(max_examples=40, deadline=None)
    @given(USERS, USERS)
    def test_every_other_write_too(self, before, after):
        """PUT-012, DEL-004, CRT-004: POST is a conflict, PUT changes nothing, DELETE finds nothing."""
        trial = Trial.start()
        body = {"schemas": [USER], "userName": "ada", **before}
        made = trial.post("/Users", body)
        if made.status != 201:
            return
        state = same_state(trial)
        assert (trial.post("/Users", body).status, same_state(trial)) == (409, state)
        path, change = f"/Users/{made['id']}", {"schemas": [USER], "userName": "ada", **after}
        first = trial.put(path, change)
        state = same_state(trial)
        second = trial.put(path, change)
        assert (second.status, second.body, same_state(trial)) == (first.status, first.body, state)
        assert trial.delete(path).status == 204
        state = same_state(trial)
        assert (trial.delete(path).status, same_state(trial)) == (404, state)

    def test_a_membership_is_made_once(self):
        """PATCH-023, PATCH-027, PATCH-034: adding and removing members, twice each."""
        trial = Trial.start()
        ada, bob = trial.user("ada"), trial.user("bob")
        team = trial.group("team", bob)
        for op in (
            {"op": "add", "path": "members", "value": [{"value": ada, "display": "A"}]},
            {"op": "remove", "path": f'members[value eq "{ada}"]'},
            {"op": "replace", "path": "members", "value": [{"value": ada}, {"value": bob}, {"value": ada}]},
            {"op": "remove", "path": "members", "value": [{"value": bob}]},
            {"op": "remove", "path": "members"},
        ):
            first, state = trial.patch(f"/Groups/{team}", op), same_state(trial)
            again = trial.patch(f"/Groups/{team}", op)
            assert (again.status, again.body, same_state(trial)) == (200, first.body, state), op


class TestAnyBody:
    """Bytes that are nearly right."""

    @settings(max_examples=150, deadline=None)
    @given(st.data())
    def test_a_message_cut_or_bent_is_answered_in_scim(self, data):
        """HTTP-012, ERR-001, HTTP-007: cut short, bits flipped: SCIM JSON, never 5xx, nothing half done."""
        trial = Trial.start()
        ada = trial.user("ada")
        team = trial.group("team", ada)
        operation = {"op": "add", "path": 'emails[type eq "work"].value', "value": "a@x.example"}
        method, path, message = data.draw(
            st.sampled_from(
                [
                    ("POST", "/Users", user("bob", emails=[{"value": "b@x.example"}])),
                    ("PUT", f"/Users/{ada}", user("ada", title="x")),
                    ("PATCH", f"/Users/{ada}", {"schemas": [PATCH], "Operations": [operation]}),
                    (
                        "PATCH",
                        f"/Groups/{team}",
                        {"schemas": [PATCH], "Operations": [{"op": "remove", "path": "members"}]},
                    ),
                    ("POST", "/Groups", group("crew", ada)),
                    (
                        "POST",
                        "/Bulk",
                        {
                            "schemas": [BULK],
                            "Operations": [{"method": "POST", "path": "/Users", "bulkId": "b", "data": user("bob")}],
                        },
                    ),
                ]
            )
        )
        raw = bytearray(json.dumps(message).encode())
        for _ in range(data.draw(st.integers(1, 3))):
            place = data.draw(st.integers(0, max(len(raw) - 1, 0)))
            kind = data.draw(st.sampled_from(["cut", "flip", "drop", "double", "put"]))
            if kind == "cut":
                del raw[place:]
            elif kind == "flip" and raw:
                raw[place] ^= 1 << data.draw(st.integers(0, 7))
            elif kind == "drop" and raw:
                del raw[place]
            elif kind == "double":
                raw[place:place] = raw[place : place + 20]
            else:
                raw[place:place] = data.draw(
                    st.sampled_from([b'"', b"{", b"]", b"null", b"\\u0000", b"1e999", b"\xff", b","])
                )
        before = same_state(trial)
        answer = trial.send(method, path, raw=bytes(raw))
        assert answer.status < 500
        assert isinstance(answer.body["schemas"], list)
        if answer.status >= 400:
            assert same_state(trial) == before
            assert answer.body["status"] == str(answer.status)
