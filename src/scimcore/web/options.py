"""The choices of a host about HTTP. Every default suits a service behind a proxy that terminates TLS."""

import logging
from collections.abc import Callable
from typing import Any, Final, Literal

from attrs import field, frozen

from scimcore._arguments import callable_value, instance_of, one_of, optional, text, whole_number, wrong_type
from scimcore._outages import log_outage
from scimcore.access import AccessTokens, Schemes
from scimcore.policy.policy import Policy
from scimcore.repository import Unavailable
from scimcore.web.limiter import Limiter
from scimcore.web.messages import Request


def log_failure(problem: Exception, request: Request) -> None:
    """Log the traceback under the name "scimcore", with the method and the path of the request. The default report.

    A store that is away fails every request in the same way: it is one line, once a second at most for each kind.
    """
    if isinstance(problem, Unavailable):
        log_outage(problem, f"{request!r} was answered 503")
        return
    logging.getLogger("scimcore").error("%r failed", request, exc_info=problem)


@frozen(kw_only=True)
class BulkLimits:
    """The limits of one bulk request (RFC 7644 section 3.7.4). Raises TypeError or ValueError for a wrong argument."""

    #: Operations in one request: `maxOperations`.
    operations: int = field(default=1000, validator=whole_number(1))
    #: Bytes of the body: `maxPayloadSize`.
    payload: int = field(default=1_048_576, validator=whole_number(1))


_FLAG: Final = instance_of(bool, "True or False")


def _names(names: object) -> object:
    # A text is a collection of letters for Python, so it stays a text here and is refused by the check.
    return frozenset(names) if isinstance(names, set | list | tuple) else names


def _check_limiter(instance: object, field: object, value: Any) -> None:
    if value is not None and (isinstance(value, type) or not callable(getattr(value, "take", None))):
        raise wrong_type("Options", "limiter", value, "a limiter with a method take, such as TokenBucket(rate=50)")


def _check_sensitive(instance: object, field: object, value: Any) -> None:
    if not isinstance(value, frozenset) or not all(isinstance(name, str) for name in value):
        raise wrong_type("Options", "sensitive", value, 'a set of attribute names, such as {"emails"}')


@frozen(kw_only=True)
class Options:
    """The choices of an `Application` about HTTP. Raises TypeError or ValueError for a wrong argument."""

    #: How clients may present their secrets.
    schemes: Schemes = field(default=Schemes(), validator=instance_of(Schemes, "Schemes, such as Schemes(basic=True)"))
    #: Reads the access tokens of the OAuth token endpoint. None: there are none.
    tokens: AccessTokens | None = field(
        default=None, validator=optional(instance_of(AccessTokens, "AccessTokens, or None"))
    )
    #: Returns the time in microseconds since 1970, UTC: secrets expire by it. None: the clock of the service.
    clock: Callable[[], int] | None = field(
        default=None, validator=optional(callable_value("a function that returns the time"))
    )
    #: The rate limit. None: the rate of each policy (`safety.requests_per_second`), by a `TokenBucket`.
    limiter: Limiter | None = field(default=None, validator=_check_limiter)
    #: Bytes that a body may have, except that of a bulk request.
    max_body: int = field(default=1_048_576, validator=whole_number(1))
    #: None: /Bulk is not offered, and answers 501 (BULK-001).
    bulk: BulkLimits | None = field(
        default=BulkLimits(), validator=optional(instance_of(BulkLimits, "BulkLimits, or None"))
    )
    #: Answer 428 to a PUT, PATCH or DELETE without If-Match (ETAG-005). Entra ID and Okta never send it.
    require_if_match: bool = field(default=False, validator=_FLAG)
    #: Answer application/json to clients that prefer it (HTTP-004). Entra ID insists on application/scim+json.
    echo_json: bool = field(default=False, validator=_FLAG)
    #: What may be read without a credential (CORE-102): nothing, ServiceProviderConfig, or all of discovery.
    public: Literal["nothing", "config", "discovery"] = field(
        default="nothing", validator=one_of(("nothing", "config", "discovery"))
    )
    #: The policy whose resource types and attributes are visible without a credential.
    public_policy: Policy = field(factory=Policy, validator=instance_of(Policy, "a Policy"))
    #: Refuse requests that did not come over TLS (HTTP-015): as `Request.scheme` says, or as the X-Forwarded-Proto
    #: header says. Choose the header only behind a proxy that always sets it: a client could send it as well.
    require_tls: Literal["no", "adapter", "forwarded"] = field(
        default="no", validator=one_of(("no", "adapter", "forwarded"))
    )
    #: Names of attributes that may not stand in the filter of a URL (HTTP-017). Entra ID and Okta always filter by GET.
    sensitive: frozenset[str] = field(default=frozenset(), converter=_names, validator=_check_sensitive)
    #: True: ServiceProviderConfig says that pages may be asked for by cursor (RFC 9865). They may in any case; Canaille
    #: and Ping's SDK refuse the whole document if it says so.
    advertise_cursors: bool = field(default=False, validator=_FLAG)
    #: Where ServiceProviderConfig sends people who want to read more; empty: nowhere.
    documentation_uri: str = field(default="", validator=text())
    #: True: ServiceProviderConfig says that a new password takes effect, as it does for a policy that hands them over.
    change_password: bool = field(default=False, validator=_FLAG)
    #: Called with every exception that is not a `ScimError`. The client gets a 500 that says nothing about it;
    #: or a 503, if the repository is `Unavailable`.
    report: Callable[[Exception, Request], None] = field(
        default=log_failure, validator=callable_value("a function of the exception and the request")
    )
    #: Raise such an exception after it was reported: for tests.
    reraise: bool = field(default=False, validator=_FLAG)
