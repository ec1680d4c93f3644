"""From the headers of a request to the caller."""

from base64 import b64encode

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from scimcore._driver import run
from scimcore.access import (
    SCOPES,
    AccessTokens,
    Connection,
    MemoryConnections,
    Schemes,
    Unauthenticated,
    authenticate,
    issue,
    rotate,
)
from scimcore.access.authentication import admit
from scimcore.dialects import OKTA, RFC
from scimcore.policy import STANDARD

MINUTE = 60_000_000
SECRET, CREDENTIAL = issue(now=0, token_bytes=lambda n: bytes(range(n)))


def store(*credentials, **said) -> MemoryConnections:
    known = {"id": "idp", "tenant": "acme", "dialect": OKTA, "policy": STANDARD, **said}
    return MemoryConnections(Connection(credentials=credentials or (CREDENTIAL,), **known))


def pairs(headers):
    """As they come with a request."""
    return tuple(headers.items()) if isinstance(headers, dict) else headers


def refused(headers, connections=None, now=0, **said) -> Unauthenticated:
    with pytest.raises(Unauthenticated) as caught:
        authenticate(pairs(headers), connections or store(), now, **said)
    return caught.value


class TestBearer:
    """HTTP-014: Every authenticated client maps to an access control policy."""

    def test_a_token_becomes_the_connection_that_it_belongs_to(self):
        caller = authenticate(pairs({"authorization": f"Bearer {SECRET}"}), store(subject="u1"), 0, request="r-7")
        assert (caller.tenant, caller.connection, caller.dialect, caller.policy) == ("acme", "idp", OKTA, STANDARD)
        assert (caller.credential, caller.subject, caller.request) == (CREDENTIAL.id, "u1", "r-7")

    @pytest.mark.parametrize("word", ["bearer", "BEARER", "Bearer "])
    def test_the_scheme_is_read_in_any_case_and_spacing(self, word):
        assert authenticate(pairs({"authorization": f"{word} {SECRET}"}), store(), 0).tenant == "acme"

    def test_both_of_two_live_tokens_pass_and_a_revoked_one_does_not(self):
        """POL-161."""
        connections = store()
        fresh, both = rotate(connections.get("idp"), now=0, overlap=MINUTE)
        connections.put(both)
        for secret in (SECRET, fresh):
            assert authenticate(pairs({"authorization": f"Bearer {secret}"}), connections, 1).tenant == "acme"
        connections.put(both.without_credential(CREDENTIAL.id))
        assert authenticate(pairs({"authorization": f"Bearer {fresh}"}), connections, 1).tenant == "acme"
        refused({"authorization": f"Bearer {SECRET}"}, connections, 1)

    def test_a_connection_that_is_off_lets_nobody_in(self):
        refused({"authorization": f"Bearer {SECRET}"}, store(enabled=False))


