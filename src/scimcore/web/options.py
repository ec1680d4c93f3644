"""What a host may choose about the HTTP side. Every default suits a service behind a TLS-terminating proxy."""

import logging
from collections.abc import Callable
from time import time_ns
from typing import Literal

from attrs import field, frozen
from attrs.validators import ge

from scimcore.access import AccessTokens, Schemes
from scimcore.policy.policy import Policy
from scimcore.web.limiter import Limiter, TokenBucket
from scimcore.web.messages import Request


def microseconds() -> int:
    """Now, in microseconds since 1970, UTC."""
    return time_ns() // 1000


def log_failure(problem: Exception, request: Request) -> None:
    """The default report: the traceback into the log named scimcore, the request without headers and query."""
    logging.getLogger("scimcore").error("%r failed", request, exc_info=problem)


@frozen(kw_only=True)
class BulkLimits:
    """What one bulk request may hold (RFC 7644 section 3.7.4)."""

    operations: int = field(default=1000, validator=ge(1))
    payload: int = field(default=1_048_576, validator=ge(1))


@frozen(kw_only=True)
class Options:
    """The choices, each with the requirement that it answers to."""

    schemes: Schemes = Schemes()
    #: Reads the access tokens of the OAuth token endpoint; None: there are none.
    tokens: AccessTokens | None = None
    clock: Callable[[], int] = microseconds
    limiter: Limiter = field(factory=TokenBucket)
    #: Bytes of a body, other than a bulk request's.
    max_body: int = field(default=1_048_576, validator=ge(1))
    #: None: /Bulk is not offered, and answers 501 (BULK-001).
    bulk: BulkLimits | None = BulkLimits()
    #: Answer 428 to a PUT, PATCH or DELETE without If-Match (ETAG-005). Entra ID and Okta never send it.
    require_if_match: bool = False
    #: Answer application/json to clients that prefer it (HTTP-004); Entra ID insists on application/scim+json.
    echo_json: bool = False
    #: What may be read without a credential (CORE-102): ServiceProviderConfig, or all of discovery.
    public: Literal["nothing", "config", "discovery"] = "nothing"
    #: Whose attributes anonymous discovery shows.
    public_policy: Policy = field(factory=Policy)
    #: Refuse what did not come over TLS (HTTP-015): by the adapter's word, or by the X-Forwarded-Proto header of a
    #: proxy that is known to set it.
    require_tls: Literal["no", "adapter", "forwarded"] = "no"
    #: Attributes that may not stand in the filter of a URL (HTTP-017); Entra ID and Okta filter by GET, always.
    sensitive: frozenset[str] = frozenset()
    documentation_uri: str = ""
    #: Whether the product does something with a password that it is sent, as ServiceProviderConfig says.
    change_password: bool = False
    #: Told of every exception that is no `ScimError`; the client gets a 500 that says nothing about it.
    report: Callable[[Exception, Request], None] = log_failure
    #: Let such an exception through after it was reported, for tests.
    reraise: bool = False
