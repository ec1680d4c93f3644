"""Credentials: shown once, kept as digests, with an end and a successor."""

import pytest
from attrs import evolve

from scimcore.access import (
    Connection,
    MemoryConnections,
    add_credential,
    adopt,
    digest,
    expiring,
    expiry_warnings,
    issue,
    rotate,
)
from scimcore.access.credentials import Credential
from scimcore.dialects import ENTRA, RFC
from scimcore.policy import STANDARD, Policy

DAY = 86_400_000_000


def fixed(byte: int):
    return lambda n: bytes([byte]) * n


def connection(*credentials: Credential, id: str = "idp", tenant: str = "acme") -> Connection:
    return Connection(id=id, tenant=tenant, dialect=RFC, policy=STANDARD, credentials=credentials)


class TestSecrets:
    """POL-160: token shown once, stored hashed. HTTP-016: enough entropy."""

    def test_a_secret_has_128_bits_and_more_and_says_what_it_is(self):
        secret, _ = issue(now=0, token_bytes=fixed(7))
        assert secret.startswith("scim_")
        # 43 characters of base64 are 256 bits.
        assert len(secret) == len("scim_") + 43

    def test_two_secrets_differ(self):
        assert issue(now=0)[0] != issue(now=0)[0]

    def test_randomness_that_is_short_is_refused(self):
        with pytest.raises(ValueError, match="32 bytes"):
            issue(now=0, token_bytes=lambda n: b"x")

    def test_a_credential_holds_the_digest_and_not_the_secret(self):
        secret, credential = issue(now=0)
        assert credential.digest == digest(secret)
        assert secret not in repr(credential)
        assert credential.digest not in repr(credential)

    def test_its_id_gives_neither_secret_nor_digest_away(self):
        secret, credential = issue(now=0)
        assert credential.id.removeprefix("cred_") not in credential.digest
        assert credential.id.removeprefix("cred_") not in secret

    def test_only_its_own_secret_matches(self):
        secret, credential = issue(now=0)
        assert credential.matches(digest(secret))
        assert not credential.matches(digest(secret + "x"))

    @pytest.mark.parametrize("secret", ["", "short", "fifteen-letters"])
    def test_a_secret_that_somebody_chose_must_be_long(self, secret):
        with pytest.raises(ValueError, match="characters"):
            adopt(secret, now=0)

    def test_a_host_may_lower_that_bound_but_not_below_eight(self):
        assert adopt("ten-letter", now=0, at_least=10).is_alive(0)
        with pytest.raises(ValueError, match="8 characters or more"):
            adopt("seven77", now=0, at_least=1)

    @pytest.mark.parametrize("secret", [" leading-and-trailing ", "line\nbreak-in-the-middle", "ünïcödé-in-the-middle"])
    def test_a_secret_that_cannot_travel_in_a_header_is_refused(self, secret):
        with pytest.raises(ValueError, match="printable ASCII"):
            adopt(secret, now=0)


class TestRotation:
    """POL-161: several live tokens per connection for rotation overlap."""

    def test_old_and_new_live_side_by_side_until_the_overlap_is_over(self):
        old = connection(issue(now=0, token_bytes=fixed(1))[1])
        _, both = rotate(old, now=10, overlap=DAY, token_bytes=fixed(2))
        first, second = both.credentials
        assert (first.expires, second.expires) == (10 + DAY, None)
        assert first.is_alive(10 + DAY - 1)
        assert not first.is_alive(10 + DAY)

    def test_an_earlier_end_is_not_put_off(self):
        old = connection(issue(now=0, token_bytes=fixed(1), expires=20)[1])
        assert rotate(old, now=10, overlap=DAY, token_bytes=fixed(2))[1].credentials[0].expires == 20

    def test_the_new_one_may_do_what_the_old_one_could(self):
        old = connection(issue(now=0, token_bytes=fixed(1), scopes=frozenset({"users:read"}), label="Okta")[1])
        new = rotate(old, now=10, overlap=DAY, token_bytes=fixed(2))[1].credentials[1]
        assert (new.scopes, new.label) == (frozenset({"users:read"}), "Okta")

    def test_what_has_expired_is_no_model(self):
        old = connection(issue(now=0, token_bytes=fixed(1), scopes=frozenset({"users:read"}), expires=5)[1])
        assert rotate(old, now=10, overlap=DAY, token_bytes=fixed(2))[1].credentials[1].scopes == {"scim"}