class TestRefusals:
    """HTTP-013: 401 with WWW-Authenticate naming supported schemes."""

    def test_without_a_credential_the_challenge_has_no_error(self):
        # RFC 6750 section 3.1: no error code when nothing was presented.
        error = refused({})
        assert error.status == 401
        assert error.challenge == 'Bearer realm="scim"'

    @pytest.mark.parametrize(
        "value",
        [
            "Bearer",
            "Bearer ",
            "Bearer x",
            f"Bearer {SECRET}x",
            f"Bearer {SECRET[:-1]}",
            f"Basic {SECRET}",
            SECRET,
            f"Bearer {SECRET}, Bearer {SECRET}",
            "Bearer " + "x" * 100_000,
        ],
    )
    def test_what_is_no_known_token_is_refused(self, value):
        assert refused({"authorization": value}).status == 401

    def test_an_unknown_token_is_an_invalid_one(self):
        assert 'error="invalid_token"' in refused({"authorization": "Bearer unknown-token"}).challenge

    def test_an_expired_one_is_told_to_be_so(self):
        """POL-164: after expiry 401 with WWW-Authenticate error="invalid_token"."""
        connections = store(evolve(CREDENTIAL, expires=100))
        assert authenticate(pairs({"authorization": f"Bearer {SECRET}"}), connections, 99).tenant == "acme"
        error = refused({"authorization": f"Bearer {SECRET}"}, connections, 100)
        assert 'error="invalid_token"' in error.challenge
        assert "expired" in str(error)

    def test_an_empty_secret_never_passes_even_if_a_store_holds_its_digest(self):
        """The published incident: an empty token in the settings matched an empty token in the request."""
        from scimcore.access import digest

        for secret in ("", "short"):
            connections = store(evolve(CREDENTIAL, digest=digest(secret)))
            refused({"authorization": f"Bearer {secret}"}, connections)
            refused({"x-api-key": secret}, connections, schemes=Schemes(header="X-Api-Key"))

    @pytest.mark.parametrize("first", ["Bearer " + SECRET, "Bearer another-token-1234", "", "Basic eDp5"])
    @pytest.mark.parametrize("names", [("Authorization", "Authorization"), ("authorization", "AUTHORIZATION")])
    def test_two_authorization_headers_are_refused_whatever_they_say(self, first, names):
        """None of them wins: a proxy might have checked the other one."""
        headers = ((names[0], first), (names[1], f"Bearer {SECRET}"))
        for order in (headers, headers[::-1]):
            assert refused(order, schemes=Schemes(basic=True, header="Authorization")).status == 401

    def test_a_client_secret_does_not_open_the_endpoints(self):
        refused({"authorization": f"Bearer {SECRET}"}, store(evolve(CREDENTIAL, use="client")))

    @given(st.dictionaries(st.sampled_from(["authorization", "x-api-key"]), st.text(max_size=60)))
    def test_no_header_whatever_does_anything_else(self, headers):
        refused(headers, schemes=Schemes(basic=True, header="X-Api-Key"))


class TestOtherSchemes:
    """JC-002, PING-002, OKTA-012: Basic and a header of its own, where the host allows them."""

    def test_a_header_of_its_own(self):
        schemes = Schemes(header="X-Api-Key")
        assert authenticate(pairs({"x-api-key": SECRET}), store(), 0, schemes=schemes).tenant == "acme"
        refused({"x-api-key": SECRET})

    def test_a_bare_secret_in_the_authorization_header(self):
        schemes = Schemes(header="Authorization")
        assert authenticate(pairs({"authorization": SECRET}), store(), 0, schemes=schemes).tenant == "acme"
        assert authenticate(pairs({"authorization": f"Bearer {SECRET}"}), store(), 0, schemes=schemes).tenant == "acme"

    @pytest.mark.parametrize("user, passes", [("idp", True), ("other", False), ("", False)])
    def test_basic_with_the_connections_id_as_the_user(self, user, passes):
        headers = {"authorization": "Basic " + b64encode(f"{user}:{SECRET}".encode()).decode()}
        if passes:
            assert authenticate(pairs(headers), store(), 0, schemes=Schemes(basic=True)).tenant == "acme"
        else:
            refused(headers, schemes=Schemes(basic=True))
        refused(headers)

    @pytest.mark.parametrize("value", ["Basic", "Basic !!!", "Basic " + b64encode(b"\xff\xfe").decode(), "Basic aWRw"])
    def test_basic_that_cannot_be_read(self, value):
        refused({"authorization": value}, schemes=Schemes(basic=True))

    def test_the_challenge_names_every_scheme(self):
        error = refused({}, schemes=Schemes(basic=True))
        assert error.challenge == 'Bearer realm="scim", Basic realm="scim", charset="UTF-8"'

    def test_at_least_one_way_must_be_left(self):
        with pytest.raises(ValueError, match="no way"):
            Schemes(bearer=False)


class TestLastUse:
    """The access kit: last use, in a bounded number of writes."""

    def test_it_is_written_down_once_a_minute_at_most(self):
        connections = store()
        for now in (0, 1, MINUTE - 1, MINUTE, MINUTE + 1):
            authenticate(pairs({"authorization": f"Bearer {SECRET}"}), connections, now)
            used = connections.get("idp").credentials[0].used
            assert used == (0 if now < MINUTE else MINUTE)


class TestAsynchronousStores:
    """The same code serves a store that has to wait."""

    def test_a_coroutine_store_is_awaited(self):
        inner = store()

        class Waiting:
            async def find(self, digest):
                return inner.find(digest)

            async def get(self, id):
                return inner.get(id)

            async def used(self, connection, credential, at):
                inner.used(connection, credential, at)

        admission = run(admit({"authorization": f"Bearer {SECRET}"}, Waiting(), 5))
        assert admission.caller().tenant == "acme"
        assert inner.get("idp").credentials[0].used == 5


