"""What a host builds wrongly is refused when it is built, in a sentence that names the argument.

A wrong value that is found by a request is found by a customer.
"""

# ruff: noqa: E501  # a sentence is read on one line, as it is printed

from typing import Any

import pytest
from attrs import evolve

from scimcore.access import (
    AccessTokens,
    Connection,
    Credential,
    MemoryConnections,
    OAuthClient,
    Schemes,
    adopt,
    issue,
    rotate,
)
from scimcore.dialects import ENTRA, RFC
from scimcore.policy import STANDARD, Groups, Names, Policy, Roles
from scimcore.schema import Registry, ResourceType, Schema
from scimcore.service import CursorKeys, Limits
from scimcore.testing.trial import BASE, Trial
from scimcore.web import Application, AsyncApplication, BulkLimits, Options, Request, TokenBucket, TokenEndpoint
from tests.web.support import USER

CREDENTIAL = issue(now=0)[1]
TOKENS = AccessTokens(keys=(b"k" * 32,))
NOW = 1_790_000_000_000_000


def refused(sentence: str, build: Any, *args: Any, **arguments: Any) -> None:
    """The whole sentence, word by word: somebody reads it in a traceback, without the documentation."""
    with pytest.raises((TypeError, ValueError)) as caught:
        build(*args, **arguments)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("argument", "value", "sentence"),
    [
        ("id", "", "takes a text that is not empty, not the text ''."),
        ("id", 7, "takes a text that is not empty, not 7."),
        ("tenant", None, "takes a text that is not empty, not None."),
        ("dialect", "entra", "takes a Dialect such as scimcore.dialects.ENTRA, not the text 'entra'."),
        ("policy", "standard", "takes a Policy such as scimcore.policy.STANDARD, not the text 'standard'."),
        ("credentials", [CREDENTIAL], "takes a tuple of Credentials, not a list."),
        ("credentials", CREDENTIAL, "takes a tuple of Credentials, not a Credential."),
        ("credentials", ("secret",), "takes Credentials, not the text 'secret'."),
        ("subject", "", "takes a text that is not empty, not the text ''."),
        ("enabled", "no", "takes True or False, not the text 'no'."),
        ("base_url", "/scim", "takes an absolute http or https URL without a query, not the text '/scim'."),
        (
            "base_url",
            "https://a.example/scim?tenant=acme",
            "takes an absolute http or https URL without a query, not the text 'https://a.example/scim?tenant=acme'.",
        ),
    ],
)
def test_connections(argument: str, value: object, sentence: str) -> None:
    right: dict[str, Any] = {"id": "idp", "tenant": "acme", "dialect": RFC, "policy": STANDARD}
    refused(f"Connection({argument}=...) {sentence}", Connection, **{**right, argument: value})


@pytest.mark.parametrize(
    ("scopes", "sentence"),
    [
        ({"user:read"}, "'user:read' is not a scope of the endpoints in RFC 7644. Did you mean 'users:read'?"),
        ({"group:write"}, "'group:write' is not a scope of the endpoints in RFC 7644. Did you mean 'groups:write'?"),
        ({"users"}, '\'users\' is not a scope. Use "scim", or an endpoint and an action, such as "users:read".'),
        (
            {"Users:read"},
            '\'Users:read\' is not a scope. Use "scim", or an endpoint and an action, such as "users:read".',
        ),
        ({7}, '7 is not a scope. Use "scim", or an endpoint and an action, such as "users:read".'),
        (set(), 'scopes is empty, so the credential could do nothing. Name at least one, such as "scim".'),
        ("users:read", "scopes takes a set of texts such as {\"users:read\"}, not 'users:read'."),
        (None, 'scopes takes a set of texts such as {"users:read"}, not None.'),
    ],
)
def test_scopes(scopes: object, sentence: str) -> None:
    refused(sentence, issue, now=0, scopes=scopes)
    refused(sentence, Connection, id="idp", tenant="acme", dialect=RFC, policy=STANDARD, scopes=scopes)


def test_scopes_of_custom_resource_types_are_taken() -> None:
    scopes = frozenset({"devices:read", "houses:read", "entitlements:write"})
    assert issue(now=0, scopes=scopes)[1].scopes == scopes


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            {"now": NOW, "expires": 1_800_000_000},
            (
                "issue(expires=1800000000) has passed already at now=1790000000000000. "
                "Give both in microseconds since 1970, UTC."
            ),
        ),
        (
            {"now": NOW, "expires": 1_800_000_000_000_000_000},
            "issue(expires=...) takes a whole number of microseconds since 1970, UTC, not 1800000000000000000.",
        ),
        (
            {"now": 1_790_000_000.5},
            "issue(now=...) takes a whole number of microseconds since 1970, UTC, not 1790000000.5.",
        ),
        ({"now": -1}, "issue(now=...) takes a whole number of microseconds since 1970, UTC, not -1."),
        ({"now": 0, "use": "oauth"}, "Credential(use=...) takes one of 'bearer', 'client', not the text 'oauth'."),
        ({"now": 0, "label": None}, "Credential(label=...) takes a text, not None."),
    ],
)
def test_issued_secrets(arguments: dict[str, Any], sentence: str) -> None:
    refused(sentence, issue, **arguments)