class TestExpiry:
    """POL-164: expiry optional with warnings before; expired -> 401."""

    def test_what_never_expires_is_never_warned_of(self):
        assert expiring(connection(issue(now=0)[1]), now=0, within=365 * DAY) == ()

    def test_what_ends_soon_is_named(self):
        credential = issue(now=0, expires=5 * DAY)[1]
        assert expiring(connection(credential), now=0, within=7 * DAY) == (credential,)
        assert expiring(connection(credential), now=0, within=4 * DAY) == ()

    def test_what_has_ended_is_too_late_to_warn_of(self):
        assert expiring(connection(issue(now=0, expires=5)[1]), now=5, within=DAY) == ()

    def test_what_a_longer_lived_one_replaces_is_no_matter(self):
        old, new = issue(now=0, expires=5 * DAY)[1], issue(now=0)[1]
        assert expiring(connection(old, new), now=0, within=7 * DAY) == ()


class TestThePolicysWord:
    """POL-161, POL-164: how many live at once, how long, and when somebody is warned."""

    def policy(self, **said) -> Policy:
        return evolve(STANDARD, credentials=evolve(STANDARD.credentials, **said))

    def test_as_many_are_made_as_may_live_and_no_more(self):
        one = evolve(connection(), policy=self.policy(max_live=2))
        _, one = add_credential(one, now=0)
        secret, one = add_credential(one, now=0, expires=10, label="Okta")
        assert one.credentials[1].matches(digest(secret))
        assert (one.credentials[1].expires, one.credentials[1].label) == (10, "Okta")
        with pytest.raises(ValueError, match="2 live credentials"):
            add_credential(one, now=9)
        assert len(add_credential(one, now=10)[1].credentials) == 3

    def test_none_lives_longer_than_the_policy_says(self):
        one = evolve(connection(), policy=self.policy(expire_days=2))
        assert add_credential(one, now=5)[1].credentials[0].expires == 5 + 2 * DAY
        assert add_credential(one, now=5, expires=3 * DAY)[1].credentials[0].expires == 5 + 2 * DAY
        assert add_credential(one, now=5, expires=DAY)[1].credentials[0].expires == DAY
        assert rotate(one, now=5, overlap=DAY)[1].credentials[0].expires == 5 + 2 * DAY

    def test_each_warning_comes_once(self):
        credential = issue(now=0, expires=100 * DAY)[1]
        one = evolve(connection(credential), policy=self.policy(warn_days=(30, 7)))
        given = []
        for day in range(101):
            given += [(day, days) for _, days in expiry_warnings(one, since=(day - 1) * DAY, now=day * DAY)]
        assert given == [(70, 30), (93, 7)]

    def test_a_policy_that_lacks_what_the_dialect_needs_is_refused(self):
        """POL-007: hidden inactive users cannot be enabled again by Entra ID, which looks for them first."""
        policy = evolve(STANDARD, reactivate=evolve(STANDARD.reactivate, account="refuse"))
        with pytest.raises(ValueError, match="entra needs reactivation"):
            Connection(id="idp", tenant="acme", dialect=ENTRA, policy=policy)
        assert Connection(id="idp", tenant="acme", dialect=RFC, policy=policy).policy is policy
        meant = evolve(policy, nonconformant=True)
        assert Connection(id="idp", tenant="acme", dialect=ENTRA, policy=meant).policy is meant


class TestConnections:
    """POL-163: bound to the connection, not to a person."""

    def test_a_connection_needs_an_id_and_a_tenant(self):
        with pytest.raises(ValueError, match=r"Connection\(id=...\) takes a text that is not empty"):
            connection(id="")
        with pytest.raises(ValueError, match=r"Connection\(tenant=...\) takes a text that is not empty"):
            connection(tenant="")

    def test_scopes_are_words_that_mean_something(self):
        with pytest.raises(ValueError, match="is not a scope"):
            issue(now=0, scopes=frozenset({"everything"}))
        with pytest.raises(ValueError, match="at least one"):
            issue(now=0, scopes=frozenset())

    def test_a_store_finds_by_digest_and_forgets_what_was_revoked(self):
        secret, credential = issue(now=0)
        store = MemoryConnections(connection(credential))
        assert store.find(digest(secret)) == connection(credential)
        store.put(connection(credential).without_credential(credential.id))
        assert store.find(digest(secret)) is None
        assert store.get("idp") is not None

    def test_a_store_forgets_what_was_disconnected(self):
        secret, credential = issue(now=0)
        store = MemoryConnections(connection(credential))
        store.remove("idp")
        assert store.find(digest(secret)) is None
        assert list(store) == []

    def test_two_connections_cannot_share_a_credential(self):
        credential = issue(now=0)[1]
        store = MemoryConnections(connection(credential))
        with pytest.raises(ValueError, match="another connection"):
            store.put(connection(credential, id="other", tenant="globex"))

    def test_the_store_keeps_no_plain_secret(self):
        secret, credential = issue(now=0)
        store = MemoryConnections(connection(credential))
        assert secret not in repr(vars(store))