class TestAccessTokens:
    """RFC 6749 section 4.4: tokens that live 60 to 360 minutes, and end with the credential they were fetched with."""

    TOKENS = AccessTokens(keys=(b"k" * 32,), minutes=60)

    def client(self, **said) -> MemoryConnections:
        return store(evolve(CREDENTIAL, use="client", **said))

    def token(self, connections, scopes=frozenset({"scim"}), now=0) -> str:
        connection = connections.get("idp")
        return self.TOKENS.issue(connection, connection.credentials[0], scopes, now)

    def test_a_token_passes_until_it_expires(self):
        connections = self.client()
        headers = {"authorization": f"Bearer {self.token(connections)}"}
        assert authenticate(pairs(headers), connections, 60 * MINUTE - 1, tokens=self.TOKENS).tenant == "acme"
        assert "expired" in str(refused(headers, connections, 60 * MINUTE, tokens=self.TOKENS))

    def test_it_does_not_outlive_its_credential(self):
        connections = self.client(expires=30 * MINUTE)
        headers = {"authorization": f"Bearer {self.token(connections)}"}
        refused(headers, connections, 30 * MINUTE, tokens=self.TOKENS)

    def test_revoking_the_credential_or_the_connection_ends_it_at_once(self):
        for end in ("credential", "connection", "switch"):
            connections = self.client()
            headers = {"authorization": f"Bearer {self.token(connections)}"}
            connection = connections.get("idp")
            if end == "credential":
                connections.put(connection.without_credential(CREDENTIAL.id))
            elif end == "connection":
                connections.remove("idp")
            else:
                connections.put(evolve(connection, enabled=False))
            refused(headers, connections, 1, tokens=self.TOKENS)

    def test_its_scopes_are_those_that_are_left_to_its_credential(self):
        connections = self.client()
        headers = {"authorization": f"Bearer {self.token(connections, frozenset({'users:read', 'groups:read'}))}"}
        connections.put(evolve(connections.get("idp"), scopes=frozenset({"users:read", "users:write"})))
        admission = run(admit(headers, connections, 1, tokens=self.TOKENS))
        assert [scope for scope in SCOPES if admission.refusal(scope) is None] == ["users:read"]

    def test_every_key_of_the_ring_verifies_and_the_first_signs(self):
        connections = self.client()
        headers = {"authorization": f"Bearer {self.token(connections)}"}
        ring = AccessTokens(keys=(b"n" * 32, b"k" * 32))
        assert authenticate(pairs(headers), connections, 1, tokens=ring).tenant == "acme"
        refused(headers, connections, 1, tokens=AccessTokens(keys=(b"n" * 32,)))

    def test_without_the_option_it_is_a_secret_like_any_other(self):
        connections = self.client()
        refused({"authorization": f"Bearer {self.token(connections)}"}, connections, 1)

    @given(st.integers(0, 200), st.integers(1, 127))
    def test_a_changed_token_is_none(self, place, change):
        connections = self.client()
        token = self.token(connections)
        at = len("scimat_") + place % (len(token) - len("scimat_"))
        forged = token[:at] + chr((ord(token[at]) + change) % 128) + token[at + 1 :]
        if forged != token:
            refused({"authorization": f"Bearer {forged}"}, connections, 1, tokens=self.TOKENS)

    @pytest.mark.parametrize("said", [{"keys": ()}, {"keys": (b"short",)}])
    def test_keys_are_long(self, said):
        with pytest.raises(ValueError, match="32 random bytes"):
            AccessTokens(**said)

    @pytest.mark.parametrize("minutes", [59, 361])
    def test_lives_are_between_one_and_six_hours(self, minutes):
        with pytest.raises(ValueError):
            AccessTokens(keys=(b"k" * 32,), minutes=minutes)

    def test_the_key_is_in_no_repr(self):
        assert "kkkk" not in repr(self.TOKENS)


def test_rfc_callers_are_just_as_welcome():
    assert authenticate(pairs({"authorization": f"Bearer {SECRET}"}), store(dialect=RFC), 0).dialect is RFC