@pytest.mark.parametrize(
    ("argument", "value", "sentence"),
    [
        ("id", "", "Credential(id=...) takes a text that is not empty, not the text ''."),
        ("digest", b"abc", "Credential(digest=...) takes a text that is not empty, not bytes."),
        ("created", 1.5, "Credential(created=...) takes a whole number of 0 or more, not 1.5."),
        ("expires", "never", "Credential(expires=...) takes a whole number of 0 or more, not the text 'never'."),
        ("used", True, "Credential(used=...) takes a whole number of 0 or more, not True."),
        (
            "expires",
            1_800_000_000,
            (
                "Credential(expires=1800000000) lies before created=1790000000000000. "
                "Give both in microseconds since 1970, UTC."
            ),
        ),
    ],
)
def test_credentials(argument: str, value: object, sentence: str) -> None:
    right: dict[str, Any] = {"id": "c", "digest": "d", "created": NOW}
    refused(sentence, Credential, **{**right, argument: value})


def test_secrets_of_others_and_rotations() -> None:
    refused("adopt(secret=...) takes a text, not bytes.", adopt, b"sixteen bytes....", now=0)
    one = Connection(id="idp", tenant="acme", dialect=RFC, policy=STANDARD)
    overlap = "rotate(overlap=...) takes a whole number of microseconds, such as 30 * DAY, not 1.5."
    refused(overlap, rotate, one, now=0, overlap=1.5)
    negative = "rotate(overlap=...) takes a number of microseconds that is not negative, not -1."
    refused(negative, rotate, one, now=0, overlap=-1)
    refused("OAuthClient(credential=...) takes a text that is not empty, not None.", OAuthClient, "idp", None)


def test_stores_in_memory() -> None:
    one = Connection(id="idp", tenant="acme", dialect=RFC, policy=STANDARD)
    sentence = "MemoryConnections takes Connections one by one, as in MemoryConnections(first, second), not a list."
    refused(sentence, MemoryConnections, [one])


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ((), "AccessTokens(keys=...) takes a tuple of keys, each of 32 random bytes or more, not an empty one."),
        (
            "k" * 32,
            "AccessTokens(keys=...) takes a tuple of keys, each of 32 random bytes or more, not a key of type str.",
        ),
        ((b"k",), "AccessTokens(keys=...) takes a tuple of keys, each of 32 random bytes or more, not a key of 1."),
    ],
)
def test_keys_of_access_tokens(keys: object, sentence: str) -> None:
    refused(sentence, AccessTokens, keys=keys)


def test_one_key_needs_no_tuple() -> None:
    assert AccessTokens(keys=b"k" * 32).keys == (b"k" * 32,)  # type: ignore[arg-type]  # the commonest slip is harmless


@pytest.mark.parametrize(
    ("build", "arguments", "sentence"),
    [
        (Schemes, {"bearer": "yes"}, "Schemes(bearer=...) takes True or False, not the text 'yes'."),
        (Schemes, {"header": 7}, "Schemes(header=...) takes the name of a header, such as 'X-Api-Key', or None, not 7."),
        (
            Schemes,
            {"header": "X Api Key"},
            "Schemes(header=...) takes the name of a header, such as 'X-Api-Key', or None, not the text 'x api key'.",
        ),
        (
            Schemes,
            {"realm": 'a "b"'},
            "Schemes(realm=...) takes printable ASCII without quotes and backslashes, not the text 'a \"b\"'.",
        ),
        (TokenBucket, {"rate": 0}, "TokenBucket(rate=...) takes a number above 0, not 0."),
        (TokenBucket, {"rate": "25"}, "TokenBucket(rate=...) takes a number above 0, not the text '25'."),
        (TokenBucket, {"burst": float("nan")}, "TokenBucket(burst=...) takes a number above 0, not nan."),
        (TokenBucket, {"tenants": 0}, "TokenBucket(tenants=...) takes a whole number of 1 or more, not 0."),
        (BulkLimits, {"operations": "1000"}, "BulkLimits(operations=...) takes a whole number of 1 or more, not the text '1000'."),
        (BulkLimits, {"payload": 0}, "BulkLimits(payload=...) takes a whole number of 1 or more, not 0."),
        (Options, {"schemes": "basic"}, "Options(schemes=...) takes Schemes, such as Schemes(basic=True), not the text 'basic'."),
        (Options, {"tokens": b"k" * 32}, "Options(tokens=...) takes AccessTokens, or None, not bytes."),
        (Options, {"clock": 7}, "Options(clock=...) takes a function that returns the time, not 7."),
        (
            Options,
            {"limiter": TokenBucket},
            ("Options(limiter=...) takes a limiter with a method take, such as TokenBucket(rate=50), "
            "not the class TokenBucket."),
        ),
        (Options, {"max_body": 1.5}, "Options(max_body=...) takes a whole number of 1 or more, not 1.5."),
        (Options, {"bulk": False}, "Options(bulk=...) takes BulkLimits, or None, not False."),
        (Options, {"echo_json": 1}, "Options(echo_json=...) takes True or False, not 1."),
        (Options, {"public": "all"}, "Options(public=...) takes one of 'nothing', 'config', 'discovery', not the text 'all'."),
        (Options, {"public_policy": "standard"}, "Options(public_policy=...) takes a Policy, not the text 'standard'."),
        (Options, {"require_tls": True}, "Options(require_tls=...) takes one of 'no', 'adapter', 'forwarded', not True."),
        (
            Options,
            {"sensitive": "emails"},
            "Options(sensitive=...) takes a set of attribute names, such as {\"emails\"}, not the text 'emails'.",
        ),
        (Options, {"documentation_uri": None}, "Options(documentation_uri=...) takes a text, not None."),
        (Options, {"report": "log"}, "Options(report=...) takes a function of the exception and the request, not the text 'log'."),
        (Limits, {"max_results": "1000"}, "Limits(max_results=...) takes a whole number of 1 or more, not the text '1000'."),
        (Limits, {"attempts": 0}, "Limits(attempts=...) takes a whole number of 1 or more, not 0."),
        (
            CursorKeys,
            {"secrets": tuple("x" * 32)},
            "CursorKeys(secrets=...) takes a tuple of bytes, not one of type str.",
        ),
    ],
)  # fmt: skip
def test_choices(build: Any, arguments: dict[str, Any], sentence: str) -> None:
    refused(sentence, build, **arguments)


def test_sensitive_takes_any_collection_of_names() -> None:
    assert Options(sensitive={"emails"}).sensitive == frozenset({"emails"})
    assert Options(sensitive=["emails"]).sensitive == frozenset({"emails"})  # type: ignore[arg-type]  # harmless


class TestApplications:
    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            (
                {"connections": [CREDENTIAL]},
                (
                    "Application(connections=...) takes a store with find, get and used, "
                    "such as MemoryConnections(first, second), not a list."
                ),
            ),
            (
                {"connections": MemoryConnections},
                (
                    "Application(connections=...) takes a store with find, get and used, "
                    "such as MemoryConnections(first, second), not the class MemoryConnections."
                ),
            ),
            ({"options": {}}, "Application(options=...) takes Options, not a dict."),
            (
                {"base_url": "example.com/scim"},
                (
                    "Application(base_url=...) takes an absolute http or https URL without a query, "
                    "not the text 'example.com/scim'."
                ),
            ),
            (
                {"base_url": None},
                "Application(base_url=...) takes an absolute URL such as 'https://api.example.com/scim/v2', not None.",
            ),
        ],
    )
    def test_what_an_application_takes(self, trial: Trial, arguments: dict[str, Any], sentence: str) -> None:
        right: dict[str, Any] = {"connections": trial.connections, "base_url": BASE}
        refused(sentence, Application, trial.service, **{**right, **arguments})

    def test_each_application_has_its_kind_of_service(self, trial: Trial) -> None:
        given: dict[str, Any] = {"connections": trial.connections, "base_url": BASE}
        service, waiting = trial.service, trial.service.asynchronous
        sentence = (
            "Application(service=...) takes a Service (AsyncApplication takes an AsyncService), not an AsyncService."
        )
        refused(sentence, Application, waiting, **given)
        sentence = "AsyncApplication(service=...) takes an AsyncService (Application takes a Service), not a Service."
        refused(sentence, AsyncApplication, service, **given)
        refused(
            "Application(service=...) takes a Service (AsyncApplication takes an AsyncService), not the class Service.",
            Application,
            type(service),
            **given,
        )

    def test_a_base_url_that_a_function_returns_is_checked_at_its_first_use(self, trial: Trial) -> None:
        options = Options(reraise=True)
        application = Application(
            trial.service, trial.connections, base_url=lambda connection: "/scim", options=options
        )
        headers = (("Authorization", f"Bearer {trial.token}"),)
        refused(
            "Application(base_url=...) takes an absolute http or https URL without a query, not the text '/scim'.",
            application.handle,
            Request(method="GET", path="/Users", headers=headers),
        )

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            (
                {"headers": {"Authorization": "Bearer x"}.items().mapping},
                "Request(headers=...) takes pairs of name and value, not a mapping. Pass headers.items().",
            ),
            (
                {"headers": [(b"authorization", b"Bearer x")]},
                "Request(headers=...) takes pairs of texts, not of bytes. Decode them as latin-1.",
            ),
            ({"body": "{}"}, "Request(body=...) takes bytes, not the text '{}'."),
        ],
    )
    def test_what_an_adapter_gets_wrong(self, trial: Trial, arguments: dict[str, Any], sentence: str) -> None:
        application = Application(trial.service, trial.connections, base_url=BASE)
        refused(sentence, application.handle, Request(method="GET", path="/Users", **arguments))

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            ({"tokens": b"k" * 32}, "TokenEndpoint(tokens=...) takes AccessTokens, the same as in Options, not bytes."),
            ({"verifier": "jwt"}, "TokenEndpoint(verifier=...) takes a verifier with a method verify, not the text 'jwt'."),
            ({"clock": 7}, "TokenEndpoint(clock=...) takes a function, not 7."),
            (
                {"connections": []},
                ("TokenEndpoint(connections=...) takes a store with find, get and used, "
                "such as MemoryConnections(first, second), not a list."),
            ),
        ],
    )  # fmt: skip
    def test_what_a_token_endpoint_takes(self, trial: Trial, arguments: dict[str, Any], sentence: str) -> None:
        refused(sentence, TokenEndpoint, **{"connections": trial.connections, "tokens": TOKENS, **arguments})


def test_a_resource_type_on_an_endpoint_of_the_protocol() -> None:
    schema = Schema(id="urn:example:Bulk", name="Bulk", attributes=())
    registry = Registry(ResourceType(name="Bulk", endpoint="/Bulk", schema=schema))
    sentence = "/bulk is an endpoint of the protocol. Give the resource type another endpoint."
    refused(sentence, Trial.start, registry=registry)


def test_a_connection_whose_policy_breaks_its_client_says_what_to_do() -> None:
    refused(
        "Connection idp: entra needs reactivation, which the policy 'standard' does not give. Choose another policy, or build it with nonconformant=True if you mean it.",
        Connection,
        id="idp",
        tenant="acme",
        dialect=ENTRA,
        policy=evolve(STANDARD, reactivate=evolve(STANDARD.reactivate, account="refuse")),
    )


def policy_of(number: int) -> Policy:
    """A policy with an attribute of its own, built anew on every call."""
    return Policy(roles=Roles(sources=(f"{USER}:role{number}",)))


class PolicyPerLookUp(MemoryConnections):
    """As a store that reads the connection, and the policy beside it, from a database on every request."""

    number = 0
    different = 1

    def find(self, digest: str) -> Connection | None:
        found = super().find(digest)
        self.number += 1
        return evolve(found, policy=policy_of(self.number % self.different)) if found else None


class TestPoliciesPerLookUp:
    """A host may build its Policy for each look-up: it costs no memory, and nothing is compiled twice."""

    def apis(self, trial: Trial, store: PolicyPerLookUp, requests: int) -> int:
        application = Application(trial.service, store, base_url=BASE, options=Options(reraise=True))
        headers = (("Authorization", f"Bearer {trial.token}"),)
        for _ in range(requests):
            assert application.handle(Request(method="GET", path="/Users", headers=headers)).status == 200
        return len(application._responder._apis)

    def test_equal_policies_share_what_is_compiled(self, trial: Trial) -> None:
        assert self.apis(trial, PolicyPerLookUp(*trial.connections), 50) == 1

    def test_a_thousand_different_ones_are_all_remembered(self, trial: Trial) -> None:
        store = PolicyPerLookUp(*trial.connections)
        store.different = 1000
        assert self.apis(trial, store, 1000) == 1000

    def test_policies_that_serve_the_same_share_it_whatever_else_they_say(self, trial: Trial) -> None:
        one, other = policy_of(1), evolve(policy_of(1), name="other", names=Names(user_name_change="forbid"))
        store = PolicyPerLookUp(*(evolve(c, policy=one) for c in trial.connections))
        application = Application(trial.service, store, base_url=BASE)
        assert application._responder._api(one, None) is application._responder._api(other, None)
        silent = evolve(one, groups=Groups(mode="off"))
        assert application._responder._api(one, None) is not application._responder._api(silent, None)
